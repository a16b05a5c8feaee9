"""What the cards of tools share: ways to choose from, what to do next, and links below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from ui import theme

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDE_PX, NARROW_PX = 232, 148


class ToolCard(QFrame):
    """A card over the view's corner. Emits the wish to go about it in another way.

    Parameters
    ----------
    name : str
        The tool's, for the names of its widgets.
    ways : mapping of str to (str, str)
        In which ways it works: what each is called, and its icon.
    """

    way_wished = Signal(str)

    def __init__(self, name: str, ways: Mapping[str, tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName(f"{name}-card")
        self.setProperty("floats", True)
        self.setFixedWidth(WIDE_PX)
        self._tool = name
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        self._icons: list[tuple[QToolButton, str]] = []
        self._head = QHBoxLayout()
        self._head.setSpacing(2)
        for way, (said, icon) in ways.items():
            button = self._button(said, icon)
            button.setCheckable(True)
            button.setObjectName(f"{name}-{way}")
            button.clicked.connect(lambda _checked, way=way: self.way_wished.emit(way))
            self._group.addButton(button)
            self._buttons[way] = button
            self._head.addWidget(button)
        self._head.addStretch(1)
        self.hint = QLabel()
        self.hint.setProperty("type", "muted")
        self.hint.setWordWrap(True)
        self._foot = QHBoxLayout()
        self._foot.setSpacing(0)
        self._foot.addStretch(1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 6, 8, 8)
        self._column.setSpacing(4)
        self._column.addLayout(self._head)
        self._column.addWidget(self.hint)
        self._column.addLayout(self._foot)
        self.hide()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        for button, icon in self._icons:
            button.setIcon(theme.icon(icon, dress.text))

    def _show_way(self, way: str) -> None:
        self._buttons[way].setChecked(True)

    def _button(self, said: str, icon: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(said)
        button.setAccessibleName(said)
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._icons.append((button, icon))
        return button

    def _link(self, said: str, name: str = "") -> QPushButton:
        """Return a new link at the foot."""
        link = QPushButton(said)
        link.setProperty("type", "link")
        link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if name:
            link.setObjectName(f"{self._tool}-{name}")
        self._foot.insertWidget(self._foot.count() - 1, link)
        return link
