"""The feature tables of a district as GeoPackage layers: columns in, the very same columns out."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.file.container import LOCAL_SRS_ID, UnfitError, plain_columns, quoted
from twin.file.sound import GEOMETRIES, LATER, SIMPLE, check_geometry, check_values, checked
from twin.language import _
from twin.model import TABLES
from twin.table import Table, objects

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ROWS_LIMIT = 20_000_000

_SQL_TYPES = {"str": "TEXT", "float64": "DOUBLE", "int64": "INTEGER", "bool": "BOOLEAN"}
_PYTHON_TYPES: Mapping[str, frozenset[type]] = {
    "str": frozenset({str, type(None)}),
    "float64": frozenset({float, int, type(None)}),
    "int64": frozenset({int, type(None)}),
    "bool": frozenset({int, type(None)}),
}

DROPPED_COLUMNS: Mapping[str, str] = {"osm": "str", "kind": "str", "reason": "str"}

# The header of a GeoPackage geometry: magic, version, flags, srs, and for all but points an envelope.
_POINT_HEADER = struct.pack("<2sBBi", b"GP", 0, 0b0001, LOCAL_SRS_ID)
_ENVELOPED = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4"), ("envelope", "<f8", 4)])
_ENVELOPE_BYTES = np.array([0, 32, 48, 48, 64])


@dataclass(frozen=True, slots=True)
class Columns:
    """One table in the form that its hash is taken of: lists of text, arrays of numbers, WKB."""

    cells: Mapping[str, Sequence[str] | NDArray[Any]]
    wkb: list[bytes] | None

    def digest(self) -> str:
        """Return the SHA-256 of the content, whatever container it lies in."""
        digest = hashlib.sha256()
        for name, column in self.cells.items():
            digest.update(f"{name}\0{len(column)}\0".encode())
            if isinstance(column, np.ndarray):
                digest.update(np.ascontiguousarray(column, column.dtype.newbyteorder("<")).tobytes())
            else:
                _digest_parts(digest, column, "".join(column).encode())
        if self.wkb is not None:
            _digest_parts(digest, self.wkb, b"".join(self.wkb))
        return digest.hexdigest()


def _digest_parts(digest: Any, parts: Sequence[str] | Sequence[bytes], joined: bytes) -> None:
    digest.update(np.fromiter(map(len, parts), "<i8", len(parts)).tobytes())
    digest.update(joined)


def write_table(database: sqlite3.Connection, table: str, rows: Table) -> str:
    """Write one feature table as a layer and return the hash of its content."""
    kinds = TABLES[table]
    values = {name: _cells(rows[name], kind) for name, kind in kinds.items()}
    geometry = rows.geometry
    check_geometry(table, geometry, values["osm"])
    check_values(table, values)
    wkb: list[bytes] = shapely.to_wkb(geometry, byte_order=1, output_dimension=2, flavor="iso").tolist()
    columns = Columns(values, wkb)

    shape = _layer_type(table, geometry)
    declared = ", ".join(f"{quoted(name)} {_SQL_TYPES[kind]}" for name, kind in kinds.items())
    database.execute(
        f"CREATE TABLE {quoted(table)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {shape}, {declared})"
    )
    bounds = shapely.total_bounds(geometry).tolist() if len(geometry) else [None] * 4
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
        " VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
        (table, table, *bounds, LOCAL_SRS_ID),
    )
    database.execute(
        "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
        (table, shape, LOCAL_SRS_ID),
    )
    _insert(database, table, ("geom", *kinds), [_geopackage_blobs(geometry, wkb), *columns.cells.values()])
    return columns.digest()


def write_dropped(database: sqlite3.Connection, rows: Sequence[tuple[str, str, str]]) -> str:
    """Write what could not become a feature, and return the hash of it."""
    values: dict[str, list[str] | NDArray[Any]] = {
        name: [_clean(row[i]) for row in rows] for i, name in enumerate(DROPPED_COLUMNS)
    }
    declared = ", ".join(f"{name} TEXT" for name in DROPPED_COLUMNS)
    database.execute(f"CREATE TABLE dropped (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {declared})")
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description)"
        " VALUES ('dropped', 'attributes', 'dropped', 'What could not become a feature, and why')"
    )
    _insert(database, "dropped", tuple(DROPPED_COLUMNS), list(values.values()))
    return Columns(values, None).digest()


def _insert(database: sqlite3.Connection, table: str, names: Sequence[str], columns: Sequence[Any]) -> None:
    plain = [column.tolist() if isinstance(column, np.ndarray) else column for column in columns]
    marks = ", ".join("?" * len(names))
    database.executemany(
        f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, names))}) VALUES ({marks})",  # noqa: S608
        zip(*plain, strict=True),
    )


def _cells(column: NDArray[Any], kind: str) -> list[str] | NDArray[Any]:
    if kind == "str":
        texts = ["" if text is None or text != text else str(text) for text in column.tolist()]  # noqa: PLR0124  (NaN)
        try:
            "".join(texts).encode()
        except UnicodeEncodeError:
            texts = [_clean(text) for text in texts]
        return texts
    return _canonical(np.asarray(column, kind))


def _clean(text: str) -> str:
    """Return text without the lone surrogates that no file can hold."""
    return text.encode("utf-8", "replace").decode()


def _canonical(numbers: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as SQLite keeps them: one NaN, and no negative zero."""
    if numbers.dtype.kind != "f":
        return numbers
    return np.where(np.isnan(numbers), np.nan, numbers + 0.0)


