"""The window: it alone knows what is open, how it looks and what is picked, and tells every widget."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMainWindow

from twin import district
from twin.grids import grid_of
from twin.language import _
from twin.model import CREDIT
from twin.prepared import prepare
from ui import opened, theme
from ui.asked import Asked
from ui.commands import Commands
from ui.corners import BESIDE, BOTTOM_LEFT, BOTTOM_RIGHT, TOP_LEFT, TOP_RIGHT
from ui.credit import Credit
from ui.doors import Doors
from ui.exploring import Exploring
from ui.frame import Frame
from ui.help import Help
from ui.job import Job
from ui.kept import KeptViews
from ui.live import Feeds
from ui.memory import Memory, Recent, recall, remember
from ui.notice import Notice
from ui.over.instruments import Instruments
from ui.panels.views import ViewsPanel
from ui.picking import Picking
from ui.pictures import Pictures
from ui.presenting import Presenting
from ui.replay import Replay
from ui.sensing import Sensing
from ui.showing import Showing
from ui.skeleton import Skeleton
from ui.timekeys import add_commands as add_time_commands
from ui.view import CityView
from ui.welcome import Welcome
from ui.wishes import Wishes
from ui.working import Working

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent

    from twin.grids import Grid
    from twin.model import City, District, TwinError, Viewpoint
    from twin.picture import Picture
    from twin.prepared import Prepared
    from ui.opened import Opened

SIZE_PX = (1280, 800)
LEAST_PX = (640, 400)
_OF_A_DISTRICT = (
    *("refresh", "overlay", "import", "save", "save-as", "picture", "copy-picture"),
    *("add-feed", "import-feeds", "export-feeds"),
)


class Window(QMainWindow):
    """A district to look at: its layers to the left, what is picked to the right, its credit below."""

    def __init__(self) -> None:
        super().__init__()
        self._opened: Opened | None = None
        self._district: District | None = None
        self.memory = recall()
        self._theme = theme.LIGHT
        self.setWindowTitle("District Twin")
        room = self.screen().availableGeometry().size()
        self.resize(min(SIZE_PX[0], room.width()), min(SIZE_PX[1], room.height()))
        self.setMinimumSize(*LEAST_PX)
        self.setAcceptDrops(True)

        self.frame = Frame()
        self.topbar, self.sidebar, self.inspector = self.frame.topbar, self.frame.sidebar, self.frame.inspector
        self.notice = Notice()
        self.credit = Credit()
        self.working = Working()
        self.welcome = Welcome()
        self.skeleton = Skeleton()
        self.view = CityView()
        self.doors = Doors(self, self.working, self.notice, self.skeleton, self._preparing)
        self.showing = Showing(self, self.view, self.topbar, self.memory.look)
        self.picking = Picking(self, self.view, self.inspector)
        self.exploring = Exploring(self, self.view)
        self.replay = Replay(self, self.view)
        self.sensing = Sensing(self, self.view, self.replay)
        self.feeds = Feeds(self, self.replay, self.notice)
        self.pictures = Pictures(self, self.view, self.exploring)
        self._tables: Job[District] = Job(self)
        self._grids: Job[Grid] = Job(self)
        self.kept = KeptViews(self.view, self, self._with_what_is_shown)
        away = (self.topbar, self.sidebar, self.inspector, self.sensing.panel, self.replay.timeline, self.frame.tools)
        over = self.frame.corners.columns(TOP_LEFT, TOP_RIGHT, BOTTOM_RIGHT)  # credit and notices stay
        self.presenting = Presenting(
            self, self.frame.corners, self.view, (*away, *over), self.replay, self.kept.fly_on, self._shown_picture
        )
        self.views = ViewsPanel()
        self.help = Help(self)
        self.commands = Commands(self)
        self._add_commands()
        self._fill()
        self._connect()
        self.wear(theme.of(self.memory.theme))
        self._lay_out_as_before()

    def _lay_out_as_before(self) -> None:
        self.view.calm = self.memory.still
        self.restoreGeometry(QByteArray.fromHex(self.memory.geometry.encode("ascii", "replace")))
        if self.memory.narrow:
            self.frame.fold(True)
        if self.memory.geometry:  # at first start panels are as they were made
            self.sidebar.fold_away(list(self.memory.folded))

    def _add_commands(self) -> None:
        """Name everything that one can do; a new tool adds its action here."""
        add, district_, window = self.commands.add, _("District"), _("Window")
        doors = self.doors
        add("open", _("Open district…"), self.choose, group=district_, keys="Ctrl+O", icon="folder-open")
        add("refresh", _("Refresh the map data"), doors.refresh, group=district_, keys="F5", icon="refresh-cw")
        add("overlay", _("Lay a file over it…"), doors.choose_overlay, group=district_, icon="layers")
        add("import", _("Import readings…"), doors.choose_tables, group=district_)
        add("save", _("Save"), doors.save, group=district_, keys="Ctrl+S", icon="save")
        add("save-as", _("Save as…"), doors.save_as, group=district_, keys="Ctrl+Shift+S")
        add("picture", _("Take a picture…"), self._picture, group=district_, keys="Ctrl+P", icon="image-down")
        add(
            "copy-picture", _("Copy the picture"), self.pictures.copy, group=district_, keys="Ctrl+Shift+C", icon="copy"
        )
        self.instruments = Instruments(self.view, self.commands, self)
        add("theme", _("Dark window"), self._turn_theme, group=window, icon="moon")
        add("sidebar", _("Fold the side bar"), self._turn_sidebar, group=window, keys="Ctrl+B", icon="panel-left-close")
        add("full", _("Full screen"), self._turn_full, group=window, keys="F11")
        add("present", _("Present"), self.presenting.turn, group=window, keys="Shift+F5, F12", icon="presentation")
        add("settings", _("Settings…"), self._ask_settings, group=window, keys="Ctrl+,", icon="settings")
        add("quit", _("Quit"), self.close, group=window, keys="Ctrl+Q")
        add_time_commands(self.commands, self.replay)
        self.feeds.add_commands(self.commands)
        self.commands.enable(False, *_OF_A_DISTRICT)
        self.exploring.add_commands(self.commands)
        self.help.add_commands(self.commands)
        self.exploring.palette.show_actions(list(self.commands))

    def _fill(self) -> None:
        """Put everything in its place; a new panel, tool or thing over the view is added here."""
        self.setCentralWidget(self.frame)
        self.frame.pages.addWidget(self.skeleton)
        self.frame.pages.addWidget(self.view)
        self.sidebar.add(self.feeds.panel, unfolded=False)
        self.sidebar.add(self.sensing.layers)
        self.sidebar.offer(self.sensing.layers, False)
        self.sidebar.add(self.showing.panel)
        self.sidebar.add(self.views, unfolded=False)
        self.sidebar.add(self.exploring.colour)
        self.sidebar.add(self.exploring.quality, unfolded=False)
        self.topbar.put_in_the_middle(self.exploring.palette)
        self.exploring.palette.offer(Wishes(self).lines)
        self.frame.beside.addWidget(self.sensing.panel)
        self.frame.below.addWidget(self.replay.timeline)
        self.frame.tools.add(self.commands["measure"])
        self.frame.tools.add(self.commands["cut"])
        self.frame.tools.add(self.commands["picture"])
        self.frame.corners.put(TOP_LEFT, self.exploring.measure.card)
        self.frame.corners.put(TOP_LEFT, self.exploring.cut.card)
        self.sidebar.hide()
        self.frame.corners.put(BOTTOM_LEFT, self.credit)
        self.credit.hide()
        self.instruments.fill(self.frame.corners)
        self.frame.corners.put(BOTTOM_LEFT, self.welcome)
        for card in (self.working, self.notice):
            self.frame.corners.put(BESIDE, card)
        self.topbar.add(self.commands["theme"])
        self.topbar.add(self.commands["open"], named=True)
        self._menu = self.topbar.add_menu(_("More"))
        self._menu.aboutToShow.connect(self._fill_menu)

    def _fill_menu(self) -> None:
        """List every action there is, under its heading, so that whoever seeks one finds it."""
        self._menu.clear()
        for old in self._menu.findChildren(type(self._menu)):
            old.deleteLater()
        first, *others = self.commands.groups().items()
        self._menu.addActions(first[1])
        self._menu.addSeparator()
        for heading, actions in others:
            self._menu.addMenu(heading).addActions(actions)

    def _connect(self) -> None:
        self.doors.came.connect(self._show_city)
        self.doors.kept.connect(self._show_kept)
        self.doors.forgotten.connect(lambda path: self._remember(self.memory.forgotten(path)))
        self.doors.preferred.connect(self._prefer)
        self.help.remembered.connect(self._remember)
        self.doors.server_wished.connect(self._ask_settings)
        self.skeleton.open_wished.connect(self.choose)
        self.welcome.open_wished.connect(self.choose)
        self.welcome.gone.connect(lambda: self._remember(replace(self.memory, welcomed=True)))
        self._tables.delivered.connect(self._take_tables)
        self._tables.failed.connect(self._do_without_tables)
        self.showing.hid.connect(self.picking.leave)
        self.picking.picked.connect(self.sensing.close_panel)
        self.inspector.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.instruments.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.views.keep_wished.connect(self.kept.keep)
        self.views.fly_wished.connect(self.kept.fly)
        self.views.name_wished.connect(self.kept.name)
        self.views.forget_wished.connect(self.kept.forget)
        self.kept.changed.connect(self._show_views)
        self.kept.recalled.connect(self._recall_view)
        self._grids.delivered.connect(self.instruments.show_grid)
        self.exploring.coloured.connect(lambda: self.sidebar.reveal(self.exploring.colour))
        self.exploring.pick_wished.connect(self.picking.pick)
        self.exploring.measure.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        for teller in (self.replay, self.sensing):
            teller.told.connect(lambda sentence: self.notice.say(sentence, tone="warning"))
        self.sensing.data.connect(lambda there: self.sidebar.offer(self.sensing.layers, there))
        self.sensing.picked.connect(self.picking.unpick)
        silent = self.replay.timeline.track.silent_wished
        silent.connect(lambda layer: self.exploring.palette.ask(f"{_('silent')} {layer}".lower()))
        self.sensing.panel.copy_wished.connect(lambda text: QGuiApplication.clipboard().setText(text))
        self.feeds.panel_wished.connect(lambda: self.sidebar.unfold(self.feeds.panel))
        self.feeds.recording.open_wished.connect(self.open)
        self.pictures.told.connect(lambda sentence: self.notice.say(sentence, tone="ok"))
        self.exploring.told.connect(lambda sentence: self.notice.say(sentence, tone="warning"))

    # what is open

    def open(self, what: Path | Asked) -> None:
        """Get a file, or whatever was asked for, and show it in place of what is shown, which stays until then."""
        self.doors.open(Asked(file=what) if isinstance(what, Path) else what)

    def choose(self) -> None:
        """Ask what to open, and open it."""
        self.seek_place("")

    def seek_place(self, text: str) -> None:
        """Ask what to open, beginning with a text, and open it."""
        self.doors.ask(self.memory, self._theme, text)

    def _shown_picture(self) -> Picture | None:
        return self.view.scene.picture

    def _picture(self) -> None:
        if self._opened is not None:
            self.pictures.ask(self._opened.name)

    def change(self, found: District) -> None:
        """Take the district as somebody changed it in the window; it is theirs to save."""
        self._district = found
        self.doors.change(found)
        self._name_window()

    def _name_window(self) -> None:
        if self._opened is None:
            return
        said, told = opened.age_of_data(self._opened.info)
        unsaved = self.doors.unsaved
        self.setWindowTitle(
            (_("{district}* – District Twin") if unsaved else _("{district} – District Twin")).format(
                district=self._opened.name
            )
        )
        self.topbar.show_district(self._opened.name, _("Not saved") if unsaved else said, told)

    def _preparing(self) -> Callable[[City], Prepared]:
        """Return what makes a city ready for the view as it will be: on any thread, it touches no widget."""
        wide, tall = self.frame.corners.width(), self.frame.corners.height()
        if not self.sidebar.isVisible():  # it comes with the first city, and so does the timeline
            wide -= self.sidebar.width()  # which is fixed, and wider than its hint
            tall -= self.replay.timeline.sizeHint().height()
        wide += sum(panel.width() for panel in (self.inspector, self.sensing.panel) if panel.isVisible())  # they go
        return partial(prepare, look=self.showing.look, aspect=max(wide, 1) / max(tall, 1))

    def _show_kept(self, found: Opened) -> None:
        self._opened = found
        self._recall_opened(found)
        self._name_window()

    def _recall_opened(self, found: Opened) -> None:
        """Remember what was open, the sample as well: it is what the next start shows. Drafts go with the window."""
        lasting = found.home or found.path
        if lasting.parent == opened.drafts():
            return
        sources = [source for source in found.info["sources"] if source["credit"] == CREDIT]
        made = min((source["data_time"] for source in sources if source["data_time"] is not None), default=None)
        taken = min((source["retrieved"] for source in sources if source["retrieved"] is not None), default=None)
        self._remember(self.memory.opened(Recent(str(lasting.absolute()), found.name, made, taken)))

    def _remember(self, memory: Memory) -> None:
        self.memory = memory
        remember(memory)

    def _prefer(self, memory: Memory) -> None:
        self._remember(memory)
        self.view.calm = memory.still
        self.wear(theme.of(memory.theme))

    def _show_city(self, found: Opened) -> None:
        self.picking.unpick()
        self._opened, self._district = replace(found, prepared=None), None
        self.showing.show_city(found.city, found.info["counts"])
        self.picking.show_city(found.city, _("Reading what the map says about it…"))
        self._recall_opened(found)
        self._name_window()
        self.sidebar.show()
        self.commands.enable(True, *_OF_A_DISTRICT)
        self.welcome.setVisible(found.path == district.sample() and not self.memory.welcomed)
        self.frame.pages.setCurrentWidget(self.view)
        self.credit.show_credits(found.city.credits)
        self.credit.show()
        self.feeds.leave()
        self.replay.show_city(found.city, str(found.info["zone"]))
        self.frame.activate()  # the best side of the city depends on the view's shape
        self.view.place(found.city, self.showing.look, found.prepared)
        self.exploring.show_city(found.city)
        self.view.setFocus()
        self.instruments.show_frame(found.city.frame)
        self.kept.open(found.views)
        self.views.show_views(found.views)
        self.pictures.zone = zone = str(found.info["zone"])
        self._grids.begin(lambda _report, _stop: grid_of(found.city.frame, zone))
        self._tables.begin(lambda report, _stop: opened.tables(found.path, report))

    def _take_tables(self, found: District) -> None:
        self._district = found
        if self.kept.views != found.views:  # somebody was quicker
            self.change(replace(found, views=self.kept.views))
        self.exploring.show_district(found)
        self.picking.show_district(found)
        if self._opened is not None:
            self.feeds.show_district(self._opened, found)
            days = self._opened.archive or self._opened.path
            self.replay.show_days(found, days, sun=self.showing.look != "model")  # a model is paper for ink

    def _show_views(self, views: tuple[Viewpoint, ...]) -> None:
        """Show views that were changed, and have them in what a file is made of."""
        self.views.show_views(views)
        if self._district is not None:
            self.change(replace(self._district, views=views))

    def _with_what_is_shown(self, view: Viewpoint) -> Viewpoint:
        """Return a view with the moment and the layers of now."""
        t = self.replay.clock.t if self.replay.knows_moment else None
        return replace(view, t=t, hidden=tuple(sorted(self.showing.hidden)), hidden_data=self.sensing.hidden)

    def _recall_view(self, view: Viewpoint) -> None:
        """Show the layers and the moment of a view, of whatever it tells."""
        if view.hidden is not None:
            self.showing.show_but(view.hidden)
        if view.hidden_data is not None:
            self.sensing.hide(view.hidden_data)
        if view.t is not None:
            self.replay.seek(view.t)

    def _do_without_tables(self, trouble: TwinError) -> None:
        self.exploring.show_trouble(trouble)
        self.picking.show_trouble(str(trouble))
        self.notice.say(str(trouble), (_("Open another…"), self.choose))

    # how it is shown

    def wear(self, dress: theme.Theme) -> None:
        """Dress the window in a theme."""
        self._theme = dress
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.wear(app, dress)
        parts = (self.commands, self.topbar, self.sidebar, self.inspector, self.frame.corners, self.skeleton)
        for part in (*parts, self.exploring, self.replay, self.sensing, self.presenting):
            part.dress(dress)
        dark = dress.name == "dark"
        self.commands["theme"].setText(_("Light window") if dark else _("Dark window"))
        self.commands["theme"].setToolTip(self.commands["theme"].text())
        self.commands["theme"].setIcon(theme.icon("sun" if dark else "moon", dress.muted))

    def _turn_theme(self) -> None:
        self.wear(theme.LIGHT if self._theme.name == "dark" else theme.DARK)
        self._remember(replace(self.memory, theme=self._theme.name))

    def _turn_sidebar(self) -> None:
        self.frame.fold(not self.sidebar.narrowed)

    def _turn_full(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _ask_settings(self) -> None:
        self.doors.prefer(self.memory)

    # Qt's words

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take one file that lies on this computer."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Open the file that was dropped, or lay it over the district."""
        path = Path(event.mimeData().urls()[0].toLocalFile())
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.doors.open_file(path))  # who dropped it need not wait for an answer

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Let Esc go of what is picked, wherever in the window the keyboard is."""
        if event.key() == Qt.Key.Key_Escape:
            self.picking.unpick()
            self.sensing.close_panel()
        elif not self.replay.key(event):
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Ask about what would be lost, end what still runs, and give the graphics memory back."""
        if not self.doors.leave(self.close):
            event.ignore()
            return
        self._remember(
            replace(
                self.memory,
                geometry=bytes(self.saveGeometry().toHex().data()).decode(),
                look=self.showing.look,
                narrow=self.frame.folded,
                folded=tuple(self.sidebar.folded()),
            )
        )
        self.hide()  # whatever takes its time to end does so unseen
        self.doors.close()
        self.help.close()
        self._tables.close()
        self._grids.close()
        self.pictures.close()
        self.exploring.close()
        self.sensing.close()
        self.feeds.close()
        self.replay.close()
        self.view.close()
        super().closeEvent(event)
