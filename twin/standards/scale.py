"""How the concentration of a pollutant becomes an index number and a grade."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from twin.standards.standard import NO_GRADE, Limits, Standard, graded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

_NOISE = 0.1
"""A clean instrument reads a little below zero now and then: so much of the lowest bound counts as zero."""

_TINY = 1e-6
"""In steps of the standard: what binary fractions and conversions add or take is no concentration."""


@dataclass(frozen=True)
class Scale:
    """The line of a standard's table about one pollutant, averaged over one period.

    Piece i rises from `index_low[i]` at `low[i]` to `index_high[i]` at `high[i]`. Both ends belong to it, and where
    a standard truncates or rounds concentrations, nothing lies between `high[i]` and `low[i + 1]`.
    """

    pollutant: str
    hours: int  # of averaging
    unit: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    index_low: tuple[float, ...]
    index_high: tuple[float, ...]
    grade_high: tuple[float, ...]  # the highest index of each grade but the last
    step: float = 0.0  # to which concentrations are brought first; 0: they are taken as they are
    step_by: Literal["truncating", "rounding"] = "truncating"
    index_by: Literal["rounding", "rounding up"] = "rounding"
    beyond: Literal["extrapolated", "capped"] = "capped"

    @cached_property
    def limits(self) -> Limits:
        """Concentrations that part the grades."""
        ends = dict(zip(self.index_high, self.high, strict=True))
        bounds = tuple(ends.get(index, math.nan) for index in self.grade_high)
        return Limits(self.pollutant, self.unit, bounds, average=f"{self.hours} h")

    def stepped(self, concentration: ArrayLike) -> NDArray[np.float64]:
        """Return concentrations as the standard's table wants them: truncated or rounded, nothing below zero.

        What lies far below zero or is infinite is no concentration, and becomes NaN.
        """
        value = np.asarray(concentration, np.float64)
        value = np.where((value < -_NOISE * self.high[0]) | np.isinf(value), np.nan, np.maximum(value, 0.0))
        if not self.step:
            return value
        steps = value / self.step
        near = np.rint(steps)
        whole = np.floor(steps) if self.step_by == "truncating" else _half_even(steps)
        return np.where(np.abs(steps - near) < _TINY, near, whole) * self.step

    def index(self, concentration: ArrayLike) -> NDArray[np.float64]:
        """Return the index of every concentration in `unit`, NaN where there is none, of the same shape."""
        value = self.stepped(concentration)
        high, low = np.array(self.high), np.array(self.low)
        index_low, rise = np.array(self.index_low), np.array(self.index_high) - np.array(self.index_low)
        tolerance = _TINY * (self.step or 1.0)
        piece = np.minimum((value[..., None] > high + tolerance).sum(axis=-1), len(high) - 1)
        share = (value - low[piece]) / (high - low)[piece]
        if self.beyond == "capped":
            share = np.minimum(share, 1.0)
        exact = np.where(value < low[0] - tolerance, np.nan, index_low[piece] + share * rise[piece])
        near = np.rint(exact)
        rounded = np.ceil(exact) if self.index_by == "rounding up" else np.floor(exact + 0.5)
        return np.where(np.abs(exact - near) < _TINY, near, rounded)

    def grades(self, index: ArrayLike) -> NDArray[np.int8]:
        """Return the grade of every index number."""
        return graded(index, self.grade_high)


def _half_even(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to whole steps, halves to the even one, forgiving what binary fractions do to a half."""
    halves = np.rint(steps * 2)
    return np.rint(np.where(np.abs(steps * 2 - halves) < 2 * _TINY, halves / 2, steps))


@dataclass(frozen=True)
class Classes:
    """The line of a standard's table about one pollutant, where a standard has classes and no index number."""

    pollutant: str
    hours: int
    unit: str
    high: tuple[float, ...]

    @cached_property
    def limits(self) -> Limits:
        """Concentrations that part the grades."""
        return Limits(self.pollutant, self.unit, self.high, average=f"{self.hours} h")

    def index(self, concentration: ArrayLike) -> NDArray[np.float64]:
        """Return the number of the class of every concentration in `unit`, 1 for the best, NaN where there is none."""
        value = np.asarray(concentration, np.float64)
        value = np.where((value < -_NOISE * self.high[0]) | np.isinf(value), np.nan, value)
        grade = graded(value, np.array(self.high) * (1 + 1e-12))
        return np.where(grade == NO_GRADE, np.nan, grade + 1.0)

    def grades(self, index: ArrayLike) -> NDArray[np.int8]:
        """Return the grade of every class number."""
        number = np.asarray(index, np.float64)
        return np.where(np.isnan(number), NO_GRADE, np.nan_to_num(number) - 1).astype(np.int8)


Method = Literal["mean", "nowcast"]


@dataclass(frozen=True, slots=True)
class Live:
    """How a standard tells of the present what its table asks of a longer average."""

    method: Method
    hours: int  # back from now that it looks at
    scales: tuple[int, ...]  # hours of averaging of the scales that it goes by; the worst counts


@dataclass(frozen=True)
class AirStandard(Standard):
    """One edition of an air-quality index."""

    scales: tuple[Scale | Classes, ...] = ()
    live: Mapping[str, Live] = field(default_factory=dict)  # by pollutant
    kelvin: float = math.nan  # at which its gases are given
    complete: Mapping[int, int] = field(default_factory=dict)  # hours of averaging -> hours that must be there
    numbered: bool = True  # whether it has an index number beside its classes

    def scale(self, pollutant: str, hours: int) -> Scale | Classes | None:
        """Return the scale of a pollutant for one average, None where the standard has none."""
        found = (scale for scale in self.scales if (scale.pollutant, scale.hours) == (pollutant, hours))
        return next(found, None)

    def averages(self, pollutant: str) -> tuple[int, ...]:
        """Return the hours of averaging for which a pollutant has a scale."""
        return tuple(scale.hours for scale in self.scales if scale.pollutant == pollutant)
