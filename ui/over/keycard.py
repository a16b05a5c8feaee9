"""The card of the keys: everything that a key or a button does, on one sheet over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QKeyEvent

    Rows = Mapping[str, Iterable[tuple[str, str]]]

_ROWS_A_COLUMN = 15
_HEADING_PX = 32


class KeyCard(QFrame):
    """A sheet over a window; any key or click puts it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("keycard")
        self.setProperty("floats", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Keys"))
        self._window = parent
        self._sheet = QVBoxLayout(self)
        self._sheet.setContentsMargins(24, 20, 24, 24)
        self._sheet.setSpacing(12)
        parent.installEventFilter(self)
        self.hide()

    def show_keys(self, groups: Rows) -> None:
        """Show keys and what they do, under headings."""
        while (item := self._sheet.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        title = QLabel(_("Keys"))
        title.setProperty("type", "title")
        self._sheet.addWidget(title)
        columns = QHBoxLayout()
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(36)
        holder = QWidget()
        holder.setLayout(columns)
        column, filled = _column(columns), 0
        for heading, rows_ in groups.items():
            rows = list(rows_)
            if filled and filled + len(rows) > _ROWS_A_COLUMN:
                column, filled = _column(columns), 0
            label = QLabel(heading)
            label.setProperty("type", "heading")
            label.setAlignment(Qt.AlignmentFlag.AlignBottom)
            column.addWidget(label, filled, 0, 1, 2)
            column.setRowMinimumHeight(filled, _HEADING_PX if filled else 0)
            for line, (keys, said) in enumerate(rows, filled + 1):
                key, word = QLabel(keys), QLabel(said)
                key.setProperty("type", "keycap")
                column.addWidget(key, line, 0)
                column.addWidget(word, line, 1)
            filled += len(rows) + 1
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(holder)
        holder.adjustSize()
        scroll.setMinimumSize(holder.sizeHint())
        self._sheet.addWidget(scroll)
        self._place()
        self.show()
        self.raise_()
        self.setFocus()

    def words(self) -> list[str]:
        """Return every word on the card."""
        return [label.text() for label in self.findChildren(QLabel)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's word)
        """Stay in the middle of the window, whatever its size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, _event: QKeyEvent) -> None:  # noqa: N802
        """Go away."""
        self.hide()

    def mousePressEvent(self, _event: object) -> None:  # noqa: N802
        """Go away."""
        self.hide()

    def focusOutEvent(self, event: object) -> None:  # noqa: N802
        """Go away when something else is wanted."""
        self.hide()
        super().focusOutEvent(event)  # type: ignore[arg-type]

    def _place(self) -> None:
        room = self._window.rect().adjusted(24, 24, -24, -24)
        wanted = self.sizeHint().boundedTo(room.size())
        self.resize(wanted)
        self.move(room.center() - self.rect().center())


def _column(columns: QHBoxLayout) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setAlignment(Qt.AlignmentFlag.AlignTop)
    columns.addLayout(grid)
    return grid
