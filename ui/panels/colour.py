"""Buildings in colours that mean something: the choice, the legend, and what is filtered out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from twin import quantity
from twin.colouring import Colouring, Entry, names, pale
from twin.language import _
from ui import theme
from ui.panels.ramp import RangeSlider
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent

_SWATCH_PX = 16


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a colouring is shown whole; the rest is left as ghosts."""

    without: frozenset[int] = frozenset()  # numbers of entries
    low: float = -math.inf
    high: float = math.inf
    mapped_only: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == Filter()

    def shown(self, colouring: Colouring, table: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell of every row of a table whether it passes."""
        return colouring.shown(table, without=self.without, low=self.low, high=self.high, mapped_only=self.mapped_only)


class ColourPanel(Panel):
    """What buildings are coloured by, and the legend of it. Emits wishes; `show_colouring` and `show_filter` tell."""

    icon = "palette"

    colour_wished = Signal(str)
    """What to colour by, of `twin.colouring.names`; "" for the look's own colours."""

    filter_wished = Signal(object)

    def __init__(self) -> None:
        super().__init__(_("Colour"))
        self.setObjectName("colour")
        self._dress = theme.LIGHT
        self._colouring: Colouring | None = None
        self._filter = Filter()
        self._rows: list[_Row] = []
        self._choice = QPushButton()
        self._choice.setObjectName("choice")
        self._choice.setProperty("type", "main")
        self._said = QLabel()
        self._said.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._arrow = QLabel()  # at the far end, where an icon cannot stand
        self._arrow.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QHBoxLayout(self._choice)
        inside.setContentsMargins(10, 0, 8, 0)
        inside.addWidget(self._said, 1)
        inside.addWidget(self._arrow)
        self._menu = QMenu(self._choice)
        for name, said in {"": _("None"), **names()}.items():
            action = self._menu.addAction(said)
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(lambda _checked, name=name: self.colour_wished.emit(name))
        self._choice.setMenu(self._menu)
        self._slider = RangeSlider()
        self._slider.range_wished.connect(
            lambda low, high: self.filter_wished.emit(replace(self._filter, low=low, high=high))
        )
        self._ends = QLabel()
        self._ends.setProperty("type", "muted")
        self._legend = QWidget()
        self._list = QVBoxLayout(self._legend)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._guessed = _Row(Entry(_("Only what is mapped"), "#000000", 0, 0))
        self._guessed.setToolTip(_("Leave out values that nobody mapped"))
        self._guessed.clicked.connect(
            lambda: self.filter_wished.emit(replace(self._filter, mapped_only=not self._filter.mapped_only))
        )
        self._all = QPushButton(_("Show all"))
        self._all.setObjectName("show-all")
        self._all.setProperty("type", "link")
        self._all.clicked.connect(lambda: self.filter_wished.emit(Filter()))
        self._count = QLabel()
        self._count.setProperty("type", "muted")
        self._source = QLabel()
        self._source.setProperty("type", "muted")
        self._source.setWordWrap(True)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 0, 0, 0)
        foot.addWidget(self._count, 1)
        foot.addWidget(self._all)
        source = QHBoxLayout()
        source.setContentsMargins(8, 0, 8, 0)
        source.addWidget(self._source)
        choice = QHBoxLayout()
        choice.setContentsMargins(8, 0, 8, 0)
        choice.addWidget(self._choice)
        ends = QHBoxLayout()
        ends.setContentsMargins(8, 0, 8, 0)
        ends.addWidget(self._ends)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(6)
        for part in (choice, self._slider, ends, self._legend, self._guessed, foot, source):
            column.addLayout(part) if isinstance(part, QHBoxLayout) else column.addWidget(part)
        self.show_colouring(None)

    def show_colouring(self, colouring: Colouring | None) -> None:
        """Show the legend of a colouring, everything shown; None: buildings wear the look's own colours."""
        self._colouring = colouring
        for row in self._rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self._rows = []
        self._said.setText(colouring.title if colouring else _("None"))
        self._choice.setAccessibleName(_("Colour buildings: {what}").format(what=self._said.text()))
        for action in self._menu.actions():
            action.setChecked(action.data() == (colouring.name if colouring else ""))
        if colouring is not None:
            for number, entry in enumerate(colouring.entries):
                if entry.no_data and not entry.count:
                    continue
                row = _Row(entry, colouring.unit if colouring.name == "height" else "", number)
                row.clicked.connect(self._toggle)
                row.alone_wished.connect(self._isolate)
                row.dress(self._dress)
                self._rows.append(row)
                self._list.addWidget(row)
            self._source.setText(colouring.source)
        ramp = colouring is not None and colouring.span is not None
        if colouring is not None and ramp:
            counts, edges = colouring.histogram()
            middles = (edges[:-1] + edges[1:]) / 2
            self._slider.show_values(counts, edges, [_colour_at(colouring, value) for value in middles])
        self._slider.setVisible(ramp)
        self._ends.setVisible(ramp)
        self._legend.setVisible(colouring is not None)
        self._source.setVisible(colouring is not None)
        guessed = sum(entry.inferred for entry in colouring.entries) if colouring else 0
        self._guessed.setVisible(guessed > 0)
        self._guessed.show_count(guessed)
        self.show_filter(Filter())

    def show_filter(self, wanted: Filter) -> None:
        """Show what is filtered out."""
        self._filter = wanted
        for row in self._rows:
            row.show_on(row.number not in wanted.without)
        self._guessed.show_on(wanted.mapped_only)
        colouring = self._colouring
        self._all.setVisible(not wanted.is_open)
        self._count.setVisible(not wanted.is_open)
        if colouring is None:
            return
        if colouring.span is not None:
            self._slider.show_range(wanted.low, wanted.high)
            low, high = max(wanted.low, colouring.span[0]), min(wanted.high, colouring.span[1])
            words = {"low": _value(low, colouring), "high": _value(high, colouring), "unit": colouring.unit}
            span = _("{low} to {high}") if colouring.name == "age" else _("{low} to {high} {unit}")
            self._ends.setText(span.format(**words))
        shown = wanted.shown(colouring, "buildings")
        said = _("{shown} of {all} buildings")
        self._count.setText(said.format(shown=quantity.number(int(shown.sum()), 9), all=quantity.number(len(shown), 9)))

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        ratio = self.devicePixelRatioF()
        self._arrow.setPixmap(theme.picture("chevrons-up-down", dress.muted, 14, ratio))
        self._slider.dress(dress)
        self._guessed.dress(dress)
        for row in self._rows:
            row.dress(dress)

    def _toggle(self) -> None:
        row = self.sender()
        if isinstance(row, _Row):
            self.filter_wished.emit(replace(self._filter, without=self._filter.without ^ {row.number}))

    def _isolate(self) -> None:
        row = self.sender()
        if isinstance(row, _Row):
            others = frozenset(one.number for one in self._rows) - {row.number}
            wanted = frozenset() if self._filter.without == others else others
            self.filter_wished.emit(replace(self._filter, without=wanted))


