"""Frames of the real view on this display: `xvfb-run -s "-screen 0 1366x768x24" python tests/bench/frames.py`.

Prints JSON: how fast the sample orbits at 1280x720 in each look, how long a picture at rest takes, how much of the
processor a view that nobody touches takes, what hovering costs. The floor is a plain, unlit mesh of the same
triangles, drawn by the same widget in the same run, in all the screen's pixels.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
os.environ["QT_API"] = "pyside6"

import numpy as np  # noqa: E402
from PySide6.QtCore import QPointF  # noqa: E402
from PySide6.QtWidgets import QApplication, QMainWindow  # noqa: E402

from twin import district  # noqa: E402
from ui import steering  # noqa: E402
from ui.view import CityView  # noqa: E402

WARM, COUNTED = 40, 60


class Stopwatch:
    """Waits for frames of a view, and keeps when each of them was on the screen."""

    def __init__(self, app: QApplication, view: CityView) -> None:
        self._app, self.at_s = app, list[float]()
        view._canvas.frameSwapped.connect(lambda: self.at_s.append(time.perf_counter()))

    def frame(self) -> None:
        """Wait until one more frame is on the screen."""
        seen = len(self.at_s)
        while len(self.at_s) == seen:
            self._app.processEvents()

    def settle(self, seconds: float) -> None:
        """Let the program do what it wants for a while."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._app.processEvents()
            time.sleep(0.005)


def frames_per_second(watch: Stopwatch, move: Any) -> dict[str, float]:
    """Move frame by frame, first until the pace is found, then measured."""
    for _ in range(WARM):
        move()
        watch.frame()
    begin = len(watch.at_s)
    for _ in range(COUNTED):
        move()
        watch.frame()
    spans = np.diff(watch.at_s[begin - 1 :])
    return {
        "frames_per_second": round(1 / statistics.mean(spans), 1),
        "slowest_tenth_ms": round(float(np.percentile(spans, 90)) * 1e3, 1),
    }


def main() -> None:
    """Measure and print."""
    app = QApplication(["twin"])
    window = QMainWindow()
    view = CityView(window)
    window.setCentralWidget(view)
    window.resize(1280, 720)
    window.show()
    watch = Stopwatch(app, view)
    while not view._canvas.isValid():
        app.processEvents()
    city = district.open_city("sample")
    view.place(city)
    watch.frame()
    report: dict[str, Any] = {"cores": os.cpu_count(), "size": list(view.scene.size)}
    middle = view.scene.views("hero").focal_point

    def turn() -> None:
        view.go(steering.orbit(view.view, middle, 2.0, 0.0), whole=True)

    for look in ("model", "real", "night"):
        view.fly("hero", animated=False)
        view.dress(look)
        report[look] = frames_per_second(watch, turn)
        report[look]["share"] = view._pace.share
        watch.settle(0.6)
        spans = []
        for _ in range(5):
            start = time.perf_counter()
            view.draw()
            watch.frame()
            spans.append(time.perf_counter() - start)
        report[look]["at_rest_ms"] = round(statistics.median(spans) * 1e3, 1)
    watch.settle(0.6)

    spans, random = [], np.random.default_rng(3)
    for x, y in random.uniform((0, 0), (view.width(), view.height()), (200, 2)):
        start = time.perf_counter()
        view.look(QPointF(x, y))
        spans.append(time.perf_counter() - start)
    report["look_ms"] = {str(p): round(float(np.percentile(spans, p)) * 1e3, 2) for p in (50, 90, 100)}

    drawn, before, start = len(watch.at_s), time.process_time(), time.perf_counter()
    watch_end = start + 3.0
    while time.perf_counter() < watch_end:
        app.processEvents()
        time.sleep(0.02)
    report["idle"] = {
        "frames": len(watch.at_s) - drawn,
        "processor": round((time.process_time() - before) / (time.perf_counter() - start), 3),
    }
    report["plain"] = plain(app, city)
    for look in ("model", "real", "night"):
        report[look]["to_plain"] = round(report[look]["frames_per_second"] / report["plain"]["frames_per_second"], 2)
    view.close()
    window.close()
    print(json.dumps(report, indent=2))


def plain(app: QApplication, city: Any) -> dict[str, float]:
    """Turn about the same triangles, unlit and of one colour."""
    from twin.props import actor_of

    window = QMainWindow()
    view = CityView(window)
    window.setCentralWidget(view)
    window.resize(1280, 720)
    window.show()
    watch = Stopwatch(app, view)
    while not view._canvas.isValid():
        app.processEvents()
    kept = []
    for mesh in city.meshes.values():
        actor, _scalars, arrays = actor_of(mesh.points, mesh.triangles, np.full((len(mesh.points), 4), 200, np.uint8))
        view._canvas.renderer.AddActor(actor)
        kept.append(arrays)
    eye = view._canvas.renderer.GetActiveCamera()
    eye.SetFocalPoint(0, 0, 0)
    eye.SetViewUp(0, 0, 1)
    step = [0]

    def turn() -> None:
        step[0] += 1
        angle = math.radians(2 * step[0])
        eye.SetPosition(900 * math.sin(angle), 900 * math.cos(angle), 350)
        view.draw()

    found = frames_per_second(watch, turn)
    view.close()
    window.close()
    return found


if __name__ == "__main__":
    main()
