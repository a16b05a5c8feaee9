"""Where all that is live comes together: judged, remembered, recorded."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin.days import Recorder
from twin.language import _
from twin.model import Report, TwinError, silent
from twin.readings import Mark, Notice, Readings, Rejects, Roster

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from twin.days import Home
    from twin.days.recorder import Item
    from twin.history import LiveHistory

READINGS_WAITING = 100_000
"""A feed waits with telling more while so many are not yet taken."""

MARKS_KEPT = 1_000
REJECTS_WRITTEN_S = 5.0
RECORDING = "recording"
"""The source of notices about recording."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a feed told at once, by the rows of the common roster."""

    readings: Readings
    rejects: Rejects = field(default_factory=Rejects)
    safe: Callable[[], None] = lambda: None
    recordable: bool = True  # whether its terms allow that it is recorded


Incoming = Readings | Arrived | Roster | Mark | Notice
"""What may be put into an inbox: readings by the rows of the live roster, a roster that has grown, something that
happened, or word of trouble."""


@dataclass(frozen=True, slots=True)
class Taping:
    """A recording that goes on."""

    path: str
    since_s: float  # UTC epoch seconds
    readings: int  # on the disk for certain
    waiting: int  # given and not yet there


class Desk:
    """Takes what feeds tell, on one thread and as much as fits into a frame, and gives it to memory and to a recorder.

    Somebody must call `take` several times a second: what is not taken is not acknowledged, and after a while feeds
    wait. `put`, `record`, `stop_recording` and `taping` are for any thread.

    Parameters
    ----------
    history
        Judges and remembers. It is changed by `take` alone.
    strict
        Whether nothing is acknowledged but what is on the disk, though recording should fail. Else watching goes on.
    """

    def __init__(self, history: LiveHistory, *, strict: bool = False) -> None:
        self.history = history
        self._strict = strict
        self.inbox: queue.SimpleQueue[Incoming] = queue.SimpleQueue()
        self.rejects = Rejects()
        self.notices: dict[str, Notice] = {}
        self.marks: list[Mark] = []
        self._waiting = 0
        self._room = threading.Condition()
        self._lock = threading.Lock()  # of what belongs to recording
        self._recorder: Recorder | None = None
        self._since_s = 0.0
        self._given = 0
        self._refused = Rejects()  # since recording began
        self._refused_written = 0
        self._written_s = 0.0

    def put(self, item: Incoming, stop: threading.Event | None = None) -> bool:
        """Put something into the inbox, where too much is in it after a while; False where `stop` was set meanwhile."""
        count = _count(item)
        with self._room:
            while self._waiting > READINGS_WAITING and count:
                if stop is not None and stop.is_set():
                    return False
                self._room.wait(0.1)
            self._waiting += count
        self.inbox.put(item)
        return True

    @property
    def waiting(self) -> int:
        """How many readings are in the inbox."""
        return self._waiting

    def take(self, budget_s: float) -> tuple[bool, bool]:
        """Take what has come in, for so long; return whether there was anything, and whether there were readings."""
        end = time.monotonic() + budget_s
        anything = readings = False
        while time.monotonic() < end:
            try:
                item = self.inbox.get_nowait()
            except queue.Empty:
                break
            anything = True
            if count := _count(item):
                with self._room:
                    self._waiting -= count
                    self._room.notify_all()
            if isinstance(item, Notice):
                self._notice(item)
            elif isinstance(item, Roster):
                self.history.enrol(item)
                self._tape([item])
            elif isinstance(item, Mark):
                self.marks = [*self.marks, item][-MARKS_KEPT:]
                self._tape([item])
            else:
                self._judge(item if isinstance(item, Arrived) else Arrived(item))
                readings = True
        return self._watch_recorder() or anything, readings

    def _judge(self, arrived: Arrived) -> None:
        taken, rejects = self.history.add(arrived.readings)
        rejects += arrived.rejects
        self.rejects += rejects
        if not arrived.recordable:
            arrived.safe()
            return
        with self._lock:
            if self._recorder is None:
                taped = False
            else:
                self._refused += rejects
                taped = self._tape_locked([taken, arrived.safe])
                self._given += len(taken)
        if not (taped or self._strict):
            arrived.safe()

    def _notice(self, notice: Notice) -> None:
        self.notices.pop(notice.source, None)
        if notice.sentence:
            self.notices[notice.source] = notice

    # recording

    @property
    def taping(self) -> Taping | None:
        """What is being recorded; None where nothing is."""
        with self._lock:
            recorder = self._recorder
            if recorder is None:
                return None
            safe = recorder.acknowledged
            return Taping(str(recorder.path), self._since_s, safe, self._given - safe)

    def record(self, path: str | os.PathLike[str], *, title: str, home: Home | None = None, onto: bool = False) -> None:
        """Record what comes from now on into a new file, or `onto` one of recorded days.

        Raises
        ------
        TwinError
            Where the file exists, or cannot be written; or something is recorded already.
        """
        with self._lock:
            if self._recorder is not None:
                raise TwinError(_("{file} is being recorded already.").format(file=self._recorder.path))
        self._hook(self._recorder_of(path, title, home, onto))
        self.inbox.put(Notice(RECORDING, "", time.time()))

    def turn_over(self, path: str | os.PathLike[str], *, title: str, home: Home | None = None) -> Recorder | None:
        """Record from now on into another file; return the recorder before, which is to be closed.

        Raises
        ------
        TwinError
            Where the file cannot be written; what was recorded before then goes on.
        """
        return self._hook(self._recorder_of(path, title, home, onto=True))

    def _recorder_of(self, path: str | os.PathLike[str], title: str, home: Home | None, onto: bool) -> Recorder:
        return Recorder(path, self.history.roster, title=title, home=home, onto=onto)

    def _hook(self, recorder: Recorder) -> Recorder | None:
        with self._lock:
            before = self._unhook()
            self._recorder, self._since_s, self._given = recorder, time.time(), 0
            self._refused, self._refused_written = Rejects(), 0
            recorder.record(self.history.roster)  # it may have grown while the file was made
        return before

    def stop_recording(self, *, report: Report = silent) -> str | None:
        """Write what is left, put the file in order, and return its path; None where nothing is recorded.

        Raises
        ------
        TwinError
            Where it cannot be written.
        """
        with self._lock:
            recorder = self._unhook()
        if recorder is None:
            return None
        try:
            recorder.close(report=report)
        except TwinError:
            for receipt in () if self._strict else recorder.unwritten:
                receipt()
            raise
        return str(recorder.path)

    def _unhook(self) -> Recorder | None:
        """Let go of the recorder, which is told the rest of what was not taken."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None and self._refused.total > self._refused_written:
            with suppress(TwinError):  # it has failed, which closing it tells
                recorder.record(self._refused)
        return recorder

    def _tape(self, items: Iterable[Item]) -> None:
        with self._lock:
            self._tape_locked(items)

    def _tape_locked(self, items: Iterable[Item]) -> bool:
        """Give items to the recorder; False where there is none, or it has failed."""
        recorder = self._recorder
        if recorder is None:
            return False
        try:
            for item in items:
                recorder.record(item)
        except TwinError:  # writing has failed, which `_watch_recorder` tells
            return False
        return True

    def _watch_recorder(self) -> bool:
        """Write what was not taken, now and then; return whether recording has failed, which is told."""
        recorder = self._recorder
        if recorder is None:
            return False
        if recorder.failure is None:
            now_s = time.monotonic()
            if self._refused.total > self._refused_written and now_s > self._written_s + REJECTS_WRITTEN_S:
                with self._lock:
                    self._written_s, self._refused_written = now_s, self._refused.total
                    self._tape_locked([self._refused])
            return False
        try:
            self.stop_recording()
        except TwinError as trouble:
            self._notice(Notice(RECORDING, str(trouble), time.time(), grave=True))
        return True


def _count(item: Incoming) -> int:
    return len(item) if isinstance(item, Readings) else len(item.readings) if isinstance(item, Arrived) else 0
