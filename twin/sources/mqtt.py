"""MQTT 3.1.1 and 5: our own convention, or anybody's topics by a mapping."""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import Cancelled, TwinError
from twin.quantity import duration
from twin.sources.convention import filter_of
from twin.sources.conventional import Conventional
from twin.sources.hearing import KEEPALIVE_S, Broker, Line, address_of
from twin.sources.messages import ByMapping
from twin.sources.polling import AUTHORITY, authority_of
from twin.sources.source import Batch, Connection, Field, Glimpse, Kind, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.readings import Roster
    from twin.sources.hearing import Message
    from twin.sources.messages import Meaning
    from twin.sources.source import Secret, Source, Where

_VERSIONS = {"": _("whichever it speaks"), "5": "5", "3.1.1": "3.1.1"}
_GLIMPSE_S = 15.0
_TOPIC_BYTES_MAX = 65_535


class Mqtt:
    """A subscription at a broker. What it told is acknowledged when `Batch.safe` is called, and not before."""

    def __init__(self, broker: Broker, meaning: Meaning) -> None:
        self._line = Line(broker)
        self._meaning = meaning
        self._open = _Open()

    @property
    def roster(self) -> Roster:
        """Who measures what, as far as it is known."""
        return self._meaning.roster

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Hear and tell until `stop`; see `twin.sources.source.Source`."""
        meaning, open_numbers = self._meaning, self._open
        meaning.forget()
        open_numbers.begin()

        def welcome(kept: bool) -> None:
            if not kept:
                open_numbers.forget()
            missed = () if kept or since_s is None else ((since_s, time.time()),)
            tell(Batch(missed=missed))

        def take(message: Message) -> None:
            if open_numbers.is_new(message):
                meaning.take(message, time.monotonic())

        def turn() -> bool:
            now_s = time.monotonic()
            if meaning.is_due(now_s) or (stop.is_set() and meaning.waiting):
                batch, numbers = meaning.gathered(now_s)
                safe = open_numbers.until_safe(numbers)
                try:
                    tell(replace(batch, safe=safe))
                except BaseException:
                    open_numbers.take_back(numbers)
                    raise
            return open_numbers.any

        self._line.hear(welcome, take, turn, open_numbers.safe, stop)


class _Open:
    """The numbers of messages on their way to being safe, through all connections of one session.

    A message that comes again keeps its number and says so: one that is safe by now is acknowledged, one that was told
    waits for that, and neither is told twice. A number that does not say so is of another message; so is one that
    does and holds something else: brokers use numbers again, and what got lost on its way comes again, too.
    """

    def __init__(self) -> None:
        self.safe: deque[int] = deque()  # to be acknowledged with this connection
        self._lock = threading.Lock()
        self._told: set[int] = set()
        self._done: set[int] = set()
        self._holds: dict[int, int] = {}  # a hash of what the last message of each number held
        self._here: set[int] = set()  # those that have come with this connection

    @property
    def any(self) -> bool:
        """Whether there are any that were told and are not yet safe."""
        return bool(self._told)

    def begin(self) -> None:
        """Begin another connection."""
        with self._lock:
            self._here.clear()

    def forget(self) -> None:
        """Begin another session: its numbers mean other messages."""
        with self._lock:
            self._told.clear()
            self._done.clear()
            self._holds.clear()

    def is_new(self, message: Message) -> bool:
        """Whether a message is to be taken."""
        number = message.number
        if not number:
            return True
        holds = hash((message.topic, message.payload))
        with self._lock:
            self._here.add(number)
            before, self._holds[number] = self._holds.get(number), holds
            if not message.again or holds != before:
                self._told.discard(number)
                self._done.discard(number)
                return True
            if number in self._done:
                self.safe.append(number)
            return number not in self._done and number not in self._told

    def until_safe(self, numbers: tuple[int, ...]) -> Callable[[], None]:
        """Return what is to be called, on any thread, once these are safe."""
        with self._lock:
            self._told.update(numbers)
        return partial(self._make_safe, numbers)

    def take_back(self, numbers: tuple[int, ...]) -> None:
        """Have these told again: nobody took them."""
        with self._lock:
            self._told.difference_update(numbers)

    def _make_safe(self, numbers: tuple[int, ...]) -> None:
        with self._lock:
            mine = self._told.intersection(numbers)  # all, but where the session is another by now
            self._told -= mine
            self._done |= mine
            self.safe.extend(number for number in numbers if number in mine and number in self._here)


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    broker = _broker(connection, secret)
    meaning: Meaning = Conventional()
    if connection.mapping:
        from twin.sources.mapped import Mapped, meaning_of

        meaning = ByMapping(Mapped(meaning_of(connection), where), connection.name)
    return Mqtt(broker, meaning)


def _glimpse(connection: Connection, _where: Where, secret: Secret, stop: threading.Event) -> Glimpse:
    """Hear until the first message, under a name that the broker forgets; nothing is acknowledged."""
    broker = replace(_broker(connection, secret), name=_passing_name(), lasting=False)
    heard: list[Message] = []
    enough = threading.Event()
    end_s = time.monotonic() + _GLIMPSE_S

    def take(message: Message) -> None:
        heard.append(message)
        enough.set()

    def turn() -> bool:
        if stop.is_set() or time.monotonic() > end_s:
            enough.set()
        return False

    Line(broker).hear(lambda _kept: None, take, turn, deque(), enough)
    if stop.is_set():
        raise Cancelled(_("Stopped."))
    if not heard:
        raise Trouble(
            _("Nothing was said on {topic} within {time}.").format(
                topic=", ".join(broker.topics), time=duration(_GLIMPSE_S)
            )
        )
    return Glimpse(heard[0].topic, heard[0].payload)


def _broker(connection: Connection, secret: Secret) -> Broker:
    host, port, secure, path = address_of(connection.address)
    told = connection.option("topic") or path
    if not told and connection.mapping:
        raise TwinError(_("The connection {name} needs a topic, like city/+/air/#.").format(name=connection.name))
    topics = tuple(topic.strip() for topic in told.split(",") if topic.strip()) or (filter_of(),)
    for topic in topics:
        if not _is_filter(topic):
            raise TwinError(
                _("{topic} is no topic: + stands for one level, and # at the end for all below.").format(
                    topic=topic[:80]
                )
            )
    certificate, key = (_file(connection.option(option)) for option in ("certificate", "key"))
    name = connection.option("client")
    return Broker(
        host, port, secure, topics,
        name or _passing_name(),
        connection.user, secret("password"), authority_of(connection), certificate, key,
        keepalive_s=_keepalive_s(connection), version=connection.option("version"), lasting=bool(name),
    )  # fmt: skip


def _passing_name() -> str:
    return f"district-twin-{secrets.token_hex(6)}"


def _is_filter(topic: str) -> bool:
    """Whether one can subscribe to a topic (MQTT 5, 4.7)."""
    levels = topic.split("/")
    joker = all("#" not in level and (level == "+" or "+" not in level) for level in levels[:-1])
    last = levels[-1] in {"#", "+"} or not {"#", "+"} & {*levels[-1]}
    try:
        return joker and last and "\0" not in topic and len(topic.encode()) <= _TOPIC_BYTES_MAX
    except UnicodeEncodeError:
        return False


def _keepalive_s(connection: Connection) -> int:
    told = connection.option("keepalive", str(KEEPALIVE_S))
    if not (told.isascii() and told.isdecimal() and 0 < int(told[:6]) <= 3600):
        raise TwinError(
            _("{name} is to say that it is there every {told} seconds; it must be a number from 1 to 3600.").format(
                name=connection.name, told=told[:30]
            )
        )
    return int(told)


def _file(told: str) -> Path | None:
    if told and not Path(told).is_file():
        raise TwinError(_("There is no file {file}.").format(file=told))
    return Path(told) if told else None


SOURCE = Kind(
    "mqtt",
    _("MQTT broker"),
    ("mqtt", "mqtts"),
    _open,
    fields=(
        Field("topic", _("Topic"), _("like city/+/air/#; empty for this program's own, twin/…")),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("certificate", _("Own certificate"), _("a file, where the broker wants to see one")),
        Field("key", _("Key of the certificate"), _("a file")),
        Field("version", _("MQTT version"), options=_VERSIONS),
        Field("client", _("Client name"), _("the same each time, where the broker is to keep what comes meanwhile")),
        Field("keepalive", _("Signs of life every"), _("seconds"), default=str(KEEPALIVE_S)),
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
    presets=(Connection(_("Broker on this computer"), "mqtt", "mqtt://localhost:1883"),),
    mapped=True,
    glimpse=_glimpse,
)
