"""From a word on the command line to a window; Qt comes in only where a window can be had."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from twin import district, file
from twin.cli.streams import complain, prepare_streams
from twin.language import _, speak
from twin.model import TwinError

if TYPE_CHECKING:
    from pathlib import Path


def show(word: str) -> int:
    """Open a window on a file or the sample, and return the exit code once it is closed.

    What cannot be opened is told on stderr before Qt starts, with exit code 2.
    """
    speak()
    prepare_streams()
    try:
        require_display()
        path = district.path_of(word)
        file.read_info(path)
    except TwinError as trouble:
        complain(str(trouble))
        return 2
    return run(path)


def require_display() -> None:
    """Make Qt use the display that there is.

    Raises
    ------
    TwinError
        Where there is none: Qt would end the process without a word about what to do.
    """
    os.environ["QT_API"] = "pyside6"  # another Qt on this machine is not ours
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return
    if os.environ.get("DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "xcb"  # on Wayland too, through Xwayland: there VTK and Qt agree on pixels
    elif not os.environ.get("WAYLAND_DISPLAY"):
        raise TwinError(
            _("There is no display here to open a window on; `twin render FILE -o PICTURE.png` draws a picture.")
        )


def run(path: Path) -> int:
    """Show a district in a window until it is closed."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(["twin"])
    app.setApplicationName("District Twin")

    from ui.window import Window

    window = Window()
    window.show()
    window.open(path)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never comes back to Python to hear of a Ctrl-C
    return app.exec()
