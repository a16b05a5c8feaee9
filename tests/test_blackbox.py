"""What is left behind by a program that fails: in a thread, in a slot, in native code, without a disk."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import districts
import pytest
from hypothesis import given
from hypothesis import strategies as st
from windows import environment

from twin import blackbox, district

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(blackbox, "folder", lambda: tmp_path / "log")
    monkeypatch.setattr(blackbox, "_known", set())
    return tmp_path / "log"


def child(script: str, state: Path, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a program that is watched; its log lies in `state`."""
    start = "import sys; from pathlib import Path; from twin import blackbox\n"
    start += f"blackbox.folder = lambda: Path({str(state)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", start + script, *words],
        cwd=ROOT, env=environment(**changes), capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip


SEGFAULT = """
import faulthandler
with blackbox.watching():
    faulthandler._sigsegv()
"""

THREAD = """
import threading
told = []
with blackbox.watching() as watch:
    watch.tell = lambda: told.append(threading.current_thread().name)
    for number in range(3):
        thread = threading.Thread(target=lambda: int("seven"), name="counter")
        thread.start()
        thread.join()
print(*told)
"""


def test_that_a_fault_in_native_code_is_told_at_the_next_start(state: Path) -> None:
    done = child(SEGFAULT, state)
    assert done.returncode != 0
    assert [path.suffix for path in state.iterdir()] == [".note"]
    log = blackbox.crashed()
    assert log == state / "twin.log"
    told = log.read_text()
    assert "Segmentation fault" in told
    assert 'File "<string>"' in told  # where in Python it was
    assert list(state.glob("*.note")) == []
    assert blackbox.crashed() is None  # once


def test_that_a_fault_in_a_thread_is_kept_once_and_told_each_time(state: Path) -> None:
    done = child(THREAD, state)
    assert done.stdout.split() == ["counter"] * 3
    assert done.stderr == ""
    told = (state / "twin.log").read_text()
    assert told.count("invalid literal for int() with base 10: 'seven'") == 1
    assert "thread counter" in told
    assert blackbox.crashed() is None  # the process went on


def test_that_an_error_which_ends_the_program_is_told_at_the_next_start(state: Path) -> None:
    done = child("with blackbox.watching():\n    [][1]", state)
    assert done.returncode == 1
    assert blackbox.crashed() is not None
    assert "list index out of range" in (state / "twin.log").read_text()


def test_that_an_interrupt_is_no_fault(state: Path) -> None:
    child("with blackbox.watching():\n    raise KeyboardInterrupt", state)
    child("with blackbox.watching():\n    sys.exit(3)", state)
    assert blackbox.crashed() is None
    assert not list(state.iterdir())


def test_that_the_note_of_a_program_which_still_runs_is_left_alone(state: Path) -> None:
    script = "import sys; from pathlib import Path; from twin import blackbox\n"
    script += f"blackbox.folder = lambda: Path({str(state)!r})\n"
    script += "with blackbox.watching():\n    print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        assert running.stdout.readline() == "ready\n"
        assert blackbox.crashed() is None
        assert len(list(state.glob("*.note"))) == 1
        running.stdin.close()
    assert not list(state.glob("*.note"))


def test_that_a_disk_which_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    done = child(THREAD, nowhere / "log")
    assert done.stdout.split() == ["counter"] * 3
    assert nowhere.read_bytes() == b""


def test_that_the_log_stays_small(state: Path) -> None:
    for number in range(60):
        assert blackbox.keep(f"fault {number}\n" + "x" * 100_000) == state / "twin.log"
    sizes = {path.name: path.stat().st_size for path in state.iterdir()}
    assert set(sizes) == {"twin.log", "twin.log.1"}
    assert max(sizes.values()) < blackbox.LOG_BYTES_MAX + 2 * blackbox.FAULT_LENGTH_MAX
    assert "fault 59" in (state / "twin.log").read_text()


