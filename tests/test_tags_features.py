"""Streets, rails, ground, trees and the things of a street from their tags."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import tags as osm_tags
from twin.tags import AREA_KINDS
from twin.tags.furniture import FURNITURE_HEIGHTS_M
from twin.tags.vocabulary import FURNITURE

Reader = Callable[[list[dict[str, str]]], osm_tags.Columns]


def one(reader: Reader, tags: dict[str, str]) -> dict[str, Any]:
    """Return the columns of one feature."""
    return {key: value[0] for key, value in reader([tags]).items()}


@pytest.mark.parametrize(
    ("tags", "role", "width_m", "came_from"),
    [
        ({"highway": "residential", "width": "7.5"}, "road", 7.5, "width"),
        ({"highway": "residential", "width": "25'"}, "road", 7.62, "width"),
        ({"highway": "residential", "est_width": "6"}, "road", 6, "est_width"),
        ({"highway": "primary", "lanes": "4"}, "road", 13, "lanes"),
        ({"highway": "residential", "lanes": "2", "parking:both": "lane"}, "road", 9.5, "lanes+parking"),
        ({"highway": "primary", "lanes": "2", "cycleway": "lane"}, "road", 9.5, "lanes+cycleway"),
        ({"highway": "residential"}, "road", 5.5, "default:highway=residential"),
        ({"highway": "residential", "oneway": "yes"}, "road", 4.5, "default:highway=residential+oneway"),
        ({"highway": "service", "service": "parking_aisle"}, "service", 5.5, "default:service=parking_aisle"),
        ({"highway": "footway", "footway": "sidewalk"}, "path", 1.8, "default:footway=sidewalk"),
        ({"highway": "steps"}, "steps", 2, "default:highway=steps"),
        ({"railway": "platform"}, "path", 3, "default:platform"),
        ({"man_made": "pier", "highway": "footway"}, "path", 2, "default:highway=footway"),
        ({"man_made": "pier"}, "path", 3, "default:pier"),
        ({"highway": "cycleway"}, "cycleway", 2.5, "default:highway=cycleway"),
        ({"highway": "track"}, "track", 2.8, "default:highway=track"),
        ({"highway": "primary", "width": "900"}, "road", 7.5, "default:highway=primary"),
        ({"highway": "primary", "lanes": "99"}, "road", 7.5, "default:highway=primary"),
    ],
)  # fmt: skip
def test_that_a_street_is_as_wide_as_its_best_tag_says(
    tags: dict[str, str], role: str, width_m: float, came_from: str
) -> None:
    found = one(osm_tags.streets, tags)
    assert found["role"] == role
    assert found["width_m"] == pytest.approx(width_m)
    assert found["width_from"] == came_from


def test_that_a_wild_width_is_recorded() -> None:
    assert one(osm_tags.streets, {"highway": "primary", "width": "900"})["repairs"] == "value_wild"


@pytest.mark.parametrize(
    ("tags", "left", "right"),
    [
        ({}, 0, 0), ({"sidewalk": "both"}, 1.8, 1.8), ({"sidewalk": "left"}, 1.8, 0), ({"sidewalk": "right"}, 0, 1.8),
        ({"sidewalk": "no"}, 0, 0), ({"sidewalk": "separate"}, 0, 0), ({"sidewalk:left": "yes"}, 1.8, 0),
        ({"sidewalk:both": "yes"}, 1.8, 1.8), ({"sidewalk": "both", "sidewalk:both:width": "3"}, 3, 3),
        ({"sidewalk": "both", "sidewalk:left:width": "2.5"}, 2.5, 1.8),
        ({"sidewalk:left": "separate", "sidewalk:right": "yes"}, 0, 1.8),
        ({"sidewalk": "both", "sidewalk:left": "no"}, 0, 1.8),
    ],
)  # fmt: skip
def test_that_pavements_lie_on_the_sides_that_are_told(tags: dict[str, str], left: float, right: float) -> None:
    found = one(osm_tags.streets, {"highway": "residential"} | tags)
    assert (found["pavement_left_m"], found["pavement_right_m"]) == (left, right)


def test_that_a_path_has_no_pavements() -> None:
    assert one(osm_tags.streets, {"highway": "footway", "sidewalk": "both"})["pavement_left_m"] == 0


@pytest.mark.parametrize("reader", [osm_tags.streets, osm_tags.rails])
@pytest.mark.parametrize(
    ("tags", "layer", "bridge", "tunnel"),
    [
        ({}, 0, False, False), ({"bridge": "yes"}, 1, True, False),
        ({"bridge": "viaduct", "layer": "3"}, 3, True, False),
        ({"bridge": "no"}, 0, False, False), ({"tunnel": "yes"}, -1, False, True),
        ({"tunnel": "building_passage"}, 0, False, False), ({"covered": "yes"}, 0, False, False),
        ({"layer": "9"}, 5, False, False), ({"layer": "-99"}, -5, False, False), ({"layer": "high"}, 0, False, False),
        ({"location": "underground"}, -1, False, True), ({"level": "-1"}, -1, False, True),
        ({"level": "0;-1"}, 0, False, False),
    ],
)  # fmt: skip
def test_that_bridges_rise_and_tunnels_hide(
    reader: Reader, tags: dict[str, str], layer: int, bridge: bool, tunnel: bool
) -> None:
    found = one(reader, {"highway": "primary", "railway": "rail"} | tags)
    assert (found["layer"], found["bridge"], found["tunnel"]) == (layer, bridge, tunnel)


@pytest.mark.parametrize(
    ("reader", "tags", "hidden"),
    [
        (osm_tags.rails, {"railway": "subway"}, True), (osm_tags.rails, {"railway": "rail"}, False),
        (osm_tags.streets, {"railway": "platform"}, True), (osm_tags.streets, {"highway": "trunk"}, False),
    ],
)  # fmt: skip
def test_that_below_the_ground_a_cutting_is_in_sight_and_a_subway_is_not(
    reader: Reader, tags: dict[str, str], *, hidden: bool
) -> None:
    assert one(reader, tags | {"layer": "-2"})["tunnel"] == hidden
    assert not one(reader, tags)["tunnel"]


@pytest.mark.parametrize(
    ("tags", "width_m", "came_from"),
    [
        ({"railway": "tram"}, 2.4, "default:railway=tram"),
        ({"railway": "rail", "gauge": "1435"}, 2.6, "gauge"),
        ({"railway": "rail", "gauge": "1435", "tracks": "2"}, 6.6, "gauge+tracks"),
        ({"railway": "rail", "width": "5"}, 5, "width"),
        ({"railway": "rail", "gauge": "broad"}, 3.2, "default:railway=rail"),
    ],
)  # fmt: skip
def test_that_a_track_is_as_wide_as_its_sleepers(tags: dict[str, str], width_m: float, came_from: str) -> None:
    found = one(osm_tags.rails, tags)
    assert found["width_m"] == pytest.approx(width_m)
    assert found["width_from"] == came_from


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"landuse": "forest"}, "wood"), ({"natural": "beach"}, "sand"), ({"natural": "scree"}, "rock"),
        ({"leisure": "park", "landuse": "grass"}, "park"), ({"amenity": "school"}, "institution"),
        ({"highway": "pedestrian", "area": "yes"}, "square"), ({"place": "square"}, "square"),
        ({"highway": "service", "area": "yes"}, "service"), ({"highway": "footway", "area": "yes"}, "path"),
        ({"railway": "platform"}, "square"), ({"landuse": "vineyard"}, "orchard"), ({"amenity": "parking"}, "parking"),
        ({"barrier": "hedge", "area": "yes"}, "scrub"), ({"landuse": "basin", "basin": "detention"}, "grass"),
    ],
)  # fmt: skip
def test_that_an_area_gets_one_of_few_kinds(tags: dict[str, str], kind: str) -> None:
    assert kind in AREA_KINDS
    assert one(osm_tags.areas, tags)["kind"] == kind


@pytest.mark.parametrize(
    ("tags", "kind", "width_m", "came_from"),
    [
        ({"natural": "water"}, "lake", math.nan, ""),
        ({"natural": "water", "water": "river"}, "river", math.nan, ""),
        ({"natural": "water", "leisure": "park"}, "lake", math.nan, ""),
        ({"waterway": "river", "width": "40"}, "river", 40, "width"),
        ({"waterway": "stream"}, "stream", 2, "default:waterway=stream"),
        ({"waterway": "ditch"}, "stream", 1, "default:waterway=ditch"),
        ({"leisure": "swimming_pool"}, "pool", math.nan, ""),
        ({"natural": "coastline"}, "coastline", math.nan, ""),
        ({"landuse": "reservoir"}, "basin", math.nan, ""),
    ],
)  # fmt: skip
def test_that_water_has_a_kind_and_a_line_a_width(
    tags: dict[str, str], kind: str, width_m: float, came_from: str
) -> None:
    found = one(osm_tags.water, tags)
    assert found["kind"] == kind
    assert found["width_m"] == pytest.approx(width_m, nan_ok=True)
    assert found["width_from"] == came_from


@pytest.mark.parametrize(
    ("tags", "leaf"),
    [
        ({}, "broadleaved"), ({"leaf_type": "needleleaved"}, "needleleaved"), ({"genus": "Pinus"}, "needleleaved"),
        ({"species": "Tilia cordata"}, "broadleaved"), ({"species": "Phoenix canariensis"}, "palm"),
        ({"leaf_type": "broadleaved", "genus": "Washingtonia"}, "palm"), ({"genus": "Ginkgo"}, "broadleaved"),
        ({"type": "conifer"}, "needleleaved"), ({"leaf_type": "?"}, "broadleaved"),
    ],
)  # fmt: skip
def test_that_a_tree_has_leaves_by_its_type_or_its_name(tags: dict[str, str], leaf: str) -> None:
    assert one(osm_tags.trees, {"natural": "tree"} | tags)["leaf"] == leaf


def test_that_a_trees_size_comes_from_what_is_known_of_it() -> None:
    tags = [
        {},
        {"height": "15"},
        {"diameter_crown": "5"},
        {"circumference": "1.9"},
        {"natural": "shrub"},
        {"height": "500"},
    ]
    found = osm_tags.trees([{"natural": "tree"} | one for one in tags])
    assert list(found["height_from"]) == [
        "default:leaf_type=broadleaved", "height", "diameter_crown", "circumference", "default:natural=shrub",
        "default:leaf_type=broadleaved",
    ]  # fmt: skip
    assert found["height_m"][1] == 15
    assert found["crown_m"][2] == 5
    assert found["height_m"][3] > found["height_m"][0] > found["height_m"][4]
    assert list(found["repairs"]) == [""] * 5 + ["value_wild"]


@given(st.floats(0.05, 10), st.floats(0.05, 10))
def test_that_a_thicker_trunk_is_a_higher_tree(a: float, b: float) -> None:
    height_m = osm_tags.trees([{"circumference": f"{girth:.3f}"} for girth in sorted([a, b])])["height_m"]
    assert height_m[0] <= height_m[1] <= 26


@pytest.mark.parametrize(
    ("tags", "kind", "height_m", "came_from"),
    [
        ({"highway": "street_lamp"}, "lamp", 6, "default:lamp"),
        ({"highway": "street_lamp", "height": "9"}, "lamp", 9, "height"),
        ({"highway": "street_lamp", "height": "0"}, "lamp", 6, "default:lamp"),
        ({"man_made": "chimney", "height": "150 m"}, "chimney", 150, "height"),
        ({"power": "generator", "generator:source": "wind"}, "turbine", 100, "default:turbine"),
        ({"highway": "bus_stop", "public_transport": "platform", "bench": "yes"}, "stop", 2.8, "default:stop"),
    ],
)  # fmt: skip
def test_that_furniture_has_a_kind_and_a_height(
    tags: dict[str, str], kind: str, height_m: float, came_from: str
) -> None:
    found = one(osm_tags.furniture, tags)
    assert (found["kind"], found["height_m"], found["height_from"]) == (kind, height_m, came_from)


def test_that_every_kind_of_furniture_has_a_usual_height() -> None:
    assert {kind for kinds in FURNITURE.values() for kind in kinds.values()} <= FURNITURE_HEIGHTS_M.keys()
