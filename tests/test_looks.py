"""Looks: every paint has a colour, and the map's own colours are calmed."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from twin.light import LOOKS, colours
from twin.mesh.paints import ROLES
from twin.model import Paint


@pytest.mark.parametrize("name", LOOKS)
def test_that_every_role_has_a_colour_in_every_look(name: str) -> None:
    assert set(ROLES) == set(LOOKS[name].roles)


@pytest.mark.parametrize("name", LOOKS)
def test_that_the_far_ground_has_the_colour_of_the_horizon(name: str) -> None:
    look = LOOKS[name]
    far = colours([Paint("horizon")], look)[0]
    assert far.tolist() == [round(255 * c) for c in look.horizon]


def test_that_the_model_is_paper_white_with_darker_roofs() -> None:
    wall, roof, ground = colours([Paint("wall"), Paint("roof"), Paint("ground")], LOOKS["model"])
    assert wall.tolist() == [0xFA, 0xF9, 0xF6]
    assert ground.tolist() == [0xEF, 0xED, 0xE8]
    assert 0.94 < roof.mean() / wall.mean() < 0.98


def test_that_a_tagged_roof_is_calm_in_the_model_and_strong_in_the_real_look() -> None:
    paint = Paint("roof", "#b03020")
    calm, strong = (colorsys.rgb_to_hsv(*(colours([paint], LOOKS[n])[0] / 255)) for n in ("model", "real"))
    assert abs(calm[0] - strong[0]) < 0.03
    assert calm[1] < 0.35 * strong[1]
    assert calm[2] > strong[2]


def test_that_walls_of_the_model_stay_white_whatever_the_map_says() -> None:
    plain, tagged = colours([Paint("wall"), Paint("wall", "#b03020", "brick")], LOOKS["model"])
    assert plain.tolist() == tagged.tolist()


def test_that_a_material_colours_where_no_colour_is_tagged() -> None:
    plain, brick, both = colours(
        [Paint("wall"), Paint("wall", "", "brick"), Paint("wall", "#ffffff", "brick")], LOOKS["real"]
    )
    assert int(brick[0]) - int(brick[2]) > int(plain[0]) - int(plain[2]) + 20
    assert both.min() > 220


@pytest.mark.parametrize("name", LOOKS)
def test_that_a_users_own_colour_is_shown_as_it_is(name: str) -> None:
    assert colours([Paint("overlay", "#12ab34")], LOOKS[name])[0].tolist() == [0x12, 0xAB, 0x34]


def test_that_paints_without_sense_are_shown_as_ground_and_never_fail() -> None:
    odd = colours([Paint("teapot"), Paint("ground", "reddish"), Paint("wall", "", "unobtainium")], LOOKS["model"])
    plain = colours([Paint("ground"), Paint("ground"), Paint("wall")], LOOKS["model"])
    assert odd.tolist() == plain.tolist()
    assert colours([], LOOKS["model"]).shape == (0, 3)
    assert odd.dtype == np.uint8
