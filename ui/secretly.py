"""Secrets of feeds in the window: known at once, taken to the system's keyring where nobody waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from twin import connections
from twin.secrets import Secrets
from ui.job import Job

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from twin.model import Report
    from twin.sources import Connection, Secret


class Secretly(QObject):
    """Passwords and keys by the name of their connection. A keyring may ask a person, so threads wait for it."""

    told = Signal(str)
    """A sentence: a secret could not be kept for longer than this run."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._secrets = Secrets()
        self._jobs: list[Job[Any]] = []

    def of(self, name: str) -> Secret:
        """Return what answers with the secrets of a connection; it is for other threads."""
        return self._secrets.of(name)

    def store(self, name: str, typed: Mapping[str, str]) -> None:
        """Know what was typed, and keep it."""
        for key, value in typed.items():
            self._secrets.remember(name, key, value)
        keys = tuple(typed)
        if keys:
            self._slowly(lambda: " ".join(filter(None, {self._secrets.store(name, key) for key in keys})))

    def rename(self, before: Connection, name: str, typed: Mapping[str, str]) -> None:
        """Have what is kept under a new name, but for what was typed anew."""
        keys = [key for key in connections.secret_keys(before.kind) if key not in typed]
        for key in keys:  # asked here: the feed begins anew in a moment, and wants them
            self._secrets.remember(name, key, self._secrets.get(before.name, key))
        self.store(name, {key: value for key in keys if (value := self._secrets.get(name, key))})
        self.forget(before)

    def forget(self, connection: Connection) -> None:
        """Keep nothing of a connection."""
        keys = connections.secret_keys(connection.kind)
        self._slowly(lambda: self._secrets.forget(connection.name, keys))

    def new_job(self) -> Job[Any]:
        """Return a place for slow work that is waited for when the window closes, and by nobody before."""
        self._jobs.append(Job(self))
        return self._jobs[-1]

    def close(self) -> None:
        """End what still runs."""
        for job in self._jobs:
            job.close()

    def _slowly(self, work: Callable[[], str | None]) -> None:
        job: Job[str] = self.new_job()
        job.delivered.connect(self._tell)

        def begin(_report: Report, _stop: threading.Event) -> str:
            return work() or ""

        job.begin(begin)

    def _tell(self, sentence: str) -> None:
        if sentence:
            self.told.emit(sentence)
