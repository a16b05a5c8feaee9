"""One connection to an MQTT broker, heard on the calling thread: let in, subscribed, and ended in one sentence.

A message is acknowledged when whoever took it says so, not when it has come. What was not acknowledged when a
connection ends comes again with the next one, as long as the broker keeps the session.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from twin.language import _
from twin.model import TwinError
from twin.quantity import duration
from twin.sources.net.letting_in import PORTS, context, refused, unreachable
from twin.sources.source import Trouble

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

KEEPALIVE_S = 15
"""A broker that says nothing for twice as long is gone, whatever the connection looks like."""

SESSION_S, LASTING_S = 3600, 7 * 86_400
"""So long a broker is asked to keep what it could not deliver; the longer where somebody comes back after all."""

IN_FLIGHT = 5_000  # messages that the broker may send before the first of them is acknowledged
MESSAGE_BYTES_MAX = 2_000_000
_WAITS_S = 10.0  # for a broker to let us in
_CONNECT_S = 5.0
_FAREWELL_S = 1.0  # so long the last messages may take to become safe
_TURN_S, _BUSY_TURN_S = 0.1, 0.02

_NOT_A_VERSION = 132  # reason codes of MQTT 5, into which paho puts those of 3.1.1 too
_SILENT, _TAKEN_OVER = 141, 142


class Message(NamedTuple):
    """What a broker says."""

    topic: str
    payload: bytes
    retained: bool
    number: int  # by which it is acknowledged; 0 where that is not asked for
    again: bool = False  # whether it may have come before


@dataclass(frozen=True)
class Broker:
    """Where a broker is, who we are to it, and what we want to hear."""

    host: str
    port: int
    secure: bool
    topics: tuple[str, ...]
    name: str  # of this client: a broker keeps what it could not deliver under it
    user: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None  # a file of certificates; None: those that the system trusts
    certificate: Path | None = None  # what this client shows of itself
    key: Path | None = None
    keepalive_s: int = KEEPALIVE_S
    version: str = ""  # "5", "3.1.1", or "": whichever the broker speaks
    lasting: bool = False  # whether somebody comes back under this name after this program has ended

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def address_of(text: str) -> tuple[str, int, bool, str]:
    """Return host, port, whether by TLS, and the topic of an address like mqtts://host:8883/city/+/air/#.

    Raises
    ------
    TwinError
        Where it is none.
    """
    scheme, _colon, rest = text.strip().partition("://")
    place, _slash, topic = rest.partition("/")
    host, colon, told = place.rpartition("@")[2].rpartition(":")
    if not colon or told.endswith("]"):  # an address of IPv6 has colons of its own
        host, told = place.rpartition("@")[2], ""
    port = int(told) if told.isascii() and told.isdecimal() and len(told) < 6 else 0
    if scheme.lower() not in PORTS or not host.strip("[]") or (told and not 0 < port < 65_536):
        raise TwinError(
            _("A feed from a broker is written like mqtts://host:8883/city/+/air/#; it cannot be {address}.").format(
                address=text[:200]
            )
        )
    return host.strip("[]"), port or PORTS[scheme.lower()], scheme.lower() == "mqtts", topic


class Line:
    """A connection to a broker, made anew with each call of `hear`."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._speaks = broker.version or "5"
        self._known = broker.lasting  # whether the broker may have kept something for us
        self._small = True  # whether no message was too large so far

    def hear(
        self,
        welcome: Callable[[bool], None],
        take: Callable[[Message], None],
        turn: Callable[[], bool],
        safe: deque[int],
        stop: threading.Event,
    ) -> None:
        """Connect, subscribe and hear until `stop`.

        Parameters
        ----------
        welcome
            Called once the broker has taken the subscriptions; told whether it kept a session since the last time.
        take
            Takes each message, in the order in which they come.
        turn
            Called several times a second, after what has come was taken; returns whether messages wait to be
            acknowledged. After `stop` it is called until none does, for a second.
        safe
            The numbers of messages, from any thread, as they may be acknowledged. It is emptied here.

        Raises
        ------
        Trouble
            Whatever ends it but `stop`.
        """
        call = _Call(self.broker, five=self._speaks == "5", known=self._known, small=self._small)
        try:
            call.run(welcome, take, turn, safe, stop)
        except _OtherVersionError:
            if self.broker.version:
                raise Trouble(
                    _("The broker at {broker} does not speak MQTT {version}.").format(
                        broker=self.broker, version=self.broker.version
                    ),
                    grave=True,
                ) from None
            self._speaks = "3.1.1"
            call = _Call(self.broker, five=False, known=self._known, small=self._small)
            call.run(welcome, take, turn, safe, stop)
        finally:
            self._known = self._known or call.let_in
            self._small = self._small and not call.overrun
            if not call.let_in:
                self._speaks = self.broker.version or "5"  # it may be another broker next time


