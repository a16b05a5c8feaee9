"""What the program leaves behind when it fails: a bounded log without secrets, and a note for the next start."""

from __future__ import annotations

import faulthandler
import os
import re
import sys
import threading
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import platformdirs

from twin import __version__
from twin.settings import APP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOG_BYTES_MAX = 500_000
"""At this size the log becomes `twin.log.1`, in the place of the one before."""

FAULT_LENGTH_MAX = 30_000
"""Of one fault the first and the last half of so many letters are kept; a recursion without end has millions."""

KINDS_MAX = 200
"""So many different faults of one process are kept: one in each frame must not push the first out of the log."""

_NOTE = "crash-*.note"

_SECRETS = (
    (re.compile(r"(\w://)[^/\s@'\"]{0,500}@"), r"\1…@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"), r"\1 …"),
    (re.compile(r"(?i)([?&][^=&\s'\"]{0,40}(?:key|token|sig|signature)=)[^&\s'\"]+"), r"\1…"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|token|passw(?:or)?d|passphrase|passwd|pwd|secret|authorization|cookie)"
            r"[\"']?\s*[=:]\s*[bru]?)(\"[^\"\n]*\"|'[^'\n]*'|[^\s,;)}\]]+)"
        ),
        r"\1…",
    ),
)

_known: set[int] = set()  # what this process has kept, as hashes
_writing = threading.Lock()


def folder() -> Path:
    """Return the folder of the log; it need not exist."""
    return Path(platformdirs.user_log_path(APP, appauthor=False))


def log_file() -> Path:
    """Return the log; it need not exist."""
    return folder() / "twin.log"


def plain(text: str) -> str:
    """Return text without what looks like a secret, and without the name of the user's home.

    Passwords in addresses, keys in queries, values of what is called password, token, key, cookie or the like.
    """
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def keep(told: str) -> Path | None:
    """Append a fault to the log, once in a process, and return the log; None where it cannot be written.

    Parameters
    ----------
    told
        A traceback, as `traceback` writes it. Secrets are taken out, and the middle of what is very long.
    """
    told = plain(told).strip()
    if len(told) > FAULT_LENGTH_MAX:
        half = FAULT_LENGTH_MAX // 2
        told = f"{told[:half]}\n […]\n{told[-half:]}"
    path = log_file()
    with _writing:
        if hash(told) in _known or len(_known) >= KINDS_MAX:
            return path if path.exists() else None
        try:
            _append(path, f"{_heading()}\n{told}\n\n")
        except OSError:
            return None
        _known.add(hash(told))
    return path


def _heading() -> str:
    import platform

    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    python = platform.python_version()
    thread = threading.current_thread().name
    return f"{now}  District Twin {__version__}, Python {python}, {platform.platform()}, thread {thread}"


def _append(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # another process may have been quicker
        if path.stat().st_size > LOG_BYTES_MAX:
            path.replace(path.with_name(path.name + ".1"))
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write(text)


@dataclass(slots=True)
class Watch:
    """What is done besides keeping it when an error that nobody caught did not end the process."""

    tell: Callable[[], object] = lambda: None
    """Called on the thread of the fault."""


@contextmanager
def watching() -> Iterator[Watch]:
    """Keep in the log whatever nobody catches while this lasts, in any thread and in native code.

    What ends the process (an error that comes out of this, a fault in a driver) also leaves a note, by which
    `crashed` knows at the next start.
    """
    watch = Watch()
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook

    def take(error: BaseException | None, *, told: bool = True) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        text = "".join(traceback.format_exception(error))
        keep(text)
        if os.environ.get("TWIN_DEBUG") == "1" and sys.stderr is not None:
            print(text, file=sys.stderr)  # noqa: T201  (whoever sets it wants to read it here)
        if told:
            watch.tell()

    note = _begin_note()
    sys.excepthook = lambda _kind, error, _trace: take(error)
    threading.excepthook = lambda fault: take(fault.exc_value)
    sys.unraisablehook = lambda fault: take(fault.exc_value, told=False)
    with suppress(RuntimeError, OSError, ValueError, AttributeError):  # nor a note nor a stderr that is a file
        faulthandler.enable(note if note is not None else sys.stderr)
    try:
        yield watch
    except Exception as error:
        _leave(note, "".join(traceback.format_exception(error)))
        raise
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        faulthandler.disable()
        _end_note(note)


def _begin_note() -> BinaryIO | None:
    """Open the file into which a dying process writes; it stays locked, and empty, while the process lives."""
    path = folder() / f"crash-{os.getpid()}.note"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        note = path.open("wb", buffering=0)
    except OSError:
        return None
    _lock(note)
    return note


def _leave(note: BinaryIO | None, told: str) -> None:
    if note is not None:
        with suppress(OSError):
            note.write(plain(told)[-FAULT_LENGTH_MAX:].encode("utf-8", "replace"))


def _end_note(note: BinaryIO | None) -> None:
    if note is None:
        return
    empty = note.tell() == 0
    note.close()
    if empty:
        with suppress(OSError):
            Path(note.name).unlink()


def _lock(note: BinaryIO) -> bool:
    """Tell whether the note was free, and take it; Windows itself guards files that are open."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def crashed() -> Path | None:
    """Move the notes of processes that ended into the log; return the log if one of them had crashed, once."""
    found = None
    for path in sorted(folder().glob(_NOTE)):
        try:
            with path.open("rb") as note:
                if not _lock(note):
                    continue  # its process lives
                told = note.read(4 * FAULT_LENGTH_MAX).decode("utf-8", "replace")
            path.unlink()
        except OSError:
            continue
        if told.strip():
            found = keep(f"The process of {path.stem} ended:\n{told}") or found
    return found
