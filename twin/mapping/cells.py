"""Cells of a table as texts and as numbers, however its reader keeps them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from twin.mapping.tables import Words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mapping.tables import Column


def joined(columns: list[Column]) -> Words:
    """Return one column of several, with a blank between their texts."""
    words = [column if isinstance(column, Words) else spelled(column) for column in columns]
    first, *others = words
    for other in others:
        both = first.code.astype(np.int64) * len(other.words) + other.code
        codes, code = np.unique(both, return_inverse=True)
        first = Words(
            code,
            tuple(
                f"{first.words[a]} {other.words[b]}" for a, b in zip(*np.divmod(codes, len(other.words)), strict=True)
            ),
        )
    return first


def spelled(column: NDArray[np.float64]) -> Words:
    """Return numbers as a table has them as text."""
    numbers, code = np.unique(column, return_inverse=True)
    return Words(
        code, tuple("" if math.isnan(n) else f"{n:.0f}" if n.is_integer() else repr(n) for n in numbers.tolist())
    )


def texts_of(column: Column) -> list[str]:
    """Return a column as texts."""
    words = column if isinstance(column, Words) else spelled(column)
    return [words.words[code].strip() for code in words.code.tolist()]


def numbers_of(column: Column) -> NDArray[np.float64]:
    """Return a column as numbers, NaN for what is none."""
    if not isinstance(column, Words):
        return column
    values: NDArray[np.float64] = np.array([number_of(word, "") for word in column.words], np.float64)[column.code]
    return values


_PLAIN = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)


def number_of(word: str, decimal: str) -> float:
    """Return the number of a text, NaN for none. A comma is what a point is."""
    word = word.strip().replace("\N{MINUS SIGN}", "-")
    if not _PLAIN.fullmatch(word) or ("," in word and decimal == "."):
        return math.nan
    return float(word.replace(",", "."))


def blanks(missing: tuple[str, ...]) -> tuple[NDArray[np.float64], set[str]]:
    """Return what stands for no value, as numbers and as words."""
    numbers = [number_of(word, "") for word in missing]
    return np.array([number for number in numbers if not math.isnan(number)]), {
        word.strip().casefold() for word in missing
    } | {""}
