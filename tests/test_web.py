"""What comes of asking a web server, however it behaves."""

from __future__ import annotations

import contextlib
import gzip
import logging
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import feeds
import pytest
from certificates import Authority
from feeds import Asked, Feeds, busy, leads_to, says
from hypothesis import given
from hypothesis import strategies as st
from proxies import Proxy

from twin.model import Cancelled
from twin.sources.body import LIMITS
from twin.sources.source import Trouble
from twin.sources.web import Access, Web, is_home, plain, wish_of

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "s3cret-key-nobody-may-see"
ROOT = Path(__file__).resolve().parent.parent
STOP = threading.Event()  # never set


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web(access=Access(headers={"X-API-Key": KEY}, params={"key": KEY}))
    yield found
    found.close()


def trouble(web: Web, url: str) -> Trouble:
    with pytest.raises(Trouble) as caught:
        web.json(url, STOP)
    assert KEY not in str(caught.value)
    assert str(caught.value).endswith(".")
    return caught.value


def test_that_an_answer_comes_under_our_own_name_with_the_key_and_unpacked(server: Feeds, web: Web) -> None:
    server.routes["/data"] = says({"value": [1, 2]}, packed=True)
    assert web.json(f"{server.url}/data", STOP, params={"limit": "5"}).read == {"value": [1, 2]}
    (asked,) = server.asked
    assert asked.headers["user-agent"].startswith("DistrictTwin/")
    assert asked.headers["x-api-key"] == KEY
    assert asked.params == {"limit": "5", "key": KEY}


def test_that_a_packed_file_is_unpacked_though_nothing_says_that_it_is_one(server: Feeds, web: Web) -> None:
    twice = gzip.compress(b"<a>") + gzip.compress(b"</a>")
    server.routes["/data.xml.gz"] = says(twice, kind="application/octet-stream")
    assert web.get(f"{server.url}/data.xml.gz", STOP).read == b"<a></a>"


def test_that_connections_are_used_again(server: Feeds, web: Web) -> None:
    server.routes["/data"] = says([])
    ports = set()
    for _question in range(3):
        web.json(f"{server.url}/data", STOP)
        ports |= {end.getpeername() for end, _connection in web._lines._ends}
    assert len(web._lines._ends) == 1
    assert len(ports) == 1


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (feeds.cut_off, "broke off in the middle"),
        (feeds.cut_off_in_pieces, "broke off in the middle"),
        (feeds.hangs_up, "broke off"),
        (feeds.nonsense, "broke off"),
        (feeds.half_a_gigabyte, "more than 50\u202fMB"),
        (feeds.endless, "more than 50\u202fMB"),
        (says(b"<!DOCTYPE html><html><body>Log in</body></html>"), "web page"),
        (says(b'{"results": [1, 2'), "not JSON"),
        (says(b""), "answers with nothing"),
        (says(b"[" * 100_000), "not JSON"),
        (says(b"\x1f\x8bnot packed at all", Content_Encoding="gzip"), "damaged"),
        (says(gzip.compress(b"[1, 2, 3]" * 99)[:-30], Content_Encoding="gzip"), "broke off"),
        (says(b"[]", Content_Encoding="br"), "nobody asked for"),
        (says({}, 404), "nothing at this address"),
        (says({}, 500), "cannot answer (500)"),
        (says({}, 400), "does not understand"),
        (busy(7), "pause of 7\u202fs"),
        (busy(9, 503), "not at the moment"),
        (leads_to("ftp://127.0.0.1/data"), "not safe"),
        (leads_to("file:///etc/passwd"), "not safe"),
    ],
)
def test_that_each_fault_is_one_sentence_that_waiting_may_mend(
    server: Feeds, web: Web, act: feeds.Act, sentence: str
) -> None:
    server.script = [act]
    found = trouble(web, f"{server.url}/data")
    assert sentence in str(found)
    assert found.grave == ("not safe" in sentence)
    server.routes["/data"] = says([1])
    if found.retry_s is None:
        assert web.json(f"{server.url}/data", STOP).read == [1]


@pytest.mark.parametrize("status", [401, 403])
def test_that_a_key_that_is_refused_is_grave(server: Feeds, web: Web, status: int) -> None:
    server.script = [says({"message": KEY}, status)]
    found = trouble(web, f"{server.url}/data")
    assert found.grave
    assert "key or the password" in str(found)


