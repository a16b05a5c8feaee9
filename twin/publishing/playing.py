"""When which readings of a day are published: its time made the wall's, as fast as wanted."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

import numpy as np

from twin.days.about import iso
from twin.language import _
from twin.model import Cancelled, Progress, TwinError, silent
from twin.publishing.messages import Message, introductions, messages
from twin.sources.convention import OFFLINE, ONLINE, Topic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.chain import Chain
    from twin.model import Report
    from twin.publishing.broker import Broker
    from twin.readings import Span

FASTEST = 100_000.0
_TICK_S = 0.25  # what ends within it goes out together
_READINGS_A_STEP = 50_000
_LATE_S = 1.0  # later than this, the day waits for the broker instead of hurrying after the clock
_REPORT_S = 0.5
_RATE_S = 20.0
"""Over how long the rate is meant: what is measured every few minutes comes in bursts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a day is played.

    Raises
    ------
    TwinError
        Where the parts do not go together.
    """

    district: str  # the second word of every topic
    speed: float = 1.0  # seconds of the day a second
    span: tuple[float | None, float | None] = (None, None)  # after the first, up to the second; None: all there is
    loop: bool = False
    keep_times: bool = False  # else a reading ends when it is published, whatever the day was
    layers: tuple[str, ...] | None = None  # None: all
    zone: tzinfo = UTC  # of the times that progress tells

    def __post_init__(self) -> None:
        if not 0 < self.speed <= FASTEST:
            raise TwinError(_("A day is played at up to {most} times its speed.").format(most=int(FASTEST)))
        if self.loop and self.keep_times:
            raise TwinError(_("Readings that keep their times cannot be told twice: leave out --loop or --keep-times."))


@dataclass(frozen=True, slots=True)
class Published:
    """What came of it."""

    readings: int  # that the broker has confirmed
    messages: int
    unconfirmed: int  # messages of which nobody knows whether the broker has them
    t: float  # the time in the day up to which it was played
    ended: bool  # False: it was stopped before the end


class _Pace:
    """The line between the time of a day and that of the wall; it moves where the broker was too slow."""

    def __init__(self, t: float, speed: float) -> None:
        self._t, self._speed = t, speed
        self._monotonic, self._wall = time.monotonic(), time.time()

    def due(self, t: float) -> float:
        """Return the monotonic time at which a time of the day is there."""
        return self._monotonic + (t - self._t) / self._speed

    def wall(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what the wall says when times of the day are there, UTC epoch seconds."""
        said: NDArray[np.float64] = self._wall + (t - self._t) / self._speed
        return said

    def wait_for(self, t: float, stop: threading.Event) -> None:
        """Wait until a time of the day is there; where it is long past, it is there now, and all after it later."""
        late = time.monotonic() - self.due(t)
        if late > _LATE_S:
            self._monotonic += late
            self._wall += late
        if stop.wait(max(0.0, -late)):
            raise Cancelled
        slept = time.time() - (self._wall + time.monotonic() - self._monotonic)
        if abs(slept) > _LATE_S:  # the computer slept, or its clock was put right
            self._wall += slept

    def again(self, end: float, begin: float) -> None:
        """Go on at `begin` as soon as `end` is there."""
        self._wall += (end - self._t) / self._speed
        self._monotonic = self.due(end)
        self._t = begin


def publish(
    history: Chain, plan: Plan, broker: Broker, *, report: Report = silent, stop: threading.Event | None = None
) -> Published:
    """Play a history out to a broker, which is not open yet, and leave it.

    Sensors and layers are introduced first, and again whenever the broker comes back; a status is kept there, which
    says "offline" afterwards, or once this program is lost. Ctrl-C ends it as `stop` does. Some ticks of the
    history are in memory at a time.

    Raises
    ------
    TwinError
        Where there is nothing to play, or the broker cannot be reached or does not let us in.
    """
    stop = stop or threading.Event()
    player = _Player(history, plan, broker, report, stop)
    broker.open(Message(player.status, OFFLINE))
    ended = False
    try:
        player.play()
        ended = True
    except (Cancelled, KeyboardInterrupt):
        pass
    finally:
        unconfirmed = player.leave()
    return Published(broker.readings, broker.messages, unconfirmed, player.t, ended)


