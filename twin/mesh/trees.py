"""Trees: one small template of a crown and a trunk, set down at every tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.mesh.pieces import Pieces, is_place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Mesh
    from twin.table import Table

FINE_BELOW, COARSE_ABOVE = 2_000, 50_000
"""Fewer trees than the one are drawn finely, more than the other coarsely."""

_POINT = 0

UNKNOWN_HEIGHT_M, UNKNOWN_CROWN_M = 9.0, 5.0


@dataclass(frozen=True, slots=True)
class Template:
    """A shape in a unit box: x and y within the crown's radius, z from 0 at its foot to 1 at its top."""

    points: NDArray[np.float64]  # (n, 3)
    triangles: NDArray[np.int64]  # (t, 3)
    light: NDArray[np.float64]  # (n,) 0 to 255


def trees_mesh(trees: Table, paints: Paints, *, far: bool = False) -> Mesh:
    """All trees with crowns of three kinds; size and turn vary a little, always the same way for a place.

    Those to be seen from `far`, or in motion, have twelve triangles at most.
    """
    geometry = trees.geometry
    rows = np.flatnonzero(~shapely.is_missing(geometry) & ~shapely.is_empty(geometry))
    xy = np.full((len(rows), 2), np.nan)
    spots = geometry[rows]
    spread = shapely.get_type_id(spots) != _POINT
    spots[spread] = shapely.centroid(spots[spread])
    middle, which = shapely.get_coordinates(spots, return_index=True)
    xy[which] = middle
    good = is_place(xy)
    xy, rows = xy[good], rows[good]
    pieces = Pieces()
    if len(rows) == 0:
        return pieces.mesh("trees")

    height = _sizes(trees["height_m"], UNKNOWN_HEIGHT_M)[rows]
    radius = _sizes(trees["crown_m"], UNKNOWN_CROWN_M)[rows] / 2
    chance = scattered(xy)
    turn = 2 * np.pi * chance[:, 0]
    # Only what nobody measured varies: a mapped height is drawn as it is.
    height = np.where(_assumed(trees["height_from"])[rows], height * (0.92 + 0.16 * chance[:, 1]), height)
    radius = np.where(_assumed(trees["crown_from"])[rows], radius * (0.92 + 0.16 * chance[:, 2]), radius)
    radius = np.minimum(radius, 0.7 * height)
    detail = 2 if len(rows) < FINE_BELOW and not far else 1 if len(rows) <= COARSE_ABOVE and not far else 0
    leaf = trees["leaf"][rows]
    needle, palm = leaf == "needleleaved", leaf == "palm"

    kinds = (
        (~needle & ~palm, "crown", _ball(detail), 0.28),
        (needle, "crown_needle", _cone((5, 6, 8)[detail]), 0.12),
        (palm, "crown_palm", _fronds((4, 5, 7)[detail]), 0.72),
    )
    trunk = _spike() if far else _prism((3, 3, 5)[detail])
    for which, role, crown, bare in kinds:
        if not which.any():
            continue
        place = (xy[which], turn[which], rows[which])
        # Broad crowns do not hang to the ground, however low the tree.
        foot = np.minimum(bare * height, 2.6)[which] if role == "crown" else (bare * height)[which]
        _plant(pieces, crown, *place, radius[which], foot, height[which], paints.plain(role))
        girth = np.clip(0.03 * height[which], 0.1, 0.5)
        into = foot + 0.15 * (height[which] - foot)
        _plant(pieces, trunk, *place, girth, np.zeros(len(foot)), into, paints.plain("trunk"))
    return pieces.mesh("trees")


def _assumed(came_from: Any) -> NDArray[np.bool_]:
    """Tell which values of a `*_from` column are usual ones and not mapped."""
    return np.array([str(code).startswith("default") for code in came_from], bool)


