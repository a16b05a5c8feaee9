"""The card of the keys: everything that a key or a button does, on one sheet over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from PySide6.QtGui import QKeyEvent

    Rows = Mapping[str, Iterable[tuple[str, str]]]

_ROWS_A_COLUMN = 15
_HEADING_PX = 32
_MARGIN_PX = 24
_SIDE_PX = 24


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
        self._sheet.setContentsMargins(_SIDE_PX, 20, _SIDE_PX, 24)
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
        scroll = _Scroll()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        room = self._window.width() - 2 * (_MARGIN_PX + _SIDE_PX) - scroll.verticalScrollBar().sizeHint().width()
        told = {heading: list(rows) for heading, rows in groups.items()}
        rows_a_column, every = _ROWS_A_COLUMN, sum(len(rows) + 1 for rows in told.values())
        scroll.fill(_sheet(told, rows_a_column))
        while scroll.wanted.width() > room and rows_a_column < every:
            rows_a_column += _ROWS_A_COLUMN // 2
            scroll.fill(_sheet(told, rows_a_column))
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
        room = self._window.rect().adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX)
        wanted = self.sizeHint().boundedTo(room.size())
        self.resize(wanted)
        self.move(room.center() - self.rect().center())


class _Scroll(QScrollArea):
    """What scrolls where there is no room for it, and only there."""

    wanted = QSize()

    def fill(self, sheet: QWidget) -> None:
        """Hold a sheet in place of the one before, and learn how large it would be."""
        self.setWidget(sheet)
        for label in sheet.findChildren(QLabel):
            label.ensurePolished()  # the style sheet tells how large words are
        self.wanted = sheet.sizeHint()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's word)
        """Wish for all that is in it, and a scroll bar's width."""
        return self.wanted + QSize(self.verticalScrollBar().sizeHint().width(), 2)


def _sheet(groups: Mapping[str, list[tuple[str, str]]], rows_a_column: int) -> QWidget:
    columns = QHBoxLayout()
    columns.setContentsMargins(0, 0, 0, 0)
    columns.setSpacing(36)
    holder = QWidget()
    holder.setLayout(columns)
    column, filled = _column(columns), 0
    for heading, rows in groups.items():
        if filled and filled + len(rows) > rows_a_column:
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
    return holder


def _column(columns: QHBoxLayout) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setAlignment(Qt.AlignmentFlag.AlignTop)
    columns.addLayout(grid)
    return grid
