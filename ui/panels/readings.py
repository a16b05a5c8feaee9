"""The layers of what sensors measured: switch, legend, choices, and whose data they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyleOptionButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.language import _
from twin.legend import NO_DATA
from twin.quantity import THIN_SPACE
from ui import theme
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from twin.layers import Choice
    from twin.legend import Legend
    from twin.readings import Layer
    from twin.session import Session

_SWATCH_PX = 14
_RAMP_PX = 10


class ReadingsPanel(Panel):
    """A section a layer. Emits wishes; `show_session` tells what came of them."""

    show_wished = Signal(str, bool)
    """A layer's word, and whether it should be shown."""

    choice_wished = Signal(str, str, str)
    """A layer's word, a choice's, and the option's."""

    icon = "activity"

    def __init__(self) -> None:
        super().__init__(_("Sensor data"))
        self.setObjectName("readings")
        self._dress = theme.LIGHT
        self._sections: dict[str, _Section] = {}
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 4)
        self._list.setSpacing(12)

    def show_session(self, session: Session | None) -> None:
        """Show the layers of what is recorded, as they are shown and chosen now; None: there are none."""
        layers = session.roster.layers if session is not None else ()
        keys = [layer.key for layer in layers]
        if list(self._sections) != keys:
            for section in self._sections.values():
                section.hide()
                self._list.removeWidget(section)
                section.deleteLater()
            self._sections = {}
            for layer in layers:
                section = _Section(layer)
                section.show_wished.connect(self.show_wished)
                section.choice_wished.connect(self.choice_wished)
                section.dress(self._dress)
                self._sections[layer.key] = section
                self._list.addWidget(section)
        if session is not None:
            drawn = session.layers
            for key, section in self._sections.items():
                legend = session.legend(key) if key in drawn else None
                choices = session.choices(key) if key in drawn else ()
                section.show_layer(legend, choices, session.chosen(key) if choices else {}, session.is_shown(key))

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        for section in self._sections.values():
            section.dress(dress)


class _Section(QFrame):
    """One layer."""

    show_wished = Signal(str, bool)
    choice_wished = Signal(str, str, str)

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self._layer = layer
        self._shown = True
        self._dress = theme.LIGHT
        name = QLabel(layer.title)
        name.setProperty("type", "value")
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        said = {"measured": _("Measured"), "modelled": _("Modelled"), "simulated": _("Simulated")}[layer.origin]
        origin = QLabel(said)
        origin.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        origin.setProperty("type", "chip" if layer.origin == "measured" else "chip-warning")
        self._eye = QToolButton()
        self._eye.setIconSize(QSize(16, 16))
        self._eye.clicked.connect(lambda: self.show_wished.emit(layer.key, not self._shown))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(name, 1)
        head.addWidget(origin)
        head.addWidget(self._eye)
        self._body = QWidget()
        self._rows = QVBoxLayout(self._body)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._body)

    def show_layer(
        self, legend: Legend | None, choices: Sequence[Choice], chosen: Mapping[str, str], shown: bool
    ) -> None:
        self._shown = shown
        self._eye.setVisible(legend is not None)
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._body.setEnabled(shown)
        if legend is not None and shown:
            for choice in choices:
                if choice.free or len(choice.options) > 1:
                    self._rows.addWidget(self._choice(choice, chosen.get(choice.key, "")))
            self._rows.addWidget(_words(_unit_told(legend), "muted"))
            if legend.caveat:
                self._rows.addWidget(_words(legend.caveat, "small"))
            self._add_classes(legend)
        for sentence in _terms(self._layer, legend):
            self._rows.addWidget(_words(sentence, "small"))
        self.dress(self._dress)

    def dress(self, dress: theme.Theme) -> None:
        self._dress = dress
        self._eye.setIcon(theme.icon("eye" if self._shown else "eye-off", dress.muted))
        told = (_("Hide {layer}") if self._shown else _("Show {layer}")).format(layer=self._layer.title)
        self._eye.setToolTip(told)
        self._eye.setAccessibleName(told)

    def _add_classes(self, legend: Legend) -> None:
        if legend.ramp:
            self._rows.addWidget(_Ramp(legend))
        else:
            for one in legend.classes:
                self._rows.addWidget(_class(one.colour, one.label, self.devicePixelRatioF()))
        self._rows.addWidget(_class("", _("No data"), self.devicePixelRatioF()))

    def _choice(self, choice: Choice, word: str) -> QWidget:
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        label = QLabel(choice.title)
        label.setProperty("type", "muted")
        label.setFixedWidth(76)
        label.setWordWrap(True)
        across.addWidget(label)
        across.addWidget(self._typed(choice, word) if choice.free else self._menu(choice, word), 1)
        return line

    def _typed(self, choice: Choice, word: str) -> QWidget:
        field = QLineEdit(word)
        field.setObjectName(f"choice-{choice.key}")
        field.setPlaceholderText(choice.hint)
        field.setAccessibleName(choice.title)
        field.setMaxLength(80)
        field.editingFinished.connect(
            lambda: None if field.text() == word else self.choice_wished.emit(self._layer.key, choice.key, field.text())
        )
        return field

    def _menu(self, choice: Choice, word: str) -> QWidget:
        button = _Chosen(choice.options.get(word, ""))
        button.setAccessibleName(f"{choice.title}: {choice.options.get(word, '')}")
        menu = QMenu(button)
        for option, title in choice.options.items():
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(option == word)
            action.triggered.connect(
                lambda _checked, option=option: self.choice_wished.emit(self._layer.key, choice.key, option)
            )
        button.setMenu(menu)
        return button


