"""The instruments over the view, joined to it: compass, zoom, scale, coordinates, and the actions of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from twin.language import _
from ui.corners import BOTTOM_LEFT, BOTTOM_RIGHT, ToolStrip
from ui.deeds import held_keys
from ui.over.compass import Compass
from ui.over.coordinates import Coordinates
from ui.over.keycard import KeyCard
from ui.over.scale import ScaleBar

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from twin.grids import Grid
    from twin.model import Frame
    from ui.commands import Commands
    from ui.corners import Corners
    from ui.tool import Pointed
    from ui.view import CityView

_STRIP = ("nearer", "farther", "walk", "fit")


class Instruments(QObject):
    """What tells which way, how far and where over a view."""

    copy_wished = Signal(str)
    """Text for the clipboard."""

    def __init__(self, view: CityView, commands: Commands, window: QWidget) -> None:
        super().__init__(window)
        self._view, self._commands = view, commands
        self.compass = Compass()
        self.strip = ToolStrip()
        self.scale = ScaleBar()
        self.coordinates = Coordinates()
        self.keycard = KeyCard(window)
        for deed in view.deeds:
            commands.add(deed.name, deed.said, deed.act, group=_("View"), keys=", ".join(deed.keys), icon=deed.icon)
        commands.add("copy-place", _("Copy coordinates"), self.coordinates.copy, group=_("View"), keys="C", icon="copy")
        commands.add("keys", _("Keys"), self.show_keys, group=_("Window"), keys="F1, ?", icon="keyboard")
        for name in _STRIP:
            self.strip.add(commands[name])
        view.turned.connect(self.compass.show_heading)
        view.moved.connect(self._show_scale)
        view.pointed.connect(self._show_place)
        self.compass.north_wished.connect(view.north)
        self.compass.heading_wished.connect(lambda heading: view.turn(heading, animated=False))
        self.coordinates.copy_wished.connect(self.copy_wished)
        self._all = (self.compass, self.strip, self.scale, self.coordinates)
        self.show_frame(None)

    def fill(self, corners: Corners) -> None:
        """Lay the instruments over the corners of the view."""
        corners.put(BOTTOM_LEFT, self.scale)
        corners.put(BOTTOM_LEFT, self.coordinates)
        corners.put(BOTTOM_RIGHT, self.strip)
        corners.put(BOTTOM_RIGHT, self.compass)

    def show_frame(self, frame: Frame | None) -> None:
        """Be of use for another district; None: there is none."""
        self.coordinates.show_frame(frame)
        for widget in self._all[:3]:
            widget.setVisible(frame is not None)

    def show_grid(self, grid: Grid) -> None:
        """Tell coordinates in a grid, too."""
        self.coordinates.show_grid(grid)

    def show_keys(self) -> None:
        """Show the card of the keys, or put it away."""
        if self.keycard.isVisible():
            self.keycard.hide()
            return
        groups = {
            heading: [
                (" · ".join(key.toString(key.SequenceFormat.NativeText) for key in action.shortcuts()), action.text())
                for action in actions
                if action.shortcuts()
            ]
            for heading, actions in self._commands.groups().items()
        }
        self.keycard.show_keys({_("Moving"): held_keys()} | {head: rows for head, rows in groups.items() if rows})

    def _show_scale(self) -> None:
        self.scale.show_scale(self._view.view.metres_a_pixel(self._view.height()))

    def _show_place(self, pointed: Pointed | None) -> None:
        if pointed is not None:
            self.coordinates.show_place(pointed.at)
