"""A curve of what one sensor said, with its gaps, the bands of a standard, and the cursor on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from twin.language import _
from twin.quantity import THIN_SPACE, number
from ui.charts.series import nice_marks, thinned
from ui.timeline.painting import font, runs
from ui.timeline.plot import TimePlot
from ui.timeline.scale import Scale
from ui.timeline.wording import said_time, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent

    from ui import theme
    from ui.charts.series import Series

HEIGHT_PX = 132
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 40, 8, 8, 20
_TICK_PX = 48
_HATCH_PX = 6


@dataclass(frozen=True, slots=True)
class Band:
    """A class of a standard: values from `least` to `most`, its colour and what it is called."""

    label: str
    colour: str
    least: float
    most: float


class Chart(TimePlot):
    """One curve. Emits the moment that somebody points at with the button down."""

    def __init__(self, *, height_px: int = HEIGHT_PX) -> None:
        super().__init__()
        self._height_px = height_px
        self._zone = zone_of("UTC")
        self._series: Series | None = None
        self._bands: tuple[Band, ...] = ()
        self._ink = QColor(self._dress.accent)
        self._low, self._high = 0.0, 1.0

    def show_series(self, series: Series | None, zone: str, bands: Sequence[Band] = ()) -> None:
        """Show a curve; None: it is being read."""
        self._series, self._zone, self._bands = series, zone_of(zone), tuple(bands)
        if series is not None:
            told = self._said()
            self.setAccessibleName(_("Chart of {quantity}").format(quantity=series.channel.title))
            self.setAccessibleDescription(told)
            reach = series.reach or (0.0, 1.0)
            low = min(reach[0], 0.0) if reach[0] >= 0 and reach[0] < 0.6 * reach[1] else reach[0]
            room = (reach[1] - low) * 0.08 or max(abs(reach[1]) * 0.1, 1.0)
            self._low, self._high = (low if low == 0 else low - room), reach[1] + room
        self.anew()

    def show_moment(self, t: float) -> None:
        """Put the cursor to a moment."""
        self.put_cursor(t)

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._ink = QColor(dress.accent)
        super().dress(dress)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """As wide as a panel."""
        return QSize(280, self._height_px)

    # inside

    def scale_now(self) -> Scale | None:
        """Where moments are."""
        if self._series is None:
            return None
        return Scale(*self._series.span, _LEFT_PX, max(self.width() - _RIGHT_PX, _LEFT_PX + 10))

    def _box(self) -> QRectF:
        return QRectF(
            _LEFT_PX, _TOP_PX, max(self.width() - _LEFT_PX - _RIGHT_PX, 10), self.height() - _TOP_PX - _BOTTOM_PX
        )

    def _y(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        box = self._box()
        y: NDArray[np.float64] = box.bottom() - (values - self._low) / (self._high - self._low) * box.height()
        return y

    def _height(self, value: float) -> float:
        return float(self._y(np.array([value]))[0])

    def _said(self) -> str:
        series = self._series
        if series is None or series.reach is None:
            return _("No readings in this time.")
        low, high = (f"{number(value)}{THIN_SPACE}{series.channel.unit}" for value in series.reach)
        return _("From {low} to {high}").format(low=low, high=high)

    def paint_over(self, painter: QPainter) -> None:
        """Paint the cursor with its value, and what the mouse points at."""
        scale, box = self.scale_now(), self._box()
        if scale is not None and self._series is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._hover is not None:
                self._paint_told(painter, scale, box)
            if self._t is not None and scale.t0 <= self._t <= scale.t1:
                x, value = scale.x(self._t), self._series.at(self._t)
                painter.setPen(QPen(QColor(self._dress.accent), 1.5))
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
                if not math.isnan(value):
                    painter.setPen(QPen(QColor(self._dress.panel), 1.5))
                    painter.setBrush(QColor(self._dress.accent))
                    painter.drawEllipse(QPointF(x, self._height(value)), 4, 4)

    def _paint_told(self, painter: QPainter, scale: Scale, box: QRectF) -> None:
        if self._series is None or self._hover is None:
            return
        x, value = scale.x(self._hover), self._series.at(self._hover)
        painter.setPen(QPen(QColor(self._dress.muted), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        said = _("no data") if math.isnan(value) else f"{number(value)}{THIN_SPACE}{self._series.channel.unit}"
        told = f"{said_time(self._hover, self._zone)}  {said}"
        painter.setFont(font(11))
        width = painter.fontMetrics().horizontalAdvance(told) + 12
        left = min(max(x - width / 2, box.left()), box.right() - width)
        plate = QRectF(left, box.top(), width, 18)
        painter.setPen(QPen(QColor(self._dress.line), 1))
        painter.setBrush(QColor(self._dress.raised))
        painter.drawRoundedRect(plate, 4, 4)
        painter.setPen(QColor(self._dress.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, told)

    def paint_ground(self, painter: QPainter) -> None:
        """Paint bands, gaps, axes and the curve."""
        box, scale, series = self._box(), self.scale_now(), self._series
        painter.fillRect(box, QColor(self._dress.window))
        if series is not None and scale is not None:
            self._paint_bands(painter, box)
            self._paint_gaps(painter, scale, box)
            self._paint_axes(painter, scale, box)
            self._paint_line(painter, scale, box)

    def _paint_bands(self, painter: QPainter, box: QRectF) -> None:
        for band in self._bands:
            low, high = max(band.least, self._low), min(band.most, self._high)
            if high <= low:
                continue
            top, bottom = (self._height(value) for value in (high, low))
            tint = QColor(band.colour)
            tint.setAlphaF(0.20)
            painter.fillRect(QRectF(box.left(), top, box.width(), bottom - top), tint)
            tint.setAlphaF(1.0)
            painter.fillRect(QRectF(box.right() - 3, top, 3, bottom - top), tint)

    def _paint_gaps(self, painter: QPainter, scale: Scale, box: QRectF) -> None:
        if self._series is None:
            return
        hatch = QColor(self._dress.faint)
        hatch.setAlphaF(0.55)
        painter.setPen(QPen(hatch, 1))
        for start, end in self._series.gaps.tolist():
            left, right = scale.x(max(start, scale.t0)), scale.x(min(end, scale.t1))
            if right - left < 1:
                continue
            painter.save()
            painter.setClipRect(QRectF(left, box.top(), right - left, box.height()))
            painter.fillRect(QRectF(left, box.top(), right - left, box.height()), QColor(self._dress.panel))
            x = math.floor((left - box.height()) / _HATCH_PX) * _HATCH_PX
            while x < right:
                painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))
                x += _HATCH_PX
            painter.restore()

    def _paint_axes(self, painter: QPainter, scale: Scale, box: QRectF) -> None:
        painter.setFont(font(11))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in nice_marks(self._low, self._high, max(int(box.height() // 20), 3)).tolist():
            y = self._height(value)
            painter.setPen(QPen(QColor(self._dress.line), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QColor(self._dress.muted))
            painter.drawText(QRectF(0, y - 8, _LEFT_PX - 6, 16), right, f"{value:g}")
        for tick in scale.ticks(self._zone, _TICK_PX):
            x = scale.x(tick.t)
            painter.setPen(QColor(self._dress.muted))
            label = "00:00" if tick.day and scale.t1 - scale.t0 < 2 * 86_400 else tick.label
            width = painter.fontMetrics().horizontalAdvance(label)
            if x - width / 2 >= box.left() - 12 and x + width / 2 <= self.width():
                painter.drawText(QPointF(x - width / 2, self.height() - 6), label)

    def _paint_line(self, painter: QPainter, scale: Scale, box: QRectF) -> None:
        series = self._series
        if series is None or not len(series.rows):
            painter.setPen(QColor(self._dress.muted))
            painter.setFont(font(12))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._said())
            return
        painter.setClipRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ink, 1.5))
        if series.channel.between == "none":
            x = scale.left + (series.rows.t_end - scale.t0) / scale.seconds_a_pixel
            x, y = thinned(x, series.rows.value, round(box.width()))
            painter.setPen(QPen(self._ink, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(_polygon(x, self._y(y)))
            return
        t, value = series.line()
        x, y = thinned(scale.left + (t - scale.t0) / scale.seconds_a_pixel, value, round(box.width()))
        y = self._y(y)
        for run in runs(~np.isnan(y)):
            painter.drawPolyline(_polygon(x[run], y[run]))

    # the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go to the moment there."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Tell the value there; with the button down, go there."""
        x = event.position().x()
        scale = self.hover(x)
        if scale is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.seek_wished.emit(scale.t(x))


def _polygon(x: NDArray[np.float64], y: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(px, py) for px, py in zip(x.tolist(), y.tolist(), strict=True)])
