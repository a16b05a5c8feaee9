"""The tables of a file that hold days: who measured, the blocks of readings, and what others can read as it is.

`sensors` is a feature layer in WGS 84, `day_hourly` a plain table of hourly means, and `sensor_hours` a layer that
joins the two, so that any GIS shows values over the map. Readings themselves are in `day_blocks`, packed.
"""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any

from twin.file.container import UnfitError, plain_columns, register
from twin.file.manifest import number, text
from twin.language import _
from twin.readings import Channel, Layer, Roster, Sensor

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

SCHEMA = 1
"""The version of these tables. A reader refuses what is newer than itself."""

_TABLES: Mapping[str, tuple[str, str]] = {
    "days": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, title TEXT NOT NULL, begins DATETIME, ends DATETIME,"
            " t_start DOUBLE, t_end DOUBLE, readings INTEGER NOT NULL, sensors INTEGER NOT NULL, state TEXT NOT NULL,"
            " schema INTEGER NOT NULL, about TEXT NOT NULL"
        ),
        "Recorded days, with owner, sharing terms and standards of each layer as JSON",
    ),
    "day_channels": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL,"
            " title TEXT NOT NULL, unit TEXT NOT NULL,"
            " least DOUBLE, most DOUBLE, shelf_s DOUBLE NOT NULL, kind TEXT NOT NULL"
        ),
        "What is measured, in which unit, and what may be believed of it",
    ),
    "day_slots": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, slot INTEGER NOT NULL,"
            " sensor INTEGER NOT NULL, channel INTEGER, UNIQUE (day, slot)"
        ),
        "The channels of each sensor, numbered as the blocks of a day number them",
    ),
    "day_blocks": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, number INTEGER NOT NULL,"
            " count INTEGER NOT NULL, t_min DOUBLE NOT NULL, t_max DOUBLE NOT NULL, reached DOUBLE,"
            " keyframe BLOB NOT NULL, readings BLOB NOT NULL, UNIQUE (day, number)"
        ),
        "Readings as packed columns, before them the last value of every sensor",
    ),
    "day_tail": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, count INTEGER NOT NULL,"
            " readings BLOB NOT NULL"
        ),
        "Readings that wait for their block to be full",
    ),
    "day_gaps": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, sensor INTEGER NOT NULL,"
            " channel INTEGER NOT NULL, t_start DOUBLE NOT NULL, t_end DOUBLE NOT NULL"
        ),
        "Where sensors had no data",
    ),
    "day_rejects": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, reason TEXT NOT NULL, count INTEGER,"
            " sensor TEXT, channel TEXT, t DOUBLE, value TEXT, place TEXT"
        ),
        "What was not taken: how many by reason, and examples of them",
    ),
    "day_marks": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, t_start DOUBLE NOT NULL,"
            " t_end DOUBLE NOT NULL, title TEXT NOT NULL, layer TEXT NOT NULL"
        ),
        "What happened, from when to when",
    ),
    "day_hourly": (
        (
            "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, day INTEGER NOT NULL, sensor INTEGER NOT NULL,"
            " channel INTEGER NOT NULL, hour DATETIME NOT NULL, count INTEGER NOT NULL, mean DOUBLE, least DOUBLE,"
            " most DOUBLE, UNIQUE (day, sensor, channel, hour)"
        ),
        "Hourly means of every sensor, UTC",
    ),
}
_SENSORS = (
    "CREATE TABLE sensors (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT, key TEXT NOT NULL,"
    " name TEXT NOT NULL, layer TEXT NOT NULL, height_m DOUBLE, heading_deg DOUBLE, osm TEXT NOT NULL,"
    " detail TEXT NOT NULL)"
)
_HOURS = (
    "CREATE VIEW sensor_hours AS SELECT h.id AS OGC_FID, s.geom AS geom, s.key AS sensor, s.name AS name,"
    " c.title AS channel, c.unit AS unit, d.title AS day, h.hour AS hour, h.count AS readings, h.mean AS mean,"
    " h.least AS least, h.most AS most FROM day_hourly h JOIN sensors s ON s.fid = h.sensor"
    " JOIN day_channels c ON c.id = h.channel JOIN days d ON d.id = h.day"
)
_POINT = struct.Struct("<2sBBiBIdd")  # the GeoPackage header of a point in WGS 84, and its WKB
_ROWS_LIMIT = 5_000_000


