"""Take the pictures of the window for the README: `xvfb-run -s "-screen 0 1440x900x24" python packaging/pictures.py`.

It drives the real window on the sample, with settings and library of nobody, and writes `assets/pictures/window*.png`
in 256 colours. `--all FOLDER` takes every state of the window instead, for whoever looks them over. The picture of
live feeds wants mosquitto: two brokers to which the sample's day is published, one of which dies.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SIZE = (1440, 900)
LARGEST_BYTES = 400_000
LIVE_S = 8.0


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="take every state, as large as it is")
    arguments = parser.parse_args()
    os.environ["QT_API"] = "pyside6"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        folder = arguments.all or ROOT / "assets" / "pictures"
        folder.mkdir(parents=True, exist_ok=True)
        take(folder, every=arguments.all is not None)


def take(folder: Path, *, every: bool) -> None:
    """Drive the window from state to state."""
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    from twin import district
    from twin.model import Progress
    from twin.sources import Connection
    from ui import theme
    from ui.dialogs.connection import ConnectionDialog
    from ui.panels.colour import Filter
    from ui.window import Window

    app = QApplication(["twin"])
    window = Window()
    window.resize(*SIZE)
    window.show()
    view, exploring = window.view, window.exploring

    def wait(done: Callable[[], bool], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not done() and time.monotonic() < end:
            app.processEvents()
            time.sleep(0.01)

    def rest() -> None:
        end = time.monotonic() + 1.5  # longer than any flight, and what follows it
        wait(lambda: time.monotonic() > end)

    def shoot(name: str, *, kept: bool = False) -> None:
        if every or kept:
            rest()
            keep(window.grab().toImage(), folder / f"{name}.png", whole=every)

    window.open(district.sample())
    wait(lambda: window.windowTitle().startswith("Helsinki"))
    wait(exploring.colour.isEnabled)  # the tables are read
    shoot("first-light")
    window.welcome.hide()
    window.wear(theme.DARK)
    window.showing.wear("night")
    shoot("window-dark", kept=True)
    window.wear(theme.LIGHT)
    window.showing.wear("real")
    shoot("real")
    window.showing.wear("model")
    picked = view.look(QPointF(view.width() * 0.5, view.height() * 0.62))
    if picked is not None and picked.row is not None:
        window.picking.pick(picked.kind, picked.row)
    shoot("window", kept=True)
    window.picking.unpick()
    exploring.colour_by("height")
    wait(lambda: exploring.colouring is not None)
    shoot("window-colours", kept=True)
    exploring.filter(Filter(low=20.0))
    shoot("filter")
    exploring.colour_by("")
    exploring.measure.begin("distance")
    for across, down in ((0.22, 0.74), (0.72, 0.66)):
        exploring.measure.click(view.look(QPointF(view.width() * across, view.height() * down)))
    exploring.measure.finish()
    exploring.measure.begin("area")
    for across, down in ((0.05, 0.8), (0.2, 0.62), (0.3, 0.64), (0.2, 0.85)):
        exploring.measure.click(view.look(QPointF(view.width() * across, view.height() * down)))
    exploring.measure.finish()
    exploring.measure.end()
    shoot("window-measure", kept=True)
    exploring.measure.clear()
    exploring.cut.turn()
    shoot("cut")
    exploring.cut.clear()
    view.lend(None)
    with feeds() as (addresses, end):
        for name, address in addresses.items():
            window.feeds.add(Connection(name, "mqtt", address))
            for dialog in window.findChildren(ConnectionDialog):
                if dialog.isVisible():
                    dialog.take()
            app.processEvents()
        wait(lambda: window.replay.session is not None and len(window.replay.session.layers) > 1)
        begun = time.monotonic()
        wait(lambda: time.monotonic() > begun + LIVE_S)
        end()
        wait(lambda: time.monotonic() > begun + 2 * LIVE_S)
        window.feeds.panel_wished.emit()
        shoot("window-live", kept=True)
        window.feeds.leave()
    window.working.begin("Getting Kallio, Helsinki")
    window.working.show_progress(Progress("Asking overpass-api.de: query 2 of 4", 3.1, 9.0, "MB"))
    window.working.show()
    window.notice.say("Overpass is busy (429). Trying again in 34 s.", ("Try again", lambda: None))
    shoot("download-and-error")
    window.resize(1366, 768)
    shoot("common-screen")
    window.resize(1024, 640)
    shoot("small")
    window.working.end()
    window.notice.hide()
    window.close()


@contextmanager
def feeds() -> Iterator[tuple[dict[str, str], Callable[[], None]]]:
    """Have the sample's morning published to two brokers; yields names and addresses, and what ends the second."""
    broker = shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if broker is None:
        message = "mosquitto is missing: install the package of that name"
        raise SystemExit(message)
    with ExitStack() as running:
        addresses, processes = {}, []
        for name, layer in (("Detectors of the centre", "traffic"), ("Air stations", "air")):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            url = f"mqtt://127.0.0.1:{port}"
            twin = [sys.executable, "-m", "ui", "publish", "sample", "--to", url, "--layers", layer]
            for command in ([broker, "-p", str(port)], [*twin, "--speed", "300", "--from", "07:00", "--loop"]):
                quiet = subprocess.DEVNULL
                processes.append(subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet))
                running.callback(processes[-1].wait)
                running.callback(processes[-1].kill)
                time.sleep(0.5)
            addresses[name] = f"{url}/twin/#"
        yield addresses, processes[2].kill


def keep(image: QImage, path: Path, *, whole: bool) -> None:
    """Write a picture of the window, in few colours where it is to be small."""
    import numpy as np
    from PIL import Image

    plain = image.convertToFormat(image.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    picture = Image.fromarray(rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy())
    if not whole:
        picture = picture.quantize(256, kmeans=3, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    if not whole and path.stat().st_size > LARGEST_BYTES:
        message = f"{path.name} has {path.stat().st_size:,} bytes"
        raise ValueError(message)


if __name__ == "__main__":
    main()
