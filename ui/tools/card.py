"""The card of the measuring tool: what is measured, what to do next, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from collections.abc import Sized

_WIDE_PX, _NARROW_PX = 232, 148
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


class MeasureCard(QFrame):
    """What is measured, what to do next, and the way out, over the view's corner."""

    way_wished = Signal(str)
    clear_wished = Signal()
    copy_wished = Signal()
    close_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("measure-card")
        self.setProperty("floats", True)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout()
        row.setSpacing(2)
        for way, said in ways().items():
            button = QToolButton()
            button.setCheckable(True)
            button.setText(said)
            button.setObjectName(f"measure-{way}")
            button.setToolTip(said)
            button.setAccessibleName(said)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked, way=way: self.way_wished.emit(way))
            self._group.addButton(button)
            self._buttons[way] = button
            row.addWidget(button)
        row.addStretch(1)
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setToolTip(_("Close (Esc)"))
        self._close.setAccessibleName(_("Close (Esc)"))
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._close.clicked.connect(self.close_wished)
        row.addWidget(self._close)
        self._title, self._hint = QLabel(), QLabel()
        self._title.setProperty("type", "value")
        self._hint.setProperty("type", "muted")
        self._hint.setWordWrap(True)
        self._copy, self._clear = QPushButton(_("Copy")), QPushButton(_("Clear"))
        foot = QHBoxLayout()
        foot.setSpacing(0)
        for link, wish in ((self._copy, self.copy_wished), (self._clear, self.clear_wished)):
            link.setProperty("type", "link")
            link.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            link.clicked.connect(wish)
            foot.addWidget(link)
        foot.addStretch(1)
        self._clear.setObjectName("measure-clear")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addLayout(foot)
        self.hide()

    def show_state(self, way: str, points: int, measured: Sized, *, active: bool) -> None:
        """Show the way of measuring, what to do next, and what can be done with what was measured."""
        self._buttons[way].setChecked(True)
        self._title.setText(ways()[way])
        self._title.setVisible(active)
        self._hint.setText(hint(way, points))
        self._hint.setVisible(active)
        for button in self._buttons.values():
            button.setVisible(active)
        self._close.setVisible(active)
        for link in (self._copy, self._clear):
            link.setVisible(bool(measured))
        self.setFixedWidth(_WIDE_PX if active else _NARROW_PX)
        self.setVisible(active or bool(measured))

    def show_hint(self, sentence: str) -> None:
        """Say something instead of what to do next."""
        self._hint.setText(sentence)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        for way, button in self._buttons.items():
            button.setIcon(theme.icon(_ICONS[way], dress.text))
        self._close.setIcon(theme.icon("x", dress.muted))
