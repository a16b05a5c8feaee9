"""Our own way of saying readings over MQTT: topics and payloads, as pure functions.

    twin/<district>/<layer>/<sensor>/obs    readings, QoS 1
    twin/<district>/<layer>/<sensor>/meta   the sensor and its channels, retained
    twin/<district>/<layer>/meta            the layer: whose data, on what terms, measured or simulated; retained
    twin/<district>/status                  "online" or "offline", retained, and the publisher's last will

What a topic cannot hold in a segment (`/ + # %` and control characters) is written as in URLs. Payloads are JSON; times
are UTC epoch seconds, or ISO 8601 text, which is UTC where it names no zone. Unknown entries are passed over, so that
later versions may say more.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import msgspec
import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.readings import Channel, Layer, Readings, Sensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = "twin"
ONLINE, OFFLINE = b"online", b"offline"
WORDS_MAX = 2_000  # letters of any text that a payload tells

What = Literal["obs", "meta", "layer", "status"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic says its messages are about."""

    what: What
    district: str
    layer: str = ""
    sensor: str = ""

    def __str__(self) -> str:
        parts = [self.district]
        if self.what == "layer":
            parts += [self.layer, "meta"]
        elif self.what == "status":
            parts += ["status"]
        else:
            parts += [self.layer, self.sensor, self.what]
        return "/".join([ROOT, *map(_segment, parts)])

    @classmethod
    def of(cls, text: str) -> Topic | None:
        """Return what a topic is about; None where it is none of ours."""
        root, *parts = text.split("/")
        if root != ROOT:
            return None
        match [_unsegmented(part) for part in parts]:
            case [district, "status"]:
                return cls("status", district)
            case [district, layer, "meta"]:
                return cls("layer", district, layer)
            case [district, layer, sensor, "obs" | "meta" as what]:
                return cls(cast("What", what), district, layer, sensor)
        return None


def filter_of(district: str | None = None) -> str:
    """Return what one subscribes to for all messages of a district, or of every one."""
    return f"{ROOT}/+/#" if district is None else f"{ROOT}/{_segment(district)}/#"


_UNFIT = {code: f"%{code:02X}" for code in (*range(32), 127, *map(ord, "/+#%"))}
_CODED = re.compile(r"%([0-7][0-9A-Fa-f])")


def _segment(text: str) -> str:
    return text.translate(_UNFIT)


def _unsegmented(text: str) -> str:
    return _CODED.sub(lambda found: chr(int(found[1], 16)), text) if "%" in text else text


@dataclass(frozen=True, slots=True)
class Observed:
    """Readings of one sensor, as columns of plain numbers of one length: a row a moment, a column a channel.

    They stay lists until many messages become arrays at once, since one message seldom has more than fifty rows.
    """

    t_end: Sequence[float]
    values: Mapping[str, Sequence[float | None]]  # by the channel's key; None: not measured then
    t_start: Sequence[float] | None = None  # None: of instants
    quality: Sequence[int] | None = None  # None: all good
    lon: Sequence[float | None] | None = None  # None: where the sensor stands
    lat: Sequence[float | None] | None = None

    def __len__(self) -> int:
        return len(self.t_end)

    @classmethod
    def of(cls, readings: Readings, channels: Sequence[str]) -> Observed:
        """Return readings of one sensor as columns; `channels` are the keys of the channels by their rows.

        Of readings of the same channel, time, quality and place the last stays.
        """
        parts = (readings.t_end, readings.t_start, readings.quality, readings.lon, readings.lat)
        table = np.column_stack([np.asarray(part, np.float64) for part in parts]).reshape(-1, 5)
        rows, row = np.unique(np.nan_to_num(table, nan=math.inf), axis=0, return_inverse=True)
        row = row.ravel()
        values: dict[str, list[float | None]] = {}
        for channel in np.unique(readings.channel).tolist():
            mine = readings.channel == channel
            column = np.full(len(rows), np.nan)
            column[row[mine]] = readings.value[mine]
            values[channels[channel]] = _spelled(column)
        t_end, t_start, quality, lon, lat = rows.T
        placed = bool(np.isfinite(lon).any())
        return cls(
            t_end.tolist(),
            values,
            None if np.array_equal(t_start, t_end) else t_start.tolist(),
            quality.astype(np.int64).tolist() if quality.any() else None,
            _spelled(lon) if placed else None,
            _spelled(lat) if placed else None,
        )


def _spelled(column: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in column.tolist()]


_Number = float | None
_Time = float | Annotated[str, msgspec.Meta(max_length=64)]
_Grade = Annotated[int, msgspec.Meta(ge=0, le=2)]


class _Obs(msgspec.Struct, omit_defaults=True):
    t: list[_Time] | _Time
    values: dict[str, list[_Number] | _Number]
    from_: list[_Time] | _Time | None = msgspec.field(default=None, name="from")
    quality: list[_Grade] | _Grade | None = None
    lon: list[_Number] | _Number = None
    lat: list[_Number] | _Number = None


class _Channel(msgspec.Struct, omit_defaults=True):
    key: str
    title: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    shelf_s: float = 3600.0
    between: Literal["hold", "linear", "none"] = "hold"


class _Sensor(msgspec.Struct, omit_defaults=True):
    channels: list[_Channel]
    name: str = ""
    lon: float | None = None
    lat: float | None = None
    height_m: float | None = None
    heading_deg: float | None = None
    osm: str = ""
    detail: dict[str, str] = {}


