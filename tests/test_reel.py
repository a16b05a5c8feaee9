"""Recording with nobody there: a file a day, on through crashes and full disks, nothing twice and nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import played
import pytest
from brokers import until
from played import WHERE, T, reading
from published import obs, publishing

from twin import cli
from twin.days import Home, Recording, read_days, verify_days
from twin.live import reel
from twin.live.reel import Reel, Reeled
from twin.model import TwinError
from twin.readings import Readings
from twin.sources import Batch, Connection
from twin.sources.convention import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brokers import Broker
    from played import Stage

pytest_plugins = ["brokers"]

ROOT = Path(__file__).resolve().parent.parent
HOME = Home("Mitte", 24.95, 60.15, "Europe/Helsinki")
MIDNIGHT_S = 1_731_362_400.0  # in Helsinki, before 12 November 2024
ROAD = Topic("obs", "Mitte", "traffic", "a")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(reel, "AGAIN_S", 0.05)
    with played.stage(monkeypatch) as found:
        yield found


class Running:
    """A reel that runs on a thread, by a clock of the test's own."""

    def __init__(self, stage: Stage, path: Path, now: float = MIDNIGHT_S - 60) -> None:
        self.stage, self.now, self.told = stage, now, list[str]()
        self.stop = threading.Event()
        self.done: Reeled | None = None
        self._reel = Reel(
            path,
            [Connection("Roads", "played", "played://x")],
            WHERE,
            stage.secret,
            home=HOME,
            tell=self.told.append,
            report_s=0.01,
            pauses=played.QUICK,
            now=lambda: self.now,
        )
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.done = self._reel.run(self.stop)

    def __enter__(self) -> Self:
        self.stage.made.clear()
        self._thread.start()
        until(lambda: "Roads" in self.stage.made)
        return self

    def __exit__(self, *_about: object) -> None:
        self.stop.set()
        self._thread.join(20)

    def tell(self, *values: float, t: float = T) -> None:
        """Tell values and wait until they are safe."""
        safe: list[bool] = []
        rows = Readings.joined([reading(t + number, value) for number, value in enumerate(values)])
        self.stage.made["Roads"].script.put(Batch(rows, safe=lambda: safe.append(True)))
        until(lambda: bool(safe))


def values(path: Path) -> list[list[float]]:
    """Return the values of each recording of a file."""
    found = []
    for day in read_days(path):
        with Recording(path, day.id) as recording:
            found.append([float(value) for value in recording.window(-1e12, 1e12).value])
    return found


