"""A simulated day without the simulator: streets to a network, demand, faults, and the refusal where it is absent."""

from __future__ import annotations

import importlib.util
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from districts import district
from hypothesis import given
from hypothesis import strategies as st
from towns import STEP_M, town

from twin import cli
from twin.model import TwinError
from twin.readings import Channel, Readings, Roster, Sensor
from twin.simulate import calendar, next_workday, programs, simulate
from twin.simulate.faults import with_faults
from twin.simulate.roads import is_open, lanes_of, roads_of, speed_kmh

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "Europe/Helsinki"
NAN = float("nan")


def test_that_streets_break_where_they_meet_and_at_signals() -> None:
    roads = roads_of(town())
    degree = np.bincount(roads.node.ravel())
    assert len(roads) == 6 * 4 + 1  # six streets of four pieces, and the one that leads nowhere
    assert (np.sort(degree)[-9:] == 4).all()
    signals = roads.node_xy[roads.signal]
    assert sorted(signals.tolist()) == [[-STEP_M, STEP_M], [0.0, STEP_M]]
    ends = roads.lines.xy[np.column_stack([roads.lines.start[:-1], roads.lines.start[1:] - 1])]
    assert np.array_equal(roads.node_xy[roads.node], ends)


def test_that_one_may_drive_where_the_map_says_so() -> None:
    roads = roads_of(town())
    names = np.asarray(town().tables["streets"]["name"])[roads.lines.feature]
    assert "Street 30" not in names  # private
    assert roads.lanes[names == "Street 11"].tolist() == [[2, 0]] * 4
    assert roads.lanes[names == "Street 10"].tolist() == [[1, 1]] * 4
    assert set(roads.speed_kmh[names == "Street 20"]) == {30.0}


def test_that_the_written_network_is_sound(tmp_path: Path) -> None:
    roads = roads_of(town())
    nodes, edges = (ET.parse(path).getroot() for path in roads.write(tmp_path))  # noqa: S314
    places = {node.get("id"): (float(node.get("x", "")), float(node.get("y", ""))) for node in nodes}
    assert sum(node.get("type") == "traffic_light" for node in nodes) == 2
    assert len(edges) == int((roads.lanes > 0).sum())
    for edge in edges:
        shape = [tuple(map(float, point.split(","))) for point in edge.get("shape", "").split()]
        assert shape[0] == places[edge.get("from")]
        assert shape[-1] == places[edge.get("to")]


def test_that_a_district_without_streets_is_refused() -> None:
    with pytest.raises(TwinError, match="no streets for vehicles"):
        roads_of(town(tables=district().tables | {"streets": district().tables["streets"].rows(slice(0))}))


@pytest.mark.parametrize(
    ("kind", "tags", "lanes", "expected"),
    [
        ("residential", {}, NAN, (1, 1)),
        ("primary", {"lanes": "4"}, 4.0, (2, 2)),
        ("primary", {"lanes": "3"}, 3.0, (2, 1)),
        ("primary", {"lanes": "3", "lanes:forward": "1", "lanes:backward": "2"}, 3.0, (1, 2)),
        ("primary", {"oneway": "yes"}, 3.0, (3, 0)),
        ("primary", {"oneway": "-1"}, NAN, (0, 1)),
        ("motorway", {}, NAN, (2, 0)),
        ("tertiary", {"junction": "roundabout"}, NAN, (1, 0)),
        ("residential", {"oneway": "no", "junction": "roundabout"}, NAN, (1, 1)),
        ("residential", {}, 1e9, (4, 4)),
    ],
)
def test_that_lanes_are_what_is_mapped_or_usual(
    kind: str, tags: dict[str, str], lanes: float, expected: tuple[int, int]
) -> None:
    assert lanes_of(kind, tags, lanes) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("30", 30), ("20 mph", 32.18688), ("FI:urban", 50), ("", 50), ("none", 50), ("900", 50)]
)
def test_that_speed_limits_are_read(text: str, expected: float) -> None:
    assert speed_kmh(text, 50) == pytest.approx(expected)


