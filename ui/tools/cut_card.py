"""The card of the cutting tool: which plane, where it stands, and the way to be rid of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSlider

from twin import quantity
from twin.language import _
from ui.tools.card import ToolCard


class CutCard(ToolCard):
    """Which plane, where it stands, and the way to be rid of it."""

    turned = Signal(float)
    raised = Signal(float)
    flip_wished = Signal()
    clear_wished = Signal()

    def __init__(self) -> None:
        super().__init__("cut", {"upright": (_("Upright cut"), "slice"), "level": (_("Level cut"), "layers-2")})
        self._said = QLabel()
        self._said.setProperty("type", "value")
        self._head.addWidget(self._said)
        self._head.addSpacing(6)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("cut-slider")
        self._slider.setMinimumHeight(24)
        self._slider.valueChanged.connect(self._slide)
        self._column.insertWidget(1, self._slider)
        self.hint.setText(_("Drag the handle; [ and ] turn or raise."))
        self._flip, self._clear = self._link(_("Other side")), self._link(_("Clear"), "clear")
        self._flip.clicked.connect(self.flip_wished)
        self._clear.clicked.connect(self.clear_wished)
        self._level = False

    def show_state(self, way: str, heading_deg: float, height_m: float, tallest_m: float, *, on: bool) -> None:
        """Show which plane there is, and where."""
        self._level = way == "level"
        self._show_way(way)
        self._slider.blockSignals(True)
        self._slider.setRange(1 if self._level else 0, max(2, round(2 * tallest_m)) if self._level else 359)
        self._slider.setValue(round(2 * height_m) if self._level else round(heading_deg) % 360)
        self._slider.blockSignals(False)
        self._slider.setAccessibleName(_("Height of the cut") if self._level else _("Heading of the cut"))
        self._said.setText(quantity.length(height_m) if self._level else f"{round(heading_deg) % 360}°")
        self._flip.setVisible(not self._level)
        self.setVisible(on)

    def _slide(self, value: int) -> None:
        if self._level:
            self.raised.emit(value / 2)
        else:
            self.turned.emit(float(value))
