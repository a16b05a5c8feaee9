"""What a day says about itself: which district it belongs to, whose data it is and on what terms."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twin.days.tables import SCHEMA, layer_from_json, layer_to_json
from twin.file.container import UnfitError, plain_columns
from twin.file.manifest import number, text, whole
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import sqlite3

    from twin.readings import Layer


@dataclass(frozen=True, slots=True)
class Home:
    """The district that a day belongs to, enough to find it again where the day lies by itself."""

    name: str
    lon: float
    lat: float
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Day:
    """A stretch of readings recorded together; it need not last 24 hours."""

    id: int
    title: str
    home: Home | None
    layers: tuple[Layer, ...]
    t_start: float | None  # of the first reading; None where there is none
    t_end: float | None
    readings: int
    sensors: int
    finished: bool  # False: being recorded, or its recording was cut off

    @property
    def simulated(self) -> bool:
        """Whether anything of the day was not measured by an instrument."""
        return any(layer.origin == "simulated" for layer in self.layers)

    def to_json(self) -> dict[str, Any]:
        """Return what `twin info --json` says of a day; times are ISO 8601 in UTC."""
        return {
            "date": (iso(self.t_start) or "")[:10],
            "start": iso(self.t_start),
            "end": iso(self.t_end),
            "readings": self.readings,
            "sensors": self.sensors,
            "simulated": self.simulated,
            "title": self.title,
            "district": self.home.name if self.home else None,
            "finished": self.finished,
            "layers": [layer_to_json(layer) for layer in self.layers],
        }


def iso(t: float | None) -> str | None:
    """Return a time as GeoPackage and people write it: 2024-11-12T08:15:00.000Z."""
    if t is None:
        return None
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def insert_day(database: sqlite3.Connection, title: str, home: Home | None, layers: tuple[Layer, ...]) -> int:
    """Write a new, empty day and return its number."""
    row = database.execute(
        "INSERT INTO days (title, readings, sensors, state, schema, about) VALUES (?, 0, 0, 'recording', ?, ?)",
        (title, SCHEMA, _about(home, layers)),
    )
    return int(row.lastrowid or 0)


def write_layers(database: sqlite3.Connection, day: int, home: Home | None, layers: tuple[Layer, ...]) -> None:
    """Write anew what a day says about its layers."""
    database.execute("UPDATE days SET about = ? WHERE id = ?", (_about(home, layers), day))


def _about(home: Home | None, layers: tuple[Layer, ...]) -> str:
    district = None
    if home:
        district = {"name": home.name, "lon": home.lon, "lat": home.lat, "zone": home.zone}
    told = {"district": district, "layers": [layer_to_json(layer) for layer in layers]}
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace").decode()


def lies_alone(database: sqlite3.Connection) -> bool:
    """Whether a file has days and no district."""
    return bool(plain_columns(database, "days")) and not plain_columns(database, "twin_manifest")


def days_in(database: sqlite3.Connection) -> tuple[Day, ...]:
    """Read the days of a file, in the order of their beginning.

    Raises
    ------
    TwinError
        Where a newer program wrote them.
    UnfitError
        Where what they say has been damaged.
    """
    if not plain_columns(database, "days"):
        return ()
    days = []
    rows = database.execute(
        "SELECT id, title, t_start, t_end, readings, sensors, state, schema, about FROM days LIMIT 100000"
    ).fetchall()
    for row, title, t_start, t_end, readings, sensors, state, schema, about in rows:
        if type(schema) is int and schema > SCHEMA:
            raise TwinError(_("The recorded days were made by a newer District Twin: update it."))
        try:
            told = json.loads(about)
            home = told["district"]
            if home is not None:
                home = Home(text(home["name"]), number(home["lon"]), number(home["lat"]), text(home["zone"]))
            layers = tuple(map(layer_from_json, told["layers"]))
            day = Day(
                row,
                text(title),
                home,
                layers,
                None if t_start is None else number(t_start),
                None if t_end is None else number(t_end),
                whole(readings, 2**53),
                whole(sensors, 2**31),
                state == "finished",
            )
        except (TypeError, ValueError, KeyError) as error:
            raise UnfitError(_("what it says about its days is damaged")) from error
        days.append(day if day.finished else _counted(database, day))
    return tuple(sorted(days, key=lambda day: (day.t_start is None, day.t_start or 0.0, day.id)))


def _counted(database: sqlite3.Connection, day: Day) -> Day:
    """Return a day that nobody finished with what its blocks say of it."""
    count, t_min, t_max = database.execute(
        "SELECT coalesce(sum(count), 0), min(t_min), max(t_max) FROM day_blocks WHERE day = ?", (day.id,)
    ).fetchone()
    (tail,) = database.execute("SELECT coalesce(sum(count), 0) FROM day_tail WHERE day = ?", (day.id,)).fetchone()
    if t_min is None:
        t_min, t_max = day.t_start, day.t_end
    return replace(day, t_start=t_min, t_end=t_max, readings=whole(count + tail, 2**53))
