"""A needle over the view: which way is north."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

_SIDE_PX = 44
_CLICK_PX = 3
_STEP_DEG = 15.0


class Compass(QWidget):
    """A round needle that turns with the view. A click wishes north up, a drag around it wishes another heading."""

    north_wished = Signal()
    heading_wished = Signal(float)
    """The compass heading to look along, in degrees."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compass")
        self.setFixedSize(QSize(_SIDE_PX, _SIDE_PX))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(_("Compass"))
        self._dress = theme.LIGHT
        self._heading = 0.0
        self._pressed: tuple[QPointF, float, float] | None = None
        self._dragged = False
        self.show_heading(0.0)

    def show_heading(self, heading_deg: float) -> None:
        """Show that one looks along a compass heading."""
        self._heading = heading_deg % 360
        said = _("Looking {heading}° ({point}). Click: north up. Drag: turn.").format(
            heading=round(self._heading) % 360, point=point_of(self._heading)
        )
        self.setToolTip(said)
        self.setAccessibleDescription(said)
        self.update()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's word)
        """Take hold of the needle."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position(), self._bearing(event.position()), self._heading
            self._dragged = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Turn the view by as much as the hand went around the middle."""
        if self._pressed is None:
            return
        start, bearing, heading = self._pressed
        if not self._dragged and (event.position() - start).manhattanLength() < _CLICK_PX:
            return
        self._dragged = True
        self.heading_wished.emit((heading - (self._bearing(event.position()) - bearing)) % 360)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go; where nothing was turned, wish north up."""
        if self._pressed is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = None
            if not self._dragged:
                self.north_wished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Turn by arrows, and north up by Space or Enter."""
        turn = {Qt.Key.Key_Left: -_STEP_DEG, Qt.Key.Key_Right: _STEP_DEG}.get(Qt.Key(event.key()))
        if turn is not None:
            self.heading_wished.emit((self._heading + turn) % 360)
        elif event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.north_wished.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """Draw the plate, the needle and the letter of the north."""
        dress = self._dress
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(QColor(dress.accent if focused else dress.line), 1.5 if focused else 1.0))
        painter.setBrush(QColor(dress.raised))
        painter.drawEllipse(QRectF(1, 1, _SIDE_PX - 2, _SIDE_PX - 2))
        painter.translate(_SIDE_PX / 2, _SIDE_PX / 2)
        painter.rotate(-self._heading)
        painter.setPen(QPen(QColor(dress.faint), 1.0))
        for turn in range(30, 360, 30):
            angle = math.radians(turn)
            inner = 16.0 if turn % 90 else 15.0
            painter.drawLine(
                QPointF(inner * math.sin(angle), -inner * math.cos(angle)),
                QPointF(18 * math.sin(angle), -18 * math.cos(angle)),
            )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(dress.recording))
        painter.drawPolygon(QPolygonF([QPointF(0, -9), QPointF(-4, 3), QPointF(0, 1.2)]))
        painter.setBrush(QColor(dress.recording).darker(125))
        painter.drawPolygon(QPolygonF([QPointF(0, -9), QPointF(4, 3), QPointF(0, 1.2)]))
        painter.setBrush(QColor(dress.faint))
        painter.drawPolygon(QPolygonF([QPointF(0, 13), QPointF(-4, 3), QPointF(0, 1.2), QPointF(4, 3)]))
        font = painter.font()
        font.setPixelSize(9)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(dress.text))
        painter.translate(0, -15)
        painter.rotate(self._heading)
        painter.drawText(QRectF(-8, -6, 16, 12), Qt.AlignmentFlag.AlignCenter, _("N"))
        painter.end()

    def _bearing(self, position: QPointF) -> float:
        return math.degrees(math.atan2(position.x() - _SIDE_PX / 2, _SIDE_PX / 2 - position.y()))


def point_of(heading_deg: float) -> str:
    """Return the name of the point of the compass nearest to a heading."""
    points = (
        *(_("north"), _("north-east"), _("east"), _("south-east")),
        *(_("south"), _("south-west"), _("west"), _("north-west")),
    )
    return points[round(heading_deg / 45) % 8]
