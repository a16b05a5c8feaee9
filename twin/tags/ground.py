"""Areas and water of a district, from their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.table import Columns
from twin.tags.columns import Mended, Tags, Words, each, figures, indexed, texts, told, words
from twin.tags.vocabulary import AREAS, area_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

AREA_KINDS = tuple(sorted({kind for values in AREAS.values() for kind in values.values()} | {"service", "track"}))
"""Every kind of ground that `areas` tells."""

_WATER_KINDS = {
    "river": "river", "riverbank": "river", "oxbow": "lake", "canal": "canal", "stream": "stream", "ditch": "stream",
    "drain": "stream", "stream_pool": "lake", "tidal_channel": "river", "rapids": "river", "fairway": "river",
    "dock": "dock", "harbour": "dock", "lock": "canal", "moat": "canal", "pressurised": "canal",
    "basin": "basin", "reservoir": "basin", "wastewater": "basin", "salt_pond": "basin", "aquaculture": "basin",
    "swimming_pool": "pool", "reflecting_pool": "pool", "swimming_area": "pool", "pool": "pool",
    "fountain": "fountain", "lagoon": "lake", "pond": "lake", "lake": "lake", "coastline": "coastline",
}  # fmt: skip

_WATER_WIDTHS_M = {"river": 12.0, "canal": 8.0, "stream": 2.0, "ditch": 1.0, "drain": 1.0, "tidal_channel": 3.0}
"""Ours: small waters are lines on the map, broad ones have banks."""


def areas(tags: Sequence[Tags]) -> Columns:
    """Column `kind` of the areas table, in the words of `AREA_KINDS`, and `repairs`."""
    tags = indexed(tags)
    return Columns({"kind": words(area_kind(t) for t in tags), "repairs": np.full(len(tags), "", object)})


def water(tags: Sequence[Tags]) -> Columns:
    """Columns of the water table: kind, and the width of what is mapped as a line.

    Kinds are lake, river, canal, stream, dock, basin, pool, fountain, and coastline: a line with land on
    its left and sea on its right. The width is NaN for what is only ever mapped as an area.
    """
    tags = indexed(tags)
    natural, value = texts(tags, "natural"), texts(tags, "water", "waterway", "leisure", "amenity", "landuse")
    kind = ["coastline" if n == "coastline" else v for n, v in zip(natural, each(value, _water_kind), strict=True)]
    width_m, how = figures(tags, "width", "est_width")
    mended = Mended(len(tags))
    mended.note_read(how)
    mapped = width_m > 0
    usual = np.full(len(tags), np.nan)
    for row, waterway in told(tags, "waterway").items():
        usual[row] = _WATER_WIDTHS_M.get(waterway, np.nan)

    def width_from() -> Words:
        return words(
            _first(t) if is_mapped else f"default:waterway={t['waterway']}" if guessed else ""
            for t, is_mapped, guessed in zip(tags, mapped.tolist(), (~np.isnan(usual)).tolist(), strict=True)
        )

    return Columns(
        {
            "kind": words(kind),
            "width_m": np.where(mapped, width_m, usual),
            "width_from": width_from,
            "repairs": mended.repairs(),
        }
    )


def _first(t: Tags) -> str:
    return "width" if t.get("width") else "est_width"


def _water_kind(value: str) -> str:
    return _WATER_KINDS.get(value, "lake")
