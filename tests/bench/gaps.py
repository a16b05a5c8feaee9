"""How long the window's thread is held: `xvfb-run -s "-screen 0 1366x768x24" python tests/bench/gaps.py [FILE]`.

Prints JSON: the longest stretch without a turn of the event loop while a file with a day is opened and read, and
while its bar is scrubbed from end to end; with the time of drawing (the canvas's own paint) and without it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ["QT_API"] = "pyside6"
for folder in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
    os.environ[folder] = tempfile.mkdtemp()

from PySide6.QtWidgets import QApplication  # noqa: E402
from recorded import harbour_with_a_day  # noqa: E402

from ui.window import Window  # noqa: E402

SCRUBS = 300


class Watch:
    """Turns the event loop, and keeps the longest turn, less what was spent on drawing in it."""

    def __init__(self, app: QApplication, window: Window) -> None:
        self._app, self._drawn_s = app, 0.0
        canvas: Any = window.view._canvas
        paint = canvas.paintGL

        def timed() -> None:
            begin = time.perf_counter()
            paint()
            self._drawn_s += time.perf_counter() - begin

        canvas.paintGL = timed
        self.reset()

    def reset(self) -> None:
        """Forget all turns so far."""
        self.longest_ms = self.longest_without_drawing_ms = 0.0

    def turn(self, act: Any = None) -> None:
        """Take one turn, with something done in it."""
        begin, drawn_s = time.perf_counter(), self._drawn_s
        if act is not None:
            act()
        self._app.processEvents()
        held_ms = (time.perf_counter() - begin) * 1000
        self.longest_ms = max(self.longest_ms, held_ms)
        without = held_ms - (self._drawn_s - drawn_s) * 1000
        self.longest_without_drawing_ms = max(self.longest_without_drawing_ms, without)

    def told(self) -> dict[str, float]:
        """Return both, rounded."""
        return {
            "longest_ms": round(self.longest_ms, 1),
            "without_drawing_ms": round(self.longest_without_drawing_ms, 1),
        }


def main() -> None:
    """Measure and print."""
    app = QApplication(["twin"])
    window = Window()
    window.show()
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else harbour_with_a_day(Path(tempfile.mkdtemp()) / "harbour.twin")
    watch = Watch(app, window)
    for _turn in range(20):
        watch.turn()
    watch.reset()
    window.open(path)
    replay = window.replay
    while replay.strips is None:
        watch.turn()
    found = {"opening": watch.told()}
    for _turn in range(50):
        watch.turn()
    watch.reset()
    start, end = replay.shown_span
    for step in range(SCRUBS):
        t = start + (end - start) * step / SCRUBS
        watch.turn(lambda t=t: replay.seek(t))
    found["scrubbing"] = watch.told()
    print(json.dumps(found, indent=1))
    window.close()


if __name__ == "__main__":
    main()
