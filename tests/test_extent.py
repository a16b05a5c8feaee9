"""Which time the bar shows, recorded and live, and how feeds are told of."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from twin.live import State
from twin.quantity import THIN_SPACE
from twin.sources import Connection
from ui.feedwords import row_of
from ui.timeline.extent import LEAST_LIVE_S, MOST_LIVE_S, Extent, room
from ui.timeline.wording import zone_of

NOON = 1_731_405_600.0  # 2024-11-12 12:00 in Helsinki
LONG = st.floats(0.0, 10 * 86_400.0)


@given(st.floats(0.0, 4e9), LONG)
def test_that_now_always_has_its_place_with_room_for_what_comes(since: float, length: float) -> None:
    start, end = room(since, since + length)
    assert start <= since + length < end
    assert LEAST_LIVE_S <= end - start <= MOST_LIVE_S + 1e-3
    if length < MOST_LIVE_S - 3600:
        assert start <= since


@given(st.lists(st.floats(0.1, 900.0), min_size=1, max_size=200))
def test_that_the_bar_moves_seldom_while_now_moves_on(steps: list[float]) -> None:
    extent, now, moves = Extent(), NOON, 0
    extent.of_live(NOON, NOON, None)
    for step in steps:
        now += step
        before = extent.shown
        extent.grow(NOON, now, None)
        moves += extent.shown != before
        assert extent.shown[0] <= now <= extent.shown[1] == extent.whole[1]
    assert moves <= 30 + (now - NOON) / 900


def test_that_who_looks_at_the_past_is_left_there() -> None:
    extent = Extent()
    extent.of_live(NOON, NOON, NOON - 86_400.0)  # beside a recorded day
    assert extent.whole[0] == NOON - 86_400.0
    extent.shown = NOON - 7200.0, NOON - 3600.0
    extent.grow(NOON, NOON + 7200.0, NOON - 86_400.0)
    assert extent.shown == (NOON - 7200.0, NOON - 3600.0)
    extent.show_live(NOON, NOON + 7200.0)
    assert extent.shown[0] <= NOON + 7200.0 <= extent.shown[1]


def test_that_one_cannot_go_beyond_now() -> None:
    extent = Extent()
    extent.of_live(NOON, NOON + 30.0, None)
    assert extent.within(NOON + 500.0, NOON + 30.0) == NOON + 30.0
    assert extent.within(NOON - 500.0, NOON + 30.0) == extent.whole[0]
    extent.of_day((NOON, NOON + 86_400.0))
    assert extent.within(NOON + 500.0, NOON + 30.0) == NOON + 500.0


AIR = Connection("Air", "none of ours", "mqtt://a/b", record=False)


def state(word: str, **changes: object) -> State:
    usual = {
        "name": "Air", "word": word, "delay_s": math.nan, "rate_per_s": 0.0, "last_error": "", "last_error_t": None,
        "last_success_t": None, "newest_t": None, "retry_t": None, "sensors": 0, "inside": 0, "readings": 0,
    }  # fmt: skip
    return State(**(usual | changes))  # type: ignore[arg-type]


def test_that_a_feed_is_told_of_in_few_words() -> None:
    zone = zone_of("Europe/Helsinki")
    one = state("receiving", delay_s=0.84, rate_per_s=3.2, newest_t=NOON - 2, sensors=14, inside=12, readings=1234)
    row = row_of(AIR, one, NOON, zone)
    assert row.said == "Receiving"
    assert row.facts == (
        f"12 sensors inside · newest 2{THIN_SPACE}s ago",
        f"3.2 readings/s · 0.8{THIN_SPACE}s behind",
    )
    assert not row.trouble
    assert "2 sensors nearby as well" in row.told
    assert not row.record


def test_that_a_dead_feed_says_since_when_and_when_it_tries_again() -> None:
    zone = zone_of("Europe/Helsinki")
    one = state("waiting", newest_t=NOON - 300, retry_t=NOON + 24, last_error="Nobody is there.", last_error_t=NOON - 9)
    row = row_of(AIR, one, NOON, zone)
    assert row.said == f"Trying again in 24{THIN_SPACE}s"
    assert row.trouble == "No reading since 11:55. Nobody is there."
    assert row.on
    yesterday = row_of(AIR, state("silent", newest_t=NOON - 86_400), NOON, zone)
    assert yesterday.trouble == "No reading since 2024-11-11 12:00."


def test_that_a_feed_that_is_not_at_work_is_paused() -> None:
    row = row_of(AIR, None, NOON, zone_of("UTC"))
    assert (row.state, row.on, row.trouble) == ("paused", False, "")
