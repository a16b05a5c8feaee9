"""A city on hills: what lies follows the ground, what stands stands on it, and water stays level."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import _BUILDING, _STREET, FRAME, SOURCE, district, table
from hypothesis import given
from hypothesis import strategies as st
from meshes import normals

from twin import file, overlay
from twin.district import build, save
from twin.mesh.drape import along_cells
from twin.mesh.levels import Z_M
from twin.mesh.pieces import Pieces
from twin.model import Terrain, TwinError
from twin.overlay.terrain import filled
from twin.relief import relief

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import City, Mesh

SLOPE = 0.1
HILLS = replace(SOURCE, title="Hills")


def slope(cell_m: float = 20.0) -> Terrain:
    """Return a ground that rises by a tenth to the east."""
    x = -200 + cell_m * np.arange(int(400 / cell_m) + 1)
    return Terrain(-200.0, -200.0, cell_m, np.tile((SLOPE * (x + 200)).astype(np.float32), (len(x), 1)), 12.0, SOURCE)


def hills() -> Terrain:
    """Return a ground of random hills."""
    heights = np.random.default_rng(3).uniform(0, 30, (21, 21)).astype(np.float32)
    return Terrain(-200.0, -200.0, 20.0, heights, 0.0, SOURCE)


def on(terrain: Terrain, **rows: list[dict[str, Any]]) -> City:
    """Return a city of some rows on a ground."""
    tables = {name: table(name, rows.get(name, [])) for name in district().tables}
    return build(district(tables=tables, boundary_xy=shapely.box(-150, -150, 150, 150), terrain=terrain))


def flat_mesh(*triangles: list[tuple[float, float]], z: float = 0.5) -> Mesh:
    """Return a mesh of triangles at a height."""
    pieces = Pieces()
    for corners in triangles:
        pieces.add(np.column_stack([corners, np.full(3, z)]), np.array([[0, 1, 2]]), feature=7, paint=1, shade=40)
    return pieces.mesh("streets")


def test_that_the_ground_is_flat_triangles_between_its_heights() -> None:
    terrain = Terrain(0.0, 0.0, 10.0, np.array([[0, 10], [20, 40]], np.float32), 0.0, SOURCE)
    places = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [5, 5], [2.5, 0], [7.5, 7.5], [-99, -99], [99, 99]], float)
    assert terrain.at(places).tolist() == pytest.approx([0, 10, 20, 40, 15, 2.5, 27.5, 0, 40])


@given(st.lists(st.tuples(st.floats(-190, 190), st.floats(-190, 190)), min_size=3, max_size=3, unique=True))
def test_that_cutting_along_cells_loses_nothing_and_leaves_no_triangle_across_an_edge(corners: Any) -> None:
    whole = flat_mesh(corners)
    area = covered_all(whole)
    cut = along_cells(whole, slope())
    assert covered_all(cut) == pytest.approx(area, rel=1e-3, abs=0.05)
    assert set(cut.feature.tolist()) == {7}
    assert set(cut.shade.tolist()) == {40}
    cells = (cut.points[cut.triangles][:, :, :2].astype(float) + 200) / 20
    for value in (cells[..., 0], cells[..., 1], cells.sum(axis=2)):
        low, high = value.min(axis=1), value.max(axis=1)
        assert (np.floor(high - 1e-3) <= np.floor(low + 1e-3) + (high - low < 2e-3)).all()


def covered_all(mesh: Mesh) -> float:
    """Return the area of all triangles from above."""
    a, b, c = mesh.points[mesh.triangles][:, :, :2].astype(float).transpose(1, 0, 2)
    u, v = b - a, c - a
    return float(np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]).sum() / 2)


def test_that_streets_lie_on_the_hills_everywhere_and_above_the_ground() -> None:
    terrain = hills()
    city = on(terrain, streets=[_STREET | {"geometry": shapely.LineString([(-140, -33), (140, 71)])}])
    mesh = city.meshes["streets"]
    middle = mesh.points[mesh.triangles].mean(axis=1).astype(float)
    assert middle[:, 2] == pytest.approx(terrain.at(middle[:, :2]) + Z_M["road"], abs=2e-3)
    ground = city.meshes["ground"]
    inside = ground.points[ground.triangles].mean(axis=1).astype(float)
    inside = inside[np.abs(inside[:, :2]).max(axis=1) < 190]
    assert inside[:, 2] == pytest.approx(terrain.at(inside[:, :2]), abs=2e-3)
    assert (normals(mesh)[:, 2] > 0).all()


def test_that_a_building_stands_at_its_lowest_corner_and_its_parts_with_it() -> None:
    rows = [_BUILDING | {"osm": "way/1", "height_m": 20.0, "geometry": shapely.box(0, 0, 40, 10)}]
    part = {
        "osm": "way/2",
        "building": "way/1",
        "min_height_m": 20.0,
        "height_m": 30.0,
        "geometry": shapely.box(30, 0, 40, 10),
    }
    city = on(slope(), buildings=rows, parts=[_BUILDING | part])
    assert city.meshes["buildings"].points[:, 2].min() == pytest.approx(20.0, abs=0.01)
    assert city.meshes["parts"].points[:, 2].max() == pytest.approx(50.0, abs=0.01)


def test_that_trees_and_lamps_stand_on_the_ground_and_walls_follow_it() -> None:
    tree = {"leaf": "broadleaved", "height_m": 10.0, "crown_m": 4.0, "height_from": "height", "crown_from": "d"}
    wall = {"kind": "wall", "height_m": 2.0, "geometry": shapely.LineString([(-100, 40), (100, 40)])}
    lamp = {"kind": "lamp", "height_m": 6.0, "geometry": shapely.Point(100, 0)}
    city = on(slope(), trees=[tree | {"geometry": shapely.Point(100, 50)}], furniture=[lamp, wall])
    trees, things = city.meshes["trees"].points, city.meshes["furniture"]
    assert trees[:, 2].min() == pytest.approx(30, abs=0.2)
    assert np.ptp(trees[:, 2]) == pytest.approx(10, abs=0.01)
    lamps, walls = things.points[things.feature == 0], things.points[things.feature == 1]
    assert lamps[:, 2].min() == pytest.approx(30, abs=0.2)
    assert (walls[:, 2] - SLOPE * (walls[:, 0] + 200)).max() == pytest.approx(2.0, abs=0.05)


def test_that_a_lake_is_level_and_a_river_slopes() -> None:
    water = [
        {"kind": "lake", "geometry": shapely.Point(0, 0).buffer(50)},
        {"kind": "river", "geometry": shapely.box(-150, 90, 150, 100)},
    ]
    city = on(slope(), water=water)
    mesh = city.meshes["water"]
    lake, river = mesh.points[mesh.feature == 0], mesh.points[mesh.feature == 1]
    assert np.ptp(lake[:, 2]) == 0
    assert np.ptp(river[:, 2]) == pytest.approx(30, abs=0.1)
    ground = city.meshes["ground"].points
    beneath = ground[np.hypot(ground[:, 0], ground[:, 1]) < 25]
    assert (beneath[:, 2] < lake[0, 2]).all()


def test_that_a_bridge_runs_straight_over_a_valley() -> None:
    x = np.abs(np.linspace(-200, 200, 21))
    valley = Terrain(-200.0, -200.0, 20.0, np.tile((x / 5).astype(np.float32), (21, 1)), 0.0, SOURCE)
    road = [_STREET | {"geometry": shapely.LineString(line)} for line in ([(-140, 0), (-100, 0)], [(100, 0), (140, 0)])]
    bridge = _STREET | {"bridge": True, "layer": 1, "geometry": shapely.LineString([(-100, 0), (0, 0), (100, 0)])}
    mesh = on(valley, streets=[*road, bridge]).meshes["bridges"]
    assert mesh.points[:, 2].min() > 18
    ends = mesh.points[np.abs(np.abs(mesh.points[:, 0]) - 100) < 1]
    assert ends[:, 2].max() == pytest.approx(20, abs=1.5)


def test_that_a_hill_shades_what_is_behind_it() -> None:
    heights = np.zeros((21, 21), np.float32)
    heights[:, 10] = 40
    ridge = Terrain(-200.0, -200.0, 20.0, heights, 0.0, SOURCE)
    seen = relief([], (-200, -200, 200, 200), cell_m=4.0, terrain=ridge)
    shadow = seen.shadow_m(np.array([-0.8, 0.0, 0.6]))
    row = shadow.shape[0] // 2
    assert shadow[row, int((30 + 200) / 4)] > 5
    assert shadow[row, int((-30 + 200) / 4)] < 25
    assert seen.above().height_m.max() == 0


def test_that_flat_land_stays_as_it_is() -> None:
    assert build(district()).terrain is None


def geotiff(path: Path, heights: Any, *, crs: str = FRAME.crs, reach: float = 400.0, **more: Any) -> Path:
    """Write a raster of heights about the district's origin."""
    import rasterio
    from rasterio.transform import from_bounds

    heights = np.atleast_3d(np.asarray(heights))
    rows, columns, bands = heights.shape
    place = from_bounds(-reach, -reach, reach, reach, columns, rows)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=columns,
        height=rows,
        count=bands,
        dtype=heights.dtype,
        crs=crs,
        transform=place,
        **more,
    ) as raster:
        raster.write(heights.transpose(2, 0, 1))
    return path


