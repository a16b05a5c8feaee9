"""How long a start takes, from source and frozen: `python tests/bench/startup.py [--frozen PROGRAM]` prints JSON.

Seconds from the program's start to its sign, to its window, and to the city of the sample in it, on a display without a
screen, and how much of that a processor worked for it; and those of `twin --version`, which are Python's and the
disk's alone. Programs take turns, each starts once before anything is counted, and of several rounds the median
counts: a start has no fastest case worth telling.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

from screen import Seen, a_display  # noqa: E402 - the folder of what is packaged, which is no package


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure starts.")
    parser.add_argument("--frozen", type=Path, default=ROOT / "dist" / "district-twin" / "twin")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    programs = {"source": [sys.executable, "-m", "ui"]}
    if asked.frozen.is_file():
        programs["frozen"] = [str(asked.frozen.resolve())]
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    with tempfile.TemporaryDirectory() as scratch, a_display() as display:
        for number in range(asked.rounds + 1):
            for name, command in programs.items():
                figures = start(command, display, Path(scratch))
                if number:
                    rounds[name].append(figures)
    medians = {
        name: {key: round(statistics.median(one[key] for one in taken), 2) for key in taken[0]}
        for name, taken in rounds.items()
    }
    found: dict[str, object] = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), **medians}
    if "frozen" in medians:
        found["frozen_to_source"] = {
            key: round(medians["frozen"][key] / seconds, 2) for key, seconds in medians["source"].items()
        }
    print(json.dumps(found, indent=2))


def start(command: list[str], display: str, scratch: Path) -> dict[str, float]:
    """Return the seconds of one start as somebody who has a home of his own."""
    environment = {**os.environ, "HOME": str(scratch), "PYTHONPATH": str(ROOT)}
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    began = time.perf_counter()
    subprocess.run([*command, "--version"], env=environment, check=True, stdout=subprocess.DEVNULL)
    version_s = time.perf_counter() - began
    window = Seen([*command, "sample"], environment, display, scratch / "window.xwd")
    try:
        sign_s = window.until_anything()
        window_s = window.until_window()
        reckoned_s = processor_s(window.process.pid)
        return {
            "version_s": version_s,
            "sign_s": sign_s,
            "window_s": window_s,
            "window_processor_s": reckoned_s,
            "city_s": window.until_city(),
            "city_processor_s": processor_s(window.process.pid),
        }
    finally:
        window.end()


def processor_s(process: int) -> float:
    """Return how long processors have worked for a process: what a busy machine leaves alone."""
    told = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
