"""The doors to a district: what they open, and that they can be stopped at any step."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import shapely
from osmfiles import town
from servers import LAT, LON, Nominatim, Overpass, exactly

from twin import district, file
from twin.model import Cancelled, Progress, TwinError
from twin.osm.area import Area, area_of_box, area_of_point
from twin.settings import Settings

if TYPE_CHECKING:
    from twin.model import Report

ROOT = Path(__file__).resolve().parent.parent


def stopping_at(step: int, seen: list[str]) -> Report:
    """Return a report that is stopped the `step`-th time it is called."""

    def report(progress: Progress) -> None:
        seen.append(progress.what)
        if len(seen) > step:
            raise Cancelled("Stopped.")

    return report


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small district as a .twin file, which no test changes."""
    folder = tmp_path_factory.mktemp("kept")
    made = district.from_file(town().save(folder / "town.osm"))
    district.save(folder / "town.twin", made)
    return folder / "town.twin"


def test_that_a_file_named_sample_can_still_be_named() -> None:
    assert district.path_of("sample") == district.sample()
    with pytest.raises(TwinError, match="No file is named"):
        district.path_of("")
    assert district.path_of("./sample") == Path("sample")
    assert district.path_of(Path("other.twin")) == Path("other.twin")


def test_that_a_district_is_called_like_its_file(tmp_path: Path) -> None:
    path = town().save(tmp_path / "my.town.osm")
    assert district.from_file(path).name == "my"
    assert district.from_file(path, name="Mine").name == "Mine"


@pytest.mark.parametrize("name", ["town.osm.pbf", "town.json"])
def test_that_no_data_frame_stands_between_a_map_and_its_file(name: str, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from twin import district
source, kept = map(Path, sys.argv[1:])
district.save(kept, district.from_file(source))
district.open_district(kept)
district.open_city(kept)
print(*sys.modules)
"""
    words = [sys.executable, "-c", code, str(town().save(tmp_path / name)), str(tmp_path / "kept.twin")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=100, cwd=ROOT)
    assert not {"geopandas", "pandas", "pyogrio", "pyproj", "rasterio", "osmnx", "pyvista"} & set(done.stdout.split())


def test_that_a_city_opens_as_it_was_saved(kept: Path) -> None:
    city = district.open_city(kept)
    assert city.meshes["buildings"].table == "buildings"
    assert len(district.open_district(kept).tables["buildings"]) == 3


def test_that_a_city_is_made_anew_where_another_program_changed_the_district(kept: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited.twin"
    edited.write_bytes(kept.read_bytes())
    with closing(sqlite3.connect(edited)) as database, database:
        database.execute("UPDATE buildings SET height_m = 70 WHERE name = 'Plain House'")
    with pytest.raises(file.StaleCity):
        file.read_city(edited)
    assert district.open_city(edited).meshes["buildings"].points[:, 2].max() == pytest.approx(70, abs=0.1)
    assert district.open_city(kept).meshes["buildings"].points[:, 2].max() < 70


def test_that_a_district_as_large_as_a_country_opens_again(tmp_path: Path) -> None:
    lonlat = [(10.0, 50.0), (11.5, 50.0), (11.5, 51.0), (10.0, 51.0)]
    nodes = [{"type": "node", "id": n, "lon": lon, "lat": lat} for n, (lon, lat) in enumerate(lonlat, 1)]
    lake = {"type": "way", "id": 9, "nodes": [1, 2, 3, 4, 1], "tags": {"natural": "water"}}
    (tmp_path / "lake.json").write_text(json.dumps({"elements": [*nodes, lake]}))
    district.save(tmp_path / "lake.twin", district.from_file(tmp_path / "lake.json"))
    assert not file.verify(tmp_path / "lake.twin")
    assert "water" in file.read_city(tmp_path / "lake.twin").meshes


def test_that_an_area_is_cut_where_the_data_ends(tmp_path: Path) -> None:
    path = town().save(tmp_path / "town.osm.pbf")  # whose header says 9.99,49.99,10.01,50.01
    triangle = shapely.Polygon([(10, 50), (20, 50), (10, 60)])
    found = district.from_file(path, area=Area("wedge", triangle, "a wedge"))
    corners = found.frame.lonlat_from_xy(shapely.get_coordinates(found.boundary_xy))
    assert corners.max(axis=0) == pytest.approx([10.01, 50.01], abs=1e-6)
    assert corners.min(axis=0) == pytest.approx([10, 50], abs=1e-6)
    assert "only a part" in found.incomplete


def test_that_an_area_a_hair_larger_than_the_file_counts_as_covered(tmp_path: Path) -> None:
    path = town().save(tmp_path / "town.osm.pbf")
    assert district.from_file(path, area=area_of_box(9.99, 49.99, 10.01002, 50.01)).incomplete == ""


def test_that_a_district_can_be_stopped_at_every_step(tmp_path: Path) -> None:
    path = town().save(tmp_path / "town.osm")
    target = tmp_path / "town.twin"
    target.write_bytes(b"the old one")
    steps: list[str] = []

    def whole(report: Report) -> None:
        district.save(target, district.from_file(path, report=report), report=report)

    whole(stopping_at(10_000, steps))
    assert len(steps) > 5
    target.write_bytes(b"the old one")
    for step in range(len(steps)):
        with pytest.raises(Cancelled):
            whole(stopping_at(step, []))
        assert target.read_bytes() == b"the old one"
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["town.osm", "town.twin"]


def test_that_a_report_until_a_stop_passes_everything_on_before() -> None:
    stop, seen = threading.Event(), list[Progress]()
    report = district.until(stop, seen.append)
    report(Progress("one"))
    stop.set()
    with pytest.raises(Cancelled):
        report(Progress("two"))
    assert seen == [Progress("one")]


def test_that_fetching_gives_a_district_with_its_source(tmp_path: Path) -> None:
    with Overpass() as overpass, Nominatim() as nominatim:
        settings = Settings(overpass_url=overpass.url, nominatim_url=nominatim.url, cache=tmp_path)
        found = district.fetch("Market", settings=settings, radius_m=150, stop=threading.Event())
    assert found.name == "Market"
    assert (found.frame.lon, found.frame.lat) == pytest.approx((LON, LAT), abs=1e-4)
    (source,) = found.sources
    assert source.retrieved is not None
    assert overpass.url in source.detail
    assert "150 m around" in source.detail


def test_that_an_answer_that_makes_no_sense_is_told_and_not_kept(tmp_path: Path) -> None:
    with Overpass() as server:
        server.script = [exactly(b'{"elements": [{"type": "node", "id": "north"}]}')]
        settings = Settings(overpass_url=server.url, cache=tmp_path)
        with pytest.raises(TwinError, match=r"sent what is no sound map\. Try again later"):
            district.fetch(area_of_point(LAT, LON, 400), settings=settings)
        found = district.fetch(area_of_point(LAT, LON, 400), settings=settings)
    assert len(server.asked) == 2
    assert len(found.tables["buildings"])


def test_that_a_fetch_stopped_after_the_download_ends_too(tmp_path: Path) -> None:
    stop = threading.Event()

    def report(progress: Progress) -> None:
        if progress.what == "Assembling shapes":
            stop.set()

    with Overpass() as overpass:
        settings = Settings(overpass_url=overpass.url, cache=tmp_path)
        area = area_of_box(LON - 0.002, LAT - 0.002, LON + 0.002, LAT + 0.002)
        with pytest.raises(Cancelled):
            district.fetch(area, settings=settings, report=report, stop=stop)
    assert stop.is_set()
