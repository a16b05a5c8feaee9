"""How long the window's thread is held: `xvfb-run -s "-screen 0 1366x768x24" python tests/bench/gaps.py [FILE]`.

Does what a planner does, on a file with a day (the sample with one, or FILE): opens it, opens raw map data, drops
the outline of an area, switches looks, colours, filters, hides, cuts, measures, saves, and scrubs the bar from end
to end. Prints JSON: for each, the longest stretch without a turn of the event loop; the same without the time of
drawing (the canvas's own paint, and the window put together from it); the most that the processor worked in one
without drawing, which other programs on the machine do not lengthen; and where the thread was for most of it.
"""

from __future__ import annotations

import collections
import json
import os
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
os.environ["QT_API"] = "pyside6"
for folder in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
    os.environ[folder] = tempfile.mkdtemp()

from PySide6.QtWidgets import QApplication  # noqa: E402
from recorded import file_with_a_day  # noqa: E402

from twin import district  # noqa: E402
from twin.settings import Settings  # noqa: E402
from ui.dialogs.opening import OpenDialog  # noqa: E402
from ui.panels.colour import Filter  # noqa: E402
from ui.start import give_way  # noqa: E402
from ui.window import Window  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

SCRUBS = 300
_GLANCE_S = 0.002
_WORTH_TELLING_MS = 20.0


class Watch:
    """Turns the event loop, and keeps the longest turn, less what was spent on drawing in it."""

    def __init__(self, app: QApplication, window: Window) -> None:
        self._app, self._drawn_s, self._drawn_work_s, self._drawing = app, 0.0, 0.0, False
        self._seen: collections.defaultdict[str, float] = collections.defaultdict(float)
        self._main, self._over = threading.get_ident(), threading.Event()
        canvas: Any = window.view._canvas
        paint = canvas.paintGL

        def timed() -> None:
            begin, begin_work = time.perf_counter(), time.thread_time()
            self._drawing = True
            paint()
            self._drawing = False
            self._drawn_s += time.perf_counter() - begin
            self._drawn_work_s += time.thread_time() - begin_work

        canvas.paintGL = timed
        canvas.aboutToCompose.connect(self._begin_drawing)
        canvas.frameSwapped.connect(self._end_drawing)
        self._begun: tuple[float, float] | None = None
        self._glances = threading.Thread(target=self._glance)
        self._glances.start()
        self.reset()

    def close(self) -> None:
        """End the thread that looks where the other one is."""
        self._over.set()
        self._glances.join()

    def reset(self) -> None:
        """Forget all turns so far."""
        self.longest_ms = self.longest_without_drawing_ms = self.most_worked_ms = 0.0
        self._where = ""

    def turn(self, act: Callable[[], object] | None = None) -> None:
        """Take one turn, with something done in it."""
        self._seen.clear()
        begin, drawn_s = time.perf_counter(), self._drawn_s
        begin_work, drawn_work_s = time.thread_time(), self._drawn_work_s
        if act is not None:
            act()
        self._app.processEvents()
        held_ms = (time.perf_counter() - begin) * 1000
        self.longest_ms = max(self.longest_ms, held_ms)
        worked_s = time.thread_time() - begin_work - (self._drawn_work_s - drawn_work_s)
        self.most_worked_ms = max(self.most_worked_ms, worked_s * 1000)
        without = held_ms - (self._drawn_s - drawn_s) * 1000
        if without > self.longest_without_drawing_ms:
            self.longest_without_drawing_ms = without
            seen = sorted(self._seen.items(), key=lambda one: -one[1])[:9]
            self._where = " ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in seen)

    def until(self, done: Callable[[], object], *, turns_after: int = 30) -> None:
        """Turn until something is so, and for a while longer."""
        while not done():
            self.turn()
            time.sleep(0.001)  # a window that waits leaves the processor to its workers
        for _turn in range(turns_after):
            self.turn()
            time.sleep(0.01)

    def told(self) -> dict[str, float | str]:
        """Return what was found since the last `reset`, rounded, and begin anew."""
        found: dict[str, float | str] = {
            "longest_ms": round(self.longest_ms, 1),
            "without_drawing_ms": round(self.longest_without_drawing_ms, 1),
            "worked_ms": round(self.most_worked_ms, 1),
        }
        if self.longest_without_drawing_ms > _WORTH_TELLING_MS:
            found["where_ms"] = self._where
        self.reset()
        return found

    def _begin_drawing(self) -> None:
        self._begun, self._drawing = (time.perf_counter(), time.thread_time()), True

    def _end_drawing(self) -> None:
        if self._begun is not None:
            self._drawn_s += time.perf_counter() - self._begun[0]
            self._drawn_work_s += time.thread_time() - self._begun[1]
            self._begun, self._drawing = None, False

    def _glance(self) -> None:
        """Count for how long the window's thread is at which of the program's own lines."""
        before_s = time.perf_counter()
        while not self._over.wait(_GLANCE_S):
            now_s = time.perf_counter()
            since_s, before_s = now_s - before_s, now_s
            frame = sys._current_frames().get(self._main)
            names = []
            while frame is not None:
                path = Path(frame.f_code.co_filename)
                if path.is_relative_to(ROOT) and path != Path(__file__):
                    names.append(f"{path.stem}.{frame.f_code.co_name}:{frame.f_lineno}")
                frame = frame.f_back
            if not self._drawing:
                for name in set(names) or {"?"}:
                    self._seen[name] += since_s


