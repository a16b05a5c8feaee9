"""What indices make of the last hours: NowCast, averages, and when there is too little of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.standards import air, gases, nowcast

EPA_TWELVE = [50, 80, 75, 90, 82, 53, 64, 74, 21, 10, 16, 13]
"""EPA's slide "Computing the NowCast": hourly PM2.5, the present hour last; NowCast 17.4 µg/m³."""

NAN = np.nan
HOURS = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 15)), elements=st.floats(0, 500))


def test_that_the_nowcast_of_the_epa_comes_out() -> None:
    assert float(nowcast.dust(EPA_TWELVE)) == pytest.approx(17.4, abs=0.05)
    found = air.live("us_epa_2024", "pm25", EPA_TWELVE, unit="µg/m³")
    assert float(found.number) == 66  # 17.4 on the breakpoints of 2024: 51 + 8.3 / 26.3 * 49


@pytest.mark.parametrize(
    ("recent", "there"),
    [
        ([5.0, NAN, NAN], False),
        ([NAN, 5.0, NAN], False),
        ([5.0, 5.0, NAN], True),
        ([5.0, NAN, 5.0], True),
        ([NAN, 5.0, 5.0], True),
        ([NAN, NAN, NAN], False),
    ],
)
def test_that_dust_needs_two_of_the_last_three_hours(recent: list[float], there: bool) -> None:
    hourly = [5.0] * 9 + recent
    assert np.isnan(nowcast.dust(hourly)) != there
    assert (air.live("us_epa_2024", "pm10", hourly, unit="µg/m³").grade >= 0) == there


def test_that_steady_air_is_a_plain_mean_and_clean_air_is_clean() -> None:
    assert float(nowcast.dust([8.0] * 12)) == pytest.approx(8.0)
    assert float(nowcast.dust([0.0] * 12)) == 0.0
    assert float(nowcast.dust([99.0] * 30 + [8.0] * 12)) == pytest.approx(8.0)  # older hours count for nothing


@given(HOURS)
def test_that_the_nowcast_lies_within_what_was_measured(hourly: np.ndarray) -> None:
    found = nowcast.dust(hourly)
    last = hourly[..., -12:]
    known = ~np.isnan(found)
    assert (known == (hourly.shape[-1] >= 2)).all()
    assert (found[known] <= last.max(axis=-1)[known] * (1 + 1e-9)).all()
    assert (found[known] >= last.min(axis=-1)[known] * (1 - 1e-9)).all()
    alone = np.array([nowcast.dust(row) for row in hourly])
    assert np.allclose(alone, found, equal_nan=True)


@given(hnp.arrays(np.float64, 12, elements=st.one_of(st.just(NAN), st.floats(0, 500))))
def test_that_the_weights_are_those_of_the_text(hourly: np.ndarray) -> None:
    """Step by step, as EPA's fact sheet on the PM NowCast tells it."""
    there = [(ago, value) for ago, value in enumerate(hourly[::-1]) if not np.isnan(value)]
    found = float(nowcast.dust(hourly))
    if sum(ago < 3 for ago, _value in there) < 2:
        assert np.isnan(found)
        return
    most, least = max(value for _ago, value in there), min(value for _ago, value in there)
    weight = max(0.5, 1 - (most - least) / most) if most else 1.0
    expected = sum(value * weight**ago for ago, value in there) / sum(weight**ago for ago, _value in there)
    assert found == pytest.approx(expected)


def two_weeks(seed: int = 0) -> np.ndarray:
    """Return 340 hours of ozone in ppb with a daily course: two weeks and four hours to come."""
    hours = np.arange(340)
    noise = np.random.default_rng(seed).normal(0, 1.0, 340)
    return 40 + 20 * np.sin(hours * 2 * np.pi / 24) + noise


def test_that_ozone_is_what_the_eight_hours_about_now_will_be() -> None:
    steady = 40 + 20 * np.sin(np.arange(340) * 2 * np.pi / 24)
    assert float(nowcast.ozone_ppb(steady[:336])) == pytest.approx(steady[331:339].mean(), abs=1e-6)
    noisy = two_weeks()
    assert float(nowcast.ozone_ppb(noisy[:336])) == pytest.approx(noisy[331:339].mean(), abs=5)