def test_that_a_geotiff_becomes_the_ground_and_is_kept_with_its_source(tmp_path: Path) -> None:
    rise = np.tile(np.linspace(100, 180, 161, dtype=np.float32), (161, 1))
    hilly = overlay.add_terrain(district(), geotiff(tmp_path / "a.tif", rise), source=HILLS)
    terrain = hilly.terrain
    assert terrain is not None
    at = terrain.at(np.array([[-100.0, 0.0], [100.0, 50.0]])) + terrain.datum_m
    assert at.tolist() == pytest.approx([130, 150], abs=0.4)
    made = save(tmp_path / "a.twin", hilly)
    again, city = file.read_district(tmp_path / "a.twin"), file.read_city(tmp_path / "a.twin")
    for kept in (again.terrain, city.terrain):
        assert kept is not None
        assert (kept.height_m == terrain.height_m).all()
        assert (kept.x_m, kept.cell_m, kept.datum_m, kept.source) == (
            terrain.x_m,
            terrain.cell_m,
            terrain.datum_m,
            HILLS,
        )
    assert (city.meshes["areas"].points == made.meshes["areas"].points).all()
    assert not list(file.verify(tmp_path / "a.twin"))
    once = overlay.add_terrain(again, tmp_path / "a.tif", source=HILLS)
    assert once.sources == again.sources


