"""One line about what went wrong, and the way out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable


class Notice(QFrame):
    """A sentence with one action beside it; hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self._act: Callable[[], None] | None = None
        self._icon = QLabel()
        self._sentence = QLabel()
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action = QPushButton()
        self._action.setProperty("type", "link")
        self._action.clicked.connect(self._take)
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(_("Dismiss"))
        self._close.setAccessibleName(_("Dismiss"))
        self._close.clicked.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 8, 8, 8)
        line.setSpacing(8)
        line.addWidget(self._icon)
        line.addWidget(self._sentence, 1)
        line.addWidget(self._action)
        line.addWidget(self._close)
        self.hide()

    def say(self, sentence: str, action: str, act: Callable[[], None]) -> None:
        """Show a sentence, and what to do about it under the name `action`."""
        self._sentence.setText(sentence)
        self._action.setText(action)
        self._act = act
        self.show()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._icon.setPixmap(theme.picture("circle-alert", dress.error, 16, self.devicePixelRatioF()))
        self._close.setIcon(theme.icon("x", dress.muted))

    def _take(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()
