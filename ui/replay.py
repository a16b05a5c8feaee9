"""Time in the window: the clock, the sun that may follow it, and the bar below the view that shows both.

It knows which moment is shown, as the window knows what is open; the bar is told.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from twin.clock import Clock
from twin.language import _
from ui.timeline.bar import Timeline
from ui.timeline.wording import day_of, local, span_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    from PySide6.QtGui import QAction, QKeyEvent
    from PySide6.QtWidgets import QWidget

    from twin.model import City
    from twin.readings import Span
    from ui import theme
    from ui.commands import Commands
    from ui.view import CityView

TICK_MS = 33
SUN_STEP_S = 60.0
"""The sun is moved where it would have gone a quarter of a degree: less is not seen."""

_DAY_SPEED = 3600.0
_STEP_S = 600.0


class Replay(QObject):
    """Which moment is shown in a view, and how it moves."""

    def __init__(self, window: QWidget, view: CityView) -> None:
        super().__init__(window)
        self._view = view
        self._zone = zone_of("UTC")
        self._clock = Clock(0.0, speed=_DAY_SPEED)
        self._whole: Span = (0.0, 86_400.0)
        self._shown: Span = self._whole
        self._known = False
        self._sun = False
        self._sun_t: float | None = None
        self._ticked_s = 0.0
        self.timeline = Timeline()
        self.timeline.hide()
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
        transport.sun_wished.connect(lambda: self.follow_sun(not self._sun))
        track.seek_wished.connect(self.seek)
        track.step_wished.connect(self.step)
        track.loop_wished.connect(lambda loop: self.change(lambda clock: clock.looping(loop)))
        track.span_wished.connect(self.show_span)
        self.timeline.fold_wished.connect(self.timeline.fold)

    def add_commands(self, commands: Commands) -> None:
        """Name what one can do."""
        group = _("Time")
        self._play = commands.add("play", _("Play or pause"), self.play, group=group, keys="Space", icon="play")
        # A button that has the keyboard is pressed with the same key: `key` hears of it where nobody else wants it.
        self._play.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        for name, said, keys, act in (
            ("faster", _("Play, or faster"), "L", self.faster),
            ("hold", _("Pause"), "K", lambda: self.change(Clock.pause)),
            ("slower", _("Slower"), "J", lambda: self.change(Clock.slower)),
            ("step-back", _("One step back in time"), ",", lambda: self.step(-1)),
            ("step-on", _("One step on in time"), ".", lambda: self.step(1)),
            ("time", _("Go to a time…"), "Ctrl+T", self.timeline.transport.focus_time),
            ("sun", _("The sun follows the clock, or not"), "U", lambda: self.follow_sun(not self._sun)),
        ):
            commands.add(name, said, act, group=group, keys=keys, icon="clock")

    @property
    def play_action(self) -> QAction:
        """What plays and pauses."""
        return self._play

    @property
    def clock(self) -> Clock:
        """The moment, and how it moves."""
        return self._clock

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the district's clocks."""
        return self._zone

    @property
    def step_s(self) -> float:
        """How far one step goes."""
        return _STEP_S

    @property
    def sun_follows(self) -> bool:
        """Whether the sun stands where it stood at the moment."""
        return self._sun

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
        self._zone = zone_of(zone)
        self._known = self._sun = False
        self._sun_t = None
        self._clock = Clock(time.time(), speed=_DAY_SPEED)
        self._whole = self._shown = day_of(self._clock.t, self._zone)
        self.timeline.show_place(zone, (city.frame.lon, city.frame.lat))
        self.timeline.show_recording((), (), None)
        self._tell()
        self.timeline.show()

    def close(self) -> None:
        """End what still runs."""
        self._timer.stop()
        self._soon.stop()

    # intents

    def change(self, intent: Callable[[Clock], Clock]) -> None:
        """Have another clock, and show its moment soon, once with whatever else changes until then."""
        was_running = self._clock.running
        self._clock = intent(self._clock)
        if not self._known:
            self._known = self._sun = True  # with nothing recorded, time is but where the sun stands
        if self._clock.running and not was_running:
            self._ticked_s = time.monotonic()
        self._soon.start()
        self._tell()

    def play(self) -> None:
        """Play, from the beginning where the end was reached; or pause."""
        self.change(lambda clock: clock.pause() if clock.running else clock.play(self._whole))

    def faster(self) -> None:
        """Play; or faster where it plays."""
        self.change(lambda clock: clock.faster() if clock.running else clock.play(self._whole))

    def step(self, count: int) -> None:
        """Go so many steps on, or back; not beyond what there is."""
        self.change(lambda clock: clock.pause().seek(self._within(clock.t + count * self.step_s)))

    def seek(self, t: float) -> None:
        """Go to a moment; on another day, that day is shown."""
        if not self._whole[0] <= t <= self._whole[1]:
            self._show_day(day_of(t, self._zone))
        self.change(lambda clock: clock.seek(t))

    def go_to_day(self, day: date) -> None:
        """Go to the same time on another day."""
        self._show_day(span_of(day, self._zone))
        at = local(self._clock.t, self._zone)
        self.change(lambda clock: clock.seek(at.replace(year=day.year, month=day.month, day=day.day).timestamp()))

    def turn_loop(self) -> None:
        """Go round in what is shown; or no longer."""
        self.change(lambda clock: clock.looping(None if clock.loop else self._shown))

    def follow_sun(self, on: bool) -> None:
        """Have the sun where it stood at the moment; or where it flatters the city."""
        self._sun, self._sun_t = on, None
        if on:
            self._known = True
        else:
            scene = self._view.scene
            scene.light_across(scene.views("hero"))
            self._view.draw()
            self.change(Clock.pause)
            self._known, self._sun = False, False
        self._soon.start()
        self._tell()

    def show_span(self, span: Span) -> None:
        """Show another part of what there is along the bar."""
        self._shown = span
        self._tell()

    # inside

    def _within(self, t: float) -> float:
        return min(max(t, self._whole[0]), self._whole[1])

    def _show_day(self, whole: Span) -> None:
        self._whole = self._shown = whole
        self._clock = self._clock.looping(None)

    def _tick(self) -> None:
        now_s = time.monotonic()
        self._clock = self._clock.advance(now_s - self._ticked_s, time.time(), self._whole)
        self._ticked_s = now_s
        self._show()

    def _show(self) -> None:
        """Draw the moment where it looks otherwise than the last, and run for as long as the clock does."""
        if self._clock.running != self._timer.isActive():
            if self._clock.running:
                self._timer.start()
            else:
                self._timer.stop()
        t = self._clock.t
        step_s = SUN_STEP_S if self._clock.running else 1.0
        if self._sun and (self._sun_t is None or abs(t - self._sun_t) >= step_s):
            self._sun_t = t
            self._view.scene.sun(t)
            self._view.stir()
        self._tell()

    def _tell(self) -> None:
        self.timeline.show_span(self._whole, self._shown)
        self.timeline.show_clock(self._clock, known=self._known)
        self.timeline.transport.show_sun(self._sun)
