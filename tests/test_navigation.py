"""Finding one's way in the real window: instruments, keys, walking and kept views, under real hands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import districts
import pytest

from twin import district

ROOT = Path(__file__).resolve().parent.parent

WALK = """
import json, math, sys, time
from pathlib import Path
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

app = QApplication(["twin"])
from ui import steering
from ui.window import Window

window = Window()
window.show()
told, drawn = {}, [0]


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        app.processEvents()
        time.sleep(0.002)


def at_rest():
    until(lambda: not (view._clock.isActive() or view._still.isActive() or view._hovering.pending))
    seen = -1
    while seen != drawn[0]:
        seen = drawn[0]
        for _ in range(8):
            app.processEvents()


window.open(Path(sys.argv[1]))
until(lambda: window._district is not None and window.instruments.coordinates._grid is not None)
view, over = window.view, window.instruments
view.scene._window.AddObserver("EndEvent", lambda *_: drawn.__setitem__(0, drawn[0] + 1))
window.activateWindow()
view.setFocus()
until(window.isActiveWindow)
at_rest()

before = drawn[0]
until_idle = time.monotonic() + 0.5
while time.monotonic() < until_idle:
    app.processEvents()
told["drawn at idle"] = drawn[0] - before

middle = view.rect().center()
before = drawn[0]
QTest.mouseMove(view, middle)
until(over.coordinates.isVisible)
told["place"] = over.coordinates.text()
at_rest()
told["drawn for hovering"] = drawn[0] - before
QTest.keyClick(view, Qt.Key_C)
told["copied"] = QGuiApplication.clipboard().text().splitlines()

wide = window.size()
window.resize(wide.width() - 300, wide.height())
at_rest()
there = view.look(QPointF(middle))
there = (there.kind, there.row) if there is not None and there.row is not None else None
told["outlined"] = view._hovering._outlined == there
window.resize(wide)
at_rest()

view.turn(90.0, animated=False)
at_rest()
told["turned"] = over.compass.toolTip()
QTest.mouseClick(over.compass, Qt.LeftButton)
at_rest()
told["north"] = steering.aim(view.view)[0]
QTest.mousePress(over.compass, Qt.LeftButton, pos=QPoint(22, 4))
for x, y in ((30, 6), (36, 12), (40, 22)):
    QTest.mouseMove(over.compass, QPoint(x, y))
QTest.mouseRelease(over.compass, Qt.LeftButton, pos=QPoint(40, 22))
at_rest()
told["dragged"] = steering.aim(view.view)[0]
length_m = over.scale.shown[0]
nearer = next(b for b in over.strip.findChildren(QToolButton) if b.defaultAction().objectName() == "nearer")
for _ in range(4):
    QTest.mouseClick(nearer, Qt.LeftButton)
    at_rest()
told["scale"] = [length_m, over.scale.shown[0]]

QTest.keyClick(view, Qt.Key_F1)
until(over.keycard.isVisible)
told["card"] = over.keycard.words()
QTest.keyClick(over.keycard, Qt.Key_Escape)
told["card gone"] = not over.keycard.isVisible()
window.activateWindow()
view.setFocus()
until(window.isActiveWindow)

QTest.keyClick(view, Qt.Key_2, Qt.ControlModifier)
kept = view.view
told["kept"] = [(v.name, v.key, v.picture[:4] == b"\\x89PNG") for v in window.kept.views]
told["unsaved"] = window.doors.unsaved and window._district.views == window.kept.views
QTest.keyClick(view, Qt.Key_T)
at_rest()
told["above"] = steering.aim(view.view)[1]
QTest.keyClick(view, Qt.Key_2)
at_rest()
told["back"] = math.dist(view.view.position, kept.position)

QTest.keyClick(view, Qt.Key_G)
at_rest()
told["standing"] = [view.on_foot, view.view.position[2]]
QTest.keyPress(view, Qt.Key_W)
seen = view.view.position
until(lambda: drawn[0] > before + 3)
QTest.keyRelease(view, Qt.Key_W)
at_rest()
told["walked"] = [view.on_foot, view.view.position[2]]
QTest.keyClick(view, Qt.Key_G)
at_rest()
told["risen"] = [view.on_foot, view.view.position[2]]

window.picking.pick("buildings", 0)
marked = lambda: view.scene._selected
for look in ("real", "night", "model"):
    window.showing.wear(look)
told["after looks"] = marked() == ("buildings", 0) and window.inspector.isVisible()
QTest.keyClick(view, Qt.Key_F)
at_rest()
corners = view.scene.faces("buildings", 0).reshape(-1, 3)
there = view.project(corners)
told["visited"] = bool(((there > 0) & (there < (view.width(), view.height()))).all())
window.showing.show("buildings", False)
told["hidden"] = marked() is None

view.calm = True
view.fly("top")
told["calm"] = view._flight is None and steering.aim(view.view)[1] < -89
window.doors._changed = None
window.close()
print(json.dumps(told))
"""

if sys.platform == "linux":  # where a display can be had without a screen

    @pytest.fixture(scope="module")
    def told(display: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
        """Return what the driven program saw."""
        path = tmp_path_factory.mktemp("harbour") / "harbour.twin"
        district.save(path, districts.district())
        environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        done = subprocess.run(
            [sys.executable, "-c", WALK, str(path)],
            env=environment | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_API": "pyside6"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def test_that_nothing_is_drawn_while_nothing_happens(told: dict[str, Any]) -> None:
        assert told["drawn at idle"] == 0
        assert told["drawn for hovering"] <= 1  # where a processor draws, hovering draws no city
        assert told["outlined"]  # what is there now, not what was before the view grew narrower

    def test_that_the_place_under_the_cursor_is_told_and_copied(told: dict[str, Any]) -> None:
        assert "° N" in told["place"]
        assert "EPSG:" in told["place"]
        assert "height" in told["place"]
        assert len(told["copied"]) == 4

    def test_that_the_compass_shows_turns_and_goes_north(told: dict[str, Any]) -> None:
        assert "90° (east)" in told["turned"]
        assert min(told["north"], 360 - told["north"]) < 0.1
        assert told["dragged"] == pytest.approx(270, abs=12)

    def test_that_nearer_means_a_shorter_scale(told: dict[str, Any]) -> None:
        assert 0 < told["scale"][1] < told["scale"][0]

    def test_that_the_card_of_the_keys_lists_the_actions(told: dict[str, Any]) -> None:
        assert {"North up", "N", "Ctrl+O", "Fly to what is selected", "Copy coordinates"} <= set(told["card"])
        assert told["card gone"]

    def test_that_a_view_is_kept_under_a_key_and_found_again(told: dict[str, Any]) -> None:
        assert told["kept"] == [["View 1", 2, True]]
        assert told["unsaved"]
        assert told["above"] < -89
        assert told["back"] < 0.01

    def test_that_one_walks_at_eye_height_and_rises_again(told: dict[str, Any]) -> None:
        assert told["standing"][0]
        assert 1.6 < told["standing"][1] < 9
        assert told["walked"][0]
        assert told["risen"] == [False, pytest.approx(100, abs=60)]

    def test_that_what_is_picked_stays_lit_and_goes_with_its_kind(told: dict[str, Any]) -> None:
        assert told["after looks"]
        assert told["visited"]
        assert told["hidden"]

    def test_that_who_wants_no_motion_is_there_at_once(told: dict[str, Any]) -> None:
        assert told["calm"]
