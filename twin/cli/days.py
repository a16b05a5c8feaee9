"""Which of the recorded days of a file or an archive somebody means."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin.cli.parser import quoted
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.days import Day, Stored


def opened(word: str, day: str | None = None) -> Stored:
    """Open the one day that is meant: of a file, by its date or title, or of an archive, by its address.

    Raises
    ------
    TwinError
        Where there is none, or several.
    """
    from twin import district
    from twin.archive import ArchiveRecording, is_archive
    from twin.days import Recording, read_days

    if is_archive(word):
        return ArchiveRecording(word)
    path = district.path_of(word)
    return Recording(path, the_one(read_days(path), day, word).id)


def zone_of(day: Day) -> tzinfo:
    """Return the time zone of a day's district."""
    try:
        return ZoneInfo(day.home.zone) if day.home else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def date_of(day: Day) -> str:
    """Return the local date on which a day begins, "" where it has no readings."""
    return "" if day.t_start is None else datetime.fromtimestamp(day.t_start, zone_of(day)).date().isoformat()


def meant(days: Sequence[Day], word: str | None, where: object) -> tuple[Day, ...]:
    """Return the days of a date or a title; all of them without a word.

    Raises
    ------
    TwinError
        Where there is none.
    """
    if not days:
        raise TwinError(_("{file} has no recorded day.").format(file=where))
    found = tuple(day for day in days if word is None or word.strip() in {date_of(day), day.title})
    if not found:
        raise TwinError(
            _("{file} has no day {word}; it has {days}.").format(
                file=where,
                word=quoted(word or ""),
                days=", ".join(f"{date_of(day)} {day.title}".strip() for day in days),
            )
        )
    return found


def the_one(days: Sequence[Day], word: str | None, where: object) -> Day:
    """Return the one day of a date or a title, or the only one.

    Raises
    ------
    TwinError
        Where there is none, or several.
    """
    found = meant(days, word, where)
    if len(found) > 1:
        raise TwinError(
            _("{file} has several days: say with --day which one is meant, by its date or its title: {days}.").format(
                file=where, days=", ".join(f"{date_of(day)} {day.title}".strip() for day in found)
            )
        )
    return found[0]
