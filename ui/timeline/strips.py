"""All that is recorded, seen from afar: read off the window's thread, and again from nearer where less is shown."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from twin.overview import overview
from ui.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.overview import Overview
    from twin.readings import History, Span

_FINER_MS = 250
_STEPS = 1440
_GROW_S = 2.0
_NEAR = 0.5  # of all there is: where less is shown, its steps are seen to be coarse


class Strips(QObject):
    """What the strips of the bar show."""

    changed = Signal()
    """There is more to show, or from nearer."""

    failed = Signal(object)
    """The `TwinError` that ended the reading."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._history: History | None = None
        self._shown: Span = (0.0, 0.0)
        self._edge = math.inf  # where what is read of a history that grows ends for now
        self._began_s = -math.inf
        self._whole: Overview | None = None
        self._finer: Overview | None = None
        self._overviews: Job[Overview | None] = Job(self)
        self._details: Job[Overview | None] = Job(self)
        self._overviews.delivered.connect(self._take_whole)
        self._details.delivered.connect(self._take_finer)
        for job in (self._overviews, self._details):
            job.failed.connect(self.failed)
        self._look_closer = QTimer(self, interval=_FINER_MS, singleShot=True)
        self._look_closer.timeout.connect(self._begin_finer)

    @property
    def whole(self) -> Overview | None:
        """All that is recorded; None until it is read."""
        return self._whole

    @property
    def finer(self) -> Overview | None:
        """A part of it, from nearer."""
        return self._finer

    @property
    def best(self) -> Overview | None:
        """Which of them shows best what is to be shown."""
        finer = self._finer
        shown = self._shown[0], min(self._shown[1], self._edge)
        return finer if finer is not None and _within(shown, finer.span) else self._whole

    def read(self, history: History) -> None:
        """Begin with another history."""
        self.forget()
        self._history = history
        self._overviews.begin(lambda report, _stop: overview(history, steps=_STEPS, report=report))

    def grow(self, snapshot: Callable[[], History], now: float) -> None:
        """Read what is shown again, of a history that has grown until now; not more often than it is worth."""
        start, end = self._shown
        wait_s = max(_GROW_S, (end - start) / _STEPS)
        if self._details.running or self._overviews.running or time.monotonic() < self._began_s + wait_s:
            return
        if not start < now or (end < now and self._finer is not None and _within(self._shown, self._finer.span)):
            return  # what is shown is over, and read
        self._began_s = time.monotonic()
        self._history = history = snapshot()
        span = start, min(end, now)
        self._details.begin(lambda report, _stop: overview(history, span, steps=_STEPS, report=report))

    def show(self, span: Span) -> None:
        """Have this part of it from nearer, soon, where that tells more."""
        self._shown = span
        self._look_closer.start()

    def forget(self) -> None:
        """Let go of what was read, and stop reading."""
        self._look_closer.stop()
        for job in (self._overviews, self._details):
            job.stop()
        self._history = self._whole = self._finer = None
        self._edge, self._began_s = math.inf, -math.inf

    def close(self) -> None:
        """End what still runs."""
        self.forget()
        for job in (self._overviews, self._details):
            job.close()

    def _take_whole(self, found: Overview | None) -> None:
        self._whole = found
        self.changed.emit()
        self._look_closer.start()

    def _take_finer(self, found: Overview | None) -> None:
        self._finer = found
        if found is not None and found.span[1] < self._shown[1]:
            self._edge = found.span[1]
        self.changed.emit()

    def _begin_finer(self) -> None:
        history, shown, whole = self._history, self._shown, self._whole
        if history is None or whole is None:
            return
        if shown[1] - shown[0] < _NEAR * (whole.span[1] - whole.span[0]):
            self._details.begin(lambda report, _stop: overview(history, shown, steps=_STEPS, report=report))
        else:
            self._finer = None
            self.changed.emit()


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] + 1e-6 and inner[1] <= outer[1] + 1e-6
