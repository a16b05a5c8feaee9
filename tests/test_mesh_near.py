"""What near views show: streets broken at crossings, corners, kerbs, and what is painted on the road."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from close import near
from hypothesis import given
from hypothesis import strategies as st
from meshes import covered, normals

from twin.mesh.corners import KERB_M, add_corners, beside_roads
from twin.mesh.levels import Z_M
from twin.mesh.markings import dashed, lanes_of, solid
from twin.mesh.near import drives_left
from twin.mesh.network import edges_of
from twin.mesh.paints import Paints
from twin.mesh.pieces import Pieces
from twin.mesh.ribbons import lines_of

CROSS = [[(-50, 0), (0, 0), (50, 0)], [(0, -40), (0, 0)], [(0, 0), (0, 40)]]


def network(*lines: Any, half: float = 3.0) -> Any:
    """Return lines as edges, all equally wide."""
    found = lines_of(np.array([shapely.LineString(line) for line in lines], dtype=object))
    return edges_of(found, np.full(len(found.feature), half))


def test_that_streets_are_broken_where_others_meet_them() -> None:
    edges = network(*CROSS)
    assert sorted(edges.length_m.tolist()) == [40, 40, 50, 50]
    assert edges.meets.sum() == 4
    assert edges.reach_m[edges.meets].tolist() == [3.0] * 4
    assert edges.reach_m[~edges.meets].tolist() == [0.0] * 4


def test_that_a_way_that_goes_on_as_another_is_no_crossing() -> None:
    assert not network([(0, 0), (9, 0)], [(9, 0), (20, 0)]).meets.any()


def test_that_a_wide_street_reaches_into_a_narrow_one_and_not_the_reverse() -> None:
    lines = lines_of(np.array([shapely.LineString(line) for line in CROSS], dtype=object))
    edges = edges_of(lines, np.array([8.0, 2.0, 2.0]))
    narrow = edges.half_m == 2
    assert edges.reach_m[narrow].max() == 8


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=2, max_size=7, unique=True))
def test_that_places_along_edges_lie_on_their_lines(line: list[tuple[int, int]]) -> None:
    edges = network(line, CROSS[0])
    edge = np.repeat(np.arange(len(edges.half_m)), 5)
    share = np.tile(np.linspace(0, 1, 5), len(edges.half_m))
    xy, heading = edges.places(edge, share * edges.length_m[edge])
    assert np.hypot(*heading.T) == pytest.approx(1)
    ways = shapely.union_all([shapely.LineString(line), shapely.LineString(CROSS[0])])
    assert shapely.distance(shapely.points(xy), ways).max() < 1e-9


def test_that_a_stretch_of_an_edge_keeps_its_bends() -> None:
    edges = network([(0, 0), (10, 0), (10, 10)])
    stretch = edges.between(np.array([0]), np.array([4.0]), np.array([13.0]))
    assert stretch.xy.tolist() == [[4, 0], [10, 0], [10, 3]]


@given(st.floats(0, 400), st.floats(0.2, 9), st.floats(0.2, 9))
def test_that_dashes_stay_between_their_ends_and_apart(room: float, dash: float, gap: float) -> None:
    made = dashed(np.array([0]), np.array([5.0]), np.array([5.0 + room]), np.zeros(1), dash_m=dash, gap_m=gap)
    assert (
        len(made.edge) == int((room + gap) / (dash + gap) + 1e-12) or len(made.edge) * (dash + gap) - gap <= room + 1e-6
    )
    if len(made.edge):
        assert made.from_m.min() >= 5 - 1e-9
        assert made.to_m.max() <= 5 + room + 1e-9
        assert (np.diff(made.from_m) == pytest.approx(dash + gap)) or len(made.edge) == 1


def test_that_a_line_without_gaps_has_none() -> None:
    made = solid(np.array([0]), np.array([1.0]), np.array([20.0]), np.zeros(1))
    assert made.from_m[0] == 1
    assert made.to_m[-1] == pytest.approx(20)
    assert made.from_m[1:] == pytest.approx(made.to_m[:-1])


def test_that_corners_of_a_crossing_are_rounded_and_lie_beside_the_streets() -> None:
    pieces, edges = Pieces(), network(*CROSS)
    add_corners(pieces, edges, np.full(3, "road"), Paints())
    mesh = pieces.mesh("streets")
    assert (normals(mesh)[:, 2] > 0).all()
    radius = 1.2 * 3 + 0.5
    # four corners: a square less a quarter of a disc
    assert covered(mesh) == pytest.approx(4 * radius**2 * (1 - np.pi / 4), rel=0.08)
    assert np.abs(mesh.points[:, :2]).min() >= 3 - 1e-6


def test_that_a_pavement_mapped_apart_reaches_to_its_road() -> None:
    edges = network([(-50, 0), (50, 0)], [(-50, 7), (50, 7)], half=1.0)
    low, high = beside_roads(edges, np.array([True, False]))
    assert low[1] == pytest.approx(-6)
    assert high[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("tags", "kind", "lanes", "expected"),
    [
        ({}, "residential", np.nan, None),
        ({}, "residential", 2.0, (1, 1)),
        ({}, "primary", np.nan, (1, 1)),
        ({"oneway": "yes"}, "primary", 3.0, (3, 0)),
        ({"oneway": "-1"}, "primary", 3.0, (0, 3)),
        ({"lanes:forward": "2"}, "primary", 3.0, (2, 1)),
        ({"lanes:backward": "2"}, "primary", 3.0, (1, 2)),
        ({"lane_markings": "no"}, "primary", 3.0, None),
        ({"lanes:forward": "eight"}, "primary", 1e9, (6, 6)),
    ],
)
def test_that_lanes_are_shared_as_told(tags: dict[str, str], kind: str, lanes: float, expected: Any) -> None:
    share = lanes_of(tags, kind, lanes)
    assert (share and (share.along, share.against)) == expected


def test_that_a_street_of_two_lanes_has_one_dashed_line_in_its_middle() -> None:
    made, _roles = near({"geometry": shapely.LineString([(-60, 0), (60, 0)]), "kind": "primary", "lanes": 2.0})
    mesh = made.meshes["markings"]
    assert np.abs(mesh.points[:, 1]).max() == pytest.approx(0.06)
    assert covered(mesh) == pytest.approx(0.12 * 3 * 14, rel=0.01)
    assert (mesh.points[:, 2] > Z_M["road"]).all()
    assert set(mesh.feature.tolist()) == {0}
    assert set(mesh.shade.tolist()) == {6}


def test_that_bars_are_painted_where_a_crossing_meets_the_road() -> None:
    crossing = {"role": "path", "kind": "footway", "tags": json.dumps({"footway": "crossing", "crossing": "zebra"})}
    road = {"geometry": shapely.LineString([(-60, 0), (0, 0), (60, 0)]), "width_m": 8.0}
    made, _roles = near(road, crossing | {"geometry": shapely.LineString([(0, -9), (0, 0), (0, 9)])})
    mesh = made.meshes["markings"]
    assert 3.0 < mesh.points[:, 1].max() <= 4.0
    assert np.ptp(mesh.points[:, 0]) == pytest.approx(3)
    unmarked = crossing | {"tags": json.dumps({"footway": "crossing", "crossing": "unmarked"})}
    made, _roles = near(road, unmarked | {"geometry": shapely.LineString([(0, -9), (0, 0), (0, 9)])})
    assert "markings" not in made.meshes


@pytest.mark.parametrize(("zone", "side"), [("Europe/Helsinki", -1), ("Europe/London", 1)])
def test_that_one_turns_and_stops_on_ones_own_side(zone: str, side: int) -> None:
    tags = {"tags": json.dumps({"turn:lanes:forward": "through;right"}), "kind": "primary", "lanes": 2.0}
    arms = [{"geometry": shapely.LineString(line)} for line in ([(0, 0), (0, 60)], [(0, 0), (60, 0)])]
    made, _roles = near(tags | {"geometry": shapely.LineString([(-80, 0), (0, 0)])}, *arms, zone_told=zone)
    points = made.meshes["markings"].points
    arrow = points[(points[:, 0] > -16) & (np.abs(points[:, 1]) > 0.1)]
    assert len(arrow)
    assert (np.sign(arrow[:, 1]) == side).all()
    assert drives_left(zone) == (side > 0)


def test_that_a_kerb_is_raised_beside_the_road_and_let_down_at_the_corner() -> None:
    rows = [{"geometry": shapely.LineString(line), "pavement_left_m": 2.0} for line in CROSS]
    made, roles = near(*rows)
    mesh = made.meshes["kerbs"]
    assert mesh.points[:, 2].max() == pytest.approx(Z_M["road"] + KERB_M, abs=0.01)
    assert set(roles[mesh.paint]) == {"pavement", "kerb"}
    assert np.hypot(mesh.points[:, 0], mesh.points[:, 1]).min() > 6


def test_that_steps_have_treads() -> None:
    made, roles = near({"geometry": shapely.LineString([(0, 0), (7, 0)]), "role": "steps", "width_m": 3.0})
    mesh = made.meshes["markings"]
    assert set(roles[mesh.paint]) == {"tread"}
    assert len(mesh.triangles) == 2 * 10


@pytest.mark.parametrize(("sport", "lines"), [("soccer", 7), ("tennis", 7), ("basketball", 5), ("chess", 1)])
def test_that_a_pitch_has_the_lines_of_its_sport(sport: str, lines: int) -> None:
    from twin.mesh.pitches import _lines

    made = _lines(sport, 100.0, 20.0)
    assert len(made) == lines
    assert max(np.abs(line[:, 0]).max() for line in made) <= 50
    row = {
        "kind": "pitch",
        "tags": json.dumps({"leisure": "pitch", "sport": sport}),
        "geometry": shapely.box(0, 0, 99, 60),
    }
    city, _roles = near(areas=[row, row | {"geometry": shapely.Point(50, 50).buffer(40)}])
    assert set(city.meshes["pitch_lines"].feature.tolist()) == {0}


def test_that_wild_streets_are_drawn_or_left_out_but_finite() -> None:
    shapes = [None, shapely.LineString(), shapely.LineString([(0, 0), (1e300, 0)]), shapely.Point(0, 0),
              shapely.LineString([(0, 0), (0, 0)]), shapely.LineString([(0, 0), (20, 0), (0, 0), (0, 20)])]  # fmt: skip
    tags = json.dumps({"footway": "crossing", "crossing": "zebra", "turn:lanes": "left|x|;;"})
    for role in ("road", "path", "steps"):
        made, _roles = near(
            *({"geometry": g, "role": role, "tags": tags, "lanes": np.inf, "pavement_left_m": 2.0} for g in shapes)
        )
        assert all(np.isfinite(mesh.points).all() for mesh in made.meshes.values())


def test_that_a_cycle_lane_and_parked_cars_have_their_lines_beside_the_lanes() -> None:
    tags = {"cycleway:right": "lane", "parking:left": "lane", "parking:left:orientation": "perpendicular"}
    width_m = 2 * 3.25 + 1.5 + 5.0
    row = {"geometry": shapely.LineString([(-50, 0), (50, 0)]), "tags": json.dumps(tags), "kind": "secondary"}
    made, _role = near(row | {"lanes": 2.0, "width_m": width_m})
    mesh = made.meshes["markings"]
    ys = mesh.points[mesh.triangles][:, :, 1].mean(axis=1)
    half = width_m / 2
    assert np.isclose(ys, -half + 1.5, atol=0.2).any()  # the cycle lane's, on the right of a line to the east
    assert np.isclose(ys, half - 5.0, atol=0.2).any()  # where cars park
    assert np.isclose(ys, -half + 1.5 + 3.25, atol=0.2).any()  # between the lanes
    assert not np.isclose(ys, 0.0, atol=0.2).any()
    across = np.ptp(mesh.points[mesh.triangles][:, :, 1], axis=1) > 4.5
    assert across.sum() // 2 == 40  # bays of 2.5 m on 100 m


def test_that_a_bridge_has_the_markings_of_its_street_on_its_deck() -> None:
    over = {"geometry": shapely.LineString([(-60, 0), (60, 0)]), "kind": "primary", "lanes": 2.0, "width_m": 7.0}
    ends = [{"geometry": shapely.LineString([(x, 0), (x + 40, 0)])} for x in (-100, 60)]
    made, _role = near(over | {"bridge": True, "layer": 1}, *ends)
    mesh = made.meshes["span_markings"]
    assert mesh.points[:, 2].max() > 4.0
    assert mesh.points[:, 2].min() < 1.0
    assert np.abs(mesh.points[:, 1]).max() < 0.2


def test_that_a_tunnel_begins_as_a_ramp_that_darkens_between_walls() -> None:
    under = {"geometry": shapely.LineString([(0, 0), (80, 0)]), "tunnel": True, "width_m": 6.0}
    made, _role = near({"geometry": shapely.LineString([(-50, 0), (0, 0)]), "width_m": 6.0}, under)
    ramp, walls = made.meshes["corners"], made.meshes["kerbs"]
    assert (ramp.points[:, 0].min(), ramp.points[:, 0].max()) == (0, 16)  # and none at its other end
    assert np.abs(ramp.points[:, 1]).max() == 3
    order = np.argsort(ramp.points[:, 0])
    assert (np.diff(ramp.shade[order].astype(int)) <= 0).all()
    assert (normals(ramp)[:, 2] > 0.99).all()
    assert walls.points[:, 2].max() == pytest.approx(0.9)


def test_that_a_tunnel_that_meets_nothing_above_has_no_mouth() -> None:
    made, _role = near({"geometry": shapely.LineString([(0, 0), (80, 0)]), "tunnel": True})
    assert "corners" not in made.meshes
