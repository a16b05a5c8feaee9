"""The sun, against the almanacs."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.sun import sun


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_that_the_worked_example_of_the_solar_position_algorithm_is_met() -> None:
    # Reda and Andreas, Solar Position Algorithm for Solar Radiation Applications, NREL/TP-560-34302, appendix A.5
    azimuth, elevation = sun(epoch("2003-10-17T12:30:30-07:00"), -105.1786, 39.742476)
    assert azimuth == pytest.approx(194.34024, abs=0.02)
    assert 90 - elevation == pytest.approx(50.11162, abs=0.02)


@pytest.mark.parametrize(
    ("moment", "declination"),
    [("2024-06-20T20:51:00+00:00", 23.436), ("2024-12-21T09:20:00+00:00", -23.436), ("2024-03-20T03:06:00+00:00", 0.0)],
)
def test_that_solstices_and_equinoxes_fall_when_the_almanac_says(moment: str, declination: float) -> None:
    # at the poles the sun's elevation is its declination, for both taken together without the air's lift
    north, south = sun(epoch(moment), 0.0, [90.0, -90.0])[1]
    if declination:
        high, low = max(north, south), min(north, south)
        assert high == pytest.approx(abs(declination), abs=0.06)  # the air lifts a sun so high by 0.04 degrees
        assert low == pytest.approx(-abs(declination), abs=0.02)
    else:
        assert north == pytest.approx(south, abs=0.02)
        assert 0.4 < north < 0.6  # at the horizon the air lifts by half a degree


def test_that_the_sun_culminates_in_the_south_of_helsinki_and_the_north_of_sydney() -> None:
    day = epoch("2025-05-01T00:00:00+00:00") + np.arange(0, 86_400, 60.0)
    for lon, lat, side in ((24.94, 60.17, 180), (151.21, -33.87, 0)):
        azimuth, elevation = sun(day, lon, lat)
        off = (azimuth[elevation.argmax()] - side + 180) % 360 - 180
        assert abs(off) < 0.6


def test_that_midsummer_night_is_white_in_tromso_and_midwinter_dark() -> None:
    for moment, bright in (("2025-06-21", True), ("2025-12-21", False)):
        day = epoch(f"{moment}T00:00:00+00:00") + np.arange(0, 86_400, 600.0)
        elevation = sun(day, 18.96, 69.65)[1]
        assert bool((elevation > 0).all() if bright else (elevation < 0).all())


@given(
    st.floats(epoch("1950-01-01T00:00:00+00:00"), epoch("2090-01-01T00:00:00+00:00")),
    st.floats(-180, 180),
    st.floats(-89.5, 89.5),
)
def test_that_the_sun_always_stands_somewhere_and_moves_smoothly(time_s: float, lon: float, lat: float) -> None:
    azimuth, elevation = sun([time_s, time_s + 60], lon, lat)
    assert ((azimuth >= 0) & (azimuth < 360)).all()
    assert (np.abs(elevation) <= 90).all()
    assert abs(elevation[1] - elevation[0]) < 0.5  # a quarter of a degree a minute, and the air's part


def test_that_times_and_places_are_broadcast() -> None:
    now = datetime(2025, 6, 1, 12, tzinfo=UTC).timestamp()
    azimuth, elevation = sun(np.full((3, 1), now), np.linspace(0, 40, 4), 50.0)
    assert azimuth.shape == elevation.shape == (3, 4)
    assert (np.diff(azimuth[0]) > 0).all()  # the further east, the later in the day
