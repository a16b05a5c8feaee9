"""The manifest of a `.twin` file: what the district is, where it came from, and the hashes of it all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from twin.file.container import UnfitError, plain_columns, register
from twin.language import _
from twin.model import Bounds, Frame, Source, TwinError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

SCHEMA = 1
"""The version of the file format. A reader refuses what is newer than itself."""

_SEAL = "hash"  # of all other entries but the fingerprint, which is written last
_FINGERPRINT = "fingerprint"
_BLANK_FINGERPRINT = "0" * 28


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of `twin_manifest`, and whether any program has written into the file since."""

    entries: Mapping[str, Any]
    untouched: bool

    def __getitem__(self, key: str) -> Any:
        return self.entries[key]


def write_manifest(database: sqlite3.Connection, entries: Mapping[str, Any]) -> None:
    """Write the manifest, all but the fingerprint, which waits for the very last transaction."""
    database.execute(
        "CREATE TABLE twin_manifest (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
        " key TEXT NOT NULL UNIQUE, value TEXT NOT NULL)"
    )
    register(database, "twin_manifest", "What this district is and where it came from, as JSON")
    rows = {key: _json(value) for key, value in entries.items()}
    rows[_SEAL] = json.dumps(_seal(rows))
    rows[_FINGERPRINT] = json.dumps(_BLANK_FINGERPRINT)
    database.executemany("INSERT INTO twin_manifest (key, value) VALUES (?, ?)", rows.items())


def _json(value: Any) -> str:
    """Return JSON without the lone surrogates that no file can hold: a file's name in odd bytes has them."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace").decode()


def write_fingerprint(database: sqlite3.Connection, fingerprint: str) -> None:
    """Put the fingerprint in the place that was kept for it: not a byte longer, not a page more."""
    database.execute("UPDATE twin_manifest SET value = ? WHERE key = ?", (json.dumps(fingerprint), _FINGERPRINT))


def read_manifest(database: sqlite3.Connection, file: str, fingerprint: str) -> Manifest:
    """Read the manifest of a file whose header has this fingerprint.

    Raises
    ------
    TwinError
        Where the file is a GeoPackage of somebody else, or made by a newer program.
    UnfitError
        Where the manifest has been damaged.
    """
    columns = plain_columns(database, "twin_manifest")
    if not columns and (whose := _days_of(database)) is not None:
        raise TwinError(
            _(
                "{file} holds recorded days of {district}, and no district to show them on. "
                "`twin import DISTRICT.twin {file} -o DISTRICT.twin` puts them into the district's file."
            ).format(file=file, district=whose or _("a district that it does not name"))
        )
    if not columns:
        raise TwinError(
            _(
                "{file} is a GeoPackage, but not one of District Twin. `twin fetch --osm FILE` makes a .twin of it."
            ).format(file=file)
        )
    rows = dict(database.execute("SELECT key, value FROM twin_manifest LIMIT 10000").fetchall())
    if not all(isinstance(cell, str) for row in rows.items() for cell in row):
        raise UnfitError(_("its manifest is damaged"))
    schema = _loads(rows.get("schema", "0"))
    if type(schema) is int and schema > SCHEMA:  # before the seal, whose rules may have changed by then
        raise TwinError(
            _("{file} was made by a newer District Twin (format {schema}, this one knows {known}): update it.").format(
                file=file, schema=schema, known=SCHEMA
            )
        )
    written_as = _loads(rows.pop(_FINGERPRINT, '""'))
    if _loads(rows.pop(_SEAL, '""')) != _seal(rows) or type(schema) is not int or schema < 1:
        raise UnfitError(_("its manifest is damaged"))
    return Manifest({key: _loads(value) for key, value in rows.items()}, untouched=written_as == fingerprint)


def _days_of(database: sqlite3.Connection) -> str | None:
    """Return the district that a file of days alone says it belongs to; None where there are no days."""
    if not plain_columns(database, "days"):
        return None
    row = database.execute("SELECT about FROM days ORDER BY id LIMIT 1").fetchone()
    try:
        return text(json.loads(row[0])["district"]["name"])
    except (TypeError, ValueError, LookupError):
        return ""


def _seal(rows: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(rows.items())).encode()).hexdigest()


def _loads(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise UnfitError(_("its manifest is damaged")) from ValueError(name)


# What follows turns JSON into the words of the model. A wrong type raises, and `reading` tells it.


def text(value: Any) -> str:
    """Return a JSON value that must be text."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def number(value: Any) -> float:
    """Return a JSON value that must be a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def whole(value: Any, most: int) -> int:
    """Return a JSON value that must be a whole number from 0 to `most`."""
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(value)
    return value


def texts(value: Any) -> dict[str, str]:
    """Return a JSON object that must map text to text."""
    return {key: text(item) for key, item in value.items()}


def counts(value: Any) -> dict[str, int]:
    """Return a JSON object that must map text to counts."""
    return {key: whole(item, 2**53) for key, item in value.items()}


def box(value: Any) -> Bounds:
    """Return four numbers, west, south, east, north, in this order of size."""
    west, south, east, north = (number(edge) for edge in value)
    if not (west <= east and south <= north):
        raise ValueError(value)
    return west, south, east, north


def source(value: Any) -> Source:
    """Return the `Source` of a JSON object."""
    times = {key: None if value[key] is None else number(value[key]) for key in ("retrieved", "data_time")}
    return Source(
        text(value["title"]),
        text(value["licence"]),
        text(value["credit"]),
        times["retrieved"],
        times["data_time"],
        text(value["detail"]),
    )


def from_source(source: Source) -> dict[str, Any]:
    """Return a `Source` as a JSON object."""
    return asdict(source)


def frame(value: Any) -> Frame:
    """Return the local metres that a manifest names; raises `UnfitError` where they are nowhere on earth."""
    lon, lat = number(value["lon"]), number(value["lat"])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise UnfitError(_("its origin is not a place on earth"))
    return Frame(lon, lat)
