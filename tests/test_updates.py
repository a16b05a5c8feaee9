"""Looking for a newer version: whatever the other side does, a release or one sentence comes of it, in time."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import __version__, updates
from twin.model import Cancelled, TwinError
from twin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Answer = "Callable[[BaseHTTPRequestHandler], None]"


@contextlib.contextmanager
def releases(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Give the address of a server that answers so, and the headers that it was asked with."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({name.lower(): value for name, value in self.headers.items()})
            with contextlib.suppress(OSError):
                answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/newest.json", asked
        finally:
            server.shutdown()
            thread.join()


def saying(content: bytes, code: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(code)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            to.send_header(name, value)
        to.end_headers()
        to.wfile.write(content)

    return answer


def telling(**told: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    return saying(json.dumps(told).encode())


def trickling(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    while True:
        to.wfile.write(b" ")
        to.wfile.flush()
        time.sleep(0.02)


def silent(to: BaseHTTPRequestHandler) -> None:
    to.connection.recv(1)  # until the other side gives up


def test_that_a_newer_version_is_told_with_its_page() -> None:
    with releases(telling(version="999.1", page="https://example.org/999.1")) as (address, asked):
        found = updates.newest(address)
    assert found == updates.Release("999.1", "https://example.org/999.1")
    assert found.is_newer
    assert asked[0]["user-agent"] == f"DistrictTwin/{__version__}"
    assert not {"cookie", "authorization", "referer"} & set(asked[0])


def test_that_the_answer_of_a_code_host_is_understood() -> None:
    told = telling(tag_name="v999.0.1", html_url="https://example.org/r", assets=[{"size": 3}], body="notes")
    with releases(told) as (address, _asked):
        assert updates.newest(address) == updates.Release("999.0.1", "https://example.org/r")


@pytest.mark.parametrize("version", [__version__, "0.0.1", f"{__version__}.0"])
def test_that_the_same_or_an_older_version_is_no_news(version: str) -> None:
    with releases(telling(version=version)) as (address, _asked):
        assert not updates.newest(address).is_newer


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>Welcome to the hotel</html>", b"[]", b'{"version": 7}', b'{"version": "soon"}', b"\xff\xfe",
     b'{"version": "1.0; rm -rf"}', b"[" * 100_000, b'{"version": "2.0-rc1"}'],
)  # fmt: skip
def test_that_an_answer_which_names_no_version_is_one_sentence(content: bytes) -> None:
    with releases(saying(content)) as (address, _asked), pytest.raises(TwinError, match="names no version"):
        updates.newest(address)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (saying(b" " * (updates.ANSWER_BYTES_MAX + 1)), "too long"),
        (saying(b"", code=404), "HTTP 404"),
        (saying(b"", code=302, location="file:///etc/passwd"), "HTTP 302"),
        (saying(b"", code=302, location="https://127.0.0.1:1/"), "elsewhere"),
        (trickling, "takes too long|no answer within"),
        (silent, "timed out|no answer within"),
        (lambda to: to.connection.close(), "closed|HTTP|Bad"),
    ],
)
def test_that_whatever_else_comes_is_one_sentence_in_time(answer: Any, told: str) -> None:
    with releases(answer) as (address, _asked), pytest.raises(TwinError, match=told):
        updates.newest(address, patience_s=0.6)


def test_that_without_a_network_there_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TwinError, match="refused"):
        updates.newest(f"http://127.0.0.1:{port}/newest.json")


def test_that_who_no_longer_wants_to_know_does_not_wait() -> None:
    stop = threading.Event()
    stop.set()
    with releases(silent) as (address, _asked), pytest.raises(Cancelled):
        updates.newest(address, stop, patience_s=3)


@pytest.mark.parametrize(
    "page",
    ["http://elsewhere.example/x", "javascript:alert(1)", "file:///etc/passwd", "https://", "https://me:pw@example.org",
     "https://example.org/a b", 7, "https://exämple.org", "https://[1"],
)  # fmt: skip
def test_that_a_page_which_nobody_should_open_is_not_offered(page: object) -> None:
    with releases(telling(version="999.0", page=page)) as (address, _asked):
        assert updates.newest(address).page == ""


@given(
    st.lists(st.integers(0, 99_999), min_size=1, max_size=4), st.lists(st.integers(0, 99_999), min_size=1, max_size=4)
)
def test_that_versions_sort_by_their_numbers(first: list[int], second: list[int]) -> None:
    longest = max(len(first), len(second))
    padded = [[*numbers, *[0] * (longest - len(numbers))] for numbers in (first, second)]
    orders = [updates.order(".".join(map(str, numbers))) for numbers in (first, second)]
    assert (orders[0] < orders[1]) == (padded[0] < padded[1])
    assert (orders[0] == orders[1]) == (padded[0] == padded[1])


def test_that_it_is_looked_for_once_a_day() -> None:
    assert updates.is_due(0.0)
    assert not updates.is_due(1000.0, now=lambda: 1000.0 + updates.OFTEN_S - 1)
    assert updates.is_due(1000.0, now=lambda: 1000.0 + updates.OFTEN_S)
    assert updates.is_due(5000.0, now=lambda: 1000.0)  # the clock was wrong then


def test_that_nobody_is_asked_unless_somebody_says_so() -> None:
    assert Settings().update_url == ""
    assert Settings.load(environment={"TWIN_UPDATE_URL": "https://example.org/x.json"}).update_url.endswith("x.json")
