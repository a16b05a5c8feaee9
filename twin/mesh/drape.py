"""A flat city on the shape of its ground.

The ground is flat triangles. What lies on it is cut along their edges, so that a layer two centimetres above
another stays so everywhere; what stands on it is lifted as a whole.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.ribbons import lines_of
from twin.mesh.ways import on_ground
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import City, District, Mesh, Terrain
    from twin.table import Table

LYING = frozenset(
    {"ground", "areas", "water", "piers", "paths", "streets", "rails", "haze", "overlays"}
    | {"pitch_lines", "corners", "kerbs", "markings", "rail_mouths"}
)
LEVEL = frozenset({"lake", "basin", "pool", "fountain", "dock", "sea"})
"""Kinds of water without a slope."""

SHORE_M = 0.6
"""So far below the water lies the ground beneath it."""

_EXACT = 1e-4
_ROUNDS = 40


def draped(city: City, district: District) -> City:
    """Return the city on the ground of its district; a flat one is returned as it is."""
    if district.terrain is None:
        return city
    levels, terrain = _levelled(district.terrain, district.tables["water"])
    meshes = {}
    for kind, mesh in city.meshes.items():
        if kind == "water":
            meshes[kind] = _water(mesh, levels, terrain)
        elif kind in LYING:
            meshes[kind] = _laid(mesh, terrain)
        elif kind in ("bridges", "rail_bridges", "spans", "rail_spans", "span_markings"):
            meshes[kind] = _bridged(mesh, district.tables[mesh.table], terrain)
        elif kind == "woods":
            meshes[kind] = lifted(mesh, terrain.at(mesh.points[:, :2].astype(np.float64)))
        elif kind == "furniture":
            meshes[kind] = _furniture(mesh, district.tables["furniture"], terrain)
        else:
            meshes[kind] = _stood(mesh, district, terrain)
    points = city.names.points.copy()
    points[:, 2] += terrain.at(points[:, :2])
    return replace(city, meshes=meshes, names=replace(city.names, points=points), terrain=district.terrain)


def lifted(mesh: Mesh, by_m: NDArray[np.float64]) -> Mesh:
    """Return a mesh with every point so much higher, shape (n,)."""
    points = mesh.points.copy()
    points[:, 2] += by_m.astype(np.float32)
    return replace(mesh, points=points)


def _laid(mesh: Mesh, terrain: Terrain) -> Mesh:
    cut = along_cells(mesh, terrain)
    return lifted(cut, terrain.at(cut.points[:, :2].astype(np.float64)))


def along_cells(mesh: Mesh, terrain: Terrain) -> Mesh:
    """Return a mesh cut along the edges of the ground's triangles; what lies outside its grid stays whole."""
    rows, columns = terrain.height_m.shape
    xy = mesh.points[:, :2].astype(np.float64)
    x, y = (xy[:, 0] - terrain.x_m) / terrain.cell_m, (xy[:, 1] - terrain.y_m) / terrain.cell_m
    # Columns: where a point lies in cells, its height, and the row that it was made from.
    points = np.column_stack([x, y, mesh.points[:, 2], np.zeros(len(x))])
    origin = np.arange(len(points))
    shade = mesh.shade.astype(np.float64)
    triangles = mesh.triangles.astype(np.int64)
    limits = (columns - 1, rows - 1, rows + columns - 2)
    for family in range(3):
        for _round in range(_ROUNDS):
            value = points[:, 0] if family == 0 else points[:, 1] if family == 1 else points[:, 0] + points[:, 1]
            corner = value[triangles]
            # Half a cell beyond the grid: at its rim, too, the ground has an edge.
            low, high = (np.clip(one, -0.5, limits[family] + 0.5) for one in (corner.min(axis=1), corner.max(axis=1)))
            line = np.clip(np.rint((low + high) / 2), np.ceil(low + _EXACT), np.floor(high - _EXACT))
            crossed = (line > low + _EXACT) & (line < high - _EXACT)
            if family == 2:
                inside = points[triangles, 0], points[triangles, 1]
                for place, limit in zip(inside, limits, strict=False):
                    crossed &= (place.max(axis=1) > 0) & (place.min(axis=1) < limit)
            if not crossed.any():
                break
            fresh, made, owner, light = _split(points, value, triangles[crossed], line[crossed], shade)
            points = np.concatenate([points, fresh])
            origin = np.concatenate([origin, origin[owner]])
            shade = np.concatenate([shade, light])
            triangles = np.concatenate([triangles[~crossed], made])
    out = np.column_stack(
        [points[:, 0] * terrain.cell_m + terrain.x_m, points[:, 1] * terrain.cell_m + terrain.y_m, points[:, 2]]
    ).astype(np.float32)
    out[: len(mesh.points)] = mesh.points
    return replace(
        mesh,
        points=np.ascontiguousarray(out),
        triangles=np.ascontiguousarray(triangles, np.int32),
        feature=mesh.feature[origin],
        paint=mesh.paint[origin],
        shade=np.rint(shade).astype(np.uint8),
        facade=None if mesh.facade is None else mesh.facade[origin],
    )


