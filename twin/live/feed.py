"""One feed at work: a thread that listens to a source, comes back after trouble, and knows how it is doing."""

from __future__ import annotations

import math
import random
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from twin import blackbox
from twin.history import FUTURE_TOLERANCE_S
from twin.language import _, _n
from twin.live.desk import Arrived
from twin.live.enrolling import Numbers
from twin.live.sanity import placed, sane
from twin.mapping.places import Places
from twin.model import TwinError
from twin.readings import Mark, Notice, Roster
from twin.sources import Trouble, open_source

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.live.desk import Desk
    from twin.live.enrolling import Enrolment
    from twin.readings import Readings
    from twin.sources import Batch, Connection, Secret, Source, Where

Word = Literal["connecting", "receiving", "silent", "waiting", "failed", "paused"]
"""How a feed is doing. "silent": connected, and nothing came for longer than its values hold; "waiting": it tries
again by itself soon; "failed": somebody should act, and it tries again seldom."""

NEAR_DEG = 0.05
"""Sensors so far outside the box of the district are taken, about five kilometres: air is reckoned between stations."""

_RATE_OVER_S = 10.0
_MISSED_S = 5.0  # what is shorter is not marked
_AT_ONCE = 5_000  # readings, which a window judges and remembers within some milliseconds


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a feed waits before it tries again."""

    first_s: float = 1.0
    longest_s: float = 60.0
    grave_s: float = 600.0  # where somebody must act first: who runs the server may have done it

    def after(self, tries: int, trouble: Trouble, chance: float) -> float:
        """Return the pause after so many tries in vain; `chance`, 0 to 1, keeps many desks from coming back at once."""
        usual_s = self.grave_s if trouble.grave else min(self.longest_s, self.first_s * 2.0 ** min(tries, 30))
        return max(usual_s * (0.5 + 0.5 * chance), trouble.retry_s or 0.0)


@dataclass(frozen=True, slots=True)
class State:
    """How a feed is doing at a moment. Times are UTC epoch seconds, None for never."""

    name: str
    word: Word
    delay_s: float  # from measuring to arriving, of what came last; NaN for unknown
    rate_per_s: float  # readings a second over the last ten
    last_error: str  # which may long be over
    last_error_t: float | None
    last_success_t: float | None  # when it last answered
    newest_t: float | None  # of its newest reading
    retry_t: float | None  # when it tries again; None where it does not wait
    sensors: int
    inside: int  # sensors inside the district
    readings: int  # taken from it so far
    remarks: tuple[str, ...] = ()  # what was put right


class Feed:
    """A connection at work on a thread of its own. All methods are for any thread, and none waits but `close`."""

    def __init__(
        self,
        connection: Connection,
        where: Where,
        secret: Secret,
        desk: Desk,
        enrolment: Enrolment,
        *,
        pauses: Pauses | None = None,
        since_s: float | None = None,  # UTC epoch seconds up to which all was told, before this program began
    ) -> None:
        self.connection = connection
        self._where, self._secret, self._desk, self._enrolment = where, secret, desk, enrolment
        self._pauses = pauses or Pauses()
        self._places = Places(where.home)
        self._numbers = Numbers()
        self._own = Roster()  # the source's, as it was last enrolled
        self._kept = np.zeros(0, bool)  # whether each of its sensors is near enough
        self._inside = 0
        self._shelf_s = math.inf  # the shortest of the channels that told anything
        self._shelves = np.zeros(0)
        self._word: Word = "paused"
        self._error, self._grave = "", False  # what is wrong now
        self._last_error = ""
        self._error_t: float | None = None
        self._success_t: float | None = None
        self._heard_t = since_s
        self._newest_t: float | None = None
        self._retry_t: float | None = None
        self._delay_s = math.nan
        self._ahead_s = 0.0
        self._count = 0
        self._recent: deque[tuple[float, int]] = deque()
        self._said = ""  # what the server tells of those who publish there
        self._told = ""  # the sentence that stands as this feed's notice
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self.connection.name

    def resume(self) -> None:
        """Listen, or try again at once."""
        with self._lock:
            self._stop.set()  # a thread that listens or waits ends, and another begins when it has
            before, self._stop = self._thread, threading.Event()
            self._word, self._retry_t = "connecting", None
            self._thread = threading.Thread(
                target=self._run, args=(self._stop, before), name=f"feed {self.name}", daemon=True
            )
            self._thread.start()

    def pause(self) -> None:
        """Listen no more until `resume`."""
        with self._lock:
            self._stop.set()
            self._word, self._retry_t = "paused", None

    def close(self, wait_s: float = 5.0) -> None:
        """End, and wait for that so long."""
        self.pause()
        if self._thread is not None:
            self._thread.join(wait_s)

    def state(self, now: float) -> State:
        """Return how it is doing."""
        with self._lock:
            self._let_go(now)
            rate = sum(count for _t, count in self._recent) / _RATE_OVER_S
            word = self._word
            if word == "receiving" and (self._newest_t is None or self._is_dead(now)):
                word = "silent"
            return State(
                self.name,
                word,
                self._delay_s,
                rate,
                self._last_error,
                self._error_t,
                self._success_t,
                self._newest_t,
                self._retry_t,
                int(np.count_nonzero(self._kept)),
                self._inside,
                self._count,
                self._remarks(),
            )

    def _remarks(self) -> tuple[str, ...]:
        swapped = self._places.swapped
        if not swapped:
            return ()
        said = _n(
            "{count} place had longitude and latitude in each other's place, and was put right.",
            "{count} places had longitude and latitude in each other's place, and were put right.",
            swapped,
        )
        return (said.format(count=swapped),)

    # notices

    def watch(self, now: float) -> None:
        """Put a notice into the inbox where there is something new to say of trouble, or of its end."""
        with self._lock:
            sentence = self._trouble(now)
            if sentence == self._told:
                return
            self._told = sentence
            # while the lock is held, so that the last that is put is the last that was found; words wait for nothing
            self._desk.put(Notice(self.name, sentence, now, grave=self._grave))

    def _is_dead(self, now: float) -> bool:
        return self._newest_t is not None and now - self._newest_t > self._shelf_s

    def _trouble(self, now: float) -> str:
        """Return what a person should know, "" where all is well."""
        if self._word == "paused":
            return ""
        if self._error and self._grave:
            return _("{feed}: {trouble}").format(feed=self.name, trouble=self._error)
        if self._ahead_s > FUTURE_TOLERANCE_S:
            return _(
                "{feed}: its clock is {minutes} minutes ahead of this computer's, so its readings are not taken. "
                "Set one of the clocks right."
            ).format(feed=self.name, minutes=round(self._ahead_s / 60))
        trouble = self._error or self._said
        if trouble and (self._newest_t is None or (self._said and not self._is_dead(now))):
            return _("{feed}: {trouble}").format(feed=self.name, trouble=trouble)
        if self._newest_t is None or not self._is_dead(now):
            return ""
        since = _clock_of(self._newest_t, now, self._where.zone)
        if trouble:
            return _("{feed}: no reading since {time}. {trouble}").format(feed=self.name, time=since, trouble=trouble)
        return _("{feed}: no reading since {time}.").format(feed=self.name, time=since)

    # on its own thread

    def _run(self, stop: threading.Event, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        source: Source | None = None
        tries = 0
        while not stop.is_set():
            began_s = time.monotonic()
            try:
                source = source or self._opened()
                self._listen(source, stop)
                trouble = Trouble(_("The connection was closed."))
            except Trouble as fault:
                trouble = fault
            except TwinError as fault:  # something about the connection cannot be meant
                trouble = Trouble(str(fault), grave=True)
            except Exception as fault:  # noqa: BLE001 - whatever a server made the source stumble over
                blackbox.keep(traceback.format_exc())
                reason = f"{type(fault).__name__}: {fault}"
                trouble = Trouble(_("It ended unexpectedly: {reason}.").format(reason=reason))
            if stop.is_set():
                return
            tries = 0 if self._answered_since(began_s) else tries
            pause_s = self._pauses.after(tries, trouble, random.random())  # noqa: S311 - no secret
            tries += 1
            self._fail(trouble, pause_s, stop)
            self.watch(time.time())
            if stop.wait(pause_s):
                return
            with self._lock:
                if not stop.is_set():
                    self._word, self._retry_t = "connecting", None

    def _opened(self) -> Source:
        """Return the source, whose sensors are numbered from nought."""
        source = open_source(self.connection, self._where, self._secret)
        with self._lock:
            self._own, self._numbers, self._kept, self._inside = Roster(), Numbers(), np.zeros(0, bool), 0
        return source

    def _listen(self, source: Source, stop: threading.Event) -> None:
        source.listen(lambda batch: self._take(source.roster, batch, stop), stop, self._heard_t)

    def _answered_since(self, began_s: float) -> bool:
        """Whether the source answered, and went on for longer than the first pause: it does not just flap."""
        up_s = time.monotonic() - began_s
        return self._success_t is not None and self._success_t >= time.time() - up_s and up_s > self._pauses.first_s

    def _fail(self, trouble: Trouble, pause_s: float, stop: threading.Event) -> None:
        with self._lock:
            if stop.is_set():
                return
            now = time.time()
            self._error = self._last_error = str(trouble)
            self._error_t, self._grave = now, trouble.grave
            self._word, self._retry_t = ("failed" if trouble.grave else "waiting"), now + pause_s

    def _take(self, roster: Roster, batch: Batch, stop: threading.Event) -> None:
        """Take what the source tells, renumber it, and put it into the inbox."""
        now = time.time()
        self._enrol(roster)
        readings = self._renumbered(batch.readings, now)
        for start, end in batch.missed:
            if end - start > _MISSED_S:
                title = _("No data from {feed}").format(feed=self.name)
                self._desk.put(Mark(start, end, title), stop)
        if not (len(batch.readings) or batch.rejects.total):
            batch.safe()
        elif not self._put(readings, batch, stop):
            return  # and it is not acknowledged
        with self._lock:
            if stop.is_set():
                return
            self._word, self._success_t, self._heard_t = "receiving", now, now
            self._error, self._grave = "", False
            self._said = self._said if batch.said is None else batch.said
            self._note(readings, now)
        self.watch(now)

    def _put(self, readings: Readings, batch: Batch, stop: threading.Event) -> bool:
        """Put readings into the inbox in parts, of which the last says that all are safe; False where `stop` came."""
        recordable = self.connection.record
        parts = max(1, math.ceil(len(readings) / _AT_ONCE))
        for part in range(parts - 1):
            rows = readings[part * _AT_ONCE : (part + 1) * _AT_ONCE]
            if not self._desk.put(Arrived(rows, recordable=recordable), stop):
                return False
        last = readings[(parts - 1) * _AT_ONCE :]
        return self._desk.put(Arrived(last, batch.rejects, batch.safe, recordable), stop)

    def _note(self, readings: Readings, now: float) -> None:
        """Remember how late and how many readings are."""
        if not len(readings):
            return
        timed = readings.t_end[np.isfinite(readings.t_end)]
        late_s = float(np.median(now - timed)) if len(timed) else math.nan
        self._ahead_s = max(-late_s, 0.0)
        self._delay_s = max(late_s, 0.0)
        self._count += len(readings)
        self._recent.append((now, len(readings)))
        self._let_go(now)
        sure = readings.t_end[readings.t_end <= now + FUTURE_TOLERANCE_S]
        if len(sure):
            self._newest_t = max(self._newest_t or -math.inf, float(sure.max()))
        told = np.unique(readings.channel)
        self._shelf_s = min(self._shelf_s, float(self._shelves[told[told >= 0]].min(initial=math.inf)))

    def _let_go(self, now: float) -> None:
        """Forget what is too long ago for a rate of now."""
        while self._recent and self._recent[0][0] < now - _RATE_OVER_S:
            self._recent.popleft()

    def _enrol(self, roster: Roster) -> None:
        if roster is self._own:
            return
        new = placed(roster.sensors[len(self._kept) :], self._places)
        lonlat = np.array([(sensor.lon, sensor.lat) for sensor in new], np.float64).reshape(-1, 2)
        near = self._within(lonlat, NEAR_DEG)
        kept = [sensor for sensor, is_near in zip(new, near.tolist(), strict=True) if is_near]
        numbers = self._enrolment.enrol(
            self.name,
            Roster((*self._numbers.of.sensors, *kept), roster.channels, roster.layers),
            self._numbers,
        )
        with self._lock:
            self._own, self._numbers = roster, numbers
            self._kept = np.append(self._kept, near)
            self._inside += int(np.count_nonzero(self._within(lonlat, 0.0) & np.isfinite(lonlat).all(axis=1)))
            self._shelves = np.array([channel.shelf_s for channel in self._enrolment.roster.channels], np.float64)

    def _within(self, lonlat: NDArray[np.float64], margin_deg: float) -> NDArray[np.bool_]:
        """Whether places are inside the district's box, or may be: those of moving sensors are not known."""
        if self._where.bbox is None:
            return np.ones(len(lonlat), bool)
        west, south, east, north = self._where.bbox
        wide_deg = margin_deg / max(math.cos(math.radians((south + north) / 2)), 0.01)
        low, high = (west - wide_deg, south - margin_deg), (east + wide_deg, north + margin_deg)
        inside: NDArray[np.bool_] = np.isnan(lonlat).any(axis=1) | ((lonlat >= low) & (lonlat <= high)).all(axis=1)
        return inside

    def _renumbered(self, readings: Readings, now: float) -> Readings:
        """Return readings by the rows of the common roster, arrived now; those of sensors far away are left out."""
        if not len(readings):
            return readings
        known = (readings.sensor >= 0) & (readings.sensor < len(self._kept))
        row = np.where(known, readings.sensor, 0)
        if known.any():
            far = known & ~self._kept[row]
            if far.any():
                readings, row, known = readings[~far], row[~far], known[~far]
        among = np.cumsum(self._kept) - 1  # the number of each among those that were kept
        own = np.where(known, among[row], -1).astype(np.int32) if len(among) else readings.sensor
        readings = replace(readings, sensor=own, t_arrived=np.full(len(readings), now))
        return sane(self._numbers.renumbered(readings), self._places)


def _clock_of(t: float, now: float, zone: str) -> str:
    """Return a time as a clock on the wall says it, with the day where that is another."""
    from datetime import datetime

    from twin.mapping.times import zone_named

    at, today = (datetime.fromtimestamp(moment, zone_named(zone)) for moment in (t, now))
    return at.strftime("%H:%M" if at.date() == today.date() else "%Y-%m-%d %H:%M")
