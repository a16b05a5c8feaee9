"""How good a mobile network's signal is, by classes that anyone may set otherwise; Android's to begin with.

Operators have no common standard. Android's come from CellSignalStrengthNr.java of the Android Open Source Project, its
defaults; what a telephone can report at all from 3GPP TS 38.133, 10.1.6, 10.1.11 and 10.1.16. Android has no classes
of throughput: these are goals that authorities set for downloads, each with its source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.standards.standard import SAFE_5, Limits, Standard, Wording, graded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageStandard(Standard):
    """Classes of one quantity of a signal, best first."""

    quantity: str  # "ss_rsrp", "ss_rsrq", "ss_sinr", "download"
    unit: str
    least: float  # what can be reported
    most: float

    @property
    def bounds(self) -> tuple[float, ...]:
        """The least values of all grades but the last."""
        return self.limits[0].bounds


def _said_rsrp() -> Wording:
    return Wording(_("5G signal strength, SS-RSRP"), _levels(), _operators())


def _said_rsrq() -> Wording:
    return Wording(_("5G signal quality, SS-RSRQ"), _levels(), _operators())


def _said_sinr() -> Wording:
    return Wording(_("5G signal to noise, SS-SINR"), _levels(), _operators())


def _said_download() -> Wording:
    return Wording(
        _("Download speed"),
        _levels(),
        _("No standard: goals of ITU-R for 5G, of the EU for fast lines and of the UK for lines and mobiles."),
    )


def _levels() -> tuple[str, ...]:
    return (_("Great"), _("Good"), _("Moderate"), _("Poor"), _("None"))


def _operators() -> str:
    return _("Android's own defaults; operators have no common standard.")


_COLOURS = ("#1A9641", "#A6D96A", "#FFE34D", "#FDAE61", "#D7191C")
"""As coverage maps usually show them; Android shows bars."""


def _coverage(
    key: str,
    said: Callable[[], Wording],
    quantity: str,
    unit: str,
    bounds: tuple[float, ...],
    span: tuple[float, float],
    authority: str,
    source: str,
) -> CoverageStandard:
    return CoverageStandard(
        key=key,
        family=key,
        authority=authority,
        source=source,
        said=said,
        colours=_COLOURS,
        safe=SAFE_5,
        limits=(Limits(quantity, unit, bounds, rising=False),),
        quantity=quantity,
        unit=unit,
        least=span[0],
        most=span[1],
    )


_ANDROID = "Android Open Source Project", "CellSignalStrengthNr.java, defaults; 3GPP TS 38.133 for the range"
_GOALS = (
    "ITU-R, European Commission, UK Government, Ofcom",
    "100: Report ITU-R M.2410-0, 4.3; 30: COM(2010) 245; 10: SI 2018/445; 2: Ofcom, Connected Nations",
)

STANDARDS: dict[str, CoverageStandard] = {
    standard.key: standard
    for standard in (
        _coverage("ss_rsrp", _said_rsrp, "ss_rsrp", "dBm", (-65.0, -80.0, -90.0, -110.0), (-156.0, -31.0), *_ANDROID),
        _coverage("ss_rsrq", _said_rsrq, "ss_rsrq", "dB", (6.0, -7.0, -19.0, -31.0), (-43.0, 20.0), *_ANDROID),
        _coverage("ss_sinr", _said_sinr, "ss_sinr", "dB", (30.0, 15.0, 5.0, -5.0), (-23.0, 40.0), *_ANDROID),
        _coverage("download", _said_download, "download", "Mbit/s", (100.0, 30.0, 10.0, 2.0), (0.0, math.inf), *_GOALS),
    )
}
"""The classes to begin with, by the quantity that they are of."""


def standard_of(key: str) -> CoverageStandard:
    """Return the classes of a quantity.

    Raises
    ------
    TwinError
        Where there are none.
    """
    if key not in STANDARDS:
        raise TwinError(
            _("There are no classes of coverage for {key}; there are some for {known}.").format(
                key=key, known=", ".join(STANDARDS)
            )
        )
    return STANDARDS[key]


def edited(standard: CoverageStandard, bounds: Sequence[float]) -> CoverageStandard:
    """Return classes with other bounds, best first, and a title and source that say so.

    Raises
    ------
    TwinError
        Where they are not as many falling numbers as before, or cannot be reported at all.
    """
    numbers = tuple(map(float, bounds))
    falling = all(one > below for one, below in pairwise(numbers))
    within = all(standard.least <= number <= standard.most for number in numbers)  # not so for NaN
    if len(numbers) != len(standard.bounds) or not falling or not within:
        raise TwinError(
            _("The bounds of {title} must be {count} falling numbers from {most} to {least} {unit}.").format(
                title=standard.title,
                count=len(standard.bounds),
                most=f"{standard.most:g}" if math.isfinite(standard.most) else "∞",
                least=f"{standard.least:g}",
                unit=standard.unit,
            )
        )
    if numbers == standard.bounds:
        return standard
    said = standard.said

    def own() -> Wording:
        before = said()
        return Wording(_("{title}, own bounds").format(title=before.title), before.grades, _("Set by the user."))

    return replace(
        standard,
        authority="",
        source="",
        said=own,
        limits=(replace(standard.limits[0], bounds=numbers),),
    )


def grades(standard: CoverageStandard, values: ArrayLike) -> NDArray[np.int8]:
    """Return the grade of every value, 0 for the best; -1 for NaN and for what no telephone can report."""
    value = np.asarray(values, np.float64)
    value = np.where((value >= standard.least) & (value <= standard.most) & np.isfinite(value), value, np.nan)
    return graded(value, standard.bounds, rising=False)
