"""Readings in blocks, asked by time: the one way in which memory and files answer "what was it at t".

A chain is a sequence of blocks in the order in which readings came. Before each block stands a keyframe, the
last value of every slot among all blocks before it. So a moment is one keyframe and the few blocks that reach
across it, however long the chain: one, where readings came in order, and as many as lateness spans otherwise.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.readings import Gaps, Moment, Readings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.readings import Roster, Span

READINGS_A_BLOCK = 16_384
"""A block closes when it has so many readings, or twice as many as there are slots: its keyframe has one a slot."""

PIECE_READINGS = 1_000_000  # what spans a long time is worked through in pieces of so many

_LOOKAHEAD_BLOCKS = 4
"""Where a linear channel's next reading lies further on than this, its last one is held."""

_KEPT = ("t_start", "t_end", "t_arrived", "value", "quality", "lon", "lat")


@dataclass(slots=True)
class State:
    """The last reading of every slot, columns of shape (slots,); t_end is -inf where there is none."""

    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]
    t_arrived: NDArray[np.float64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @classmethod
    def empty(cls, slots: int) -> State:
        """Return the state before anything was measured."""
        never, unknown = np.full(slots, -np.inf), np.full(slots, np.nan)
        return cls(
            never, never.copy(), never.copy(), unknown, np.zeros(slots, np.uint8), unknown.copy(), unknown.copy()
        )

    def __len__(self) -> int:
        return len(self.value)

    def sized(self, slots: int) -> State:
        """Return a copy for a roster that may have grown."""
        copy = State.empty(slots)
        for name in _KEPT:
            getattr(copy, name)[: len(self)] = getattr(self, name)
        return copy

    def take(self, slots: NDArray[np.integer], rows: Readings, picked: NDArray[np.integer]) -> None:
        """Let rows replace what slots, each named once, hold that is older; of one time the later arrived counts."""
        t_end, t_arrived = rows.t_end[picked], rows.t_arrived[picked]
        held = self.t_end[slots]
        newer = (t_end > held) | ((t_end == held) & (t_arrived >= self.t_arrived[slots]))
        if not newer.all():
            slots, picked = slots[newer], picked[newer]
        for name in _KEPT:
            getattr(self, name)[slots] = getattr(rows, name)[picked]

    def clear(self, slots: NDArray[np.integer]) -> None:
        """Forget what some slots hold."""
        self.t_start[slots] = self.t_end[slots] = self.t_arrived[slots] = -np.inf
        self.value[slots] = self.lon[slots] = self.lat[slots] = np.nan
        self.quality[slots] = 0

    def copy_slots(self, slots: NDArray[np.integer], other: State) -> None:
        """Take over what another state says of some slots."""
        for name in _KEPT:
            getattr(self, name)[slots] = getattr(other, name)[slots]


@dataclass(frozen=True, slots=True)
class Block:
    """Some thousands of readings, ordered by slot, then end, then arrival."""

    slot: NDArray[np.int32]
    rows: Readings

    @classmethod
    def of(cls, slot: NDArray[np.int32], rows: Readings) -> Block:
        """Return a block of readings in any order."""
        order = np.lexsort((rows.t_arrived, rows.t_end, slot))
        return cls(slot[order], rows[order])

    def last(self, t: float, arrived_by: float) -> NDArray[np.intp]:
        """Return the row of each slot's last reading at or before t; slots without one are left out."""
        fits = self.rows.t_end <= t
        if arrived_by < math.inf:
            fits &= self.rows.t_arrived <= arrived_by
        rows = np.flatnonzero(fits)
        slot = self.slot[rows]
        return rows[np.append(slot[1:] != slot[:-1], True)] if len(rows) else rows

    def first_after(self, t: float, arrived_by: float) -> NDArray[np.intp]:
        """Return the row of each slot's first reading after t; slots without one are left out."""
        fits = self.rows.t_end > t
        if arrived_by < math.inf:
            fits &= self.rows.t_arrived <= arrived_by
        rows = np.flatnonzero(fits)
        if not len(rows):
            return rows
        slot, t_end = self.slot[rows], self.rows.t_end[rows]
        starts = np.append(True, slot[1:] != slot[:-1])
        first = t_end == t_end[starts][np.cumsum(starts) - 1]  # and corrections of it, of which the last counts
        rows, slot = rows[first], slot[first]
        found: NDArray[np.intp] = rows[np.append(slot[1:] != slot[:-1], True)]
        return found


@dataclass(frozen=True, slots=True)
class Directory:
    """What is known of the blocks of a chain without reading them, columns of shape (blocks,)."""

    count: NDArray[np.int64]
    t_min: NDArray[np.float64]  # the earliest end in the block
    t_max: NDArray[np.float64]  # the latest
    reached: NDArray[np.float64]  # the latest in all blocks before


@dataclass(frozen=True, slots=True)
class Totals:
    """What readings of a stretch of time come to, a row a slot; least and most are NaN where there are none."""

    count: NDArray[np.int64]
    total: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of all readings of a slot, NaN where there are none."""
        with np.errstate(invalid="ignore"):
            return self.total / np.where(self.count, self.count, np.nan)


class Chain(ABC):
    """A `History` of blocks, wherever they lie."""

    @property
    @abstractmethod
    def roster(self) -> Roster:
        """Who measures what."""

    @property
    @abstractmethod
    def directory(self) -> Directory:
        """What there is."""

    @abstractmethod
    def block(self, number: int) -> Block:
        """Return one block."""

    @abstractmethod
    def before(self, number: int) -> State:
        """Return the keyframe of a block; nobody may write into it."""

    @property
    def span(self) -> Span | None:
        """The times of the first and the last reading; None where there is none."""
        directory = self.directory
        if not len(directory.count):
            return None
        # What was dropped to bound memory lies before `reached`, and so may what came late into its time.
        first = max(float(directory.t_min.min()), float(directory.reached[0]))
        return first, float(directory.t_max.max())

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        """Return the last value of every slot at or before t, of what had arrived by then."""
        return self.moment(t, self._state(t, arrived_by), arrived_by)

    def _state(self, t: float, arrived_by: float) -> State:
        directory, slots = self.directory, len(self.roster.slot_sensor)
        start = int(np.searchsorted(directory.reached, t, side="right")) - 1
        state = State.empty(slots)
        if start >= 0:
            state = self.before(start).sized(slots)
            if arrived_by < math.inf:
                self._reconsider(state, start, t, arrived_by)
        start = max(start, 0)
        for number in (np.flatnonzero(directory.t_min[start:] <= t) + start).tolist():
            block = self.block(number)
            rows = block.last(t, arrived_by)
            state.take(block.slot[rows], block.rows, rows)
        return state

    def _reconsider(self, state: State, start: int, t: float, arrived_by: float) -> None:
        """Put in place of what had not arrived yet what was known instead, from as far back as it takes."""
        unsure = np.flatnonzero(state.t_arrived > arrived_by)
        if not len(unsure):
            return
        state.clear(unsure)
        back = start - 1
        while back > 0 and (self.before(back).sized(len(state)).t_arrived[unsure] > arrived_by).any():
            back -= 1
        if back >= 0:
            keyframe = self.before(back).sized(len(state))
            known = unsure[keyframe.t_arrived[unsure] <= arrived_by]
            state.copy_slots(known, keyframe)
        wanted = np.zeros(len(state), bool)
        wanted[unsure] = True
        for number in range(max(back, 0), start):
            block = self.block(number)
            rows = block.last(t, arrived_by)
            rows = rows[wanted[block.slot[rows]]]
            state.take(block.slot[rows], block.rows, rows)

    def moment(self, t: float, state: State, arrived_by: float = math.inf) -> Moment:
        """Return what a state means at t: what is fresh, what is stale, what lies on the way to the next reading."""
        roster = self.roster
        seen = state.t_end > -np.inf
        with np.errstate(invalid="ignore"):
            age = t - state.t_end
            fresh = seen & (age <= self._lasting(state.t_start, state.t_end, np.arange(len(state))))
        value = np.where(fresh, state.value, np.nan)
        linear = fresh & self._slots_that("linear")
        if linear.any():
            self._glide(value, state, linear, t, arrived_by)
        return Moment(
            t,
            roster,
            value,
            seen & ~fresh,
            state.value,
            state.t_start,
            state.t_end,
            state.t_arrived,
            state.quality,
            state.lon,
            state.lat,
        )

    def _slots_that(self, between: str) -> NDArray[np.bool_]:
        roster = self.roster
        mine = np.array([channel.between == between for channel in roster.channels], bool)
        return mine[roster.slot_channel] if len(mine) else np.zeros(0, bool)

    def _lasting(
        self, t_start: NDArray[np.float64], t_end: NDArray[np.float64], slot: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """Return how long after its end each reading of a slot is worth showing."""
        shelf_s = self.roster.shelf_s[slot]
        period_s = np.subtract(t_end, t_start, where=np.isfinite(t_end), out=np.zeros(len(t_end)))
        lasting: NDArray[np.float64] = np.where(self._slots_that("none")[slot], np.minimum(shelf_s, period_s), shelf_s)
        return lasting

    def _glide(
        self, value: NDArray[np.float64], state: State, linear: NDArray[np.bool_], t: float, arrived_by: float
    ) -> None:
        directory = self.directory
        next_t, next_value = np.full(len(state), np.inf), np.full(len(state), np.nan)
        reach = t + float(self.roster.shelf_s[linear].max())
        ahead = np.flatnonzero((directory.t_max > t) & (directory.t_min <= reach))[:_LOOKAHEAD_BLOCKS]
        for number in ahead.tolist():
            block = self.block(number)
            rows = block.first_after(t, arrived_by)
            slot = block.slot[rows]
            rows = rows[linear[slot] & (block.rows.t_end[rows] <= next_t[slot])]
            next_t[block.slot[rows]], next_value[block.slot[rows]] = block.rows.t_end[rows], block.rows.value[rows]
        on = np.flatnonzero(linear & (next_t - state.t_end <= self.roster.shelf_s))
        share = (t - state.t_end[on]) / (next_t[on] - state.t_end[on])
        value[on] += (next_value[on] - value[on]) * share

    def window(
        self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Readings:
        """Return the readings with t0 < t_end <= t1, ordered by t_end; of these slots only, where given."""
        parts = [rows for _slot, rows in self.pieces(t0, t1, slots, arrived_by)]
        rows = Readings.joined(parts)
        return rows[np.lexsort((rows.t_arrived, rows.t_end))]

    def pieces(
        self, t0: float, t1: float, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Iterator[tuple[NDArray[np.int32], Readings]]:
        """Yield the slots and readings of a window block by block, each in the block's order."""
        directory = self.directory
        wanted = None
        if slots is not None:
            wanted = np.zeros(len(self.roster.slot_sensor), bool)
            wanted[slots] = True
        for number in np.flatnonzero((directory.t_max > t0) & (directory.t_min <= t1)).tolist():
            block = self.block(number)
            whole = t0 < directory.t_min[number] and directory.t_max[number] <= t1
            if whole and wanted is None and arrived_by == math.inf:
                yield block.slot, block.rows
                continue
            fits = (block.rows.t_end > t0) & (block.rows.t_end <= t1) & (block.rows.t_arrived <= arrived_by)
            if wanted is not None:
                fits &= wanted[block.slot]
            rows = np.flatnonzero(fits)
            yield block.slot[rows], block.rows[rows]

    def totals(self, t0: float, t1: float) -> Totals:
        """Return count, sum, least and most of every slot over the readings with t0 < t_end <= t1."""
        slots = len(self.roster.slot_sensor)
        count, total = np.zeros(slots, np.int64), np.zeros(slots)
        least, most = np.full(slots, np.inf), np.full(slots, -np.inf)
        for mine, counted, summed, low, high in self._sums(t0, t1):
            count[mine] += counted
            total[mine] += summed
            least[mine] = np.minimum(least[mine], low)
            most[mine] = np.maximum(most[mine], high)
        none = count == 0
        least[none] = most[none] = np.nan
        return Totals(count, total, least, most)

    def _sums(self, t0: float, t1: float) -> Iterator[tuple[NDArray[Any], ...]]:
        """Yield what `sums_of` makes of the pieces of a window; a store may read slots and values alone for it."""
        for slot, rows in self.pieces(t0, t1):
            yield sums_of(slot, rows.value)

    def gaps(self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None) -> Gaps:
        """Return where slots had no data between two times: before their first reading and past a shelf life."""
        roster = self.roster
        chosen = np.arange(len(roster.slot_sensor)) if slots is None else np.unique(slots)
        found = [np.zeros((0, 5))]
        edges = self.cuts(t0, t1)
        found += [self._gaps_of_piece(start, end, chosen) for start, end in pairwise(edges)]
        # slot, start, end, and whether the piece's edge, not a reading, cut it there
        rows = np.concatenate(found)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        goes_on = (rows[:-1, 0] == rows[1:, 0]) & (rows[:-1, 2] == rows[1:, 1]) & (rows[:-1, 4] > 0) & (rows[1:, 3] > 0)
        first, last = np.append(True, ~goes_on)[: len(rows)], np.append(~goes_on, True)[: len(rows)]
        slot = rows[first, 0].astype(np.int64)
        return Gaps(roster.slot_sensor[slot], roster.slot_channel[slot], rows[first, 1], rows[last, 2])

    def cuts(self, t0: float, t1: float) -> list[float]:
        """Return times from t0 to t1 between which no more than some million readings lie."""
        directory = self.directory
        order = np.argsort(directory.t_max, kind="stable")
        pieces = np.cumsum(directory.count[order]) // PIECE_READINGS
        ends = directory.t_max[order][np.flatnonzero(np.diff(pieces))] if len(order) else np.zeros(0)
        return [t0, *np.unique(ends[(ends > t0) & (ends < t1)]).tolist(), t1]

    def _gaps_of_piece(self, t0: float, t1: float, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
        state = self._state(t0, math.inf)
        parts = list(self.pieces(t0, t1, chosen))
        slot = np.concatenate([chosen, *(slot for slot, _rows in parts)]).astype(np.int64)
        t_start = np.concatenate([state.t_start[chosen], *(rows.t_start for _slot, rows in parts)])
        t_end = np.concatenate([state.t_end[chosen], *(rows.t_end for _slot, rows in parts)])
        arrived = np.concatenate([state.t_arrived[chosen], *(rows.t_arrived for _slot, rows in parts)])
        order = np.lexsort((arrived, t_end, slot))
        slot, t_start, t_end = slot[order], t_start[order], t_end[order]
        same = np.append(slot[1:] == slot[:-1], False)
        until = np.where(same, np.append(t_end[1:], t1), t1)
        runs_out = np.where(t_end > -np.inf, t_end + self._lasting(t_start, t_end, slot), -np.inf)
        start = np.maximum(runs_out, t0)
        gap = until > start
        cut_start, cut_end = runs_out <= t0, ~same
        return np.column_stack([slot, start, until, cut_start, cut_end])[gap]


def sums_of(slot: NDArray[np.int32], value: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
    """Return the slots that occur, and their count, sum, least and most; `slot` ascends."""
    if not len(slot):
        return slot, np.zeros(0, np.int64), *(np.zeros(0),) * 3
    first = np.flatnonzero(np.append(True, slot[1:] != slot[:-1]))
    count = np.diff(np.append(first, len(slot)))
    return slot[first], count, *(reduce.reduceat(value, first) for reduce in (np.add, np.minimum, np.maximum))