def test_that_a_flood_of_different_faults_leaves_the_first_in_the_log(state: Path) -> None:
    for number in range(blackbox.KINDS_MAX + 50):
        blackbox.keep(f"fault number {number}.")
    told = (state / "twin.log").read_text()
    assert "fault number 0." in told
    assert f"fault number {blackbox.KINDS_MAX + 1}." not in told


@pytest.mark.parametrize(
    "line",
    [
        "mqtt://ada:%s@broker.example:1883/topic",
        "https://example.org/data?city=x&api_key=%s&page=2",
        "https://example.org/data?apikey=%s",
        "headers={'Authorization': 'Bearer %s', 'Accept': '*/*'}",
        "Authorization: Basic %s",
        "{'X-Api-Key': '%s'}",
        'password = "%s"',
        "TwinError: access_token=%s is refused",
        "Cookie: session=%s; path=/",
    ],
)
@given(secret=st.from_regex(r"[A-Za-z0-9_.-]{6,40}", fullmatch=True))
def test_that_secrets_do_not_go_into_the_log(line: str, secret: str) -> None:
    told = blackbox.plain(f"before {line % ('s3cret' + secret)} after")
    assert "s3cret" not in told
    assert told.startswith("before")


def test_that_the_log_does_not_tell_the_name_of_the_user() -> None:
    assert blackbox.plain(f'File "{Path.home()}/districts/a.twin"') == 'File "~/districts/a.twin"'


if sys.platform.startswith("linux"):
    LIFE = """
import time
from PySide6.QtCore import QTimer
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QPushButton
from ui.__main__ import main

app = QApplication(["twin"])
opened = []
QDesktopServices.openUrl = staticmethod(lambda url: opened.append(url.toLocalFile()))
end = time.monotonic() + 60


def window():
    return next(one for one in app.topLevelWidgets() if one.isVisible() and hasattr(one, "notice"))


def look():
    assert time.monotonic() < end, "waited in vain"
    if any(one.windowTitle().endswith("– District Twin") for one in app.topLevelWidgets() if one.isVisible()):
        if sys.argv[1] == "slot" and not window().notice.isVisible():
            QTimer.singleShot(0, lambda: {}["missing key"])
        elif sys.argv[1] == "native":
            import faulthandler
            faulthandler._sigsegv()
        elif window().notice.isVisible():
            clock.stop()
            print(window().notice.sentence)
            way = next(one for one in window().notice.findChildren(QPushButton) if one.isVisible())
            print(way.text())
            way.click()
            print(*opened)
            app.closeAllWindows()


clock = QTimer(interval=50)
clock.timeout.connect(look)
clock.start()
sys.exit(main([sys.argv[2]]))
"""

    @pytest.fixture
    def harbour(tmp_path: Path) -> Path:
        path = tmp_path / "harbour.twin"
        district.save(path, replace(districts.district(), incomplete=""))
        return path

    def test_that_the_window_tells_of_a_mistake_and_goes_on(state: Path, harbour: Path, display: str) -> None:
        done = child(LIFE, state, "slot", str(harbour), DISPLAY=display)
        assert done.stderr == ""
        assert done.returncode == 0
        sentence, way, opened = done.stdout.splitlines()
        assert str(state / "twin.log") in sentence
        assert way == "Open its folder"
        assert opened == str(state)
        assert "KeyError: 'missing key'" in (state / "twin.log").read_text()
        assert list(state.glob("*.note")) == []

    def test_that_the_window_tells_at_its_next_start_that_it_broke_off(
        state: Path, harbour: Path, display: str
    ) -> None:
        assert child(LIFE, state, "native", str(harbour), DISPLAY=display).returncode not in {0, 1, 2}
        done = child(LIFE, state, "next", str(harbour), DISPLAY=display)
        assert done.stderr == ""
        sentence, _way, opened = done.stdout.splitlines()
        assert "broke off last time" in sentence
        assert opened == str(state)
        assert [path.name for path in state.iterdir()] == ["twin.log"]
