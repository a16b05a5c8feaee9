"""A few words at the first start, beside the sample; gone for good once they were waved away."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from twin.language import _
from ui import theme

WIDTH_PX = 320


class Welcome(QFrame):
    """What this is, how to look around, and the way to one's own district. Emits wishes."""

    open_wished = Signal()
    gone = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setProperty("floats", True)
        self.setFixedWidth(WIDTH_PX)
        title = QLabel(_("A city to look into"))
        title.setProperty("type", "title")
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setAccessibleName(_("Dismiss"))
        self._close.setToolTip(_("Dismiss"))
        self._close.clicked.connect(self._go)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self._close)
        words = QLabel(
            _(
                "This is the middle of Helsinki, out of OpenStreetMap. Drag to turn, right drag to move, wheel to "
                "zoom; click anything to learn what it is and why it looks as it does."
            )
        )
        words.setProperty("type", "term")
        words.setWordWrap(True)
        own = QPushButton(_("Open a district of your own…"))
        own.setProperty("type", "accent")
        own.clicked.connect(self._go)
        own.clicked.connect(self.open_wished)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 10, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(words)
        column.addSpacing(4)
        column.addWidget(own, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._close.setIcon(theme.icon("x", dress.muted))

    def _go(self) -> None:
        self.hide()
        self.gone.emit()
