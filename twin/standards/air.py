"""Air-quality indices of several authorities, side by side: US EPA, EU and China, each in the edition of its day.

The averaging period belongs to an index: `index` takes a mean over the hours that it names, `live` makes of hourly
means what the authority itself shows of the present hour. NaN stays NaN, and so is what has too little data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.standards import nowcast
from twin.standards.eaqi import EU_EAQI_2024
from twin.standards.epa import US_EPA_2024
from twin.standards.gases import convert
from twin.standards.hj633 import CN_HJ633_2012, CN_HJ633_2026
from twin.standards.standard import NO_GRADE, Limits, in_force

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

    from twin.standards.scale import AirStandard, Classes, Scale

STANDARDS: dict[str, AirStandard] = {
    standard.key: standard for standard in (US_EPA_2024, EU_EAQI_2024, CN_HJ633_2012, CN_HJ633_2026)
}
"""Every edition by its key, editions of a family in the order of time."""

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(standard.family for standard in STANDARDS.values()))

_NO_PRIMARY_UP_TO = {"cn_hj633": 50.0}
"""Clean air has no primary pollutant in China (HJ 633, definition of it)."""


class Graded(NamedTuple):
    """Index numbers and grades, of the same shape; NaN and -1 where there is none."""

    number: NDArray[np.float64]
    grade: NDArray[np.int8]


class Overall(NamedTuple):
    """The worst of several pollutants."""

    number: NDArray[np.float64]
    grade: NDArray[np.int8]
    dominating: NDArray[np.int8]  # row in the pollutants asked, -1 for none


def edition(family: str, day: date) -> AirStandard:
    """Return the edition of a family that was in force on a day, in the calendar of the place.

    Before the first edition it is the first: `AirStandard.covers` tells.

    Raises
    ------
    TwinError
        Where there is no such family.
    """
    if family not in FAMILIES:
        raise _unknown(family)
    standard = in_force((each for each in STANDARDS.values() if each.family == family), day)
    return STANDARDS[standard.key]


def standard_of(key: str) -> AirStandard:
    """Return a standard by its key; the sentence where there is none."""
    if key not in STANDARDS:
        raise _unknown(key)
    return STANDARDS[key]


def _unknown(key: str) -> TwinError:
    return TwinError(
        _("There is no air-quality standard {key}; there are {known}.").format(
            key=key, known=", ".join((*FAMILIES, *STANDARDS))
        )
    )


def index(
    standard: str,
    pollutant: str,
    concentration: ArrayLike,
    *,
    unit: str,
    hours: int | None = None,
    kelvin: float | None = None,
) -> Graded:
    """Return index and grade of concentrations.

    Parameters
    ----------
    standard
        A key of `STANDARDS`.
    pollutant
        "pm25", "pm10", "no2", "o3", "so2" or "co".
    concentration : array_like
        Means over `hours`, of any shape.
    unit
        "µg/m³", "mg/m³", "ppb" or "ppm".
    hours
        1, 8 or 24: over which they were averaged; without it, the first for which the standard has a scale.
    kelvin
        The temperature to which µg/m³ are reduced; without it, that of the standard. Give it for
        data that somebody else than the authority of the standard published.

    Returns
    -------
    Graded
        All NaN and -1 where the standard says nothing of such a mean.
    """
    rules = standard_of(standard)
    value = np.asarray(concentration, np.float64)
    scale = rules.scale(pollutant, hours if hours is not None else next(iter(rules.averages(pollutant)), 0))
    if scale is None:
        return Graded(np.full(value.shape, np.nan), np.full(value.shape, NO_GRADE, np.int8))
    return _on(scale, convert(value, pollutant, unit, scale.unit, kelvin=kelvin or rules.kelvin))


def _on(scale: Scale | Classes, concentration: NDArray[np.float64]) -> Graded:
    number = scale.index(concentration)
    return Graded(number, scale.grades(number))


def averaged(standard: str, hourly: ArrayLike, hours: int) -> NDArray[np.float64]:
    """Return the mean over the last hours, NaN where fewer are there than the standard asks for.

    Parameters
    ----------
    hourly : array_like
        Hourly means, the latest last; shape (..., n), NaN where there is none.
    hours
        1, 8 or 24.
    """
    values = np.asarray(hourly, np.float64)[..., -hours:]
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    enough = count >= standard_of(standard).complete.get(hours, hours)
    total = np.where(there, values, 0.0).sum(axis=-1)
    mean: NDArray[np.float64] = np.divide(total, count, out=np.full(np.shape(total), np.nan), where=enough)
    return mean


def live(standard: str, pollutant: str, hourly: ArrayLike, *, unit: str, kelvin: float | None = None) -> Graded:
    """Return index and grade of the present hour, as the authority of the standard itself shows them.

    EPA: NowCast for dust and ozone (with the one-hour scale of ozone where it is high), the mean of 8 hours for
    carbon monoxide, the hour for the rest (with 24 hours of sulphur dioxide where it is high). EU and China: the
    hour. `AirStandard.live` says how many hours back are of use.

    Parameters
    ----------
    hourly : array_like
        Hourly means, the present hour last; shape (..., hours), NaN where there is none.
    """
    rules = standard_of(standard)
    values = np.asarray(hourly, np.float64)
    now = Graded(np.full(values.shape[:-1], np.nan), np.full(values.shape[:-1], NO_GRADE, np.int8))
    if pollutant not in rules.live:
        return now
    how = rules.live[pollutant]
    used = values[..., -how.hours :]
    for hours in how.scales:
        scale = rules.scale(pollutant, hours)
        if scale is None:
            continue
        means = convert(used, pollutant, unit, scale.unit, kelvin=kelvin or rules.kelvin)
        if how.method == "mean" or hours == 1:
            concentration = averaged(standard, means, min(how.hours, hours))
        elif pollutant == "o3":
            ppb = convert(used, pollutant, unit, "ppb", kelvin=kelvin or rules.kelvin)
            concentration = convert(nowcast.ozone_ppb(ppb), pollutant, "ppb", scale.unit, kelvin=rules.kelvin)
        else:
            concentration = nowcast.dust(means)
        worse = _on(scale, concentration)
        now = Graded(np.fmax(now.number, worse.number), np.maximum(now.grade, worse.grade))
    return now


def live_average(standard: str, pollutant: str) -> str:
    """Return over what `live` averages, in the reader's language: "NowCast of 12 hours", "1 hour"."""
    how = standard_of(standard).live.get(pollutant)
    if how is None:
        return _("not part of this index")
    if how.method == "nowcast":
        return _("NowCast of 8 hours") if pollutant == "o3" else _("NowCast of 12 hours")
    return _("8 hours") if how.hours == 8 else _("1 hour")


