"""Moments as people of a district read and write them: in its zone, daylight saving and all. No widgets."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from twin.language import _
from twin.quantity import THIN_SPACE
from twin.quantity import number as number_told

if TYPE_CHECKING:
    from twin.overview import Overview
    from twin.readings import Span

_DAY_S = 86_400


@lru_cache(maxsize=32)
def zone_of(name: str) -> ZoneInfo:
    """Return the rules of a zone; UTC for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError):  # an unknown name is a KeyError's kin, an empty one or a path a ValueError
        return ZoneInfo("UTC")
    except KeyError:
        return ZoneInfo("UTC")


def local(t: float, zone: ZoneInfo) -> datetime:
    """Return a moment on the clocks of a zone."""
    return datetime.fromtimestamp(t, UTC).astimezone(zone)


def day_of(t: float, zone: ZoneInfo) -> Span:
    """Return the local day that a moment lies in, 23 to 25 hours long."""
    return span_of(local(t, zone).date(), zone)


def span_of(day: date, zone: ZoneInfo) -> Span:
    """Return the first and the last moment of a local day."""
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    return start.timestamp(), end.timestamp()


def said_day(day: date, *, year: bool = True) -> str:
    """Return a day in words: "Tue 12 Nov 2024"."""
    weekdays = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    pattern = _("{weekday} {day} {month} {year}") if year else _("{weekday} {day} {month}")
    return pattern.format(weekday=weekdays[day.weekday()], day=day.day, month=months()[day.month - 1], year=day.year)


def months() -> tuple[str, ...]:
    """Return the twelve months, short."""
    return (
        *(_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun")),
        *(_("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec")),
    )


def said_time(t: float, zone: ZoneInfo, *, seconds: bool = True) -> str:
    """Return the time of day: "08:15:20"."""
    return f"{local(t, zone):%H:%M:%S}" if seconds else f"{local(t, zone):%H:%M}"


def said_zone(t: float, zone: ZoneInfo) -> str:
    """Return the short name that a zone has at a moment: "EET", or "UTC+3" where it has none."""
    moment = local(t, zone)
    name = moment.tzname() or ""
    if name and not name.startswith(("+", "-")):
        return name
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def said_speed(rate: float) -> str:
    """Return a speed as it is offered: "600×"; one of less than nothing is backwards: "−600×"."""
    speed, sign = abs(rate), "−" if rate < 0 else ""
    return f"{sign}{speed:,.0f}×".replace(",", THIN_SPACE) if speed >= 1 else f"{sign}{speed:g}×"


def said_span(seconds: float) -> str:
    """Return a length of time: "2 h 30 min"."""
    whole = round(seconds)
    days, rest = divmod(whole, _DAY_S)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [
        f"{number}{THIN_SPACE}{unit}"
        for number, unit in ((days, _("d")), (hours, _("h")), (minutes, _("min")), (left, _("s")))
        if number
    ]
    return " ".join(parts[:2]) or f"0{THIN_SPACE}" + _("s")


_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h](\d{2})?)(?:[:.](\d{2}))?\s*(am|pm)?$|(\d{1,2})\s*(am|pm)$|(\d{2})(\d{2})$", re.IGNORECASE
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[T ]*")
_EUROPEAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?\s*")
_RELATIVE = re.compile(r"([+\-−])\s*(\d+(?:[.,]\d+)?)\s*(d|h|min|m|s)?$", re.IGNORECASE)
_UNIT_S = {"d": 86_400.0, "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "": 60.0}
_UTC = re.compile(r"\s*(z|utc)$", re.IGNORECASE)


def understood(text: str, zone: ZoneInfo, near: float) -> float | None:
    """Return the moment that somebody typed, None where it is none.

    "8:15", "8:15:20", "0815", "8 pm" are on the day that is shown; "2024-11-12 08:15", "12.11.2024 8:15" name
    theirs, "+10 min" and "-1 h" go from here. Times are the zone's, those that end in "Z" or "UTC" are not. A time
    that a change of clocks leaves out is the one an hour later; of one that comes twice it is the first.

    Parameters
    ----------
    near
        The moment that is shown.
    """
    text = text.strip()
    if found := _RELATIVE.match(text):
        by = float(found[2].replace(",", ".")) * _UNIT_S[(found[3] or "").lower()]
        return near + (by if found[1] == "+" else -by)
    if found := _UTC.search(text):
        zone, text = ZoneInfo("UTC"), text[: found.start()]
    day = local(near, zone).date()
    try:
        if found := _ISO.match(text):
            day, text = date(int(found[1]), int(found[2]), int(found[3])), text[found.end() :]
        elif (found := _EUROPEAN.match(text)) and (found[3] or not _CLOCK.match(text)):
            day, text = date(int(found[3] or day.year), int(found[2]), int(found[1])), text[found.end() :]
        elif not text:
            return None
        at = _time(text) if text.strip() else time()
        return None if at is None else datetime.combine(day, at, zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _time(text: str) -> time | None:
    found = _CLOCK.match(text.strip())
    if not found:
        return None
    hour = int(found[1] or found[5] or found[7])
    minute, second = int(found[2] or found[8] or 0), int(found[3] or 0)
    half = (found[4] or found[6] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, second)


def strip_told(found: Overview, number: int, step: int) -> str:
    """Return what a layer says of one step: its mean, and how many sensors that is of."""
    strip = found.strips[number]
    some = round(float(strip.present[step]) * strip.sensors)
    told = _("{some} of {of} sensors reporting").format(some=some, of=strip.sensors)
    if strip.mean[step] == strip.mean[step]:
        mean = f"{number_told(float(strip.mean[step]))}{THIN_SPACE}{strip.unit}".strip()
        return _("mean {mean}, {told}").format(mean=mean, told=told)
    return told
