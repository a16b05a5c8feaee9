"""A city's meshes as blobs that load in no time, and are checked before anybody draws them."""

from __future__ import annotations

import hashlib
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.file import manifest
from twin.file.container import UnfitError, plain_columns, register
from twin.language import _
from twin.model import MESH_VERSION, TABLES, City, Frame, GroundImage, Mesh, Names, Paint

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

_ARRAYS: Mapping[str, tuple[str, int]] = {  # dtype, and numbers a point or triangle
    "points": ("<f4", 3),
    "triangles": ("<i4", 3),
    "feature": ("<i4", 1),
    "paint": ("<u2", 1),
    "shade": ("|u1", 1),
    "facade": ("<f4", 2),
}
_OPTIONAL = frozenset({"facade"})
_OF_ALL: Mapping[str, tuple[str, int]] = {"boundary_xy": ("<f8", 2), "name_places": ("<f8", 7)}
_REACH_M = 2e7  # the paper under the largest district reaches that far
_TOTAL_LIMIT_BYTES = 4 * 2**30
_LEVEL, _LEVEL_OF_POINTS = 1, 0
"""Of coordinates packing leaves three fifths, and unpacking those takes longer than all else: they are only wrapped."""
_WORKERS = 4


def write_city(database: sqlite3.Connection, city: City) -> dict[str, Any]:
    """Write the meshes of a city and return its manifest entry."""
    database.execute(
        "CREATE TABLE twin_mesh (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, mesh TEXT NOT NULL,"
        " array TEXT NOT NULL, dtype TEXT NOT NULL, shape TEXT NOT NULL, data BLOB NOT NULL, UNIQUE (mesh, array))"
    )
    register(database, "twin_mesh", "The district as triangles: arrays packed with zlib")
    arrays = dict(_arrays_of(city))
    with ThreadPoolExecutor(_WORKERS) as pool:  # zlib lets go of the interpreter
        packed = pool.map(_packed, arrays.items())
        database.executemany(
            "INSERT INTO twin_mesh (mesh, array, dtype, shape, data) VALUES (?, ?, ?, ?, ?)",
            (
                (mesh, name, array.dtype.str, " ".join(map(str, array.shape)), blob)
                for ((mesh, name), array), blob in zip(arrays.items(), packed, strict=True)
            ),
        )
    return {
        "version": MESH_VERSION,
        "bounds_xy": list(city.bounds_xy),
        "meshes": {name: mesh.table for name, mesh in city.meshes.items()},
        "names": [
            [text, kind, rank]
            for text, kind, rank in zip(city.names.text, city.names.kind, city.names.rank.tolist(), strict=True)
        ],
        "paints": [[paint.role, paint.colour, paint.material] for paint in city.paints],
        "hashes": {f"{mesh}/{name}": _digest(array) for (mesh, name), array in arrays.items()},
    }


def _packed(item: tuple[tuple[str, str], NDArray[Any]]) -> bytes:
    (_mesh, name), array = item
    return zlib.compress(array.data, _LEVEL_OF_POINTS if name == "points" else _LEVEL)


def _arrays_of(city: City) -> Iterator[tuple[tuple[str, str], NDArray[Any]]]:
    for name, mesh in city.meshes.items():
        for array, (dtype, _width) in _ARRAYS.items():
            if (values := getattr(mesh, array)) is not None:
                yield (name, array), np.ascontiguousarray(values, dtype)
    yield ("", "boundary_xy"), np.ascontiguousarray(city.boundary_xy, "<f8")
    names = city.names
    places = np.column_stack([names.which, names.points, names.along, names.room_m])
    yield ("", "name_places"), np.ascontiguousarray(places, "<f8")


def _digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(array.data).hexdigest()