def test_that_each_day_has_a_file_of_its_own(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "roads.twin"
    with Running(stage, path) as running:
        running.tell(41.0, t=T - 86_400)
        running.now = MIDNIGHT_S + 1
        until((tmp_path / "roads-2024-11-12.twin").exists)
        running.tell(42.0, 43.0)
        running.now += 86_400
        until((tmp_path / "roads-2024-11-13.twin").exists)
        running.tell(44.0, t=T + 86_400)
    files = [path, tmp_path / "roads-2024-11-12.twin", tmp_path / "roads-2024-11-13.twin"]
    assert [values(file) for file in files] == [[[41.0]], [[42.0, 43.0]], [[44.0]]]
    assert running.done == Reeled(tuple(files), 4)
    assert all(verify_days(file) == () for file in files)
    assert all(day.finished for file in files for day in read_days(file))
    assert read_days(path)[0].home == HOME
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_that_a_second_run_of_the_day_goes_on_in_the_same_file_and_knows_the_first(
    stage: Stage, tmp_path: Path
) -> None:
    path = tmp_path / "roads.twin"
    with Running(stage, path, now=T) as running:
        running.tell(41.0, 42.0)
    with Running(stage, path, now=T + 3600) as running:
        running.tell(42.0, t=T + 1)  # its broker did not know that it was safe
        running.tell(43.0, t=T + 2)
    assert values(path) == [[41.0, 42.0], [43.0]]
    with Running(stage, path, now=T + 86_400) as running:
        running.tell(44.0, t=T + 86_400)
    assert values(tmp_path / "roads-2024-11-13.twin") == [[44.0]]


def test_that_sources_are_asked_for_what_came_since_an_earlier_run(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "roads.twin"
    before = time.time()
    with Running(stage, path, now=T) as running:
        running.tell(41.0)
    with Running(stage, path, now=T):
        until(lambda: bool(stage.made["Roads"].since))
    (since,) = stage.made["Roads"].since
    assert since is not None
    assert before <= since <= time.time()
    monkeypatch.setattr(reel, "_BACK_S", 0.0)
    with Running(stage, path, now=T):
        until(lambda: bool(stage.made["Roads"].since))
    assert stage.made["Roads"].since == [None]


def test_that_a_file_that_is_no_recording_is_refused(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "sample.twin"
    path.write_bytes((ROOT / "assets" / "sample.twin").read_bytes())
    with pytest.raises(TwinError, match="exists already, and is no recording"):
        Running(stage, path)
    assert path.read_bytes() == (ROOT / "assets" / "sample.twin").read_bytes()


def test_that_what_may_not_be_recorded_is_refused(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="Keyed may not be recorded"):
        Reel(
            tmp_path / "a.twin",
            [Connection("Keyed", "played", "played://x", record=False)],
            WHERE,
            stage.secret,
            home=HOME,
            tell=print,
        )


def test_that_a_file_that_goes_away_is_told_and_recording_begins_again(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "roads.twin"
    with Running(stage, path, now=T) as running:
        running.tell(41.0)
        first = stage.made["Roads"]
        path.rename(tmp_path / "moved.twin")
        safe: list[bool] = []
        first.script.put(Batch(reading(T + 1, 42.0), safe=lambda: safe.append(True)))
        until(lambda: stage.made["Roads"] is not first)
        assert not safe  # so a broker tells it again
        running.tell(42.0, t=T + 1)
    assert any("Recording stopped" in sentence and "Trying again" in sentence for sentence in running.told)
    assert values(tmp_path / "roads-2024-11-12.twin") == [[42.0]]


def test_that_a_day_is_put_in_order_where_the_next_one_cannot_be_written(stage: Stage, tmp_path: Path) -> None:
    path, taken = tmp_path / "roads.twin", tmp_path / "roads-2024-11-12.twin"
    taken.write_bytes((ROOT / "assets" / "sample.twin").read_bytes())
    with Running(stage, path) as running:
        running.tell(41.0, t=T - 86_400)
        running.now = MIDNIGHT_S + 1
        until(lambda: any("is no recording" in sentence for sentence in running.told))
        assert [day.finished for day in read_days(path)] == [True]
        assert not [thread for thread in threading.enumerate() if thread.name == "recorder"]
    assert values(path) == [[41.0]]


def test_that_trouble_with_a_feed_is_told_once_and_its_end_too(stage: Stage, tmp_path: Path) -> None:
    with Running(stage, tmp_path / "roads.twin", now=T) as running:
        running.tell(41.0)  # of long ago by the wall's clock: nothing since then
        until(lambda: len(running.told) == 1)
        assert running.told[0].startswith("Roads: no reading since ")
        running.tell(42.0, t=time.time())
        until(lambda: len(running.told) == 2)
        assert running.told[1] == "Roads: it is well again."


def record(broker: Broker, path: Path) -> subprocess.Popen[bytes]:
    words = ["record", broker.url, "--district", "sample", "-o", str(path), "-q"]
    command = [sys.executable, "-m", "ui", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def heard(broker: Broker) -> int:
    return broker.log.count("Received PUBACK from district-twin-")


def test_that_a_killed_recorder_goes_on_and_has_all_that_was_published(broker: Broker, tmp_path: Path) -> None:
    path = tmp_path / "roads.twin"
    with publishing(broker) as publisher:
        publisher.introduce("a")
        child = record(broker, path)
        try:
            until(lambda: "Sending SUBACK to district-twin-" in broker.log, within_s=30)
            for number in range(30):
                publisher.send(ROAD, obs(float(number), t=T + number))
            until(lambda: heard(broker) > 5)
        finally:
            child.kill()
            child.communicate()
        for number in range(30, 40):
            publisher.say(ROAD, obs(float(number), t=T + number))
        child = record(broker, path)
        try:
            until(lambda: broker.log.count("Sending SUBACK to district-twin-") == 2, within_s=30)
            publisher.say(ROAD, obs(40.0, t=T + 40))
            until(lambda: _recorded(path) >= 41, within_s=30)
            child.send_signal(signal.SIGTERM)
            out, err = child.communicate(timeout=30)
        finally:
            child.kill()
    assert child.returncode == 0, err
    assert b"readings." in out
    found = [value for part in values(path) for value in part]
    assert sorted(found) == [float(number) for number in range(41)]
    assert all(day.finished for day in read_days(path))
    assert verify_days(path) == ()


def _recorded(path: Path) -> int:
    return sum(day.readings for day in read_days(path))


def test_that_recording_ends_with_its_time(broker: Broker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "day.twin"
    code = cli.main(["record", broker.url, "--district", "sample", "-o", str(path), "--for", "0.5s", "-q"])
    assert code == 0
    assert "day.twin: 0 readings." in capsys.readouterr().out
    assert [day.finished for day in read_days(path)] == [True]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["mqtt://h", "mqtt://h"], "h is named twice"),
        (["mqtt://ann:secret@h"], "Leave the password out"),
        (["loud://h"], "There are no feeds of loud:"),
        (["mqtt://h", "--for", "soon"], "--for takes a length of time like 90s"),
        (["mqtt://h", "--for", "0h"], "--for takes a length of time like 90s"),
    ],
)
def test_that_words_that_cannot_be_meant_are_told(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[Any]
) -> None:
    assert cli.main(["record", *words, "--district", "sample", "-o", str(tmp_path / "a.twin")]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
