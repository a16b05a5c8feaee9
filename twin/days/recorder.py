"""What comes in goes to disk: a thread of its own, a commit a second, and word of what is safe."""

from __future__ import annotations

import errno
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from twin.days.about import Home, insert_day, write_layers
from twin.days.finishing import finish, writing
from twin.days.recording import are_alone
from twin.days.tables import add_to_roster, create_tables
from twin.days.writing import DayWriter
from twin.file.container import create, uri_of
from twin.language import _
from twin.model import Report, TwinError, silent
from twin.readings import Mark, Readings, Rejects, Roster

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMIT_S = 1.0
WAITED_FOR_S, QUIET_S = 0.25, 0.03
"""Where somebody waits to hear that readings are safe, they are written sooner; at once where nothing else comes."""

Receipt = Callable[[], None]
Item = Readings | Rejects | Roster | Mark | Receipt
"""What is recorded: readings, all rejects so far, a roster that has grown, something that happened. A receipt is
called, on the recorder's thread, once all that came before it is on the disk."""


def new_file(path: Path) -> None:
    """Make a file for days, where none is of this name.

    Raises
    ------
    TwinError
        Where there is one already, or none can be.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    except FileExistsError:
        raise TwinError(_("{file} exists already. Give another name.").format(file=path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TwinError(_("{file} cannot be written: {reason}.").format(file=path, reason=reason)) from error
    database = sqlite3.connect(uri_of(path, "mode=rw"), uri=True, isolation_level=None)
    try:
        create(database)
        create_tables(database)
        database.execute("COMMIT")
    except sqlite3.Error as error:
        path.unlink()
        raise TwinError(_("{file} cannot be written: {reason}.").format(file=path, reason=error)) from error
    finally:
        database.close()


class Recorder:
    """Records into a new file on a local disk, where a log of transactions can be kept.

    Nothing here waits for the disk but `flush` and `close`. What is acknowledged survives a crash of the program
    and of the computer.

    Parameters
    ----------
    onto
        Whether a file of recorded days that is there gets another one; what a crash left of the last is put in order.

    Raises
    ------
    TwinError
        Where the file exists, or cannot be written; also from a later call, once writing has failed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        roster: Roster,
        *,
        title: str,
        home: Home | None = None,
        onto: bool = False,
        commit_s: float = COMMIT_S,
        readings_a_block: int | None = None,
    ) -> None:
        self.path = Path(path)
        self._commit_s = commit_s
        self._a_block = readings_a_block
        self._home = home
        self._tasks: queue.SimpleQueue[Item | threading.Event | None] = queue.SimpleQueue()
        self._acknowledged = 0
        self._unwritten: list[Receipt] = []
        self._failure: TwinError | None = None
        if added := onto and self.path.exists():
            _put_in_order(self.path)
        else:
            new_file(self.path)
        try:
            self._database = writing(self.path)
            try:
                self._begin(title, home, roster)
            except BaseException:
                self._database.close()
                raise
        except (sqlite3.Error, OSError) as error:
            if not added:
                _remove(self.path)
            reason = getattr(error, "strerror", None) or error
            raise TwinError(_("{file} cannot be written: {reason}.").format(file=self.path, reason=reason)) from error
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def _begin(self, title: str, home: Home | None, roster: Roster) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self.day = insert_day(self._database, title, home, roster.layers)
        add_to_roster(self._database, self.day, roster)
        self._database.execute("COMMIT")
        self._file = _identity(self.path)
        self._writer = DayWriter(self._database, self.day, roster, readings_a_block=self._a_block)

    @property
    def acknowledged(self) -> int:
        """How many readings are on the disk for certain."""
        return self._acknowledged

    @property
    def failure(self) -> TwinError | None:
        """Why nothing is written any more; None while all is well."""
        return self._failure

    @property
    def unwritten(self) -> tuple[Receipt, ...]:
        """The receipts of what was given and never written; none before writing has failed and `close` was called."""
        return tuple(self._unwritten)

    def record(self, item: Item) -> None:
        """Take whatever is an `Item`, in the order in which they come."""
        if self._failure:
            raise self._failure
        self._tasks.put(item)

    def flush(self) -> int:
        """Wait until all that was given is on the disk, and return how many readings that are."""
        done = threading.Event()
        self._tasks.put(done)
        while not done.wait(0.05) and self._thread.is_alive():
            pass
        if self._failure:
            raise self._failure
        return self._acknowledged

    def close(self, *, report: Report = silent) -> None:
        """Write what is left and put the day in order."""
        self._tasks.put(None)
        self._thread.join()
        self._database.close()
        if self._failure:
            while not self._tasks.empty():
                if callable(item := self._tasks.get_nowait()):
                    self._unwritten.append(item)
            raise self._failure
        finish(self.path, readings_a_block=self._a_block, report=report)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self.close()

    def _run(self) -> None:
        try:
            while self._commit_some():
                pass
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end in silence
            reason = getattr(error, "strerror", None) or error or type(error).__name__
            self._failure = TwinError(
                _("Recording stopped: {file} cannot be written ({reason}). What was recorded before is safe.").format(
                    file=self.path, reason=reason
                )
            )

    def _commit_some(self) -> bool:
        """Write what comes within a second as one transaction; False after the last."""
        items: list[Item] = []
        waiting: list[threading.Event] = []
        more = True
        patience_s = self._commit_s
        end = time.monotonic() + self._commit_s
        while more and not waiting:
            try:
                item = self._tasks.get(timeout=max(0.0, min(patience_s, end - time.monotonic())))
            except queue.Empty:
                break
            if item is None:
                more = False
            elif isinstance(item, threading.Event):
                waiting.append(item)
            else:
                items.append(item)
                if callable(item) and patience_s > QUIET_S:
                    patience_s, end = QUIET_S, min(end, time.monotonic() + WAITED_FOR_S)
        if items:
            self._write(items)
        for event in waiting:
            event.set()
        return more

    def _write(self, items: Sequence[Item]) -> None:
        count, batch = 0, []
        receipts: list[Receipt] = []
        try:
            if _identity(self.path) != self._file:  # else a log would go on growing that no file belongs to
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))  # noqa: TRY301
            self._database.execute("BEGIN IMMEDIATE")
            for item in items:
                if isinstance(item, Readings):
                    batch.append(item)
                    count += len(item)
                elif isinstance(item, Rejects):
                    self._writer.reject(item)
                elif isinstance(item, Mark):
                    self._writer.mark(item)
                elif isinstance(item, Roster):
                    self._writer.append(Readings.joined(batch))
                    batch = []
                    self._writer.grow(item)
                    write_layers(self._database, self.day, self._home, item.layers)
                else:
                    receipts.append(item)
            self._writer.append(Readings.joined(batch))
            self._database.execute("COMMIT")
        except BaseException:
            self._unwritten += [item for item in items if callable(item)]
            raise
        self._acknowledged += count
        for receipt in receipts:
            receipt()


def _put_in_order(path: Path) -> None:
    """Finish the days of a file, to which another is to be added."""
    if not are_alone(path):
        raise TwinError(_("{file} exists already, and is no recording. Give another name.").format(file=path))
    finish(path)


def _remove(path: Path) -> None:
    """Take a file away that was just made, with its log."""
    for end in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(f"{path.name}{end}").unlink()


def _identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another of its name."""
    told = path.stat()
    return told.st_dev, told.st_ino
