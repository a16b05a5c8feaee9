"""Slow reading beside the window: one piece of work at a time, of which the newest counts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from twin.district import until
from twin.language import _
from twin.model import Cancelled, TwinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.model import Report


class Reader[Found](QObject):
    """Reads off the window's thread, and tells on it; a newer wish outdates the older, whose answer is dropped."""

    delivered = Signal(object)
    progressed = Signal(object)
    failed = Signal(str)
    _told = Signal(int, str, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wish = 0
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()
        self._told.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def read(self, work: Callable[[Report], Found]) -> None:
        """Begin a piece of work; its answer or the sentence of its failure comes as a signal."""
        self._stop.set()
        self._stop = stop = threading.Event()
        self._wish += 1
        wish = self._wish

        def run() -> None:
            try:
                found = work(until(stop, lambda progress: self._told.emit(wish, "progressed", progress)))
            except Cancelled:
                return
            except TwinError as trouble:
                self._told.emit(wish, "failed", str(trouble))
            except Exception:  # noqa: BLE001  (a thread must not die in silence)
                self._told.emit(wish, "failed", _("The program made a mistake and could not read it."))
            else:
                self._told.emit(wish, "delivered", found)

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(threading.Thread(target=run, name="reader"))
        self._threads[-1].start()

    def close(self) -> None:
        """Stop, and wait until nothing runs any more."""
        self._wish += 1
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _tell(self, wish: int, what: str, found: object) -> None:
        if wish == self._wish:
            {"delivered": self.delivered, "progressed": self.progressed, "failed": self.failed}[what].emit(found)
