"""Cutting through the district: an upright or a level plane that is dragged through it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from twin.section import Plane
from ui import steering, theme
from ui.tool import Tool
from ui.tools.cut_card import CutCard

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from twin.model import City
    from ui.view import CityView

_HANDLE_PX = 9.0
_CATCH_PX = 16.0
_TURN_DEG = 5.0
_SETTLE_MS = 250
_FRAME_M = 45.0  # how high the outline of an upright plane is drawn


class Cut(QObject):
    """The cutting tool with its card. The cut stays when the mouse is given back, until it is cleared."""

    def __init__(self, view: CityView) -> None:
        super().__init__(view)
        self._view = view
        self._city: City | None = None
        self._dress = theme.LIGHT
        self._way = "upright"
        self._heading_deg = 0.0
        self._height_m = 10.0
        self._at = np.zeros(2)  # where an upright plane passes
        self._held: QPointF | None = None
        self.on = False
        self.tool = _Hands(self)
        self.card = CutCard()
        self.card.way_wished.connect(self.begin)
        self.card.turned.connect(self.turn_to)
        self.card.raised.connect(self.raise_to)
        self.card.flip_wished.connect(lambda: self.turn_to(self._heading_deg + 180))
        self.card.clear_wished.connect(self.clear)
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(lambda: self._apply(settled=True))
        view.lent.connect(lambda _tool: self._show())

    @property
    def active(self) -> bool:
        """Whether the plane's handle can be dragged."""
        return self._view.tool is self.tool

    @property
    def plane(self) -> Plane:
        """The plane as it stands: what lies along the heading is kept, or what lies below the height."""
        if self._way == "level":
            return Plane((0.0, 0.0, self._height_m), (0.0, 0.0, -1.0))
        turn = math.radians(self._heading_deg)
        return Plane((float(self._at[0]), float(self._at[1]), 0.0), (math.sin(turn), math.cos(turn), 0.0))

    def show_city(self, city: City) -> None:
        """Begin anew with another city, which is whole."""
        self._city, self.on = city, False
        self._settle.stop()
        self._show()

    def begin(self, way: str = "") -> None:
        """Cut across what one looks at, "upright" or "level", and take the mouse."""
        if not self.on:
            view = self._view.view
            self._heading_deg = steering.aim(view)[0]
            self._at = np.array(view.focal_point[:2])
        self._way = way or self._way
        self.on = True
        self._view.lend(self.tool)
        self._apply(settled=True)

    def turn(self) -> None:
        """Begin, or clear where it was begun."""
        if self.active:
            self.clear()
        else:
            self.begin()

    def clear(self) -> None:
        """Make the district whole again."""
        self._settle.stop()
        self.on = False
        self._view.scene.cut(None)
        if self.active:
            self._view.lend(None)
        self._show()
        self._view.draw()

    def turn_to(self, heading_deg: float) -> None:
        """Keep what lies along this compass heading."""
        self._heading_deg = heading_deg % 360
        self._apply()

    def raise_to(self, height_m: float) -> None:
        """Cut at a height above the ground."""
        self._height_m = min(max(height_m, 0.5), max(self._view.scene.tallest_m, 1.0))
        self._apply()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.card.dress(dress)
        self._view.overlay.update()

    # the tool's hands

    def press(self, where: QPointF) -> bool:
        """Take the handle."""
        handle = self._handle()
        taken = handle is not None and math.hypot(where.x() - handle.x(), where.y() - handle.y()) <= _CATCH_PX
        self._held = where if taken else None
        return taken

    def drag(self, where: QPointF) -> None:
        """Pull the plane along its normal, as far as the hand goes that way in the picture."""
        if self._held is None:
            return
        plane = self.plane
        middle = self._middle()
        ends = np.array([middle, middle + np.array(plane.normal)])
        start, end = self._view.view.pixels(ends, (self._view.width(), self._view.height()))
        way = end - start
        long = float(way @ way)
        if not math.isfinite(long) or long < 1e-6:
            return
        by = where - self._held
        self._held = where
        metres = float(np.array([by.x(), by.y()]) @ way) / long
        if self._way == "level":
            self._height_m = min(max(self._height_m - metres, 0.5), max(self._view.scene.tallest_m, 1.0))
        else:
            self._at = self._at + metres * np.array(plane.normal[:2])
        self._apply()

    def drop(self, where: QPointF) -> None:
        """Let the plane go."""
        self.drag(where)
        self._held = None

    def key(self, event: QKeyEvent) -> bool:
        """Turn or raise the plane, or leave."""
        turns = {Qt.Key.Key_BracketLeft: -1.0, Qt.Key.Key_BracketRight: 1.0}
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        elif event.key() in turns and self._way == "level":
            self.raise_to(self._height_m + turns[Qt.Key(event.key())])
        elif event.key() in turns:
            self.turn_to(self._heading_deg + _TURN_DEG * turns[Qt.Key(event.key())])
        else:
            return False
        return True

    # inside

    def _apply(self, *, settled: bool = False) -> None:
        if not self.on or self._city is None:
            return
        self._view.scene.cut(self.plane, settled=settled)
        if not settled:
            self._settle.start()
        self._show()
        self._view.draw()

    def _show(self) -> None:
        tallest = self._view.scene.tallest_m if self._city is not None else 1.0
        self.card.show_state(self._way, self._heading_deg, self._height_m, tallest, on=self.on)
        if self.on and self.active:
            self._view.overlay.add(self._paint)
        else:
            self._view.overlay.remove(self._paint)
        self._view.overlay.update()

    def _middle(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if self._way == "level":
            x, y, _z = self._view.view.focal_point
            return np.array([x, y, self._height_m])
        return np.array([*self._at, _FRAME_M / 2])

    def _corners(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        middle = self._middle()
        if self._way == "level":
            reach = 0.2 * math.dist(self._view.view.position, middle)
            sides = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
            return np.array([middle + reach * np.array([x, y, 0]) for x, y in sides])
        turn = math.radians(self._heading_deg)
        reach = 0.3 * math.dist(self._view.view.position, middle)
        along = reach * np.array([math.cos(turn), -math.sin(turn), 0])
        up = np.array([0, 0, _FRAME_M / 2])
        return np.array([middle - along - up, middle + along - up, middle + along + up, middle - along + up])

    def _places(self, points: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[QPointF]:
        size = self._view.width(), self._view.height()
        return [QPointF(x, y) for x, y in self._view.view.pixels(points, size) if math.isfinite(x)]

    def _handle(self) -> QPointF | None:
        places = self._places(self._middle()[None])
        return places[0] if places and self.on else None

    def _paint(self, painter: QPainter) -> None:
        accent = QColor(self._dress.accent)
        corners = self._places(self._corners())
        if len(corners) == 4:
            painter.setPen(QPen(QColor(255, 255, 255, 190), 3.2))
            painter.drawPolygon(QPolygonF(corners))
            painter.setPen(QPen(accent, 1.6))
            painter.drawPolygon(QPolygonF(corners))
        handle = self._handle()
        if handle is not None:
            painter.setPen(QPen(accent, 2.4))
            painter.setBrush(QColor("#FFFFFF"))
            painter.drawEllipse(handle, _HANDLE_PX, _HANDLE_PX)
            painter.setBrush(accent)
            painter.drawEllipse(handle, 2.5, 2.5)


class _Hands(Tool):
    """What the view's mouse does while a plane can be dragged."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def press(self, where: QPointF) -> bool:
        return self._cut.press(where)

    def drag(self, where: QPointF) -> None:
        self._cut.drag(where)

    def drop(self, where: QPointF) -> None:
        self._cut.drop(where)

    def key(self, event: QKeyEvent) -> bool:
        return self._cut.key(event)
