"""A histogram with two handles: which values are looked at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_BARS_PX = 36
_HANDLE_PX = 7.0
_SIDE_PX = 8
_OFTEN_MS = 80  # a city of ten thousand houses is filtered in about that


class RangeSlider(QWidget):
    """How many buildings have which value, and the range of values that is shown. Emits the wish for another."""

    range_wished = Signal(float, float)
    """The least and the greatest value; infinite where a handle stands at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(_BARS_PX + 18)
        self.setAccessibleName(_("Range of values"))
        self._dress = theme.LIGHT
        self._counts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._edges: NDArray[np.float64] = np.array([0.0, 1.0])
        self._colours: list[str] = []
        self._low, self._high = 0.0, 1.0
        self._held: int | None = None
        self._last = 0
        self._often = QTimer(self, interval=_OFTEN_MS, singleShot=True)
        self._often.timeout.connect(self._wish)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """Return a size that fits the side bar."""
        return QSize(200, _BARS_PX + 18)

    def show_values(self, counts: NDArray[np.int64], edges: NDArray[np.float64], colours: Sequence[str]) -> None:
        """Show a histogram, a colour for each bar, with all values in range."""
        self._counts, self._edges, self._colours = counts, edges, list(colours)
        self._low, self._high = float(edges[0]), float(edges[-1])
        self.update()

    def show_range(self, low: float, high: float) -> None:
        """Show which values are looked at."""
        self._low = max(low, float(self._edges[0]))
        self._high = min(high, float(self._edges[-1]))
        self.update()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.update()

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the nearer handle."""
        x = event.position().x()
        self._held = self._last = int(abs(x - self._x(self._high)) < abs(x - self._x(self._low)))
        self._put(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Pull the handle along."""
        if self._held is not None:
            self._put(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802
        """Let it go."""
        self._held = None
        self._often.stop()
        self._wish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802
        """Look at all values again."""
        self.show_range(-math.inf, math.inf)
        self._wish()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move the handle last used by a bar; Home and End put it at its end."""
        step = (self._edges[-1] - self._edges[0]) / max(len(self._counts), 1)
        by = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step, Qt.Key.Key_Home: -math.inf, Qt.Key.Key_End: math.inf}
        if event.key() not in by:
            super().keyPressEvent(event)
            return
        self._move((self._high if self._last else self._low) + by[Qt.Key(event.key())])
        self._wish()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show where the keyboard is."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show that it went."""
        self.update()
        super().focusOutEvent(event)

    # the picture

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        """Draw the bars, those out of range pale, and the handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        most = max(int(self._counts.max(initial=0)), 1)
        for i, count in enumerate(self._counts):
            left, right = self._x(self._edges[i]), self._x(self._edges[i + 1])
            middle = (self._edges[i] + self._edges[i + 1]) / 2
            inside = self._low <= middle <= self._high
            colour = QColor(self._colours[i] if inside and i < len(self._colours) else self._dress.line)
            # a root, so that the few tall ones are seen beside the many low
            height = _BARS_PX * math.sqrt(count / most)
            if count:
                bar = QRectF(left, _BARS_PX - max(height, 1.5), max(right - left - 1, 1.0), max(height, 1.5))
                painter.setBrush(colour)
                painter.drawRect(bar)
        y = _BARS_PX + 9.0
        painter.setPen(QPen(QColor(self._dress.line), 3, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(self._x(self._edges[0]), y), QPointF(self._x(self._edges[-1]), y))
        painter.setPen(QPen(QColor(self._dress.accent), 3, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(self._x(self._low), y), QPointF(self._x(self._high), y))
        for which, value in enumerate((self._low, self._high)):
            focused = self.hasFocus() and which == self._last
            painter.setPen(QPen(QColor(self._dress.accent), 3 if focused else 2))
            painter.setBrush(QColor(self._dress.raised))
            painter.drawEllipse(QPointF(self._x(value), y), _HANDLE_PX, _HANDLE_PX)
        painter.end()

    # inside

    def _x(self, value: float) -> float:
        low, high = float(self._edges[0]), float(self._edges[-1])
        return _SIDE_PX + (self.width() - 2 * _SIDE_PX) * (value - low) / max(high - low, 1e-9)

    def _put(self, x: float) -> None:
        low, high = float(self._edges[0]), float(self._edges[-1])
        share = (x - _SIDE_PX) / max(self.width() - 2 * _SIDE_PX, 1)
        self._move(low + min(max(share, 0.0), 1.0) * (high - low))
        if not self._often.isActive():
            self._often.start()

    def _move(self, value: float) -> None:
        if self._last:
            self._high = min(max(value, self._low), float(self._edges[-1]))
        else:
            self._low = max(min(value, self._high), float(self._edges[0]))
        self.update()

    def _wish(self) -> None:
        low = self._low if self._low > self._edges[0] else -math.inf
        high = self._high if self._high < self._edges[-1] else math.inf
        self.range_wished.emit(low, high)
