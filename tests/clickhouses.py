"""A ClickHouse server on loopback whose engine is chDB: the real SQL, the real tables, and faults on request.

    with ClickHouse(tmp_path, user="planner", password="...") as server:
        server.script = [cut_off]  # the next answer to a query for data
        Server(address_of(server.url), server.password)

It speaks as much of ClickHouse's HTTP interface as its Python driver uses. The engine is one for the process, and
every server has a database of its own in it.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import re
import shutil
import ssl
import tempfile
import threading
from collections.abc import Callable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

import chdb
from lz4 import frame

if TYPE_CHECKING:
    from certificates import Pair

Fault = Callable[["_Request", bytes], None]
_lock = threading.Lock()
_count = iter(range(10**6))


@cache
def folder() -> str:
    """Return where the engine of this process keeps its tables; it goes with the process."""
    found = tempfile.mkdtemp(prefix="chdb-")
    atexit.register(shutil.rmtree, found, ignore_errors=True)
    return found


@cache
def engine() -> Any:
    """Return the engine of this process."""
    found = chdb.connect(folder())
    atexit.register(found.close)
    return found


def fine(request: _Request, answer: bytes) -> None:
    """Answer as it should."""
    request.head(200, len(answer))
    request.wfile.write(answer)


def lost(request: _Request, _answer: bytes) -> None:
    """Do what was asked, and go before saying so."""
    request.close_connection = True


def cut_off(request: _Request, answer: bytes) -> None:
    """Promise a whole answer and end in the middle of it."""
    request.head(200, len(answer) or 100)
    request.wfile.write(answer[: len(answer) // 2])
    request.close_connection = True


def unwell(request: _Request, _answer: bytes) -> None:
    """Say that the memory is full."""
    request.refuse(241, "Memory limit (total) exceeded: would use 9.31 GiB")


def forbidden(request: _Request, _answer: bytes) -> None:
    """Say that this user may not."""
    request.refuse(
        497, "planner: Not enough privileges. To execute this query, it's necessary to have the grant INSERT"
    )


class ClickHouse:
    """The server; `script` is what goes wrong with the next queries for data, one after the other."""

    def __init__(self, *, user: str = "planner", password: str = "kesä 2026", shown: Pair | None = None) -> None:  # noqa: S107
        self.user, self.password = user, password
        self.script: list[Fault] = []
        self.asked: list[str] = []
        self.database = f"archive_{next(_count)}"
        handler = type("Handler", (_Request,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        if shown:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(shown.certificate, shown.key)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._http.server_address[1])
        scheme = "clickhouses" if shown else "clickhouse"
        self.url = f"{scheme}://{user}@127.0.0.1:{self.port}/{self.database}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        engine()
        self._thread.start()
        return self

    def __exit__(self, *_about: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def run(self, sql: str, **parameters: str) -> bytes:
        """Ask the engine itself, in this server's database, and return rows as text."""
        return _run(sql, self.database, "TSV", parameters)


def _run(sql: str, database: str, form: str, parameters: dict[str, str]) -> bytes:
    with _lock:
        if database:
            engine().query(f"USE `{database}`")
        found = engine().query(sql, form, params=parameters) if parameters else engine().query(sql, form)
        return bytes(found.bytes())


class _Request(BaseHTTPRequestHandler):
    owner: ClassVar[ClickHouse]
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = 1 << 16  # head and answer in one piece
    disable_nagle_algorithm = True

    def log_message(self, *_told: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # a client that went, or would not trust us
            super().handle()

    def do_GET(self) -> None:
        self.head(200, 4)
        self.wfile.write(b"Ok.\n")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = self._chunks()
        if self.headers.get("Content-Encoding") == "lz4":
            body = frame.decompress(body)
        asked = {key: values[-1] for key, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}
        if self._who() != (self.owner.user, self.owner.password):
            self.refuse(516, f"{self.owner.user}: Authentication failed: password is incorrect", 403)
            return
        sql = asked.pop("query", None)
        if sql is None:
            head, _break, data = body.partition(b"\n") if body.startswith(b"INSERT") else (body, b"", b"")
            sql = head.decode()
        else:
            data = body
        self.owner.asked.append(sql)
        parameters = {key.removeprefix("param_"): value for key, value in asked.items() if key.startswith("param_")}
        try:
            answer = self._answer(sql, data, asked, parameters)
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            self.refuse(int(code[1]) if code else 1, str(error).rpartition("DB::Exception: ")[2])
            return
        if self.owner.script and "twin_" in sql:
            self.owner.script.pop(0)(self, answer)
            return
        packed = "zstd" in self.headers.get("Accept-Encoding", "") and asked.get("enable_http_compression") == "1"
        if packed:
            from backports import zstd

            answer = zstd.compress(answer)
        self.head(200, len(answer), **({"Content-Encoding": "zstd"} if packed else {}))
        self.wfile.write(answer)

    def _answer(self, sql: str, data: bytes, asked: dict[str, str], parameters: dict[str, str]) -> bytes:
        database = asked.get("database", "")
        form = re.search(r"\s+FORMAT\s+(\w+)\s*;?\s*$", sql)
        if not data:
            return _run(sql[: form.start()] if form else sql, database, form[1] if form else "TSV", parameters)
        assert form, sql
        once = asked.get("insert_deduplication_token", "")
        settings = f" SETTINGS insert_deduplication_token = '{once}'" if once else ""
        with tempfile.NamedTemporaryFile(suffix=".data") as file:
            file.write(data)
            file.flush()
            _run(f"{sql[: form.start()]} FROM INFILE '{file.name}'{settings} FORMAT {form[1]}", database, "TSV", {})
        return b""

    def _who(self) -> tuple[str, str]:
        told = self.headers.get("Authorization", "")
        if told.startswith("Basic "):
            user, _colon, password = base64.b64decode(told[6:]).decode().partition(":")
            return user, password
        return self.headers.get("X-ClickHouse-User", ""), self.headers.get("X-ClickHouse-Key", "")

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def head(self, status: int, length: int, **more: str) -> None:
        """Send the head of an answer."""
        self.send_response(status)
        summary = json.dumps({"read_rows": "0", "written_rows": "0"})
        headers = {"Content-Type": "text/plain", "X-ClickHouse-Timezone": "UTC", "X-ClickHouse-Summary": summary} | more
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def refuse(self, code: int, told: str, status: int = 500) -> None:
        """Answer with an error, as the server words it."""
        body = f"Code: {code}. DB::Exception: {told}. (SOME_NAME) (version 26.2.1.1)\n".encode()
        self.head(status, len(body), **{"X-ClickHouse-Exception-Code": str(code)})
        self.wfile.write(body)
