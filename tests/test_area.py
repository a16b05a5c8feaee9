from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from twin.model import TwinError
from twin.osm.area import (
    CORNERS_MAX,
    Area,
    area_km2,
    area_of_box,
    area_of_point,
    area_of_polygon_file,
    check_area,
    tiles,
)
from twin.settings import Settings

SQUARE = [[10.0, 50.0], [10.01, 50.0], [10.01, 50.01], [10.0, 50.01], [10.0, 50.0]]


def said(function: Any, *arguments: Any) -> str:
    with pytest.raises(TwinError) as caught:
        function(*arguments)
    return str(caught.value)


def test_that_a_box_is_the_rectangle_between_its_degrees() -> None:
    assert area_of_box(-0.13, 51.50, -0.12, 51.51).polygon.bounds == (-0.13, 51.50, -0.12, 51.51)


@pytest.mark.parametrize("box", [(1, 2, 1, 3), (2, 2, 1, 3), (1, 3, 2, 3), (179, 0, -179, 1)])
def test_that_an_empty_or_turned_box_names_the_order_of_its_sides(box: tuple[float, ...]) -> None:
    assert "its order is west,south,east,north" in said(area_of_box, *box)


@pytest.mark.parametrize("coordinates", [(139.7, 35.6, 0), (-122.4, 37.7, 0)])
def test_that_swapped_coordinates_are_told_as_such(coordinates: tuple[float, float, float]) -> None:
    lat, lon, _ = coordinates
    assert "Latitude and longitude look swapped" in said(area_of_point, lat, lon, 500)
    assert "look swapped" in said(area_of_box, lon, lat, lon + 0.01, lat + 0.01)


@pytest.mark.parametrize("lat_lon", [(91, 181), (500, 5), (float("nan"), 5), (5, float("inf"))])
def test_that_what_is_nowhere_on_earth_is_refused(lat_lon: tuple[float, float]) -> None:
    assert said(area_of_point, *lat_lon, 500).endswith((".", "-90 to 90."))


@pytest.mark.parametrize("radius_m", [0, -5, float("nan"), float("inf"), 1e9])
def test_that_an_impossible_radius_is_named(radius_m: float) -> None:
    assert f"A radius of {radius_m:g} m is not possible" in said(area_of_point, 50, 10, radius_m)


@given(lat=st.floats(-80, 80), lon=st.floats(-179, 179), radius_m=st.floats(1, 5_000))
def test_that_a_circle_is_round_on_the_ground(lat: float, lon: float, radius_m: float) -> None:
    ring = np.asarray(area_of_point(lat, lon, radius_m).polygon.exterior.coords)
    same = np.ones(len(ring))
    distance_m = Geod(ellps="WGS84").inv(lon * same, lat * same, ring[:, 0], ring[:, 1])[2]
    assert np.allclose(distance_m, radius_m, rtol=1e-6)


def test_that_poles_and_the_date_line_are_refused() -> None:
    assert "near to a pole" in said(area_of_point, 89.9, 0, 500)
    assert "180° meridian" in said(area_of_point, 0, 179.999, 500)
    both_sides = shapely.MultiPolygon([shapely.box(179.99, 0, 180, 0.01), shapely.box(-180, 0, -179.99, 0.01)])
    assert "180° meridian" in said(check_area, Area("Fiji", both_sides, ""), Settings())


def test_that_a_large_area_is_refused_with_its_size_and_the_limit() -> None:
    sentence = said(check_area, area_of_box(-5, 40, 20, 55), Settings())
    assert sentence.startswith("-5,40,20,55 covers 3,")
    assert "km², and the limit is 200 km²" in sentence


def test_that_no_area_is_refused() -> None:
    assert "is empty" in said(check_area, Area("x", shapely.Polygon(), ""), Settings())
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert "crosses itself" in said(check_area, Area("x", bow, ""), Settings())
    assert "covers no area" in said(check_area, area_of_box(0, 0, 1e-6, 1e-6), Settings())


@given(
    west=st.floats(-170, 170),
    south=st.floats(-75, 75),
    width=st.floats(0.001, 0.4),
    height=st.floats(0.001, 0.4),
    tile_km2=st.sampled_from([5.0, 40.0, 300.0]),
    rounding=st.booleans(),
)
def test_that_tiles_cover_the_area_and_stay_small(
    west: float, south: float, width: float, height: float, tile_km2: float, rounding: bool
) -> None:
    area: Any = shapely.box(west, south, west + width, south + height)
    if rounding:  # many corners, as drawn borders have
        area = area.centroid.buffer(min(width, height) / 2)
    parts = tiles(area, tile_km2)
    assert area.difference(shapely.union_all(parts).buffer(1e-9)).is_empty
    assert max(map(area_km2, parts)) < 1.2 * tile_km2
    assert max(len(part.exterior.coords) for part in parts) <= CORNERS_MAX + 1
    assert [part.wkb for part in tiles(area, tile_km2)] == [part.wkb for part in parts]


