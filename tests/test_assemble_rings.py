"""Rings and relations become areas; what is broken or cut by the edge is mended, or dropped and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely
from assembled import district_of, reasons
from osmfiles import Town, town

if TYPE_CHECKING:
    from pathlib import Path


def test_that_a_courtyard_stays_open(tmp_path: Path) -> None:
    buildings = district_of(town(), tmp_path).tables["buildings"].frame().set_index("name")
    court = buildings.loc["Court"].geometry
    assert court.area == pytest.approx(40 * 40 - 20 * 20, rel=1e-3)
    assert len(court.interiors) == 1


def test_that_a_multipolygon_joins_ways_in_any_order_and_direction(tmp_path: Path) -> None:
    made = Town()
    a, b, c, d = (made.node(x, y) for x, y in ((0, 0), (30, 0), (30, 30), (0, 30)))
    pieces = [made.way([a, b]), made.way([d, c]), made.way([d, a]), made.way([c, b])]
    made.relation([("w", way, "outer") for way in pieces], type="multipolygon", building="yes")
    assert district_of(made, tmp_path).tables["buildings"].frame().geometry.area.sum() == pytest.approx(900, rel=1e-3)


def test_that_rings_without_roles_are_sorted_by_which_lies_in_which(tmp_path: Path) -> None:
    made = Town()
    rings = [made.box(0, 0, 40, 40), made.box(10, 10, 30, 30), made.box(15, 15, 25, 25)]
    made.relation([("w", way, "") for way in rings], type="multipolygon", landuse="forest")
    assert district_of(made, tmp_path).tables["areas"].frame().geometry.area.sum() == pytest.approx(1300, rel=1e-3)


def test_that_two_outer_rings_share_out_their_holes(tmp_path: Path) -> None:
    made = Town()
    members = [
        (made.box(0, 0, 20, 20), "outer"),
        (made.box(50, 0, 70, 20), "outer"),
        (made.box(55, 5, 65, 15), "inner"),
    ]
    made.relation([("w", way, role) for way, role in members], type="multipolygon", natural="water")
    (lake,) = district_of(made, tmp_path).tables["water"].geometry
    assert lake.area == pytest.approx(700, rel=1e-3)
    assert sorted(len(part.interiors) for part in lake.geoms) == [0, 1]


def test_that_old_multipolygons_take_their_tags_from_the_outer_way(tmp_path: Path) -> None:
    made = Town()
    outer, inner = made.box(0, 0, 40, 40, building="school"), made.box(10, 10, 30, 30)
    made.relation([("w", outer, "outer"), ("w", inner, "inner")], type="multipolygon")
    buildings = district_of(made, tmp_path).tables["buildings"]
    assert buildings["kind"].tolist() == ["school"]
    assert shapely.area(buildings.geometry).sum() == pytest.approx(1200, rel=1e-3)


def test_that_an_outer_way_that_repeats_its_relation_is_not_drawn_twice(tmp_path: Path) -> None:
    made = Town()
    outer, inner = made.box(0, 0, 40, 40, building="yes"), made.box(10, 10, 30, 30)
    made.relation([("w", outer, "outer"), ("w", inner, "inner")], type="multipolygon", building="office")
    assert district_of(made, tmp_path).tables["buildings"]["kind"].tolist() == ["office"]


def test_that_a_fence_around_a_park_stays_though_it_is_lit_as_the_park_is(tmp_path: Path) -> None:
    made = Town()
    fence = made.box(0, 0, 40, 40, barrier="fence", lit="yes")
    made.relation([("w", fence, "outer")], type="multipolygon", leisure="park", lit="yes")
    district = district_of(made, tmp_path)
    assert district.tables["furniture"]["osm"].tolist() == [f"way/{fence}"]
    assert district.tables["areas"]["kind"].tolist() == ["park"]


def test_that_a_broken_relation_is_dropped_and_counted(tmp_path: Path) -> None:
    made = town()
    broken = made.relation([("w", 9999, "outer")], type="multipolygon", building="yes")
    stray = made.way([(0, 60), (10, 60), (10, 70)])
    open_ = made.relation([("w", stray, "outer")], type="multipolygon", building="yes")
    empty = made.relation([], type="multipolygon", landuse="grass")
    found = reasons(district_of(made, tmp_path))
    assert found[f"relation/{broken}"] == found[f"relation/{open_}"] == "relation_broken"
    assert found.get(f"relation/{empty}", "relation_broken") == "relation_broken"


@pytest.mark.parametrize("role", ["outer", ""])
def test_that_a_way_that_its_relation_names_twice_counts_once(tmp_path: Path, role: str) -> None:
    made = Town()
    a, b, c, d = (made.node(x, y) for x, y in ((0, 0), (30, 0), (30, 30), (0, 30)))
    side, rest = made.way([a, b]), made.way([b, c, d, a])
    made.relation([("w", way, role) for way in (side, side, rest, rest)], type="multipolygon", building="yes")
    buildings = district_of(made, tmp_path).tables["buildings"]
    assert shapely.area(buildings.geometry).tolist() == pytest.approx([900], rel=1e-3)
    assert buildings["repairs"].tolist() == [""]


def sides_without_the_last(x: float) -> tuple[Town, int]:
    """Return a town with a building relation of 20 m east of `x`, whose eastern side is lost."""
    made = town()
    a, b, c, d = (made.node(*corner) for corner in ((x + 20, 200), (x, 200), (x, 220), (x + 20, 220)))
    known = [("w", made.way(pair), "outer") for pair in ([a, b], [b, c], [c, d])]
    return made, made.relation([*known, ("w", 9999, "outer")], type="multipolygon", building="yes")


def test_that_a_relation_that_the_edge_cut_is_closed_along_it(tmp_path: Path) -> None:
    made, relation = sides_without_the_last(0.01 * 71_695.8 - 30)
    buildings = district_of(made, tmp_path).tables["buildings"].frame().set_index("osm")
    assert buildings.loc[f"relation/{relation}", "repairs"] == "cut_by_edge"
    assert buildings.geometry[f"relation/{relation}"].area == pytest.approx(400, rel=1e-3)


def test_that_a_relation_with_a_side_lost_in_the_middle_is_not_guessed(tmp_path: Path) -> None:
    made, relation = sides_without_the_last(0)
    assert reasons(district_of(made, tmp_path))[f"relation/{relation}"] == "relation_broken"


def test_that_a_relation_that_encloses_nothing_is_dropped_and_counted(tmp_path: Path) -> None:
    made = town()
    twice = [("w", made.box(200, 0, 220, 20), role) for role in ("outer", "inner")]
    nothing = made.relation(twice, type="multipolygon", building="yes")
    assert reasons(district_of(made, tmp_path))[f"relation/{nothing}"] == "too_small"


def test_that_a_lost_courtyard_is_told_on_its_building(tmp_path: Path) -> None:
    made = Town()
    made.relation([("w", made.box(0, 0, 40, 40), "outer"), ("w", 9999, "inner")], type="multipolygon", building="yes")
    assert district_of(made, tmp_path).tables["buildings"]["repairs"].tolist() == ["relation_incomplete"]


def test_that_a_self_crossing_ring_is_mended_and_says_so(tmp_path: Path) -> None:
    made = Town()
    made.ring([(0, 0), (20, 20), (20, 0), (0, 20)], building="yes")
    district = district_of(made, tmp_path)
    (mended,) = district.tables["buildings"].geometry
    assert mended.is_valid
    assert mended.area == pytest.approx(200, rel=1e-3)
    assert district.tables["buildings"]["repairs"].tolist() == ["ring_invalid"]
    assert district.repairs == {"ring_invalid": 1}


def test_that_a_ring_left_open_by_a_hand_width_is_closed_and_says_so(tmp_path: Path) -> None:
    made = Town()
    made.way([(0, 0), (20, 0), (20, 20), (0, 20), (0.2, 0.2)], building="yes")
    assert district_of(made, tmp_path).tables["buildings"]["repairs"].tolist() == ["ring_unclosed"]


def test_that_an_open_way_in_the_middle_is_no_building(tmp_path: Path) -> None:
    made = town()
    way = made.way([(0, 50), (20, 50), (20, 70), (0, 70)], building="yes")
    assert reasons(district_of(made, tmp_path))[f"way/{way}"] == "not_a_ring"


def east_edge_building(*, lost: bool) -> Town:
    """Return a town whose building reaches over the east edge, with the nodes beyond lost or taken out."""
    made = Town()
    edge = 0.01 / 1 * 71_695.8
    inside = [(edge - 30, 20), (edge - 30, 0), (edge - 5, 0)]
    beyond = [(edge + 15, 0), (edge + 15, 20)]
    last = [(edge - 5, 20)]
    if lost:
        way = made.ring([*inside, *beyond, *last], building="yes")
        made.lost = set(made.ways[way][0][3:5])
    else:
        made.way([*last, *inside], building="yes")
    return made


@pytest.mark.parametrize("lost", [True, False])
def test_that_a_building_cut_by_the_edge_keeps_what_is_inside(tmp_path: Path, *, lost: bool) -> None:
    buildings = district_of(east_edge_building(lost=lost), tmp_path).tables["buildings"]
    assert buildings["repairs"].tolist() == ["cut_by_edge"]
    assert shapely.area(buildings.geometry).sum() == pytest.approx(25 * 20, rel=1e-2)


def test_that_a_building_with_a_gap_in_the_middle_is_not_guessed(tmp_path: Path) -> None:
    made = town()
    way = made.ring([(0, 50), (40, 50), (40, 90), (20, 70), (0, 90)], building="yes")
    made.lost = {made.ways[way][0][2]}
    assert reasons(district_of(made, tmp_path))[f"way/{way}"] == "cut_open"
