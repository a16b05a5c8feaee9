"""Somebody who publishes by our own convention, and a stage of feeds that hear it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from brokers import client, until
from played import LAYER, SPEED, WHERE, T, sensor

from twin.days import Home
from twin.history import LiveHistory
from twin.live import Desk, Live, Pauses
from twin.readings import Roster
from twin.sources import Connection
from twin.sources.convention import Observed, Topic, encode_layer, encode_obs, encode_sensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from brokers import Broker

    from twin.sources import Secret


class Publisher:
    """Says things to a broker and waits until it has them."""

    def __init__(self, own: Any) -> None:
        self._own = own

    def connected(self) -> bool:
        return bool(self._own.is_connected())

    def say(self, topic: Topic | str, payload: bytes, *, retain: bool = False) -> None:
        self.send(topic, payload, retain=retain).wait_for_publish(10)

    def send(self, topic: Topic | str, payload: bytes, *, retain: bool = False) -> Any:
        return self._own.publish(str(topic), payload, qos=1, retain=retain)

    def introduce(self, *keys: str) -> None:
        self.say(Topic("layer", "Mitte", "traffic"), encode_layer(LAYER), retain=True)
        for key in keys:
            self.say(Topic("meta", "Mitte", "traffic", key), encode_sensor(sensor(key), {"speed": SPEED}), retain=True)

    def read(self, key: str, *values: float, t: float = T) -> None:
        self.say(Topic("obs", "Mitte", "traffic", key), obs(*values, t=t))


def obs(*values: float, t: float = T) -> bytes:
    """Return the payload of values, a second apart."""
    return encode_obs(Observed([t + number for number in range(len(values))], {"speed": list(values)}))


@contextlib.contextmanager
def publishing(broker: Broker, **who: Any) -> Iterator[Publisher]:
    """Connect to a broker to publish there."""
    own = client(broker, **who)
    own.max_inflight_messages_set(0)
    own.reconnect_delay_set(1, 1)
    own.connect("127.0.0.1", broker.port)
    own.loop_start()
    try:
        until(own.is_connected)
        yield Publisher(own)
    finally:
        own.disconnect()
        own.loop_stop()


class Watching:
    """A desk, and feeds that tell it."""

    def __init__(self, secrets: Mapping[str, str], pauses: Pauses) -> None:
        self.desk = Desk(LiveHistory(Roster()))

        def secret(_connection: Connection) -> Secret:
            return lambda key: secrets.get(key, "")

        self.live = Live(self.desk, WHERE, secret, home=Home("Mitte", 24.95, 60.15), pauses=pauses)

    def add(self, address: str, name: str = "Roads", **options: str) -> None:
        user, at, rest = address.partition("://")[2].rpartition("@")
        scheme = address.partition("://")[0]
        self.live.add(Connection(name, "mqtt", f"{scheme}://{rest}" if at else address, options, user=user))

    def take(self) -> None:
        while self.desk.take(1.0)[0]:
            pass

    @property
    def values(self) -> list[float]:
        """All values that there are, in the order of time."""
        self.take()
        return [float(value) for value in self.desk.history.window(-1e12, 1e12).value]

    @property
    def word(self) -> str:
        self.take()
        return self.live.states()[0].word

    def notice(self, name: str = "Roads") -> str:
        self.take()
        return self.desk.notices[name].sentence if name in self.desk.notices else ""


@contextlib.contextmanager
def watching(
    *, first_s: float = 0.05, longest_s: float = 0.2, grave_s: float = 1000.0, **secrets: str
) -> Iterator[Watching]:
    """Have a desk that feeds may tell; they come back quickly."""
    found = Watching(secrets, Pauses(first_s, longest_s, grave_s))
    try:
        yield found
    finally:
        found.live.close()
        found.desk.stop_recording()
