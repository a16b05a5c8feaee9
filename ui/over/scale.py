"""A bar over the view that is as long as a round number of metres on the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from twin import quantity
from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


_LONGEST_PX = 112
_MARGIN_PX = 8


class ScaleBar(QWidget):
    """The bar with its length above it; it goes where one looks at the sky, as nothing there has a scale."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("scale")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(_("Scale"))
        self.setFixedSize(QSize(_LONGEST_PX + 2 * _MARGIN_PX, 26))
        self._dress = theme.LIGHT
        self._length_m, self._pixels = 0.0, 0.0

    @property
    def shown(self) -> tuple[float, float]:
        """How many metres the bar stands for, and how many pixels it is long; zeros while there is none."""
        return self._length_m, self._pixels

    def show_scale(self, metres_a_pixel: float | None) -> None:
        """Show the scale of a picture, or none."""
        length_m = quantity.rounded(metres_a_pixel * _LONGEST_PX) if metres_a_pixel else 0.0
        pixels = length_m / metres_a_pixel if metres_a_pixel else 0.0
        if (length_m, round(pixels, 1)) != (self._length_m, round(self._pixels, 1)):
            self._length_m, self._pixels = length_m, pixels
            self.setAccessibleDescription(quantity.round_length(length_m) if length_m else "")
            self.update()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        """Draw the bar, on a plate as the instruments beside it have one."""
        if not self._length_m:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plate = QColor(self._dress.raised)
        plate.setAlphaF(0.86)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(plate)
        painter.drawRoundedRect(QRectF(0, 0, self._pixels + 2 * _MARGIN_PX, self.height()), 6, 6)
        left, right, foot = float(_MARGIN_PX), _MARGIN_PX + self._pixels, self.height() - 6.5
        painter.setPen(QPen(QColor(self._dress.text), 1.5))
        painter.drawLine(QLineF(left, foot, right, foot))
        painter.drawLine(QLineF(left, foot - 4, left, foot))
        painter.drawLine(QLineF(right, foot - 4, right, foot))
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.drawText(
            QRectF(left, 2, self._pixels, 14), Qt.AlignmentFlag.AlignCenter, quantity.round_length(self._length_m)
        )
        painter.end()