def read_city(
    database: sqlite3.Connection,
    entry: Mapping[str, Any],
    frame: Frame,
    counts: Mapping[str, int],
    images: tuple[GroundImage, ...],
) -> City:
    """Read the city of a manifest entry; `counts` says how many rows its meshes may point to.

    Raises
    ------
    UnfitError
        Where an array is not what it says it is, or points outside what it points into.
    """
    paints = tuple(Paint(*map(manifest.text, paint)) for paint in entry["paints"])
    arrays = read_arrays(database)
    meshes = {}
    for name, table in manifest.texts(entry["meshes"]).items():
        given = {array: arrays.pop((name, array)) for array in _ARRAYS if array not in _OPTIONAL}
        mesh = Mesh(table, **given, facade=arrays.pop((name, "facade"), None))
        _check_mesh(name, mesh, counts[table] if table in TABLES else 0, len(paints))
        meshes[name] = mesh
    boundary_xy = arrays.pop(("", "boundary_xy"))
    names = _names(entry["names"], arrays.pop(("", "name_places")))
    if arrays or not (np.abs(boundary_xy) <= _REACH_M).all():
        raise _broken("")
    return City(frame, manifest.box(entry["bounds_xy"]), boundary_xy, meshes, paints, images, names=names)


def _names(entry: Any, places: NDArray[np.float64]) -> Names:
    """Return the names of a manifest entry and their places, checked."""
    texts, kinds = (tuple(manifest.text(row[column]) for row in entry) for column in (0, 1))
    rank = np.array([float(row[2]) for row in entry], np.float64)
    which = places[:, 0]
    fits = _within(rank, 0, 2) and _within(places, -_REACH_M, _REACH_M) and _within(which, 0, len(texts) - 1)
    if not fits:
        raise _broken("")
    return Names(texts, kinds, rank, which.astype(np.int64), places[:, 1:4], places[:, 4:6], places[:, 6])


def read_arrays(database: sqlite3.Connection) -> dict[tuple[str, str], NDArray[Any]]:
    """Read and unpack every array, each no larger than its shape says."""
    if not {"mesh", "array", "dtype", "shape", "data"} <= set(plain_columns(database, "twin_mesh")):
        raise _broken("")
    left = _TOTAL_LIMIT_BYTES
    rows = []
    for mesh, name, dtype, shape, data in database.execute(
        "SELECT mesh, array, dtype, shape, data FROM twin_mesh ORDER BY id LIMIT 1000"
    ):
        expected, width = _ARRAYS[name] if mesh else _OF_ALL[name]
        lengths = tuple(int(length) for length in shape.split(" "))
        count = lengths[0]
        right = (count,) if width == 1 else (count, width)
        need_bytes = count * width * np.dtype(expected).itemsize
        left -= need_bytes
        if dtype != expected or lengths != right or count < 0 or left < 0 or type(data) is not bytes:
            raise _broken(mesh)
        rows.append(((mesh, name), expected, lengths, need_bytes, data))
    with ThreadPoolExecutor(_WORKERS) as pool:
        return dict(pool.map(lambda row: (row[0], _unpack(*row)), rows))


def _unpack(key: tuple[str, str], dtype: str, shape: tuple[int, ...], need_bytes: int, data: bytes) -> NDArray[Any]:
    if need_bytes > 1100 * len(data):  # deflate packs 1032 to 1 at the very best
        raise _broken(key[0])
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(data, need_bytes + 1)  # one more would be a bomb
    if len(raw) != need_bytes or not unpacker.eof or unpacker.unused_data:
        raise _broken(key[0])
    array = np.frombuffer(bytearray(raw), dtype).reshape(shape)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _check_mesh(name: str, mesh: Mesh, rows: int, paints: int) -> None:
    points = len(mesh.points)
    fits = (
        len(mesh.feature) == len(mesh.paint) == len(mesh.shade) == points
        and _within(mesh.points, -_REACH_M, _REACH_M)
        and _within(mesh.triangles, 0, points - 1)
        and _within(mesh.feature, -1, rows - 1)
        and _within(mesh.paint, 0, paints - 1)
        and (mesh.facade is None or (len(mesh.facade) == points and _within(mesh.facade, -_REACH_M, _REACH_M)))
    )
    if not fits:
        raise _broken(name)


def _within(array: NDArray[Any], least: float, most: float) -> bool:
    return not array.size or bool(array.min() >= least and array.max() <= most)  # NaN is never within


def _broken(mesh: str) -> UnfitError:
    return UnfitError(_("the mesh {name} is damaged").format(name=mesh or "twin_mesh"))


def damaged_meshes(database: sqlite3.Connection, entry: Mapping[str, Any]) -> list[str]:
    """Return the names of the arrays whose content is not what was written."""
    found = {f"{mesh}/{name}": _digest(array) for (mesh, name), array in read_arrays(database).items()}
    wanted = manifest.texts(entry["hashes"])
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