def test_that_the_most_exact_tag_says_who_may_drive() -> None:
    assert is_open({})
    assert is_open({"access": "no", "motor_vehicle": "yes"})
    assert not is_open({"motor_vehicle": "no"})
    assert not is_open({"access": "private"})
    assert not is_open({"area": "yes"})


def test_that_a_workday_has_two_peaks_and_a_day_off_none_in_the_morning() -> None:
    start, share = calendar.busyness(date(2026, 11, 10), ZONE)
    hour = start / 3600
    assert share.sum() == pytest.approx(1)
    assert 7.5 <= hour[share == share[hour < 12].max()][0] <= 9
    assert 16 <= hour[share == share.max()][0] <= 18
    noon = share[(hour > 11) & (hour < 13)].mean()
    assert share[hour < 12].max() > 1.3 * noon
    start, share = calendar.busyness(date(2026, 11, 14), ZONE)
    assert share[(start > 7.5 * 3600) & (start < 9 * 3600)].max() < 0.7 * share.max()


@pytest.mark.parametrize(("day", "hours"), [("2026-11-10", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_that_days_are_as_long_as_the_clocks_say(day: str, hours: int) -> None:
    begin, end = calendar.span_of(date.fromisoformat(day), ZONE)
    start, share = calendar.busyness(date.fromisoformat(day), ZONE)
    assert (end - begin) / 3600 == hours
    assert len(start) == len(share) == 12 * hours


def test_that_the_next_workday_is_no_weekend() -> None:
    assert next_workday(date(2026, 11, 13)) == date(2026, 11, 16)  # after a Friday
    assert next_workday(date(2026, 11, 10)) == date(2026, 11, 11)


def counted(sensors: int) -> tuple[Roster, Readings]:
    """Return a day of a reading every five minutes."""
    roster = Roster(
        tuple(Sensor(f"s{i}", "traffic", ("flow",), lon=24.9 + 0.001 * i, lat=60.1) for i in range(sensors)),
        (Channel("flow", "traffic", "Flow", "veh/h"),),
    )
    t_end = np.tile(300.0 * np.arange(1, 289), sensors)
    return roster, Readings.of(np.repeat(np.arange(sensors), 288), 0, t_end, 1.0, t_start=t_end - 300)


@given(st.integers(0, 60), st.integers(0, 2**31 - 1))
def test_that_faults_take_away_one_sensor_and_some_stretches(sensors: int, seed: int) -> None:
    roster, readings = counted(sensors)
    left, marks, dead = with_faults(readings, roster, "traffic", 0.0, np.random.default_rng(seed))
    again = with_faults(readings, roster, "traffic", 0.0, np.random.default_rng(seed))
    assert again[1:] == (marks, dead)
    assert np.array_equal(again[0].t_end, left.t_end)
    if sensors < 4:
        assert len(left) == len(readings)
        return
    silent = set(range(sensors)) - set(left.sensor.tolist())
    assert silent == {roster.sensor_rows[dead]}
    assert 0.7 * 288 * (sensors - 1) < len(left) <= 288 * (sensors - 1)
    for mark in marks:
        during = (left.t_end > mark.t_start) & (left.t_start < mark.t_end)
        assert len(set(left.sensor[during].tolist())) <= sensors - 6


def test_that_without_the_simulator_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert programs.home() is None
    with pytest.raises(TwinError, match="pip install eclipse-sumo"):
        simulate(town(), date(2026, 11, 10))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--day", "tomorrow"], "--day takes a day"),
        (["--day", "0001-01-01"], "--day takes a day"),
        (["--seed", "x"], "--seed takes a whole number"),
        (["--seed=-1"], "--seed takes a whole number"),
        (["--seed", "99999999999"], "--seed takes a whole number"),
    ],
)
def test_that_impossible_days_and_seeds_are_refused(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simulate", "sample", "-o", "out.twin", *words]) == 2
    assert sentence in capsys.readouterr().err
