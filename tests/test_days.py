"""Recorded days: what a file answers is what an oracle says, other programs read it, and damage is told."""

from __future__ import annotations

import json
import math
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import districts
import numpy as np
import pyogrio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from oracle import ROSTER, Oracle, batches

from twin import chain, cli, file
from twin.days import Home, Recorder, Recording, copy_days, finish, read_days, verify_days
from twin.days.shelf import Shelf
from twin.history import LiveHistory
from twin.model import TwinError
from twin.readings import Channel, Layer, Mark, Readings, Reason, Rejected, Rejects, Roster, Sensor

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = Home("Mitte", 13.4, 52.5, "Europe/Berlin")
TIMES = st.integers(-20, 150).map(lambda s: 1000.0 + s / 2)
FILES = settings(deadline=None, max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "PIECE_READINGS", 7)
    monkeypatch.setattr(chain, "_LOOKAHEAD_BLOCKS", 1000)


def recorded(path: Path, made: list[Readings], *, title: str = "Tuesday") -> Recorder:
    recorder = Recorder(path, ROSTER, title=title, home=HOME, commit_s=0.001, readings_a_block=4)
    for batch in made:
        recorder.record(batch)
        recorder.flush()
    return recorder


def hours_of(count: int, *, start: float = 1000.0) -> list[Readings]:
    """Half-hourly readings of all slots."""
    slots = np.arange(len(ROSTER.slot_sensor))
    value = np.where(ROSTER.slot_channel == 2, -90.0, 40.0)
    return [
        Readings.of(ROSTER.slot_sensor, ROSTER.slot_channel, start + 1800 * i, value + i + slots / 10)
        for i in range(count)
    ]


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.001)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.twin"
    with recorded(path, hours_of(6)) as recorder:
        recorder.record(Mark(1000.0, 2800.0, "Fair", "traffic"))
        recorder.record(Rejects.of(Reason.OUT_OF_RANGE, [Rejected(Reason.OUT_OF_RANGE, "a", "speed", 5.0, "900")], 7))
    return path


@FILES
@given(made=batches(), times=st.lists(TIMES, min_size=1, max_size=3), arrived_by=TIMES)
def test_that_a_day_answers_as_every_reading_says_before_and_after_it_is_put_in_order(
    made: list[Readings], times: list[float], arrived_by: float
) -> None:
    truth = Oracle(Readings.joined(made))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.twin"
        recorder = recorded(path, made)
        for finished in (False, True):
            if finished:
                recorder.close()
            with Recording(path) as recording:
                assert recording.day.finished == finished
                assert recording.day.readings == len(truth.rows)
                assert repr(recording.roster) == repr(ROSTER)  # NaN is not equal to itself
                for t in times:
                    truth.check(recording.at(t))
                    truth.check(recording.at(t, arrived_by=arrived_by), arrived_by)
                truth.check_gaps(recording.gaps(1000.0, 1060.0), 1000.0, 1060.0)
                assert sorted(Oracle(recording.window(0, 2000)).rows) == sorted(truth.rows)
        assert verify_days(path) == ()
        assert not list(Path(folder).glob("*-wal"))


@FILES
@given(made=batches(most=20))
def test_that_replay_from_the_file_equals_live_cell_for_cell(made: list[Readings]) -> None:
    live, seen = LiveHistory(ROSTER, readings_a_block=4), []
    with tempfile.TemporaryDirectory() as folder:
        recorder = recorded(Path(folder) / "day.twin", [])
        for number, batch in enumerate(made):
            taken, _rejects = live.add(batch)
            recorder.record(taken)
            if number + 1 == len(made) or made[number + 1].t_arrived[0] > batch.t_arrived[0]:
                seen.append(live.at(float(batch.t_arrived[0])))
        recorder.close()
        with Recording(recorder.path) as recording:
            for moment in seen:
                replayed = recording.at(moment.t, arrived_by=moment.t)
                assert replayed.same_cells(moment)
                assert np.array_equal(replayed.t_arrived, moment.t_arrived)


