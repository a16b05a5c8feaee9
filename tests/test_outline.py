"""The outline of what the cursor is over: around it, and only as far as nothing nearer hides it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from blocks import boxes

from twin.camera import looking
from twin.relief import relief
from ui.outline import outline, visible

SIZE = (800, 600)
BOUNDS = (-200.0, -200.0, 200.0, 200.0)
VIEW = looking((0.0, -180.0, 60.0), 0, -12)


def drawn(middles: list[tuple[float, float]], heights: list[float], feature: int) -> tuple[float, float]:
    """Return how much line is drawn around a box, of how much there is, in pixels."""
    mesh = boxes(middles, [30] * len(middles), heights)
    own = mesh.points[mesh.triangles[mesh.feature[mesh.triangles[:, 0]] == feature]].astype(np.float64)
    rings = outline(VIEW, SIZE, own)
    lines = visible(VIEW, SIZE, own, rings, relief([mesh], BOUNDS))
    return sum(shapely.linestrings(line).length for line in lines), sum(shapely.linestrings(r).length for r in rings)


def test_that_a_building_in_the_open_has_all_of_its_outline() -> None:
    line, whole = drawn([(0, 0)], [20], 0)
    assert line == pytest.approx(whole, rel=0.01)


def test_that_a_building_behind_a_tower_has_none_and_the_tower_has_all() -> None:
    middles, heights = [(0.0, 0.0), (0.0, 60.0)], [70.0, 12.0]
    assert drawn(middles, heights, 1)[0] == 0
    line, whole = drawn(middles, heights, 0)
    assert line == pytest.approx(whole, rel=0.01)


def test_that_a_building_half_behind_another_has_about_half_of_its_outline() -> None:
    line, whole = drawn([(-20.0, 0.0), (0.0, 60.0)], [70.0, 12.0], 1)
    assert 0.25 * whole < line < 0.8 * whole


def test_that_what_is_behind_the_eye_has_no_outline() -> None:
    assert drawn([(0.0, -190.0), (0.0, 60.0)], [8.0, 12.0], 0)[0] == 0
