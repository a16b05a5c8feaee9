"""The tables of an archive: readings as plain columns that any program can ask, and what belongs to them.

A day is there when its row in `twin_days` is: that row is written last, so that nobody sees half a day. Blocks are
those of the day's file. The codecs are those that were shortest on readings with decimals and even times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from twin.archive.server import Server

SCHEMA = 1
"""The version of these tables. A reader refuses what is newer than itself."""

KEYFRAME_EVERY = 8
"""Before every so many blocks stands the last reading of every slot; others are one query from it."""

_TIME = "DateTime64(6, 'UTC')"
_READING = (
    f"slot UInt32 CODEC(Delta, ZSTD(1)), t_start {_TIME} CODEC(Delta, ZSTD(1)), t_end {_TIME} CODEC(Delta, ZSTD(1)),"
    f" t_arrived {_TIME} CODEC(Delta, ZSTD(1)), value Float64 CODEC(ZSTD(1)), quality UInt8 CODEC(ZSTD(1)),"
    " lon Float64 CODEC(Delta, ZSTD(1)), lat Float64 CODEC(Delta, ZSTD(1))"
)
_ONCE = "SETTINGS non_replicated_deduplication_window = 1000"  # an answer may get lost, and its insert come again

_MAKING = (
    "CREATE TABLE IF NOT EXISTS twin_schema (schema UInt16) ENGINE = MergeTree ORDER BY schema",
    (
        "CREATE TABLE IF NOT EXISTS twin_pushes (day UInt64, digest String,"
        " begun DateTime64(3, 'UTC') DEFAULT now64(3)) ENGINE = MergeTree ORDER BY day"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_days (day UInt64, digest String, pushed DateTime64(3, 'UTC') DEFAULT now64(3),"
        " title String, district Nullable(String), lon Float64, lat Float64, zone String,"
        f" t_start Nullable({_TIME}), t_end Nullable({_TIME}), readings UInt64, blocks UInt32, sensors UInt32)"
        " ENGINE = MergeTree ORDER BY day"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_layers (day UInt64, number UInt32, key String, title String, origin String,"
        " unit String, standard String, averaging String, source String, owner String, terms String, link String)"
        " ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_channels (day UInt64, number UInt32, key String, layer String, title String,"
        " unit String, least Float64, most Float64, shelf_s Float64, between String)"
        " ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_sensors (day UInt64, number UInt32, slot UInt32, key String,"
        " layer LowCardinality(String), channels Array(LowCardinality(String)), name String, lon Float64, lat Float64,"
        " height_m Float64, heading_deg Float64, osm String, detail Map(String, String))"
        " ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_blocks (day UInt64, number UInt32, count UInt64,"
        f" t_min {_TIME}, t_max {_TIME}) ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_readings (day UInt64 CODEC(ZSTD(1)), month UInt32 CODEC(ZSTD(1)),"
        f" block UInt32 CODEC(Delta, ZSTD(1)), n UInt32 CODEC(Delta, ZSTD(1)), {_READING})"
        " ENGINE = MergeTree PARTITION BY month ORDER BY (day, block, slot, t_end, t_arrived, n)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_keyframes (day UInt64 CODEC(ZSTD(1)), month UInt32 CODEC(ZSTD(1)),"
        f" block UInt32 CODEC(Delta, ZSTD(1)), {_READING})"
        f" ENGINE = MergeTree PARTITION BY month ORDER BY (day, block, slot)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_gaps (day UInt64, number UInt32, slot UInt32,"
        f" t_start {_TIME}, t_end {_TIME}) ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_rejects (day UInt64, number UInt32, reason String, count Nullable(UInt64),"
        " sensor String, channel String, t Nullable(Float64), value String, place String)"
        " ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE TABLE IF NOT EXISTS twin_marks (day UInt64, number UInt32, t_start Float64, t_end Float64,"
        " title String, layer String) ENGINE = MergeTree ORDER BY (day, number)"
    ),
    (
        "CREATE VIEW IF NOT EXISTS twin_values AS SELECT d.district AS district, d.title AS day, s.layer AS layer,"
        " s.key AS sensor, c.key AS channel, c.unit AS unit, r.t_start AS t_start, r.t_end AS t_end, r.value AS value,"
        " r.quality AS quality, if(isNaN(r.lon), s.lon, r.lon) AS lon, if(isNaN(r.lat), s.lat, r.lat) AS lat"
        " FROM twin_readings AS r"
        " JOIN (SELECT day, key, layer, lon, lat, slot + at - 1 AS slot, channel FROM twin_sensors"
        " ARRAY JOIN channels AS channel, arrayEnumerate(channels) AS at) AS s ON s.day = r.day AND s.slot = r.slot"
        " JOIN twin_channels AS c ON c.day = r.day AND c.key = s.channel"
        " JOIN twin_days AS d ON d.day = r.day"
    ),
)
STATEMENTS = tuple(f"{one} {_ONCE}" if one.startswith("CREATE TABLE") else one for one in _MAKING)
"""What makes an archive. An administrator of a cluster may make the same tables replicated or distributed."""

OF_A_DAY = (
    "twin_readings",
    "twin_keyframes",
    "twin_blocks",
    "twin_gaps",
    "twin_rejects",
    "twin_marks",
    "twin_sensors",
    "twin_channels",
    "twin_layers",
)
"""The tables that hold what belongs to a day, beside `twin_days`."""

READING = np.dtype(
    [
        ("slot", "<u4"),
        ("t_start", "<i8"),
        ("t_end", "<i8"),
        ("t_arrived", "<i8"),
        ("value", "<f8"),
        ("quality", "u1"),
        ("lon", "<f8"),
        ("lat", "<f8"),
    ]
)
"""A reading as it travels; times in microseconds."""

READING_COLUMNS = ", ".join(READING.names or ())


def make_tables(server: Server) -> None:
    """Make what is missing of the tables, and refuse those of a newer program."""
    names = [statement.split()[5] for statement in STATEMENTS]
    found = server.rows(
        "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}",
        names=names,
    )
    if found != [(len(names),)]:  # else an administrator made them, and we may not
        for statement in STATEMENTS:
            server.do(statement)
    if not server.rows("SELECT schema FROM twin_schema LIMIT 1"):
        server.put_rows("twin_schema", ["schema"], [[SCHEMA]], "schema")
    check_tables(server)


def check_tables(server: Server) -> None:
    """Refuse the tables of a newer program, and a database without any.

    Raises
    ------
    TwinError
        Where these are not tables to read.
    """
    found = server.rows("SELECT max(schema), count() FROM twin_schema")
    schema, count = found[0]
    if not count:
        raise TwinError(
            _("There is no archive at {address} yet; `twin archive push` makes one.").format(address=server.address)
        )
    if schema > SCHEMA:
        raise TwinError(
            _("The archive at {address} was made by a newer District Twin: update it.").format(address=server.address)
        )
