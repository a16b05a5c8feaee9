"""A `.twin` file to test on, what it was written from, and other programs' hands on it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import districts
import numpy as np
import pytest
import shapely

from twin import file
from twin.file import manifest
from twin.model import TABLES, City, District

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made() -> tuple[District, City]:
    district = districts.district(images=(districts.image(),))
    return district, districts.city(district)


@pytest.fixture(scope="module")
def written(made: tuple[District, City], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("written") / "made.twin"
    file.write(path, *made)
    return path.read_bytes()


@pytest.fixture
def path(written: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "made.twin"
    path.write_bytes(written)
    return path


def assert_same_district(one: District, other: District) -> None:
    assert one.tables.keys() == other.tables.keys() == TABLES.keys()
    for name in TABLES:
        districts.assert_same_table(one.tables[name], other.tables[name])
    assert shapely.equals_identical(one.boundary_xy, other.boundary_xy)
    assert_same_images(one.images, other.images)
    plain = {"tables": {}, "boundary_xy": None, "images": ()}
    assert replace(one, **plain) == replace(other, **plain)


def assert_same_images(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert len(one) == len(other)
    for image, again in zip(one, other, strict=True):
        assert np.array_equal(image.pixels, again.pixels)
        assert (image.name, image.bounds_xy, image.source) == (again.name, again.bounds_xy, again.source)


def assert_same_city(one: City, other: City) -> None:
    assert (one.frame, one.bounds_xy, one.paints) == (other.frame, other.bounds_xy, other.paints)
    assert np.array_equal(one.boundary_xy, other.boundary_xy)
    assert one.meshes.keys() == other.meshes.keys()
    for name, mesh in one.meshes.items():
        again = other.meshes[name]
        assert mesh.table == again.table
        for array in ("points", "triangles", "feature", "paint", "shade"):
            assert np.array_equal(getattr(mesh, array), getattr(again, array))
            assert getattr(mesh, array).dtype == getattr(again, array).dtype
            assert getattr(again, array).flags.c_contiguous
    assert_same_images(one.images, other.images)
    assert one.credits == other.credits


def edit(path: Path, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Change a file as any other program would; `values` are for the marks of the last statement."""
    with closing(sqlite3.connect(path)) as database:
        for statement in statements[:-1]:
            database.execute(statement)
        database.execute(statements[-1], values)
        database.commit()


def reseal(path: Path, key: str, change: Any) -> None:
    """Change an entry of the manifest and seal it again, as a forger would."""
    with closing(sqlite3.connect(path)) as database:
        rows = dict(database.execute("SELECT key, value FROM twin_manifest"))
        value = json.loads(rows[key])
        rows[key] = json.dumps(change(value))
        sealed = {k: v for k, v in rows.items() if k not in {"hash", "fingerprint"}}
        rows["hash"] = json.dumps(manifest._seal(sealed))
        database.executemany("UPDATE twin_manifest SET value = ? WHERE key = ?", [(v, k) for k, v in rows.items()])
        database.commit()
