"""Arguments as people type them, and one sentence for those that cannot be meant."""

from __future__ import annotations

import argparse
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin.language import _
from twin.model import Bounds, TwinError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SMALLEST_PICTURE_PX = 16
LARGEST_PICTURE_PX = 16384
MOST_PIXELS = 64_000_000
"""In all: drawing takes some 75 bytes a pixel, and more would not fit in a common computer."""

LONGEST_LINE = 200

_NEGATIVE = re.compile(r"-\.?\d")
_NUMBERS = re.compile(r"[-+]?\.?\d[-+\d.,eE]*")
_HOW_MANY = {"--bbox": 4, "--point": 2}


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors are `TwinError`s in the reader's language.

    Options are never abbreviated: a script that says `--over` would break when a later version
    learns `--overlay`.
    """

    def __init__(self, command: str, summary: str) -> None:
        super().__init__(
            prog=f"twin {command}",
            description=summary,
            add_help=False,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.command = command
        self.add_argument("-h", "--help", action="help", help=_("show this help and stop"))

    def format_help(self) -> str:
        """Return argparse's help with its own two words in the reader's language."""
        text = super().format_help().replace("usage: ", _("usage: "), 1)
        return text.replace("\noptions:\n", "\n" + _("options:") + "\n", 1)

    def error(self, message: str) -> NoReturn:
        """Raise argparse's complaint as one sentence in the reader's language."""
        for pattern, sentence in _complaints():
            if match := re.fullmatch(pattern, message, re.DOTALL):
                raise TwinError(sentence.format(command=self.command, **match.groupdict()))
        raise TwinError(
            _("{message}; `twin help {command}` shows how it is used.").format(message=message, command=self.command)
        )


def _complaints() -> tuple[tuple[str, str], ...]:
    """Argparse's complaints as patterns, and what is said instead."""
    return (
        (
            r"the following arguments are required: (?P<names>.*)",
            _("`twin {command}` also needs {names}; `twin help {command}` shows how it is used."),
        ),
        (
            r"unrecognized arguments: (?P<words>.*)",
            _("`twin {command}` does not understand {words}; `twin help {command}` shows how it is used."),
        ),
        (
            r"argument (?P<option>.*?): expected (?:one argument|at least one argument|\d+ arguments?)",
            _("{option} must be followed by a value; `twin help {command}` shows how it is used."),
        ),
        (
            r"argument (?P<option>.*?): ignored explicit argument (?P<value>.*)",
            _("{option} takes no value, so {value} must go; `twin help {command}` shows how it is used."),
        ),
    )


def join_numbers(argv: Sequence[str]) -> list[str]:
    """Return the words with numbers after an option tied to it, so that a leading minus is no option.

    `--bbox -0.13,51.50,-0.12,51.51`, `--bbox -0.13 51.50 -0.12 51.51` and
    `--bbox=-0.13, 51.50, -0.12, 51.51` all become `--bbox=-0.13,51.50,-0.12,51.51`.
    Nothing is touched after a lone `--`.
    """
    joined: list[str] = []
    words = list(argv)
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            return [*joined, word, *words[at:]]
        option, equals, value = word.partition("=")
        if option in _HOW_MANY:
            found = [value] if equals else []
            while at < len(words) and _NUMBERS.fullmatch(words[at]) and _numbers_in(found) < _HOW_MANY[option]:
                found.append(words[at])
                at += 1
            if not found and at < len(words) and _NEGATIVE.match(words[at]):  # no numbers, but no option either
                found.append(words[at])
                at += 1
            joined.append(f"{option}={','.join(part.strip().strip(',') for part in found)}" if found else word)
        elif word.startswith("--") and not equals and at < len(words) and _NEGATIVE.match(words[at]):
            joined.append(f"{word}={words[at]}")
            at += 1
        else:
            joined.append(word)
    return joined


def _numbers_in(words: Sequence[str]) -> int:
    return sum(len([number for number in word.split(",") if number.strip()]) for word in words)


def degrees(option: str, example: str, count: int) -> Callable[[str], tuple[float, ...]]:
    """Return a reader of `count` comma-separated numbers in degrees."""

    def read(text: str) -> tuple[float, ...]:
        plain = text.replace("\N{MINUS SIGN}", "-")  # as web pages print it
        words = [word for word in re.split(r"[,;\s]+", plain.strip()) if word]
        try:
            numbers = tuple(float(word) for word in words)
        except ValueError:
            numbers = ()
        if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
            raise TwinError(
                _("{option} takes {count} numbers in degrees, like {example}; it cannot be {text}.").format(
                    option=option, count=count, example=example, text=quoted(text)
                )
            )
        return numbers

    return read


def box(text: str) -> Bounds:
    """West, south, east, north in degrees, as typed; whether they make sense is for others to say."""
    west, south, east, north = degrees("--bbox", "24.93,60.16,24.96,60.18", 4)(text)
    return west, south, east, north


def point(text: str) -> tuple[float, float]:
    """Latitude and longitude in degrees, as typed."""
    lat, lon = degrees("--point", "60.17,24.95", 2)(text)
    return lat, lon


