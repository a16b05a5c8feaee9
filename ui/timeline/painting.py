"""What the bar of time is painted with: day and night, strips with their gaps, the ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

from twin.light import sun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.overview import Overview, Strip
    from ui.theme import Theme
    from ui.timeline.scale import Scale, Tick

_ELEVATIONS = (-14.0, -6.0, -1.5, 3.0, 10.0)
_SKY = {
    "light": ("#C6CDDA", "#D3D3DE", "#EBDDD3", "#F6EBD5", "#F8F5EE"),
    "dark": ("#0D1017", "#171C2B", "#32293A", "#4A3B2A", "#33363C"),
}
_INKS = {
    "light": ("#1F6FB2", "#15805F", "#A8497F", "#9A6A00", "#5B57B0"),
    "dark": ("#6FB4EA", "#4FC79F", "#E08ABB", "#E0B04C", "#A5A1F0"),
}
"""One hue a layer, told apart by whoever sees few of them: Okabe and Ito's, darkened and lightened."""

_HATCH_PX = 6
SUN_CURVE_DEG = 65.0


def ink(number: int, dress: Theme) -> QColor:
    """Return the colour of a layer's strip by its place."""
    inks = _INKS[dress.name]
    return QColor(inks[number % len(inks)])


def font(size_px: int, *, bold: bool = False) -> QFont:
    """Return the window's own font with figures of one width."""
    found = QFont("Inter")
    found.setPixelSize(size_px)
    found.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        found.setWeight(QFont.Weight.DemiBold)
    return found


def paint_sky(painter: QPainter, scale: Scale, box: QRectF, lonlat: tuple[float, float], dress: Theme) -> None:
    """Paint day and night over a place along a scale."""
    width = max(round(box.width()), 1)
    times = np.linspace(scale.t(box.left()), scale.t(box.right()), width)
    _azimuth, elevation = sun(times, *lonlat)
    table = np.array([_rgb(QColor(name)) for name in _SKY[dress.name]], np.float64)
    row = np.column_stack([np.interp(elevation, _ELEVATIONS, table[:, i]) for i in range(3)])
    painter.drawImage(box, _image(np.rint(row)[None, :, :]))


