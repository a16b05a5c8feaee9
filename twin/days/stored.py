"""A day that lies somewhere slower than memory: its blocks are read when asked for, some ahead, and a few kept."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np

from twin.chain import Chain
from twin.days.shelf import Shelf

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from twin.chain import Block, Directory, State
    from twin.days.about import Day
    from twin.readings import Gaps, Mark, Rejects, Roster


class Stored(Chain):
    """A `History` that is one recorded day. It may be asked from several threads, and must be closed.

    Parameters
    ----------
    shelf
        Where blocks are kept, if several days share one, which whoever made it closes.
    """

    day: Day
    """What the day says about itself."""

    _roster: Roster
    _directory: Directory

    def __init__(self, shelf: Shelf | None = None) -> None:
        self._shelf, self._own_shelf = Shelf() if shelf is None else shelf, shelf is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    @property
    def roster(self) -> Roster:
        """Who measured what."""
        return self._roster

    @property
    def directory(self) -> Directory:
        """What there is."""
        return self._directory

    def close(self) -> None:
        """Let go of where it lies."""
        if self._own_shelf:
            self._shelf.close()

    def block(self, number: int) -> Block:
        """Return one block, from where it lies or from those kept."""
        return self._get(number)[1]

    def before(self, number: int) -> State:
        """Return the keyframe of a block."""
        return self._get(number)[0]

    def _get(self, number: int) -> tuple[State, Block]:
        return self._shelf.get((self, number)) or self._keep(number)

    def _keep(self, number: int) -> tuple[State, Block]:
        found = self._read(number)
        self._shelf.put((self, number), found)
        return found

    @abstractmethod
    def _read(self, number: int) -> tuple[State, Block]:
        """Read a block and its keyframe."""

    def prepare(self, times: ArrayLike) -> None:
        """Have what these moments need read in the background, the first of them first; trouble waits until it is."""
        start = np.searchsorted(self.directory.reached, np.asarray(times, np.float64), side="right") - 1
        # and the next: what glides to its next reading looks into it
        blocks = self._readable()
        needed = np.clip(start[:, None] + np.arange(2), 0, blocks - 1).ravel()
        for number in dict.fromkeys(needed.tolist() if blocks else ()):
            self._shelf.fetch((self, number), partial(self._keep, number))

    def _readable(self) -> int:
        """Return how many blocks there are to be read."""
        return len(self.directory.count)

    @abstractmethod
    def recorded_gaps(self) -> Gaps:
        """Return the gaps of the whole day as they were found when it was finished."""

    @abstractmethod
    def rejects(self) -> Rejects:
        """Return what was not taken, by reason, and examples of it."""

    @abstractmethod
    def marks(self) -> tuple[Mark, ...]:
        """Return what happened on the day, in the order of time."""
