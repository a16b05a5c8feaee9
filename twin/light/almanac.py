"""Where the sun stands.

The formulas are Jean Meeus', *Astronomical Algorithms*, 2nd ed. 1998, chapters 12 (sidereal time), 13
(horizontal coordinates), 16 (refraction), 22 (obliquity) and 25 (the sun's place, lower accuracy: 0.01
degrees between the years 1900 and 2100).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_J2000_S = 946_728_000.0  # 2000-01-01 12:00 UTC as epoch seconds
_EARTH_MINUS_UNIVERSAL_S = 69.0  # terrestrial minus universal time, 64 s in 2000, 69 s in 2020


def sun(time_s: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Azimuth and elevation of the sun's middle in degrees, as seen through air at sea level.

    Parameters
    ----------
    time_s : array_like
        UTC epoch seconds.
    lon, lat : array_like
        Degrees in WGS 84, east and north positive. All three are broadcast against one another.

    Returns
    -------
    azimuth, elevation : ndarray of float64
        Clockwise from north, 0 to 360; above the horizon, negative at night.
    """
    days = (np.asarray(time_s, np.float64) - _J2000_S) / 86_400
    century = (days + _EARTH_MINUS_UNIVERSAL_S / 86_400) / 36_525
    mean_longitude = 280.46646 + century * (36_000.76983 + 0.0003032 * century)
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    centre = (
        (1.914602 - century * (0.004817 + 0.000014 * century)) * np.sin(anomaly)
        + (0.019993 - 0.000101 * century) * np.sin(2 * anomaly)
        + 0.000289 * np.sin(3 * anomaly)
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude = np.radians(mean_longitude + centre - 0.00569 - 0.00478 * np.sin(node))
    obliquity = np.radians(23.4392911 - century * 0.0130042 + 0.00256 * np.cos(node))
    ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    sidereal = 280.46061837 + 360.98564736629 * days + 0.000387933 * century**2
    nutation = -0.00478 * np.sin(node) * np.cos(obliquity)  # equation of the equinoxes
    hour = np.radians(sidereal + nutation + np.asarray(lon, np.float64)) - ascension
    phi = np.radians(np.asarray(lat, np.float64))
    up = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour)
    east = -np.cos(declination) * np.sin(hour)
    north = np.sin(declination) * np.cos(phi) - np.cos(declination) * np.cos(hour) * np.sin(phi)
    elevation = np.degrees(np.arctan2(up, np.hypot(east, north))) - 8.794 / 3600 * np.hypot(east, north)
    return np.degrees(np.arctan2(east, north)) % 360, elevation + _refraction(elevation)


def _refraction(elevation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Degrees by which air lifts a body at a true elevation (Sæmundsson's formula, at 1010 hPa and 10 °C).

    Below the horizon it fades out within four degrees, so that night falls smoothly.
    """
    lifted = np.maximum(elevation, -1.0)
    lift = 1.02 / 60 / np.tan(np.radians(lifted + 10.3 / (lifted + 5.11)))
    return lift * np.clip((elevation + 5) / 4, 0, 1)
