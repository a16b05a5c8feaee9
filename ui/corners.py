"""What floats over the view: small things that keep to its corners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QToolButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

    from ui import theme

MARGIN_PX = 12
GAP_PX = 8
_LOW_PX = 400

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = "top left", "top right", "bottom left", "bottom right"
BESIDE = "beside bottom right"
"""To the left of what stands at the bottom right: where cards come and go without moving it."""


class Corners(QWidget):
    """A widget edge to edge, with columns of others over its four corners.

    A corner is as large as what stands in it, so that hands reach the view everywhere else.
    """

    def __init__(self, under: QWidget) -> None:
        super().__init__()
        self._under = under
        under.setParent(self)
        self._columns: dict[str, QWidget] = {}
        for corner in (TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT, BESIDE):
            column = QWidget(self)
            column.setObjectName("corner")
            line = QVBoxLayout(column)
            line.setContentsMargins(0, 0, 0, 0)
            line.setSpacing(GAP_PX)
            column.installEventFilter(self)
            self._columns[corner] = column

    def put(self, corner: str, widget: QWidget, *, outermost: bool = False) -> None:
        """Lay a widget over a corner: inwards of what stands there already, or nearest to the edge of the view."""
        line = self._columns[corner].layout()
        assert isinstance(line, QVBoxLayout)  # noqa: S101  (made above)
        at_the_end = outermost == ("bottom" in corner)
        aside = Qt.AlignmentFlag.AlignRight if "right" in corner else Qt.AlignmentFlag.AlignLeft
        if "top" in corner:
            aside |= Qt.AlignmentFlag.AlignTop
        line.insertWidget(line.count() if at_the_end else 0, widget, 0, aside)
        self._place()

    def widgets(self) -> list[QWidget]:
        """Return everything that was laid over the view."""
        found = []
        for column in self._columns.values():
            line = column.layout()
            for position in range(line.count() if line is not None else 0):
                item = line.itemAt(position) if line is not None else None
                widget = item.widget() if item is not None else None
                if widget is not None:
                    found.append(widget)
        return found

    def columns(self, *corners: str) -> tuple[QWidget, ...]:
        """Return what holds everything over each of these corners, also what comes later: to hide and show at once."""
        return tuple(self._columns[corner] for corner in corners)

    def dress(self, dress: theme.Theme) -> None:
        """Dress whatever in the corners can be dressed."""
        for widget in self.widgets():
            if hasattr(widget, "dress"):
                widget.dress(dress)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        """Keep the corners in the corners."""
        self._under.setGeometry(self.rect())
        self._place()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Make room for what grew or appeared in a corner."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self._lay_top_left()
        for corner, column in self._columns.items():
            wanted = column.sizeHint().boundedTo(self.size() - QSize(2 * MARGIN_PX, 2 * MARGIN_PX))
            right, bottom = "right" in corner, "bottom" in corner
            x = self.width() - wanted.width() - MARGIN_PX if right else MARGIN_PX
            if corner == BESIDE:
                taken = self._columns[BOTTOM_RIGHT].sizeHint().width()
                x = max(MARGIN_PX, x - taken - (GAP_PX if taken else 0))
            y = self.height() - wanted.height() - MARGIN_PX if bottom else MARGIN_PX
            column.setGeometry(x, y, wanted.width(), wanted.height())
            column.raise_()

    def _lay_top_left(self) -> None:
        """Have cards below the tools, or beside them where the view is low."""
        line = self._columns[TOP_LEFT].layout()
        side = QBoxLayout.Direction
        way = side.LeftToRight if self.height() < _LOW_PX else side.TopToBottom
        if isinstance(line, QBoxLayout) and line.direction() != way:
            line.setDirection(way)


class ToolStrip(QFrame):
    """A narrow strip of tools over the view: a button for each action, in the order of their coming."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tools")
        self.setProperty("floats", True)
        self._line = QVBoxLayout(self)
        self._line.setContentsMargins(4, 4, 4, 4)
        self._line.setSpacing(2)
        self.hide()

    def add(self, action: QAction) -> QToolButton:
        """Return the new button of an action."""
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        self._line.addWidget(button)
        self.show()
        return button
