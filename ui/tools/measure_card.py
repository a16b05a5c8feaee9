"""The card of the measuring tool: what is measured, what to do next, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from twin.language import _
from ui.tools.card import NARROW_PX, WIDE_PX, ToolCard

if TYPE_CHECKING:
    from collections.abc import Sized

_ICONS = {"distance": "waypoints", "height": "move-vertical", "area": "pentagon", "width": "unfold-horizontal"}


def ways() -> dict[str, str]:
    """Return what can be measured, by name."""
    return {"distance": _("Distance"), "height": _("Height"), "area": _("Area"), "width": _("Street width")}


def hint(way: str, points: int) -> str:
    """Return what to do next, after so many points."""
    if way == "height":
        return _("Click the other point.") if points else _("Click a building or a tree, or two points.")
    if way == "width":
        return _("Click a street.")
    if not points:
        return _("Click the first point. Corners are caught.")
    return _("Click on, double-click to end. Backspace takes one back.")


class MeasureCard(ToolCard):
    """What is measured, what to do next, and the way out."""

    clear_wished = Signal()
    copy_wished = Signal()
    close_wished = Signal()

    def __init__(self) -> None:
        super().__init__("measure", {way: (said, _ICONS[way]) for way, said in ways().items()})
        self._close = self._button(_("Close (Esc)"), "x")
        self._close.clicked.connect(self.close_wished)
        self._head.addWidget(self._close)
        self._title = QLabel()
        self._title.setProperty("type", "value")
        self._column.insertWidget(1, self._title)
        self._copy, self._clear = self._link(_("Copy")), self._link(_("Clear"), "clear")
        self._copy.clicked.connect(self.copy_wished)
        self._clear.clicked.connect(self.clear_wished)

    def show_state(self, way: str, points: int, measured: Sized, *, active: bool) -> None:
        """Show the way of measuring, what to do next, and what can be done with what was measured."""
        self._show_way(way)
        self._title.setText(ways()[way])
        self.hint.setText(hint(way, points))
        for part in (self._title, self.hint, self._close, *self._buttons.values()):
            part.setVisible(active)
        for link in (self._copy, self._clear):
            link.setVisible(bool(measured))
        self.setFixedWidth(WIDE_PX if active else NARROW_PX)
        self.setVisible(active or bool(measured))
