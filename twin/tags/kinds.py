"""Which table of a district an element of OpenStreetMap belongs to, if any, and why not.

Whether a closed way is a line or an area follows the OSM wiki ("Area", "Overpass turbo/Polygon
Features"): a closed highway, railway, barrier or waterway is a line unless area=yes says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.tags.columns import Flags, Tags, Words, words
from twin.tags.lengths import number
from twin.tags.vocabulary import (
    AREAS,
    FURNITURE,
    LINEAR_BARRIERS,
    RAIL_KINDS,
    STANDING,
    STREET_ROLES,
    WATER,
    WATER_LINES,
    furniture_kind,
    land_kind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

POINT, LINE, POLYGON = 0, 1, 2
"""What an element's geometry is to start with: a node, a way, a multipolygon relation."""

_NO = frozenset({"", "no", "none", "false", "0"})
_NOT_BUILT = frozenset(
    {"proposed", "planned", "construction", "disused", "abandoned", "razed", "demolished", "dismantled", "removed",
     "historic", "destroyed", "collapsed"}
)  # fmt: skip

_VANISHED_BUILDINGS = frozenset(
    {"proposed", "planned", "razed", "demolished", "removed", "destroyed", "dismantled", "entrance"}
)
_ABOVE = ("height", "building:height", "est_height", "building:levels")
"""What a building has that stands above the ground, at least one of them."""
_CELLARS = frozenset({"cellar", "basement", "underground", "underground_garage"})

_RELEVANT = frozenset(
    {"building", "building:part", "railway", *AREAS, *WATER, *FURNITURE, "area", "location", "tunnel", "layer",
     "level", "indoor", "height", "building:height", "building:levels", "building:levels:underground", "est_height",
     "min_height", "building:min_level", "surveillance", "parking", "generator:source", "artwork_type",
     "information", "memorial", "basin"}
)  # fmt: skip


_Remembered = tuple[Callable[[Tags], Any], dict[object, tuple[str, str, bool]]]
"""How to get the values that matter out of tags, and what those values have been found to be."""


class Kinds(NamedTuple):
    """Where each element belongs."""

    table: Words  # a table of the district, or ""
    reason: Words  # why it is left out although it is a thing of the city, or ""
    area: Flags  # to be read as an area; else as the point or line that it is


def kinds(tags: Sequence[Tags], geometry: NDArray[np.integer], closed: Flags) -> Kinds:
    """Which table each element belongs to.

    Parameters
    ----------
    tags
        One mapping an element.
    geometry
        `POINT`, `LINE` or `POLYGON` of each: a node, a way, a multipolygon.
    closed
        Whether each way ends where it starts; no matter for the others.

    Returns
    -------
    Kinds
        An open way that should be an area (a building cut by the edge) still is told as one: closing
        it, or dropping it, is up to the caller. natural=coastline is a line of the water table.
    """
    # Few combinations of keys are told again and again, and fewer yet of what matters among their values: what they
    # are is remembered by those values, apart for each set of keys that matter.
    remembered: dict[tuple[str, ...], _Remembered] = {}
    telling: dict[tuple[str, ...], _Remembered | None] = {}
    rows: list[tuple[str, str, bool]] = []
    for t, shape, ring in zip(tags, geometry.tolist(), closed.tolist(), strict=True):
        keys = tuple(t)
        try:
            told = telling[keys]
        except KeyError:
            some = tuple(sorted(_RELEVANT.intersection(keys)))
            told = telling[keys] = remembered.setdefault(some, (itemgetter(*some), {})) if some else None
        if told is None:
            rows.append(_NOTHING)
            continue
        signature = (shape, ring, told[0](t))
        row = told[1].get(signature)
        if row is None:
            row = told[1][signature] = _place(t, shape, closed=ring)
        rows.append(row)
    table, reason, area = zip(*rows, strict=True) if rows else ((), (), ())
    return Kinds(words(table), words(reason), np.array(area, bool))


_NOTHING = ("", "", False)


def _place(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool]:
    """Table, reason and whether to read it as an area, of one element."""
    building, part = t.get("building", ""), t.get("building:part", "")
    # some are told to be both: what does not start at the ground is no outline
    if part not in _NO and (building in _NO or not t.keys().isdisjoint(("min_height", "building:min_level"))):
        return _place_building(t, part, shape, "parts")
    if building not in _NO:
        return _place_building(t, building, shape, "buildings")
    if shape == POINT:
        return _place_point(t)
    placed = _place_way(t, shape, closed=closed)
    if placed is None:
        placed = _place_standing(t, shape, closed=closed) or _place_ground(t, shape, closed=closed)
    return placed or _place_thing(t, shape, closed=closed)


