"""Which days an archive holds, and which of them somebody means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin.archive.packing import layers_of
from twin.archive.tables import check_tables
from twin.days import Day, Home
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.archive.server import Server

_DAYS_MAX = 1_000_000
_SHORT = 8


@dataclass(frozen=True, slots=True)
class Archived:
    """A day in an archive. Its number there is `day.id`."""

    day: Day
    digest: str  # the same for the very same day, wherever it was pushed from
    pushed: float  # UTC epoch seconds
    blocks: int

    @property
    def short(self) -> str:
        """The beginning of the digest, by which people name it."""
        return self.digest[:_SHORT]

    @property
    def date(self) -> str:
        """The local date on which it begins, "" where it has no readings."""
        day = self.day
        if day.t_start is None:
            return ""
        try:
            zone = ZoneInfo(day.home.zone) if day.home else UTC
        except (ZoneInfoNotFoundError, ValueError, OSError):
            zone = UTC
        return datetime.fromtimestamp(day.t_start, zone).date().isoformat()


def archived(server: Server, *, digest: str | None = None) -> tuple[Archived, ...]:
    """Read which days there are, in the order of their beginning; of a digest only, where given.

    Raises
    ------
    TwinError
        Where there is no archive, or its tables are a newer program's.
    """
    check_tables(server)
    rows = server.rows(
        "SELECT day, digest, toFloat64(pushed), title, district, lon, lat, zone, toUnixTimestamp64Micro(t_start),"
        " toUnixTimestamp64Micro(t_end), readings, blocks, sensors FROM twin_days"
        " WHERE {digest:String} = '' OR digest = {digest:String}"
        " ORDER BY pushed, day LIMIT 1 BY digest LIMIT {most:UInt32}",  # two desks may push a day at the same time
        digest=digest or "",
        most=_DAYS_MAX,
    )
    layers = layers_of(server)
    found = []
    for number, hashed, pushed, title, district, lon, lat, zone, start, end, readings, blocks, sensors in rows:
        home = None if district is None else Home(district, lon, lat, zone)
        span = (None if start is None else start / 1e6, None if end is None else end / 1e6)
        day = Day(number, title, home, layers.get(number, ()), *span, readings, sensors, finished=True)
        found.append(Archived(day, hashed, pushed, blocks))
    return tuple(sorted(found, key=lambda one: (one.day.t_start is None, one.day.t_start or 0.0, one.pushed)))


def meant(days: Sequence[Archived], word: str, where: object) -> Archived:
    """Return the day of a date, a title, or the beginning of a digest; the only one, without a word.

    Raises
    ------
    TwinError
        Where there is none, or several.
    """
    word = word.strip()
    found = [
        one
        for one in days
        if not word or word in {one.date, one.day.title} or (len(word) >= 4 and one.digest.startswith(word.lower()))
    ]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{one.short} ({one.date} {one.day.title})" for one in (found or days)[:20])
    if not days:
        raise TwinError(_("The archive at {address} holds no days yet.").format(address=where))
    if not found:
        sentence = _("The archive at {address} has no day {word}; it has {days}.")
    else:
        sentence = _("The archive at {address} has several such days; say which one, behind a #: {days}.")
    raise TwinError(sentence.format(address=where, word=word, days=names))
