"""Time in the window: the session with its clock, the sun that may follow it, and the bar below the view.

It knows which moment is shown, as the window knows what is open; the bar is told.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from twin.clock import Clock
from twin.language import _
from twin.model import TwinError
from twin.picture import Picture
from ui.following import Following, follow
from ui.job import Job
from ui.recorded import Loaded, load
from ui.sunlight import Sunlight
from ui.timeline.bar import Timeline
from ui.timeline.extent import Extent
from ui.timeline.strips import Strips
from ui.timeline.wording import day_of, local, span_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

    from twin.model import City, District
    from twin.overview import Overview
    from twin.readings import Mark, Span
    from twin.session import Session
    from ui import theme
    from ui.view import CityView

TICK_MS = 33
QUIET_MS = 200
"""Between looks at feeds from which nothing new has come."""

_ALONE_SPEED = 3600.0
_ALONE_STEP_S = 600.0
_LIVE_STEP_S = 10.0
_SELDOM_S = 1.0
"""Between pictures of a live city that are so seldom that each is drawn with all there is at once."""


class Replay(QObject):
    """Which moment is shown in a view, and how it moves."""

    came = Signal(object)
    """The `Session` of what is open, or None: nothing is recorded."""

    moved = Signal(float)
    """Another moment is shown."""

    ready = Signal()
    """Whatever a file has recorded is shown: feeds may begin."""

    told = Signal(str)
    """A sentence for the window's notice."""

    def __init__(self, window: QWidget, view: CityView) -> None:
        super().__init__(window)
        self._view = view
        self._zone = zone_of("UTC")
        self._alone = Clock(0.0, speed=_ALONE_SPEED)
        self._session: Session | None = None
        self._loaded: Loaded | None = None
        self._days: Job[Loaded | None] = Job(self, let_go=_close)
        self._days.delivered.connect(self._take_days)
        self._days.failed.connect(self._do_without_days)
        self.overviews = Strips(self)
        self.overviews.changed.connect(self._take_strips)
        self.overviews.failed.connect(self._tell_trouble)
        self.extent = Extent()
        self._known = self._sunny_days = False
        self._sun = Sunlight(view)
        self._ticked_s = 0.0
        self._shown_s = -math.inf
        self._told_s = 0
        self.timeline = Timeline()
        self.timeline.hide()
        self.following = Following(self)
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._show)
        transport, track = self.timeline.transport, self.timeline.track
        transport.play_wished.connect(self.play)
        transport.step_wished.connect(self.step)
        transport.speed_wished.connect(lambda speed: self.change(lambda clock: clock.at_speed(speed)))
        transport.loop_wished.connect(self.turn_loop)
        transport.seek_wished.connect(self.seek)
        transport.day_wished.connect(self.go_to_day)
        transport.mark_wished.connect(self.next_mark)
        transport.sun_wished.connect(lambda: self.follow_sun(not self._sun.on))
        track.seek_wished.connect(self.seek)
        track.step_wished.connect(self.step)
        track.loop_wished.connect(lambda loop: self.change(lambda clock: clock.looping(loop)))
        track.span_wished.connect(self.show_span)
        self.timeline.fold_wished.connect(self.timeline.fold)

    @property
    def clock(self) -> Clock:
        """The moment, and how it moves."""
        return self._session.clock if self._session is not None else self._alone

    @property
    def session(self) -> Session | None:
        """What is recorded; None where nothing is."""
        return self._session

    @property
    def shown_span(self) -> Span:
        """What the bar shows from end to end."""
        return self.extent.shown

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the district's clocks."""
        return self._zone

    @property
    def step_s(self) -> float:
        """How far one step goes."""
        if self.following.since is not None and self.clock.t >= self.following.since:
            return _LIVE_STEP_S
        return self._loaded.step_s if self._loaded is not None else _ALONE_STEP_S

    @property
    def sun_follows(self) -> bool:
        """Whether the sun stands where it stood at the moment."""
        return self._sun.on

    @property
    def strips(self) -> Overview | None:
        """All that is recorded, from afar; None until it is read."""
        return self.overviews.whole

    @property
    def finer(self) -> Overview | None:
        """A part of it, from nearer."""
        return self.overviews.finer

    @property
    def pending(self) -> bool:
        """Whether a moment waits to be shown."""
        return self._soon.isActive() or (self._session is not None and self._session.pending)

    @property
    def ticking(self) -> bool:
        """Whether time runs in the window."""
        return self._timer.isActive()

    def key(self, event: QKeyEvent) -> bool:
        """Play or pause on the space bar; tell whether the key was for the clock."""
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.play()
            return True
        return False

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self.timeline.dress(dress)

    # what is open

    def show_city(self, city: City, zone: str) -> None:
        """Begin anew with another city: today, without a moment, the sun where it flatters the city."""
        self._timer.stop()
        self._days.stop()
        self._leave_session()
        self._zone = zone_of(zone)
        self._known = False
        self._sun.turn(on=False)
        self._alone = Clock(time.time(), speed=_ALONE_SPEED)
        self.extent.of_day(day_of(self._alone.t, self._zone))
        self.timeline.show_place(zone, (city.frame.lon, city.frame.lat))
        self.timeline.show_recording((), (), None)
        self._tell()
        self.timeline.show()

    def show_days(self, district: District, path: Path | str, *, sun: bool) -> None:
        """Show what a file or an archive has recorded, once it is read, under its `sun` or a studio's light.

        A file without days leaves the time of day.
        """
        self._sunny_days = sun
        zone = self._zone
        self._days.begin(lambda _report, stop: load(district, path, zone, stop))

    def close(self) -> None:
        """End what still runs."""
        self._timer.stop()
        self._soon.stop()
        self.overviews.close()
        self._days.close()
        self._leave_session()

    def _leave_session(self) -> None:
        if self._session is not None:
            self.overviews.forget()
            self._session.close()
            self._session = self._loaded = None
            self.following.forget()
            self._view.scene.show(Picture(0.0, {}))
            self.came.emit(None)

    def _take_days(self, found: Loaded | None) -> None:
        if found is not None:
            self._leave_session()
            self._show_recorded(found)
        self.ready.emit()

    def _show_recorded(self, found: Loaded) -> None:
        if found.session.span is not None:
            self.extent.of_recording(found.session.span, self._zone)
        self._loaded = found
        self._sun.turn(on=self._sunny_days)
        self.timeline.show_state(_("Reading the day…"))
        self.take(found.session)

    def take(self, session: Session) -> None:
        """Show a session as it is now: what it has recorded, and what is live."""
        self._session, self._known = session, True
        self.overviews.show(self.extent.shown)
        self.overviews.read(session.snapshot())
        self.show_strips()
        self.came.emit(session)
        self._soon.start()

    def without_live(self) -> None:
        """Show what is recorded alone, as it was at first, or nothing but the time of day."""
        session, loaded = self._session, self._loaded
        if session is None:
            return
        if loaded is not None:
            session.leave_live()
            session.clock = loaded.clock
            self._show_recorded(loaded)
            return
        self._leave_session()
        self._alone = Clock(time.time(), speed=_ALONE_SPEED)
        self.extent.of_day(day_of(self._alone.t, self._zone))
        self.timeline.show_recording((), (), None)
        self._soon.start()

    def _do_without_days(self, trouble: TwinError) -> None:
        self.told.emit(str(trouble))
        self.ready.emit()

    def _take_strips(self) -> None:
        self.timeline.show_state("")
        self.show_strips()

    def _tell_trouble(self, trouble: TwinError) -> None:
        self.timeline.show_state("")
        self.told.emit(str(trouble))

    def show_strips(self) -> None:
        """Show what is known of what is recorded, and of what is live."""
        if self._session is None:
            return
        names = [layer.title for layer in self._session.roster.layers]
        days = sorted({*(self._loaded.days if self._loaded is not None else ()), *self.following.days})
        self.timeline.show_recording(names, self._marks, days, self.overviews.best)

    # intents

    def change(self, intent: Callable[[Clock], Clock]) -> None:
        """Have another clock, and show its moment soon, once with whatever else changes until then."""
        was_running = self.clock.running
        new = intent(self.clock)
        if new.running and not was_running:
            self._ticked_s = time.monotonic()
            if self._session is not None:
                self._stepped(self._session)  # what went by while it stood is not played
                self._session.redraw()
        self._put(new)
        if not self._known:
            self._known = self._sun.on = True  # with nothing recorded, time is but where the sun stands
        self._soon.start()
        self._tell()

    def _put(self, clock: Clock) -> None:
        if self._session is not None:
            self._session.clock = clock
        else:
            self._alone = clock

    def redraw(self) -> None:
        """Show the moment soon: something else about the data has changed."""
        self._soon.start()

    def play(self) -> None:
        """Play, from the beginning where the end was reached; or pause."""
        self.change(lambda clock: clock.pause() if clock.running else clock.play(self.extent.whole))

    def shuttle(self, *, backwards: bool = False) -> None:
        """Play that way; or faster, where it does already."""
        self.change(lambda clock: clock.shuttle(self.extent.whole, backwards=backwards))

    def step(self, count: int) -> None:
        """Go so many steps on, or back; not beyond what there is."""
        self.change(lambda clock: clock.pause().seek(self.extent.within(clock.t + count * self.step_s, time.time())))

    def seek(self, t: float) -> None:
        """Go to a moment, the nearest that there is; where nothing is recorded, on whichever day it is."""
        if self._session is None:
            if not self.extent.whole[0] <= t <= self.extent.whole[1]:
                self._show_day(day_of(t, self._zone))
        elif self.following.on and t >= time.time():
            self.following.go()
            return
        else:
            t = self.extent.within(t, time.time())
            self._page_to(t)
        self.change(lambda clock: clock.seek(t))

    def go_to_day(self, day: date) -> None:
        """Go to the same time on another day."""
        span = span_of(day, self._zone)
        at = local(self.clock.t, self._zone)
        t = at.replace(year=day.year, month=day.month, day=day.day).timestamp()
        if self._session is None:
            self._show_day(span)
        else:
            t = self.extent.within(t, time.time())
            self.show_span(self.extent.part(span))
        self.change(lambda clock: clock.seek(t))

    @property
    def has_marks(self) -> bool:
        """Whether anything is known to have happened on the day."""
        return bool(self._marks)

    @property
    def _marks(self) -> tuple[Mark, ...]:
        """What happened, by what is recorded and what feeds have told."""
        recorded = self._loaded.marks if self._loaded is not None else ()
        told = self._session.desk.marks if self._session is not None else ()
        return (*recorded, *told)

    @property
    def knows_moment(self) -> bool:
        """Whether any moment is shown, and not just a city."""
        return self._known

    def next_mark(self, by: int = 1) -> None:
        """Go to the next thing that happened, or the one before; round and round."""
        starts = sorted(mark.t_start for mark in self._marks)
        if not starts:
            return
        t = self.clock.t
        if by > 0:
            self.seek(next((start for start in starts if start > t + 1e-3), starts[0]))
        else:
            self.seek(next((start for start in reversed(starts) if start < t - 1e-3), starts[-1]))

    def turn_loop(self) -> None:
        """Go round in what is shown; or no longer."""
        self.change(lambda clock: clock.looping(None if clock.loop else self.extent.shown))

    def follow_sun(self, on: bool) -> None:
        """Have the sun where it stood at the moment; or where it flatters the city."""
        self._sun.turn(on=on)
        if on:
            self._known = True
        elif self._view.has_city:
            self._sun.flatter()
            if self._session is None:
                self._put(self.clock.pause())
                self._known = False
        self._soon.start()
        self._tell()

    def show_span(self, span: Span) -> None:
        """Show another part of what there is along the bar."""
        self.extent.shown = span
        self.overviews.show(span)
        self._tell()

    # inside

    def _page_to(self, t: float) -> None:
        """Have the bar show the moment."""
        if self.extent.page_to(t):
            self.show_span(self.extent.shown)

    def _show_day(self, whole: Span) -> None:
        self.extent.of_day(whole)
        self._alone = self._alone.looping(None)

    def _tick(self) -> None:
        if self._session is None:
            now_s = time.monotonic()
            self._alone = self._alone.advance(now_s - self._ticked_s, time.time(), self.extent.whole)
            self._ticked_s = now_s
        self._show()

    def _show(self) -> None:
        """Draw the moment where it looks otherwise than the last, and run for as long as the clock does."""
        picture = None
        if self._session is not None:
            played = self.clock.state == "playing" and not self.clock.backwards
            picture = self._stepped(self._session)
            if self.following.on and played and not self.clock.running:  # played until now is reached
                self._put(follow(self.clock, time.time()))
            self.following.keep_up(self._session, picture)
            if picture is not None:
                self._view.scene.show(picture)
                now_s = time.monotonic()
                self._view.stir(alone=self.clock.state == "following" and now_s - self._shown_s > _SELDOM_S)
                self._shown_s = now_s
                self.timeline.show_reporting(picture.reporting)
            if self.clock.running:
                self._page_to(self.clock.t)
        self._pace(busy=picture is not None)
        self._sun.show(self.clock)
        second = int(self.clock.t)
        if self.clock.state != "following" or picture is not None or second != self._told_s:  # else nobody sees more
            self._told_s = second
            self._tell()

    def _pace(self, *, busy: bool) -> None:
        """Tick while time runs or a picture is on its way; while feeds are there seldom, unless something comes."""
        session, live = self._session, self.following.on
        waits = session is not None and (session.pending or (live and not session.inbox.empty()))
        runs = self.clock.running
        quiet = live and not (busy or waits or self.clock.state == "playing")
        if not (runs or waits or live):
            self._timer.stop()
            return
        interval_ms = QUIET_MS if quiet else TICK_MS
        if self._timer.interval() != interval_ms:
            self._timer.setInterval(interval_ms)
        if not self._timer.isActive():
            self._timer.start()

    def _stepped(self, session: Session) -> Picture | None:
        """Take a step of the session; where the file is damaged there, time stops, nothing is shown, and it is told."""
        try:
            return session.step(time.time())
        except TwinError as trouble:
            session.clock = session.clock.pause()
            session.redraw()
            self._tell_trouble(trouble)
            return Picture(session.clock.t, {})

    def _tell(self) -> None:
        self.timeline.show_span(self.extent.whole, self.extent.shown)
        self.timeline.show_clock(self.clock, known=self._known)
        self.timeline.transport.show_sun(self._sun.on)
        self.moved.emit(self.clock.t)


def _close(found: Loaded | None) -> None:
    if found is not None:
        found.session.close()