def scattered(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Three numbers from 0 to 1 for each place, shape (n, 3): the same for the same place, on any machine.

    The mixing step is that of splitmix64 (Steele, Lea and Flood, 2014).
    """
    centimetre = np.round(xy * 100).astype(np.int64).view(np.uint64)
    state = centimetre[:, 0] * np.uint64(0x9E3779B97F4A7C15) + centimetre[:, 1] * np.uint64(0xD1B54A32D192ED03)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    mask = np.uint64(0xFFFF)
    return np.column_stack([(state >> np.uint64(shift)) & mask for shift in (0, 16, 32)]) / float(mask)


def _sizes(column: NDArray[np.float64], unknown_m: float) -> NDArray[np.float64]:
    told = np.asarray(column, dtype=float)
    return np.where(np.isfinite(told) & (told > 0), np.clip(told, 0.5, 120.0), unknown_m)


def _plant(
    pieces: Pieces,
    template: Template,
    xy: NDArray[np.float64],
    turn: NDArray[np.float64],
    rows: NDArray[np.int64],
    radius: NDArray[np.float64],
    foot: NDArray[np.float64],
    top: NDArray[np.float64],
    paint: int,
) -> None:
    """Add the template at every place, turned, as wide as `radius` and from `foot` to `top`."""
    n, k = len(xy), len(template.points)
    x, y, z = template.points.T.astype(np.float32)
    cos, sin = (radius * np.cos(turn)).astype(np.float32), (radius * np.sin(turn)).astype(np.float32)
    points = np.empty((n, k, 3), dtype=np.float32)
    points[:, :, 0] = xy[:, :1] + cos[:, None] * x - sin[:, None] * y
    points[:, :, 1] = xy[:, 1:] + sin[:, None] * x + cos[:, None] * y
    points[:, :, 2] = foot[:, None] + (top - foot)[:, None] * z
    triangles = (
        np.arange(n, dtype=np.int32)[:, None, None] * np.int32(k) + template.triangles.astype(np.int32)
    ).reshape(-1, 3)
    pieces.add(
        points.reshape(-1, 3), triangles, feature=np.repeat(rows, k), paint=paint, shade=np.tile(template.light, n)
    )


def _ball(detail: int) -> Template:
    """Return a sphere of 8, 20 or 80 triangles, a little flat at its foot."""
    if detail == 0:
        points = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], dtype=float)
        around = np.arange(4)
        beside = (around + 1) % 4
        triangles = np.concatenate(
            [np.column_stack([around, beside, np.full(4, 4)]), np.column_stack([beside, around, np.full(4, 5)])]
        )
    else:
        points, triangles = _icosahedron()
        if detail > 1:
            points, triangles = _finer(points, triangles)
    z = points[:, 2] / np.abs(points[:, 2]).max()
    height = np.where(z < 0, 0.45 * z, 0.55 * z) + 0.45
    shape = np.column_stack([points[:, :2] / np.hypot(*points[:, :2].T).max(), height])
    return Template(shape, triangles, 165 + 90 * height**0.8)


def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Twelve corners, one of them on top: two staggered rings of five between the poles."""
    angle = 2 * np.pi / 5 * np.arange(5)
    up = 1 / 5**0.5
    wide = 2 * up
    upper = np.column_stack([wide * np.cos(angle), wide * np.sin(angle), np.full(5, up)])
    lower = np.column_stack([wide * np.cos(angle + np.pi / 5), wide * np.sin(angle + np.pi / 5), np.full(5, -up)])
    points = np.concatenate([[[0, 0, 1]], upper, lower, [[0, 0, -1]]])
    i = np.arange(5)
    j = (i + 1) % 5
    u, v, p, q = 1 + i, 1 + j, 6 + i, 6 + j
    triangles = np.concatenate(
        [
            np.column_stack([np.zeros(5, dtype=int), u, v]),
            np.column_stack([u, p, v]),
            np.column_stack([v, p, q]),
            np.column_stack([p, np.full(5, 11), q]),
        ]
    )
    return points, triangles


def _finer(points: NDArray[np.float64], triangles: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Each triangle in four, the new corners moved out onto the unit sphere."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, which = np.unique(edges, axis=0, return_inverse=True)
    middle = points[unique].sum(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    ab, bc, ca = (len(points) + which.reshape(-1, 3)).T
    a, b, c = triangles.T
    return np.concatenate([points, middle]), np.concatenate(
        [np.column_stack(t) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    )


def _cone(sides: int) -> Template:
    """Return a cone with a closed underside."""
    rim = _rim(sides)
    points = np.concatenate([np.column_stack([rim, np.zeros(sides)]), [[0, 0, 1]]])
    i = np.arange(sides)
    j = (i + 1) % sides
    under = np.column_stack([np.zeros(sides - 2, dtype=int), i[2:], i[1:-1]])
    triangles = np.concatenate([np.column_stack([i, j, np.full(sides, sides)]), under])
    return Template(points, triangles, np.append(np.full(sides, 165.0), 255.0))


def _fronds(sides: int) -> Template:
    """Return a low hat whose rim hangs down, seen from both sides."""
    rim = _rim(sides)
    points = np.concatenate([np.column_stack([rim, np.zeros(sides)]), [[0, 0, 1], [0, 0, 0.55]]])
    i = np.arange(sides)
    j = (i + 1) % sides
    triangles = np.concatenate(
        [np.column_stack([i, j, np.full(sides, sides)]), np.column_stack([j, i, np.full(sides, sides + 1)])]
    )
    return Template(points, triangles, np.concatenate([np.full(sides, 215.0), [255.0, 165.0]]))


def _prism(sides: int) -> Template:
    """Return a trunk: open at its foot and at its top, which the crown hides."""
    rim = _rim(sides)
    points = np.concatenate([np.column_stack([rim, np.zeros(sides)]), np.column_stack([rim, np.ones(sides)])])
    i = np.arange(sides)
    j = (i + 1) % sides
    triangles = np.concatenate([np.column_stack([i, j, sides + j]), np.column_stack([i, sides + j, sides + i])])
    return Template(points, triangles, np.repeat([215.0, 170.0], sides))


def _spike() -> Template:
    """Return the trunk of a tree far away."""
    rim = _rim(3)
    points = np.concatenate([np.column_stack([rim, np.zeros(3)]), [[0, 0, 1]]])
    return Template(points, np.array([[0, 1, 3], [1, 2, 3], [2, 0, 3]]), np.array([215.0, 215.0, 215.0, 170.0]))


def plant_woods(
    pieces: Pieces,
    xy: NDArray[np.float64],
    height: NDArray[np.float64],
    needle: NDArray[np.bool_],
    rows: NDArray[np.int64],
    paints: Paints,
    *,
    least_m: float = 0.0,
) -> None:
    """Add the trees of a wood: crowns down to the bushes, which hide what trunks there are.

    Crowns have a radius of `least_m` at least, as far as their height allows.
    """
    turn = 2 * np.pi * scattered(xy)[:, 1]
    for which, role, crown, share in (
        (~needle, "crown", _ball(0), 0.30),
        (needle, "crown_needle", _cone(5), 0.21),
    ):
        if which.any():
            foot = np.where(role == "crown", 0.14, 0.04) * height[which]
            radius = np.maximum(share * height[which], np.minimum(least_m, 0.45 * height[which]))
            place = (xy[which], turn[which], rows[which])
            _plant(pieces, crown, *place, radius, foot, height[which], paints.plain(role))


def _rim(sides: int) -> NDArray[np.float64]:
    angle = 2 * np.pi / sides * np.arange(sides)
    return np.column_stack([np.cos(angle), np.sin(angle)])
