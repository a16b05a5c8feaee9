"""Killed, cut short or flipped: nothing acknowledged is lost, and damage is one sentence."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from oracle import ROSTER

from twin.days import Recorder, Recording, finish, read_days, verify_days
from twin.model import TwinError
from twin.readings import Readings

ROOT = Path(__file__).resolve().parent.parent
RECORD = """
import sys
from oracle import ROSTER
from twin.days import Recorder
from twin.readings import Readings
recorder = Recorder(sys.argv[1], ROSTER, title="Crash", commit_s=0.0, readings_a_block=16)
for second in range(1_000_000):
    recorder.record(Readings.of([0, 3], 0, 1000.0 + second, [second % 250, second % 7]))
    print(recorder.flush(), flush=True)
"""


def killed_while_recording(path: Path, after: int) -> int:
    """Record in a process, kill it once it has acknowledged so often, and return how many readings it said are safe."""
    child = subprocess.Popen(
        [sys.executable, "-c", RECORD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
    )
    assert child.stdout is not None
    acknowledged = 0
    for _line in range(after):
        acknowledged = int(child.stdout.readline())
    child.kill()
    rest = child.stdout.read().split("\n")  # what it said before it was dead; the last may be half a line
    child.stdout.close()
    child.wait()
    return int(rest[-2]) if len(rest) > 1 else acknowledged


def assert_prefix(path: Path, least: int) -> None:
    with Recording(path) as recording:
        rows = recording.window(0, 1e9)
    assert len(rows) >= least
    seconds = np.arange(len(rows)) // 2
    assert np.array_equal(rows.t_end, 1000.0 + seconds)
    assert np.array_equal(rows.value, np.where(rows.sensor == 0, seconds % 250, seconds % 7))


def crash(folder: Path, seed: int) -> None:
    path = folder / f"{seed}.twin"
    acknowledged = killed_while_recording(path, int(np.random.default_rng(seed).integers(1, 120)))
    assert acknowledged > 0
    assert_prefix(path, acknowledged)
    finish(path)
    assert_prefix(path, acknowledged)
    assert verify_days(path) == ()
    assert [one.name for one in folder.glob(f"{seed}.twin*")] == [path.name]


@pytest.mark.parametrize("seed", range(3))
def test_that_a_kill_loses_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    crash(tmp_path, seed)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_that_twenty_kills_lose_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    crash(tmp_path, 100 + seed)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "day.twin"
    with Recorder(path, ROSTER, title="Whole", commit_s=0.0, readings_a_block=16) as recorder:
        for second in range(60):
            recorder.record(Readings.of([0, 3], 0, 1000.0 + second, [second % 250, second % 7]))
    return path


@pytest.fixture(scope="module")
def cut_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cut") / "day.twin"
    killed_while_recording(path, 60)
    return path


@settings(deadline=None, max_examples=150, phases=(Phase.explicit, Phase.generate))
@given(at=st.integers(0, 2**31), mask=st.integers(1, 255), cut=st.booleans())
def test_that_a_damaged_day_is_the_right_one_or_one_sentence(finished: Path, at: int, mask: int, cut: bool) -> None:
    content = bytearray(finished.read_bytes())
    at %= len(content)
    if cut:
        del content[at:]
    else:
        content[at] ^= mask
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.twin"
        path.write_bytes(content)
        try:
            assert_prefix(path, 120)
            read_days(path)
            verify_days(path)
        except TwinError as error:
            assert str(error).endswith(".")  # noqa: PT017


@settings(deadline=None, max_examples=40, phases=(Phase.explicit, Phase.generate))
@given(at=st.integers(0, 2**31), mask=st.integers(1, 255), cut=st.booleans())
def test_that_a_damaged_log_leaves_the_intact_prefix(cut_off: Path, at: int, mask: int, cut: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.twin"
        shutil.copy(cut_off, path)
        log = bytearray(Path(f"{cut_off}-wal").read_bytes())
        at %= len(log)
        if cut:
            del log[at:]
        else:
            log[at] ^= mask
        Path(f"{path}-wal").write_bytes(log)
        try:
            assert_prefix(path, 0)
        except TwinError as error:
            assert str(error).endswith(".")  # noqa: PT017
