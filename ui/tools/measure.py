"""Measuring in the view: distances, heights, areas, and how wide a street is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from twin import measuring, quantity
from twin.language import _
from ui import theme
from ui.tool import Pointed, Tool
from ui.tools.measure_card import MeasureCard, ways

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QKeyEvent

    from twin.camera import Vector, View
    from twin.model import City, District
    from ui.view import CityView

WAYS = ("distance", "height", "area", "width")
_STANDING = frozenset({"buildings", "parts", "masses", "trees"})
_SNAP_PX = 12.0


@dataclass(frozen=True, slots=True)
class Measured:
    """Something that was measured: its points, shape (n, 3), what it came to, and more about that."""

    way: str
    points: NDArray[np.float64]
    said: str
    more: str

    @property
    def text(self) -> str:
        """All of it as a line for the clipboard."""
        name = ways()[self.way]
        return "\t".join(filter(None, (name, self.said, self.more))).replace(quantity.THIN_SPACE, " ")


@dataclass(slots=True)
class _Draft:
    """What is being measured: the points so far, and where the next would be."""

    points: list[Vector] = field(default_factory=list)
    next: Vector | None = None
    snapped: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    """A picture to paint on: seen from where, how large, in which colours."""

    painter: QPainter
    view: View
    size: tuple[float, float]
    dress: theme.Theme

    def _places(self, points: NDArray[np.float64]) -> list[QPointF]:
        wide, tall = self.size
        found = self.view.pixels(points, (round(wide), round(tall)))
        return [QPointF(x, y) for x, y in found if np.isfinite(x)]

    def line(self, points: NDArray[np.float64], *, closed: bool, dashed: bool = False) -> None:
        """Paint a line, or an area with its edge."""
        painter = self.painter
        places = self._places(points)
        if len(places) < len(points):
            return  # a line to behind the eye has no place in the picture
        shape = QPolygonF([*places, places[0]] if closed else places)
        accent = QColor(self.dress.accent)
        if closed:
            tint = QColor(accent)
            tint.setAlpha(46)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(tint))
            painter.drawPolygon(shape)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(255, 255, 255, 210), 4.5, j=Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(shape)
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(accent, 2.2, style, j=Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(shape)
        painter.setPen(QPen(accent, 1.8))
        painter.setBrush(QColor("#FFFFFF"))
        for place in places:
            painter.drawEllipse(place, 3.6, 3.6)

    def cursor(self, at: Vector, *, snapped: bool) -> None:
        """Paint where a click would measure."""
        for place in self._places(np.array([at])):
            self.painter.setPen(QPen(QColor(self.dress.accent), 2.2))
            self.painter.setBrush(Qt.BrushStyle.NoBrush if not snapped else QColor(255, 255, 255, 160))
            reach = 6.5 if snapped else 3.5
            self.painter.drawEllipse(place, reach, reach)

    def label(self, points: NDArray[np.float64], said: str, more: str, *, middle: bool = False) -> None:
        """Write what was measured, at its end or in its middle, within the picture."""
        painter = self.painter
        places = self._places(points)
        if len(places) < len(points):
            return
        at = QPointF(sum(p.x() for p in places), sum(p.y() for p in places)) / len(places) if middle else places[-1]
        big, small = QFont(painter.font()), QFont(painter.font())
        big.setPixelSize(14)
        big.setWeight(QFont.Weight.DemiBold)
        small.setPixelSize(11)
        small.setWeight(QFont.Weight.Normal)
        more = QFontMetricsF(small).elidedText(more, Qt.TextElideMode.ElideRight, 280)
        wide = max(QFontMetricsF(big).horizontalAdvance(said), QFontMetricsF(small).horizontalAdvance(more))
        tall = 22 + (15 if more else 0)
        box = QRectF(at.x() - wide / 2 - 10, at.y() - tall - 18, wide + 20, tall + 6)
        inside = QRectF(0, 0, *self.size).adjusted(8, 8, -8, -8)
        box.moveLeft(min(max(box.left(), inside.left()), inside.right() - box.width()))
        box.moveTop(min(max(box.top(), inside.top()), inside.bottom() - box.height()))
        painter.setPen(QPen(QColor(self.dress.line), 1))
        painter.setBrush(QColor(self.dress.raised))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(self.dress.text))
        painter.setFont(big)
        painter.drawText(box.adjusted(0, 4, 0, 0), Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, said)
        if more:
            painter.setFont(small)
            painter.setPen(QColor(self.dress.muted))
            painter.drawText(
                box.adjusted(0, 0, 0, -5), Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, more
            )


class Measure(QObject):
    """The measuring tool with its card and its labels: what was measured stays in the picture until it is cleared."""

    copy_wished = Signal(str)

    def __init__(self, view: CityView) -> None:
        super().__init__(view)
        self._view = view
        self._city: City | None = None
        self._district: District | None = None
        self._dress = theme.LIGHT
        self._way = "distance"
        self._draft = _Draft()
        self.measured: list[Measured] = []
        self.tool = _Hands(self)
        self.card = MeasureCard()
        self.card.way_wished.connect(self.begin)
        self.card.clear_wished.connect(self.clear)
        self.card.copy_wished.connect(self._copy)
        self.card.close_wished.connect(self.end)
        view.lent.connect(lambda _tool: self._show())

    @property
    def active(self) -> bool:
        """Whether clicks measure."""
        return self._view.tool is self.tool

    def show_city(self, city: City) -> None:
        """Begin anew with another city."""
        self._city, self._district = city, None
        self.clear()

    def show_district(self, district: District) -> None:
        """Take the tables, without which a street has no width."""
        self._district = district

    def begin(self, way: str = "") -> None:
        """Take the mouse, to measure in one of `WAYS`."""
        self._way = way or self._way
        self._draft = _Draft()
        self._view.lend(self.tool)
        self._show()

    def turn(self) -> None:
        """Begin, or end where it was begun."""
        if self.active:
            self.end()
        else:
            self.begin()

    def end(self) -> None:
        """Give the mouse back; what was measured stays."""
        if self.active:
            self._view.lend(None)

    def clear(self) -> None:
        """Take everything measured out of the picture."""
        self.measured, self._draft = [], _Draft()
        self._show()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.card.dress(dress)
        self._view.overlay.update()

    # the tool's hands

    def hover(self, pointed: Pointed | None) -> None:
        """Show where a click would measure."""
        self._draft.next, self._draft.snapped = self._caught(pointed)
        self._view.overlay.update()

    def click(self, pointed: Pointed | None) -> None:
        """Take a point, or measure what stands there."""
        at, _snapped = self._caught(pointed)
        if pointed is None or at is None or self._city is None:
            return
        if self._way == "width":
            if not self._measure_width(pointed):
                return
        elif self._way == "height" and pointed.kind in _STANDING and pointed.row is not None and not self._draft.points:
            points = measuring.standing(self._city.meshes[pointed.kind], pointed.row)
            self._keep(points, quantity.length(float(points[1, 2] - points[0, 2])), "")
        else:
            self._draft.points.append(at)
            if self._way == "height" and len(self._draft.points) == 2:
                self._finish_height()
        self._show()

    def finish(self) -> None:
        """End a line or a polygon."""
        points = np.array(list(dict.fromkeys(self._draft.points)), np.float64).reshape(-1, 3)
        if self._way == "distance" and len(points) > 1:
            self._keep(points, *measuring.said_distance(points))
        elif self._way == "area" and len(points) > 2:
            self._keep(points, *measuring.said_area(points))
        else:
            return
        self._show()

    def key(self, event: QKeyEvent) -> bool:
        """Take a point back, end, or leave."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            if self._draft.points:
                self._draft = _Draft()
            else:
                self.end()
        elif key in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete} and self._draft.points:
            self._draft.points.pop()
        elif key in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete} and self.measured:
            self.measured.pop()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.finish()
        else:
            return False
        self._show()
        return True

    def leave(self) -> None:
        """Drop what was begun."""
        self._draft = _Draft()
        self._show()

    # inside

    def _caught(self, pointed: Pointed | None) -> tuple[Vector | None, bool]:
        """Return the point that is meant: a corner where one is near."""
        if pointed is None or self._city is None:
            return None, False
        if pointed.row is not None and self._way != "width":
            scene = self._view.scene
            ratio = scene.size[1] / max(self._view.height(), 1)
            mesh = self._city.meshes[pointed.kind]
            corner = measuring.snapped(
                mesh, pointed.row, pointed.at, view=self._view.view, size=scene.size, within_px=_SNAP_PX * ratio
            )
            if corner is not None:
                return corner, True
        return pointed.at, False

    def _measure_width(self, pointed: Pointed) -> bool:
        city, district = self._city, self._district
        if city is None or pointed.row is None or city.meshes[pointed.kind].table != "streets":
            self.card.hint.setText(_("That is no street. Click on a carriageway or a path."))
            return False
        if district is None:
            self.card.hint.setText(_("The map's widths are still being read; click again in a moment."))
            return False
        mesh = city.meshes[pointed.kind]
        found = measuring.width(district, mesh, pointed.row, pointed.at[:2])
        self._keep(found.ends, *measuring.said_width(found))
        return True

    def _finish_height(self) -> None:
        low, high = sorted(self._draft.points, key=lambda point: point[2])
        foot = (high[0], high[1], low[2])
        points = np.array([low, foot, high] if np.hypot(high[0] - low[0], high[1] - low[1]) > 0.05 else [foot, high])
        self._keep(points, quantity.length(high[2] - low[2]), "")

    def _keep(self, points: NDArray[np.float64], said: str, more: str) -> None:
        self.measured.append(Measured(self._way, points, said, more))
        self._draft = _Draft()

    def _copy(self) -> None:
        self.copy_wished.emit("\n".join(one.text for one in self.measured))

    def _show(self) -> None:
        self.card.show_state(self._way, len(self._draft.points), self.measured, active=self.active)
        if self.measured or self.active:
            self._view.overlay.add(self._paint)
        else:
            self._view.overlay.remove(self._paint)
        self._view.overlay.update()

    def painter(self, view: View) -> Callable[[QPainter, tuple[float, float]], None]:
        """Return what paints all that is measured now over a picture of any size from that view, on any thread."""
        measured, dress = tuple(self.measured), self._dress

        def paint(painter: QPainter, size: tuple[float, float]) -> None:
            page = _Page(painter, view, size, dress)
            for one in measured:
                page.line(one.points, closed=one.way == "area")
            for one in measured:
                page.label(one.points, one.said, one.more, middle=one.way in {"area", "width"})

        return paint

    def _paint(self, painter: QPainter) -> None:
        page = _Page(painter, self._view.view, (self._view.width(), self._view.height()), self._dress)
        for one in self.measured:
            page.line(one.points, closed=one.way == "area")
        draft = [*self._draft.points, *([self._draft.next] if self._draft.next and self._draft.points else [])]
        if draft:
            points = np.array(draft, np.float64)
            page.line(points, closed=self._way == "area" and len(points) > 2, dashed=True)
        if self.active and self._draft.next is not None:
            page.cursor(self._draft.next, snapped=self._draft.snapped)
        for one in self.measured:
            page.label(one.points, one.said, one.more, middle=one.way in {"area", "width"})
        if len(draft) > 1:
            points = np.array(draft, np.float64)
            if self._way == "area" and len(points) > 2:
                said, more = measuring.said_area(points)
            else:
                said, more = measuring.said_distance(points)
            page.label(points, said, more)


class _Hands(Tool):
    """What the view's mouse does while one measures."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def hover(self, pointed: Pointed | None) -> None:
        self._measure.hover(pointed)

    def click(self, pointed: Pointed | None) -> None:
        self._measure.click(pointed)

    def finish(self, pointed: Pointed | None) -> None:  # noqa: ARG002
        self._measure.finish()

    def key(self, event: QKeyEvent) -> bool:
        return self._measure.key(event)

    def leave(self) -> None:
        self._measure.leave()
