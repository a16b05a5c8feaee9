"""What one sensor says: its curves with the cursor on them, raw values, and where it comes from; and pinned curves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.language import _
from twin.quantity import THIN_SPACE, number
from ui import theme
from ui.charts.chart import Band, Chart
from ui.charts.table import Values
from ui.charts.verdicts import Verdicts
from ui.timeline.wording import said_time, zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.layers import Verdict
    from ui.charts.series import Series

WIDTH_PX = 312
_PINNED_PX = 104
_TABLE_PX = 220


@dataclass(frozen=True)
class Curve:
    """A series with what is told beside it."""

    sensor: int  # its row in the roster
    name: str
    series: Series
    bands: tuple[Band, ...]
    standard: str  # whose bands they are


@dataclass(frozen=True)
class Told:
    """All that is told of one sensor."""

    sensor: int
    name: str
    layer: str
    origin: str  # "Simulated"; empty for what was measured
    curves: tuple[Curve, ...]
    facts: tuple[tuple[str, str], ...]

    def is_more_of(self, other: Told) -> bool:
        """Whether it is of the same, but for the readings."""
        ours, theirs = ([(curve.series.channel, curve.bands) for curve in told.curves] for told in (self, other))
        same = (self.sensor, self.name, self.layer, self.origin, self.facts)
        return ours == theirs and same == (other.sensor, other.name, other.layer, other.origin, other.facts)


class _Plot(QFrame):
    """One curve under its name and its value of the moment, and what can be done with it."""

    seek_wished = Signal(float)
    pin_wished = Signal()
    values_wished = Signal()

    def __init__(self, curve: Curve, zone: str, *, pinned: bool) -> None:
        super().__init__()
        self.curve = curve
        self._zone = zone_of(zone)
        self._pinned = pinned
        self.kept = False
        title = curve.series.channel.title
        name = QLabel(f"{curve.name}: {title}" if pinned else title)
        name.setProperty("type", "muted")
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        name.setToolTip(name.text())
        self._value = QLabel()
        self._value.setProperty("type", "value")
        self._pin = QToolButton()
        self._pin.setIconSize(QSize(14, 14))
        self._pin.clicked.connect(self.pin_wished)
        self._values = QToolButton()
        self._values.setIconSize(QSize(14, 14))
        self._values.clicked.connect(self.values_wished)
        self._values.setVisible(not pinned)
        for button, said in (
            (self._pin, _("Take it off") if pinned else _("Pin the chart")),
            (self._values, _("Values as a table")),
        ):
            button.setToolTip(said)
            button.setAccessibleName(said)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(name, 1)
        head.addWidget(self._value)
        head.addWidget(self._values)
        head.addWidget(self._pin)
        self.chart = Chart(height_px=_PINNED_PX) if pinned else Chart()
        self.chart.show_series(curve.series, self._zone.key, curve.bands)
        self.chart.seek_wished.connect(self.seek_wished)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.chart)
        if curve.bands and curve.standard and not pinned:
            standard = QLabel(_("Bands: {standard}").format(standard=curve.standard))
            standard.setProperty("type", "small")
            standard.setWordWrap(True)
            standard.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column.addWidget(standard)

    def shows(self, curve: Curve) -> bool:
        """Whether it is of the same sensor and channel."""
        ours, other = self.curve, curve
        return (ours.sensor, ours.series.channel.key) == (other.sensor, other.series.channel.key)

    def show_curve(self, curve: Curve) -> None:
        self.curve = curve
        self.chart.show_series(curve.series, self._zone.key, curve.bands)

    def show_moment(self, t: float) -> None:
        value = self.curve.series.at(t)
        unit = self.curve.series.channel.unit
        said = _("no data") if math.isnan(value) else f"{number(value)}{THIN_SPACE}{unit}".strip()
        if self._value.text() != said:
            self._value.setText(said)
        self.chart.show_moment(t)

    def keep(self, *, kept: bool, dress: theme.Theme) -> None:
        """Show whether the curve is pinned below, too."""
        self.kept = kept
        said = _("Take it off") if kept else _("Pin the chart")
        self._pin.setToolTip(said)
        self._pin.setAccessibleName(said)
        self._pin.setIcon(theme.icon("pin", dress.accent if kept else dress.muted))

    def dress(self, dress: theme.Theme) -> None:
        if self._pinned:
            self._pin.setIcon(theme.icon("pin-off", dress.muted))
        else:
            self.keep(kept=self.kept, dress=dress)
        self._values.setIcon(theme.icon("table", dress.muted))
        self.chart.dress(dress)


class SensorPanel(QFrame):
    """The right panel of a sensor. Emits wishes; `show_told` and `show_moment` tell."""

    close_wished = Signal()
    seek_wished = Signal(float)
    pin_wished = Signal(object)
    unpin_wished = Signal(object)
    copy_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sensor")
        self.setFixedWidth(WIDTH_PX)
        self._dress = theme.LIGHT
        self._zone = "UTC"
        self._t = 0.0
        self._told: Told | None = None
        self._plots: list[_Plot] = []
        self._pins: list[_Plot] = []
        self._layer = QLabel()
        self._layer.setProperty("type", "muted")
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(_("Close (Esc)"))
        self._close.setAccessibleName(_("Close (Esc)"))
        self._close.clicked.connect(self.close_wished)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 0)
        head.addWidget(self._layer, 1)
        head.addWidget(self._close)
        sheet = QWidget()
        self._sheet = QVBoxLayout(sheet)
        self._sheet.setContentsMargins(16, 0, 16, 16)
        self._sheet.setSpacing(12)
        self._about, self._pinned = QWidget(), QWidget()
        self._column, self._pin_column = QVBoxLayout(self._about), QVBoxLayout(self._pinned)
        for column in (self._column, self._pin_column):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(12)
        self._sheet.addWidget(self._about)
        self._sheet.addWidget(self._pinned)
        self._sheet.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(sheet)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(4)
        down.addLayout(head)
        down.addWidget(scroll, 1)
        self._table: QTableView | None = None
        self._verdicts = Verdicts()
        self.hide()

    def show_zone(self, zone: str) -> None:
        """Tell times in another zone."""
        self._zone = zone

    def show_told(self, told: Told | None) -> None:
        """Tell of a sensor; None: of none, so that nothing but pinned curves stays.

        Where it is told of already, its curves go on in their places.
        """
        if told is not None and self._told is not None and told.is_more_of(self._told):
            self._told = told
            for plot, curve in zip(self._plots, told.curves, strict=True):
                plot.show_curve(curve)
            self.show_moment(self._t)
            return
        self._told = told
        self._table = None
        _empty(self._column)
        self._plots, self._verdicts = [], Verdicts()
        self._about.setVisible(told is not None)
        if told is not None:
            self._fill(told)
            self._mark_kept()
        self._layer.setText(
            " · ".join(part for part in (told.layer, told.origin) if part) if told is not None else _("Pinned")
        )
        self.setVisible(told is not None or bool(self._pins))
        self.dress(self._dress)
        self.show_moment(self._t)

    def show_verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Tell what standards say of the sensor at the moment."""
        self._verdicts.show_verdicts(verdicts)

    def show_pinned(self, curves: Sequence[Curve]) -> None:
        """Show these curves as long as they are not taken off."""
        _empty(self._pin_column)
        self._pins = []
        for curve in curves:
            plot = _Plot(curve, self._zone, pinned=True)
            plot.seek_wished.connect(self.seek_wished)
            plot.pin_wished.connect(lambda curve=curve: self.unpin_wished.emit(curve))
            self._pins.append(plot)
            self._pin_column.addWidget(plot)
        self._mark_kept()
        self._pinned.setVisible(bool(curves))
        self.setVisible(self._told is not None or bool(curves))
        self.dress(self._dress)
        self.show_moment(self._t)

    def _turn_pin(self, plot: _Plot) -> None:
        """Pin a curve, or take off the one that is pinned of the same."""
        same = next((pin.curve for pin in self._pins if pin.shows(plot.curve)), None)
        if same is None:
            self.pin_wished.emit(plot.curve)
        else:
            self.unpin_wished.emit(same)

    def _mark_kept(self) -> None:
        for plot in self._plots:
            plot.keep(kept=any(pin.shows(plot.curve) for pin in self._pins), dress=self._dress)

    def show_moment(self, t: float) -> None:
        """Put the cursor of every curve to a moment."""
        self._t = t
        if self.isHidden():
            return
        for plot in (*self._plots, *self._pins):
            plot.show_moment(t)

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        self._close.setIcon(theme.icon("x", dress.muted))
        self._verdicts.dress(dress)
        for plot in (*self._plots, *self._pins):
            plot.dress(dress)

    def _fill(self, told: Told) -> None:
        title = QLabel(told.name)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setProperty("type", "subject")
        title.setWordWrap(True)
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._column.addWidget(title)
        self._verdicts = Verdicts()
        self._column.addWidget(self._verdicts)
        for curve in told.curves:
            plot = _Plot(curve, self._zone, pinned=False)
            plot.seek_wished.connect(self.seek_wished)
            plot.pin_wished.connect(lambda plot=plot: self._turn_pin(plot))
            plot.values_wished.connect(lambda plot=plot: self._turn_table(plot))
            self._plots.append(plot)
            self._column.addWidget(plot)
        rule = QFrame()
        rule.setProperty("type", "rule")
        self._column.addWidget(rule)
        for label, value in told.facts:
            line = QHBoxLayout()
            line.setSpacing(12)
            name, said = QLabel(label), QLabel(value)
            name.setProperty("type", "key")
            said.setProperty("type", "tag")
            said.setTextFormat(Qt.TextFormat.PlainText)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            for words in (name, said):
                words.setWordWrap(True)
                words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            line.addWidget(name, 2)
            line.addWidget(said, 3)
            row = QWidget()
            line.setContentsMargins(0, 0, 0, 0)
            row.setLayout(line)
            self._column.addWidget(row)
        copy = QPushButton(_("Copy the values"))
        copy.setProperty("type", "link")
        copy.clicked.connect(lambda: self.copy_wished.emit(self._as_text()))
        self._column.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)

    def _turn_table(self, plot: _Plot) -> None:
        """Put the table of values under a curve, or away."""
        there = self._table
        if there is not None:
            of = there.property("of")
            self._column.removeWidget(there)
            there.hide()
            there.deleteLater()
            self._table = None
            if of == plot.curve.series.channel.key:
                return
        table = QTableView()
        table.setProperty("of", plot.curve.series.channel.key)
        table.setObjectName("values")
        model = Values(plot.curve.series, zone_of(self._zone))
        model.setParent(table)
        table.setModel(model)
        table.setFixedHeight(_TABLE_PX)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        rows = plot.curve.series.rows
        before = int((rows.t_end <= self._t).sum()) - 1
        self._column.insertWidget(self._column.indexOf(plot) + 1, table)
        if before >= 0:
            table.selectRow(before)
            table.scrollTo(model.index(before, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self._table = table

    def _as_text(self) -> str:
        """Return all readings as lines of tabulated columns."""
        if self._told is None:
            return ""
        zone = zone_of(self._zone)
        lines = []
        for curve in self._told.curves:
            channel, rows = curve.series.channel, curve.series.rows
            lines.append(f"{_('Time')}\t{channel.title} ({channel.unit})")
            lines += [
                f"{said_time(t, zone)}\t{value:g}"
                for t, value in zip(rows.t_end.tolist(), rows.value.tolist(), strict=True)
            ]
        return "\n".join(lines) + "\n"


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
