"""The national grid that surveyors of a place use, or the UTM zone where it has none that is known here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray

    from twin.model import Frame

_EPSG_OF_ZONE = {
    "Europe/Helsinki": 3067,
    "Europe/Stockholm": 3006,
    "Europe/Tallinn": 3301,
    "Europe/Riga": 3059,
    "Europe/Vilnius": 3346,
    "Europe/Warsaw": 2180,
    "Europe/Amsterdam": 28992,
    "Europe/Brussels": 3812,
    "Europe/Luxembourg": 2169,
    "Europe/Paris": 2154,
    "Europe/London": 27700,
    "Europe/Dublin": 2157,
    "Europe/Zurich": 2056,
    "Europe/Vaduz": 2056,
    "Europe/Vienna": 31287,
    "Europe/Prague": 5514,
    "Europe/Bratislava": 5514,
    "Europe/Budapest": 23700,
    "Europe/Ljubljana": 3794,
    "Europe/Zagreb": 3765,
    "Europe/Lisbon": 3763,
    "Europe/Athens": 2100,
    "Europe/Bucharest": 3844,
    "Europe/Sofia": 7801,
    "Atlantic/Reykjavik": 8088,
    "Asia/Nicosia": 6312,
    "Asia/Jerusalem": 2039,
    "Asia/Hong_Kong": 2326,
    "Asia/Macau": 8433,
    "Asia/Taipei": 3826,
    "Asia/Singapore": 3414,
    "Pacific/Auckland": 2193,
}
"""Grids of countries that have one for all of them, by time zone: it tells countries apart where boxes overlap."""

_EUROPE = (-11.0, 34.0, 33.0, 72.0)  # where official UTM coordinates are of ETRS89
_ETRS89_ZONES = range(28, 38)


@dataclass(frozen=True)
class Grid:
    """A projected coordinate system that has a number in the EPSG register."""

    epsg: int

    @cached_property
    def name(self) -> str:
        """What the register calls it."""
        import pyproj

        return pyproj.CRS(self.epsg).name

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        import pyproj

        return pyproj.Transformer.from_crs(4326, self.epsg, always_xy=True)

    def from_lonlat(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Metres east and north in the grid, shape (n, 2), of WGS 84 degrees, shape (n, 2)."""
        east, north = self._transformer.transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack([east, north])


def grid_of(frame: Frame, zone: str) -> Grid:
    """Return the grid in which a district's surveyors work, ready to be used; `zone` is its IANA time zone.

    It opens the register, which takes a tenth of a second.
    """
    epsg = _EPSG_OF_ZONE.get(zone, _utm(frame.lon, frame.lat, zone))
    grid = Grid(epsg)
    if not np.isfinite(grid.from_lonlat(np.array([[frame.lon, frame.lat]]))).all():
        grid = Grid(_utm(frame.lon, frame.lat, zone))
    return grid


def _utm(lon: float, lat: float, zone: str) -> int:
    """Return the EPSG code of the UTM zone of a place."""
    number = min(int((lon + 180) // 6) + 1, 60)
    west, south, east, north = _EUROPE
    if zone.startswith("Europe/") and west < lon < east and south < lat < north and number in _ETRS89_ZONES:
        return 25800 + number
    return (32600 if lat >= 0 else 32700) + number
