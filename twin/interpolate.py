"""Values between stations, and how sure they are: inverse distance weighting and ordinary kriging.

Both give weights once for a set of places and stations; values are then one product a moment.

Sources
-------
Shepard (1968) for inverse distance, with the power 2. Ordinary kriging as in Cressie, Statistics for Spatial Data
(1993), section 3.2, with an exponential variogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Method = Literal["idw", "kriging"]

_NEAREST_M = 15.0  # nearer than this no station counts for more: streets are not points
_NUGGET = 0.08  # share of the sill that two instruments side by side differ by


@dataclass(frozen=True, eq=False)
class Weights:
    """What each station counts for at each place, and how much is not known there."""

    share: NDArray[np.float64]  # (places, stations), rows sum to 1
    unsure: NDArray[np.float64]  # (places,) 0 beside a station, 1 where stations tell no more than their mean does


def weights(places: NDArray[np.float64], stations: NDArray[np.float64], method: Method, *, range_m: float) -> Weights:
    """Return weights of stations, shape (n, 2), at places, shape (p, 2), in metres.

    Parameters
    ----------
    places, stations
        Local metres; at least one station.
    method
        "idw" or "kriging".
    range_m
        The distance at which two places have lost most of what they have in common.
    """
    away = np.hypot(*(places[:, None] - stations[None]).transpose(2, 0, 1))
    if method == "idw":
        share = 1 / np.maximum(away, _NEAREST_M) ** 2
        share /= share.sum(axis=1, keepdims=True)
        return Weights(share, 1 - np.exp(-((away.min(axis=1) / range_m) ** 2)))
    n = len(stations)
    apart = np.hypot(*(stations[:, None] - stations[None]).transpose(2, 0, 1))
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = _variogram(apart, range_m)
    system[np.arange(n), np.arange(n)] = 0.0
    system[n, n] = 0.0
    wanted = np.ones((n + 1, len(places)))
    wanted[:n] = _variogram(away, range_m).T
    # stations at one place make the system singular; the least-squares answer shares their weight. The inverse is of
    # the few stations alone: a solver for every place at once takes a hundred times as long
    solved = np.linalg.pinv(system, rcond=1e-10, hermitian=True) @ wanted
    variance = (solved * wanted).sum(axis=0)
    return Weights(solved[:n].T, np.clip(variance, 0.0, None))


def _variogram(away_m: NDArray[np.float64], range_m: float) -> NDArray[np.float64]:
    """Return the exponential variogram with sill 1, which reaches 95 % of it at the range."""
    return _NUGGET + (1 - _NUGGET) * (1 - np.exp(-3 * away_m / range_m))
