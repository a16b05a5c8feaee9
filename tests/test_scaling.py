"""What is picked is what is seen at that pixel, on screens of every scale: a picture in known colours is the oracle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

LOOK = """
import json, sys, time
sys.path.insert(0, "tests")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
import numpy as np
from blocks import boxes, city
from twin.camera import looking
from ui.view import CityView

app = QApplication(["twin"])
window = QMainWindow()
view = CityView(window)
window.setCentralWidget(view)
window.resize(460, 300)
window.show()
told, said = {}, []
view.picked.connect(lambda *found: said.append(list(found)))
view.unpicked.connect(lambda: said.append(["ground", -1]))


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        app.processEvents()


until(lambda: view._canvas.isValid())
view.place(city(buildings=boxes([(-60, 0), (60, 0), (0, 60)], [40, 40, 30], [30, 60, 45])))
view.scene.recolour("buildings", np.array([(255, 0, 0), (0, 255, 0), (0, 0, 255)], np.uint8))
view.fly(looking((0.0, -320.0, 160.0), 0, -25), animated=False)
until(lambda: not view._still.isActive())
for _ in range(20):
    app.processEvents()
image = view.image().convertToFormat(view.image().Format.Format_RGB888)
rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
rgb = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
told["ratio"] = view.devicePixelRatioF()
told["image"] = [image.width(), image.height()]
strongest = rgb.argmax(axis=2)
coloured = rgb.max(axis=2) - np.sort(rgb, axis=2)[..., 1] > 40
seen = np.where(coloured, strongest, -1)
random = np.random.default_rng(5)
wrong, asked = [], {}
ratio = view.devicePixelRatioF()
while sum(asked.values()) < 120:
    x, y = random.integers(3, view.width() - 3), random.integers(3, view.height() - 3)
    column, row = round(x * ratio), round(y * ratio)
    around = seen[row - 2 : row + 3, column - 2 : column + 3]
    if (around != around[0, 0]).any() or asked.get(int(around[0, 0]), 0) >= 40:
        continue
    asked[int(around[0, 0])] = asked.get(int(around[0, 0]), 0) + 1
    said.clear()
    QTest.mouseClick(view, Qt.LeftButton, pos=QPoint(int(x), int(y)))
    if said[0][1] != around[0, 0]:
        wrong.append([int(x), int(y), said[0], int(around[0, 0])])
told["asked"], told["wrong"] = {str(k): v for k, v in asked.items()}, wrong
view.close()
window.close()
print(json.dumps(told))
"""

if sys.platform == "linux":  # where a display can be had without a screen

    @pytest.mark.parametrize("scale", ["1", "1.5", "2"])
    def test_that_picking_is_exact_at_every_scale(scale: str, display: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        done = subprocess.run(
            [sys.executable, "-c", LOOK],
            env=environment
            | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_API": "pyside6", "QT_SCALE_FACTOR": scale},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.stderr == ""
        assert done.returncode == 0
        told: dict[str, Any] = json.loads(done.stdout)
        assert told["ratio"] == float(scale)
        assert told["image"] == [round(460 * float(scale)), round(300 * float(scale))]
        assert len(told["asked"]) >= 3
        assert told["wrong"] == []