def overall(standard: str, indices: Mapping[str, ArrayLike]) -> Overall:
    """Return the worst of the indices of several pollutants, and which it is of.

    Parameters
    ----------
    indices
        Index numbers by pollutant, of shapes that broadcast; NaN where there is none. Of equal ones the first
        is named. In China, up to 50 no pollutant is.
    """
    rules = standard_of(standard)
    stacked = np.stack(np.broadcast_arrays(*(np.asarray(each, np.float64) for each in indices.values())))
    ranked = np.where(np.isnan(stacked), -np.inf, stacked)
    dominating = ranked.argmax(axis=0).astype(np.int8)
    worst = ranked.max(axis=0)
    nothing = np.isneginf(worst)
    worst = np.where(nothing, np.nan, worst)
    dominating = np.where(nothing | (worst <= _NO_PRIMARY_UP_TO.get(rules.family, -np.inf)), -1, dominating)
    return Overall(worst, rules.scales[0].grades(worst), dominating.astype(np.int8))


def compared(
    pollutant: str, hourly: ArrayLike, *, day: date, unit: str, kelvin: float | None = None
) -> dict[str, Graded]:
    """Return what every authority would show of the same hour: `live` by the key of each edition of that day."""
    return {
        key: live(key, pollutant, hourly, unit=unit, kelvin=kelvin)
        for key in (edition(family, day).key for family in FAMILIES)
    }


def limits(
    standard: str, pollutant: str, *, unit: str, hours: int | None = None, kelvin: float | None = None
) -> Limits | None:
    """Return the concentrations that part the grades, in a unit of choice; None where the standard has no such scale.

    They are the bands of a chart of the concentration averaged over `hours`; parameters as of `index`.
    """
    rules = standard_of(standard)
    scale = rules.scale(pollutant, hours if hours is not None else next(iter(rules.averages(pollutant)), 0))
    if scale is None:
        return None
    bounds = convert(scale.limits.bounds, pollutant, scale.unit, unit, kelvin=kelvin or rules.kelvin)
    return Limits(pollutant, unit, tuple(bounds.tolist()), average=scale.limits.average)