class _Layer(msgspec.Struct, omit_defaults=True):
    origin: Literal["measured", "modelled", "simulated"]
    title: str = ""
    unit: str = ""
    standard: str = ""
    averaging: str = ""
    source: str = ""
    owner: str = ""
    terms: str = ""
    link: str = ""


_encode = msgspec.json.Encoder().encode
_obs, _sensor, _layer = (msgspec.json.Decoder(kind) for kind in (_Obs, _Sensor, _Layer))


def encode_obs(observed: Observed) -> bytes:
    """Return the payload of readings of one sensor."""
    one = len(observed) == 1

    def column(cells: Sequence[Any] | None) -> Any:
        return cells[0] if cells and one else None if cells is None else list(cells)

    values = {key: column(cells) for key, cells in observed.values.items()}
    more = (observed.t_start, observed.quality, observed.lon, observed.lat)
    return _encode(_Obs(column(observed.t_end), values, *map(column, more)))


def decode_obs(payload: bytes) -> Observed:
    """Return the readings of a payload; single numbers in the place of lists hold for all of its moments.

    Raises
    ------
    TwinError
        Where it is none, or its columns are of different lengths.
    """
    told: _Obs = _decoded(_obs, payload)
    times = told.t if isinstance(told.t, list) else [told.t]
    rows = len(times)

    def column(cells: Any, what: str) -> Any:
        if not isinstance(cells, list):
            return [cells] * rows
        if len(cells) != rows:
            raise TwinError(
                _("The message has {rows} times and {count} of {what}.").format(rows=rows, count=len(cells), what=what)
            )
        return cells

    def maybe(cells: Any, what: str) -> Any:
        return None if cells is None else column(cells, what)

    t_start = maybe(told.from_, "from")
    return Observed(
        _seconds(times),
        {key: column(cells, key) for key, cells in told.values.items()},
        None if t_start is None else _seconds(t_start),
        maybe(told.quality, "quality"),
        maybe(told.lon, "lon"),
        maybe(told.lat, "lat"),
    )


def _seconds(times: list[float | str]) -> list[float]:
    return [time if isinstance(time, float) else _read(time) for time in times]


def _read(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise TwinError(_("The message has the time {text}, which is none.").format(text=repr(text[:40]))) from None


def encode_sensor(sensor: Sensor, channels: Mapping[str, Channel]) -> bytes:
    """Return the payload that introduces a sensor; `channels` are those of the roster by their keys."""
    told = [channels[key] for key in sensor.channels]
    return _encode(
        _Sensor(
            [
                _Channel(one.key, one.title, one.unit, _there(one.least), _there(one.most), one.shelf_s, one.between)
                for one in told
            ],
            name=sensor.name,
            lon=_there(sensor.lon),
            lat=_there(sensor.lat),
            height_m=_there(sensor.height_m),
            heading_deg=_there(sensor.heading_deg),
            osm=sensor.osm,
            detail=dict(sensor.detail),
        )
    )


def decode_sensor(topic: Topic, payload: bytes) -> tuple[Sensor, tuple[Channel, ...]]:
    """Return a sensor and its channels, as the payload on a topic introduces them.

    Raises
    ------
    TwinError
        Where the payload does not.
    """
    told: _Sensor = _decoded(_sensor, payload)
    channels = {
        one.key: Channel(
            one.key,
            topic.layer,
            one.title or one.key,
            one.unit,
            -math.inf if one.least is None else one.least,
            math.inf if one.most is None else one.most,
            one.shelf_s,
            one.between,
        )
        for one in told.channels
    }
    if any(not (channel.shelf_s > 0 and channel.key) for channel in channels.values()):
        raise TwinError(_("The message names a channel without a key, or without a shelf life."))
    lon, lat, height_m, heading_deg = (
        math.nan if number is None else number for number in (told.lon, told.lat, told.height_m, told.heading_deg)
    )
    place = (lon, lat, height_m, heading_deg)
    sensor = Sensor(topic.sensor, topic.layer, tuple(channels), told.name, *place, told.osm, told.detail)
    _no_novels(sensor.name, sensor.osm, *sensor.detail, *sensor.detail.values())
    _no_novels(*(text for channel in channels.values() for text in (channel.key, channel.title, channel.unit)))
    return sensor, tuple(channels.values())


def encode_layer(layer: Layer) -> bytes:
    """Return the payload that introduces a layer."""
    return _encode(_Layer(**{entry.name: getattr(layer, entry.name) for entry in fields(layer) if entry.name != "key"}))


def decode_layer(topic: Topic, payload: bytes) -> Layer:
    """Return a layer, as the payload on a topic introduces it.

    Raises
    ------
    TwinError
        Where the payload does not.
    """
    told: _Layer = _decoded(_layer, payload)
    words = {entry.name: getattr(told, entry.name) for entry in fields(Layer) if entry.name != "key"}
    _no_novels(*words.values())
    return Layer(topic.layer, **words | {"title": told.title or topic.layer})


def _there(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _no_novels(*texts: str) -> None:
    if any(len(text) > WORDS_MAX for text in texts):
        raise TwinError(_("The message holds a text of more than {most} letters.").format(most=WORDS_MAX))


def _decoded(decoder: msgspec.json.Decoder[Any], payload: bytes) -> Any:
    try:
        return decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise TwinError(_("The message cannot be read: {reason}.").format(reason=error)) from None
