"""The sun, against the almanacs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.light import sun

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_that_the_worked_example_of_the_solar_position_algorithm_is_met() -> None:
    # Reda and Andreas, Solar Position Algorithm for Solar Radiation Applications, NREL/TP-560-34302, appendix A.5
    azimuth, elevation = sun(epoch("2003-10-17T12:30:30-07:00"), -105.1786, 39.742476)
    assert azimuth == pytest.approx(194.34024, abs=0.02)
    assert 90 - elevation == pytest.approx(50.11162, abs=0.02)


# Reda and Andreas' algorithm as implemented by pvlib 0.16.1 (pvlib.spa), at 1010 hPa and 10 degrees C, at sea level:
# UTC, longitude, latitude, azimuth, and the elevation: through air above the horizon, the true one at night.
SPA = [
    ("1995-01-03T01:00", 24.95, 60.17, 53.4817, -43.9410),
    ("1995-01-03T01:00", 116.4, 39.9, 134.1295, 12.0982),
    ("1995-01-03T01:00", -70.65, -33.45, 231.9184, -11.9995),
    ("1999-08-11T10:30", 13.4, 52.52, 163.5861, 51.9193),
    ("1999-08-11T10:30", 103.85, 1.29, 285.3438, 10.0380),
    ("1999-08-11T10:30", 18.96, 69.65, 174.2396, 35.6213),
    ("2004-02-29T17:45", -73.99, 40.72, 192.0434, 40.9305),
    ("2004-02-29T17:45", -70.65, -33.45, 333.0912, 61.7277),
    ("2010-05-20T04:15", 116.4, 39.9, 182.8200, 70.0349),
    ("2010-05-20T04:15", 18.96, 69.65, 76.9143, 16.5144),
    ("2010-05-20T04:15", 24.95, 60.17, 79.4081, 17.0595),
    ("2016-12-31T23:59", 103.85, 1.29, 113.7566, 11.2736),
    ("2016-12-31T23:59", 174.76, -36.85, 23.3354, 75.1097),
    ("2016-12-31T23:59", 13.4, 52.52, 22.3734, -59.0205),
    ("2024-06-21T12:00", -70.65, -33.45, 60.2894, 1.9306),
    ("2024-06-21T12:00", 24.95, 60.17, 215.8172, 49.5157),
    ("2024-06-21T12:00", -73.99, 40.72, 80.9250, 26.4962),
    ("2025-03-20T09:01", 18.96, 69.65, 150.8158, 17.9915),
    ("2025-03-20T09:01", 13.4, 52.52, 140.4916, 30.6341),
    ("2025-03-20T09:01", 116.4, 39.9, 256.7210, 15.4178),
    ("2026-11-22T06:40", 174.76, -36.85, 249.0196, 5.8133),
    ("2026-11-22T06:40", -73.99, 40.72, 59.5160, -57.5644),
    ("2026-11-22T06:40", 103.85, 1.29, 229.8981, 55.7047),
    ("2033-09-23T15:20", 24.95, 60.17, 258.4056, 6.2912),
    ("2033-09-23T15:20", 116.4, 39.9, 342.0464, -49.0636),
    ("2033-09-23T15:20", -70.65, -33.45, 31.8187, 52.5534),
    ("2040-04-04T20:10", 13.4, 52.52, 311.7696, -20.1398),
    ("2040-04-04T20:10", 103.85, 1.29, 80.1918, -43.7966),
    ("2040-04-04T20:10", 18.96, 69.65, 320.3916, -9.6292),
    ("2049-10-28T02:30", -73.99, 40.72, 304.7836, -50.5298),
    ("2049-10-28T02:30", -70.65, -33.45, 215.6590, -35.7122),
    ("2049-10-28T02:30", 174.76, -36.85, 296.4952, 49.9069),
    ("2058-07-01T08:00", 116.4, 39.9, 267.3930, 40.7243),
    ("2058-07-01T08:00", 18.96, 69.65, 129.3024, 37.2516),
    ("2058-07-01T08:00", 24.95, 60.17, 129.7505, 45.2468),
]  # fmt: skip


def direction(azimuth_deg: ArrayLike, elevation_deg: ArrayLike) -> NDArray[np.float64]:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    return np.array([np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])


def test_that_the_sun_stands_where_nrels_algorithm_has_it_over_years_and_latitudes() -> None:
    moments, lon, lat, azimuth, elevation = zip(*SPA, strict=True)
    found = direction(*sun([epoch(f"{moment}:00+00:00") for moment in moments], lon, lat))
    off_deg = np.degrees(np.arccos(np.clip((found * direction(azimuth, elevation)).sum(axis=0), -1, 1)))
    assert len(SPA) > 30
    assert off_deg.max() < 0.02


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
