"""Time along a line of pixels: where a moment is, which moment a place is, and where the ruler has its marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from ui.timeline.wording import local, months, said_day

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from twin.readings import Span

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_STEPS_DAYS = (1, 2, 7, 14, 31, 91, 182, 365, 730, 1825, 3650, 7300, 36_500)
_DAY_S = 86_400.0
SHORTEST_S = 10.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the ruler."""

    t: float
    label: str
    day: bool  # a day begins here


@dataclass(frozen=True, slots=True)
class Scale:
    """The moments from t0 to t1 on the pixels from left to right."""

    t0: float
    t1: float
    left: float
    right: float

    @property
    def seconds_a_pixel(self) -> float:
        """How much time a pixel stands for."""
        return (self.t1 - self.t0) / max(self.right - self.left, 1.0)

    def x(self, t: float) -> float:
        """Where a moment is, which may lie outside."""
        return self.left + (t - self.t0) / self.seconds_a_pixel

    def t(self, x: float) -> float:
        """Which moment a place is, the nearest within."""
        return min(max(self.t0 + (x - self.left) * self.seconds_a_pixel, self.t0), self.t1)

    def zoomed(self, factor: float, at: float, whole: Span) -> Span:
        """Return the span that shows `factor` times as much about a moment, within the whole."""
        length = min(max((self.t1 - self.t0) * factor, SHORTEST_S), whole[1] - whole[0])
        share = (at - self.t0) / (self.t1 - self.t0)
        start = min(max(at - share * length, whole[0]), whole[1] - length)
        return start, start + length

    def moved(self, by_s: float, whole: Span) -> Span:
        """Return the span of the same length that much later, within the whole."""
        length = self.t1 - self.t0
        start = min(max(self.t0 + by_s, whole[0]), whole[1] - length)
        return start, start + length

    def ticks(self, zone: ZoneInfo, least_px: float) -> list[Tick]:
        """Return the marks of the ruler, no nearer to one another than so many pixels.

        They stand at round times on the clocks of the zone, also across a change of the clocks.
        """
        apart_s = least_px * self.seconds_a_pixel
        step_s = next((step for step in _STEPS_S if step >= apart_s), None)
        if step_s is None:
            return self._day_ticks(zone, apart_s)
        found: list[Tick] = []
        day = local(self.t0, zone).date()
        seconds_shown = step_s < 60
        t = self.t0
        if step_s <= 1800:  # clocks change by multiples of that
            offset = (local(self.t0, zone).utcoffset() or timedelta()).total_seconds()
            t = ((self.t0 + offset) // step_s + 1) * step_s - offset
            if (self.t0 + offset) % step_s == 0:
                t = self.t0
            while t <= self.t1:
                found.append(_tick(t, zone, seconds=seconds_shown))
                t += step_s
            return found
        while t <= self.t1:
            for second in range(0, int(_DAY_S), step_s):
                hour, rest = divmod(second, 3600)
                t = datetime.combine(day, time(hour, rest // 60), zone).timestamp()
                if self.t0 <= t <= self.t1 and (not found or t > found[-1].t):
                    found.append(_tick(t, zone, seconds=False))
            day += timedelta(days=1)
            t = datetime.combine(day, time(), zone).timestamp()
        return found

    def _day_ticks(self, zone: ZoneInfo, apart_s: float) -> list[Tick]:
        step = next((days for days in _STEPS_DAYS if days * _DAY_S >= apart_s), _STEPS_DAYS[-1])
        found: list[Tick] = []
        first = local(self.t0, zone).date()
        if step >= 31:
            many = max(round(step / 30.42), 1)
            month = first.year * 12 + first.month - 1
            month -= month % many
            while True:
                year, number = divmod(month, 12)
                t = datetime(year, number + 1, 1, tzinfo=zone).timestamp()
                if t > self.t1:
                    return found
                if t >= self.t0:
                    found.append(Tick(t, f"{year}" if number == 0 else months()[number], number == 0))
                month += many
        day = first - timedelta(days=first.toordinal() % step)
        while (t := datetime.combine(day, time(), zone).timestamp()) <= self.t1:
            if t >= self.t0:
                found.append(Tick(t, said_day(day, year=False), day=True))
            day += timedelta(days=step)
        return found


def _tick(t: float, zone: ZoneInfo, *, seconds: bool) -> Tick:
    moment = local(t, zone)
    if moment.hour == moment.minute == moment.second == 0:
        return Tick(t, said_day(moment.date(), year=False), day=True)
    return Tick(t, f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}", day=False)
