"""What is open now: the loop that draws only when something changed, and replay against live."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sensed
from brokers import until

from twin import district as doors
from twin.days import Recorder, Recording
from twin.history import LiveHistory
from twin.readings import Notice, Readings, Roster
from twin.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import District
    from twin.picture import Picture
    from twin.readings import Moment

NOW = 1_000.0


@pytest.fixture(scope="module")
def district() -> District:
    return doors.open_district("sample")


@pytest.fixture(scope="module")
def roster(district: District) -> Roster:
    return sensed.roster(district)


@pytest.fixture(scope="module")
def rows(roster: Roster, district: District) -> Readings:
    return sensed.day(roster, district, hours=9.0)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, roster: Roster, rows: Readings) -> Path:
    path = tmp_path_factory.mktemp("days") / "day.twin"
    with Recorder(path, roster, title="By hand") as recorder:
        recorder.record(rows)
    return path


def same(one: Picture, other: Picture) -> bool:
    return one.shown.keys() == other.shown.keys() and all(
        np.array_equal(shown.value, other.shown[name].value, equal_nan=True)
        and np.array_equal(
            np.zeros(0) if shown.place is None else shown.place,
            np.zeros(0) if other.shown[name].place is None else other.shown[name].place,
        )
        for name, shown in one.shown.items()
    )


def test_that_a_tick_with_nothing_new_draws_nothing(district: District, path: Path) -> None:
    with Session.open(district, path) as session:
        assert session.step(NOW) is not None
        assert [session.step(NOW + tick / 30) for tick in range(100)] == [None] * 100
        session.clock = session.clock.seek(session.clock.t + 3600)
        assert session.step(NOW + 10) is not None
        assert session.step(NOW + 11) is None


def test_that_a_running_clock_without_moving_things_draws_once_a_reading(district: District, path: Path) -> None:
    with Session.open(district, path) as session:
        session.choose("traffic", vehicles="off", show="speed")
        for layer in session.layers:
            session.show(layer, layer == "traffic")
        session.clock = session.clock.seek(sensed.MIDNIGHT_S + 3600 + 1).play(session.span)
        drawn = [session.step(NOW + tick / 10) for tick in range(590)]
        assert sum(picture is not None for picture in drawn) == 1
        assert any(session.step(NOW + 59 + tick / 10) for tick in range(20))  # the minute's readings


def test_that_moving_vehicles_are_redrawn_while_the_clock_runs_and_stand_when_it_does(
    district: District, path: Path
) -> None:
    with Session.open(district, path) as session:
        session.clock = session.clock.seek(sensed.MIDNIGHT_S + 8 * 3600).play(session.span)
        pictures = [session.step(NOW + tick / 30) for tick in range(30)]
        assert all(pictures)
        session.clock = session.clock.pause()
        session.step(NOW + 1)
        assert session.step(NOW + 2) is None


def test_that_replay_equals_live_as_of_arrival(district: District, roster: Roster, rows: Readings, path: Path) -> None:
    live = Session(district, live=LiveHistory(roster), as_it_arrived=True)
    live.clock = live.clock.follow(NOW)
    with Session.open(district, path) as session:
        session.as_it_arrived = True
        moments = np.sort(np.random.default_rng(2).uniform(sensed.MIDNIGHT_S + 60, sensed.MIDNIGHT_S + 9 * 3600, 12))
        done = 0
        for now in moments.tolist():
            arrived = int(np.searchsorted(rows.t_arrived, now, side="right"))
            live.inbox.put(rows[done:arrived])
            done = arrived
            followed = live.step(now)
            while not live.inbox.empty():
                followed = live.step(now) or followed
            session.clock = session.clock.seek(now)
            replayed = session.step(now)
            assert followed is not None
            assert replayed is not None
            assert same(followed, replayed)


def test_that_seeking_looping_and_playing_agree_about_vehicles(district: District, path: Path) -> None:
    t = sensed.MIDNIGHT_S + 8.25 * 3600
    with Session.open(district, path) as session:
        straight = session.picture(t)
    with Session.open(district, path) as session:
        session.picture(t - 7 * 3600)
        session.clock = session.clock.seek(t - 5).play(session.span)
        session.step(NOW)
        for tick in range(1, 51):
            session.step(NOW + tick / 10)
        assert session.clock.t == pytest.approx(t)
        session.clock = session.clock.seek(t)
        assert same(session.picture(t), straight)
    assert len(straight.shown["traffic.vehicles"].value) > 50


def test_that_vehicles_drive_as_fast_as_is_measured(district: District, path: Path) -> None:
    with Session.open(district, path) as session:
        t = sensed.MIDNIGHT_S + 8 * 3600 + 10
        one, other = (session.picture(at).shown["traffic.vehicles"].place for at in (t, t + 0.5))
        assert one is not None
        assert other is not None
        step_m = np.array([np.hypot(*(other[:, :2] - place).T).min() for place in one[:, :2]])
        assert 0.5 < np.median(step_m) * 2 * 3.6 < 80


def test_that_what_is_past_its_shelf_life_is_no_data(district: District, path: Path) -> None:
    with Session.open(district, path) as session:
        end = session.picture(session.span[1]).shown["traffic"]
        later = session.picture(session.span[1] + 3600)
        assert not np.isnan(end.value).any()
        assert np.isnan(later.shown["traffic"].value).all()
        assert later.reporting["traffic"] == (0, 40)
        assert not len(later.shown["traffic.vehicles"].value)


class Slow(Recording):
    """A recording on a disk that answers when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.answers = threading.Event()
        self.asked = threading.Event()

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        self.asked.set()
        assert self.answers.wait(30)
        return super().at(t, arrived_by=arrived_by)


