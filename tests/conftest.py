"""What every test answers for besides its own question: the network, the log, its threads and children."""

from __future__ import annotations

import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGINE = all(find_spec(name) for name in ("chdb", "clickhouse_connect"))
collect_ignore = [] if ENGINE else ["test_archive.py", "test_archive_window.py"]
pytest_plugins = ("brokers", "twinfiles")  # real ones, for the tests of live feeds and of files

os.environ["LANGUAGE"] = "en"  # tests read sentences in the language of the source

# The same commit gets the same verdict; `make soak` is where new examples are looked for.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("soak", deadline=None, max_examples=2_000, print_blob=True)

_LAST_BREATH_S = 5.0
"""How long a thread or child that was told to stop may take to do so."""


def pytest_configure(config: pytest.Config) -> None:
    soaking = "soak" in config.getoption("markexpr") and "not soak" not in config.getoption("markexpr")
    hypothesis.settings.load_profile("soak" if soaking else "house")
    sys.addaudithook(_stay_on_this_machine)


def pytest_report_header() -> str:
    if ENGINE:
        return ""
    return "without chDB: the tests of archives are left out (packaging/setup.py archive installs it)"


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse every connection but to this machine: a test that needs the network is wrong."""
    if event == "socket.connect":
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments
    else:
        return
    host = address[0] if isinstance(address, tuple) else None  # Unix sockets have a path
    if isinstance(host, bytes):
        host = host.decode()
    if host and not (str(host).startswith("127.") or host in {"localhost", "::1", "0.0.0.0", "::"}):  # noqa: S104
        message = f"a test asks the network for {host}"
        raise RuntimeError(message)


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def _no_stray_log_lines(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs a warning or worse, unless it is marked `log_lines`."""
    handler = _Lines()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.lines and not request.node.get_closest_marker("log_lines"):
        pytest.fail("stray log lines:\n" + "\n".join(handler.lines), pytrace=False)


@pytest.fixture(autouse=True)
def _nothing_lives_on() -> Iterator[None]:
    """Fail a test that leaves a thread or a child process of its own behind."""
    before = {*threading.enumerate(), *multiprocessing.active_children()}
    yield
    end = time.monotonic() + _LAST_BREATH_S
    while alive := {*threading.enumerate(), *multiprocessing.active_children()} - before:
        if time.monotonic() > end:
            pytest.fail("still alive: " + ", ".join(sorted(one.name for one in alive)), pytrace=False)
        time.sleep(0.01)


@pytest.fixture(autouse=True, scope="session")
def _folders_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give caches and settings folders that no user has, to the tests and to the programs they start."""
    own = tmp_path_factory.mktemp("folders")
    names = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "APPDATA", "LOCALAPPDATA")
    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setenv(name, str(own / name.lower()))
        yield


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """Return a display of the tests' own, without a screen, for programs that they start: the value for DISPLAY."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
        server.terminate()
