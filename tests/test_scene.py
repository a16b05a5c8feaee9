"""The picture: what is in it, what is not, what is picked out, and that it lets go of what it showed."""

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
from blocks import boxes, city, sheet, town
from scenes import BLUE, GREEN, RED, SIZE, fresh, from_above, seen

from twin import camera
from twin.camera import View, looking
from twin.light import LOOKS
from twin.model import GroundImage, Mesh, Source
from twin.scene import OffScreen, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@pytest.fixture
def scene() -> Iterator[Scene]:
    yield from fresh()


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
