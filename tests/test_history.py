"""The history in memory against an oracle that looks at every reading, and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import ROSTER, Oracle, batches

from twin import chain
from twin.history import LiveHistory
from twin.readings import Readings, Reason, Sensor

TIMES = st.integers(-20, 150).map(lambda s: 1000.0 + s / 2)


def filled(made: list[Readings], **options: int) -> LiveHistory:
    history = LiveHistory(ROSTER, **{"readings_a_block": 4} | options)
    for batch in made:
        taken, rejects = history.add(batch)
        assert len(taken) == len(batch)
        assert not rejects.total
    return history


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LiveHistory, "_smallest_block", lambda self: self._a_block)
    monkeypatch.setattr(chain, "_LOOKAHEAD_BLOCKS", 1000)
    monkeypatch.setattr(chain, "PIECE_READINGS", 5)


@settings(deadline=None)
@given(made=batches(), times=st.lists(TIMES, min_size=1, max_size=4))
def test_that_a_moment_is_what_every_reading_says(made: list[Readings], times: list[float]) -> None:
    history, truth = filled(made), Oracle(Readings.joined(made))
    for t in times:
        truth.check(history.at(t))


@settings(deadline=None)
@given(made=batches(), t=TIMES, arrived_by=TIMES)
def test_that_a_moment_can_be_asked_as_of_arrival(made: list[Readings], t: float, arrived_by: float) -> None:
    Oracle(Readings.joined(made)).check(filled(made).at(t, arrived_by=arrived_by), arrived_by)


@settings(deadline=None)
@given(made=batches(most=20))
def test_that_replay_equals_live_as_of_arrival_cell_for_cell(made: list[Readings]) -> None:
    live, seen = LiveHistory(ROSTER, readings_a_block=4), []
    for number, batch in enumerate(made):
        live.add(batch)
        now = float(batch.t_arrived[0])
        if number + 1 == len(made) or made[number + 1].t_arrived[0] > now:
            seen.append(live.at(now))
    for moment in seen:
        replayed = live.at(moment.t, arrived_by=moment.t)
        assert replayed.same_cells(moment)
        assert np.array_equal(replayed.t_end, moment.t_end)
        assert np.array_equal(replayed.t_arrived, moment.t_arrived)


@settings(deadline=None)
@given(made=batches(), t0=TIMES, length=st.integers(0, 60), slots=st.none() | st.just(np.array([1, 3])))
def test_that_a_window_is_what_ended_in_it(
    made: list[Readings], t0: float, length: int, slots: np.ndarray | None
) -> None:
    t1 = t0 + length
    found = filled(made).window(t0, t1, slots=slots)
    wanted = range(len(ROSTER.slot_sensor)) if slots is None else slots.tolist()
    expected = [row for row in Oracle(Readings.joined(made)).rows if t0 < row[2] <= t1 and row[0] in wanted]
    assert sorted(Oracle(found).rows) == sorted(expected)
    assert (np.diff(found.t_end) >= 0).all()


@settings(deadline=None)
@given(made=batches(), t0=TIMES, length=st.integers(0, 60))
def test_that_gaps_are_where_nothing_was_worth_showing(made: list[Readings], t0: float, length: int) -> None:
    Oracle(Readings.joined(made)).check_gaps(filled(made).gaps(t0, t0 + length), t0, t0 + length)


@settings(deadline=None)
@given(made=batches(), t0=TIMES, length=st.integers(0, 60))
def test_that_totals_are_of_all_readings_in_a_window(made: list[Readings], t0: float, length: int) -> None:
    totals = filled(made).totals(t0, t0 + length)
    for slot in range(len(ROSTER.slot_sensor)):
        values = [r[4] for r in Oracle(Readings.joined(made)).rows if r[0] == slot and t0 < r[2] <= t0 + length]
        assert totals.count[slot] == len(values)
        expected = (np.mean(values), min(values), max(values)) if values else (math.nan,) * 3
        assert np.allclose((totals.mean[slot], totals.least[slot], totals.most[slot]), expected, equal_nan=True)


@settings(deadline=None)
@given(made=batches(most=30, late=False), t=TIMES)
def test_that_forgetting_bounds_memory_and_never_lies(made: list[Readings], t: float) -> None:
    history = filled(made, readings_kept=10)
    assert history.directory.count.sum() <= 10 + 2 * (4 + 6)
    if (span := history.span) is not None and t >= span[0]:
        Oracle(Readings.joined(made)).check(history.at(t))
    if span is not None:
        assert span[1] == max(batch.t_end.max() for batch in made)


@settings(deadline=None)
@given(made=batches())
def test_that_the_very_same_readings_are_taken_once(made: list[Readings]) -> None:
    history = filled(made)
    span = history.span
    for batch in made:
        taken, rejects = history.add(batch)
        assert not len(taken)
        assert rejects.counts == {Reason.DUPLICATE: len(batch)}
    assert history.span == span


def reading(sensor: int = 0, channel: int = 0, t: float = 1000.0, value: float = 50.0, **more: float) -> Readings:
    return Readings.of(sensor, channel, t, value, **more)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (reading(sensor=-1), Reason.UNKNOWN_SENSOR),
        (reading(sensor=99), Reason.UNKNOWN_SENSOR),
        (reading(channel=1), Reason.UNKNOWN_CHANNEL),
        (reading(channel=-1), Reason.UNKNOWN_CHANNEL),
        (reading(value=math.nan), Reason.NOT_A_NUMBER),
        (reading(value=math.inf), Reason.NOT_A_NUMBER),
        (reading(value=900), Reason.OUT_OF_RANGE),
        (reading(value=-1), Reason.OUT_OF_RANGE),
        (reading(sensor=2, channel=2, value=10), Reason.OUT_OF_RANGE),
        (reading(t=math.nan), Reason.IMPOSSIBLE_TIME),
        (reading(t=1.7e12), Reason.IMPOSSIBLE_TIME),  # milliseconds taken for seconds
        (reading(t_start=1001.0), Reason.IMPOSSIBLE_TIME),
        (reading(t_arrived=math.inf), Reason.IMPOSSIBLE_TIME),
        (reading(t=5000.0, t_arrived=1000.0), Reason.IN_THE_FUTURE),
        (reading(lon=181.0, lat=0.0), Reason.IMPOSSIBLE_PLACE),
        (reading(lon=18.0), Reason.IMPOSSIBLE_PLACE),
    ],
)
def test_that_what_cannot_be_is_refused_with_its_reason(odd: Readings, reason: Reason) -> None:
    history = LiveHistory(ROSTER)
    taken, rejects = history.add(Readings.joined([reading(), odd, reading(t=1010.0)]))
    assert taken.t_end.tolist() == [1000.0, 1010.0]
    assert rejects.counts == {reason: 1}
    (example,) = rejects.examples
    assert example.reason == reason


def test_that_limits_of_a_range_and_of_the_future_are_within() -> None:
    history = LiveHistory(ROSTER)
    edges = [reading(value=0), reading(t=1001.0, value=250), reading(t=1302.0, t_arrived=1002.0)]
    assert not history.add(Readings.joined(edges))[1].total


def test_that_twice_in_one_batch_is_once() -> None:
    taken, rejects = LiveHistory(ROSTER).add(Readings.joined([reading(), reading(value=51.0), reading()]))
    assert taken.value.tolist() == [50.0, 51.0]
    assert rejects.counts == {Reason.DUPLICATE: 1}


def test_that_a_correction_counts_from_when_it_came() -> None:
    history = LiveHistory(ROSTER)
    history.add(reading(t_arrived=1001.0))
    history.add(reading(value=40.0, t_arrived=1005.0))
    assert history.at(1006.0).value[0] == 40.0
    assert history.at(1006.0, arrived_by=1004.0).value[0] == 50.0


def test_that_a_value_ends_with_its_shelf_life() -> None:
    history = LiveHistory(ROSTER)
    history.add(Readings.joined([reading(), reading(sensor=3, t=1015.0)]))
    assert history.at(1020.0).reporting("traffic") == (2, 2)
    later = history.at(1020.5)
    assert later.reporting("traffic") == (1, 2)
    assert later.reporting("air") == (0, 1)
    assert later.stale.tolist() == [True, False, False, False, False, False]
    assert later.last_value[0] == 50.0
    assert later.values("speed")[[0, 3]].tolist() == pytest.approx([math.nan, 50.0], nan_ok=True)


def test_that_a_roster_may_grow_while_readings_come() -> None:
    history = filled([reading()] + [reading(t=1000.0 + i) for i in range(1, 9)])
    history.grow(sensors=[Sensor("e", "traffic", ("speed",))])
    assert np.isnan(history.at(1003.0).value[-1])
    history.add(reading(sensor=4, t=1008.0))
    assert history.at(1008.0).value[-1] == 50.0
    assert history.at(1007.5).value[[0, -1]].tolist() == pytest.approx([50.0, math.nan], nan_ok=True)


@settings(deadline=None)
@given(made=batches(), more=batches(), t=TIMES)
def test_that_a_snapshot_stays_as_it_was_while_more_comes(made: list[Readings], more: list[Readings], t: float) -> None:
    history = filled(made, readings_kept=10)
    before, still = history.at(t), history.snapshot()
    for batch in more:
        history.add(batch)
    assert still.at(t).same_cells(before)
    assert len(still.window(-math.inf, math.inf)) <= sum(map(len, made))


def test_that_an_empty_history_has_no_data_and_no_span() -> None:
    history = LiveHistory(ROSTER)
    assert history.span is None
    assert np.isnan(history.at(0.0).value).all()
    assert len(history.window(0, 9)) == 0
    assert len(history.gaps(0, 9)) == len(ROSTER.slot_sensor)
    assert LiveHistory(oracle.Roster()).at(5.0).value.shape == (0,)
