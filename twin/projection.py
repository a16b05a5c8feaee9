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
_AT_ONCE = 4096
"""So many places at a time stay in the processor's cache through all steps, in less than half of the time."""


def xy_from_lonlat(lonlat: Floats, lon_0: float, lat_0: float) -> Floats:
    """Return metres east and north of an origin, shape (n, 2), of degrees, shape (n, 2).

    The scale is 1 on the origin's meridian. Infinite for what lies on the other side of the Earth, NaN for NaN.
    """
    xy = np.empty((len(lonlat), 2))
    south = _northing(lat_0)
    for start in range(0, len(lonlat), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        xy[some] = _projected(lonlat[some], lon_0, south)
    return xy


def _projected(lonlat: Floats, lon_0: float, south: float) -> Floats:
    lon, lat = lonlat.T.copy()
    lam = np.radians(lon - lon_0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sine = np.sin(np.radians(lat))
        tau = np.sinh(np.arctanh(sine) - _E * np.arctanh(_E * sine))  # tangent of the conformal latitude
        flat = np.cos(lam)
        reach2 = tau * tau + flat * flat
        away = np.sin(lam) / np.sqrt(reach2)  # sinh of the easting on the sphere
        zeta = np.empty(len(lam), np.complex128)
        zeta.real = np.arctan2(tau, flat)
        zeta.imag = np.arcsinh(away)
        beyond = ~(np.abs(zeta.imag) <= _FARTHEST) & ~np.isnan(lon) & ~np.isnan(lat)
        # Sine and cosine of 2 zeta out of what is known: those of complex numbers take half of the time.
        sine2, cosine2 = 2 * tau * flat / reach2, (flat - tau) * (flat + tau) / reach2
        sinh2, cosh2 = 2 * away * np.sqrt(1 + away * away), 1 + 2 * away * away
        sine_, cosine = np.empty_like(zeta), np.empty_like(zeta)
        sine_.real, sine_.imag = sine2 * cosh2, cosine2 * sinh2
        cosine.real, cosine.imag = cosine2 * cosh2, -sine2 * sinh2
        zeta += _clenshaw(_ALPHA, sine_, cosine)
    xy = np.empty((len(lam), 2))
    xy[:, 0] = _RADIUS_M * zeta.imag
    xy[:, 1] = _RADIUS_M * (zeta.real - south)
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
    """Return the sum of factors[j - 1] * sin(2 j zeta)."""
    return _clenshaw(factors, np.sin(2 * zeta), np.cos(2 * zeta))


def _clenshaw(
    factors: tuple[float, ...], sine: NDArray[np.complex128], cosine: NDArray[np.complex128]
) -> NDArray[np.complex128]:
    """Return the sum of factors[j - 1] * sin(j x) of sine and cosine of x, by Clenshaw's recurrence."""
    twice_cosine = 2 * cosine
    one = two = np.zeros(1, np.complex128)
    for factor in reversed(factors):
        one, two = factor + twice_cosine * one - two, one
    return one * sine
