"""What devices often get wrong, put right where that is certain; the rest is left for the judge to refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.mapping.places import Places
    from twin.readings import Readings, Sensor

SENTINELS = (2_147_483_647.0, -2_147_483_648.0, -9999.0)
"""What devices write where they have no value, and no quantity of a city can be."""

_LATEST_S = 1e11  # as seconds the year 5138; as milliseconds 1973
_UNITS_S = ((_LATEST_S, 1e-3), (1e14, 1e-6), (1e17, 1e-9))


def sane(readings: Readings, places: Places) -> Readings:
    """Return readings with seconds where milli-, micro- or nanoseconds were told, no number where a sentinel was, and
    longitude and latitude in their places; `places` counts those that were not.
    """  # noqa: D205
    lon, lat = readings.lon, readings.lat
    if np.isfinite(lon).any():
        lon, lat = _righted(np.column_stack([lon, lat]), places).T
    value = np.where(np.isin(readings.value, SENTINELS), np.nan, readings.value)
    t_start, t_end = seconds(readings.t_start), seconds(readings.t_end)
    return replace(readings, t_start=t_start, t_end=t_end, value=value, lon=lon, lat=lat)


def seconds(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return epoch seconds of times that are so large that they must be in a smaller unit."""
    if not (t > _LATEST_S).any():
        return t
    factor = np.ones(len(t))
    for least, unit_s in _UNITS_S:
        factor[t > least] = unit_s
    return t * factor


def placed(sensors: Sequence[Sensor], places: Places) -> tuple[Sensor, ...]:
    """Return sensors with longitude and latitude in their places, and none where they are none on earth."""
    lonlat = np.array([(sensor.lon, sensor.lat) for sensor in sensors], np.float64).reshape(-1, 2)
    right = places.checked(lonlat, "wgs84")
    same = (right == lonlat) | (np.isnan(right) & np.isnan(lonlat))
    return tuple(
        sensor if there else replace(sensor, lon=lon, lat=lat)
        for sensor, there, (lon, lat) in zip(sensors, same.all(axis=1).tolist(), right.tolist(), strict=True)
    )


def _righted(lonlat: NDArray[np.float64], places: Places) -> NDArray[np.float64]:
    """Return places put right; what is none on earth stays, so that it is refused for that."""
    right = places.checked(lonlat, "wgs84")
    found: NDArray[np.float64] = np.where(np.isfinite(right).all(axis=1)[:, None], right, lonlat)
    return found
