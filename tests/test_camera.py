"""Views: what fits in them, where points stand in them, and flights between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.camera import between, fitting, hero, looking
from twin.relief import Relief

SIZE = (320, 180)


@given(st.floats(0, 360), st.floats(-89, -10), st.floats(50, 3000), st.floats(50, 3000), st.floats(0.5, 3))
def test_that_a_fitting_view_holds_the_box(
    heading: float, pitch: float, wide: float, deep: float, aspect: float
) -> None:
    box = (-wide / 2, -deep / 2, wide / 2, deep / 2)
    view = fitting(box, heading, pitch, aspect=aspect)
    corners = np.array([(x, y, 0.0) for x in box[::2] for y in box[1::2]])
    pixels = view.pixels(corners, (round(1000 * aspect), 1000))
    assert (pixels > -1).all()
    assert (pixels <= [1000 * aspect, 1000]).all()


@given(st.floats(0, 360), st.floats(-89, 30), st.floats(0, 319), st.floats(0, 179))
def test_that_a_point_along_a_pixels_ray_stands_in_that_pixel(heading: float, pitch: float, x: float, y: float) -> None:
    view = looking((10.0, -20.0, 300.0), heading, pitch)
    ray = view.rays(np.array([[x, y]]), SIZE)
    assert view.pixels(np.array(view.position) + 70 * ray, SIZE)[0] == pytest.approx((x, y), abs=1e-6)


def test_that_a_flight_begins_and_ends_where_it_should() -> None:
    start, end = looking((0.0, 0.0, 100.0), 0, -30), looking((900.0, 0.0, 50.0), 90, -10)
    assert between(start, end, 0).position == pytest.approx(start.position)
    assert between(start, end, 1).position == pytest.approx(end.position)
    assert between(start, end, 0.5).position[2] > 100  # over the roofs between


@pytest.mark.parametrize("aspect", [0.001, 1.0, 250.0])
def test_that_a_frame_of_any_shape_has_a_best_view(aspect: float) -> None:
    height_m = np.zeros((60, 60), np.float32)
    height_m[28:34, 28:34] = 40
    view = hero(Relief(-120.0, -120.0, 4.0, height_m), (-120, -120, 120, 120), aspect=aspect)
    assert np.isfinite([*view.position, *view.focal_point]).all()
    assert view.position[2] > 0
