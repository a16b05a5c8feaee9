"""The words of measuring: what a sensor, a reading, a history and a moment are.

Times are UTC epoch seconds as float64, positions lon/lat in WGS 84 degrees. Everything here is a plain value.

Readings name their sensor and channel by row in a `Roster`. A *slot* is one channel of one sensor, the
smallest thing that has a value at a moment; slots are numbered in the order of the roster's sensors and, within
each, of its channels, and keep their numbers when a roster grows.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

Span = tuple[float, float]
"""First and last moment, both within."""

Between = Literal["hold", "linear", "none"]
"""What may be said of a moment between two readings. "hold": the last one, until its shelf life ends.
"linear": on the straight line to the next, where the next is known and within the shelf life of the last; else
as "hold". "none": a reading speaks for as long as it was measured over, an instantaneous one for its instant."""

Origin = Literal["measured", "modelled", "simulated"]


class Quality(enum.IntEnum):
    """What is known about how good a reading is."""

    GOOD = 0  # or nothing told
    DOUBTFUL = 1
    ESTIMATED = 2


class Reason(enum.StrEnum):
    """Why a reading is not taken. Late and disordered ones are taken: they find their place."""

    UNKNOWN_SENSOR = "unknown sensor"
    UNKNOWN_CHANNEL = "unknown channel"
    NOT_A_NUMBER = "not a number"
    OUT_OF_RANGE = "out of range"
    IMPOSSIBLE_TIME = "impossible time"
    IMPOSSIBLE_PLACE = "impossible place"
    IN_THE_FUTURE = "in the future"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"  # an importer could make nothing of the line

    @property
    def sentence(self) -> str:
        """What this reason means, in the reader's language."""
        return {
            Reason.UNKNOWN_SENSOR: _("The sensor is not in the list of sensors."),
            Reason.UNKNOWN_CHANNEL: _("The sensor does not measure this."),
            Reason.NOT_A_NUMBER: _("The value is not a finite number."),
            Reason.OUT_OF_RANGE: _("The value is outside the range of its channel."),
            Reason.IMPOSSIBLE_TIME: _("The time is not one that can be, or ends before it begins."),
            Reason.IMPOSSIBLE_PLACE: _("The position is not a place on earth."),
            Reason.IN_THE_FUTURE: _("The time lies further in the future than clocks differ."),
            Reason.DUPLICATE: _("The very same reading was there already."),
            Reason.UNREADABLE: _("The line cannot be read."),
        }[self]


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


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings as columns, all of shape (n,). A reading is the mean over t_start to t_end, or of one instant.

    `lon` and `lat` say where it was taken, NaN for the place of the sensor.
    """

    sensor: NDArray[np.int32]  # row in the roster, -1 for one that is not there
    channel: NDArray[np.int32]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]
    t_arrived: NDArray[np.float64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        sensor: ArrayLike,
        channel: ArrayLike,
        t_end: ArrayLike,
        value: ArrayLike,
        *,
        t_start: ArrayLike | None = None,
        t_arrived: ArrayLike | None = None,
        quality: ArrayLike = 0,
        lon: ArrayLike = math.nan,
        lat: ArrayLike = math.nan,
    ) -> Readings:
        """Return readings from columns or single numbers, broadcast against one another.

        Without `t_start` they are of an instant, without `t_arrived` they arrived when they were taken.
        """
        given: tuple[ArrayLike, ...] = (
            sensor,
            channel,
            t_end if t_start is None else t_start,
            t_end,
            t_end if t_arrived is None else t_arrived,
            value,
            quality,
            lon,
            lat,
        )
        columns = np.broadcast_arrays(*(np.atleast_1d(column) for column in given))
        return cls(
            *(np.ascontiguousarray(column, dtype) for column, dtype in zip(columns, DTYPES.values(), strict=True))
        )

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: Any) -> Readings:
        return Readings(*(column[rows] for column in self.columns.values()))

    def in_microseconds(self) -> Readings:
        """Return the readings with times in whole microseconds: what every store keeps, so that all stores agree."""
        t_start, t_end, t_arrived = (np.rint(t * 1e6) / 1e6 for t in (self.t_start, self.t_end, self.t_arrived))
        return replace(self, t_start=t_start, t_end=t_end, t_arrived=t_arrived)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by name."""
        return {name: getattr(self, name) for name in DTYPES}

    @staticmethod
    def joined(parts: Sequence[Readings]) -> Readings:
        """Return the readings of all parts behind one another."""
        if not parts:
            return NO_READINGS
        return Readings(*(np.concatenate([getattr(part, name) for part in parts]) for name in DTYPES))


DTYPES: Mapping[str, type[np.generic]] = {
    "sensor": np.int32,
    "channel": np.int32,
    "t_start": np.float64,
    "t_end": np.float64,
    "t_arrived": np.float64,
    "value": np.float64,
    "quality": np.uint8,
    "lon": np.float64,
    "lat": np.float64,
}
"""The columns of `Readings`, in order."""

