"""The bar above everything: what is open, how it looks, and the way to something else."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton

from twin.language import _
from ui import theme


class TopBar(QFrame):
    """The district's name, the age of its data, the look, the theme. Emits wishes."""

    look_wished = Signal(str)
    theme_wished = Signal(str)
    open_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topbar")
        self.setFixedHeight(53)
        self._name = QLabel()
        self._name.setProperty("type", "title")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._age = QLabel()
        self._age.setProperty("type", "muted")
        self._age.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
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
        self._other = "dark"
        self._theme = QToolButton()
        self._theme.setObjectName("theme")
        self._theme.setIconSize(QSize(16, 16))
        self._theme.clicked.connect(lambda: self.theme_wished.emit(self._other))
        self._open = QPushButton(_("Open…"))
        self._open.setProperty("type", "main")
        self._open.setIconSize(QSize(16, 16))
        self._open.setToolTip(_("Open a district (Ctrl+O)"))
        self._open.clicked.connect(self.open_wished)
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 12, 8)
        line.setSpacing(12)
        line.addWidget(self._name)
        line.addWidget(self._age, 1)
        line.addWidget(self._looks)
        line.addWidget(self._theme)
        line.addWidget(self._open)

    def show_district(self, name: str, age: str, told: str) -> None:
        """Show what is open: its name, how old its data is, and more about that for who lingers."""
        self._name.setText(name)
        self._age.setText(age)
        self._age.setToolTip(told)

    def show_look(self, look: str, possible: bool) -> None:
        """Show which look is worn, and whether there is anything to wear it."""
        self._buttons[look].setChecked(True)
        self._looks.setVisible(possible)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        dark = dress.name == "dark"
        self._other = "light" if dark else "dark"
        said = _("Light window") if dark else _("Dark window")
        self._theme.setIcon(theme.icon("sun" if dark else "moon", dress.muted))
        self._theme.setToolTip(said)
        self._theme.setAccessibleName(said)
        self._open.setIcon(theme.icon("folder-open", dress.text))
