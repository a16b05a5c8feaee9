"""What a picture wears: colours and data in every look, lit windows, shadows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from blocks import ROAD, boxes, city, sheet, town
from scenes import BLUE, RED, SIZE, fresh, from_above, seen

from twin.camera import looking
from twin.light import LOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.model import Mesh
    from twin.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    yield from fresh()


# colours


def test_that_a_building_coloured_red_is_red_and_its_neighbour_is_not(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-40, 0), (40, 0)], [40, 40], [20, 20])))
    from_above(scene)
    plain = seen(scene, (-40, 0, 20))
    scene.recolour("buildings", np.array([RED, (250, 250, 250)], np.uint8))
    red, white = seen(scene, (-40, 0, 20)), seen(scene, (40, 0, 20))
    assert red[0] > 150
    assert red[1:].max() < 60
    assert white.min() > 180
    scene.recolour("buildings", None)
    assert seen(scene, (-40, 0, 20)).tolist() == plain.tolist()


def test_that_data_keeps_its_colour_when_the_look_changes(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 0)], [60], [20])))
    from_above(scene)
    scene.recolour("buildings", np.array([BLUE], np.uint8))
    scene.dress("real")
    colour = seen(scene, (0, 0, 20))
    assert colour[2] > 3 * colour[:2].max()


def test_that_a_feature_without_a_colour_keeps_the_looks(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-40, 0), (40, 0)], [40, 40], [20, 20])))
    from_above(scene)
    scene.recolour("buildings", np.array([RED], np.uint8))
    assert seen(scene, (40, 0, 20)).min() > 180
    scene.recolour("buildings", np.empty((0, 3), np.uint8))
    scene.recolour("nothing of the kind", np.array([RED], np.uint8))


def test_that_baked_light_darkens_without_changing_the_hue(scene: Scene) -> None:
    roofs = boxes([(-40, 0), (40, 0)], [40, 40], [20, 20])
    shade = np.where(roofs.feature == 0, 255, 128).astype(np.uint8)
    scene.place(city(buildings=replace(roofs, shade=shade)))
    from_above(scene)
    bright, dark = seen(scene, (-40, 0, 20)), seen(scene, (40, 0, 20))
    assert dark / bright == pytest.approx(128 / 255, abs=0.04)


def test_that_each_look_is_another_picture(scene: Scene) -> None:
    scene.place(town())
    means = {}
    for look in LOOKS:
        scene.dress(look)
        means[look] = scene.still(smooth=1).mean()
    assert means["night"] < 60
    assert 120 < means["real"] < means["model"]


def with_windows(mesh: Mesh) -> Mesh:
    """The boxes of `boxes`, with bays of 4 m and storeys of 3 m."""
    up = mesh.points[:, 2] / 3
    corner = np.arange(len(mesh.points)) % 4
    bays = np.where((corner == 0) | (corner == 3), 0, 15.0)
    bays[np.arange(len(mesh.points)) % 20 >= 16] = -1
    return replace(mesh, facade=np.column_stack([bays, np.where(bays < 0, -1, up)]).astype(np.float32))


def warm(scene: Scene) -> int:
    """How many pixels glow like a lamp."""
    picture = scene.still(smooth=1)[:150].astype(int)
    return int(((picture[..., 0] > 170) & (picture[..., 0] > picture[..., 2] + 40)).sum())


def test_that_windows_are_lit_at_night_but_not_on_data(scene: Scene) -> None:
    scene.place(city(buildings=with_windows(boxes([(0, 0)], [60], [60]))), look="night")
    scene.fly(looking((0.0, -130.0, 30.0), 0, 0))
    assert warm(scene) > 100
    scene.recolour("buildings", np.array([BLUE], np.uint8))
    assert warm(scene) == 0
    scene.recolour("buildings", None)
    assert warm(scene) > 100


def test_that_windows_show_in_the_real_look_and_none_on_walls_without_storeys(scene: Scene) -> None:
    blank = boxes([(0, 0)], [60], [60])
    spread = {}
    for name, mesh in (("windows", with_windows(blank)), ("blank", blank)):
        for look in ("model", "real"):
            scene.place(city(buildings=mesh), look=look)
            scene.fly(looking((0.0, -90.0, 30.0), 0, 0))
            spread[name, look] = scene.still(smooth=1)[60:120, 100:220].astype(float).std()
    assert spread["windows", "real"] > 2 * spread["windows", "model"]
    assert spread["windows", "model"] > 1.05 * spread["blank", "model"]


def test_that_windows_fade_into_one_tone_from_afar_and_never_flicker(scene: Scene) -> None:
    tall = with_windows(boxes([(0, 0)], [60], [60]))
    scene.place(city(buildings=tall), look="real")
    scene.recolour("ground", np.array([RED], np.uint8))
    levels = []
    for distance_m in (1500.0, 1503.0, 1507.0):
        scene.fly(looking((0.0, -distance_m, 30.0), 0, 0, angle_deg=10))
        x, y = np.rint(scene.view.pixels(np.array([(0.0, -30.0, 30.0)]), SIZE)[0]).astype(int)
        wall = scene.still(smooth=1)[y - 4 : y + 4, x - 4 : x + 4].astype(float)
        assert wall.std(axis=(0, 1)).max() < 12
        levels.append(wall.mean())
    assert np.ptp(levels) < 3


# light


def test_that_a_tower_throws_its_shadow_away_from_the_sun(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 0)], [20], [40])))
    from_above(scene)
    scene.light(180, 45)
    north, south = seen(scene, (0, 30, 0)).sum(), seen(scene, (0, -30, 0)).sum()
    assert north < 0.8 * south
    scene.light(0, 45)
    assert seen(scene, (0, -30, 0)).sum() < 0.8 * seen(scene, (0, 30, 0)).sum()


def test_that_a_tower_on_the_edge_of_the_district_throws_all_of_its_shadow(scene: Scene) -> None:
    scene.place(city(half_m=60, buildings=boxes([(60, 0)], [20], [40])))
    from_above(scene)
    scene.light(270, 45)
    assert seen(scene, (95, 0, 0)).sum() < 0.8 * seen(scene, (-50, 0, 0)).sum()


def test_that_a_district_seen_from_far_above_is_not_lost_in_the_haze(scene: Scene) -> None:
    scene.place(city(half_m=9000, streets=sheet(-3000, -3000, 3000, 3000, 0.66, ROAD, table="streets", feature=0)))
    from_above(scene, height_m=20_000)
    near = seen(scene, (0, 0, 0))
    assert np.abs(seen(scene, (2500, 2500, 0)) - near).max() < 10
    assert np.abs(seen(scene, (5000, 0, 0)) - near).max() > 10


def test_that_the_sun_of_a_moment_is_the_places(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 0)], [20], [40])))
    from_above(scene)
    scene.sun(1_750_500_000)  # 2025-06-21 10:00 UTC: near noon at 25 E, 60 N
    assert seen(scene, (0, 20, 0)).sum() < 0.85 * seen(scene, (0, -20, 0)).sum()
    day = scene.still(smooth=1).mean()
    scene.sun(1_750_500_000 + 180 * 86_400 + 43_200)
    assert scene.still(smooth=1).mean() < 0.75 * day


def test_that_places_between_houses_are_darker_than_open_ground(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-16, 0), (16, 0)], [20, 20], [20, 20])))
    from_above(scene)
    scene.light(180, 89)
    assert seen(scene, (0, 0, 0)).sum() < 0.93 * seen(scene, (60, 60, 0)).sum()
