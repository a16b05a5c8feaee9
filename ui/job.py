"""One engine call off the window's thread: progress, stop, and an answer that is delivered or dropped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from twin.cli.streams import fault_kept
from twin.district import until
from twin.model import Cancelled, Progress, TwinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.model import Report


class Job[Found](QObject):
    """A place for one piece of slow work at a time; a newer wish outdates the older, whose answer is dropped.

    The work is a function of a report and of the event that says stop. It captures what it needs, returns one
    value and touches no widget. Stopping is told at once (`stopped`); the thread itself ends at its next word of
    progress, and nothing that it says after that is heard.

    Parameters
    ----------
    parent
        Whose child it is.
    let_go
        Is given every answer that nobody will hear, on whichever thread, where it holds something to be closed.
    """

    delivered = Signal(object)
    progressed = Signal(object)
    failed = Signal(object)
    """The `TwinError` that ended the work; what nobody foresaw is kept in the log and told as one."""

    stopped = Signal()
    _told = Signal(int, str, object)

    def __init__(self, parent: QObject, *, let_go: Callable[[Found], object] = lambda _found: None) -> None:
        super().__init__(parent)
        self._let_go = let_go
        self._wish = 0
        self._running = False
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._told.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether an answer is awaited."""
        return self._running

    def begin(self, work: Callable[[Report, threading.Event], Found]) -> None:
        """Begin a piece of work, in place of any other; what comes of it is told by signals."""
        self._stop.set()
        self._stop = stop = threading.Event()
        self._wish += 1
        self._running = True
        wish = self._wish
        latest = _Latest(lambda latest: self._told.emit(wish, "progressed", latest))

        def run() -> None:
            try:
                found = work(until(stop, latest), stop)
            except Cancelled:
                return
            except TwinError as trouble:
                self._told.emit(wish, "failed", trouble)
            except Exception:  # noqa: BLE001  (a thread must not die in silence)
                self._told.emit(wish, "failed", TwinError(fault_kept()))
            else:
                if stop.is_set():
                    self._let_go(found)
                else:
                    self._told.emit(wish, "delivered", found)

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(threading.Thread(target=run, name="job"))
        self._threads[-1].start()

    def stop(self) -> None:
        """Give the work up: its answer will not be heard."""
        if self._running:
            self._drop()
            self.stopped.emit()

    def close(self) -> None:
        """Give the work up, and wait until nothing runs any more."""
        self._drop()
        for thread in self._threads:
            thread.join()
        QCoreApplication.sendPostedEvents(self)  # an answer on its way may hold something to be closed

    def _drop(self) -> None:
        self._wish += 1
        self._running = False
        self._stop.set()

    def _tell(self, wish: int, what: str, found: object) -> None:
        if wish != self._wish:
            if what == "delivered":
                self._let_go(cast("Found", found))
            return
        if isinstance(found, _Latest):
            self.progressed.emit(found.taken())
            return
        self._running = False
        {"delivered": self.delivered, "failed": self.failed}[what].emit(found)


class _Latest:
    """The newest word of progress: however fast they come, one at most waits for the window."""

    def __init__(self, tell: Callable[[_Latest], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._word: Progress | None = None

    def __call__(self, word: Progress) -> None:
        with self._lock:
            waiting = self._word is not None
            self._word = word
        if not waiting:
            self._tell(self)

    def taken(self) -> Progress:
        with self._lock:
            word, self._word = self._word, None
        return word or Progress("")
