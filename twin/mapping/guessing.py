"""What the columns of a table probably mean, by their names and by what is in them, and why."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import twin
from twin.language import _
from twin.mapping import times
from twin.mapping.cells import joined, numbers_of
from twin.mapping.channels import known, known_layers, units_of
from twin.mapping.mapping import Long, Mapping, Measured, PlaceColumns, SensorColumns, TimeColumns, read_mapping
from twin.mapping.tables import Form, Table, Words, open_table
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMES = (
    "timestamp",
    "datetime",
    "date time",
    "time",
    "zeit",
    "zeitpunkt",
    "zeitstempel",
    "datum zeit",
    "时间",
    "date utc",
)
_DATES = ("date", "day", "datum", "tag", "日期")
_HOURS = ("hour", "stunde", "uhrzeit", "小时", "time of day", "clock")
_YMDH = (("year", "jahr", "年"), ("month", "monat", "月"), ("day", "tag", "日"), ("hour", "stunde", "时"))
_SENSORS = (
    "sensor id", "sensorid", "detectorid", "detector id", "detector", "detid 15", "station id", "stationid", "station",
    "station code", "site id", "site", "sensor", "mq name", "device id", "device",
    "location id", "locationid", "aid id number",
    "id", "vehicle", "name", "location", "站点", "监测点", "编号",
)  # fmt: skip
_NAMES = (
    "name",
    "sensor name",
    "station name",
    "road en",
    "road",
    "street",
    "strasse",
    "straße",
    "location name",
    "站名",
)
_LONS = ("lon", "longitude", "lng", "long", "lon wgs84", "laengengrad", "längengrad", "x", "经度")
_LATS = ("lat", "latitude", "lat wgs84", "breitengrad", "y", "纬度")
_HEADINGS = ("heading", "direction", "richtung", "bearing", "rotation", "方向")
_PARAMETERS = ("parameter", "pollutant", "component", "channel", "measurand", "observed property", "variable", "污染物")
_VALUES = ("value", "wert", "result", "messwert", "measurement", "数值")
_UNITS = ("unit", "units", "einheit", "单位")
_CHANNELS: dict[str, tuple[str, ...]] = {
    "flow": (
        "flow",
        "volume",
        "intensity",
        "count",
        "vehicles",
        "q kfz",
        "q kfz mq hr",
        "total volume",
        "流量",
        "verkehrsstaerke",
    ),
    "speed": ("speed", "average speed", "avg speed", "mean speed", "v kfz", "v kfz mq hr", "geschwindigkeit", "速度"),
    "occupancy": ("occupancy", "occ", "belegung", "占有率"),
    "pm25": ("pm2.5", "pm25", "pm2 5", "pm2 5 ug m3", "p2"),
    "pm10": ("pm10", "pm 10", "p1"),
    "no2": ("no2", "nitrogen dioxide", "stickstoffdioxid"),
    "o3": ("o3", "ozone", "ozon"),
    "so2": ("so2", "sulphur dioxide", "sulfur dioxide"),
    "co": ("co", "carbon monoxide"),
    "ss_rsrp": ("ss rsrp", "rsrp", "nr ss rsrp"),
    "ss_sinr": ("ss sinr", "sinr", "nr ss sinr"),
    "throughput": ("throughput", "download", "dl throughput", "download mbps", "avg d kbps"),
    "temperature": ("temperature", "temp", "temperatur", "气温"),
    "humidity": ("humidity", "relative humidity", "rh", "湿度"),
    "pressure": ("pressure", "pres", "luftdruck", "气压"),
    "wind_speed": ("wind speed", "wspm", "windgeschwindigkeit", "风速"),
}
_FORMATS = (
    "%Y-%m-%d %H", "%Y%m%d %H", "%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d-%m-%Y %H:%M",
    "%Y %m %d %H", "%Y %m %d %H %M", "%Y年%m月%d日 %H:%M", "%Y.%m.%d %H:%M", "%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d",
)  # fmt: skip
_UNIT_IN_NAME = re.compile(r"[\[(]([^\])]+)[\])]\s*$")
_USUAL_S = (10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 10_800, 28_800, 86_400)


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping to begin with, and a sentence for each thing that was found out."""

    mapping: Mapping
    reasons: tuple[str, ...] = ()


