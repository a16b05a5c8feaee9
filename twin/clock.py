"""The clock that picks the moment: paused, playing recorded time, or following the wall."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from twin.readings import Span

SPEEDS = (0.01, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 3600.0, 10_000.0)
"""The speeds offered, in seconds of recorded time a second; any between the first and the last may be set."""

LONGEST_TICK_S = 0.3
"""After a stall of the program time goes on from where it stood, and does not leap."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A moment, and how it moves. A plain value: every method returns another clock.

    Following means the wall's own now, whatever has arrived: a dead feed grows stale on the screen.
    """

    t: float  # UTC epoch seconds
    state: Literal["paused", "playing", "following"] = "paused"
    speed: float = 1.0
    loop: Span | None = None
    backwards: bool = False  # while it plays

    def advance(self, dt: float, now: float, span: Span | None) -> Clock:
        """Return the clock one tick later.

        Parameters
        ----------
        dt
            Seconds since the last tick, by a clock that only goes forward; more than `LONGEST_TICK_S` is cut.
        now
            What the wall says, UTC epoch seconds.
        span
            The first and the last moment of all that is recorded: playing stops at its end, or backwards at its
            beginning. None: nothing is recorded, and playing waits.
        """
        if self.state == "following":
            return replace(self, t=now)
        if self.state == "paused" or span is None:
            return self
        step_s = min(max(dt, 0.0), LONGEST_TICK_S) * self.rate
        if self.loop:
            start, end = self.loop
            if not start <= self.t <= end:
                return replace(self, t=end if self.backwards else start)
            t = self.t + step_s
            if t > end:
                t = start + math.fmod(t - start, end - start)
            elif t < start:
                t = end - math.fmod(end - t, end - start)
            return replace(self, t=t)
        first, last = span
        t = min(max(self.t, first), last) + step_s
        if t <= first if self.backwards else t >= last:
            return replace(self, t=first if self.backwards else last, state="paused")
        return replace(self, t=t)

    @property
    def running(self) -> bool:
        """Whether the moment moves by itself."""
        return self.state != "paused"

    @property
    def rate(self) -> float:
        """Seconds of recorded time in a second of playing, less than none backwards."""
        return -self.speed if self.backwards else self.speed

    def play(self, span: Span | None = None, *, backwards: bool = False) -> Clock:
        """Return a playing clock; one that stands where its way along the span ends begins at the other end."""
        t = self.t
        if span is not None and self.loop is None:
            first, last = span
            t = (last if t <= first else t) if backwards else (first if t >= last else t)
        return replace(self, state="playing", t=t, backwards=backwards)

    def shuttle(self, span: Span | None = None, *, backwards: bool = False) -> Clock:
        """Return what a press of J or L makes of a clock, as on an editing desk.

        One that plays that way already goes faster, any other begins to play that way.
        """
        same = self.state == "playing" and self.backwards == backwards
        return self.faster() if same else self.play(span, backwards=backwards)

    def pause(self) -> Clock:
        """Return a clock that stands where this one does."""
        return replace(self, state="paused")

    def follow(self, now: float) -> Clock:
        """Return a clock that keeps to the wall; a loop is over."""
        return replace(self, state="following", t=now, loop=None)

    def seek(self, t: float) -> Clock:
        """Return a clock at another moment; following becomes paused, and a loop that it leaves is over."""
        loop = self.loop if self.loop and self.loop[0] <= t <= self.loop[1] else None
        return replace(self, t=t, state="paused" if self.state == "following" else self.state, loop=loop)

    def step(self, by_s: float) -> Clock:
        """Return a paused clock that many seconds later, or earlier."""
        return self.pause().seek(self.t + by_s)

    def at_speed(self, speed: float) -> Clock:
        """Return a clock of another speed, within what `SPEEDS` allow."""
        return replace(self, speed=min(max(speed, SPEEDS[0]), SPEEDS[-1]))

    def faster(self) -> Clock:
        """Return a clock of the next higher speed offered."""
        return self.at_speed(next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1]))

    def slower(self) -> Clock:
        """Return a clock of the next lower speed offered."""
        return self.at_speed(next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0]))

    def looping(self, loop: Span | None) -> Clock:
        """Return a clock that goes round between two moments, or no longer does; an empty loop is none."""
        if loop is None or not loop[1] > loop[0]:
            return replace(self, loop=None)
        state = "paused" if self.state == "following" else self.state
        return replace(self, loop=loop, state=state, t=self.t if loop[0] <= self.t <= loop[1] else loop[0])