# Polygon files


def write(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "plan.geojson"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
MULTIPOLYGON = {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[x + 1, y] for x, y in SQUARE]]]}
FEATURE = {"type": "Feature", "properties": None, "geometry": POLYGON}


@pytest.mark.parametrize(
    ("document", "pieces"),
    [
        (POLYGON, 1),
        (MULTIPOLYGON, 2),
        (FEATURE, 1),
        ({"type": "FeatureCollection", "features": [FEATURE, {**FEATURE, "geometry": None}]}, 1),
        ({"type": "FeatureCollection", "features": [FEATURE, {**FEATURE, "geometry": MULTIPOLYGON}]}, 2),
        ({"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}, POLYGON]}, 1),
        ({**POLYGON, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}, 1),
        ({**POLYGON, "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}}, 1),
        (b"\xef\xbb\xbf" + json.dumps(POLYGON).encode(), 1),
    ],
)
def test_that_polygons_are_found_however_they_are_wrapped(tmp_path: Path, document: Any, pieces: int) -> None:
    area = area_of_polygon_file(write(tmp_path, document))
    assert (area.name, shapely.get_num_geometries(area.polygon)) == ("plan", pieces)
    assert area.polygon.bounds[:2] == (10.0, 50.0)


def test_that_heights_in_an_outline_are_left_out(tmp_path: Path) -> None:
    high = {"type": "Polygon", "coordinates": [[[x, y, 30.0] for x, y in SQUARE]]}
    assert not area_of_polygon_file(write(tmp_path, high)).polygon.has_z


def test_that_a_ring_that_crosses_itself_is_mended(tmp_path: Path) -> None:
    bow = {"type": "Polygon", "coordinates": [[[10, 50], [10.01, 50.01], [10.01, 50], [10, 50.01], [10, 50]]]}
    area = area_of_polygon_file(write(tmp_path, bow))
    assert area.polygon.is_valid
    assert area.polygon.area == pytest.approx(0.01**2 / 2)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"\x89PNG", "is not a GeoJSON file"),
        (b"<osm/>", "is not a GeoJSON file"),
        (b"[1, 2]", "is not a GeoJSON file"),
        (b"[" * 100_000, "is not a GeoJSON file"),
        ({"elements": []}, "is not a GeoJSON file"),
        ({"type": "Point", "coordinates": [1, 2]}, "holds no polygon"),
        ({"type": "FeatureCollection", "features": 5}, "holds no polygon"),
        ({"type": "Polygon"}, "make no sense"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "make no sense"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "make no sense"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [10**400, 2], [3, 4], [1, 2]]]}, "make no sense"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [2, 2], [3, 2], [1, 2]]]}, "encloses no area"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [float("nan"), 2], [3, 4], [1, 2]]]}, "not a number"),
        ({"type": "Polygon", "coordinates": [[[5, 139], [6, 139], [6, 140], [5, 139]]]}, "look swapped"),
        ({"type": "Polygon", "coordinates": [[[4e5, 6e6], [5e5, 6e6], [5e5, 7e6], [4e5, 6e6]]]}, "is not on Earth"),
        ({**POLYGON, "crs": {"type": "name", "properties": {"name": "EPSG:3067"}}}, "coordinate system EPSG:3067"),
        ({**POLYGON, "crs": 7}, "coordinate system 7"),
    ],
)
def test_that_a_file_that_is_no_outline_is_one_sentence(tmp_path: Path, content: Any, sentence: str) -> None:
    assert sentence in said(area_of_polygon_file, write(tmp_path, content))


def test_that_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert said(area_of_polygon_file, tmp_path / "none.geojson").endswith("none.geojson.")
    assert str(tmp_path) in said(area_of_polygon_file, tmp_path)


def test_that_what_is_no_ordinary_file_is_not_waited_for() -> None:
    assert "not an ordinary file" in said(area_of_polygon_file, Path(os.devnull))


def test_that_a_file_too_large_for_an_outline_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.osm.area.POLYGON_FILE_BYTES_MAX", 1_000_000)
    path = tmp_path / "large.geojson"
    with path.open("wb") as file:
        file.truncate(2_000_000)
    assert "larger than 1 MB" in said(area_of_polygon_file, path)
