"""Hands on the camera: what one holds stays under the hand, and the horizon stays level."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.camera import View, looking
from ui import steering

SIZE = (1280, 720)
ORIGIN = (0.0, 0.0, 0.0)

metres = st.floats(-800, 800)
views = st.builds(
    lambda x, y, z, heading, pitch, lens: looking((x, y, z), heading, pitch, angle_deg=lens),
    metres,
    metres,
    st.floats(60, 900),
    st.floats(0, 359.9),
    st.floats(-85, -12),
    st.sampled_from([34.0, 55.0]),
)
held = st.tuples(st.floats(300, 980), st.floats(300, 700))  # below the horizon
turns = st.floats(-170, 170)


def on_ground(view: View, pixel: tuple[float, float]) -> tuple[float, float, float]:
    """Where the ground is at a pixel."""
    ray = view.rays(np.array([pixel]), SIZE)[0]
    x, y, _z = np.array(view.position) + ray * (view.position[2] / -ray[2])
    return float(x), float(y), 0.0


def pixel_of(view: View, point: tuple[float, float, float]) -> list[float]:
    return [float(v) for v in view.pixels(np.array([point]), SIZE)[0]]


@given(views, held, turns, st.floats(-20, 0))
def test_that_one_turns_about_what_one_holds(view: View, pixel: tuple[float, float], turn: float, tilt: float) -> None:
    pivot = on_ground(view, pixel)
    turned = steering.orbit(view, pivot, turn, tilt)
    assert pixel_of(turned, pivot) == pytest.approx(pixel, abs=0.05)
    assert math.dist(turned.position, pivot) == pytest.approx(math.dist(view.position, pivot))
    assert turned.angle_deg == view.angle_deg
    assert turned.axes[0][2] == pytest.approx(0, abs=1e-9)  # level


@given(views, held, turns, st.floats(-400, 400))
def test_that_no_turn_goes_under_the_ground_or_upside_down(
    view: View, pixel: tuple[float, float], turn: float, tilt: float
) -> None:
    turned = steering.orbit(view, on_ground(view, pixel), turn, tilt)
    assert turned.position[2] >= steering.EYE_M
    assert turned.axes[1][2] >= -1e-9


@given(views, held, held)
def test_that_the_ground_follows_the_hand(view: View, start: tuple[float, float], end: tuple[float, float]) -> None:
    anchor = on_ground(view, start)
    pulled = steering.drag(view, anchor, start, end, SIZE)
    assert pulled.position[2] == view.position[2]
    if (
        view.rays(np.array([start, end]), SIZE)[:, 2].max() < -0.2
        and math.dist(view.position, anchor) < 5 * view.position[2]
    ):
        assert pixel_of(pulled, anchor) == pytest.approx(end, abs=0.5)


@given(views, held, st.floats(0.5, 2))
def test_that_one_zooms_to_what_is_under_the_cursor(view: View, pixel: tuple[float, float], factor: float) -> None:
    anchor = on_ground(view, pixel)
    nearer = steering.approach(view, anchor, factor)
    assert math.dist(nearer.position, anchor) == pytest.approx(math.dist(view.position, anchor) * factor)
    assert pixel_of(nearer, anchor) == pytest.approx(pixel, abs=0.05)


def test_that_zooming_ends_before_the_wall_and_before_the_end_of_the_world() -> None:
    view = looking((0.0, -100.0, 50.0), 0, -30)
    for _ in range(200):
        view = steering.approach(view, ORIGIN, 0.8)
    assert 2 < math.dist(view.position, ORIGIN) < 10
    for _ in range(200):
        view = steering.approach(view, ORIGIN, 1.3)
    assert math.dist(view.position, ORIGIN) < 50_000


@given(views, held)
def test_that_north_is_up_after_the_shorter_turn(view: View, pixel: tuple[float, float]) -> None:
    north = steering.facing(view, on_ground(view, pixel), 0.0)
    heading, pitch = steering.aim(north)
    assert min(heading, 360 - heading) == pytest.approx(0, abs=1e-6)
    assert pitch == pytest.approx(steering.aim(view)[1], abs=1e-6)


@pytest.mark.parametrize("heading", [0, 90, 200.5])
def test_that_looking_straight_down_still_has_a_heading(heading: float) -> None:
    assert steering.aim(looking((0.0, 0.0, 500.0), heading, -90)) == pytest.approx((heading, -90))


def test_that_strides_go_where_one_looks() -> None:
    east = looking((0.0, 0.0, 100.0), 90, -40)
    assert steering.stride(east, 0, 1, 50).position == pytest.approx((50, 0, 100))
    assert steering.stride(east, 1, 0, 50).position == pytest.approx((0, -50, 100))
    assert steering.stride(east, 0, 1, 50).axes == pytest.approx(east.axes)
