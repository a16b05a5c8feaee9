"""Rings as triangles.

Most footprints are a fan from one of their corners, found for all of them at once. Ears are clipped
from the others, a call to a C library each, and what that leaves in doubt shapely triangulates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import mapbox_earcut
import numpy as np
import shapely

from twin.mesh.pieces import spans, within
from twin.mesh.rings import polygons_of, ring_areas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.rings import Rings

SAME_AREA = 1e-6
"""Triangles that differ from their polygon's area by a larger share are in doubt."""


def triangulated(rings: Rings) -> NDArray[np.int64]:
    """Return triangles over `rings.xy` that cover all polygons, shape (t, 3), counter-clockwise.

    No corner is added and none left out, so a roof made of them meets the walls below its rings
    corner by corner.
    """
    done, fans = _fans(rings)
    if done.all():
        return fans
    rest, ears = _ears(rings, ~done)
    if not rest.any():
        return np.concatenate([fans, ears])
    return np.concatenate([fans, ears, _delaunay(rings, rest)])


def _fans(rings: Rings) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Triangles of the polygons that one of their own corners sees whole, and which they are.

    Tried are the first corner, enough for convex rings, and the corner that turns inwards most:
    enough for the L, T and Z shapes that most other footprints are.
    """
    done = np.zeros(len(rings.feature), dtype=bool)
    out = [np.empty((0, 3), dtype=np.int64)]
    if len(rings.polygon) == 0:
        return done, out[0]
    lone = np.flatnonzero(rings.lone)
    for choose in (_first_corner, _most_inward_corner):
        todo = lone[~done[rings.polygon[lone]]]
        if len(todo) == 0:
            break
        size, start = rings.size[todo], rings.start[todo]
        apex = choose(rings, todo)
        turn = np.repeat(apex - start, size - 2)
        count = np.repeat(size, size - 2)
        base = np.repeat(start, size - 2)
        k = within(size - 2) + turn
        b, c = base + (k + 1) % count, base + (k + 2) % count
        a = base + turn
        good = _cross(rings.xy, a, b, c) > 1e-6
        whole = np.logical_and.reduceat(good, spans(size - 2)[:-1])
        out.append(np.column_stack([a, b, c])[np.repeat(whole, size - 2)])
        done[rings.polygon[todo[whole]]] = True
    return done, np.concatenate(out)


def _first_corner(rings: Rings, todo: NDArray[np.int64]) -> NDArray[np.int64]:
    return rings.start[todo]


def _most_inward_corner(rings: Rings, todo: NDArray[np.int64]) -> NDArray[np.int64]:
    turn = _cross(rings.xy, rings.previous, np.arange(len(rings.xy)), rings.next)
    lowest = np.minimum.reduceat(turn, rings.start[:-1])
    hit = np.flatnonzero(turn <= np.repeat(lowest, rings.size))
    where = np.searchsorted(hit, rings.start[todo])
    return hit[where]


def _cross(
    xy: NDArray[np.float64], a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Twice the signed area of each triangle a, b, c."""
    p, q, r = xy[a], xy[b], xy[c]
    return (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) - (r[:, 0] - p[:, 0]) * (q[:, 1] - p[:, 1])


def _ears(rings: Rings, polygons: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return which of the polygons that the mask names clipping ears left in doubt, and triangles of the others."""
    first = np.searchsorted(rings.polygon, np.arange(len(rings.feature) + 1))
    start = rings.start[first]
    todo = np.flatnonzero(polygons)
    ends = (rings.start[1:] - start[rings.polygon]).astype(np.uint32)
    ring, corner = first.tolist(), start.tolist()
    made = [
        mapbox_earcut.triangulate_float64(rings.xy[corner[p] : corner[p + 1]], ends[ring[p] : ring[p + 1]])
        for p in todo.tolist()
    ]
    count = np.array([len(ears) for ears in made]) // 3
    triangles = np.concatenate(made).reshape(-1, 3).astype(np.int64) + np.repeat(start[todo], count)[:, None]

    corners, holes = (start[1:] - start[:-1])[todo], (first[1:] - first[:-1])[todo] - 1
    own = np.bincount(rings.polygon, weights=ring_areas(rings), minlength=len(rings.feature))[todo]
    twice = _cross(rings.xy, *triangles.T)
    which = np.repeat(np.arange(len(todo)), count)
    covered = np.bincount(which, weights=np.abs(twice), minlength=len(todo)) / 2
    good = (count == corners + 2 * holes - 2) & (np.abs(covered - own) <= SAME_AREA * np.abs(own))
    backwards = twice < 0
    triangles[backwards] = triangles[backwards][:, ::-1]
    rest = np.zeros(len(rings.feature), dtype=bool)
    rest[todo[~good]] = True
    return rest, triangles[good[which]]


def _delaunay(rings: Rings, polygons: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Constrained Delaunay triangles of the polygons that the mask names.

    A ring that crosses itself has no such triangles: those that its repaired form shares with its
    corners are kept, so that bad input costs a piece of roof and never the city.
    """
    some = rings.chosen(polygons)
    old = np.flatnonzero(np.repeat(polygons[rings.polygon], rings.size))
    shapes = polygons_of(some)
    crossed = ~shapely.is_valid(shapes)
    if crossed.any():
        shapes[crossed] = shapely.make_valid(shapes[crossed])
    # A collection of triangles a polygon; every triangle is a ring of four corners.
    corner, polygon = shapely.get_coordinates(shapely.constrained_delaunay_triangles(shapes), return_index=True)
    corner = corner.reshape(-1, 4, 2)[:, :3].reshape(-1, 2)
    polygon = polygon.reshape(-1, 4)[:, :3].ravel()
    index = _corner_index(some, corner, polygon).reshape(-1, 3)
    index = index[(index >= 0).all(axis=1)]
    backwards = _cross(some.xy, index[:, 0], index[:, 1], index[:, 2]) < 0
    index[backwards] = index[backwards][:, ::-1]
    return old[index]


def _corner_index(rings: Rings, corner: NDArray[np.float64], polygon: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row in `rings.xy` of each corner of a triangle of `polygon`, -1 where there is none."""
    own = np.repeat(rings.polygon, rings.size)
    key = _place_keys(rings.xy, own)
    order = np.argsort(key)
    at = np.searchsorted(key, _place_keys(corner, polygon), sorter=order)
    found = order[np.minimum(at, len(order) - 1)]
    same = (rings.xy[found] == corner).all(axis=1) & (own[found] == polygon)
    return np.where(same, found, -1)


def _place_keys(xy: NDArray[np.float64], polygon: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a number for each place: its polygon in the high bits, so that neighbours in memory stay neighbours."""
    bits = (xy + 0.0).view(np.uint64)  # adding zero makes -0.0 and 0.0 the same bits
    mixed = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ bits[:, 1] * np.uint64(0xD1B54A32D192ED03)
    mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    keys: NDArray[np.uint64] = (polygon.astype(np.uint64) << np.uint64(42)) | (mixed >> np.uint64(22))
    return keys
