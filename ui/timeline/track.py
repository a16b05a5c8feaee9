"""The ruler of time with a strip a layer: scrubbed, zoomed, and a stretch chosen on it to be gone round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip

from twin.language import _
from ui.timeline import painting
from ui.timeline.plot import CURSOR_PX, TimePlot
from ui.timeline.scale import Scale
from ui.timeline.wording import said_span, said_time, strip_told, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

    from twin.overview import Overview
    from twin.readings import Layer, Mark, Span

GUTTER_PX = 196
_RIGHT_PX = 14
_RULER_PX = 22
_DENSITY_PX = 6
_STRIP_PX = 22
_GAP_PX = 3
_SUN_PX = 34
_TICK_PX = 58
_HANDLE_PX = 5


class Track(TimePlot):
    """The bar's own time from left to right."""

    step_wished = Signal(int)
    """So many steps on, or back."""

    silent_wished = Signal(str)
    """Which sensors of a layer, by its title, say nothing now?"""

    loop_wished = Signal(object)
    """The span to go round in, or None."""

    span_wished = Signal(object)
    """The span to show from end to end."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("track")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Timeline"))
        self._zone = zone_of("UTC")
        self._lonlat = (0.0, 0.0)
        self._whole: Span = (0.0, 86_400.0)
        self._span: Span = self._whole
        self._found: Overview | None = None
        self._marks: tuple[Mark, ...] = ()
        self._reporting: Mapping[str, tuple[int, int]] = {}
        self._names: Sequence[str] = ()
        self._sunny = True
        self._folded = False
        self._loop: Span | None = None
        self._edge: float | None = None
        self._held = ""  # "seek", "loop", "start", "end", "pan"
        self._from = 0.0

    # what is shown

    def show_place(self, zone: str, lonlat: tuple[float, float]) -> None:
        """Show times of another place."""
        self._zone, self._lonlat = zone_of(zone), lonlat
        self.anew()

    def show_span(self, whole: Span, shown: Span) -> None:
        """Show this part of all there is."""
        if (whole, shown) != (self._whole, self._span):
            self._whole, self._span = whole, shown
            self.anew()

    def show_strips(self, found: Overview | None, names: Sequence[str] = (), marks: Sequence[Mark] = ()) -> None:
        """Show what is recorded; None: it is not known yet, and there is room for what layers are called."""
        if found is not None and len(found.strips) != len(names):
            found = None  # of fewer layers than there are by now
        if (self._sunny, len(names)) != (not names, len(self._names)):
            self.updateGeometry()
        self._found, self._names, self._marks = found, tuple(names), tuple(marks)
        self._sunny = not self._names
        self.anew()

    def show_edge(self, t: float | None) -> None:
        """Show where what is live ends for now, and what is yet to come; None: nothing is live."""
        before, self._edge = self._edge, t
        scale = self.scale
        if before is None or t is None or round(scale.x(before)) != round(scale.x(t)):
            self.update()

    def show_reporting(self, reporting: Mapping[str, tuple[int, int]]) -> None:
        """Show how many sensors of each layer have a value now, and of how many."""
        if reporting != self._reporting:
            self._reporting = dict(reporting)
            self.update(0, 0, GUTTER_PX, self.height())

    def show_clock(self, t: float | None, loop: Span | None) -> None:
        """Put the cursor to a moment; None: there is none yet."""
        if loop != self._loop:
            self._loop = loop
            self.update()
        self.put_cursor(t)

    def fold(self, folded: bool) -> None:
        """Show the ruler alone."""
        self._folded = folded
        self.updateGeometry()
        self.anew()

    # where things are

    @property
    def scale(self) -> Scale:
        """Where moments are."""
        left = 0 if self._sunny or self._folded else GUTTER_PX
        return Scale(*self._span, left + 2, max(self.width() - _RIGHT_PX, left + 12))

    def scale_now(self) -> Scale:
        """Where moments are."""
        return self.scale

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """As high as ruler and strips are."""
        if self._sunny or self._folded:
            return QSize(240, _SUN_PX)
        return QSize(600, _RULER_PX + _DENSITY_PX + len(self._names) * (_STRIP_PX + _GAP_PX) + 8)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Narrow, but as high."""
        return QSize(120, self.sizeHint().height())

    def _ruler(self) -> QRectF:
        scale = self.scale
        return QRectF(scale.left, 0, scale.right - scale.left, _SUN_PX if self._sunny or self._folded else _RULER_PX)

    def _strip(self, number: int) -> QRectF:
        top = _RULER_PX + _DENSITY_PX + _GAP_PX + number * (_STRIP_PX + _GAP_PX)
        scale = self.scale
        return QRectF(scale.left, top, scale.right - scale.left, _STRIP_PX)

    # painting

    def paint_over(self, painter: QPainter) -> None:
        """Paint what moves over the ground."""
        self._paint_reporting(painter)
        self._paint_loop(painter)
        scale = self.scale
        self._paint_edge(painter, scale)
        painter.setClipRect(QRectF(scale.left - CURSOR_PX, 0, scale.right - scale.left + 2 * CURSOR_PX, self.height()))
        if self._hover is not None and not self._held:
            x = scale.x(self._hover)
            painter.setPen(QPen(QColor(self._dress.muted), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        self._paint_cursor(painter, scale)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._dress.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)  # the cursor's would lie over the hours
            painter.drawRoundedRect(QRectF(self._ruler()).adjusted(-1.5, 0.5, 1.5, -0.5), 4, 4)

    def paint_ground(self, painter: QPainter) -> None:
        """Paint sky, ruler, marks and strips."""
        scale, ruler = self.scale, self._ruler()
        painting.paint_sky(painter, scale, ruler, self._lonlat, self._dress)
        if self._sunny:
            painting.paint_sun(painter, scale, ruler, self._lonlat, self._dress)
        painting.paint_ruler(painter, scale.ticks(self._zone, _TICK_PX), scale, ruler, self._dress)
        self._paint_marks(painter, scale, ruler)
        if not self._sunny and not self._folded:
            if self._found is not None:
                below = QRectF(ruler.left(), ruler.bottom() + 1, ruler.width(), _DENSITY_PX)
                painting.paint_density(painter, self._found, scale, below, self._dress)
            for number, name in enumerate(self._names):
                self._paint_strip(painter, number, name)
        if self._span != self._whole:
            self._paint_whole(painter, scale)

    def _paint_strip(self, painter: QPainter, number: int, name: str) -> None:
        box = self._strip(number)
        colour = painting.ink(number, self._dress)
        if self._found is None:
            painter.fillRect(box, QColor(self._dress.window))
        else:
            strip = self._found.strips[number]
            painting.paint_strip(painter, self._found, strip, self.scale, box, colour, self._dress)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(QRectF(4, box.center().y() - 4, 8, 8), 2, 2)
        painter.setPen(QColor(self._dress.text))
        painter.setFont(painting.font(12))
        room = GUTTER_PX - 22 - 84
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(22, box.top(), room, box.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_reporting(self, painter: QPainter) -> None:
        if self._sunny or self._folded or self._found is None:
            return
        painter.setFont(painting.font(12))
        for number, strip in enumerate(self._found.strips):
            if strip.layer.key not in self._reporting:
                continue
            some, of = self._reporting[strip.layer.key]
            painter.setPen(QColor(self._dress.warning if some < of else self._dress.muted))
            box = self._strip(number)
            told = _("{some} of {of}").format(some=some, of=of)
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(QRectF(GUTTER_PX - 88, box.top(), 76, box.height()), right, told)

    def _paint_marks(self, painter: QPainter, scale: Scale, ruler: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._dress.warning)
        for mark in self._marks:
            if mark.t_end < scale.t0 or mark.t_start > scale.t1:
                continue
            left, right = scale.x(max(mark.t_start, scale.t0)), scale.x(min(mark.t_end, scale.t1))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(QRectF(left, ruler.bottom() - 4, max(right - left, 2), 4), 1, 1)
            if mark.t_start >= scale.t0:
                tip = QPointF(left, ruler.bottom() - 4)
                painter.drawPolygon(QPolygonF([tip, tip + QPointF(7, -4), tip + QPointF(0, -8)]))

    def _paint_whole(self, painter: QPainter, scale: Scale) -> None:
        """Paint which part of all there is is shown."""
        length = self._whole[1] - self._whole[0]
        width = scale.right - scale.left
        left = scale.left + (self._span[0] - self._whole[0]) / length * width
        painter.fillRect(QRectF(scale.left, self.height() - 3, width, 2), QColor(self._dress.line))
        share = max((self._span[1] - self._span[0]) / length * width, 6)
        painter.fillRect(QRectF(left, self.height() - 3, share, 2), QColor(self._dress.muted))

    def _paint_edge(self, painter: QPainter, scale: Scale) -> None:
        """Veil what is yet to come."""
        if self._edge is None or self._edge >= scale.t1:
            return
        x = max(scale.x(self._edge), scale.left)
        veil = QColor(self._dress.panel)
        veil.setAlphaF(0.72)
        painter.fillRect(QRectF(x, 0, scale.right - x, self.height() - 4), veil)
        if self._edge > scale.t0:
            painter.setPen(QPen(QColor(self._dress.ok), 1.5))
            painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 5))

    def _paint_loop(self, painter: QPainter) -> None:
        if self._loop is None:
            return
        scale = self.scale
        left, right = (min(max(scale.x(t), scale.left), scale.right) for t in self._loop)
        tint = QColor(self._dress.accent)
        tint.setAlphaF(0.14)
        painter.fillRect(QRectF(left, 0, right - left, self.height() - 4), tint)
        painter.setPen(QPen(QColor(self._dress.accent), 1.5))
        for t, x, inward in zip(self._loop, (left, right), (1, -1), strict=True):
            if scale.t0 <= t <= scale.t1:
                painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 5))
                painter.drawLine(QPointF(x, 1), QPointF(x + 5 * inward, 1))

    def _paint_cursor(self, painter: QPainter, scale: Scale) -> None:
        if self._t is None or not scale.t0 <= self._t <= scale.t1:
            return
        x = scale.x(self._t)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._dress.accent)
        painter.setPen(QPen(QColor(self._dress.panel), 3.5))
        painter.drawLine(QPointF(x, 6), QPointF(x, self.height() - 4))
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(QPointF(x, 2), QPointF(x, self.height() - 4))
        painter.setPen(QPen(QColor(self._dress.panel), 1))
        painter.setBrush(colour)
        head = [(-5.5, 0.5), (5.5, 0.5), (5.5, 5), (0, 10), (-5.5, 5)]
        painter.drawPolygon(QPolygonF([QPointF(x + dx, dy) for dx, dy in head]))

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the cursor, an end of the loop, or the ground."""
        x = event.position().x()
        if x < self.scale.left - CURSOR_PX:  # the names of strips stand at no moment
            if (layer := self._named(event.position().y())) is not None:
                self.silent_wished.emit(layer.title)
            return
        self._from = self.scale.t(x)
        if event.button() == Qt.MouseButton.LeftButton:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._held = "loop"
            else:
                self._held = self._handle(x) or "seek"
                if self._held == "seek":
                    self.seek_wished.emit(self._from)
        elif self._span != self._whole:
            self._held = "pan"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go where the mouse goes."""
        x = event.position().x()
        t = self.scale.t(x)
        if self._held == "seek":
            self.seek_wished.emit(t)
        elif self._held == "loop":
            self.loop_wished.emit((min(t, self._from), max(t, self._from)))
        elif self._held in {"start", "end"} and self._loop is not None:
            other = self._loop[1] if self._held == "start" else self._loop[0]
            self.loop_wished.emit((min(t, other), max(t, other)))
        elif self._held == "pan":
            shown = self.scale.moved(self._from - t, self._whole)
            self.span_wished.emit(shown)
        else:
            self._point(event.position(), event.globalPosition().toPoint())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._held = ""
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802
        """Show all there is."""
        self.span_wished.emit(self._whole)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Show less or more time about the moment under the cursor; sideways, go along."""
        delta = event.angleDelta()
        scale = self.scale
        if abs(delta.x()) > abs(delta.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            notches = (delta.x() or delta.y()) / 120
            shown = scale.moved(-notches * 0.1 * (scale.t1 - scale.t0), self._whole)
        else:
            shown = scale.zoomed(0.8 ** (delta.y() / 120), scale.t(event.position().x()), self._whole)
        self.span_wished.emit(shown)
        event.accept()

    def _handle(self, x: float) -> str:
        if self._loop is not None:
            for t, which in zip(self._loop, ("start", "end"), strict=True):
                if abs(self.scale.x(t) - x) <= _HANDLE_PX:
                    return which
        return ""

    def _named(self, y: float) -> Layer | None:
        """Return the layer whose name stands at a height."""
        found = self._found.strips if self._found is not None and not (self._sunny or self._folded) else ()
        inside = (strip.layer for number, strip in enumerate(found) if 0 <= y - self._strip(number).top() < _STRIP_PX)
        return next(inside, None)

    def _point(self, where: QPointF, place: QPoint) -> None:
        self.hover(where.x())
        on_end = self._hover is not None and self._handle(where.x())
        on_name = self._hover is None and self._named(where.y()) is not None
        shapes = Qt.CursorShape
        self.setCursor(shapes.SizeHorCursor if on_end else shapes.PointingHandCursor if on_name else shapes.ArrowCursor)
        QToolTip.showText(place, self._told(where), self)

    def _told(self, where: QPointF) -> str:
        """Return what is told about a place: the time, what happened then, what a layer says of it."""
        if self._hover is None:
            layer = self._named(where.y())
            some, of = self._reporting.get(layer.key, (0, 0)) if layer is not None else (0, 0)
            told = _("{some} of {of} sensors reporting; click for those that are silent")
            return told.format(some=some, of=of) if of else ""
        lines = [said_time(self._hover, self._zone)]
        near_s = 6 * self.scale.seconds_a_pixel
        for mark in self._marks:
            if mark.t_start - near_s <= self._hover <= mark.t_end + near_s:
                length = mark.t_end - mark.t_start
                lines.append(f"{mark.title} ({said_span(length)})" if length > 0 else mark.title)
        found = self._found
        if found is not None and not self._folded:
            step = min(
                int((self._hover - found.span[0]) / (found.span[1] - found.span[0]) * found.steps), found.steps - 1
            )
            for number, strip in enumerate(found.strips):
                if self._strip(number).contains(where) and step >= 0:
                    lines.append(strip_told(found, number, step))
                    lines[-1] = f"{strip.layer.title}: {lines[-1]}"
        return "\n".join(lines)

    # the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Step with the arrows, ten times as far with Shift, to the ends with Home and End; + and - zoom."""
        key = event.key()
        far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}
        if key in steps:
            self.step_wished.emit(steps[Qt.Key(key)] * far)
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self.seek_wished.emit(self._whole[key == Qt.Key.Key_End])
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            at = self._t if self._t is not None else sum(self._span) / 2
            self.span_wished.emit(self.scale.zoomed(1.25 if key == Qt.Key.Key_Minus else 0.8, at, self._whole))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show that the keyboard is here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show that it is not."""
        super().focusOutEvent(event)
        self.update()
