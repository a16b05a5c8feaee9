"""The program's own mistakes, told in the window: at once where it goes on, at the next start where it could not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from twin import blackbox
from twin.language import _

if TYPE_CHECKING:
    from pathlib import Path

    from ui.window import Window


class Mishaps(QObject):
    """Tells a window's user what went wrong within the program, with the way to the log. `tell` is for any thread."""

    _happened = Signal()

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._happened.connect(self._say, Qt.ConnectionType.QueuedConnection)

    def tell(self) -> None:
        """Say that the program made a mistake and goes on."""
        self._happened.emit()

    def tell_of_last_time(self, log: Path) -> None:
        """Say that the program did not end well the last time."""
        sentence = _("District Twin broke off last time; {path} tells where.").format(path=log)
        self._window.notice.say(sentence, (_("Open its folder"), open_folder), tone="warning")

    def _say(self) -> None:
        path = blackbox.log_file()
        if path.exists():
            sentence = _("The program made a mistake; {path} tells where.").format(path=path)
            self._window.notice.say(sentence, (_("Open its folder"), open_folder))
        else:
            self._window.notice.say(_("The program made a mistake; run it again with TWIN_DEBUG=1 to see where."))


def open_folder() -> None:
    """Open the folder of the log in the system's own window for folders."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(blackbox.folder())))
