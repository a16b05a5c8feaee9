"""Feeds from web servers at work: what somebody at a desk sees of each fault, and what is lost."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import feeds
import pytest
from brokers import until
from certificates import Authority
from feeds import Feeds, busy, says
from published import Watching, watching
from test_datex2 import BOMB

from twin.live import testing
from twin.model import TwinError
from twin.sources import Connection, Where
from twin.sources.moments import written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAPPING = """
[time]
columns = ["t"]
[sensor]
columns = ["id"]
[place]
lon = "lon"
lat = "lat"
[[measured]]
column = "pm"
channel = "pm25"
"""
NOW = time.time()
KEY = "k3y-of-somebody"


def air(*values: float, ago_s: float = 0.0, lon: float = 24.95) -> dict[str, Any]:
    return {"all": [
        {"t": written(NOW - ago_s + number), "id": "a", "lon": lon, "lat": 60.15, "pm": value}
        for number, value in enumerate(values)
    ]}  # fmt: skip


def connection(url: str, **options: str) -> Connection:
    return Connection("Air", "http", f"{url}/air", {"every": "1"} | options, 'records = "all"\n' + MAPPING)


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        found.routes["/air"] = says(air(5.0, ago_s=10))
        yield found


def error_of(watcher: Watching) -> str:
    watcher.take()
    return watcher.live.states()[0].last_error


FAULTS = [
    (feeds.cut_off, "broke off in the middle of its answer."),
    (feeds.cut_off_in_pieces, "broke off in the middle of its answer."),
    (feeds.hangs_up, "broke off in the middle of its answer."),
    (feeds.half_a_gigabyte, "sends more than 50\u202fMB, which no feed needs"),
    (feeds.endless, "sends more than 50\u202fMB, which no feed needs"),
    (says(b'{"all": [{"t": "2026'), "is not JSON, or is cut off."),
    (says("<!doctype html><title>Log in</title>"), "answers with a web page in the place of data"),
    (says(BOMB), "is not JSON"),
    (says({}, 502), "its service is not at the moment (502)."),
    (says({}, 404), "has nothing at this address"),
]


@pytest.mark.parametrize(("act", "sentence"), FAULTS)
def test_that_a_fault_is_told_and_over_when_the_server_is_well_again(
    server: Feeds, act: feeds.Act, sentence: str
) -> None:
    server.script = [act]
    with watching() as watcher:
        watcher.live.add(connection(server.url))
        until(lambda: sentence in error_of(watcher))
        if "nothing at this" in sentence:  # it is asked again in five minutes
            assert watcher.live.states()[0].retry_t is not None
            return
        until(lambda: watcher.values == [5.0] and watcher.notice("Air") == "")
        assert watcher.word == "receiving"


def test_that_a_server_that_goes_and_comes_back_loses_nothing_that_it_still_tells(server: Feeds) -> None:
    with watching() as watcher:
        watcher.live.add(connection(server.url))
        until(lambda: watcher.values == [5.0])
        server.script = [feeds.hangs_up, busy(1), says(air(5.0, 6.0, ago_s=10)), says(air(5.0, 6.0, 7.0, ago_s=10))]
        until(lambda: watcher.values == [5.0, 6.0, 7.0])
        assert not watcher.desk.rejects.total


def test_that_a_wrong_key_stops_it_until_somebody_acts(server: Feeds) -> None:
    server.routes["/air"] = says({"detail": KEY}, 401)
    with watching(key=KEY) as watcher:
        watcher.live.add(connection(server.url, header="X-API-Key"))
        until(lambda: watcher.word == "failed")
        assert "does not accept the key or the password" in watcher.notice("Air")
        assert KEY not in watcher.notice("Air")
        server.routes["/air"] = says(air(5.0))
        watcher.live.pause("Air")
        watcher.live.resume("Air")
        until(lambda: watcher.values == [5.0] and watcher.notice("Air") == "")


def test_that_certificates_are_never_taken_in_silence(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for pair, sentence in (
        (authority.server(days=-1), "has expired"),
        (authority.server(names=("elsewhere.example",)), "that of another name"),
    ):
        with Feeds(shown=pair) as secure, watching() as watcher:
            watcher.live.add(connection(secure.url, authority=str(authority.path)))
            until(lambda: watcher.word == "failed")
            assert sentence in watcher.notice("Air")
            assert not secure.asked
    with Feeds(shown=authority.server()) as secure, watching() as watcher:
        secure.routes["/air"] = says(air(5.0))
        watcher.live.add(connection(secure.url, authority=str(authority.path)))
        until(lambda: watcher.values == [5.0])


@pytest.mark.parametrize("act", [feeds.silent, feeds.drips, feeds.endless])
def test_that_a_feed_ends_within_a_moment_whatever_its_server_does(server: Feeds, act: feeds.Act) -> None:
    server.script = [act]
    with watching() as watcher:
        feed = watcher.live.add(connection(server.url))
        until(lambda: bool(server.asked))
        begun = time.monotonic()
        feed.close()
        assert time.monotonic() - begun < 2.0


def test_that_trying_a_connection_out_says_what_it_is_worth(server: Feeds) -> None:
    where, stop = Where("Mitte", (24.90, 60.10, 25.00, 60.20), "Europe/Helsinki"), threading.Event()

    def tried(**how: Any) -> str:
        return testing.tested(
            connection(server.url), where, lambda _key: "", stop, patience_s=2.0, more_s=0.1, **how
        ).sentence

    assert tried().startswith("1 sensor inside this district, newest reading ")
    server.routes["/air"] = says(air(5.0, lon=2.0))
    assert "not inside this district" in tried()
    server.routes["/air"] = says({"all": []})
    assert tried() == "It answers, but has told nothing yet."
    server.routes["/air"] = says({}, 403)
    with pytest.raises(TwinError, match="does not accept the key"):
        tried()
