"""The sensors of all feeds in one roster: what is one and the same, and what only has the same name."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.readings import Readings, Roster

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from twin.readings import Channel, Layer, Origin, Sensor

_LEAST_REAL: tuple[Origin, ...] = ("simulated", "modelled", "measured")


@dataclass
class Numbers:
    """The rows in the common roster of one feed's sensors and channels."""

    of: Roster = field(default_factory=Roster)  # the feed's own, as far as it has been enrolled
    sensor: NDArray[np.int32] = field(default_factory=lambda: np.full(1, -1, np.int32))  # the last: for row -1
    channel: NDArray[np.int32] = field(default_factory=lambda: np.full(1, -1, np.int32))

    def renumbered(self, readings: Readings) -> Readings:
        """Return readings by the rows of the common roster; -1 for rows that the feed's own has not."""
        sensor, channel = (
            known[np.where((rows >= 0) & (rows < len(known) - 1), rows, -1)]
            for known, rows in ((self.sensor, readings.sensor), (self.channel, readings.channel))
        )
        return replace(readings, sensor=sensor, channel=channel)


class Enrolment:
    """The common roster, to which feeds add from their own threads.

    A sensor whose key another feed has already is another sensor, and gets the feed's name in front; so does a
    channel that another feed gives in another unit. A feed that comes back finds its own again.

    Parameters
    ----------
    roster
        What is there already. It belongs to the first feed that has sensors of the same keys, which measure no more.
    tell
        Takes the roster each time it has grown, before the call that made it grow returns; one at a time.
    """

    def __init__(self, roster: Roster, tell: Callable[[Roster], None]) -> None:
        self._roster = roster
        self._tell = tell
        self._lock = threading.Lock()
        self._free = {sensor.key: sensor for sensor in roster.sensors}  # that no feed has claimed yet
        self._sensors: dict[tuple[str, str], str] = {}  # feed and its own key -> key in the common roster
        self._channels: dict[tuple[str, str], str] = {}

    @property
    def roster(self) -> Roster:
        """Who measures what, in all feeds."""
        return self._roster

    def enrol(self, feed: str, roster: Roster, known: Numbers) -> Numbers:
        """Return the numbers of a feed's roster; of what it has behind what was `known` the new ones.

        Raises
        ------
        TwinError
            Where the feed's roster contradicts itself.
        """
        if roster is known.of:
            return known
        with self._lock:
            whole = self._roster
            channels: list[Channel] = []
            keys: dict[str, str] = {}
            present = {channel.key: channel for channel in whole.channels}
            for channel in roster.channels:
                key = self._channel(feed, channel, present)
                keys[channel.key] = key
                if key not in present:
                    present[key] = replace(channel, key=key)
                    channels.append(present[key])
            taken = dict(whole.sensor_rows)
            new = [
                self._sensor(feed, replace(sensor, channels=tuple(keys[key] for key in sensor.channels)), whole, taken)
                for sensor in roster.sensors[len(known.of.sensors) :]
            ]
            fresh = [sensor for sensor in new if sensor.key not in whole.sensor_rows]
            layers = _together(whole.layers, roster.layers)
            if fresh or channels or layers != whole.layers:
                whole = Roster((*whole.sensors, *fresh), (*whole.channels, *channels), layers)
                _ = whole.shelf_s, whole.lonlat, whole.slots_in("")  # reckoned here, not where a picture waits for it
                whole.slots(0, 0)
                self._roster = whole
                self._tell(whole)
            rows = [whole.sensor_rows[sensor.key] for sensor in new]
            return Numbers(
                roster,
                np.concatenate([known.sensor[:-1], np.array([*rows, -1], np.int32)]),
                np.array([*(whole.channel_rows[keys[channel.key]] for channel in roster.channels), -1], np.int32),
            )

    def _channel(self, feed: str, channel: Channel, present: dict[str, Channel]) -> str:
        """Return the common key of a feed's channel."""
        own = (feed, channel.key)
        if own not in self._channels:
            same = present.get(channel.key)
            fits = same is None or (same.unit, same.layer) == (channel.unit, channel.layer)
            self._channels[own] = channel.key if fits else _free(f"{feed}/{channel.key}", present)
        return self._channels[own]

    def _sensor(self, feed: str, sensor: Sensor, whole: Roster, taken: dict[str, int]) -> Sensor:
        """Return a feed's sensor under its common key."""
        own = (feed, sensor.key)
        key = self._sensors.get(own)
        row = whole.sensor_rows.get(key) if key is not None else None
        if key is None or (row is not None and not {*sensor.channels} <= {*whole.sensors[row].channels}):
            # what measures more than it did is another sensor: slots keep their numbers
            there = self._free.get(sensor.key)
            if there is not None and there.layer == sensor.layer and {*sensor.channels} <= {*there.channels}:
                key = self._free.pop(sensor.key).key
            else:
                key = sensor.key if sensor.key not in taken else _free(f"{feed}/{sensor.key}", taken)
            self._sensors[own] = key
        taken.setdefault(key, -1)
        return replace(sensor, key=key)


def _free(key: str, taken: dict[str, int] | dict[str, Channel]) -> str:
    number, found = 2, key
    while found in taken:
        found, number = f"{key} ({number})", number + 1
    return found


def _together(layers: tuple[Layer, ...], more: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Return layers with what further feeds say of them: of two origins the less real, of others' words all."""
    found = {layer.key: layer for layer in layers}
    for layer in more:
        one = found.get(layer.key)
        if one is None or one == layer:
            found[layer.key] = layer
            continue
        words = {name: getattr(one, name) or getattr(layer, name) for name in ("unit", "standard", "averaging", "link")}
        for name in ("source", "owner", "terms"):
            told = [word for word in (*getattr(one, name).split("; "), *getattr(layer, name).split("; ")) if word]
            words[name] = "; ".join(dict.fromkeys(told))
        origin = min(one.origin, layer.origin, key=_LEAST_REAL.index)
        found[layer.key] = replace(one, origin=origin, **words)
    return tuple(found.values())
