"""A file that grows: a table in CSV, or a JSON document a line, to which some other program appends.

What is there already is told first, up to a limit; then each line as it is complete. A file that is replaced, as logs
are when they get long, is read to its end and followed under its name; one that is cut short is read anew.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote, urlsplit

import msgspec
import numpy as np

from twin.language import _
from twin.mapping import Document
from twin.mapping.documents import ARRIVED
from twin.model import TwinError
from twin.readings import Reason, Rejected, Rejects
from twin.sources.mapped import Mapped, meaning_of
from twin.sources.source import Batch, Connection, Field, Kind, Trouble

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from twin.readings import Roster
    from twin.sources.source import Secret, Source, Where

_LOOK_S = 0.25
_BLOCK_BYTES = 4 << 20
_LINE_BYTES_MAX = 1 << 20
_BEFORE_BYTES = 64 << 20  # of what is there already; older lines are left out
_MISSING_S = 5.0
_LATE_S = 300.0  # so much later than it ends, a reading may be written


def path_of(address: str) -> Path:
    """Return the file of an address: a path, or file:///path.

    Raises
    ------
    TwinError
        Where it is of another computer, or names nothing.
    """
    text = address.strip()
    if text.lower().startswith("file:"):
        parts = urlsplit(text)
        if parts.netloc not in {"", "localhost"}:
            raise TwinError(_("{address} is a file of another computer; give a path on this one.").format(address=text))
        text = unquote(parts.path)
        if os.name == "nt" and text.startswith("/"):
            text = text.lstrip("/")
    if not text or "\0" in text:
        raise TwinError(_("Say which file grows: its path, like /data/readings.csv."))
    return Path(text).expanduser()


class Growing:
    """Follows one file. Its place in the file outlives a fault, so that nothing is told twice."""

    def __init__(self, path: Path, mapped: Mapped) -> None:
        self._path, self._mapped = path, mapped
        self._stream: BinaryIO | None = None
        self._file: tuple[int, int] = (0, 0)  # device and number
        self._head = b""  # of a table: its first line
        self._rest = b""  # a line that is not complete yet
        self._read = 0  # bytes
        self._lines = 0
        self._rejects = Rejects()

    @property
    def roster(self) -> Roster:
        """Who measures what, as far as it is known."""
        return self._mapped.roster

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Tell what is there and what comes, until `stop`; see `twin.sources.source.Source`."""
        fresh = self._stream is None and self._read == 0
        try:
            self._open()
            tell(Batch())
            while not stop.is_set():
                if self._turn():
                    batch = self._batch()
                    if since_s is not None and fresh:  # a program that was started again has it already
                        later = np.asarray(batch.readings.t_end > since_s - _LATE_S)
                        batch = Batch(batch.readings[later], batch.rejects)
                    tell(batch)
                else:
                    fresh = False
                    stop.wait(_LOOK_S)
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            if self._stream is not None:
                self._stream.close()
                self._stream = None

    def _open(self) -> None:
        """Open the file where it was left off; from its beginning where it is another one, or was cut."""
        stream = self._path.open("rb")
        told = os.fstat(stream.fileno())
        if (told.st_dev, told.st_ino) != self._file or told.st_size < self._read:
            self._file, self._head, self._rest, self._read, self._lines = (told.st_dev, told.st_ino), b"", b"", 0, 0
        if self._read == 0 and told.st_size > _BEFORE_BYTES:
            self._head, self._lines = stream.readline(_LINE_BYTES_MAX), 1
            stream.seek(told.st_size - _BEFORE_BYTES)
            stream.readline(_LINE_BYTES_MAX)
            self._read = stream.tell()
            if self._head.lstrip()[:1] == b"{":
                self._head = b""
        stream.seek(self._read)
        self._stream = stream

    def _turn(self) -> bool:
        """Read on; return whether there was anything."""
        if self._stream is None:
            self._open()
        stream = self._stream
        assert stream is not None  # noqa: S101
        told = os.fstat(stream.fileno())
        if told.st_size < self._read:  # cut short
            self._follow()
            return False
        read = stream.read(_BLOCK_BYTES)
        if not read:
            with contextlib.suppress(FileNotFoundError):  # moved away, and the next one has not come yet
                now = self._path.stat()
                if (now.st_dev, now.st_ino) != self._file:
                    self._follow()
            return False
        self._read += len(read)
        whole, newline, rest = (self._rest + read).rpartition(b"\n")
        if not newline and len(rest) > _LINE_BYTES_MAX:
            raise Trouble(_("{file} has no lines: it is no table and no list of documents.").format(file=self._path))
        self._rest = rest
        if newline:
            self._take(whole)
        return True

    def _follow(self) -> None:
        """Go over to the file that is now under the name; a last line without an end counts as one."""
        if self._rest.strip():
            self._take(self._rest)
        if self._stream is not None:
            self._stream.close()
        self._stream, self._read, self._rest, self._head, self._lines = None, 0, b"", b"", 0
        with contextlib.suppress(FileNotFoundError):
            self._open()

    def _take(self, block: bytes) -> None:
        count = block.count(b"\n") + 1
        if not self._head and block.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
            self._take_documents(block)
        else:
            if not self._head:
                self._head, _newline, block = block.partition(b"\n")
                count -= 1
                self._lines += 1
            if block.strip():
                head = self._head.rstrip(b"\r\n") + b"\n"
                self._mapped.take_text(head + block + b"\n", self._path.name, before=self._lines - 1)
        self._lines += count

    def _take_documents(self, block: bytes) -> None:
        arrived = {ARRIVED: f"{time.time():.3f}"}
        documents = []
        for number, line in enumerate(block.removeprefix(b"\xef\xbb\xbf").splitlines(), self._lines + 1):
            if not line.strip():
                continue
            try:
                documents.append(Document(msgspec.json.decode(line), arrived))
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                where = _("{file}, line {line}").format(file=self._path.name, line=number)
                shown = line[:80].decode("utf-8", "replace")
                self._rejects += Rejects.of(Reason.UNREADABLE, [Rejected(Reason.UNREADABLE, value=shown, where=where)])
        if documents:
            self._mapped.take(documents, self._path.name)

    def _batch(self) -> Batch:
        batch, rejects = self._mapped.batch(), self._rejects
        self._rejects = Rejects()
        return Batch(batch.readings, batch.rejects + rejects)

    def _unreadable(self, error: OSError) -> Trouble:
        if isinstance(error, FileNotFoundError):
            return Trouble(_("There is no file {file} yet.").format(file=self._path), retry_s=_MISSING_S)
        return Trouble(
            _("{file} cannot be read: {reason}.").format(file=self._path, reason=error.strerror or error),
            grave=isinstance(error, PermissionError | IsADirectoryError),
        )


def _open(connection: Connection, where: Where, _secret: Secret) -> Source:
    return Growing(path_of(connection.address), Mapped(meaning_of(connection), where))


SOURCE = Kind(
    "file",
    _("File that grows"),
    ("file",),
    _open,
    fields=(
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
    presets=(Connection(_("A table that some program writes"), "file", "readings.csv", mapping="readings"),),
    mapped=True,
)
