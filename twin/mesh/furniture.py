"""Lamps, signals, benches, walls and hedges: what stands along a street."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh import shade
from twin.mesh.buildings import add_bodies
from twin.mesh.pieces import Pieces, is_place
from twin.mesh.ribbons import lines_of, slab, strip
from twin.mesh.templates import POST, THINGS
from twin.mesh.trees import scattered
from twin.table import among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.mesh.templates import Thing
    from twin.model import Mesh
    from twin.table import Table

_POINT, _POLYGONS, _LINES = 0, (3, 6), (1, 2, 5)

TOWARDS_M = 25.0
"""Things turn to the nearest street within this distance."""

TALLEST_M = 400.0

ALONG: Mapping[str, tuple[str, float]] = {
    "wall": ("stone", 0.3),
    "city_wall": ("stone", 1.6),
    "retaining_wall": ("stone", 0.4),
    "fence": ("post", 0.06),
    "guard_rail": ("post", 0.1),
    "hedge": ("crown", 0.8),
    "bench": ("wood_furniture", 0.45),
}
"""What is mapped as a line: its paint and its thickness in metres."""

_SOME_LINE = ("post", 0.2)
_HIGHEST_LINE_M = 30.0


def furniture_mesh(furniture: Table, streets: Table, paints: Paints) -> Mesh:
    """Return all things of the street: on points, along lines, and with footprints of their own."""
    pieces = Pieces()
    geometry = furniture.geometry
    kind = furniture["kind"].astype(np.str_)
    told = furniture["height_m"]
    height = np.where(np.isfinite(told) & (told > 0), np.minimum(told, TALLEST_M), np.nan)
    form = shapely.get_type_id(geometry)
    # A crossing is no thing: it is painted on its road.
    rows = np.flatnonzero((form == _POINT) & ~shapely.is_empty(geometry) & (kind != "crossing"))
    _add_standing(pieces, geometry, rows, kind, height, streets, paints)
    _add_along(pieces, geometry, np.flatnonzero(among(form, _LINES)), kind, height, paints)
    _add_footprints(pieces, geometry, among(form, _POLYGONS), kind, height, paints)
    return pieces.mesh("furniture")


def _add_standing(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    rows: NDArray[np.int64],
    kind: NDArray[np.str_],
    height: NDArray[np.float64],
    streets: Table,
    paints: Paints,
) -> None:
    xy = shapely.get_coordinates(geometry[rows])
    good = is_place(xy)
    xy, rows = xy[good], rows[good]
    if len(rows) == 0:
        return
    facing = _facing(xy, streets)
    for name in sorted(set(kind[rows].tolist())):
        here = kind[rows] == name
        add_things(pieces, THINGS.get(name, POST), xy[here], facing[here], height[rows][here], rows[here], paints)


def add_things(
    pieces: Pieces,
    thing: Thing,
    xy: NDArray[np.float64],
    facing: NDArray[np.float64],
    height_m: NDArray[np.float64],
    rows: NDArray[np.int64],
    paints: Paints,
    *,
    role: str = "",
) -> None:
    """Set a thing down at every place, facing a direction (unit vectors), of its usual height where NaN.

    With `role`, all of it is painted so.
    """
    tall = np.where(np.isfinite(height_m), height_m, thing.height_m) / thing.height_m
    stout = np.sqrt(tall)
    n = len(xy)
    for solid in thing.solids:
        x, y, z = solid.points.T
        k = len(solid.points)
        ahead, aside = stout[:, None] * x, stout[:, None] * y
        points = np.empty((n, k, 3))
        points[:, :, 0] = xy[:, :1] + facing[:, :1] * ahead - facing[:, 1:] * aside
        points[:, :, 1] = xy[:, 1:] + facing[:, 1:] * ahead + facing[:, :1] * aside
        points[:, :, 2] = tall[:, None] * z
        triangles = (np.arange(n)[:, None, None] * k + solid.triangles).reshape(-1, 3)
        pieces.add(points.reshape(-1, 3), triangles, feature=np.repeat(rows, k), paint=paints.plain(role or solid.role))


def _facing(xy: NDArray[np.float64], streets: Table) -> NDArray[np.float64]:
    """Return the direction to the nearest street as unit vectors; where none is near, any direction."""
    angle = 2 * np.pi * scattered(xy)[:, 0]
    facing = np.column_stack([np.cos(angle), np.sin(angle)])
    lines = streets.geometry[~streets["tunnel"]]
    lines = lines[among(shapely.get_type_id(lines), _LINES) & np.isfinite(shapely.length(lines))]
    if len(lines) == 0:
        return facing
    points = shapely.points(xy)
    thing, street = shapely.STRtree(lines).query_nearest(points, max_distance=TOWARDS_M, all_matches=False)
    nearest = shapely.line_interpolate_point(lines[street], shapely.line_locate_point(lines[street], points[thing]))
    way = shapely.get_coordinates(nearest) - xy[thing]
    far = np.hypot(*way.T)
    apart = far > 0.01  # a thing mapped on the street's own line faces nowhere
    facing[thing[apart]] = way[apart] / far[apart, None]
    return facing


def _add_along(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    rows: NDArray[np.int64],
    kind: NDArray[np.str_],
    height: NDArray[np.float64],
    paints: Paints,
) -> None:
    lines = lines_of(geometry[rows])
    if len(lines.xy) == 0:
        return
    owner = rows[lines.feature]
    paint = np.array([paints.plain(ALONG.get(str(name), _SOME_LINE)[0]) for name in kind[rows]])[lines.feature]
    half = np.array([ALONG.get(str(name), _SOME_LINE)[1] for name in kind[rows]])[lines.feature] / 2
    tall = np.minimum(np.where(np.isfinite(height[owner]), height[owner], 1.0), _HIGHEST_LINE_M)
    made = strip(lines, half, half, round_ends=False, round_bends=False)
    of_line = lines.line[made.vertex]
    points, triangles = slab(made, tall[of_line], np.zeros(len(of_line)))
    light = np.concatenate([shade.by_height(tall[of_line]), np.full(len(of_line), shade.FOOT)])
    pieces.add(points, triangles, feature=np.tile(owner[of_line], 2), paint=np.tile(paint[of_line], 2), shade=light)


def _add_footprints(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    which: NDArray[np.bool_],
    kind: NDArray[np.str_],
    height: NDArray[np.float64],
    paints: Paints,
) -> None:
    if not which.any():
        return
    usual = np.array([THINGS.get(str(name), POST).height_m for name in kind])
    wood, grown = among(kind, ("bench", "table")), kind == "hedge"
    role = np.where(wood, "wood_furniture", np.where(grown, "crown", "stone"))
    paint = paints.plain_each(role)
    n = len(geometry)
    add_bodies(
        pieces,
        geometry,
        which=which,
        height_m=np.where(np.isfinite(height), height, usual),
        min_height_m=np.zeros(n),
        roof_shape=np.full(n, "flat"),
        roof_height_m=np.zeros(n),
        wall_paint=paint,
        roof_paint=paint,
    )
