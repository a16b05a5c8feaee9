"""A day out of an archive, as a file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from twin.days.about import insert_day
from twin.days.finishing import finish, writing
from twin.days.recorder import new_file
from twin.days.tables import add_to_roster
from twin.days.writing import DayWriter, write_block
from twin.language import _
from twin.model import Progress, TwinError, silent

if TYPE_CHECKING:
    import os

    from twin.archive.recording import ArchiveRecording
    from twin.model import Report


def pull(recording: ArchiveRecording, path: str | os.PathLike[str], *, report: Report = silent) -> None:
    """Write a day of an archive into a new file of days; its blocks are those that were pushed.

    Raises
    ------
    TwinError
        Where the file exists or cannot be written, or the archive is in the way; then there is no file.
    """
    path = Path(path)
    new_file(path)
    try:
        _write(recording, path, report)
        finish(path, report=report)
    except sqlite3.Error as error:
        _remove(path)
        raise TwinError(_("{file} cannot be written: {reason}.").format(file=path, reason=error)) from error
    except BaseException:
        _remove(path)
        raise


def _write(recording: ArchiveRecording, path: Path, report: Report) -> None:
    day, roster, directory = recording.day, recording.roster, recording.directory
    done = 0
    with closing(writing(path)) as database:
        database.execute("PRAGMA synchronous=OFF")  # nobody was promised anything before the file is whole
        database.execute("BEGIN IMMEDIATE")
        number = insert_day(database, day.title, day.home, day.layers)
        add_to_roster(database, number, roster)
        for block in range(len(directory.count)):
            report(Progress(_("Pulling {day}").format(day=day.title), done, day.readings))
            rows, before = recording.block(block), recording.before(block)
            write_block(database, number, block, rows, before, float(directory.reached[block]))
            done += len(rows.slot)
        writer = DayWriter(database, number, roster)
        writer.reject(recording.rejects())
        for mark in recording.marks():
            writer.mark(mark)
        database.execute("COMMIT")


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
