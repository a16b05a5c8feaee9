"""The shape of the ground in a file: one row of packed heights, its place and its source in the manifest."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.file import manifest
from twin.file.container import UnfitError, plain_columns, register
from twin.language import _
from twin.model import Terrain

if TYPE_CHECKING:
    import sqlite3

_CELLS_LIMIT = 4_000_000
_HIGHEST_M = 20_000.0


def write_terrain(database: sqlite3.Connection, terrain: Terrain | None) -> dict[str, Any] | None:
    """Write the ground and return its manifest entry; None, and nothing written, where it is flat."""
    if terrain is None:
        return None
    database.execute("CREATE TABLE twin_terrain (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, data BLOB NOT NULL)")
    register(database, "twin_terrain", "Heights of the ground: float32, rows from south to north, packed with zlib")
    heights = np.ascontiguousarray(terrain.height_m, "<f4")
    database.execute("INSERT INTO twin_terrain (data) VALUES (?)", (zlib.compress(heights.data, 1),))
    return {
        "x_m": terrain.x_m,
        "y_m": terrain.y_m,
        "cell_m": terrain.cell_m,
        "datum_m": terrain.datum_m,
        "rows": heights.shape[0],
        "columns": heights.shape[1],
        "source": manifest.from_source(terrain.source),
        "hash": hashlib.sha256(heights.data).hexdigest(),
    }


def read_terrain(database: sqlite3.Connection, entries: manifest.Manifest) -> Terrain | None:
    """Read the ground, None where it is flat.

    Raises
    ------
    UnfitError
        Where heights are not those that were written, or are none.
    """
    entry = entries.entries.get("terrain")
    if entry is None:
        return None
    rows, columns = manifest.whole(entry["rows"], _CELLS_LIMIT), manifest.whole(entry["columns"], _CELLS_LIMIT)
    need_bytes = 4 * rows * columns
    if rows < 2 or columns < 2 or rows * columns > _CELLS_LIMIT or plain_columns(database, "twin_terrain") is None:
        raise _broken()
    found = database.execute("SELECT data FROM twin_terrain ORDER BY id LIMIT 2").fetchall()
    if len(found) != 1 or type(found[0][0]) is not bytes:
        raise _broken()
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(found[0][0], need_bytes + 1)  # one more would be a bomb
    if len(raw) != need_bytes or not unpacker.eof or hashlib.sha256(raw).hexdigest() != entry["hash"]:
        raise _broken()
    heights = np.frombuffer(bytearray(raw), "<f4").reshape(rows, columns).astype(np.float32, copy=False)
    x_m, y_m, cell_m, datum_m = (manifest.number(entry[key]) for key in ("x_m", "y_m", "cell_m", "datum_m"))
    if not (np.abs(heights) <= _HIGHEST_M).all() or not 0.1 <= cell_m <= 1e5 or max(abs(x_m), abs(y_m)) > 2e7:
        raise _broken()
    return Terrain(x_m, y_m, cell_m, heights, datum_m, manifest.source(entry["source"]))


def _broken() -> UnfitError:
    return UnfitError(_("the heights of its ground are damaged"))
