"""Lines of sight against every triangle there is, and the folds of a box."""

from __future__ import annotations

import blocks
import numpy as np
import pytest
from blocks import boxes, sheet
from hypothesis import given
from hypothesis import strategies as st

from twin.edges import folds
from twin.ray import Target


@given(st.integers(0, 2**32 - 1))
def test_that_a_ray_meets_the_nearest_of_all_triangles(seed: int) -> None:
    random = np.random.default_rng(seed)
    corners = random.uniform(-50, 50, (200, 1, 3)) + random.uniform(-9, 9, (200, 3, 3))
    mesh = blocks.mesh_of(
        corners.reshape(-1, 3), np.arange(600).reshape(-1, 3), table="", feature=np.zeros(600), paint=np.zeros(600)
    )
    eye = random.uniform(-80, 80, 3)
    direction = random.normal(size=3)
    direction /= np.linalg.norm(direction)
    a, b, c = (mesh.points[mesh.triangles[:, i]].astype(float) for i in range(3))
    normal = np.cross(b - a, c - a)
    t = np.einsum("ij,ij->i", normal, a - eye) / (normal @ direction)
    hit = eye + t[:, None] * direction
    inside = t > 0
    for p, q in ((a, b), (b, c), (c, a)):
        inside &= np.einsum("ij,ij->i", np.cross(q - p, hit - p), normal) >= 0
    met = Target.of(mesh).first(eye, direction)
    if not inside.any():
        assert met is None
    else:
        assert met is not None
        assert met[0] == pytest.approx(t[inside].min(), rel=1e-9)
        assert t[met[1]] == pytest.approx(met[0])


def test_that_a_ray_along_an_axis_meets_a_box_flat_on_it() -> None:
    target = Target.of(boxes([(0, 0)], [10], [10]))
    assert target.first(np.array([0.0, 0.0, 50.0]), np.array([0.0, 0.0, -1.0])) is not None
    assert target.first(np.array([5.0, -50.0, 5.0]), np.array([0.0, 1.0, 0.0])) is not None
    assert target.first(np.array([50.0, 0.0, 50.0]), np.array([0.0, 0.0, -1.0])) is None
    assert Target.of(sheet(0, 0, 0, 0, 0, 0)).first(np.zeros(3), np.array([0.0, 0.0, 1.0])) is None


def test_that_folds_of_a_box_are_its_roof_and_corners_but_not_its_foot() -> None:
    box = boxes([(0, 0)], [10], [10])
    lines = folds(box)
    ends = {tuple(sorted(map(tuple, box.points[pair].tolist()))) for pair in lines}
    assert len(ends) == len(lines) == 8
    assert all(max(a[2], b[2]) > 0 for a, b in ends)
