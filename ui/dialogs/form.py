"""What the asking windows share: labelled fields one below the other, a sentence about them, and two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from twin.language import _

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

WIDTH_PX = 560
_AROUND_PX = 40  # for what the system draws around a window
_LEAST_PX = 120
_LINE_PX = 32


class Form(QDialog):
    """Fields under headings. What is wrong with them is said below them as one writes."""

    def __init__(self, parent: QWidget, title: str, accept: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setFixedWidth(WIDTH_PX)
        head = QLabel(title)
        head.setProperty("type", "subject")
        self._rows: dict[QWidget, tuple[QWidget, ...]] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnMinimumWidth(0, 150)
        self._grid.setColumnStretch(1, 1)
        self.said = QLabel()
        self.said.setProperty("type", "warning")
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setMinimumHeight(18)
        self._accept = QPushButton(accept)
        self._accept.setObjectName("accept")
        self._accept.setProperty("type", "accent")
        self._accept.setDefault(True)
        self._accept.clicked.connect(self.take)
        self._cancel = QPushButton(_("Cancel"))
        self._cancel.setProperty("type", "main")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self.reject)
        self._foot = foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        foot.addWidget(self._cancel)
        foot.addWidget(self._accept)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(head)
        self._sheet = _Fields(self._grid)
        column.addWidget(self._sheet)
        column.addWidget(self.said)
        column.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's word)
        """Be no taller than the screen: fields then scroll."""
        self.fit()
        super().showEvent(event)

    def fit(self) -> None:
        """Be as tall as the fields are, and no taller than the screen; they may have become more or fewer."""
        self._sheet.updateGeometry()  # what scrolls does not tell of itself
        room = self.screen().availableGeometry()
        most = room.height() - _AROUND_PX
        self.setMaximumHeight(most)
        self.resize(self.width(), min(self.sizeHint().height(), most))  # Qt's own adjusting stops at two thirds
        if self.isVisible() and (beyond := self.geometry().bottom() - (room.bottom() - _AROUND_PX // 2)) > 0:
            self.move(self.x(), max(self.y() - beyond, room.top()))

    def head(self, said: str) -> None:
        """Begin a group of fields."""
        label = QLabel(said)
        label.setProperty("type", "heading")
        label.setContentsMargins(0, 8 if self._grid.rowCount() > 1 else 0, 0, 0)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 2)

    def field(self, said: str, widget: QWidget, told: str = "") -> None:
        """Add a field with its name, and a sentence about it."""
        row = self._grid.rowCount()
        label = QLabel(said)
        label.setProperty("type", "term")
        label.setBuddy(widget)
        widget.setAccessibleName(said)
        if widget.layout() is not None:  # it may be tall, and its first line is what is named
            label.setMinimumHeight(_LINE_PX)
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        else:
            self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        self._rows[widget] = (label, widget)
        if told:
            below = QLabel(told)
            below.setProperty("type", "muted")
            below.setWordWrap(True)
            self._grid.addWidget(below, row + 1, 1)
            self._rows[widget] = (label, widget, below)

    def offer(self, widget: QWidget, offered: bool) -> None:
        """Have a field in the form, with its name and what is said about it, or leave it out."""
        for part in self._rows[widget]:
            part.setVisible(offered)

    def add_button(self, button: QPushButton) -> None:
        """Add another way to take what was filled in, before the main one."""
        self._foot.insertWidget(self._foot.count() - 1, button)

    def add_above_buttons(self, widget: QWidget) -> None:
        """Add something between what is said and the buttons, as wide as the form."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def across(self, widget: QWidget) -> None:
        """Add something over the whole width."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def complain(self, sentence: str) -> None:
        """Say what is wrong; nothing when all is well."""
        self._say(sentence, "warning")
        self._accept.setEnabled(not sentence)

    def praise(self, sentence: str) -> None:
        """Say that something went well."""
        self._say(sentence, "ok")
        self._accept.setEnabled(True)

    def remark(self, sentence: str) -> None:
        """Say something about fields with which all is well."""
        self._say(sentence, "muted")
        self._accept.setEnabled(True)

    def _say(self, sentence: str, tone: str) -> None:
        self.said.setText(sentence)
        if self.said.property("type") != tone:
            self.said.setProperty("type", tone)
            self.said.style().unpolish(self.said)
            self.said.style().polish(self.said)

    def take(self) -> None:
        """Take what was filled in."""
        self.accept()


class _Fields(QScrollArea):
    """The fields, as tall as they are where there is room for all of them."""

    def __init__(self, grid: QGridLayout) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sheet = QWidget()
        self._sheet.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.setWidget(self._sheet)

    def sizeHint(self) -> QSize:  # noqa: N802
        layout = self._sheet.layout()
        if layout is None:
            return super().sizeHint()
        wide = self.width() if self.isVisible() else WIDTH_PX - 48
        tall = layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else layout.sizeHint().height()
        return QSize(wide, tall)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(0, min(_LEAST_PX, self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._sheet.setContentsMargins(0, 0, 12 if self.verticalScrollBar().isVisible() else 0, 0)
        super().resizeEvent(event)
