"""Where one looks from, and what one points at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from blocks import boxes, city, town
from scenes import GREEN, RED, SIZE, fresh, from_above, seen

from twin import camera
from twin.camera import looking
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    yield from fresh()


# pointing


def test_that_what_is_picked_is_what_is_drawn_there(scene: Scene) -> None:
    shown = town()
    scene.place(shown)
    tower = shown.meshes["buildings"].points[shown.meshes["buildings"].feature == 210]
    spot = np.array([[*tower[:, :2].mean(axis=0), 90.0]])
    for view in ("hero", "top", "north", "east"):
        scene.fly(scene.views(view))
        assert scene.pick(*scene.view.pixels(spot - [0, 0, 0.01], SIZE)[0]) == ("buildings", 210)
    only = np.zeros((400, 3), np.uint8)
    only[210] = RED
    scene.recolour("buildings", only)
    scene.fly(scene.views("hero"))
    picture = scene.still(smooth=1).astype(int)
    red = (picture[..., 0] > 60) & (picture[..., 0] > 2.5 * picture[..., 1])
    rows, columns = np.nonzero(red)
    assert len(rows) > 30
    hits = [scene.pick(x, y) == ("buildings", 210) for x, y in zip(columns[::3], rows[::3], strict=True)]
    assert np.mean(hits) > 0.97  # a pixel on an edge may be either's


def test_that_sky_and_bare_ground_are_nothing_and_a_road_is_a_road(scene: Scene) -> None:
    scene.place(town())
    from_above(scene)
    assert scene.pick(*scene.view.pixels(np.array([(4.0, -24.0, 0.66)]), SIZE)[0]) == ("streets", 0)
    scene.fly(looking((0.0, 0.0, 200.0), 0, 40))
    assert scene.pick(160, 90) is None


# camera


@pytest.mark.parametrize("name", camera.NAMES)
def test_that_every_named_view_shows_the_city(scene: Scene, name: str) -> None:
    scene.place(town())
    scene.recolour("buildings", np.tile(np.array(RED, np.uint8), (400, 1)))
    scene.fly(scene.views(name))
    picture = scene.still(smooth=1).astype(int)
    assert ((picture[..., 0] > 1.4 * picture[..., 1]).mean()) > 0.04
    assert scene.view.angle_deg > 0


def test_that_the_hero_stands_in_the_middle_third(scene: Scene) -> None:
    shown = town()
    scene.place(shown)
    tower = shown.meshes["buildings"].points[shown.meshes["buildings"].feature == 210].mean(axis=0)
    x, y = scene.view.pixels(tower[None].astype(float), SIZE)[0]
    assert SIZE[0] / 3 < x < SIZE[0] * 2 / 3
    assert SIZE[1] / 3 < y < SIZE[1] * 2 / 3


def test_that_a_camera_is_read_from_longitude_latitude_height_heading_and_pitch(scene: Scene) -> None:
    scene.place(town())
    view = scene.views("25.0,60.0,120,90,-30")
    assert view.position == pytest.approx((0, 0, 120), abs=1e-3)
    assert view.axes[2] == pytest.approx((np.cos(np.radians(30)), 0, -0.5), abs=1e-9)
    west = scene.views("24.99, 60.0, 120, -90, -30")
    assert west.position[0] == pytest.approx(-557.9, abs=2)


@pytest.mark.parametrize("text", ["", "hero!", "1,2,3", "a,b,c,d,e"])
def test_that_what_is_no_camera_is_told_in_a_sentence(scene: Scene, text: str) -> None:
    scene.place(town())
    with pytest.raises(TwinError, match=r"is not a camera.*hero.*longitude"):
        scene.views(text)


def test_that_a_camera_far_away_is_told_from_a_swapped_one(scene: Scene) -> None:
    scene.place(town())
    with pytest.raises(TwinError, match="Longitude comes first"):
        scene.views("60,25,120,90,-30")


def test_that_a_near_wall_is_not_cut_and_a_far_one_is_there(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 8), (400, 0)], [10, 60], [10, 60])))
    scene.recolour("buildings", np.array([RED, GREEN], np.uint8))
    scene.fly(looking((0.0, 0.0, 2.0), 0, 0))
    assert seen(scene, (0, 3, 2))[0] > 60
    scene.fly(looking((-2000.0, 0.0, 300.0), 90, -6))
    colour = seen(scene, (370, 0, 40))
    assert colour[1] > colour[0]


def test_that_a_point_in_the_picture_is_where_the_thing_stands(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 0)], [40], [20])))
    from_above(scene)
    (x, y), (beside_x, beside_y) = scene.view.pixels(np.array([(10.0, 5.0, 20.0), (60.0, 5.0, 0.0)]), SIZE)
    assert scene.point(x, y) == pytest.approx((10, 5, 20), abs=0.01)
    assert scene.point(beside_x, beside_y) == pytest.approx((60, 5, 0), abs=0.01)
    scene.fly(looking((0.0, -300.0, 50.0), 0, 30))
    assert scene.point(160, 10) is None