def test_that_a_slow_disk_holds_up_the_picture_and_not_the_clock(district: District, path: Path) -> None:
    history = Slow(path)
    with Session(district, [history]) as session:
        session.patience_s = 0.0
        start = session.clock.seek(sensed.MIDNIGHT_S + 3600).at_speed(60)
        session.clock = start.play(session.span)
        assert [session.step(NOW + tick / 10) for tick in range(11)] == [None] * 11
        assert session.clock.t == pytest.approx(start.t + 60)
        assert session.pending
        history.asked.wait(30)
        history.answers.set()
        session.clock = session.clock.pause()
        pictures = []
        while session.pending:
            pictures.append(session.step(NOW + 2))
        first, *_rest, last = (picture for picture in pictures if picture is not None)
        assert first.t == start.t
        assert last.t == session.clock.t
        assert same(last, session.picture(session.clock.t))
        assert session.step(NOW + 3) is None


def test_that_what_is_chosen_meanwhile_comes_with_the_next_picture(district: District, path: Path) -> None:
    history = Slow(path)
    with Session(district, [history]) as session:
        session.patience_s = 0.0
        assert session.step(NOW) is None
        history.answers.set()
        session.choose("traffic", show="speed")
        session.patience_s = 30.0
        first, second = session.step(NOW), session.step(NOW)
        assert first is not None
        assert second is not None
        assert first.shown["traffic"].legend.unit == ""
        assert second.shown["traffic"].legend.unit == "km/h"


