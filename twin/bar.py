"""Progress for people at a terminal, on stderr only: a moving line there, a few plain lines elsewhere."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING

from twin.language import _
from twin.model import Progress, Report, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUIET_S = 3.0
"""Where nobody watches live (a log, a pipe), the least time between two lines."""

MEGABYTE = 1_000_000


@contextmanager
def shown(*, quiet: bool = False, stream: IO[str] | None = None) -> Iterator[Report]:
    """Yield a `Report` that shows progress on `stream` (stderr) until the block ends.

    On a terminal one line moves and is gone at the end. Elsewhere a line is written when something
    new begins, but at most one in `QUIET_S` seconds and none before the first such span is over,
    so that quick work writes nothing.
    """
    stream = sys.stderr if stream is None else stream
    if quiet or stream is None:  # a program without a console has no streams
        yield silent
    elif stream.isatty() and os.environ.get("TERM") != "dumb":
        with _moving(stream) as report:
            yield report
    else:
        yield plain_lines(lambda line: print(line, file=stream, flush=True), time.monotonic)


def plain_lines(write: Callable[[str], None], now: Callable[[], float]) -> Report:
    """Return a `Report` that writes a line when it has been silent for `QUIET_S` seconds."""
    last_s = now()
    last_line = ""

    def report(progress: Progress) -> None:
        nonlocal last_s, last_line
        if now() - last_s < QUIET_S:
            return
        counts = count(progress)
        line = f"{progress.what} ({counts})" if counts else progress.what
        if line != last_line:
            write(line)
            last_s, last_line = now(), line

    return report


@contextmanager
def _moving(stream: IO[str]) -> Iterator[Report]:
    """Yield a `Report` that moves one line on a terminal; rich is only imported at its first call."""
    with ExitStack() as stack:
        move: Report | None = None

        def report(progress: Progress) -> None:
            nonlocal move
            if move is None:
                move = stack.enter_context(_line(stream))
            move(progress)

        yield report


@contextmanager
def _line(stream: IO[str]) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Line

    what = TextColumn("{task.description}", markup=False)
    counts = TextColumn("{task.fields[counts]}", markup=False)
    without_bar = (SpinnerColumn(), what, counts, TimeElapsedColumn())
    with_bar = (SpinnerColumn(), what, BarColumn(bar_width=24), counts, TimeElapsedColumn())
    console = Console(file=stream)
    with Line(*without_bar, console=console, transient=True, refresh_per_second=8) as line:
        task = line.add_task("", total=None, counts="")

        def move(progress: Progress) -> None:
            line.columns = without_bar if progress.total is None else with_bar
            line.update(
                task,
                description=progress.what,
                total=progress.total,
                completed=progress.done or 0,
                counts=count(progress),
            )

        yield move


def count(progress: Progress) -> str:
    """Return how far it is in words, "" where nothing is counted: "3 of 12 queries", "4.1 MB"."""
    if progress.done is None:
        return ""
    done, total, unit = progress.done, progress.total, progress.unit
    if unit in ("B", "bytes"):
        done, unit = done / MEGABYTE, "MB"
        total = None if total is None else total / MEGABYTE
    digits = 1 if unit == "MB" else 0
    if total is None:
        return _("{done} {unit}").format(done=f"{done:,.{digits}f}", unit=unit).strip()
    return (
        _("{done} of {total} {unit}")
        .format(done=f"{done:,.{digits}f}", total=f"{total:,.{digits}f}", unit=unit)
        .strip()
    )