def guess(path: Path, kept: Path | None = None) -> Guess:
    """Return what the columns of a table probably mean.

    Parameters
    ----------
    path
        A table.
    kept
        A folder of mappings by the names of their columns; one that fits is taken as it is.

    Raises
    ------
    TwinError
        Where the table cannot be read.
    """
    table = open_table(path)
    for file in [kept / f"{signature(table.columns)}.toml"] if kept else []:
        if file.is_file():
            try:
                mapping = read_mapping(file)
                mapping.check(table.columns)
            except TwinError:
                continue
            return Guess(mapping, (_("As you did the last time for a table with these columns."),))
    for name, mapping in presets().items():
        if set(mapping.needed()) <= set(table.columns):
            told = _("It has the columns of {title}.").format(title=mapping.title or name)
            return Guess(replace(mapping, form=Form()), (told,))
    return _Guesser(table).guess()


def presets() -> dict[str, Mapping]:
    """Return the mappings that come with the program, by name."""
    folder = Path(twin.__file__).parent.parent / "assets" / "mappings"
    return {file.stem: read_mapping(file) for file in sorted(folder.glob("*.toml"))}


def mapping_of(word: str) -> Mapping:
    """Return the mapping that somebody names: a file, or one that comes with the program.

    Raises
    ------
    TwinError
        Where there is none.
    """
    path = Path(word)
    ours = presets()
    if path.suffix or path.exists() or word not in ours:
        if not path.exists():
            raise TwinError(
                _("There is no mapping {word}. Name a file, or one of {known}.").format(
                    word=word, known=", ".join(ours)
                )
            )
        return read_mapping(path)
    return ours[word]


def signature(columns: tuple[str, ...]) -> str:
    """Return what tables with the same columns have in common, short enough for a file's name."""
    return hashlib.sha256("\x1f".join(columns).encode()).hexdigest()[:16]


def guess_positions(table: Table) -> PlaceColumns:
    """Return which columns of a table of positions are what, by their names."""
    plain = {_plain(name): name for name in reversed(table.columns)}

    def first(words: tuple[str, ...]) -> str:
        return next((plain[word] for word in words if word in plain), "")

    key, name = first(tuple(word for word in _SENSORS if word != "name")), first(_NAMES)
    return PlaceColumns(first(_LONS), first(_LATS), first(("rotation", *_HEADINGS)), key=key, name=name)


