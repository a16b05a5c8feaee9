"""Coordinates of Chinese maps as WGS 84: GCJ-02, by which maps in China are shifted, and BD-09 on top of it.

The shift is not published; these are the formulas that everybody uses. Source: the eviltransform project
(https://github.com/googollee/eviltransform), which reproduces what Chinese map services return to better than a
metre; BD-09 from the same. They are one way; back goes by iteration, to a millimetre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_A_M = 6378245.0  # Krasovsky 1940, on which the shift was computed
_EE = 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0
_CLOSE_DEG = 1e-9  # a tenth of a millimetre
_TURNS = 30

SYSTEMS = ("wgs84", "gcj02", "bd09")


def wgs84_from(system: str, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees in WGS 84, shape (n, 2), of degrees in "wgs84", "gcj02" or "bd09"."""
    if system == "gcj02":
        return wgs84_from_gcj02(lonlat)
    if system == "bd09":
        return wgs84_from_gcj02(gcj02_from_bd09(lonlat))
    return lonlat


def in_china(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell, shape (n,), where the shift is applied: a box around China, as the services have it."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)


def gcj02_from_wgs84(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees in GCJ-02, shape (n, 2); outside China they are the same."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    lat = np.radians(lonlat[:, 1])
    flat = 1 - _EE * np.sin(lat) ** 2
    d_lat = np.degrees(north * flat * np.sqrt(flat) / (_A_M * (1 - _EE)))
    d_lon = np.degrees(east * np.sqrt(flat) / (_A_M * np.cos(lat)))
    shifted: NDArray[np.float64] = np.where(in_china(lonlat)[:, None], lonlat + np.column_stack([d_lon, d_lat]), lonlat)
    return shifted


def wgs84_from_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees in WGS 84 of degrees in GCJ-02, shape (n, 2)."""
    return _undone(gcj02_from_wgs84, lonlat)


def bd09_from_gcj02(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees in BD-09 of degrees in GCJ-02, shape (n, 2)."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    far = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    turned = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return np.column_stack([far * np.cos(turned) + 0.0065, far * np.sin(turned) + 0.006])


def gcj02_from_bd09(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return degrees in GCJ-02 of degrees in BD-09, shape (n, 2)."""
    return _undone(bd09_from_gcj02, lonlat)


def _undone(
    shift: Callable[[NDArray[np.float64]], NDArray[np.float64]], lonlat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what a shift leads from to here; the shift hardly changes over its own length."""
    found = lonlat.copy()
    for _turn in range(_TURNS):
        error = shift(found) - lonlat
        found -= error
        if not len(error) or not np.nanmax(np.abs(error), initial=0.0) > _CLOSE_DEG:
            break
    return found
