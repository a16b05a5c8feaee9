"""Ways become surfaces as wide as they are, without gaps; bridges rise over what they cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import _STREET, table
from hypothesis import assume, given
from hypothesis import strategies as st
from meshes import covered, normals, open_edges, volume

from twin.mesh.bridges import LAYER_M, heights, rail_bridges_mesh, street_bridges_mesh
from twin.mesh.levels import Z_M
from twin.mesh.paints import Paints
from twin.mesh.pieces import Pieces
from twin.mesh.ribbons import lines_of, slab, strip
from twin.mesh.ways import GAUGE_M, paths_mesh, rails_mesh, streets_mesh

if TYPE_CHECKING:
    from twin.model import Mesh

BOX = (-1000.0, -1000.0, 1000.0, 1000.0)


def ribbon(*lines: Any, left: float = 2.0, right: float = 2.0, round_ends: bool = True) -> Mesh:
    """Return strips along lines as a mesh at height 0."""
    found = lines_of(np.array([shapely.LineString(line) for line in lines], dtype=object))
    n = len(found.feature)
    made = strip(found, np.full(n, left), np.full(n, right), round_ends=round_ends)
    pieces = Pieces()
    pieces.add(np.column_stack([made.xy, np.zeros(len(made.xy))]), made.triangles, feature=0, paint=0)
    return pieces.mesh("streets")


def shape_of(mesh: Mesh) -> shapely.Geometry:
    """Return what the triangles cover, seen from above."""
    return shapely.union_all(shapely.polygons(mesh.points[mesh.triangles][:, :, :2].astype(float)))


def streets(*rows: dict[str, Any]) -> Any:
    """Return a table of streets."""
    return table("streets", [_STREET | row for row in rows])


def test_that_a_straight_strip_is_as_long_and_wide_as_told() -> None:
    mesh = ribbon([(0, 0), (10, 0), (30, 0)], left=1, right=2, round_ends=False)
    assert shape_of(mesh).equals(shapely.box(0, -2, 30, 1))


def test_that_left_is_left_of_the_way_and_may_lie_on_its_right() -> None:
    assert shape_of(ribbon([(0, 0), (30, 0)], left=3, right=-1, round_ends=False)).equals(shapely.box(0, 1, 30, 3))


def test_that_ends_are_round() -> None:
    shape = shape_of(ribbon([(0, 0), (30, 0)]))
    assert shape.bounds[0] == pytest.approx(-2, abs=0.15)
    assert shape.bounds[2] == pytest.approx(32, abs=0.15)


def test_that_a_bend_keeps_its_width() -> None:
    line = [(0, 0), (30, 0), (60, 20)]
    shape = shape_of(ribbon(line, round_ends=False))
    true = shapely.LineString(line).buffer(2, cap_style="flat", join_style="mitre")
    assert shape.symmetric_difference(true).area < 0.01


@pytest.mark.parametrize("turn", [60, 90, 135, 170, 180])
def test_that_a_sharp_bend_is_round_and_never_a_spike(turn: float) -> None:
    end = (30 + 30 * np.cos(np.radians(turn)), 30 * np.sin(np.radians(turn)))
    shape = shape_of(ribbon([(0, 0), (30, 0), end]))
    buffered = shapely.LineString([(0, 0), (30, 0), end]).buffer(2.001, quad_segs=64)
    assert shapely.contains(buffered, shape)
    assert buffered.area - shape.area < 2


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=2, max_size=9, unique=True),
    st.floats(0.3, 6),
)
def test_that_strips_stay_by_their_line_and_leave_no_gap(line: list[tuple[int, int]], half: float) -> None:
    mesh = ribbon(line, left=half, right=half)
    assert (normals(mesh)[:, 2] >= 0).all()
    shape = shape_of(mesh)
    way = shapely.LineString(line)
    assert shape.geom_type == "Polygon"
    assert shapely.contains(way.buffer(1.7 * half + 0.01), shape)
    assert way.difference(shape.buffer(1e-3)).length < 1e-6
    assert shape.area > 0.9 * way.buffer(0.9 * half, cap_style="flat", join_style="bevel").area


def test_that_a_roundabout_closes_without_an_end() -> None:
    angle = np.linspace(0, 2 * np.pi, 25)
    circle = 20 * np.column_stack([np.cos(angle), np.sin(angle)])
    circle[-1] = circle[0]
    mesh = ribbon(circle)
    assert len(mesh.triangles) == 2 * 24
    shape = shape_of(mesh)
    assert len(shape.interiors) == 1
    assert shape.area == pytest.approx(shapely.LinearRing(circle).buffer(2, join_style="mitre").area, rel=1e-3)


def test_that_streets_that_meet_leave_no_gap() -> None:
    cross = [[(-30, 0), (0, 0)], [(0, 0), (30, 3)], [(0, 0), (4, 30)], [(-9, -30), (0, 0)]]
    assert shapely.contains(shape_of(ribbon(*cross)), shapely.Point(0, 0).buffer(1.8))


def test_that_lines_of_nothing_are_left_out() -> None:
    with np.errstate(invalid="ignore"):
        wild = [shapely.LineString([(0, 0), (np.nan, 1)]), shapely.LineString([(0, 0), (1e300, 1), (0, 0)])]
    geometry = [
        None, shapely.LineString(), shapely.LineString([(1, 1), (1, 1)]), shapely.Point(0, 0), shapely.box(0, 0, 1, 1),
        *wild, shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 6)]]),
    ]  # fmt: skip
    lines = lines_of(np.array(geometry, dtype=object))
    assert lines.feature.tolist() == [7, 7]


@given(st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=2, max_size=6, unique=True))
def test_that_a_wall_along_a_line_is_closed(line: list[tuple[int, int]]) -> None:
    lines = lines_of(np.array([shapely.LineString(line)], dtype=object))
    made = strip(lines, np.array([0.2]), np.array([0.2]), round_ends=False, round_bends=False)
    points, triangles = slab(made, np.full(len(made.xy), 3.0), np.zeros(len(made.xy)))
    pieces = Pieces()
    pieces.add(points, triangles, feature=0, paint=0)
    mesh = pieces.mesh("furniture")
    assume(covered_once(mesh))
    assert open_edges(mesh) == 0
    assert volume(mesh) > 0


def covered_once(mesh: Mesh) -> bool:
    """Return whether a body lies nowhere over itself, as it does where its line turns back."""
    up = normals(mesh)[:, 2] > 0
    return bool(normals(mesh)[up, 2].sum() / 2 < shape_of(mesh).area + 1e-3)


def test_that_a_pavement_lies_beneath_its_road_on_its_side() -> None:
    paints = Paints()
    mesh = streets_mesh(
        streets({"geometry": shapely.LineString([(0, 0), (50, 0)]), "width_m": 6.0, "pavement_left_m": 2.0}),
        paints,
        BOX,
    )
    role = np.array([p.role for p in paints.table()])[mesh.paint]
    assert mesh.points[role == "pavement", 1].max() == pytest.approx(5)
    assert mesh.points[role == "road", 1].max() == pytest.approx(3)
    assert mesh.points[role == "pavement", 2].max() < mesh.points[role == "road", 2].min()


def test_that_paths_and_streets_are_told_apart() -> None:
    line = shapely.LineString([(0, 0), (50, 0)])
    ways = streets(*({"geometry": line, "role": role} for role in ("road", "path", "steps", "service", "unheard of")))
    assert set(streets_mesh(ways, Paints(), BOX).feature.tolist()) == {0, 3, 4}
    assert set(paths_mesh(ways, Paints(), BOX).feature.tolist()) == {1, 2}


@pytest.mark.parametrize("width", [np.nan, 0, -4, np.inf])
def test_that_a_street_of_no_width_is_drawn_all_the_same(width: float) -> None:
    mesh = streets_mesh(streets({"geometry": shapely.LineString([(0, 0), (50, 0)]), "width_m": width}), Paints(), BOX)
    assert covered(mesh) > 50


def test_that_tunnels_and_bridges_are_not_on_the_ground() -> None:
    line = shapely.LineString([(0, 0), (50, 0)])
    ways = streets({"geometry": line, "tunnel": True}, {"geometry": line, "bridge": True, "layer": 1})
    assert len(streets_mesh(ways, Paints(), BOX).triangles) == 0
    assert set(street_bridges_mesh(ways, Paints()).feature.tolist()) == {1}


def test_that_ways_end_at_the_box() -> None:
    ways = streets({"geometry": shapely.LineString([(0, 0), (9000, 0)])})
    assert streets_mesh(ways, Paints(), BOX).points[:, 0].max() < 1010


def test_that_a_track_has_two_rails_a_gauge_apart_on_its_bed() -> None:
    paints = Paints()
    row = {"geometry": shapely.LineString([(0, 0), (50, 0)]), "kind": "rail", "width_m": 3.0}
    mesh = rails_mesh(table("rails", [row, row | {"kind": "tram"}]), paints, BOX)
    role = np.array([p.role for p in paints.table()])[mesh.paint]
    rail = mesh.points[role == "rail"]
    assert np.unique(np.round(np.abs(rail[:, 1]), 3)).mean() == pytest.approx(GAUGE_M / 2, abs=1e-3)
    assert rail[:, 2].min() > mesh.points[role == "ballast", 2].max()
    assert set(role[mesh.feature == 1]) == {"tram_bed", "tram"}


# bridges


def profile(*rows: dict[str, Any]) -> Mesh:
    """Return the mesh of the bridges among some streets."""
    return street_bridges_mesh(streets(*rows), Paints())


BRIDGE = {"bridge": True, "layer": 1}
ROAD_TO = {"geometry": shapely.LineString([(-80, 0), (0, 0)])}
ROAD_ON = {"geometry": shapely.LineString([(100, 0), (180, 0)])}


def deck_at(mesh: Mesh, x: float) -> float:
    """Return the height of the highest surface at x."""
    edges = mesh.points.astype(float)[mesh.triangles[:, [[0, 1], [1, 2], [2, 0]]]].reshape(-1, 2, 3)
    edges = edges[(edges[:, 0, 0] < x + 0.01) & (edges[:, 1, 0] > x - 0.01)]
    share = (x - edges[:, 0, 0]) / np.maximum(edges[:, 1, 0] - edges[:, 0, 0], 1e-6)
    return float((edges[:, 0, 2] + np.clip(share, 0, 1) * (edges[:, 1, 2] - edges[:, 0, 2])).max())


def test_that_a_bridge_is_high_in_the_middle_and_down_at_its_ends() -> None:
    mesh = profile(BRIDGE | {"geometry": shapely.LineString([(0, 0), (100, 0)])}, ROAD_TO, ROAD_ON)
    assert deck_at(mesh, 50) == pytest.approx(LAYER_M + Z_M["road"], abs=0.01)
    assert deck_at(mesh, 0) < 1
    assert deck_at(mesh, 100) < 1


def test_that_bridges_that_continue_one_another_rise_once() -> None:
    halves = [BRIDGE | {"geometry": shapely.LineString(line)} for line in ([(0, 0), (50, 0)], [(50, 0), (100, 0)])]
    mesh = profile(*halves, ROAD_TO, ROAD_ON)
    assert deck_at(mesh, 50) == pytest.approx(LAYER_M + Z_M["road"], abs=0.01)


def test_that_a_bridge_that_joins_nothing_is_high_all_along() -> None:
    mesh = profile(BRIDGE | {"layer": 2, "geometry": shapely.LineString([(0, 0), (100, 0)])})
    assert mesh.points[:, 2].min() > 2 * LAYER_M - 1.5


def test_that_a_bridge_over_a_bridge_is_higher() -> None:
    mesh = profile(
        BRIDGE | {"geometry": shapely.LineString([(0, 0), (100, 0)])},
        BRIDGE | {"layer": 2, "geometry": shapely.LineString([(50, -90), (50, 90)])},
    )
    assert mesh.points[mesh.feature == 1, 2].min() > mesh.points[mesh.feature == 0, 2].max()


def test_that_a_footbridge_over_a_brook_is_low_but_over_the_water() -> None:
    mesh = profile(
        BRIDGE | {"role": "path", "geometry": shapely.LineString([(0, 0), (8, 0)])},
        ROAD_TO,
        {"geometry": shapely.LineString([(8, 0), (90, 0)])},
    )
    assert Z_M["water"] + 0.3 < mesh.points[:, 2].max() < 2.2
    below = normals(mesh)[:, 2] < -0.9
    assert mesh.points[mesh.triangles[below].ravel(), 2].max() > Z_M["road"] + 0.1


def test_that_a_bridge_of_no_layer_or_below_is_on_the_first() -> None:
    for layer in (0, -1):
        mesh = profile(BRIDGE | {"layer": layer, "geometry": shapely.LineString([(0, 0), (100, 0)])})
        assert mesh.points[:, 2].max() == pytest.approx(LAYER_M + Z_M["road"])


def test_that_a_bridge_on_the_way_is_no_cliff() -> None:
    lines = lines_of(shapely.segmentize(np.array([shapely.LineString([(0, 0), (200, 0)])], dtype=object), 4.0))
    height = heights(lines, np.array([1]), np.array([[0.0, 0.0], [200.0, 0.0]]))
    assert height[0] == height[-1] == 0
    assert np.abs(np.diff(height)).max() < 0.2 * 4
    assert (height >= 0).all()


def test_that_a_deck_is_thin_and_has_an_underside() -> None:
    mesh = profile(BRIDGE | {"geometry": shapely.LineString([(0, 0), (100, 0)])})
    assert (normals(mesh)[:, 2] < 0).any()
    assert np.ptp(mesh.points[:, 2]) < 2


def test_that_rails_have_bridges_too() -> None:
    row = {"kind": "rail", "width_m": 3.0, "bridge": True, "layer": 1}
    mesh = rail_bridges_mesh(table("rails", [row | {"geometry": shapely.LineString([(0, 0), (100, 0)])}]), Paints())
    assert mesh.table == "rails"
    assert mesh.points[:, 2].max() == pytest.approx(LAYER_M + Z_M["rail"])


def test_that_a_long_level_bridge_costs_no_triangles_along_the_way() -> None:
    bridge = BRIDGE | {"geometry": shapely.LineString([(0, 0), (900, 0)])}
    level = profile(bridge)
    ramped = profile(bridge, ROAD_TO, {"geometry": shapely.LineString([(900, 0), (999, 0)])})
    assert len(level.triangles) < 30
    assert len(ramped.triangles) < 250
    assert deck_at(ramped, 0) < 1
