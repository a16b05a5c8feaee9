"""The gallery of roofs, house by house; and the roofs of real places, as tagged."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import roof_gallery
import shapely

from twin.mesh.buildings import buildings_meshes
from twin.mesh.outline import bodies
from twin.mesh.paints import Paints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District, Mesh
    from twin.table import Table

EXTRACTS = Path(__file__).resolve().parent.parent.parent / "shared" / "osm"


@pytest.fixture(scope="module")
def gallery() -> tuple[Table, Mesh, NDArray[np.bool_]]:
    """Return the gallery's buildings, their mesh, and which of its triangles are roof."""
    paints = Paints()
    table = roof_gallery.district().tables["buildings"]
    mesh, _parts = buildings_meshes(table, roof_gallery.district().tables["parts"], paints)
    roles = np.array([paint.role == "roof" for paint in paints.table()])
    return table, mesh, roles[mesh.paint[mesh.triangles[:, 0]]]


def _corners(mesh: Mesh) -> NDArray[np.int64]:
    """Return a number for the place of every point, the same for points in one place of one feature."""
    places = np.round(mesh.points.astype(float), 3)
    _places, number = np.unique(np.column_stack([places, mesh.feature]), axis=0, return_inverse=True)
    return number.reshape(-1)


def test_that_every_house_is_closed_by_its_floor(gallery: tuple[Table, Mesh, NDArray[np.bool_]]) -> None:
    table, mesh, _roof = gallery
    corner = _corners(mesh)[mesh.triangles]
    kept = (corner != np.roll(corner, 1, axis=1)).all(axis=1)
    corner, feature = corner[kept], mesh.triangle_feature[kept]
    ends = corner[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    owner, height = (
        np.repeat(feature, 3),
        mesh.points[mesh.triangles[kept]][:, [[0, 1], [1, 2], [2, 0]], 2].reshape(-1, 2),
    )
    count = Counter(map(tuple, ends.tolist()))
    unpaired = np.array([count[(b, a)] != 1 or count[(a, b)] != 1 for a, b in ends.tolist()])
    # What is open lies on the ground, and is there closed by a floor: it leaves every corner once, and returns.
    assert (height[unpaired] == 0).all()
    for row in range(len(table)):
        rim = ends[unpaired & (owner == row)]
        assert len(rim) >= 3
        assert sorted(rim[:, 0]) == sorted(rim[:, 1])
        assert len(set(rim[:, 0])) == len(rim)


def test_that_every_house_reaches_its_height_and_covers_its_footprint(
    gallery: tuple[Table, Mesh, NDArray[np.bool_]],
) -> None:
    table, mesh, roof = gallery
    a, b, c = mesh.points.astype(float)[mesh.triangles].transpose(1, 0, 2)
    upwards = np.cross(b - a, c - a)[:, 2] / 2
    area = np.bincount(mesh.triangle_feature[roof], weights=upwards[roof], minlength=len(table))
    top = np.zeros(len(table))
    np.maximum.at(top, mesh.feature, mesh.points[:, 2])
    onion = table["roof_shape"] == "onion"
    assert top == pytest.approx(table["height_m"], abs=1e-3)
    assert area == pytest.approx(shapely.area(table.geometry), rel=0.02)
    assert upwards[roof & ~onion[mesh.triangle_feature]].min() > -0.02


def test_that_walls_face_outwards_and_end_where_the_roof_begins(
    gallery: tuple[Table, Mesh, NDArray[np.bool_]],
) -> None:
    table, mesh, roof = gallery
    a, b, c = mesh.points.astype(float)[mesh.triangles].transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    wall = ~roof
    assert np.abs(normal[wall, 2]).max() < 1e-3
    length = np.linalg.norm(normal[:, :2], axis=1)
    large = wall & (length > 0.5)
    outwards = (a + b + c)[large, :2] / 3 + 0.05 * normal[large, :2] / length[large, None]
    inside = shapely.contains(table.geometry[mesh.triangle_feature[large]], shapely.points(outwards))
    assert not inside.any()
    holds = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    volume = np.bincount(
        mesh.triangle_feature, weights=holds, minlength=len(table)
    )  # the floor lies at 0: it adds none
    area, height = shapely.area(table.geometry), table["height_m"]
    assert (volume < area * height * 1.3).all()
    assert (volume > area * (height - table["roof_height_m"]) * 0.98).all()


def test_that_the_gallery_says_what_it_shows(gallery: tuple[Table, Mesh, NDArray[np.bool_]]) -> None:
    table, _mesh, _roof = gallery
    told = [json.loads(tags)["roof:shape"] for tags in table["tags"]]
    drawn, came_from = table["roof_shape"].tolist(), table["roof_shape_from"].tolist()
    codes = {code for word, shape, code in zip(told, drawn, came_from, strict=True) if word != shape}
    assert codes == {"several:many", "unfit:pyramidal", "unfit:cone", "unfit:onion"}
    assert set(told) == {*roof_gallery.SHAPES_IN_ROWS, "many"}


def _real(name: str) -> District | None:
    from twin.osm import assemble, elements

    path = EXTRACTS / name
    return assemble.district(elements.from_file(path), name=name) if path.is_file() else None


def _sloped(table: Table) -> NDArray[np.bool_]:
    """Whether the map gives each row a roof that is not flat."""
    told: list[Any] = [json.loads(tags).get("roof:shape", "") for tags in table["tags"]]
    return np.array([shape not in ("", "flat") for shape in told], bool)


def _is_sloped(mesh: Mesh, rows: NDArray[np.int64], paints: Paints) -> NDArray[np.bool_]:
    """Whether the roof that is drawn of each row has a slope."""
    roles = np.array([paint.role == "roof" for paint in paints.table()])[mesh.paint]
    low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    at = {row: k for k, row in enumerate(rows.tolist())}
    mine = roles & np.isin(mesh.feature, rows)
    k = np.array([at[row] for row in mesh.feature[mine].tolist()], int)
    np.minimum.at(low, k, mesh.points[mine, 2])
    np.maximum.at(high, k, mesh.points[mine, 2])
    slopes: NDArray[np.bool_] = high - low > 0.3
    return slopes


@pytest.mark.parametrize(
    ("name", "buildings", "parts"),
    [("berlin_mitte_2022-12-20.osm.pbf", 90, 0), ("nyc_lower_east_side.osm.pbf", 0, 26)],
)
def test_that_every_sloped_roof_of_a_real_place_is_drawn_as_tagged(name: str, buildings: int, parts: int) -> None:
    district = _real(name)
    if district is None:  # the extracts are no part of the project
        return
    paints = Paints()
    tables = district.tables["buildings"], district.tables["parts"]
    drawn = bodies(*tables).drawn
    for table, mesh, expected in zip(tables, buildings_meshes(*tables, paints), (buildings, parts), strict=True):
        rows = np.flatnonzero(_sloped(table))
        assert len(rows) == expected
        many = np.array([code == "several:many" for code in table["roof_shape_from"][rows]], bool)
        assert many.sum() == (1 if name.startswith("berlin") and expected else 0)
        told = [json.loads(table["tags"][row])["roof:shape"] for row in rows[~many]]
        assert table["roof_shape"][rows[~many]].tolist() == told
        if table is tables[0]:
            assert (drawn[rows] == "whole").all()
        assert _is_sloped(mesh, rows[~many], paints).all()
        assert not _is_sloped(mesh, rows[many], paints).any()
