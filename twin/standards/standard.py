"""What every standard has: who made it, when it is valid, what its grades are called and how they are coloured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from numpy.typing import ArrayLike, NDArray

NO_GRADE = -1
"""The grade of what has none: no data, or outside of what a standard speaks of."""

SAFE_5 = ("#3B7FC4", "#8CC4E8", "#F7D85C", "#E8743B", "#8E0F2E")
SAFE_6 = ("#3B7FC4", "#8CC4E8", "#F7D85C", "#F2963A", "#CF3B2B", "#6E0B3A")
"""From good to bad, told apart with any kind of colour vision, and from the city by day and by night (tested)."""


@dataclass(frozen=True, slots=True)
class Grade:
    """One class of a standard, as a legend shows it."""

    title: str  # in the reader's language
    colour: str  # the standard's own, or as it is usually shown
    safe: str  # for every kind of colour vision; the default


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a quantity passes from one grade to the next.

    `bounds[i]` lies between grades i and i + 1 and belongs to grade i, or with `after` to grade i + 1; NaN where the
    standard draws no line there. With `rising`, more of the quantity means a higher grade.
    """

    quantity: str  # "pm25", "density", "ss_rsrp"
    unit: str
    bounds: tuple[float, ...]
    rising: bool = True
    after: bool = False
    average: str = ""  # over which the quantity is averaged: "1 h", "24 h"; empty where the standard names none
    road: str = ""  # on which class of road, empty for any


@dataclass(frozen=True, slots=True)
class Wording:
    """What of a standard is said in the reader's language."""

    title: str
    grades: tuple[str, ...]
    caveat: str = ""  # what its reader should know of how its numbers came here


@dataclass(frozen=True, slots=True)
class Standard:
    """One edition of one standard."""

    key: str  # "cn_hj633_2026"
    family: str  # "cn_hj633": what its editions have in common
    authority: str
    source: str
    said: Callable[[], Wording]
    colours: tuple[str, ...]  # own colour of each grade
    safe: tuple[str, ...]
    limits: tuple[Limits, ...]
    valid_from: date | None = None  # None: not known, or since ever
    valid_until: date | None = None  # the last day

    @property
    def title(self) -> str:
        """What it is called, in the reader's language."""
        return self.said().title

    @property
    def caveat(self) -> str:
        """What one should know of how its numbers came here, in the reader's language; often empty."""
        return self.said().caveat

    @property
    def grades(self) -> tuple[Grade, ...]:
        """Its classes, best first where they have an order."""
        return tuple(map(Grade, self.said().grades, self.colours, self.safe))

    def covers(self, day: date) -> bool:
        """Tell whether it was in force on a day."""
        since = self.valid_from is None or self.valid_from <= day
        return since and (self.valid_until is None or day <= self.valid_until)


def in_force(editions: Iterable[Standard], day: date) -> Standard:
    """Return the edition that was in force on a day; the earliest where none was yet, else the latest.

    Editions come in the order of time.
    """
    ordered = list(editions)
    for edition in reversed(ordered):
        if edition.covers(day):
            return edition
    first = ordered[0]
    return first if first.valid_from is not None and day < first.valid_from else ordered[-1]


def graded(values: ArrayLike, bounds: ArrayLike, *, rising: bool = True, after: bool = False) -> NDArray[np.int8]:
    """Return the grade of every value, `NO_GRADE` for NaN.

    Parameters
    ----------
    values : array_like
        Of any shape.
    bounds : array_like
        One bound between each two grades along the last axis, in the order of the grades: rising numbers with
        `rising`, else falling ones. Further axes broadcast against those of the values.
    after
        Whether a value on a bound belongs to the grade after it instead of the one before.
    """
    value = np.asarray(values, np.float64)
    limits = np.asarray(bounds, np.float64)
    how_far = (value[..., None] - limits) * (1 if rising else -1)
    beyond = how_far >= 0 if after else how_far > 0
    return np.where(np.isnan(value), NO_GRADE, beyond.sum(axis=-1)).astype(np.int8)
