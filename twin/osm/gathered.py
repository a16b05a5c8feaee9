"""Rows of features as they are found, and what is dropped on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.model import Dropped
from twin.osm.elements import KEYS, Tags
from twin.table import objects

if TYPE_CHECKING:
    from collections.abc import Sequence

Objects = NDArray[np.object_]

LEFT_OUT = ("underground", "indoor", "on_roof", "not_built")
LINE_TABLES = ("streets", "rails")
_TELLING = ("building", "building:part", *(key for key in KEYS if not key.startswith("building")))


class Gathered:
    """Rows as they are found."""

    def __init__(self) -> None:
        self._columns: list[tuple[Objects, Objects, Objects, Objects, Objects]] = []
        self.dropped: list[Dropped] = []
        self.dropped_where: list[Any] = []

    def add(self, table: Any, osm: Any, tags: Sequence[Tags], geometry: Any, repairs: Any = None) -> None:
        """Add rows; `table` and `osm` hold one a row, `repairs` too or nothing."""
        count = len(geometry)
        if count:
            filled = np.full(count, "", object) if repairs is None else np.asarray(repairs, object)
            self._columns.append((np.asarray(table, object), np.asarray(osm, object), objects(tags), geometry, filled))

    def drop(self, osm: Any, kind: Any, reason: str, where: Any) -> None:
        """Note what is dropped for one reason, and roughly where each of it lay; None where nothing tells."""
        self.dropped.extend(Dropped(str(o), str(k), reason) for o, k in zip(osm, kind, strict=True))
        self.dropped_where.extend(where)

    def columns(self) -> list[Objects]:
        """Return table, osm, tags, geometry and repairs of all rows."""
        if not self._columns:
            return [np.empty(0, object) for _ in range(5)]
        return [np.concatenate(column) for column in zip(*self._columns, strict=True)]


def main_kind(tags: Tags) -> str:
    """Name what an element is by its first telling tag, for the list of dropped things."""
    for key in _TELLING:
        if key in tags:
            return key if key.startswith("building") else f"{key}={tags[key]}"
    return next(iter(tags), "")


def box_of(points: NDArray[np.float64]) -> Any:
    """Return the box around the known points, None where there are none."""
    known = points[~np.isnan(points[:, 0])]
    return shapely.box(*known.min(axis=0), *known.max(axis=0)) if len(known) else None
