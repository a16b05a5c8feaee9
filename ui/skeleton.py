"""What stands in the view's place while there is no city: a model of one that fills in as it is read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from twin.language import _
from ui import theme
from ui.working import amount

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from twin.model import Progress

_ACROSS = 9
_PATIENCE_MS = 500  # what is done sooner needs no button to stop it


class Skeleton(QWidget):
    """A sentence below some plain blocks; those that are done stand, the rest are plots on the ground."""

    open_wished = Signal()
    stop_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("skeleton")
        self._dress = theme.LIGHT
        self._share = 0.0
        self._sentence = QLabel()
        self._sentence.setProperty("type", "title")
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._hint = QLabel()
        self._hint.setProperty("type", "term")
        self._open = QPushButton(_("Open district…"))
        self._open.setProperty("type", "accent")
        self._open.clicked.connect(self.open_wished)
        self._stop = QPushButton(_("Stop"))
        self._stop.setProperty("type", "main")
        self._stop.clicked.connect(self.stop_wished)
        self._late = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._late.timeout.connect(self._stop.show)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 48)
        column.setSpacing(8)
        column.addStretch(7)
        column.addWidget(self._sentence)
        column.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        column.addWidget(self._open, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.show_empty()

    def show_progress(self, sentence: str, share: float, progress: Progress | None = None) -> None:
        """Tell what is being done, and let a share of the blocks stand, from 0 to 1."""
        self._sentence.setText(sentence)
        self._share = share
        self._hint.setText(amount(progress) if progress is not None else "")
        self._open.hide()
        if self._stop.isHidden() and not self._late.isActive():
            self._late.start()
        self.update()

    def show_empty(self) -> None:
        """Tell that nothing is open, and offer to change that."""
        self._sentence.setText(_("No district is open"))
        self._share = 0.0
        self._hint.setText(_("A place, coordinates, or a file: drop one here."))
        self._open.show()
        self._late.stop()
        self._stop.hide()
        self.update()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        """Draw the blocks, from the back to the front."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._dress.window))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        unit = min(self.width() / 22.0, self.height() / 18.0)
        middle = QPointF(self.width() / 2, self.height() * 0.36)
        plots = sorted(((i, j) for i in range(_ACROSS) for j in range(_ACROSS)), key=sum)
        order = {plot: (plot[0] * 7 + plot[1] * 31) % 17 / 17 for plot in plots}
        for i, j in plots:
            away = math.hypot(i - _ACROSS // 2, j - _ACROSS // 2)
            if away > _ACROSS / 2 + 0.3 or (i * 5 + j * 3) % 11 == 0:
                continue
            storeys = 0.35 + 1.9 * ((i * 13 + j * 29) % 10 / 10) * max(0.25, 1 - away / _ACROSS)
            self._block(painter, middle, unit, (i, j), storeys if order[i, j] < self._share else 0.0)

    def _block(self, painter: QPainter, middle: QPointF, unit: float, plot: tuple[int, int], storeys: float) -> None:
        def at(x: float, y: float, z: float) -> QPointF:
            x, y = x - _ACROSS / 2, y - _ACROSS / 2
            return middle + QPointF((x - y) * unit * 0.87, (x + y) * unit * 0.5 - z * unit)

        x0, y0 = plot[0] + 0.12, plot[1] + 0.12
        x1, y1 = plot[0] + 0.88, plot[1] + 0.88
        line, raised = QColor(self._dress.line), QColor(self._dress.raised)
        if storeys:
            painter.setBrush(line)
            painter.drawPolygon(QPolygonF([at(x0, y1, 0), at(x1, y1, 0), at(x1, y1, storeys), at(x0, y1, storeys)]))
            painter.setBrush(QColor(self._dress.line).darker(106))
            painter.drawPolygon(QPolygonF([at(x1, y0, 0), at(x1, y1, 0), at(x1, y1, storeys), at(x1, y0, storeys)]))
        painter.setBrush(raised if storeys else QColor(self._dress.panel))
        top = [at(x0, y0, storeys), at(x1, y0, storeys), at(x1, y1, storeys), at(x0, y1, storeys)]
        painter.drawPolygon(QPolygonF(top))
