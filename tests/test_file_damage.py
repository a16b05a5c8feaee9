"""The `.twin` file damaged, forged, or none at all: one sentence, and never a wrong answer."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twinfiles import assert_same_city, assert_same_district, edit, reseal

from twin import file
from twin.file.container import LOCAL_SRS_ID
from twin.model import City, District, TwinError

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
