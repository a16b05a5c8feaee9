"""The first panel: what the city is made of, each kind shown or hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from twin.cli.streams import count
from twin.language import _
from ui import theme
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.model import City


@dataclass(frozen=True, slots=True)
class Layer:
    """Kinds of the city that are shown and hidden as one."""

    name: str
    label: str
    icon: str
    kinds: tuple[str, ...]
    count: int


def layers_of(city: City, counts: Mapping[str, int]) -> tuple[Layer, ...]:
    """Return the layers of a city, of those kinds only that it has, each with how many features it shows.

    `counts` says how many rows the district's tables have: a building that is drawn as its parts is one building.
    """
    known = (
        ("buildings", _("Buildings"), "building-2", ("buildings", "parts")),
        ("streets", _("Streets"), "road", ("streets", "bridges")),
        ("paths", _("Paths"), "route", ("paths",)),
        ("rails", _("Rails"), "train-track", ("rails", "rail_bridges")),
        ("areas", _("Parks and land use"), "trees", ("areas", "piers")),
        ("water", _("Water"), "waves", ("water",)),
        ("trees", _("Trees"), "tree-deciduous", ("trees",)),
        ("furniture", _("Street furniture"), "lamp", ("furniture",)),
        ("overlays", _("Overlays"), "shapes", ("overlays", "masses")),
    )
    found = []
    for name, label, icon, wanted in known:
        kinds = tuple(kind for kind in wanted if kind in city.meshes)
        if kinds:
            number = counts["buildings"] if name == "buildings" else _count(city, kinds)
            found.append(Layer(name, label, icon, kinds, number))
    if city.names.text:
        found.append(Layer("names", _("Names"), "type", ("names",), len(city.names.text)))
    return tuple(found)


def _count(city: City, kinds: Sequence[str]) -> int:
    """Return how many features of the kinds are drawn; one that is in two meshes of a table counts once."""
    drawn: dict[str, list[NDArray[np.int32]]] = {}
    for kind in kinds:
        drawn.setdefault(city.meshes[kind].table, []).append(city.meshes[kind].feature)
    return sum(int(np.count_nonzero(np.unique(np.concatenate(rows)) >= 0)) for rows in drawn.values())


class _Row(QPushButton):
    """One layer: its icon, name and count, and an eye that is open while it is shown."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer
        self.setProperty("shown", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._icon, self._eye = QLabel(), QLabel()
        self._name, self._count = QLabel(layer.label), QLabel(count(layer.count))
        self._count.setProperty("type", "muted")
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 0, 10, 0)
        line.setSpacing(12)
        line.addWidget(self._icon)
        line.addWidget(self._name, 1)
        line.addWidget(self._count)
        line.addWidget(self._eye)
        for label in (self._icon, self._name, self._count, self._eye):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def narrow(self, narrow: bool) -> None:
        for label in (self._name, self._count, self._eye):
            label.setVisible(not narrow)

    def show_state(self, shown: bool, dress: theme.Theme) -> None:
        ratio = self.devicePixelRatioF()
        ink = dress.text if shown else dress.faint
        self._icon.setPixmap(theme.picture(self.layer.icon, ink, 16, ratio))
        self._eye.setPixmap(theme.picture("eye" if shown else "eye-off", dress.muted, 16, ratio))
        said = _("Hide {layer}") if shown else _("Show {layer}")
        said = said.format(layer=self.layer.label)
        self.setToolTip(said)
        self.setAccessibleName(said)
        if shown == self.property("shown"):
            return
        self.setProperty("shown", shown)
        for widget in (self, self._name, self._count):
            widget.style().unpolish(widget)
            widget.style().polish(widget)


class LayersPanel(Panel):
    """The layers of what is open. Emits wishes; `show_hidden` tells it what came of them."""

    show_wished = Signal(str, bool)
    """A layer's name, and whether it should be shown."""

    icon = "layers"

    def __init__(self) -> None:
        super().__init__(_("Layers"))
        self.setObjectName("layers")
        self._rows: list[_Row] = []
        self._hidden: frozenset[str] = frozenset()
        self._dress = theme.LIGHT
        self._narrow = False
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)

    def show_layers(self, layers: Sequence[Layer]) -> None:
        """Show these layers, all of them visible."""
        for row in self._rows:
            self._list.removeWidget(row)
            row.deleteLater()
        self._rows = [_Row(layer) for layer in layers]
        for row in self._rows:
            row.clicked.connect(self._wish)
            row.narrow(self._narrow)
            self._list.addWidget(row)
        self.show_hidden(())

    def show_hidden(self, hidden: Collection[str]) -> None:
        """Show which layers, by name, are hidden."""
        self._hidden = frozenset(hidden)
        for row in self._rows:
            row.show_state(row.layer.name not in self._hidden, self._dress)

    def narrow(self, narrow: bool) -> bool:
        """Show icons alone, or names and counts as well."""
        self._narrow = narrow
        for row in self._rows:
            row.narrow(narrow)
        return True

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._dress = dress
        self.show_hidden(self._hidden)

    def _wish(self) -> None:
        row = self.sender()
        if isinstance(row, _Row):
            self.show_wished.emit(row.layer.name, row.layer.name in self._hidden)
