"""The ways into the window and out of it, against servers on this machine: fetched, stopped, refused, saved."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import districts
import pytest
from servers import Nominatim, Overpass, remark, silence, web_page

from twin import district, file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "linux":  # where a display can be had without a screen
    from windows import OPENING, walk

    ASKING = """
import multiprocessing
from PySide6.QtCore import QEvent
from ui.asked import understand
POINT = "50.0, 10.0"
"""

    @pytest.fixture
    def harbour(tmp_path: Path) -> Path:
        path = tmp_path / "harbour.twin"
        district.save(path, districts.district())
        return path

    @pytest.fixture
    def overpass() -> Iterator[Overpass]:
        with Overpass() as server:
            yield server

    def test_that_a_place_is_asked_for_fetched_shown_and_kept(display: str, harbour: Path, overpass: Overpass) -> None:
        script = """
def answer():
    dialog = app.activeModalWidget()
    line = dialog.findChild(QLineEdit, "where")
    QTest.keyClicks(line, "nowhere.twin")
    QTest.qWait(300)
    print(dialog.said.text())
    line.clear()
    QTest.keyClicks(line, "Old Quarter")
    QTest.qWait(300)
    print(dialog.said.text().replace("127.0.0.1", "here").split(":")[0])
    QTest.keyClick(line, Qt.Key_Return)


QTimer.singleShot(200, answer)
window.choose()
wait(titled("Old Quarter"))
print(Path(window._opened.path).name, window.doors.unsaved)
print(window.topbar._age.text().partition(", fetched ")[0])
print(window.memory.recent[0].name)
window.close()
"""
        with Nominatim() as nominatim:
            told = walk(
                OPENING + ASKING + script,
                display,
                harbour,
                TWIN_OVERPASS_URL=overpass.url,
                TWIN_NOMINATIM_URL=nominatim.url,
            )
        assert told == [
            "There is no file nowhere.twin.",
            "Asks here",
            "Old Quarter.twin False",
            "Map data of 2026-01-02",
            "Old Quarter",
        ]

    def test_that_a_download_shows_what_it_asks_and_stops_while_the_old_district_stays(
        display: str, harbour: Path, overpass: Overpass
    ) -> None:
        overpass.script = [silence]
        script = """
window.open(understand(POINT))
wait(lambda: window.working.isVisible() and "query 1 of 1" in window.working.told[0])
window.picking.pick("buildings", 0)
wait(lambda: "On the map" in words(window.inspector))
print("the old one answers")
press("stop")
wait(lambda: not multiprocessing.active_children())
print("stopped")
print(window.working.isVisible(), window.windowTitle())
window.close()
"""
        told = walk(OPENING + ASKING + script, display, harbour, TWIN_OVERPASS_URL=overpass.url)
        assert told == ["the old one answers", "stopped", "False Little Harbour – District Twin"]
        overpass.wait_until_left()

    def test_that_a_window_closed_while_it_fetches_leaves_no_child_and_no_thread(
        display: str, overpass: Overpass
    ) -> None:
        overpass.script = [silence]
        script = """
import threading
window.open(understand(POINT))
wait(lambda: any("query 1 of 1" in word for word in words(window.skeleton)))
window.close()
print(multiprocessing.active_children(), threading.active_count())
"""
        assert walk(ASKING + script, display, TWIN_OVERPASS_URL=overpass.url) == ["[] 1"]
        overpass.wait_until_left()

    def test_that_a_fault_is_told_with_the_ways_out_of_it(display: str, harbour: Path, overpass: Overpass) -> None:
        overpass.script = [web_page(), remark("runtime error: Query timed out")]
        script = """
window.open(understand(POINT))
wait(window.notice.isVisible)
print("--overpass" in window.notice.sentence, named("Another server…").isVisible())
take("Try again")
wait(lambda: "broke off" in window.notice.sentence and window.notice.isVisible())
take("Keep what came")
wait(titled("50.00000"))
print("parts of the district are missing" in window.notice.sentence)
take("Fetch again")
wait(lambda: window._opened.info["incomplete"] == "")
print(window.windowTitle())
window.close()
"""
        told = walk(OPENING + ASKING + script, display, harbour, TWIN_OVERPASS_URL=overpass.url)
        assert told == ["False True", "True", "50.00000,10.00000 – District Twin"]
        assert len(overpass.asked) == 3

    def test_that_a_refresh_that_fails_leaves_the_old_map(display: str, tmp_path: Path, overpass: Overpass) -> None:
        script = """
window.open(understand(POINT))
wait(titled("50.00000"))
before = window._opened
window.commands["refresh"].trigger()
wait(window.notice.isVisible)
print(window.notice.sentence.split(" is ")[1], window._opened is before)
take("Try again")
wait(lambda: window._opened is not before)
print(window._opened.path == before.path, window.doors.unsaved)
window.close()
"""
        overpass.script = [lambda handler, right: handler.reply(200, right), web_page(status=500, message="Down")]
        told = walk(ASKING + script, display, TWIN_OVERPASS_URL=overpass.url, TWIN_TRIES="1")
        assert told == ["out of order (500): “Error: Down”. True", "True False"]

    def test_that_an_overlay_is_not_lost_without_a_question(display: str, harbour: Path, tmp_path: Path) -> None:
        plan = tmp_path / "plan.geojson"
        town = districts.district()
        lon, lat = town.frame.lon, town.frame.lat
        ring = f"[[{lon},{lat}],[{lon + 1e-3},{lat}],[{lon + 1e-3},{lat + 1e-3}],[{lon},{lat}]]"
        plan.write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}')
        script = """
def whose():
    dialog = app.activeModalWidget()
    QTest.keyClicks(dialog.findChild(QLineEdit, "overlay-whose"), "Survey office")
    QTest.keyClicks(dialog.findChild(QLineEdit, "overlay-terms"), "CC0")
    QTest.mouseClick(dialog.findChild(QPushButton, "accept"), Qt.LeftButton)


QTimer.singleShot(200, whose)
window.doors.open_file(Path(sys.argv[2]))
wait(titled("Little Harbour*"))
print("plan: Survey office (CC0)" in window.credit._others.text())
QTimer.singleShot(200, lambda: QTest.keyClick(app.activeModalWidget(), Qt.Key_Escape))
window.close()
print(window.isVisible())
save = lambda: app.activeModalWidget().findChild(QPushButton, "answer-save")
QTimer.singleShot(200, lambda: QTest.mouseClick(save(), Qt.LeftButton))
window.close()
wait(lambda: not window.isVisible())
"""
        assert walk(OPENING + script, display, harbour, plan) == ["True", "True"]
        assert [overlay["name"] for overlay in file.read_info(harbour)["overlays"]][-1] == "plan"