def _place_building(t: Tags, value: str, shape: int, table: str) -> tuple[str, str, bool]:
    if value in _VANISHED_BUILDINGS:
        return "", "" if value == "entrance" else "not_built", False
    if shape == POINT:
        return "", "node_building", False
    below = number(t.get("layer", "")) < 0
    if value in _CELLARS or t.get("location") == "underground" or number(t.get("level", "")) < 0:
        return "", "underground", False
    sunk = below or (number(t.get("building:levels:underground", "")) > 0 and number(t.get("building:levels", "")) == 0)
    if sunk and not any(number(t.get(key, "")) > 0 for key in _ABOVE):
        return "", "underground", False
    return table, "", True


def _place_point(t: Tags) -> tuple[str, str, bool]:
    if t.get("natural") in ("tree", "shrub"):
        return "trees", "", False
    kind = furniture_kind(t)
    if not kind or kind in LINEAR_BARRIERS:
        return _NOTHING
    reason = "indoor" if t.get("surveillance") == "indoor" else hidden(t)
    if not reason and number(t.get("layer", "")) < 0:
        reason = "underground"
    return ("", reason, False) if reason else ("furniture", "", False)


def _place_way(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place streets, rails and platforms, which are lines unless something says otherwise; None for all else."""
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    highway, railway = t.get("highway", ""), t.get("railway", "")
    if highway in _NOT_BUILT or (not highway and railway in _NOT_BUILT):
        return "", "not_built", False
    if highway == "corridor" or (highway and t.get("indoor", "") not in _NO):
        return "", "indoor", False
    platform = "platform" in (highway, railway, t.get("public_transport"))
    if platform or highway in ("rest_area", "services"):
        said_area = said_area or (closed and t.get("area") != "no")
    if platform or highway in STREET_ROLES:
        if not said_area:
            return "streets", "", False
        reason = hidden(t) or ("underground" if platform and number(t.get("layer", "")) < 0 else "")
        return ("", reason, False) if reason else ("areas", "", True)
    if railway in RAIL_KINDS:
        return ("rails", "", False) if shape == LINE else _NOTHING
    if t.get("aeroway") in ("runway", "taxiway") or (t.get("man_made") == "pier" and not closed):
        return ("areas", "", True) if said_area else ("streets", "", False)
    if t.get("leisure") == "track" and not said_area:
        return "streets", "", False
    return None


def _place_standing(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place what stands like a building without being tagged as one."""
    shelter = t.get("amenity") == "shelter" or t.get("public_transport") == "shelter"
    if (shape == POLYGON or closed) and (t.get("man_made") in STANDING or shelter):
        reason = hidden(t)
        return ("", reason, False) if reason else ("buildings", "", True)
    return None


def _place_ground(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place water and land."""
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    natural = t.get("natural", "")
    if natural == "coastline":
        return ("water", "", False) if shape == LINE else _NOTHING
    if natural == "tree_row":
        return ("trees", "", False) if shape == LINE else _NOTHING
    reason = hidden(t)
    if any(t.get(key, "") in values for key, values in WATER.items()):
        if not reason and t.get("tunnel", "") not in _NO:
            reason = "underground"
        if reason:
            return "", reason, False
        if t.get("landuse") == "basin" and t.get("basin") in ("infiltration", "detention"):
            return "areas", "", True  # dry but after rain
        line = t.get("waterway") in WATER_LINES and natural != "water" and not said_area
        return "water", "", not line
    if t.get("area") == "no" or (natural == "cliff" and not said_area) or not land_kind(t):
        return None
    if t.get("amenity") in ("parking", "parking_space"):
        if t.get("parking") == "underground" or number(t.get("layer", "")) < 0:
            reason = "underground"
        elif t.get("parking") in ("multi-storey", "rooftop"):
            return _NOTHING  # the building is drawn
    return ("", reason, False) if reason else ("areas", "", True)


def _place_thing(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool]:
    """Place furniture that is drawn as a way: benches, walls, hedges."""
    kind = furniture_kind(t)
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    if not kind or kind in ("lamp", "signal", "stop", "crossing"):
        return _NOTHING
    if reason := hidden(t):
        return "", reason, False
    if kind == "hedge" and said_area:
        return "areas", "", True
    if "barrier" in t:
        return "furniture", "", False
    return "furniture", "", shape == POLYGON or (closed and t.get("area") != "no")


def hidden(t: Tags) -> str:
    """Return why something cannot be seen from outside, or ""."""
    location = t.get("location", "")
    if location in ("underground", "underwater") or number(t.get("level", "")) < 0:
        return "underground"
    if location == "indoor" or t.get("indoor", "") not in _NO:
        return "indoor"
    return "on_roof" if location in ("roof", "rooftop") else ""
