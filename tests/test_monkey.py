"""A monkey at the window: events by the hundred over the sample, drawn from a seed; nothing may break.

`TWIN_MONKEY_SEED` plays another run, `TWIN_MONKEY_EVENTS` a longer one. The number of events is what bounds it, so
that a slow computer sees the same ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest  # noqa: TC002

ROOT = Path(__file__).resolve().parent.parent
SEED = os.environ.get("TWIN_MONKEY_SEED", "20261122")
EVENTS = os.environ.get("TWIN_MONKEY_EVENTS", "320")

PLAY = """
import random, sys, threading, time, warnings
from pathlib import Path
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

app = QApplication(["twin"])
from twin import district
from ui import theme
from ui.window import Window

seed, events, bad = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
monkey = random.Random(seed)
faults = []
hook = sys.excepthook
sys.excepthook = lambda kind, value, trace: (faults.append(repr(value)), hook(kind, value, trace))
QFileDialog.getOpenFileName = QFileDialog.getSaveFileName = staticmethod(lambda *_a, **_k: ("", ""))
window = Window()
window.resize(1000, 640)
window.show()
window.open(district.sample())
end = time.monotonic() + 60
while window._district is None:
    assert time.monotonic() < end, "waited in vain"
    app.processEvents()
    time.sleep(0.01)
window.activateWindow()
view = window.view
buttons = (Qt.LeftButton, Qt.LeftButton, Qt.RightButton, Qt.MiddleButton)
keys = [Qt.Key(code) for code in (*range(Qt.Key_A, Qt.Key_Z + 1), *range(Qt.Key_0, Qt.Key_9 + 1))] + [
    Qt.Key_Left, Qt.Key_Right, Qt.Key_Up, Qt.Key_Down, Qt.Key_Plus, Qt.Key_Minus, Qt.Key_PageUp, Qt.Key_PageDown,
    Qt.Key_Home, Qt.Key_Escape, Qt.Key_F1, Qt.Key_Question, Qt.Key_Tab, Qt.Key_Space, Qt.Key_Backspace,
]
down = []


def decline():  # a question waits for an answer, and the monkey has none
    asked = app.activeModalWidget()
    if asked is not None:
        asked.reject()


decliner = QTimer(interval=50)
decliner.timeout.connect(decline)
decliner.start()


def place():
    return QPoint(monkey.randrange(-5, view.width() + 5), monkey.randrange(-5, view.height() + 5))


def press():
    button, where = monkey.choice(buttons), place()
    down.append(button)
    QTest.mousePress(view, button, monkey.choice((Qt.NoModifier, Qt.ShiftModifier)), where)


def move():
    QTest.mouseMove(view, place())


def release():
    if down:
        QTest.mouseRelease(view, down.pop(), Qt.NoModifier, place())


def click():
    QTest.mouseClick(view, monkey.choice(buttons), Qt.NoModifier, place())


def twice():
    QTest.mouseDClick(view, Qt.LeftButton, Qt.NoModifier, place())


def wheel():
    where, by = QPointF(place()), monkey.choice((-360, -120, 60, 120, 480))
    app.sendEvent(view, QWheelEvent(where, view.mapToGlobal(where), QPoint(0, 0), QPoint(0, by), Qt.NoButton,
                                    Qt.NoModifier, Qt.NoScrollPhase, False))


def key():
    target = app.focusWidget() or view
    if monkey.random() < 0.7:
        view.setFocus()
        target = view
    code = monkey.choice(keys)
    if Qt.Key_1 <= code <= Qt.Key_9 and monkey.random() < 0.3:
        QTest.keyClick(target, code, Qt.ControlModifier)
    elif monkey.random() < 0.2:
        QTest.keyPress(target, code)
    else:
        QTest.keyClick(target, code, monkey.choice((Qt.NoModifier, Qt.NoModifier, Qt.ShiftModifier)))


def drop():
    data = QMimeData()
    name = monkey.choice((bad, bad, str(district.sample()), "/nowhere/at/all.twin", bad + ".png"))
    data.setUrls([QUrl.fromLocalFile(name)] * monkey.choice((1, 1, 1, 2)))
    where = place()
    with warnings.catch_warnings(action="ignore"):  # Qt 6.12 wants a point that 6.9 does not take
        enter = QDragEnterEvent(where, Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier)
    app.sendEvent(window, enter)
    if enter.isAccepted():
        app.sendEvent(window, QDropEvent(QPointF(where), Qt.CopyAction, data, Qt.LeftButton, Qt.NoModifier))


def resize():
    window.resize(monkey.randrange(600, 1360), monkey.randrange(400, 760))


def look():
    window.showing.wear(monkey.choice(("model", "real", "night")))


def dress():
    window.wear(monkey.choice((theme.LIGHT, theme.DARK)))


def layer():
    if window.showing.layers:
        window.showing.show(monkey.choice(sorted(window.showing.layers)), monkey.random() < 0.6)


def fly():
    view.fly(monkey.choice(("hero", "top", "street", "north", "west")), animated=monkey.random() < 0.7)


def walk():
    view.walk(monkey.random() < 0.6)


acts = [(press, 8), (move, 26), (release, 8), (click, 9), (twice, 2), (wheel, 10), (key, 20), (drop, 1), (resize, 2),
        (look, 2), (dress, 1), (layer, 3), (fly, 2), (walk, 2)]
done = 0
while done < events and not faults:
    done += 1
    act = monkey.choices([act for act, _ in acts], [weight for _, weight in acts])[0]
    act()
    for _ in range(monkey.randrange(1, 4)):
        app.processEvents()
for dialog in app.topLevelWidgets():
    if dialog is not window:
        dialog.close()
window.doors._changed = None
window.close()
app.processEvents()
alive = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
print(done, "events,", len(faults), "faults, alive:", alive)
sys.exit(bool(faults or alive))
"""

if sys.platform == "linux":  # where a display can be had without a screen

    def test_that_nothing_a_monkey_does_breaks_the_window(
        display: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bad = tmp_path / "bad.twin"
        bad.write_bytes(b"no district at all")
        environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", PLAY, SEED, EVENTS, str(bad)],
            env=environment | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_API": "pyside6"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        with capsys.disabled():
            print(f" monkey seed {SEED}: {done.stdout.strip()} ", end="")
        assert done.stderr == ""
        assert done.returncode == 0
        assert f"{EVENTS} events, 0 faults, alive: []" in done.stdout
