"""What the command line says: answers on stdout, all else on stderr, in letters that any stream takes."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
import unicodedata
from datetime import UTC, datetime
from typing import IO, Any

from twin import blackbox
from twin.language import _, _n

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Letters that turn the direction of writing, by which a name could forge the rest of a line."""


def prepare_streams() -> None:
    """Make both streams take every letter: UTF-8 on Windows, an escape where a locale lacks one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "utf-8" if sys.platform == "win32" else None
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def say(text: str) -> None:
    """Print an answer."""
    _print(text, sys.stdout)


def say_json(value: Any) -> None:
    """Print an answer as one JSON document in UTF-8, whatever the locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def complain(text: str) -> None:
    """Print what went wrong, or another word beside the answer."""
    _print(text, sys.stderr)


def keep_fault() -> int:
    """Tell that the program itself failed, keep the traceback in the log, and return exit code 1."""
    complain(fault_kept())
    return 1


def fault_kept() -> str:
    """Keep the traceback of the error being handled in the log, and return the sentence that says where."""
    told = traceback.format_exc()
    if os.environ.get("TWIN_DEBUG") == "1":
        complain(told)
    path = blackbox.keep(told)
    if path is None:
        return _("The program made a mistake; run it again with TWIN_DEBUG=1 to see where.")
    return _("The program made a mistake; {path} tells where.").format(path=path)


def table(rows: list[tuple[str, str]]) -> str:
    """Return label and value in two aligned columns."""
    width = max((_cells(label) for label, _value in rows), default=0)
    return "\n".join(
        f"{label}{' ' * (width - _cells(label))}  {' '.join(value.split())}".rstrip() for label, value in rows
    )


def count(number: int) -> str:
    """Return a count with a thin gap at every thousand."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def day(time_s: float) -> str:
    """Return the UTC day of a moment as ISO 8601, "?" where no calendar has it."""
    try:
        return datetime.fromtimestamp(time_s, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return "?"


def age(span_s: float) -> str:
    """Return a span of time in its largest fitting unit: "40 s", "3 days"."""
    seconds = max(0, int(span_s))
    for unit_s, in_words in _SPANS:
        if seconds >= unit_s:
            return in_words(seconds // unit_s).format(number=seconds // unit_s)
    return _("{number} s").format(number=seconds)


def _years(number: int) -> str:
    return _n("{number} year", "{number} years", number)


def _days(number: int) -> str:
    return _n("{number} day", "{number} days", number)


def _hours(number: int) -> str:
    return _n("{number} hour", "{number} hours", number)


def _minutes(number: int) -> str:
    return _n("{number} minute", "{number} minutes", number)


_SPANS = ((31_557_600, _years), (86_400, _days), (3600, _hours), (60, _minutes))


def harmless(text: str) -> str:
    """Return text without the control characters by which a file could command a terminal."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if letter in _TURNING or (unicodedata.category(letter) == "Cc" and letter not in "\n\t")
        else letter
        for letter in text
    )


def _print(text: str, stream: IO[str]) -> None:
    print(harmless(text), file=stream)


def _cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: East Asian letters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )
