"""The bar above everything: what is open, how it looks, and the way to something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QWidget

MIDDLE_PX = 360
_LEAST_MIDDLE_PX = 150
_LEAST_NAME_PX = 72
_WITH_NAMES_PX = 800
HEIGHT_PX = 57


class TopBar(QFrame):
    """The district's name, the age of its data, the look, and a menu of all else. Emits wishes."""

    look_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setFixedHeight(HEIGHT_PX)
        self._name = _Line()
        self._name.setProperty("type", "title")
        self._age = _Line()
        self._age.setProperty("type", "muted")
        self._looks = QFrame()
        self._looks.setObjectName("looks")
        segments = QHBoxLayout(self._looks)
        segments.setContentsMargins(2, 2, 2, 2)
        segments.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, QPushButton] = {}
        for look, said, told in (
            ("model", _("Model"), _("A calm architect's model: colour is for data")),
            ("real", _("Real"), _("Materials and colours as the map tells them")),
            ("night", _("Night"), _("The district after dark")),
        ):
            button = QPushButton(said)
            button.setCheckable(True)
            button.setToolTip(told)
            button.setObjectName(f"look-{look}")
            button.clicked.connect(lambda _checked, look=look: self.look_wished.emit(look))
            self._group.addButton(button)
            self._buttons[look] = button
            segments.addWidget(button)
        self._named: list[QToolButton] = []
        self._more: QToolButton | None = None
        self._box: QWidget | None = None
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch(1)
        names.addWidget(self._name)
        names.addWidget(self._age)
        names.addStretch(1)
        self._middle = QHBoxLayout()
        self._right = QHBoxLayout()
        self._right.setSpacing(4)
        self._right_end = right = QHBoxLayout()
        right.setSpacing(12)
        right.addStretch(1)
        right.addWidget(self._looks, 0, Qt.AlignmentFlag.AlignVCenter)
        right.addLayout(self._right)
        self._line = line = QHBoxLayout(self)
        line.setContentsMargins(16, 4, 12, 4)
        line.setSpacing(16)
        line.addLayout(names, 1)
        line.addLayout(self._middle)
        line.addLayout(right, 1)

    def put_in_the_middle(self, widget: QWidget) -> None:
        """Give a widget, the command box, the middle of the bar: narrower where the window is."""
        widget.setFixedWidth(MIDDLE_PX)
        self._middle.addWidget(widget)
        self._box = widget

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        """Let the middle give way before anything lies over anything."""
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        if self._box is None:
            return
        style = Qt.ToolButtonStyle
        for button in self._named:
            with_name = self.width() >= _WITH_NAMES_PX
            button.setToolButtonStyle(style.ToolButtonTextBesideIcon if with_name else style.ToolButtonIconOnly)
        margins = self._line.contentsMargins()
        room = self.width() - margins.left() - margins.right() - 2 * self._line.spacing()
        right_px = self._right_end.sizeHint().width()
        self._line.setStretch(2, 1 if room >= MIDDLE_PX + 2 * right_px else 0)  # else it cannot be the very middle
        self._box.setFixedWidth(max(_LEAST_MIDDLE_PX, min(MIDDLE_PX, room - right_px - _LEAST_NAME_PX)))

    def add(self, action: QAction, *, named: bool = False) -> QToolButton:
        """Return the new button of an action at the right end, with its name beside the icon or without."""
        button = QToolButton()
        button.setObjectName(action.objectName())
        button.setDefaultAction(action)
        button.setIconSize(QSize(16, 16))
        button.setAccessibleName(action.text())
        if named:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setProperty("type", "main")
            action.setIconText("\u2002" + action.text())  # style sheets leave no room between the two
            self._named.append(button)
        self._right.addWidget(button)
        return button

    def add_menu(self, said: str) -> QMenu:
        """Return the menu that opens below a new button at the right end."""
        button = QToolButton()
        button.setObjectName("more")
        button.setIconSize(QSize(16, 16))
        button.setToolTip(said)
        button.setAccessibleName(said)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        button.setMenu(menu)
        self._right.addWidget(button)
        self._more = button
        return menu

    def show_district(self, name: str, age: str, told: str) -> None:
        """Show what is open: its name, how old its data is, and more about that for who lingers."""
        self._name.setText(name)
        self._age.setText(age)
        self._age.setToolTip(told)

    def show_look(self, look: str, possible: bool) -> None:
        """Show which look is worn, and whether there is anything to wear it."""
        self._buttons[look].setChecked(True)
        self._looks.setVisible(possible)
        self._give_way()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        if self._more is not None:
            self._more.setIcon(theme.icon("ellipsis", dress.text))


class _Line(QLabel):
    """A line of plain text, cut short with an ellipsis where there is no room for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's word)
        painter = QPainter(self)
        said = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.style().drawItemText(
            painter, self.rect(), Qt.AlignmentFlag.AlignVCenter, self.palette(), True, said, self.foregroundRole()
        )
        painter.end()
