"""The `.twin` file: what is written comes back, other programs read it, and no damage goes unnoticed."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import warnings
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import districts
import geopandas
import numpy as np
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin import file
from twin.file import manifest, saving
from twin.file.container import LOCAL_SRS_ID
from twin.model import TABLES, Cancelled, City, District, Frame, Progress, TwinError

EXTENSION_WARNING = r"ignore:.*non conformant file extension:RuntimeWarning"


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


# What is written comes back


def test_that_a_district_comes_back_as_it_was(made: tuple[District, City], path: Path) -> None:
    assert_same_district(made[0], file.read_district(path))


def test_that_a_city_comes_back_as_it_was(made: tuple[District, City], path: Path) -> None:
    assert_same_city(made[1], file.read_city(path))


def test_that_a_fresh_file_verifies(path: Path) -> None:
    said: list[Progress] = []
    assert file.verify(path, report=said.append) == ()
    assert said


def test_that_a_district_without_a_single_feature_comes_back(tmp_path: Path) -> None:
    bare = districts.district(tables={name: districts.table(name, []) for name in TABLES}, dropped=(), repairs={})
    city = replace(districts.city(), meshes={}, paints=())
    file.write(tmp_path / "bare.twin", bare, city)
    assert_same_district(bare, file.read_district(tmp_path / "bare.twin"))
    assert_same_city(city, file.read_city(tmp_path / "bare.twin"))
    assert file.verify(tmp_path / "bare.twin") == ()


def test_that_saving_what_was_read_changes_nothing(path: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.twin"
    file.write(again, file.read_district(path), file.read_city(path))
    assert_same_district(file.read_district(path), file.read_district(again))
    assert file.read_info(path) == file.read_info(again)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(max_size=40),
    tags=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=4),
    numbers=st.lists(st.floats(0, 200), min_size=3, max_size=3),
    corner=st.tuples(st.floats(-9e5, 9e5), st.floats(-9e5, 9e5)),
)
def test_that_any_text_and_number_comes_back(
    made: tuple[District, City],
    tmp_path: Path,
    name: str,
    tags: dict[str, str],
    numbers: list[float],
    corner: tuple[float, float],
) -> None:
    name = name.encode("utf-8", "replace").decode()
    row = districts.ROWS["buildings"][0] | {
        "name": name,
        "tags": json.dumps(tags),
        "geometry": shapely.box(*corner, corner[0] + 1, corner[1] + 1),
    }
    row |= dict(zip(("height_m", "min_height_m", "levels"), numbers, strict=True))
    buildings = districts.table("buildings", [row])
    district = replace(made[0], name=name, tables={**made[0].tables, "buildings": buildings}, images=())
    file.write(tmp_path / "any.twin", district, made[1])
    again = file.read_district(tmp_path / "any.twin")
    assert again.name == name
    districts.assert_same_table(again.tables["buildings"], buildings)


def test_that_text_no_file_can_hold_is_made_fit(tmp_path: Path) -> None:
    buildings = districts.table("buildings", [districts.ROWS["buildings"][0]])
    buildings = buildings.replaced(name=np.array(["lone \ud800 surrogate"], object))
    file.write(
        tmp_path / "x.twin",
        districts.district(tables=districts.district().tables | {"buildings": buildings}),
        districts.city(),
    )
    assert file.read_district(tmp_path / "x.twin").tables["buildings"]["name"].tolist() == ["lone ? surrogate"]


def test_that_a_district_named_after_a_file_in_odd_bytes_is_written(
    made: tuple[District, City], tmp_path: Path
) -> None:
    name = os.fsdecode(b"caf\xe9")  # Latin 1, where names of files are UTF-8
    file.write(tmp_path / "x.twin", replace(made[0], name=name), made[1])
    assert file.read_info(tmp_path / "x.twin")["name"].startswith("caf")
    assert not file.verify(tmp_path / "x.twin")


def test_that_a_large_image_comes_back_over_many_tiles(tmp_path: Path) -> None:
    pixels = np.zeros((1025, 2049, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:, :, 0] = np.arange(2049) % 256
    pixels[:, :, 1] = np.arange(1025)[:, None] % 256
    image = replace(districts.image(), pixels=pixels)
    district = districts.district(images=(image, districts.image(1, 1, name="A pixel")))
    file.write(tmp_path / "x.twin", district, districts.city(district))
    assert_same_images(district.images, file.read_district(tmp_path / "x.twin").images)
    assert_same_images(district.images, file.read_city(tmp_path / "x.twin").images)


def test_that_a_city_is_read_without_geopandas(path: Path) -> None:
    code = """
        import sys
        from twin import file
        file.read_city(sys.argv[1]); file.read_info(sys.argv[1]); file.verify(sys.argv[1])
        print(sorted({"geopandas", "pandas", "pyogrio", "pyproj", "rasterio", "pyvista"} & set(sys.modules)))
    """
    root = Path(file.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(path)], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"


# What a file says about itself


def test_that_info_tells_what_the_district_is(path: Path) -> None:
    info = file.read_info(path)
    assert json.loads(json.dumps(info)) == info
    assert info["name"] == "Little Harbour"
    assert info["zone"] == "Europe/Helsinki"
    assert info["incomplete"] == "The server answered only in part."
    assert info["counts"]["buildings"] == 3
    assert info["counts"]["trees"] == 4
    assert info["counts"]["lamps"] == 1
    assert info["counts"]["overlays"] == 0
    assert info["heights"] == {"tagged": 1, "levels": 1, "inferred": 1}
    assert info["repairs"] == {"ring-closed": 1}
    assert info["dropped"] == {"open-ring": 1, "no-outer": 1}
    assert info["sources"][0]["licence"] == "CC0 1.0"
    assert info["credit"] == "© OpenStreetMap contributors"
    assert info["days"] == info["layers"] == []
    assert info["version"] == 1
    assert [overlay["name"] for overlay in info["overlays"]] == ["Aerial"]


def test_that_info_tells_bounds_in_degrees(path: Path) -> None:
    west, south, east, north = file.read_info(path)["bounds"]
    assert west < 24.95 < east
    assert south < 60.17 < north
    assert (north - south) * 111_400 == pytest.approx(240, rel=0.01)
    assert shapely.geometry.shape(file.read_info(path)["boundary"]).bounds == (west, south, east, north)


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


# Names and places


@pytest.mark.parametrize(
    "name", ["with space.twin", "a#b?c%41.twin", "Ümläut.twin", "北京 东城.twin", "'quoted'.twin", "x"]
)
def test_that_any_file_name_works(written: bytes, made: tuple[District, City], tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    file.write(path, *made)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    file.read_district(path)
    file.read_city(str(path))
    assert file.verify(path) == ()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_that_a_relative_name_works(written: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here.twin").write_bytes(written)
    monkeypatch.chdir(tmp_path)
    assert file.read_info("here.twin")["name"] == "Little Harbour"


def test_that_reading_leaves_no_trace(path: Path) -> None:
    before = path.read_bytes(), path.stat().st_mtime_ns
    file.read_city(path)
    file.read_district(path)
    file.verify(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_that_a_file_left_in_wal_mode_is_read_without_a_trace(made: tuple[District, City], path: Path) -> None:
    edit(path, "PRAGMA journal_mode=WAL")
    assert_same_city(made[1], file.read_city(path))
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_that_edits_still_waiting_in_a_wal_are_seen(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:  # QGIS has the file open
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("UPDATE buildings SET height_m = 77")
        other.commit()
        assert (file.read_district(path).tables["buildings"]["height_m"] == 77).all()
        with pytest.raises(file.StaleCity):
            file.read_city(path)


def test_that_a_closed_file_opens_from_a_read_only_folder(path: Path) -> None:
    path.chmod(stat.S_IRUSR)
    path.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert file.read_info(path)["name"] == "Little Harbour"
        file.read_city(path)
    finally:
        path.parent.chmod(stat.S_IRWXU)
    assert path.read_bytes()[18:20] == b"\1\1"  # journal mode DELETE


def test_that_a_link_stays_a_link(made: tuple[District, City], tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "link.twin"
    link.symlink_to(tmp_path / "disk" / "real.twin")
    file.write(link, *made)
    assert link.is_symlink()
    assert file.verify(tmp_path / "disk" / "real.twin") == ()


def test_that_an_old_file_keeps_its_permissions(made: tuple[District, City], path: Path) -> None:
    path.chmod(0o640)
    file.write(path, *made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


# Writing that fails


def test_that_a_missing_folder_is_named(made: tuple[District, City], tmp_path: Path) -> None:
    with pytest.raises(TwinError, match=r"There is no folder .*nowhere"):
        file.write(tmp_path / "nowhere" / "x.twin", *made)


def test_that_a_folder_is_no_file_to_write(made: tuple[District, City], tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="is a folder"):
        file.write(tmp_path, *made)
    assert list(tmp_path.iterdir()) == []


def test_that_a_stopped_write_leaves_the_old_file(made: tuple[District, City], path: Path) -> None:
    before = path.read_bytes()
    left = 3

    def stop(progress: Progress) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Cancelled

    with pytest.raises(Cancelled):
        file.write(path, *made, report=stop)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_that_a_full_disk_leaves_the_old_file(path: Path) -> None:
    code = """
        import resource, sys
        sys.path.insert(0, sys.argv[2])
        import districts
        from twin import file
        from twin.model import TwinError
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            file.write(sys.argv[1], districts.district(), districts.city())
        except TwinError as error:
            print(error)
    """
    before = path.read_bytes()
    tests = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(path), str(tests)],
        capture_output=True,
        text=True,
        check=True,
        cwd=tests.parent,
    )
    assert "could not be written" in done.stdout
    assert "Nothing was changed" in done.stdout
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_that_wild_values_are_not_written(made: tuple[District, City], tmp_path: Path) -> None:
    trees = districts.table("trees", [districts.ROWS["trees"][0] | {"height_m": np.inf}])
    with pytest.raises(TwinError, match=r"height_m of node/500 .* cannot be inf"):
        file.write(tmp_path / "x.twin", replace(made[0], tables=made[0].tables | {"trees": trees}), made[1])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("trees", "height_m", 5000),
        ("trees", "crown_m", -1),
        ("buildings", "height_m", -3),
        ("buildings", "levels", 4000),
        ("streets", "width_m", -2),
    ],
)
def test_that_numbers_that_nothing_on_earth_has_are_refused(path: Path, table: str, column: str, value: float) -> None:
    edit(path, f"UPDATE {table} SET {column} = ?", values=(value,))  # noqa: S608
    with pytest.raises(TwinError, match=rf"{column} of .* cannot be {value}.*: it is a number from 0 to"):
        file.read_district(path)
    assert any("cannot be" in problem.sentence for problem in file.verify(path))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM gpkg_contents WHERE table_name = 'trees'",
        "UPDATE gpkg_contents SET data_type = 'attributes' WHERE table_name = 'trees'",
        "UPDATE gpkg_geometry_columns SET srs_id = 4326 WHERE table_name = 'trees'",
        "UPDATE gpkg_spatial_ref_sys SET definition = replace(definition, '60.17', '61.17')",
        "UPDATE gpkg_spatial_ref_sys SET definition = 'undefined'",
        "UPDATE gpkg_geometry_columns SET column_name = 'shape' WHERE table_name = 'trees'",
    ],
)
def test_that_verify_notices_damaged_registration(path: Path, statement: str) -> None:
    edit(path, "PRAGMA foreign_keys = OFF", statement)
    said = [problem.sentence for problem in file.verify(path)]
    assert any("registered" in sentence or "coordinate system" in sentence for sentence in said)


# Files that are not what they should be


def refusal(path: Path) -> str:
    """Return the one sentence with which every reader refuses a file."""
    said = set()
    for reader in (file.read_city, file.read_district, file.read_info, file.verify):
        with pytest.raises(TwinError) as caught:
            reader(path)
        said.add(str(caught.value))
    (sentence,) = said
    assert "\n" not in sentence
    return sentence


def test_that_an_absent_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.twin") == f"There is no file {tmp_path / 'no.twin'}."


def test_that_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)


def test_that_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.twin")
    assert "not an ordinary file" in refusal(tmp_path / "pipe.twin")


def test_that_a_nul_in_the_name_is_refused() -> None:
    assert "not a usable file name" in refusal(Path("a\0b.twin"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04" + b"x" * 200, "is not a .twin file"),
        (b"SQLite format 3\0", "is not a .twin file"),
    ],
)
def test_that_other_content_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.twin").write_bytes(content)
    assert said in refusal(tmp_path / "x.twin")


def test_that_two_gigabytes_of_nothing_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "zeros.twin").open("wb") as stream:
        stream.truncate(2 * 2**30)
    assert "is not a .twin file" in refusal(tmp_path / "zeros.twin")


def test_that_any_other_database_is_refused(tmp_path: Path) -> None:
    edit(tmp_path / "x.twin", "CREATE TABLE x (y)")
    assert "is a database, but not a .twin file" in refusal(tmp_path / "x.twin")


def test_that_a_geopackage_of_somebody_else_is_sent_to_fetch(tmp_path: Path) -> None:
    points = geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)], crs="EPSG:4326")
    points.to_file(tmp_path / "x.gpkg", driver="GPKG")
    assert "twin fetch --osm" in refusal(tmp_path / "x.gpkg")


def test_that_a_file_from_the_future_is_refused(path: Path) -> None:
    edit(path, "UPDATE twin_manifest SET value = '2' WHERE key = 'schema'")
    assert "made by a newer District Twin" in refusal(path)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
def test_that_a_file_cut_short_is_refused(path: Path, written: bytes, share: float) -> None:
    path.write_bytes(written[: int(len(written) * share)])
    assert "cut short" in refusal(path)


def test_that_a_fragment_of_a_header_is_refused(path: Path, written: bytes) -> None:
    path.write_bytes(written[:50])
    assert "is not a .twin file" in refusal(path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE buildings SET height_m = 9e999 WHERE fid = 2", "height_m of way/2 (row 2 of table buildings)"),
        ("UPDATE buildings SET height_m = 1e300", "cannot be 1e+300"),
        ("UPDATE buildings SET height_m = 'tall'", "column height_m of table buildings has values of another type"),
        ("UPDATE buildings SET name = x'ff00'", "column name of table buildings has values of another type"),
        ("UPDATE buildings SET name = CAST(x'ff41' AS TEXT)", "UTF-8"),
        ("UPDATE buildings SET wall_colour = 'red; drop'", "wall_colour of relation/1"),
        ("UPDATE buildings SET tags = '{'", "tags of relation/1"),
        ("UPDATE buildings SET tags = '[1]'", "tags of relation/1"),
        ("UPDATE streets SET layer = 1e18", "layer of way/100"),
        ("UPDATE streets SET layer = 0.5", "column layer of table streets has values of another type"),
        ("UPDATE trees SET geom = NULL", "table trees has shapes that cannot be read"),
        ("UPDATE trees SET geom = x'00'", "table trees has shapes that cannot be read"),
        ("UPDATE trees SET geom = (SELECT geom FROM buildings)", "the shape of node/500 (row 1 of table trees)"),
        ("UPDATE gpkg_geometry_columns SET srs_id = 4326", "coordinate system"),
        ("ALTER TABLE buildings DROP COLUMN height_m", "table buildings lacks height_m"),
        ("DROP TABLE trees", "table trees is missing"),
    ],
)
def test_that_wild_values_are_refused(path: Path, statement: str, said: str) -> None:
    edit(path, statement)
    with pytest.raises(TwinError) as caught:
        file.read_district(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("xy", [(1e300, 0), (np.nan, 1), (np.inf, 1), (1e7, 0)])
def test_that_coordinates_out_of_this_world_are_refused(path: Path, xy: tuple[float, float]) -> None:
    blob = struct.pack("<2sBBi", b"GP", 0, 1, LOCAL_SRS_ID) + struct.pack("<BIdd", 1, 1, *xy)
    edit(path, "UPDATE trees SET geom = ? WHERE fid = 2", values=(blob,))
    with pytest.raises(TwinError, match=r"the shape of node/501 \(row 2 of table trees\)"):
        file.read_district(path)


@pytest.mark.parametrize("kind", [6, 7])
def test_that_shapes_nested_without_end_do_not_end_the_process(path: Path, kind: int) -> None:
    bomb = struct.pack("<2sBBi", b"GP", 0, 1, LOCAL_SRS_ID) + struct.pack("<BII", 1, kind, 1) * 200_000
    edit(path, "UPDATE buildings SET geom = ?", values=(bomb,))
    with pytest.raises(TwinError, match="shapes that cannot be read"):
        file.read_district(path)
    assert any("shapes that cannot be read" in problem.sentence for problem in file.verify(path))


def test_that_a_view_in_the_place_of_a_table_is_not_run(path: Path) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS fid FROM n"
    edit(path, "DROP TABLE trees", f"CREATE VIEW trees AS {endless}")
    for reader in (file.read_district, file.read_info):
        with pytest.raises(TwinError, match="trees is not a table"):
            reader(path)


@pytest.mark.parametrize(
    "change",
    [
        {"frame": {"lon": 999, "lat": 0}},
        {"frame": {"lon": "24", "lat": 0}},
        {"frame": None},
        {"boundary_xy": "00"},
        {"boundary_xy": struct.pack("<BII", 1, 6, 1).hex() * 50_000},
        {"sources": [{}]},
        {"zone": 7},
        {"repairs": {"x": -1}},
        {"images": [{"rows": 10**9, "columns": 10**9}]},
    ],
)
def test_that_a_forged_manifest_is_refused(path: Path, change: dict[str, Any]) -> None:
    ((key, value),) = change.items()
    reseal(path, key, lambda _old: value)
    with pytest.raises(TwinError) as caught:
        file.read_district(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("value", ["NaN", "[" * 100_000, "{", "1" * 10_000, '"\\ud800"'])
def test_that_a_manifest_that_is_no_json_is_refused(path: Path, value: str) -> None:
    edit(path, "UPDATE twin_manifest SET value = ? WHERE key IN ('schema', 'name')", values=(value,))
    refusal(path)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("dtype", "'|O8'"),
        ("dtype", "'<f8'"),
        ("shape", "'1000000000 3'"),
        ("shape", "'99999999999999 3'"),
        ("shape", "'-1 3'"),
        ("shape", "'12'"),
        ("shape", "'a b'"),
        ("shape", "NULL"),
        ("array", "'__class__'"),
        ("data", "x'00'"),
        ("data", "'text'"),
    ],
)
def test_that_meshes_that_lie_about_themselves_are_refused(path: Path, column: str, value: str) -> None:
    shape = "CREATE TABLE mesh AS SELECT * FROM twin_mesh"  # without the constraints that would save us
    edit(
        path, shape, "DROP TABLE twin_mesh", "ALTER TABLE mesh RENAME TO twin_mesh",
        f"UPDATE twin_mesh SET {column} = {value} WHERE mesh = 'buildings' AND array = 'points'",  # noqa: S608
    )  # fmt: skip
    with pytest.raises(TwinError):
        file.read_city(path)
    assert any(problem.table == "twin_mesh" for problem in file.verify(path))


def store(path: Path, array: str, content: Any) -> None:
    edit(
        path,
        "UPDATE twin_mesh SET data = ? WHERE mesh = 'buildings' AND array = ?",
        values=(zlib.compress(content), array),
    )


def test_that_a_decompression_bomb_is_not_unpacked(path: Path) -> None:
    store(path, "points", bytes(200_000_000))
    with pytest.raises(TwinError, match="the mesh buildings is damaged"):
        file.read_city(path)


@pytest.mark.parametrize(
    ("array", "dtype", "value"),
    [
        ("points", "f4", np.nan),
        ("points", "f4", 4e7),
        ("triangles", "i4", 12),
        ("triangles", "i4", -1),
        ("feature", "i4", 3),
        ("feature", "i4", -2),
        ("paint", "u2", 3),
    ],
)
def test_that_meshes_that_point_outside_are_refused(path: Path, array: str, dtype: str, value: float) -> None:
    mesh = file.read_city(path).meshes["buildings"]
    content = getattr(mesh, array).copy()
    content.flat[5] = value
    assert content.dtype == np.dtype(dtype)
    store(path, array, content.tobytes())
    with pytest.raises(TwinError, match="the mesh buildings is damaged"):
        file.read_city(path)


# Damage


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_a_damaged_byte_gives_the_right_answer_or_a_sentence(
    made: tuple[District, City], written: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(written) - 1))
    damaged = bytearray(written)
    damaged[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.twin"
    path.write_bytes(damaged)
    for reader, check, right in (
        (file.read_city, assert_same_city, made[1]),
        (file.read_district, assert_same_district, made[0]),
    ):
        try:
            found = reader(path)
        except TwinError as error:
            assert str(path) in str(error)  # noqa: PT017  (either outcome is right)
        else:
            check(right, found)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_that_overwritten_stretches_never_end_in_a_traceback(
    written: bytes, tmp_path: Path, data: st.DataObject
) -> None:
    damaged = bytearray(written)
    for _hole in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(100, len(written) - 1))
        patch = data.draw(st.binary(min_size=1, max_size=64))
        damaged[at : at + len(patch)] = patch
    path = tmp_path / "damaged.twin"
    path.write_bytes(damaged[: len(written)])
    for reader in (file.read_city, file.read_district, file.read_info, file.verify):
        try:
            reader(path)
        except TwinError as error:
            assert str(path) in str(error)  # noqa: PT017  (either outcome is right)


@pytest.mark.parametrize("needle", [b"Long Lane", "Ümläut".encode(), b"#aa3322", b"open-ring", b"\x89PNG"])
def test_that_verify_notices_damaged_data(path: Path, written: bytes, needle: bytes) -> None:
    at = written.index(needle)
    path.write_bytes(written[:at] + bytes([written[at] ^ 1]) + written[at + 1 :])
    assert file.verify(path)


def test_that_every_damaged_mesh_is_noticed(path: Path) -> None:
    mesh = file.read_city(path).meshes["buildings"]
    store(path, "shade", (mesh.shade - 1).tobytes())  # well-formed, and not what was written
    file.read_city(path)
    assert [problem.sentence for problem in file.verify(path)] == ["The mesh buildings/shade is damaged."]


def test_that_a_damaged_page_is_told_by_verify(path: Path, written: bytes) -> None:
    middle = written.index(b"Long Lane") // 16_384 * 16_384
    path.write_bytes(written[:middle] + os.urandom(16_384) + written[middle + 16_384 :])
    assert any(problem.table == "streets" for problem in file.verify(path))


def test_that_two_can_read_at_once(path: Path, made: tuple[District, City]) -> None:
    found: list[City] = []
    readers = [threading.Thread(target=lambda: found.append(file.read_city(path))) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    for city in found:
        assert_same_city(made[1], city)
    assert len(found) == 2
