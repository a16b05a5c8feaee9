"""Tags as mappers write them, and that nothing which they write breaks a column."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from twin import tags as osm_tags
from twin.model import TABLES
from twin.tags import POINT, colour_of, length_m, material_of, number
from twin.tags.lengths import OK, UNREADABLE, WILD, read_length, read_levels


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("12", 12), ("12.5", 12.5), ("12,5", 12.5), ("12 m", 12), ("12m", 12), ("12 meters", 12), ("12 metres", 12),
        ("12.", 12), (".5", 0.5), ("0", 0), ("１２．５", 12.5), ("12 m.", 12), ("  12  ", 12), ("12\u00a0m", 12),
        ("60cm", 0.6), ("600 mm", 0.6), ("0.2 km", 200), ("10 yd", 9.144), ("12米", 12), ("5½", 5.5), ("١٢", 12),
        ("30'", 9.144), ("30 ft", 9.144), ("30ft", 9.144), ("30 feet", 9.144), ("30′", 9.144), ("30’", 9.144),
        ("1,250 ft", 381), ('6"', 0.1524), ("6 in", 0.1524),
        ("5'10\"", 1.778), ("5' 10''", 1.778), ("5′10″", 1.778), ("5 ft 10 in", 1.778), ("5'10", 1.778),
        ("~12", 12), ("ca. 12", 12), ("approx 10", 10), ("about 10 m", 10), ("12 (estimated)", 12),
        ("12;14", 14), ("14;12", 14), ("12; tall", 12), ("10-12", 12), ("10 – 12 m", 12), ("10-12 ft", 3.6576),
        ("1,234", 1.234), ("1,234.5 mm", 1.2345), ("1.234,5 mm", 1.2345), ("1,234,567 mm", None),
    ],
)  # fmt: skip
def test_that_a_length_is_read_as_mappers_write_it(text: str, metres: float | None) -> None:
    value = length_m(text)
    assert math.isnan(value) if metres is None else value == pytest.approx(metres)


@pytest.mark.parametrize("text", ["", "tall", "12 storeys", "12 13", "m", "'", "..", "1e3", "#12", "12²", "x" * 1000])
def test_that_what_is_no_length_is_unreadable(text: str) -> None:
    value, how = read_length(text)
    assert math.isnan(value)
    assert how == UNREADABLE


@pytest.mark.parametrize("text", ["-5", "- 5 m", "1001", "4 km", "99999999999999", "inf", "nan", "-Infinity"])
def test_that_what_cannot_be_true_is_wild(text: str) -> None:
    value, how = read_length(text)
    assert math.isnan(value)
    assert how == WILD


@given(st.integers(0, 99_999), st.sampled_from(["", " m", "m", " metres"]), st.sampled_from([".", ","]))
def test_that_metres_with_centimetres_come_back(cm: int, unit: str, point: str) -> None:
    assert length_m(f"{cm // 100}{point}{cm % 100:02d}{unit}") == pytest.approx(cm / 100)


@given(st.integers(0, 3000), st.integers(0, 11), st.sampled_from(["{}'{}\"", "{}' {}''", "{} ft {} in", "{}′{}″"]))
def test_that_feet_and_inches_become_metres(feet: int, inches: int, form: str) -> None:
    assert length_m(form.format(feet, inches)) == pytest.approx((12 * feet + inches) * 0.0254)


@given(st.lists(st.floats(0, 1000).map(lambda x: round(x, 2)), min_size=1, max_size=5))
def test_that_of_several_lengths_the_highest_counts(values: list[float]) -> None:
    assert length_m(";".join(f"{value:.2f}" for value in values)) == pytest.approx(max(values))


@given(st.text())
def test_that_any_text_is_a_length_within_the_limit_or_none(text: str) -> None:
    value = length_m(text)
    assert math.isnan(value) or 0 <= value <= 1000


@pytest.mark.parametrize(("text", "value"), [("-1", -1), ("2", 2), ("2;3", 3), ("1.5", 1.5), ("two", None), ("", None)])
def test_that_a_figure_is_read(text: str, value: float | None) -> None:
    assert math.isnan(number(text)) if value is None else number(text) == value


@pytest.mark.parametrize(
    ("text", "levels", "how"),
    [("3", 3, OK), ("3.5", 3.5, OK), ("3;4", 4, OK), ("2-3", 3, OK), ("G+3", 4, OK), ("-1", None, WILD),
     ("900", None, WILD), ("many", None, UNREADABLE)],
)  # fmt: skip
def test_that_storeys_are_read(text: str, levels: float | None, how: int) -> None:
    value, read = read_levels(text)
    assert read == how
    assert math.isnan(value) if levels is None else value == levels


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#AABBCC", "#aabbcc"), ("aabbcc", "#aabbcc"), ("#abc", "#aabbcc"), ("abc", "#aabbcc"),
        ("#AABBCCDD", "#aabbcc"), ("red", "#ff0000"), ("DarkRed", "#8b0000"), ("light grey", "#d3d3d3"),
        ("light_gray", "#d3d3d3"), ("light-gray", "#d3d3d3"), ("rebeccapurple", "#663399"), ("grey;white", "#808080"),
        ("white/red", "#ffffff"), ("RAL 7016", "#383e42"), ("ral7016", "#383e42"), ("cream", "#f6efd8"),
        ("", ""), ("no", ""), ("#12", ""), ("#gggggg", ""), ("RAL 1", ""), ("RAL 9999", ""), ("reddish thing", ""),
    ],
)  # fmt: skip
def test_that_a_colour_is_read_as_mappers_write_it(text: str, colour: str) -> None:
    assert colour_of(text) == colour


def test_that_every_colour_of_css_is_known() -> None:
    assert len(ImageColor.colormap) == 148
    assert {name: colour_of(name) for name in ImageColor.colormap} == {
        name: "#{:02x}{:02x}{:02x}".format(*ImageColor.getrgb(name)) for name in ImageColor.colormap
    }


@given(st.text())
def test_that_any_text_is_a_colour_or_none(text: str) -> None:
    colour = colour_of(text)
    assert colour == "" or (len(colour) == 7 and int(colour[1:], 16) >= 0)


@pytest.mark.parametrize(
    ("text", "material"),
    [("Brick", "brick"), ("roof_tiles", "tile"), ("roof tiles", "tile"), ("metal_sheet", "metal"),
     ("stucco", "plaster"),
     ("masonry", "stone"), ("czinc", "zinc"), ("brick;glass", "brick"), ("Carbon Fibre", "carbon fibre"), ("", "")],
)  # fmt: skip
def test_that_a_material_becomes_one_of_few_words(text: str, material: str) -> None:
    assert material_of(text) == material


KEYS = [
    "building", "building:part", "height", "est_height", "building:height", "min_height", "building:levels",
    "building:min_level", "roof:levels", "roof:height", "roof:angle", "roof:shape", "building:colour", "roof:colour",
    "building:material", "roof:material", "highway", "railway", "width", "lanes", "sidewalk", "sidewalk:left:width",
    "layer", "level", "bridge", "tunnel", "oneway", "gauge", "tracks", "natural", "landuse", "leisure", "amenity",
    "water", "waterway", "barrier", "man_made", "diameter_crown", "circumference", "leaf_type", "genus", "area",
    "location", "indoor", "parking:left", "cycleway",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=20),
    st.floats(-10, 1500).map(lambda value: f"{value:.2f}"),
    st.integers(-3, 60).map(str),
    st.sampled_from(
        ["yes", "no", "roof", "bridge", "gabled", "dome", "skillion", "flat", "primary", "tram", "river", "tree",
         "1000", "1000 m", "both", "separate", "30'", "5'10\"", "inf", "nan", "water", "pedestrian", "construction"]
    ),
)  # fmt: skip
ANY_TAGS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=12)


@given(st.lists(st.tuples(ANY_TAGS, st.none() | ANY_TAGS, st.floats(0, 1e5) | st.just(math.nan)), max_size=6))
def test_that_every_volume_is_positive_and_within_reach(rows: list[Any]) -> None:
    tags, outlines, areas = [r[0] for r in rows], [r[1] for r in rows], np.array([r[2] for r in rows], np.float64)
    for outline in (None, outlines):
        found = osm_tags.buildings(tags, area_m2=areas, outline=outline)
        low, high, roof = found["min_height_m"], found["height_m"], found["roof_height_m"]
        assert ((low >= 0) & (low < high) & (high <= 1000)).all()
        told = ~np.isnan(roof)
        assert ((roof >= 0) & (roof <= (high - low) + 1e-9))[told].all()
        assert np.isin(found["roof_shape"][~told], ["dome", "onion", "cone", "helm"]).all()
        assert all(found["height_from"])
        assert all(found["min_height_from"])


READERS = {
    "streets": osm_tags.streets, "rails": osm_tags.rails, "areas": osm_tags.areas, "water": osm_tags.water,
    "trees": osm_tags.trees, "furniture": osm_tags.furniture,
}  # fmt: skip


@given(st.lists(ANY_TAGS, max_size=6))
def test_that_any_tags_give_whole_columns_with_sizes_that_can_be_drawn(tags: list[dict[str, str]]) -> None:
    columns = {name: reader(tags) for name, reader in READERS.items()}
    columns["buildings"] = osm_tags.buildings(tags, area_m2=np.full(len(tags), 50.0))
    columns["parts"] = osm_tags.buildings(tags, area_m2=np.full(len(tags), 50.0), outline=[None] * len(tags))
    own = {"osm", "name", "tags", "building"}
    for name, found in columns.items():
        assert set(found) == TABLES[name].keys() - own
        for key, values in found.items():
            assert values.shape == (len(tags),)
            assert values.dtype == (object if TABLES[name][key] == "str" else TABLES[name][key])
    sizes = [("streets", "width_m"), ("rails", "width_m"), ("trees", "height_m"), ("trees", "crown_m")]
    for name, key in [*sizes, ("furniture", "height_m")]:
        assert (np.isfinite(columns[name][key]) & (columns[name][key] > 0)).all()
        assert all(columns[name][key.removesuffix("_m") + "_from"])
    assert (np.abs(columns["streets"]["layer"]) <= 5).all()


@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from(KEYS) | st.text(), VALUES), st.sampled_from([0, 1, 2]), st.booleans())
    )
)
def test_that_any_element_belongs_to_one_table_or_none(rows: list[Any]) -> None:
    shapes = np.array([shape for _tags, shape, _closed in rows], np.uint8)
    found = osm_tags.kinds([tags for tags, _shape, _closed in rows], shapes, np.array([r[2] for r in rows], bool))
    assert set(found.table) <= {"", *TABLES} - {"overlays"}
    assert not (found.reason[found.table != ""] != "").any()
    assert not found.area[shapes == POINT].any()
    assert np.isin(found.table[shapes == POINT], ["", "trees", "furniture"]).all()


def test_that_no_feature_at_all_gives_empty_columns() -> None:
    for reader in READERS.values():
        assert all(len(values) == 0 for values in reader([]).values())
    assert all(len(values) == 0 for values in osm_tags.buildings([], area_m2=np.empty(0), outline=[]).values())
    assert len(osm_tags.kinds([], np.empty(0, np.uint8), np.empty(0, bool)).table) == 0


def test_that_a_hundredth_of_a_storey_is_no_building() -> None:
    columns = osm_tags.buildings([{"building": "yes", "building:levels": ".01"}], area_m2=np.array([100.0]))
    assert columns["height_m"][0] > 2
    assert columns["min_height_m"][0] == 0
    assert columns["repairs"][0] == "value_wild"
