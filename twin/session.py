"""What is open now: a district, the histories of its sensors, the clock, and what is shown of them.

The whole program is a loop over one pair, in a window, at the command line and in tests:

    if picture := session.step(now):  # None: nothing changed, nothing to draw
        scene.show(picture)
"""

from __future__ import annotations

import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from twin.clock import LONGEST_TICK_S, Clock
from twin.days import Recording, Stored, read_days
from twin.days.shelf import Shelf
from twin.history import LiveHistory
from twin.joined import Joined
from twin.layers.fitting import Fitting, done
from twin.live.desk import Desk
from twin.readings import Rejects, Roster

if TYPE_CHECKING:
    import os
    import queue
    from collections.abc import Callable, Iterable, Mapping

    from twin.layers import Choice, Fitted, Verdict
    from twin.legend import Legend
    from twin.live.desk import Incoming
    from twin.model import District
    from twin.picture import Picture
    from twin.readings import History, Mark, Moment, Notice, Span

DRAIN_S = 0.004
"""So long one step takes what has come in; the rest waits for the next."""

CHANGES_S, STALENESS_S = 0.1, 1.0
"""While following, pictures of what has come are at least so far apart, and those of what merely grows old."""

AFRESH_S = 1.0
"""In a window, layers read so often what has come in beside the moment's own values: vehicles, windows of hours."""

_SHARE = 5.0  # and no oftener than that this takes a fifth of the time
_MANY = 10_000  # readings that wait; then a step takes more of them
_TICKS_AHEAD, _STRIDES_AHEAD = 4, 3
"""So many of the next ticks, and of the longest ones, are read ahead of a playing clock."""


