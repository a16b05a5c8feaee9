"""Presenting: the city edge to edge, a clock and a legend that are read from the back row, and a clicker's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from twin.language import _
from twin.legend import NO_DATA
from ui import theme
from ui.timeline.painting import font
from ui.timeline.wording import local, said_day, said_speed, said_time, said_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from twin.legend import Legend
    from twin.picture import Picture
    from ui.replay import Replay

_MARGIN_PX = 24
_EDGE_PX = 12  # as far as the credit stands from the view's edge
_CLOCK_SHARE, _WORDS_SHARE = 0.085, 0.024
"""Heights of letters in shares of the window's: readable from eight times its height away."""

_MOST_CLASSES = 8
_LEGEND_SHARE = 0.86
_SOURCES_PX = 11
_FOOT_PX = 78  # what the credit and the scale take below


class _Plate(QWidget):
    """Words over the view, on a ground of their own."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.dress = theme.LIGHT
        self.hide()

    def wear(self, dress: theme.Theme) -> None:
        self.dress = dress
        self.update()

    def _ground(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self.dress.panel)
        ground.setAlphaF(0.92)
        painter.setPen(QPen(QColor(self.dress.line), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        return painter


class BigClock(_Plate):
    """The time of the moment, the day under it, and how fast it goes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._time = self._day = self._label = ""
        self._px = 60

    def show_words(self, time_: str, day: str, label: str, height_px: int) -> None:
        """Show a time, what stands under it, and what must not be missed, as large as suits a window of a height."""
        words = (time_, day, label, round(height_px * _CLOCK_SHARE))
        if words == (self._time, self._day, self._label, self._px):
            return
        self._time, self._day, self._label, self._px = words
        self.adjustSize()
        self.update()

    def _small_px(self) -> int:
        return max(round(self._px * 0.34), 14)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """As large as its words."""
        wide = QFontMetricsF(font(self._px, bold=True)).horizontalAdvance(self._time)
        under = QFontMetricsF(font(self._small_px(), bold=True))
        wide = max(wide, under.horizontalAdvance(self._day), under.horizontalAdvance(self._label))
        lines = 1.7 + 1.4 * bool(self._label)
        return QSize(round(wide + self._px * 0.7), round(self._px * 1.35 + self._small_px() * lines))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint them."""
        painter = self._ground()
        inset = self._px * 0.35
        painter.setPen(QColor(self.dress.text))
        painter.setFont(font(self._px, bold=True))
        painter.drawText(QPointF(inset, self._px * 1.12), self._time)
        painter.setPen(QColor(self.dress.muted))
        painter.setFont(font(self._small_px()))
        painter.drawText(QPointF(inset + 2, self._px * 1.25 + self._small_px() * 1.1), self._day)
        painter.setPen(QColor(self.dress.warning))
        painter.setFont(font(self._small_px(), bold=True))
        painter.drawText(QPointF(inset + 2, self._px * 1.25 + self._small_px() * 2.5), self._label)
        painter.end()


class BigLegend(_Plate):
    """Legends of what is shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._legends: tuple[Legend, ...] = ()
        self._for_px = 0
        self._px = 18

    def show_legends(self, legends: Sequence[Legend], height_px: int) -> None:
        """Show these legends, as large as suits a window of a height."""
        if (tuple(legends), height_px) == (self._legends, self._for_px):
            return
        self._legends, self._for_px = tuple(legends), height_px
        room_px = _LEGEND_SHARE * height_px / (1.5 * len(self._lines()) + 1)
        self._px = max(round(min(height_px * _WORDS_SHARE, room_px)), 13)
        self.adjustSize()
        self.update()

    def _lines(self) -> list[tuple[str, str, str]]:
        """Return kind, colour and words of every line."""
        lines: list[tuple[str, str, str]] = []
        for legend in self._legends:
            title = f"{legend.title} ({legend.unit})" if legend.unit else legend.title
            lines.append(("title", "", title))
            lines.append(("label" if legend.origin != "measured" else "plain", "", legend.origin_label))
            step = -(-len(legend.classes) // _MOST_CLASSES)
            lines += [("class", one.colour, one.label) for one in legend.classes[::step]]
            lines.append(("class", "", _("No data")))
        return lines

    def sizeHint(self) -> QSize:  # noqa: N802
        """As large as its lines."""
        lines = self._lines()
        words = QFontMetricsF(font(self._px, bold=True))
        wide = max(
            (words.horizontalAdvance(said) + (1.7 * self._px) * (kind == "class") for kind, _c, said in lines),
            default=0,
        )
        return QSize(round(wide + 1.8 * self._px), round((len(lines) * 1.5 + 1) * self._px))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint them."""
        painter = self._ground()
        px = self._px
        y = 0.5 * px
        for kind, colour, said in self._lines():
            left = 0.9 * px
            if kind == "class":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colour or NO_DATA))
                painter.drawRoundedRect(QRectF(left, y + 0.25 * px, px, px), 3, 3)
                left += 1.7 * px
            painter.setFont(font(px, bold=kind in {"title", "label"}))
            inks = {"plain": self.dress.muted, "label": self.dress.warning}
            painter.setPen(QColor(inks.get(kind, self.dress.text)))
            painter.drawText(QPointF(left, y + 1.1 * px), said)
            y += 1.5 * px
        painter.end()


class Sources(_Plate):
    """Where the data are from: small, for whoever steps up to the picture."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._said, self._widest_px = "", 0
        self._size = QSize()

    def show_sources(self, legends: Sequence[Legend], widest_px: int) -> None:
        """Show the sources of what these are the legends of, no wider than this."""
        said = "  ·  ".join(dict.fromkeys(word for one in legends if (word := one.source or one.owner)))
        if (said, widest_px) == (self._said, self._widest_px):
            return
        self._said, self._widest_px = said, widest_px
        room = QRectF(0, 0, max(widest_px - 16, 160), 1000)
        words = QFontMetricsF(font(_SOURCES_PX)).boundingRect(room, Qt.TextFlag.TextWordWrap, self._said)
        self._size = QSize(round(words.width()) + 18, round(words.height()) + 9)
        self.adjustSize()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As large as its words."""
        return self._size

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint them."""
        painter = self._ground()
        painter.setPen(QColor(self.dress.muted))
        painter.setFont(font(_SOURCES_PX))
        painter.drawText(QRectF(self.rect()).adjusted(8, 4, -6, -4), Qt.TextFlag.TextWordWrap, self._said)
        painter.end()


class Presenting(QObject):
    """The window as a stage. What it hides comes back as it was."""

    changed = Signal(bool)
    """Whether it is on."""

    def __init__(
        self,
        window: QWidget,
        over: QWidget,
        stage: QWidget,
        away: Sequence[QWidget],
        replay: Replay,
        fly_next: Callable[[int], object],
        picture: Callable[[], Picture | None],
    ) -> None:
        super().__init__(window)
        self._window, self._over, self._stage, self._away = window, over, stage, tuple(away)
        self._replay, self._fly_next, self._picture = replay, fly_next, picture
        self._on = False
        self._hidden: list[QWidget] = []
        self._was_full = False
        self.clock = BigClock(over)
        self.legend = BigLegend(over)
        self.sources = Sources(over)
        self.black = QWidget(window)
        self.black.setObjectName("black")
        self.black.setStyleSheet("background: black;")
        self.black.hide()
        over.installEventFilter(self)
        replay.moved.connect(self._show)

    @property
    def on(self) -> bool:
        """Whether the window is a stage."""
        return self._on

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self.clock.wear(dress)
        self.legend.wear(dress)
        self.sources.wear(dress)

    def turn(self) -> None:
        """Begin, or end."""
        if self._on:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Put panels away and fill the screen."""
        if self._on:
            return
        self._on = True
        self._hidden = [widget for widget in self._away if not widget.isHidden()]
        for widget in self._hidden:
            widget.hide()
        self._was_full = self._window.isFullScreen()
        self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowFullScreen)
        self._stage.setFocus()
        if (app := QApplication.instance()) is not None:
            app.installEventFilter(self)  # a clicker is heard wherever in the window the keyboard is
        self._show()
        self.changed.emit(True)

    def leave(self) -> None:
        """Bring everything back."""
        if not self._on:
            return
        self._on = False
        if (app := QApplication.instance()) is not None:
            app.removeEventFilter(self)
        for widget in (self.clock, self.legend, self.sources, self.black):
            widget.hide()
        for widget in self._hidden:
            widget.show()
        if not self._was_full:
            self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowFullScreen)
        self.changed.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's word)
        """Hear the clicker before anybody else, and keep the plates in their corners."""
        keys = {QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride}
        mine = isinstance(watched, QWidget) and watched.window() is self._window
        if self._on and mine and isinstance(event, QKeyEvent) and event.type() in keys:
            act = self._act(event)
            if act is not None:
                if event.type() == QEvent.Type.KeyPress:
                    act()
                event.accept()
                return True
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _act(self, event: QKeyEvent) -> Callable[[], object] | None:
        """Return what a key does on the stage; None: what it always does."""
        acts: dict[Qt.Key, Callable[[], object]] = {
            Qt.Key.Key_PageDown: lambda: self.go_on(1),
            Qt.Key.Key_PageUp: lambda: self.go_on(-1),
            Qt.Key.Key_B: self.turn_black,
            Qt.Key.Key_Space: self._replay.play,
            Qt.Key.Key_O: self._replay.turn_loop,
            Qt.Key.Key_Escape: self.leave,
        }
        return acts.get(Qt.Key(event.key()))

    def go_on(self, by: int) -> None:
        """Go to what comes next, or came before: an event of the day; where there are none, a kept view."""
        if self._replay.has_marks:
            self._replay.next_mark(by)
        else:
            self._fly_next(by)

    def turn_black(self) -> None:
        """Hide everything behind black, or show it again."""
        self.black.setGeometry(self._window.rect())
        self.black.setVisible(self.black.isHidden())
        self.black.raise_()

    def _show(self, _t: float = 0.0) -> None:
        if not self._on:
            return
        replay, height = self._replay, self._window.height()
        clock, zone = replay.clock, replay.zone
        if replay.knows_moment:
            day = f"{said_day(local(clock.t, zone).date())}  {said_zone(clock.t, zone)}"
            if clock.running and clock.rate != 1:
                day += f"  {said_speed(clock.rate)}"
            session = replay.session
            label = _("Simulated") if session is not None and session.simulated else ""
            self.clock.show_words(said_time(clock.t, zone, seconds=clock.speed < 60), day, label, height)
        self.clock.setVisible(replay.knows_moment)
        picture = self._picture()
        # a layer's own word names its main form; what else it shows says little from afar
        legends = (
            [shown.legend for name, shown in picture.shown.items() if name == shown.legend.layer] if picture else []
        )
        self.legend.show_legends(legends, height)
        self.legend.setVisible(bool(legends))
        self.sources.show_sources(legends, self._over.width() - self.legend.width() - 3 * _MARGIN_PX)
        self.sources.setVisible(any(one.source or one.owner for one in legends))
        self._place()

    def _place(self) -> None:
        if not self._on:
            return
        bottom, right = self._over.height() - _MARGIN_PX, self._over.width() - _MARGIN_PX
        self.clock.move(_MARGIN_PX, _MARGIN_PX)
        self.legend.move(right - self.legend.width(), bottom - self.legend.height())
        self.sources.move(_EDGE_PX, self._over.height() - _FOOT_PX - self.sources.height())
        for plate in (self.clock, self.legend, self.sources):
            plate.raise_()
        if not self.black.isHidden():
            self.black.setGeometry(self._window.rect())
            self.black.raise_()
