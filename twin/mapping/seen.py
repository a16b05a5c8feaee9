"""Which readings there were already, a few bytes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST = 60_000_000
"""So many are remembered, half a gigabyte; of what came before them no duplicate is noticed."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # the golden ratio in 64 bits, as Knuth's multiplicative hashing has it
_SHIFT = np.uint64(29)


class Seen:
    """Remembers rows by a 64-bit digest: among a hundred million, two different ones agree once in 4,000 tables."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sorted: list[NDArray[np.uint64]] = []  # each at least twice as long as the next

    def add(self, columns: Sequence[NDArray[np.generic]]) -> NDArray[np.bool_]:
        """Take rows in, and return which were there already or stand earlier among them."""
        digest = _digest(columns)
        order = np.argsort(digest, kind="stable")
        ordered = digest[order]
        again = np.zeros(len(digest), bool)
        again[order[1:]] = ordered[1:] == ordered[:-1]
        for old in self._sorted:
            at = np.minimum(np.searchsorted(old, ordered), len(old) - 1)
            again[order] |= old[at] == ordered
        new = np.sort(digest[~again])
        if len(new):
            self._sorted.append(new)
        while len(self._sorted) > 1 and len(self._sorted[-2]) < 2 * len(self._sorted[-1]):
            last = self._sorted.pop()
            self._sorted[-1] = np.sort(np.concatenate([self._sorted[-1], last]), kind="stable")
        while sum(map(len, self._sorted)) > self._most and len(self._sorted) > 1:
            del self._sorted[0]
        return again

    def copy(self) -> Seen:
        """Return one that remembers the same, and takes in rows of its own from now on."""
        made = Seen(self._most)
        made._sorted = [*self._sorted]  # no array of it is ever written into
        return made


def _digest(columns: Sequence[NDArray[np.generic]]) -> NDArray[np.uint64]:
    digest = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        bits = (np.ascontiguousarray(column, np.float64) + 0.0).view(np.uint64)  # no negative zero
        digest = (digest ^ bits) * _MULTIPLIER
        digest ^= digest >> _SHIFT
    return digest * _MULTIPLIER