def test_that_an_answer_far_too_large_takes_no_memory(server: Feeds) -> None:
    web = Web(limits=replace(LIMITS, packed_bytes=2_000_000, unpacked_bytes=3_000_000))
    tracemalloc.start()
    for act, limit in ((feeds.half_a_gigabyte, 2), (feeds.endless, 2), (feeds.bomb, 3)):
        server.script = [act]
        assert f"more than {limit}\u202fMB" in str(trouble(web, server.url))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    web.close()
    assert most < 30_000_000


@pytest.mark.parametrize("act", [feeds.silent, feeds.drips, feeds.endless])
def test_that_stop_ends_a_question_at_once(server: Feeds, act: feeds.Act) -> None:
    web = Web(limits=replace(LIMITS, packed_bytes=10**12, unpacked_bytes=10**12))
    server.script = [act]
    stop = threading.Event()
    ended: list[float] = []

    def ask() -> None:
        with pytest.raises(Cancelled):
            web.streamed(server.url, stop, lambda body: [None for _ in iter(lambda: body.read(9_999), b"")])
        ended.append(time.monotonic())

    asking = threading.Thread(target=ask)
    asking.start()
    while not server.asked:
        time.sleep(0.005)
    stopped = time.monotonic()
    stop.set()
    asking.join(10)
    web.close()
    assert ended
    assert ended[0] - stopped < 1.0


@pytest.mark.parametrize("act", [feeds.silent, feeds.drips])
def test_that_a_server_that_never_ends_is_left_at_the_deadline(server: Feeds, act: feeds.Act) -> None:
    web = Web(limits=replace(LIMITS, whole_s=0.3))
    server.script = [act]
    assert "did not finish" in str(trouble(web, server.url))
    server.routes["/"] = says([1])
    assert web.json(f"{server.url}/", STOP).read == [1]
    web.close()


def test_that_a_server_that_falls_silent_is_told_by_its_silence(server: Feeds) -> None:
    web = Web(limits=replace(LIMITS, silence_s=0.2))
    server.script = [feeds.silent]
    assert "sent nothing for" in str(trouble(web, server.url))
    web.close()


def test_that_nobody_there_and_no_address_are_told(web: Web) -> None:
    with Feeds() as gone:
        pass
    assert "refuses the connection" in str(trouble(web, gone.url))
    for address in ("http://", "ftp://127.0.0.1/x", "nonsense", "http://127.0.0.1:99999/", "http://[::1/", "http:///x"):
        found = trouble(web, address)
        assert "no web address" in str(found), address
        assert found.grave


def test_that_a_way_that_is_cut_or_stands_still_is_told(server: Feeds) -> None:
    server.routes["/data"] = says([0] * 5000)
    with Proxy(server.port) as way:
        web = Web(limits=replace(LIMITS, silence_s=0.3))
        url = f"http://127.0.0.1:{way.port}/data"
        assert len(web.json(url, STOP).read) == 5000
        way.cut_after(600, towards="client")
        assert "broke off in the middle" in str(trouble(web, url))
        assert len(web.json(url, STOP).read) == 5000
        way.stall()  # half-open: the connection stands, and nothing comes
        assert "sent nothing for" in str(trouble(web, url))
        way.flow()
        assert len(web.json(url, STOP).read) == 5000
        web.close()


def test_that_redirects_lead_on_without_the_key_and_not_for_ever(server: Feeds, web: Web) -> None:
    with Feeds() as elsewhere:
        server.routes["/old"] = leads_to("/new")
        server.routes["/new"] = leads_to(f"{elsewhere.url}/data?page=2")
        elsewhere.routes["/data"] = says([3])
        assert web.json(f"{server.url}/old", STOP, params={"limit": "5"}).read == [3]
        assert [KEY in asked.params.values() for asked in server.asked] == [True, True]
        (asked,) = elsewhere.asked
        assert asked.params == {"page": "2"}
        assert KEY not in asked.headers.values()
    server.routes["/round"] = leads_to("/round")
    assert "without end" in str(trouble(web, f"{server.url}/round"))


def test_that_a_key_goes_along_where_a_server_turns_to_encryption() -> None:
    home = "http://example.org:80"
    assert [is_home(origin, home) for origin in (home, "https://example.org:443", "https://other.org:443", "")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not is_home(home, "https://example.org:443")


def test_that_a_limit_on_questions_is_obeyed(server: Feeds, web: Web) -> None:
    server.script = [says([1], X_RateLimit_Remaining="0", X_RateLimit_Reset="1")]
    server.routes["/data"] = says([2])
    web.json(f"{server.url}/data", STOP)
    begun = time.monotonic()
    assert web.json(f"{server.url}/data", STOP).read == [2]
    assert time.monotonic() - begun > 0.8
    server.script = [says([3], X_RateLimit_Remaining="0", X_RateLimit_Reset="50")]
    web.json(f"{server.url}/data", STOP)
    found = trouble(web, f"{server.url}/data")
    assert found.retry_s is not None
    assert 40 < found.retry_s <= 50
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("headers", "wish_s"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:17:40 GMT"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 60}, 86_400.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, 12.0),
        ({"x-ratelimit-remaining": "3", "x-ratelimit-reset": "12"}, None),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "5;w=60"}, 5.0),
    ],
)
def test_that_the_wish_of_a_server_is_read(headers: dict[str, str], wish_s: float | None) -> None:
    assert wish_of(headers, 1000.0) == wish_s


