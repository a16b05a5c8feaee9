"""A source that a test plays by hand, and a kind of its own to be opened by."""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING

from brokers import until

from twin import sources
from twin.days import Home
from twin.history import LiveHistory
from twin.live import Desk, Live, Pauses
from twin.readings import Channel, Layer, Readings, Roster, Sensor
from twin.sources import Batch, Connection, Kind, Where

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    import pytest

    from twin.sources import Secret

T = 1_731_398_400.0  # 2024-11-12 08:00 UTC
WHERE = Where("Mitte", (24.90, 60.10, 25.00, 60.20), "Europe/Helsinki")
SPEED = Channel("speed", "traffic", "Speed", "km/h", 0, 250, shelf_s=300.0)
LAYER = Layer("traffic", "Traffic", "measured", owner="City")
QUICK = Pauses(first_s=0.01, longest_s=0.05, grave_s=0.2)


def roster(*sensors: Sensor) -> Roster:
    return Roster(sensors, (SPEED,), (LAYER,))


def sensor(key: str, lon: float = 24.95, lat: float = 60.15) -> Sensor:
    return Sensor(key, "traffic", ("speed",), lon=lon, lat=lat)


def reading(t: float, value: float = 50.0, row: int = 0) -> Readings:
    return Readings.of(row, 0, t, value)


class Played:
    """Tells what a test puts into `script`: batches, troubles to be raised, rosters."""

    def __init__(self, connection: Connection, secret: Secret) -> None:
        self.connection, self.password = connection, secret("password")
        self.script: queue.SimpleQueue[Batch | Exception | Roster] = queue.SimpleQueue()
        self.roster = roster(sensor("a"))
        self.since: list[float | None] = []

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        self.since.append(since_s)
        while not stop.is_set():
            with contextlib.suppress(queue.Empty):
                item = self.script.get(timeout=0.01)
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, Roster):
                    self.roster = item
                else:
                    tell(item)


class Stage:
    """Feeds with played sources, and the desk that they tell."""

    def __init__(self, history: LiveHistory | None = None) -> None:
        self.desk = Desk(history or LiveHistory(Roster()))
        self.live = Live(self.desk, WHERE, self.secret, home=Home("Mitte", 24.95, 60.15), pauses=QUICK)
        self.made: dict[str, Played] = {}

    def secret(self, connection: Connection) -> Secret:
        return lambda key: f"{key} of {connection.name}"

    def open(self, connection: Connection, where: Where, secret: Secret) -> Played:
        assert where is WHERE
        self.made[connection.name] = Played(connection, secret)
        return self.made[connection.name]

    def add(self, name: str, *, record: bool = True) -> Played:
        self.live.add(Connection(name, "played", "played://x", record=record))
        until(lambda: name in self.made)
        return self.made[name]

    def take(self) -> None:
        while self.desk.take(1.0)[0]:
            pass

    def has(self, count: int) -> bool:
        """Take what there is, and tell whether so many readings are there by now."""
        self.take()
        return len(self.desk.history.window(-1e12, 1e12)) >= count


@contextlib.contextmanager
def stage(patch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Set the stage: `played:` is the one kind of source there is."""
    found = Stage()
    kind = Kind("played", "Played", ("played",), found.open)
    patch.setattr(sources, "kinds", lambda: {"played": kind})
    try:
        yield found
    finally:
        found.live.close()
        found.desk.stop_recording()
