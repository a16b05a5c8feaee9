"""How the city is shown: which look it wears, and which of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui.panels.layers import Layer, LayersPanel, layers_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from PySide6.QtWidgets import QWidget

    from twin.model import City
    from ui.topbar import TopBar
    from ui.view import CityView


class Showing(QObject):
    """The look and the layers of what is open, with the panel that lists them.

    Attributes
    ----------
    look : str
        What the city wears, of `twin.light.LOOKS`.
    layers : dict of str to Layer
        The layers that there are, by name.
    hidden : frozenset of str
        Those that are not shown.
    """

    hid = Signal(object)
    """The kinds that are not shown any more."""

    def __init__(self, window: QWidget, view: CityView, topbar: TopBar, look: str) -> None:
        super().__init__(window)
        self._view, self._topbar = view, topbar
        self.look = look
        self.layers: dict[str, Layer] = {}
        self.hidden: frozenset[str] = frozenset()
        self.panel = LayersPanel()
        self.panel.show_wished.connect(self.show)
        topbar.look_wished.connect(self.wear)
        topbar.show_look(look, possible=False)

    def show_city(self, city: City, counts: Mapping[str, int]) -> None:
        """Show all layers of another city; `counts` says how many rows the tables of its district have."""
        self.show_but(())
        self.layers = {layer.name: layer for layer in layers_of(city, counts)}
        self.panel.show_layers(tuple(self.layers.values()))
        self._topbar.show_look(self.look, possible=True)

    def wear(self, look: str) -> None:
        """Show the city in another look."""
        self.look = look
        self._view.dress(look)
        self._topbar.show_look(look, possible=True)

    def show(self, name: str, shown: bool) -> None:
        """Show or hide a layer."""
        self.hidden = self.hidden - {name} if shown else self.hidden | {name}
        for kind in self.layers[name].kinds:
            self._view.show_kind(kind, shown)
        self.panel.show_hidden(self.hidden)
        if not shown:
            self.hid.emit(self.layers[name].kinds)

    def show_but(self, hidden: Collection[str]) -> None:
        """Show every layer but these; names of layers that there are not are no error."""
        for name in self.layers:
            if (name in self.hidden) != (name in hidden):
                self.show(name, name not in hidden)