def create_tables(database: sqlite3.Connection) -> None:
    """Make the tables for days in a GeoPackage that has none yet."""
    if plain_columns(database, "days"):
        return
    for table, (columns, description) in _TABLES.items():
        database.execute(f"CREATE TABLE {table} ({columns})")
        register(database, table, description)
    database.execute("CREATE INDEX day_gaps_in_time ON day_gaps (day, t_start)")
    database.execute("CREATE INDEX day_tail_of_day ON day_tail (day)")
    database.execute(_SENSORS)
    database.execute(_HOURS)
    for layer in ("sensors", "sensor_hours"):
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id)"
            " VALUES (?, 'features', ?, '', 4326)",
            (layer, layer),
        )
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4326, 0, 0)", (layer,))
    for table, column in (("day_blocks", "keyframe"), ("day_blocks", "readings"), ("day_tail", "readings")):
        database.execute(
            "INSERT INTO gpkg_extensions VALUES (?, ?, 'district_twin_readings', ?, 'write-only')",
            (table, column, "Columns of numbers, packed. See ARCHITECTURE.md in the source of District Twin."),
        )


def _blob(sensor: Sensor) -> bytes | None:
    if math.isnan(sensor.lon) or math.isnan(sensor.lat):
        return None
    return _POINT.pack(b"GP", 0, 1, 4326, 1, 1, sensor.lon, sensor.lat)


def _real(value: float) -> float | None:
    return value if math.isfinite(value) else None


def add_to_roster(database: sqlite3.Connection, day: int, roster: Roster, *, sensors: int = 0) -> None:
    """Write the sensors of a roster behind the first so many, which the day has already, and their channels.

    A sensor or channel that is in the file with the very same properties is not written again.
    """
    channels = [_channel_row(database, channel) for channel in roster.channels]
    (slot,) = database.execute(
        "SELECT count(*) FROM day_slots WHERE day = ? AND channel IS NOT NULL", (day,)
    ).fetchone()
    known = {row[1:]: row[0] for row in database.execute(f"SELECT {_SENSOR_COLUMNS} FROM sensors")}  # noqa: S608
    for sensor in roster.sensors[sensors:]:
        row = (
            _blob(sensor),
            sensor.key,
            sensor.name,
            sensor.layer,
            _real(sensor.height_m),
            _real(sensor.heading_deg),
            sensor.osm,
            json.dumps(dict(sensor.detail), ensure_ascii=False, sort_keys=True),
        )
        if row not in known:
            found = database.execute(
                f"INSERT INTO sensors ({_SENSOR_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                row,
            )
            known[row] = int(found.lastrowid or 0)
        places: list[tuple[int, int | None]] = [
            (slot + i, channels[roster.channel_rows[key]]) for i, key in enumerate(sensor.channels)
        ]
        slot += len(places)
        # A sensor that measures nothing has a row of its own, below all slots.
        places = places or [(-1 - known[row], None)]
        database.executemany(
            "INSERT INTO day_slots (day, slot, sensor, channel) VALUES (?, ?, ?, ?)",
            [(day, number, known[row], channel) for number, channel in places],
        )
    database.execute(
        "UPDATE gpkg_contents SET min_x = w, min_y = s, max_x = e, max_y = n FROM"
        " (SELECT ? AS w, ? AS s, ? AS e, ? AS n) WHERE table_name IN ('sensors', 'sensor_hours')",
        _bounds(roster),
    )
    database.execute("UPDATE days SET sensors = ? WHERE id = ?", (len(roster.sensors), day))


_SENSOR_COLUMNS = "fid, geom, key, name, layer, height_m, heading_deg, osm, detail"


def _bounds(roster: Roster) -> tuple[float | None, ...]:
    placed = [(s.lon, s.lat) for s in roster.sensors if not math.isnan(s.lon)]
    if not placed:
        return (None,) * 4
    lons, lats = zip(*placed, strict=True)
    return min(lons), min(lats), max(lons), max(lats)