def test_that_a_day_says_what_it_is(day: Path) -> None:
    (found,) = read_days(day)
    assert found.home == HOME
    assert (found.title, found.t_start, found.t_end, found.readings) == ("Tuesday", 1000.0, 10_000.0, 36)
    assert found.simulated
    assert found.layers == ROSTER.layers
    told = found.to_json()
    assert (told["date"], told["start"], told["district"]) == ("1970-01-01", "1970-01-01T00:16:40.000Z", "Mitte")
    with Recording(day) as recording:
        assert recording.marks() == (Mark(1000.0, 2800.0, "Fair", "traffic"),)
        assert recording.rejects().counts == {Reason.OUT_OF_RANGE: 7}
        assert recording.rejects().examples == (Rejected(Reason.OUT_OF_RANGE, "a", "speed", 5.0, "900"),)
        gaps, again = recording.recorded_gaps(), recording.gaps(*recording.span)
        assert len(gaps) == len(again) > 0
        assert np.array_equal(gaps.t_start, again.t_start)
        assert np.array_equal(gaps.sensor, again.sensor)


@pytest.mark.filterwarnings("ignore:.*non conformant file extension:RuntimeWarning")
def test_that_gdal_reads_sensors_and_their_hourly_values(day: Path) -> None:
    assert {"sensors", "sensor_hours"} <= {name for name, _kind in pyogrio.list_layers(day)}
    sensors = pyogrio.read_dataframe(day, layer="sensors")
    hours = pyogrio.read_dataframe(day, layer="sensor_hours")
    assert sensors.key.tolist() == ["a", "b", "c", "d"]
    assert sensors.crs.to_epsg() == hours.crs.to_epsg() == 4326
    assert sensors.geometry[0].coords[0] == (24.9, 60.1)
    assert sensors.geometry[2] is None
    mine = hours[(hours.sensor == "a") & (hours.channel == "Speed")]
    assert mine.geometry.iloc[0].coords[0] == (24.9, 60.1)
    assert mine["readings"].tolist() == [2, 2, 2]  # 00:16 and 00:46, 01:16 ...
    assert mine["mean"].tolist() == [40.5, 42.5, 44.5]
    assert mine["hour"].iloc[0].isoformat().startswith("1970-01-01T00:00")


def test_that_a_roster_grows_while_it_is_recorded(tmp_path: Path) -> None:
    grown = ROSTER.grown(sensors=[Sensor("e", "traffic", ("speed",), lon=1.0, lat=2.0), Sensor("f", "air", ())])
    with recorded(tmp_path / "day.twin", hours_of(3)) as recorder:
        recorder.record(grown)
        recorder.record(Readings.of(4, 0, 5000.0, 33.0))
    with Recording(recorder.path) as recording:
        assert repr(recording.roster) == repr(grown)  # NaN is not equal to itself
        assert recording.at(5000.0).value[-1] == 33.0
        assert np.isnan(recording.at(4999.0).value[-1])
    assert verify_days(recorder.path) == ()


@pytest.mark.filterwarnings("ignore:.*non conformant file extension:RuntimeWarning")
def test_that_days_are_copied_into_a_district_which_stays_what_it_was(day: Path, tmp_path: Path) -> None:
    district = districts.district()
    path = tmp_path / "district.twin"
    file.write(path, district, districts.city(district))
    other = tmp_path / "other.twin"
    with recorded(other, hours_of(4, start=90_000.0), title="Wednesday"):
        pass
    copy_days(other, path)
    found = copy_days(day, path)
    assert [one.title for one in found] == ["Tuesday", "Wednesday"]
    assert read_days(path) == found
    assert file.read_city(path).frame == district.frame  # and not StaleCity
    assert file.verify(path) == verify_days(path) == ()
    assert pyogrio.read_info(path, layer="sensors")["features"] == len(ROSTER.sensors)  # the same ones, kept once
    with Recording(path, found[0].id) as copied, Recording(day) as original:
        for t in (900.0, 4000.0, 99_000.0):
            assert copied.at(t).same_cells(original.at(t))
        assert copied.marks() == original.marks()
        assert copied.rejects() == original.rejects()
        assert np.array_equal(copied.recorded_gaps().t_end, original.recorded_gaps().t_end)


def test_that_days_are_copied_out_into_a_file_of_their_own(day: Path, tmp_path: Path) -> None:
    (found,) = copy_days(day, tmp_path / "alone.twin")
    assert found.home == HOME
    assert verify_days(tmp_path / "alone.twin") == ()


def test_that_a_day_that_is_being_recorded_is_not_copied(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "day.twin", hours_of(2))
    with pytest.raises(TwinError, match="is not finished"):
        copy_days(recorder.path, tmp_path / "copy.twin")
    assert not (tmp_path / "copy.twin").exists()
    recorder.close()


