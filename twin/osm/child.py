"""What runs in the child process: the only file that imports osmnx, and the only one that talks to servers.

osmnx sleeps for a minute at a time, retries for hours by recursion, resolves names over foreign
servers and replaces `socket.getaddrinfo`; none of it can be interrupted, all of it can be killed. So it
lives in a process of its own. It still composes every query and reads every geocoder's answer. A hook
of requests sees each response first: it counts bytes while they come, keeps the limits, and raises what
is wrong before osmnx can sleep on it or take a part for the whole.

The words on the pipe are the dataclasses below. The parent turns a `Fault` into a sentence.
"""

from __future__ import annotations

import contextlib
import email.utils
import html
import io
import json
import os
import re
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import parent_process
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection
    from pathlib import Path

CHUNK_BYTES = 16_384
TELL_EVERY_S = 0.2
ERROR_PAGE_BYTES_MAX = 20_000
DETAIL_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Query:
    """Ask an Overpass server for the features in a polygon and write its answer to a file."""

    url: str
    user_agent: str
    timeout_s: int  # what the server may take
    patience_s: int  # how long to wait for it to say anything at all; more, since it queues and sends too
    limit_bytes: int
    polygon: bytes  # WKB, longitude and latitude, one ring
    tags: Mapping[str, bool | list[str]]
    into: Path


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask a Nominatim server where a place is."""

    url: str
    user_agent: str
    timeout_s: int  # what the server may take
    patience_s: int  # how long to wait for it to say anything at all; more, since it queues and sends too
    limit_bytes: int
    text: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The child has imported osmnx and takes orders."""


@dataclass(frozen=True, slots=True)
class Received:
    """So many bytes of the answer have come."""

    count: int


@dataclass(frozen=True, slots=True)
class Document:
    """An Overpass answer is in the file that was named; `remark` says where the server broke off."""

    elements: int
    remark: str


@dataclass(frozen=True, slots=True)
class Place:
    """What Nominatim knows about a text: WGS 84 degrees, and the outline or point as WKB."""

    name: str
    label: str
    lat: float
    lon: float
    outline: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer; `code` is a key of the parent's sentences."""

    code: str
    status: int = 0
    detail: str = ""
    retry_after_s: float | None = None


