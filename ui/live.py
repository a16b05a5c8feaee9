"""Live feeds in the window: which connections there are, which are at work, and what is told of them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from twin import connections
from twin.connections import Saved
from twin.language import _, _n
from twin.live import Live, tested
from twin.live.desk import RECORDING
from twin.mapping import presets as mappings
from twin.model import TwinError
from twin.sources import Where, kinds
from ui.dialogs.connection import ConnectionDialog
from ui.dialogs.question import Question
from ui.feedwords import row_of
from ui.job import Job
from ui.panels.connections import ConnectionsPanel
from ui.recording import Recording
from ui.secretly import Secretly

if TYPE_CHECKING:
    import threading
    from collections.abc import Collection, Mapping

    from twin.model import District
    from twin.readings import Notice as Trouble
    from twin.sources import Connection, Secret
    from ui import theme
    from ui.commands import Commands
    from ui.notice import Notice
    from ui.opened import Opened
    from ui.replay import Replay


class Feeds(QObject):
    """Knows the connections and has those at work that belong to the district that is open."""

    panel_wished = Signal()
    """The panel of feeds is to be seen."""

    def __init__(self, window: QWidget, replay: Replay, notice: Notice) -> None:
        super().__init__(window)
        self._window, self._replay, self._notice = window, replay, notice
        self._saved: tuple[Saved, ...] = ()
        self._secrets = Secretly(self)
        self._secrets.told.connect(lambda sentence: notice.say(sentence, tone="warning"))
        self._of: tuple[Opened, District] | None = None
        self._where = Where("")
        self._live: Live | None = None
        self._testing = self._put_away = ""
        self._looked_s = 0
        self._troubles: Mapping[str, Trouble] = {}
        self.panel = panel = ConnectionsPanel()
        self.recording = Recording(window, notice)
        self._closes: Job[None] = Job(self)
        self._tests: Job[str] = Job(self)
        self._tests.delivered.connect(lambda sentence: self._end_test(sentence, "ok"))
        self._tests.failed.connect(lambda trouble: self._end_test(str(trouble), "warning"))
        self._tests.stopped.connect(lambda: self._end_test("", ""))
        replay.ready.connect(self._begin)
        replay.moved.connect(self._look)
        replay.timeline.lamp.record_wished.connect(self.recording.turn)
        panel.add_wished.connect(self.add)
        panel.turn_wished.connect(self.turn)
        panel.record_wished.connect(self._turn_record)
        panel.edit_wished.connect(self.edit)
        panel.test_wished.connect(self.test)
        panel.stop_test_wished.connect(self._tests.stop)
        panel.remove_wished.connect(self.remove)
        panel.import_wished.connect(self.bring_in)
        panel.export_wished.connect(self.hand_out)

    def add_commands(self, commands: Commands) -> None:
        """Name what one can do."""
        group = _("Live feeds")
        commands.add("add-feed", _("Add a feed…"), lambda: self.add(None), group=group, icon="radio")
        self._record = commands.add("record", _("Record, or stop"), self.recording.turn, group=group, keys="Ctrl+R")
        self._record.setEnabled(False)
        commands.add("import-feeds", _("Import feeds…"), self.bring_in, group=group)
        commands.add("export-feeds", _("Export feeds…"), self.hand_out, group=group)

    # which district

    def leave(self) -> None:
        """End the feeds of the district that was open; what is being recorded is finished."""
        self.recording.show(None, None)
        self._record.setEnabled(False)
        self._tests.stop()
        live, self._live, self._of = self._live, None, None
        self._troubles = {}
        if live is not None:
            self._closes.begin(lambda _report, _stop: live.close())

    def show_district(self, opened: Opened, district: District) -> None:
        """Have the feeds of a district at work, once the days that it has are shown."""
        west, south, east, north = opened.info["bounds"]
        self._of = opened, district
        self.recording.show(None, self._of)
        self._where = Where(district.name, (west, south, east, north), district.zone)

    def close(self) -> None:
        """End all feeds, and finish what is being recorded."""
        self.leave()
        self._closes.close()
        self._tests.close()
        self._secrets.close()
        self.recording.close()

    def _begin(self) -> None:
        if self._of is None or self._live is not None:
            return
        try:
            self._saved = connections.read()
        except TwinError as trouble:
            self._saved = ()
            self._notice.say(str(trouble))
        self.panel.show_presets(connections.presets())
        for one in self._saved:
            if self._where.district in one.districts:
                self._put_to_work(one.connection)
        self._show_rows()
        self.recording.look_back()

    # what one can do

    def add(self, preset: Connection | None) -> None:
        """Add a connection: a preset that needs nothing at once, any other after asking."""
        if self._of is None:
            return
        if preset is not None:
            preset = replace(preset, name=connections.free_name(preset.name, self._names()))
            kind = kinds().get(preset.kind)
            if kind is not None and not kind.mapped and not any(entry.needed for entry in kind.fields):
                self._take(preset, {})
                return
        self._ask(preset, new=True).wished.connect(self._take)

    def edit(self, name: str) -> None:
        """Change a connection."""
        before = self._connection(name)
        self._ask(before, new=False).wished.connect(lambda found, typed: self._change(before, found, typed))

    def turn(self, name: str, on: bool) -> None:
        """Connect a connection here, or pause it."""
        connection = self._connection(name)
        live = self._live
        if not on:
            if live is not None:
                live.pause(name)
        elif live is not None and name in {feed.name for feed in live.feeds}:
            live.resume(name)
        else:
            self._put_to_work(connection)
        self._keep(
            [one.turned(self._where.district, on=on) if one.connection.name == name else one for one in self._saved]
        )

    def test(self, name: str) -> None:
        """Try a connection beside whatever it does."""
        connection, secret = self._connection(name), self._secrets.of(name)
        self._testing = name
        self._tests.begin(lambda _report, stop: _tried(connection, self._where, secret, stop))
        self._show_rows()

    def remove(self, name: str) -> None:
        """Ask, and be rid of a connection and its secrets; what it has told stays while the district is open."""
        question = Question(
            self._window,
            _("Remove {feed}?").format(feed=name),
            _("Its address and its password are forgotten. What was recorded of it stays."),
            (("remove", _("Remove")), ("cancel", _("Keep"))),
        )
        question.exec()
        question.deleteLater()
        if question.answer != "remove":
            return
        self._secrets.forget(self._connection(name))
        if self._live is not None and name in {feed.name for feed in self._live.feeds}:
            self._live.remove(name)
            if not self._live.feeds:
                of = self._of
                self.leave()
                self._of = of
                self._replay.following.end()
                if self._notice.isVisible() and self._notice.sentence == self._put_away:
                    self._notice.hide()  # it is back
        self._keep([one for one in self._saved if one.connection.name != name])

    def bring_in(self) -> None:
        """Ask for a file of connections, and add them; none is connected until somebody wishes it."""
        name, _filter = QFileDialog.getOpenFileName(
            self._window, _("Import feeds"), "", _("Feeds ({kinds})").format(kinds="*.json")
        )
        if not name:
            return
        try:
            found = connections.imported(Path(name))
        except TwinError as trouble:
            self._notice.say(str(trouble))
            return
        saved = list(self._saved)
        for one in found:
            free = connections.free_name(one.name, [other.connection.name for other in saved])
            saved.append(Saved(replace(one, name=free)))
        self._keep(saved)
        self._notice.say(
            _n(
                "{count} feed was imported, without secrets.",
                "{count} feeds were imported, without secrets.",
                len(found),
            ).format(count=len(found)),
            tone="ok",
        )

    def hand_out(self) -> None:
        """Ask for a file, and write all connections into it, without secrets."""
        name, _filter = QFileDialog.getSaveFileName(
            self._window,
            _("Export feeds"),
            str(Path.home() / "feeds.json"),
            _("Feeds ({kinds})").format(kinds="*.json"),
        )
        if not name:
            return
        try:
            Path(name).write_text(connections.exported(one.connection for one in self._saved), encoding="utf-8")
        except OSError as error:
            self._notice.say(_("{file} cannot be written: {reason}.").format(file=name, reason=error.strerror))
        else:
            self._notice.say(_("The feeds are in {file}, without secrets.").format(file=Path(name).name), tone="ok")

    # inside

    def _names(self) -> list[str]:
        return [one.connection.name for one in self._saved]

    def _connection(self, name: str) -> Connection:
        return next(one.connection for one in self._saved if one.connection.name == name)

    def _ask(self, connection: Connection | None, *, new: bool) -> ConnectionDialog:
        own = connection.name if connection is not None else ""
        where = self._where
        dialog = ConnectionDialog(
            self._window,
            connection,
            self._secrets.of(own),
            taken=[name for name in self._names() if new or name != own],
            mappings=[(word, mapping.title or word) for word, mapping in mappings().items()],
            where=where,
            jobs=self._secrets.new_job,
            test=lambda connection, secret, stop: _tried(connection, where, secret, stop),
            new=new,
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _take(self, found: Connection, typed: Mapping[str, str]) -> None:
        """Keep a new connection, and connect it."""
        self._secrets.store(found.name, typed)
        self._put_to_work(found)
        self.panel_wished.emit()
        self._keep([*self._saved, Saved(found, (self._where.district,))])

    def _change(self, before: Connection, found: Connection, typed: Mapping[str, str]) -> None:
        """Keep a connection that was changed, and have it begin anew where it was at work."""
        live = self._live
        working = live is not None and before.name in {feed.name for feed in live.feeds}
        if found.name != before.name:
            self._secrets.rename(before, found.name, typed)
        self._secrets.store(found.name, typed)
        if live is not None and working:
            live.remove(before.name)
            self._put_to_work(found)
        self._keep(
            [replace(one, connection=found) if one.connection.name == before.name else one for one in self._saved]
        )

    def _turn_record(self, name: str, on: bool) -> None:
        before = self._connection(name)
        self._change(before, replace(before, record=on), {})

    def _put_to_work(self, connection: Connection) -> None:
        if self._of is None:
            return
        opened_, district = self._of
        if self._live is None:
            session = self._replay.following.begin(district)
            self._live = Live(session.desk, self._where, lambda one: self._secrets.of(one.name))
            self.recording.show(session.desk, (opened_, district))
            self._record.setEnabled(True)
            if any(layer.origin == "simulated" for day in session.recordings for layer in day.roster.layers):
                self._put_away = _("The simulated day is put away while feeds are shown.")
                self._notice.say(self._put_away, tone="ok")
        self._live.add(connection)

    def _keep(self, saved: Collection[Saved]) -> None:
        self._saved = tuple(saved)
        try:
            connections.keep(self._saved)
        except TwinError as trouble:
            self._notice.say(str(trouble))
        self._show_rows()

    def _end_test(self, sentence: str, tone: str) -> None:
        name, self._testing = self._testing, ""
        if sentence:
            self._notice.say(_("{feed}: {sentence}").format(feed=name, sentence=sentence), tone=tone)
        self._show_rows()

    # what is told

    def _look(self, _t: float) -> None:
        """Show how feeds are doing, once a second; trouble at once."""
        session = self._replay.session
        if self._live is None or session is None:
            return
        if session.notices != self._troubles:
            self._tell(dict(session.notices))
        if (now_s := int(time.time())) != self._looked_s:  # with the clock's own second: one paint for both
            self._looked_s = now_s
            self._show_rows()

    def _show_rows(self) -> None:
        now = time.time()
        states = {state.name: state for state in self._live.states(now)} if self._live is not None else {}
        zone = self._replay.zone
        self.panel.show_rows(
            [
                row_of(
                    one.connection,
                    states.get(one.connection.name),
                    now,
                    zone,
                    testing=one.connection.name == self._testing,
                )
                for one in self._saved
            ]
        )
        self._replay.timeline.lamp.show_recording(self.recording.told)

    def _tell(self, troubles: Mapping[str, Trouble]) -> None:
        before, self._troubles = self._troubles, troubles
        gone = {one.sentence for one in before.values()} - {one.sentence for one in troubles.values()}
        if self._notice.isVisible() and self._notice.sentence in gone:
            self._notice.hide()
        for source, trouble in troubles.items():
            if trouble != before.get(source):
                tone = "error" if trouble.grave else "warning"
                way = (_("Show feeds"), self.panel_wished.emit)
                if source == RECORDING:
                    way = (_("Record again"), self.recording.begin)
                    self._show_rows()  # and the lamp goes out
                self._notice.say(trouble.sentence, way, tone=tone)

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self.panel.dress(dress)


def _tried(connection: Connection, where: Where, secret: Secret, stop: threading.Event) -> str:
    """Return what a connection has for a district.

    Raises
    ------
    TwinError
        Where that is nothing.
    """
    found = tested(connection, where, secret, stop)
    if not found.good:
        raise TwinError(found.sentence)
    return found.sentence
