"""Units in which air is measured, and how one becomes another.

A mass in a volume of gas depends on the temperature and pressure to which the volume is reduced, and every authority
chose its own; a share of the molecules (ppb, ppm) does not. So whoever converts says which conditions are meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

POLLUTANTS = ("pm25", "pm10", "no2", "o3", "so2", "co")

MOLAR_G = {"no2": 46.0055, "o3": 47.9982, "so2": 64.064, "co": 28.0101}
"""Grams a mole: IUPAC's abridged standard atomic weights."""

GAS_J_MOL_K = 8.314462618
"""CODATA 2018."""

KELVIN_0 = 273.15
US_K = KELVIN_0 + 25.0
"""40 CFR 50.3: gases at 25 °C and 760 mmHg."""
EU_K = 293.0
"""Directive 2008/50/EC, annex VI: gases at 293 K and 101.3 kPa."""
CN_K = KELVIN_0 + 25.0
"""GB 3095-2012 as amended on 2018-09-01: gases at 298.15 K and 1013.25 hPa. Before, they were given at 273.15 K."""
PRESSURE_PA = 101_325.0

_MICROGRAMS = {"µg/m³": 1.0, "mg/m³": 1e3}
_SHARES = {"ppb": 1e-9, "ppm": 1e-6}
_SPELLED = str.maketrans({"μ": "µ", "u": "µ", "3": "³", "^": None, "*": None, " ": None, ".": None, "·": None})


def titles() -> dict[str, str]:
    """Return what the pollutants are called, by their keys."""
    return {
        "pm25": _("PM2.5"),
        "pm10": _("PM10"),
        "no2": _("Nitrogen dioxide"),
        "o3": _("Ozone"),
        "so2": _("Sulphur dioxide"),
        "co": _("Carbon monoxide"),
    }


def unit_of(text: str) -> str:
    """Return a unit as the program writes it, of any common spelling: "ug/m3" is "µg/m³".

    Raises
    ------
    TwinError
        Where it is no unit of concentration that is known.
    """
    spelled = text.strip().lower()
    if spelled in _SHARES:
        return spelled
    unit = spelled.replace("m-3", "/m³").translate(_SPELLED).replace("//", "/")
    if unit in _MICROGRAMS:
        return unit
    raise TwinError(
        _("{unit} is no unit of concentration that is known here; use one of {units}.").format(
            unit=text.strip()[:20] or "“”", units=", ".join((*_MICROGRAMS, *_SHARES))
        )
    )


def convert(
    values: ArrayLike,
    pollutant: str,
    unit: str,
    to: str,
    *,
    kelvin: float,
    pascal: float = PRESSURE_PA,
) -> NDArray[np.float64]:
    """Return concentrations in another unit.

    Parameters
    ----------
    values : array_like
        Concentrations in `unit`, of any shape.
    pollutant
        One of `POLLUTANTS`.
    unit, to
        "µg/m³", "mg/m³", "ppb" or "ppm", in any common spelling.
    kelvin, pascal
        Conditions to which the volume of the gas is reduced: `US_K`, `EU_K` or `CN_K`, at one atmosphere.

    Raises
    ------
    TwinError
        For dust in ppb or ppm, which has none, and for unknown units.
    """
    had, wanted = unit_of(unit), unit_of(to)
    value = np.asarray(values, np.float64)
    if had == wanted:
        return value.copy()
    if had in _MICROGRAMS and wanted in _MICROGRAMS:
        return value * (_MICROGRAMS[had] / _MICROGRAMS[wanted])
    if had in _SHARES and wanted in _SHARES:
        return value * (_SHARES[had] / _SHARES[wanted])
    if pollutant not in MOLAR_G:
        raise TwinError(
            _(
                "{pollutant} is measured in µg/m³: a unit like {unit} says how many molecules of a gas there are."
            ).format(pollutant=titles().get(pollutant, pollutant), unit=had if had in _SHARES else wanted)
        )
    micrograms_m3 = MOLAR_G[pollutant] * 1e6 * pascal / (GAS_J_MOL_K * kelvin)  # of the pure gas
    if had in _SHARES:
        return value * (_SHARES[had] * micrograms_m3 / _MICROGRAMS[wanted])
    return value * (_MICROGRAMS[had] / (_SHARES[wanted] * micrograms_m3))
