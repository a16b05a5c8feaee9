"""Data drawn on a city: colours of the legend, no data as no data, and the sensor that one points at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sensed

from twin import district as doors
from twin.history import LiveHistory
from twin.light import colour
from twin.props import OffScreen
from twin.scene import Scene
from twin.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.picture import Picture

SIZE = (480, 300)


@pytest.fixture(scope="module")
def session() -> Session:
    district = doors.open_district("sample")
    roster = sensed.roster(district)
    history = LiveHistory(roster)
    history.add(sensed.day(roster, district, hours=9.0))
    return Session(district, live=history)


@pytest.fixture(scope="module")
def picture(session: Session) -> Picture:
    return session.picture(sensed.MIDNIGHT_S + 8 * 3600 + 30)


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    plotter = OffScreen(SIZE)
    scene = Scene(plotter)
    scene.place(doors.open_city("sample"))
    scene.fly(scene.views("top"))
    yield scene
    scene.close()
    plotter.close()


def near(pixels: NDArray[np.uint8], hexadecimal: str, within: float = 6.0) -> int:
    """Return how many pixels have about a colour."""
    wanted = np.array(colour(hexadecimal)) * 255
    return int((np.abs(pixels.astype(float) - wanted).max(axis=2) < within).sum())


def only(picture: Picture, name: str, **changes: object) -> Picture:
    return replace(picture, shown={name: replace(picture.shown[name], **changes)})  # type: ignore[arg-type]


def test_that_streets_wear_the_colours_of_the_legend(scene: Scene, picture: Picture) -> None:
    shown = picture.shown["traffic"]
    for value, one in ((0.0, 0), (3.0, 3), (4.0, 4)):
        values = np.full(shown.form.cells, value, np.float32)
        scene.show(only(picture, "traffic", value=values))
        pixels = scene.still(smooth=1)
        counts = [near(pixels, entry.colour) for entry in shown.legend.classes]
        assert max(counts) == counts[one] > 100


def test_that_no_data_is_hatched_and_no_class_of_the_legend(scene: Scene, picture: Picture) -> None:
    shown = picture.shown["traffic"]
    scene.show(only(picture, "traffic", value=np.full(shown.form.cells, np.nan, np.float32)))
    hatched = scene.still(smooth=1)
    scene.show(only(picture, "traffic", value=np.zeros(shown.form.cells, np.float32)))
    zero = scene.still(smooth=1)
    scene.show(replace(picture, shown={}))
    bare = scene.still(smooth=1)
    assert (hatched != bare).any(axis=2).sum() > 300
    assert (hatched != zero).any(axis=2).sum() > 300
    assert not any(near(hatched, entry.colour) > near(bare, entry.colour) + 3 for entry in shown.legend.classes)


def test_that_an_estimate_is_drawn_otherwise_than_a_measurement(scene: Scene, picture: Picture) -> None:
    shown = picture.shown["traffic"]
    values = np.zeros(shown.form.cells, np.float32)
    colours = []
    for estimated in (None, np.ones(shown.form.cells, bool)):
        scene.show(only(picture, "traffic", value=values, estimated=estimated))
        colours.append(near(scene.still(smooth=1), shown.legend.classes[0].colour))
    assert colours[1] < colours[0] / 5


def test_that_vehicles_are_drawn_and_go_with_their_picture(scene: Scene, picture: Picture) -> None:
    scene.show(replace(picture, shown={}))
    bare = scene.still(smooth=1)
    scene.show(only(picture, "traffic.vehicles"))
    assert (scene.still(smooth=1) != bare).any(axis=2).sum() > 100
    scene.show(replace(picture, shown={}))
    assert np.array_equal(scene.still(smooth=1), bare)


def test_that_one_points_at_the_sensor_of_a_street(scene: Scene, picture: Picture, session: Session) -> None:
    scene.show(picture)
    form = picture.shown["traffic"].form
    pixels = scene.view.pixels(form.points.astype(np.float64), scene.size)
    triangles = form.triangles[:: max(1, len(form.triangles) // 60)]
    found = [
        (scene.pick_sensor(*pixels[triangle].mean(axis=0)), int(form.sensor[form.cell[triangle[0]]]))
        for triangle in triangles
    ]
    right = [wanted for picked, wanted in found if picked == wanted]
    assert len(right) > 0.6 * len(found)
    assert session.roster.sensors[right[0]].layer == "traffic"
    assert scene.pick_sensor(1, 1) is None


def test_that_the_same_form_keeps_its_actor(scene: Scene, picture: Picture) -> None:
    scene.show(picture)
    actor = scene._inks._drawn["traffic"].actor
    scene.show(only(picture, "traffic", value=np.zeros(picture.shown["traffic"].form.cells, np.float32)))
    assert scene._inks._drawn["traffic"].actor is actor
    scene.show(picture)
