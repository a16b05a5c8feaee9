"""What buildings wear: colours and materials of walls and roofs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.tags.colours import colour_of, material_of
from twin.tags.columns import Mended, Provenance, Tags, Words, described, which, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_WALL_COLOUR_KEYS: tuple[str, ...] = ("building:colour", "building:color", "building:facade:colour", "colour", "color")
_ROOF_COLOUR_KEYS: tuple[str, ...] = ("roof:colour", "roof:color", "building:roof:colour", "building:roof:color")
_WALL_MATERIAL_KEYS: tuple[str, ...] = (
    "building:material",
    "building:facade:material",
    "building:cladding",
    "material",
)
_ROOF_MATERIAL_KEYS: tuple[str, ...] = ("roof:material", "building:roof:material", "building:roof:surface_material")


def skins(tags: Sequence[Tags], above: Sequence[Tags], mended: Mended) -> dict[str, Any]:
    """Colours and materials, a part's own or its building's."""
    out: dict[str, Any] = {}
    for what, keys in (("wall_colour", _WALL_COLOUR_KEYS), ("roof_colour", _ROOF_COLOUR_KEYS)):
        colour, there = described(tags, colour_of, *keys)
        own = colour != ""
        mended.note("value_unreadable", ~own & there)
        came_from = Provenance(len(tags), "default:colour")
        came_from.note(own, partial(_named, tags, keys))
        if above:
            inherited, _there = described(above, colour_of, *keys)
            takes = ~own & (inherited != "")
            colour[takes] = inherited[takes]
            came_from.note(takes, partial(_inherited, above, keys))
        out[what], out[f"{what}_from"] = colour, came_from
    for what, keys in (("wall_material", _WALL_MATERIAL_KEYS), ("roof_material", _ROOF_MATERIAL_KEYS)):
        material, _there = described(tags, material_of, *keys)
        if above:
            material = np.where(material == "", described(above, material_of, *keys)[0], material)
        out[what] = material
    return out


def _named(tags: Sequence[Tags], keys: tuple[str, ...], _so_far: Words) -> Words:
    return which(tags, *keys)


def _inherited(above: Sequence[Tags], keys: tuple[str, ...], _so_far: Words) -> Words:
    return words(f"outline:{key}" for key in which(above, *keys))
