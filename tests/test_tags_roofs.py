"""Shapes, directions and widths of roofs, as mappers write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin import tags as osm_tags
from twin.mesh import roofs as mesh_roofs
from twin.tags.lengths import OK, UNREADABLE
from twin.tags.roofs import SHAPES, drawn_shapes, orientation_of, read_direction, shape_of

HOUSE = shapely.box(0, 0, 20, 8)


def roof(geometry: Any = HOUSE, **tags: str) -> dict[str, Any]:
    """Return the columns of one building 20 m high, its roof's tags written with _ for the colon."""
    told = {"building": "yes", "height": "20"} | {f"roof:{key}": value for key, value in tags.items()}
    shapes = np.array([geometry], object)
    columns = osm_tags.buildings([told], area_m2=shapely.area(shapes), geometry=shapes)
    return {name: column[0] for name, column in columns.items()}


def test_that_every_shape_that_is_told_apart_is_drawn() -> None:
    assert SHAPES - {"flat"} == mesh_roofs.SHAPES


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("half_hipped", "half-hipped"), ("Half hipped", "half-hipped"), ("pitched", "gabled"), ("pyramid", "pyramidal"),
        ("cross-gabled", "crosspitched"), ("quadruple:saltbox", "quadruple_saltbox"), ("saw-tooth", "sawtooth"),
        ("dutch gable", "hipped-and-gabled"), ("gabled;flat", "gabled"), ("barrel", "round"), ("lean-to", "skillion"),
        ("double_gabled", "gabled_row"), ("side_half_hipped", "side_half-hipped"), ("42", ""), ("yes", ""),
    ],
)  # fmt: skip
def test_that_shapes_are_read_in_every_spelling(text: str, shape: str) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("0", 0), ("270", 270), ("360", 0), ("-90", 270), ("45.5", 45.5), ("242°", 242), ("N", 0), ("wsw", 247.5),
        ("North-West", 315), ("south", 180), ("SE", 135), ("E;W", 90),
    ],
)  # fmt: skip
def test_that_directions_are_read_as_degrees_and_as_winds(text: str, degrees: float) -> None:
    assert read_direction(text) == (degrees, OK)


@pytest.mark.parametrize("text", ["upwards", "north-north", "", "9999"])
def test_that_what_is_no_direction_is_none(text: str) -> None:
    assert np.isnan(read_direction(text)[0])
    assert read_direction(text)[1] >= UNREADABLE


@given(st.text(max_size=60))
def test_that_no_text_breaks_a_reader(text: str) -> None:
    degrees, _how = read_direction(text)
    assert np.isnan(degrees) or 0 <= degrees < 360
    assert orientation_of(text) in ("along", "across", "")
    assert shape_of(text) in SHAPES or shape_of(text) not in mesh_roofs.SHAPES


@pytest.mark.parametrize(
    ("word", "drawn", "came_from"),
    [
        ("many", "flat", "several:many"), ("complex", "flat", "several:complex"), ("helm", "pyramidal", "unknown:helm"),
        ("blob", "flat", "unknown:blob"), ("gabled", "gabled", "roof:shape"),
    ],
)  # fmt: skip
def test_that_a_word_that_cannot_be_drawn_gives_its_reason(word: str, drawn: str, came_from: str) -> None:
    found = roof(shape=word)
    assert (found["roof_shape"], found["roof_shape_from"]) == (drawn, came_from)


def test_that_a_spun_shape_needs_a_middle() -> None:
    court = shapely.box(0, 0, 9, 9) - shapely.box(3, 3, 6, 6)
    horseshoe = shapely.box(0, 0, 9, 9) - shapely.box(2, 2, 7, 9)
    shape = np.array(["pyramidal", "onion", "dome", "cone"], object)
    told = np.full(4, "roof:shape", object)
    drawn, came_from = drawn_shapes(shape, told, np.array([court, horseshoe, court, HOUSE], object))
    assert drawn.tolist() == ["hipped", "dome", "dome", "cone"]
    assert came_from.tolist() == ["unfit:pyramidal", "unfit:onion", "roof:shape", "roof:shape"]


@pytest.mark.parametrize(
    ("tags", "height_m"),
    [
        ({"shape": "gabled"}, 4.0),  # 45 degrees over half of 8 m
        ({"shape": "gabled", "orientation": "across"}, 10.0),
        ({"shape": "gabled", "direction": "E"}, 10.0),
        ({"shape": "skillion"}, 8.0),
        ({"shape": "skillion", "direction": "90"}, 20.0),
        ({"shape": "hipped"}, 4.0),
    ],
)
def test_that_an_angle_rises_over_the_width_under_the_roof(tags: dict[str, str], height_m: float) -> None:
    assert roof(angle="45", **tags)["roof_height_m"] == pytest.approx(min(height_m, 20))
    assert roof(angle="45", **tags)["roof_height_from"] == "roof:angle"


def test_that_a_wing_is_as_wide_as_a_wing() -> None:
    wings = shapely.box(0, 0, 40, 6) | shapely.box(0, 0, 6, 40)
    assert roof(wings, shape="hipped", angle="45")["roof_height_m"] == pytest.approx(3.5, abs=0.6)


def test_that_a_direction_and_an_orientation_are_kept() -> None:
    found = roof(shape="gabled", direction="NW", orientation="Across")
    assert (found["roof_direction_deg"], found["roof_orientation"]) == (315, "across")
    found = roof(shape="gabled", direction="everywhere")
    assert np.isnan(found["roof_direction_deg"])
    assert found["repairs"] == "value_unreadable"


def test_that_a_part_takes_its_buildings_direction_with_its_shape() -> None:
    above = {"building": "yes", "height": "9", "roof:shape": "skillion", "roof:direction": "S"}
    found = osm_tags.buildings([{"building:part": "yes"}] * 2, area_m2=np.full(2, 60.0), outline=[above, None])
    assert found["roof_shape"].tolist() == ["skillion", "flat"]
    assert found["roof_direction_deg"][0] == 180
    assert np.isnan(found["roof_direction_deg"][1])


@pytest.mark.parametrize(("shape", "height_m"), [("dome", 4.0), ("onion", 8.0), ("cone", 6.4)])
def test_that_a_dome_without_a_height_has_that_of_its_half_width(shape: str, height_m: float) -> None:
    assert roof(shape=shape)["roof_height_m"] == pytest.approx(height_m)


def test_that_a_roof_that_nobody_measured_leaves_walls_below_it() -> None:
    told = {"building": "yes", "height": "3", "roof:shape": "gabled"}
    shapes = np.array([HOUSE], object)
    found = osm_tags.buildings([told], area_m2=shapely.area(shapes), geometry=shapes)
    assert found["roof_height_m"][0] == pytest.approx(1.8)
