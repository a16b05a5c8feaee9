"""What is live, recorded: a file that grows while one watches, and that is a district's like any other in the end."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from twin.cli.streams import count, day
from twin.days import Home, read_days
from twin.file.container import replacing
from twin.language import _
from twin.model import TwinError
from ui import opened
from ui.job import Job
from ui.timeline.wording import said_span

if TYPE_CHECKING:
    import threading

    from twin.live import Desk
    from twin.model import District, Report
    from ui.notice import Notice
    from ui.opened import Opened


class Recording(QObject):
    """One recording at a time. It begins with a touch and ends with one; in between nothing waits for the disk."""

    open_wished = Signal(object)
    """The `Path` of a recording is to be opened."""

    def __init__(self, window: QWidget, notice: Notice) -> None:
        super().__init__(window)
        self._window, self._notice = window, notice
        self._desk: Desk | None = None
        self._of: tuple[Opened, District] | None = None
        self._kept: Path | None = None
        self._said = ""
        self._packs: Job[Path] = Job(self)
        self._packs.delivered.connect(self._take)
        self._copies: Job[Path] = Job(self)
        self._copies.delivered.connect(self._tell_copy)
        for job in (self._packs, self._copies):
            job.failed.connect(lambda trouble: self._notice.say(str(trouble)))

    @property
    def told(self) -> tuple[float, int] | None:
        """For how many seconds has been recorded, and how many readings are safe; None while nothing is recorded."""
        taping = self._desk.taping if self._desk is not None else None
        return (time.time() - taping.since_s, taping.readings) if taping is not None else None

    def show(self, desk: Desk | None, of: tuple[Opened, District] | None) -> None:
        """Record what comes over a desk, for a district; what is recorded of another is finished first."""
        if desk is not self._desk:
            self.stop()
        self._desk, self._of = desk, of

    def turn(self) -> None:
        """Begin to record, or end."""
        if self.told is None:
            self.begin()
        else:
            self.stop()

    def begin(self) -> None:
        """Record what comes from now on."""
        if self._desk is None or self._of is None:
            return
        _opened, district = self._of
        middle = Home(district.name, district.frame.lon, district.frame.lat, district.zone)
        try:
            path = opened.new_recording(district.name)
            self._desk.record(path, title=_("Recorded live"), home=middle)
        except TwinError as trouble:
            self._notice.say(str(trouble))

    def look_back(self) -> None:
        """Offer to keep what an earlier run of the program was recording when it was cut off."""
        of = self._of
        left = opened.cut_off(of[1].name) if of is not None else ()
        if of is not None and left:
            self._notice.say(
                _("A recording was cut off on {day}. What had come until then is safe.").format(
                    day=day(left[0].stat().st_mtime)
                ),
                (_("Keep it"), lambda: self._keep(of, left[0])),
                tone="warning",
            )

    def _keep(self, of: tuple[Opened, District], path: Path) -> None:
        self._said = ""
        self._packs.begin(lambda _report, _stop: opened.with_recording(*of, path))

    def stop(self) -> None:
        """Record no longer, and make a district's file of what was recorded."""
        desk, of, told = self._desk, self._of, self.told
        if desk is None or of is None or told is None:
            return
        elapsed_s, _readings = told

        def finish(_report: Report, _stop: threading.Event) -> Path:  # it ends, also where nobody waits any more
            found, district = of
            recorded = desk.stop_recording()
            if recorded is None:
                raise TwinError(_("Nothing is recorded any more."))
            return opened.with_recording(found, district, Path(recorded))

        self._said = said_span(elapsed_s)
        self._packs.begin(finish)
        while desk.taping is not None:  # whoever closes the session next does not find it recording
            time.sleep(0.001)

    def close(self) -> None:
        """Finish what is being recorded, however long it takes."""
        self.stop()
        self._packs.close()
        self._copies.close()

    def _take(self, path: Path) -> None:
        self._kept = path
        days = read_days(path)
        readings = sum(one.readings for one in days)
        self._said = self._said or said_span(max((one.t_end or 0.0) - (one.t_start or 0.0) for one in days))
        sentence = _("{readings} readings were recorded in {span}. They are in {file}.").format(
            readings=count(readings), span=self._said, file=path.name
        )
        self._notice.say(
            sentence,
            (_("Open it"), lambda: self.open_wished.emit(path)),
            (_("Save as…"), lambda: self._save(path)),
            tone="ok",
        )

    def _save(self, path: Path) -> None:
        suggested = str(Path.home() / path.name)
        name, _filter = QFileDialog.getSaveFileName(
            self._window, _("Save the recording as"), suggested, _("Districts (*.twin)")
        )
        if not name:
            return
        target = Path(name) if name.lower().endswith(".twin") else Path(f"{name}.twin")

        def copy(_report: Report, _stop: threading.Event) -> Path:  # a day may be many gigabytes
            with replacing(target) as beside:
                shutil.copyfile(path, beside)
            return target

        self._copies.begin(copy)

    def _tell_copy(self, target: Path) -> None:
        self._notice.say(
            _("The recording is in {file}.").format(file=target.name),
            (_("Open it"), lambda: self.open_wished.emit(target)),
            tone="ok",
        )
