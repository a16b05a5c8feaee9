"""A loopback web server that feeds are asked from, and that misbehaves on request.

    with Feeds() as feeds:
        feeds.routes["/v1/data"] = says({"value": 1})  # or a function of an `Asked`
        feeds.script = [busy(3), cut_off]  # the first two answers; then the routes
        ...
        assert feeds.asked[0].headers["user-agent"].startswith("DistrictTwin/")

`shown` is a certificate and its key: then it speaks TLS.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import ssl
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from certificates import Pair


@dataclass(frozen=True)
class Asked:
    """One question as it came."""

    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(repr=False)  # names in small letters


Act = Callable[["_Handler"], None]
"""What a server does with one question, on the connection itself."""

Route = Act | Callable[[Asked], Act]


def says(
    content: Any = b"", status: int = 200, *, kind: str = "application/json", packed: bool = False, **headers: str
) -> Act:
    """Return an answer: bytes and text as they are, anything else as JSON. `Retry_After` is the header Retry-After."""
    if isinstance(content, str):
        body = content.encode()
    else:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    if packed:
        body, more = gzip.compress(body), more | {"Content-Encoding": "gzip"}

    def act(handler: _Handler) -> None:
        handler.begin(status, kind, {"Content-Length": str(len(body)), **more})
        handler.wfile.write(body)

    return act


def busy(retry_after_s: int, status: int = 429) -> Act:
    """Return an answer that asks for a pause."""
    return says({"detail": "Too many requests"}, status, Retry_After=str(retry_after_s))


def leads_to(address: str, status: int = 302) -> Act:
    """Return a redirect."""
    return says(b"", status, Location=address)


def silent(handler: _Handler) -> None:
    """Take the question and say nothing."""
    handler.home.over.wait()


def endless(handler: _Handler) -> None:
    """Send for ever, as fast as somebody reads."""
    handler.begin(200, "application/json", {})
    piece = b" " * 65_536
    while not handler.home.over.is_set():
        handler.wfile.write(piece)


def drips(handler: _Handler) -> None:
    """Send a letter now and then, for ever: each time soon enough, and never done."""
    handler.begin(200, "application/json", {})
    handler.wfile.write(b"[")
    while not handler.home.over.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def cut_off(handler: _Handler) -> None:
    """Break off in the middle of an answer of a told length."""
    handler.begin(200, "application/json", {"Content-Length": "1000"})
    handler.wfile.write(b'{"results": [')


def cut_off_in_pieces(handler: _Handler) -> None:
    """Break off in the middle of an answer that comes in pieces."""
    handler.begin(200, "application/json", {"Transfer-Encoding": "chunked"})
    handler.wfile.write(b'D\r\n{"results": [')


def hangs_up(handler: _Handler) -> None:
    """Close the connection without a word."""


def nonsense(handler: _Handler) -> None:
    """Answer in another protocol."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def half_a_gigabyte(handler: _Handler) -> None:
    """Announce 500 MB and begin to send them."""
    handler.begin(200, "application/json", {"Content-Length": "500000000"})
    for _piece in range(7_630):
        if handler.home.over.is_set():
            return
        handler.wfile.write(b" " * 65_536)


def bomb(handler: _Handler) -> None:
    """Send 64 MB packed into 64 KB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(bytes(1 << 20)) for _million in range(64)) + packer.flush()
    handler.begin(200, "application/json", {"Content-Encoding": "gzip", "Content-Length": str(len(body))})
    handler.wfile.write(body)


class Feeds:
    """The server. `url` is its root."""

    def __init__(self, shown: Pair | None = None, host: str = "127.0.0.1") -> None:
        self.routes: dict[str, Route] = {}
        self.script: list[Act] = []
        self.asked: list[Asked] = []
        self.over = threading.Event()
        handler = type("Handler", (_Handler,), {"home": self})
        self._server = _Quiet((host, 0), handler)
        if shown:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(shown.certificate, shown.key)
            self._server.context = context
        self.port = int(self._server.server_address[1])
        self.url = f"{'https' if shown else 'http'}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="feeds")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_about: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.end_all()
        self._server.server_close()
        self._thread.join()

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in their order."""
        return [one.path for one in self.asked]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them, and no thread outlives a test
    context: ssl.SSLContext | None = None

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self._open: set[Any] = set()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            if self.context:
                request.settimeout(5)
                request = self.context.wrap_socket(request, server_side=True)
            self._open.add(request)
            super().process_request_thread(request, client_address)
        except OSError:
            request.close()
        finally:
            self._open.discard(request)

    def end_all(self) -> None:
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(2)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave in the middle are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    home: Feeds
    timeout = 30

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers)
        self.home.asked.append(asked)
        if self.home.script:
            act: Any = self.home.script.pop(0)
        else:
            route: Any = self.home.routes.get(parts.path, says({"detail": "Not Found"}, 404))
            act = route(asked) if _takes_a_question(route) else route
        self.close_connection = act in {silent, endless, drips, cut_off, cut_off_in_pieces, hangs_up, nonsense}
        act(self)

    def begin(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, *_about: Any) -> None:
        """Say nothing."""


def _takes_a_question(route: Any) -> bool:
    first = next(iter(route.__annotations__.values()), "")
    return "Asked" in str(first)