def _split(
    points: NDArray[np.float64],
    value: NDArray[np.float64],
    triangles: NDArray[np.int64],
    line: NDArray[np.float64],
    shade: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Cut each triangle along its line: the new points, all pieces, what each point came from, and its light."""
    away = value[triangles] - line[:, None]
    side = np.where(np.abs(away) < _EXACT, 0, np.sign(away)).astype(np.int64)
    on_line = (side == 0).any(axis=1)
    # The corner that stands alone comes first: one on the line, or one whose side no other has.
    alone = np.where(
        on_line, np.argmax(side == 0, axis=1), np.argmax(side == -np.sign(side.sum(axis=1))[:, None], axis=1)
    )
    turned = (alone[:, None] + np.arange(3)) % 3
    a, b, c = np.take_along_axis(triangles, turned, axis=1).T
    n = len(points)
    two, three = np.flatnonzero(on_line), np.flatnonzero(~on_line)

    starts = np.concatenate([b[two], a[three], a[three]])
    ends = np.concatenate([c[two], b[three], c[three]])
    at = np.concatenate([line[two], line[three], line[three]])
    share = (at - value[starts]) / (value[ends] - value[starts])
    fresh = points[starts] + share[:, None] * (points[ends] - points[starts])
    light = shade[starts] + share * (shade[ends] - shade[starts])
    middle = n + np.arange(len(two))
    p, q = n + len(two) + np.arange(len(three)), n + len(two) + len(three) + np.arange(len(three))
    made = np.concatenate(
        [
            np.column_stack([a[two], b[two], middle]),
            np.column_stack([a[two], middle, c[two]]),
            np.column_stack([a[three], p, q]),
            np.column_stack([p, b[three], c[three]]),
            np.column_stack([p, c[three], q]),
        ]
    )
    return fresh, made, starts, light


def _levelled(terrain: Terrain, water: Table) -> tuple[NDArray[np.float64], Terrain]:
    """Return the level of each row of the water table, NaN for what slopes, and the ground with its lakes dug out."""
    levels = np.full(len(water), np.nan)
    level_kinds = among(water["kind"].astype(np.str_), list(LEVEL)) if len(water) else np.zeros(0, bool)
    lakes = np.flatnonzero(level_kinds & among(shapely.get_type_id(water.geometry), (3, 6)))
    if not len(lakes):
        return levels, terrain
    rows, columns = terrain.height_m.shape
    x = terrain.x_m + terrain.cell_m * np.arange(columns)
    y = terrain.y_m + terrain.cell_m * np.arange(rows)
    grid_x, grid_y = (one.ravel() for one in np.meshgrid(x, y))
    height = terrain.height_m.astype(np.float64).ravel()
    tree = shapely.STRtree(shapely.points(grid_x, grid_y))
    for row in lakes.tolist():
        shape = water.geometry[row]
        rim = shapely.get_coordinates(shape)
        if not len(rim) or not np.isfinite(rim).all():
            continue
        levels[row] = float(np.percentile(terrain.at(rim), 5))
        beneath = tree.query(shape, predicate="intersects")
        height[beneath] = np.minimum(height[beneath], levels[row] - SHORE_M)
    dug = height.reshape(rows, columns).astype(np.float32)
    return levels, replace(terrain, height_m=dug)


def _water(mesh: Mesh, levels: NDArray[np.float64], terrain: Terrain) -> Mesh:
    """Lakes are level, rivers slope."""
    known = (mesh.feature >= 0) & (mesh.feature < len(levels))
    own = np.full(len(mesh.points), np.nan)
    own[known] = levels[mesh.feature[known]]
    level = ~np.isnan(own)
    if not len(mesh.triangles) or level.all():
        return lifted(mesh, own)
    sloping = ~level[mesh.triangles[:, 0]]
    return _both(_only(lifted(mesh, np.nan_to_num(own)), ~sloping), _laid(_only(mesh, sloping), terrain))


def _only(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    """Return a mesh of some of its triangles, and of their points."""
    used, triangles = np.unique(mesh.triangles[which], return_inverse=True)
    return replace(
        mesh,
        points=np.ascontiguousarray(mesh.points[used]),
        triangles=np.ascontiguousarray(triangles.reshape(-1, 3), np.int32),
        feature=mesh.feature[used],
        paint=mesh.paint[used],
        shade=mesh.shade[used],
        facade=None if mesh.facade is None else mesh.facade[used],
    )


def _both(one: Mesh, other: Mesh) -> Mesh:
    return replace(
        one,
        points=np.concatenate([one.points, other.points]),
        triangles=np.concatenate([one.triangles, other.triangles + np.int32(len(one.points))]),
        feature=np.concatenate([one.feature, other.feature]),
        paint=np.concatenate([one.paint, other.paint]),
        shade=np.concatenate([one.shade, other.shade]),
    )


def _stood(mesh: Mesh, district: District, terrain: Terrain) -> Mesh:
    """Lift every feature to the lowest ground beneath it; a part of a building to that of its outline."""
    lowest = _lowest(mesh, terrain, len(district.tables[mesh.table]) if mesh.table else 0)
    if mesh.table == "parts":
        parts, buildings = district.tables["parts"], district.tables["buildings"]
        row_of = {osm: row for row, osm in enumerate(buildings["osm"].tolist())}
        of_outline = np.array([row_of.get(osm, -1) for osm in parts["building"].tolist()], np.int64)
        told = of_outline >= 0
        lowest[told] = np.minimum(lowest[told], _under(buildings.geometry[of_outline[told]], terrain))
    return _by_feature(mesh, lowest, terrain)


def _under(geometry: NDArray[np.object_], terrain: Terrain) -> NDArray[np.float64]:
    """Return the lowest ground under the corners of each geometry."""
    xy, which = shapely.get_coordinates(geometry, return_index=True)
    lowest = np.full(len(geometry), np.inf)
    good = np.isfinite(xy).all(axis=1)
    np.minimum.at(lowest, which[good], terrain.at(xy[good]))
    return lowest


def _lowest(mesh: Mesh, terrain: Terrain, rows: int) -> NDArray[np.float64]:
    lowest = np.full(rows, np.inf)
    known = mesh.feature >= 0
    np.minimum.at(lowest, mesh.feature[known], terrain.at(mesh.points[known, :2].astype(np.float64)))
    return lowest


def _by_feature(mesh: Mesh, height: NDArray[np.float64], terrain: Terrain) -> Mesh:
    by = terrain.at(mesh.points[:, :2].astype(np.float64))
    known = mesh.feature >= 0
    own = height[mesh.feature[known]]
    by[known] = np.where(np.isfinite(own), own, by[known])
    return lifted(mesh, by)


def _furniture(mesh: Mesh, furniture: Table, terrain: Terrain) -> Mesh:
    """Things on points stand, walls and hedges follow the ground."""
    point = among(shapely.get_type_id(furniture.geometry), (0, 3, 6))
    known = mesh.feature >= 0
    stands = known & point[np.maximum(mesh.feature, 0)] if len(point) else np.zeros(len(mesh.feature), bool)
    of_triangle = stands[mesh.triangles[:, 0]]
    standing = _by_feature(mesh, _lowest(mesh, terrain, len(furniture)), terrain)
    return _both(_only(standing, of_triangle), _laid(_only(mesh, ~of_triangle), terrain))


def _bridged(mesh: Mesh, table: Table, terrain: Terrain) -> Mesh:
    """Lift bridges so that they run level from the ground at one end to that at the others."""
    bridge = np.flatnonzero(np.asarray(table["bridge"], bool) & ~np.asarray(table["tunnel"], bool))
    lines = lines_of(table.geometry[bridge]).of_rows(bridge)
    ground = lines_of(table.geometry[on_ground(table)])
    if not len(lines.xy):
        return _laid(mesh, terrain)
    ends = np.concatenate([lines.start[:-1], lines.start[1:] - 1])
    place = lines.xy[ends, 0] + 1j * lines.xy[ends, 1]
    landed = among(place, ground.xy[:, 0] + 1j * ground.xy[:, 1])
    _places, node = np.unique(place, return_inverse=True)
    group = _hanging_together(node.reshape(2, -1).T)
    by = terrain.at(mesh.points[:, :2].astype(np.float64))
    group_of_row = np.full(len(table), -1)
    group_of_row[lines.feature] = group
    mine = group_of_row[mesh.feature]
    abutment = np.tile(group, 2)
    order = np.argsort(mine, kind="stable")
    first = np.searchsorted(mine[order], np.arange(group.max() + 2))
    for one in range(int(group.max()) + 1):
        here = order[first[one] : first[one + 1]]
        at = lines.xy[ends[(abutment == one) & landed]]
        if not len(here):
            continue
        if not len(at):
            by[here] = by[here].max()
            continue
        at = np.unique(at, axis=0)
        away = np.hypot(*(mesh.points[here, None, :2] - at[None]).transpose(2, 0, 1)) + 0.1
        by[here] = (terrain.at(at) / away).sum(axis=1) / (1 / away).sum(axis=1)
    return lifted(mesh, by)


def _hanging_together(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a number for each line, the same for those that join one another, by their two end nodes."""
    label = np.arange(int(ends.max(initial=0)) + 1)
    while True:
        low = np.minimum(label[ends[:, 0]], label[ends[:, 1]])
        before = label.copy()
        np.minimum.at(label, ends[:, 0], low)
        np.minimum.at(label, ends[:, 1], low)
        if (label == before).all():
            break
    _labels, number = np.unique(label[ends[:, 0]], return_inverse=True)
    return number
