"""Daylight: what an hour does to a look, and that shadows fall where and as far as they should."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from blocks import boxes
from hypothesis import given
from hypothesis import strategies as st

from twin.light import LOOKS, lit_share, solar_hour, sun, under_sun
from twin.relief import relief


def luminance(rgb: tuple[float, float, float]) -> float:
    return float(np.dot(rgb, (0.299, 0.587, 0.114)))


def test_that_a_high_sun_leaves_a_look_as_it_is() -> None:
    for look in LOOKS.values():
        under = under_sun(look, 60.0).look
        assert under.key == pytest.approx(look.key)
        assert under.fill == pytest.approx(look.fill)
        assert under.horizon == pytest.approx(look.horizon)


@pytest.mark.parametrize("name", ["model", "real"])
def test_that_it_only_grows_darker_as_the_sun_sinks(name: str) -> None:
    down = [under_sun(LOOKS[name], elevation).look for elevation in np.arange(40.0, -25.0, -0.5)]
    for colour in ("fill", "bounce", "horizon", "zenith"):
        levels = np.array([luminance(getattr(look, colour)) for look in down])
        assert (np.diff(levels) < 1e-9).all()
        assert (np.diff(levels) > -0.04).all()  # and never by a leap
    assert max(down[-1].key) == 0


def test_that_the_light_turns_warm_before_it_turns_blue() -> None:
    golden, blue = under_sun(LOOKS["real"], 4.0).look, under_sun(LOOKS["real"], -6.0).look
    assert golden.key[0] > 1.8 * golden.key[2]
    assert blue.fill[2] > 1.4 * blue.fill[0]
    assert max(blue.key) == 0


def test_that_the_real_look_is_dark_at_night_and_paper_never_is() -> None:
    night = {name: under_sun(LOOKS[name], -30.0, 21.5).look for name in LOOKS}
    assert luminance(night["real"].fill) < 0.2
    assert luminance(night["model"].fill) > 0.35
    assert night["real"].windows == pytest.approx(lit_share(21.5))
    assert night["model"].windows == 0
    assert max(night["real"].lamplight) > 0


def test_that_lamps_and_windows_are_dark_by_day_but_in_the_night_look() -> None:
    noon = {name: under_sun(LOOKS[name], 50.0, 12.0).look for name in LOOKS}
    assert noon["real"].windows == max(noon["real"].lamplight) == 0
    assert noon["night"].windows > 0.2
    assert noon["night"].fill == LOOKS["night"].fill


def test_that_most_windows_are_lit_in_the_evening_and_few_before_dawn() -> None:
    hours = np.arange(0, 24, 0.25)
    shares = np.array([lit_share(hour) for hour in hours])
    assert 17 < hours[shares.argmax()] < 22
    assert 2 < hours[shares.argmin()] < 5
    assert shares.max() > 5 * shares.min()
    assert lit_share(0) == lit_share(24)


@given(st.floats(-2e9, 4e9), st.floats(-180, 180))
def test_that_the_solar_hour_is_an_hour_of_the_day(time_s: float, lon: float) -> None:
    hour = solar_hour(time_s, lon)
    assert 0 <= hour <= 24
    assert solar_hour(time_s + 3600, lon) == pytest.approx((hour + 1) % 24, abs=1e-4) or hour > 22.99


@pytest.mark.parametrize(
    ("moment", "height_m"),
    [
        ("2025-06-21T13:20:00+03:00", 40.0),
        ("2025-06-21T08:00:00+03:00", 40.0),
        ("2025-12-21T12:15:00+02:00", 20.0),
        ("2025-03-20T16:40:00+02:00", 20.0),
    ],
)
def test_that_a_towers_shadow_in_helsinki_points_away_from_the_sun_and_is_as_long_as_it_should(
    moment: str, height_m: float
) -> None:
    azimuth, elevation = (float(v) for v in sun(datetime.fromisoformat(moment).timestamp(), 24.95, 60.17))
    towards = np.array(
        [
            np.sin(np.radians(azimuth)) * np.cos(np.radians(elevation)),
            np.cos(np.radians(azimuth)) * np.cos(np.radians(elevation)),
            np.sin(np.radians(elevation)),
        ]
    )
    side_m, cell_m = 6.0, 0.5
    city = relief([boxes([(0, 0)], [side_m], [height_m])], (-320, -320, 320, 320), cell_m=cell_m)
    shaded = city.shadow_m(towards) > 0.0
    rows, columns = np.nonzero(shaded)
    xy = np.column_stack([city.x_m + (columns + 0.5) * cell_m, city.y_m + (rows + 0.5) * cell_m])
    away = -towards[:2] / np.hypot(*towards[:2])
    along, across = xy @ away, xy @ np.array([away[1], -away[0]])
    # The tower's far edge along the sun's way, and from there the height over the tangent of the elevation.
    reach_m = side_m / 2 * np.abs(away).sum() + height_m / np.tan(np.radians(elevation))
    assert along.max() == pytest.approx(reach_m, abs=0.02 * reach_m + 2 * cell_m)
    far = along > 0.6 * reach_m
    assert abs(np.degrees(np.arctan2(across[far].mean(), along[far].mean()))) < 1.0
    assert np.ptp(across) == pytest.approx(side_m * np.abs(away).sum(), abs=6 * cell_m)
