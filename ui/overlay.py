"""What is painted over the picture in plain lines and words, at places that move with the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent

    Drawing = Callable[[QPainter], None]


class Overlay(QWidget):
    """A sheet of glass over the view: whoever has something to show adds a drawing, and takes it away again.

    It lets the mouse through, and costs nothing while there is no drawing on it.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._drawings: list[Drawing] = []
        self.hide()

    def add(self, drawing: Drawing) -> None:
        """Call this with a painter, in the view's pixels, whenever the glass is painted: on top of all before it."""
        if drawing not in self._drawings:
            self._drawings.append(drawing)
        self.setVisible(True)
        self.update()

    def remove(self, drawing: Drawing) -> None:
        """Leave this out from now on; one that was not added is no error."""
        if drawing in self._drawings:
            self._drawings.remove(drawing)
        self.setVisible(bool(self._drawings))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        """Let everybody draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for drawing in self._drawings:
            painter.save()
            drawing(painter)
            painter.restore()
        painter.end()
