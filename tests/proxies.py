"""A way to a server on loopback that can be cut, stalled and slowed.

with Proxy(broker.port) as way:
    way.cut_after(100, towards="client")  # in the middle of a message
    way.stall()  # connections stand, and nothing comes: half-open
    way.flow()
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from typing import Literal, Self

Towards = Literal["client", "server"]
_TURN_S = 0.005
_CHUNK = 65_536
_HELD = 4 * _CHUNK  # what is under way; more waits with its sender
_RESET = struct.pack("ii", 1, 0)  # close with RST, as a router that forgot the connection does


class _End:
    """One end of a connection: a socket, and what waits to be sent to it, each with the time from which it may."""

    def __init__(self, own: socket.socket, towards: Towards) -> None:
        self.socket = own
        self.towards: Towards = towards
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.over = False  # the other end has said all
        self.told = False
        self.other: _End = self

    @property
    def held(self) -> int:
        return sum(len(piece) for _due, piece in self.waiting)


class Proxy:
    """Listens on a port of its own and passes everything to a server on loopback, until told otherwise."""

    def __init__(self, port: int) -> None:
        self.delay_s = 0.0
        """How long every piece is under way."""
        self.connections = 0
        """How many have come, ever."""
        self._server = port
        self._lock = threading.Lock()
        self._ends: list[_End] = []
        self._stalled = False
        self._left: dict[Towards, int] = {}
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.setblocking(False)
        self.port = int(self._listening.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="proxy")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_about: object) -> None:
        self._over.set()
        self._thread.join()
        self.cut()
        self._listening.close()

    def cut(self) -> None:
        """Break all connections off at once."""
        with self._lock:
            for end in self._ends:
                _break_off(end.socket)
            self._ends.clear()

    def cut_after(self, count: int, *, towards: Towards) -> None:
        """Pass so many more bytes in one direction, then break the connection off, once."""
        with self._lock:
            self._left[towards] = count

    def stall(self) -> None:
        """Let all connections stand, old and new, and pass nothing, not even that somebody left."""
        with self._lock:
            self._stalled = True

    def flow(self) -> None:
        """Pass again what waits and what comes."""
        with self._lock:
            self._stalled = False

    def _run(self) -> None:
        while not self._over.is_set():
            with self._lock:
                moved = not self._stalled and (self._accept() or self._pass_on())
            if not moved:
                self._wait()

    def _wait(self) -> None:
        with self._lock:
            ends = [] if self._stalled else [end for end in self._ends if end.other.held < _HELD and not end.other.over]
            ready = [end.socket for end in ends] + ([] if self._stalled else [self._listening])
        if not ready:
            self._over.wait(_TURN_S)
            return
        with selectors.DefaultSelector() as selector:
            for one in ready:
                if one.fileno() >= 0:
                    selector.register(one, selectors.EVENT_READ)
            selector.select(_TURN_S)

    def _accept(self) -> bool:
        try:
            client, _address = self._listening.accept()
        except BlockingIOError:
            return False
        self.connections += 1
        try:
            server = socket.create_connection(("127.0.0.1", self._server), timeout=5)
        except OSError:
            _break_off(client)
            return True
        ends = _End(client, "client"), _End(server, "server")
        for end, other in (ends, ends[::-1]):
            end.other = other
            end.socket.setblocking(False)
            end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._ends += ends
        return True

    def _pass_on(self) -> bool:
        moved = False
        for end in list(self._ends):
            if end in self._ends:  # the other end may have been broken off meanwhile
                try:
                    moved |= self._take(end)
                    moved |= self._give(end)
                except OSError:
                    self._drop(end)
        return moved

    def _take(self, end: _End) -> bool:
        """Read what one end says, for the other."""
        other = end.other
        if other.over or other.held >= _HELD:
            return False
        try:
            piece = end.socket.recv(_CHUNK)
        except BlockingIOError:
            return False
        if piece:
            other.waiting.append((time.monotonic() + self.delay_s, piece))
        else:
            other.over = True
        return True

    def _give(self, end: _End) -> bool:
        """Send to one end what is due, or that there is no more."""
        if not end.waiting:
            if end.over and not end.told:
                end.told = True
                end.socket.shutdown(socket.SHUT_WR)
                if end.other.told:
                    self._drop(end)
            return False
        due, piece = end.waiting[0]
        left = self._left.get(end.towards)
        if due > time.monotonic():
            return False
        if left is not None and left <= len(piece):
            del self._left[end.towards]
            end.socket.send(piece[:left])
            time.sleep(_TURN_S)  # so that it is read before the connection breaks
            self._drop(end)
            return True
        try:
            sent = end.socket.send(piece)
        except BlockingIOError:
            return False
        end.waiting.popleft()
        if sent < len(piece):
            end.waiting.appendleft((due, piece[sent:]))
        if left is not None:
            self._left[end.towards] = left - sent
        return True

    def _drop(self, end: _End) -> None:
        for one in (end, end.other):
            _break_off(one.socket)
            if one in self._ends:
                self._ends.remove(one)


def _break_off(own: socket.socket) -> None:
    try:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    except OSError:
        pass
    finally:
        own.close()
