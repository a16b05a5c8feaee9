"""Days whose readings are all there already, written one after the other into a file of days."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.days.about import insert_day
from twin.days.finishing import finish, writing
from twin.days.recorder import new_file
from twin.days.tables import add_to_roster
from twin.days.writing import DayWriter
from twin.language import _
from twin.model import Progress, Report, TwinError, silent

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from twin.days.about import Home
    from twin.readings import Readings, Rejects, Roster


@dataclass(frozen=True, slots=True)
class Filed:
    """A day to be filed: its readings in any order, and what was not taken."""

    title: str
    readings: Readings
    rejects: Rejects


def file_days(
    path: str | os.PathLike[str],
    roster: Roster,
    days: Iterable[Filed],
    *,
    home: Home | None = None,
    report: Report = silent,
) -> None:
    """Write a new file of days, each of the same sensors. One day at a time is in memory.

    Raises
    ------
    TwinError
        Where the file exists, or cannot be written.
    """
    path = Path(path)
    new_file(path)
    try:
        with closing(writing(path)) as database:
            database.execute("PRAGMA synchronous=OFF")  # nobody was promised anything before the file is whole
            for day in days:
                report(Progress(_("Writing {day}").format(day=day.title)))
                database.execute("BEGIN IMMEDIATE")
                number = insert_day(database, day.title, home, roster.layers)
                add_to_roster(database, number, roster)
                writer = DayWriter(database, number, roster)
                writer.append(day.readings[np.argsort(day.readings.t_end, kind="stable")])
                writer.close_block()
                writer.reject(day.rejects)
                database.execute("COMMIT")
    except sqlite3.Error as error:
        raise TwinError(_("{file} cannot be written: {reason}.").format(file=path, reason=error)) from error
    finish(path, report=report)
