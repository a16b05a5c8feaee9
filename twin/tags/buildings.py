"""How high a building or building part is, where it starts, what its roof is like and what it is made of.

The keys mean what "Simple 3D Buildings" in the OSM wiki says: height runs from the ground to the top of
the roof, building:levels counts storeys from the ground even where a part starts higher, without those
in the roof. Where the map is silent the numbers are ours, and the provenance says "default:...".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.table import Columns, among
from twin.tags.columns import (
    Flags,
    Floats,
    Mended,
    Provenance,
    Tags,
    Words,
    described,
    each,
    figures,
    indexed,
    texts,
    words,
)
from twin.tags.lengths import LENGTH_LIMIT_M, LEVELS_LIMIT, read_levels, read_number
from twin.tags.roofs import (
    default_roof_height_m,
    drawn_shapes,
    orientation_of,
    read_direction,
    shape_of,
    slope_run_m,
)
from twin.tags.skins import skins

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STOREY_M = 3.0
"""A storey of a dwelling, the figure that the wiki and most renderers use."""
_STOREYS_M = {
    kind: storey_m
    for storey_m, kinds in {
        3.5: "office commercial retail hotel public civic government school kindergarten university college hospital "
        "train_station transportation museum library townhall supermarket department_store parliament embassy",
        4.5: "industrial warehouse manufacture factory hangar church cathedral sports_hall stadium theatre",
        2.8: "parking garages",
    }.items()
    for kind in kinds.split()
}
"""Ours: offices and schools have higher rooms than dwellings, halls higher still."""

_HEIGHTS_M = {
    kind: height_m
    for height_m, kinds in {
        2.5: "garage garages carport shed hut cabin container kiosk tent toilets ger outbuilding bin_store porch",
        3.0: "allotment_house bungalow static_caravan greenhouse guardhouse transformer_tower boathouse service "
        "conservatory shelter canopy bus_shelter stall electricity utility pavilion",
        4.0: "roof stable sty cowshed farm_auxiliary kindergarten barn_small",
        6.0: "house detached semidetached_house terrace farm villa residence bungalow_2 houseboat farmhouse "
        "fire_station supermarket pub clubhouse",
        7.0: "barn retail parking chapel shrine temple mosque synagogue riding_hall slurry_tank storage_tank",
        8.0: "industrial warehouse manufacture factory hangar sports_hall school civic bridge train_station gatehouse",
        10.0: "commercial public college transportation museum hospital library townhall digester viaduct",
        12.0: "university government office hotel embassy theatre silo bunker_silo cowling castle monastery palace "
        "residential dormitory",
        15.0: "apartments church block stadium grandstand tower windmill",
        25.0: "cathedral water_tower minaret bell_tower campanile gasometer lighthouse",
        40.0: "chimney cooling_tower skyscraper communications_tower",
    }.items()
    for kind in kinds.split()
}
"""Height of a building of a kind that nobody measured. Ours."""

_AREAS_M2 = (0.0, 15.0, 60.0, 150.0, 500.0, 1500.0, 5000.0)
_HEIGHTS_OF_AREA_M = (2.4, 2.6, 4.0, 6.5, 9.0, 11.0, 12.0)
"""Height of a building=yes by its footprint: a shed, a garage, a house, a block. Ours."""

_FLOATING = {"roof": 0.4, "canopy": 0.3, "carport": 0.2, "shelter": 0.2, "bridge": 0.0}
"""Kinds open below: the thickness of their top, in metres; a bridge takes the upper half of its height."""
_ROOFS_ALONE = _FLOATING.keys() - {"bridge"}
_BRIDGE_SHARE = 0.5

_SHELTERS = frozenset({("amenity", "shelter"), ("public_transport", "shelter")})

_NOBODY: Tags = {}  # the building of a part that belongs to none

_LEAST_M = 0.1
_LEAST_LEVELS = 0.1
_SLAB_M = 0.3
_ROOFS_SHARE = 0.6
"""A roof whose height nobody mapped takes at most this share of a height that somebody did."""
_STOREY_RANGE_M = (2.2, 7.0)

_HEIGHT_KEYS = ("height", "building:height", "est_height")


def buildings(
    tags: Sequence[Tags],
    *,
    area_m2: Floats,
    outline: Sequence[Tags | None] | None = None,
    geometry: Words | None = None,
) -> Columns:
    """Columns of the buildings or parts table besides name, tags and the like.

    Parameters
    ----------
    tags
        One mapping a building or part.
    area_m2
        Footprint of each; NaN where unknown.
    outline
        For parts, the tags of the building that each belongs to, None where there is none. A part
        without a height or storeys of its own takes its building's height; one without colours or
        materials its building's; one that reaches its building's top also its roof's shape.
    geometry
        Footprints in metres, from which the widths are measured that roofs rise over; guessed without.

    Returns
    -------
    Columns
        0 <= min_height_m < height_m <= 1000. `roof_height_m` is at most their difference, and NaN
        where only a geometry could have told (domes).
    """
    tags = indexed(tags)
    size = len(tags)
    mended = Mended(size)
    is_part = outline is not None
    kind = _kinds(tags, is_part=is_part)
    above = indexed([t or _NOBODY for t in outline or ()])
    usual_storey_m = _usual_storeys_m(kind, above)

    height_m, height_from = _tagged_heights(tags, mended)
    levels, how = figures(tags, "building:levels", "building:levels:aboveground", read=read_levels)
    mended.note_read(how)
    sliver = (levels > 0) & (levels < _LEAST_LEVELS)
    mended.note("value_wild", sliver)
    levels[sliver] = np.nan
    shape, shape_from = _shapes(tags, mended)
    roof_m, told_roof, roof_told_from = _tagged_roofs(tags, usual_storey_m, mended)
    storey_m, storey_from = usual_storey_m, Provenance(size)

    if is_part:
        top_m, top_from, of_outline_m = _outlines(above, area_m2)
        told = (of_outline_m >= _STOREY_RANGE_M[0]) & (of_outline_m <= _STOREY_RANGE_M[1])
        storey_m = np.where(told, of_outline_m, storey_m)
        storey_from.note(told, "+outline:height")
        reaches = (np.isnan(height_m) & ~(levels > 0)) | (height_m >= top_m - 0.5)
        inherits_roof = _inherit_shapes(above, shape, shape_from, reaches)
    shape, shape_from = drawn_shapes(shape, shape_from, geometry)
    direction_deg, orientation = _facing(tags, mended)
    if is_part:
        of_outline_deg, of_outline = _facing(above, Mended(size))
        takes = inherits_roof & np.isnan(direction_deg) & (orientation == "")
        direction_deg = np.where(takes, of_outline_deg, direction_deg)
        orientation = np.where(takes, of_outline, orientation)
    run_m = slope_run_m(shape, area_m2, geometry, direction_deg, orientation == "across")

    angle_deg, how = figures(tags, "roof:angle", read=read_number)
    mended.note_read(how)
    steep = (angle_deg > 0) & (angle_deg < 85) & np.isnan(roof_m)
    roof_m = np.where(steep, np.tan(np.radians(np.where(steep, angle_deg, 0.0))) * run_m, roof_m)
    roof_from = roof_told_from.copy()
    roof_from.note(steep, "roof:angle")
    untold = np.isnan(roof_m)
    roof_m = np.where(untold, default_roof_height_m(shape, run_m, measured=geometry is not None), roof_m)
    as_usual = shape.copy()
    roof_from.note(untold, lambda _: words(each(as_usual.tolist(), lambda one: f"default:roof:shape={one}")))

    # height from storeys, where no height is tagged
    by_metres = ~np.isnan(height_m)
    on_top_m = np.where(np.isnan(roof_m), 0.0, roof_m)
    by_levels = np.isnan(height_m) & ((levels > 0) | ((levels == 0) & (on_top_m > 0)))
    height_m = np.where(by_levels, np.minimum(levels * storey_m + on_top_m, LENGTH_LIMIT_M), height_m)
    height_from.note(by_levels, lambda _: "building:levels" + storey_from())
    height_from.note(by_levels & told_roof & (on_top_m > 0), lambda so_far: so_far + "+" + roof_told_from())
    tagged = ~np.isnan(height_m)

    # no height, no storeys: the building's, or what is usual
    usual_m, usual_from = _usual_heights(kind, area_m2)
    height_from.note(~tagged, usual_from)
    if is_part:
        inherits = ~np.isnan(top_m)
        usual_m = np.where(inherits, top_m, usual_m)
        height_from.note(~tagged & inherits, top_from)
    height_m = np.where(tagged, height_m, usual_m)

    min_m, min_from, told_min = _undersides(tags, kind, levels, height_m, on_top_m, storey_m, tagged, mended)
    # a part that is all roof: mapped are its underside and the roof's height, and no top
    all_roof = ~tagged & told_roof & (on_top_m > 0) & told_min & (shape != "flat")
    height_m = np.where(all_roof, np.minimum(min_m + on_top_m, LENGTH_LIMIT_M), height_m)
    height_from.note(all_roof, lambda _: min_from() + "+" + roof_told_from())
    slab = by_metres | among(kind, _ROOFS_ALONE)
    _lift(height_m, height_from, min_m, min_from, tagged | all_roof, slab, storey_m, mended)

    flat = shape == "flat"
    roof_m = np.where(flat, 0.0, roof_m)
    shape_told = shape_from.copy()
    roof_from.note(flat, lambda _: shape_told)
    room_m = height_m - min_m
    mended.note("roof_clipped", (roof_m > room_m + 1e-6) & told_roof & ~flat)
    # A roof about which nothing is told leaves some wall below it, unless the part is known to be a spire.
    usual = untold & by_metres & (np.nan_to_num(min_m) <= 0)
    room_m = np.where(usual, _ROOFS_SHARE * room_m, room_m)
    roof_m = np.where(np.isnan(roof_m), np.nan, np.minimum(roof_m, room_m))

    return Columns({
        "kind": kind,
        "height_m": height_m, "height_from": height_from,
        "min_height_m": min_m, "min_height_from": min_from,
        "levels": np.where(levels > 0, levels, np.nan),
        "roof_shape": shape, "roof_shape_from": shape_from,
        "roof_height_m": roof_m, "roof_height_from": roof_from,
        "roof_direction_deg": direction_deg, "roof_orientation": orientation,
        "roof_lines": np.full(size, "", object),
        **skins(tags, above, mended),
        "repairs": mended.repairs(),
    })  # fmt: skip


def _kinds(tags: Sequence[Tags], *, is_part: bool) -> Words:
    if is_part:
        return words(texts(tags, "building:part", "building"))
    return words(t.get("building") or t.get("man_made") or ("shelter" if _SHELTERS & t.items() else "") for t in tags)


def _usual_storeys_m(kind: Words, above: Sequence[Tags]) -> Floats:
    of_kind = np.array([_STOREYS_M.get(one, STOREY_M) for one in kind.tolist()], np.float64)
    if not above:
        return of_kind
    of_outline = np.array([_STOREYS_M.get(t.get("building", ""), STOREY_M) for t in above], np.float64)
    return np.where(of_kind == STOREY_M, of_outline, of_kind)


def _tagged_heights(tags: Sequence[Tags], mended: Mended) -> tuple[Floats, Provenance]:
    """Return the best height that is told in metres, and by which key."""
    height_m, came_from = np.full(len(tags), np.nan), Provenance(len(tags))
    for key in reversed(_HEIGHT_KEYS):
        value_m, how = figures(tags, key)
        mended.note_read(how)
        mended.note("value_wild", value_m < _LEAST_M)
        usable = value_m >= _LEAST_M
        height_m = np.where(usable, value_m, height_m)
        came_from.note(usable, key)
    return height_m, came_from


def _shapes(tags: Sequence[Tags], mended: Mended) -> tuple[Words, Words]:
    shape, there = described(tags, shape_of, "roof:shape", "building:roof:shape", "building:roof")
    missing = shape == ""
    mended.note("value_unreadable", missing & there)
    came_from = np.full(len(tags), "roof:shape", object)
    came_from[missing] = "default:flat"
    shape[missing] = "flat"
    return shape, came_from


def _tagged_roofs(tags: Sequence[Tags], storey_m: Floats, mended: Mended) -> tuple[Floats, Flags, Provenance]:
    """Height of roofs that is told in metres or storeys, NaN elsewhere; where it is told, and by which key."""
    in_m, how = figures(tags, "roof:height", "building:roof:height")
    mended.note_read(how)
    levels, how = figures(tags, "roof:levels", read=read_levels)
    mended.note_read(how)
    by_levels, by_metres = levels > 0, ~np.isnan(in_m)
    roof_m = np.where(by_metres, in_m, np.where(by_levels, levels * storey_m, np.nan))
    came_from = Provenance(len(tags))
    came_from.note(by_levels, "roof:levels")
    came_from.note(by_metres, "roof:height")
    return roof_m, by_levels | by_metres, came_from


def _outlines(above: Sequence[Tags], area_m2: Floats) -> tuple[Floats, Callable[[Words], Words], Floats]:
    """Height of each part's building, NaN where it has none; its provenance; and its storeys' height where mapped."""
    which = {id(t): t for t in above}
    row_of = {key: row for row, key in enumerate(which)}
    rows = np.array([row_of[id(t)] for t in above], np.intp)
    largest_m2 = np.full(len(which), np.nan)
    np.fmax.at(largest_m2, rows, area_m2)
    of = buildings(list(which.values()), area_m2=largest_m2)
    measured = among(of["height_from"], _HEIGHT_KEYS)
    storey_m = np.where(measured, (of["height_m"] - np.nan_to_num(of["roof_height_m"])) / of["levels"], np.nan)
    there = np.array([bool(t) for t in above], bool)
    return (
        np.where(there, of["height_m"][rows], np.nan),
        lambda _: words("outline:" + one for one in of["height_from"])[rows],
        storey_m[rows],
    )


def _inherit_shapes(above: Sequence[Tags], shape: Words, shape_from: Words, reaches: Flags) -> Flags:
    told, _there = described(above, shape_of, "roof:shape")
    takes = (shape_from == "default:flat") & reaches & (told != "")
    shape[takes] = told[takes]
    shape_from[takes] = "outline:roof:shape"
    inherits: Flags = takes
    return inherits


def _facing(tags: Sequence[Tags], mended: Mended) -> tuple[Floats, Words]:
    """Which way each roof is told to face, and how its ridge is told to run."""
    direction_deg, how = figures(tags, "roof:direction", "roof:slope:direction", read=read_direction)
    mended.note_read(how)
    orientation, _there = described(tags, orientation_of, "roof:orientation", "building:roof:orientation")
    return direction_deg, orientation


def _usual_heights(kind: Words, area_m2: Floats) -> tuple[Floats, Callable[[Words], Words]]:
    of_kind = np.array([_HEIGHTS_M.get(one, np.nan) for one in kind.tolist()], np.float64)
    of_area = np.interp(np.where(np.isnan(area_m2), 150.0, area_m2), _AREAS_M2, _HEIGHTS_OF_AREA_M)
    by_area = np.isnan(of_kind)
    came_from = Provenance(len(kind))
    came_from.note(~by_area, _default_of(kind))
    came_from.note(by_area, "default:area")
    return np.where(by_area, of_area, of_kind), lambda _: came_from()


def _default_of(kind: Words) -> Callable[[Words], Words]:
    return lambda _: words(each(kind.tolist(), lambda one: f"default:building={one}"))


def _undersides(
    tags: Sequence[Tags], kind: Words, levels: Floats, height_m: Floats, roof_m: Floats,
    storey_m: Floats, tagged: Flags, mended: Mended,
) -> tuple[Floats, Provenance, Flags]:  # fmt: skip
    """Where each starts above the ground, where that came from, and whether it is mapped."""
    told_m, how = figures(tags, "min_height", "building:min_height")
    mended.note_read(how)
    # min_level alone is the lowest floor of an indoor map, often a cellar
    below, how = figures(tags, "building:min_level", read=read_number)
    mended.note_read(how)
    mended.note("value_wild", below > LEVELS_LIMIT)
    below = np.where(below > LEVELS_LIMIT, np.nan, np.maximum(below, 0.0))
    # a height that is told with its storeys says how high those are
    own_m = np.divide(height_m - roof_m, levels, out=np.full(len(tags), np.nan), where=levels > 0)
    own = tagged & (own_m >= _STOREY_RANGE_M[0]) & (own_m <= _STOREY_RANGE_M[1])
    min_m = np.where(np.isnan(told_m), below * np.where(own, own_m, storey_m), told_m)
    came_from = Provenance(len(tags), "default:ground")
    came_from.note(~np.isnan(below), "building:min_level")
    came_from.note(~np.isnan(told_m), "min_height")
    top_m = np.array([_FLOATING.get(one, np.nan) for one in kind.tolist()], np.float64)
    bridge = kind == "bridge"
    open_m = np.where(bridge, height_m * _BRIDGE_SHARE, np.maximum(height_m - roof_m - top_m, 0.0))
    floats = np.isnan(min_m) & ~np.isnan(top_m)
    came_from.note(floats, _default_of(kind))
    min_m = np.where(floats, open_m, np.where(np.isnan(min_m), 0.0, min_m))
    return np.minimum(min_m, LENGTH_LIMIT_M), came_from, ~np.isnan(below) | ~np.isnan(told_m)


def _lift(
    height_m: Floats, height_from: Provenance, min_m: Floats, min_from: Provenance, told: Flags, slab: Flags,
    storey_m: Floats, mended: Mended,
) -> None:  # fmt: skip
    """Lift every top above its underside, in place.

    A mapped top below a mapped underside is nearly always a thickness taken for a height, so it is put on
    top of the underside. Where both are the same number, metres mean a slab, and storeys the one storey
    of that number. A top that nobody mapped gives way by a storey.
    """
    inverted = min_m >= height_m
    mended.note("height_inverted", inverted & told)
    equal = inverted & told & (min_m == height_m)
    min_m[equal & slab] = np.maximum(height_m[equal & slab] - _SLAB_M, 0.0)
    lifted = inverted & ~(equal & slab)
    thick = lifted & told & ~equal
    height_m[lifted] = min_m[lifted] + np.where(thick, height_m, storey_m)[lifted]
    height_from.note(thick, lambda so_far: min_from() + "+" + so_far)
    height_from.note(lifted & ~thick, lambda _: min_from() + "+default:storey")
    beyond = height_m > LENGTH_LIMIT_M
    mended.note("height_inverted", beyond)
    height_m[beyond] = LENGTH_LIMIT_M
    min_m[:] = np.minimum(min_m, height_m - _LEAST_M / 2)
