"""What a user brings along: areas, lines and points on the ground, and masses that stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.buildings import add_bodies
from twin.mesh.ground import add_fills
from twin.mesh.levels import clipped
from twin.mesh.pieces import Pieces, is_place
from twin.mesh.ribbons import lines_of
from twin.mesh.ways import add_flat
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Bounds, Mesh
    from twin.table import Table

OUTLINE_M = 0.5
LINE_M = 1.2
POST_M = 4.0
_POINTS, _LINES, _POLYGONS = (0, 4), (1, 2, 5), (3, 6)


def overlays_meshes(overlays: Table, paints: Paints, box_xy: Bounds) -> tuple[Mesh, Mesh]:
    """Return what lies flat, fills with outlines and lines, and what stands: masses, and posts for points."""
    flat, standing = Pieces(), Pieces()
    if not len(overlays):
        return flat.mesh("overlays"), standing.mesh("overlays")
    geometry = overlays.geometry
    height = overlays["height_m"]
    form = shapely.get_type_id(geometry)
    tall = among(form, _POLYGONS) & (height > 0)
    rows = np.flatnonzero(among(form, _POLYGONS) & ~tall)
    add_fills(flat, geometry[rows], rows, np.full(len(rows), "overlay", object), paints, box_xy)
    # The outline is drawn where the area ends, and not where the district cuts it.
    _add_lines(flat, shapely.boundary(geometry[rows]), rows, OUTLINE_M, len(overlays), paints, box_xy)
    rows = np.flatnonzero(among(form, _LINES))
    _add_lines(flat, geometry[rows], rows, LINE_M, len(overlays), paints, box_xy)
    _add_masses(standing, geometry, tall, overlays, paints)
    _add_posts(standing, geometry, np.flatnonzero(among(form, _POINTS)), height, paints)
    return flat.mesh("overlays"), standing.mesh("overlays")


def _add_lines(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    rows: NDArray[np.int64],
    width_m: float,
    count: int,
    paints: Paints,
    box_xy: Bounds,
) -> None:
    lines = lines_of(clipped(geometry, box_xy)).of_rows(rows)
    half = np.full(len(lines.feature), width_m / 2)
    add_flat(pieces, lines, half, half, np.full(count, "overlay_line", object), paints)


def _add_masses(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    tall: NDArray[np.bool_],
    overlays: Table,
    paints: Paints,
) -> None:
    n = len(overlays)
    paint = np.full(n, paints.plain("overlay_mass") if n else 0, dtype=np.uint16)
    add_bodies(
        pieces,
        geometry,
        which=tall,
        height_m=overlays["height_m"],
        min_height_m=overlays["min_height_m"],
        roof_shape=np.full(n, "flat", object),
        roof_height_m=np.zeros(n),
        wall_paint=paint,
        roof_paint=paint,
    )


def _add_posts(
    pieces: Pieces, geometry: NDArray[np.object_], rows: NDArray[np.int64], height: NDArray[np.float64], paints: Paints
) -> None:
    from twin.mesh.furniture import add_things  # few districts have any
    from twin.mesh.templates import POST

    xy, which = shapely.get_coordinates(geometry[rows], return_index=True)
    good = is_place(xy)
    xy, rows = xy[good], rows[which[good]]
    if len(rows) == 0:
        return
    facing = np.tile([1.0, 0.0], (len(rows), 1))
    tall = np.where(height[rows] > 0, height[rows], POST_M)
    add_things(pieces, POST, xy, facing, tall, rows, paints, role="overlay_line")
