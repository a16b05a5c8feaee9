"""Days that would come into a file twice: found by what they measured and when, and taken out on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.days.recording import Recording
from twin.language import _, _n
from twin.model import TwinError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

    from twin.days.about import Day

_MEASURED = (
    "SELECT DISTINCT s.key, c.key FROM day_slots d JOIN sensors s ON s.fid = d.sensor"
    " JOIN day_channels c ON c.id = d.channel WHERE d.day = ?"
)
_OF_A_DAY = ("day_slots", "day_blocks", "day_tail", "day_gaps", "day_rejects", "day_marks", "day_hourly")


class DaysThere(TwinError):  # noqa: N818  (a question to somebody, and no fault)
    """What is to come in is there already."""

    def __init__(self, days: Sequence[Day]) -> None:
        said = _n(
            "“{title}” is there already, with readings of the same sensors at the same time.",
            "“{title}” and {more} more days are there already, with readings of the same sensors at the same times.",
            len(days),
        )
        super().__init__(said.format(title=days[0].title, more=len(days) - 1))
        self.days = tuple(days)


def doubled(source: Path, coming: Sequence[Day], database: sqlite3.Connection, there: Sequence[Day]) -> list[Day]:
    """Return those of the days of a database that measured what days of a source file did, at the same time."""
    found = []
    for day in there:
        at_once = [one for one in coming if _at_once(day, one)]
        theirs = set(database.execute(_MEASURED, (day.id,)).fetchall()) if at_once else set()
        if any(theirs & _measured(source, one) for one in at_once):
            found.append(day)
    return found


def _measured(source: Path, day: Day) -> set[tuple[str, str]]:
    with Recording(source, day.id) as recording:
        return set(recording.rows(_MEASURED))


def _at_once(one: Day, other: Day) -> bool:
    if one.t_start is None or one.t_end is None or other.t_start is None or other.t_end is None:
        return False
    return one.t_start <= other.t_end and other.t_start <= one.t_end


def take_out(database: sqlite3.Connection, days: Sequence[Day], coming: Sequence[Day]) -> None:
    """Delete days, for others to take their place.

    Raises
    ------
    TwinError
        Where one of them has a layer that none of the others has: it would be lost.
    """
    following = {layer.key for day in coming for layer in day.layers}
    for day in days:
        lost = [layer.title for layer in day.layers if layer.key not in following]
        if lost:
            sentence = _("“{title}” also holds {layer}, which would be lost: put the new readings into another file.")
            raise TwinError(sentence.format(title=day.title, layer=lost[0]))
        for table in _OF_A_DAY:
            database.execute(f"DELETE FROM {table} WHERE day = ?", (day.id,))  # noqa: S608
        database.execute("DELETE FROM days WHERE id = ?", (day.id,))
    database.execute("DELETE FROM sensors WHERE fid NOT IN (SELECT sensor FROM day_slots)")
