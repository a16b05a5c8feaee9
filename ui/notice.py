"""One line over the view's corner: what happened, and the way on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    type Way = tuple[str, Callable[[], object]]
    """What to do about it: a verb, and the doing."""

WIDTH_PX = 400

_ICONS = {"error": "circle-alert", "warning": "triangle-alert", "ok": "circle-check"}


class Notice(QFrame):
    """A sentence and the ways out of it; hidden while there is nothing to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.setProperty("floats", True)
        self.setFixedWidth(WIDTH_PX)
        self._tone = "error"
        self._dress = theme.LIGHT
        self._icon = QLabel()
        self._sentence = QLabel()
        self._sentence.setTextFormat(Qt.TextFormat.PlainText)
        self._sentence.setWordWrap(True)
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(_("Dismiss"))
        self._close.setAccessibleName(_("Dismiss"))
        self._close.clicked.connect(self.hide)
        self._ways = QHBoxLayout()
        self._ways.setContentsMargins(24, 0, 0, 0)
        self._ways.setSpacing(4)
        self._ways.addStretch(1)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._sentence, 1)
        line.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 8, 8)
        column.setSpacing(4)
        column.addLayout(line)
        column.addLayout(self._ways)
        self._icon.setContentsMargins(0, 6, 0, 0)
        self._sentence.setContentsMargins(0, 5, 0, 5)
        self.hide()

    @property
    def sentence(self) -> str:
        """What is said, or was last."""
        return self._sentence.text()

    def say(self, sentence: str, *ways: Way, tone: str = "error") -> None:
        """Show a sentence in the tone of an "error", a "warning" or an "ok", and what can be done about it."""
        self._sentence.setText(sentence)
        self._tone = tone
        while self._ways.count() > 1:
            item = self._ways.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (verb, act) in enumerate(ways):
            button = QPushButton(verb)
            button.setProperty("type", "link")
            button.clicked.connect(lambda _checked=False, act=act: self._take(act))
            self._ways.insertWidget(number, button)
        self.dress(self._dress)
        self.show()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._dress = dress
        ink = {"error": dress.error, "warning": dress.warning, "ok": dress.ok}[self._tone]
        self._icon.setPixmap(theme.picture(_ICONS[self._tone], ink, 16, self.devicePixelRatioF()))
        self._close.setIcon(theme.icon("x", dress.muted))

    def _take(self, act: Callable[[], object]) -> None:
        self.hide()
        act()
