"""Roofs: a builder for each shape, over all roofs of that shape at once.

A new shape is an entry in `BUILDERS`. A footprint that a shape does not fit gets a flat roof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.rings import polygons_of, ring_areas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.rings import Rings


@dataclass(frozen=True, slots=True)
class Roof:
    """The surface above the eaves of some polygons; its lowest edge is the polygons' rings."""

    points: NDArray[np.float64]  # (n, 3)
    triangles: NDArray[np.int64]  # (t, 3)
    polygon: NDArray[np.int64]  # (n,)


Builder = Callable[["Rings", "NDArray[np.float64]", "NDArray[np.float64]"], Roof]
"""Roofs over all polygons of some rings, from the height of the eaves and of the roof for each polygon."""

_DOME_ANGLE = np.linspace(0, np.pi / 2, 7)
_DOME = np.column_stack([np.cos(_DOME_ANGLE), np.sin(_DOME_ANGLE)])
_ONION = np.array(
    [
        [1, 0],
        [1.14, 0.08],
        [1.22, 0.18],
        [1.2, 0.29],
        [1.05, 0.4],
        [0.75, 0.51],
        [0.42, 0.62],
        [0.2, 0.74],
        [0.08, 0.87],
        [0, 1],
    ]
)
_TENT = np.array([[1.0, 0.0], [0.0, 1.0]])


def _spun(
    profile: NDArray[np.float64], rings: Rings, eaves_m: NDArray[np.float64], rise_m: NDArray[np.float64]
) -> Roof:
    """Return the ring of each polygon drawn in towards its centroid while it rises, to a single point at the top.

    `profile` holds a row a step: the ring's scale, and the share of the rise reached.
    """
    size = rings.size
    centre = centroids(rings)
    corner_polygon = np.repeat(rings.polygon, size)
    spoke = rings.xy - centre[corner_polygon]
    n = len(rings.xy)
    steps = profile[:-1]
    ring_xy = np.where(
        steps[:, 0, None, None] == 1.0, rings.xy, centre[corner_polygon] + steps[:, 0, None, None] * spoke
    )  # the eaves exactly, so that walls and roof meet
    ring_z = eaves_m[corner_polygon] + steps[:, 1, None] * rise_m[corner_polygon]
    top = np.column_stack([centre, eaves_m + rise_m])
    points = np.concatenate([np.concatenate([ring_xy, ring_z[:, :, None]], axis=2).reshape(-1, 3), top])

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
    polygon = np.concatenate([np.tile(corner_polygon, len(steps)), np.arange(len(centre))])
    return Roof(points, triangles, polygon)


BUILDERS: Mapping[str, Builder] = {
    "dome": partial(_spun, _DOME),
    "onion": partial(_spun, _ONION),
    "cone": partial(_spun, _TENT),
    "pyramidal": partial(_spun, _TENT),
}

_RISE_OF_WIDTH: Mapping[str, float] = {
    "dome": 0.5,
    "onion": 1.0,
    "cone": 0.8,
    "pyramidal": 0.4,
}
"""Height of a roof about which nothing is told, in smaller sides of its footprint's rectangle."""


def fitting(rings: Rings, shape: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Whether each polygon gets the roof that `shape` names; the others get a flat one.

    All the shapes so far are tents over a ring without holes whose centroid sees every corner.
    """
    fits = np.isin(shape, list(BUILDERS))
    if not fits.any():
        return fits
    some = rings.chosen(fits)
    spoke = some.xy - centroids(some)[np.repeat(some.polygon, some.size)]
    after = spoke[some.next]
    seen = spoke[:, 0] * after[:, 1] - after[:, 0] * spoke[:, 1] > 1e-6
    good = np.logical_and.reduceat(seen, some.start[:-1]) & some.lone
    fits[fits] = good[~some.hole]
    return fits


def rises(
    rings: Rings, shape: NDArray[np.str_], told_m: NDArray[np.float64], room_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Height of each polygon's roof: as told, else by its shape and footprint; never more than the room there is."""
    rise = np.where(told_m > 0, told_m, np.nan)
    asked = ~np.isfinite(rise)
    if asked.any():
        frame = shapely.oriented_envelope(polygons_of(rings.chosen(asked)))
        corner = shapely.get_coordinates(frame).reshape(-1, 5, 2)
        width = np.linalg.norm(np.diff(corner[:, :3], axis=1), axis=2).min(axis=1)
        rise[asked] = width * np.array([_RISE_OF_WIDTH[str(name)] for name in shape[asked]])
    return np.minimum(rise, room_m)


def centroids(rings: Rings) -> NDArray[np.float64]:
    """Return the centroid of each polygon's outer ring, shape (p, 2)."""
    origin = np.repeat(rings.xy[rings.start[:-1]], rings.size, axis=0)
    local = rings.xy - origin
    after = local[rings.next]
    cross = local[:, 0] * after[:, 1] - after[:, 0] * local[:, 1]
    moment = np.add.reduceat((local + after) * cross[:, None], rings.start[:-1])
    centre = rings.xy[rings.start[:-1]] + moment / (6 * ring_areas(rings)[:, None])
    return centre[~rings.hole]
