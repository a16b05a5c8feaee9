"""A broker to publish to: its address, its certificate checked, and what it has confirmed."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from twin.language import _
from twin.model import TwinError
from twin.sources.net.letting_in import GRAVE, PORTS, context, refused, unreachable

if TYPE_CHECKING:
    import os

    from twin.publishing.messages import Message

KEEPALIVE_S = 10
WAITING_MAX = 1000  # messages that are not confirmed yet; what comes next waits
_IN_FLIGHT = 100
_CONNECT_S = 10.0
_FAREWELL_S = 10.0


class Broker:
    """An MQTT broker, of an address such as `mqtts://user@host:8883`. Between `open` and `close` it is connected.

    It comes back by itself when the connection goes; what was not confirmed is then sent again.

    Parameters
    ----------
    password
        Of the user in the address.
    authority
        A file with the certificates of those who may vouch for the broker; without it, those that the system trusts.
    certificate, key
        Files with what this client shows of itself, where the broker asks for it.

    Raises
    ------
    TwinError
        Where the address is none, or a file cannot be used.
    """

    def __init__(
        self,
        address: str,
        *,
        password: str = "",
        authority: str | os.PathLike[str] | None = None,
        certificate: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
    ) -> None:
        self.host, self.port, secure, self.user = _parts(address)
        self._password = password
        self._context = context(authority, certificate, key) if secure else None
        self._shown = certificate is not None
        self._client: Any = None
        self._answer: Any = None  # the reason code that the broker gave to the newest connection
        self._heard = threading.Event()  # something changed that a waiting sender should look at
        self._confirmed: deque[int] = deque()
        self._waiting: dict[int, int] = {}
        self.welcomes = 0
        """How many times it has let us in: another one means that it may have forgotten what it kept."""
        self.readings = 0
        """How many readings it has confirmed."""
        self.messages = 0

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_about: object) -> None:
        self.drop()

    @property
    def connected(self) -> bool:
        """Whether it is there now."""
        return bool(self._client is not None and self._client.is_connected())

    def open(self, will: Message) -> None:
        """Connect, with something that the broker will say once this client is lost.

        Raises
        ------
        TwinError
            Where it cannot be reached, is not who it should be, or does not let us in.
        """
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        client: Any = Client(CallbackAPIVersion.VERSION2)
        if self.user:
            client.username_pw_set(self.user, self._password or None)
        if self._context:
            client.tls_set_context(self._context)
        client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.max_queued_messages_set(0)  # `send` sees to it
        client.reconnect_delay_set(1, 5)
        client.connect_timeout = _CONNECT_S
        client.on_connect = self._on_connect
        client.on_disconnect = lambda *_told: self._heard.set()
        client.on_publish = self._on_publish
        try:
            client.connect(self.host, self.port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise unreachable(error, str(self), secure=self._context is not None, shown=self._shown) from error
        self._client = client
        client.loop_start()
        try:
            self._be_let_in()
        except BaseException:
            self.drop()
            raise

    def _be_let_in(self) -> None:
        end = time.monotonic() + _CONNECT_S
        while not self.welcomes:
            if self._answer is not None and self._answer.is_failure:
                raise refused(self._answer, str(self), user=self.user)
            if time.monotonic() > end:
                raise TwinError(_("{broker} does not answer as an MQTT broker does.").format(broker=self))
            self._wait(0.1)

    def has_room(self, within_s: float = 0.1) -> bool:
        """Whether another message may be said now; it waits a moment for it, where too many are not confirmed yet.

        Raises
        ------
        TwinError
            Where the broker does not let us in any more.
        """
        self._drain()
        if len(self._waiting) >= WAITING_MAX:
            self._wait(within_s)
            self._drain()
        return len(self._waiting) < WAITING_MAX

    def say(self, message: Message, *, retain: bool = False) -> None:
        """Hand a message over, QoS 1; the broker gets it when it is there."""
        told = self._client.publish(message.topic, message.payload, qos=1, retain=retain)
        self._waiting[told.mid] = message.readings

    def settle(self) -> None:
        """Wait until everything is confirmed; not for long, where the broker is not there."""
        begun = time.monotonic()
        while self._waiting and time.monotonic() < begun + (_FAREWELL_S if self.connected else 1.0):
            self._drain()
            if self._waiting:
                self._wait(0.1)

    @property
    def unconfirmed(self) -> int:
        """Of how many messages nobody knows whether the broker has them."""
        self._drain()
        return len(self._waiting)

    def drop(self) -> None:
        """Leave; nobody is told anything more."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()
            client.on_connect = client.on_disconnect = client.on_publish = None

    def _wait(self, within_s: float) -> None:
        self._check()
        self._heard.wait(within_s)
        self._heard.clear()

    def _drain(self) -> None:
        while self._confirmed:
            count = self._waiting.pop(self._confirmed.popleft(), None)
            if count is not None:
                self.messages += 1
                self.readings += count

    def _on_connect(self, _client: Any, _kept: object, _flags: object, reason: Any, _more: object) -> None:
        self._answer = reason
        if not reason.is_failure:
            self.welcomes += 1
        self._heard.set()

    def _on_publish(self, _client: Any, _kept: object, mid: int, _reason: object, _more: object) -> None:
        # On the thread that moves the bytes, with locks of its held: taken in by `_drain`.
        self._confirmed.append(mid)
        self._heard.set()

    def _check(self) -> None:
        """Refuse to wait for a broker that does not let us in until somebody acts."""
        if self._answer is not None and self._answer.is_failure and self._answer.value in GRAVE:
            raise refused(self._answer, str(self), user=self.user)


def _parts(address: str) -> tuple[str, int, bool, str]:
    """Return host, port, whether by TLS, and user of an address."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise TwinError(
            _("A broker is written like mqtt://host:1883 or mqtts://user@host:8883; it cannot be {text}.").format(
                text=address[:200]
            )
        )
    if parts.password is not None:
        raise TwinError(
            _("Leave the password out of the address: it belongs in the keyring or in an environment variable.")
        )
    return parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts", unquote(parts.username or "")
