"""Where a footprint's front is: its quadrilateral, or the rectangle around it, with the ridge's way settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.pieces import within
from twin.mesh.rings import Rings, polygons_of, rings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRAIGHT_M = 0.05
"""Corners so little off the straight line are left out: mappers set them where a neighbour's wall begins."""

SNAP_DEG = 25.0
"""A roof that is told to face so nearly along a wall does: words as NW name eighths of the horizon."""

_SQUARE_SIN = 0.97
"""Sine of the corners of a quadrilateral that passes for a rectangle: 14 degrees off the right angle."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Four corners about every polygon, counter-clockwise, its front between the first two.

    Roofs that face somewhere face the front; a ridge runs along it.
    """

    corner: NDArray[np.float64]  # (p, 4, 2)
    exact: NDArray[np.bool_]  # (p,) whether the corners are the polygon's own
    square: NDArray[np.bool_]  # (p,) whether they are exact and nearly a rectangle's

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Mean of front and back, shape (p,)."""
        sides = np.linalg.norm(np.roll(self.corner, -1, axis=1) - self.corner, axis=2)
        return np.maximum((sides[:, 0] + sides[:, 2]) / 2, 1e-3)

    @property
    def width_m(self) -> NDArray[np.float64]:
        """Mean of the other two sides, shape (p,)."""
        sides = np.linalg.norm(np.roll(self.corner, -1, axis=1) - self.corner, axis=2)
        return np.maximum((sides[:, 1] + sides[:, 3]) / 2, 1e-3)

    def chosen(self, polygons: NDArray[np.bool_]) -> Frames:
        """Only those polygons for which the mask, shape (p,), holds."""
        return Frames(self.corner[polygons], self.exact[polygons], self.square[polygons])


def straightened(rings: Rings) -> Rings:
    """Return the rings without the corners that hardly are any, each starting at its sharpest corner."""
    before, after = rings.xy - rings.xy[rings.previous], rings.xy[rings.next] - rings.xy
    turn = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    turn /= np.maximum(np.hypot(*before.T) * np.hypot(*after.T), 1e-12)
    sharpest = np.maximum.reduceat(turn, rings.start[:-1])
    hit = np.flatnonzero(turn >= np.repeat(sharpest, rings.size))
    first = hit[np.searchsorted(hit, rings.start[:-1])] - rings.start[:-1]
    place = (within(rings.size) + np.repeat(first, rings.size)) % np.repeat(rings.size, rings.size)
    turned = Rings(
        rings.xy[np.repeat(rings.start[:-1], rings.size) + place], rings.start, rings.polygon, rings.feature, rings.hole
    )
    shapes = polygons_of(turned)
    simple = shapely.simplify(shapes, STRAIGHT_M)
    good = shapely.is_valid(simple) & (shapely.area(simple) > 0.9 * np.abs(shapely.area(shapes)))
    found = rings_of(np.where(good, simple, shapes))
    if len(found.feature) != len(rings.feature):
        return rings
    return Rings(found.xy, found.start, found.polygon, rings.feature[found.feature], found.hole)


def frames_of(rings: Rings, direction_deg: NDArray[np.float64], across: NDArray[np.bool_]) -> Frames:
    """Return the frame of every polygon.

    Parameters
    ----------
    rings
        Polygons, as `straightened` gives them.
    direction_deg
        Which way each roof is told to face, clockwise from north; NaN where nothing is told.
    across
        Whether each ridge is told to run across the longer side.
    """
    count = len(rings.feature)
    outer = np.flatnonzero(~rings.hole)
    start, size = rings.start[outer], rings.size[outer]
    turn = _turns(rings)
    convex = np.logical_and.reduceat(turn > 0.05, rings.start[:-1])
    exact = (size == 4) & convex[outer] & rings.lone[outer]
    corner = np.empty((count, 4, 2))
    corner[exact] = rings.xy[start[exact][:, None] + np.arange(4)]
    if not exact.all():
        envelope = shapely.oriented_envelope(polygons_of(rings.chosen(~exact)))
        loose = np.flatnonzero(~exact)
        flat = shapely.get_type_id(envelope) == 3
        ring = shapely.get_coordinates(envelope[flat]).reshape(-1, 5, 2)[:, :4]
        one, two = ring[:, 1] - ring[:, 0], ring[:, 3] - ring[:, 0]
        wrong = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0] < 0
        ring[wrong] = ring[wrong][:, ::-1]
        corner[loose[flat]] = ring
        for row in loose[~flat]:
            corner[row] = _box(rings.chosen(np.arange(count) == row).xy)
    side = np.roll(corner, -1, axis=1) - corner
    length = np.linalg.norm(side, axis=2)
    normal = np.stack([side[:, :, 1], -side[:, :, 0]], axis=2) / np.maximum(length, 1e-9)[:, :, None]
    long = np.where(length[:, 0] + length[:, 2] + 1e-6 >= length[:, 1] + length[:, 3], 0, 1)
    front = np.where(across, 1 - long, long)

    told = np.isfinite(direction_deg)
    if told.any():
        radians = np.radians(np.where(told, direction_deg, 0.0))
        facing = np.column_stack([np.sin(radians), np.cos(radians)])
        along = np.einsum("pij,pj->pi", normal, facing)
        best = np.argmax(along, axis=1)
        front = np.where(told, best, front)
        askew = told & (np.take_along_axis(along, best[:, None], axis=1)[:, 0] < np.cos(np.radians(SNAP_DEG)))
        if askew.any():
            corner[askew] = _facing(rings.chosen(askew), facing[askew])
            front[askew] = 0
            exact = exact & ~askew
    corner = np.take_along_axis(corner, ((front[:, None] + np.arange(4)) % 4)[:, :, None], axis=1)
    upright = np.zeros(count, bool)
    upright[exact] = np.minimum.reduceat(turn, rings.start[:-1])[outer][exact] > _SQUARE_SIN
    return Frames(corner, exact, upright)


def _turns(rings: Rings) -> NDArray[np.float64]:
    """Sine of the angle by which every corner turns, positive to the left."""
    before, after = rings.xy - rings.xy[rings.previous], rings.xy[rings.next] - rings.xy
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    sine: NDArray[np.float64] = cross / np.maximum(np.hypot(*before.T) * np.hypot(*after.T), 1e-12)
    return sine


def _facing(rings: Rings, facing: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners of the rectangle about each polygon whose front faces that way."""
    along = np.column_stack([-facing[:, 1], facing[:, 0]])
    polygon = np.repeat(rings.polygon, rings.size)
    u = np.einsum("ij,ij->i", rings.xy, along[polygon])
    v = np.einsum("ij,ij->i", rings.xy, -facing[polygon])
    first = np.flatnonzero(np.append(True, polygon[1:] != polygon[:-1]))
    low_u, high_u = np.minimum.reduceat(u, first), np.maximum.reduceat(u, first)
    low_v, high_v = np.minimum.reduceat(v, first), np.maximum.reduceat(v, first)
    # The front is the side towards which v falls; seen from outside it runs from right to left.
    return np.stack(
        [
            a[:, None] * along - b[:, None] * facing
            for a, b in ((low_u, low_v), (high_u, low_v), (high_u, high_v), (low_u, high_v))
        ],
        axis=1,
    )


def _box(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    (west, south), (east, north) = xy.min(axis=0), xy.max(axis=0)
    return np.array([(west, south), (east, south), (east, north), (west, north)])