@given(st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"]), st.text()))
def test_that_a_wish_is_none_or_a_pause_within_a_day(headers: dict[str, str]) -> None:
    wish_s = wish_of(headers, 1000.0)
    assert wish_s is None or 0 <= wish_s <= 86_400


@given(st.binary(max_size=200))
def test_that_any_bytes_are_values_or_a_sentence(body: bytes) -> None:
    with contextlib.suppress(Trouble):
        plain(body, "example.org")


def test_that_halves_of_letters_are_no_text() -> None:
    for body in (b'"\\ud800"', b'{"\\udc00x": NaN}'):
        with pytest.raises(Trouble, match="not JSON"):
            plain(body, "here")


def test_that_numbers_that_are_none_are_read_as_such() -> None:
    assert str(plain(b'\xef\xbb\xbf{"v": NaN, "w": Infinity}', "here")) == "{'v': nan, 'w': inf}"


def test_that_a_certificate_is_looked_at(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for pair, sentence in (
        (authority.server(days=-1), "has expired"),
        (authority.server(names=("elsewhere.example",)), "another name"),
        (Authority(tmp_path, "Somebody else").server(), "vouches"),
    ):
        with Feeds(shown=pair) as secure:
            web = Web(authority=authority.path)
            found = trouble(web, secure.url)
            web.close()
            assert sentence in str(found)
            assert found.grave
            assert not secure.asked


def test_that_an_encrypted_answer_comes_and_never_leads_to_an_open_one(tmp_path: Path, server: Feeds) -> None:
    authority = Authority(tmp_path)
    with Feeds(shown=authority.server()) as secure:
        secure.routes["/data"] = says([1])
        secure.routes["/away"] = leads_to(f"{server.url}/data")
        web = Web(authority=authority.path, access=Access.of(user="planner", password=KEY))
        assert web.json(f"{secure.url}/data", STOP).read == [1]
        assert "not safe" in str(trouble(web, f"{secure.url}/away"))
        web.close()
        assert secure.asked[0].headers["authorization"].startswith("Basic ")
    assert not server.asked


def test_that_an_open_server_is_not_taken_for_an_encrypted_one(server: Feeds, web: Web) -> None:
    found = trouble(web, server.url.replace("http:", "https:"))
    assert "No encrypted connection" in str(found)


def test_that_the_key_is_in_no_log(server: Feeds, web: Web, caplog: pytest.LogCaptureFixture) -> None:
    server.routes["/data"] = says([1])
    # Named, since the driver of the archive quiets this logger for the whole process.
    with caplog.at_level(logging.DEBUG, "urllib3"):
        web.json(f"{server.url}/data", STOP)
    assert caplog.records
    assert KEY not in caplog.text
    assert KEY not in repr(web._access)


def test_that_a_key_with_letters_that_no_header_holds_is_told(server: Feeds) -> None:
    for key in (f"{KEY}\r\nX-More: 1", f"{KEY}\N{SNOWMAN}"):
        web = Web(access=Access(headers={"X-API-Key": key}))
        assert "cannot be sent" in str(trouble(web, server.url))
        web.close()


def test_that_a_question_is_answered_by_what_was_asked(server: Feeds, web: Web) -> None:
    def echo(asked: Asked) -> feeds.Act:
        return says(asked.params)

    server.routes["/echo"] = echo
    assert web.json(f"{server.url}/echo", STOP, params={"filter": "a eq 'ü&b'"}).read["filter"] == "a eq 'ü&b'"


def test_that_listing_the_kinds_of_feeds_imports_nothing_slow() -> None:
    slow = "{'requests', 'urllib3', 'pandas', 'paho', 'google.protobuf', 'defusedxml', 'PySide6', 'vtkmodules'}"
    script = f"import sys, twin.sources; twin.sources.kinds(); print({slow} & sys.modules.keys() or 'nothing')"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout == "nothing\n"
