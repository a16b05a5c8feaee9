"""Facades: every wall has a whole number of bays, every storey its floor, and no triangle moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import district, table
from hypothesis import given
from meshes import blocks, normals, stars

from twin import file
from twin.district import build
from twin.mesh.buildings import buildings_meshes
from twin.mesh.facades import BAY_M, BLIND, NONE, storeys_m, with_facades
from twin.mesh.paints import Paints

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import Mesh
    from twin.table import Table

HOUSE = {
    "kind": "yes",
    "height_m": 12.0,
    "min_height_m": 0.0,
    "levels": 4.0,
    "roof_shape": "flat",
    "roof_height_m": 0.0,
    "geometry": shapely.box(0, 0, 12.4, 9.0),
}


def houses(*rows: dict[str, Any]) -> Table:
    return table("buildings", [HOUSE | row for row in rows])


def faced(of: Table) -> tuple[Mesh, Mesh]:
    """The bodies before and after."""
    before, _parts = buildings_meshes(of, table("parts", []), Paints())
    return before, with_facades(before, of)


def facade(mesh: Mesh) -> Any:
    assert mesh.facade is not None
    return mesh.facade


def test_that_each_wall_of_a_house_has_whole_bays_and_its_storeys() -> None:
    _, mesh = faced(houses({}))
    walls = np.abs(normals(mesh)[:, 2]) < 0.5
    u, v = (facade(mesh)[mesh.triangles[walls], i] for i in (0, 1))
    assert sorted(np.unique(u)) == [0, 3, 4]  # 9 m and 12.4 m in bays of about three
    assert sorted(np.unique(v)) == [0, 4]
    assert (facade(mesh)[mesh.triangles[~walls]] == NONE).all()
    wide = np.ptp(mesh.points[mesh.triangles[walls], 0], axis=1) > 1
    assert (u.max(axis=1) == np.where(wide, 4, 3)).all()


@given(blocks() | stars())
def test_that_facades_move_no_triangle_and_fit_every_wall(footprint: shapely.Polygon) -> None:
    before, mesh = faced(houses({"geometry": footprint}))
    np.testing.assert_array_equal(mesh.points[mesh.triangles], before.points[before.triangles])
    for name in ("feature", "paint", "shade"):
        np.testing.assert_array_equal(getattr(mesh, name)[mesh.triangles], getattr(before, name)[before.triangles])
    walls = np.abs(normals(mesh)[:, 2]) < 0.01
    u = facade(mesh)[mesh.triangles[walls], 0]
    xy = mesh.points[mesh.triangles[walls], :2].astype(float)
    length = np.linalg.norm(xy - np.roll(xy, 1, axis=1), axis=2).max(axis=1)
    bays = u.max(axis=1)
    blank = bays < 0
    assert (length[blank] < 1.61).all()
    assert (u[~blank].min(axis=1) == 0).all()
    assert (bays[~blank] == np.rint(bays[~blank])).all()
    assert (np.abs(length[~blank] - bays[~blank] * BAY_M) <= BAY_M / 2 + 0.01)[bays[~blank] > 1].all()
    assert len(np.unique(mesh.triangles)) == len(mesh.points)  # nothing idle is kept


@pytest.mark.parametrize(
    ("row", "storey_m"),
    [
        ({"levels": 3.0}, 4.0),
        ({"levels": np.nan}, 3.0),
        ({"levels": 40.0}, 3.0),
        ({"levels": 1.0}, 3.0),
        ({"levels": 0.0}, 3.0),
        ({"height_m": 16.0, "roof_height_m": 4.0}, 3.0),
        ({"kind": "church"}, np.nan),
        ({"height_m": 2.0, "levels": np.nan}, np.nan),
        ({"height_m": 30.0, "levels": 10.0, "min_height_m": 29.0}, np.nan),
        ({"height_m": np.nan}, np.nan),
    ],
)
def test_that_storeys_are_as_high_as_the_levels_leave_them(row: dict[str, Any], storey_m: float) -> None:
    assert storeys_m(houses(row))[0] == pytest.approx(storey_m, nan_ok=True)


def test_that_a_part_above_the_ground_counts_its_storeys_from_the_ground() -> None:
    _, mesh = faced(houses({"min_height_m": 6.0}))
    v = facade(mesh)[:, 1]
    assert sorted(np.unique(v[v >= 0])) == [2, 4]


def test_that_a_shed_has_no_windows_and_an_empty_table_no_facades() -> None:
    assert "shed" in BLIND
    assert (facade(faced(houses({"kind": "shed"}))[1]) == NONE).all()
    before, mesh = faced(table("buildings", []))
    assert mesh is before


def test_that_a_part_of_a_church_has_a_churchs_walls() -> None:
    meshes = build(district()).meshes
    assert (facade(meshes["parts"]) == NONE).all()
    assert (facade(meshes["buildings"]) != NONE).any()


def test_that_a_city_has_facades_on_its_buildings_and_nowhere_else() -> None:
    meshes = build(district()).meshes
    assert {name for name, mesh in meshes.items() if mesh.facade is not None} == {"buildings", "parts"}


def test_that_the_file_keeps_facades(tmp_path: Path) -> None:
    city = build(district())
    file.write(tmp_path / "kept.twin", district(), city)
    kept = file.read_city(tmp_path / "kept.twin").meshes
    np.testing.assert_array_equal(facade(kept["buildings"]), facade(city.meshes["buildings"]))
    assert kept["ground"].facade is None