class Failed(Exception):  # noqa: N818  (it never leaves this process)
    """Carries a fault out of osmnx."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class _Arrived(Exception):  # noqa: N818
    """The answer is complete and on disk; osmnx need not read it too."""


Order = Query | Lookup
Reply = Document | Place | Fault


def serve(pipe: Connection) -> None:
    """Take orders from the pipe until it closes or the parent dies."""
    _settle()
    try:
        import osmnx
    except Exception as error:  # noqa: BLE001  (a broken installation is a sentence too)
        pipe.send(Fault("unexpected", detail=f"{type(error).__name__}: {error}"))
        return
    pipe.send(Ready())
    while True:
        try:
            order: Order = pipe.recv()
        except (EOFError, OSError):
            return
        reply: Reply
        try:
            reply = (
                _ask_overpass(osmnx, order, pipe) if isinstance(order, Query) else _ask_nominatim(osmnx, order, pipe)
            )
        except Failed as failed:
            reply = failed.fault
        except Exception as error:  # noqa: BLE001  (whatever it is, it must not become a traceback)
            reply = _fault_of(error)
        pipe.send(reply)


def _settle() -> None:
    """Make this process silent, deaf to Ctrl-C (the parent decides), and unable to outlive its parent."""
    with contextlib.suppress(ValueError):  # not in the main thread: only in tests
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
    if sys.stderr is None:  # a program without a console
        sys.stderr = io.StringIO()
    parent = parent_process()
    if parent is not None:

        def follow() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=follow, daemon=True, name="follow the parent").start()


def _prepare(osmnx: Any, order: Order, hook: Callable[..., Any]) -> None:
    settings = osmnx.settings
    if isinstance(order, Query):
        settings.overpass_url = order.url
    else:
        settings.nominatim_url = order.url
    settings.use_cache = False  # ours knows ages, and keeps no broken answers
    settings.overpass_rate_limit = False  # polls a status page, in the worst case for ever
    settings.doh_url_template = None  # asks a foreign server for three minutes
    settings.http_user_agent = order.user_agent
    settings.http_referer = ""  # by default it names osmnx as the caller
    settings.overpass_settings = f"[out:json][timeout:{order.timeout_s}]{{maxsize}}"
    settings.requests_timeout = order.patience_s  # an int: Overpass turns down "180.0"
    settings.max_query_area_size = 1e15  # the parent has cut the area into tiles already
    settings.cache_only_mode = True
    settings.requests_kwargs = {"stream": True, "hooks": {"response": hook}}


def _ask_overpass(osmnx: Any, order: Query, pipe: Connection) -> Document:
    import shapely

    document = Document(0, "")

    def hook(response: Any, *_args: Any, **_kwargs: Any) -> None:
        nonlocal document
        _refuse_bad_status(response, follow_redirects=False)
        with order.into.open("wb") as file:
            _read_body(response, file, order.limit_bytes, pipe)
        document = _check_document(order.into)
        raise _Arrived

    _prepare(osmnx, order, hook)
    try:
        osmnx.features_from_polygon(shapely.from_wkb(order.polygon), dict(order.tags))
    except _Arrived:
        return document
    raise Failed(Fault("unexpected", detail="osmnx asked nothing"))


def _check_document(path: Path) -> Document:
    """Return what an answer says about itself, or raise why it is none.

    The whole text is parsed, since a cut can be anywhere, but nothing of it is kept: objects
    become None as they close, so that memory stays at a few times the file.
    """
    outermost: list[tuple[str, Any]] = []

    def forget(pairs: list[tuple[str, Any]]) -> None:
        nonlocal outermost
        outermost = pairs

    content = path.read_bytes()
    try:
        json.loads(content, object_pairs_hook=forget)
    except (ValueError, RecursionError):
        _refuse_web_page(content[:ERROR_PAGE_BYTES_MAX])
        raise Failed(Fault("cut")) from None
    # The outermost object closes last; what does not begin as one is none.
    answer = dict(outermost) if re.match(rb"\s*{", content) else {}
    elements = answer.get("elements")
    if not isinstance(elements, list):
        raise Failed(Fault("no_elements", detail=_plain(str(answer.get("remark", "")))))
    remark = answer.get("remark", "")
    return Document(len(elements), _plain(remark) if isinstance(remark, str) else "?")


def _ask_nominatim(osmnx: Any, order: Lookup, pipe: Connection) -> Place:
    def hook(response: Any, *_args: Any, **_kwargs: Any) -> None:
        if response.is_redirect:
            return  # requests follows; the next response passes here too
        _refuse_bad_status(response, follow_redirects=True)
        body = io.BytesIO()
        _read_body(response, body, order.limit_bytes, pipe)
        try:
            answer = json.loads(body.getvalue())
        except (ValueError, RecursionError):
            _refuse_web_page(body.getvalue())
            raise Failed(Fault("cut")) from None
        if answer == []:
            raise Failed(Fault("nothing_found"))
        if not isinstance(answer, list):
            raise Failed(Fault("no_places"))
        body.seek(0)
        response.raw = body  # what osmnx reads now

    _prepare(osmnx, order, hook)
    try:
        row = osmnx.geocode_to_gdf(order.text, which_result=1).iloc[0]
        label = _plain(str(row.get("display_name", order.text)))
        name = _plain(str(row.get("name", "") or label.split(",")[0]))
        return Place(name, label, float(row["lat"]), float(row["lon"]), row["geometry"].wkb)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        # An answer of the right outer shape, but without what osmnx reads from it.
        raise Failed(Fault("no_places")) from None


def _read_body(response: Any, file: Any, limit_bytes: int, pipe: Connection) -> None:
    """Write the body to a file as it comes, telling the parent how much there is so far."""
    count, told = 0, 0.0
    pipe.send(Received(0))
    for chunk in response.raw.stream(CHUNK_BYTES, decode_content=True):
        count += len(chunk)
        if count > limit_bytes:  # of unpacked bytes: a small packed answer can be huge
            raise Failed(Fault("too_large"))
        file.write(chunk)
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            pipe.send(Received(count))
    pipe.send(Received(count))


def _refuse_bad_status(response: Any, *, follow_redirects: bool) -> None:
    status = int(response.status_code)
    if 200 <= status < 300:
        return
    if not follow_redirects and 300 <= status < 400:
        # requests would repeat a moved POST as a GET without the query.
        raise Failed(Fault("moved", status, _plain(response.headers.get("Location", ""))))
    page = b""
    with contextlib.suppress(Exception):  # the status alone says enough
        page = response.raw.read(ERROR_PAGE_BYTES_MAX, decode_content=True)
    codes = {400: "query", 401: "forbidden", 403: "forbidden", 404: "missing", 406: "identity", 410: "missing"}
    busy = status in {429, 502, 503, 504}
    code = "busy" if busy else codes.get(status, "broken" if status >= 500 else "odd")
    raise Failed(Fault(code, status, _message_in(page), _retry_after_s(response.headers.get("Retry-After", ""))))


def _refuse_web_page(content: bytes) -> None:
    if re.match(rb"(?is)\s*(\xef\xbb\xbf)?\s*<", content):
        raise Failed(Fault("web_page", detail=_message_in(content)))


def _message_in(page: bytes) -> str:
    """Return the first sentence of an error page that says what is wrong: Overpass writes "Error: ..."."""
    text = page.decode("utf-8", "replace")
    text = re.sub(r"(?is)<(head|style|script)\b.*?</\1\s*>", " ", text)
    text = html.unescape(re.sub(r"(?s)<[^>]*>", "\n", text))
    text = re.sub(r"(?i)\b(error|remark)\s*\n\s*:", r"\1: ", text)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if re.match(r"(?i)error\b", line)] or lines
    return _plain(telling[0]) if telling else ""


def _plain(text: str) -> str:
    """Return foreign text that cannot do anything to a terminal, nor fill it."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= DETAIL_LENGTH_MAX else line[: DETAIL_LENGTH_MAX - 1] + "…"


