"""Posts under roofs that stand by themselves: a filling station's roof is a slab on posts, and no block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mesh import shade
from twin.mesh.pieces import within
from twin.mesh.rings import ring_areas, rings_of
from twin.mesh.roofs.frames import straightened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.pieces import Pieces

KINDS = frozenset({"roof", "canopy", "carport", "shelter"})
"""Kinds of building that are nothing but a roof."""

THICK_M, INSET_M, APART_M = 0.24, 0.3, 9.0
_LOWEST_M, _SMALLEST_M2 = 1.5, 4.0
_TURNS = 0.34  # the sine of 20 degrees: what turns less is a point of a curve
_MOST = 60


def add_posts(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    *,
    which: NDArray[np.bool_],
    height_m: NDArray[np.float64],
    paint: NDArray[np.uint16],
) -> None:
    """Add posts from the ground to the undersides of roofs, a step inside their corners and along their edges.

    Parameters
    ----------
    pieces
        What the posts are added to.
    geometry
        Footprints, a row a feature; holes get no posts.
    which
        The features that stand on posts; those too low or too small for any are left out.
    height_m
        Undersides above the ground.
    paint
        Rows in the table of paints.
    """
    roofs = geometry.copy()
    roofs[~(which & (height_m > _LOWEST_M))] = None
    rings = rings_of(roofs)
    if len(rings.polygon) == 0:
        return
    rings = straightened(rings)
    xy, owner = rings.xy, rings.feature_of_corner
    before, after = xy - xy[rings.previous], xy[rings.next] - xy
    length = np.maximum(np.hypot(*after.T), 1e-9)
    one, two = before / np.maximum(np.hypot(*before.T), 1e-9)[:, None], after / length[:, None]
    turn = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]
    stands = np.repeat((np.abs(ring_areas(rings)) > _SMALLEST_M2) & ~rings.hole, rings.size)
    inwards = np.column_stack([-two[:, 1], two[:, 0]])
    # A corner's post stands as far from both of its edges. Curves have posts every so often.
    travelled = np.cumsum(length)
    passed = np.floor((travelled - np.repeat(travelled[rings.start[1:] - 1], rings.size)) / APART_M)
    corner = stands & ((turn > _TURNS) | ((turn > 0) & (passed != passed[rings.previous])))
    diagonal = inwards + np.column_stack([-one[:, 1], one[:, 0]])
    diagonal /= np.maximum(np.hypot(*diagonal.T), 1e-9)[:, None]
    at_corner = (xy + 1.4 * INSET_M * diagonal)[corner]
    count = np.where(stands, np.minimum(np.ceil(length / APART_M).astype(int) - 1, _MOST), 0)
    edge = np.repeat(np.arange(len(xy)), count)
    share = (within(count) + 1) / (count[edge] + 1)
    between = xy[edge] + share[:, None] * after[edge] + INSET_M * inwards[edge]
    _add(
        pieces,
        np.concatenate([at_corner, between]),
        np.concatenate([owner[corner], owner[edge]]),
        height_m,
        paint,
    )


def _add(
    pieces: Pieces,
    place: NDArray[np.float64],
    feature: NDArray[np.int64],
    height_m: NDArray[np.float64],
    paint: NDArray[np.uint16],
) -> None:
    """Add a square post on every place, closed at the top."""
    n = len(place)
    if n == 0:
        return
    foot = place[:, None] + THICK_M / 2 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    low = np.dstack([foot, np.zeros((n, 4))])
    high = np.dstack([foot, np.repeat(height_m[feature][:, None], 4, axis=1)])
    here, there = np.arange(4), (np.arange(4) + 1) % 4
    sides = np.concatenate([np.column_stack([here, there, 4 + there]), np.column_stack([here, 4 + there, 4 + here])])
    triangles = np.concatenate([sides, [[4, 5, 6], [4, 6, 7]]])
    points = np.concatenate([low, high], axis=1).reshape(-1, 3)
    pieces.add(
        points,
        (triangles[None] + 8 * np.arange(n)[:, None, None]).reshape(-1, 3),
        feature=np.repeat(feature, 8),
        paint=np.repeat(paint[feature], 8),
        shade=shade.by_height(points[:, 2]),
    )
