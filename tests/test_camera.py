"""Views: what fits in them, where points stand in them, and flights between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.camera import facing, fitting, from_text, hero, looking
from twin.model import Frame, TwinError
from twin.relief import Relief

SIZE = (320, 180)
FLAT = Relief(-100.0, -100.0, 10.0, np.zeros((20, 20), np.float32))


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


@given(st.integers(0, 1000), st.floats(50, 3000), st.floats(-89, -20), st.floats(0.7, 3), st.booleans())
def test_that_a_view_of_what_is_measured_holds_most_of_it_beside_what_covers_the_picture(
    seed: int, size_m: float, pitch: float, aspect: float, covered: bool
) -> None:
    random = np.random.default_rng(seed)
    points = np.column_stack([random.normal(0, size_m, (200, 2)) * [1, 0.3] + [900, -400], np.zeros(200)])
    taken = (0.2, 0.1) if covered else (0.0, 0.0)
    view = facing(points, pitch, aspect=aspect, taken=taken)
    pixels = view.pixels(points, (round(1000 * aspect), 1000))
    left, below = 1000 * aspect * taken[0] * 0.7, 1000 * (1 - 0.7 * taken[1])
    held = (pixels[:, 0] > left) & (pixels[:, 0] < 1000 * aspect) & (pixels[:, 1] > 0) & (pixels[:, 1] < below)
    assert held.mean() > 0.75


@given(st.floats(0, 360), st.floats(-89, 30), st.floats(0, 319), st.floats(0, 179))
def test_that_a_point_along_a_pixels_ray_stands_in_that_pixel(heading: float, pitch: float, x: float, y: float) -> None:
    view = looking((10.0, -20.0, 300.0), heading, pitch)
    ray = view.rays(np.array([[x, y]]), SIZE)
    assert view.pixels(np.array(view.position) + 70 * ray, SIZE)[0] == pytest.approx((x, y), abs=1e-6)


@pytest.mark.parametrize("aspect", [0.001, 1.0, 250.0])
def test_that_a_frame_of_any_shape_has_a_best_view(aspect: float) -> None:
    height_m = np.zeros((60, 60), np.float32)
    height_m[28:34, 28:34] = 40
    view = hero(Relief(-120.0, -120.0, 4.0, height_m), (-120, -120, 120, 120), aspect=aspect)
    assert np.isfinite([*view.position, *view.focal_point]).all()
    assert view.position[2] > 0


@pytest.mark.parametrize("height", [90.0, 300.0, 420.0, 830.0])
def test_that_the_best_view_cuts_no_tower(height: float) -> None:
    height_m = np.zeros((300, 300), np.float32)
    height_m[20:280:12, 20:280:12] = 18
    height_m[148:156, 140:148] = height
    height_m[190:196, 100:106] = height * 0.8
    relief = Relief(-600.0, -600.0, 4.0, height_m)
    view = hero(relief, (-600, -600, 600, 600), aspect=16 / 9)
    for row, column, top in ((152, 144, height), (193, 103, height * 0.8)):
        x, y = view.pixels(np.array([[-600 + 4.0 * column, -600 + 4.0 * row, top]]), (1280, 720))[0]
        assert not (0 <= x < 1280) or y > 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("behind", "“behind” is not a camera"),
        ("24.95,60.17,300,20", "is not a camera"),
        ("24.95,60.17,high,20,-25", "height in metres"),
        ("224.95,60.17,300,20,-25", "longitude"),
        ("24.95,99,300,20,-25", "latitude"),
        ("24.95,60.17,-3,20,-25", "height in metres"),
        ("24.95,60.17,300,900,-25", "heading"),
        ("24.95,60.17,300,20,-95", "pitch"),
        ("24.95,60.17,300,20,nan", "“nan”"),
        ("60.17,24.95,300,20,-25", "Longitude comes first"),
        ("x" * 500, "..."),
    ],
)
def test_that_a_camera_which_cannot_be_is_told_by_its_number(text: str, told: str) -> None:
    with pytest.raises(TwinError) as refused:
        from_text(text, Frame(24.95, 60.17), FLAT, (-100, -100, 100, 100), aspect=1.5)
    assert told in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("text", ["hero", "HERO", " Top ", "24.95,60.17,300,20,-25", "24.95 60.17 300 20 -25"])
def test_that_a_camera_is_a_name_in_any_letters_or_five_numbers(text: str) -> None:
    view = from_text(text, Frame(24.95, 60.17), FLAT, (-100, -100, 100, 100), aspect=1.5)
    assert np.isfinite(view.position).all()
