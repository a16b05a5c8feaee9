"""Local metres of WGS 84 degrees and back: a transverse Mercator projection in numpy.

Krüger's series in the third flattening n, as C. F. F. Karney gives them in "Transverse Mercator with an
accuracy of a few nanometers", Journal of Geodesy 85 (2011), 475-485, equations 7 to 12, 35 and 36, cut
after n⁴: that is a thousandth of a millimetre within a thousand kilometres of the central meridian.
PROJ computes the same, but its import alone takes longer than meshing a quarter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_A_M, _F = 6378137.0, 1 / 298.257223563  # WGS 84
_E = np.sqrt(_F * (2 - _F))
_N = _F / (2 - _F)
_RADIUS_M = _A_M / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)
_FARTHEST = 2.6
"""Farther east or west than this many radii there is no place: it is the other side of the Earth."""


def xy_from_lonlat(lonlat: Floats, lon_0: float, lat_0: float) -> Floats:
    """Return metres east and north of an origin, shape (n, 2), of degrees, shape (n, 2).

    The scale is 1 on the origin's meridian. Infinite for what lies on the other side of the Earth, NaN for NaN.
    """
    lam = np.radians(lonlat[:, 0] - lon_0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sine = np.sin(np.radians(lonlat[:, 1]))
        tau = np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine))  # tangent of the conformal latitude
        zeta = np.empty(len(lam), np.complex128)
        zeta.real = np.arctan2(tau, np.cos(lam))
        zeta.imag = np.arctanh(np.sin(lam) / np.hypot(1.0, tau))
        beyond = ~(np.abs(zeta.imag) <= _FARTHEST) & ~np.isnan(lonlat).any(axis=1)
        zeta[beyond] = 0
        zeta += _series(_ALPHA, zeta)
    xy = np.empty((len(lam), 2))
    xy[:, 0] = _RADIUS_M * zeta.imag
    xy[:, 1] = _RADIUS_M * (zeta.real - _northing(lat_0))
    xy[beyond] = np.inf
    return xy


def lonlat_from_xy(xy: Floats, lon_0: float, lat_0: float) -> Floats:
    """Return degrees, shape (n, 2), of metres east and north of an origin, shape (n, 2)."""
    zeta = np.empty(len(xy), np.complex128)
    with np.errstate(invalid="ignore", over="ignore"):
        zeta.real = xy[:, 1] / _RADIUS_M + _northing(lat_0)
        zeta.imag = xy[:, 0] / _RADIUS_M
        beyond = ~(np.abs(zeta) <= 2 * _FARTHEST)
        zeta[beyond] = 0
        zeta -= _series(_BETA, zeta)
        flat, away = np.cos(zeta.real), np.sinh(zeta.imag)
        wanted = np.sin(zeta.real) / np.hypot(away, flat)
        tau = wanted / (1 - _E**2)
        for _turn in range(3):  # Newton's method; it doubles the digits, of which the first guess has two
            sigma = np.sinh(_E * np.arctanh(_E * tau / np.hypot(1.0, tau)))
            found = tau * np.hypot(1.0, sigma) - sigma * np.hypot(1.0, tau)
            tau += (
                (wanted - found)
                / np.hypot(1.0, found)
                * (1 + (1 - _E**2) * tau**2)
                / ((1 - _E**2) * np.hypot(1.0, tau))
            )
    lonlat = np.empty((len(xy), 2))
    lonlat[:, 0] = (lon_0 + np.degrees(np.arctan2(away, flat)) + 180.0) % 360.0 - 180.0
    lonlat[:, 1] = np.degrees(np.arctan(tau))
    lonlat[beyond] = np.where(np.isnan(xy[beyond]).any(axis=1), np.nan, np.inf)[:, None]
    return lonlat


def _northing(lat: float) -> float:
    """Return how far a place on the central meridian lies from the equator, in radii."""
    sine = np.sin(np.radians(lat))
    zeta = np.array([np.arctan(np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine)))], np.complex128)
    return float((zeta + _series(_ALPHA, zeta))[0].real)


def _series(factors: tuple[float, ...], zeta: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return the sum of factors[j - 1] * sin(2 j zeta), by Clenshaw's recurrence."""
    double = 2 * zeta
    twice_cosine = 2 * np.cos(double)
    one = two = np.zeros(1, np.complex128)
    for factor in reversed(factors):
        one, two = factor + twice_cosine * one - two, one
    return one * np.sin(double)
