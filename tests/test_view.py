"""The view under real hands, on a display without a screen: one program is driven, and tells what it saw."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

DRIVE = """
import json, sys, time
sys.path.insert(0, "tests")
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
import numpy as np
from blocks import boxes, city
from twin.camera import looking
from ui import steering
from ui.view import CityView

app = QApplication(["twin"])
window = QMainWindow()
view = CityView(window)
window.setCentralWidget(view)
window.resize(640, 400)
told, drawn, said = {}, [0], []
view.picked.connect(lambda *found: said.append(list(found)))
view.unpicked.connect(lambda: said.append("nothing"))


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        app.processEvents()


def at_rest():
    until(lambda: not (view._clock.isActive() or view._still.isActive()))
    seen = -1
    while seen != drawn[0]:
        seen = drawn[0]
        for _ in range(5):
            app.processEvents()


def pixel(point):
    x, y = view.view.pixels(np.array([point]), view.scene.size)[0] * view.width() / view.scene.size[0]
    return QPoint(round(x), round(y))


def off(point, where):
    return max(abs(pixel(point).x() - where.x()), abs(pixel(point).y() - where.y()))


def drag(button, start, end):
    QTest.mousePress(view, button, pos=start)
    for step in range(1, 9):
        QTest.mouseMove(view, start + (end - start) * step / 8)
    told["while moving"] = list(view.scene.size)
    told["ratio while moving"] = view.scene.pixel_ratio * view.width() / view.scene.size[0]
    QTest.mouseRelease(view, button, pos=end)


