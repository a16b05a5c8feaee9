"""Feeds at work: they come back, say how they are, and lose nothing on the way to the desk."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import played
import pytest
from brokers import until
from hypothesis import given
from hypothesis import strategies as st
from played import T, reading, roster, sensor

from twin.days import Recording
from twin.live import Pauses, testing
from twin.model import Cancelled, TwinError
from twin.readings import Readings, Reason, Rejects
from twin.sources import Batch, Connection, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from played import Stage


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with played.stage(monkeypatch) as found:
        yield found


def word(stage: Stage, now: float | None = None) -> str:
    return stage.live.states(now)[0].word


def test_that_what_two_feeds_tell_comes_together_renumbered(stage: Stage) -> None:
    one, other = stage.add("North"), stage.add("South")
    one.script.put(Batch(reading(T)))
    until(lambda: stage.has(1))
    other.script.put(roster(sensor("a"), sensor("z")))
    other.script.put(Batch(Readings.of([0, 1], 0, T + 1, [60.0, 70.0])))
    until(lambda: stage.has(3))
    history = stage.desk.history
    assert [one.key for one in history.roster.sensors] == ["a", "South/a", "z"]
    assert history.at(T + 1).values("speed").tolist() == [50.0, 60.0, 70.0]
    assert [state.readings for state in stage.live.states()] == [1, 2]
    assert one.password == "password of North"  # noqa: S105


def test_that_much_at_once_is_taken_in_parts_and_safe_after_the_last(stage: Stage) -> None:
    safe: list[int] = []
    rows = Readings.of(0, 0, T + np.arange(12_000.0), 50.0)
    stage.add("North").script.put(Batch(rows, safe=lambda: safe.append(len(stage.desk.history.window(-1e12, 1e12)))))
    until(lambda: stage.desk.waiting == 12_000)
    until(lambda: stage.desk.take(1e-5)[1])
    assert stage.desk.waiting == 7_000
    assert not safe
    stage.take()
    assert safe == [12_000]


def test_that_readings_arrive_when_they_come(stage: Stage) -> None:
    feed = stage.add("North")
    before = time.time()
    feed.script.put(Batch(reading(before - 40)))
    until(lambda: stage.has(1))
    arrived = stage.desk.history.window(0, 1e12).t_arrived[0]
    assert before <= arrived <= time.time()
    (state,) = stage.live.states()
    assert 40 <= state.delay_s < 60
    assert state.rate_per_s == pytest.approx(0.1)
    assert (state.word, state.sensors, state.inside, state.newest_t) == ("receiving", 1, 1, before - 40)


def test_that_a_feed_comes_back_after_trouble_and_knows_since_when_it_missed(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(Batch(reading(time.time())))
    until(lambda: stage.has(1))
    feed.script.put(Trouble("The broker is gone."))
    until(lambda: len(feed.since) == 2)
    feed.script.put(Batch(reading(time.time()), missed=((T, T + 60), (T + 70, T + 71))))
    until(lambda: stage.has(2))
    assert feed.since[0] is None
    assert feed.since[1] == pytest.approx(time.time(), abs=60)
    assert [(mark.t_start, mark.t_end, mark.title) for mark in stage.desk.marks] == [(T, T + 60, "No data from North")]
    (state,) = stage.live.states()
    assert state.last_error_t is not None
    assert (state.word, state.last_error) == ("receiving", "The broker is gone.")


@pytest.mark.parametrize(
    ("fault", "word_after", "sentence", "grave"),
    [
        (Trouble("The broker is gone."), "waiting", "North: The broker is gone.", False),
        (Trouble("The password is wrong.", grave=True), "failed", "North: The password is wrong.", True),
        (ValueError("7"), "waiting", "North: It ended unexpectedly: ValueError: 7.", False),
        (TwinError("The topic is none."), "failed", "North: The topic is none.", True),
    ],
)
def test_that_a_feed_that_never_worked_says_why_at_once(
    stage: Stage, fault: Exception, word_after: str, sentence: str, grave: bool
) -> None:
    stage.live._pauses = Pauses(first_s=1000.0, longest_s=1000.0, grave_s=1000.0)
    feed = stage.add("North")
    feed.script.put(fault)

    def told() -> bool:
        stage.take()
        return "North" in stage.desk.notices

    until(told)
    assert stage.desk.notices["North"].sentence == sentence
    assert stage.desk.notices["North"].grave == grave
    (state,) = stage.live.states()
    assert state.word == word_after
    assert state.retry_t is not None
    assert state.retry_t > time.time() + 400
    stage.live.resume("North")
    until(lambda: stage.made["North"] is not feed)
    stage.made["North"].script.put(Batch(reading(time.time())))
    until(lambda: stage.has(1) and not stage.desk.notices)


def test_that_a_dead_feed_is_told_after_its_shelf_life_with_the_time_and_no_more_when_it_is_back(stage: Stage) -> None:
    feed = stage.add("North")
    now = time.time()
    feed.script.put(Batch(reading(T - 60)))
    feed.script.put(Batch(reading(now)))
    until(lambda: stage.has(2))
    (one,) = stage.live.feeds
    one.watch(now + 299)
    stage.take()
    assert not stage.desk.notices
    assert word(stage, now + 299) == "receiving"
    one.watch(now + 301)
    stage.take()
    assert stage.desk.notices["North"].sentence.startswith("North: no reading since ")
    assert word(stage, now + 301) == "silent"
    feed.script.put(Batch(reading(now + 5)))
    until(lambda: stage.has(3) and not stage.desk.notices)


def test_that_the_time_since_when_a_feed_is_dead_is_on_the_clocks_of_the_district(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(Batch(reading(T)))
    until(lambda: stage.has(1))
    (one,) = stage.live.feeds
    assert one._trouble(T + 3600) == "North: no reading since 10:00."
    assert one._trouble(T + 86_400) == "North: no reading since 2024-11-12 10:00."


def test_that_a_clock_ahead_is_told_and_its_readings_are_refused_for_that(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(Batch(reading(time.time() + 1800)))

    def refused() -> bool:
        stage.take()
        return Reason.IN_THE_FUTURE in stage.desk.rejects.counts

    until(refused)
    stage.live.feeds[0].watch(time.time())
    stage.take()
    assert "its clock is 30 minutes ahead" in stage.desk.notices["North"].sentence
    feed.script.put(Batch(reading(time.time())))
    until(lambda: stage.has(1) and not stage.desk.notices)


def test_that_pausing_listens_no_more_and_resuming_goes_on(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(Batch(reading(T)))
    until(lambda: stage.has(1))
    stage.live.pause("North")
    assert word(stage) == "paused"
    until(lambda: not any(one.name == "feed North" for one in threading.enumerate()))
    stage.live.resume("North")
    made = stage.made
    until(lambda: made["North"] is not feed)
    made["North"].script.put(Batch(reading(T + 1)))
    until(lambda: stage.has(2))
    assert made["North"].since[0] is not None
    assert len(stage.desk.history.roster.sensors) == 1


def test_that_a_removed_feed_is_gone_with_its_notice(stage: Stage) -> None:
    feed = stage.add("North")
    stage.live._feeds["North"]._pauses = Pauses(grave_s=1000.0)
    feed.script.put(Trouble("No.", grave=True))
    until(lambda: word(stage) == "failed")
    stage.live.remove("North")
    stage.take()
    assert stage.live.feeds == ()
    assert not stage.desk.notices
    with pytest.raises(TwinError, match="a feed South already"):
        stage.add("South") and stage.add("South")


def test_that_sensors_far_away_are_left_out_and_those_near_by_are_not(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(
        roster(sensor("far", 10.0, 50.0), sensor("in"), sensor("near", 24.89, 60.09), sensor("moving", np.nan))
    )
    feed.script.put(Batch(Readings.of([0, 1, 2, 3, 9], 0, T, 50.0)))
    until(lambda: stage.has(3))
    assert [one.key for one in stage.desk.history.roster.sensors] == ["in", "near", "moving"]
    assert stage.desk.rejects.counts == {Reason.UNKNOWN_SENSOR: 1}
    (state,) = stage.live.states()
    assert (state.sensors, state.inside) == (3, 1)


def test_that_swapped_places_milliseconds_and_sentinels_are_put_right_or_refused(stage: Stage) -> None:
    feed = stage.add("North")
    feed.script.put(roster(sensor("swapped", 60.15, 24.95), sensor("car", np.nan, np.nan)))
    rows = [
        Readings.of(0, 0, T * 1000, 41.0),
        Readings.of(1, 0, T, 42.0, lon=60.15, lat=24.95),
        Readings.of(0, 0, T + 1, 2_147_483_647.0),
        Readings.of(0, 0, T + 2, -1.0),
        Readings.of(1, 0, T + 3, 42.0, lon=500.0, lat=24.95),
    ]
    feed.script.put(Batch(Readings.joined(rows)))
    until(lambda: stage.has(2))
    history = stage.desk.history
    assert (history.roster.sensors[0].lon, history.roster.sensors[0].lat) == (24.95, 60.15)
    found = history.window(T - 1, T + 1)
    assert found.value.tolist() == [41.0, 42.0]
    assert found.t_end.tolist() == [T, T]
    assert (found.lon[1], found.lat[1]) == (24.95, 60.15)
    assert stage.desk.rejects.counts == {
        Reason.NOT_A_NUMBER: 1, Reason.OUT_OF_RANGE: 1, Reason.IMPOSSIBLE_PLACE: 1,
    }  # fmt: skip
    assert stage.live.states()[0].remarks == (
        "2 places had longitude and latitude in each other's place, and were put right.",
    )


def test_that_only_what_may_be_is_recorded(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "day.twin"
    stage.live.record(path)
    free, keyed = stage.add("Free"), stage.add("Keyed", record=False)
    safe: list[str] = []
    free.script.put(Batch(reading(T), safe=lambda: safe.append("free")))
    keyed.script.put(roster(sensor("k")))
    keyed.script.put(Batch(reading(T), safe=lambda: safe.append("keyed")))
    until(lambda: stage.has(2) and len(safe) == 2)
    assert stage.live.recording is not None
    assert stage.live.stop_recording() == str(path)
    with Recording(path) as recording:
        assert [recording.roster.sensors[row].key for row in recording.window(0, 1e12).sensor.tolist()] == ["a"]
        assert recording.day.home is not None
        assert recording.day.home.name == "Mitte"


@given(st.integers(0, 1000), st.floats(0, 1), st.booleans(), st.none() | st.floats(0, 1e4))
def test_that_pauses_grow_to_a_limit_are_jittered_and_heed_the_server(
    tries: int, chance: float, grave: bool, retry_s: float | None
) -> None:
    pauses = Pauses()
    pause_s = pauses.after(tries, Trouble("No.", grave=grave, retry_s=retry_s), chance)
    usual_s = 600.0 if grave else min(60.0, 2.0 ** min(tries, 9))
    assert pause_s >= (retry_s or 0)
    assert usual_s / 2 <= pause_s <= max(usual_s, retry_s or 0)
    if chance > 0.5 and not retry_s:
        assert pause_s > pauses.after(tries, Trouble("No.", grave=grave), chance - 0.5)


def try_out(stage: Stage, *script: Batch | Exception, patience_s: float = 5.0) -> testing.Tested:
    """Try a connection out that tells some things."""
    found: list[testing.Tested | TwinError] = []

    def run() -> None:
        try:
            connection = Connection("New", "played", "played://x")
            found.append(
                testing.tested(
                    connection, played.WHERE, lambda _key: "", threading.Event(), patience_s=patience_s, more_s=0.1
                )
            )
        except TwinError as trouble:
            found.append(trouble)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: "New" in stage.made)
    for item in script:
        stage.made["New"].script.put(item)
    thread.join()
    if isinstance(found[0], TwinError):
        raise found[0]
    return found[0]


def test_that_a_connection_is_tried_out_before_it_is_added(stage: Stage) -> None:
    found = try_out(stage, Batch(reading(time.time() - 40)))
    assert found.good
    assert found.sentence == "1 sensor inside this district, newest reading 40\u202fs ago."
    assert not stage.desk.history.roster.sensors


def test_that_trying_out_says_what_is_wrong(stage: Stage) -> None:
    with pytest.raises(Trouble, match=r"The password is wrong\."):
        try_out(stage, Trouble("The password is wrong."))
    with pytest.raises(TwinError, match="no answer within"):
        try_out(stage, patience_s=0.1)
    found = try_out(stage, Batch(rejects=Rejects.of(Reason.UNREADABLE, count=1)), patience_s=0.3)
    assert found.sentence == "1 sensor inside this district, without a reading yet."
    ahead = try_out(stage, Batch(reading(time.time() + 7200)))
    assert "ahead of this computer's clock" in ahead.sentence
    timeless = try_out(stage, Batch(reading(np.nan)))
    assert timeless.sentence == "1 sensor inside this district, without a reading yet."


def test_that_trying_out_can_be_stopped(stage: Stage) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        testing.tested(Connection("New", "played", "played://x"), played.WHERE, lambda _key: "", stop)
