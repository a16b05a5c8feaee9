"""How the window is divided: bar above, panels left, view in the middle, inspector right, room below."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ui.corners import TOP_LEFT, Corners, ToolStrip
from ui.panels.inspector import InspectorPanel
from ui.panels.sidebar import Sidebar
from ui.topbar import TopBar


class Frame(QWidget):
    """The places of the window, empty but for what each of them always holds.

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
        self.below = QVBoxLayout()
        self.below.setSpacing(0)
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.sidebar)
        across.addWidget(self.corners, 1)
        self.beside = QVBoxLayout()
        self.beside.setSpacing(0)
        self.beside.addWidget(self.inspector)
        across.addLayout(self.beside)
        down = QVBoxLayout(self)
        down.setContentsMargins(0, 0, 0, 0)
        down.setSpacing(0)
        down.addWidget(self.topbar)
        down.addLayout(across, 1)
        down.addLayout(self.below)

    def activate(self) -> None:
        """Give every place its size now, as if it had been drawn."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
