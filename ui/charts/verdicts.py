"""What several standards say of one sensor at one moment, one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from twin.language import _
from ui import theme
from ui.panels.readings import swatch_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.layers import Verdict

_SWATCH_PX = 12


class Verdicts(QWidget):
    """A line a standard: its colour, its word, its number, and what that is of."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdicts")
        self._verdicts: tuple[Verdict, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._dress = theme.LIGHT
        self._marks: list[QLabel] = []
        self.hide()

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Show what they say; nothing: they speak of no such thing."""
        if tuple(verdicts) == self._verdicts:
            return
        self._verdicts = tuple(verdicts)
        while (item := self._grid.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._marks = []
        graded = [verdict for verdict in verdicts if verdict.grade]
        of = {verdict.of for verdict in graded}
        shared = of.pop() if len(of) == 1 else ""
        head = _("By standard, {average}").format(average=shared) if shared else _("By standard")
        self._grid.addWidget(_words(head, "muted"), 0, 0, 1, 3)
        for number, verdict in enumerate(graded):
            self._add(3 * number + 1, verdict, "" if shared else verdict.of)
        for number, verdict in enumerate(verdict for verdict in verdicts if not verdict.grade):
            said = _words(f"{verdict.standard}: {verdict.caveat}", "small")
            self._grid.addWidget(said, 3 * len(graded) + number + 1, 1, 1, 2)
        self.setVisible(bool(verdicts))
        self.dress(self._dress)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._dress = dress
        for mark in self._marks:
            mark.setPixmap(theme.icon("info", dress.muted).pixmap(_SWATCH_PX, _SWATCH_PX))

    def _add(self, row: int, verdict: Verdict, of: str) -> None:
        swatch = QLabel()
        swatch.setPixmap(swatch_of(verdict.colour, self.devicePixelRatioF(), _SWATCH_PX))
        name, grade = _words(verdict.standard, "small"), _words(verdict.grade, "value")
        number = QLabel(verdict.number)
        number.setProperty("type", "value")
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        for widget in (name, grade, number, swatch):
            widget.setToolTip(verdict.caveat)
        name.setAccessibleDescription(verdict.caveat)
        name.setContentsMargins(0, 6 if row > 1 else 2, 0, 0)
        self._grid.addWidget(name, row, 1)
        if verdict.caveat:
            mark = QLabel()
            mark.setToolTip(verdict.caveat)
            self._marks.append(mark)
            self._grid.addWidget(mark, row, 2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self._grid.addWidget(swatch, row + 1, 0, Qt.AlignmentFlag.AlignVCenter)
        self._grid.addWidget(grade, row + 1, 1)
        self._grid.addWidget(number, row + 1, 2)
        if more := " · ".join(part for part in (of, *verdict.parts) if part):
            self._grid.addWidget(_words(more, "small"), row + 2, 1, 1, 2)


def _words(text: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("type", kind)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
