"""The bar of time: moments as people write them, the ruler on the clocks of a zone, the sun by the hour."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import districts
import pytest
from hypothesis import given
from hypothesis import strategies as st
from windows import OPENING, walk

from twin import district
from ui.timeline.scale import Scale
from ui.timeline.wording import (
    day_of,
    said_day,
    said_span,
    said_speed,
    said_time,
    said_zone,
    span_of,
    understood,
    zone_of,
)

if TYPE_CHECKING:
    from pathlib import Path

HELSINKI = zone_of("Europe/Helsinki")
NOON = datetime(2024, 11, 12, 10, 0, tzinfo=UTC).timestamp()  # 12:00 in Helsinki


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("8:15", "2024-11-12 06:15:00"),
        ("08:15:20", "2024-11-12 06:15:20"),
        ("8.15", "2024-11-12 06:15:00"),
        ("0815", "2024-11-12 06:15:00"),
        ("8 pm", "2024-11-12 18:00:00"),
        ("12 am", "2024-11-11 22:00:00"),
        ("08:15Z", "2024-11-12 08:15:00"),
        ("08:15 UTC", "2024-11-12 08:15:00"),
        ("+10 min", "2024-11-12 10:10:00"),
        ("-1.5h", "2024-11-12 08:30:00"),
        ("2024-02-29", "2024-02-28 22:00:00"),
        ("2024-02-29T23:00:01", "2024-02-29 21:00:01"),
        ("12.7.2024 8:15", "2024-07-12 05:15:00"),
        ("2024-03-31 03:30", "2024-03-31 01:30:00"),  # left out by the clocks
        ("2024-10-27 03:30", "2024-10-27 00:30:00"),  # comes twice
    ],
)
def test_that_a_typed_time_is_understood_in_the_zone_of_the_district(text: str, told: str) -> None:
    found = understood(text, HELSINKI, NOON)
    assert found is not None
    assert f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M:%S}" == told


@pytest.mark.parametrize("text", ["", "soon", "25:00", "8:61", "2024-02-30", "13 pm", "1:2", "Z", "+", "12.13."])
def test_that_what_is_no_time_is_none(text: str) -> None:
    assert understood(text, HELSINKI, NOON) is None


@given(st.text(max_size=30))
def test_that_nothing_that_is_typed_breaks_the_clock(text: str) -> None:
    understood(text, HELSINKI, NOON)


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25), (date(2024, 2, 29), 24)])
def test_that_a_day_is_as_long_as_its_clocks_make_it(day: date, hours: int) -> None:
    start, end = span_of(day, HELSINKI)
    assert end - start == hours * 3600
    assert day_of(start, HELSINKI) == day_of(end - 1, HELSINKI) == (start, end)


def test_that_moments_are_told_in_words() -> None:
    assert said_day(date(2024, 11, 12)) == "Tue 12 Nov 2024"
    assert said_time(NOON, HELSINKI) == "12:00:00"
    assert said_zone(NOON, HELSINKI) == "EET"
    assert said_zone(NOON - 120 * 86_400, HELSINKI) == "EEST"
    assert said_zone(NOON, zone_of("Asia/Kathmandu")) == "UTC+5:45"
    assert zone_of("Nowhere/Land").key == zone_of("../etc").key == zone_of("").key == "UTC"
    assert said_speed(600.0) == "600×"
    assert said_speed(0.01) == "0.01×"
    assert said_speed(-3600.0) == "−3\u202f600×"
    assert said_span(9000.0).replace("\u202f", " ") == "2 h 30 min"


SPANS = st.tuples(
    st.floats(min_value=1.6e9, max_value=1.8e9), st.floats(min_value=30, max_value=4e8), st.integers(50, 3000)
)


@given(SPANS, st.sampled_from(["Europe/Helsinki", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "UTC"]))
def test_that_marks_of_the_ruler_ascend_stand_apart_and_are_few(span: tuple[float, float, int], name: str) -> None:
    start, length, width = span
    scale = Scale(start, start + length, 0.0, float(width))
    ticks = scale.ticks(zone_of(name), 58.0)
    times = [tick.t for tick in ticks]
    assert times == sorted(set(times))
    assert all(start <= t <= start + length for t in times)
    assert len(ticks) <= width / 52 + 3  # months differ, and clocks that are put back bring one mark more
    for tick in ticks:
        if ":" in tick.label:
            assert said_time(tick.t, zone_of(name)).startswith(tick.label)


def test_that_the_ruler_keeps_to_round_hours_across_a_change_of_the_clocks() -> None:
    scale = Scale(*span_of(date(2024, 3, 31), HELSINKI), 0, 600)
    labels = [tick.label for tick in scale.ticks(HELSINKI, 60)]
    assert labels == ["Sun 31 Mar", "04:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "Mon 1 Apr"]


@given(SPANS, st.floats(min_value=0.1, max_value=10), st.floats(min_value=0, max_value=1))
def test_that_zooming_keeps_the_moment_under_the_cursor_and_stays_within(
    span: tuple[float, float, int], factor: float, share: float
) -> None:
    start, length, width = span
    whole = (start - length, start + 2 * length)
    scale = Scale(start, start + length, 0.0, float(width))
    at = start + share * length
    new = scale.zoomed(factor, at, whole)
    assert whole[0] - 1e-3 <= new[0] < new[1] <= whole[1] + 1e-3
    if whole[0] + 1 < new[0] and new[1] < whole[1] - 1:
        zoomed = Scale(*new, 0.0, float(width))
        assert zoomed.x(at) == pytest.approx(scale.x(at), abs=0.5)


SUNNY = """
from ui.timeline.wording import local, said_time
replay, bar = window.replay, window.replay.timeline
track, field = bar.track, bar.findChild(QLineEdit, "time")
assert bar.isVisible() and not window.replay.sun_follows
light = window.view.scene.sun_deg

