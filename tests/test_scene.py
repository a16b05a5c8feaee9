"""The picture: what is in it, what is not, what one points at, and that it lets go of what it showed."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import blocks
import numpy as np
import pytest
from blocks import ROAD, boxes, city, sheet, town
from PIL import Image

from twin import camera
from twin.camera import View, looking
from twin.looks import LOOKS
from twin.model import CREDIT, GroundImage, Mesh, Source, TwinError
from twin.paper import credited
from twin.scene import OffScreen, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (320, 180)
RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


@pytest.fixture
def scene() -> Iterator[Scene]:
    plotter = OffScreen(SIZE)
    scene = Scene(plotter)
    yield scene
    scene.close()
    plotter.close()


def seen(scene: Scene, point: tuple[float, float, float]) -> NDArray[np.int64]:
    """The colour of the picture where a point stands."""
    picture = scene.still(smooth=1)
    x, y = np.rint(scene.view.pixels(np.array([point]), SIZE)[0]).astype(int)
    assert 0 <= x < SIZE[0]
    assert 0 <= y < SIZE[1]
    return picture[y, x].astype(np.int64)


def from_above(scene: Scene, *, height_m: float = 300.0) -> None:
    scene.fly(looking((0.0, 0.0, height_m), 0, -90))


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


# what is shown


def test_that_the_sky_is_not_the_ground_and_the_picture_is_not_empty(scene: Scene) -> None:
    scene.place(town())
    picture = scene.still(smooth=1)
    assert picture.shape == (SIZE[1], SIZE[0], 3)
    assert picture[40:].std() > 15
    scene.fly(looking((0.0, -900.0, 60.0), 0, 30))
    sky = scene.still(smooth=1).astype(int)
    assert sky[5, 160, 2] > sky[5, 160, 0] + 20
    assert np.abs(np.diff(sky[:150, 160], axis=0)).max() <= 2  # a gradient without steps


def test_that_there_is_no_edge_between_the_far_ground_and_the_sky(scene: Scene) -> None:
    for look in LOOKS:
        scene.place(city(), look=look)
        scene.fly(looking((0.0, 0.0, 60.0), 0, 0))
        column = scene.still(smooth=1)[:140, 160].astype(int)
        assert np.abs(np.diff(column, axis=0)).max() <= 9


@pytest.mark.parametrize("elevation_deg", [20, 5, 0, -20])
def test_that_the_sky_is_as_dark_as_the_ground_that_it_meets(scene: Scene, elevation_deg: float) -> None:
    scene.place(city())
    scene.fly(looking((0.0, 0.0, 60.0), 0, 0))
    scene.light(270, elevation_deg)
    column = scene.still(smooth=1)[:140, 160].astype(int)
    assert np.abs(np.diff(column, axis=0)).max() <= 9
    assert np.abs(column[89] - column[110]).max() < 25


def test_that_a_hidden_kind_disappears_and_comes_back(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 0)], [80], [20])))
    scene.recolour("buildings", np.array([RED], np.uint8))
    from_above(scene)
    scene.show_kind("buildings", False)
    hidden = seen(scene, (0, 0, 0))
    assert scene.pick(160, 90) is None
    scene.show_kind("buildings", True)
    shown = seen(scene, (0, 0, 0))
    assert shown[0] > 3 * shown[1]
    assert hidden[1] > 100
    scene.show_kind("no such kind", False)


def test_that_the_nearer_building_hides_the_farther(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, 60), (0, 0)], [40, 40], [30, 30])))
    scene.recolour("buildings", np.array([RED, GREEN], np.uint8))
    for heading, first, second in ((0, 1, 0), (180, 0, 1)):
        scene.fly(looking((0.0, -200.0 if heading == 0 else 260.0, 15.0), heading, 0))
        colour = seen(scene, (0, 40 if heading == 0 else 20, 15))
        assert colour[first] > 2 * colour[second]
        assert scene.pick(160, 90) == ("buildings", int(heading == 0))


@pytest.mark.parametrize("distance_m", [60, 400, 1500, 3000])
@pytest.mark.parametrize("pitch_deg", [-12, -30, -80])
def test_that_the_upper_of_two_layers_never_flickers(scene: Scene, distance_m: float, pitch_deg: float) -> None:
    park = sheet(-450, -450, 450, 450, 0.32, blocks.GROUND, table="areas", feature=0)
    road = sheet(-400, -400, 400, 400, 0.34, blocks.ROAD, table="streets", feature=0)
    scene.place(city(areas=park, streets=road))
    scene.recolour("areas", np.array([BLUE], np.uint8))
    scene.recolour("streets", np.array([RED], np.uint8))
    up = np.radians(-pitch_deg)
    for turn in (0, 0.3, 17, 140):
        ahead = np.array([np.sin(np.radians(turn)), np.cos(np.radians(turn))])
        x, y = -ahead * distance_m * np.cos(up)
        scene.fly(looking((float(x), float(y), float(distance_m * np.sin(up))), turn, pitch_deg))
        side = np.linspace(-250, 250, 40) * min(distance_m / 600, 1)
        spots = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
        pixels = scene.view.pixels(np.column_stack([spots, np.full(len(spots), 0.34)]), SIZE)
        pixels = np.rint(
            pixels[(pixels[:, 0] > 1) & (pixels[:, 0] < 318) & (pixels[:, 1] > 1) & (pixels[:, 1] < 160)]
        ).astype(int)
        colours = scene.still(smooth=1)[pixels[:, 1], pixels[:, 0]].astype(int)
        assert len(colours) > 20
        assert (colours[:, 0] > colours[:, 2]).all()


def test_that_haze_veils_by_its_shade(scene: Scene) -> None:
    veil = sheet(-100, -100, 100, 100, 0.76, blocks.GROUND)
    clear = np.where(veil.points[:, 0] < 0, 0, 255).astype(np.uint8)
    road = sheet(-100, -100, 100, 100, 0.7, blocks.ROAD, table="streets", feature=0)
    scene.place(city(haze=replace(veil, shade=clear), streets=road))
    scene.recolour("streets", np.array([RED], np.uint8))
    from_above(scene)
    left, right = seen(scene, (-95, 0, 0)), seen(scene, (95, 0, 0))
    assert left[0] > 2 * left[1]
    assert right[1] > 180


def test_that_an_aerial_picture_lies_right_way_up_under_the_buildings(scene: Scene) -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0], pixels[0, 1], pixels[1, 0] = (*RED, 255), (*GREEN, 255), (*BLUE, 255)  # north-west, -east, south-west
    image = GroundImage("aerial", (-100, -100, 100, 100), pixels, Source("x", "x", "x"))
    road = sheet(-100, -100, 100, 100, 0.7, blocks.ROAD, table="streets", feature=0)
    scene.place(replace(city(streets=road, buildings=boxes([(-60, 60)], [20], [10])), images=(image,)))
    from_above(scene)
    north_west, north_east, south_west, south_east = (
        seen(scene, (x, y, 0)) for x, y in ((-90, 90), (90, 90), (-90, -90), (90, -90))
    )
    assert [int(c.argmax()) for c in (north_west, north_east, south_west)] == [0, 1, 2]
    assert south_east.min() > 120  # clear there: the road shows
    assert seen(scene, (-60, 60, 10)).min() > 150  # a white roof


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


# selection


def blue(scene: Scene) -> int:
    """How many pixels have the accent's hue."""
    picture = scene.still(smooth=1).astype(int)
    return int((picture[..., 2] > picture[..., 0] + 60).sum())


