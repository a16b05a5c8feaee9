"""A recorded day as a history: blocks read from the file when they are asked for, and a few kept."""

from __future__ import annotations

import math
import threading
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.chain import Block, Directory, State, sums_of
from twin.days.about import days_in, iso, lies_alone
from twin.days.codec import unpacked
from twin.days.stored import Stored
from twin.days.tables import read_roster
from twin.days.writing import BLOCK_COLUMNS, undistanced
from twin.file.container import UnfitError, connect, geopackage_header_of, reading, trouble_told
from twin.language import _
from twin.model import TwinError
from twin.readings import Gaps, Mark, Readings, Reason, Rejected, Rejects

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.days.about import Day
    from twin.days.shelf import Shelf

_HOUR_S = 3600.0
_BLOCKS_LIMIT = 20_000_000


def read_days(path: str | os.PathLike[str]) -> tuple[Day, ...]:
    """Read which days a file holds, in the order of their beginning; none is no trouble.

    Raises
    ------
    TwinError
        Where it is no such file, damaged, or newer than this program.
    """
    path = Path(path)
    with reading(path) as (database, _header):
        return days_in(database)


def are_alone(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds recorded days and no district."""
    with reading(Path(path)) as (database, _header):
        return lies_alone(database)


class Recording(Stored):
    """A `History` that is one day in a file. It may be asked from several threads, and must be closed.

    Parameters
    ----------
    path
        A file with days.
    day
        The day's number; without it, the first.
    shelf
        Where blocks are kept, if several recordings share one, which whoever made it closes.

    Raises
    ------
    TwinError
        Where there is no such day, or the file is damaged; also later, when a damaged block is asked for.
    """

    def __init__(self, path: str | os.PathLike[str], day: int | None = None, *, shelf: Shelf | None = None) -> None:
        super().__init__(shelf)
        self.path = Path(path)
        self._lock = threading.Lock()
        header = geopackage_header_of(self.path)
        with trouble_told(self.path):
            self._database = connect(self.path, header)
        try:
            with trouble_told(self.path):
                self._open(day)
        except BaseException:
            self._database.close()
            raise

    def _open(self, number: int | None) -> None:
        days = days_in(self._database)
        day = next((day for day in days if number in {None, day.id}), None)
        if day is None:
            raise TwinError(_("{file} has no such recorded day.").format(file=self.path))
        self.day = day
        self._roster = read_roster(self._database, day.id, day.layers)
        rows = self._database.execute(
            "SELECT id, count, t_min, t_max, reached FROM day_blocks WHERE day = ? ORDER BY number LIMIT ?",
            (day.id, _BLOCKS_LIMIT),
        ).fetchall()
        table = np.array([row[1:] for row in rows], np.float64).reshape(-1, 4)
        self._ids = [int(row[0]) for row in rows]
        table[np.isnan(table[:, 3]), 3] = -np.inf
        reached = np.append(-np.inf, np.maximum.accumulate(table[:, 2]))
        if not (np.array_equal(reached[:-1], table[:, 3]) and (table[:, 1] <= table[:, 2]).all()):
            raise UnfitError(_("the list of its blocks is damaged"))
        self._tail = self._read_tail(table)
        if self._tail:
            ends = self._tail[1].rows.t_end
            table = np.vstack([table, [len(ends), ends.min(), ends.max(), reached[-1]]])
        self._directory = Directory(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3])

    def _read_tail(self, table: NDArray[np.float64]) -> tuple[State, Block] | None:
        blobs = self._database.execute("SELECT readings FROM day_tail WHERE day = ? ORDER BY id", (self.day.id,))
        parts = [self._unpacked(blob) for (blob,) in blobs]
        if not parts:
            return None
        state = State.empty(len(self._roster.slot_sensor))
        if len(table):
            before, block = self._unpack(len(table) - 1, table[-1, :3])
            state = before.sized(len(state))
            rows = block.last(math.inf, math.inf)
            state.take(block.slot[rows], block.rows, rows)
        slots, rows_ = zip(*parts, strict=True)
        return state, Block.of(np.concatenate(slots), Readings.joined(rows_))

    def close(self) -> None:
        """Let go of the file."""
        super().close()
        with self._lock:
            self._database.close()

    def _get(self, number: int) -> tuple[State, Block]:
        if self._tail and number == len(self._ids):
            return self._tail
        return super()._get(number)

    def _readable(self) -> int:
        return len(self._ids)

    def _read(self, number: int) -> tuple[State, Block]:
        directory = self._directory
        row = np.array([directory.count[number], directory.t_min[number], directory.t_max[number]])
        with trouble_told(self.path):
            return self._unpack(number, row)

    def _unpack(self, number: int, row: NDArray[np.float64]) -> tuple[State, Block]:
        keyframe, readings = self._blobs(number, "keyframe, readings")
        state = State.empty(len(self._roster.slot_sensor))
        slot, rows = self._unpacked(keyframe)
        if len(np.unique(slot)) < len(slot):
            raise UnfitError(_("a block of readings is damaged"))
        state.take(slot, rows, np.arange(len(slot)))
        block = Block(*self._unpacked(readings))
        ends = block.rows.t_end
        if not len(ends) or not np.array_equal([len(ends), ends.min(), ends.max()], row):
            raise UnfitError(_("a block of readings is damaged"))
        return state, block

    def _blobs(self, number: int, columns: str) -> tuple[Any, ...]:
        with self._lock:
            found = self._database.execute(
                f"SELECT {columns} FROM day_blocks WHERE id = ?",  # noqa: S608  (columns are ours)
                (self._ids[number],),
            ).fetchone()
        if not found:
            raise UnfitError(_("a block of readings is missing"))
        return tuple(found)

    def _unpacked(self, blob: bytes) -> tuple[NDArray[np.int32], Readings]:
        columns = unpacked(blob, BLOCK_COLUMNS)
        slot, t_end = self._checked(columns.pop("slot")), columns["t_end"]
        for name in ("t_start", "t_arrived"):
            columns[name] = undistanced(columns[name], t_end)
        roster = self._roster
        return slot, Readings(roster.slot_sensor[slot], roster.slot_channel[slot], **columns)

    def _checked(self, slot: NDArray[np.int32]) -> NDArray[np.int32]:
        if len(slot) and not (slot.min() >= 0 and slot.max() < len(self._roster.slot_sensor)):
            raise UnfitError(_("a block of readings is damaged"))
        return slot

    def _sums(self, t0: float, t1: float) -> Iterator[tuple[NDArray[Any], ...]]:
        """Yield the sums of a window: of its whole hours as they are kept, and of what is left as blocks have it."""
        span = self.span
        if span is None or not self._hours_hold:
            yield from self._block_sums(t0, t1)
            return
        first = math.ceil(max(t0, span[0] - _HOUR_S) / _HOUR_S)
        behind = math.floor(min(t1, span[1] + _HOUR_S) / _HOUR_S)
        if behind <= first:
            yield from self._block_sums(t0, t1)
            return
        yield from self._block_sums(t0, first * _HOUR_S)
        yield self._hour_sums(first, behind)
        yield from self._block_sums(behind * _HOUR_S, t1)

    @cached_property
    def _hours_hold(self) -> bool:
        """Whether the hourly means are of all readings: those of a day that was put in order, if nobody cut them."""
        if not self.day.finished or self._tail is not None:
            return False
        ((count,),) = self.rows("SELECT coalesce(sum(count), 0) FROM day_hourly WHERE day = ?")
        return bool(count == int(self._directory.count.sum()))

    def _hour_sums(self, first: int, behind: int) -> tuple[NDArray[Any], ...]:
        """Return slots, counts, sums, least and most of some hours since 1970; a reading is of the hour it ends in."""
        rows = self.rows(
            "SELECT sensor, channel, sum(count), sum(mean * count), min(least), max(most) FROM day_hourly"
            " WHERE day = ? AND hour >= ? AND hour < ? GROUP BY sensor, channel",
            *(iso(hour * _HOUR_S) for hour in (first, behind)),
        )
        with trouble_told(self.path):
            table = np.array(rows, np.float64).reshape(-1, 6)
            slot = self._slots_of_rows(table[:, :2])
            return slot, table[:, 2].astype(np.int64), table[:, 3], table[:, 4], table[:, 5]

    def _slots_of_rows(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the slots of rows of sensors and channels in the file, shape (n, 2)."""
        told = self.rows("SELECT sensor, channel FROM day_slots WHERE day = ? AND channel IS NOT NULL ORDER BY id")
        slots = dict(zip(told, range(len(self._roster.slot_sensor)), strict=True))
        return np.array([slots[int(sensor), int(channel)] for sensor, channel in rows.tolist()], np.int64)

    def _block_sums(self, t0: float, t1: float) -> Iterator[tuple[NDArray[Any], ...]]:
        """Yield the sums of all blocks in a window; of whole blocks only slots and values are unpacked."""
        directory = self._directory
        inside = (directory.t_min > t0) & (directory.t_max <= t1)
        inside[len(self._ids) :] = False
        partly = np.flatnonzero((directory.t_max > t0) & (directory.t_min <= t1) & ~inside)
        for number in partly.tolist():
            block = self.block(number)
            rows = np.flatnonzero((block.rows.t_end > t0) & (block.rows.t_end <= t1))
            yield sums_of(block.slot[rows], block.rows.value[rows])

        def sums(number: int) -> tuple[NDArray[Any], ...]:
            (blob,) = self._blobs(number, "readings")
            columns = unpacked(blob, BLOCK_COLUMNS, ("slot", "value"))
            return sums_of(self._checked(columns["slot"]), columns["value"])

        with trouble_told(self.path):  # several threads are slower: each step is shorter than a change of threads
            yield from map(sums, np.flatnonzero(inside).tolist())

    def recorded_gaps(self) -> Gaps:
        """Return the gaps of the whole day as they were found when it was finished; none before that."""
        rows = self.rows("SELECT sensor, channel, t_start, t_end FROM day_gaps WHERE day = ? ORDER BY id LIMIT 5000000")
        table = np.array(rows, np.float64).reshape(-1, 4)
        slot = self._slots_of_rows(table[:, :2])
        return Gaps(self._roster.slot_sensor[slot], self._roster.slot_channel[slot], table[:, 2], table[:, 3])

    def rejects(self) -> Rejects:
        """Return what was not taken, by reason, and examples of it."""
        counts, examples = {}, []
        rows = self.rows(
            "SELECT reason, count, sensor, channel, t, value, place FROM day_rejects WHERE day = ? LIMIT 100000"
        )
        with trouble_told(self.path):
            for reason, count, sensor, channel, t, value, place in rows:
                if count is not None:
                    counts[Reason(reason)] = int(count)
                else:
                    t = math.nan if t is None else float(t)  # noqa: PLW2901
                    told = [str(cell or "") for cell in (sensor, channel, value, place)]
                    examples.append(Rejected(Reason(reason), told[0], told[1], t, told[2], told[3]))
        return Rejects(counts, tuple(examples))

    def marks(self) -> tuple[Mark, ...]:
        """Return what happened on the day, in the order of time."""
        rows = self.rows(
            "SELECT t_start, t_end, title, layer FROM day_marks WHERE day = ? ORDER BY t_start LIMIT 100000"
        )
        with trouble_told(self.path):
            return tuple(Mark(float(row[0]), float(row[1]), str(row[2]), str(row[3])) for row in rows)

    def rows(self, select: str, *more: str | float | None) -> list[Any]:
        """Return the rows of a query whose first mark stands for the day."""
        given = (self.day.id, *more)
        with trouble_told(self.path), self._lock, closing(self._database.execute(select, given)) as cursor:
            return cursor.fetchall()
