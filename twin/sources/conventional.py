"""Messages by our own convention, as readings of a roster that grows as sensors introduce themselves."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.language import _
from twin.mapping.channels import known, known_layers
from twin.model import TwinError
from twin.readings import NO_READINGS, Channel, Layer, Readings, Reason, Roster, Sensor
from twin.sources.convention import OFFLINE, Topic, decode_layer, decode_obs, decode_sensor
from twin.sources.messages import GATHERED_READINGS, GATHERED_S, PAYLOAD_BYTES_MAX, Gathered, Refused
from twin.sources.source import Batch

if TYPE_CHECKING:
    from twin.sources.convention import Observed
    from twin.sources.hearing import Message

SENSORS_MAX, CHANNELS_MAX, WORDS_MAX = 20_000, 10_000, 1_000
"""So many are met, and so many layers and districts: whoever may publish could tell of new ones without end."""

HELD_S, HELD_MAX = 3.0, 5_000
"""Readings of a sensor that has not introduced itself wait so long for that; and no more messages than these."""


class _Own(NamedTuple):
    """By what a publisher knows a sensor."""

    district: str
    layer: str
    key: str


class _Held(NamedTuple):
    own: _Own
    observed: Observed
    topic: str
    number: int
    since_s: float


class Conventional:
    """A `twin.sources.messages.Meaning`: messages as `twin.sources.convention` has them."""

    def __init__(self) -> None:
        self.roster = Roster()
        self._refused = Refused()
        self._numbers: list[int] = []
        self._since_s: float | None = None
        self._offline: dict[str, str] = {}  # districts whose publisher is gone, and what is said of it
        self._said = ""
        self._row: dict[_Own, int] = {}
        self._payload: dict[_Own, bytes] = {}  # how each introduced itself
        self._channel_rows: list[dict[str, int]] = []  # of each sensor, by the keys that it uses
        self._sensors: list[Sensor] = []
        self._keys: set[str] = set()
        self._channels: dict[str, Channel] = {}
        self._layers: dict[str, Layer] = {}
        self._grown = False
        self._held: deque[_Held] = deque()
        self._clear()

    def _clear(self) -> None:
        self._runs: list[tuple[int, int, int]] = []  # sensor, channel, how many rows
        self._columns: tuple[list[Any], ...] = ([], [], [], [], [], [])  # value, t_end, t_start, quality, lon, lat

    @property
    def waiting(self) -> bool:
        """Whether there are messages that no batch is of yet."""
        return bool(self._numbers or self._held)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a batch."""
        if self._held and now_s - self._held[0].since_s >= HELD_S:
            return True
        late = self._since_s is not None and now_s - self._since_s >= GATHERED_S
        return late or len(self._columns[0]) >= GATHERED_READINGS

    def forget(self) -> None:
        """Let go of what waits: it was not acknowledged, and comes again."""
        self._clear()
        self._numbers, self._since_s = [], None
        self._held.clear()

    def take(self, message: Message, now_s: float) -> None:
        """Take a message."""
        if self._since_s is None:
            self._since_s = now_s
        topic = Topic.of(message.topic)
        try:
            if topic is None or len(message.payload) > PAYLOAD_BYTES_MAX:
                self._refused.add(Reason.UNREADABLE, message.topic, message.payload)
            elif topic.what == "obs":
                self._take_readings(topic, message, now_s)
                return
            elif topic.what == "status":
                self._hear_status(topic, message.payload)
            elif message.payload:  # an empty one takes back what was retained
                self._introduce(topic, message.payload)
        except TwinError:
            self._refused.add(Reason.UNREADABLE, message.topic, message.payload)
        if message.number:
            self._numbers.append(message.number)

    def gathered(self, now_s: float) -> Gathered:
        """Return what has been told since the last time; what waits for its sensor's introduction stays."""
        for held in [self._held.popleft() for _one in range(len(self._held))]:
            row = self._row.get(held.own)
            if row is None and (now_s - held.since_s >= HELD_S or len(self._held) >= HELD_MAX):
                row = self._meet_silent(held.own, held.observed)
            if row is None:
                self._held.append(held)
            else:
                self._add(row, held.observed, held.topic, held.number)
        if self._grown:
            self._grown = False
            usual = known_layers()
            for key in dict.fromkeys([sensor.layer for sensor in self._sensors]):
                self._layers.setdefault(key, usual.get(key) or Layer(key, key, "measured"))
            self.roster = Roster(tuple(self._sensors), tuple(self._channels.values()), tuple(self._layers.values()))
        said = next(iter(self._offline.values()), "")
        news, self._said = (None if said == self._said else said), said
        found = Gathered(Batch(self._readings(), self._refused.taken(), said=news), tuple(self._numbers))
        self._clear()
        self._numbers, self._since_s = [], None
        return found

    # readings

    def _take_readings(self, topic: Topic, message: Message, now_s: float) -> None:
        observed = decode_obs(message.payload)
        if self._offline and not message.retained:  # another publishes it still, or its word of return was lost
            self._offline.pop(topic.district, None)
        own = _Own(topic.district, topic.layer, topic.sensor)
        row = self._row.get(own)
        if row is None and len(self._sensors) >= SENSORS_MAX:
            row = -1
        if row is None:
            self._held.append(_Held(own, observed, message.topic, message.number, now_s))
        else:
            self._add(row, observed, message.topic, message.number)

    def _add(self, row: int, observed: Observed, topic: str, number: int) -> None:
        """Put readings behind the others: lists, since arrays of a few numbers each would take ten times as long."""
        if number:
            self._numbers.append(number)
        if row < 0:
            self._refused.add(Reason.UNKNOWN_SENSOR, topic)
            return
        value, t_end, t_start, quality, lon, lat = self._columns
        count = len(observed)
        for key, cells in observed.values.items():
            channel = self._channel_rows[row].get(key)
            if channel is None:
                self._refused.add(Reason.UNKNOWN_CHANNEL, topic, channel=key[:80])
                continue
            self._runs.append((row, channel, count))
            value += cells
            t_end += observed.t_end
            t_start += observed.t_end if observed.t_start is None else observed.t_start
            quality += [0] * count if observed.quality is None else observed.quality
            lon += [None] * count if observed.lon is None else observed.lon
            lat += [None] * count if observed.lat is None else observed.lat

    def _readings(self) -> Readings:
        if not self._runs:
            return NO_READINGS
        value, t_end, t_start, quality, lon, lat = (np.array(column, np.float64) for column in self._columns)
        sensor, channel, count = np.array(self._runs, np.int64).T
        rows = Readings.of(
            np.repeat(sensor, count), np.repeat(channel, count), t_end, value,
            t_start=t_start, quality=quality, lon=lon, lat=lat,
        )  # fmt: skip
        told = ~np.isnan(value)
        return rows if told.all() else rows[told]

    # who

    def _hear_status(self, topic: Topic, payload: bytes) -> None:
        self._offline.pop(topic.district, None)
        if payload.strip() == OFFLINE and len(self._offline) < WORDS_MAX:
            sentence = _("Whoever publishes {district} has gone offline.").format(district=topic.district)
            self._offline[topic.district] = sentence

    def _introduce(self, topic: Topic, payload: bytes) -> None:
        """Meet a layer or a sensor, unless it is known as it is."""
        if topic.what == "layer":
            layer = decode_layer(topic, payload)
            if layer.key not in self._layers and len(self._layers) >= WORDS_MAX:
                raise TwinError(_("There are more than {most} layers.").format(most=WORDS_MAX))
            self._grown = self._grown or self._layers.get(layer.key) != layer
            self._layers[layer.key] = layer
            return
        own = _Own(topic.district, topic.layer, topic.sensor)
        if self._payload.get(own) != payload and self._meet(own, *decode_sensor(topic, payload)) >= 0:
            self._payload[own] = payload

    def _meet_silent(self, own: _Own, observed: Observed) -> int:
        """Meet a sensor that does not introduce itself: it has no place, and measures what it tells."""
        usual = known()
        channels = [usual.get(key) or Channel(key, own.layer, key, "") for key in observed.values]
        return self._meet(own, Sensor(own.key, own.layer, tuple(observed.values)), tuple(channels))

    def _meet(self, own: _Own, sensor: Sensor, channels: tuple[Channel, ...]) -> int:
        """Give a sensor its row, -1 where there are too many. One that has changed is another sensor."""
        row = len(self._sensors)
        if row >= SENSORS_MAX or len(self._channels) + len(channels) > CHANNELS_MAX:
            return self._row.get(own, -1)
        keys: dict[str, str] = {}
        for channel in channels:
            common = self._channels.get(channel.key, channel)
            alike = (common.layer, common.unit) == (channel.layer, channel.unit)
            key = channel.key if alike else f"{own.layer}.{channel.key}"  # a word that means something else here
            self._channels.setdefault(key, replace(channel, key=key, layer=channel.layer))
            keys[channel.key] = key
        rows = {key: number for number, key in enumerate(self._channels)}
        self._channel_rows.append({told: rows[key] for told, key in keys.items()})
        self._sensors.append(replace(sensor, key=self._free_key(own), channels=tuple(dict.fromkeys(keys.values()))))
        self._row[own] = row
        self._grown = True
        return row

    def _free_key(self, own: _Own) -> str:
        names = [own.key, f"{own.layer}/{own.key}", f"{own.district}/{own.layer}/{own.key}"]
        number = 2
        while (key := names.pop(0)) in self._keys:
            if not names:
                names.append(f"{own.key} ({number})")
                number += 1
        self._keys.add(key)
        return key
