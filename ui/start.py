"""From a word on the command line to a window; Qt comes in only where a window can be had."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import assets
from twin import blackbox, district, file
from twin.cli.streams import complain, keep_fault, prepare_streams
from twin.language import _, speak
from twin.model import TwinError
from ui.asked import Asked
from ui.memory import recall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ui.memory import Memory


TURN_S = 0.0005


def show(words: Sequence[str]) -> int:
    """Open a window, and return the exit code once it is closed.

    What cannot be opened is told on stderr before Qt starts, with exit code 2.

    Parameters
    ----------
    words
        A file or `sample`; `open` and a place, coordinates or file as the open dialog takes them; without any,
        what was open last, and at the first start the sample.
    """
    began_s = time.monotonic()
    kept = recall()
    speak(*filter(None, [kept.language]))
    prepare_streams()
    try:
        require_display()
        what = _asked(words, kept)
    except TwinError as trouble:
        complain(str(trouble))
        return 2
    try:
        return run(what, kept, began_s)
    except Exception:  # noqa: BLE001  (the same edge as the command line's: a sentence, and the rest in the log)
        return keep_fault()


def _asked(words: Sequence[str], kept: Memory) -> Asked:
    if words and words[0] == "open":
        from ui import asked

        return asked.understand(" ".join(words[1:]))
    if words:
        named = Path(words[0])
        if named.suffix.lower() != ".twin" and named.is_file():
            from ui import asked

            return asked.of_file(named)
        path = district.path_of(words[0])
        file.read_info(path)
        return Asked(file=path)
    for recent in kept.recent[:1]:
        with suppress(TwinError):  # moved away or damaged since: no reason not to start
            path = Path(recent.path)
            file.read_info(path)
            return Asked(file=path)
    path = district.path_of(district.SAMPLE)
    file.read_info(path)
    return Asked(file=path)


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


def give_way() -> None:
    """Have other threads give way to the window's sooner than Python usually does.

    Qt lets go of the interpreter with every event, and gets it back when another thread's turn is over: after five
    milliseconds, many times a picture. With 10,000 readings a second coming in, the longest hundredth of the
    window's turns take 83 ms so, and 44 ms with turns of half a millisecond (`tests/bench/load.py --window`).
    """
    sys.setswitchinterval(TURN_S)


def run(what: Asked, kept: Memory, began_s: float) -> int:
    """Show what was asked for in a window until it is closed.

    Parameters
    ----------
    began_s
        When the program began, by the monotonic clock.
    """
    give_way()
    log = blackbox.crashed()
    with blackbox.watching() as watch:
        from PySide6.QtGui import QGuiApplication, QIcon
        from PySide6.QtWidgets import QApplication

        running = QApplication.instance()
        app = running if isinstance(running, QApplication) else QApplication(["twin"])
        app.setApplicationName("District Twin")
        QGuiApplication.setDesktopFileName("org.districttwin.DistrictTwin")  # how a Linux desktop knows whose it is
        QGuiApplication.setWindowIcon(QIcon(str(Path(assets.__file__).with_name("district-twin.svg"))))

        from ui import sign, theme

        theme.wear(app, theme.of(kept.theme))
        put_up = sign.put_up(app, theme.of(kept.theme)) if sign.is_wanted(kept.start_s) else None

        from ui.mishap import Mishaps
        from ui.window import Window

        window = Window()
        mishaps = Mishaps(window)
        watch.tell = mishaps.tell
        window.show()
        if put_up is not None:
            put_up.finish(window)
        window.help.started(time.monotonic() - began_s)
        window.open(what)
        if log is None:
            window.help.begin()
        else:
            mishaps.tell_of_last_time(log)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never comes back to Python to hear of a Ctrl-C
        return app.exec()
