"""Play, pause, step, speed, loop, and the moment itself, to be read and typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QMenu, QPushButton, QToolButton

from twin.clock import SPEEDS
from twin.language import _
from ui import theme
from ui.timeline.calendar import Calendar
from ui.timeline.wording import local, said_day, said_speed, said_time, said_zone, understood, zone_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from PySide6.QtGui import QFocusEvent, QKeyEvent

    from twin.clock import Clock

_UTC = zone_of("UTC")


class _Field(QLineEdit):
    """The time of day. While somebody types in it, it does not change under the hand."""

    left = Signal()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's word)
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.clearFocus()
            self.left.emit()
        else:
            super().keyPressEvent(event)


class Transport(QFrame):
    """The row of controls. Emits wishes; `show_clock` tells what came of them."""

    play_wished = Signal()
    step_wished = Signal(int)
    speed_wished = Signal(float)
    loop_wished = Signal()
    """To go round in what is shown, or no longer."""

    seek_wished = Signal(float)
    day_wished = Signal(object)
    sun_wished = Signal()
    mark_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._dress = theme.LIGHT
        self._zone = zone_of("UTC")
        self._t = 0.0
        self._known = False
        self._clock: Clock | None = None
        self._possible: Collection[date] | None = None
        self._sun: tuple[bool, str] | None = None
        self.sun = self._button(_("The sun follows the clock"), self.sun_wished.emit)
        self.sun.setObjectName("sun-by-clock")
        self.sun.setCheckable(True)
        self._back = self._button(_("One step back (,)"), lambda: self.step_wished.emit(-1))
        self._play = self._button(_("Play (Space)"), self.play_wished.emit)
        self._play.setObjectName("play")
        self._on = self._button(_("One step on (.)"), lambda: self.step_wished.emit(1))
        self._mark = self._button(_("Next event (;)"), self.mark_wished.emit)
        self._mark.hide()
        self._speed = QToolButton()
        self._speed.setProperty("type", "main")
        self._speed.setObjectName("speed")
        self._speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._speed.setFixedWidth(86)  # as wide as "−10 000×"
        self._speed.setToolTip(_("Speed (L plays, J plays backwards, each press faster)"))
        menu = QMenu(self._speed)
        for speed in SPEEDS:
            action = menu.addAction(said_speed(speed))
            action.setData(speed)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked, speed=speed: self.speed_wished.emit(speed))
        self._speed.setMenu(menu)
        self._loop = self._button(_("Go round in what is shown; Shift + drag chooses a stretch"), self.loop_wished.emit)
        self._loop.setCheckable(True)
        self._day = QPushButton()
        self._day.setObjectName("day")
        self._day.setToolTip(_("Choose a day"))
        self._day.clicked.connect(self._ask_day)
        self._field = _Field()
        self._field.setObjectName("time")
        self._field.setFixedWidth(84)
        self._field.setPlaceholderText("--:--")
        self._field.setAccessibleName(_("Time of day"))
        self._field.setToolTip(_("Type a time: 8:15, 2024-11-12 08:15, +10 min, 06:15 UTC"))
        self._field.returnPressed.connect(self._typed)
        self._field.left.connect(self._show_time)
        self._zone_name, self._utc = QLabel(), QLabel()
        for label in (self._zone_name, self._utc):
            label.setProperty("type", "muted")
        self._calendar = Calendar(self)
        self._calendar.day_wished.connect(self.day_wished)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for widget in (self.sun, self._back, self._play, self._on, self._mark, self._speed, self._loop):
            line.addWidget(widget)
        line.addSpacing(4)
        for part in (self._day, self._field, self._zone_name):
            line.addWidget(part)
        line.addSpacing(8)
        line.addWidget(self._utc)

    def _button(self, said: str, act: object) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(16, 16))
        button.setToolTip(said)
        button.setAccessibleName(said)
        button.clicked.connect(lambda _checked=False: act())  # type: ignore[operator]
        return button

    # what is shown

    def show_place(self, zone: str) -> None:
        """Tell times in another zone."""
        self._zone = zone_of(zone)

    def show_days(self, possible: Collection[date] | None) -> None:
        """Offer these days; None: any."""
        self._possible = possible
        self._day.setEnabled(possible is None or len(possible) > 1)

    def show_form(self, *, recorded: bool, short: bool, marks: bool) -> None:
        """Offer what is of use for a recorded day, or for the sun alone; in short, or in full."""
        for widget in (self._back, self._on, self._loop):
            widget.setVisible(recorded and not short)
        self._mark.setVisible(recorded and marks and not short)
        self._speed.setVisible(recorded and not short)
        self._utc.setVisible(recorded and not short)

    def show_clock(self, clock: Clock, *, known: bool = True) -> None:
        """Show a clock; one that is not `known` has no moment yet."""
        self._t, self._known = clock.t, known
        if self._clock is None or self._clock.state != clock.state:
            self._show_play(clock.running)
        if self._clock is None or (self._clock.rate, self._clock.state) != (clock.rate, clock.state):
            self._speed.setText(said_speed(clock.rate if clock.running else clock.speed))
            for action in self._speed.menu().actions():
                action.setChecked(action.data() == clock.speed)
        self._loop.setChecked(clock.loop is not None)
        self._clock = clock
        self._show_time()

    def show_sun(self, on: bool) -> None:
        """Show whether the sun stands where it stood at the moment."""
        ink = self._dress.accent if on else self._dress.muted
        if (on, ink) == self._sun:
            return  # the same icon again would be painted again
        self._sun = on, ink
        self.sun.setChecked(on)
        self.sun.setIcon(theme.icon("sun", ink))

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._dress = dress
        self._back.setIcon(theme.icon("step-back", dress.text))
        self._on.setIcon(theme.icon("step-forward", dress.text))
        self._mark.setIcon(theme.icon("skip-forward", dress.text))
        self._loop.setIcon(theme.icon("repeat", dress.text))
        self._show_play(self._clock is not None and self._clock.running)
        self.show_sun(self.sun.isChecked())
        self._calendar.dress(dress)

    def focus_time(self) -> None:
        """Let somebody type a time."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # inside

    def _show_play(self, running: bool) -> None:
        self._play.setIcon(theme.icon("pause" if running else "play", self._dress.on_accent))
        said = _("Pause (Space)") if running else _("Play (Space)")
        self._play.setToolTip(said)
        self._play.setAccessibleName(said)

    def _show_time(self) -> None:
        t = self._t
        _set(self._day, said_day(local(t, self._zone).date()))
        _set(self._zone_name, said_zone(t, self._zone))
        _set(self._utc, _("{time} UTC").format(time=said_time(t, _UTC)))
        if not self._field.hasFocus():
            self._wrong(wrong=False)
            told = said_time(t, self._zone) if self._known else ""
            if self._field.text() != told:
                self._field.setText(told)

    def _typed(self) -> None:
        text = self._field.text()
        found = understood(text, self._zone, self._t)
        if found is None:
            self._wrong(wrong=True)
            self._field.selectAll()
            return
        self._field.clearFocus()
        self.seek_wished.emit(found)

    def _wrong(self, *, wrong: bool) -> None:
        if bool(self._field.property("wrong")) != wrong:
            self._field.setProperty("wrong", wrong)
            self._field.style().unpolish(self._field)
            self._field.style().polish(self._field)

    def _ask_day(self) -> None:
        above = self._day.mapToGlobal(self._day.rect().topLeft())
        self._calendar.ask(local(self._t, self._zone).date(), self._possible, above)


def _set(widget: QLabel | QPushButton, text: str) -> None:
    """Write only what is another text: writing the same would paint, too."""
    if widget.text() != text:
        widget.setText(text)
