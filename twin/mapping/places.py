"""Where sensors stand: from the table, from a table of positions, and whether that can be."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.mapping.china import wgs84_from
from twin.projection import xy_from_lonlat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NEAR_M = 60_000.0
"""Swapped coordinates are put right where they then are this near to the district, and else were farther away."""

_POINTS = {name: 22.5 * number for number, name in enumerate(
    ["n", "nne", "ne", "ene", "e", "ese", "se", "sse", "s", "ssw", "sw", "wsw", "w", "wnw", "nw", "nnw"]
)}  # fmt: skip
_WORDS = {
    "north": "n", "nord": "n", "northbound": "n", "北": "n", "east": "e", "ost": "e", "eastbound": "e", "东": "e",
    "東": "e", "south": "s", "süd": "s", "sud": "s", "southbound": "s", "南": "s", "west": "w", "westbound": "w",
    "西": "w", "north east": "ne", "nordost": "ne", "东北": "ne", "south east": "se", "südost": "se", "东南": "se",
    "south west": "sw", "südwest": "sw", "西南": "sw", "north west": "nw", "nordwest": "nw", "西北": "nw",
}  # fmt: skip


def headings(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return degrees clockwise from north of numbers and points of the compass, NaN for anything else."""
    found = []
    for text in texts:
        word = " ".join(text.lower().replace("-", " ").split())
        try:
            degrees = float(text)
        except ValueError:
            degrees = _POINTS.get(_WORDS.get(word, word), math.nan)
        found.append(degrees % 360.0 if math.isfinite(degrees) else math.nan)
    return np.array(found, np.float64)


class Found(NamedTuple):
    """Where some sensors stand: columns of shape (n,), and lon, lat of shape (n, 2), NaN for nobody knows."""

    lonlat: NDArray[np.float64]
    heading_deg: NDArray[np.float64]
    names: list[str]
    impossible: NDArray[np.bool_]


@dataclass
class Places:
    """Knows positions by key or name, and the district that they should be near to.

    `swapped` counts what had longitude and latitude in each other's place and was put right.
    """

    home: tuple[float, float] | None = None  # lon, lat of the district
    known: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # lon, lat, WGS 84
    names: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, float] = field(default_factory=dict)
    swapped: int = 0
    unplaced: int = 0  # sensors that nobody tells where they are

    def of(self, keys: Sequence[str], names: Sequence[str], lonlat: NDArray[np.float64], system: str) -> Found:
        """Return where sensors stand whose table tells this of them."""
        lonlat = _told(lonlat)
        there = np.isfinite(lonlat).all(axis=1)
        found = self.checked(lonlat, system)
        impossible = there & np.isnan(found).any(axis=1)
        heading = np.full(len(keys), np.nan)
        titles = [""] * len(keys)
        for row, (key, name) in enumerate(zip(keys, names, strict=True)):
            by = next((word for word in _words(key, name) if word in self.known), "")
            if by and not there[row]:
                found[row] = self.known[by]
            if by:
                heading[row] = self.headings.get(by, math.nan)
                titles[row] = self.names.get(by, "")
        self.unplaced += int(np.count_nonzero(np.isnan(found).any(axis=1) & ~impossible))
        return Found(found, heading, titles, impossible)

    def checked(self, lonlat: NDArray[np.float64], system: str) -> NDArray[np.float64]:
        """Return degrees in WGS 84, shape (n, 2), swapped ones put right where that is certain, else NaN."""
        lonlat = _told(lonlat)
        turned = lonlat[:, ::-1]
        here, there = _possible(lonlat), _possible(turned)
        if self.home is not None:
            wrong = there & (self._away_m(turned) < NEAR_M) & ~(here & (self._away_m(lonlat) < NEAR_M))
            self.swapped += int(np.count_nonzero(wrong))
            lonlat = np.where(wrong[:, None], turned, lonlat)
            here |= wrong
        lonlat[~here] = np.nan
        return wgs84_from(system, lonlat)

    def _away_m(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = self.home or (0.0, 0.0)
        flat = np.nan_to_num(lonlat)
        far = (np.abs(flat[:, 0] - lon) > 5) | (np.abs(flat[:, 1] - lat) > 5)
        xy = xy_from_lonlat(np.where(far[:, None], (lon, lat), flat), lon, lat)
        away: NDArray[np.float64] = np.where(far, np.inf, np.hypot(*xy.T))
        return away


def _words(key: str, name: str) -> tuple[str, ...]:
    """Return the words by which a sensor's position may be listed: its key, its name, the first word of its key."""
    return tuple(word.strip().casefold() for word in (key, name, *key.split()[:1]))


def _told(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return places without the zeros that devices tell which know of none."""
    lonlat = np.array(lonlat, np.float64)
    lonlat[(lonlat == 0).all(axis=1)] = np.nan
    return lonlat


def _possible(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        good: NDArray[np.bool_] = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    return good
