"""What tests of the window share: a program of its own for each, driven by a script on a display without a screen."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TOUR = """
import sys
import time
import warnings
from pathlib import Path
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

app = QApplication(["twin"])
from ui.window import Window

window = Window()
window.show()


def wait(done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "waited in vain"
        app.processEvents()
        time.sleep(0.01)


def words(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def screen():
    app.processEvents()
    return QGuiApplication.primaryScreen().grabWindow(0).toImage()


def press(name):
    QTest.mouseClick(window.findChild(QWidget, name), Qt.LeftButton)


def named(verb):
    return next(one for one in window.findChildren(QPushButton) if one.text() == verb and one.isVisible())


def take(verb):
    QTest.mouseClick(named(verb), Qt.LeftButton)


def titled(start):
    return lambda: window.windowTitle().startswith(start)

"""

OPENING = """
window.open(Path(sys.argv[1]))
wait(lambda: window.windowTitle().startswith("Little Harbour"))
"""


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of somebody who has no display but what `changes` say."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | changes


def walk(script: str, display: str, *arguments: Path | str, **changes: str) -> list[str]:
    """Run a script on a window of its own and return what it printed; it must end well and without complaint."""
    with tempfile.TemporaryDirectory() as own:  # what one window remembers is no other's business
        folders = dict.fromkeys(("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), own)
        done = subprocess.run(
            [sys.executable, "-c", TOUR + script, *map(str, arguments)],
            env=environment(DISPLAY=display, QT_API="pyside6", QT_QPA_PLATFORM="xcb", **(folders | changes)),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
    assert done.stderr == "", done.stderr
    assert done.returncode == 0
    return done.stdout.splitlines()
