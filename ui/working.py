"""A card over the view's corner while something is fetched or made: what is going on, how much came, and stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from twin.language import _
from twin.quantity import THIN_SPACE

if TYPE_CHECKING:
    from twin.model import Progress

WIDTH_PX = 400
PATIENCE_MS = 300
"""What is done sooner is not worth a card."""


class Working(QFrame):
    """What is being done, a bar, and a button that ends it. Emits the wish to stop."""

    stop_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("working")
        self.setProperty("floats", True)
        self.setFixedWidth(WIDTH_PX)
        self._title, self._what, self._much = QLabel(), QLabel(), QLabel()
        self._title.setProperty("type", "value")
        for label in (self._title, self._what, self._much):
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._what, self._much):
            label.setProperty("type", "muted")
        self._what.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._stop = QPushButton(_("Stop"))
        self._stop.setObjectName("stop")
        self._stop.setProperty("type", "main")
        self._stop.clicked.connect(self.stop_wished)
        words = QHBoxLayout()
        words.addWidget(self._what, 1)
        words.addWidget(self._much, 0, Qt.AlignmentFlag.AlignBottom)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self._title)
        left.addLayout(words)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addLayout(left, 1)
        line.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 14)
        column.setSpacing(10)
        column.addLayout(line)
        column.addWidget(self._bar)
        self._late = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._late.timeout.connect(self.show)
        self.hide()

    @property
    def told(self) -> tuple[str, str]:
        """What is said about the work: what is going on, and how much of it."""
        return self._what.text(), self._much.text()

    def begin(self, title: str) -> None:
        """Show soon that something is being done."""
        self._title.setText(title)
        self._what.setText(_("Starting…"))
        self._much.clear()
        self._bar.setRange(0, 0)
        self._late.start()

    def show_progress(self, progress: Progress) -> None:
        """Show how far it has come."""
        self._what.setText(progress.what)
        self._much.setText(amount(progress))
        if progress.total:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * (progress.done or 0) / progress.total))
        else:
            self._bar.setRange(0, 0)

    def end(self) -> None:
        """Go away, without handing the keyboard to whatever comes next in line."""
        self._late.stop()
        self._stop.clearFocus()
        self._bar.setRange(0, 1)
        self.hide()


def amount(progress: Progress) -> str:
    """Return how much came, with its unit: "3.1 MB"; nothing where that is not known."""
    if progress.done is None or not progress.unit:
        return ""
    return f"{progress.done:,.1f}".replace(",", THIN_SPACE) + THIN_SPACE + progress.unit
