"""How high each flat layer lies, and where all of them end.

Flat layers lie a few centimetres apart, so that of two that overlap always the same one wins. A
depth buffer of 24 bits tells 2 cm apart from 3 km away with the near plane at 30 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.model import Bounds

MARGIN_M = 10.0
"""Flat layers reach this far over the box around the boundary: the haze closes where an extract's own data end."""

STEP_M = 0.02

_FROM_BELOW = (
    "ground",
    # areas, from the general to the particular: a pitch lies over its park, a park over its suburb
    "area",
    "residential",
    "commercial",
    "industrial",
    "railway",
    "farmland",
    "institution",
    "construction",
    "ice",
    "rock",
    "wetland",
    "scrub",
    "wood",
    "cemetery",
    "orchard",
    "allotments",
    "park",
    "sand",
    "grass",
    "garden",
    "playground",
    "square",
    "pitch",
    "parking",
    "sea",
    "water",
    "pier",
    "track",
    "path",
    "cycleway",
    "steps",
    "pavement",
    "service",
    "road",
    "marking",
    "tram_bed",
    "ballast",
    "tram",
    "rail",
    "haze",
    "overlay",
    "overlay_line",
)

_NO_LAND = frozenset({"sea", "water", "ballast", "rail", "tram_bed", "tram", "haze", "overlay", "overlay_line"})

Z_M: Mapping[str, float] = {role: round(STEP_M * step, 3) for step, role in enumerate(_FROM_BELOW)}
"""Height of every flat layer above the ground."""

LAND_ROLES = tuple(role for role in _FROM_BELOW[1:] if role not in _NO_LAND)
"""What an area may be painted as."""


def z_of(roles: NDArray[np.object_]) -> NDArray[np.float64]:
    """Height of the flat layer of each role."""
    return np.fromiter(map(Z_M.__getitem__, roles.tolist()), np.float64, len(roles))


def grown(bounds_xy: Bounds, by_m: float) -> Bounds:
    """Return the box with every side moved outwards."""
    west, south, east, north = bounds_xy
    return west - by_m, south - by_m, east + by_m, north + by_m


def clipped(geometries: NDArray[np.object_], box_xy: Bounds) -> NDArray[np.object_]:
    """Return what of each geometry lies in the box; those that lie in it whole are returned as they are."""
    west, south, east, north = box_xy
    bounds = shapely.bounds(geometries)
    over = (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
    outside = (bounds[:, 2] < west) | (bounds[:, 3] < south) | (bounds[:, 0] > east) | (bounds[:, 1] > north)
    out = geometries.copy()
    out[outside] = None
    crossing = over & ~outside
    out[crossing] = _clip_each(geometries[crossing], box_xy)
    return out


def _clip_each(geometries: NDArray[np.object_], box_xy: Bounds) -> NDArray[np.object_]:
    """Return the fast clip of GEOS; it refuses some invalid input, which is then cut after a repair."""
    try:
        return np.asarray(shapely.clip_by_rect(geometries, *box_xy), dtype=object)
    except shapely.errors.GEOSException:
        return np.asarray(shapely.intersection(shapely.make_valid(geometries), shapely.box(*box_xy)), dtype=object)
