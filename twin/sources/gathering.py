"""What a protocol's parser finds, as a batch of readings: units made ours, places checked, nothing told twice.

Parsers `place` sensors and `add` what these measured in the words of their protocol; `batch` makes columns of it at
once. What may be believed of a value is not decided here but where all readings are judged, in `twin.history`.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.mapping.channels import converted, known, known_layers
from twin.mapping.mapping import MISSING
from twin.mapping.places import Places
from twin.mapping.seen import Seen
from twin.model import TwinError
from twin.readings import Channel, Layer, Quality, Readings, Reason, Rejected, Rejects, Roster, Sensor
from twin.sources.polling import web_address
from twin.sources.source import Batch, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from twin.model import Bounds
    from twin.sources.source import Connection, Where

SENSORS_MAX = 20_000
_REMEMBERED = 2_000_000  # readings of which a repetition is noticed: 16 MB
_METRES_PER_DEGREE = 111_320.0
_BLANK = {word.strip().casefold() for word in MISSING}

type Value = float | int | str | bool | None
"""A measured value as protocols send them: numbers, numbers as text, words for none."""


def number(value: Any) -> float:
    """Return a number of what a payload has in the place of one, NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value) if not isinstance(value, str) or len(value) < 64 else math.nan
    except (ValueError, OverflowError):
        return math.nan


def text(value: Any, most: int = 200) -> str:
    """Return a short text of what a payload has in the place of one, "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        plain = " ".join(str(value).split())[:most]
        return plain if plain.isprintable() else "".join(filter(str.isprintable, plain))
    except ValueError:  # a whole number of thousands of digits
        return ""


def entry(value: Any, *path: str) -> Any:
    """Return what lies at the end of a path through tables of a payload, None where it leads nowhere."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def rows(value: Any, *path: str) -> list[dict[str, Any]]:
    """Return the tables in a list of a payload; what is none of them is left out."""
    found = entry(value, *path)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def around(bbox: Bounds, margin_m: float) -> Bounds:
    """Return a box of degrees widened by so many metres on each side."""
    west, south, east, north = bbox
    up = margin_m / _METRES_PER_DEGREE
    wide = up / max(0.01, math.cos(math.radians((south + north) / 2)))
    return max(-180.0, west - wide), max(-90.0, south - up), min(180.0, east + wide), min(90.0, north + up)


def layers_of(connection: Connection, keys: Iterable[str], **said: str) -> tuple[Layer, ...]:
    """Return the layers of a feed: whose data it is, and on what terms, as the connection or else the kind says.

    `said` are fields of `Layer`; the options "owner" and "terms" of the connection go before them.
    """
    usual = known_layers()
    told = {"source": connection.name, "link": web_address(connection.address).partition("?")[0]} | said
    told |= {key: value for key in ("owner", "terms") if (value := connection.option(key))}
    return tuple(
        Layer(
            key,
            usual[key].title if key in usual else told.get("title", key),
            "measured",
            averaging=told.get("averaging", ""),
            source=told["source"],
            owner=told.get("owner", ""),
            terms=told.get("terms", ""),
            link=told["link"],
        )
        for key in keys
    )