def test_that_what_is_selected_lights_up_alone_and_goes_out_again(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-40, 0), (40, 0)], [40, 40], [20, 20])))
    from_above(scene)
    before = scene.still(smooth=1).astype(int)
    scene.select("buildings", 0)
    change = np.abs(scene.still(smooth=1).astype(int) - before).sum(axis=2)
    assert change[:, 160:].max() == 0
    assert (change > 10).sum() > 400  # the tint is on all of the roof
    assert blue(scene) > 30
    scene.select("buildings", 1)
    change = np.abs(scene.still(smooth=1).astype(int) - before).sum(axis=2)
    assert change[:, :160].max() == 0
    assert change[:, 160:].max() > 0
    scene.select("buildings", None)
    assert scene.still(smooth=1).tolist() == before.tolist()


def test_that_a_selection_is_seen_on_a_flat_layer_by_day_and_by_night_from_afar(scene: Scene) -> None:
    scene.place(town())
    scene.fly(looking((0.0, -1400.0, 500.0), 0, -20))
    for look in LOOKS:
        scene.dress(look)
        scene.select("streets", None)
        plain = blue(scene)
        scene.select("streets", 0)
        assert blue(scene) > plain + 60


def test_that_a_selection_hides_with_its_kind_and_does_not_outlive_its_city(scene: Scene) -> None:
    houses = city(buildings=boxes([(0, 0)], [60], [20]))
    scene.place(houses)
    from_above(scene)
    scene.select("buildings", 0)
    scene.show_kind("buildings", False)
    assert blue(scene) == 0
    scene.show_kind("buildings", True)
    assert blue(scene) > 30
    scene.place(houses)
    from_above(scene)
    assert blue(scene) == 0
    for kind, feature in (("buildings", 99), ("nothing of the kind", 0)):
        scene.select(kind, feature)
        assert blue(scene) == 0


