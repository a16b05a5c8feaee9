"""What the cursor is over: told a few times a second, and outlined, where nothing nearer hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF

from ui.outline import outline, visible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter

    from ui.tool import Pointed
    from ui.view import CityView

HOVER_MS = 60
"""How often one is told what the cursor is over, while it moves."""

_OUTLINE_PX = 2.0


class Hovering(QObject):
    """Where the cursor rests over a view, and the outline of what is there."""

    pointed = Signal(object)
    """The `Pointed` that the cursor is over, or None."""

    def __init__(self, view: CityView) -> None:
        super().__init__(view)
        self._view = view
        self._where: QPointF | None = None
        self._outlined: tuple[str, int] | None = None
        self._lines: list[NDArray[np.float64]] = []
        self._glance = QTimer(self, interval=HOVER_MS, singleShot=True)
        self._glance.timeout.connect(self._tell)

    @property
    def pending(self) -> bool:
        """Whether it will soon be told what the cursor is over."""
        return self._glance.isActive()

    def over(self, where: QPointF) -> None:
        """Tell soon what is there, unless the camera moves."""
        self._where = where
        if self._view.has_city and not self._view.moving and not self._glance.isActive():
            self._glance.start()

    def again(self) -> None:
        """Tell once more: the picture is another."""
        if self._where is not None:
            self.over(self._where)

    def leave(self) -> None:
        """Point at nothing any more."""
        self._where = None
        self._tell()

    def stop(self) -> None:
        """Tell no more."""
        self._glance.stop()

    def point_out(self, found: Pointed | None) -> None:
        """Outline what the cursor is over: in the picture, or over it where drawing the picture again is dear."""
        view = self._view
        what = (found.kind, found.row) if found is not None and found.row is not None else None
        if what == self._outlined:
            return
        self._outlined = what
        if not view.scene.software:
            view.scene.point_out(*(what or ("", None)))
            view.draw()
            return
        self._lines = []
        if what is not None and what != view.selected:
            size = (max(view.width(), 1), max(view.height(), 1))
            corners = view.scene.faces(*what)
            rings = outline(view.view, size, corners)
            self._lines = visible(view.view, size, corners, rings, view.scene.relief)
        if self._lines:
            view.overlay.add(self._paint)
            view.overlay.update()
        else:
            view.overlay.remove(self._paint)

    def _tell(self) -> None:
        view = self._view
        if view.moving or not view.has_city:
            return
        found = view.look(self._where) if self._where is not None else None
        self.point_out(found if view.tool is None else None)
        if view.tool is not None:
            view.tool.hover(found)
        self.pointed.emit(found)

    def _paint(self, painter: QPainter) -> None:
        path = QPainterPath()
        for line in self._lines:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor.fromRgbF(*self._view.scene.accent), _OUTLINE_PX))
        painter.drawPath(path)
