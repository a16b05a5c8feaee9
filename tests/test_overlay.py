"""Own features laid over a district: in any system they land where they belong, or a sentence says why not."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import districts
import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from plans import OURS, PLACES, degrees, district_at, feature, geojson, in_crs, plan, refusal

from twin import file, overlay
from twin.model import Progress, TwinError

if TYPE_CHECKING:
    from pathlib import Path


# Vectors


@pytest.mark.parametrize("crs", PLACES)
def test_that_a_geopackage_in_any_system_lands_where_it_belongs(tmp_path: Path, crs: str) -> None:
    district = district_at(*PLACES[crs])
    shapes = shapely.box(-20, -10, 30, 40), shapely.box(50, 50, 60, 60)
    plan(crs, district, {"plot": ["A", "B"]}, *shapes).to_file(tmp_path / "plan.gpkg", layer="plots", driver="GPKG")
    laid = overlay.add(district, tmp_path / "plan.gpkg", name="Plots", source=OURS, kind="parcel")
    rows = laid.tables["overlays"]
    for row, shape in zip(rows.geometry, shapes, strict=True):
        assert shapely.hausdorff_distance(row, shape) < 0.002
    assert rows["overlay"].tolist() == ["Plots", "Plots"]
    assert rows["kind"].tolist() == ["parcel", "parcel"]
    assert [json.loads(tags) for tags in rows["tags"]] == [{"plot": "A"}, {"plot": "B"}]
    assert rows["osm"].tolist() == ["plots/1", "plots/2"]
    assert np.isnan(rows["height_m"]).all()
    assert laid.sources == (districts.SOURCE, OURS)
    assert not len(district.tables["overlays"])


def test_that_a_laid_district_is_kept_in_its_file(tmp_path: Path) -> None:
    path = geojson(tmp_path / "plan.geojson", feature(degrees(shapely.box(0, 0, 10, 10)), height=12, name="Tower"))
    laid = overlay.add(districts.district(), path, name="Tower", source=OURS)
    file.write(tmp_path / "laid.twin", laid, districts.city(laid))
    again = file.read_district(tmp_path / "laid.twin")
    districts.assert_same_table(again.tables["overlays"], laid.tables["overlays"])
    assert again.sources == laid.sources
    assert {"name": "Tower", "features": 1} in file.read_info(tmp_path / "laid.twin")["overlays"]


def test_that_geojson_without_a_system_is_in_degrees(tmp_path: Path) -> None:
    shape = shapely.LineString([(-100, 0), (100, 7)])
    path = geojson(tmp_path / "a b#ü!?.geojson", feature(degrees(shape)))
    laid = overlay.add(districts.district(), path, name="Line", source=OURS)
    assert shapely.hausdorff_distance(laid.tables["overlays"].geometry[0], shape) < 0.001


def test_that_geojson_may_name_its_system(tmp_path: Path) -> None:
    district = districts.district()
    shape = shapely.box(0, 0, 10, 10)
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3879"}}
    path = geojson(tmp_path / "x.json", feature(in_crs(shape, district, "EPSG:3879")), crs=named)
    laid = overlay.add(district, path, name="Box", source=OURS)
    assert shapely.hausdorff_distance(laid.tables["overlays"].geometry[0], shape) < 0.002


def test_that_a_system_named_by_the_user_wins(tmp_path: Path) -> None:
    district = districts.district()
    shape = shapely.box(0, 0, 10, 10)
    path = geojson(tmp_path / "x.json", feature(in_crs(shape, district, "EPSG:3879")))
    laid = overlay.add(district, path, name="Box", source=OURS, crs="EPSG:3879")
    assert shapely.hausdorff_distance(laid.tables["overlays"].geometry[0], shape) < 0.002


def test_that_all_layers_are_taken_unless_one_is_named(tmp_path: Path) -> None:
    district = districts.district()
    for layer in ("one", "two"):
        made = plan("EPSG:3879", district, {"layer": [layer]}, shapely.Point(1, 2))
        made.to_file(tmp_path / "x.gpkg", layer=layer, driver="GPKG")
    both = overlay.add(district, tmp_path / "x.gpkg", name="Both", source=OURS)
    assert both.tables["overlays"]["osm"].tolist() == ["one/1", "two/1"]
    one = overlay.add(district, tmp_path / "x.gpkg", name="One", source=OURS, layer="two")
    assert one.tables["overlays"]["osm"].tolist() == ["two/1"]
    with pytest.raises(TwinError, match="has no layer three; it has one, two"):
        overlay.add(district, tmp_path / "x.gpkg", name="Three", source=OURS, layer="three")


@pytest.mark.parametrize(
    ("properties", "options", "height_m", "min_height_m", "height_from"),
    [
        ({"height": 12.5}, {}, 12.5, 0, "height"),
        ({"Hoehe": "12,5 m"}, {}, 12.5, 0, "Hoehe"),
        ({"HEIGHT": "41 ft"}, {}, 12.4968, 0, "HEIGHT"),
        ({"floors": 4}, {}, 12, 0, "floors+default:storey_3m"),
        ({"height": None, "levels": "2"}, {}, 6, 0, "levels+default:storey_3m"),
        ({"height": 30, "levels": 2}, {}, 30, 0, "height"),
        ({"height": 30, "min_height": 12}, {}, 30, 12, "height"),
        ({"top": 9, "height": 30}, {"height_column": "top"}, 9, 0, "top"),
        ({"top": 9, "under": "3"}, {"height_column": "top", "min_height_column": "under"}, 9, 3, "top"),
        ({"top": 100}, {"height_column": "top", "height_unit": "ft"}, 30.48, 0, "top"),
        ({"top": "100"}, {"height_column": "top", "height_unit": "ft"}, 30.48, 0, "top"),
        ({"top": "100 m"}, {"height_column": "top", "height_unit": "ft"}, 100, 0, "top"),
        ({"colour": "red"}, {}, np.nan, np.nan, ""),
        ({"height": 0}, {}, np.nan, np.nan, ""),
    ],
)
def test_that_heights_are_found_with_their_provenance(
    tmp_path: Path,
    properties: dict[str, Any],
    options: dict[str, str],
    height_m: float,
    min_height_m: float,
    height_from: str,
) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.box(0, 0, 9, 9)), **properties))
    laid = overlay.add(districts.district(), path, name="Mass", source=OURS, kind="mass", **options)
    row = laid.tables["overlays"].row(0)
    assert row["height_m"] == pytest.approx(height_m, nan_ok=True)
    assert row["min_height_m"] == pytest.approx(min_height_m, nan_ok=True)
    assert row["height_from"] == height_from
    assert row["repairs"] == ""


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"height": "tall"}, "value_unreadable"),
        ({"height": -3}, "value_unreadable"),
        ({"height": 1e9}, "value_unreadable"),
        ({"height": 5, "min_height": 7}, "height_inverted"),
    ],
)
def test_that_heights_that_cannot_be_are_recorded(tmp_path: Path, properties: dict[str, Any], code: str) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.box(0, 0, 9, 9)), **properties))
    laid = overlay.add(districts.district(), path, name="Mass", source=OURS)
    assert laid.tables["overlays"]["repairs"].tolist() == [code]
    assert laid.repairs[code] == 1


def test_that_a_missing_column_is_named(tmp_path: Path) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.Point(0, 0)), a=1, b=2))
    with pytest.raises(TwinError, match="has no column top; it has a, b"):
        overlay.add(districts.district(), path, name="x", source=OURS, height_column="top")
    with pytest.raises(TwinError, match="in m or ft, not in cubits"):
        overlay.add(districts.district(), path, name="x", source=OURS, height_unit="cubits")


def test_that_what_lies_outside_is_counted_and_what_sticks_out_is_cut(tmp_path: Path) -> None:
    path = geojson(
        tmp_path / "x.json",
        feature(degrees(shapely.box(0, 0, 9, 9))),
        feature(degrees(shapely.box(-9000, -9000, 9000, 9000))),
        feature(degrees(shapely.box(5000, 5000, 5100, 5100))),
        feature(degrees(shapely.Point(5000, 0))),
        {"type": "Feature", "properties": {}, "geometry": None},
    )
    laid = overlay.add(districts.district(), path, name="Zones", source=OURS)
    rows = laid.tables["overlays"]
    assert len(rows) == 2
    assert rows.geometry[1].bounds == pytest.approx((-650, -620, 650, 620), abs=0.01)
    assert laid.sources[-1].detail == "Sheet 7. 3 features lie outside or have no shape."
    assert laid.sources[-1].licence == "CC BY 4.0"


def test_that_three_dimensions_become_two_and_are_recorded(tmp_path: Path) -> None:
    solid = shapely.force_3d(degrees(shapely.box(0, 0, 9, 9)), 17.0)
    path = geojson(tmp_path / "x.json", feature(solid))
    rows = overlay.add(districts.district(), path, name="x", source=OURS).tables["overlays"]
    assert not rows.geometry[0].has_z
    assert rows["repairs"][0] == "geometry_3d"


def test_that_crossed_outlines_are_mended_and_recorded(tmp_path: Path) -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    path = geojson(tmp_path / "x.json", feature(degrees(bow)), feature(degrees(shapely.Point(1, 1))))
    laid = overlay.add(districts.district(), path, name="x", source=OURS)
    rows = laid.tables["overlays"]
    assert shapely.is_valid(rows.geometry).all()
    assert rows["repairs"].tolist() == ["ring_invalid", ""]
    assert laid.repairs["ring_invalid"] == 1


def test_that_of_a_mixed_collection_the_areas_stay(tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection(
        [shapely.Point(0, 0), shapely.GeometryCollection([shapely.box(0, 0, 4, 4), shapely.MultiPoint([(1, 1)])])]
    )
    path = geojson(tmp_path / "x.json", feature(degrees(mixed)))
    rows = overlay.add(districts.district(), path, name="x", source=OURS).tables["overlays"]
    assert rows.geometry[0].geom_type == "Polygon"
    assert rows.geometry[0].area == pytest.approx(16, rel=1e-3)


def test_that_attributes_of_any_kind_become_text(tmp_path: Path) -> None:
    properties = {
        "name": "Süd",
        "count": 3,
        "share": 0.5,
        "open": True,
        "none": None,
        "list": ["ä", "b"],
        "d": {"k": 1},
    }
    path = geojson(
        tmp_path / "x.json",
        feature(degrees(shapely.Point(0, 0)), **properties),
        feature(degrees(shapely.Point(1, 0)), count=None),
    )
    rows = overlay.add(districts.district(), path, name="x", source=OURS).tables["overlays"]
    tags = json.loads(rows["tags"][0])
    assert rows["name"].tolist() == ["Süd", ""]
    assert (tags["count"], tags["share"], tags["open"]) == ("3", "0.5", "true")
    assert json.loads(tags["list"]) == ["ä", "b"]
    assert json.loads(tags["d"]) == {"k": 1}
    assert "none" not in tags
    assert json.loads(rows["tags"][1]) == {}


def test_that_a_second_overlay_joins_the_first(tmp_path: Path) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.Point(0, 0))))
    laid = overlay.add(districts.district(), path, name="One", source=OURS)
    laid = overlay.add(laid, path, name="Two", source=OURS)
    assert laid.tables["overlays"]["overlay"].tolist() == ["One", "Two"]
    with pytest.raises(TwinError, match="already has an overlay called One"):
        overlay.add(laid, path, name="One", source=OURS)
    with pytest.raises(TwinError, match="needs a name"):
        overlay.add(laid, path, name=" ", source=OURS)


def test_that_progress_is_told(tmp_path: Path) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.Point(0, 0))))
    said: list[Progress] = []
    overlay.add(districts.district(), path, name="x", source=OURS, report=said.append)
    assert said[-1].done == said[-1].total == 1


# Vectors that do not fit


def test_that_a_file_elsewhere_names_both_boxes(tmp_path: Path) -> None:
    said = refusal(geojson(tmp_path / "x.json", feature(shapely.box(13.1, 52.1, 13.2, 52.2))))
    assert "13.1000, 52.1000, 13.2000, 52.2000" in said
    assert "24.938" in said
    assert "--crs" in said


def test_that_a_file_around_the_district_is_not_called_swapped(tmp_path: Path) -> None:
    around = shapely.box(0, 0, 80, 80) - degrees(shapely.box(-2e4, -2e4, 2e4, 2e4))
    assert "Nothing of" in refusal(geojson(tmp_path / "x.json", feature(around)))


def test_that_swapped_coordinates_are_recognised(tmp_path: Path) -> None:
    swapped = shapely.transform(degrees(shapely.box(0, 0, 9, 9)), lambda xy: xy[:, ::-1])
    assert "latitudes and longitudes are swapped" in refusal(geojson(tmp_path / "x.json", feature(swapped)))


def test_that_metres_taken_for_degrees_ask_for_a_system(tmp_path: Path) -> None:
    path = geojson(tmp_path / "x.json", feature(in_crs(shapely.box(0, 0, 9, 9), districts.district(), "EPSG:3879")))
    assert "--crs" in refusal(path)


def test_that_a_geopackage_without_a_system_asks_for_one(tmp_path: Path) -> None:
    bare = geopandas.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(1, 2)])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        pyogrio.write_dataframe(bare, tmp_path / "x.gpkg", driver="GPKG")
    assert "does not say which coordinate system" in refusal(tmp_path / "x.gpkg")


@pytest.mark.parametrize("crs", ["EPSG:999999", "nonsense", 'LOCAL_CS["x"]', "EPSG:5773"])
def test_that_a_system_without_a_place_is_refused(tmp_path: Path, crs: str) -> None:
    path = geojson(tmp_path / "x.json", feature(degrees(shapely.Point(0, 0))))
    assert "is not a coordinate system with a place on earth" in refusal(path, crs=crs)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<osm/>", "is neither GeoJSON nor GeoPackage nor GeoTIFF"),
        (b'{"type": "FeatureCollection", "features": [', "cannot be read as GeoJSON"),
        (b'{"type": "FeatureCollection", "features": []}', "holds no features"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": null}]}',
         "No feature of"),
        (b'{"hello": "world"}', "cannot be read as GeoJSON: it is cut short, damaged, or something else"),
        (b"SQLite format 3\0" + bytes(200), "is neither GeoJSON nor GeoPackage nor GeoTIFF"),
        (b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(200), "cannot be read as GeoPackage"),
        (b"II*\0" + bytes(100), "cannot be read as GeoTIFF"),
    ],
)  # fmt: skip
def test_that_other_content_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x").write_bytes(content)
    assert said in refusal(tmp_path / "x")


def test_that_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path)
    assert "There is no file" in refusal(tmp_path / "no.json")
    os.mkfifo(tmp_path / "pipe")
    assert "not an ordinary file" in refusal(tmp_path / "pipe")


def test_that_an_enormous_geojson_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "x.json").open("wb") as stream:
        stream.write(b"{")
        stream.truncate(2 * 2**30)
    assert "larger than 1 GB" in refusal(tmp_path / "x.json")