def main() -> None:
    """Measure and print."""
    app = QApplication(["twin"])
    give_way()
    window = Window()
    window.show()
    folder = Path(tempfile.mkdtemp())
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else _sample_with_a_day(folder / "sample.twin")
    watch = Watch(app, window)
    found = {}
    try:
        watch.until(lambda: True)
        watch.reset()
        replay, view, exploring = window.replay, window.view, window.exploring

        def busy() -> bool:
            jobs = (window._tables, exploring._indices, exploring._colourings, exploring._qualities)
            return any(job.running for job in jobs) or view.shading or view.moving or view._flight is not None

        window.open(path)
        watch.until(lambda: replay.strips is not None)
        found["opening"] = watch.told()

        raw = ROOT.parent / "shared" / "osm" / "nyc_lower_east_side.osm.pbf"
        if raw.exists():
            watch.turn(lambda: window.doors.open_file(raw))
            watch.until(lambda: window.doors.opened is not None and window.doors.opened.path != path, turns_after=0)
            watch.until(lambda: not busy(), turns_after=60)
            found["opening raw map data"] = watch.told()
            watch.turn(lambda: window.open(path))
            watch.until(lambda: replay.strips is not None)
            found["opening again"] = watch.told()

        outline = folder / "outline.geojson"
        outline.write_text(json.dumps(_square(24.94, 60.17)), encoding="utf-8")
        dialog = OpenDialog(window, Settings.load(), (), window._theme)
        dialog.show()
        watch.until(lambda: True)
        watch.reset()
        watch.turn(lambda: dialog.line.setText(str(outline)))
        watch.until(lambda: dialog._asked is not None)
        found["outline of an area"] = watch.told()
        dialog.reject()

        for name, act in _deeds(window):
            watch.turn(act)
            watch.until(lambda: not busy())
            found[name] = watch.told()

        target = folder / "saved.twin"
        watch.turn(lambda: window.doors._save(target))
        watch.until(lambda: window.doors.opened is not None and window.doors.opened.path == target)
        found["saving"] = watch.told()

        start, end = replay.shown_span
        for step in range(SCRUBS):
            t = start + (end - start) * step / SCRUBS
            watch.turn(lambda t=t: replay.seek(t))
        found["scrubbing"] = watch.told()
    finally:
        watch.close()
    print(json.dumps(found, indent=1))
    window.close()


def _deeds(window: Window) -> list[tuple[str, Callable[[], object]]]:
    exploring, view = window.exploring, window.view
    return [
        *((f"look: {look}", partial(window.showing.wear, look)) for look in ("night", "real", "model")),
        ("colouring by height", lambda: exploring.colour_by("height")),
        ("filter by height", lambda: exploring.filter(Filter(low=12.0, high=25.0))),
        ("filter, no more", lambda: exploring.filter(Filter())),
        ("colouring by kind", lambda: exploring.colour_by("kind")),
        ("colouring, no more", lambda: exploring.colour_by("")),
        ("hiding buildings", lambda: window.showing.show("buildings", False)),
        ("showing buildings", lambda: window.showing.show("buildings", True)),
        ("cutting", lambda: exploring.cut.begin("upright")),
        ("turning the cut", lambda: exploring.cut.turn_to(70.0)),
        ("clearing the cut", exploring.cut.clear),
        ("measuring", lambda: exploring.measure.begin("area")),
        ("measuring, no more", exploring.measure.end),
        ("finding", exploring.palette.open),
        ("picking", lambda: window.picking.pick("buildings", 12)),
        ("dark window", window.commands["theme"].trigger),
        ("light window", window.commands["theme"].trigger),
        ("flying", lambda: view.fly("top")),
    ]


def _square(lon: float, lat: float) -> dict[str, object]:
    ring = [(lon, lat), (lon + 0.01, lat), (lon + 0.01, lat + 0.01), (lon, lat + 0.01), (lon, lat)]
    return {"type": "Polygon", "coordinates": [ring]}


def _sample_with_a_day(path: Path) -> Path:
    town = district.open_district(district.sample())
    return file_with_a_day(path, town, hours=24.0, detectors=60, stations=8)


if __name__ == "__main__":
    main()
