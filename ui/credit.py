"""Whose data is shown: the map's credit, and that of every other source, over the view's corner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from twin.model import CREDIT

if TYPE_CHECKING:
    from collections.abc import Sequence


class Credit(QFrame):
    """The credits that the terms of the data ask for; nothing hides it while a city is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("credit")
        self._map, self._others = QLabel(CREDIT), QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 2, 6, 2)
        column.setSpacing(0)
        for label in (self._others, self._map):
            label.setProperty("type", "small")
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        self._others.hide()

    def show_credits(self, credits_: Sequence[str]) -> None:
        """Show the credits of overlays above the map's own, a line each."""
        self._others.setText("\n".join(credits_))
        self._others.setVisible(bool(credits_))
