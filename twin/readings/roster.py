"""Who measures what: sensors, channels and layers, and the numbers by which readings name them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

Between = Literal["hold", "linear", "none"]
"""What may be said of a moment between two readings. "hold": the last one, until its shelf life ends.
"linear": on the straight line to the next, where the next is known and within the shelf life of the last; else
as "hold". "none": a reading speaks for as long as it was measured over, an instantaneous one for its instant."""

Origin = Literal["measured", "modelled", "simulated"]


@dataclass(frozen=True, slots=True)
class Channel:
    """One quantity that sensors of a layer measure, and what may be believed of its values."""

    key: str  # "pm25", unique in a roster
    layer: str  # "air"
    title: str
    unit: str  # as written behind a number: "µg/m³"
    least: float = -math.inf  # a value below is no measurement
    most: float = math.inf
    shelf_s: float = 3600.0  # a value older than this is no data
    between: Between = "hold"


@dataclass(frozen=True, slots=True)
class Sensor:
    """One instrument: where it stands and what it measures. A moving one has no place of its own (NaN)."""

    key: str  # the owner's own id, unique in a roster
    layer: str
    channels: tuple[str, ...]
    name: str = ""
    lon: float = math.nan
    lat: float = math.nan
    height_m: float = math.nan  # above the ground
    heading_deg: float = math.nan  # clockwise from north: the direction of the traffic that it sees
    osm: str = ""  # the feature it belongs to, "way/42", where that is known
    detail: Mapping[str, str] = field(default_factory=dict, hash=False)  # whatever else its owner tells


@dataclass(frozen=True, slots=True)
class Layer:
    """What stands on the panel about a layer's data: what it is, whose, on what terms, and how it came about."""

    key: str
    title: str
    origin: Origin
    unit: str = ""
    standard: str = ""  # "us_epa_2024": by which values are classed
    averaging: str = ""  # "1 h": over which they were averaged
    source: str = ""
    owner: str = ""
    terms: str = ""  # of sharing: a licence, or whom one may show it
    link: str = ""


@dataclass(frozen=True)
class Roster:
    """Who measures what: sensors, channels and layers, and the numbers by which readings name them.

    Raises
    ------
    TwinError
        Where a key occurs twice, or a sensor names a channel that is not there.
    """

    sensors: tuple[Sensor, ...] = ()
    channels: tuple[Channel, ...] = ()
    layers: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        for what, rows in ((_("sensor"), self.sensors), (_("channel"), self.channels), (_("layer"), self.layers)):
            seen: set[str] = set()
            for row in rows:
                if row.key in seen:
                    raise TwinError(
                        _("There are two of the {what} {key}; give each its own name.").format(what=what, key=row.key)
                    )
                seen.add(row.key)
        known = self.channel_rows
        for sensor in self.sensors:
            if missing := [key for key in sensor.channels if key not in known]:
                raise TwinError(
                    _("The sensor {sensor} measures {channel}, which is not among the channels.").format(
                        sensor=sensor.key, channel=missing[0]
                    )
                )
            if len(set(sensor.channels)) < len(sensor.channels):
                raise TwinError(_("The sensor {sensor} names a channel twice.").format(sensor=sensor.key))

    @cached_property
    def sensor_rows(self) -> Mapping[str, int]:
        """The row of each sensor by its key."""
        return {sensor.key: row for row, sensor in enumerate(self.sensors)}

    @cached_property
    def channel_rows(self) -> Mapping[str, int]:
        """The row of each channel by its key."""
        return {channel.key: row for row, channel in enumerate(self.channels)}

    @cached_property
    def slot_sensor(self) -> NDArray[np.int32]:
        """The sensor of every slot, shape (slots,)."""
        counts = [len(sensor.channels) for sensor in self.sensors]
        return np.repeat(np.arange(len(counts), dtype=np.int32), counts)

    @cached_property
    def slot_channel(self) -> NDArray[np.int32]:
        """The channel of every slot, shape (slots,)."""
        rows = self.channel_rows
        return np.array([rows[key] for sensor in self.sensors for key in sensor.channels], np.int32)

    @cached_property
    def _slot_table(self) -> NDArray[np.int32]:
        table = np.full((len(self.sensors) + 1, len(self.channels) + 1), -1, np.int32)
        table[self.slot_sensor, self.slot_channel] = np.arange(len(self.slot_sensor), dtype=np.int32)
        return table

    def slots(self, sensor: ArrayLike, channel: ArrayLike) -> NDArray[np.int32]:
        """Return the slots of sensor and channel rows; -1 where a sensor has no such channel or a row is none."""
        sensor, channel = np.asarray(sensor, np.int64), np.asarray(channel, np.int64)
        known = (sensor >= 0) & (sensor < len(self.sensors)) & (channel >= 0) & (channel < len(self.channels))
        return self._slot_table[np.where(known, sensor, -1), np.where(known, channel, -1)]

    def slots_of(self, channel: str) -> NDArray[np.int32]:
        """Return the slots of one channel, in the order of the sensors that have it."""
        row = self.channel_rows.get(channel, -1)
        return np.flatnonzero(self.slot_channel == row).astype(np.int32)

    def slots_in(self, layer: str) -> NDArray[np.int32]:
        """Return the slots of all sensors of one layer."""
        return self._slots_by_layer.get(layer, np.zeros(0, np.int32))

    @cached_property
    def _slots_by_layer(self) -> Mapping[str, NDArray[np.int32]]:
        layers = np.array([sensor.layer for sensor in self.sensors], object)[self.slot_sensor]
        return {key: np.flatnonzero(layers == key).astype(np.int32) for key in {s.layer for s in self.sensors}}

    @cached_property
    def measuring(self) -> Mapping[str, int]:
        """How many sensors of each layer measure anything."""
        layers = np.array([sensor.layer for sensor in self.sensors if sensor.channels], object)
        found, counts = np.unique(layers.astype(str), return_counts=True)
        return dict(zip(found.tolist(), counts.tolist(), strict=True))

    @cached_property
    def shelf_s(self) -> NDArray[np.float64]:
        """The shelf life of every slot, shape (slots,)."""
        return np.array([channel.shelf_s for channel in self.channels], np.float64)[self.slot_channel]

    @cached_property
    def lonlat(self) -> NDArray[np.float64]:
        """Where the sensors stand, shape (sensors, 2); NaN for moving ones."""
        return np.array([(sensor.lon, sensor.lat) for sensor in self.sensors], np.float64).reshape(-1, 2)

    def grown(
        self, *, sensors: Iterable[Sensor] = (), channels: Iterable[Channel] = (), layers: Iterable[Layer] = ()
    ) -> Roster:
        """Return a roster with these added behind; all present rows and slots keep their numbers.

        What is there already under its key stays as it is.
        """
        return Roster(
            (*self.sensors, *_new(self.sensors, sensors)),
            (*self.channels, *_new(self.channels, channels)),
            (*self.layers, *_new(self.layers, layers)),
        )


def _new[Row: (Sensor, Channel, Layer)](present: Sequence[Row], more: Iterable[Row]) -> list[Row]:
    keys = {row.key for row in present}
    return [row for row in {row.key: row for row in more}.values() if row.key not in keys]
