"""The parent's side of the child process: send an order, hear how it goes, and kill it on stop."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
from typing import TYPE_CHECKING, Self

from twin.language import _
from twin.model import Cancelled
from twin.osm import child
from twin.osm.child import Fault, Order, Ready, Received, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from types import FrameType

POLL_S = 0.1
START_LIMIT_S = 180.0  # importing osmnx from a cold disk behind a virus scanner
STALL_GRACE_S = 2.0  # beyond the child's own time limit

type Hear = Callable[[int | None, float], None]
"""Is told ten times a second: bytes so far (None: no answer has begun) and seconds since the order."""


class Courier:
    """A child process with osmnx in it, started at the first order and kept for the next ones.

    A context manager. Importing osmnx takes seconds: whoever looks up a place and then downloads it
    gives the same courier to both. Stopping kills the child, whatever it is doing; the next order
    starts another. One thread at a time.
    """

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._process.pid if self._process else None

    def ask(self, order: Order, *, stop: threading.Event | None, hear: Hear) -> Reply:
        """Return the reply to an order; a `Fault` is a reply too.

        Raises
        ------
        Cancelled
            Within a moment of `stop` being set, with the child gone. Anything that `hear` raises,
            and an interrupt from the keyboard, end it in the same way.
        """
        try:
            pipe = self._started()
            pipe.send(order)
            return self._await(pipe, order, stop, hear)
        except (EOFError, OSError):
            return Fault("died", status=self._exit_code())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the child at once. It holds nothing that could be lost."""
        process, pipe = self._process, self._pipe
        self._process, self._pipe, self._ready = None, None, False
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join()
            process.close()

    def _await(self, pipe: Connection, order: Order, stop: threading.Event | None, hear: Hear) -> Reply:
        asked = heard = time.monotonic()
        count: int | None = None
        while True:
            if stop is not None and stop.is_set():
                raise Cancelled(_("Stopped."))
            now = time.monotonic()
            if pipe.poll(POLL_S):
                message = pipe.recv()
                if isinstance(message, Ready):
                    self._ready = True
                    asked = heard = now
                elif isinstance(message, Received):
                    # Beginning and growing are signs of life; a server that sends a byte a minute shows none.
                    if count is None or message.count > count:
                        heard = now
                    count = message.count
                else:
                    return message  # type: ignore[no-any-return]
            hear(count, now - asked)
            if now - heard > (order.patience_s + STALL_GRACE_S if self._ready else START_LIMIT_S):
                self.close()
                return Fault("stalled")

    def _started(self) -> Connection:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self.close()
        context = multiprocessing.get_context("spawn")  # a fork of a program with threads may hang
        here, there = context.Pipe()
        process = context.Process(target=child.serve, args=(there,), name="osmnx", daemon=True)
        with _interrupt_held_back():
            process.start()
            there.close()
            self._process, self._pipe = process, here
        return here

    def _exit_code(self) -> int:
        code = 0
        if self._process is not None:
            self._process.join(1)
            code = self._process.exitcode or 0
        self.close()
        return code


@contextlib.contextmanager
def _interrupt_held_back() -> Iterator[None]:
    """Let a child be born whole and deaf to Ctrl-C, so that it cannot print a traceback before it settles.

    An interrupt meanwhile comes afterwards. Deafness is the signal mask of the starting thread, which
    the child inherits. The mask alone would not hold the interrupt back here: any other thread of this
    process may catch it for the main one. Where there are no masks (Windows), the child is exposed
    for a tenth of a second.
    """
    interrupted = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True

    in_main_thread = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if in_main_thread else None
    masks = hasattr(signal, "pthread_sigmask")
    if masks:
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # would unblock the signal if it had to start inside
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if handler is not None:
        signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handler is not None:
            signal.signal(signal.SIGINT, handler)
        if interrupted:
            signal.raise_signal(signal.SIGINT)
