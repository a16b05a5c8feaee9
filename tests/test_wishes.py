"""What the command box understands besides names: times, looks, layers, filters, views, sensors, places."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from recorded import harbour_with_a_day
from windows import OPENING, walk

from ui.wishes import Limits, limits, moment

if TYPE_CHECKING:
    from pathlib import Path

HELSINKI = ZoneInfo("Europe/Helsinki")
NOON_S = 1_731_405_600.0  # 2024-11-12 12:00 there


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("height > 20", Limits("height", 20.0)),
        ("Height<=12,5 m", Limits("height", high=12.5)),
        ("taller than 30 m", Limits("height", 30.0)),
        ("under 6", Limits("height", high=6.0)),
        ("storeys 3-5", Limits("levels", 3.0, 5.0)),
        ("levels = 4", Limits("levels", 4.0, 4.0)),
        ("floors 7", Limits("levels", 7.0, 7.0)),
        ("before 1900", Limits("age", high=1900.0)),
        ("built 1950–1900", Limits("age", 1900.0, 1950.0)),
        ("since  2010", Limits("age", 2010.0)),
        ("Mannerheimintie 12", None),
        ("road > 5", None),
        ("12-14", None),
        ("60.17, 24.95", None),
        ("", None),
    ],
)
def test_that_words_and_numbers_are_a_range_of_buildings(text: str, wanted: Limits | None) -> None:
    assert limits(text) == wanted


def test_that_a_range_is_said_with_its_unit() -> None:
    assert Limits("height", 20.0).said == "Height from 20\u202fm"
    assert Limits("levels", 3.0, 5.0).said == "Storeys from 3 to 5"
    assert Limits("age", -math.inf, 1900.0).said == "Year built up to 1900"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("08:15", "08:15 EET, Tue 12 Nov 2024"),
        ("8 pm", "20:00 EET, Tue 12 Nov 2024"),
        ("2024-11-12 17:30", "17:30 EET, Tue 12 Nov 2024"),
        ("12:00Z", "14:00 EET, Tue 12 Nov 2024"),
        ("+10 min", "12:10 EET, Tue 12 Nov 2024"),
    ],
)
def test_that_times_are_moments_of_the_day_that_is_shown(text: str, said: str) -> None:
    found = moment(text, HELSINKI, NOON_S, (NOON_S - 43_200, NOON_S + 43_200))
    assert found is not None
    assert found[1:] == (said, "Goes to this moment")


@pytest.mark.parametrize("text", ["1900", "12", "60.17, 24.95", "school", "8:75", ""])
def test_that_numbers_and_words_are_no_moments(text: str) -> None:
    assert moment(text, HELSINKI, NOON_S, None) is None


def test_that_a_moment_beyond_what_is_recorded_says_so() -> None:
    found = moment("2024-12-24 08:00", HELSINKI, NOON_S, (NOON_S - 43_200, NOON_S + 43_200))
    assert found is not None
    assert found[2].startswith("Nothing is recorded then")


TYPED = """
palette, exploring, replay = window.exploring.palette, window.exploring, window.replay
wait(lambda: replay.strips is not None and exploring.has_district and palette._search is not None)


def typed(text):
    palette.open()
    palette.clear()
    QTest.keyClicks(palette, text)
    return [line.title for line in palette._list._model.lines]


def enter():
    QTest.keyClick(palette, Qt.Key_Return)
    app.processEvents()


print(typed("17:30")[0])
enter()
wait(lambda: not replay.pending)
print("moment", (replay.clock.t - replay.shown_span[0]) / 3600)
print(typed("night")[0])
enter()
print("look", window.showing.look, window.view.dark)
print(typed("hide tre")[0])
enter()
print("hidden", sorted(window.showing.hidden))
print(typed("height > 15")[0])
enter()
wait(lambda: exploring.colouring is not None and not exploring.shown_filter.is_open)
print("filter", exploring.colouring.name, exploring.shown_filter.low)
print(typed("only homes")[0])
enter()
wait(lambda: exploring.colouring.name == "kind" and not exploring.shown_filter.is_open)
print("entries", len(exploring.colouring.entries) - len(exploring.shown_filter.without))
print("sensor", typed("a1"))
enter()
wait(lambda: window.sensing.panel.isVisible())
print(*typed("silent"))
replay.seek(replay.shown_span[0] + 13.4 * 3600)
wait(lambda: not replay.pending)
print(*typed("silent traffic"), palette._list._model.lines[0].detail)
QTest.mouseClick(replay.timeline.track, Qt.LeftButton, pos=QPoint(20, 45))
print("asked", palette.text(), window.focusWidget() is palette)
replay.seek(replay.shown_span[0] - 1)
wait(lambda: not replay.pending)
print("before", typed("silent"))
print(typed("tallest building")[0])
enter()
wait(lambda: window.view._flight is None)
seen = window.view.project(window.view.scene.faces(*window.view.selected).reshape(-1, 3))
assert (seen >= 0).all() and (seen <= [window.view.width(), window.view.height()]).all(), "from foot to top"
print(typed("about")[0])
window._fill_menu()
assert window._menu.sizeHint().height() < 560, "it is seen whole on a small screen"
print(typed("Kallio, Hels")[-1])
QTimer.singleShot(200, lambda: (print(app.activeModalWidget().line.text()), app.activeModalWidget().reject()))
enter()
window.close()
"""

if sys.platform == "linux":  # where a display can be had without a screen

    def test_that_what_is_typed_does_what_it_says(tmp_path: Path, display: str) -> None:
        path = harbour_with_a_day(tmp_path / "harbour.twin")
        assert walk(OPENING + TYPED, display, path) == [
            "17:30 EET, Tue 12 Nov 2024",
            "moment 17.5",
            "Night look",
            "look night True",
            "Hide Trees",
            "hidden ['trees']",
            "Height from 15\u202fm",
            "filter height 15.0",
            "Only homes",
            "entries 1",
            "sensor ['a1']",
            "No sensor is silent",
            "d0 Silent since 13:00 · Traffic",
            "asked silent traffic True",
            "before ['d0', 'a0', 'a1', 'car']",
            "Tallest building",
            "About District Twin",
            "Open “Kallio, Hels”…",
            "Kallio, Hels",
        ]
