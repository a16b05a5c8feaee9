"""What many features' tags say, a column at a time: figures, words, where each came from, and what was mended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.tags.lengths import OK, UNREADABLE, WILD, read_length

Tags = Mapping[str, str]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Words = NDArray[np.object_]


class Indexed(list[Tags]):
    """Tag mappings that know which of them have a key: most features lack most keys."""

    @cached_property
    def rows_of(self) -> Mapping[str, list[int]]:
        """Return for every key the rows that have it."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for row, t in enumerate(self):
            for key in t:
                found[key].append(row)
        return found


def indexed(tags: Sequence[Tags]) -> Indexed:
    """Return the tags with their index, made once for all the columns of a table."""
    return tags if isinstance(tags, Indexed) else Indexed(tags)


def told(tags: Sequence[Tags], *keys: str) -> dict[int, str]:
    """Return the rows that have any of `keys`, and the value of the first that says something."""
    found: dict[int, str] = {}
    rows_of = indexed(tags).rows_of
    for key in reversed(keys):
        for row in rows_of.get(key, ()):
            if value := tags[row][key]:
                found[row] = value
    return found


def texts(tags: Sequence[Tags], *keys: str) -> list[str]:
    """Value of the first of `keys` that each has, "" where it has none."""
    found = [""] * len(tags)
    for row, value in told(tags, *keys).items():
        found[row] = value
    return found


def which(tags: Sequence[Tags], *keys: str) -> Words:
    """Which of `keys` gave each text of `texts`, "" where none did."""
    found = np.full(len(tags), "", object)
    rows_of = indexed(tags).rows_of
    for key in reversed(keys):
        found[[row for row in rows_of.get(key, ()) if tags[row][key]]] = key
    return found


def figures(
    tags: Sequence[Tags], *keys: str, read: Callable[[str], tuple[float, int]] = read_length
) -> tuple[Floats, NDArray[np.uint8]]:
    """Read the first of `keys` of each: the numbers, NaN where there is none, and how each was read."""
    numbers, how = np.full(len(tags), np.nan), np.full(len(tags), OK, np.uint8)
    if found := told(tags, *keys):
        rows = list(found)
        values = each(list(found.values()), read)
        numbers[rows] = [value for value, _how in values]
        how[rows] = [code for _value, code in values]
    return numbers, how


def described(tags: Sequence[Tags], read: Callable[[str], str], *keys: str) -> tuple[Words, Flags]:
    """Read the first of `keys` of each as a word, "" where there is none; and tell which have any."""
    out, there = np.full(len(tags), "", object), np.zeros(len(tags), bool)
    if found := told(tags, *keys):
        rows = list(found)
        out[rows] = each(list(found.values()), read)
        there[rows] = True
    return out, there


def each[T](values: Sequence[str], read: Callable[[str], T]) -> list[T]:
    """Read each value, every distinct one only once."""
    known = {value: read(value) for value in set(values)}
    return [known[value] for value in values]


def words(values: Iterable[str]) -> Words:
    """Return the values as an object array: texts of a map have no common length worth paying for."""
    return np.array([*values, ""], dtype=object)[:-1]  # the extra "" keeps an empty column one-dimensional


class Provenance:
    """Where the values of a column came from: noted for many rows at once, as words when somebody calls it."""

    def __init__(
        self, size: int, word: str = "", notes: Iterable[tuple[Flags, str | Callable[[Words], Words]]] = ()
    ) -> None:
        """Begin with one word for all, and what was noted elsewhere."""
        self._size, self._word, self._notes = size, word, list(notes)

    def note(self, where: Flags, words: str | Callable[[Words], Words]) -> None:
        """Note a word for some rows, or a function of all words so far that gives them; the last note counts."""
        if where.any():
            self._notes.append((where, words))

    def copy(self) -> Self:
        """Return another that goes on from here."""
        return type(self)(self._size, self._word, self._notes)

    def __call__(self) -> Words:
        """Return the words."""
        out = np.full(self._size, self._word, object)
        for where, words in self._notes:
            out[where] = words if isinstance(words, str) else words(out)[where]
        return out


class Mended:
    """What had to be mended on each feature of a column, as it is found."""

    def __init__(self, size: int) -> None:
        self._found: dict[str, Flags] = {}
        self._size = size

    def note(self, code: str, where: Flags) -> None:
        """Record `code` on the features of `where`."""
        if where.any():
            self._found[code] = self._found.get(code, False) | where

    def note_read(self, how: NDArray[np.uint8]) -> None:
        """Record the values that a column could not use."""
        self.note("value_unreadable", how == UNREADABLE)
        self.note("value_wild", how == WILD)

    def repairs(self) -> Words:
        """Space-separated codes of each feature."""
        out = np.full(self._size, "", dtype=object)
        for code, where in self._found.items():
            out[where] = out[where] + (code + " ")
        for row in np.flatnonzero(out != ""):
            out[row] = out[row].rstrip()
        return out