NO_READINGS = Readings(*(np.zeros(0, dtype) for dtype in DTYPES.values()))


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of one moment: a row a slot of the roster, shape (slots,).

    `value` is NaN where there is no data: nothing yet, or nothing within its shelf life. The other columns
    tell of the last reading at or before t whether stale or not; `t_end` is -inf where there was none.
    """

    t: float
    roster: Roster
    value: NDArray[np.float64]
    stale: NDArray[np.bool_]  # there was a reading, and its shelf life is over
    last_value: NDArray[np.float64]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]
    t_arrived: NDArray[np.float64]
    quality: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def values(self, channel: str) -> NDArray[np.float64]:
        """Return the values of a channel, a row a sensor of the roster, NaN where it has none."""
        slots = self.roster.slots_of(channel)
        values = np.full(len(self.roster.sensors), np.nan)
        values[self.roster.slot_sensor[slots]] = self.value[slots]
        return values

    def reporting(self, layer: str) -> tuple[int, int]:
        """Return how many sensors of a layer have any value now, and how many there are."""
        roster = self.roster
        slots = roster.slots_in(layer)
        has = np.zeros(len(roster.sensors), bool)
        has[roster.slot_sensor[slots[~np.isnan(self.value[slots])]]] = True
        return int(np.count_nonzero(has)), roster.measuring.get(layer, 0)

    def silent(self, layer: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the rows of a layer's sensors that have no value now, and when each last said anything.

        Those whose silence is the longest come first: -inf, which has not said anything yet.
        """
        roster = self.roster
        slots = roster.slots_in(layer)
        of, count = roster.slot_sensor[slots], len(roster.sensors)
        there, has, last = np.zeros(count, bool), np.zeros(count, bool), np.full(count, -np.inf)
        there[of] = True
        has[of[~np.isnan(self.value[slots])]] = True
        np.maximum.at(last, of, self.t_end[slots])
        rows = np.flatnonzero(there & ~has).astype(np.int32)
        rows = rows[np.argsort(last[rows], kind="stable")]
        return rows, last[rows]

    def same_cells(self, other: Moment) -> bool:
        """Whether a picture of the other moment would be the same, value for value."""
        return np.array_equal(self.value, other.value, equal_nan=True) and np.array_equal(self.stale, other.stale)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Stretches without data, all columns of shape (n,): after t_start, up to t_end, the slot had no value."""

    sensor: NDArray[np.int32]
    channel: NDArray[np.int32]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.t_start)


class History(Protocol):
    """All that was measured, asked by time: in memory for live feeds, the file itself for a recorded day."""

    @property
    def roster(self) -> Roster:
        """Who measures what. It may grow; numbers stay."""

    @property
    def span(self) -> Span | None:
        """The times of the first and the last reading; None where there is none."""

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        """Return the last value of every slot at or before t, of what had arrived by then."""

    def window(
        self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Readings:
        """Return the readings with t0 < t_end <= t1, ordered by t_end; of these slots only, where given."""

    def gaps(self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None) -> Gaps:
        """Return where slots had no data between two times: before their first reading and past a shelf life."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """One reading that was not taken, as far as it could be read."""

    reason: Reason
    sensor: str = ""
    channel: str = ""
    t: float = math.nan
    value: str = ""
    where: str = ""  # "line 17"


@dataclass(frozen=True, slots=True)
class Rejects:
    """How many readings were not taken, by reason, and the first few of each."""

    counts: Mapping[Reason, int] = field(default_factory=dict)
    examples: tuple[Rejected, ...] = ()

    EXAMPLES = 100
    """So many of each reason are kept to be shown; all are counted."""

    @staticmethod
    def of(reason: Reason, examples: Iterable[Rejected] = (), count: int | None = None) -> Rejects:
        """Return rejects of one reason; without a count, as many as there are examples."""
        examples = tuple(examples)
        count = len(examples) if count is None else count
        return Rejects({reason: count} if count else {}, examples[: Rejects.EXAMPLES])

    def __add__(self, other: Rejects) -> Rejects:
        if not other.counts:
            return self
        counts = dict(self.counts)
        room = dict.fromkeys(Reason, Rejects.EXAMPLES)
        for example in self.examples:
            room[example.reason] -= 1
        kept = []
        for example in other.examples:
            if room[example.reason] > 0:
                room[example.reason] -= 1
                kept.append(example)
        for reason, count in other.counts.items():
            counts[reason] = counts.get(reason, 0) + count
        return Rejects(counts, (*self.examples, *kept))

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Notice:
    """Trouble, or its end, told by a source in the stream of its readings. A newer one of a source replaces it."""

    source: str
    sentence: str  # empty: all is well again
    t: float
    grave: bool = False  # nothing comes any more until somebody acts


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened, with a beginning and an end, to be found on a timeline."""

    t_start: float
    t_end: float
    title: str
    layer: str = ""  # empty: of the whole day
