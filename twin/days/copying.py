"""Days from one file into another, a district's or one of days alone; and whether they are what was written."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.chain import State
from twin.days.about import days_in, insert_day
from twin.days.doubling import DaysThere, doubled, take_out
from twin.days.recorder import new_file
from twin.days.recording import Recording, read_days
from twin.days.tables import add_to_roster, create_tables
from twin.file import manifest
from twin.file.container import (
    DAMAGE,
    fingerprint,
    header_of,
    next_fingerprint,
    plain_columns,
    reading,
    replacing,
    uri_of,
)
from twin.file.inspection import Problem
from twin.language import _
from twin.model import Progress, Report, TwinError, silent

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from twin.days.about import Day

_COPIED = {
    "day_blocks": "number, count, t_min, t_max, reached, keyframe, readings",
    "day_rejects": "reason, count, sensor, channel, t, value, place",
    "day_marks": "t_start, t_end, title, layer",
}
_MAPPED = {"day_gaps": "t_start, t_end", "day_hourly": "hour, count, mean, least, most"}


def copy_days(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    days: Collection[int] | None = None,
    *,
    onto: str | os.PathLike[str] | None = None,
    replace: bool = False,
    report: Report = silent,
) -> tuple[Day, ...]:
    """Copy finished days, all or those of these numbers, into another file; return the days that it then has.

    A target that does not exist becomes a file of days alone. It is written beside and renamed at the end.
    With `onto` it becomes a copy of that file, whatever it was, with the days in it. Where it has days with readings
    of the same sensors and quantities at the same time, they make way if `replace` says so.

    Raises
    ------
    DaysThere
        Where there are such days, and they are not to make way.
    TwinError
        Where a day is not finished, or a file is damaged or cannot be written.
    """
    source, target = Path(source), Path(target)
    below = target if onto is None else Path(onto)
    chosen = [day for day in read_days(source) if days is None or day.id in days]
    for day in chosen:
        if not day.finished:
            raise TwinError(_("The day “{title}” in {file} is not finished.").format(title=day.title, file=source))
    with replacing(target) as beside:
        intact = False
        if below.exists():
            with reading(below) as (database, header):
                if plain_columns(database, "twin_manifest"):
                    intact = manifest.read_manifest(database, str(below), fingerprint(header)).untouched
                if header[18] == 2:  # what is in its log comes along
                    _back_up(database, beside)
                else:
                    shutil.copyfile(below, beside)
        else:
            beside.unlink()
            new_file(beside)
        with closing(sqlite3.connect(uri_of(beside, "mode=rw"), uri=True, isolation_level=None)) as database:
            database.executescript("PRAGMA trusted_schema=OFF; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;")
            database.execute("BEGIN")
            create_tables(database)
            there = doubled(source, chosen, database, days_in(database))
            if there and not replace:
                raise DaysThere(there)
            take_out(database, there, chosen)
            for done, day in enumerate(chosen):
                report(Progress(_("Copying {day}").format(day=day.title), done, len(chosen)))
                with Recording(source, day.id) as recording:
                    _copy(recording, database)
            found = days_in(database)
            database.execute("COMMIT")
            if intact:  # the district in it is what it was, and its meshes need no second look
                following = next_fingerprint(header_of(beside))
                manifest.write_fingerprint(database, following)
    return found


def _back_up(database: sqlite3.Connection, beside: Path) -> None:
    with closing(sqlite3.connect(uri_of(beside, "mode=rw"), uri=True)) as copy:
        database.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy(recording: Recording, target: sqlite3.Connection) -> None:
    day, roster = recording.day, recording.roster
    new = insert_day(target, day.title, day.home, day.layers)
    add_to_roster(target, new, roster)
    for table, columns in _COPIED.items():
        marks = ", ".join("?" * (columns.count(",") + 1))
        target.executemany(
            f"INSERT INTO {table} (day, {columns}) VALUES ({new}, {marks})",  # noqa: S608
            recording.rows(f"SELECT {columns} FROM {table} WHERE day = ? ORDER BY id"),  # noqa: S608
        )
    numbers = "SELECT sensor, channel FROM day_slots WHERE day = ? AND channel IS NOT NULL ORDER BY id"
    theirs, ours = recording.rows(numbers), target.execute(numbers, (new,)).fetchall()
    places = dict(zip(theirs, ours, strict=True))
    for table, columns in _MAPPED.items():
        marks = ", ".join("?" * (columns.count(",") + 3))
        target.executemany(
            f"INSERT INTO {table} (day, sensor, channel, {columns}) VALUES ({new}, {marks})",  # noqa: S608
            (
                (*places[row[:2]], *row[2:])
                for row in recording.rows(f"SELECT sensor, channel, {columns} FROM {table} WHERE day = ? ORDER BY id")  # noqa: S608
            ),
        )
    told = recording.rows("SELECT begins, ends, t_start, t_end, readings, state FROM days WHERE id = ?")[0]
    target.execute(
        "UPDATE days SET begins = ?, ends = ?, t_start = ?, t_end = ?, readings = ?, state = ? WHERE id = ?",
        (*told, new),
    )


def verify_days(path: str | os.PathLike[str], *, report: Report = silent) -> tuple[Problem, ...]:
    """Look at every block of every day and return what is wrong, nothing where all is well.

    Raises
    ------
    TwinError
        Where the file cannot be read at all.
    """
    problems = []
    for day in read_days(path):
        report(Progress(_("Checking {day}").format(day=day.title)))
        try:
            with Recording(path, day.id) as recording:
                problems += _problems(recording)
        except (TwinError, *DAMAGE) as error:
            problems.append(Problem("day_blocks", str(error)))
    return tuple(problems)


def _problems(recording: Recording) -> list[Problem]:
    day, directory = recording.day, recording.directory
    state = State.empty(len(recording.roster.slot_sensor))
    for number in range(len(directory.count)):
        keyframe, block = recording.before(number), recording.block(number)
        told = (keyframe.value, keyframe.t_start, keyframe.t_end, keyframe.t_arrived)
        kept = (state.value, state.t_start, state.t_end, state.t_arrived)
        if not all(np.array_equal(a, b, equal_nan=True) for a, b in zip(told, kept, strict=True)):
            sentence = _("In the day “{title}”, block {number} does not follow the one before it.")
            return [Problem("day_blocks", sentence.format(title=day.title, number=number + 1))]
        rows = block.last(np.inf, np.inf)
        state.take(block.slot[rows], block.rows, rows)
    if int(directory.count.sum()) != day.readings:
        return [Problem("days", _("The day “{title}” lacks readings, or has too many.").format(title=day.title))]
    return []