def _layer_type(table: str, geometry: NDArray[Any]) -> str:
    found = {SIMPLE[i - 1] for i in _wkb_ids(geometry)}
    if not found:
        found = set(GEOMETRIES.get(table, ()))
    return found.pop() if len(found) == 1 else "GEOMETRY"


def _wkb_ids(geometry: NDArray[Any]) -> set[int]:
    """Return the WKB numbers, 1 to 6, of the types that occur; 0 for all that is no honest shape."""
    # shapely numbers the types as WKB less one, but for the ring, which it wedges in as 2
    numbers = np.array([0, 1, 2, 0, 3, 4, 5, 6, 0])
    return set(numbers[shapely.get_type_id(geometry) + 1].tolist())


def _geopackage_blobs(geometry: NDArray[Any], wkb: list[bytes]) -> list[bytes]:
    points = shapely.get_type_id(geometry) == 0
    if points.all():
        return [_POINT_HEADER + blob for blob in wkb]
    headers = np.zeros(len(geometry), _ENVELOPED)
    headers["magic"] = b"GP"
    headers["flags"] = 0b0011  # little-endian, with an envelope of x and y
    headers["srs"] = LOCAL_SRS_ID
    headers["envelope"] = shapely.bounds(geometry)[:, [0, 2, 1, 3]]
    raw, width = headers.tobytes(), _ENVELOPED.itemsize
    return [
        (_POINT_HEADER if point else raw[i * width : (i + 1) * width]) + blob
        for i, (point, blob) in enumerate(zip(points.tolist(), wkb, strict=True))
    ]


