"""Names are written where they can be read: not over one another, not behind houses, not upside down."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from blocks import town
from districts import _BUILDING, _STREET, district, table

from twin import file
from twin.camera import View, looking
from twin.lettering import SIZE_PX, Lettering, glyphs_of
from twin.light import LOOKS
from twin.mesh.names import LONGEST, names_of
from twin.model import Names
from twin.relief import Relief
from twin.scene import OffScreen, Scene
from twin.section import Plane
from twin.type import font, font_for

SIZE = (1280, 720)
FLAT = Relief(-500.0, -500.0, 10.0, np.zeros((100, 100), np.float32))
ABOVE = looking((0.0, -200.0, 150.0), 0.0, -35.0)


def street(name: str, *line: tuple[float, float], **changes: Any) -> dict[str, Any]:
    """Return a row of the streets table."""
    return _STREET | {"name": name, "geometry": shapely.LineString(line)} | changes


def named(**rows: list[dict[str, Any]]) -> Names:
    """Return the names of a district of some rows."""
    tables = {name: table(name, rows.get(name, [])) for name in district().tables}
    return names_of(district(tables=tables, boundary_xy=shapely.box(-400, -400, 400, 400)))


def places(
    *texts: str, xy: Any = ((0.0, 0.0),), along: Any = (0.0, 0.0), room: float = 1e3, rank: float = 0.7
) -> Names:
    """Return names that stand at places, one a text."""
    n = len(texts)
    points = np.column_stack([np.broadcast_to(np.asarray(xy, float), (n, 2)), np.ones(n)])
    directions = np.broadcast_to(np.asarray(along, float), (n, 2)).copy()
    return Names(
        texts, ("street",) * n, np.linspace(rank, rank - 0.01, n), np.arange(n), points, directions, np.full(n, room)
    )


def lettering(names: Names, relief: Relief = FLAT) -> Lettering:
    """Return names on a renderer that draws nothing."""
    made = Lettering(names, relief, OffScreen(SIZE).renderer)
    made.dress(LOOKS["model"])
    return made


def test_that_ways_of_one_name_are_one_street_named_at_intervals() -> None:
    names = named(streets=[street("Long Lane", (-390, 0), (0, 0)), street("Long Lane", (0, 0), (390, 0))])
    assert names.text == ("Long Lane",)
    assert 4 <= len(names.which) <= 6
    assert np.abs(names.along[:, 1]).max() < 1e-9
    assert (np.diff(np.sort(names.points[:, 0])) > 100).all()


def test_that_important_streets_come_first_and_tunnels_not_at_all() -> None:
    names = named(
        streets=[
            street("Alley", (0, 0), (90, 0), kind="service"),
            street("Avenue", (0, 9), (90, 9), kind="primary"),
            street("Below", (0, 9), (90, 9), tunnel=True),
            street("x" * (LONGEST + 1), (0, 9), (90, 9)),
            street("Far off", (5000, 9), (5090, 9)),
        ]
    )
    assert names.text == ("Avenue", "Alley")


def test_that_parks_water_and_landmarks_have_names() -> None:
    tags = json.dumps({"building": "church", "wikidata": "Q1"})
    names = named(
        areas=[{"kind": "park", "name": "Park", "geometry": shapely.box(0, 0, 90, 90)}],
        water=[{"kind": "lake", "name": "湖", "geometry": shapely.box(0, 0, 90, 90)}],
        buildings=[_BUILDING | {"name": "Church", "height_m": 30.0, "tags": tags, "geometry": shapely.box(0, 0, 9, 9)}],
    )
    assert dict(zip(names.text, names.kind, strict=True)) == {"Park": "park", "湖": "water", "Church": "landmark"}
    assert names.points[list(names.text).index("Church"), 2] == 33


def test_that_names_are_kept_in_a_file(tmp_path: Any) -> None:
    from twin.district import save

    made = save(tmp_path / "a.twin", district())
    again = file.read_city(tmp_path / "a.twin").names
    assert again.text == made.names.text == ("Long Lane",) or made.names.text == again.text
    assert again.kind == made.names.kind
    assert (again.points == made.names.points).all()
    assert (again.which == made.names.which).all()


@pytest.mark.parametrize("heading", [0.0, 90.0, 180.0, 270.0, 17.0])
def test_that_no_name_stands_on_its_head(heading: float) -> None:
    eye = np.array([-200 * np.sin(np.radians(heading)), -200 * np.cos(np.radians(heading)), 150])
    view = looking(tuple(eye.tolist()), heading, -35.0)
    for angle in np.radians(np.arange(0, 360, 20)):
        shown = lettering(places("Street", along=(np.cos(angle), np.sin(angle)))).chosen(view, SIZE)
        assert all(one.way[0] >= 0 for one in shown)


def test_that_a_name_lies_along_its_street() -> None:
    (shown,) = lettering(places("Street", along=(1.0, 0.0))).chosen(ABOVE, SIZE)
    assert np.abs(shown.way) == pytest.approx([1, 0], abs=0.02)


def test_that_names_do_not_overlap_and_the_important_one_stays() -> None:
    shown = lettering(places("First", "Second", "Third", xy=[(0, 0), (1, 1), (90, 40)])).chosen(ABOVE, SIZE)
    assert [one.which for one in shown] == [0, 2]


def test_that_a_name_too_long_for_its_street_is_left_out() -> None:
    assert not lettering(places("A very long name", along=(1.0, 0.0), room=9.0)).chosen(ABOVE, SIZE)


def test_that_a_name_behind_a_house_is_left_out() -> None:
    wall = Relief(-500.0, -500.0, 10.0, np.zeros((100, 100), np.float32))
    wall.height_m[47] = 80.0
    assert lettering(places("Street"), FLAT).chosen(ABOVE, SIZE)
    assert not lettering(places("Street"), wall).chosen(ABOVE, SIZE)


def test_that_lanes_are_named_from_near_and_boulevards_from_afar() -> None:
    far = looking((0.0, -1400.0, 1090.0), 0.0, -38.0)
    assert lettering(places("Boulevard", rank=0.8)).chosen(far, SIZE)
    assert not lettering(places("Lane", rank=0.3)).chosen(far, SIZE)
    assert lettering(places("Lane", rank=0.3)).chosen(ABOVE, SIZE)


def test_that_names_behind_the_eye_are_not_written() -> None:
    assert not lettering(places("Street", xy=[(0.0, -400.0)])).chosen(ABOVE, SIZE)


def test_that_every_letter_has_its_place_in_the_atlas() -> None:
    made = glyphs_of("Aäg 湖", SIZE_PX)
    assert set(made.place) == set("Aäg湖")
    assert all(width > 0 for width in made.advance_px.values())
    boxes = [shapely.box(*ink) for _box, _halo, ink in made.place.values()]
    assert all(not a.intersects(b) or a.touches(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_that_letters_come_from_the_first_font_that_has_them() -> None:
    assert font_for("A", 20).getname() == font(20).getname()
    assert font_for("\U0010fffe", 20).getname() == font(20).getname()


@pytest.mark.parametrize("letter", ["北", "臺", "東", "か"])
def test_that_chinese_and_japanese_have_letters_of_their_own(letter: str) -> None:
    assert font_for(letter, 20).getname() != font(20).getname()


def test_that_names_are_drawn_and_can_be_hidden() -> None:
    scene = Scene(OffScreen((640, 360)))
    city = replace(town(), names=places("Mannerheim", xy=[(0.0, 0.0)]))
    scene.place(city)
    scene.fly(View((0.0, -1.0, 300.0), (0.0, 0.0, 0.0)))
    written = scene.still()
    scene.show_kind("names", False)
    bare = scene.still()
    assert (written != bare).any(axis=2).sum() > 50
    scene.show_kind("names", True)
    assert (scene.still() == written).all()
    scene.close()


def test_that_names_of_what_was_cut_away_are_left_out() -> None:
    named = replace(
        places("Left", "Right", xy=[(-50.0, 0.0), (50.0, 0.0)]),
        kind=("landmark", "landmark"),
        rank=np.array([0.9, 0.9]),
    )
    made = lettering(named)
    view = View((0.0, -1.0, 300.0), (0.0, 0.0, 0.0))
    assert {one.which for one in made.chosen(view, SIZE)} == {0, 1}
    made.cut = Plane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0))
    assert {one.which for one in made.chosen(view, SIZE)} == {1}


def test_that_in_a_hurry_the_same_names_move_with_their_places_for_some_frames() -> None:
    spots = np.random.default_rng(2).uniform(-120, 120, (40, 2))
    hurried = lettering(places(*(f"Lane {n}" for n in range(40)), xy=spots))
    hurried.hurried = True
    hurried.arrange(ABOVE, SIZE)
    before = {one.which: one.at for one in hurried.written}
    assert len(before) > 3
    other = looking((5.0, -200.0, 150.0), 1.0, -35.0)
    hurried.arrange(other, SIZE)
    after = {one.which: one.at for one in hurried.written}
    assert after.keys() == before.keys()
    exact = other.pixels(hurried.points[list(after)], SIZE)
    np.testing.assert_allclose(np.array(list(after.values())), exact)
    for step in range(8):
        hurried.arrange(looking((5.0 + step, -200.0, 150.0), 40.0, -35.0), SIZE)
    last = looking((12.0, -200.0, 150.0), 40.0, -35.0)
    hurried.hurried = False
    hurried.arrange(last, SIZE)
    assert [one.which for one in hurried.written] == [one.which for one in hurried.chosen(last, SIZE)]
