"""The real osmnx in its child process, against servers of our own that misbehave as real ones do."""

from __future__ import annotations

import re
import socket
import time
import urllib.error
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.network import AROUND, NEARBY, Sayings, elements_in, refused, running_courier, settings_for
from tests.servers import (
    Behaviour,
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
    web_page,
)
from twin.model import Progress, silent
from twin.osm import download as module
from twin.osm.area import area_of_box
from twin.osm.courier import Courier
from twin.osm.download import CUT_TRIES, FEATURE_TAGS, download
from twin.tags import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    overpass.script = [remark("runtime error: Query ran out of memory")]
    sentence = refused(AROUND, settings=settings, courier=courier)
    assert "before the answer was complete: “runtime error: Query ran out of memory”" in sentence
    assert "--keep-partial" in sentence
    asked = len(overpass.asked)
    answer = download(AROUND, settings=settings, report=silent, courier=courier, keep_partial=True)
    assert len(overpass.asked) == asked  # what came before the server broke off is still there
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
    assert "settings file" in sentence
