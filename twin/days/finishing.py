"""A recorded day put in order: blocks in the order of time, gaps, and hourly means that other programs can read."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.days.about import iso
from twin.days.recording import Recording, read_days
from twin.days.writing import DayWriter, write_block
from twin.file.container import uri_of
from twin.language import _
from twin.model import Progress, Report, TwinError, silent

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

_HOUR_S = 3600.0
_PARTIALS = 64  # blocks whose hours are merged at once


def writing(path: Path) -> sqlite3.Connection:
    """Open a file with days to write into it, its log beside it."""
    database = sqlite3.connect(uri_of(path, "mode=rw"), uri=True, isolation_level=None, check_same_thread=False)
    try:
        database.executescript("PRAGMA trusted_schema=OFF; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    except sqlite3.Error:
        database.close()
        raise
    return database


def finish(path: str | os.PathLike[str], *, readings_a_block: int | None = None, report: Report = silent) -> None:
    """Put every day of a file in order that is not: also what a crash left behind.

    Each day is one transaction: whatever happens meanwhile, it is as it was before, or in order.

    Raises
    ------
    TwinError
        Where the file is damaged, or cannot be written.
    """
    path = Path(path)
    unfinished = [day.id for day in read_days(path) if not day.finished]
    try:
        with closing(writing(path)) as database:
            for day in unfinished:
                with Recording(path, day) as recording:
                    database.execute("BEGIN IMMEDIATE")
                    _write_in_order(database, recording, readings_a_block, report)
                    database.execute("COMMIT")
            (pages,), (free,) = (
                database.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "freelist_count")
            )
            if free > pages / 4:
                database.execute("VACUUM")
            database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise TwinError(_("{file} could not be put in order: {reason}.").format(file=path, reason=error)) from error


def _write_in_order(
    database: sqlite3.Connection, recording: Recording, readings_a_block: int | None, report: Report
) -> None:
    day, directory = recording.day.id, recording.directory
    last = len(directory.count) - 1
    (tail,) = database.execute("SELECT count(*) FROM day_tail WHERE day = ?", (day,)).fetchone()
    if (directory.t_min < directory.reached).any():
        report(Progress(_("Putting readings in order")))
        database.execute("DELETE FROM day_blocks WHERE day = ?", (day,))
        writer = DayWriter(database, day, recording.roster, readings_a_block=readings_a_block)
        for start, end in pairwise(recording.cuts(-math.inf, math.inf)):
            writer.append(recording.window(start, end))
        writer.close_block()
    elif tail:
        write_block(database, day, last, recording.block(last), recording.before(last), directory.reached[last])
    database.execute("DELETE FROM day_tail WHERE day = ?", (day,))
    report(Progress(_("Looking for gaps")))
    span = recording.span
    _write_gaps(database, recording)
    _write_hours(database, recording)
    database.execute(
        "UPDATE days SET state = 'finished', readings = ?, t_start = ?, t_end = ?, begins = ?, ends = ? WHERE id = ?",
        (int(directory.count.sum()), *(span or (None, None)), *map(iso, span or (None, None)), day),
    )


def _rows_of_slots(database: sqlite3.Connection, day: int) -> NDArray[np.int64]:
    rows = database.execute(
        "SELECT sensor, channel FROM day_slots WHERE day = ? AND channel IS NOT NULL ORDER BY id", (day,)
    ).fetchall()
    return np.array(rows, np.int64).reshape(-1, 2)


def _write_gaps(database: sqlite3.Connection, recording: Recording) -> None:
    database.execute("DELETE FROM day_gaps WHERE day = ?", (recording.day.id,))
    if recording.span is None:
        return
    gaps = recording.gaps(*recording.span)
    mine = _rows_of_slots(database, recording.day.id)[recording.roster.slots(gaps.sensor, gaps.channel)]
    database.executemany(
        f"INSERT INTO day_gaps (day, sensor, channel, t_start, t_end) VALUES ({recording.day.id}, ?, ?, ?, ?)",  # noqa: S608
        zip(*mine.T.tolist(), gaps.t_start.tolist(), gaps.t_end.tolist(), strict=True),
    )


def _write_hours(database: sqlite3.Connection, recording: Recording) -> None:
    """Write count, mean, least and most of each hour; a reading belongs to the hour in which it ends."""
    database.execute("DELETE FROM day_hourly WHERE day = ?", (recording.day.id,))
    parts = [np.zeros((0, 6))]  # slot, hour, count, sum, least, most
    for slot, rows in recording.pieces(-math.inf, math.inf):
        hour = np.ceil(rows.t_end / _HOUR_S) - 1
        one = np.ones(len(slot))
        parts.append(_merged(np.column_stack([slot, hour, one, rows.value, rows.value, rows.value])))
        if len(parts) >= _PARTIALS:
            parts = [_merged(np.concatenate(parts))]
    table = _merged(np.concatenate(parts))
    mine = _rows_of_slots(database, recording.day.id)[table[:, 0].astype(np.int64)]
    hours = {hour: iso(hour * _HOUR_S) for hour in np.unique(table[:, 1]).tolist()}
    database.executemany(
        "INSERT INTO day_hourly (day, sensor, channel, hour, count, mean, least, most) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        zip(
            [recording.day.id] * len(table),
            *mine.T.tolist(),
            [hours[hour] for hour in table[:, 1].tolist()],
            table[:, 2].astype(np.int64).tolist(),
            (table[:, 3] / table[:, 2]).tolist(),
            table[:, 4].tolist(),
            table[:, 5].tolist(),
            strict=True,
        ),
    )


def _merged(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one row for all of the same slot and hour."""
    if not len(table):
        return table
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    first = np.flatnonzero(np.append(True, (table[1:, :2] != table[:-1, :2]).any(axis=1)))
    return np.column_stack(
        [
            table[first, :2],
            np.add.reduceat(table[:, 2:4], first),
            np.minimum.reduceat(table[:, 4], first),
            np.maximum.reduceat(table[:, 5], first),
        ]
    )
