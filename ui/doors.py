"""The ways in and out of the window: open, fetch, refresh, lay over, save; one at a time, stoppable, never lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from twin.cli.streams import count
from twin.days import DaysThere
from twin.language import _
from twin.mapping import guess, open_table, signature, to_toml
from twin.model import Progress, TwinError
from twin.osm.faults import ServerFault
from twin.settings import Settings
from ui import asked, opened
from ui.dialogs.importing import ImportDialog
from ui.dialogs.opening import OpenDialog
from ui.dialogs.overlay import OverlayDialog
from ui.dialogs.preferences import PreferencesDialog
from ui.dialogs.question import Question
from ui.dialogs.rejects import RejectsDialog
from ui.job import Job
from ui.memory import mappings

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from twin.importing import Imported
    from twin.mapping import Guess, Mapping, Table
    from twin.mapping.tables import Piece
    from twin.model import City, District, Report, Source
    from twin.prepared import Prepared
    from ui import theme
    from ui.asked import Asked
    from ui.memory import Memory
    from ui.notice import Notice, Way
    from ui.opened import Opened
    from ui.skeleton import Skeleton
    from ui.working import Working

    type Work = Callable[[Report, threading.Event], Opened]


class Doors(QObject):
    """Knows what is open and what lies on disk. What was open stays in use until something else has come."""

    came = Signal(object)
    """An `Opened`, to be shown in place of what was."""

    kept = Signal(object)
    """The same district, now saved."""

    forgotten = Signal(str)
    server_wished = Signal()
    """Somebody wants to ask another server: the settings are wanted."""

    preferred = Signal(object)
    """A `Memory` that somebody changed in the settings."""

    def __init__(
        self,
        window: QWidget,
        working: Working,
        notice: Notice,
        skeleton: Skeleton,
        prepare: Callable[[], Callable[[City], Prepared]],
    ) -> None:
        """Open into a window; `prepare` returns what makes a city ready for its view, on whichever thread."""
        super().__init__(window)
        self._prepare = prepare
        self._window = window
        self._working, self._notice, self._skeleton = working, notice, skeleton
        self.opened: Opened | None = None
        self._changed: District | None = None
        self._retry: Callable[[], object] | None = None
        self._partly: Callable[[], object] | None = None
        self._then: Callable[[], object] | None = None
        self._dialog: OpenDialog | None = None
        self._ins: Job[Opened] = Job(self)
        self._outs: Job[Opened] = Job(self)
        self._looks: Job[tuple[Sequence[Path], Table, Piece, Guess]] = Job(self)
        self._looks.delivered.connect(self._ask_meaning)
        self._looks.failed.connect(lambda trouble: self._say(str(trouble)))
        self._ins.progressed.connect(self._show_progress)
        self._ins.delivered.connect(self._take)
        self._ins.failed.connect(self._fail)
        self._ins.stopped.connect(self._rest)
        self._outs.delivered.connect(self._take_kept)
        self._outs.failed.connect(self._fail_to_keep)
        working.stop_wished.connect(self.stop)
        skeleton.stop_wished.connect(self.stop)

    # in

    def ask(self, memory: Memory, dress: theme.Theme, text: str = "") -> None:
        """Ask what to open, beginning with a text, and open it."""
        settings = self._settings()
        if settings is None:
            return
        dialog = OpenDialog(self._window, settings, memory.recent, dress)
        dialog.wished.connect(self.open)
        dialog.forget_wished.connect(self.forgotten)
        dialog.settings_wished.connect(lambda: self.prefer(memory))
        dialog.line.setText(text)
        self._dialog = dialog
        dialog.exec()
        self._dialog = None
        dialog.deleteLater()

    def open_file(self, path: Path) -> None:
        """Open a file, lay it over the district, or take its readings in, whichever it is for."""
        if self.opened is not None and asked.is_readings(path):
            self.take_in([path])
            return
        try:
            what = asked.of_drop(path, over=self.opened is not None)
        except TwinError as trouble:
            self._say(str(trouble))
            return
        if what is None:
            self.lay_over(path)
        else:
            self.open(what)

    def open(self, what: Asked, *, keep_partial: bool = False) -> None:
        """Get what was asked for and show it in place of what is shown, which stays until then."""
        settings = self._settings()
        if settings is None or not self._may_go(lambda: self.open(what, keep_partial=keep_partial)):
            return
        near = self.opened.path if self.opened is not None else None
        self._retry = lambda: self.open(what)
        self._partly = lambda: self.open(what, keep_partial=True)
        self._begin(
            _("Opening {what}").format(what=what.label),
            lambda report, stop: opened.get(what, settings, report, stop, keep_partial=keep_partial, near=near),
        )

    def refresh(self) -> None:
        """Ask the servers for the same area again."""
        before, settings = self.opened, self._settings()
        if before is None or settings is None:
            return
        self._retry, self._partly = self.refresh, None
        self._begin(
            _("Refreshing {name}").format(name=before.name),
            lambda report, stop: opened.refresh(before, settings, report, stop),
        )

    def lay_over(self, path: Path) -> None:
        """Ask whose data a file holds, and lay it over the district."""
        before = self.opened
        if before is None:
            return

        def begin(source: Source) -> None:
            self._retry, self._partly = lambda: self.lay_over(path), None
            self._begin(
                _("Laying {file} over the district").format(file=path.name),
                lambda report, _stop: opened.lay_over(before, path, source, report),
            )

        dialog = OverlayDialog(self._window, path)
        dialog.wished.connect(begin)
        dialog.exec()
        dialog.deleteLater()

    def choose_overlay(self) -> None:
        """Ask for a file to lay over the district."""
        kinds = "*.geojson *.json *.gpkg *.tif *.tiff"
        names = _("Overlays ({kinds})").format(kinds=kinds) + ";;" + _("All files (*)")
        name, _filter = QFileDialog.getOpenFileName(self._window, _("Lay over"), "", names)
        if name:
            self.lay_over(Path(name))

    def take_in(self, paths: Sequence[Path]) -> None:
        """Ask what the columns of tables mean, and take them into the district as recorded days."""
        if self.opened is None or not paths:
            return
        self._retry, self._partly = lambda: self.take_in(paths), None

        def look(_report: Report, _stop: threading.Event) -> tuple[Sequence[Path], Table, Piece, Guess]:
            guessed = guess(paths[0], mappings())
            table = open_table(paths[0], guessed.mapping.form)
            return paths, table, table.head(), guessed

        self._looks.begin(look)

    def _ask_meaning(self, found: tuple[Sequence[Path], Table, Piece, Guess]) -> None:
        paths, table, head, guessed = found
        before = self.opened
        if before is None:
            return

        def begin(meaning: Mapping, positions: Path | None, *, replacing: bool = False) -> None:
            self._keep_meaning(table, meaning)
            self._partly = lambda: begin(meaning, positions, replacing=True)
            self._begin(
                _("Importing {file}").format(file=paths[0].name),
                lambda report, _stop: opened.take_in(
                    before, paths, meaning, report, positions=positions, replacing=replacing
                ),
            )

        dialog = ImportDialog(self._window, paths, table, head, guessed, str(before.info["zone"]))
        dialog.wished.connect(begin)
        dialog.exec()
        dialog.deleteLater()

    def _keep_meaning(self, table: Table, meaning: Mapping) -> None:
        """Remember what the columns meant, for the next table that has the same."""
        with suppress(OSError):  # a full disk costs no more than the memory
            mappings().mkdir(parents=True, exist_ok=True)
            path = mappings() / f"{signature(table.columns)}.toml"
            path.write_text(to_toml(meaning), encoding="utf-8")

    def choose_tables(self) -> None:
        """Ask for tables of readings to import."""
        names = _("Tables ({kinds})").format(kinds="*.csv *.csv.gz *.tsv *.txt *.parquet") + ";;" + _("All files (*)")
        found, _filter = QFileDialog.getOpenFileNames(self._window, _("Import readings"), "", names)
        self.take_in([Path(name) for name in found])

    def _tell_imported(self, found: Imported) -> None:
        said = _("{readings} readings of {sensors} sensors on {days} days were imported.").format(
            readings=count(found.readings), sensors=count(len(found.roster.sensors)), days=len(found.days)
        )
        if found.rejects.total:
            said += " " + _("{count} were not taken.").format(count=count(found.rejects.total))
            ways: tuple[Way, ...] = ((_("What was not taken…"), lambda: RejectsDialog(self._window, found).exec()),)
        else:
            ways = ()
        said = " ".join([said, *found.remarks()])
        self._notice.say(said, *ways, tone="warning" if found.rejects.total or found.remarks() else "ok")

    def stop(self) -> None:
        """Give up what is being fetched or made; what is open stays."""
        self._ins.stop()

    # out

    @property
    def unsaved(self) -> bool:
        """Whether something would be lost if the window closed now."""
        return self.opened is not None and (self.opened.changed or self._changed is not None)

    def change(self, found: District) -> None:
        """Take a district that was changed in the window, in the form in which it is to be saved."""
        self._changed = found

    def save(self) -> None:
        """Write what is open into its file; ask for one where it has none."""
        if self.opened is None:
            return
        if self.opened.target is None:
            self.save_as()
        else:
            self._save(self.opened.target)

    def save_as(self) -> None:
        """Ask for a file, and write what is open into it."""
        if self.opened is None:
            self._then = None
            return
        suggested = str((self.opened.target or Path.home() / f"{self.opened.name}.twin").with_suffix(".twin"))
        names = _("Districts (*.twin)")
        name, _filter = QFileDialog.getSaveFileName(self._window, _("Save district as"), suggested, names)
        if name:
            self._save(Path(name) if name.lower().endswith(".twin") else Path(f"{name}.twin"))
        else:
            self._then = None

    def leave(self, then: Callable[[], object]) -> bool:
        """Tell whether the window may close now; where somebody wants to save first, `then` is called afterwards."""
        return self._may_go(then)

    def close(self) -> None:
        """End what still runs, and leave no draft behind."""
        self._ins.close()
        self._outs.close()
        self._looks.close()
        if self.opened is not None:
            opened.discard(self.opened)

    def prefer(self, memory: Memory) -> None:
        """Ask for the user's settings."""
        settings = self._settings()
        if settings is None:
            return
        dialog = PreferencesDialog(self._dialog or self._window, memory, settings)
        dialog.wished.connect(lambda memory, _settings: self.preferred.emit(memory))
        if self._dialog is not None:
            asking = self._dialog
            dialog.wished.connect(lambda _memory, settings: asking.use(settings))
        dialog.exec()
        dialog.deleteLater()

    # inside

    def _settings(self) -> Settings | None:
        try:
            return Settings.load()
        except TwinError as trouble:
            self._say(str(trouble))
            return None

    def _begin(self, title: str, work: Work) -> None:
        self._notice.hide()
        if self.opened is None:
            self._skeleton.show_progress(title, 0.15)
        else:
            self._working.begin(title)
        prepare = self._prepare()

        def get(report: Report, stop: threading.Event) -> Opened:
            found = work(report, stop)
            report(Progress(_("Setting the scene")))
            return replace(found, prepared=prepare(found.city))

        self._ins.begin(get)

    def _show_progress(self, progress: Progress) -> None:
        if self.opened is None:
            share = (progress.done or 0) / progress.total if progress.total else 0.35
            self._skeleton.show_progress(progress.what, max(0.35, share), progress)
        else:
            self._working.show_progress(progress)

    def _rest(self) -> None:
        self._working.end()
        if self.opened is None:
            self._skeleton.show_empty()

    def _take(self, found: Opened) -> None:
        self._rest()
        if self.opened is not None and self.opened.path != found.path:
            opened.discard(self.opened)
        self.opened, self._changed = replace(found, prepared=None), None
        self.came.emit(found)
        if found.imported is not None:
            self._tell_imported(found.imported)
            self.opened = replace(self.opened, imported=None)
        elif found.info["incomplete"]:
            self._notice.say(found.info["incomplete"], (_("Fetch again"), self.refresh), tone="warning")

    def _fail(self, trouble: TwinError) -> None:
        self._rest()
        again: Way = (_("Try again"), self._retry or (lambda: None))
        if isinstance(trouble, DaysThere) and self._partly is not None:
            self._say(str(trouble), (_("Replace"), self._partly))
        elif not isinstance(trouble, ServerFault):
            self._say(str(trouble), again)
        elif trouble.code == "broken_off" and self._partly is not None:
            self._say(trouble.happened, (_("Keep what came"), self._partly), again)
        elif trouble.code in {"nothing_found", "too_large", "disk", "died"}:
            self._say(str(trouble), again)
        else:
            self._say(trouble.happened, again, (_("Another server…"), self.server_wished.emit))

    def _say(self, sentence: str, *ways: Way) -> None:
        self._notice.say(sentence, *ways)

    def _may_go(self, then: Callable[[], object]) -> bool:
        """Ask about what would be lost; `then` is called once it is saved."""
        if not self.unsaved or self.opened is None:
            return True
        question = Question(
            self._window,
            _("Save the changes to {name}?").format(name=self.opened.name),
            _("What was added since the last time it was saved would be lost."),
            (("save", _("Save")), ("discard", _("Discard")), ("cancel", _("Cancel"))),
        )
        question.exec()
        question.deleteLater()
        if question.answer == "save":
            self._then = then
            self.save()
        elif question.answer == "discard":
            self._forget_changes()
            return True
        return False

    def _forget_changes(self) -> None:
        self._changed = None
        if self.opened is not None and self.opened.changed:
            opened.discard(self.opened)
            self.opened = None if self.opened.home is None else _as_it_was(self.opened)

    def _save(self, target: Path) -> None:
        before, found = self.opened, self._changed
        if before is not None:
            self._notice.hide()
            self._outs.begin(lambda report, _stop: opened.save(before, found, target, report))

    def _take_kept(self, found: Opened) -> None:
        if self.opened is not None and self.opened.path != found.path:
            opened.discard(self.opened)
        self.opened, self._changed = found, None
        self.kept.emit(found)
        self._notice.say(_("Saved as {file}.").format(file=found.path.name), tone="ok")
        then, self._then = self._then, None
        if then is not None:
            then()

    def _fail_to_keep(self, trouble: TwinError) -> None:
        self._then = None
        self._say(str(trouble), (_("Save as…"), self.save_as))


def _as_it_was(changed: Opened) -> Opened:
    """Return what is shown as if it had not been changed, for the moment until something else comes."""
    return replace(changed, path=changed.home or changed.path, home=None, changed=False)
