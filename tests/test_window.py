"""The window, on a display without a screen: each test starts a program of its own, as a person does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import districts
import pytest
from windows import OPENING, ROOT, environment, walk

from twin import district
from ui import start

if TYPE_CHECKING:
    from pathlib import Path

BAR = """
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QWidget
from ui import theme
from ui.over.keycard import KeyCard
from ui.topbar import MIDDLE_PX, TopBar

app = QApplication([])
app.setStyleSheet(theme.style_sheet(theme.LIGHT))
bar, box = TopBar(), QLineEdit()
bar.put_in_the_middle(box)
bar.add(QAction(theme.icon("folder-open", theme.LIGHT.text), "Open district"), named=True)
bar.show_district("Helsinki", "2 days old", "")
bar.show_look("model", possible=True)
bar.show()
looks = bar.findChild(QWidget, "looks")
for width in (1366, 1000, 700):
    bar.resize(width, bar.height())
    app.processEvents()
    assert bar.width() == width
    assert 72 <= box.x() and box.geometry().right() < looks.x(), width
    assert looks.geometry().right() < width
    if width == 1366:
        assert box.width() == MIDDLE_PX and abs(2 * box.geometry().center().x() - width) < 8

window = QWidget()
card = KeyCard(window)
window.resize(900, 500)
window.show()
card.show_keys({f"Group {i}": [(f"Ctrl+{j}", "Do something of some length") for j in range(9)] for i in range(4)})
app.processEvents()
scroll = card.findChild(QScrollArea)
assert window.rect().contains(card.geometry()) and card.rect().contains(scroll.geometry())
assert scroll.horizontalScrollBar().maximum() == 0 < scroll.verticalScrollBar().maximum()
"""

LOOK = """
middle = window.view.rect().center()
middle = window.view.mapToGlobal(middle)


def hues():
    shot = screen()
    return {shot.pixel(middle + QPoint(x, 0)) for x in range(-300, 300)}


wait(lambda: len(hues()) > 20)
screen().save(sys.argv[2])
print(words(window.topbar)[0])
assert "© OpenStreetMap contributors" in words(window)
before = window.view.view
QTest.mousePress(window.view, Qt.LeftButton, pos=QPoint(400, 300))
QTest.mouseMove(window.view, QPoint(440, 300))
QTest.mouseMove(window.view, QPoint(480, 300))
QTest.mouseRelease(window.view, Qt.LeftButton, pos=QPoint(480, 300))
print("turned" if window.view.view.position != before.position else "stuck")
print("upright" if window.view.view.up[2] > 0.1 else "tilted")
window.close()
"""

PICK = """
window.picking.pick("buildings", 0)
wait(lambda: window.inspector.isVisible() and "On the map" in words(window.inspector))
print(*words(window.inspector), sep=" | ")
QTest.keyClick(window.view, Qt.Key_Escape)
print("inspector", window.inspector.isVisible())
window.picking.pick("buildings", 0)
window.showing.show("buildings", False)
print("inspector", window.inspector.isVisible())
window.close()
"""

DRESS = """
light = screen().pixelColor(20, 20).lightness()
press("theme")
wait(lambda: screen().pixelColor(20, 20).lightness() < 60)
print("dark after", "light" if light > 200 else "dark")
before = screen()
press("look-night")
wait(lambda: screen() != before)
row = next(row for row in window.showing.panel.findChildren(QPushButton) if row.accessibleName() == "Hide Buildings")
QTest.mouseClick(row, Qt.LeftButton)
print(row.accessibleName())
QTest.mouseClick(row, Qt.LeftButton)
print(row.accessibleName())
window.showing.show("buildings", False)
window.open(Path(sys.argv[1]))
wait(lambda: window.view.scene._things()["buildings"].actor.GetVisibility())
print("all of another city is shown")
wide = window.view.width()
press("fold")
wait(lambda: window.view.width() > wide)
window.close()
"""

DROP = """
wait(lambda: "No district is open" in words(window))