QTest.mouseClick(track, Qt.LeftButton, pos=QPoint(round(track.scale.x(track.scale.t0 + 6 * 3600)), 12))
app.processEvents()
assert window.replay.sun_follows
assert abs(replay.clock.t - (track.scale.t0 + 6 * 3600)) < 2 * track.scale.seconds_a_pixel
assert window.view.scene.sun_deg != light

field.setFocus()
field.setText("14:30")
QTest.keyClick(field, Qt.Key_Return)
assert said_time(replay.clock.t, replay.zone) == field.text() == "14:30:00"
field.setFocus()
field.setText("late")
QTest.keyClick(field, Qt.Key_Return)
assert field.property("wrong") and said_time(replay.clock.t, replay.zone) == "14:30:00"
QTest.keyClick(field, Qt.Key_Escape)
assert field.text() == "14:30:00" and not field.property("wrong")

window.view.setFocus()
QTest.keyClick(window.view, Qt.Key_Space)
assert replay.clock.state == "playing"
t = replay.clock.t
wait(lambda: replay.clock.t > t)
QTest.keyClick(window.view, Qt.Key_Space)
assert replay.clock.state == "paused"
wait(lambda: not replay.ticking)
t = replay.clock.t

def paper():
    app.processEvents()
    return track.grab().toImage().pixelColor(track.width() - 40, 10)

plain = paper()
track.setFocus()
assert paper() == plain  # the frame of what has the keys leaves the hours to be read
QTest.keyClick(track, Qt.Key_Right)
assert replay.clock.t == t + replay.step_s
window.commands["step-back"].trigger()
assert replay.clock.t == t
QTest.keyClick(track, Qt.Key_Home)
assert replay.clock.t == track.scale.t0

press("sun-by-clock")
assert not window.replay.sun_follows
press("fold-timeline")
wait(lambda: not track.isVisible())
press("fold-timeline")
wait(lambda: track.isVisible())

from datetime import date
for month in (2, 7):
    replay.go_to_day(date(2026, month, 14))
    app.processEvents()
assert f"{local(replay.clock.t, replay.zone):%m-%d %H:%M}" == "07-14 00:00"
window.close()
"""


def test_that_the_bar_puts_the_sun_where_it_stood(tmp_path: Path, display: str) -> None:
    path = tmp_path / "harbour.twin"
    district.save(path, districts.district())
    walk(OPENING + SUNNY, display, path)
