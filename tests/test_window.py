"""The window, on a display without a screen: each test starts a program of its own, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import districts

from twin import district
from ui import window

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent

LOOK = """
import sys
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from ui.__main__ import main

app = QApplication(["twin"])


def look():
    shown = [widget for widget in app.topLevelWidgets() if widget.isVisible()]
    if not (shown and shown[0].scene):
        return
    clock.stop()
    (window,) = shown
    before = window.scene.view
    QTest.mousePress(window.view, Qt.LeftButton, pos=QPoint(400, 300))
    QTest.mouseMove(window.view, QPoint(480, 300))
    QTest.mouseRelease(window.view, Qt.LeftButton, pos=QPoint(480, 300))
    QTest.keyClicks(window.view, "wqv")
    app.processEvents()
    print(window.windowTitle())
    print(*(label.text() for label in window.findChildren(QLabel) if label.isVisible()))
    print("turned" if window.scene.view.position != before.position else "stuck")
    print("upright" if window.scene.view.up[2] > 0.1 else "tilted")
    QGuiApplication.primaryScreen().grabWindow(0).save(sys.argv[2])
    window.close()


clock = QTimer(interval=20)
clock.timeout.connect(look)
clock.start()
sys.exit(main([sys.argv[1]]))
"""


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of somebody who has no display but what `changes` say."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | changes


if sys.platform == "linux":  # where a display can be had without a screen

    def test_that_the_window_shows_the_city_and_turns_it(tmp_path: Path, display: str) -> None:
        from PIL import Image

        city = tmp_path / "harbour.twin"
        district.save(city, districts.district())
        picture = tmp_path / "screen.png"
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(city), str(picture)],
            env=environment(DISPLAY=display),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.stderr == ""
        assert done.stdout.splitlines() == [
            "Little Harbour – District Twin",
            "© OpenStreetMap contributors",
            "turned",
            "upright",
        ]
        assert done.returncode == 0
        with Image.open(picture) as screen:
            view = screen.convert("RGB").crop((0, 0, 1280, 740))
            assert len(view.getcolors(view.width * view.height)) > 200  # neither blank nor the bare background

    def test_that_without_a_display_one_sentence_says_what_to_do() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ui"], env=environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "twin render" in done.stderr


def test_that_a_missing_file_is_told_before_qt_starts(tmp_path: Path) -> None:
    script = f"import sys; from ui import window; code = window.show({str(tmp_path / 'gone.twin')!r}); "
    script += "assert 'PySide6' not in sys.modules; sys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(DISPLAY=":0"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "gone.twin" in done.stderr


def test_that_wayland_is_reached_through_x(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "")
    monkeypatch.setenv("QT_API", "")
    window.require_display()
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"