def blue():
    image = view._canvas.grabFramebuffer().convertToFormat(view._canvas.grabFramebuffer().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    return int((rgb[..., 2] > rgb[..., 0] + 60).sum())


def home():
    view.fly(looking((0.0, -320.0, 160.0), 0, -25), animated=False)
    at_rest()


QTest.keyClick(view, Qt.Key_T)  # without a city hands move nothing
QTest.mouseClick(view, Qt.LeftButton, pos=QPoint(200, 200))
view.north()
view.fit()
window.show()
until(lambda: view._canvas.isValid())
view.scene._window.AddObserver("EndEvent", lambda *_: drawn.__setitem__(0, drawn[0] + 1))
view.place(city(buildings=boxes([(-60, 0), (60, 0)], [50, 50], [30, 60])))
at_rest()

told["full"] = [round(view.width() * view.devicePixelRatioF()), round(view.height() * view.devicePixelRatioF())]
before = drawn[0]
for look in ("real", "night", "model"):
    view.dress(look)
view.show_kind("buildings", False)
view.show_kind("buildings", True)
until(lambda: drawn[0] > before and not view.shading)
at_rest()
told["draws for five changes"] = drawn[0] - before

home()
roof = (60.0, 0.0, 60.0)
QTest.mouseClick(view, Qt.LeftButton, pos=pixel(roof))
QTest.mouseClick(view, Qt.LeftButton, pos=pixel((0.0, -100.0, 0.0)))
QTest.mouseClick(view, Qt.RightButton, pos=pixel(roof))
told["picked"] = list(said)

plain = blue()
view.select("buildings", 1)
told["lit"] = blue() - plain
view.select("buildings", None)
told["out"] = blue() - plain

start, before = pixel(roof), view.view
drag(Qt.LeftButton, start, start + QPoint(90, 30))
told["turn"] = {
    "off": off(roof, start),
    "heading": steering.aim(view.view)[0],
    "distance": float(np.linalg.norm(np.subtract(view.view.position, before.position))),
    "said": said[len(told["picked"]):],
}
at_rest()
told["at rest"] = list(view.scene.size)

for name, button in (("pull", Qt.RightButton), ("middle", Qt.MiddleButton)):
    home()
    place = (0.0, -100.0, 0.0)
    start = pixel(place)
    drag(button, start, start + QPoint(60, 40))
    told[name] = off(place, start + QPoint(60, 40))

home()
where = pixel(roof)
before = np.linalg.norm(np.subtract(view.view.position, roof))
from PySide6.QtCore import QPointF
from PySide6.QtGui import QWheelEvent
wheel = QWheelEvent(QPointF(where), view.mapToGlobal(QPointF(where)), QPoint(0, 0), QPoint(0, 240), Qt.NoButton,
                    Qt.NoModifier, Qt.NoScrollPhase, False)
app.sendEvent(view, wheel)
told["zoom"] = {"share": float(np.linalg.norm(np.subtract(view.view.position, roof)) / before),
                "off": off(roof, where)}

home()
keys = {}
for key in ("Up", "Left", "Plus", "Minus"):
    home()
    QTest.keyClick(view, getattr(Qt, "Key_" + key))
    at_rest()
    keys[key] = [round(float(v), 2) for v in np.subtract(view.view.position, (0.0, -320.0, 160.0))]
home()
QTest.keyClick(view, Qt.Key_Left, Qt.ShiftModifier)
at_rest()
keys["Shift Left"] = steering.aim(view.view)[0]
QTest.keyPress(view, Qt.Key_Up)
goes = view.view.position[1]
until(lambda: view.view.position[1] > goes + 5)
QTest.keyRelease(view, Qt.Key_Up)
at_rest()
QTest.keyClick(view, Qt.Key_N)
at_rest()
keys["N"] = steering.aim(view.view)[0]
QTest.keyClick(view, Qt.Key_T)
at_rest()
keys["T"] = steering.aim(view.view)[1]
QTest.keyClick(view, Qt.Key_0)
at_rest()
corners = [(x, y, 0.0) for x in (-150, 150) for y in (-150, 150)]
keys["0"] = all(view.rect().contains(pixel(corner)) for corner in corners)
QTest.keyClick(view, Qt.Key_H)
at_rest()
keys["H"] = view.view.position == view.scene.views("hero").position
told["keys"] = keys

view.fly("top")
view.close()
window.close()
print(json.dumps(told))
"""

if sys.platform == "linux":  # where a display can be had without a screen

    @pytest.fixture(scope="module")
    def told(display: str) -> dict[str, Any]:
        """Return what the driven program saw."""
        hidden = {"WAYLAND_DISPLAY"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        done = subprocess.run(
            [sys.executable, "-c", DRIVE],
            env=environment | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_API": "pyside6"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def test_that_however_many_changes_are_drawn_once_and_their_shadows_once_more(told: dict[str, Any]) -> None:
        assert told["draws for five changes"] in {1, 2}

    def test_that_a_click_picks_a_house_or_nothing(told: dict[str, Any]) -> None:
        assert told["picked"] == [["buildings", 1], "nothing"]

    def test_that_what_is_selected_lights_up_and_goes_out(told: dict[str, Any]) -> None:
        assert told["lit"] > 100
        assert told["out"] == 0

    def test_that_one_turns_about_the_point_under_the_cursor_without_picking_it(told: dict[str, Any]) -> None:
        assert told["turn"]["off"] <= 2
        assert told["turn"]["distance"] > 50
        assert 20 < told["turn"]["heading"] < 30
        assert told["turn"]["said"] == []

    @pytest.mark.parametrize("hand", ["pull", "middle"])
    def test_that_the_ground_follows_the_hand(told: dict[str, Any], hand: str) -> None:
        assert told[hand] <= 3

    def test_that_the_wheel_zooms_to_the_cursor(told: dict[str, Any]) -> None:
        assert told["zoom"]["share"] == pytest.approx(0.84**2, abs=0.02)
        assert told["zoom"]["off"] <= 2

    def test_that_at_rest_the_picture_has_the_pixels_of_the_screen(told: dict[str, Any]) -> None:
        assert told["at rest"] == told["full"]
        assert told["while moving"] <= told["full"]

    def test_that_names_and_dots_are_as_large_while_moving(told: dict[str, Any]) -> None:
        assert told["ratio while moving"] == pytest.approx(1, abs=0.01)  # a screen's pixels for each of theirs

    def test_that_keys_stride_turn_zoom_and_fly(told: dict[str, Any]) -> None:
        keys = told["keys"]
        assert keys["Up"][1] > 5
        assert keys["Left"][0] < -5
        assert keys["Plus"][1] > 5
        assert keys["Plus"][2] < -2
        assert keys["Minus"][2] > 2
        assert 300 < keys["Shift Left"] < 359.5
        assert min(keys["N"], 360 - keys["N"]) < 0.01
        assert keys["T"] == pytest.approx(-90, abs=0.1)
        assert keys["0"]
        assert keys["H"]
