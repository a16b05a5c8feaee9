"""How the window is divided: bar above, panels left, view in the middle, inspector right, room below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.corners import TOP_LEFT, Corners, ToolStrip
from ui.panels.inspector import WIDTH_PX, InspectorPanel
from ui.panels.sidebar import WIDE_PX, Sidebar
from ui.topbar import TopBar

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

_LEAST_INSPECTOR_PX = 264
_LEAST_SHARE = 0.5  # of the width, for the view


class Frame(QWidget):
    """The places of the window, empty but for what each of them always holds.

    Where the view would be left less than half of the width, the side bar folds itself to icons, and unfolds when
    there is room again; whoever folds or unfolds it by hand is obeyed instead.

    `topbar.middle` takes a widget into the middle of the bar, `sidebar.add` a panel, `corners.put` something that
    floats over the view, `tools.add` a tool's action, `beside` is the room to its right, and `below` that under
    it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("stage")
        self.topbar = TopBar()
        self.sidebar = Sidebar()
        self.inspector = InspectorPanel()
        self.tools = ToolStrip()
        self.pages = QStackedWidget()
        self.corners = Corners(self.pages)
        self.corners.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)  # also all alone
        self.corners.put(TOP_LEFT, self.tools)
        self._chosen: bool | None = None  # whether somebody wants the side bar narrow; None: as there is room
        self.sidebar.narrow_wished.connect(self.fold)
        self.below = QVBoxLayout()
        self.below.setSpacing(0)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.sidebar)
        across.addWidget(self.corners, 1)
        aside = QWidget()
        aside.installEventFilter(self)
        self.beside = QVBoxLayout(aside)
        self.beside.setContentsMargins(0, 0, 0, 0)
        self.beside.setSpacing(0)
        self.beside.addWidget(self.inspector)
        across.addWidget(aside)
        self._aside = aside
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(self.topbar)
        down.addLayout(across, 1)
        down.addLayout(self.below)

    def fold(self, narrow: bool) -> None:
        """Fold the side bar to icons, or unfold it, as somebody wants it; what would be so anyway binds nobody."""
        self._chosen = None if self.isVisible() and narrow == self._is_tight() else narrow
        self._make_room()

    @property
    def folded(self) -> bool:
        """Whether somebody wants the side bar narrow, however much room there is."""
        return self._chosen is True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        """Leave the view enough of the room."""
        super().resizeEvent(event)
        self.inspector.setFixedWidth(max(_LEAST_INSPECTOR_PX, min(WIDTH_PX, round(0.4 * self.width()))))
        self._make_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Leave the view enough of the room that what comes and goes beside it leaves."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._make_room()
        return super().eventFilter(watched, event)

    def _is_tight(self) -> bool:
        return self.width() - WIDE_PX - self._aside.sizeHint().width() < _LEAST_SHARE * self.width()

    def _make_room(self) -> None:
        narrow = self._is_tight() if self._chosen is None else self._chosen
        if narrow != self.sidebar.narrowed:
            self.sidebar.fold(narrow)

    def activate(self) -> None:
        """Give every place its size now, as if it had been drawn."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
