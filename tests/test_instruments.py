"""What tells where one is over the view: grids, scales, the points of the compass."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.camera import looking
from twin.grids import grid_of
from twin.model import Frame
from twin.quantity import round_length, rounded
from ui.outline import outline
from ui.over.compass import point_of
from ui.over.coordinates import whereabouts

HELSINKI = Frame(24.9525, 60.17)


@pytest.mark.parametrize(
    ("lon", "lat", "zone", "epsg"),
    [
        (24.95, 60.17, "Europe/Helsinki", 3067),
        (-0.1, 51.5, "Europe/London", 27700),
        (13.4, 52.5, "Europe/Berlin", 25833),
        (9.5, 47.14, "Europe/Vaduz", 2056),
        (-73.99, 40.72, "America/New_York", 32618),
        (151.2, -33.9, "Australia/Sydney", 32756),
        (179.999, 10.0, "UTC", 32660),
    ],
)
def test_that_a_district_has_the_grid_of_its_country_or_the_utm_zone(
    lon: float, lat: float, zone: str, epsg: int
) -> None:
    grid = grid_of(Frame(lon, lat), zone)
    assert grid.epsg == epsg
    east, north = grid.from_lonlat(np.array([[lon, lat]]))[0]
    assert math.isfinite(east + north)


def test_that_a_place_is_told_in_three_systems_with_its_height() -> None:
    # the grid's own definition: 500 km at 27° E, scale 0.9996; the figures are those of PROJ's cs2cs
    told = whereabouts((0.0, 0.0, 12.34), HELSINKI, grid_of(HELSINKI, "Europe/Helsinki"))
    assert told.wgs84 == "60.17000° N, 24.95250° E"
    assert told.grid == "EPSG:3067 E 386\u202f394, N 6\u202f672\u202f105"
    assert told.height == "height 12.3\u202fm"
    assert len(told.text.splitlines()) == 4
    assert "EPSG" not in whereabouts((0.0, 0.0, 0.0), HELSINKI, None).line


@given(st.floats(1e-3, 1e6))
def test_that_a_bar_is_a_round_number_of_metres_and_never_too_long(most: float) -> None:
    found = rounded(most)
    assert found <= most * (1 + 1e-6)
    assert found * 2.5 > most * (1 - 1e-6)
    power = 10 ** math.floor(math.log10(found) + 1e-9)
    assert min(abs(found / power - digit) for digit in (1, 2, 5)) < 1e-6


@given(st.floats(20, 3000), st.floats(0, 360), st.floats(-90, -10))
def test_that_the_scale_is_true_in_the_middle_of_the_picture(height: float, heading: float, pitch: float) -> None:
    view = looking((30.0, -50.0, height), heading, pitch)
    ground = np.array(view.position) + view.axes[2] * (height / -view.axes[2][2])
    ends = view.pixels(np.array([ground, ground + view.axes[0]]), (1000, 700))  # a metre to the right
    scale = view.metres_a_pixel(700)
    assert scale is not None
    assert float(np.hypot(*(ends[1] - ends[0]))) * scale == pytest.approx(1, rel=1e-6)


def test_that_the_sky_has_no_scale() -> None:
    assert looking((0.0, 0.0, 2.0), 0, 5).metres_a_pixel(700) is None


def test_that_lengths_keep_short() -> None:
    assert [round_length(m) for m in (2000.0, 500.0, 0.5)] == ["2\u202fkm", "500\u202fm", "50\u202fcm"]


def test_that_every_heading_has_a_point_of_the_compass() -> None:
    assert [point_of(h) for h in (0, 44, 359, 180, 292)] == ["north", "north-east", "north", "south", "west"]


def test_that_an_outline_is_one_ring_around_a_house() -> None:
    view = looking((0.0, -100.0, 60.0), 0, -25)
    corner = np.array([(x, y, z) for x in (-10, 10) for y in (0, 20) for z in (0, 15)], float)
    sides = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (1, 3, 7, 5)]
    faces = np.array([corner[list(t)] for a, b, c, d in sides for t in ((a, b, c), (a, c, d))])
    (ring,) = outline(view, (800, 600), faces)
    seen = view.pixels(corner, (800, 600))
    assert ring.min(axis=0) == pytest.approx(seen.min(axis=0), abs=2)
    assert ring.max(axis=0) == pytest.approx(seen.max(axis=0), abs=2)
    assert outline(looking((0.0, -100.0, 60.0), 180, -25), (800, 600), faces) == []
