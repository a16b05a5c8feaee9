"""A cut through a city: what it takes away, what it shows solid, and what one can point at."""

from __future__ import annotations

import numpy as np
import pytest
from blocks import boxes, city

from twin.camera import looking
from twin.props import OffScreen
from twin.relief import relief
from twin.scene import Scene
from twin.section import Plane, edges, floors, left_of
from twin.tableau import LAID_OPEN

LEVEL = Plane((0.0, 0.0, 20.0), (0.0, 0.0, -1.0))
UPRIGHT = Plane((0.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def solid(picture: np.ndarray) -> float:
    """Return the share of a picture that is in the colour of what is laid open."""
    wanted = np.array(LAID_OPEN) * 255
    return float((np.abs(picture.astype(float) - wanted).max(axis=2) < 6).mean())


def test_that_a_cut_building_is_solid_and_whole_again_afterwards() -> None:
    plotter = OffScreen((480, 300))
    scene = Scene(plotter)
    scene.place(city(buildings=boxes([(-60, 0), (60, 0)], [50, 50], [30, 60])))
    scene.fly(looking((0.0, -320.0, 160.0), 0, -25))
    whole = scene.still(smooth=1)
    assert solid(whole) < 0.001
    scene.cut(LEVEL)
    level = scene.still(smooth=1)
    assert solid(level) > 0.01
    scene.cut(UPRIGHT)
    assert solid(scene.still(smooth=1)) > 0.02
    scene.cut(None)
    assert np.abs(scene.still(smooth=1).astype(int) - whole).mean() < 0.5
    scene.close()
    plotter.close()


def test_that_one_picks_only_what_a_cut_leaves() -> None:
    plotter = OffScreen((480, 300))
    scene = Scene(plotter)
    scene.place(city(buildings=boxes([(0, -60), (0, 60)], [50, 50], [60, 60])))
    scene.fly(looking((0.0, -400.0, 30.0), 0, 0))
    across, down = scene.view.pixels(np.array([(0.0, -85.0, 30.0)]), scene.size)[0]
    assert scene.pick(across, down) == ("buildings", 0)
    scene.cut(UPRIGHT)
    assert scene.pick(across, down) == ("buildings", 1)
    seen = scene.look(across, down)
    assert seen is not None
    assert seen.distance_m == pytest.approx(435, abs=1)
    scene.cut(Plane((0.0, 0.0, 20.0), (0.0, 0.0, -1.0)))
    seen = scene.look(across, down)
    assert seen is None or seen.kind != "buildings"
    scene.close()
    plotter.close()


def test_that_shadows_fall_from_what_is_left() -> None:
    whole = relief([boxes([(0, -60), (0, 60)], [50, 50], [60, 60])], (-150, -150, 150, 150))
    level = left_of(whole, LEVEL)
    assert level.max() == pytest.approx(20)
    assert (level <= whole.height_m).all()
    half = left_of(whole, UPRIGHT)
    rows = len(half) // 2
    assert half[:rows].max() == 0
    assert (half[rows + 1 :] == whole.height_m[rows + 1 :]).all()


def test_that_a_floor_is_as_large_as_its_roof() -> None:
    points, triangles = floors(boxes([(0, 0), (80, 0)], [40, 20], [30, 10]))
    a, b, c = (points[triangles[:, i]].astype(float) for i in range(3))
    area = np.abs(np.cross(b - a, c - a)[:, 2]).sum() / 2
    assert area == pytest.approx(40 * 40 + 20 * 20, rel=1e-4)
    assert points[:, 2].max() < 0.5


def test_that_a_plane_meets_a_box_in_a_closed_line() -> None:
    mesh = boxes([(0, 0), (100, 0)], [20, 20], [30, 10])
    lines = edges(mesh.points, mesh.triangles, LEVEL)
    assert lines[..., 2] == pytest.approx(20)  # in the plane, and none around the lower box
    assert np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1).sum() == pytest.approx(80)
    ends, count = np.unique(lines[..., :2].reshape(-1, 2).round(3), axis=0, return_counts=True)
    assert (count == 2).all()
    assert len(ends) >= 4


def test_that_a_plane_beside_everything_meets_nothing() -> None:
    mesh = boxes([(0, 0)], [20], [30])
    assert edges(mesh.points, mesh.triangles, Plane((0.0, 500.0, 0.0), (0.0, 1.0, 0.0))).shape == (0, 2, 3)


def test_that_what_is_cut_has_an_edge_unless_it_is_hidden() -> None:
    plotter = OffScreen((480, 300))
    scene = Scene(plotter)
    scene.place(city(buildings=boxes([(-60, 0), (60, 0)], [50, 50], [30, 60])))
    scene.fly(looking((0.0, -320.0, 160.0), 0, -25))
    scene.cut(LEVEL)
    wanted = np.array(LAID_OPEN) * 255 * 0.4

    def edged() -> int:
        return int((np.abs(scene.still(smooth=1).astype(float) - wanted).max(axis=2) < 24).sum())

    both = edged()
    assert both > 150
    scene.ghost("buildings", np.array([True, False]))
    assert 0.2 * both < edged() < 0.8 * both
    scene.ghost("buildings", None)
    scene.show_kind("buildings", False)
    assert edged() < 20
    scene.close()
    plotter.close()
