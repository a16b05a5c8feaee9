"""Ctrl-C and other words to stop, made into exceptions that clean up on their way."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def ending_cleanly(interrupts: list[int]) -> Iterator[None]:
    """Turn being told to end into an exit, so that half-written files are removed and child processes end.

    Ctrl-C stays a `KeyboardInterrupt`, and is noted in `interrupts` besides.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set signals
        return
    # What somebody ignores on purpose, as nohup does, stays ignored.
    plans: dict[int, tuple[Any, Any]] = {signal.SIGINT: (signal.default_int_handler, interrupt)}
    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if number := getattr(signal, name, None):
            plans[number] = (signal.SIG_DFL, end)
    taken = {number: usual for number, (usual, _plan) in plans.items() if signal.getsignal(number) is usual}
    for number in taken:
        signal.signal(number, plans[number][1])
    try:
        yield
    finally:
        for number, usual in taken.items():
            signal.signal(number, usual)


@contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C wait until the end of a short block, in which an exception would do harm.

    VTK crashes at exit where the import of its modules was interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: waiting.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)
