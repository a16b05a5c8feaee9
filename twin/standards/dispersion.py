"""How what vehicles emit spreads to where somebody breathes it.

Plumes over open ground are D. B. Turner's (*Workbook of Atmospheric Dispersion Estimates*, US EPA AP-26, 1970,
equation 3.1) with G. A. Briggs' spread over towns (*Diffusion Estimation for Small Emissions*, NOAA ATDL-106,
1973). Streets between walls are W. B. Johnson's model STREET (Johnson, Ludwig, Dabberdt and Allen, *J. Air
Pollution Control Association* 23, 1973; as S. Vardoulakis and others review it, *Atmospheric Environment* 37, 2003).
The steady state of nitrogen oxides and ozone is P. A. Leighton's (*Photochemistry of Air Pollution*, 1961), with the
rate of JPL Publication 19-5 and the sunlight of R. R. Dickerson and others (*J. Geophysical Research* 87, 1982).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Stability = Literal["C", "D", "E"]
"""Pasquill's classes: slightly unstable, neutral, stable (Briggs has one spread for E and F)."""

_SPREAD: dict[str, tuple[float, float, float, float]] = {  # a and b of sigma_y, then of sigma_z
    "C": (0.22, 0.0004, 0.20, 0.0),
    "D": (0.16, 0.0004, 0.14, 0.0003),
    "E": (0.11, 0.0004, 0.08, 0.0015),
}

CALM_M_S = 1.0
"""Slower winds count as this: the plume has no meaning in a calm."""

NO2_UG_PPB, O3_UG_PPB = 1.9125, 1.9957
"""Micrograms a cubic metre of 1 ppb at 20 °C and 101.3 kPa, as European directives convert."""

_TITRATION_PPB_S = 3.0e-12 * np.exp(-1500 / 288.0) * 2.55e10  # at 15 °C, where 1 ppb is 2.55e10 molecules a cm³


def stability(wind_m_s: float, sun_deg: float) -> Stability:
    """Return how readily air mixes: more in sunshine and light winds, less in light winds by night."""
    if sun_deg > 25 and wind_m_s < 4:
        return "C"
    return "E" if sun_deg < 0 and wind_m_s < 3 else "D"


def plume_s_m3(
    downwind_m: ArrayLike,
    crosswind_m: ArrayLike,
    *,
    wind_m_s: ArrayLike,
    mixing: Stability = "D",
    height_m: float = 3.0,
    source_m: float = 0.5,
    cloud_m: float = 1.5,
) -> NDArray[np.float64]:
    """Return the concentration of a source of strength 1: g/m³ for 1 g/s. Nothing arrives upwind.

    Parameters
    ----------
    downwind_m, crosswind_m : array_like
        Where somebody breathes, from the source: along the wind and across it.
    wind_m_s : array_like
        How fast the wind blows; `CALM_M_S` at least.
    mixing
        Class of stability.
    height_m, source_m
        Of the inlet and of the source over the ground, which throws the plume back.
    cloud_m
        How high what is emitted has spread when it leaves the wake of a vehicle; twice as wide.
    """
    x, y = np.asarray(downwind_m, np.float64), np.asarray(crosswind_m, np.float64)
    a_y, b_y, a_z, b_z = _SPREAD[mixing]
    far = np.maximum(x, 0.0)
    wide = np.hypot(a_y * far / np.sqrt(1 + b_y * far), 2 * cloud_m)
    high = np.hypot(a_z * far / np.sqrt(1 + b_z * far), cloud_m)
    wind = np.maximum(np.asarray(wind_m_s, np.float64), CALM_M_S)
    layers = np.exp(-((height_m - source_m) ** 2) / (2 * high**2)) + np.exp(
        -((height_m + source_m) ** 2) / (2 * high**2)
    )
    arrives: NDArray[np.float64] = np.exp(-(y**2) / (2 * wide**2)) * layers / (2 * np.pi * wind * wide * high)
    return np.where(x > 0, arrives, 0.0)


def canyon_s_m2(
    wind_m_s: ArrayLike,
    off_deg: ArrayLike,
    *,
    beside_m: ArrayLike,
    width_m: ArrayLike,
    walls_m: ArrayLike,
    height_m: float = 3.0,
) -> NDArray[np.float64]:
    """Return the concentration beside a street of strength 1 between walls: g/m³ for 1 g/s on a metre.

    Wind over the roofs turns round in the street and carries what is emitted to the wall that it blows from (the
    leeward one), while the other is washed by air from above. Along the street both have the mean of the two.

    Parameters
    ----------
    wind_m_s : array_like
        Over the roofs.
    off_deg : array_like
        Where the wind comes from, clockwise from the direction in which the receiver lies from the street's middle:
        0 is from behind the receiver, which is then leeward.
    beside_m : array_like
        From the middle of the street to the receiver.
    width_m, walls_m : array_like
        From wall to wall, and how high they are.
    """
    wind = np.asarray(wind_m_s, np.float64) + 0.5
    beside, width, walls = (np.asarray(value, np.float64) for value in (beside_m, width_m, walls_m))
    lee = 7 / (wind * (np.hypot(beside, height_m) + 2))
    luff = 7 * np.maximum(walls - height_m, 0.0) / (width * wind * np.maximum(walls, 1.0))
    across = np.cos(np.radians(np.asarray(off_deg, np.float64)))
    along = np.abs(across) < 0.5  # within 30 degrees of the street
    both: NDArray[np.float64] = np.where(along, (lee + luff) / 2, np.where(across > 0, lee, luff))
    return both


def photolysis_s(sun_deg: ArrayLike) -> NDArray[np.float64]:
    """Return how much nitrogen dioxide sunlight splits a second under a clear sky; 0 at night."""
    up = np.sin(np.radians(np.asarray(sun_deg, np.float64)))
    return np.where(up > 0, 0.0167 * np.exp(-0.575 / np.maximum(up, 1e-3)), 0.0)


def steady_state_ppb(
    nox_ppb: ArrayLike, oxidant_ppb: ArrayLike, sun_deg: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return nitrogen dioxide and ozone where air has had minutes to react; nearer to the exhaust it is less NO2.

    Parameters
    ----------
    nox_ppb : array_like
        Nitrogen monoxide and dioxide together, which reactions do not change.
    oxidant_ppb : array_like
        Ozone and nitrogen dioxide together, nor these.
    sun_deg : array_like
        How high the sun stands.
    """
    nox, oxidant = np.asarray(nox_ppb, np.float64), np.asarray(oxidant_ppb, np.float64)
    balance = photolysis_s(sun_deg) / _TITRATION_PPB_S
    total = nox + oxidant + balance
    no2 = (total - np.sqrt(np.maximum(total**2 - 4 * nox * oxidant, 0.0))) / 2
    no2 = np.minimum(no2, np.minimum(nox, oxidant))
    return no2, oxidant - no2
