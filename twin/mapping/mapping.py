"""What the columns of a table mean: a small file in TOML that one can read, mend and hand on."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping as MappingOf
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.mapping.channels import CONDITIONS_K, known, known_layers
from twin.mapping.china import SYSTEMS
from twin.mapping.tables import Form
from twin.model import TwinError
from twin.readings import Channel, Layer

if TYPE_CHECKING:
    from pathlib import Path

_BYTES_MAX = 4_000_000
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "--", "dataError", "2147483647", "-2147483648")
"""What tables write where there is no value."""

DISTRICT_ZONE = "district"
"""The word for the district's own time zone."""


@dataclass(frozen=True, slots=True)
class TimeColumns:
    """When a row was measured. Several columns are read with a blank between."""

    columns: tuple[str, ...] = ()
    format: str = "iso"  # or "epoch_s", "epoch_ms", "epoch_us", or as strptime has it
    zone: str = DISTRICT_ZONE  # of times that do not tell it
    interval_s: float = 0.0  # over which values are means; 0 for those of an instant
    stamp: str = "start"  # or "end": what of the interval the time is


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """Where sensors stand: in the same table, or in one of positions."""

    lon: str = ""
    lat: str = ""
    heading: str = ""  # degrees clockwise from north, or a point of the compass
    system: str = "wgs84"  # or "gcj02", "bd09"
    key: str = ""  # in a table of positions: the column with what `SensorColumns` say, or with its name
    name: str = ""
    moving: bool = False  # each row has a place of its own: vehicles, drive tests
    known: MappingOf[str, tuple[float, float]] = field(default_factory=dict)  # lon, lat of sensors by key


@dataclass(frozen=True, slots=True)
class SensorColumns:
    """Which sensor a row is of. Several columns make its key together, with a blank between."""

    columns: tuple[str, ...] = ()
    one: str = ""  # the key, where a table is of one sensor
    name: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What becomes a channel: a column, or in a long table a word in the column of channels."""

    column: str
    channel: Channel
    unit: str = ""  # in the table; empty: the channel's
    factor: float = 1.0  # by which values are multiplied before anything else
    missing: tuple[str, ...] = ()  # what stands for no value here, beside what does everywhere


@dataclass(frozen=True, slots=True)
class Long:
    """The columns of a table with a row a value; empty for one with a column a channel."""

    channel: str = ""
    value: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class QualityColumn:
    """Flags of how good a row is. What is in none of the lists is good."""

    column: str = ""
    doubtful: tuple[str, ...] = ()
    estimated: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """What the columns of a table mean."""

    title: str = ""
    records: str = ""  # of a document in JSON: the path to its list of records; see `twin.mapping.documents`
    form: Form = field(default_factory=Form)
    time: TimeColumns = field(default_factory=TimeColumns)
    sensor: SensorColumns = field(default_factory=SensorColumns)
    place: PlaceColumns = field(default_factory=PlaceColumns)
    positions: PlaceColumns = field(default_factory=PlaceColumns)
    long: Long = field(default_factory=Long)
    quality: QualityColumn = field(default_factory=QualityColumn)
    measured: tuple[Measured, ...] = ()
    missing: tuple[str, ...] = MISSING
    conditions: str = "eu"  # "us", "cn": the temperature to which gases in ppb or ppm are reduced
    layers: tuple[Layer, ...] = ()

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read, in no particular order, each once."""
        place = self.place
        named = [*self.time.columns, *self.sensor.columns, *self.sensor.name, *self.sensor.details]
        named += [place.lon, place.lat, place.heading, self.quality.column]
        named += [self.long.channel, self.long.value, self.long.unit] if self.long.value else self.value_columns()
        return tuple(dict.fromkeys(filter(None, named)))

    def value_columns(self) -> list[str]:
        """Return the columns with numbers."""
        return [self.long.value] if self.long.value else [measured.column for measured in self.measured]

    def blanks(self, column: str) -> tuple[str, ...]:
        """Return what stands for no value in a column."""
        own = [word for measured in self.measured if measured.column == column for word in measured.missing]
        return (*self.missing, *own)

    def needed(self) -> tuple[str, ...]:
        """Return the columns without which the table is not the one that is meant."""
        return self.columns()

    def layer_of(self, key: str) -> Layer:
        """Return what is said about a layer."""
        told = {layer.key: layer for layer in self.layers}
        return told.get(key) or known_layers().get(key) or Layer(key, key, "measured")

    def check(self, columns: tuple[str, ...] | None = None) -> None:
        """Refuse a mapping that cannot be meant, or does not fit a table with these columns.

        Raises
        ------
        TwinError
            One sentence.
        """
        if not self.time.columns:
            raise TwinError(_("The mapping does not say which column holds the time."))
        if not self.measured:
            raise TwinError(_("The mapping does not say which column holds a value."))
        if not self.sensor.columns and not self.sensor.one:
            raise TwinError(_("The mapping does not say which column names the sensor."))
        for place in (self.place, self.positions):
            if place.system not in SYSTEMS:
                raise TwinError(
                    _("Coordinates are in {systems}; they cannot be in {system}.").format(
                        systems=", ".join(SYSTEMS), system=place.system
                    )
                )
        if self.time.stamp not in {"start", "end"} or not 0 <= self.time.interval_s < math.inf:
            raise TwinError(_("A time is the start or the end of an interval of so many seconds; say which."))
        if self.conditions not in CONDITIONS_K:
            raise TwinError(_("Gases are reduced to conditions of eu, us or cn."))
        if columns is not None and (lost := [name for name in self.needed() if name not in columns]):
            raise TwinError(
                _("The table has no column {column}, which the mapping names. It has {columns}.").format(
                    column=lost[0], columns=", ".join(columns[:30])
                )
            )