class _Row(QPushButton):
    """A line of the legend: its colour, its name, how many; dim where it is filtered out."""

    alone_wished = Signal()
    """Double click or Shift: nothing but this class."""

    def __init__(self, entry: Entry, unit: str = "", number: int = -1) -> None:
        super().__init__()
        self.entry = entry
        self.number = number
        self._on = True
        self._dress = theme.LIGHT
        self.setProperty("type", "row")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._swatch = QLabel()
        said = f"{entry.label}{quantity.THIN_SPACE}{unit}" if unit and not entry.no_data else entry.label
        self._name, self._count = QLabel(said), QLabel()
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._count.setProperty("type", "muted")
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 8, 0)
        line.setSpacing(10)
        line.addWidget(self._swatch)
        line.addWidget(self._name, 1)
        line.addWidget(self._count)
        for label in (self._swatch, self._name, self._count):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(said)
        self.show_count(entry.count)
        told = _("Click to leave out, double-click to show nothing else")
        if entry.inferred:
            told = _("{inferred} of {count} inferred").format(inferred=entry.inferred, count=entry.count) + "\n" + told
        self.setToolTip(told)

    def show_count(self, count: int) -> None:
        self._count.setText(quantity.number(count, 9))

    def show_on(self, on: bool) -> None:
        self._on = on
        self._draw()

    def dress(self, dress: theme.Theme) -> None:
        self._dress = dress
        self._draw()

    def mouseDoubleClickEvent(self, event: object) -> None:  # noqa: ARG002, N802
        self.alone_wished.emit()

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        self._draw()
        super().enterEvent(event)

    def _draw(self) -> None:
        if self.number < 0:
            self._swatch.setPixmap(_box(self._on, self._dress, self.devicePixelRatioF()))
        else:
            self._swatch.setPixmap(_swatch(self.entry, self._on, self._dress, self.devicePixelRatioF()))
        ink = self._dress.text if self._on or self.number < 0 else self._dress.muted
        self._name.setStyleSheet(f"color: {ink};")


