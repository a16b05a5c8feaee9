"""The real osmnx in its child process, against servers of our own that misbehave as real ones do."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from tests.servers import (
    DISTRICT,
    LAT,
    LON,
    Behaviour,
    Nominatim,
    Overpass,
    busy,
    cut_off,
    cut_off_unnoticed,
    exactly,
    hang_up,
    lonlat,
    moved,
    ok,
    remark,
    silence,
    trickle,
    web_page,
)
from twin.model import Cancelled, Progress, TwinError, silent
from twin.osm import download as module
from twin.osm.area import Area, area_of_box, area_of_point
from twin.osm.cache import turn
from twin.osm.courier import Courier
from twin.osm.download import CUT_TRIES, FEATURE_TAGS, Answer, area_of_place, download
from twin.settings import Settings
from twin.tags import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

AROUND = area_of_point(LAT, LON, 400)
UNREACHED = "http://127.0.0.1:1"  # port 1 is nobody's


@pytest.fixture
def overpass() -> Iterator[Overpass]:
    with Overpass() as server:
        yield server


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    with Nominatim() as server:
        yield server


@pytest.fixture
def settings(overpass: Overpass, tmp_path: Path) -> Settings:
    return Settings(
        overpass_url=overpass.url,
        nominatim_url=UNREACHED,
        contact="me@example.org",
        cache=tmp_path / "cache",
        timeout_s=20,
        patience=0.001,
    )


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courier]:
    """Give a child that many tests share, already running: importing osmnx takes seconds."""
    cache = tmp_path_factory.mktemp("cache")
    with Overpass() as server, Courier() as shared:
        download(AROUND, settings=Settings(overpass_url=server.url, cache=cache), report=silent, courier=shared)
        yield shared


class Sayings(list[str]):
    """Collects what a user is told on the way."""

    def __call__(self, progress: Progress) -> None:
        if not self or self[-1] != progress.what:
            self.append(progress.what)


def refused(area: Area, **arguments: Any) -> str:
    """Return the one sentence in which a download fails."""
    with pytest.raises(TwinError) as caught:
        download(area, report=silent, **arguments)
    assert type(caught.value) is TwinError
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def elements_in(answer: Answer) -> set[tuple[str, int]]:
    documents = [json.loads(path.read_bytes()) for path in answer.documents]
    return {(element["type"], element["id"]) for document in documents for element in document["elements"]}


def members_of(name: str) -> set[tuple[str, int]]:
    way = next(element for element in DISTRICT if element.get("tags", {}).get("name") == name)
    return {("way", way["id"]), *(("node", node) for node in way["nodes"])}


EVERYTHING = {(element["type"], element["id"]) for element in DISTRICT}
BAKERY = {(one["type"], one["id"]) for one in DISTRICT if "shop" in one.get("tags", {})}
NEARBY = EVERYTHING - BAKERY - members_of("The far house")


# What comes


def test_that_a_district_comes_whole_and_under_our_own_name(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    before = time.time()
    answer = download(AROUND, settings=settings, report=silent, courier=courier)
    assert elements_in(answer) == NEARBY
    assert (answer.from_cache, answer.incomplete) == (False, "")
    assert before <= answer.retrieved <= time.time()
    assert all(path.parent == settings.cache / "overpass" for path in answer.documents)
    (asked,) = overpass.asked
    assert (asked.method, asked.path) == ("POST", "/api/interpreter")
    assert asked.user_agent == settings.user_agent
    assert "osmnx" not in asked.referer.lower()
    assert asked.text.startswith("[out:json][timeout:20];")


def test_that_everything_the_assembler_knows_is_asked_for() -> None:
    known = {
        (key, value)
        for table in (vocabulary.AREAS, vocabulary.WATER, vocabulary.FURNITURE)
        for key, values in table.items()
        for value in values
    }
    known |= {("natural", value) for value in ("tree", "tree_row", "coastline", "water")}
    missing = {
        (key, value)
        for key, value in known
        if FEATURE_TAGS.get(key) is not True and value not in (FEATURE_TAGS.get(key) or [])
    }
    assert not missing


def test_that_the_second_time_nobody_is_asked_and_no_child_is_started(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    first = download(AROUND, settings=settings, report=silent, courier=courier)
    with Courier() as unused:
        second = download(AROUND, settings=settings, report=silent, courier=unused)
        assert unused.pid is None
    assert second == replace(first, from_cache=True)
    assert len(overpass.asked) == 1


def test_that_another_server_is_another_answer(overpass: Overpass, settings: Settings, courier: Courier) -> None:
    download(AROUND, settings=settings, report=silent, courier=courier)
    with Overpass() as other:
        download(AROUND, settings=replace(settings, overpass_url=other.url), report=silent, courier=courier)
        assert len(other.asked) == 1


def test_that_an_answer_that_is_too_old_is_asked_for_again(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    download(AROUND, settings=settings, report=silent, courier=courier)
    answer = download(AROUND, settings=replace(settings, cache_max_age_s=0), report=silent, courier=courier)
    assert not answer.from_cache
    assert len(overpass.asked) == 2


def test_that_refreshing_asks_again_and_a_failure_keeps_the_old_answer(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    first = download(AROUND, settings=settings, report=silent, courier=courier)
    again = download(AROUND, settings=settings, report=silent, courier=courier, refresh=True)
    assert again.retrieved > first.retrieved
    overpass.script = [web_page(status=500)]
    refused(AROUND, settings=settings, courier=courier, refresh=True)
    assert download(AROUND, settings=settings, report=silent, courier=courier) == replace(again, from_cache=True)
    assert len(overpass.asked) == 3


def test_that_a_large_area_comes_in_tiles_one_after_the_other(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    tiled = replace(settings, tile_km2=0.15)
    sayings = Sayings()
    answer = download(AROUND, settings=tiled, report=sayings, courier=courier)
    assert elements_in(answer) == NEARBY
    assert len(answer.documents) == len(overpass.asked) > 3
    assert overpass.most_at_once == 1
    host = overpass.url.split("/")[2]
    assert sayings == [f"Asking {host}, query {k + 1} of {len(overpass.asked)}." for k in range(len(overpass.asked))]


def test_that_after_a_failure_only_the_missing_tiles_are_asked_for(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    strip = area_of_box(*lonlat(-300, -250), *lonlat(300, 250))
    tiled = replace(settings, tile_km2=0.1)
    overpass.script = [exactly(b'{"elements": []}'), ok, web_page(status=500)]
    refused(strip, settings=tiled, courier=courier)
    answer = download(strip, settings=tiled, report=silent, courier=courier)
    assert len(answer.documents) == 4
    assert len(overpass.asked) == 5
    assert len({asked.text for asked in overpass.asked}) == len(answer.documents)


def test_that_too_large_an_area_is_refused_before_anybody_is_asked(overpass: Overpass, settings: Settings) -> None:
    sentence = refused(area_of_box(-5, 40, 20, 55), settings=settings)
    assert "km², and the limit is 200 km²" in sentence
    assert not overpass.asked
    assert not settings.cache.exists()


def test_that_progress_counts_megabytes_and_promises_nothing(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    overpass.script = [exactly(b'{"elements": [], "padding": "' + b"x" * 3_000_000 + b'"}')]
    heard: list[Progress] = []
    download(AROUND, settings=settings, report=heard.append, courier=courier)
    amounts = [progress.done for progress in heard if progress.done is not None]
    assert amounts == sorted(amounts)
    assert amounts[-1] == 3.0
    assert all(progress.total is None for progress in heard)
    assert heard[-1].unit == "MB"


# Busy servers


@pytest.mark.parametrize("status", [429, 504])
def test_that_a_busy_server_is_asked_again_after_a_wait_that_the_user_sees(
    overpass: Overpass, settings: Settings, courier: Courier, status: int
) -> None:
    overpass.script = [busy(status=status), busy(status=status)]
    sayings = Sayings()
    answer = download(AROUND, settings=settings, report=sayings, courier=courier)
    assert elements_in(answer) == NEARBY
    assert len(overpass.asked) == 3
    assert sum(bool(re.search(rf"is busy \({status}\)\. Trying again in \d+ s\.$", line)) for line in sayings) == 2


def test_that_the_wait_is_as_long_as_the_server_asks_for(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    overpass.script = [busy(retry_after_s=2)]
    sayings = Sayings()
    download(AROUND, settings=settings, report=sayings, courier=courier)
    assert overpass.asked[1].at - overpass.asked[0].at >= 2
    waits = [int(found[1]) for line in sayings if (found := re.search(r"again in (\d+) s", line))]
    assert waits == [2, 1]


def test_that_the_wait_without_a_word_from_the_server_is_half_a_minute_and_grows(
    overpass: Overpass, settings: Settings, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(module, "_wait", lambda seconds, *_: waits.append(seconds))
    overpass.script = [busy()] * 4
    download(AROUND, settings=replace(settings, patience=1.0), report=silent, courier=courier)
    assert [30 * 2**k <= wait <= 1.25 * 30 * 2**k for k, wait in enumerate(waits)] == [True] * 4


def test_that_patience_with_a_busy_server_ends(overpass: Overpass, settings: Settings, courier: Courier) -> None:
    overpass.script = [busy()] * 9
    sentence = refused(AROUND, settings=replace(settings, tries=3), courier=courier)
    assert "is still busy (429) after 3 tries" in sentence
    assert "--overpass URL" in sentence
    assert len(overpass.asked) == 3


@pytest.mark.parametrize("asked", ["86400", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_that_a_server_that_wants_to_be_left_alone_is(
    overpass: Overpass, settings: Settings, courier: Courier, asked: str
) -> None:
    overpass.script = [busy(retry_after_s=asked)]
    assert "not to be called again for a long time" in refused(AROUND, settings=settings, courier=courier)
    assert len(overpass.asked) == 1


# Faults


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (web_page(), "answered with a web page instead of data"),
        (
            web_page(status=500, message="runtime error: open64"),
            "is out of order (500): “Error: runtime error: open64”",
        ),
        (exactly(b"", status=500), "is out of order (500). Try again later"),
        (exactly(b'{"a": 1}', status=500), "is out of order (500): “{"),
        (web_page(status=400, message="line 1: parse error"), "(400): “Error: line 1: parse error”"),
        (web_page(status=406), "turns away the name of this program, “DistrictTwin/"),
        (web_page(status=403), "does not let this program in (403)"),
        (web_page(status=404), "There is no such service at http://127.0.0.1:"),
        (web_page(status=418), "refused the question (418)"),
        (exactly(b'{"version": 0.6}'), "answered without map elements"),
        (exactly(b'{"elements": {}}'), "answered without map elements"),
        (exactly(b'[{"elements": []}]'), "answered without map elements"),
        (exactly(b"null"), "answered without map elements"),
        (remark("runtime error: Query timed out"), "before the answer was complete: “runtime error: Query timed out”"),
        (moved("https://example.org/api"), "has moved to https://example.org/api (301)"),
        (exactly(b"x" * 400_000), "is larger than 0.3 MB"),
        (web_page(status=500, message="\x1b[31mred\x07" + "long " * 1000), "is out of order (500): “Error: [31mred"),
    ],
)
def test_that_a_fault_is_one_sentence_and_nothing_is_kept(
    overpass: Overpass, settings: Settings, courier: Courier, behaviour: Behaviour, said: str
) -> None:
    overpass.script = [behaviour]
    sentence = refused(AROUND, settings=replace(settings, answer_limit_mb=0.3), courier=courier)
    assert said in sentence
    assert len(sentence) < 500
    assert len(overpass.asked) == 1
    assert list((settings.cache / "overpass").iterdir()) == []


@pytest.mark.parametrize("behaviour", [cut_off, cut_off_unnoticed, hang_up, exactly(b"")])
def test_that_an_answer_that_was_cut_off_is_asked_for_again(
    overpass: Overpass, settings: Settings, courier: Courier, behaviour: Behaviour
) -> None:
    overpass.script = [behaviour]
    sayings = Sayings()
    assert elements_in(download(AROUND, settings=settings, report=sayings, courier=courier)) == NEARBY
    assert any("was cut off. Trying again in" in line for line in sayings)
    overpass.script = [behaviour] * 9
    sentence = refused(AROUND, settings=settings, courier=courier, refresh=True)
    assert "was cut off in the middle" in sentence
    assert len(overpass.asked) == 2 + CUT_TRIES


def test_that_what_came_before_the_server_broke_off_is_kept_only_on_request(
    overpass: Overpass, settings: Settings, courier: Courier
) -> None:
    overpass.script = [remark("runtime error: Query ran out of memory")] * 2
    assert "--keep-partial" in refused(AROUND, settings=settings, courier=courier)
    answer = download(AROUND, settings=settings, report=silent, courier=courier, keep_partial=True)
    assert 0 < len(elements_in(answer)) < len(NEARBY)
    assert "broke off 1 of 1 answer, so that parts of the district are missing" in answer.incomplete
    assert "Query ran out of memory" in answer.incomplete
    whole = download(AROUND, settings=settings, report=silent, courier=courier, keep_partial=True)
    assert (elements_in(whole), whole.incomplete) == (NEARBY, "")


def test_that_a_server_that_is_not_there_is_one_sentence(settings: Settings, courier: Courier) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        sentence = refused(AROUND, settings=replace(settings, overpass_url=nobody), courier=courier)
    assert sentence.startswith(f"No server answers at {nobody}.")
    unnamed = replace(settings, overpass_url="http://overpass.invalid/api")
    sentence = refused(AROUND, settings=unnamed, courier=courier)
    assert sentence.startswith("The server overpass.invalid cannot be found. Check the network connection")


def test_that_a_silent_server_is_given_up(overpass: Overpass, settings: Settings, courier: Courier) -> None:
    overpass.script = [silence]
    sentence = refused(AROUND, settings=replace(settings, timeout_s=1), courier=courier)
    assert "did not answer within 1 s" in sentence
    assert len(overpass.asked) == 1


def test_that_a_library_is_turned_away_as_the_public_servers_do(overpass: Overpass) -> None:
    with pytest.raises(urllib.error.HTTPError, match="406") as caught:
        urllib.request.urlopen(f"{overpass.url}/interpreter", data=b"data=x", timeout=5)  # noqa: S310
    caught.value.close()


def test_that_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_bytes(b"")
    sentence = refused(AROUND, settings=replace(settings, cache=tmp_path / "file"))
    assert "cannot be written" in sentence
    assert "TWIN_CACHE" in sentence


# Stopping


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


# Places


@pytest.fixture
def atlas(nominatim: Nominatim, settings: Settings) -> Settings:
    return replace(settings, nominatim_url=nominatim.url, overpass_url=UNREACHED)


def test_that_a_place_with_an_outline_is_its_outline(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    area = area_of_place("Old  quarter ", settings=atlas, report=silent, courier=courier)
    assert area.name == "Old Quarter"
    assert area.polygon.equals_exact(shapely.box(*lonlat(-250, -250), *lonlat(250, 250)), 1e-9, normalize=True)
    assert area.source == "the outline of Old Quarter, Sampleton, Nowhere"
    (asked,) = nominatim.asked
    assert (asked.method, asked.text) == ("GET", "Old quarter")
    assert asked.user_agent == atlas.user_agent


@pytest.mark.parametrize(("text", "x_m", "y_m"), [("5 Long Street", -50, 26), ("Market", 0, 0)])
def test_that_an_address_or_a_point_is_a_circle_around_it(
    atlas: Settings, courier: Courier, text: str, x_m: float, y_m: float
) -> None:
    area = area_of_place(text, settings=atlas, report=silent, courier=courier)
    lon, lat = lonlat(x_m, y_m)
    assert area.name == text
    assert area.polygon.equals_exact(area_of_point(lat, lon, 500).polygon, 1e-5)
    assert area.source.startswith("500 m around ")


def test_that_a_place_is_looked_up_once_for_any_radius(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    first = area_of_place("old quarter", settings=atlas, report=silent, courier=courier)
    with Courier() as unused:
        assert area_of_place("OLD QUARTER", settings=atlas, report=silent, courier=unused) == first
        around = area_of_place("Old quarter", settings=atlas, report=silent, courier=unused, radius_m=120)
        assert unused.pid is None
    assert around.polygon.equals_exact(area_of_point(LAT, LON, 120).polygon, 1e-5)
    assert around.source == "120 m around Old Quarter, Sampleton, Nowhere"
    assert len(nominatim.asked) == 1


def test_that_nominatim_gets_a_second_of_rest_between_questions(
    nominatim: Nominatim, atlas: Settings, courier: Courier
) -> None:
    for text in ("market", "old quarter"):
        area_of_place(text, settings=atlas, report=silent, courier=courier)
    assert nominatim.asked[1].at - nominatim.asked[0].at >= 1


def test_that_an_unknown_place_is_one_sentence(atlas: Settings, courier: Courier) -> None:
    with pytest.raises(TwinError, match="knows no place “Atlantis”"):
        area_of_place("Atlantis", settings=atlas, report=silent, courier=courier)
    with pytest.raises(TwinError, match="needs a name or an address"):
        area_of_place("  ", settings=atlas, report=silent, courier=courier)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (busy(), "is still busy (429) after 1 tries"),
        (web_page(), "answered with a web page instead of data"),
        (exactly(b'{"error": "no"}'), "answered without places"),
        (exactly(b'[{"place_id": 1}]'), "answered without places"),
        (cut_off, "was cut off in the middle"),
    ],
)
def test_that_faults_of_nominatim_are_one_sentence_with_a_way_out(
    nominatim: Nominatim, atlas: Settings, courier: Courier, behaviour: Behaviour, said: str
) -> None:
    nominatim.script = [behaviour]
    with pytest.raises(TwinError) as caught:
        area_of_place("market", settings=replace(atlas, tries=1), report=silent, courier=courier)
    assert said in str(caught.value)
    assert "--nominatim URL" in str(caught.value)
    assert not list((atlas.cache / "nominatim").glob("*"))


def test_that_nominatim_may_send_elsewhere(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    with Nominatim() as new:
        target = f"{new.url}/search?q=old+quarter"
        nominatim.script = [moved(target)]
        area = area_of_place("old quarter", settings=atlas, report=silent, courier=courier)
    assert area.name == "Old Quarter"
