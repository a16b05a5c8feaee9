"""The outline rule: what of a building is drawn where parts describe it.

An outline says where a building stands, its parts say what it looks like ("Simple 3D Buildings" in
the OpenStreetMap wiki). Mappers do not always cover the whole outline with parts, so what they left
over is drawn too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.pieces import only_places
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District
    from twin.table import Table

WHOLE, REMAINDER, PARTS = "whole", "remainder", "parts"

COVERED = 0.9
"""Parts that cover this share of an outline stand for all of it."""

HALF_COVERED = 0.5
SAME_HEIGHT_M = 0.5
WORSHIP = frozenset(
    {"cathedral", "church", "basilica", "chapel", "monastery", "religious", "mosque", "temple", "synagogue"}
)
SPIRE_FROM_M = 40.0
NAVE = 0.4
"""The nave's share of a spire's height where nothing else is told; that of Cologne has 61 m under 157 m."""

SLENDER = 3.0
SLIVER_M = 0.5
"""What parts leave over is drawn where it is wider than this; less is imprecise mapping."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """What is drawn of each building outline, a row a building.

    `height_from` says where the body's height came from: what the building says, or
    "parts:median" where the building's height is that of its highest part, "spire" where it can only
    be that of a spire or a dome that nobody drew.
    """

    drawn: NDArray[np.str_]  # whole, remainder or parts: itself, what its parts leave over, nothing
    geometry: NDArray[np.object_]  # None where nothing of the outline is drawn
    height_m: NDArray[np.float64]
    height_from: NDArray[np.object_]
    covered: NDArray[np.float64]  # the share of the outline that its parts cover; 0 without parts


def drawn_heights(buildings: Table, parts: Table) -> NDArray[np.float64]:
    """Return how high each building is drawn where it is highest, shape (n,)."""
    height: NDArray[np.float64] = buildings["height_m"].copy()
    height[only_naves(buildings, _homes(buildings, parts)[1])] *= NAVE
    return height


def bodies(buildings: Table, parts: Table) -> Bodies:
    """Return what is drawn of each building.

    Where parts cover nine tenths of an outline, they are the building. Otherwise the outline stays,
    less the parts that start at its ground; parts that start higher stand upon it. Where the parts
    cover at least half of it and its tagged height is that of the highest of them (a cathedral's
    height is its spire's), what is left over takes the median height of the parts by area.

    A wide place of worship without parts whose tagged height only a spire can have is drawn as high as
    its nave may be: a block of 98 m is what no one would recognise.
    """
    n = len(buildings)
    outline = buildings.geometry
    out = Bodies(
        drawn=np.full(n, WHOLE, dtype="<U9"),
        geometry=outline.copy(),
        height_m=buildings["height_m"].copy(),
        height_from=buildings["height_from"].copy(),
        covered=np.zeros(n),
    )
    part, home = _homes(buildings, parts)
    naves = only_naves(buildings, home)
    out.height_m[naves] *= NAVE
    out.height_from[naves] = "spire"
    if len(part) == 0:
        return out

    # From here on, `with_parts` are the buildings that have any, and `at` counts in them.
    with_parts, at = np.unique(home, return_inverse=True)
    whole = _valid(outline[with_parts])
    shape = _valid(parts.geometry[part])
    every = _unions(shape, at, len(with_parts))
    covered = _share(every, whole)
    out.covered[with_parts] = covered

    stands = _floor_of(parts)[part] <= _floor_of(buildings)[home] + SAME_HEIGHT_M
    mixed = np.bincount(at[~stands], minlength=len(with_parts)) > 0  # in the others, every part stands
    some = stands & mixed[at]
    standing = np.where(mixed, _unions(shape[some], at[some], len(with_parts)), every)
    rest = shapely.difference(whole, standing)
    rest = _without_slivers(np.where(shapely.area(rest) < shapely.area(whole) - 1e-6, rest, whole), whole)
    gone = (covered >= COVERED) | shapely.is_empty(rest)
    cut = ~gone & among(np.arange(len(with_parts)), at[stands]) & (shapely.area(rest) < shapely.area(whole) - 1e-6)
    out.drawn[with_parts[gone]] = PARTS
    out.drawn[with_parts[cut]] = REMAINDER
    out.geometry[with_parts[gone]] = None
    out.geometry[with_parts[cut]] = rest[cut]

    height = parts["height_m"][part]
    highest = np.full(len(with_parts), -np.inf)
    np.fmax.at(highest, at, height)  # NaN where nothing is known never counts
    told = ~np.array([source.startswith("default") for source in out.height_from[with_parts]], bool)
    own = out.height_m[with_parts]
    spire = told & np.isfinite(own) & (highest >= own - SAME_HEIGHT_M) & (highest <= own + SAME_HEIGHT_M)
    lowered = ~gone & spire & (covered >= HALF_COVERED)
    median = _medians(height, shapely.area(shape), at, len(with_parts))
    out.height_m[with_parts[lowered]] = median[lowered]
    out.height_from[with_parts[lowered]] = "parts:median"
    return out


def drawn_as(district: District, row: int) -> tuple[str, float, str]:
    """Return how one building is drawn: whole, remainder or parts; how high; and where that height came from."""
    building = district.tables["buildings"].rows(slice(row, row + 1))
    parts = district.tables["parts"]
    own = bodies(building, parts.rows(parts["building"] == building["osm"][0]))
    return str(own.drawn[0]), float(own.height_m[0]), str(own.height_from[0])


def only_naves(buildings: Table, with_parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of wide places of worship whose height is that of a spire that nobody drew."""
    tall = (buildings["height_m"] >= SPIRE_FROM_M) & among(buildings["kind"], WORSHIP)
    tall[with_parts] = False
    rows = np.flatnonzero(tall)
    if not len(rows):
        return rows
    told = np.array([not code.startswith("default") for code in buildings["height_from"][rows].tolist()], bool)
    rows = rows[told]
    area = shapely.area(only_places(buildings.geometry[rows]))
    wide: NDArray[np.int64] = rows[buildings["height_m"][rows] < SLENDER * np.sqrt(area)]
    return wide


def _homes(buildings: Table, parts: Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the parts that belong to an outline, and the rows of their buildings."""
    # The first of its name, where a file holds several.
    row_of = {name: row for row, name in zip(range(len(buildings))[::-1], buildings["osm"][::-1].tolist(), strict=True)}
    home = np.array([row_of.get(name, -1) if name else -1 for name in parts["building"].tolist()], np.int64)
    part = np.flatnonzero(home >= 0)
    return part, home[part]


def _floor_of(table: Table) -> NDArray[np.float64]:
    floor: NDArray[np.float64] = np.nan_to_num(table["min_height_m"])
    return floor


def _valid(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the geometries as valid ones, empty where there is none."""
    geometries = only_places(geometries)
    filled = np.where(shapely.is_missing(geometries), shapely.Polygon(), geometries)
    invalid = ~shapely.is_valid(filled)
    filled[invalid] = shapely.make_valid(filled[invalid])
    return filled


def _unions(shapes: NDArray[np.object_], group: NDArray[np.int64], groups: int) -> NDArray[np.object_]:
    """Return the union of the shapes of each group; empty for a group without any."""
    out = np.full(groups, shapely.Polygon(), dtype=object)
    count = np.bincount(group, minlength=groups)
    alone = count[group] == 1
    out[group[alone]] = shapes[alone]
    several = np.flatnonzero(count > 1)
    if len(several):
        order = np.flatnonzero(~alone)[np.argsort(group[~alone], kind="stable")]
        gathered = shapely.geometrycollections(shapes[order], indices=np.searchsorted(several, group[order]))
        out[several] = shapely.union_all(np.asarray(gathered)[:, None], axis=1)
    return out


def _share(cover: NDArray[np.object_], whole: NDArray[np.object_]) -> NDArray[np.float64]:
    area = shapely.area(whole)
    return np.where(area > 0, shapely.area(shapely.intersection(cover, whole)) / np.where(area > 0, area, 1), 0.0)


def _without_slivers(rest: NDArray[np.object_], whole: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the rest without the polygons so thin that they only tell how precisely the parts were drawn."""
    polygon, group = shapely.get_parts(rest, return_index=True)
    width = 2 * shapely.area(polygon) / np.maximum(shapely.length(polygon), 1e-9)
    good = (shapely.get_type_id(polygon) == 3) & ((width >= SLIVER_M) | among(group, np.flatnonzero(rest == whole)))
    out = np.full(len(rest), shapely.MultiPolygon(), dtype=object)
    filled = np.flatnonzero(np.bincount(group[good], minlength=1))
    if len(filled):
        out[filled] = shapely.multipolygons(polygon[good], indices=np.searchsorted(filled, group[good]))
    return out


def _medians(
    value: NDArray[np.float64], weight: NDArray[np.float64], group: NDArray[np.int64], groups: int
) -> NDArray[np.float64]:
    """Return the weighted median of each group: the least value with at least half of the weight at or below it."""
    known = np.isfinite(value)
    value, weight, group = value[known], weight[known], group[known]
    order = np.lexsort((value, group))
    value, weight, group = value[order], weight[order], group[order]
    total = np.bincount(group, weights=weight, minlength=groups)
    below = np.cumsum(weight) - np.concatenate([[0.0], np.cumsum(total)])[group]
    enough = below >= 0.5 * total[group] - 1e-9
    out = np.full(groups, np.nan)
    out[group[enough][::-1]] = value[enough][::-1]
    return out
