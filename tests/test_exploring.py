"""Exploring in the real window: finding, colouring, filtering, and the quality of the data."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import districts
import pytest

from twin import district

ROOT = Path(__file__).resolve().parent.parent

START = """
import sys
import time
from pathlib import Path
import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

app = QApplication(["twin"])
from ui.window import Window

window = Window()
window.show()
exploring = window.exploring


def wait(done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "waited in vain"
        app.processEvents()
        time.sleep(0.01)


def seen():
    for _ in range(5):
        app.processEvents()
    shot = window.view._canvas.grabFramebuffer()
    shot = shot.convertToFormat(shot.Format.Format_RGB888)
    rows = np.frombuffer(shot.constBits(), np.uint8).reshape(shot.height(), shot.bytesPerLine())
    return rows[:, : 3 * shot.width()].reshape(shot.height(), shot.width(), 3).astype(int)


def words(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def rows():
    return exploring.colour._rows


window.activateWindow()
wait(window.isActiveWindow)
window.open(Path(sys.argv[1]))
wait(lambda: window._district is not None and exploring.palette._search is not None)
"""

FIND = """
line = exploring.palette
QTest.keyClick(window, Qt.Key_K, Qt.ControlModifier)
wait(line.hasFocus)
print("asks", [one.title for one in line._list._model.lines][:2])
QTest.keyClicks(line, "long la")
print("list", line._list.isVisible(), line._list.current().title)
QTest.keyClick(line, Qt.Key_Return)
wait(lambda: window.inspector.isVisible() and "Long Lane" in words(window.inspector))
print("left", line.hasFocus(), line._list.isVisible())
wait(lambda: not window.view._clock.isActive())
x, y = window.view.view.focal_point[:2]
print("there", abs(x) < 60 and abs(y + 50) < 60)
QTest.keyClick(window, Qt.Key_K, Qt.ControlModifier)
QTest.keyClicks(line, "tree")
first = line._list.current()
QTest.keyClick(line, Qt.Key_Down)
print("down", line._list.current() is not first)
QTest.keyClick(line, Qt.Key_Up)
print("up", line._list.current() is first)
QTest.keyClick(line, Qt.Key_Escape)
print("emptied", repr(line.text()), line.hasFocus())
print("recent", line._list._model.lines[0].title)
QTest.keyClicks(line, "zzzzqq")
print("nothing", any("Nothing" in text for text in words(line._list)))
QTest.keyClick(line, Qt.Key_Escape)
QTest.keyClick(line, Qt.Key_Escape)
print("gone", line.hasFocus(), line._list.isVisible())
QTest.keyClick(window, Qt.Key_K, Qt.ControlModifier)
QTest.keyClicks(line, "buildings height")
QTest.keyClick(line, Qt.Key_Return)
wait(lambda: exploring._colouring is not None)
print("coloured by", exploring._colouring.name)
window.close()
"""

COLOUR = """
window.view.fly("top", animated=False)
wait(lambda: not window.view._still.isActive())


def share(colour):
    wanted = np.array([QColor(colour).red(), QColor(colour).green(), QColor(colour).blue()], float)
    wanted /= np.linalg.norm(wanted)
    picture = seen().astype(float)
    long = np.linalg.norm(picture, axis=2)
    like = (picture @ wanted) / np.maximum(long, 1)
    return float(((like > 0.995) & (long > 60)).mean())


plain = share("#31688E")
exploring.colour_by("height")
wait(lambda: exploring._colouring is not None)
legend = exploring._colouring
own = [entry.colour for entry in legend.entries if entry.count and not entry.inferred]
before = {colour: share(colour) for colour in own}
print("worn", all(value > 0.001 for value in before.values()), len(own))
labels = [row.entry.label for row in rows()]
print("legend", labels == [entry.label for entry in legend.entries if entry.count or not entry.no_data])
row = next(row for row in rows() if row.entry.colour == own[0])
QTest.mouseClick(row, Qt.LeftButton)
print("ghosted", share(own[0]) < 0.3 * before[own[0]])
print("count", exploring.colour._count.text())
QTest.mouseClick(exploring.colour._all, Qt.LeftButton)
print("back", abs(share(own[0]) - before[own[0]]) < 0.3 * before[own[0]])
slider = exploring.colour._slider
slider.setFocus()
left = QPoint(8, 45)
QTest.mousePress(slider, Qt.LeftButton, pos=left)
QTest.mouseMove(slider, QPoint(slider.width() * 3 // 4, 45))
QTest.mouseRelease(slider, Qt.LeftButton, pos=QPoint(slider.width() * 3 // 4, 45))
print("range", exploring._filter.low > 9, exploring._filter.high)
QTest.mouseDClick(slider, Qt.LeftButton, pos=QPoint(slider.width() // 2, 45))
print("open", exploring._filter.is_open)
QTest.mouseClick(exploring.colour._guessed, Qt.LeftButton)
print("mapped", int(exploring._filter.shown(legend, "buildings").sum()))
for name in ("kind", "material", "provenance", "levels"):
    exploring.colour_by(name)
    wait(lambda: exploring._colouring.name == name)
    print(name, [row.entry.label for row in rows()] != labels, exploring.colour._slider.isVisible())
exploring.colour_by("")
print("plain", abs(share("#31688E") - plain) < 0.005)
exploring.colour_by("age")
window.open(Path(sys.argv[1]))
wait(lambda: exploring._colouring is not None and exploring._colouring.name == "age")
window.close()
"""

QUALITY = """
window.sidebar.unfold(exploring.quality)
wait(lambda: "Sources" in words(exploring.quality))
text = words(exploring.quality)
print("hint", "The server answered only in part." in text)
print("credit", "© Nobody" in text, "Heights of 3 buildings" in text)
button = exploring.quality.findChild(QPushButton, "trouble-ring-closed")
QTest.mouseClick(button, Qt.LeftButton)
wait(window.inspector.isVisible)
print("mended", any("Hôtel" in text for text in words(window.inspector)))
button = exploring.quality.findChild(QPushButton, "trouble-open-ring")
QTest.mouseClick(button, Qt.LeftButton)
print("left out", any("way/9" in text for text in words(exploring.quality)))
exploring.quality.provenance_wished.emit()
wait(lambda: exploring._colouring is not None)
print(exploring._colouring.name)
window.close()
"""


MEASURE = """
import re
measure, view = exploring.measure, window.view
view.fly("top", animated=False)
wait(lambda: not view._still.isActive())


def pixel(x, y, z):
    across, down = view.view.pixels(np.array([(x, y, z)], float), (view.width(), view.height()))[0]
    return QPoint(round(across), round(down))


def click(*point, act=QTest.mouseClick):
    act(view, Qt.LeftButton, pos=pixel(*point))
    app.processEvents()


def numbers(text):
    return [float(found) for found in re.findall(r"[0-9.]+", text.replace("\\u202f", ""))]


QTest.keyClick(window, Qt.Key_M)
print("card", measure.card.isVisible(), measure.active)
click(-120, -20, 0)
click(-120, -60, 0)
QTest.keyClick(view, Qt.Key_Backspace)
print("back", len(measure._draft.points))
click(-60, -20, 0)
click(-60, -20, 0, act=QTest.mouseDClick)
said = numbers(measure.measured[0].said)
print("distance", abs(said[0] - 60) < 1.5, measure.card._copy.isVisible())
measure.begin("area")
for x, y in ((-120, -20), (-60, -20), (-60, 0), (-120, 0)):
    click(x, y, 0)
QTest.keyClick(view, Qt.Key_Return)
print("area", abs(numbers(measure.measured[1].said)[0] - 1200) < 60)
measure.begin("height")
click(65, 5, 9)
print("height", measure.measured[2].said.split("\\u202f"))
measure.begin("width")
click(-120, 60, 0)
print("no street", len(measure.measured), "no street" in measure.card.hint.text())
click(60, -49, 0)
print("width", numbers(measure.measured[3].said)[0], measure.measured[3].more != "")
corner = pixel(70, 10, 9)
measure.begin("distance")
found = view.look(corner.toPointF() + QPoint(-3, 3).toPointF())
at, caught = measure._caught(found)
print("corner", caught, np.allclose(at, (70, 10, 9), atol=0.01))
click(-120, -20, 0)
QTest.keyClick(view, Qt.Key_Escape)
print("draft", len(measure._draft.points), measure.active)
QTest.keyClick(view, Qt.Key_Escape)
print("left", measure.active, len(measure.measured), view.overlay.isVisible())
QTest.mouseClick(measure.card._copy, Qt.LeftButton)
print("copied", len(QGuiApplication.clipboard().text().splitlines()))
QTest.mouseClick(measure.card._clear, Qt.LeftButton)
print("cleared", len(measure.measured), measure.card.isVisible())
window.close()
"""


CUT = """
cut, view = exploring.cut, window.view
QTest.keyClick(window, Qt.Key_X)
print("cut", cut.card.isVisible(), cut.active, window.view.scene._plane is not None)
before = cut._at.copy()
handle = cut._handle().toPoint()
QTest.mousePress(view, Qt.LeftButton, pos=handle)
for step in (4, 8, 12, 16):
    QTest.mouseMove(view, handle + QPoint(0, -step))
QTest.mouseRelease(view, Qt.LeftButton, pos=handle + QPoint(0, -16))
along = (cut._at - before) @ np.array(cut.plane.normal[:2])
print("dragged", along > 1, np.hypot(*(cut._handle().toPoint() - handle - QPoint(0, -16)).toTuple()) < 6)
kept = cut.plane.normal
QTest.mouseClick(cut.card._flip, Qt.LeftButton)
print("other side", np.allclose(np.add(cut.plane.normal, kept), 0, atol=1e-6))
QTest.mouseClick(cut.card._buttons["level"], Qt.LeftButton)
cut.raise_to(6.0)
wait(lambda: not cut._settle.isActive())
print("level", cut.plane.normal, cut.plane.origin[2])
QTest.keyClick(view, Qt.Key_BracketRight)
print("raised", cut.plane.origin[2])
QTest.keyClick(view, Qt.Key_Escape)
print("whole", cut.on, cut.card.isVisible(), view.scene._plane, cut.active)
window.close()
"""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exploring") / "harbour.twin"
    district.save(path, districts.district())
    return path


def driven(script: str, saved: Path, display: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", START + script, str(saved)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_that_the_command_box_finds_by_keys_alone(saved: Path, display: str) -> None:
    told = driven(FIND, saved, display).splitlines()
    assert told[0].startswith("asks ['Tallest building'")
    assert told[1:] == [
        "list True Long Lane",
        "left False False",
        "there True",
        "down True",
        "up True",
        "emptied '' True",
        "recent Long Lane",
        "nothing True",
        "gone False False",
        "coloured by height",
    ]


def test_that_buildings_wear_the_legends_colours_and_fade_when_filtered(saved: Path, display: str) -> None:
    told = driven(COLOUR, saved, display).splitlines()
    assert told[0].startswith("worn True")
    assert told[1:] == [
        "legend True",
        "ghosted True",
        "count 2 of 3 buildings",
        "back True",
        "range True inf",
        "open True",
        "mapped 2",
        "kind True False",
        "material True False",
        "provenance True False",
        "levels True True",
        "plain True",
    ]


def test_that_what_is_wrong_with_the_data_can_be_told_and_visited(saved: Path, display: str) -> None:
    assert driven(QUALITY, saved, display).splitlines() == [
        "hint True",
        "credit True True",
        "mended True",
        "left out True",
        "provenance",
    ]


def test_that_what_is_measured_is_right_and_stays_until_it_is_cleared(saved: Path, display: str) -> None:
    assert driven(MEASURE, saved, display).splitlines() == [
        "card True True",
        "back 1",
        "distance True True",
        "area True",
        "height ['9.00', 'm']",
        "no street 3 True",
        "width 6.5 True",
        "corner True True",
        "draft 0 True",
        "left False 4 True",
        "copied 4",
        "cleared 0 False",
    ]


def test_that_a_plane_is_dragged_turned_raised_and_cleared(saved: Path, display: str) -> None:
    assert driven(CUT, saved, display).splitlines() == [
        "cut True True True",
        "dragged True True",
        "other side True",
        "level (0.0, 0.0, -1.0) 6.0",
        "raised 7.0",
        "whole False False None False",
    ]