class Session:
    """A district with its recorded days, and with what is live.

    `clock` is a plain value: an intent is a new one, `session.clock = session.clock.play(session.span)`. All but
    `inbox` belongs to one thread. While `patience_s` is finite, another one makes the pictures: a step waits that long
    for its own, and where it takes longer a later step has it, so that no disk holds up a window.

    Parameters
    ----------
    district
        Where the sensors stand.
    histories
        Recorded days; they are closed with the session.
    live
        Takes what comes through the inbox.
    as_it_arrived
        Show what was known at each moment, and not what came later about it.
    """

    def __init__(
        self,
        district: District,
        histories: Iterable[History] = (),
        *,
        live: LiveHistory | None = None,
        as_it_arrived: bool = False,
    ) -> None:
        self.district = district
        self.live = live
        self.recordings: tuple[History, ...] = tuple(histories)
        self._seen: tuple[History, ...] = (*self.recordings, *([live] if live is not None else []))
        self.history: History = self._seen[0] if len(self._seen) == 1 else Joined(self._seen)
        self.desk = Desk(live if live is not None else LiveHistory(Roster()))
        self.as_it_arrived = as_it_arrived
        self.patience_s = math.inf
        span = self.span
        self.clock = Clock(span[0] if span else 0.0)
        self._hidden: set[str] = set()
        self._fitting = Fitting(district)
        self._last_now: float | None = None
        self._last: Picture | None = None
        self._last_t = math.nan
        self._changed = True  # something other than the moment
        self._forgetting, self._forgot_s = False, -math.inf
        self._longest_s = 0.0  # that a picture took since layers last read anew
        self._shelf: Shelf | None = None
        self._maker: ThreadPoolExecutor | None = None
        self._making: Future[Picture] | None = None

    @classmethod
    def open(
        cls,
        district: District,
        path: str | os.PathLike[str],
        *,
        days: Iterable[int] | None = None,
        live: LiveHistory | None = None,
    ) -> Self:
        """Return a session with days of a file, all of them or those named; a file without days is no error.

        In the place of a file it may be the address of a day in an archive.

        Raises
        ------
        TwinError
            Where the file or a day in it is damaged, or the archive or the day in it cannot be had.
        """
        wanted = None if days is None else set(days)
        recordings: list[Stored] = []
        shelf = Shelf()
        try:
            if isinstance(path, str) and (archived := _archived(path, shelf)) is not None:
                recordings.append(archived)
            else:
                for day in (day.id for day in read_days(path) if wanted is None or day.id in wanted):
                    # those opened must be closed if the next fails
                    recordings.append(Recording(path, day, shelf=shelf))  # noqa: PERF401
        except BaseException:
            for recording in recordings:
                recording.close()
            raise
        session = cls(district, recordings, live=live)
        session._shelf = shelf
        return session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; what is being recorded is finished first."""
        self.desk.stop_recording()
        if self._maker is not None:
            self._maker.shutdown(cancel_futures=True)
        self._fitting.close()
        if self._shelf is not None:
            self._shelf.close()
        for history in self.recordings:
            if isinstance(history, Stored):
                history.close()

    # what there is

    @property
    def inbox(self) -> queue.SimpleQueue[Incoming]:
        """Where anybody, on any thread, may put what is live."""
        return self.desk.inbox

    @property
    def rejects(self) -> Rejects:
        """What came in and was not taken."""
        return self.desk.rejects

    @property
    def notices(self) -> Mapping[str, Notice]:
        """Trouble that has not ended, by its source."""
        return self.desk.notices

    @property
    def roster(self) -> Roster:
        """Who measures what, on any day and live."""
        return self.history.roster

    @property
    def span(self) -> Span | None:
        """The first and the last moment of all that is recorded; None where nothing is."""
        return self.history.span

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What happened, in the order of time."""
        found = [mark for history in self.recordings if isinstance(history, Stored) for mark in history.marks()]
        return tuple(sorted([*found, *self.desk.marks], key=lambda mark: mark.t_start))

    @property
    def simulated(self) -> bool:
        """Whether anything shown was not measured by an instrument."""
        return any(layer.origin == "simulated" for layer in self.roster.layers if self.is_shown(layer.key))

    @property
    def layers(self) -> tuple[str, ...]:
        """The words of the layers that there are data for, shown or not."""
        self._settle()
        return tuple(key for key, fitted in self._layers().items() if fitted is not None)

    def legend(self, layer: str) -> Legend | None:
        """Return how the values of a layer are read; None for a layer without data."""
        self._settle()
        fitted = self._layers().get(layer)
        return fitted.legend if fitted is not None else None

    def choices(self, layer: str) -> tuple[Choice, ...]:
        """Return what may be chosen about a layer."""
        return self._fitting.choices(layer, self.roster)

    def chosen(self, layer: str) -> Mapping[str, str]:
        """Return what is chosen about a layer, by the choice's key."""
        return self._fitting.chosen(layer, self.roster)

    def is_shown(self, layer: str) -> bool:
        """Whether a layer is shown, where it has data."""
        return layer not in self._hidden

    def snapshot(self) -> History:
        """Return all that is there now, for another thread to read while more comes."""
        live, history = self.live, self.history
        if live is None:
            return history
        if not isinstance(history, Joined):
            return live.snapshot()
        return history.still(tuple(live.snapshot() if one is live else one for one in self._seen))

    def at(self, t: float | None = None) -> Moment:
        """Return what every sensor says at a moment, or at the clock's own."""
        t = self.clock.t if t is None else t
        return self.history.at(t, arrived_by=t if self.as_it_arrived else math.inf)

    def judge(self, sensor: int) -> Callable[[float], tuple[Verdict, ...]]:
        """Return what tells, on any thread, what every standard says of a sensor, a row of the roster, at a moment."""
        self._settle()
        fitted, history = self._layers().get(self.roster.sensors[sensor].layer), self.snapshot()
        as_it_arrived = self.as_it_arrived

        def verdicts(t: float) -> tuple[Verdict, ...]:
            if fitted is None:
                return ()
            arrived_by = t if as_it_arrived else math.inf
            return fitted.verdicts(sensor, history.at(t, arrived_by=arrived_by), history, arrived_by=arrived_by)

        return verdicts

    # intents

    def show(self, layer: str, visible: bool) -> None:
        """Show or hide a layer."""
        self._settle()
        (self._hidden.discard if visible else self._hidden.add)(layer)
        self._changed = True

    def choose(self, layer: str, **words: str) -> None:
        """Choose about a layer: a quantity, a standard, colours; words that it does not know are ignored."""
        self._settle()
        self._fitting.choose(layer, **words)
        self._changed = True

    def go_live(self) -> None:
        """Show what comes over the desk beside the recorded days; days that were made up are put away."""
        measured = [day for day in self.recordings if all(one.origin != "simulated" for one in day.roster.layers)]
        self.live = self.desk.history
        self._see((*measured, self.live))

    def leave_live(self) -> None:
        """Show the recorded days alone; what has come stays on the desk."""
        self.live = None
        self._see(self.recordings)

    def _see(self, histories: tuple[History, ...]) -> None:
        self._settle()
        self._making, self._seen = None, histories
        self.history = histories[0] if len(histories) == 1 else Joined(histories)
        self._fitting = self._fitting.anew()
        self.redraw()

    def redraw(self) -> None:
        """Have the next step return a picture whatever has changed: somebody new wants to see it."""
        self._last = None
        self._changed = True

    # the loop

    def step(self, now: float) -> Picture | None:
        """Take what has come in, move the clock, and return the picture of its moment; None where it is as before.

        Parameters
        ----------
        now
            What the wall says, UTC epoch seconds; a test makes it up.
        """
        anything, readings = self.desk.take(DRAIN_S if self.desk.waiting < _MANY else 3 * DRAIN_S)
        self._changed = self._changed or anything or self._fitting.due(self.roster)
        self._forgetting = self._forgetting or readings
        dt = 0.0 if self._last_now is None else now - self._last_now
        self._last_now = now
        self.clock = self.clock.advance(dt, now, self.span)
        late = self._making is not None
        picture = self._taken() if late else None
        if self._making is None and self._begin(now, dt) and not late:
            picture = self._taken()  # the one after a late one comes with the next step
        return picture

    @property
    def making(self) -> bool:
        """Whether a picture is on its way that a later step will return."""
        return self._making is not None and not self._making.done()

    @property
    def pending(self) -> bool:
        """Whether another step is worth taking, though nothing has happened."""
        return self._making is not None

    def _begin(self, now: float, dt: float) -> bool:
        """Have the picture of the clock's moment made, where it may differ from the last; tell whether it is."""
        t = self.clock.t
        if not self._changed and t == self._last_t:
            return False
        if self.clock.state == "following" and 0 <= t - self._last_t < self._glance_s():
            return False
        self._last_t, self._changed = t, False
        notices = tuple(self.notices.values())
        if math.isinf(self.patience_s):
            self._forget(0.0)
            self._making = done(lambda: self._made(t, self.history, notices))
        else:
            self._forget(max(AFRESH_S, _SHARE * self._longest_s))
            self._maker = self._maker or ThreadPoolExecutor(1, "pictures")
            self._making = self._maker.submit(self._made, t, self.snapshot(), notices)  # while more comes in
        if self.clock.state == "playing":
            self._read_ahead(now, dt)
        return True

    def _forget(self, apart_s: float) -> None:
        """Have layers read anew what has come in; not while a picture is being made, and so far apart at least."""
        if self._forgetting and time.monotonic() >= self._forgot_s + apart_s:
            self._forgetting, self._forgot_s, self._longest_s = False, time.monotonic(), 0.0
            self._fitting.forget()

    def _glance_s(self) -> float:
        """Return how long a picture of now will do: at a glance nobody sees more, and what goes stale can wait."""
        if any(fitted is not None and fitted.animated and self.is_shown(key) for key, fitted in self._layers().items()):
            return 0.0
        return CHANGES_S if self._changed else STALENESS_S

    def _taken(self) -> Picture | None:
        """Return the picture that is being made, if it comes in time and differs from the last."""
        if self._making is None:
            return None
        try:
            picture = self._making.result(None if math.isinf(self.patience_s) else self.patience_s)
        except TimeoutError:
            return None
        except Exception:
            self._making, self._changed = None, True
            raise
        self._making = None
        last, self._last = self._last, picture
        return None if last is not None and last.looks_like(picture) else picture

    def _read_ahead(self, now: float, dt: float) -> None:
        """Have read what the clock comes to next, in loops and backwards, too."""
        span, clock, times = self.span, self.clock, []
        for step_s in (*(dt,) * _TICKS_AHEAD, *(LONGEST_TICK_S,) * _STRIDES_AHEAD):
            clock = clock.advance(step_s, now, span)
            times.append(clock.t)
        for history in self.recordings:
            if isinstance(history, Stored) and history.span is not None:
                start, end = history.span
                history.prepare([t for t in times if start <= t <= end])

    def _settle(self) -> None:
        """Wait for the picture that is being made of what is about to change, or to be asked."""
        if self._making is not None:
            self._making.exception()

    def picture(self, t: float) -> Picture:
        """Return the picture of any moment; the clock stays where it is."""
        self._settle()
        self._forget(0.0)
        return self._made(t, self.history, tuple(self.notices.values()))

    def _made(self, t: float, history: History, notices: tuple[Notice, ...]) -> Picture:
        begun_s = time.monotonic()
        arrived_by = t if self.as_it_arrived else math.inf
        found = self._fitting.picture(t, history, self._hidden, notices, arrived_by=arrived_by)
        self._longest_s = max(self._longest_s, time.monotonic() - begun_s)
        return found

    def _layers(self) -> dict[str, Fitted | None]:
        return self._fitting.fitted(self.roster)


def _archived(address: str, shelf: Shelf) -> Stored | None:
    """Open a day of an archive; None where this is no address of one."""
    from twin.archive import ArchiveRecording, is_archive  # with TLS and all: files need none of it

    return ArchiveRecording(address, shelf=shelf) if is_archive(address) else None