def length(option: str) -> Callable[[str], float]:
    """Return a reader of a positive length in metres: `500`, `500m`, `1.5km`."""

    def read(text: str) -> float:
        match = re.fullmatch(r"\s*([\d.]+)\s*(m|km)?\s*", text)
        try:
            metres = float(match[1]) * (1000 if match[2] == "km" else 1) if match else 0.0
        except ValueError:
            metres = 0.0
        if not 0 < metres < math.inf:
            raise TwinError(
                _("{option} takes a length in metres, like 500; it cannot be {text}.").format(
                    option=option, text=quoted(text)
                )
            )
        return metres

    return read


def size(text: str) -> tuple[int, int]:
    """Width and height of a picture in pixels, from `1280x720`."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", text)
    if not match:
        raise TwinError(
            _("--size takes width x height in pixels, like 1280x720; it cannot be {text}.").format(text=quoted(text))
        )
    width_px, height_px = int(match[1]), int(match[2])
    if not all(SMALLEST_PICTURE_PX <= side_px <= LARGEST_PICTURE_PX for side_px in (width_px, height_px)):
        raise TwinError(
            _("--size {size} is out of range: each side may have {least} to {most} pixels.").format(
                size=f"{width_px}x{height_px}", least=SMALLEST_PICTURE_PX, most=LARGEST_PICTURE_PX
            )
        )
    if width_px * height_px > MOST_PIXELS:
        raise TwinError(
            _("--size {size} is too large: at most {most} million pixels in all, such as 8000x8000.").format(
                size=f"{width_px}x{height_px}", most=MOST_PIXELS // 1_000_000
            )
        )
    return width_px, height_px


def moment(text: str) -> datetime:
    """Return a moment from ISO 8601; without a zone in it, it is the district's to say."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise TwinError(
            _("A time is written like 2026-06-21T18:30 or 2026-06-21T18:30+03:00; it cannot be {text}.").format(
                text=quoted(text)
            )
        ) from None


def epoch_s(told: datetime, zone: str) -> float:
    """Return UTC epoch seconds of a moment; one without a zone stands in `zone`, an IANA name."""
    if told.tzinfo is None:
        try:
            told = told.replace(tzinfo=ZoneInfo(zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            told = told.replace(tzinfo=UTC)
    try:
        return told.timestamp()
    except OverflowError:  # the first and last day of the calendar, moved by their zone
        return told.replace(tzinfo=UTC).timestamp()


def line(option: str) -> Callable[[str], str]:
    """Return a reader of words that fit a line: names, sources, terms."""

    def read(text: str) -> str:
        words = " ".join(text.split())
        if not words or len(words) > LONGEST_LINE or not words.isprintable():
            raise TwinError(
                _("{option} takes 1 to {most} letters; it cannot be {text}.").format(
                    option=option, most=LONGEST_LINE, text=quoted(text)
                )
            )
        return words

    return read


def add_output(parser: Parser) -> None:
    """Add where a district goes that is read from one file and written to another, or over it."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=output("-o", ".twin"),
        required=True,
        help=_("the .twin file to write; it may be FILE itself, which is replaced when the new one is complete"),
    )


def add_terms(parser: Parser) -> None:
    """Add whom data is from and on what terms: nothing is laid into a district without."""
    parser.add_argument(
        "--source", metavar="TEXT", type=line("--source"), required=True, help=_("whom the data is from")
    )
    parser.add_argument(
        "--licence",
        metavar="TEXT",
        type=line("--licence"),
        required=True,
        help=_("the terms it may be used on, such as CC BY 4.0"),
    )


def one_of(option: str, choices: Sequence[str]) -> Callable[[str], str]:
    """Return a reader of one word out of `choices`."""

    def read(text: str) -> str:
        if text.strip().lower() in choices:
            return text.strip().lower()
        raise TwinError(
            _("{option} is one of {choices}; it cannot be {text}.").format(
                option=option, choices=", ".join(choices), text=quoted(text)
            )
        )

    return read


def some_of(option: str, choices: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of comma-separated words out of `choices`."""

    def read(text: str) -> tuple[str, ...]:
        words = tuple(word.strip() for word in text.split(",") if word.strip())
        unknown = [word for word in words if word not in choices]
        if unknown or not words:
            raise TwinError(
                _("{option} takes words out of {choices}, with commas between; it cannot be {text}.").format(
                    option=option, choices=", ".join(choices), text=quoted(", ".join(unknown) or text)
                )
            )
        return words

    return read


def output(option: str, suffix: str) -> Callable[[str], Path]:
    """Return a reader of a file to write, which finds out now and not after an hour if it cannot be."""

    def read(text: str) -> Path:
        from twin.doctor import why_unwritable

        path = Path(text)
        if path.suffix.lower() != suffix:
            raise TwinError(
                _("{option} {path} must end in {suffix}, since that is what is written.").format(
                    option=option, path=path, suffix=suffix
                )
            )
        if path.is_dir():
            raise TwinError(_("{option} {path} is a folder; name a file in it.").format(option=option, path=path))
        folder = path.parent
        if not folder.is_dir():
            raise TwinError(
                _("{option} {path} cannot be written, since the folder {folder} does not exist.").format(
                    option=option, path=path, folder=folder
                )
            )
        reason = why_unwritable(folder)
        if reason:
            raise TwinError(
                _("{option} {path} cannot be written to the folder {folder}: {reason}.").format(
                    option=option, path=path, folder=folder.resolve(), reason=reason
                )
            )
        return path

    return read


def quoted(text: str) -> str:
    """Return what somebody typed, short enough for a sentence, between quotation marks."""
    shown = text if len(text) <= 60 else text[:57] + "..."
    return f"“{shown}”"