@pytest.mark.parametrize("backwards", [False, True])
def test_that_playing_reads_ahead_on_its_way(
    district: District, path: Path, backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[float] = []
    monkeypatch.setattr(Recording, "prepare", lambda _self, times: wanted.extend(times))
    with Session.open(district, path) as session:
        session.clock = session.clock.seek(sensed.MIDNIGHT_S + 4 * 3600)
        session.step(NOW)
        assert not wanted
        session.clock = session.clock.at_speed(600).play(session.span, backwards=backwards)
        session.step(NOW + 0.03)
        ahead = (np.array(wanted) - session.clock.t) * (-1 if backwards else 1)
        assert (np.diff(ahead) > 0).all()
        assert ahead[0] == pytest.approx(18)
        assert ahead[-1] > 500


def test_that_rejects_and_trouble_come_through_the_inbox(district: District, roster: Roster) -> None:
    session = Session(district, live=LiveHistory(roster))
    session.clock = session.clock.follow(NOW)
    session.step(sensed.MIDNIGHT_S)
    session.inbox.put(Readings.of(0, roster.channel_rows["speed"], sensed.MIDNIGHT_S, [900.0, 30.0]))
    session.inbox.put(Notice("feed", "The feed is silent.", sensed.MIDNIGHT_S))
    picture = session.step(sensed.MIDNIGHT_S + 1)
    assert picture is not None
    assert picture.reporting["traffic"] == (1, 40)
    assert [notice.sentence for notice in picture.notices] == ["The feed is silent."]
    assert session.rejects.total == 1
    session.inbox.put(Notice("feed", "", sensed.MIDNIGHT_S))
    picture = session.step(sensed.MIDNIGHT_S + 1)
    assert picture is not None
    assert not picture.notices


def test_that_layers_are_fitted_to_new_sensors_while_the_old_ones_are_shown(district: District, roster: Roster) -> None:
    few = Roster(roster.sensors[:5], roster.channels, roster.layers)
    with Session(district, live=LiveHistory(few)) as session:
        now = sensed.MIDNIGHT_S
        session.clock = session.clock.follow(now)
        session.inbox.put(Readings.of(0, roster.channel_rows["speed"], now, 30.0))
        first = session.step(now)
        assert first is not None
        assert first.reporting["traffic"] == (1, 5)
        assert session.layers == ("traffic",)
        session.inbox.put(roster)
        session.inbox.put(Readings.of(20, roster.channel_rows["speed"], now, 30.0))
        session.inbox.put(Readings.of(roster.sensor_rows["a0"], roster.channel_rows["pm25"], now, 9.0))
        assert "traffic" in session.picture(now).shown

        def fitted() -> bool:
            session.step(now)
            return session.layers == ("air", "coverage", "traffic")

        until(fitted)
        picture = session.picture(now)
        assert picture.reporting["traffic"] == (2, 40)
        assert picture.reporting["air"] == (1, 6)
        assert not np.isnan(picture.shown["traffic"].value).all()


def test_that_a_district_without_days_has_nothing_to_draw(district: District) -> None:
    session = Session(district)
    session.step(NOW)
    assert session.layers == ()
    assert session.span is None
    assert session.step(NOW + 1) is None


def test_that_hiding_and_choosing_change_the_picture(district: District, path: Path) -> None:
    with Session.open(district, path) as session:
        session.step(NOW)
        session.show("traffic", False)
        picture = session.step(NOW)
        assert picture is not None
        assert "traffic" not in picture.shown
        session.show("traffic", True)
        session.choose("traffic", show="speed")
        picture = session.step(NOW)
        assert picture is not None
        assert picture.shown["traffic"].legend.unit == "km/h"
        assert session.chosen("traffic")["show"] == "speed"


def test_that_days_recorded_apart_are_one_history(
    district: District, roster: Roster, rows: Readings, tmp_path: Path
) -> None:
    half = sensed.MIDNIGHT_S + 4 * 3600
    for name, part in (("a", rows[rows.t_end <= half]), ("b", rows[rows.t_end > half])):
        with Recorder(tmp_path / f"{name}.twin", roster, title=name) as recorder:
            recorder.record(part)
    with Recorder(tmp_path / "whole.twin", roster, title="whole") as recorder:
        recorder.record(rows)
    both = Session(district, [Recording(tmp_path / "a.twin"), Recording(tmp_path / "b.twin")])
    with both, Session.open(district, tmp_path / "whole.twin") as whole:
        assert both.span == whole.span
        for t in (half - 1800, half + 30, half + 3600):
            assert same(both.picture(t), whole.picture(t))
        one, other = (session.history.gaps(half - 3600, half + 3600) for session in (both, whole))
        assert np.array_equal(one.t_start, other.t_start)
        assert np.array_equal(one.t_end, other.t_end)


@pytest.mark.parametrize(("show", "grades"), [("gbt33171_2016", 5), ("hcm2000_street", 6)])
def test_that_streets_wear_the_grades_of_a_chosen_standard(
    district: District, path: Path, show: str, grades: int
) -> None:
    with Session.open(district, path) as session:
        t = sensed.MIDNIGHT_S + 8 * 3600.0
        session.choose("traffic", show="speed")
        speed = session.picture(t).shown["traffic"].value
        session.choose("traffic", show=show)
        shown = session.picture(t).shown["traffic"]
    known = ~np.isnan(speed)
    assert known.any()
    graded = ~np.isnan(shown.value)
    assert graded[known].mean() > 0.9
    assert set(shown.value[graded].tolist()) <= set(range(grades))
    assert not graded[~known].any()
    assert len(shown.legend.classes) == grades
    assert shown.legend.notes  # what its reader should know of the numbers
    assert shown.absent is not None
    assert not (shown.absent & graded).any()