def read_columns(database: sqlite3.Connection, table: str) -> Columns:
    """Read one feature table, or "dropped", as far as its form allows: types, sizes, well-formed shapes.

    Raises
    ------
    UnfitError
        With a phrase that says what is wrong with which table.
    """
    kinds = DROPPED_COLUMNS if table == "dropped" else TABLES[table]
    present = plain_columns(database, table)
    wanted = list(kinds) if table == "dropped" else ["geom", *kinds]
    later = {name for name in LATER.get(table, ()) if name not in present}
    kinds = {name: kind for name, kind in kinds.items() if name not in later}
    wanted = [name for name in wanted if name not in later]
    if missing := [name for name in wanted if name not in present]:
        raise UnfitError(
            _("table {table} lacks {columns}").format(table=table, columns=", ".join(missing))
            if present
            else _("table {table} is missing").format(table=table)
        )
    # Both names are ours, none comes from the file.
    select = f"SELECT {', '.join(map(quoted, wanted))} FROM {quoted(table)} ORDER BY rowid LIMIT {ROWS_LIMIT}"  # noqa: S608
    rows = database.execute(select).fetchall()
    columns = dict(zip(wanted, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(wanted, ())
    del rows
    wkb = None if table == "dropped" else _wkb_of(table, columns.pop("geom"))
    return Columns({name: _to_column(table, name, kind, columns[name]) for name, kind in kinds.items()}, wkb)


def _to_column(table: str, name: str, kind: str, cells: tuple[Any, ...]) -> Sequence[str] | NDArray[Any]:
    found = set(map(type, cells))
    if not found <= _PYTHON_TYPES[kind]:
        raise UnfitError(
            _("column {column} of table {table} has values of another type").format(column=name, table=table)
        )
    if kind == "str":
        absent = "{}" if name == "tags" else ""
        return [absent if cell is None else cell for cell in cells] if type(None) in found else cells
    if kind == "float64":
        return _canonical(np.array(cells, np.float64))
    if type(None) in found:
        cells = tuple(cell or 0 for cell in cells)
    numbers = np.array(cells, np.int64)
    return numbers != 0 if kind == "bool" else numbers


def _wkb_of(table: str, blobs: tuple[Any, ...]) -> list[bytes]:
    """Cut the GeoPackage headers off, and refuse every shape whose WKB could harm its reader."""
    strange = UnfitError(_("table {table} has shapes that cannot be read").format(table=table))
    if set(map(type, blobs)) - {bytes}:
        raise strange
    if not blobs:
        return []
    heads = b"".join([blob[:4] for blob in blobs])
    if len(heads) != 4 * len(blobs):
        raise strange
    head = np.frombuffer(heads, np.uint8).reshape(-1, 4)
    envelope = head[:, 3] >> 1 & 7
    if (head[:, :3] != tuple(b"GP\0")).any() or (head[:, 3] & 0b100000).any() or (envelope > 4).any():
        raise strange
    wkb = [blob[at:] for blob, at in zip(blobs, (8 + _ENVELOPE_BYTES[envelope]).tolist(), strict=True)]
    if not harmless(wkb):
        raise strange
    return wkb


def harmless(wkb: Sequence[bytes]) -> bool:
    """Whether these are points, lines, polygons and multiples of them, and nothing nested deeper.

    GEOS follows collections within collections until its stack ends, and the process with it.
    """
    first = b"".join([blob[:5] for blob in wkb])
    if len(first) != 5 * len(wkb):
        return False
    heads = np.frombuffer(first, np.uint8).reshape(-1, 5)
    code = np.ascontiguousarray(heads[:, 1:])
    number = np.where(heads[:, 0] == 1, code.view("<u4")[:, 0], code.view(">u4")[:, 0]).astype(np.int64)
    kind = number % 1000
    if (heads[:, 0] > 1).any() or (number >= 4000).any() or ((kind < 1) | (kind > len(SIMPLE))).any():
        return False
    dimensions = np.array([2, 3, 3, 4])[number // 1000]  # ISO WKB: XY, Z, M, ZM
    return all(_is_shallow(wkb[i], int(kind[i]) - 3, int(dimensions[i])) for i in np.flatnonzero(kind >= 4).tolist())


def _is_shallow(wkb: bytes, kind: int, dimensions: int) -> bool:
    """Whether a multi-geometry consists of nothing but simple ones of its own kind."""
    try:
        (count,) = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 5)
        at = 9
        for _part in range(count):
            order = "<" if wkb[at] else ">"
            (number,) = struct.unpack_from(order + "I", wkb, at + 1)
            at += 5
            if number >= 4000 or number % 1000 != kind:
                return False
            rings = 1
            if kind == 3:
                (rings,) = struct.unpack_from(order + "I", wkb, at)
                at += 4
            for _ring in range(rings):
                points = 1
                if kind > 1:
                    (points,) = struct.unpack_from(order + "I", wkb, at)
                    at += 4
                at += 8 * dimensions * points
    except (struct.error, IndexError):
        return False
    return at == len(wkb)


def to_table(table: str, columns: Columns) -> Table:
    """Return a table as the assembler made it, after a look at every value.

    Raises
    ------
    UnfitError
        With a phrase that names the table, the row and the value that cannot be.
    """
    geometry = np.asarray(shapely.from_wkb(columns.wkb or []), object)
    if shapely.has_z(geometry).any():  # another program may have added heights
        geometry = shapely.force_2d(geometry)
    cells = checked(table, columns, geometry)
    # Texts become arrays where somebody asks for their column.
    waiting = {name: cell if isinstance(cell, np.ndarray) else partial(objects, cell) for name, cell in cells.items()}
    return Table.typed(TABLES[table], waiting, geometry)