def _retry_after_s(header: str) -> float | None:
    """Return the seconds of a Retry-After header, which also comes as a date (RFC 9110, 10.2.3)."""
    header = header.strip()
    if header.isdecimal() and header.isascii():
        return float(header[:9])
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    return None


def _fault_of(error: Exception) -> Fault:
    """Return the fault behind an exception of requests, urllib3 or the operating system."""
    import requests.exceptions as outer
    import urllib3.exceptions as inner

    causes: list[BaseException] = [error]
    while len(causes) < 10:
        last = causes[-1]
        nested = [getattr(last, "reason", None), last.__cause__, last.__context__, *last.args]
        cause = next((entry for entry in nested if isinstance(entry, BaseException) and entry not in causes), None)
        if cause is None:
            break
        causes.append(cause)

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if among(inner.NameResolutionError):
        return Fault("unknown_host")
    if among(outer.SSLError, inner.SSLError):
        return Fault("certificate", detail=_plain(str(causes[-1])))
    if among(ConnectionRefusedError):
        return Fault("refused")
    if among(outer.ReadTimeout, inner.ReadTimeoutError):
        return Fault("slow")
    if among(outer.ConnectTimeout, inner.NewConnectionError, inner.ProxyError):
        return Fault("unreachable", detail=_plain(str(causes[-1])))
    if among(inner.ProtocolError, inner.DecodeError, ConnectionError):
        return Fault("cut")
    if isinstance(error, OSError) and not isinstance(error, outer.RequestException):
        return Fault("disk", detail=_plain(error.strerror or str(error)))
    return Fault("unexpected", detail=_plain(f"{type(error).__name__}: {error}"))
