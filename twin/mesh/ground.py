"""The paper under the city, and what lies flat on it: areas and water."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import LAND_ROLES, Z_M, clipped, z_of
from twin.mesh.pieces import Pieces
from twin.mesh.rings import rings_of
from twin.mesh.triangles import triangulated
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Bounds, Mesh
    from twin.table import Table

PAPER_FACTOR = 30.0
"""The paper's radius, in half diagonals of the district's box."""


def area_roles(kinds: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return what each kind of area is painted as; "area" for a kind that has no paint of its own."""
    return np.where(among(kinds, LAND_ROLES), kinds, "area")


def areas_mesh(areas: Table, paints: Paints, box_xy: Bounds, *, over_water: bool) -> Mesh:
    """Land use, parks, squares, pitches as flat fills; or, over water, piers and breakwaters."""
    role = area_roles(areas["kind"])
    some = np.flatnonzero((role == "pier") == over_water)
    pieces = Pieces()
    add_fills(pieces, areas.geometry[some], some, role[some], paints, box_xy)
    return pieces.mesh("areas")


def water_fills(pieces: Pieces, water: Table, paints: Paints, box_xy: Bounds) -> None:
    """Add the sea, lakes and river banks, with their islands left out."""
    role = np.where(water["kind"] == "sea", "sea", "water")
    add_fills(pieces, water.geometry, np.arange(len(water)), role, paints, box_xy)


def add_fills(
    pieces: Pieces,
    geometries: NDArray[np.object_],
    rows: NDArray[np.int64],
    role: NDArray[np.object_],
    paints: Paints,
    box_xy: Bounds,
) -> None:
    """Add geometries, with their rows in the table and their roles, as far as they lie in the box."""
    rings = rings_of(clipped(geometries, box_xy))
    owner = rings.feature_of_corner
    pieces.add(
        np.column_stack([rings.xy, z_of(role)[owner]]),
        triangulated(rings),
        feature=rows[owner],
        paint=paints.plain_each(role)[owner],
    )


def ground_mesh(bounds_xy: Bounds, paints: Paints) -> Mesh:
    """Return the paper: a disc around the district's box that turns into the horizon long before it ends."""
    west, south, east, north = bounds_xy
    centre = np.array([(west + east) / 2, (south + north) / 2])
    half = float(np.hypot(east - west, north - south)) / 2
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    reach = np.array([1.0, 1.6, 3.0, 6.0, 12.0, PAPER_FACTOR])
    faded = np.array([False, False, False, False, True, True])
    rim = centre + half * reach[:, None, None] * circle
    points = np.concatenate([centre[None], rim.reshape(-1, 2)])
    side = np.arange(len(angle))
    beside = (side + 1) % len(angle)
    middle = np.column_stack([np.zeros_like(side), 1 + side, 1 + beside])
    paint = np.where(
        np.concatenate([[False], np.repeat(faded, len(angle))]), paints.plain("horizon"), paints.plain("ground")
    )
    pieces = Pieces()
    pieces.add(
        np.column_stack([points, np.full(len(points), Z_M["ground"])]),
        np.concatenate([middle, 1 + _bands(len(reach), len(angle))]),
        feature=-1,
        paint=paint,
    )
    return pieces.mesh("")


def haze_mesh(bounds_xy: Bounds, paints: Paints, *, inside_m: float, outside_m: float) -> Mesh:
    """Return a veil over the ends of the flat layers: clear inside the district, paper where they are cut.

    `shade` is its opacity: 0 for clear, 255 for paper.
    """
    west, south, east, north = bounds_xy
    # The inner edge stays a rectangle with round corners even where the district is tiny.
    inset = min(inside_m, 0.25 * (east - west), 0.25 * (north - south))
    round_m = 0.5 * inset
    core = np.array(
        [
            [east - inset, north - inset],
            [west + inset, north - inset],
            [west + inset, south + inset],
            [east - inset, south + inset],
        ]
    ) + round_m * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    turn = np.linspace(0, np.pi / 2, 7)
    angle = (np.arange(4)[:, None] * np.pi / 2 + turn).ravel()
    corner = np.repeat(core, len(turn), axis=0)
    share = np.linspace(0, 1, 9)
    out = round_m + share * (inset + outside_m)
    opacity = 255 * share**2 * (3 - 2 * share)
    # The corners of the cut are farther away than its sides; beyond them the veil ends unseen.
    wide = 1.5 * out[-1]
    out, opacity = np.append(out, [wide, wide + outside_m]), np.append(opacity, [255, 0])
    xy = corner + out[:, None, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    pieces = Pieces()
    n = len(angle)
    pieces.add(
        np.column_stack([xy.reshape(-1, 2), np.full(len(out) * n, Z_M["haze"])]),
        _bands(len(out), n),
        feature=-1,
        paint=paints.plain("ground"),
        shade=np.repeat(opacity, n),
    )
    return pieces.mesh("")


def _bands(rings: int, corners: int) -> NDArray[np.int64]:
    """Triangles between rings of equally many corners, the inner ones first."""
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(corners), indexing="ij")
    beside = (side + 1) % corners
    a, b = ring * corners + side, ring * corners + beside
    c, d = a + corners, b + corners
    return np.concatenate(
        [np.column_stack([a.ravel(), c.ravel(), d.ravel()]), np.column_stack([a.ravel(), d.ravel(), b.ravel()])]
    )


def box_of(boundary_xy: shapely.Geometry) -> Bounds:
    """Return the box around the district's boundary, at least ten metres wide."""
    west, south, east, north = shapely.bounds(boundary_xy)
    if not np.isfinite([west, south, east, north]).all():
        west = south = east = north = 0.0
    more_x, more_y = max(0.0, 10.0 - (east - west)) / 2, max(0.0, 10.0 - (north - south)) / 2
    return float(west - more_x), float(south - more_y), float(east + more_x), float(north + more_y)