def test_that_no_file_is_recorded_over(day: Path) -> None:
    before = day.read_bytes()
    with pytest.raises(TwinError, match="exists already"):
        Recorder(day, ROSTER, title="")
    assert day.read_bytes() == before


@pytest.mark.parametrize("onto", [False, True])
def test_that_a_disk_that_is_full_at_once_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, onto: bool
) -> None:
    path = tmp_path / "day.twin"
    if onto:
        Recorder(path, ROSTER, title="First").close()

    def full(*_row: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("twin.days.recorder.add_to_roster", full)
    with pytest.raises(TwinError, match=r"day\.twin cannot be written: database or disk is full\."):
        Recorder(path, ROSTER, title="Second", onto=True)
    assert [one.title for one in (read_days(path) if onto else ())] == ["First"] * onto
    assert list(tmp_path.iterdir()) == [path] * onto


def test_that_a_full_disk_is_told_once_and_loses_nothing_acknowledged(tmp_path: Path) -> None:
    recorder = recorded(tmp_path / "day.twin", hours_of(3))
    safe = recorder.acknowledged
    recorder._database.execute("PRAGMA max_page_count=1")
    with pytest.raises(TwinError, match="Recording stopped"):  # noqa: PT012
        for batch in hours_of(400):
            recorder.record(batch)
            safe = recorder.flush()
    with pytest.raises(TwinError, match="What was recorded before is safe"):
        recorder.close()
    (found,) = read_days(recorder.path)
    assert found.readings == safe
    finish(recorder.path)
    assert verify_days(recorder.path) == ()


def test_that_blocks_are_read_ahead_and_few_are_kept(day: Path) -> None:
    shelf = Shelf(2)
    with Recording(day, shelf=shelf) as recording:
        assert len(recording.directory.count) > 2
        for number, t in enumerate(recording.directory.reached[1:-1].tolist()):
            recording.prepare([t])
            until(lambda name=(recording, number + 1): name in shelf)
            recording.at(t)
            assert len(shelf) <= 2
    shelf.close()


def test_that_reading_ahead_leaves_trouble_for_whoever_asks(day: Path) -> None:
    with closing(sqlite3.connect(day)) as database, database:
        database.execute("UPDATE day_blocks SET readings = x'00' WHERE number = 1")
    with Recording(day) as recording:
        t = float(recording.directory.reached[1])
        recording.prepare([t, -1e9, 1e12])
        with pytest.raises(TwinError, match="damaged"):
            recording.at(t + 1)


@FILES
@given(seed=st.integers(0, 10_000), edges=st.tuples(st.floats(-1, 5), st.floats(-1, 5)))
def test_that_totals_are_the_same_by_the_hour_and_by_the_block(seed: int, edges: tuple[float, float]) -> None:
    random = np.random.default_rng(seed)
    count = 300
    slots = random.integers(0, len(ROSTER.slot_sensor), count)
    t = 1_700_000_000.0 // 3600 * 3600 + np.round(random.uniform(0, 4 * 3600, count), 0)
    t[:20] = np.round(t[:20] / 3600) * 3600  # what ends as the hour does belongs to it
    value = np.where(ROSTER.slot_channel[slots] == 2, -90.0, 40.0) + np.round(random.uniform(0, 9, count), 1)
    made = Readings.of(ROSTER.slot_sensor[slots], ROSTER.slot_channel[slots], t, value)
    t0, t1 = (1_700_000_000.0 // 3600 * 3600 + edge * 3600 for edge in sorted(edges))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.twin"
        with recorded(path, [made]):
            pass
        for begin, end in ((t0, t1), (round(t0 / 3600) * 3600.0, t1), (-math.inf, math.inf)):
            with Recording(path) as recording:
                told = recording.totals(begin, end)
                assert recording._hours_hold
            with closing(sqlite3.connect(path)) as database, database:  # somebody cuts the hours
                database.execute("CREATE TABLE kept AS SELECT * FROM day_hourly")
                database.execute("DELETE FROM day_hourly WHERE id = (SELECT min(id) FROM day_hourly)")
            with Recording(path) as recording:
                again = recording.totals(begin, end)
                assert not recording._hours_hold
            with closing(sqlite3.connect(path)) as database, database:
                database.executescript(
                    "DELETE FROM day_hourly; INSERT INTO day_hourly SELECT * FROM kept; DROP TABLE kept"
                )
            assert np.array_equal(told.count, again.count)
            np.testing.assert_allclose(told.total, again.total)
            assert np.array_equal(told.least, again.least, equal_nan=True)
            assert np.array_equal(told.most, again.most, equal_nan=True)


def test_that_several_days_share_what_is_kept(day: Path) -> None:
    shelf = Shelf(3)
    with Recording(day, shelf=shelf) as one, Recording(day, shelf=shelf) as other:
        for t in range(900, 12_000, 700):
            assert one.at(float(t)).same_cells(other.at(float(t)))
        assert len(shelf) == 3
    shelf.close()


@pytest.mark.parametrize(
    ("every_s", "count", "many"), [(10.0, 8_640, 30), (3600.0, 35_064, 4)], ids=["dense day", "four sparse years"]
)
def test_that_any_moment_is_one_block_away_however_long_the_recording(
    tmp_path: Path, every_s: float, count: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "day.twin"
    t = 1_362_096_000.0 + every_s * np.repeat(np.arange(count), many)  # from March 2013 on, as Beijing's stations
    sensor = np.tile(np.arange(many), count)
    rows = Readings.of(sensor, 0, t, np.round(30 + 20 * np.sin(t / 7000) + sensor, 1))
    sensors = tuple(Sensor(f"s{i}", "traffic", ("speed",)) for i in range(many))
    channels = (Channel("speed", "traffic", "Speed", "km/h", shelf_s=2 * every_s),)
    with Recorder(path, Roster(sensors, channels, (Layer("traffic", "Traffic", "measured"),)), title="Long") as made:
        made.record(rows)
    read: list[int] = []
    sound = Recording._read
    monkeypatch.setattr(Recording, "_read", lambda *about: read.append(about[1]) or sound(*about))
    with Recording(path) as recording:
        assert len(recording.directory.count) > 2
        for moment in np.random.default_rng(3).uniform(t[0], t[-1] + 3 * every_s, 40).tolist():
            recording._shelf.clear()
            read.clear()
            found = recording.at(moment)
            assert len(read) <= 2
            row = int(np.searchsorted(t, moment, side="right")) - many
            expected = rows.value[row : row + many] if moment - t[row] <= 2 * every_s else np.full(many, np.nan)
            np.testing.assert_array_equal(found.value, expected)


def test_that_a_file_without_days_says_so(tmp_path: Path) -> None:
    path = tmp_path / "district.twin"
    district = districts.district()
    file.write(path, district, districts.city(district))
    assert read_days(path) == ()
    with pytest.raises(TwinError, match="no such recorded day"):
        Recording(path)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE days SET about = '{}'",
        "UPDATE days SET readings = 'many'",
        "UPDATE day_channels SET kind = 'guess'",
        "UPDATE day_slots SET slot = 77 WHERE slot = 2",
        "UPDATE day_slots SET channel = 99 WHERE slot = 0",
        "UPDATE day_blocks SET reached = 5 WHERE number = 1",
        "UPDATE day_blocks SET readings = x'00'",
        "UPDATE day_blocks SET readings = keyframe WHERE number = 2",
        "UPDATE day_blocks SET count = count + 1",
        "UPDATE sensors SET geom = x'4750'",
        "DELETE FROM sensors",
        "DROP TABLE days; CREATE VIEW days AS SELECT 1",
        "DROP TABLE day_blocks",
    ],
)
def test_that_what_contradicts_itself_is_one_sentence(day: Path, change: str) -> None:
    with closing(sqlite3.connect(day)) as database:
        database.executescript(change)
    with pytest.raises(TwinError, match=r"damaged|cannot be opened"), Recording(day) as recording:
        recording.window(0, 1e5)


def test_that_a_newer_day_asks_for_a_newer_program(day: Path) -> None:
    with closing(sqlite3.connect(day)) as database, database:
        database.execute("UPDATE days SET schema = 99")
    with pytest.raises(TwinError, match="newer District Twin"):
        read_days(day)


def test_that_info_and_verify_speak_of_days(day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "district.twin"
    district = districts.district()
    file.write(path, district, districts.city(district))
    copy_days(day, path)
    assert cli.main(["info", str(path), "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["days"]
    assert (told["title"], told["readings"], told["simulated"]) == ("Tuesday", 36, True)
    assert cli.main(["verify", "-q", str(path)]) == 0
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE day_blocks SET readings = x'00' WHERE number = 1")
    assert cli.main(["verify", "-q", str(path)]) != 0
