"""A sheet of a month from which a day is taken."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from twin.language import _
from ui import theme
from ui.timeline.wording import months

if TYPE_CHECKING:
    from collections.abc import Collection

_WEEKS = 6
_CELL_PX = 32


class Calendar(QFrame):
    """One month, with the days that may be taken. It goes away when one was."""

    day_wished = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("calendar")
        self._first = date(2000, 1, 1)
        self._shown = self._first
        self._possible: frozenset[date] | None = None
        self._title = QLabel()
        self._title.setProperty("type", "value")
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._back, self._on = QToolButton(), QToolButton()
        head = QHBoxLayout()
        for button, by, said in ((self._back, -1, _("Month before")), (self._on, 1, _("Month after"))):
            button.setIconSize(QSize(14, 14))
            button.setAccessibleName(said)
            button.setToolTip(said)
            button.clicked.connect(lambda _checked, by=by: self._turn(by))
        head.addWidget(self._back)
        head.addWidget(self._title, 1)
        head.addWidget(self._on)
        grid = QGridLayout()
        grid.setSpacing(0)
        for column, name in enumerate((_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))):
            label = QLabel(name)
            label.setProperty("type", "small")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(label, 0, column)
        self._cells: list[QPushButton] = []
        for place in range(7 * _WEEKS):
            cell = QPushButton()
            cell.setProperty("type", "day")
            cell.setFixedSize(_CELL_PX, _CELL_PX)
            cell.clicked.connect(lambda _checked, place=place: self._take(place))
            grid.addWidget(cell, 1 + place // 7, place % 7)
            self._cells.append(cell)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(8, 8, 8, 8)
        column_.setSpacing(4)
        column_.addLayout(head)
        column_.addLayout(grid)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._back.setIcon(theme.icon("chevron-left", dress.text, 14))
        self._on.setIcon(theme.icon("chevron-right", dress.text, 14))

    def ask(self, shown: date, possible: Collection[date] | None, above: QPoint) -> None:
        """Ask for a day, with the sheet standing on a place of the screen.

        Parameters
        ----------
        possible
            The days that may be taken; None: any.
        """
        self._shown = shown
        self._possible = None if possible is None else frozenset(possible)
        self._show(shown.replace(day=1))
        self.adjustSize()
        self.move(above - QPoint(0, self.height() + 6))
        self.show()
        place = (shown - self._monday()).days
        self._cells[place].setFocus()

    def _monday(self) -> date:
        return self._first - timedelta(days=self._first.weekday())

    def _show(self, first: date) -> None:
        self._first = first
        self._title.setText(_("{month} {year}").format(month=months()[first.month - 1], year=first.year))
        for place, cell in enumerate(self._cells):
            day = self._monday() + timedelta(days=place)
            cell.setText(str(day.day))
            possible = self._possible is None or day in self._possible
            cell.setEnabled(possible)
            cell.setProperty("chosen", day == self._shown)
            cell.setProperty("other", day.month != first.month)
            cell.style().unpolish(cell)
            cell.style().polish(cell)

    def _turn(self, by: int) -> None:
        year, month = divmod(self._first.year * 12 + self._first.month - 1 + by, 12)
        if date.min.year < year < date.max.year:
            self._show(date(year, month + 1, 1))

    def _take(self, place: int) -> None:
        self.hide()
        self.day_wished.emit(self._monday() + timedelta(days=place))