def test_that_gaps_in_the_heights_are_filled_from_beside(tmp_path: Path) -> None:
    rise = np.full((80, 80), 50.0, np.float32)
    rise[20:60, 20:60] = -9999
    hilly = overlay.add_terrain(district(), geotiff(tmp_path / "a.tif", rise, nodata=-9999), source=SOURCE)
    assert hilly.terrain is not None
    assert np.ptp(hilly.terrain.height_m) < 0.01
    assert filled(np.array([[1, np.nan, 3]], np.float32)).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("heights", "more", "sentence"),
    [
        (np.zeros((9, 9, 3), np.uint8), {}, "is a picture"),
        (np.full((9, 9), np.nan, np.float32), {}, "a.tif"),
        (np.zeros((9, 9), np.float32), {"crs": "EPSG:32633"}, "a.tif"),
        (np.zeros((9, 9), np.float32), {"crs": None}, "coordinate system"),
    ],
)
def test_that_a_raster_without_heights_here_is_one_sentence(
    tmp_path: Path, heights: Any, more: Any, sentence: str
) -> None:
    path = geotiff(tmp_path / "a.tif", heights, **more)
    with pytest.raises(TwinError, match=sentence):
        overlay.add_terrain(district(), path, source=SOURCE)


def test_that_a_hilly_city_can_be_seen_and_picked() -> None:
    from twin.scene import OffScreen, Scene

    rows = [_BUILDING | {"osm": "way/1", "height_m": 20.0, "geometry": shapely.box(-40, -40, 40, 40)}]
    city = on(slope(), buildings=rows)
    scene = Scene(OffScreen((320, 180)))
    scene.place(city)
    eye = scene.views("north").position
    assert eye[2] > 20
    picture = scene.still()
    assert np.ptp(picture) > 40
    scene.fly(replace(scene.view, position=(0.0, -1.0, 400.0), focal_point=(0.0, 0.0, 0.0)))
    assert scene.pick(160, 90) == ("buildings", 0)
    point = scene.point(160, 90)
    assert point is not None
    assert point[2] == pytest.approx(16.0 + 20.0, abs=0.1)
    scene.close()
