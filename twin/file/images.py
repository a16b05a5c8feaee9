"""Ground images as GeoPackage tiles, one zoom level each, so that any GIS shows them."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.file import manifest
from twin.file.container import LOCAL_SRS_ID, UnfitError, plain_columns, quoted
from twin.language import _
from twin.model import GroundImage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from numpy.typing import NDArray

TILE_PX = 1024
SIDE_LIMIT_PX = 16_384
_TOTAL_LIMIT_PX = 2**28
_WORKERS = 4


def write_images(database: sqlite3.Connection, images: tuple[GroundImage, ...]) -> list[dict[str, Any]]:
    """Write every image as a tiles table and return their manifest entries."""
    return [_write_image(database, f"image_{number}", image) for number, image in enumerate(images, 1)]


def _write_image(database: sqlite3.Connection, table: str, image: GroundImage) -> dict[str, Any]:
    rows, columns = image.pixels.shape[:2]
    if not (0 < rows <= SIDE_LIMIT_PX and 0 < columns <= SIDE_LIMIT_PX and image.pixels.shape[2:] == (4,)):
        raise UnfitError(_("the image {name} has an unusable size").format(name=image.name))
    west, south, east, north = image.bounds_xy
    across, down = -(-columns // TILE_PX), -(-rows // TILE_PX)
    pixel_x_m, pixel_y_m = (east - west) / columns, (north - south) / rows
    database.execute(
        f"CREATE TABLE {quoted(table)} (id INTEGER PRIMARY KEY AUTOINCREMENT, zoom_level INTEGER NOT NULL,"
        " tile_column INTEGER NOT NULL, tile_row INTEGER NOT NULL, tile_data BLOB NOT NULL,"
        " UNIQUE (zoom_level, tile_column, tile_row))"
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)"
        " VALUES (?, 'tiles', ?, ?, ?, ?, ?, ?, ?)",
        (table, table, image.name, west, south, east, north, LOCAL_SRS_ID),
    )
    # The matrix covers whole tiles: it reaches over the picture's east and south edges.
    over = (west, north - down * TILE_PX * pixel_y_m, west + across * TILE_PX * pixel_x_m, north)
    database.execute("INSERT INTO gpkg_tile_matrix_set VALUES (?, ?, ?, ?, ?, ?)", (table, LOCAL_SRS_ID, *over))
    database.execute(
        "INSERT INTO gpkg_tile_matrix VALUES (?, 0, ?, ?, ?, ?, ?, ?)",
        (table, across, down, TILE_PX, TILE_PX, pixel_x_m, pixel_y_m),
    )
    places = [(column, row) for row in range(down) for column in range(across)]
    with ThreadPoolExecutor(_WORKERS) as pool:  # Pillow lets go of the interpreter while it packs
        tiles = list(pool.map(lambda place: _encode(image.pixels, *place), places))
    database.executemany(
        f"INSERT INTO {quoted(table)} (zoom_level, tile_column, tile_row, tile_data) VALUES (0, ?, ?, ?)",  # noqa: S608
        [(*place, tile) for place, tile in zip(places, tiles, strict=True)],
    )
    return {
        "table": table,
        "name": image.name,
        "bounds_xy": list(image.bounds_xy),
        "rows": rows,
        "columns": columns,
        "source": manifest.from_source(image.source),
        "hash": _digest(tiles),
    }


def _encode(pixels: NDArray[np.uint8], column: int, row: int) -> bytes:
    from PIL import Image

    window = pixels[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
    tile = np.zeros((TILE_PX, TILE_PX, 4), np.uint8)
    tile[: window.shape[0], : window.shape[1]] = window
    opaque = bool((tile[..., 3] == 255).all())
    stream = io.BytesIO()
    # Lossless: a district may be opened and saved many times.
    Image.fromarray(np.ascontiguousarray(tile[..., :3]) if opaque else tile).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _digest(tiles: list[bytes]) -> str:
    digest = hashlib.sha256()
    for tile in tiles:
        digest.update(len(tile).to_bytes(8, "little") + tile)
    return digest.hexdigest()


def read_images(database: sqlite3.Connection, entries: Any) -> tuple[GroundImage, ...]:
    """Read the images that the manifest names."""
    left = _TOTAL_LIMIT_PX
    images = []
    for entry in entries:
        left -= manifest.whole(entry["rows"], SIDE_LIMIT_PX) * manifest.whole(entry["columns"], SIDE_LIMIT_PX)
        if left < 0:
            raise UnfitError(_("its images are too large"))
        images.append(_read_image(database, entry))
    return tuple(images)


def _read_image(database: sqlite3.Connection, entry: Mapping[str, Any]) -> GroundImage:
    rows, columns, name = entry["rows"], entry["columns"], manifest.text(entry["name"])
    broken = UnfitError(_("the image {name} is damaged").format(name=name))
    if not rows or not columns:
        raise broken
    tiles = _tiles(database, entry)
    across, down = -(-columns // TILE_PX), -(-rows // TILE_PX)
    places = [(column, row) for row in range(down) for column in range(across)]
    if [place for place, _tile in tiles] != places or _digest([tile for _place, tile in tiles]) != entry["hash"]:
        raise broken
    pixels = np.zeros((rows, columns, 4), np.uint8)

    def place(tile: tuple[tuple[int, int], bytes]) -> None:
        (column, row), data = tile
        window = pixels[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]
        window[:] = _decode(data, broken)[: window.shape[0], : window.shape[1]]

    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(place, tiles))
    return GroundImage(name, manifest.box(entry["bounds_xy"]), pixels, manifest.source(entry["source"]))


def _tiles(database: sqlite3.Connection, entry: Mapping[str, Any]) -> list[tuple[tuple[int, int], bytes]]:
    table = manifest.text(entry["table"])
    if not {"tile_column", "tile_row", "tile_data"} <= set(plain_columns(database, table)):
        raise UnfitError(_("the image {name} is damaged").format(name=entry["name"]))
    found = database.execute(
        f"SELECT tile_column, tile_row, tile_data FROM {quoted(table)} ORDER BY tile_row, tile_column LIMIT 1024"  # noqa: S608
    ).fetchall()
    if not all(isinstance(tile, bytes) for _column, _row, tile in found):
        raise UnfitError(_("the image {name} is damaged").format(name=entry["name"]))
    return [((column, row), tile) for column, row, tile in found]


def _decode(data: bytes, broken: Exception) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        if picture.size != (TILE_PX, TILE_PX):  # before a single pixel is unpacked
            raise broken
        return np.asarray(picture.convert("RGBA"))


def image_hash(database: sqlite3.Connection, entry: Mapping[str, Any]) -> str:
    """Return the hash of an image's tiles as they lie in the file now."""
    return _digest([tile for _place, tile in _tiles(database, entry)])