def _plain(name: str) -> str:
    """Return a column's name without the accidents of writing: "q_kfz_mq_hr" is "q kfz mq hr"."""
    name = _UNIT_IN_NAME.sub("", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[_\-/\s]+", " ", name).lower().split())


class _Guesser:
    def __init__(self, table: Table) -> None:
        self._table = table
        self._head = table.head()
        self._plain = {name: _plain(name) for name in table.columns}
        self._reasons: list[str] = []
        self._used: set[str] = set()

    def guess(self) -> Guess:
        time = self._time()
        place = self._place()
        long, measured = self._long()
        if not long.value:
            measured = self._wide()
        sensor = self._sensor()
        time = self._interval(time, sensor)
        place = self._moving(place, sensor)
        layers = tuple(
            known_layers()[key] for key in dict.fromkeys(m.channel.layer for m in measured) if key in known_layers()
        )
        return Guess(
            Mapping(time=time, sensor=sensor, place=place, long=long, measured=measured, layers=layers),
            tuple(self._reasons),
        )

    def _say(self, sentence: str, **about: object) -> None:
        self._reasons.append(sentence.format(**about))

    def _named(self, *words: str) -> Iterator[str]:
        """Yield the columns that are called so, the likeliest first."""
        for word in words:
            for name, plain in self._plain.items():
                if plain == word and name not in self._used:
                    yield name

    def _first(self, words: tuple[str, ...]) -> str:
        return next(self._named(*words), "")

    def _column(self, *names: str) -> Words:
        if not len(self._head):
            return Words(np.zeros(0, np.int64), ())
        return joined([self._head.columns[name] for name in names])

    # when

    def _time(self) -> TimeColumns:
        candidates: list[tuple[str, ...]] = [(name,) for name in self._named(*_TIMES)]
        parts = [self._first(words) for words in _YMDH]
        if all(parts):
            candidates.insert(0, tuple(parts))
        date, hour = self._first(_DATES), self._first((*_HOURS, "time", "zeit"))
        if date and hour and date != hour:
            candidates.insert(0, (date, hour))
        candidates += [
            (name,) for name, plain in self._plain.items() if "time" in plain or "date" in plain or "zeit" in plain
        ]
        candidates += [(name,) for name in self._table.columns]
        for columns in dict.fromkeys(candidates):
            words = self._column(*columns).words
            if not words:
                continue
            format_ = self._format(words)
            if format_ and not (len(columns) == 1 and format_.startswith("epoch") and not self._like_time(columns[0])):
                self._used.update(columns)
                self._say(_("Time: {columns}, written as {format}."), columns=", ".join(columns), format=format_)
                zone = TimeColumns().zone
                if format_.startswith("epoch") or bool(times.parsed(words[:1], format_)[1][0]):
                    self._say(_("The times tell their own zone."))
                elif any("utc" in self._plain[name].split() or "gmt" in self._plain[name].split() for name in columns):
                    zone = "UTC"
                    self._say(_("The times are UTC, as the column's name says."))
                else:
                    self._say(_("The times tell no zone: they are taken as the district's local time."))
                return TimeColumns(columns, format_, zone)
        self._say(_("No column looks like a time."))
        return TimeColumns()

    def _like_time(self, name: str) -> bool:
        return any(word in self._plain[name] for word in ("time", "date", "zeit", "时间", "epoch", "stamp"))

    def _format(self, words: tuple[str, ...]) -> str:
        """Return how most of these texts tell a time, "" where they tell none."""
        some = [word.strip() for word in words[:100] if word.strip()]
        if not some:
            return ""
        if all(re.fullmatch(r"\d{9,11}(\.\d+)?", word) for word in some):
            return "epoch_s"
        if all(re.fullmatch(r"\d{13}", word) for word in some):
            return "epoch_ms"
        if all(re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:?\d\d", word) for word in some):
            return "iso"
        best, most = "", 0.9 * len(some)
        for format_ in _FORMATS:
            digits = re.sub(r"\D", "", some[0])
            if "%" in format_ and not re.search(r"[^%\w]", format_) and len(digits) < 10:
                continue
            found, _aware = times.parsed(some, format_)
            count = int(np.count_nonzero(np.isfinite(found)))
            if count > most or (count == most and not best):
                best, most = format_, count
        return best

    # where

    def _place(self) -> PlaceColumns:
        lon, lat = self._first(_LONS), self._first(_LATS)
        if not (lon and lat):
            heading = self._first(_HEADINGS)
            return PlaceColumns(heading=heading)
        self._used.update((lon, lat))
        heading = self._first(_HEADINGS)
        self._say(_("Place: {lon} and {lat}, degrees in WGS 84."), lon=lon, lat=lat)
        return PlaceColumns(lon, lat, heading)

    def _moving(self, place: PlaceColumns, sensor: SensorColumns) -> PlaceColumns:
        if not place.lon or not len(self._head):
            return place
        lonlat = np.column_stack([numbers_of(self._head.columns[name]) for name in (place.lon, place.lat)])
        keys = self._column(*sensor.columns).code if sensor.columns else np.zeros(len(self._head))
        spots = np.unique(np.column_stack([keys, lonlat]), axis=0)
        if len(spots) > 3 * len(np.unique(keys)) + 2:
            self._say(_("The place changes from row to row: the sensors move."))
            return replace(place, moving=True)
        return place

    # who

    def _sensor(self) -> SensorColumns:
        key = self._first(_SENSORS)
        if not key:
            said = [
                name for name, plain in self._plain.items() if name not in self._used and plain.endswith(("id", "name"))
            ]
            key = said[0] if said else ""
        if not key:
            self._say(_("No column names the sensor: the file is taken as one, by its name."))
            return SensorColumns(one="file")
        self._used.add(key)
        lanes = [
            name
            for name, plain in self._plain.items()
            if plain in {"lane", "lane type", "lane id", "fahrstreifen", "车道"}
        ]
        name = self._first(_NAMES)
        columns = (key, *lanes[:1])
        self._say(_("Sensor: {columns}."), columns=", ".join(columns))
        names = tuple(filter(None, (name, *(lanes[:1] if name else []))))
        return SensorColumns(columns, name=names)

    # what

    def _channel_of(self, word: str) -> str:
        plain = _plain(word)
        for key, words in _CHANNELS.items():
            if plain in words or plain.replace(" ", "") in words:
                return key
        for key, words in _CHANNELS.items():
            first = re.match(r"[a-z0-9.]+", plain)
            if first and first[0] in words and len(first[0]) > 2:
                return key
            if any(len(w) > 4 and w in plain for w in words):
                return key
        return ""

    def _wide(self) -> tuple[Measured, ...]:
        found: dict[str, Measured] = {}
        for name in self._table.columns:
            key = self._channel_of(name)
            if not key or key in found or name in self._used or not len(self._head):
                continue
            if np.isfinite(numbers_of(self._head.columns[name])).mean() < 0.2:
                continue
            self._used.add(name)
            found[key] = measured = Measured(name, known()[key], self._unit(name, key))
            unit = measured.unit or measured.channel.unit
            self._say(_("{column} is {channel} in {unit}."), column=name, channel=measured.channel.title, unit=unit)
        if not found:
            self._say(_("No column looks like a value that the program knows."))
        return tuple(found.values())

    def _unit(self, name: str, key: str) -> str:
        told = _UNIT_IN_NAME.search(name)
        units = {unit.lower().replace("µ", "u"): unit for unit in units_of(known()[key])}
        unit = units.get(told[1].strip().lower().replace("µ", "u").replace("μ", "u"), "") if told else ""
        if not unit:
            words = name.lower().split("_")
            unit = next((units[word] for word in words if word in units and word != "1"), "")
        return unit if unit != known()[key].unit else ""

    def _long(self) -> tuple[Long, tuple[Measured, ...]]:
        parameter, value, unit = (self._first(words) for words in (_PARAMETERS, _VALUES, _UNITS))
        if not parameter or not value:
            return Long(), ()
        measured: dict[str, Measured] = {}
        for word in self._column(parameter).words:
            key = self._channel_of(word)
            if key and key not in measured:
                measured[key] = Measured(word, known()[key])
        if not measured:
            return Long(), ()
        self._used.update(filter(None, (parameter, value, unit)))
        self._say(_("A row a value: {parameter} says what, {value} how much."), parameter=parameter, value=value)
        return Long(parameter, value, unit), tuple(measured.values())

    def _interval(self, time: TimeColumns, sensor: SensorColumns) -> TimeColumns:
        """Return the time with what most rows of a sensor are apart, where that is something usual."""
        if not time.columns or not len(self._head):
            return time
        words = self._column(*time.columns)
        seconds = times.parsed(words.words, time.format)[0][words.code]
        keys = self._column(*sensor.columns).code if sensor.columns else np.zeros(len(self._head))
        order = np.lexsort((seconds, keys))
        apart = np.diff(seconds[order])[np.diff(keys[order]) == 0]
        apart = apart[apart > 0]
        if not len(apart):  # a sensor a row: how far apart are the times at all
            apart = np.diff(np.unique(seconds[np.isfinite(seconds)]))
        if len(apart) < 1:
            return time
        usual = float(np.median(apart))
        if usual in _USUAL_S and usual >= 60:
            self._say(
                _("A sensor tells every {seconds:.0f} s: values are taken as means over that, from the time told."),
                seconds=usual,
            )
            return replace(time, interval_s=usual)
        return time
