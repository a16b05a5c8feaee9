"""Answers of servers on the user's disk, with their age; what is damaged or too old is not there.

Every answer is a document and a small note beside it. The note is written last and holds the
document's name and hash, so that no crash and no foreign hand can make half an answer look whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sqlite3
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.model import Cancelled, Progress, TwinError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

    from twin.model import Report

NOTE_BYTES_MAX = 10_000
UNUSED_KEPT_S = 86_400.0
ASIDE_KEPT_S = 600.0
_serial = itertools.count()


@dataclass(frozen=True)
class Entry:
    """An answer in the cache and when it came."""

    path: Path
    retrieved: float  # UTC epoch seconds


class Cache:
    """The answers of one kind, in one folder, that are younger than `max_age_s`."""

    def __init__(self, folder: Path, max_age_s: float) -> None:
        self._folder = folder
        self._max_age_s = max_age_s

    @staticmethod
    def key(question: Any) -> str:
        """Return the name under which the answer to a question (anything JSON can hold) is kept."""
        return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]

    def get(self, key: str) -> Entry | None:
        """Return the answer kept under a key, or None where there is none to rely on."""
        try:
            with (self._folder / f"{key}.note.json").open("rb") as file:
                note = json.loads(file.read(NOTE_BYTES_MAX))
            retrieved, name, digest = float(note["retrieved"]), str(note["document"]), note["sha256"]
            age_s = time.time() - retrieved
            # A note from the future is a clock that was wrong; an hour of that is forgiven.
            if not -3600 < age_s <= self._max_age_s or not name.startswith(key) or set(name) & set("/\\"):
                return None
            path = self._folder / name
            with path.open("rb") as file:
                intact = hashlib.file_digest(file, "sha256").hexdigest() == digest
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return Entry(path, retrieved) if intact else None

    def place_for_arriving(self) -> Path:
        """Return a fresh path to write an answer to while it comes.

        Raises
        ------
        TwinError
            Where the folder cannot be made.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from None
        return self._folder / f"arriving-{os.getpid()}-{next(_serial)}.part"

    def put(self, key: str, arrived: Path) -> Entry:
        """Keep the file at `arrived` as the answer to a key, and drop what has become too old."""
        try:
            with arrived.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            # A name of its own: whoever still reads the previous answer goes on reading it.
            path = self._folder / f"{key}-{digest[:12]}.json"
            arrived.replace(path)
            retrieved = time.time()
            note = self._folder / f"{key}.note.json"
            beside = arrived.with_suffix(".note")
            text = json.dumps({"retrieved": retrieved, "document": path.name, "sha256": digest})
            beside.write_text(text, encoding="utf-8")
            beside.replace(note)
        except OSError as error:
            raise _unwritable(self._folder, error) from None
        self._forget_old()
        return Entry(path, retrieved)

    def put_text(self, key: str, text: str) -> Entry:
        """Keep a text as the answer to a key."""
        arriving = self.place_for_arriving()
        try:
            arriving.write_text(text, encoding="utf-8")
        except OSError as error:
            raise _unwritable(self._folder, error) from None
        return self.put(key, arriving)

    def put_aside(self, key: str, arrived: Path, remark: str) -> Entry:
        """Keep an answer that is not whole where `get` never finds it, with what the server said about it."""
        path = self._folder / f"{key}.partial.json"
        try:
            arrived.replace(path)
            note = json.dumps({"retrieved": time.time(), "remark": remark})
            path.with_suffix(".remark").write_text(note, encoding="utf-8")
        except OSError as error:
            raise _unwritable(self._folder, error) from None
        return Entry(path, time.time())

    def take_aside(self, key: str) -> tuple[Entry, str] | None:
        """Return an answer that was put aside a few minutes ago, and the server's remark; once only."""
        path = self._folder / f"{key}.partial.json"
        try:
            with path.with_suffix(".remark").open("rb") as file:
                note = json.loads(file.read(NOTE_BYTES_MAX))
            retrieved, remark = float(note["retrieved"]), str(note["remark"])
            fresh = 0 <= time.time() - retrieved <= ASIDE_KEPT_S and path.is_file()
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        path.with_suffix(".remark").unlink(missing_ok=True)
        return (Entry(path, retrieved), remark) if fresh else None

    def _forget_old(self) -> None:
        oldest = time.time() - max(self._max_age_s, UNUSED_KEPT_S)
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                with contextlib.suppress(OSError):
                    if path.stat().st_mtime < oldest:
                        path.unlink()


def _unwritable(folder: Path, error: Exception) -> TwinError:
    return TwinError(
        _(
            "The cache folder {path} cannot be written: {detail}. Choose another, as “cache” in the settings file."
        ).format(path=folder, detail=getattr(error, "strerror", None) or error)
    )


@contextlib.contextmanager
def turn(folder: Path, *, report: Report, stop: threading.Event | None) -> Iterator[None]:
    """Hold the right to ask servers: one query at a time, also across processes of the same user.

    SQLite's lock serves as the lock, because every system releases it when a process dies. Where the
    disk knows no locks, the turn is simply taken.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "turn.sqlite", timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(folder, error) from None
    told = 0.0
    try:
        while True:
            try:
                connection.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    break
            if stop is not None and stop.is_set():
                raise Cancelled(_("Stopped."))
            if time.monotonic() - told > 1:
                told = time.monotonic()
                report(Progress(_("Waiting for another download of this program to end.")))
            time.sleep(0.1)
        yield
    finally:
        connection.close()
