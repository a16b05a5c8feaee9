"""The window: a district to look at, turned with the mouse."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, cast

from twin import district, file
from twin.cli.streams import complain, prepare_streams
from twin.language import _, speak
from twin.model import CREDIT, City, TwinError

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QShowEvent
    from PySide6.QtWidgets import QMainWindow

    from twin.scene import Scene

SIZE_PX = (1280, 800)
PAPER = "#efede8"
_KEY_EVENTS = ("KeyPressEvent", "CharEvent")


def show(word: str) -> int:
    """Open a window on a file or the sample, and return the exit code once it is closed.

    What cannot be opened is told on stderr before Qt starts, with exit code 2.
    """
    speak()
    prepare_streams()
    try:
        require_display()
        path = district.path_of(word)
        city = district.open_city(path)
        name = file.read_info(path)["name"]
    except TwinError as trouble:
        complain(str(trouble))
        return 2
    return run(city, name)


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


def run(city: City, name: str) -> int:
    """Show a city in a window until it is closed."""
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(["twin"])
    app.setApplicationName("District Twin")
    window = window_on(city, name)
    window.show()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop never comes back to Python to hear of a Ctrl-C
    return app.exec()


def window_on(city: City, name: str) -> QMainWindow:
    """Return a window on a city, not yet shown."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QLabel, QMainWindow
    from pyvistaqt import QtInteractor

    class Window(QMainWindow):
        """One district, its name above it and its credit below."""

        def __init__(self) -> None:
            super().__init__()
            self.setWindowTitle(_("{district} – District Twin").format(district=name))
            self.resize(*SIZE_PX)
            # A window that draws whether anything changed or not would keep a laptop busy for nothing.
            self.view = cast("Any", QtInteractor(self, auto_update=False, multi_samples=0, lighting="none"))
            self.view.setAcceptDrops(False)  # pyvista would read any file that is dropped
            self.view.set_background(PAPER)
            self.view.enable_terrain_style(mouse_wheel_zooms=True)
            for event in _KEY_EVENTS:  # letters of pyvista and VTK: wireframe, isometric view, quit
                self.view.iren.interactor.RemoveObservers(event)
            self.setCentralWidget(self.view)
            self.statusBar().addPermanentWidget(QLabel(CREDIT))
            self.scene: Scene | None = None

        def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's word)
            super().showEvent(event)
            if self.scene is None:
                QTimer.singleShot(0, self.place)

        def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
            if self.scene is not None:
                self.scene.close()
            self.view.close()
            super().closeEvent(event)

        def place(self) -> None:
            """Show the city from its best side, which depends on the shape that the window has by now."""
            from twin.scene import Scene

            scene = self.scene = Scene(self.view)
            scene.place(city)
            scene.render()
            # A large city has its shadows only near where one looks.
            self.view.iren.add_observer("EndInteractionEvent", lambda *_event: scene.fly(scene.view))

    return Window()
