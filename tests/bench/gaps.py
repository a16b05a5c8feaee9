"""How long the window is deaf while a district opens: `xvfb-run python tests/bench/gaps.py FILE.twin`.

Prints JSON: the longest times between two turns of the event loop, from the wish to open until the tables are read,
and how long each of the window's own steps took; pictures that were drawn meanwhile are counted apart.
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
sys.path.insert(0, str(ROOT))
os.environ["QT_API"] = "pyside6"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as own:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = own
        measure(Path(sys.argv[1]))


def measure(path: Path) -> None:
    """Open a file in the real window."""
    from PySide6.QtWidgets import QApplication

    from twin.scene import Scene
    from ui.exploring import Exploring
    from ui.view import CityView
    from ui.window import Window

    app = QApplication(["twin"])
    window = Window()
    window.resize(1280, 720)
    window.show()
    for _ in range(20):
        app.processEvents()
    steps: dict[str, float] = {}
    for owner, name in ((Scene, "place"), (CityView, "place"), (Window, "_show_city"), (Window, "_take_tables"),
                        (Exploring, "show_district")):  # fmt: skip
        _timed(owner, name, steps)
    drawing_s = [0.0]
    begun_s = [0.0]
    graphics = window.view.scene._window
    graphics.AddObserver("StartEvent", lambda *_: begun_s.__setitem__(0, time.perf_counter()))
    graphics.AddObserver(
        "EndEvent", lambda *_: drawing_s.__setitem__(0, drawing_s[0] + time.perf_counter() - begun_s[0])
    )
    gaps: list[tuple[float, float]] = []
    window.open(path)
    end = time.perf_counter() + 120
    while window._district is None and time.perf_counter() < end:
        start_s, drawn_s = time.perf_counter(), drawing_s[0]
        app.processEvents()
        drawn_s = drawing_s[0] - drawn_s
        gaps.append((time.perf_counter() - start_s - drawn_s, drawn_s))
        time.sleep(0.001)
    gaps.sort(reverse=True)
    report = {
        "deaf_ms": [round(1e3 * gap) for gap, _drawn in gaps[:5]],
        "over_50_ms": sum(gap > 0.05 for gap, _drawn in gaps),
        "longest_picture_ms": round(1e3 * max(drawn for _gap, drawn in gaps)),
        "steps_ms": {name: round(1e3 * taken) for name, taken in steps.items()},
    }
    window.close()
    print(json.dumps(report, indent=2))


def _timed(owner: Any, name: str, steps: dict[str, float]) -> None:
    plain = getattr(owner, name)

    def timed(self: Any, *args: Any, **how: Any) -> Any:
        start_s = time.perf_counter()
        found = plain(self, *args, **how)
        steps[f"{owner.__name__}.{name}"] = time.perf_counter() - start_s
        return found

    setattr(owner, name, timed)


if __name__ == "__main__":
    main()