class _OtherVersionError(Exception):
    """The broker may speak an older MQTT."""


class _Call:
    """One connection from beginning to end."""

    def __init__(self, broker: Broker, *, five: bool, known: bool, small: bool) -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

        self._broker, self._five, self._known = broker, five, known
        # A broker that knows no limit would send a message that is too large again and again, but for a new session.
        self._clean = not small or (five and not known)
        protocol = MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311
        more: dict[str, Any] = {} if five else {"clean_session": self._clean}
        client: Any = Client(
            CallbackAPIVersion.VERSION2, client_id=broker.name, protocol=protocol, manual_ack=True, **more
        )
        client.connect_timeout = _CONNECT_S
        if broker.user:
            client.username_pw_set(broker.user, broker.password or None)
        if broker.secure:
            client.tls_set_context(context(broker.authority, broker.certificate, broker.key))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        self._client = client
        self._answer: Any = None
        self._kept = False
        self._granted: list[Any] | None = None
        self._goodbye: Any = None
        self._came: deque[Message] = deque()
        self.let_in = self.overrun = False

    def run(
        self,
        welcome: Callable[[bool], None],
        take: Callable[[Message], None],
        turn: Callable[[], bool],
        safe: deque[int],
        stop: threading.Event,
    ) -> None:
        safe.clear()  # numbers of an earlier connection mean other messages now
        try:
            self._connect()
            self._be_let_in(stop)
            if not stop.is_set():
                welcome(self._kept)
            waiting = False
            stopped_s = 0.0
            while not stop.is_set() or (waiting and stopped_s < _FAREWELL_S):
                begun_s = time.monotonic()
                self._loop(_BUSY_TURN_S if waiting else _TURN_S)
                while self._came and not stop.is_set():
                    take(self._came.popleft())
                waiting = turn()
                while safe:
                    self._client.ack(safe.popleft(), 1)
                if stop.is_set():
                    stopped_s += time.monotonic() - begun_s
            self._take_leave()
        finally:
            self._hang_up()

    def _connect(self) -> None:
        from paho.mqtt.packettypes import PacketTypes

        how: dict[str, Any] = {}
        if self._five:
            told: Any = _properties(PacketTypes.CONNECT)
            told.SessionExpiryInterval = LASTING_S if self._broker.lasting else SESSION_S
            told.ReceiveMaximum = IN_FLIGHT
            told.MaximumPacketSize = MESSAGE_BYTES_MAX
            how = {"clean_start": self._clean, "properties": told}
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s, **how)
        except (OSError, ValueError) as error:
            broker = self._broker
            raise unreachable(error, str(broker), secure=broker.secure, shown=bool(broker.certificate)) from error

    def _be_let_in(self, stop: threading.Event) -> None:
        end = time.monotonic() + _WAITS_S
        while self._granted is None and not stop.is_set():
            self._loop(_BUSY_TURN_S)
            if time.monotonic() > end:
                raise Trouble(_("{broker} does not answer as an MQTT broker does.").format(broker=self._broker))
        for topic, reason in zip(self._broker.topics, self._granted or (), strict=False):
            if reason.is_failure:
                raise Trouble(
                    _("The broker at {broker} does not let this user hear {topic}.").format(
                        broker=self._broker, topic=topic
                    ),
                    grave=True,
                )
        self.let_in = self._granted is not None

    def _loop(self, timeout_s: float) -> None:
        """Move bytes for a while; raise what ended the connection."""
        ended = self._client.loop(timeout_s)
        size = int(self._client._in_packet["remaining_length"])  # noqa: SLF001 - of a message still under way
        if size > MESSAGE_BYTES_MAX:
            self.overrun = True
            raise Trouble(
                _("{broker} sends a message of {size:.0f} MB, which no feed needs; it is passed over.").format(
                    broker=self._broker, size=size / 1e6
                )
            )
        if ended or self._client.socket() is None:
            raise self._ended()

    def _ended(self) -> Exception:
        broker = self._broker
        if self._answer is not None and self._answer.is_failure:
            return self._refused(self._answer)
        if self._answer is None and self._five and (broker.lasting or not self._known):
            return _OtherVersionError()  # a broker of old may hang up without a word
        if self._goodbye is not None and self._goodbye.value == _TAKEN_OVER:
            return Trouble(_("Another program has come to {broker} under the same client name.").format(broker=broker))
        if self._goodbye is not None and self._goodbye.value == _SILENT:
            silent = duration(2.0 * broker.keepalive_s)
            return Trouble(
                _("{broker} said nothing for {time}, though the connection stands.").format(broker=broker, time=silent)
            )
        return Trouble(_("The connection to {broker} broke off.").format(broker=broker))

    def _refused(self, reason: Any) -> Exception:
        broker = self._broker
        if reason.value == _NOT_A_VERSION and self._five:
            return _OtherVersionError()
        return refused(reason, str(broker), user=broker.user)

    def _take_leave(self) -> None:
        """Say goodbye; the broker is to forget what nobody comes back for."""
        from paho.mqtt.packettypes import PacketTypes

        told: Any = None
        if not self._broker.lasting and self._five:
            told = _properties(PacketTypes.DISCONNECT)
            told.SessionExpiryInterval = 0
        elif not self._broker.lasting and self.let_in:  # of old, a session ends only with another one
            self._client.unsubscribe(list(self._broker.topics))
            self._client.loop(_TURN_S)
        self._client.on_disconnect = None
        self._client.disconnect(properties=told)

    def _hang_up(self) -> None:
        client = self._client
        client.on_disconnect = client.on_connect = client.on_message = client.on_subscribe = None
        line = client.socket()
        if line is not None:
            line.close()

    def _on_connect(self, client: Any, _kept: object, flags: Any, reason: Any, _more: object) -> None:
        self._answer, self._kept = reason, bool(flags.session_present)
        if reason.is_failure:
            return
        if self._five:
            from paho.mqtt.subscribeoptions import SubscribeOptions

            # what is retained need not come again with each connection
            how = SubscribeOptions(qos=1, retainHandling=1 if self._known and not self._broker.lasting else 0)
            client.subscribe([(topic, how) for topic in self._broker.topics])
        else:
            client.subscribe([(topic, 1) for topic in self._broker.topics])

    def _on_subscribe(self, _client: Any, _kept: object, _mid: int, reasons: Any, _more: object) -> None:
        self._granted = list(reasons)

    def _on_disconnect(self, _client: Any, _kept: object, _flags: object, reason: Any, _more: object) -> None:
        self._goodbye = reason

    def _on_message(self, _client: Any, _kept: object, message: Any) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        number = message.mid if message.qos == 1 else 0
        self._came.append(Message(topic, message.payload, message.retain, number, message.dup))


def _properties(packet: int) -> Any:
    from paho.mqtt.properties import Properties

    make: Any = Properties  # paho says nothing of its types here
    return make(packet)
