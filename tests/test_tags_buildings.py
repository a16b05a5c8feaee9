"""How high, how deep and how coloured buildings and their parts are, and which tag said so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from twin import tags as osm_tags


def building(tags: dict[str, str], area_m2: float = 100.0) -> dict[str, Any]:
    """Return the columns of one building."""
    return {key: value[0] for key, value in osm_tags.buildings([tags], area_m2=np.array([area_m2])).items()}


def part(tags: dict[str, str], outline: dict[str, str] | None, area_m2: float = 100.0) -> dict[str, Any]:
    """Return the columns of one building part."""
    columns = osm_tags.buildings([tags], area_m2=np.array([area_m2]), outline=[outline])
    return {key: value[0] for key, value in columns.items()}


@pytest.mark.parametrize(
    ("tags", "height_m", "came_from"),
    [
        ({"height": "12.5"}, 12.5, "height"),
        ({"height": "30'"}, 9.144, "height"),
        ({"height": "12", "building:levels": "9"}, 12, "height"),
        ({"building:height": "11", "est_height": "9"}, 11, "building:height"),
        ({"est_height": "9", "building:levels": "9"}, 9, "est_height"),
        ({"building:levels": "4"}, 12, "building:levels"),
        ({"building": "office", "building:levels": "4"}, 14, "building:levels"),
        ({"building:levels": "4", "roof:levels": "1"}, 15, "building:levels+roof:levels"),
        ({"building:levels": "4", "roof:shape": "gabled", "roof:height": "5"}, 17, "building:levels+roof:height"),
        ({"building:levels": "0", "roof:levels": "2", "roof:shape": "gabled"}, 6, "building:levels+roof:levels"),
        ({"building": "house"}, 6, "default:building=house"),
        ({"building": "garage"}, 2.5, "default:building=garage"),
        ({"building": "yes"}, 5.11, "default:area"),
        ({"building": "rocket_shed"}, 5.11, "default:area"),
    ],
)  # fmt: skip
def test_that_a_height_comes_from_the_best_tag_there_is(tags: dict[str, str], height_m: float, came_from: str) -> None:
    found = building({"building": "yes"} | tags)
    assert found["height_m"] == pytest.approx(height_m, abs=0.01)
    assert found["height_from"] == came_from
    assert found["repairs"] == ""


def test_that_an_unknown_building_is_higher_the_larger_it_is() -> None:
    heights = osm_tags.buildings([{"building": "yes"}] * 5, area_m2=np.array([8.0, 30, 150, 800, 9000]))["height_m"]
    assert (np.diff(heights) > 0).all()


@pytest.mark.parametrize(
    ("tags", "repair", "came_from"),
    [
        ({"height": "tall"}, "value_unreadable", "default:building=house"),
        ({"height": "0"}, "value_wild", "default:building=house"),
        ({"height": "5000"}, "value_wild", "default:building=house"),
        ({"height": "tall", "building:levels": "3"}, "value_unreadable", "building:levels"),
        ({"building:levels": "1000"}, "value_wild", "default:building=house"),
    ],
)  # fmt: skip
def test_that_a_useless_height_gives_way_and_is_recorded(tags: dict[str, str], repair: str, came_from: str) -> None:
    found = building({"building": "house"} | tags)
    assert found["repairs"] == repair
    assert found["height_from"] == came_from


@pytest.mark.parametrize(
    ("tags", "min_m", "height_m", "came_from"),
    [
        ({"height": "20", "min_height": "8"}, 8, 20, "min_height"),
        ({"height": "20", "building:levels": "5", "building:min_level": "2"}, 8, 20, "building:min_level"),
        ({"building:levels": "5", "building:min_level": "2"}, 6, 15, "building:min_level"),
        ({"height": "20", "building:min_level": "2"}, 6, 20, "building:min_level"),
        ({"height": "20", "min_height": "4", "building:min_level": "2"}, 4, 20, "min_height"),
        ({"height": "20", "min_level": "-2"}, 0, 20, "default:ground"),
        ({"height": "20", "building:min_level": "-1"}, 0, 20, "default:ground"),
    ],
)  # fmt: skip
def test_that_a_part_starts_where_its_tags_say_counted_from_the_ground(
    tags: dict[str, str], min_m: float, height_m: float, came_from: str
) -> None:
    found = part({"building:part": "yes"} | tags, None)
    assert found["min_height_m"] == pytest.approx(min_m)
    assert found["height_m"] == pytest.approx(height_m)
    assert found["min_height_from"] in (came_from, "building:min_level" if min_m == 0 else came_from)
    assert found["repairs"] == ""


@pytest.mark.parametrize(
    ("tags", "min_m", "height_m", "came_from"),
    [
        ({"height": "3", "min_height": "10"}, 10, 13, "min_height+height"),
        ({"height": "10", "min_height": "10"}, 9.7, 10, "height"),
        ({"building:levels": "2", "building:min_level": "5"}, 15, 21, "building:min_level+building:levels"),
        ({"building:levels": "6", "building:min_level": "6"}, 18, 21, "building:min_level+default:storey"),
        ({"height": "900", "min_height": "1000"}, 999.95, 1000, "min_height+height"),
    ],
)  # fmt: skip
def test_that_a_top_below_its_underside_is_lifted_and_recorded(
    tags: dict[str, str], min_m: float, height_m: float, came_from: str
) -> None:
    found = part({"building:part": "yes"} | tags, None)
    assert found["repairs"] == "height_inverted"
    assert found["min_height_m"] == pytest.approx(min_m)
    assert found["height_m"] == pytest.approx(height_m)
    assert found["height_from"] == came_from


def test_that_a_canopy_is_open_below() -> None:
    found = building({"building": "roof", "height": "5"})
    assert (found["min_height_m"], found["height_m"]) == pytest.approx((4.6, 5))
    assert found["min_height_from"] == "default:building=roof"


@pytest.mark.parametrize(
    ("tags", "shape", "roof_m", "came_from"),
    [
        ({}, "flat", 0, "default:flat"),
        ({"roof:shape": "flat", "roof:height": "1"}, "flat", 0, "roof:shape"),
        ({"roof:shape": "Gabled", "roof:height": "3"}, "gabled", 3, "roof:height"),
        ({"roof:shape": "pitched", "roof:levels": "2"}, "gabled", 6, "roof:levels"),
        ({"roof:shape": "lean_to", "roof:angle": "45"}, "skillion", 10, "roof:angle"),
        ({"roof:shape": "gabled"}, "gabled", 2.45, "default:roof:shape=gabled"),
        ({"roof:shape": "half hipped", "roof:height": "2"}, "half-hipped", 2, "roof:height"),
        ({"roof:shape": "dome"}, "dome", math.nan, "default:roof:shape=dome"),
        ({"roof:shape": "many"}, "flat", 0, "several:many"),
    ],
)  # fmt: skip
def test_that_a_roof_has_a_shape_and_a_height(tags: dict[str, str], shape: str, roof_m: float, came_from: str) -> None:
    found = building({"building": "yes", "height": "20"} | tags)
    assert found["roof_shape"] == shape
    assert found["roof_height_m"] == pytest.approx(roof_m, abs=0.01, nan_ok=True)
    assert found["roof_height_from"] == came_from


def test_that_a_roof_is_no_higher_than_what_it_covers() -> None:
    found = building({"building": "yes", "height": "5", "roof:shape": "gabled", "roof:height": "9"})
    assert found["roof_height_m"] == 5
    assert found["repairs"] == "roof_clipped"


def test_that_a_part_without_a_height_takes_its_buildings() -> None:
    found = part({"building:part": "yes"}, {"building": "office", "height": "30", "building:colour": "red"})
    assert found["height_m"] == 30
    assert found["height_from"] == "outline:height"
    assert (found["wall_colour"], found["wall_colour_from"]) == ("#ff0000", "outline:building:colour")


def test_that_a_part_with_storeys_is_not_as_high_as_its_building() -> None:
    found = part({"building:part": "yes", "building:levels": "2"}, {"building": "yes", "height": "35"})
    assert (found["height_m"], found["height_from"]) == (6, "building:levels")


def test_that_a_parts_storeys_are_as_high_as_those_of_its_measured_building() -> None:
    outline = {"building": "yes", "height": "35", "building:levels": "10"}
    found = part({"building:part": "yes", "building:levels": "2"}, outline)
    assert found["height_m"] == pytest.approx(7)
    assert found["height_from"] == "building:levels+outline:height"


def test_that_a_parts_own_colour_and_material_win() -> None:
    outline = {"building": "yes", "building:colour": "red", "building:material": "brick", "roof:material": "slate"}
    found = part({"building:part": "yes", "building:colour": "#00f", "roof:material": "copper"}, outline)
    assert (found["wall_colour"], found["wall_colour_from"]) == ("#0000ff", "building:colour")
    assert (found["wall_material"], found["roof_material"]) == ("brick", "copper")


def test_that_only_a_part_that_reaches_the_top_takes_the_buildings_roof() -> None:
    outline = {"building": "yes", "height": "30", "roof:shape": "dome"}
    low, high = part({"building:part": "yes", "height": "8"}, outline), part({"building:part": "yes"}, outline)
    assert (low["roof_shape"], low["roof_shape_from"]) == ("flat", "default:flat")
    assert (high["roof_shape"], high["roof_shape_from"]) == ("dome", "outline:roof:shape")


def test_that_a_part_that_is_all_roof_ends_where_the_roof_does() -> None:
    tags = {"building:part": "yes", "min_height": "18", "roof:shape": "dome", "roof:height": "5"}
    found = part(tags, {"building": "church", "height": "60"})
    assert (found["min_height_m"], found["height_m"], found["roof_height_m"]) == (18, 23, 5)
    assert found["height_from"] == "min_height+roof:height"
    assert found["repairs"] == ""


def test_that_a_part_of_nothing_stands_by_itself() -> None:
    assert part({"building:part": "yes"}, None, 150.0)["height_from"] == "default:area"


def test_that_features_do_not_depend_on_their_neighbours() -> None:
    tags = [{"building": "house"}, {"building": "yes", "height": "tall"}, {"building": "yes", "building:levels": "3"}]
    together = osm_tags.buildings(tags, area_m2=np.full(3, 80.0))
    for row, alone in enumerate(map(building, tags, [80.0] * 3)):
        for key, value in alone.items():
            assert together[key][row] == value or (np.isnan(value) and np.isnan(together[key][row]))