def paint_sun(painter: QPainter, scale: Scale, box: QRectF, lonlat: tuple[float, float], dress: Theme) -> None:
    """Paint how high the sun stands, over the line of the horizon."""
    count = max(round(box.width() / 3), 2)
    times = np.linspace(scale.t(box.left()), scale.t(box.right()), count)
    _azimuth, elevation = sun(times, *lonlat)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    horizon = box.bottom() - 7
    high = (horizon - box.top() - 4) / SUN_CURVE_DEG
    x = np.linspace(box.left(), box.right(), count)
    y = horizon - np.clip(elevation * high, -5, None)
    up = QColor("#C98A12" if dress.name == "light" else "#F0C05A")
    path = QPolygonF([QPointF(px, py) for px, py in zip(x.tolist(), y.tolist(), strict=True)])
    painter.save()
    painter.setClipRect(QRectF(box.left(), box.top(), box.width(), horizon - box.top()))
    painter.setPen(QPen(up, 1.5))
    painter.drawPolyline(path)
    painter.restore()
    painter.setPen(QPen(QColor(dress.faint), 1, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(box.left(), horizon), QPointF(box.right(), horizon))


def paint_ruler(painter: QPainter, ticks: Sequence[Tick], scale: Scale, box: QRectF, dress: Theme) -> None:
    """Paint the marks of the ruler and what they say; those that would run into one another say nothing."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    free = box.left() - 1000
    for tick in ticks:
        x = scale.x(tick.t)
        painter.setFont(font(11, bold=tick.day))
        width = painter.fontMetrics().horizontalAdvance(tick.label)
        painter.setPen(QColor(dress.muted if tick.day else dress.faint))
        painter.drawLine(QPointF(x, box.bottom() - (box.height() if tick.day else 5)), QPointF(x, box.bottom()))
        left = x + 5 if tick.day or x - width / 2 < box.left() + 2 else x - width / 2
        if left < free + 8 or left + width > box.right() - 2:
            continue
        free = left + width
        painter.setPen(QColor(dress.text if tick.day else dress.muted))
        painter.drawText(
            QRectF(left, box.top(), width + 2, box.height() - 5), Qt.AlignmentFlag.AlignVCenter, tick.label
        )


def paint_density(painter: QPainter, found: Overview, scale: Scale, box: QRectF, dress: Theme) -> None:
    """Paint how many readings there are, as a low row of bars."""
    least_x, width = _columns(found.span, scale, box)
    if not width:
        return
    counts = _reduced(found.readings.astype(float), found.span, scale, least_x, width, np.add)
    most = counts.max(initial=0.0)
    if most <= 0:
        return
    heights = np.sqrt(counts / most) * box.height()
    rows = np.arange(round(box.height()))[::-1, None] + 0.5
    filled = (rows < heights[None, :]) & (heights[None, :] > 0)
    painter.drawImage(QRectF(least_x, box.top(), width, box.height()), _image(*_flat(filled, QColor(dress.faint), 0.5)))


def paint_strip(
    painter: QPainter, found: Overview, strip: Strip, scale: Scale, box: QRectF, colour: QColor, dress: Theme
) -> None:
    """Paint a layer: as high as the share of sensors that have a value, hatched where none has, and their mean."""
    painter.fillRect(box, QColor(dress.window))
    least_x, width = _columns(found.span, scale, box)
    if width and strip.sensors:
        present = _reduced(strip.present, found.span, scale, least_x, width, np.minimum)
        height = round(box.height())
        rows = np.arange(height)[::-1, None] + 0.5
        filled = rows < np.where(present > 0, np.maximum(present * height, 2), 0)[None, :]
        painter.drawImage(QRectF(least_x, box.top(), width, height), _image(*_flat(filled, colour, 0.20)))
        across = np.arange(width)[None, :] + np.arange(height)[:, None]
        hatched = (across % _HATCH_PX == 0) & ~filled
        painter.drawImage(QRectF(least_x, box.top(), width, height), _image(*_flat(hatched, QColor(dress.faint), 0.55)))
        _paint_mean(painter, found, strip, scale, box, colour)


def _paint_mean(painter: QPainter, found: Overview, strip: Strip, scale: Scale, box: QRectF, colour: QColor) -> None:
    edges = np.linspace(*found.span, found.steps + 1)
    first, last = np.searchsorted(edges, (scale.t0, scale.t1))
    shown = slice(max(int(first) - 2, 0), int(last) + 1)
    mean = strip.mean[shown]
    middle = (edges[:-1] + np.diff(edges) / 2)[shown]
    known = ~np.isnan(mean)
    if not known.any():
        return
    low, high = float(np.nanmin(mean)), float(np.nanmax(mean))
    reach = (high - low) or 1.0
    y = box.bottom() - 3 - (mean - low) / reach * (box.height() - 6)
    if high == low:
        y = np.full(len(mean), box.center().y())
    x = scale.left + (middle - scale.t0) / scale.seconds_a_pixel
    painter.save()
    painter.setClipRect(box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.25))
    for run in runs(known):
        points = [QPointF(px, py) for px, py in zip(x[run].tolist(), y[run].tolist(), strict=True)]
        if len(points) == 1:
            painter.drawLine(points[0] - QPointF(1, 0), points[0] + QPointF(1, 0))
        else:
            painter.drawPolyline(QPolygonF(points))
    painter.restore()


def runs(true: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches in which something holds, as slices."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _columns(span: tuple[float, float], scale: Scale, box: QRectF) -> tuple[int, int]:
    """Return the first and the number of the whole pixels on which a span lies within a box."""
    left = max(round(scale.x(span[0])), round(box.left()))
    right = min(round(scale.x(span[1])), round(box.right()))
    return left, max(right - left, 0)


def _reduced(
    values: NDArray[np.float64],
    span: tuple[float, float],
    scale: Scale,
    left: int,
    width: int,
    reduce: np.ufunc,
) -> NDArray[np.float64]:
    """Return values of steps as values of pixels: of all steps that a pixel covers, or of the one it lies in."""
    times = scale.t0 + (left + np.arange(width + 1) - scale.left) * scale.seconds_a_pixel
    steps = len(values)
    at = np.clip(((times - span[0]) / (span[1] - span[0]) * steps).astype(np.int64), 0, steps - 1)
    reduced: NDArray[np.float64] = reduce.reduceat(values, at)[:-1]
    return reduced


def _flat(where: NDArray[np.bool_], colour: QColor, alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the colours and the opacity of an image in one colour."""
    rgb = np.broadcast_to(np.array(_rgb(colour), np.float64), (*where.shape, 3))
    return rgb, np.where(where, 255.0 * alpha, 0.0)


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _image(rgb: NDArray[np.float64], alpha: NDArray[np.float64] | None = None) -> QImage:
    """Return colours, shape (rows, columns, 3), as an image of its own memory."""
    pixels = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    pixels[..., :3] = rgb
    if alpha is not None:
        pixels[..., 3] = alpha
    rows, columns = rgb.shape[:2]
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_RGBA8888).copy()
