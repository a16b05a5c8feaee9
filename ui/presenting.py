"""Presenting: the city edge to edge, a clock and a legend that are read from the back row, and a clicker's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QWidget

from twin.language import _
from ui import theme
from ui.panels.readings import swatch_of
from ui.timeline.painting import font
from ui.timeline.wording import local, said_day, said_speed, said_time, said_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QPaintEvent

    from twin.legend import Legend
    from twin.picture import Picture
    from ui.replay import Replay

_MARGIN_PX = 24
_CLOCK_SHARE, _WORDS_SHARE = 0.085, 0.024
"""Heights of letters in shares of the window's: readable from eight times its height away."""

_MOST_CLASSES = 8
_LEAST_PX = 12
_CHIP = 2.15  # of a class's swatch and the room about it, in heights of letters
_CREDIT_PX = 204  # what the credit and the scale take of the lower left corner


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
    """Legends of what is shown as a strip below the city, a line a layer, and under them whose the data is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._legends: tuple[Legend, ...] = ()
        self._room = QSize()
        self._px = 18

    def show_legends(self, legends: Sequence[Legend], width_px: int, height_px: int) -> None:
        """Show these legends, as large as suits a window of a height and as fits into a width."""
        if (tuple(legends), QSize(width_px, height_px)) == (self._legends, self._room):
            return
        self._legends, self._room = tuple(legends), QSize(width_px, height_px)
        self._px = max(round(height_px * _WORDS_SHARE), _LEAST_PX)
        while self._px > _LEAST_PX and self._wide() > width_px:
            self._px -= 1
        self.adjustSize()
        self.update()

    @staticmethod
    def _title(legend: Legend) -> str:
        return f"{legend.title} ({legend.unit})" if legend.unit else legend.title

    @staticmethod
    def _classes(legend: Legend) -> list[tuple[str, str]]:
        """Return colour and words of so many classes as can be taken in; the last is no data."""
        step = -(-len(legend.classes) // _MOST_CLASSES)
        return [*((one.colour, one.label) for one in legend.classes[::step]), ("", _("No data"))]

    def _columns(self) -> tuple[float, float]:
        """Return how wide titles are, and labels of how the data came about."""
        bold = QFontMetricsF(font(self._px, bold=True))
        labels = [legend.origin_label for legend in self._legends if legend.origin != "measured"]
        titles = max((bold.horizontalAdvance(self._title(legend)) for legend in self._legends), default=0.0)
        return titles, max((bold.horizontalAdvance(label) + self._px for label in labels), default=0.0)

    def _wide(self) -> float:
        words = QFontMetricsF(font(self._px))
        chips = max(
            (
                sum(words.horizontalAdvance(label) + _CHIP * self._px for _colour, label in self._classes(legend))
                for legend in self._legends
            ),
            default=0.0,
        )
        return sum(self._columns()) + chips + 2.2 * self._px

    def _whose(self) -> str:
        owners = " · ".join(dict.fromkeys(one.owner for one in self._legends if one.owner))
        return _("Data: {owners}").format(owners=owners) if owners else ""

    def _sources(self) -> str:
        return "  ·  ".join(dict.fromkeys(one.source for one in self._legends if one.source))

    def _small_px(self) -> int:
        return max(round(0.5 * self._px), 11)

    def _foot(self) -> float:
        """Return how high what stands under the legends is."""
        room = QRectF(0, 0, max(self._room.width() - 2 * self._px, 160), 1000)
        small = QFontMetricsF(font(self._small_px()))
        sources = small.boundingRect(room, Qt.TextFlag.TextWordWrap, self._sources()).height() if self._sources() else 0
        return sources + (1.3 * self._px if self._whose() else 0.0)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """As wide as there is room, as high as its lines."""
        if not self._legends:
            return QSize(0, 0)
        wide = self._room.width() if self._sources() else min(round(self._wide()), self._room.width())
        return QSize(wide, round((len(self._legends) * 1.5 + 0.8) * self._px + self._foot()))

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Paint them."""
        painter = self._ground()
        px = self._px
        titles, labels = self._columns()
        left, y = 1.0 * px, 0.4 * px
        words = QFontMetricsF(font(px))
        for legend in self._legends:
            base = y + 1.1 * px
            painter.setFont(font(px, bold=True))
            painter.setPen(QColor(self.dress.text))
            painter.drawText(QPointF(left, base), self._title(legend))
            if legend.origin != "measured":
                painter.setPen(QColor(self.dress.warning))
                painter.drawText(QPointF(left + titles + px, base), legend.origin_label)
            painter.setFont(font(px))
            painter.setPen(QColor(self.dress.text))
            x = left + titles + labels + px
            for colour, label in self._classes(legend):
                swatch = swatch_of(colour, self.devicePixelRatioF(), px)
                painter.drawPixmap(QPointF(x, y + 0.25 * px), swatch)
                painter.drawText(QPointF(x + 1.35 * px, base), label)
                x += words.horizontalAdvance(label) + _CHIP * px
            y += 1.5 * px
        painter.setPen(QColor(self.dress.muted))
        if whose := self._whose():
            painter.setFont(font(round(0.85 * px)))
            painter.drawText(QPointF(left, y + px), whose)
            y += 1.3 * px
        painter.setFont(font(self._small_px()))
        foot = QRectF(left, y + 0.1 * px, self.width() - 2 * left, self.height() - y)
        painter.drawText(foot, Qt.TextFlag.TextWordWrap, self._sources())
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
        for widget in (self.clock, self.legend, self.black):
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
        self.legend.show_legends(legends, self._over.width() - _CREDIT_PX - _MARGIN_PX, height)
        self.legend.setVisible(bool(legends))
        self._place()

    def _place(self) -> None:
        if not self._on:
            return
        bottom, right = self._over.height() - _MARGIN_PX, self._over.width() - _MARGIN_PX
        self.clock.move(_MARGIN_PX, _MARGIN_PX)
        self.legend.move(right - self.legend.width(), bottom - self.legend.height())
        for plate in (self.clock, self.legend):
            plate.raise_()
        if not self.black.isHidden():
            self.black.setGeometry(self._window.rect())
            self.black.raise_()
