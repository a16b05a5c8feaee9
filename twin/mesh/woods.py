"""The trees of woods, which the map has as areas: scattered, always the same way."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import clipped
from twin.mesh.pieces import Pieces, only_places
from twin.mesh.trees import plant_woods, scattered
from twin.mesh.ways import widths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Bounds, Mesh
    from twin.table import Table

MOST = 32_000
"""So many trees of woods at most: larger woods have wider ones between."""

APART_M = 7.5
CLEAR_M = 2.5
"""So far from buildings, water and the edges of ways no tree stands."""

_HEIGHTS_M = {"needleleaved": 15.0, "broadleaved": 12.0}


def woods_mesh(tables: Mapping[str, Table], paints: Paints, box_xy: Bounds) -> Mesh:
    """Return the trees of all woods in a box; where trees of their own are mapped, none are added beside them."""
    areas = tables["areas"]
    pieces = Pieces()
    rows = np.flatnonzero(areas["kind"] == "wood")
    shapes = clipped(only_places(areas.geometry[rows]), box_xy)
    size = np.nan_to_num(shapely.area(shapes))
    rows, shapes, size = rows[size > 20], shapes[size > 20], size[size > 20]
    if not len(rows):
        return pieces.mesh("areas")
    apart = max(APART_M, float(np.sqrt(size.sum() / MOST)))
    xy, owner = _scattered(shapes, apart)
    # Woods may lie over one another: a place has one tree.
    _cell, first = np.unique(np.floor(xy / apart), axis=0, return_index=True)
    xy, owner = xy[first], owner[first]
    free = ~_taken(xy, tables)
    xy, owner = xy[free], owner[free]
    if not len(xy):
        return pieces.mesh("areas")
    leaf = [json.loads(text).get("leaf_type", "") for text in areas["tags"][rows].tolist()]
    seed = np.array([zlib.crc32(osm.encode()) % 997 for osm in areas["osm"][rows].tolist()], np.float64)
    chance = scattered(xy + seed[owner, None])
    mixed = np.array([value not in _HEIGHTS_M for value in leaf], bool)[owner]
    needle = np.where(mixed, chance[:, 0] < 0.35, np.array([value == "needleleaved" for value in leaf], bool)[owner])
    usual = np.where(needle, _HEIGHTS_M["needleleaved"], _HEIGHTS_M["broadleaved"])
    wide = min(1.6, (apart / APART_M) ** 0.5)  # fewer trees are larger, so that a wood is no meadow
    height = usual * (0.7 + 0.5 * chance[:, 2]) * wide
    least_m = 0.27 * apart if apart > 2 * APART_M else 0.0  # then each stands for a clump of trees
    plant_woods(pieces, xy, height, needle, rows[owner], paints, least_m=least_m)
    return pieces.mesh("areas")


def _scattered(shapes: NDArray[np.object_], apart: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return places within shapes about so far apart, and the shape of each: a grid over the world, shaken."""
    found, owners = [], []
    for i, shape in enumerate(shapes):
        west, south, east, north = np.floor(np.array(shape.bounds) / apart)
        x, y = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
        cell = np.column_stack([x.ravel(), y.ravel()])
        xy = (cell + 0.1 + 0.8 * scattered(cell * 31.7)[:, :2]) * apart
        shapely.prepare(shape)
        inside = shapely.contains_xy(shape, xy[:, 0], xy[:, 1])
        found.append(xy[inside])
        owners.append(np.full(int(inside.sum()), i))
    return np.concatenate(found), np.concatenate(owners)


def _taken(xy: NDArray[np.float64], tables: Mapping[str, Table]) -> NDArray[np.bool_]:
    """Tell where something stands, lies or grows already."""
    taken = np.zeros(len(xy), dtype=bool)
    points = shapely.points(xy)
    tree = shapely.STRtree(points)
    for name in ("streets", "rails"):
        ways = only_places(tables[name].geometry)
        way, hit = tree.query(ways, predicate="dwithin", distance=widths(tables[name]) / 2 + CLEAR_M)
        open_air = ~np.asarray(tables[name]["tunnel"], bool)
        taken[hit[open_air[way]]] = True
    for name, distance in (("buildings", CLEAR_M), ("water", CLEAR_M), ("trees", 4.0)):
        _thing, hit = tree.query(only_places(tables[name].geometry), predicate="dwithin", distance=distance)
        taken[hit] = True
    return taken
