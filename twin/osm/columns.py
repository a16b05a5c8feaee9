"""What OpenStreetMap says, as plain columns: nodes, ways and relations, whoever read them.

Coordinates are WGS 84 degrees. Node references are resolved on reading, so nothing behind these
columns knows node ids; a node that the source lacks is a pair of NaN in its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from twin.tags.vocabulary import AREAS, FURNITURE, WATER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.model import Bounds

Tags = Mapping[str, str]

ROOF_LINES = ("roof:ridge", "roof:edge", "roof:apex")
KEYS = tuple(sorted({"building", "building:part", "railway", *AREAS, *FURNITURE, *WATER, *ROOF_LINES}))
"""An element without any of these keys is no feature of a district (it may still be a ring of one)."""


class Relation(NamedTuple):
    """A relation that may have an area: a multipolygon, or a building with its outline and parts."""

    id: int
    tags: Tags
    members: Sequence[tuple[str, int, str]]  # ("n" | "w" | "r", id, role)

    @staticmethod
    def has_area(tags: Tags) -> bool:
        """Tell whether a relation with these tags may have an area."""
        return tags.get("type") in {"multipolygon", "boundary", "building"}


@dataclass(frozen=True)
class Elements:
    """The elements of an area; arrays run in parallel, ragged coordinates are cut by offsets."""

    node_id: NDArray[np.int64]  # (n,) tagged nodes only
    node_lonlat: NDArray[np.float64]  # (n, 2)
    node_tags: Sequence[Tags]
    way_id: NDArray[np.int64]  # (w,) tagged ways, and untagged ones that relations need
    way_lonlat: NDArray[np.float64]  # (m, 2) NaN where a node is missing from the source
    way_offsets: NDArray[np.int64]  # (w + 1,) way i owns way_lonlat[way_offsets[i]:way_offsets[i + 1]]
    way_tags: Sequence[Tags]
    relations: Sequence[Relation]
    bounds: Bounds | None = None  # the box that the source says it covers
    data_time: float | None = None  # when the source's data was current, UTC epoch seconds
    remark: str = ""  # what the server said was wrong with its answer


@dataclass(frozen=True)
class Drawn:
    """Features that some other program assembled: columns in parallel, geometry in WGS 84 degrees."""

    osm: NDArray[np.object_]
    tags: NDArray[np.object_]  # of dict
    geometry: NDArray[np.object_]
    bounds: Bounds
    data_time: float | None = None
    remark: str = ""


def epoch(text: str | None) -> float | None:
    """Return an ISO 8601 text as UTC epoch seconds, None where there is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if text else None
    except ValueError:
        return None