def read_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML or JSON file.

    Raises
    ------
    TwinError
        Where it is none.
    """
    try:
        with path.open("rb") as stream:
            read = stream.read(_BYTES_MAX + 1)
        if len(read) > _BYTES_MAX:
            raise TwinError(_("{file} is no mapping: it is too large for one.").format(file=path))
        text = read.decode()
        told = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        raise TwinError(_("There is no file {file}.").format(file=path)) from None
    except OSError as error:
        raise TwinError(_("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror)) from error
    except (ValueError, RecursionError) as error:
        raise TwinError(_("{file} is no mapping: {reason}.").format(file=path, reason=error)) from error
    try:
        return from_plain(told)
    except TwinError as error:
        raise TwinError(_("{file}: {sentence}").format(file=path, sentence=error)) from error


def from_toml(text: str) -> Mapping:
    """Return the mapping of a text in TOML, as `to_toml` writes it.

    Raises
    ------
    TwinError
        Where it is none.
    """
    try:
        return from_plain(tomllib.loads(text[:_BYTES_MAX]))
    except (ValueError, RecursionError) as error:
        raise TwinError(_("This is no mapping: {reason}.").format(reason=error)) from error


def from_plain(told: Any) -> Mapping:
    """Return the mapping of tables and lists, as TOML and JSON have them."""
    parts: dict[str, type] = {
        "form": Form, "time": TimeColumns, "sensor": SensorColumns, "place": PlaceColumns,
        "positions": PlaceColumns, "long": Long, "quality": QualityColumn,
    }  # fmt: skip
    if not isinstance(told, dict):
        raise TwinError(_("A mapping consists of named entries."))
    entries: dict[str, Any] = {}
    for key, value in told.items():
        if key in parts:
            entries[key] = _filled(parts[key], value, key)
        elif key == "measured":
            entries[key] = tuple(_measured(entry) for entry in _list(value, key))
        elif key == "layers":
            entries[key] = tuple(
                _filled(Layer, {"title": entry.get("key", ""), "origin": "measured"} | entry, key)
                for entry in _list(value, key)
            )
        elif key == "missing":
            entries[key] = tuple(map(str, _listed(value, key)))
        elif key in {"title", "records", "conditions"} and isinstance(value, str):
            entries[key] = value
        else:
            raise _unknown(key)
    for layer in entries.get("layers", ()):
        if layer.origin not in {"measured", "modelled", "simulated"}:
            raise TwinError(
                _("A layer is measured, modelled or simulated; it cannot be {word}.").format(word=layer.origin)
            )
    return Mapping(**entries)


def _unknown(key: str) -> TwinError:
    return TwinError(_("A mapping has no entry {entry}.").format(entry=key))


def _listed(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list):
        raise TwinError(_("The entry {entry} must be a list.").format(entry=key))
    return value


def _list(value: Any, key: str) -> list[dict[str, Any]]:
    if not all(isinstance(entry, dict) for entry in _listed(value, key)):
        raise TwinError(_("The entry {entry} must be a list.").format(entry=key))
    return list(value)


def _filled(kind: Any, told: Any, where: str) -> Any:
    if not isinstance(told, dict):
        raise _unknown(where)
    made = {}
    usual = {entry.name: entry for entry in fields(kind)}
    for key, value in told.items():
        if key not in usual:
            raise _unknown(f"{where}.{key}")
        made[key] = _value(str(usual[key].type), value, f"{where}.{key}")
    try:
        return kind(**made)
    except TypeError:
        raise TwinError(_("The entry {entry} lacks something.").format(entry=where)) from None


def _value(kind: str, value: Any, where: str) -> Any:
    """Return a value that a field of this declared type can hold."""
    if kind.startswith("tuple") and isinstance(value, str | list):
        return (value,) if isinstance(value, str) else tuple(map(str, value))
    if kind.startswith("float") and isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number in TOML may have thousands of digits
            number = float(value)
            endless = math.isinf(number) and where.rpartition(".")[2] in _MAY_BE_ENDLESS
            if (math.isfinite(number) or endless) and (number or not where.endswith(".factor")):
                return number
    if kind.startswith("bool") and isinstance(value, bool):
        return value
    if kind.startswith("MappingOf") and isinstance(value, dict):
        try:
            return {str(key): (float(lon), float(lat)) for key, (lon, lat) in value.items()}
        except (TypeError, ValueError, OverflowError):
            pass
    elif kind in {"str", "Origin", "Between"} and isinstance(value, str):
        return value
    raise TwinError(_("The entry {entry} cannot be {value}.").format(entry=where, value=str(value)[:60]))


_MAY_BE_ENDLESS = {"least", "most", "shelf_s"}
_CHANNEL = {"layer": str, "title": str, "unit": str, "least": float, "most": float, "shelf_s": float, "between": str}


def _measured(told: dict[str, Any]) -> Measured:
    told = dict(told)
    key = str(told.pop("channel", ""))
    channel = known().get(key)
    own = {name: told.pop(f"channel_{name}") for name in _CHANNEL if f"channel_{name}" in told}
    own = {name: _value(_CHANNEL[name].__name__, value, f"measured.{name}") for name, value in own.items()}
    if channel is None:
        if not key or "layer" not in own:
            raise TwinError(
                _("The program does not know the channel {channel}: say its channel_layer and channel_unit.").format(
                    channel=key or "“”"
                )
            )
        channel = Channel(key, own["layer"], own.get("title", key), own.get("unit", ""))
    channel = replace(channel, **own)
    if channel.between not in {"hold", "linear", "none"}:
        raise TwinError(
            _("The entry {entry} cannot be {value}.").format(entry="channel_between", value=channel.between)
        )
    return _filled(_MeasuredWords, told, "measured").of(channel)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class _MeasuredWords:
    column: str = ""
    unit: str = ""
    factor: float = 1.0
    missing: tuple[str, ...] = ()

    def of(self, channel: Channel) -> Measured:
        return Measured(self.column, channel, self.unit, self.factor, self.missing)


def to_toml(mapping: Mapping) -> str:
    """Return a mapping as the text of a TOML file."""
    lines = []
    if mapping.title:
        lines.append(f"title = {_toml(mapping.title)}")
    if mapping.records:
        lines.append(f"records = {_toml(mapping.records)}")
    if mapping.missing != MISSING:
        lines.append(f"missing = {_toml(mapping.missing)}")
    if mapping.conditions != "eu":
        lines.append(f"conditions = {_toml(mapping.conditions)}")
    blank = Mapping()
    for part in ("form", "time", "sensor", "place", "positions", "long", "quality"):
        told, usual = getattr(mapping, part), getattr(blank, part)
        entries = [
            f"{entry.name} = {_toml(value)}"
            for entry in fields(told)
            if (value := getattr(told, entry.name)) != getattr(usual, entry.name)
        ]
        if entries:
            lines += ["", f"[{part}]", *entries]
    for measured in mapping.measured:
        channel, usual_channel = measured.channel, known().get(measured.channel.key)
        lines += ["", "[[measured]]", f"column = {_toml(measured.column)}", f"channel = {_toml(channel.key)}"]
        for name in ("unit", "factor", "missing"):
            if (value := getattr(measured, name)) != getattr(_MeasuredWords(), name):
                lines.append(f"{name} = {_toml(value)}")
        compared = usual_channel or Channel(channel.key, "", channel.key, "")
        lines += [
            f"channel_{name} = {_toml(value)}"
            for name in _CHANNEL
            if (value := getattr(channel, name)) != getattr(compared, name)
        ]
    for layer in mapping.layers:
        lines += ["", "[[layers]]"]
        lines += [f"{entry.name} = {_toml(value)}" for entry in fields(layer) if (value := getattr(layer, entry.name))]
    return "\n".join(lines).strip() + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | int):
        return repr(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, MappingOf):
        return "{ " + ", ".join(f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
