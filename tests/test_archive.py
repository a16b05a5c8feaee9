"""Days in a ClickHouse archive answer as their files do; whole or not at all, each once."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import clickhouses
import districts
import numpy as np
import pytest
import recorded
from clickhouses import ClickHouse

from twin.archive import ArchiveRecording, Server, address_of, archived, pull, push, pushing
from twin.archive.recording import _at_or_before
from twin.cli import main
from twin.days import Home, Recorder, Recording
from twin.model import TwinError
from twin.overview import overview
from twin.readings import Channel, Layer, Mark, Readings, Reason, Rejected, Rejects, Roster, Sensor
from twin.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from certificates import Authority

    from twin.archive import Pushed
    from twin.chain import Chain

T0 = 1_731_362_400.0
DAY_S = 86_400.0
ODD = "O'Hara; DROP TABLE twin_days -- \\ {x:String} 北京"
HOME = Home("Kamppi", 24.93, 60.17, "Europe/Helsinki")


@pytest.fixture(scope="module")
def server() -> Iterator[ClickHouse]:
    with ClickHouse() as found:
        yield found


@pytest.fixture
def empty() -> Iterator[ClickHouse]:
    with ClickHouse() as found:
        yield found


def some_day(path: Path, seed: int, *, title: str = "", hours: float = 24.0) -> Path:
    """Write a day of readings that come late, twice and with corrections, some of moving sensors."""
    rng = np.random.default_rng(seed)
    channels = (
        Channel("flow", "traffic", "Flow", "veh/h", 0.0, shelf_s=900.0),
        Channel("temperature", "air", "Temperature", "°C", shelf_s=3600.0, between="linear"),
        Channel("rsrp", "air", "RSRP", "dBm", shelf_s=60.0, between="none"),
    )
    sensors = [Sensor(f"s{n}", "traffic", ("flow",), f"Nº {n} {ODD}", 24.9 + n / 1e3, 60.2) for n in range(4)]
    sensors += [Sensor(f"a{n}", "air", ("temperature", "rsrp"), detail={"maker": ODD}) for n in range(3)]
    sensors.append(Sensor("idle", "air", ()))
    layers = (Layer("traffic", "Traffic", "measured", owner=ODD), Layer("air", "Air", "simulated", terms="CC BY 4.0"))
    roster = Roster(tuple(sensors), channels, layers)
    count = int(rng.integers(700, 1500))
    slot = rng.integers(0, len(roster.slot_sensor), count)
    t_end = T0 + np.sort(rng.integers(0, int(hours * 360), count)) * 10.0 + rng.integers(0, 2, count) * 0.123457
    late = np.where(rng.random(count) < 0.2, rng.uniform(0, 7200, count), 0.0)
    moving = rng.random(count) < 0.3
    rows = Readings.of(
        roster.slot_sensor[slot],
        roster.slot_channel[slot],
        t_end,
        np.where(rng.random(count) < 0.1, rng.normal(size=count), np.round(rng.normal(20, 5, count), 1)),
        t_start=t_end - rng.integers(0, 2, count) * 300,
        t_arrived=t_end + late,
        quality=rng.integers(0, 3, count),
        lon=np.where(moving, 24.95, np.nan),
        lat=np.where(moving, 60.17, np.nan),
    )
    with Recorder(path, roster, title=title or f"Day {seed}", home=HOME, readings_a_block=60) as recorder:
        recorder.record(rows)
        recorder.record(
            Rejects.of(Reason.OUT_OF_RANGE, [Rejected(Reason.OUT_OF_RANGE, "s1", "flow", T0, "-1", ODD)], 7)
        )
        recorder.record(Rejects({}, ()))
        recorder.record(Mark(T0 + 60, T0 + 600, ODD, "air"))
    return path


def pushed(path: Path, to: ClickHouse) -> Pushed:
    with Server(address_of(to.url), to.password, create=True) as own, Recording(path) as recording:
        return push(recording, own)


def days_in(where: ClickHouse) -> list[str]:
    with Server(address_of(where.url), where.password) as own:
        return [one.day.title for one in archived(own)]


def opened(where: ClickHouse, day: str = "") -> ArchiveRecording:
    return ArchiveRecording(f"{where.url}{'#' * bool(day)}{day}", where.password)


def assert_same(one: Readings, other: Readings) -> None:
    for name, column in one.columns.items():
        assert np.array_equal(column, other.columns[name], equal_nan=True), name


def assert_same_history(one: Chain, other: Chain, rng: np.random.Generator) -> None:
    assert repr(one.roster) == repr(other.roster)  # NaN is not itself
    assert one.span == other.span
    assert one.span is not None
    begin, end = one.span
    slots = np.arange(len(one.roster.slot_sensor))
    for t in [begin, end, end + DAY_S, *rng.uniform(begin - 60, end, 5).tolist()]:
        arrived_by = t if rng.random() < 0.5 else math.inf
        a, b = one.at(t, arrived_by=arrived_by), other.at(t, arrived_by=arrived_by)
        for name in ("value", "stale", "last_value", "t_start", "t_end", "t_arrived", "quality", "lon", "lat"):
            assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True), name
        until, some = t + rng.uniform(0, 20_000), rng.choice(slots, 3)
        assert_same(one.window(t, until, arrived_by=arrived_by), other.window(t, until, arrived_by=arrived_by))
        assert_same(one.window(begin, t, slots=some), other.window(begin, t, slots=some))
        assert_same(
            one.window(t - 40_000, t, slots=some, arrived_by=t), other.window(t - 40_000, t, slots=some, arrived_by=t)
        )
        for chosen in (None, some):
            gaps, same = one.gaps(t - 30_000, t, slots=chosen), other.gaps(t - 30_000, t, slots=chosen)
            for name in ("sensor", "channel", "t_start", "t_end"):
                assert np.array_equal(getattr(gaps, name), getattr(same, name)), name
        totals, sums = one.totals(begin, t), other.totals(begin, t)
        assert np.array_equal(totals.count, sums.count)
        assert np.allclose(totals.total, sums.total, rtol=1e-12)
        assert np.array_equal(totals.least, sums.least, equal_nan=True)
        assert np.array_equal(totals.most, sums.most, equal_nan=True)
    for span in (None, (begin + 1000, end - 5000)):
        far, same_far = overview(one, span, steps=97), overview(other, span, steps=97)
        assert far is not None
        assert same_far is not None
        assert np.array_equal(far.readings, same_far.readings)
        for strip, same_strip in zip(far.strips, same_far.strips, strict=True):
            assert np.allclose(strip.mean, same_strip.mean, equal_nan=True, rtol=1e-12)
            assert np.allclose(strip.present, same_strip.present, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_that_a_day_answers_as_its_file_does(seed: int, tmp_path: Path, server: ClickHouse) -> None:
    path = some_day(tmp_path / "day.twin", seed)
    pushed(path, server)
    rng = np.random.default_rng(seed)
    with Recording(path) as file, opened(server, f"Day {seed}") as day:
        assert len(day.directory.count) > 2 * pushing.KEYFRAME_EVERY
        assert_same_history(file, day, rng)
        assert day.day == replace(file.day, id=day.day.id)
        assert (day.marks(), day.rejects()) == (file.marks(), file.rejects())
        assert np.array_equal(day.recorded_gaps().t_start, file.recorded_gaps().t_start)


def test_that_moments_are_the_same_whichever_was_asked_before(tmp_path: Path, server: ClickHouse) -> None:
    path = some_day(tmp_path / "day.twin", 77)
    pushed(path, server)
    with Recording(path) as file, opened(server, "Day 77") as day:
        blocks = len(day.directory.count)
        for number in [blocks - 1, 3, 4, 5, 0, blocks // 2, *range(blocks)]:
            assert np.array_equal(day.before(number).value, file.before(number).value, equal_nan=True)
            assert_same(day.block(number).rows, file.block(number).rows)


def test_that_a_pulled_day_is_the_pushed_one(tmp_path: Path, server: ClickHouse) -> None:
    path, again = some_day(tmp_path / "day.twin", 11), tmp_path / "again.twin"
    first = pushed(path, server)
    with opened(server, "Day 11") as day:
        pull(day, again)
        with pytest.raises(TwinError, match="exists already"):
            pull(day, again)
    with Recording(path) as one, Recording(again) as other:
        assert_same_history(one, other, np.random.default_rng(1))
        assert (one.marks(), one.rejects()) == (other.marks(), other.rejects())
        assert one.recorded_gaps().t_end.tolist() == other.recorded_gaps().t_end.tolist()
    assert pushed(again, server).again
    assert pushed(again, server).archived == first.archived


def test_that_the_same_day_is_there_once_whoever_pushes_it(tmp_path: Path, empty: ClickHouse) -> None:
    path = some_day(tmp_path / "day.twin", 3)
    with Server(address_of(empty.url), empty.password, create=True):
        pass  # so that both find the database
    done: list[Pushed] = []
    threads = [threading.Thread(target=lambda: done.append(pushed(path, empty))) for _desk in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.append(pushed(path, empty))
    assert [one.again for one in done].count(True) >= 1
    assert len({one.archived.digest for one in done}) == 1
    assert days_in(empty) == ["Day 3"]
    with Recording(path) as file, opened(empty) as day:
        assert day.day.readings == file.day.readings
    assert int(empty.run("SELECT uniqExact(day) FROM twin_readings")) == 1


@pytest.mark.parametrize("fault", [clickhouses.cut_off, clickhouses.unwell, clickhouses.forbidden])
def test_that_a_push_cut_off_leaves_nothing_to_see(
    tmp_path: Path, empty: ClickHouse, fault: clickhouses.Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "READINGS_A_PUSH", 300)
    path = some_day(tmp_path / "day.twin", 5)
    with Server(address_of(empty.url), empty.password, create=True) as own:
        pushing.make_tables(own)
    wait = [clickhouses.fine] * 16
    empty.script = [*wait, fault, fault, fault]
    with pytest.raises(TwinError, match=r"broke in the middle|no memory|may not do this"):
        pushed(path, empty)
    empty.script = []
    assert days_in(empty) == []
    assert int(empty.run("SELECT count() FROM twin_readings")) == 0
    with pytest.raises(TwinError, match="holds no days"):
        opened(empty)
    assert not pushed(path, empty).again
    with Recording(path) as file, opened(empty) as day:
        assert_same(file.window(-math.inf, math.inf), day.window(-math.inf, math.inf))


def test_that_what_a_killed_push_left_goes_after_a_day(
    tmp_path: Path, empty: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = some_day(tmp_path / "day.twin", 6)
    with monkeypatch.context() as patch:  # killed: neither announced nor cleared away
        patch.setattr(pushing, "_announce", lambda *_told: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr(pushing, "remove", lambda *_told: None)
        with pytest.raises(KeyboardInterrupt):
            pushed(path, empty)
    left = int(empty.run("SELECT count() FROM twin_readings"))
    assert left > 0
    assert days_in(empty) == []
    other = some_day(tmp_path / "other.twin", 7)
    pushed(other, empty)
    with Recording(other) as file:
        more = file.day.readings
    assert int(empty.run("SELECT count() FROM twin_readings")) == left + more  # it may still be on its way
    empty.run("CREATE TABLE old AS twin_pushes")
    empty.run("INSERT INTO old SELECT day, digest, begun - INTERVAL 25 HOUR FROM twin_pushes")
    empty.run("EXCHANGE TABLES old AND twin_pushes")
    pushed(some_day(tmp_path / "third.twin", 8), empty)
    assert sorted(days_in(empty)) == ["Day 7", "Day 8"]
    with opened(empty, "Day 8") as day:
        assert int(empty.run("SELECT count() FROM twin_readings")) == more + day.day.readings


_LOST = (0, 2, 4, 6, 8)  # which of the inserts of a push


def test_that_an_insert_whose_answer_was_lost_is_there_once(tmp_path: Path, empty: ClickHouse) -> None:
    with Server(address_of(empty.url), empty.password, create=True) as own:
        pushing.make_tables(own)
    for turn in _LOST:
        empty.script = [*[clickhouses.fine] * (3 + turn), clickhouses.lost]
        try:
            pushed(some_day(tmp_path / f"{turn}.twin", 40 + turn, hours=2), empty)
        except TwinError as error:
            assert "broke in the middle" in str(error)  # noqa: PT017  (either is right)
            empty.script = []
            pushed(tmp_path / f"{turn}.twin", empty)
    empty.script = []
    assert sorted(days_in(empty)) == [f"Day {40 + turn}" for turn in _LOST]
    for turn in _LOST:
        with Recording(tmp_path / f"{turn}.twin") as file, opened(empty, f"Day {40 + turn}") as day:
            assert repr(file.roster) == repr(day.roster)
            assert_same(file.window(-math.inf, math.inf), day.window(-math.inf, math.inf))
            assert (day.marks(), day.rejects()) == (file.marks(), file.rejects())


def sentence_of(what: Callable[[], object]) -> str:
    with pytest.raises(TwinError) as told:
        what()
    return str(told.value)


def test_that_each_fault_is_one_sentence(tmp_path: Path, empty: ClickHouse) -> None:
    path = some_day(tmp_path / "day.twin", 9)
    address = address_of(empty.url)
    assert "does not take the user planner" in sentence_of(lambda: Server(address, "wrong"))
    assert "There is no archive" in sentence_of(lambda: days_in(empty))
    pushed(path, empty)
    with opened(empty) as day:
        for fault, told in ((clickhouses.cut_off, "broke in the middle"), (clickhouses.unwell, "no memory")):
            empty.script = [fault] * 3
            assert told in sentence_of(lambda: day.block(4))
            empty.script = []
        assert len(day.block(4).slot)  # all is well again
    assert "has no day 1999-01-01; it has" in sentence_of(lambda: opened(empty, "1999-01-01"))
    empty.run("ALTER TABLE twin_readings DELETE WHERE block = 5 AND n > 3 SETTINGS mutations_sync = 1")
    with opened(empty) as day:
        assert "is damaged" in sentence_of(lambda: day.block(5))
    empty.run("INSERT INTO twin_schema VALUES (99)")
    assert "newer District Twin" in sentence_of(lambda: opened(empty))
    assert "newer District Twin" in sentence_of(lambda: pushed(path, empty))
    empty.run("ALTER TABLE twin_schema DELETE WHERE schema = 99 SETTINGS mutations_sync = 1")
    empty.run("ALTER TABLE twin_days RENAME COLUMN title TO name")
    assert "not as they should be" in sentence_of(lambda: opened(empty))


def test_that_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with ClickHouse() as gone:
        address = address_of(gone.url)
    assert "There is no server at 127.0.0.1" in sentence_of(lambda: Server(address, ""))
    assert "There is no archive" in sentence_of(lambda: Server(address_of(f"chdb:{tmp_path}/none")))


def test_that_tls_is_checked(authority: Authority, tmp_path: Path) -> None:
    with ClickHouse(shown=authority.server()) as good:
        address = address_of(good.url)
        with Server(address, good.password, create=True, authority=authority.path) as own:
            assert own.rows("SELECT 1") == [(1,)]
        assert "Nobody whom this computer trusts" in sentence_of(lambda: Server(address, good.password))
    for how, told in (({"days": -1}, "expired"), ({"names": ("elsewhere.example",)}, "that of another name")):
        with ClickHouse(shown=authority.server(**how)) as bad:  # type: ignore[arg-type]
            address = address_of(bad.url)
            assert told in sentence_of(lambda: Server(address, bad.password, authority=authority.path))  # noqa: B023
            assert bad.asked == []
    with ClickHouse() as plain:
        address = address_of(plain.url.replace("clickhouse://", "clickhouses://"))
        assert "does not speak TLS" in sentence_of(lambda: Server(address, plain.password))


def test_that_other_programs_can_ask_for_plain_values(tmp_path: Path, empty: ClickHouse) -> None:
    path = some_day(tmp_path / "day.twin", 10)
    pushed(path, empty)
    with Recording(path) as file:
        rows = file.window(-math.inf, math.inf, slots=file.roster.slots_of("flow"))
    told = empty.run(
        "SELECT count(), round(sum(value), 6), any(unit), any(district) FROM twin_values WHERE channel = 'flow'"
    )
    count, total, unit, district = told.decode().strip().split("\t")
    assert (int(count), unit, district) == (len(rows), "veh/h", "Kamppi")
    assert float(total) == pytest.approx(rows.value.sum())


def test_that_the_commands_push_list_and_pull(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = some_day(tmp_path / "day.twin", 12, title=ODD)
    url = f"chdb:{clickhouses.folder()}"
    assert main(["archive", "push", str(path), url]) == 0
    assert "readings pushed" in capsys.readouterr().out
    assert main(["archive", "push", str(path), url, "--day", "2024-11-12"]) == 0
    assert "in the archive already" in capsys.readouterr().out
    assert main(["archive", "list", url, "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["title"], listed["simulated"], listed["district"]) == (ODD, True, "Kamppi")
    assert main(["archive", "list", url]) == 0
    assert "simulated" in capsys.readouterr().out
    assert main(["archive", "pull", f"{url}#{listed['number']}", "-o", str(tmp_path / "pulled.twin")]) == 0
    with Recording(path) as file, Recording(tmp_path / "pulled.twin") as other:
        assert_same(file.window(-math.inf, math.inf), other.window(-math.inf, math.inf))
    capsys.readouterr()
    assert main(["at", f"{url}#{listed['number']}", "2024-11-12T12:00", "--json"]) == 0
    archived_values = json.loads(capsys.readouterr().out)
    assert main(["at", str(path), "2024-11-12T12:00", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == archived_values
    assert archived_values["values"]
    assert main(["archive", "pull", f"{url}#0000", "-o", str(tmp_path / "none.twin")]) == 2
    assert not (tmp_path / "none.twin").exists()


def test_that_a_session_shows_an_archived_day_as_its_file(
    tmp_path: Path, empty: ClickHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded.harbour_with_a_day(tmp_path / "harbour.twin", hours=3)
    pushed(path, empty)
    monkeypatch.setenv("TWIN_SECRET_PASSWORD", empty.password)
    town = districts.district()
    with Session.open(town, path) as file, Session.open(town, f"{empty.url}#Tuesday") as archive:
        assert archive.span == file.span
        assert archive.marks == file.marks
        assert archive.layers == file.layers
        assert file.span is not None
        for t in np.random.default_rng(1).uniform(*file.span, 4).tolist():
            one, other = file.picture(t), archive.picture(t)
            assert one.reporting == other.reporting
            assert one.shown.keys() == other.shown.keys()
            for name, shown in one.shown.items():
                assert np.allclose(shown.value, other.shown[name].value, equal_nan=True), name
        archive.clock = archive.clock.play(archive.span)
        assert archive.step(1000.0) is not None
        assert archive.step(1000.1) is not None
    monkeypatch.setenv("TWIN_SECRET_PASSWORD", "wrong")
    assert "does not take the user" in sentence_of(lambda: Session.open(town, f"{empty.url}#Tuesday"))


def test_that_times_are_asked_as_they_are_compared() -> None:
    rng = np.random.default_rng(1)
    for t in [T0, T0 + 0.123457, np.nextafter(T0, -math.inf), np.nextafter(T0, math.inf), *rng.uniform(0, 2e9, 300)]:
        at = _at_or_before(float(t))
        assert at / 1e6 <= t < (at + 1) / 1e6
    assert _at_or_before(-math.inf) < _at_or_before(T0) < _at_or_before(math.inf)