def test_that_ozone_without_two_weeks_goes_by_the_hour() -> None:
    hourly = two_weeks()[:336]
    expected = 0.85 * hourly[-1] + 4.5
    assert float(nowcast.ozone_ppb(hourly[-24:])) == pytest.approx(expected)
    gapped = hourly.copy()
    gapped[100:108] = NAN  # eight hours in a row
    assert float(nowcast.ozone_ppb(gapped)) == pytest.approx(expected)
    gapped[-1] = NAN
    assert float(nowcast.ozone_ppb(gapped)) == pytest.approx(0.85 * hourly[-2] + 4.5)
    gapped[-3:] = NAN
    assert np.isnan(nowcast.ozone_ppb(gapped))


def test_that_ozone_takes_short_gaps_and_a_missing_hour() -> None:
    hourly = 40 + 20 * np.sin(np.arange(336) * 2 * np.pi / 24)
    whole = float(nowcast.ozone_ppb(hourly))
    gapped = hourly.copy()
    gapped[[3, 50, 51, 120]] = NAN
    assert float(nowcast.ozone_ppb(gapped)) == pytest.approx(whole, abs=1.5)
    late = hourly.copy()
    late[-1] = NAN
    earlier = np.concatenate([[NAN], hourly[:-1]])
    assert float(nowcast.ozone_ppb(late)) == pytest.approx(float(nowcast.ozone_ppb(earlier)))


def test_that_stations_of_ozone_do_not_touch_each_other() -> None:
    rows = np.stack([two_weeks(seed)[:336] for seed in range(3)])
    rows[1, 10:40] = NAN
    rows[2, -2:] = NAN
    together = nowcast.ozone_ppb(rows)
    alone = [float(nowcast.ozone_ppb(row)) for row in rows]
    assert together == pytest.approx(alone)


def test_that_high_ozone_goes_by_its_hour_too() -> None:
    hourly = np.full(24, 0.2)
    found = air.live("us_epa_2024", "o3", hourly, unit="ppm")
    surrogate_ppm = (0.85 * 200 + 4.5) / 1000
    by_eight = float(air.index("us_epa_2024", "o3", surrogate_ppm, unit="ppm", hours=8).number)
    by_one = float(air.index("us_epa_2024", "o3", 0.2, unit="ppm", hours=1).number)
    assert float(found.number) == max(by_eight, by_one)


@pytest.mark.parametrize(("hours", "least"), [(8, 6), (24, 18)])
def test_that_the_epa_asks_for_three_quarters_of_the_hours(hours: int, least: int) -> None:
    hourly = np.full(hours, NAN)
    hourly[-least:] = 2.0
    assert float(air.averaged("us_epa_2024", hourly, hours)) == 2.0
    hourly[-least] = NAN
    assert np.isnan(air.averaged("us_epa_2024", hourly, hours))


def test_that_china_asks_for_twenty_of_a_day() -> None:
    hourly = np.full((2, 24), 10.0)
    hourly[0, :4] = NAN
    hourly[1, :5] = NAN
    assert np.array_equal(air.averaged("cn_hj633_2026", hourly, 24), [10.0, NAN], equal_nan=True)


def test_that_europe_and_china_go_by_the_hour() -> None:
    hourly = np.array([[500.0] * 11 + [30.0], [30.0] * 11 + [NAN]])
    for key in ("eu_eaqi_2024", "cn_hj633_2026"):
        hour = air.index(key, "pm25", [30.0, NAN], unit="µg/m³")
        found = air.live(key, "pm25", hourly, unit="µg/m³")
        assert np.array_equal(found.number, hour.number, equal_nan=True)
        assert found.grade.tolist() == hour.grade.tolist()


def test_that_carbon_monoxide_is_averaged_over_eight_hours() -> None:
    hourly = [9.0] * 4 + [3.0] * 4
    assert float(air.live("us_epa_2024", "co", hourly, unit="ppm").number) == float(
        air.index("us_epa_2024", "co", 6.0, unit="ppm").number
    )


def test_that_data_of_others_keep_their_own_conditions() -> None:
    """European µg/m³ are of 20 °C: the same molecules, so the same ppb, whoever asks."""
    micrograms = gases.convert(100.0, "no2", "ppb", "µg/m³", kelvin=gases.EU_K)
    told = air.live("us_epa_2024", "no2", [micrograms], unit="µg/m³", kelvin=gases.EU_K)
    assert float(told.number) == 100
    assert float(air.live("us_epa_2024", "no2", [micrograms], unit="µg/m³").number) != 51
