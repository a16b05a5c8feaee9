"""Ornaments of a picture: they are true, and where they belong."""

from __future__ import annotations

import math

import districts
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.camera import looking
from twin.cli.commands.render import COLOURINGS
from twin.colouring import colouring, names
from twin.sheet import adorned, scale_of

BLANK = np.full((600, 800, 3), 120, np.uint8)


@given(st.floats(30, 3000), st.floats(-89, -10), st.floats(20, 400))
def test_that_the_scale_is_that_of_the_ground_in_the_middle(height_m: float, pitch_deg: float, most_px: float) -> None:
    view = looking((0.0, 0.0, height_m), 0.0, pitch_deg)
    found = scale_of(view, 600, most_px)
    assert found is not None
    metres, pixels = found
    assert pixels <= most_px * (1 + 1e-6)
    assert f"{metres:e}"[0] in "125"
    middle = np.array([0.0, height_m / math.tan(math.radians(-pitch_deg)), 0.0])
    half = np.array([metres / 2, 0.0, 0.0])
    ends = view.pixels(np.array([middle - half, middle + half]), (800, 600))
    assert ends[1, 0] - ends[0, 0] == pytest.approx(pixels, rel=1e-3)


def test_that_the_sky_has_no_scale() -> None:
    assert scale_of(looking((0.0, 0.0, 50.0), 0.0, 10.0), 600, 100) is None


@pytest.mark.parametrize(
    ("ornament", "rows", "columns"),
    [("scale", slice(500, 600), slice(0, 250)), ("north", slice(0, 100), slice(700, 800)),
     ("legend", slice(0, 250), slice(0, 300))],
)  # fmt: skip
def test_that_each_ornament_is_in_its_corner(ornament: str, rows: slice, columns: slice) -> None:
    colours = colouring(districts.district(), "height")
    drawn = adorned(BLANK, looking((0.0, 0.0, 300.0), 20.0, -40.0), [ornament], colouring=colours) != BLANK
    assert drawn[rows, columns].any()
    drawn[rows, columns] = False
    assert not drawn.any()


def test_that_the_legend_has_the_colours_of_the_city() -> None:
    colours = colouring(districts.district(), "height")
    picture = adorned(BLANK, looking((0.0, 0.0, 300.0), 0.0, -40.0), ["legend"], colouring=colours)
    found = {"#{:02X}{:02X}{:02X}".format(*rgb) for rgb in np.unique(picture.reshape(-1, 3), axis=0)}
    assert found >= {entry.colour for entry in colours.entries if entry.count}


def test_that_nothing_is_drawn_that_nobody_asked_for() -> None:
    assert (adorned(BLANK, looking((0.0, 0.0, 300.0), 0.0, -40.0), []) == BLANK).all()
    assert (adorned(BLANK, looking((0.0, 0.0, 300.0), 0.0, -40.0), ["legend"]) == BLANK).all()


def test_that_the_command_line_knows_every_colouring() -> None:
    assert set(names()) == set(COLOURINGS)
