"""Stopping: whatever osmnx and the server do, and whatever happens to parent or child."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.network import AROUND, NEARBY, elements_in, refused, running_courier, settings_for
from tests.servers import (
    LAT,
    LON,
    Behaviour,
    Overpass,
    busy,
    silence,
    trickle,
)
from twin.model import Cancelled, Progress, TwinError, silent
from twin.osm.cache import turn
from twin.osm.courier import Courier
from twin.osm.download import download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.settings import Settings


@pytest.fixture
def overpass() -> Iterator[Overpass]:
    with Overpass() as server:
        yield server


@pytest.fixture
def settings(overpass: Overpass, tmp_path: Path) -> Settings:
    return settings_for(overpass, tmp_path)


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courier]:
    with running_courier(tmp_path_factory.mktemp("warm")) as shared:
        yield shared


def stop_as_soon_as(moment: Any, stop: threading.Event) -> threading.Thread:
    def wait_and_stop() -> None:
        moment()
        stop.set()

    thread = threading.Thread(target=wait_and_stop)
    thread.start()
    return thread


@pytest.mark.parametrize("behaviour", [silence, trickle])
def test_that_stopping_kills_the_child_whatever_the_server_does(
    overpass: Overpass, settings: Settings, behaviour: Behaviour
) -> None:
    overpass.script = [behaviour]
    stop = threading.Event()
    with Courier() as own:
        thread = stop_as_soon_as(lambda: overpass.wait_until_asked(1), stop)
        with pytest.raises(Cancelled):
            download(AROUND, settings=settings, report=silent, stop=stop, courier=own)
        thread.join()
        assert own.pid is None
        overpass.wait_until_left()  # the server sees it too
    assert list((settings.cache / "overpass").iterdir()) == []


def test_that_stopping_works_while_the_child_starts_and_another_one_can_follow(
    overpass: Overpass, settings: Settings
) -> None:
    stop = threading.Event()
    stop.set()
    with Courier() as own:
        with pytest.raises(Cancelled):
            download(AROUND, settings=settings, report=silent, stop=stop, courier=own)
        assert own.pid is None
        assert not overpass.asked
        assert elements_in(download(AROUND, settings=settings, report=silent, courier=own)) == NEARBY


def test_that_stopping_works_while_waiting_for_a_busy_server(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    overpass.script = [busy(retry_after_s=600)]
    stop = threading.Event()

    def stop_when_told(progress: Progress) -> None:
        if "Trying again" in progress.what:
            stop.set()

    with pytest.raises(Cancelled):
        download(AROUND, settings=settings, report=stop_when_told, stop=stop, courier=courier)
    assert len(overpass.asked) == 1


def test_that_stopping_works_between_two_queries(overpass: Overpass, settings: Settings, courier: Courier) -> None:
    stop = threading.Event()
    slow = replace(settings, tile_km2=0.15, patience=100.0)

    def first_answer_is_kept() -> None:
        while not list(settings.cache.glob("overpass/*.note.json")):
            time.sleep(0.01)

    thread = stop_as_soon_as(first_answer_is_kept, stop)
    with pytest.raises(Cancelled):
        download(AROUND, settings=slow, report=silent, stop=stop, courier=courier)
    thread.join()
    assert len(overpass.asked) == 1


def test_that_downloads_wait_for_each_other_and_the_wait_can_be_stopped(overpass: Overpass, settings: Settings) -> None:
    stop = threading.Event()
    sayings: list[str] = []

    def stop_when_told(progress: Progress) -> None:
        sayings.append(progress.what)
        stop.set()

    with turn(settings.cache, report=silent, stop=None), pytest.raises(Cancelled):
        download(AROUND, settings=settings, report=stop_when_told, stop=stop)
    assert sayings == ["Waiting for another download of this program to end."]
    assert not overpass.asked


def test_that_a_report_can_end_the_work(overpass: Overpass, settings: Settings) -> None:
    def enough(progress: Progress) -> None:
        if overpass.asked:
            raise Cancelled

    overpass.script = [silence]
    with Courier() as own:
        with pytest.raises(Cancelled):
            download(AROUND, settings=settings, report=enough, courier=own)
        assert own.pid is None


def test_that_a_child_that_dies_is_one_sentence_and_the_next_one_lives(overpass: Overpass, settings: Settings) -> None:
    with Courier() as own:

        def kill(progress: Progress) -> None:
            if overpass.asked and own.pid is not None:
                os.kill(own.pid, signal.SIGTERM)

        overpass.script = [silence]
        with pytest.raises(TwinError, match=r"ended unexpectedly \(code -?\d+\)"):
            download(AROUND, settings=settings, report=kill, courier=own)
        assert own.pid is None
        overpass.wait_until_left()


def test_that_a_server_that_trickles_for_ever_is_given_up(overpass: Overpass, settings: Settings) -> None:
    overpass.script = [trickle]
    sentence = refused(AROUND, settings=replace(settings, timeout_s=1))
    assert "too slowly to ever complete it" in sentence
    overpass.wait_until_left()


# A program of its own, in a terminal or killed

PROGRAM = """
    from pathlib import Path
    from twin.model import silent
    from twin.osm.download import area_of_point, download
    from twin.settings import Settings

    if __name__ == "__main__":
        settings = Settings(overpass_url={url!r}, cache=Path({cache!r}))
        try:
            download(area_of_point({lat}, {lon}, 400), settings=settings, report=silent)
        except KeyboardInterrupt:
            print("interrupted")
"""

if os.name == "posix":  # there is no Ctrl-C to send to another program elsewhere

    @pytest.fixture
    def program(overpass: Overpass, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        text = textwrap.dedent(PROGRAM).format(url=overpass.url, cache=str(tmp_path / "cache"), lat=LAT, lon=LON)
        script = tmp_path / "program.py"
        script.write_text(text)
        overpass.script = [silence]
        with subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal's foreground group
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
        ) as running:
            yield running
            running.kill()

    def test_that_ctrl_c_ends_parent_and_child_without_a_traceback(
        overpass: Overpass, program: subprocess.Popen[str]
    ) -> None:
        overpass.wait_until_asked(1)
        os.killpg(program.pid, signal.SIGINT)
        assert program.communicate(timeout=30) == ("interrupted\n", "")
        assert program.returncode == 0
        overpass.wait_until_left()

    def test_that_no_child_survives_its_parent(overpass: Overpass, program: subprocess.Popen[str]) -> None:
        overpass.wait_until_asked(1)
        program.kill()
        overpass.wait_until_left()