def test_that_the_pointers_outline_stands_beside_the_selection_and_tints_nothing(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-40, 0), (40, 0)], [40, 40], [20, 20])))
    from_above(scene)
    plain = scene.still(smooth=1).astype(int)
    scene.point_out("buildings", 1)
    outlined = np.abs(scene.still(smooth=1).astype(int) - plain).sum(axis=2) > 10
    assert 30 < outlined[:, 160:].sum() < 400
    assert not outlined[:, :160].any()
    assert np.abs(seen(scene, (40, 0, 20)) - plain[90, 80 + 2 * 80]).max() < 12
    scene.select("buildings", 0)
    scene.dress("real")
    scene.dress("model")
    both = np.abs(scene.still(smooth=1).astype(int) - plain).sum(axis=2) > 10
    assert (both & outlined).sum() == outlined.sum()
    scene.point_out("buildings", None)
    assert not (np.abs(scene.still(smooth=1).astype(int) - plain).sum(axis=2) > 10)[:, 160:].any()


def test_that_ghosts_throw_no_shadow(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-60, 0), (60, 0)], [20, 20], [40, 40])))
    from_above(scene)
    scene.light(180, 45)
    scene.ghost("buildings", np.array([True, False]))
    assert seen(scene, (-60, 30, 0)).sum() < 0.8 * seen(scene, (60, 30, 0)).sum()


def test_that_shadows_reckoned_elsewhere_come_when_they_are_brought(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(-60, 0), (60, 0)], [20, 20], [40, 40])))
    from_above(scene)
    scene.light(180, 45)
    waiting = []
    scene.reckon = waiting.append
    scene.ghost("buildings", np.array([True, False]))
    scene.light(180, 45)
    assert len(waiting) == 1  # once, however often the light is turned
    assert seen(scene, (60, 30, 0)).sum() < 1.2 * seen(scene, (-60, 30, 0)).sum()  # as it was
    scene.take_shades(waiting.pop()())
    assert seen(scene, (-60, 30, 0)).sum() < 0.8 * seen(scene, (60, 30, 0)).sum()
    scene.dress("night")  # with lamps, whose pools are reckoned at the first night
    assert len(waiting) == 1
    scene.take_shades(waiting.pop()())
    scene.dress("model")
    scene.dress("night")
    assert not waiting