def drop(name):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(name)])
    with warnings.catch_warnings(action="ignore"):  # Qt 6.12 wants a point that 6.9 does not take
        enter = QDragEnterEvent(QPoint(400, 400), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    app.sendEvent(window, enter)
    assert enter.isAccepted()
    app.sendEvent(window, QDropEvent(QPointF(400, 400), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier))


drop(sys.argv[2])
wait(window.notice.isVisible)
print(window.notice.sentence)
drop(sys.argv[1])
wait(lambda: window.windowTitle().startswith("Little Harbour"))
print(window.notice.sentence)
drop(sys.argv[2])
wait(lambda: "bad.twin" in window.notice.sentence)
print(window.windowTitle())
window.close()
"""

AT_ONCE = """
window.open(Path(sys.argv[1]))
window.close()
import threading
print(threading.active_count())
"""


if sys.platform == "linux":  # where a display can be had without a screen

    @pytest.fixture
    def harbour(tmp_path: Path) -> Path:
        path = tmp_path / "harbour.twin"
        district.save(path, districts.district())
        return path

    def test_that_the_window_shows_the_city_and_turns_it(tmp_path: Path, harbour: Path, display: str) -> None:
        from PIL import Image

        picture = tmp_path / "screen.png"
        assert walk(OPENING + LOOK, display, harbour, picture) == ["Little Harbour", "turned", "upright"]
        with Image.open(picture) as screen:
            view = screen.convert("RGB").crop((300, 60, 1270, 740))
            assert len(view.getcolors(view.width * view.height)) > 200  # neither blank nor the bare background

    def test_that_the_inspector_comes_with_a_pick_and_goes_without(harbour: Path, display: str) -> None:
        told, *after = walk(OPENING + PICK, display, harbour)
        assert "Height" in told
        assert "On the map" in told
        assert after == ["inspector False", "inspector False"]

    def test_that_theme_look_and_layers_change_by_mouse(harbour: Path, display: str) -> None:
        assert walk(OPENING + DRESS, display, harbour) == [
            "dark after light",
            "Show Buildings",
            "Hide Buildings",
            "all of another city is shown",
        ]

    def test_that_a_dropped_file_opens_and_a_bad_one_is_told_in_a_line(
        tmp_path: Path, harbour: Path, display: str
    ) -> None:
        bad = tmp_path / "bad.twin"
        bad.write_bytes(b"no district at all")
        sentence, notice, title = walk(DROP, display, harbour, bad)
        assert "bad.twin" in sentence
        assert "bad.twin" not in notice
        assert title == "Little Harbour – District Twin"  # what was open stays open

    def test_that_a_window_closed_while_it_reads_leaves_nothing_behind(harbour: Path, display: str) -> None:
        assert walk(AT_ONCE, display, harbour) == ["1"]

    def test_that_the_program_opens_its_window_by_the_name_of_a_file(harbour: Path, display: str) -> None:
        script = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from ui.__main__ import main

app = QApplication(["twin"])


def look():
    titles = [widget.windowTitle() for widget in app.topLevelWidgets() if widget.isVisible()]
    if any(title.startswith("Little Harbour") for title in titles):
        clock.stop()
        print(*titles)
        app.closeAllWindows()


clock = QTimer(interval=20)
clock.timeout.connect(look)
clock.start()
sys.exit(main([sys.argv[1]]))
"""
        done = subprocess.run(
            [sys.executable, "-c", script, str(harbour)],
            env=environment(DISPLAY=display),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.stderr == ""
        assert done.stdout.splitlines() == ["Little Harbour – District Twin"]
        assert done.returncode == 0

    def test_that_in_a_narrow_window_nothing_lies_over_anything_or_out_of_reach(display: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", BAR],
            env=environment() | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.stderr == ""
        assert done.returncode == 0

    def test_that_without_a_display_one_sentence_says_what_to_do() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "ui"], env=environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
        assert "twin render" in done.stderr


def test_that_a_missing_file_is_told_before_qt_starts(tmp_path: Path) -> None:
    script = f"import sys; from ui import start; code = start.show([{str(tmp_path / 'gone.twin')!r}]); "
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
    start.require_display()
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"
