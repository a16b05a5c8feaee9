"""Where a GeoJSON geometry is, as one place."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from twin.sources.gathering import number

_POINTS_MAX = 20_000


class Spot(NamedTuple):
    """A place in degrees, and for a line the direction in which it leads there; NaN for none."""

    lon: float
    lat: float
    heading_deg: float = math.nan


NOWHERE = Spot(math.nan, math.nan)


def spot_of(told: Any) -> Spot:
    """Return the place of a GeoJSON geometry or feature: of a line its middle, of anything wider its corners' mean."""
    for _level in range(3):
        if not isinstance(told, dict):
            return NOWHERE
        if "geometry" in told:
            told = told["geometry"]
    if not isinstance(told, dict):
        return NOWHERE
    points = _points(told.get("coordinates"))
    if not points:
        return NOWHERE
    if told.get("type") == "LineString" and len(points) > 1:
        return _along(points)
    corners = points[:-1] if told.get("type") == "Polygon" and len(points) > 3 else points
    lon, lat = np.mean(corners, axis=0).tolist()
    return Spot(lon, lat)


def _points(told: Any) -> list[tuple[float, float]]:
    """Return all pairs of numbers in nested lists; none where there is anything else in them."""
    found: list[tuple[float, float]] = []
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, list) or not one or len(found) > _POINTS_MAX or len(waiting) > _POINTS_MAX:
            return []
        if isinstance(one[0], list):
            waiting += reversed(one)
            continue
        pair = (number(one[0]), number(one[1])) if len(one) > 1 else (math.nan, math.nan)
        if not all(map(math.isfinite, pair)):
            return []
        found.append(pair)
    return found


def _along(points: list[tuple[float, float]]) -> Spot:
    lonlat = np.array(points)
    step = np.diff(lonlat, axis=0)
    east = step[:, 0] * math.cos(math.radians(float(np.clip(lonlat[:, 1].mean(), -89.0, 89.0))))
    length = np.hypot(east, step[:, 1])
    behind = np.cumsum(length)
    if not behind[-1] > 0:
        return Spot(*points[0])
    row = int(np.searchsorted(behind, behind[-1] / 2))
    share = 1.0 - (behind[row] - behind[-1] / 2) / length[row]
    lon, lat = (lonlat[row] + share * step[row]).tolist()
    return Spot(lon, lat, math.degrees(math.atan2(east[row], step[row, 1])) % 360.0)