class _Chosen(QPushButton):
    """What is chosen, cut short where there is no room for it."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self._said = said
        self.setProperty("type", "chosen")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(said)

    def initStyleOption(self, option: QStyleOptionButton) -> None:  # noqa: N802  (Qt's word)
        """Be drawn as a button without a menu: with one, style sheets leave the text no room at its sides."""
        super().initStyleOption(option)
        option.features &= ~QStyleOptionButton.ButtonFeature.HasMenu

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self.setText(self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, self.width() - 40))


class _Ramp(QWidget):
    """Colours that blend into one another, with the values at which they stand."""

    def __init__(self, legend: Legend) -> None:
        super().__init__()
        self._legend = legend
        self.setFixedHeight(_RAMP_PX + 18)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        classes = self._legend.classes
        blend = QLinearGradient(0, 0, self.width(), 0)
        for place, one in enumerate(classes):
            blend.setColorAt(place / max(len(classes) - 1, 1), QColor(one.colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend)
        painter.drawRoundedRect(QRectF(0, 0, self.width(), _RAMP_PX), 3, 3)
        painter.setPen(self.palette().windowText().color())
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance
        for place, one in enumerate(classes):
            x = place / max(len(classes) - 1, 1) * self.width()
            if place in {0, len(classes) - 1, len(classes) // 2}:
                x = min(max(x - width(one.label) / 2, 0), self.width() - width(one.label))
                painter.drawText(QPointF(x, _RAMP_PX + 14), one.label)
        painter.end()


def _class(colour: str, label: str, ratio: float) -> QWidget:
    line = QWidget()
    across = QHBoxLayout(line)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(10)
    swatch = QLabel()
    swatch.setPixmap(swatch_of(colour, ratio))
    across.addWidget(swatch)
    across.addWidget(_words(label, ""), 1)
    return line


def swatch_of(colour: str, ratio: float, size_px: int = _SWATCH_PX) -> QPixmap:
    """Return a class's colour as a small square; hatched grey for no data."""
    pixels = QPixmap(QSize(size_px, size_px) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour or NO_DATA))
    painter.drawRoundedRect(QRectF(0, 0, size_px, size_px), 3, 3)
    if not colour:
        painter.setPen(QPen(QColor("#F4F3F0"), 1.4))
        for x in range(-size_px, size_px, 5):
            painter.drawLine(QPointF(x, size_px), QPointF(x + size_px, 0))
    painter.end()
    return pixels


def _unit_told(legend: Legend) -> str:
    """Return what is coloured, in which unit, by which standard and over which time."""
    title = f"{legend.title} ({legend.unit})" if legend.unit else legend.title
    more = [part for part in (legend.standard, legend.averaging) if part and part not in title]
    return " · ".join([title, *more]).replace(" %", f"{THIN_SPACE}%")


def _terms(layer: Layer, legend: Legend | None) -> list[str]:
    said = []
    if layer.source:
        said.append(_("Source: {source}").format(source=layer.source))
    if layer.owner:
        said.append(_("Owner: {owner}").format(owner=layer.owner))
    if layer.terms:
        said.append(_("Terms: {terms}").format(terms=layer.terms))
    return [*said, *(legend.notes if legend is not None else ())]


def _words(text: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("type", kind)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
