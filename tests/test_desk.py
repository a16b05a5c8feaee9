"""The desk where all that is live comes together: what is taken, what is recorded, and who hears of it when."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from brokers import until

from twin.days import Recording, read_days, verify_days
from twin.history import LiveHistory
from twin.live.desk import READINGS_WAITING, RECORDING, Arrived, Desk
from twin.model import TwinError
from twin.readings import Channel, Layer, Mark, Notice, Readings, Reason, Rejects, Roster, Sensor

if TYPE_CHECKING:
    from pathlib import Path

SPEED = Channel("speed", "traffic", "Speed", "km/h", 0, 250, shelf_s=60)
ROSTER = Roster((Sensor("a", "traffic", ("speed",)),), (SPEED,), (Layer("traffic", "Traffic", "measured"),))


def desk() -> Desk:
    return Desk(LiveHistory(ROSTER))


def reading(t: float, value: float = 50.0, sensor: int = 0) -> Readings:
    return Readings.of(sensor, 0, t, value)


def take(one: Desk) -> None:
    while one.take(1.0)[0]:
        pass


def test_that_without_a_recording_what_is_taken_is_safe_at_once() -> None:
    one, safe = desk(), []
    one.put(Arrived(reading(1.0), safe=lambda: safe.append(1)))
    assert not safe
    take(one)
    assert safe
    assert one.history.span == (1.0, 1.0)


def test_that_while_recording_only_what_is_on_the_disk_is_safe(tmp_path: Path) -> None:
    one = desk()
    path = tmp_path / "day.twin"
    one.record(path, title="Today")
    seen: list[int] = []

    def safe() -> None:
        with Recording(path) as recording:  # another reader: it sees only what has been committed
            seen.append(len(recording.window(0, 1e9)))

    for t in range(1, 6):
        one.put(Arrived(Readings.joined([reading(t), reading(t, 60.0 + t)]), safe=safe))
        take(one)
        until(lambda t=t: len(seen) >= t)
    assert seen == [2, 4, 6, 8, 10]
    taping = one.taping
    assert taping is not None
    assert (taping.readings, taping.waiting, taping.path) == (10, 0, str(path))
    assert one.stop_recording() == str(path)
    assert one.taping is None
    assert verify_days(path) == ()


def test_that_exactly_what_was_accepted_is_recorded_with_what_was_not(tmp_path: Path) -> None:
    one = desk()
    path = tmp_path / "day.twin"
    one.put(reading(0.5))
    take(one)
    one.record(path, title="Today")
    rows = Readings.joined([reading(1.0), reading(2.0, 900.0), reading(3.0), reading(3.0), reading(2.5, sensor=7)])
    one.put(Arrived(rows, Rejects.of(Reason.UNREADABLE, count=3)))
    grown = ROSTER.grown(sensors=[Sensor("b", "traffic", ("speed",))])
    one.put(grown)
    one.put(reading(4.0, 33.0, sensor=1))
    one.put(Mark(4.0, 5.0, "Road closed"))
    one.put(Arrived(reading(6.0), recordable=False))
    take(one)
    one.stop_recording()
    with Recording(path) as recording:
        found = recording.window(0, 1e9)
        rejects, marks = recording.rejects(), recording.marks()
        assert [sensor.key for sensor in recording.roster.sensors] == ["a", "b"]
    live = one.history.window(0.6, 5.0)
    assert found.t_end.tolist() == [1.0, 3.0, 4.0] == live.t_end.tolist()
    assert found.value.tolist() == live.value.tolist()
    assert rejects.counts == one.rejects.counts
    assert rejects.counts == {
        Reason.OUT_OF_RANGE: 1, Reason.DUPLICATE: 1, Reason.UNKNOWN_SENSOR: 1, Reason.UNREADABLE: 3,
    }  # fmt: skip
    assert [mark.title for mark in marks] == ["Road closed"]
    assert [mark.title for mark in one.marks] == ["Road closed"]


def test_that_a_file_that_is_gone_is_told_and_watching_goes_on(tmp_path: Path) -> None:
    one, safe = desk(), []
    path = tmp_path / "day.twin"
    one.record(path, title="Today")
    one.put(Arrived(reading(1.0), safe=lambda: safe.append(1)))
    take(one)
    until(lambda: bool(safe))
    path.rename(tmp_path / "moved.twin")
    one.put(Arrived(reading(2.0), safe=lambda: safe.append(2)))

    def told() -> bool:
        take(one)
        return RECORDING in one.notices

    until(told)
    assert safe == [1, 2]
    notice = one.notices[RECORDING]
    assert notice.grave
    assert "Recording stopped" in notice.sentence
    assert "No such file" in notice.sentence
    assert one.taping is None
    one.put(Arrived(reading(3.0), safe=lambda: safe.append(3)))
    take(one)
    assert safe == [1, 2, 3]
    assert one.history.span == (1.0, 3.0)
    one.record(tmp_path / "again.twin", title="Today")  # and may begin again
    take(one)
    assert not one.notices
    one.stop_recording()


def test_that_a_full_disk_is_told_what_was_written_is_safe_and_watching_goes_on(tmp_path: Path) -> None:
    one, safe = desk(), []
    path = tmp_path / "day.twin"
    one.record(path, title="Today")
    one.put(Arrived(reading(1.0), safe=lambda: safe.append(1)))
    take(one)
    until(lambda: bool(safe))
    recorder = one._recorder
    assert recorder is not None
    recorder._database.execute("PRAGMA max_page_count = 1")  # SQLite's word for a full disk
    values = np.random.default_rng(1).uniform(0, 250, 20_000)  # more than the pages that there are hold
    one.put(Arrived(Readings.of(0, 0, 2.0 + np.arange(20_000) / 1e5, values), safe=lambda: safe.append(2)))

    def told() -> bool:
        take(one)
        return RECORDING in one.notices

    until(told)
    assert "full" in one.notices[RECORDING].sentence
    assert safe == [1, 2]
    assert one.history.span == (1.0, pytest.approx(2.19999))
    with Recording(path) as recording:
        assert recording.window(0, 1e9).t_end.tolist() == [1.0]
    assert not read_days(path)[0].finished


def test_that_a_recorder_that_stumbles_is_told_and_watching_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, safe = desk(), []
    one.record(tmp_path / "day.twin", title="Today")
    monkeypatch.setattr("twin.days.writing.DayWriter.append", lambda *_: {}["row"])
    one.put(Arrived(reading(1.0), safe=lambda: safe.append(1)))

    def told() -> bool:
        take(one)
        return RECORDING in one.notices

    until(told)
    assert "Recording stopped" in one.notices[RECORDING].sentence
    assert safe == [1]
    assert one.taping is None


def test_that_feeds_wait_where_too_much_is_not_yet_taken() -> None:
    one = desk()
    stop = threading.Event()
    many = Readings.of(0, 0, np.arange(READINGS_WAITING + 1.0) / 1e3, 50.0)
    assert one.put(Arrived(many), stop)
    waits = threading.Thread(target=one.put, args=(Arrived(reading(1e6)), stop))
    waits.start()
    waits.join(0.2)
    assert waits.is_alive()
    take(one)
    waits.join(5.0)
    assert not waits.is_alive()
    one.put(Arrived(many), stop)
    stop.set()
    assert not one.put(Arrived(reading(1e6)), stop)
    one.put(Notice("feed", "It is silent.", 1.0), stop)  # words are heard whatever waits
    take(one)
    assert one.notices["feed"].sentence == "It is silent."


def test_that_two_recordings_at_once_are_refused(tmp_path: Path) -> None:
    one = desk()
    one.record(tmp_path / "a.twin", title="A")
    with pytest.raises(TwinError, match=r"a\.twin is being recorded already"):
        one.record(tmp_path / "b.twin", title="B")
    assert one.stop_recording() is not None
    assert one.stop_recording() is None
