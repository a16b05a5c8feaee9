"""Connections of `requests` that another thread can cut at any moment, in a handshake too.

Importing requests takes a twentieth of a second, which only a feed that connects has to spend.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Mapping


class Lines:
    """The open connections of a session, held by ends of their own.

    A second descriptor of each socket is kept, since TLS takes the first one away, and a response that ends with its
    connection lets go of it before it is read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: list[tuple[socket.socket, HTTPConnection]] = []
        self.over = False
        """Whether they were cut."""

    def hold(self, line: socket.socket, connection: HTTPConnection) -> None:
        """Hold a connection that was just made; one that is made too late is closed."""
        with self._lock:
            if not self.over:
                self._ends.append((line.dup(), connection))
                return
        line.close()
        raise ConnectionAbortedError

    def settle(self) -> None:
        """Let go of the connections that are closed, once a request is over."""
        with self._lock:
            over = [end for end, connection in self._ends if connection.sock is None]
            self._ends = [(end, connection) for end, connection in self._ends if connection.sock is not None]
        for end in over:
            end.close()

    def cut(self) -> None:
        """End all connections now, and those to come: whoever reads from one sees its end."""
        with self._lock:
            self.over = True
            ends, self._ends = self._ends, []
        for end, _connection in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class _Held(HTTPConnection):
    lines: Lines

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        self.lines.hold(line, self)
        return line


class _HeldSecure(_Held, HTTPSConnection):
    pass


class _Adapter(HTTPAdapter):
    """Makes connections that `lines` hold, straight or by a proxy; never tries again by itself."""

    def __init__(self, lines: Lines) -> None:
        plain = type("Plain", (_Held,), {"lines": lines})
        secure = type("Secure", (_HeldSecure,), {"lines": lines})
        self._pools = {
            "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }
        super().__init__(max_retries=0, pool_connections=4, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002
        """Return none: requests would read the whole answer, however long, before it follows."""
        return None


def session(lines: Lines, headers: Mapping[str, str]) -> requests.Session:
    """Return a session whose connections `lines` hold; it keeps no cookies."""
    made = _Session()
    made.headers.clear()
    made.headers.update(headers)
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Adapter(lines))
    return made


def nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Let a request go as it is: without a way of its own, requests would look into ~/.netrc for a password."""
    return request
