"""The `.twin` file in other programs: they read it, and what they change is known."""

from __future__ import annotations

import sqlite3
import struct
import warnings
from contextlib import closing
from typing import TYPE_CHECKING, Any

import districts
import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from twinfiles import assert_same_city, edit, reseal

from twin import file
from twin.file import saving
from twin.file.container import LOCAL_SRS_ID
from twin.model import TABLES, City, District, Frame

if TYPE_CHECKING:
    from pathlib import Path

EXTENSION_WARNING = r"ignore:.*non conformant file extension:RuntimeWarning"


# Other programs


@pytest.mark.filterwarnings(EXTENSION_WARNING)
def test_that_gdal_reads_every_table_in_its_right_place(made: tuple[District, City], path: Path) -> None:
    layers = dict(pyogrio.list_layers(path))
    assert TABLES.keys() <= layers.keys()
    for name in TABLES:
        read = pyogrio.read_dataframe(path, layer=name)
        table = made[0].tables[name]
        assert shapely.equals_identical(read.geometry.to_numpy(), table.geometry).all()
        for column, kind in TABLES[name].items():
            assert read[column].dtype == table[column].dtype or kind == "str" or read.empty
        if len(read):
            degrees = read.to_crs("EPSG:4326")
            lonlat = made[0].frame.lonlat_from_xy(shapely.get_coordinates(table.geometry))
            assert shapely.get_coordinates(degrees.geometry.to_numpy()) == pytest.approx(lonlat, abs=1e-9)


def test_that_gdal_has_nothing_to_say_but_about_the_name(path: Path) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for name in dict(pyogrio.list_layers(path)):
            pyogrio.read_info(path, layer=name)
    assert warned
    assert all("non conformant file extension" in str(warning.message) for warning in warned)
    as_gpkg = path.rename(path.with_suffix(".gpkg"))
    for name in dict(pyogrio.list_layers(as_gpkg)):  # and every warning is an error here
        pyogrio.read_info(as_gpkg, layer=name)


def test_that_the_coordinate_system_has_a_name_and_a_datum(path: Path) -> None:
    as_gpkg = path.rename(path.with_suffix(".gpkg"))
    crs = pyogrio.read_dataframe(as_gpkg, layer="buildings").crs
    assert crs.name.startswith("District Twin local metres at 60.17")
    assert crs.geodetic_crs.name == "WGS 84"


@settings(max_examples=20)
@given(st.floats(-180, 180), st.floats(-80, 80))
def test_that_the_coordinate_system_in_a_file_is_that_of_the_frame(lon: float, lat: float) -> None:
    frame = Frame(lon, lat)
    (_name, wkt) = saving._srs(frame)
    told = pyproj.Transformer.from_crs(wkt, "EPSG:4326", always_xy=True)
    xy = np.array([[0.0, 0.0], [4000.0, -7000.0]])
    assert np.column_stack(told.transform(*xy.T)) == pytest.approx(frame.lonlat_from_xy(xy), abs=1e-8)


def test_that_gdal_shows_ground_images_where_they_lie(path: Path) -> None:
    as_gpkg = path.rename(path.with_suffix(".gpkg"))
    with rasterio.open(as_gpkg) as raster:
        assert (raster.height, raster.width) == (30, 50)
        assert tuple(raster.bounds) == pytest.approx((-100, -60, 100, 60))
        assert np.array_equal(np.moveaxis(raster.read(), 0, -1), districts.image().pixels)


