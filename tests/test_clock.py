"""The clock: pure, so that no test of it waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.clock import LONGEST_TICK_S, SPEEDS, Clock

DAY = (1_700_000_000.0, 1_700_086_400.0)
MOMENTS = st.floats(DAY[0] - 1e5, DAY[1] + 1e5)
TICKS = st.lists(st.floats(-1, 5), max_size=30)
RATES = st.floats(SPEEDS[0], SPEEDS[-1])


@given(t=MOMENTS, ticks=TICKS, speed=RATES, backwards=st.booleans())
def test_that_playing_never_leaves_the_span_nor_turns_round(
    t: float, ticks: list[float], speed: float, backwards: bool
) -> None:
    clock = Clock(t).at_speed(speed).play(DAY, backwards=backwards)
    for dt in ticks:
        later = clock.advance(dt, 0.0, DAY)
        assert DAY[0] <= later.t <= DAY[1]
        assert later.t <= max(clock.t, DAY[0]) if backwards else later.t >= min(clock.t, DAY[1])
        arrived = later.t == (DAY[0] if backwards else DAY[1])
        assert later.state == ("paused" if arrived else "playing")
        clock = later


@given(start=st.floats(10_000, 70_000), ticks=st.lists(st.floats(0, LONGEST_TICK_S), max_size=30))
def test_that_backwards_undoes_forwards(start: float, ticks: list[float]) -> None:
    clock = Clock(DAY[0] + start, speed=120.0).play(DAY)
    for dt in ticks:
        clock = clock.advance(dt, 0.0, DAY)
    clock = clock.play(DAY, backwards=True)
    for dt in ticks:
        clock = clock.advance(dt, 0.0, DAY)
    assert clock.t == pytest.approx(DAY[0] + start, abs=1e-4)


@given(ticks=st.lists(st.floats(0, LONGEST_TICK_S), max_size=30), speed=st.sampled_from(SPEEDS[:8]))
def test_that_played_time_is_the_wall_s_times_the_speed(ticks: list[float], speed: float) -> None:
    clock = Clock(DAY[0], "playing", speed)
    for dt in ticks:
        clock = clock.advance(dt, 0.0, DAY)
    assert clock.t == pytest.approx(DAY[0] + sum(ticks) * speed, abs=1e-4)


@given(start=st.floats(0, 80_000), length=st.floats(1e-3, 6400), ticks=TICKS, speed=RATES, back=st.booleans())
def test_that_a_loop_is_never_left(start: float, length: float, ticks: list[float], speed: float, back: bool) -> None:
    loop = (DAY[0] + start, DAY[0] + start + length)
    clock = Clock(DAY[0] + 7e4).at_speed(speed).looping(loop).play(DAY, backwards=back)
    for dt in ticks:
        clock = clock.advance(dt, 0.0, DAY)
        assert loop[0] <= clock.t <= loop[1]
        assert clock.state == "playing"


@given(t=MOMENTS, now=MOMENTS, dt=st.floats(-10, 10))
def test_that_following_is_the_wall_whatever_is_recorded(t: float, now: float, dt: float) -> None:
    clock = Clock(t).follow(now).advance(dt, now + 5, (0.0, 1.0))
    assert (clock.t, clock.state) == (now + 5, "following")


@given(t=MOMENTS, dt=st.floats(0, 10))
def test_that_a_paused_clock_stands(t: float, dt: float) -> None:
    assert Clock(t).advance(dt, 0.0, DAY) == Clock(t)


def test_that_a_stall_does_not_leap() -> None:
    assert Clock(DAY[0], "playing", 10.0).advance(60.0, 0.0, DAY).t == DAY[0] + 10 * LONGEST_TICK_S


def test_that_playing_waits_where_nothing_is_recorded() -> None:
    assert Clock(5.0, "playing").advance(0.1, 0.0, None) == Clock(5.0, "playing")


def test_that_play_at_the_end_begins_anew() -> None:
    ended = Clock(DAY[1] - 0.01, "playing").advance(0.3, 0.0, DAY)
    assert (ended.t, ended.state) == (DAY[1], "paused")
    assert ended.play(DAY).t == DAY[0]
    assert Clock(DAY[1] - 1).play(DAY).t == DAY[1] - 1


def test_that_backwards_from_the_beginning_begins_at_the_end() -> None:
    begun = Clock(DAY[0] + 0.01, speed=10.0).play(DAY, backwards=True).advance(0.3, 0.0, DAY)
    assert (begun.t, begun.state) == (DAY[0], "paused")
    assert begun.play(DAY, backwards=True).t == DAY[1]
    assert begun.play(DAY).t == DAY[0]


def test_that_j_k_and_l_are_those_of_an_editing_desk() -> None:
    clock = Clock(50.0, speed=60.0)
    rates = []
    for key in "JJLLJK":
        clock = clock.pause() if key == "K" else clock.shuttle(DAY, backwards=key == "J")
        rates.append(clock.rate if clock.running else 0.0)
    assert rates == [-60.0, -120.0, 120.0, 300.0, -300.0, 0.0]
    assert Clock(50.0).follow(90.0).shuttle(backwards=True).rate == -1.0


def test_that_a_loop_runs_round_backwards() -> None:
    clock = Clock(41.0, speed=10.0).looping((40.0, 60.0)).play(backwards=True)
    assert clock.advance(0.2, 0.0, DAY).t == 59.0
    assert clock.advance(0.1, 0.0, DAY).t == 40.0


def test_that_seeking_leaves_the_wall_and_a_loop_that_it_jumps_out_of() -> None:
    looped = Clock(50.0).looping((40.0, 60.0))
    assert looped.seek(55.0).loop == (40.0, 60.0)
    assert looped.seek(70.0).loop is None
    assert Clock(0.0).follow(9.0).seek(3.0) == Clock(3.0)
    assert Clock(3.0, "playing").step(-1.0) == Clock(2.0)


def test_that_an_empty_loop_is_none() -> None:
    assert Clock(1.0).looping((2.0, 2.0)).loop is None


def test_that_speeds_step_through_those_offered_and_stop_at_the_ends() -> None:
    clock = Clock(0.0).at_speed(1e-9)
    seen = [clock.speed]
    while (faster := clock.faster()) != clock:
        clock = faster
        seen.append(clock.speed)
    assert tuple(seen) == SPEEDS
    assert Clock(0.0, speed=7.0).slower().speed == 5.0
    assert Clock(0.0).at_speed(1e9).speed == 10_000.0