class Gathering:
    """The growing roster of one feed, and what was found since the last batch.

    Parameters
    ----------
    where
        The district. Sensors farther from its box than `margin_m` are left out, wherever it has a box.
    layers
        What stands on the panel about the data; each once there is a sensor of it.
    channels
        Those that the feed has beside the known ones.
    conditions
        "eu", "us" or "cn": the temperature to which gases in ppb and ppm are reduced.
    """

    def __init__(
        self,
        where: Where,
        layers: Iterable[Layer],
        *,
        margin_m: float,
        channels: Iterable[Channel] = (),
        conditions: str = "eu",
    ) -> None:
        self.roster = Roster()
        self.swapped = 0  # sensors whose longitude and latitude were in each other's place, and were put right
        self.outside = 0  # sensors that are left out, since they are not near the district
        self._layers = known_layers() | {layer.key: layer for layer in layers}
        self._box = None if where.bbox is None else around(where.bbox, margin_m)
        self._places = Places(where.home)
        self._channels = known() | {channel.key: channel for channel in channels}
        self._conditions = conditions
        self._sensors: dict[str, Sensor | None] = {}  # as placed; None: not to be taken
        self._declared: dict[str, dict[str, None]] = {}
        self._row: dict[tuple[str, str], int] = {}  # of a sensor's channel: the sensor that has it in the roster
        self._seen = Seen(_REMEMBERED)
        self._rejects = Rejects()
        self._found: list[tuple[str, str, str, float, float, float, int, float, float]] = []

    def knows(self, sensor: str) -> bool:
        """Whether a sensor was placed, or left out, before."""
        return sensor in self._sensors

    def place(
        self,
        key: str,
        *,
        lon: Any = math.nan,
        lat: Any = math.nan,
        moving: bool = False,
        layer: str = "",
        name: str = "",
        heading_deg: float = math.nan,
        height_m: float = math.nan,
        channels: Iterable[str] = (),
        detail: Mapping[str, str] | None = None,
    ) -> bool:
        """Say where a sensor stands, the first time that it is met. Returns whether it is taken.

        One that stands nowhere on earth is refused, once; one far from the district is left out. Longitude and
        latitude in each other's place are put right where that is certain.
        """
        if key in self._sensors:
            return self._sensors[key] is not None
        if not key:
            return False
        if len(self._sensors) >= SENSORS_MAX * 10 or len(self.roster.sensors) >= SENSORS_MAX:
            raise Trouble(
                _("There are more than {most} sensors: ask for less, or look whether the address is right.").format(
                    most=SENSORS_MAX
                ),
                grave=True,
            )
        lonlat = (math.nan, math.nan)
        if not moving:
            lonlat = self._placed(number(lon), number(lat))
            if math.isnan(lonlat[0]):
                self._sensors[key] = None
                self.refuse(Reason.IMPOSSIBLE_PLACE, key, value=f"{text(lon, 20)} {text(lat, 20)}".strip())
                return False
            if not self.near(*lonlat):
                self._sensors[key] = None
                self.outside += 1
                return False
        self._sensors[key] = Sensor(
            key, layer, (), name[:200] or key, *lonlat, height_m, heading_deg, detail=dict(detail or {})
        )
        self._declared[key] = dict.fromkeys(channel for channel in channels if channel in self._channels)
        return True

    def near(self, lon: float, lat: float) -> bool:
        """Whether a place is in the district's box or near it; any is where there is no box."""
        if self._box is None:
            return True
        west, south, east, north = self._box
        return west <= lon <= east and south <= lat <= north

    def add(
        self,
        sensor: str,
        channel: str,
        value: Value,
        t_end: float,
        *,
        t_start: float = math.nan,
        unit: str = "",
        quality: Quality = Quality.GOOD,
        lon: float = math.nan,
        lat: float = math.nan,
    ) -> None:
        """Take what a sensor measured, in any unit that the channel can be given in; words for no value are none.

        Of an unknown sensor or channel nothing is taken.
        """
        if self._sensors.get(sensor) is None or channel not in self._channels:
            return
        measured = number(value)
        if math.isnan(measured):
            if isinstance(value, str) and value.strip().casefold() not in _BLANK:
                self.refuse(Reason.NOT_A_NUMBER, sensor, channel, t_end, value)
            return
        t_start = t_end if math.isnan(t_start) else t_start
        self._found.append((sensor, channel, unit, t_start, t_end, measured, int(quality), lon, lat))

    def refuse(
        self,
        reason: Reason,
        sensor: str = "",
        channel: str = "",
        t: float = math.nan,
        value: Value = "",
        where: str = "",
    ) -> None:
        """Count what cannot be taken."""
        self._rejects += Rejects.of(reason, [Rejected(reason, sensor, channel, t, text(value, 80), where)])

    def batch(self) -> Batch:
        """Return all that is new since the last time."""
        found, self._found = self._found, []
        readings = self._readings(found) if found else None
        rejects, self._rejects = self._rejects, Rejects()
        return Batch(rejects=rejects) if readings is None else Batch(readings, rejects)

    def _placed(self, lon: float, lat: float) -> tuple[float, float]:
        swapped = self._places.swapped
        found = self._places.checked(np.array([[lon, lat]]), "wgs84")[0]
        self.swapped += self._places.swapped - swapped
        return float(found[0]), float(found[1])

    def _readings(self, found: list[tuple[str, str, str, float, float, float, int, float, float]]) -> Readings | None:
        sensors, channels, units, *numbers = zip(*found, strict=True)
        t_start, t_end, value, quality, lon, lat = (np.array(column, np.float64) for column in numbers)
        good = self._convert(sensors, channels, units, t_end, value)
        self._meet({(sensors[row], channels[row]): None for row in np.flatnonzero(good).tolist()})
        if not good.any():
            return None
        rows = self.roster.channel_rows
        sensor = np.array([self._row.get(pair, -1) for pair in zip(sensors, channels, strict=True)], np.float64)
        channel = np.array([rows.get(key, -1) for key in channels], np.float64)
        moved = ~np.isnan(lon) | ~np.isnan(lat)
        if moved.any():
            lonlat = self._places.checked(np.column_stack([lon, lat])[moved], "wgs84")
            lon[moved], lat[moved] = np.where(np.isnan(lonlat), np.inf, lonlat).T  # no place: for the judge to refuse
            good[moved] &= [self.near(*pair) or pair[0] == np.inf for pair in lonlat_pairs(lon[moved], lat[moved])]
        good[good] &= ~self._seen.add([column[good] for column in (sensor, channel, t_start, t_end, value, lon, lat)])
        if not good.any():
            return None
        return Readings.of(
            sensor[good], channel[good], t_end[good], value[good], t_start=t_start[good], t_arrived=time.time(),
            quality=quality[good], lon=lon[good], lat=lat[good],
        )  # fmt: skip

    def _convert(
        self,
        sensors: tuple[str, ...],
        channels: tuple[str, ...],
        units: tuple[str, ...],
        t_end: NDArray[np.float64],
        value: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Bring values into the units of their channels, in place; return for which that was possible."""
        good = np.ones(len(value), bool)
        groups: dict[tuple[str, str], list[int]] = {}
        for row, pair in enumerate(zip(channels, units, strict=True)):
            groups.setdefault(pair, []).append(row)
        for (key, unit), mine in groups.items():
            try:
                value[mine] = converted(value[mine], self._channels[key], unit, conditions=self._conditions)
            except TwinError:
                good[mine] = False
                for row in mine:
                    shown = f"{value[row]:g} {unit}"
                    self.refuse(Reason.UNREADABLE, sensors[row], key, float(t_end[row]), shown)
        return good

    def _meet(self, pairs: Mapping[tuple[str, str], None]) -> None:
        """Give new sensors and channels their rows.

        A sensor in the roster keeps its channels, since slots keep their numbers; for what it begins to measure
        later, another one stands at its place.
        """
        new: dict[str, dict[str, None]] = {}
        for sensor, channel in pairs:
            if (sensor, channel) not in self._row:
                new.setdefault(sensor, {})[channel] = None
        if not new:
            return
        grown: list[Sensor] = []
        met = {sensor for sensor, _channel in self._row}
        for key, channels in new.items():
            placed = self._sensors[key]
            assert placed is not None  # noqa: S101  (only of those that were taken are there readings)
            later = key in met
            mine = tuple(channels) if later else tuple(channels | self._declared[key])
            row = len(self.roster.sensors) + len(grown)
            layer = placed.layer or self._channels[mine[0]].layer
            shown = f"{key} ({', '.join(mine)})" if later else key
            grown.append(Sensor(
                shown, layer, mine, placed.name, placed.lon, placed.lat, placed.height_m, placed.heading_deg,
                detail=placed.detail,
            ))  # fmt: skip
            self._row |= {(key, channel): row for channel in mine}
        needed = [self._channels[channel] for channel in dict.fromkeys(c for one in grown for c in one.channels)]
        layers = [self._layers.get(c.layer) or Layer(c.layer, c.layer, "measured") for c in needed]
        self.roster = self.roster.grown(sensors=grown, channels=needed, layers=layers)


def lonlat_pairs(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return places as pairs of plain numbers."""
    return list(zip(lon.tolist(), lat.tolist(), strict=True))
