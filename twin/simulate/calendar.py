"""How busy a day is, and from when to when it lasts where the district is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORKDAY = (
    0.9, 0.5, 0.4, 0.3, 0.5, 1.4, 3.6, 6.8, 7.7, 5.7, 4.9, 5.0,
    5.3, 5.3, 5.5, 6.4, 7.8, 8.0, 6.3, 4.9, 3.9, 3.3, 2.6, 1.7,
)  # fmt: skip
_DAY_OFF = (
    3.5, 2.5, 2.0, 1.6, 1.4, 1.5, 1.7, 2.1, 2.9, 4.0, 5.2, 5.8,
    6.3, 6.3, 6.4, 6.5, 6.3, 6.0, 6.0, 5.5, 4.6, 4.1, 3.7, 3.0,
)  # fmt: skip
"""Shares of the hours in a day's traffic, per cent: round figures with the two peaks of commuters on a workday, and
with the nights and the one broad afternoon that inner cities have at weekends."""

SATURDAY = 5


def span_of(day: date, zone: str) -> tuple[float, float]:
    """Return the midnights between which a day lies in a time zone, UTC epoch seconds: 23, 24 or 25 hours."""
    begin = datetime.combine(day, time(), ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return begin.timestamp(), end.timestamp()


def next_workday(today: date) -> date:
    """Return the first day after today that is no Saturday or Sunday."""
    day = today + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def hour_of_day(t: NDArray[np.float64], zone: str) -> NDArray[np.float64]:
    """Return the hour that a clock on the wall shows, 0 to 24, at UTC epoch seconds."""
    place = ZoneInfo(zone)
    clocks = [datetime.fromtimestamp(moment, place) for moment in t.tolist()]
    return np.array([c.hour + c.minute / 60 + c.second / 3600 for c in clocks], np.float64)


def busyness(day: date, zone: str, step_s: float = 300.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return moments from midnight on in steps, seconds, and the share of the day's traffic in the step after each."""
    begin, end = span_of(day, zone)
    start = np.arange(0.0, end - begin, step_s)
    hour = hour_of_day(begin + start + step_s / 2, zone)
    share = np.array(_DAY_OFF if day.weekday() >= SATURDAY else _WORKDAY)
    flow = np.interp(hour, np.arange(-1, 25) + 0.5, np.concatenate([share[-1:], share, share[:1]]))
    return start, flow / flow.sum()
