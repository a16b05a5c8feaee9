"""What is drawn of a building that has parts."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from districts import _BUILDING, table

from twin.mesh.outline import Bodies, bodies

OUTLINE = shapely.box(0, 0, 10, 10)


def drawn(*parts: dict[str, Any], **building: Any) -> Bodies:
    """Return what is drawn of one building of 10 m by 10 m with parts."""
    house = _BUILDING | {"osm": "way/1", "geometry": OUTLINE, "height_m": 20.0, "height_from": "height"} | building
    rows = [
        _BUILDING | {"building": "way/1", "osm": f"way/{i}", "height_from": "height"} | part
        for i, part in enumerate(parts, 10)
    ]
    return bodies(table("buildings", [house]), table("parts", rows))


def test_that_a_building_without_parts_is_itself() -> None:
    body = drawn()
    assert body.drawn.tolist() == ["whole"]
    assert body.geometry[0] is not None
    assert (body.height_m[0], body.height_from[0], body.covered[0]) == (20, "height", 0)


def test_that_parts_that_cover_an_outline_stand_for_it() -> None:
    body = drawn({"geometry": shapely.box(0, 0, 10, 5)}, {"geometry": shapely.box(0, 5, 10, 9.2)})
    assert body.drawn[0] == "parts"
    assert body.geometry[0] is None
    assert body.covered[0] == pytest.approx(0.92)


def test_that_one_small_part_does_not_hide_a_building() -> None:
    body = drawn({"geometry": shapely.box(0, 0, 2, 2), "height_m": 40.0})
    assert body.drawn[0] == "remainder"
    assert body.geometry[0].area == pytest.approx(96)
    assert body.height_m[0] == 20


def test_that_overlapping_parts_cover_what_they_cover_once() -> None:
    body = drawn({"geometry": shapely.box(0, 0, 10, 6)}, {"geometry": shapely.box(0, 0, 10, 6), "min_height_m": 9.0})
    assert body.covered[0] == pytest.approx(0.6)
    assert body.drawn[0] == "remainder"


def test_that_parts_on_top_leave_what_is_beneath_whole() -> None:
    body = drawn({"geometry": shapely.box(0, 0, 5, 5), "min_height_m": 20.0, "height_m": 30.0})
    assert body.drawn[0] == "whole"
    assert body.geometry[0].equals(OUTLINE)


def test_that_parts_on_top_of_all_of_it_are_all_there_is() -> None:
    assert drawn({"geometry": OUTLINE, "min_height_m": 5.0}).drawn[0] == "parts"


def test_that_a_cathedral_is_not_as_high_as_its_spire_all_over() -> None:
    body = drawn(
        {"geometry": shapely.box(0, 0, 1, 1), "height_m": 62.0},
        {"geometry": shapely.box(0, 1, 10, 5), "height_m": 24.0},
        {"geometry": shapely.box(0, 5, 10, 7), "height_m": 12.0},
        height_m=62.0,
    )
    assert body.drawn[0] == "remainder"
    assert (body.height_m[0], body.height_from[0]) == (24, "parts:median")


def test_that_a_height_that_nobody_told_is_not_a_spire() -> None:
    part = {"geometry": shapely.box(0, 0, 10, 6), "height_m": 6.0}
    assert drawn(part, height_m=6.0, height_from="default:yes").height_from[0] == "default:yes"


def test_that_a_building_of_its_own_height_keeps_it() -> None:
    body = drawn({"geometry": shapely.box(0, 0, 10, 6), "height_m": 62.0}, height_m=15.0)
    assert (body.height_m[0], body.height_from[0]) == (15, "height")


def test_that_slivers_between_part_and_outline_are_not_drawn() -> None:
    body = drawn({"geometry": shapely.box(0.1, 0.1, 9.9, 8)}, {"geometry": shapely.box(3, 3, 4, 4)})
    assert body.drawn[0] == "remainder"
    assert body.geometry[0].bounds[1] < 0.1 or body.geometry[0].area < 25  # one piece: the north, with its hem


def test_that_parts_of_nothing_and_of_others_change_nothing() -> None:
    body = drawn({"geometry": OUTLINE, "building": ""}, {"geometry": OUTLINE, "building": "way/404"})
    assert body.drawn[0] == "whole"


def test_that_a_building_without_a_name_owns_no_part_without_one() -> None:
    assert drawn({"geometry": OUTLINE, "building": ""}, osm="").drawn[0] == "whole"


@pytest.mark.parametrize(
    "broken",
    [shapely.Polygon(), None, shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]), shapely.Point(1, 1)],
)
def test_that_broken_geometry_on_either_side_is_no_crash(broken: Any) -> None:
    assert len(drawn({"geometry": broken}).drawn) == 1
    assert len(drawn({"geometry": shapely.box(0, 0, 5, 5)}, geometry=broken).drawn) == 1


WIDE = shapely.box(0, 0, 60, 80)


def test_that_a_church_without_parts_is_not_as_high_as_its_spire_all_over() -> None:
    body = drawn(geometry=WIDE, height_m=98.0, kind="cathedral")
    assert (body.height_m[0], body.height_from[0]) == (pytest.approx(39.2), "spire")


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "office"},
        {"height_m": 30.0},
        {"height_from": "default:church"},
        {"geometry": shapely.box(0, 0, 9, 9)},  # a bell tower
    ],
)
def test_that_what_may_be_as_high_as_told_is(told: dict[str, Any]) -> None:
    body = drawn(**{"geometry": WIDE, "height_m": 98.0, "kind": "church"} | told)
    assert body.height_from[0] != "spire"
    assert body.height_m[0] == told.get("height_m", 98.0)