def test_that_what_a_filter_leaves_out_is_a_ghost_through_which_one_sees_and_picks(scene: Scene) -> None:
    scene.place(city(buildings=boxes([(0, -40), (0, 40)], [40, 40], [20, 20])))
    scene.recolour("buildings", np.array([RED, BLUE], np.uint8))
    scene.fly(looking((0.0, -200.0, 15.0), 0, 0))
    solid = scene.still(smooth=1)
    spot = np.array([[3.0, -60.0, 12.0]])
    x, y = np.rint(scene.view.pixels(spot, SIZE)[0])
    assert scene.pick(x, y) == ("buildings", 0)
    for look in LOOKS:
        scene.dress(look)
        scene.ghost("buildings", np.array([False, True]))
        behind = seen(scene, (3.0, -60.0, 12.0))
        assert behind[2] > 1.5 * behind[0]
        scene.ghost("buildings", np.array([True, False]))
        assert seen(scene, (3.0, -60.0, 12.0))[0] > 2 * behind[0]
    scene.dress("model")
    scene.ghost("buildings", np.array([False, False]))
    faint = seen(scene, (3.0, -60.0, 12.0))
    assert faint[0] > faint[2]
    assert scene.pick(x, y) is None
    scene.show_kind("buildings", False)
    bare = seen(scene, (3.0, -60.0, 12.0))
    assert 4 < np.abs(faint - bare).max() < 70
    scene.show_kind("buildings", True)
    scene.ghost("buildings", np.array([False]))  # the second is beyond the end, and shown
    scene.ghost("nothing of the kind", np.array([False]))
    assert scene.pick(x, y) == ("buildings", 1)
    scene.ghost("buildings", None)
    assert scene.pick(x, y) == ("buildings", 0)
    assert np.abs(scene.still(smooth=1).astype(int) - solid).max() <= 1


# stills


def test_that_a_still_carries_the_credit_in_its_corner() -> None:
    plain = np.full((180, 320, 3), 120, np.uint8)
    changed = (credited(plain) != plain).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 150
    assert columns.min() > 100
    assert rows.max() == 179
    ink = credited(plain)[changed].min()
    assert ink < 110
    assert CREDIT.endswith("OpenStreetMap contributors")


def test_that_a_still_names_the_sources_of_overlays_and_their_terms(scene: Scene) -> None:
    scene.place(city())
    plain = scene.still()
    scene.place(replace(city(), credits=("Plan 2030: City of Helsinki (CC BY 4.0)",)))
    rows, columns = np.nonzero((scene.still() != plain).any(axis=2))
    assert 145 < rows.min() < 165
    assert columns.max() > 310


def test_that_long_terms_go_on_in_another_line_and_are_never_cut() -> None:
    plain = np.full((180, 200, 3), 120, np.uint8)
    tops = []
    for words in (1, 8, 20):
        rows, columns = np.nonzero((credited(plain, ("terms " * words,)) != plain).any(axis=2))
        assert columns.min() >= 0
        tops.append(rows.min())
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 3


def test_that_chinese_sources_are_named_in_letters_and_not_in_boxes() -> None:
    plain = np.full((180, 480, 3), 120, np.uint8)
    one, other, none = (credited(plain, (text * 4,)) for text in ("自然资源局", "北京市规划", "\U0010fffe" * 5))
    assert (one != other).any()
    assert (one != none).any()
    assert (other != none).any()


def test_that_a_credit_without_spaces_is_broken_and_stays_on_the_picture() -> None:
    plain = np.full((180, 200, 3), 120, np.uint8)
    rows, columns = np.nonzero((credited(plain, ("数据" * 40,)) != plain).any(axis=2))
    assert columns.min() == 0 or columns.min() < 20
    assert rows.min() < 130