class _Player:
    def __init__(self, history: Chain, plan: Plan, broker: Broker, report: Report, stop: threading.Event) -> None:
        roster = history.roster
        self._history, self._plan, self._broker, self._report, self._stop = history, plan, broker, report, stop
        known = dict.fromkeys(sensor.layer for sensor in roster.sensors)
        for layer in plan.layers or ():
            if layer not in known:
                raise TwinError(
                    _("There is no layer {layer}; there are {layers}.").format(layer=layer, layers=", ".join(known))
                )
        self._layers = frozenset(plan.layers or known)
        self._slots = None
        if plan.layers:
            self._slots = np.concatenate([roster.slots_in(layer) for layer in plan.layers])
        self._topics = [str(Topic("obs", plan.district, sensor.layer, sensor.key)) for sensor in roster.sensors]
        self._channels = [channel.key for channel in roster.channels]
        self._begin, self._until = _stretch(history, plan.span)
        self._step_s = min(_TICK_S * plan.speed, _READINGS_A_STEP / _density(history))
        self._welcomes = 0
        self._told: deque[tuple[float, int]] = deque()
        self.status = str(Topic("status", plan.district))
        self.t = self._begin

    def play(self) -> None:
        pace = _Pace(self._begin, self._plan.speed)
        while self.t < self._until:
            self._introduce()
            following = min(self.t + self._step_s, self._until)
            pace.wait_for(following, self._stop)
            rows = self._history.window(self.t, following, slots=self._slots)
            if not self._plan.keep_times:
                rows = replace(rows, t_start=pace.wall(rows.t_start), t_end=pace.wall(rows.t_end)).in_microseconds()
            for message in messages(rows, self._topics, self._channels):
                self._send(message)
            self.t = following
            self._tell()
            if self.t >= self._until and self._plan.loop:
                pace.again(self._until, self._begin)
                self.t = self._begin

    def leave(self) -> int:
        """Say that nothing comes any more, and return how many messages nobody has confirmed."""
        with self._broker as broker:
            if broker.welcomes:
                broker.say(Message(self.status, OFFLINE), retain=True)
                with suppress(TwinError):
                    broker.settle()
            return broker.unconfirmed

    def _introduce(self) -> None:
        """Say who measures, to a broker that has not heard it or may have forgotten."""
        if self._welcomes == self._broker.welcomes:
            return
        self._welcomes = self._broker.welcomes
        for message in introductions(self._history.roster, self._plan.district, self._layers):
            self._send(message, retain=True)
        self._send(Message(self.status, ONLINE), retain=True)

    def _send(self, message: Message, *, retain: bool = False) -> None:
        while not self._broker.has_room():
            self._tell()
            if self._stop.is_set():
                raise Cancelled
        self._broker.say(message, retain=retain)

    def _tell(self) -> None:
        now, told = time.monotonic(), self._told
        if told and now - told[-1][0] < _REPORT_S:
            return
        while len(told) > 1 and now - told[0][0] > _RATE_S:
            told.popleft()
        if not self._broker.connected:
            self._report(Progress(_("Waiting for the broker at {broker}").format(broker=self._broker)))
        else:
            clock = datetime.fromtimestamp(self.t, self._plan.zone).strftime("%Y-%m-%d %H:%M:%S")
            rate = (self._broker.readings - told[0][1]) / (now - told[0][0]) if told else 0.0
            self._report(Progress(_("{time} in the day, {rate:.0f} readings/s").format(time=clock, rate=rate)))
        told.append((now, self._broker.readings))


def _stretch(history: Chain, asked: tuple[float | None, float | None]) -> Span:
    """Return after which time of the day it is played, and up to which."""
    span = history.span
    if span is None:
        raise TwinError(_("The day has no readings."))
    begin, until = asked
    until = span[1] if until is None else until
    if begin is None:
        begin = _before(history, span[0])
    if begin >= until or begin >= span[1] or until < span[0]:
        raise TwinError(
            _("There are no readings between these times; the day goes from {start} to {end}.").format(
                start=iso(span[0]), end=iso(span[1])
            )
        )
    return begin, until


def _before(history: Chain, first: float) -> float:
    """Return when the day begins whose first reading ends then, so that it can follow upon its own end."""
    rows = history.window(np.nextafter(first, -math.inf), first + 3600)
    started = float(rows.t_start[rows.t_end == first].min())
    if started < first:
        return started
    steps = np.diff(np.unique(rows.t_end))
    return first - (float(np.median(steps)) if len(steps) else 1.0)


def _density(history: Chain) -> float:
    """Return the readings a second of the day, at least so many that a step is not endless."""
    directory = history.directory
    span_s = float(directory.t_max.max() - directory.t_min.min())
    return max(float(directory.count.sum()) / max(span_s, 1.0), 1e-3)
