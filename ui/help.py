"""What the program tells of itself: about it, its log, and whether there is a newer version."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from twin import __version__, updates
from twin.language import _
from twin.model import TwinError
from twin.settings import Settings
from ui.job import Job

if TYPE_CHECKING:
    from ui.commands import Commands
    from ui.dialogs.about import AboutDialog
    from ui.notice import Way
    from ui.window import Window


class Help(QObject):
    """The window's actions about the program itself. It asks for newer versions only where somebody agreed."""

    remembered = Signal(object)
    """A `Memory` to keep."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._about: AboutDialog | None = None
        self._by_hand = False
        self._looks: Job[updates.Release] = Job(self)
        self._looks.delivered.connect(self._tell)
        self._looks.failed.connect(self._fail)

    def add_commands(self, commands: Commands) -> None:
        """Add what can be done to the window's actions."""
        group = _("Help")
        commands.add("about", _("About District Twin"), lambda: self.about(0), group=group, icon="info")
        commands.add("licences", _("Licences of all parts"), lambda: self.about(1), group=group)
        commands.add("doctor", _("Look at this computer"), lambda: self.about(2), group=group)
        commands.add("updates", _("Look for a newer version"), self.look, group=group)

    def about(self, page: int = 0) -> None:
        """Open the dialog about the program on one of its pages."""
        from ui.dialogs.about import AboutDialog

        if self._about is None:
            self._about = AboutDialog(self._window)
        self._about.turn_to(page)
        self._about.exec()

    def started(self, took_s: float) -> None:
        """Remember how long the window took to come: the next start shows a sign where that was long."""
        self.remembered.emit(replace(self._window.memory, start_s=round(took_s, 2)))

    # newer versions

    def begin(self) -> None:
        """Once a district is shown, look for a newer version where somebody agreed to it, and ask for that once."""

        def settle(_found: object) -> None:
            self._window.doors.came.disconnect(settle)
            QTimer.singleShot(0, self, self._begin_quietly)  # what is told of the district comes first

        self._window.doors.came.connect(settle)

    def _begin_quietly(self) -> None:
        memory, address = self._window.memory, _address()
        if not address or not memory.welcomed or self._window.notice.isVisible():
            return  # never at the first start, and never in the way of something else
        if memory.updates == "yes" and updates.is_due(memory.updates_looked):
            self._begin(address, by_hand=False)
        elif not memory.updates:
            self._answer("no")  # asked once; closing the question is an answer too
            server = urlsplit(address).hostname or address
            self._window.notice.say(
                _("Look once a day whether there is a newer version? {server} learns nothing but this version.").format(
                    server=server
                ),
                (_("Yes"), self._agree),
                (_("No"), lambda: None),
                tone="ok",
            )

    def look(self) -> None:
        """Look for a newer version now, and tell what came of it."""
        address = _address()
        if address:
            self._begin(address, by_hand=True)
        else:
            self._window.notice.say(
                _("Nobody is set who knows of newer versions; this is version {version}.").format(version=__version__),
                (_("Settings…"), self._window.commands["settings"].trigger),
                tone="warning",
            )

    def close(self) -> None:
        """End what still runs."""
        self._looks.close()
        if self._about is not None:
            self._about.close_down()

    def _agree(self) -> None:
        self._answer("yes")
        self._begin(_address(), by_hand=False)

    def _answer(self, answer: str) -> None:
        self.remembered.emit(replace(self._window.memory, updates=answer))

    def _begin(self, address: str, *, by_hand: bool) -> None:
        self._by_hand = by_hand
        self.remembered.emit(replace(self._window.memory, updates_looked=time.time()))
        self._looks.begin(lambda _report, stop: updates.newest(address, stop))

    def _tell(self, found: updates.Release) -> None:
        if found.is_newer:
            sentence = _("Version {version} of District Twin is there; this is {ours}.")
            page = found.page
            ways: list[Way] = [(_("Open its page"), lambda: QDesktopServices.openUrl(QUrl(page)))] if page else []
            self._window.notice.say(sentence.format(version=found.version, ours=__version__), *ways, tone="ok")
        elif self._by_hand:
            self._window.notice.say(_("This is the newest version, {version}.").format(version=__version__), tone="ok")

    def _fail(self, trouble: TwinError) -> None:
        if self._by_hand:  # else nobody asked, and nobody needs to know
            self._window.notice.say(str(trouble), (_("Try again"), self.look), tone="warning")


def _address() -> str:
    try:
        return Settings.load().update_url
    except TwinError:  # told where the settings are needed
        return ""
