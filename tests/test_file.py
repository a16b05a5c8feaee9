"""The `.twin` file: what is written comes back, under any name, and a write that fails changes nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import districts
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twinfiles import assert_same_city, assert_same_district, assert_same_images, edit

from twin import file
from twin.model import TABLES, Cancelled, City, District, Progress, TwinError

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
