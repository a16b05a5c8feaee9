"""What was measured, asked by time: of one moment, over a stretch, and where there is nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.readings.columns import Readings
    from twin.readings.roster import Roster

Span = tuple[float, float]
"""First and last moment, both within."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of one moment: a row a slot of the roster, shape (slots,).

    `value` is NaN where there is no data: nothing yet, or nothing within its shelf life. The other columns
    tell of the last reading at or before t whether stale or not; `t_end` is -inf where there was none.
    """

    t: float
    roster: Roster
    value: NDArray[np.float64]
    stale: NDArray[np.bool_]  # there was a reading, and its shelf life is over
    last_value: NDArray[np.float64]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]
    t_arrived: NDArray[np.float64]
    quality: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def values(self, channel: str) -> NDArray[np.float64]:
        """Return the values of a channel, a row a sensor of the roster, NaN where it has none."""
        slots = self.roster.slots_of(channel)
        values = np.full(len(self.roster.sensors), np.nan)
        values[self.roster.slot_sensor[slots]] = self.value[slots]
        return values

    def reporting(self, layer: str) -> tuple[int, int]:
        """Return how many sensors of a layer have any value now, and how many there are."""
        roster = self.roster
        slots = roster.slots_in(layer)
        has = np.zeros(len(roster.sensors), bool)
        has[roster.slot_sensor[slots[~np.isnan(self.value[slots])]]] = True
        return int(np.count_nonzero(has)), roster.measuring.get(layer, 0)

    def silent(self, layer: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the rows of a layer's sensors that have no value now, and when each last said anything.

        Those whose silence is the longest come first: -inf, which has not said anything yet.
        """
        roster = self.roster
        slots = roster.slots_in(layer)
        of, count = roster.slot_sensor[slots], len(roster.sensors)
        there, has, last = np.zeros(count, bool), np.zeros(count, bool), np.full(count, -np.inf)
        there[of] = True
        has[of[~np.isnan(self.value[slots])]] = True
        np.maximum.at(last, of, self.t_end[slots])
        rows = np.flatnonzero(there & ~has).astype(np.int32)
        rows = rows[np.argsort(last[rows], kind="stable")]
        return rows, last[rows]

    def same_cells(self, other: Moment) -> bool:
        """Whether a picture of the other moment would be the same, value for value."""
        return np.array_equal(self.value, other.value, equal_nan=True) and np.array_equal(self.stale, other.stale)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Stretches without data, all columns of shape (n,): after t_start, up to t_end, the slot had no value."""

    sensor: NDArray[np.int32]
    channel: NDArray[np.int32]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.t_start)


class History(Protocol):
    """All that was measured, asked by time: in memory for live feeds, the file itself for a recorded day."""

    @property
    def roster(self) -> Roster:
        """Who measures what. It may grow; numbers stay."""

    @property
    def span(self) -> Span | None:
        """The times of the first and the last reading; None where there is none."""

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        """Return the last value of every slot at or before t, of what had arrived by then."""

    def window(
        self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Readings:
        """Return the readings with t0 < t_end <= t1, ordered by t_end; of these slots only, where given."""

    def gaps(self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None) -> Gaps:
        """Return where slots had no data between two times: before their first reading and past a shelf life."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, with a beginning and an end, to be found on a timeline."""

    t_start: float
    t_end: float
    title: str
    layer: str = ""  # empty: of the whole day
