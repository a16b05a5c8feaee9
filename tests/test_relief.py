"""Heights as a grid: shadows against rays, and what counts as a height."""

from __future__ import annotations

import numpy as np
from blocks import boxes
from hypothesis import given
from hypothesis import strategies as st

from twin.relief import Relief, relief


@given(st.floats(0, 359), st.floats(10, 80))
def test_that_shadows_are_where_a_ray_to_the_sun_meets_the_tower(azimuth: float, elevation: float) -> None:
    heights = np.zeros((120, 120), np.float32)
    heights[55:65, 55:65] = 30
    grid = Relief(0, 0, 1, heights)
    towards = np.array(
        [
            np.sin(np.radians(azimuth)) * np.cos(np.radians(elevation)),
            np.cos(np.radians(azimuth)) * np.cos(np.radians(elevation)),
            np.sin(np.radians(elevation)),
        ]
    )
    shadow = grid.shadow_m(towards)
    steps = np.arange(1.0, 90, 0.25)[:, None]
    random = np.random.default_rng(0)
    for place in random.uniform(5, 115, (40, 2)):
        if grid.at(place) > 0:
            continue
        way = place + steps * towards[:2] / np.hypot(*towards[:2])
        exact = (grid.at(way) - steps[:, 0] * towards[2] / np.hypot(*towards[:2])).max()
        row, column = int(place[1]), int(place[0])
        around = shadow[max(row - 3, 0) : row + 4, max(column - 3, 0) : column + 4]
        slack = 4.5 * towards[2] / np.hypot(*towards[:2])  # three cells of rounding
        assert around.min() - slack <= max(exact, -60) or exact < -30
        assert around.max() + slack >= exact


def test_that_heights_are_read_from_roofs_and_not_from_walls() -> None:
    grid = relief([boxes([(0, 0), (30, 0)], [10, 10], [12, 40])], (-50, -50, 50, 50))
    assert grid.at(np.array([(0.0, 0.0), (30.0, 0.0), (15.0, 0.0), (400.0, 0.0)])).tolist() == [12, 40, 0, 0]
    assert (grid.height_m > 0).sum() == 200
