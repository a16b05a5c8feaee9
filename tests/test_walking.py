"""On foot and in the air: no way through a wall, and none under the ground."""

from __future__ import annotations

import math

import numpy as np
import pytest
from blocks import boxes, city, town
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.camera import looking
from twin.props import OffScreen
from twin.relief import relief
from twin.scene import Scene
from twin.sight import WALLS
from ui import steering, walking
from ui.flights import Flight, nearing


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A wall 40 m long across the way north, and a table that one can walk under."""
    houses = boxes([(0, 20), (60, 0)], [(40, 4), (10, 10)], [12, 30])
    scene = Scene(OffScreen((64, 48)))
    scene.place(city(buildings=houses))
    return scene


def eye(x: float, y: float, heading: float = 0) -> walking.View:
    return looking((x, y, 1.7), heading, 0)


def test_that_a_wall_stops_a_walker(scene: Scene) -> None:
    view = eye(0, 0)
    for _ in range(60):
        view = walking.step(view, 0, 1, scene.meet)
    assert 18 - 1 - walking.ROOM_M <= view.position[1] <= 18 - walking.ROOM_M
    assert view.position[2] == pytest.approx(1.7, abs=1e-3)


def test_that_one_slides_along_a_wall(scene: Scene) -> None:
    view = looking((0.0, 17.0, 1.7), 45, 0)
    for _ in range(10):
        view = walking.step(view, 0, 1, scene.meet)
    assert view.position[0] > 5
    assert view.position[1] < 18


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), max_size=40), st.floats(0, 360))
def test_that_no_walk_ends_inside_a_house(scene: Scene, steps: list[tuple[float, float]], heading: float) -> None:
    view = eye(0, 0, heading)
    for across, ahead in steps:
        view = walking.step(view, across, ahead, scene.meet)
        x, y, _z = view.position
        assert not (abs(x) < 20 and 18 < y < 22)
        assert not (55 < x < 65 and abs(y) < 5)


def test_that_one_lands_in_the_open_and_sees_something(scene: Scene) -> None:
    view = walking.standing((0.0, 20.0, 12.0), 0, scene.close_relief((0.0, 20.0, 12.0)), scene.meet)
    x, y, z = view.position
    assert not (abs(x) < 20 and 18 < y < 22)
    assert z == pytest.approx(steering.EYE_M, abs=1e-3)
    ahead = view.axes[2] * [1, 1, 0]
    wall = scene.meet(view.position, tuple(ahead / np.linalg.norm(ahead)), WALLS)
    assert wall is None or wall.distance_m > 20


def test_that_heads_do_not_turn_over(scene: Scene) -> None:
    view = walking.look_about(eye(0, 0), 30, 500)
    assert steering.aim(view) == pytest.approx((30, 80))


def test_that_one_rises_above_the_roofs(scene: Scene) -> None:
    assert walking.rising(eye(0, 0), scene.relief).position[2] >= 100


TOWN = town()
RELIEF = relief(TOWN.meshes.values(), (-550, -550, 550, 550))
eyes = st.builds(
    lambda x, y, z, heading, pitch: looking((x, y, max(z, float(RELIEF.at(np.array([x, y]))) + 3)), heading, pitch),
    *(st.floats(-500, 500), st.floats(-500, 500), st.floats(1.7, 300), st.floats(0, 360), st.floats(-90, 20)),
)


@settings(max_examples=80)
@given(eyes, eyes)
def test_that_no_flight_goes_through_a_house(start: walking.View, end: walking.View) -> None:
    flight = Flight(start, end, RELIEF)
    assert 0.6 <= flight.seconds <= 0.9
    for share in np.linspace(0, 1, 61):
        x, y, z = flight.at(float(share)).position
        off = min(math.dist((x, y), start.position[:2]), math.dist((x, y), end.position[:2]))
        assert z > RELIEF.at(np.array([x, y])) or off < 2 * RELIEF.cell_m


@given(eyes, eyes)
def test_that_a_flight_begins_and_ends_where_it_should(start: walking.View, end: walking.View) -> None:
    flight = Flight(start, end, RELIEF)
    assert flight.at(0) == start
    assert flight.at(1) == end
    near = flight.at(0.999)
    assert math.dist(near.position, end.position) < 8
    assert near.axes[2] == pytest.approx(end.axes[2], abs=0.05)


@settings(max_examples=40)
@given(st.integers(0, 399), st.floats(0, 360), st.floats(-89, 30))
def test_that_one_comes_near_to_a_house_and_sees_it(row: int, heading: float, pitch: float) -> None:
    mesh = TOWN.meshes["buildings"]
    corners = mesh.points[mesh.feature == row].astype(float)
    low, high = corners.min(axis=0), corners.max(axis=0)
    view = nearing(looking((0.0, 0.0, 200.0), heading, pitch), low, high, RELIEF)
    seen = view.pixels(corners, (800, 500))
    assert ((seen > 0) & (seen < (800, 500))).all()
    assert view.position[2] > RELIEF.at(np.array(view.position[:2]))


def test_that_a_wall_halts_a_hand() -> None:
    start, end = looking((0.0, 0.0, 5.0), 0, -10), looking((0.0, 50.0, 5.0), 0, -10)
    assert steering.halted(start, end, None) == end
    assert steering.halted(start, end, 10.0).position == pytest.approx((0, 10, 5))
    assert steering.halted(start, end, 90.0).position == pytest.approx(end.position)
