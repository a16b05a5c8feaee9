"""Domes, onions, cones and pyramids: a footprint drawn in towards its middle while it rises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.rings import polygons_of, ring_areas
from twin.mesh.roofs.surface import Surface
from twin.tags.roofs import BULGES_OVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.rings import Rings

_ARC = np.linspace(0, np.pi / 2, 7)
_TENT = np.array([[1.0, 0.0], [0.0, 1.0]])
PROFILES: Mapping[str, NDArray[np.float64]] = {
    "dome": np.column_stack([np.cos(_ARC), np.sin(_ARC)]),
    "onion": np.array(
        [
            [1, 0], [1.14, 0.08], [1.22, 0.18], [1.2, 0.29], [1.05, 0.4],
            [0.75, 0.51], [0.42, 0.62], [0.2, 0.74], [0.08, 0.87], [0, 1],
        ]
    ),
    "cone": _TENT,
    "pyramidal": _TENT,
}  # fmt: skip
"""A row a step: the scale of the footprint, and the share of the height reached."""


def fitting(rings: Rings) -> NDArray[np.bool_]:
    """Whether the middle of each polygon sees all of its corners, and it has no holes: shape (p,)."""
    spoke = rings.xy - centroids(rings)[np.repeat(rings.polygon, rings.size)]
    after = spoke[rings.next]
    seen = spoke[:, 0] * after[:, 1] - after[:, 0] * spoke[:, 1] > 1e-6
    good = np.logical_and.reduceat(seen, rings.start[:-1]) & rings.lone
    fits: NDArray[np.bool_] = good[~rings.hole]
    return fits


def stout(rings: Rings) -> NDArray[np.bool_]:
    """Whether each polygon fills its hull so far that what bulges over it does not meet itself, shape (p,)."""
    shapes = polygons_of(rings)
    good: NDArray[np.bool_] = shapely.area(shapes) > BULGES_OVER * shapely.area(shapely.convex_hull(shapes))
    return good


def surface(rings: Rings, shape: str) -> Surface:
    """Return roofs of a shape of `PROFILES` over polygons that all are `fitting`."""
    size = rings.size
    centre = centroids(rings)
    corner_polygon = np.repeat(rings.polygon, size)
    spoke = rings.xy - centre[corner_polygon]
    n = len(rings.xy)
    steps = PROFILES[shape][:-1]
    # The eaves exactly, so that walls and roof meet.
    scale = steps[:, 0, None, None]
    ring_xy = np.where(scale == 1.0, rings.xy, centre[corner_polygon] + scale * spoke).reshape(-1, 2)
    here, after = np.arange(n), rings.next
    level = np.arange(len(steps) - 1)[:, None] * n
    a, b = (level + here).ravel(), (level + after).ravel()
    last = (len(steps) - 1) * n
    apex = len(steps) * n + corner_polygon
    triangles = np.concatenate(
        [
            np.column_stack([a, b, b + n]),
            np.column_stack([a, b + n, a + n]),
            np.column_stack([last + here, last + after, apex]),
        ]
    )
    share = np.concatenate([np.repeat(steps[:, 1], n), np.ones(len(centre))])
    polygon = np.concatenate([np.tile(corner_polygon, len(steps)), np.arange(len(centre))])
    return Surface(np.concatenate([ring_xy, centre]), share[:, None], triangles, polygon)


def centroids(rings: Rings) -> NDArray[np.float64]:
    """Return the centroid of each polygon's outer ring, shape (p, 2)."""
    origin = np.repeat(rings.xy[rings.start[:-1]], rings.size, axis=0)
    local = rings.xy - origin
    after = local[rings.next]
    cross = local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1]
    moment = np.add.reduceat((local + after) * cross[:, None], rings.start[:-1])
    centre = rings.xy[rings.start[:-1]] + moment / (6 * ring_areas(rings)[:, None])
    return centre[~rings.hole]