def test_that_the_geopackage_keeps_its_own_rules(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        listed = {name for (name,) in database.execute("SELECT table_name FROM gpkg_contents")}
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {name for name in tables if not name.startswith(("gpkg_", "sqlite_"))} == listed
        for table, shape in database.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"):
            columns = database.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
            assert dict(columns)["geom"] == shape


def test_that_gdal_finds_the_credit(path: Path) -> None:
    said = pyogrio.read_info(path.rename(path.with_suffix(".gpkg")), layer="buildings")["dataset_metadata"]
    assert "© OpenStreetMap contributors" in str(said)


@pytest.mark.filterwarnings(EXTENSION_WARNING)
def test_that_a_feature_added_by_gdal_is_read_and_the_meshes_are_known_to_be_old(path: Path) -> None:
    new = districts.table("trees", [districts.ROWS["trees"][0] | {"osm": "", "geometry": shapely.Point(1, 2)}])
    crs = pyogrio.read_dataframe(path, layer="trees").crs
    pyogrio.write_dataframe(new.frame(crs), path, layer="trees", driver="GPKG", append=True)
    trees = file.read_district(path).tables["trees"]
    assert len(trees) == 5
    assert trees.geometry[4] == shapely.Point(1, 2)
    with pytest.raises(file.StaleCity, match="older than its district"):
        file.read_city(path)
    assert file.read_info(path)["counts"]["trees"] == 5
    assert [problem.sentence for problem in file.verify(path)] == [
        "Table trees was changed after District Twin wrote it."
    ]


def test_that_a_value_changed_by_another_program_makes_the_meshes_old(path: Path) -> None:
    edit(path, "UPDATE buildings SET height_m = 50 WHERE osm = 'way/2'")
    buildings = file.read_district(path).tables["buildings"]
    assert buildings["height_m"][buildings["osm"] == "way/2"].tolist() == [50]
    with pytest.raises(file.StaleCity):
        file.read_city(path)


def test_that_a_container_rewritten_by_another_program_keeps_its_meshes(
    made: tuple[District, City], path: Path
) -> None:
    edit(path, "PRAGMA journal_mode=WAL", "CREATE TABLE layer_styles (style TEXT)", "PRAGMA journal_mode=DELETE")
    with closing(sqlite3.connect(path)) as database:
        database.execute("VACUUM")
    assert_same_city(made[1], file.read_city(path))
    assert file.verify(path) == ()


def test_that_empty_cells_left_by_another_program_mean_nothing_said(path: Path) -> None:
    edit(path, "UPDATE streets SET name = NULL, tags = NULL, lanes = NULL, layer = NULL, bridge = NULL")
    streets = file.read_district(path).tables["streets"]
    assert streets["name"].tolist() == ["", ""]
    assert streets["tags"].tolist() == ["{}", "{}"]
    assert np.isnan(streets["lanes"]).all()
    assert streets["bridge"].tolist() == [False, False]
    assert streets["layer"].dtype == "int64"


@pytest.mark.filterwarnings(EXTENSION_WARNING)
@pytest.mark.parametrize(
    ("table", "given", "expected"),
    [
        ("buildings", {}, {"min_height_m": 0, "roof_shape": "flat", "height_from": "default:area"}),
        ("buildings", {"kind": "garage"}, {"height_from": "default:building=garage"}),
        ("buildings", {"levels": 5.0}, {"height_m": 15, "height_from": "building:levels"}),
        ("buildings", {"height_m": 40.0}, {"height_m": 40, "height_from": "", "roof_height_m": 0}),
        ("buildings", {"tags": '{"height": "21", "roof:shape": "dome"}'}, {"height_m": 21, "height_from": "height"}),
        ("parts", {}, {"min_height_m": 0}),
        ("streets", {}, {"role": "service", "width_from": "default:highway=service"}),
        ("streets", {"kind": "footway", "width_m": 2.5}, {"role": "path", "width_m": 2.5, "width_from": ""}),
        ("streets", {"kind": "footway"}, {"role": "path", "width_from": "default:highway=footway"}),
        ("rails", {"kind": "tram"}, {"width_from": "default:railway=tram"}),
        ("trees", {"height_m": 12.0}, {"height_m": 12, "crown_from": "default:height"}),
    ],
)
def test_that_a_feature_drawn_without_numbers_gets_usual_ones_and_says_so(
    path: Path, table: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    shape = {"trees": shapely.Point(1, 2), "streets": shapely.LineString([(0, 0), (9, 9)])}
    drawn = shape.get(table, shape["streets"] if table == "rails" else shapely.box(0, 0, 10, 15))
    crs = pyogrio.read_dataframe(path, layer=table).crs
    new = geopandas.GeoDataFrame({"osm": ["mine"]} | {key: [value] for key, value in given.items()}, geometry=[drawn])
    pyogrio.write_dataframe(new.set_crs(crs), path, layer=table, driver="GPKG", append=True)
    row = file.read_district(path).tables[table].row(-1)
    assert {key: row[key] for key in expected} == expected
    assert [problem.sentence for problem in file.verify(path)] == [
        f"Table {table} was changed after District Twin wrote it."
    ]


def test_that_shapes_with_heights_lose_them(path: Path) -> None:
    header = struct.pack("<2sBBi", b"GP", 0, 1, LOCAL_SRS_ID)
    blob = header + shapely.to_wkb(shapely.Point(1, 2, 3), flavor="iso", byte_order=0)  # big-endian, too
    edit(path, "UPDATE trees SET geom = ? WHERE fid = 1", values=(blob,))
    assert file.read_district(path).tables["trees"].geometry[0].equals_exact(shapely.Point(1, 2))


def test_that_meshes_of_another_version_are_known_to_be_old_and_are_no_damage(path: Path) -> None:
    reseal(path, "city", lambda city: city | {"version": city["version"] - 1})
    with pytest.raises(file.StaleCity):
        file.read_city(path)
    assert file.verify(path) == ()


def test_that_verify_names_what_somebody_else_put_in(path: Path) -> None:
    edit(path, "CREATE VIEW peep AS SELECT 1", "CREATE TABLE stowaway (x)")
    said = sorted(problem.sentence for problem in file.verify(path))
    assert said == [
        "The table stowaway is not one that District Twin wrote.",
        "The view peep is not one that District Twin wrote.",
    ]