def test_that_stills_of_every_look_and_size_carry_it(scene: Scene) -> None:
    scene.place(city())
    for look in LOOKS:
        scene.dress(look)
        for size in ((320, 180), (90, 60), (400, 640)):
            picture = scene.still(size=size)
            assert picture.shape == (size[1], size[0], 3)
            corner = picture[-max(10, size[1] // 12) :, -size[0] // 3 :].astype(int)
            assert corner.max() - corner.min() > 70
    assert scene.size == SIZE


def test_that_a_still_is_written_whole_or_not_at_all(scene: Scene, tmp_path: Path) -> None:
    scene.place(town())
    picture = scene.still(tmp_path / "town.png", (200, 120))
    with Image.open(tmp_path / "town.png") as image:
        assert np.asarray(image).tolist() == picture.tolist()
    with pytest.raises(TwinError, match=r"cannot be written.*nowhere"):
        scene.still(tmp_path / "nowhere" / "town.png")
    assert [path.name for path in tmp_path.iterdir()] == ["town.png"]


def test_that_a_smooth_still_is_the_same_picture_with_softer_edges(scene: Scene) -> None:
    scene.place(town())
    rough, smooth = (scene.still(smooth=n)[:150].astype(int) for n in (1, 2))
    assert np.abs(rough - smooth).mean() < 6
    assert np.abs(np.diff(smooth, axis=1)).mean() < np.abs(np.diff(rough, axis=1)).mean()


def test_that_moving_leaves_no_trace(scene: Scene) -> None:
    scene.place(replace(town()))
    before = scene.still(smooth=1)
    scene.move(True)
    scene.render()
    assert scene.still(smooth=1).tolist() == before.tolist()
    scene.move(False)
    assert scene.still(smooth=1).tolist() == before.tolist()


# houses and guests


def test_that_a_city_is_let_go_when_another_is_placed(scene: Scene) -> None:
    actors = []
    points: list[weakref.ref[NDArray[np.float32]]] = []
    for _ in range(4):
        shown = town()
        points.append(weakref.ref(shown.meshes["buildings"].points))
        scene.place(shown)
        scene.render()
        scene.pick(160, 90)
        actors.append(scene._renderer.GetActors().GetNumberOfItems())
        del shown
    gc.collect()
    assert len(set(actors)) == 1
    assert [point() is None for point in points] == [True, True, True, False]


def test_that_a_closed_scene_leaves_its_plotter_empty_and_is_let_go() -> None:
    plotter = OffScreen(SIZE)
    scene = Scene(plotter)
    scene.place(town())
    scene.render()
    gone = weakref.ref(scene)
    scene.close()
    assert plotter.renderer.GetActors().GetNumberOfItems() == 0
    del scene
    gc.collect()
    assert gone() is None
    plotter.close()


def test_that_a_pyvista_plotter_will_do() -> None:
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=list(SIZE))
    scene = Scene(plotter)
    scene.place(town())
    bare = Scene(OffScreen(SIZE))
    bare.place(town())
    assert np.abs(scene.still(smooth=1).astype(int) - bare.still(smooth=1)).mean() < 1
    scene.close()
    plotter.close()
    bare.close()


def test_that_odd_cities_are_shown_and_no_city_is_no_error(scene: Scene) -> None:
    scene.render()
    assert scene.pick(10, 10) is None
    scene.dress("night")
    scene.light(10, 10)
    scene.sun(0)
    nothing = Mesh(
        "",
        *(np.empty(s, t) for s, t in (((0, 3), np.float32), ((0, 3), np.int32))),
        *(np.empty(0, t) for t in (np.int32, np.uint16, np.uint8)),
    )
    scene.place(replace(city(buildings=nothing), paints=blocks.PAINTS, boundary_xy=np.empty((0, 2))))
    assert scene.still(smooth=1).std() >= 0
    for name in camera.NAMES:
        assert isinstance(scene.views(name), View)


def test_that_a_large_city_has_its_shadows_where_one_looks(scene: Scene) -> None:
    far = replace(
        city(buildings=boxes([(-6000, 0), (6000, 0)], [20, 20], [40, 40])), bounds_xy=(-8000, -8000, 8000, 8000)
    )
    scene.place(far)
    scene.light(180, 45)
    for x in (-6000.0, 6000.0):
        scene.fly(looking((x, 0.0, 300.0), 0, -90))
        assert seen(scene, (x, 30, 0)).sum() < 0.85 * seen(scene, (x, -30, 0)).sum()


def test_that_a_picture_needs_neither_pyvista_nor_pandas() -> None:
    code = (
        "import sys; from twin.scene import OffScreen, Scene; Scene(OffScreen((64, 36))).render();"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'pyvista', 'pandas', 'geopandas', 'matplotlib', 'pyproj', 'shapely', 'PySide6'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""
