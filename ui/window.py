"""The window: it alone knows what is open, how it looks and what is picked, and tells every widget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QMainWindow

from twin import district
from twin.grids import grid_of
from twin.language import _
from ui import facts, opened, theme
from ui.commands import Commands
from ui.corners import BOTTOM_LEFT, BOTTOM_RIGHT
from ui.credit import Credit
from ui.frame import Frame
from ui.job import Job
from ui.notice import Notice
from ui.over.instruments import Instruments
from ui.panels.layers import Layer, LayersPanel, layers_of
from ui.skeleton import Skeleton
from ui.view import CityView

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent

    from twin.grids import Grid
    from twin.model import District, Progress, TwinError
    from ui.opened import Opened

SIZE_PX = (1280, 800)
LEAST_PX = (880, 560)


class Window(QMainWindow):
    """A district to look at: its layers to the left, what is picked to the right, its credit below."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: Opened | None = None
        self._district: District | None = None
        self._why_no_facts = ""
        self._layers: dict[str, Layer] = {}
        self._hidden: frozenset[str] = frozenset()
        self._look = "model"
        self._theme = theme.LIGHT
        self._picked: tuple[str, int] | None = None
        self.setWindowTitle("District Twin")
        room = self.screen().availableGeometry().size()
        self.resize(min(SIZE_PX[0], room.width()), min(SIZE_PX[1], room.height()))
        self.setMinimumSize(*LEAST_PX)
        self.setAcceptDrops(True)

        self.frame = Frame()
        self.topbar, self.sidebar, self.inspector = self.frame.topbar, self.frame.sidebar, self.frame.inspector
        self.layers = LayersPanel()
        self.notice = Notice()
        self.credit = Credit()
        self.skeleton = Skeleton(self.choose)
        self.view = CityView()
        self._cities: Job[Opened] = Job(self)
        self._tables: Job[District] = Job(self)
        self._grids: Job[Grid] = Job(self)
        self.commands = Commands(self)
        self._add_commands()
        self._fill()
        self._connect()
        self.topbar.show_look(self._look, possible=False)
        dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self.wear(theme.DARK if dark else theme.LIGHT)

    def _add_commands(self) -> None:
        """Name everything that one can do; a new tool adds its action here."""
        add, district_, window = self.commands.add, _("District"), _("Window")
        add("open", _("Open district…"), self.choose, group=district_, keys="Ctrl+O", icon="folder-open")
        self.instruments = Instruments(self.view, self.commands, self)
        add("theme", _("Dark window"), self._turn_theme, group=window, icon="moon")

    def _fill(self) -> None:
        """Put everything in its place; a new panel, tool or thing over the view is added here."""
        self.setCentralWidget(self.frame)
        self.frame.pages.addWidget(self.skeleton)
        self.frame.pages.addWidget(self.view)
        self.sidebar.add(self.layers)
        self.sidebar.hide()
        self.frame.corners.put(BOTTOM_LEFT, self.credit)
        self.credit.hide()
        self.instruments.fill(self.frame.corners)
        self.frame.corners.put(BOTTOM_RIGHT, self.notice)
        self.topbar.add(self.commands["theme"])
        self.topbar.add(self.commands["open"], named=True)

    def _connect(self) -> None:
        self._cities.progressed.connect(self._show_progress)
        self._cities.delivered.connect(self._show_city)
        self._cities.failed.connect(self._show_trouble)
        self._tables.delivered.connect(self._take_tables)
        self._tables.failed.connect(self._do_without_tables)
        self.topbar.look_wished.connect(self.wear_look)
        self.layers.show_wished.connect(self.show_layer)
        self.sidebar.narrow_wished.connect(self.sidebar.fold)
        self.inspector.close_wished.connect(self.unpick)
        self.inspector.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.view.picked.connect(self.pick)
        self.view.unpicked.connect(self.unpick)
        self.instruments.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self._grids.delivered.connect(self.instruments.show_grid)

    # what is open

    def open(self, path: Path) -> None:
        """Read a district and show it in place of what is shown, which stays until then."""
        self.notice.hide()
        if self._opened is None:
            self.skeleton.show_progress(_("Opening {file}").format(file=path.name), 0.15)
        self._cities.begin(lambda report, _stop: opened.read(district.path_of(path), report))

    def choose(self) -> None:
        """Ask for a file, and open it."""
        names = _("Districts (*.twin)") + ";;" + _("All files (*)")
        name, _filter = QFileDialog.getOpenFileName(self, _("Open district"), "", names)
        if name:
            self.open(Path(name))

    def _show_progress(self, progress: Progress) -> None:
        if self._opened is None:
            share = (progress.done or 0) / progress.total if progress.total else 0.35
            self.skeleton.show_progress(progress.what, max(0.35, share))

    def _show_city(self, found: Opened) -> None:
        self.unpick()
        for name in self._hidden:
            self.show_layer(name, True)
        self._opened, self._district = found, None
        self._layers = {layer.name: layer for layer in layers_of(found.city, found.info["counts"])}
        self.setWindowTitle(_("{district} – District Twin").format(district=found.name))
        self.topbar.show_district(found.name, *opened.age_of_data(found.info))
        self.topbar.show_look(self._look, possible=True)
        self.sidebar.show()
        self.layers.show_layers(tuple(self._layers.values()))
        self.frame.pages.setCurrentWidget(self.view)
        self.credit.show_credits(found.city.credits)
        self.credit.show()
        self.frame.activate()  # the best side of the city depends on the view's shape
        self.view.place(found.city, self._look)
        self.view.setFocus()
        self.instruments.show_frame(found.city.frame)
        zone = str(found.info["zone"])
        self._grids.begin(lambda _report, _stop: grid_of(found.city.frame, zone))
        self._why_no_facts = _("Reading what the map says about it…")
        self._tables.begin(lambda report, _stop: district.open_district(found.path, report=report))

    def _take_tables(self, found: District) -> None:
        self._district = found
        if self._picked is not None:
            self.pick(*self._picked)

    def _do_without_tables(self, trouble: TwinError) -> None:
        self._why_no_facts = str(trouble)
        self._show_trouble(trouble)
        if self._picked is not None:
            self.pick(*self._picked)

    def _show_trouble(self, trouble: TwinError) -> None:
        if self._opened is None:
            self.skeleton.show_empty()
        self.notice.say(str(trouble), (_("Open another…"), self.choose))

    # how it is shown

    def wear(self, dress: theme.Theme) -> None:
        """Dress the window in a theme."""
        self._theme = dress
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.wear(app, dress)
        for part in (self.commands, self.sidebar, self.inspector, self.frame.corners, self.skeleton):
            part.dress(dress)
        dark = dress.name == "dark"
        self.commands["theme"].setText(_("Light window") if dark else _("Dark window"))
        self.commands["theme"].setToolTip(self.commands["theme"].text())
        self.commands["theme"].setIcon(theme.icon("sun" if dark else "moon", dress.muted))

    def _turn_theme(self) -> None:
        self.wear(theme.LIGHT if self._theme.name == "dark" else theme.DARK)

    def wear_look(self, look: str) -> None:
        """Show the city in another look."""
        self._look = look
        self.view.dress(look)
        self.topbar.show_look(look, possible=True)

    def show_layer(self, name: str, shown: bool) -> None:
        """Show or hide a layer."""
        self._hidden = self._hidden - {name} if shown else self._hidden | {name}
        for kind in self._layers[name].kinds:
            self.view.show_kind(kind, shown)
        self.layers.show_hidden(self._hidden)
        if self._picked is not None and self._picked[0] in self._layers[name].kinds and not shown:
            self.unpick()

    # what is picked

    def pick(self, kind: str, row: int) -> None:
        """Tell about a feature, and mark it in the view."""
        if self._opened is None:
            return
        table = self._opened.city.meshes[kind].table
        if not table:
            self.unpick()
            return
        self._picked = (kind, row)
        self.view.select(kind, row)
        if self._district is None:
            self.inspector.show_sentence(self._why_no_facts)
        else:
            self.inspector.show_facts(facts.facts_of(self._district, table, row))

    def unpick(self) -> None:
        """Let go of what was picked."""
        if self._picked is not None:
            self.view.select(self._picked[0], None)
        self._picked = None
        self.inspector.hide()

    # Qt's words

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take one file that lies on this computer."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open the file that was dropped."""
        self.open(Path(event.mimeData().urls()[0].toLocalFile()))
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Let Esc go of what is picked, wherever in the window the keyboard is."""
        if event.key() == Qt.Key.Key_Escape:
            self.unpick()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End what still reads, and give the graphics memory back."""
        self._cities.close()
        self._tables.close()
        self._grids.close()
        self.view.close()
        super().closeEvent(event)
