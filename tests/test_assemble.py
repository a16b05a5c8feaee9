"""The assembler: from elements to the tables of a district."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from assembled import district_of, reasons
from osmfiles import Town, town

from twin.model import TABLES, TwinError
from twin.osm import assemble, elements, geopackage

if TYPE_CHECKING:
    from pathlib import Path


def test_that_every_road_leads_to_the_same_district(tmp_path: Path) -> None:
    names = ("a.osm", "a.osm.gz", "a.osm.bz2", "a.osm.pbf", "a.json", "a.geom.json")
    box = shapely.box(9.99, 49.99, 10.01, 50.01)
    districts = [district_of(town(), tmp_path, name, boundary=box) for name in names]
    for other in districts[1:]:
        for kind, table in districts[0].tables.items():
            mine, theirs = (
                t.frame().sort_values("osm", kind="stable").reset_index(drop=True) for t in (table, other.tables[kind])
            )
            assert mine.drop(columns="geometry").equals(theirs.drop(columns="geometry")), kind
            assert shapely.equals_exact(mine.geometry, theirs.geometry, 1e-6).all(), kind


def test_that_tables_have_the_columns_and_types_they_promise(tmp_path: Path) -> None:
    district = district_of(town(), tmp_path)
    assert set(district.tables) == set(TABLES)
    for kind, columns in TABLES.items():
        table = district.tables[kind]
        assert list(table.columns) == list(columns)
        for column, type_ in columns.items():
            dtype = table[column].dtype
            assert dtype == (object if type_ == "str" else type_), (kind, column)


def test_that_the_town_is_whole(tmp_path: Path) -> None:
    district = district_of(town(), tmp_path)
    counts = {kind: len(table) for kind, table in district.tables.items() if len(table)}
    assert counts == {
        "buildings": 3, "parts": 2, "streets": 2, "rails": 1, "areas": 1, "water": 2, "trees": 7, "furniture": 1,
    }  # fmt: skip
    assert list(reasons(district).values()) == ["node_building"]
    assert district.zone == "Europe/Berlin"
    assert district.sources[0].licence == "ODbL 1.0"


def test_that_lengths_are_metres_about_the_middle(tmp_path: Path) -> None:
    house = district_of(town(), tmp_path).tables["buildings"].frame().set_index("name").loc["Plain House"]
    assert house.geometry.area == pytest.approx(200, rel=1e-3)
    assert house.geometry.bounds == pytest.approx((0, 0, 20, 10), abs=0.05)
    assert json.loads(house["tags"])["roof:shape"] == "gabled"


def test_that_a_cut_street_keeps_its_known_stretches(tmp_path: Path) -> None:
    made = Town()
    way = made.way([(0, 0), (10, 0), (20, 0), (30, 0), (40, 0)], highway="service")
    made.lost = {made.ways[way][0][2]}
    streets = district_of(made, tmp_path).tables["streets"]
    assert shapely.length(streets.geometry).tolist() == pytest.approx([20], rel=1e-3)
    assert streets["repairs"].tolist() == ["cut_by_edge"]


def test_that_parts_know_their_outline_by_relation_and_by_place(tmp_path: Path) -> None:
    made = town()
    loose = made.box(2, 2, 8, 8, building__part="yes")
    alone = made.box(-40, -80, -30, -70, building__part="yes")
    district = district_of(made, tmp_path)
    names = district.tables["buildings"].frame().set_index("osm")["name"].to_dict() | {"": ""}
    owner = {osm: names[of] for osm, of in district.tables["parts"].frame()[["osm", "building"]].to_numpy()}
    assert sorted(owner.values()) == ["", "Cathedral", "Cathedral", "Plain House"]
    assert owner[f"way/{loose}"] == "Plain House"
    assert owner[f"way/{alone}"] == ""


def test_that_a_part_without_height_takes_that_of_its_outline(tmp_path: Path) -> None:
    made = town()
    loose = made.box(2, 2, 8, 8, building__part="yes")
    part = district_of(made, tmp_path).tables["parts"].frame().set_index("osm").loc[f"way/{loose}"]
    assert part["height_m"] == 7.5
    assert part["height_from"] == "outline:height"


def test_that_an_outline_without_tags_takes_those_of_its_relation(tmp_path: Path) -> None:
    made = Town()
    outline, part = made.box(0, 0, 20, 20), made.box(0, 0, 10, 20, building__part="yes")
    made.relation([("w", outline, "outline"), ("w", part, "part")], type="building", building="church", name="St. Ann")
    assert district_of(made, tmp_path).tables["buildings"]["name"].tolist() == ["St. Ann"]


def test_that_a_row_of_trees_is_planted_end_to_end(tmp_path: Path) -> None:
    made = Town()
    made.way([(0, 0), (40, 0)], natural="tree_row")
    x = np.sort(district_of(made, tmp_path).tables["trees"].frame().geometry.x)
    assert x == pytest.approx([0, 8, 16, 24, 32, 40], abs=0.05)


def coast(points: list[tuple[float, float]]) -> Town:
    made = Town()
    made.way(points, natural="coastline")
    made.box(-10, 50, 10, 60, building="yes")
    return made


def test_that_the_sea_lies_to_the_right_of_the_coast(tmp_path: Path) -> None:
    # Eastward: land on the left, to the north.
    sea = district_of(coast([(-900, 0), (900, 0)]), tmp_path).tables["water"]
    assert sea["kind"].tolist() == ["sea"]
    assert sea.geometry[0].contains(shapely.Point(0, -500))
    assert not sea.geometry[0].intersects(shapely.Point(0, 5))


@pytest.mark.parametrize("eastward", [True, False])
def test_that_a_quay_longer_than_the_district_has_the_sea_beside_it(tmp_path: Path, *, eastward: bool) -> None:
    made = coast([(-900, 0), (3000, 0)] if eastward else [(3000, 0), (-900, 0)])
    district = district_of(made, tmp_path, boundary=shapely.box(9.999, 49.999, 10.006, 50.001))
    (sea,) = district.tables["water"].geometry
    assert sea.area == pytest.approx(district.boundary_xy.area / 2, rel=1e-2)
    assert (sea.centroid.y < 0) == eastward


def test_that_an_island_stays_dry_and_the_sea_around_it_is_wet(tmp_path: Path) -> None:
    made = coast([(900, 400), (-900, 400)])  # westward: the sea is to the north
    made.ring([(-100, 600), (100, 600), (100, 800), (-100, 800)], natural="coastline")
    sea = shapely.union_all(district_of(made, tmp_path).tables["water"].geometry)
    assert sea.contains(shapely.Point(300, 700))
    assert not sea.intersects(shapely.Point(0, 700))
    assert not sea.intersects(shapely.Point(0, 0))


def test_that_a_coast_cut_short_of_the_edge_is_led_to_it(tmp_path: Path) -> None:
    sea = district_of(coast([(-600, 0), (650, 0)]), tmp_path).tables["water"].geometry
    assert shapely.area(sea).sum() == pytest.approx(1434 * 1112, rel=0.02)


def test_that_only_what_touches_the_boundary_is_kept(tmp_path: Path) -> None:
    around_house = shapely.box(10.0, 50.0, 10.0002, 50.0001)
    district = district_of(town(), tmp_path, boundary=around_house)
    assert district.tables["buildings"]["name"].tolist() == ["Plain House"]


def test_that_only_what_was_dropped_inside_the_boundary_is_counted(tmp_path: Path) -> None:
    made = town()
    stray = made.way([(300, 0), (310, 0)])
    outside = {
        f"way/{made.box(300, 300, 310, 310, building='yes', location='underground')}",
        f"way/{made.way([(300, 50), (320, 50), (320, 70), (300, 70)], building='yes')}",
        f"way/{made.box(300, 0, 300.1, 0.1, building='yes')}",
        f"node/{made.node(300, 0, building='yes')}",
        f"node/{made.node(300, 0, man_made='surveillance', surveillance='indoor')}",
        f"relation/{made.relation([('w', stray, 'outer')], type='multipolygon', building='yes')}",
    }
    found = elements.from_file(made.save(tmp_path / "town.osm"))
    everywhere = assemble.district(found, name="Town")
    assert outside < reasons(everywhere).keys()
    around_town = shapely.box(9.9985, 49.9985, 10.0025, 50.0025)
    assert list(reasons(assemble.district(found, name="Town", boundary=around_town)).values()) == ["node_building"]


def answer_of(tmp_path: Path, *ways: tuple[dict[str, str], list[tuple[float, float]]]) -> elements.Elements:
    """Return an answer with a house at 10, 50 and these ways through places in degrees."""
    house = [(10.0, 50.0), (10.0002, 50.0), (10.0002, 50.0001), (10.0, 50.0001), (10.0, 50.0)]
    told = [
        {"type": "way", "id": id_, "tags": tags, "geometry": [{"lon": lon, "lat": lat} for lon, lat in places]}
        for id_, (tags, places) in enumerate([({"building": "yes"}, house), *ways], 1)
    ]
    (tmp_path / "answer.json").write_text(json.dumps({"elements": told}))
    return elements.from_overpass([tmp_path / "answer.json"])


AROUND_HOUSE = shapely.box(9.999, 49.999, 10.001, 50.001)


@pytest.mark.parametrize("reach", [1.0, 15.0, 40.0])
def test_that_what_reaches_far_beyond_the_district_is_cut_there(tmp_path: Path, reach: float) -> None:
    west, south, east, north = 10 - reach, 50 - reach, 10 + reach, 50 + 0.9 * reach
    lake = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    found = answer_of(
        tmp_path,
        ({"natural": "water"}, lake),
        ({"waterway": "river"}, [(west, 50.0), (10.0, 50.0), (east, 50.0)]),
        ({"natural": "tree_row"}, [(10.0, south), (10.0, 50.0), (10.0, north)]),
        ({"highway": "motorway"}, [(west, 50.0), (10.0, 50.0), (10.0, north)]),
    )
    district = assemble.district(found, name="Shore", boundary=AROUND_HOUSE)
    assert district.repairs == {"cut_far": 3 + len(district.tables["trees"])}
    assert {kind: len(table) for kind, table in district.tables.items() if len(table) and kind != "trees"} == {
        "buildings": 1, "streets": 1, "water": 2,
    }  # fmt: skip
    for table in district.tables.values():
        assert len(table) == 0 or np.abs(shapely.total_bounds(table.geometry)).max() < 10_200
        assert shapely.is_valid(table.geometry).all()
    assert len(district.tables["trees"]) == pytest.approx(20_000 / 8, rel=0.03)


def test_that_a_way_to_the_other_side_of_the_earth_harms_nobody(tmp_path: Path) -> None:
    far = [(10.0, 50.0), (-170.0, -50.0), (100.0, 0.0), (10.0, 50.0)]
    found = answer_of(tmp_path, ({"natural": "water"}, far), ({"highway": "service"}, far))
    district = assemble.district(found, name="Earth", boundary=AROUND_HOUSE)
    assert len(district.tables["buildings"]) == 1
    for table in district.tables.values():
        assert len(table) == 0 or np.abs(shapely.total_bounds(table.geometry)).max() < 10_200


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ([(179.99, -17.0), (-179.99, -17.0)], "both sides of the 180° meridian"),
        ([(10.0, 89.0), (10.1, 89.0)], "near to a pole"),
        ([(10.0, 50.0), (30.0, 60.0)], "1,431 km wide and 1,106 km high"),
    ],
)
def test_that_data_beyond_local_metres_is_one_sentence(
    tmp_path: Path, places: list[tuple[float, float]], sentence: str
) -> None:
    answer = town().overpass()
    answer["elements"] = [
        {"type": "node", "id": 2 * n + k, "lon": lon + k * 1e-4, "lat": lat}
        for n, (lon, lat) in enumerate(places)
        for k in (0, 1)
    ] + [{"type": "way", "id": n, "nodes": [2 * n, 2 * n + 1], "tags": {"highway": "road"}} for n in range(len(places))]
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    with pytest.raises(TwinError, match=sentence):
        assemble.district(elements.from_overpass([tmp_path / "answer.json"]), name="Far")


def test_that_a_single_tree_and_a_way_in_one_spot_are_places_too(tmp_path: Path) -> None:
    tree = {"type": "node", "id": 1, "lat": 50.0, "lon": 10.0, "tags": {"natural": "tree"}}
    (tmp_path / "tree.json").write_text(json.dumps({"elements": [tree]}))
    district = assemble.district(elements.from_file(tmp_path / "tree.json"), name="Tree")
    assert len(district.tables["trees"]) == 1
    spot = {"type": "way", "id": 2, "nodes": [1, 1, 1], "tags": {"building": "yes"}}
    (tmp_path / "spot.json").write_text(json.dumps({"elements": [tree, spot]}))
    district = assemble.district(elements.from_file(tmp_path / "spot.json"), name="Spot")
    assert len(district.tables["trees"]) == 1
    assert not len(district.tables["buildings"])


def test_that_bounds_of_all_the_world_tell_nothing(tmp_path: Path) -> None:
    world = 'minlat="-90" minlon="-180" maxlat="90" maxlon="180"'
    (tmp_path / "town.osm").write_text(re.sub("minlat=.*?(?=/>)", world, town().xml()))
    district = assemble.district(elements.from_file(tmp_path / "town.osm"), name="Town")
    assert (district.frame.lon, district.frame.lat) == pytest.approx((10, 50), abs=0.01)
    assert len(district.tables["buildings"]) == 3


def test_that_an_empty_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="nothing on the map in Town"):
        district_of(town(), tmp_path, boundary=shapely.box(10.005, 50.005, 10.006, 50.006))


def test_that_a_remark_of_the_server_makes_the_district_incomplete(tmp_path: Path) -> None:
    answer = town().overpass() | {"remark": "runtime error: Query timed out"}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    district = assemble.district(elements.from_overpass([tmp_path / "answer.json"]), name="Town")
    assert "timed out" in district.incomplete


def geopackage_of(tmp_path: Path, layers: dict[str, Any]) -> Path:
    path = tmp_path / "map.gpkg"
    for layer, frame in layers.items():
        frame.to_file(path, layer=layer, driver="GPKG")
    return path


def test_that_a_geopackage_with_keys_as_columns_becomes_a_district(tmp_path: Path) -> None:
    import geopandas as gpd

    square, line = shapely.box(10, 50, 10.0003, 50.0001), shapely.LineString([(10, 50.0002), (10.001, 50.0002)])
    frame = gpd.GeoDataFrame(
        {"full_id": ["w7", "w8"], "building": ["yes", None], "height": ["12 m", None], "highway": [None, "primary"]},
        geometry=[square, line], crs="EPSG:4326",
    ).to_crs("EPSG:25832")  # fmt: skip
    district = assemble.district(geopackage.from_file(geopackage_of(tmp_path, {"osm": frame})), name="G")
    assert district.tables["buildings"].frame()[["osm", "height_m"]].to_numpy().tolist() == [["way/7", 12.0]]
    assert district.tables["streets"]["kind"].tolist() == ["primary"]


def test_that_a_geopackage_of_gdal_and_of_geofabrik_are_understood(tmp_path: Path) -> None:
    import geopandas as gpd

    square = shapely.box(10, 50, 10.0003, 50.0001)
    packed = '"building:levels"=>"4","a\\"b"=>"c"'
    gdal = gpd.GeoDataFrame(
        {"osm_id": [None], "osm_way_id": ["9"], "building": ["yes"], "other_tags": [packed]},
        geometry=[square], crs="EPSG:4326",
    )  # fmt: skip
    fabrik = gpd.GeoDataFrame(
        {"osm_id": ["11"], "code": [1500], "fclass": ["building"], "name": ["Barn"], "type": ["barn"]},
        geometry=[shapely.box(10.001, 50, 10.0013, 50.0001)], crs="EPSG:4326",
    )  # fmt: skip
    path = geopackage_of(tmp_path, {"multipolygons": gdal, "gis_osm_buildings_a_free": fabrik})
    buildings = assemble.district(geopackage.from_file(path), name="G").tables["buildings"].frame().set_index("osm")
    assert buildings.loc["way/9", "levels"] == 4
    assert buildings.loc["way/11", "kind"] == "barn"


def test_that_groups_and_mixtures_of_a_geopackage_come_apart(tmp_path: Path) -> None:
    import geopandas as gpd

    square = shapely.box(10, 50, 10.0003, 50.0001)
    shapes = [
        shapely.GeometryCollection([square, shapely.Point(10, 50)]),
        shapely.MultiPoint([(10.0001, 50.00005), (10.0002, 50.00005)]),
        shapely.boundary(square),
    ]
    keys = {"building": ["yes", None, "yes"], "natural": [None, "tree", None]}
    frame = gpd.GeoDataFrame(keys, geometry=shapes, crs="EPSG:4326")
    district = assemble.district(geopackage.from_file(geopackage_of(tmp_path, {"osm": frame})), name="G")
    assert district.tables["buildings"].frame().geom_type.tolist() == ["Polygon"]
    assert district.tables["trees"].frame().geom_type.tolist() == ["Point", "Point"]
    assert list(reasons(district).values()) == ["not_a_ring"]


def test_that_a_geopackage_without_osm_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.gpkg").write_bytes(b"SQLite format 3\0" + b"\0" * 200)
    with pytest.raises(TwinError, match=r"x\.gpkg cannot be read"):
        geopackage.from_file(tmp_path / "x.gpkg")
    with closing(sqlite3.connect(tmp_path / "y.gpkg")) as database:
        database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
        database.execute("INSERT INTO gpkg_contents VALUES (CAST(x'd541' AS TEXT), 'features')")
        database.commit()
    with pytest.raises(TwinError, match=r"y\.gpkg cannot be read"):
        geopackage.from_file(tmp_path / "y.gpkg")


def test_that_a_tower_does_not_swallow_the_dome_on_top_of_it(tmp_path: Path) -> None:
    made = Town()
    made.box(0, 0, 30, 10, building="church", height="15")
    tower = made.box(0, 0, 6, 6, building__part="yes", height="23")
    made.ring(
        [(3 + 2.6 * np.cos(a), 3 + 2.6 * np.sin(a)) for a in np.arange(0, 2 * np.pi, np.pi / 8)],
        building__part="yes", min_height="18", height="23", roof__height="5", roof__shape="dome",
    )  # fmt: skip
    turret = made.box(20, 2, 28, 8, building__part="yes", height="23")
    made.box(20, 2, 21, 3, building__part="yes", min_height="18", height="23", roof__height="5", roof__shape="dome")
    parts = district_of(made, tmp_path).tables["parts"].frame().set_index("osm")
    assert parts.loc[f"way/{tower}", "height_m"] == 18
    assert parts.loc[f"way/{tower}", "height_from"] == "parts"
    assert parts.loc[f"way/{tower}", "repairs"] == "under_roof"
    assert parts.loc[f"way/{turret}", "height_m"] == 23


def test_that_an_outline_that_is_a_multipolygon_takes_the_tags_of_its_relation(tmp_path: Path) -> None:
    made = Town()
    outer, inner = made.box(0, 0, 40, 40), made.box(10, 10, 30, 30)
    outline = made.relation([("w", outer, "outer"), ("w", inner, "inner")], type="multipolygon")
    part = made.box(0, 0, 10, 40, building__part="yes", height="30")
    made.relation([("r", outline, "outline"), ("w", part, "part")], type="building", building="school", name="S")
    district = district_of(made, tmp_path)
    assert district.tables["buildings"].frame()[["name", "kind"]].to_numpy().tolist() == [["S", "school"]]
    assert district.tables["parts"]["building"].tolist() == [f"relation/{outline}"]