def _channel_row(database: sqlite3.Connection, channel: Channel) -> int:
    row = (
        channel.key,
        channel.layer,
        channel.title,
        channel.unit,
        _real(channel.least),
        _real(channel.most),
        channel.shelf_s,
        channel.between,
    )
    found = database.execute(
        "SELECT id FROM day_channels WHERE key IS ? AND layer IS ? AND title IS ? AND unit IS ? AND least IS ?"
        " AND most IS ? AND shelf_s IS ? AND kind IS ?",
        row,
    ).fetchone()
    if found:
        return int(found[0])
    made = database.execute(
        "INSERT INTO day_channels (key, layer, title, unit, least, most, shelf_s, kind)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )
    return int(made.lastrowid or 0)


def read_roster(database: sqlite3.Connection, day: int, layers: Iterable[Layer]) -> Roster:
    """Read who measured what on a day.

    Raises
    ------
    UnfitError
        Where the tables contradict one another.
    """
    rows = database.execute(
        "SELECT slot, sensor, channel FROM day_slots WHERE day = ? ORDER BY id LIMIT ?", (day, _ROWS_LIMIT)
    ).fetchall()
    sensors = dict.fromkeys(sensor for _slot, sensor, _channel in rows)
    channels = dict.fromkeys(channel for _slot, _sensor, channel in rows if channel is not None)
    keys = {row: _channel(database, row) for row in channels}
    measured: dict[int, list[str]] = {sensor: [] for sensor in sensors}
    for expected, (slot, sensor, channel) in enumerate(row for row in rows if row[2] is not None):
        if slot != expected:
            raise UnfitError(_("its list of sensors is damaged"))
        measured[sensor].append(keys[channel].key)
    found = [_sensor(database, row, tuple(measured[row])) for row in sensors]
    roster = Roster(tuple(found), tuple(keys.values()), tuple(layers))
    order = {row: number for number, row in enumerate(sensors)}
    if roster.slot_sensor.tolist() != [order[sensor] for _slot, sensor, channel in rows if channel is not None]:
        raise UnfitError(_("its list of sensors is damaged"))
    return roster


def _channel(database: sqlite3.Connection, row: int) -> Channel:
    found = database.execute(
        "SELECT key, layer, title, unit, least, most, shelf_s, kind FROM day_channels WHERE id = ?", (row,)
    ).fetchone()
    if not found or found[-1] not in {"hold", "linear", "none"}:
        raise UnfitError(_("its list of channels is damaged"))
    key, layer, title, unit, least, most, shelf_s, between = found
    return Channel(
        text(key),
        text(layer),
        text(title),
        text(unit),
        -math.inf if least is None else number(least),
        math.inf if most is None else number(most),
        number(shelf_s),
        between,
    )


def _sensor(database: sqlite3.Connection, row: int, channels: tuple[str, ...]) -> Sensor:
    found = database.execute(f"SELECT {_SENSOR_COLUMNS} FROM sensors WHERE fid = ?", (row,)).fetchone()  # noqa: S608
    if not found:
        raise UnfitError(_("its list of sensors is damaged"))
    _fid, blob, key, name, layer, height_m, heading_deg, osm, detail = found
    lon = lat = math.nan
    if blob is not None:
        if type(blob) is not bytes or len(blob) < 21 or not blob.startswith(b"GP\0"):
            raise UnfitError(_("its list of sensors is damaged"))
        lon, lat = struct.unpack("<dd", blob[-16:])
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            raise UnfitError(_("its list of sensors is damaged"))
    return Sensor(
        text(key),
        text(layer),
        channels,
        text(name),
        lon,
        lat,
        math.nan if height_m is None else number(height_m),
        math.nan if heading_deg is None else number(heading_deg),
        text(osm),
        {text(k): text(v) for k, v in json.loads(detail).items()},
    )


def layer_to_json(layer: Layer) -> dict[str, str]:
    """Return a layer as a JSON object."""
    return {name: getattr(layer, name) for name in Layer.__slots__}


def layer_from_json(value: Any) -> Layer:
    """Return the layer of a JSON object."""
    told = {name: text(value[name]) for name in Layer.__slots__}
    if told["origin"] not in {"measured", "modelled", "simulated"}:
        raise ValueError(told["origin"])
    return Layer(**told)  # type: ignore[arg-type]