def _swatch(entry: Entry, on: bool, dress: theme.Theme, ratio: float) -> QPixmap:
    """Return a class's colour: plain where it is mapped, paler and hatched for the share that is inferred."""
    pixels = QPixmap(QSize(_SWATCH_PX, _SWATCH_PX) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(1, 1, _SWATCH_PX - 2, _SWATCH_PX - 2)
    shape = QPainterPath()
    shape.addRoundedRect(box, 3, 3)
    if not on:
        painter.setPen(QPen(QColor(dress.faint), 1.2))
        painter.drawPath(shape)
        painter.end()
        return pixels
    painter.setClipPath(shape)
    painter.fillRect(box, QColor(entry.colour))
    share = entry.inferred / entry.count if entry.count else 0.0
    hatched = QRectF(box)
    if entry.no_data:
        share = 1.0
    if share > 0:
        hatched.setTop(box.bottom() - box.height() * min(max(share, 0.2), 1.0))
        painter.fillRect(hatched, QColor(entry.colour if entry.no_data else pale(entry.colour)))
        painter.setClipRect(hatched, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(QColor("#8E959E" if entry.no_data else entry.colour), 1.1))
        for x in range(-_SWATCH_PX, 2 * _SWATCH_PX, 4):
            painter.drawLine(QPointF(x, _SWATCH_PX), QPointF(x + _SWATCH_PX, 0))
    painter.setClipping(False)
    painter.setPen(QPen(QColor(dress.line), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(shape)
    painter.end()
    return pixels


def _box(on: bool, dress: theme.Theme, ratio: float) -> QPixmap:
    """Return the box of a choice, ticked or empty."""
    pixels = QPixmap(QSize(_SWATCH_PX, _SWATCH_PX) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(dress.accent if on else dress.faint), 1.2))
    painter.setBrush(QColor(dress.accent) if on else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(1.5, 1.5, _SWATCH_PX - 3, _SWATCH_PX - 3), 3, 3)
    if on:
        painter.setPen(QPen(QColor(dress.on_accent), 1.8, c=Qt.PenCapStyle.RoundCap))
        painter.drawPolyline([QPointF(4.5, 8.3), QPointF(7, 10.8), QPointF(11.5, 5.5)])
    painter.end()
    return pixels


def _colour_at(colouring: Colouring, value: float) -> str:
    values = colouring.value_of["buildings"]
    near = np.nanargmin(np.abs(values - value)) if np.isfinite(values).any() else 0
    return colouring.entries[int(colouring.entry_of["buildings"][near])].colour


def _value(value: float, colouring: Colouring) -> str:
    return f"{value:.0f}" if colouring.name in {"age", "levels"} else quantity.number(round(value, 1))
