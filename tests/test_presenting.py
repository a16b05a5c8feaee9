"""On the stage: nothing but the city, a clock, a legend; and the keys of a clicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorded import harbour_with_a_day
from windows import OPENING, walk

if TYPE_CHECKING:
    from pathlib import Path

STAGE = """
replay, stage = window.replay, window.presenting
wait(lambda: replay.session is not None)
wait(lambda: window.view.scene.picture is not None)
window.commands["present"].trigger()
app.processEvents()
assert stage.on and window.isFullScreen()
assert not window.topbar.isVisible() and not window.sidebar.isVisible() and not replay.timeline.isVisible()
assert stage.clock.isVisible() and stage.legend.isVisible()
assert window.view.height() == window.height() and window.view.width() == window.width()
assert stage.clock.height() > window.height() / 12
assert stage.legend.width() > window.width() / 2 and stage.legend.height() < window.height() / 4
assert not stage.legend.geometry().intersects(window.credit.geometry())
assert stage.legend._whose() == "Data: City" and stage.legend._px >= 12
assert not window.instruments.compass.isVisible() and not window.instruments.strip.isVisible()
assert window.credit.isVisible()
window.credit.setFocusPolicy(Qt.StrongFocus)
window.credit.setFocus()

QTest.keyClick(window.view, Qt.Key_PageDown)
from ui.timeline.wording import said_time
assert said_time(replay.clock.t, replay.zone) == "09:00:00"
QTest.keyClick(window.credit, Qt.Key_Space)  # a clicker is heard whatever has the keyboard
assert replay.clock.running
QTest.keyClick(window.view, Qt.Key_Space)
assert not replay.clock.running
QTest.keyClick(window.view, Qt.Key_B)
assert stage.black.isVisible() and stage.black.size() == window.size()
QTest.keyClick(window.view, Qt.Key_B)
assert not stage.black.isVisible()
QTest.keyClick(window.view, Qt.Key_Escape)
app.processEvents()
assert window.instruments.compass.isVisible()
assert not stage.on and window.topbar.isVisible() and window.sidebar.isVisible() and replay.timeline.isVisible()
assert not stage.clock.isVisible() and not stage.legend.isVisible()
window.close()
"""


def test_that_presenting_leaves_the_city_a_clock_and_a_legend(tmp_path: Path, display: str) -> None:
    walk(OPENING + STAGE, display, harbour_with_a_day(tmp_path / "harbour.twin", hours=12.0))
