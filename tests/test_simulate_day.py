"""A whole simulated day, where Eclipse SUMO is installed; it is an optional part of the program.

Where it is not, `test_simulate` holds what can be held without it, and these tests end at once.
"""

from __future__ import annotations

import threading
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from towns import town

from twin import cli, file
from twin.days import Recording, read_days
from twin.district import until
from twin.history import LiveHistory
from twin.mesh import city
from twin.model import Cancelled, Progress, TwinError
from twin.simulate import SimulatedDay, demand, programs, simulate

if TYPE_CHECKING:
    from pathlib import Path

    from twin.readings import Roster

DAY = date(2026, 11, 10)
INSTALLED = programs.home() is not None


@pytest.fixture(autouse=True)
def thin_traffic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulate so few trips that a day takes three seconds."""
    monkeypatch.setattr(demand, "MOST_TRIPS", 5_000)


@cache
def simulated() -> SimulatedDay:
    return simulate(town(), DAY, seed=7)


def told(roster: Roster) -> list[tuple[object, ...]]:
    """Return what a roster tells of its sensors; NaN differs from itself, its name does not."""
    return [(s.key, s.channels, s.name, s.lon, s.lat, f"{s.heading_deg}", dict(s.detail)) for s in roster.sensors]


def test_that_the_same_seed_gives_the_same_day() -> None:
    if not INSTALLED:
        return
    one, other = simulated(), simulate(town(), DAY, seed=7)
    assert told(other.roster) == told(one.roster)
    assert other.marks == one.marks
    for name, column in one.readings.columns.items():
        assert np.array_equal(column, other.readings.columns[name], equal_nan=True), name


def test_that_every_reading_is_one_that_a_history_takes() -> None:
    if not INSTALLED:
        return
    day = simulated()
    _taken, rejects = LiveHistory(day.roster).add(day.readings)
    assert not rejects.counts
    assert set(day.roster.channel_rows) >= {
        "flow",
        "speed",
        "occupancy",
        "pm25",
        "pm10",
        "no2",
        "o3",
        "so2",
        "co",
        "ss_rsrp",
        "ss_sinr",
        "throughput",
    }


def test_that_the_day_is_labelled_and_its_sensors_stand_in_the_district() -> None:
    if not INSTALLED:
        return
    day = simulated()
    assert {layer.origin for layer in day.roster.layers} == {"simulated"}
    assert all(layer.owner and layer.terms and layer.source for layer in day.roster.layers)
    placed = day.roster.lonlat[~np.isnan(day.roster.lonlat[:, 0])]
    moved = ~np.isnan(day.readings.lon)
    cars, counts = np.unique(day.readings.sensor[moved], return_counts=True)
    assert len(cars) == 3
    assert counts.max() < 3 * 18 * 360  # one sample of three values each ten seconds, from six to midnight
    placed = np.vstack([placed, np.column_stack([day.readings.lon, day.readings.lat])[moved]])
    assert moved.any()
    xy = town().frame.xy_from_lonlat(placed)
    assert shapely.intersects_xy(town().boundary_xy.buffer(1), xy[:, 0], xy[:, 1]).all()


def test_that_traffic_peaks_when_people_commute() -> None:
    if not INSTALLED:
        return
    day = simulated()
    flow = day.readings[day.readings.channel == day.roster.channel_rows["flow"]]
    hour = ((flow.t_start - flow.t_start.min()) // 3600).astype(int)
    means = np.bincount(hour, flow.value) / np.bincount(hour)
    assert means[7:10].max() > 1.2 * means[10:14].mean()
    assert means[15:19].max() > 1.2 * means[10:14].mean()
    assert means[1:4].max() < 0.3 * means[7:10].max()


def test_that_the_dead_sensor_never_reports_and_the_others_do() -> None:
    if not INSTALLED:
        return
    day = simulated()
    assert day.dead
    reporting = set(np.unique(day.readings.sensor).tolist())
    measuring = {row for row, sensor in enumerate(day.roster.sensors) if sensor.channels}
    assert measuring - reporting == {day.roster.sensor_rows[day.dead]}


def test_that_the_command_adds_a_day_to_a_copy_of_the_district(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not INSTALLED:
        return
    source, target = tmp_path / "town.twin", tmp_path / "lively.twin"
    file.write(source, town(), city.build(town()))
    before = source.read_bytes()
    assert cli.main(["simulate", str(source), "-o", str(target), "--day", "2026-11-10", "--seed", "7", "-q"]) == 0
    assert "simulated readings" in capsys.readouterr().out
    assert source.read_bytes() == before
    (day,) = read_days(target)
    assert day.simulated
    assert day.finished
    assert day.home is not None
    assert day.home.name == "Gridiron"
    assert file.read_city(target).meshes  # not stale: the district in it is untouched
    with Recording(target) as recording:
        assert recording.day.readings == len(simulated().readings)
        assert told(recording.roster) == told(simulated().roster)
        assert recording.marks() == simulated().marks
        morning = recording.at(day.t_start + 8.25 * 3600 if day.t_start else 0.0)
    assert morning.reporting("air")[0] == morning.reporting("air")[1]
    reporting, all_of_them = morning.reporting("traffic")
    assert all_of_them - 6 < reporting < all_of_them  # one is dead, some may be silent for a while


def test_that_stopping_ends_the_program_and_leaves_nothing(tmp_path: Path) -> None:
    if not INSTALLED:
        return
    stop = threading.Event()
    heard: list[Progress] = []

    def report(progress: Progress) -> None:
        heard.append(progress)
        if progress.unit:  # the simulator runs
            stop.set()

    with pytest.raises(Cancelled):
        simulate(town(), DAY, report=until(stop, report))
    assert heard
    assert not [thread for thread in threading.enumerate() if thread.name == "sumo"]


def test_that_a_failing_program_is_told_in_its_own_words(tmp_path: Path) -> None:
    if not INSTALLED:
        return
    with pytest.raises(TwinError, match=r"netconvert of Eclipse SUMO failed: .*No nodes"):
        programs.run("netconvert", ["-n", "nowhere.xml"], folder=tmp_path, hear=lambda _s: None)


def test_that_a_program_is_killed_when_its_listener_has_enough(tmp_path: Path) -> None:
    if not INSTALLED:
        return

    def hear(_simulated_s: float) -> None:
        raise Cancelled("stop")

    (tmp_path / "a.nod.xml").write_text('<nodes><node id="a" x="0" y="0"/><node id="b" x="99" y="0"/></nodes>')
    (tmp_path / "a.edg.xml").write_text('<edges><edge id="e" from="a" to="b"/></edges>')
    programs.run(
        "netconvert", ["-n", "a.nod.xml", "-e", "a.edg.xml", "-o", "a.net.xml"], folder=tmp_path, hear=lambda _s: None
    )
    with pytest.raises(Cancelled):  # it would wait for a client for ever
        programs.run("sumo", ["-n", "a.net.xml", "--remote-port", "0"], folder=tmp_path, hear=hear)
    assert not [thread for thread in threading.enumerate() if thread.name == "sumo"]
