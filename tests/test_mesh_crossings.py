"""Crossings that the map has as places on roads, kerbs let down before them, and the bays of car parks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import shapely
from close import near
from hypothesis import given
from hypothesis import strategies as st

ROAD = {"geometry": shapely.LineString([(-60, 0), (0, 0), (60, 0)]), "width_m": 8.0}


def crossing(x: float = 0.0, **tags: str) -> dict[str, Any]:
    """Return a crossing on a road, as the map has it."""
    return {"kind": "crossing", "height_m": 0.0, "tags": json.dumps({"highway": "crossing"} | tags),
            "geometry": shapely.Point(x, 0)}  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "bars"),
    [({"crossing": "zebra"}, 8), ({"crossing": "uncontrolled"}, 8), ({"crossing_ref": "zebra"}, 8),
     ({"crossing": "unmarked"}, 0), ({"crossing:markings": "no", "crossing": "uncontrolled"}, 0), ({}, 0)],
)  # fmt: skip
def test_that_a_place_to_cross_has_bars_where_it_is_marked(tags: dict[str, str], bars: int) -> None:
    made, roles = near(ROAD, furniture=[crossing(**tags)])
    if not bars:
        assert "markings" not in made.meshes
        return
    mesh = made.meshes["markings"]
    assert set(roles[mesh.paint]) == {"marking"}
    assert len(mesh.triangles) == 2 * bars
    assert np.abs(mesh.points[:, 0]).max() == pytest.approx(1.5)  # as long as the crossing is wide
    assert 3.0 < np.abs(mesh.points[:, 1]).max() <= 4.02


def test_that_a_crossing_mapped_twice_is_painted_once() -> None:
    way = {"geometry": shapely.LineString([(0, -9), (0, 0), (0, 9)]), "role": "path",
           "tags": json.dumps({"footway": "crossing", "crossing": "zebra"})}  # fmt: skip
    alone, _roles = near(ROAD, way)
    both, _roles = near(ROAD, way, furniture=[crossing(crossing="zebra")])
    assert len(both.meshes["markings"].triangles) == len(alone.meshes["markings"].triangles)


def test_that_a_crossing_where_two_ways_join_end_to_end_lies_square_to_them() -> None:
    halves = [
        {"geometry": shapely.LineString(line), "width_m": 8.0} for line in ([(-60, 0), (0, 0)], [(0, 0), (60, 0)])
    ]
    made, _roles = near(*halves, furniture=[crossing(crossing="zebra")])
    assert len(made.meshes["markings"].triangles) == 16


def test_that_a_crossing_is_no_thing_that_stands() -> None:
    made, _roles = near(ROAD, furniture=[crossing(crossing="zebra")])
    assert "furniture" not in made.meshes


@pytest.mark.parametrize("how", ["place", "way", "none"])
def test_that_the_kerb_is_let_down_where_one_crosses(how: str) -> None:
    road = ROAD | {"pavement_left_m": 2.0, "pavement_right_m": 2.0}
    way = {"geometry": shapely.LineString([(0, -9), (0, 0), (0, 9)]), "role": "path",
           "tags": json.dumps({"footway": "crossing"})}  # fmt: skip
    made, _roles = near(road, *([way] if how == "way" else []), furniture=[crossing()] if how == "place" else [])
    mesh = made.meshes["kerbs"]
    on_top = shapely.polygons(mesh.points[mesh.triangles][:, :, :2])
    assert shapely.dwithin(on_top, shapely.Point(0, 5), 1.9).any() == (how == "none")
    assert np.abs(mesh.points[:, 0]).max() == pytest.approx(60, abs=0.1)


@given(st.lists(st.integers(-58, 58), max_size=8))
def test_that_ramps_leave_the_kerb_whole_between_them(at: list[int]) -> None:
    xs = sorted({-60, 60, *at})
    road = ROAD | {"geometry": shapely.LineString([(x, 0) for x in xs]), "pavement_left_m": 2.0}
    made, _roles = near(road, furniture=[crossing(x) for x in at])
    mesh = made.meshes.get("kerbs")
    tops = shapely.polygons(mesh.points[mesh.triangles][:, :, :2]) if mesh is not None else []
    raised = shapely.union_all([shape for shape in tops if shape.area > 1e-6])
    ramps = shapely.union_all([shapely.box(x - 2, -9, x + 2, 9) for x in at])
    assert raised.intersection(ramps).area < 0.1
    left = shapely.box(-60, 4, 60, 6).difference(ramps)
    long = [piece for piece in shapely.get_parts(left) if piece.length / 2 > 4.5]
    assert shapely.union_all(long).difference(raised).area < 0.5


def test_that_the_aisle_of_a_car_park_has_bays_on_both_sides() -> None:
    park = {"kind": "parking", "tags": json.dumps({"amenity": "parking"}), "geometry": shapely.box(-30, -9, 30, 9)}
    aisle = {"geometry": shapely.LineString([(-25, 0), (25, 0)]), "role": "service", "kind": "service", "width_m": 5.0,
             "tags": json.dumps({"highway": "service", "service": "parking_aisle"})}  # fmt: skip
    made, _roles = near(aisle, areas=[park])
    mesh = made.meshes["markings"]
    assert len(mesh.triangles) == 2 * 2 * 21
    assert np.abs(mesh.points[:, 1]).max() == pytest.approx(7.5)
    narrow, _roles = near(aisle, areas=[park | {"geometry": shapely.box(-30, -5, 30, 9)}])
    assert (narrow.meshes["markings"].points[:, 1] > 0).all()  # no room on the other side
    told = {"kind": "parking", "tags": json.dumps({"amenity": "parking_space"}), "geometry": shapely.box(-30, 2, 30, 9)}
    rest, _roles = near(aisle, areas=[park, told])
    assert (rest.meshes["markings"].points[:, 1] < 0).all()
    bare, _roles = near(aisle)
    assert "markings" not in bare.meshes


def test_that_a_railway_tunnel_begins_between_walls() -> None:
    above = {"geometry": shapely.LineString([(-50, 0), (0, 0)]), "width_m": 4.0}
    under = {"geometry": shapely.LineString([(0, 0), (80, 0)]), "tunnel": True, "width_m": 4.0}
    made, roles = near(rails=[above, under])
    mesh = made.meshes["rail_mouths"]
    assert {"ballast", "kerb"} == set(roles[mesh.paint])
    assert mesh.points[:, 0].min() == pytest.approx(0)
    assert mesh.points[:, 2].max() == pytest.approx(0.9)
    assert set(mesh.feature.tolist()) == {1}
