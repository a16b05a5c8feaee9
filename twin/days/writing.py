"""A day being written: a tail of small batches that becomes blocks, inside whatever transaction is open."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.chain import READINGS_A_BLOCK, Block, State
from twin.days.codec import packed
from twin.days.tables import add_to_roster
from twin.readings import DTYPES, Readings

if TYPE_CHECKING:
    import sqlite3

    from numpy.typing import NDArray

    from twin.readings import Mark, Rejects, Roster

BLOCK_COLUMNS = {"slot": np.int32} | {name: DTYPES[name] for name in tuple(DTYPES)[2:]}
"""What a blob of readings holds. t_start and t_arrived are kept as their distance from t_end."""


def readings_blob(slot: NDArray[np.int32], rows: Readings) -> bytes:
    """Return readings packed."""
    return packed(
        _columns(slot, rows.t_start, rows.t_end, rows.t_arrived, rows.value, rows.quality, rows.lon, rows.lat)
    )


def keyframe_blob(state: State) -> bytes:
    """Return the slots of a state that have a reading, packed."""
    slot = np.flatnonzero(state.t_end > -math.inf).astype(np.int32)
    names = ("t_start", "t_end", "t_arrived", "value", "quality", "lon", "lat")
    return packed(_columns(slot, *(getattr(state, name)[slot] for name in names)))


def _columns(
    slot: NDArray[np.int32],
    t_start: NDArray[np.float64],
    t_end: NDArray[np.float64],
    t_arrived: NDArray[np.float64],
    *others: NDArray[np.generic],
) -> list[NDArray[np.generic]]:
    return [slot, _distance(t_start, t_end), t_end, _distance(t_arrived, t_end), *others]


def _distance(t: NDArray[np.float64], t_end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return t - t_end in microseconds, in which it is exactly undone, as all times are whole microseconds."""
    return np.rint((t - t_end) * 1e6)


def undistanced(distance_us: NDArray[np.float64], t_end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return t of a distance from t_end."""
    if not distance_us.any():
        return t_end
    t: NDArray[np.float64] = np.rint(t_end * 1e6 + distance_us) / 1e6
    return t


class DayWriter:
    """Writes readings of one day; they are in the file when the caller's transaction is.

    The sensors of its roster must be in the file, and the day must have no blocks.
    """

    def __init__(
        self, database: sqlite3.Connection, day: int, roster: Roster, *, readings_a_block: int | None = None
    ) -> None:
        self._database = database
        self._day = day
        self._roster = roster
        self._a_block = readings_a_block or READINGS_A_BLOCK
        self._state = State.empty(len(roster.slot_sensor))
        self._reached = -math.inf
        self._number = 0
        self._open: list[tuple[NDArray[np.int32], Readings]] = []
        self._open_count = 0

    def grow(self, roster: Roster) -> None:
        """Write the sensors that a roster has behind the present ones."""
        add_to_roster(self._database, self._day, roster, sensors=len(self._roster.sensors))
        self._roster = roster
        self._state = self._state.sized(len(roster.slot_sensor))

    def append(self, readings: Readings) -> None:
        """Write readings of the roster's sensors."""
        readings = readings.in_microseconds()
        slot = self._roster.slots(readings.sensor, readings.channel)
        known = slot >= 0
        slot, readings = slot[known], readings[known]
        if not len(slot):
            return
        self._open.append((slot, readings))
        self._open_count += len(slot)
        full = max(self._a_block, 2 * len(self._state))
        if self._open_count < full:
            self._database.execute(
                "INSERT INTO day_tail (day, count, readings) VALUES (?, ?, ?)",
                (self._day, len(slot), readings_blob(slot, readings)),
            )
            return
        self.close_block()

    def close_block(self) -> None:
        """Make blocks of what waits for more."""
        if not self._open:
            return
        slots, parts = zip(*self._open, strict=True)
        slot, rows = np.concatenate(slots), Readings.joined(parts)
        full = max(self._a_block, 2 * len(self._state))
        order = np.argsort(rows.t_end, kind="stable")  # a large batch becomes several blocks, in the order of time
        pieces = max(1, round(len(slot) / full))
        for piece in np.array_split(order, pieces):
            self._write_block(Block.of(slot[piece], rows[piece]))
        self._database.execute("DELETE FROM day_tail WHERE day = ?", (self._day,))
        self._open, self._open_count = [], 0

    def _write_block(self, block: Block) -> None:
        ends = block.rows.t_end
        write_block(self._database, self._day, self._number, block, self._state, self._reached)
        self._number += 1
        self._reached = max(self._reached, float(ends.max()))
        rows = block.last(math.inf, math.inf)
        self._state.take(block.slot[rows], block.rows, rows)

    def reject(self, rejects: Rejects) -> None:
        """Write what was not taken, instead of what was written of it before."""
        write_rejects(self._database, self._day, rejects)

    def mark(self, mark: Mark) -> None:
        """Write something that happened."""
        self._database.execute(
            "INSERT INTO day_marks (day, t_start, t_end, title, layer) VALUES (?, ?, ?, ?, ?)",
            (self._day, mark.t_start, mark.t_end, mark.title, mark.layer),
        )


def write_block(
    database: sqlite3.Connection, day: int, number: int, block: Block, before: State, reached: float
) -> None:
    """Write one block with its keyframe."""
    ends = block.rows.t_end
    database.execute(
        "INSERT INTO day_blocks (day, number, count, t_min, t_max, reached, keyframe, readings)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            day,
            number,
            len(ends),
            float(ends.min()),
            float(ends.max()),
            reached if reached > -math.inf else None,
            keyframe_blob(before),
            readings_blob(block.slot, block.rows),
        ),
    )


def write_rejects(database: sqlite3.Connection, day: int, rejects: Rejects) -> None:
    """Write what was not taken, instead of what was written of it before."""
    database.execute("DELETE FROM day_rejects WHERE day = ?", (day,))
    sums = [(day, reason, count, None, None, None, None, None) for reason, count in rejects.counts.items()]
    examples = [
        (day, e.reason, None, e.sensor, e.channel, None if math.isnan(e.t) else e.t, e.value, e.where)
        for e in rejects.examples
    ]
    database.executemany(
        "INSERT INTO day_rejects (day, reason, count, sensor, channel, t, value, place)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [tuple(str(cell) if isinstance(cell, str) else cell for cell in row) for row in (*sums, *examples)],
    )
