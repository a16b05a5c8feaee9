"""What every picture of time from left to right has in common: a ground that is kept, a cursor, the mouse on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from ui.timeline.scale import Scale

CURSOR_PX = 8
"""To either side of a moment: what is painted anew when the cursor moves."""


class TimePlot(QWidget):
    """Time along a widget's width. Emits wishes; what came of them is shown to it.

    Its ground is painted once and kept; a moving cursor repaints the few pixels about it, an idle one nothing. Who
    derives from it says where moments are (`scale_now`), and paints the ground and what moves over it.
    """

    seek_wished = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._dress = theme.LIGHT
        self._t: float | None = None
        self._hover: float | None = None
        self._ground: QPixmap | None = None

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.anew()

    def scale_now(self) -> Scale | None:
        """Where moments are; None while there are none."""
        raise NotImplementedError

    def paint_ground(self, painter: QPainter) -> None:
        """Paint what stays while time goes on."""
        raise NotImplementedError

    def paint_over(self, painter: QPainter) -> None:
        """Paint what changes with the moment and with the mouse."""
        raise NotImplementedError

    def anew(self) -> None:
        """Have all of it painted again."""
        self._ground = None
        self.update()

    def put_cursor(self, t: float | None) -> None:
        """Put the cursor to a moment; None: there is none."""
        if t == self._t:
            return
        scale = self.scale_now()
        if scale is not None:
            places = [self._place(scale, moment) for moment in (self._t, t) if moment is not None]
            if len(places) < 2 or places[0] != places[1]:  # a cursor that stays on its pixel needs no paint
                for x in places:
                    self.update(QRect(x - CURSOR_PX, 0, 2 * CURSOR_PX, self.height()))
        self._t = t

    def _place(self, scale: Scale, moment: float) -> int:
        return round(min(max(scale.x(moment), -CURSOR_PX), self.width() + CURSOR_PX))

    def hover(self, x: float) -> Scale | None:
        """Point at the moment at a place; return the scale where there is one."""
        scale = self.scale_now()
        if scale is not None:
            self._hover = scale.t(x) if scale.left <= x <= scale.right else None
            self.update()
        return scale

    # Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        """Paint the ground where it is exposed, and what moves over it."""
        ratio = self.devicePixelRatioF()
        if self._ground is None or self._ground.size() != self.size() * ratio:
            self._ground = self._painted(ratio)
        painter = QPainter(self)
        exposed = QRectF(event.rect())
        painter.drawPixmap(exposed, self._ground, QRectF(exposed.topLeft() * ratio, exposed.size() * ratio))
        self.paint_over(painter)
        painter.end()

    def _painted(self, ratio: float) -> QPixmap:
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(QColor(self._dress.panel))
        painter = QPainter(ground)
        self.paint_ground(painter)
        painter.end()
        return ground

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Point at nothing."""
        self._hover = None
        self.update()
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Paint anew."""
        self._ground = None
        super().resizeEvent(event)
