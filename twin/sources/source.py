"""What a source is: something on a network or a disk that goes on telling readings.

A kind of source is one module in this package that defines `SOURCE`; everything else knows it by discovery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from twin.model import TwinError
from twin.readings import NO_READINGS, Readings, Rejects

if TYPE_CHECKING:
    import threading

    from twin.model import Bounds
    from twin.readings import Roster, Span

Secret = Callable[[str], str]
"""Returns a secret by the key of its field, "" where there is none; may ask a keyring, never a person."""


_SECRET_IN_ADDRESS = re.compile(
    r"(?<=[?&#])([^=&#]*(?:key|token|secret|password|passwd|pwd|sig|signature|auth|appid)=)[^&#]*", re.IGNORECASE
)


def without_secrets(address: str) -> str:
    """Return an address without a user and without values that look like keys, letter for letter else: to be shown."""
    try:
        netloc = urlsplit(address).netloc
    except ValueError:
        netloc = ""
    if "@" in netloc:  # put together again from its parts, an address would lose a # at its end
        address = address.replace(netloc, netloc.rpartition("@")[2], 1)
    return _SECRET_IN_ADDRESS.sub(r"\1", address)


@dataclass(frozen=True, slots=True)
class Connection:
    """A feed as somebody saved it. No secret is inside."""

    name: str  # "Air of Kamppi"
    kind: str  # "mqtt", "sensorthings": the key of a `Kind`
    address: str  # a URL, or a path
    options: Mapping[str, str] = field(default_factory=dict, hash=False)  # by the keys of the kind's fields
    mapping: str = ""  # the name or path of a mapping, or its text in TOML
    record: bool = True  # whether its terms allow that it is recorded
    user: str = ""

    def option(self, key: str, default: str = "") -> str:
        """Return what somebody said about a field, or the default."""
        return self.options.get(key, "") or default


@dataclass(frozen=True, slots=True)
class Where:
    """The district that a source is asked about."""

    district: str
    bbox: Bounds | None = None  # None: of everywhere
    zone: str = "UTC"  # IANA; of times that do not tell theirs

    @property
    def home(self) -> tuple[float, float] | None:
        """Longitude and latitude of its middle."""
        if self.bbox is None:
            return None
        west, south, east, north = self.bbox
        return (west + east) / 2, (south + north) / 2


def _nothing() -> None:
    """Be told that readings are safe, and do nothing about it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a source tells at once. One without anything in it says that the server is there and has answered."""

    readings: Readings = NO_READINGS  # by the rows of the source's own roster
    rejects: Rejects = field(default_factory=Rejects)  # what it could not even read; new ones only
    missed: tuple[Span, ...] = ()  # stretches of time that it did not hear, and that its server cannot give any more
    said: str | None = None  # a sentence about those behind the server, until another comes; "": they are well again
    safe: Callable[[], None] = _nothing
    """Called once, on any thread, when the readings are on the disk; or have been taken, where nothing is recorded."""


class Trouble(TwinError):  # noqa: N818  (what it is, not that it is raised)
    """A source ends, and why.

    Parameters
    ----------
    sentence
        What is wrong and what to do.
    grave
        Asking again does not help until somebody acts: a wrong password, a certificate of another name.
    retry_s
        After how many seconds the server itself wishes to be asked again.
    """

    def __init__(self, sentence: str, *, grave: bool = False, retry_s: float | None = None) -> None:
        super().__init__(sentence)
        self.grave = grave
        self.retry_s = retry_s


class Source(Protocol):
    """One connection, not yet made. It has a roster of its own, whose rows its readings name."""

    @property
    def roster(self) -> Roster:
        """Who measures what, as far as it is known. It only grows, and only while something is told."""

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Connect and tell what comes, until `stop` is set; then return within a second or two.

        It may be called again after it ended in trouble: numbers in the roster stay.

        Parameters
        ----------
        tell
            Takes one batch, on the thread that called `listen` alone. It may block for a while where more comes than
            can be taken.
        stop
            Ends it.
        since_s
            UTC epoch seconds up to which all has been told; None at the first time. What the server still has of
            the time since is told first; what it has not is `missed`.

        Raises
        ------
        Trouble
            Whatever ends it but `stop`, as one sentence.
        """


@dataclass(frozen=True, slots=True)
class Field:
    """Something that somebody may say about a connection of a kind."""

    key: str
    title: str
    hint: str = ""  # what may be written there, or where one gets it
    default: str = ""
    secret: bool = False  # goes to the keyring, and is never shown or exported
    needed: bool = False
    options: Mapping[str, str] = field(default_factory=dict, hash=False)  # word -> its title; empty: any text


@dataclass(frozen=True, slots=True)
class Glimpse:
    """The first that a feed says, as it comes."""

    place: str  # a topic, or what the file is called
    payload: bytes

    LETTERS_MAX = 20_000
    """So much of it is of use to somebody who reads it."""

    @property
    def text(self) -> str:
        """What it says, set out in lines where it is JSON."""
        text = self.payload[: 8 * self.LETTERS_MAX].decode("utf-8-sig", "replace")
        with suppress(ValueError, RecursionError):
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        return text if len(text) <= self.LETTERS_MAX else text[: self.LETTERS_MAX] + "\n…"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source, as `SOURCE` of a module in this package."""

    key: str  # its word: "mqtt"
    title: str  # what people call it
    schemes: tuple[str, ...]  # of addresses that are of this kind: "mqtt", "sta+https"
    open: Callable[[Connection, Where, Secret], Source]  # connects to nothing yet; raises TwinError for bad options
    fields: tuple[Field, ...] = ()  # beside name, address, user, mapping and record, which every connection has
    presets: tuple[Connection, ...] = ()  # ready ones that need no key
    mapped: bool = False  # whether a mapping can say what its payloads mean
    glimpse: Callable[[Connection, Where, Secret, threading.Event], Glimpse] | None = None  # for who writes a mapping
    record: bool = True  # whether the usual terms allow recording
