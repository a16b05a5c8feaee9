"""The left side: panels one above the other under headings, all of them folded to icons where room is dear."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from twin.language import _
from ui import theme

WIDE_PX, NARROW_PX = 280, 53
_ABOVE_PX = 8


class Panel(QWidget):
    """What stands under one heading of the side bar. Emits wishes; the window tells it what came of them."""

    icon = "layers"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""

    def narrow(self, narrow: bool) -> bool:  # noqa: ARG002
        """Show as a column of icons, or whole again; return False where it has no such form."""
        return False


class _Section(QFrame):
    """A heading that folds what stands under it."""

    wanted = Signal()
    """Its icon in the narrow bar was clicked."""

    folded = Signal()

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel
        self.open = True
        self._dress = theme.LIGHT
        self._heading = QPushButton(panel.title)
        self._heading.setProperty("type", "section")
        self._heading.setIconSize(QSize(14, 14))
        self._heading.clicked.connect(self._turn)
        self._button = QToolButton()
        self._button.setIconSize(QSize(16, 16))
        self._button.setToolTip(panel.title)
        self._button.setAccessibleName(panel.title)
        self._button.clicked.connect(self.wanted)
        self._button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._heading)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(panel)

    def unfold(self, unfolded: bool) -> None:
        self.open = unfolded
        self.panel.setVisible(unfolded)
        self._show_arrow()

    def narrow(self, narrow: bool) -> None:
        self._heading.setVisible(not narrow)
        has_form = self.panel.narrow(narrow)
        self._button.setVisible(narrow and not has_form)
        self.panel.setVisible(has_form if narrow else self.open)

    def dress(self, dress: theme.Theme) -> None:
        self._dress = dress
        self._button.setIcon(theme.icon(self.panel.icon, dress.text))
        self.panel.dress(dress)
        self._show_arrow()

    def _turn(self) -> None:
        self.unfold(not self.open)
        self.folded.emit()

    def _show_arrow(self) -> None:
        self._heading.setIcon(theme.icon("chevron-down" if self.open else "chevron-right", self._dress.muted, 14))


class Sidebar(QFrame):
    """The panels of what is open. Emits the wish to be narrower or wider."""

    narrow_wished = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self._sections: list[_Section] = []
        self._narrow = False
        self._dress = theme.LIGHT
        self._fold = QToolButton()
        self._fold.setObjectName("fold")
        self._fold.setIconSize(QSize(16, 16))
        self._fold.clicked.connect(lambda: self.narrow_wished.emit(not self._narrow))
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(8, 4, 8, 8)
        self._foot.addStretch(1)
        self._foot.addWidget(self._fold)
        self._sheet = QWidget()
        self._list = QVBoxLayout(self._sheet)
        self._list.setContentsMargins(8, 8, 8, 8)
        self._list.setSpacing(8)
        self._list.addStretch(1)
        self._scroll = scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(self._foot)
        self.fold(False)

    @property
    def narrowed(self) -> bool:
        """Whether icons alone are shown."""
        return self._narrow

    def add(self, panel: Panel, *, unfolded: bool = True) -> None:
        """Put a panel below the others."""
        section = _Section(panel)
        section.wanted.connect(lambda: self._want(section))
        self._sections.append(section)
        self._list.insertWidget(self._list.count() - 1, section)
        section.unfold(unfolded)
        section.narrow(self._narrow)
        section.dress(self._dress)

    def offer(self, panel: Panel, offered: bool) -> None:
        """Have a panel in the list, or leave it out while there is nothing to show on it."""
        for section in self._sections:
            if section.panel is panel:
                section.setVisible(offered)

    def unfold(self, panel: Panel) -> None:
        """Show a panel, also where it was folded away."""
        for section in self._sections:
            if section.panel is panel:
                self._want(section)

    def reveal(self, panel: Panel) -> None:
        """Unfold a panel and scroll to it, unless icons alone are shown."""
        for section in self._sections:
            if section.panel is panel and not self._narrow:
                section.unfold(True)
                QTimer.singleShot(0, section, lambda section=section: self._scroll_to(section))

    def folded(self) -> list[str]:
        """Return the titles of the panels that are folded away."""
        return [section.panel.title for section in self._sections if not section.open]

    def fold_away(self, titles: list[str]) -> None:
        """Fold away the panels of these titles, and no others."""
        for section in self._sections:
            section.unfold(section.panel.title not in titles)
            section.narrow(self._narrow)

    def fold(self, narrow: bool) -> None:
        """Show icons alone, or all there is."""
        self._narrow = narrow
        self.setFixedWidth(NARROW_PX if narrow else WIDE_PX)
        self._list.setContentsMargins(4 if narrow else 8, 8, 4 if narrow else 8, 8)
        for section in self._sections:
            section.narrow(narrow)
        self._show_fold()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme, and dress the panels."""
        self._dress = dress
        self._show_fold()
        for section in self._sections:
            section.dress(dress)

    def _want(self, section: _Section) -> None:
        section.unfold(True)
        section.narrow(self._narrow)
        if self._narrow:
            self.narrow_wished.emit(False)
        QTimer.singleShot(0, section, lambda: self._scroll_to(section))

    def _scroll_to(self, section: _Section) -> None:
        """Have all of a section in sight, or its top, where it is not."""
        bar, room = self._scroll.verticalScrollBar(), self._scroll.viewport().height()
        top, bottom = section.y() - _ABOVE_PX, section.y() + section.height()
        if top < bar.value() or bottom > bar.value() + room:
            bar.setValue(min(top, max(bottom - room, bar.value())) if bottom - top <= room else top)

    def _show_fold(self) -> None:
        self._fold.setIcon(theme.icon("panel-left-open" if self._narrow else "panel-left-close", self._dress.muted))
        said = _("Show names") if self._narrow else _("Show icons only")
        self._fold.setToolTip(said)
        self._fold.setAccessibleName(said)
