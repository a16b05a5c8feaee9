"""The bar below the view, in its three forms: a recorded day, that day on one line, and the time of day alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from twin.language import _
from ui import theme
from ui.timeline.lamp import Lamp
from ui.timeline.track import Track
from ui.timeline.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from twin.clock import Clock
    from twin.overview import Overview
    from twin.readings import Mark, Span


class Timeline(QFrame):
    """Time below the view: `transport` and `track` emit wishes, and the bar the wish to be folded."""

    fold_wished = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("timeline")
        self._recorded = False
        self._folded = False
        self._marks = False
        self._dress = theme.LIGHT
        self.transport = Transport()
        self.track = Track()
        self.lamp = Lamp()
        self._said = QLabel(_("Time of day"))
        self._said.setProperty("type", "muted")
        self._state = QLabel()
        self._state.setProperty("type", "muted")
        self._fold = QToolButton()
        self._fold.setObjectName("fold-timeline")
        self._fold.setIconSize(QSize(16, 16))
        self._fold.clicked.connect(lambda: self.fold_wished.emit(not self._folded))
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addWidget(self._said)
        self._row.addWidget(self.transport)
        self._row.addWidget(self.track, 1)
        self._row.addStretch(0)
        self._row.addWidget(self._state)
        self._row.addWidget(self.lamp)
        self._row.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignTop)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(4)
        self._column.addLayout(self._row)
        self._arrange()

    def show_place(self, zone: str, lonlat: tuple[float, float]) -> None:
        """Tell the times of another place."""
        self.transport.show_place(zone)
        self.track.show_place(zone, lonlat)

    def show_recording(
        self, names: Sequence[str], marks: Sequence[Mark], days: Collection[date] | None, found: Overview | None = None
    ) -> None:
        """Show what layers are recorded, by name, and what happened; no names: nothing is recorded."""
        self._recorded, self._marks = bool(names), bool(marks)
        self.transport.show_days(days)
        self.track.show_strips(found, names, marks)
        self._arrange()

    def show_state(self, sentence: str) -> None:
        """Say what is being waited for; nothing: all is there."""
        self._state.setText(sentence)

    def show_span(self, whole: Span, shown: Span) -> None:
        """Show this part of all there is."""
        self.track.show_span(whole, shown)

    def show_clock(self, clock: Clock, *, known: bool = True) -> None:
        """Show a clock; one that is not `known` has no moment yet."""
        self.transport.show_clock(clock, known=known)
        self.track.show_clock(clock.t if known else None, clock.loop)

    def show_reporting(self, reporting: Mapping[str, tuple[int, int]]) -> None:
        """Show how many sensors have a value now."""
        self.track.show_reporting(reporting)

    def fold(self, folded: bool) -> None:
        """Take one line, or as many as there are layers."""
        self._folded = folded
        self._arrange()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        self.transport.dress(dress)
        self.track.dress(dress)
        self.lamp.dress(dress)
        self._show_fold()

    def _arrange(self) -> None:
        alone = not self._recorded
        in_row = alone or self._folded
        self._column.setContentsMargins(12, 4, 8, 4 if in_row else 6)
        self._said.setVisible(alone)
        self.transport.setVisible(not (alone and self._folded))
        self.transport.show_form(recorded=self._recorded, short=self._folded, marks=self._marks)
        self.track.setVisible(not (alone and self._folded))
        self.track.fold(in_row)
        home: QBoxLayout = self._row if in_row else self._column
        if home.indexOf(self.track) < 0:
            for layout in (self._row, self._column):
                layout.removeWidget(self.track)
            if in_row:
                self._row.insertWidget(2, self.track, 1)
            else:
                self._column.addWidget(self.track)
        self._row.setStretch(self._row.count() - 4, 0 if in_row and not (alone and self._folded) else 1)
        self._show_fold()

    def _show_fold(self) -> None:
        said = _("Show the whole timeline") if self._folded else _("Fold the timeline")
        self._fold.setIcon(theme.icon("chevron-up" if self._folded else "chevron-down", self._dress.muted))
        self._fold.setToolTip(said)
        self._fold.setAccessibleName(said)
