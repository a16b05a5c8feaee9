"""Which time there is to be seen along the bar, and which part of it is shown. No widgets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ui.timeline.wording import day_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from twin.readings import Span

LEAST_LIVE_S = 600.0
"""What is shown of what is live at least, so that a minute can be seen to pass."""

MOST_LIVE_S = 86_400.0
"""Of what has been live for longer, the last so many seconds are shown."""

_LONGEST_S = 2 * 86_400.0  # of a recording, at first; of more, the first day
_GRAINS_S = (60.0, 300.0, 900.0, 3600.0)
_GRAINS = 12.0  # the bar is made longer some dozen times while it becomes twice as long


class Extent:
    """The span of all there is, and the one shown from end to end; both may be read by anybody."""

    def __init__(self) -> None:
        self.whole: Span = (0.0, 86_400.0)
        self.shown: Span = self.whole
        self._live = False

    def of_day(self, day: Span) -> None:
        """Have one day and nothing else."""
        self.whole = self.shown = day
        self._live = False

    def of_recording(self, span: Span, zone: ZoneInfo) -> None:
        """Have what is recorded: within its whole day, where it is of one; of much the first day is shown."""
        day = day_of(span[0], zone)
        self._live = False
        self.whole = (min(day[0], span[0]), max(span[1], span[0] + 1.0)) if span[1] <= day[1] else span
        if span[1] - span[0] <= _LONGEST_S:
            self.shown = self.whole
        else:
            self.shown = max(day[0], self.whole[0]), min(day[1], self.whole[1])

    def of_live(self, since: float, now: float, first: float | None) -> None:
        """Have what is live, and what was recorded before from `first` on; that which is live is shown.

        Parameters
        ----------
        since
            When it began to be live.
        now
            What the wall says.
        first
            The first moment of all that is recorded; None where nothing is.
        """
        self._live = True
        self.shown = start, end = room(since, now)
        self.whole = start if first is None else min(start, first), end

    def grow(self, since: float, now: float, first: float | None) -> None:
        """Have more that is live; where its end was shown, its end is shown again."""
        before = self.whole
        start, end = room(since, now)
        self.whole = start if first is None else min(start, first), end
        if self.whole == before or self.shown[1] < before[1] - 1e-6:
            return
        length = self.shown[1] - self.shown[0]
        if self.shown[0] <= start + 1e-6 and end - self.shown[0] <= MOST_LIVE_S:
            length = end - self.shown[0]
        self.shown = end - length, end

    def show_live(self, since: float, now: float) -> None:
        """Show the end of what is live, unless it is shown already."""
        if not self.shown[0] <= now <= self.shown[1] or self.shown[1] - self.shown[0] > MOST_LIVE_S:
            self.shown = room(since, now)

    def within(self, t: float, now: float) -> float:
        """Return the moment of all there is that is nearest to one; what is live ends now."""
        return min(max(t, self.whole[0]), min(self.whole[1], now) if self._live else self.whole[1])

    def part(self, span: Span) -> Span:
        """Return the part of a span that lies in all there is."""
        return max(span[0], self.whole[0]), min(span[1], self.whole[1])

    def page_to(self, t: float) -> bool:
        """Go on to where a moment is shown, by whole lengths of what is; return whether it was not."""
        start, end = self.shown
        if start <= t <= end:
            return False
        length = end - start
        start = min(max(start + (t - start) // length * length, self.whole[0]), self.whole[1] - length)
        self.shown = start, start + length
        return True


def room(since: float, now: float) -> Span:
    """Return from when to when what is live is shown: with room for what comes, and moving seldom.

    Parameters
    ----------
    since
        When the first of it came, UTC epoch seconds.
    now
        What the wall says.
    """
    length = max(now - since, 0.0)
    grain = next((grain for grain in _GRAINS_S if length / _GRAINS <= grain), _GRAINS_S[-1])
    start = math.floor(since / 60.0) * 60.0
    end = max(start + LEAST_LIVE_S, (math.floor(now / grain) + 1) * grain)
    return max(start, end - MOST_LIVE_S), end
