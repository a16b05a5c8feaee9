"""Air-quality indices against the standards' own numbers, their bounds, and what must hold everywhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.model import TwinError
from twin.standards import air, gases
from twin.standards.standard import NO_GRADE

if TYPE_CHECKING:
    from twin.standards.scale import Scale

EVERY_SCALE = [(key, scale) for key, standard in air.STANDARDS.items() for scale in standard.scales]
SCALE_IDS = [f"{key}-{scale.pollutant}-{scale.hours}h" for key, scale in EVERY_SCALE]

EPA_WORKED = [
    # EPA-454/B-24-002, worked examples. For the last one it prints 148, where its equation 1 gives 147.49.
    ("o3", 8, "ppm", 0.07853333, 126),
    ("pm25", 24, "µg/m³", 35.9, 102),
    ("co", 8, "ppm", 8.4, 90),
    ("o3", 1, "ppm", 0.162, 147),
]

SEVENTY = [
    # PM2.5 of 70 µg/m³, worked by hand from each table
    ("cn_hj633_2012", 94, 1),
    ("cn_hj633_2026", 110, 2),
    ("us_epa_2024", 161, 3),
    ("eu_eaqi_2024", 4, 3),
]


def number(key: str, pollutant: str, value: float, unit: str, hours: int | None = None) -> float:
    return float(air.index(key, pollutant, value, unit=unit, hours=hours).number)


@pytest.mark.parametrize(("pollutant", "hours", "unit", "value", "expected"), EPA_WORKED)
def test_that_the_worked_examples_of_the_epa_come_out(
    pollutant: str, hours: int, unit: str, value: float, expected: float
) -> None:
    assert number("us_epa_2024", pollutant, value, unit, hours) == expected


@pytest.mark.parametrize(("key", "expected", "grade"), SEVENTY)
def test_that_one_reading_means_what_each_authority_says(key: str, expected: float, grade: int) -> None:
    found = air.index(key, "pm25", 70.0, unit="µg/m³")
    assert (float(found.number), int(found.grade)) == (expected, grade)


@pytest.mark.parametrize(
    ("pollutant", "unit", "value", "expected"),
    [
        ("pm25", "µg/m³", 91 * 0.1, 51),  # 9.1 in binary, a little beside
        ("pm25", "µg/m³", 9.09, 50),  # truncated to 9.0
        ("pm25", "µg/m³", 9.1, 51),
        ("pm25", "µg/m³", 325.4, 500),
        ("pm25", "µg/m³", 425.3, 699),  # equation 1 goes on beyond 500
        ("pm10", "µg/m³", 154.99, 100),
        ("pm10", "µg/m³", 155.0, 101),
        ("o3", "ppm", 0.0709, 100),
        ("o3", "ppm", 0.071, 101),
        ("o3", "ppm", 0.3, 300),  # eight hours say no more than that
        ("co", "ppm", 4.49, 50),
        ("no2", "ppb", 53.9, 50),
        ("no2", "ppb", 54.0, 51),
        ("so2", "ppb", 400.0, 200),  # one hour says no more than that
    ],
)
def test_that_the_epa_truncates_before_it_looks(pollutant: str, unit: str, value: float, expected: float) -> None:
    assert number("us_epa_2024", pollutant, value, unit) == expected


def test_that_a_scale_says_nothing_below_its_first_breakpoint() -> None:
    assert np.isnan(number("us_epa_2024", "o3", 0.124, "ppm", 1))
    assert number("us_epa_2024", "o3", 0.125, "ppm", 1) == 101
    assert np.isnan(number("us_epa_2024", "so2", 304, "ppb", 24))
    assert number("us_epa_2024", "so2", 305, "ppb", 24) == 201


@pytest.mark.parametrize(
    ("pollutant", "hours", "unit", "value", "expected"),
    [
        ("pm25", 24, "µg/m³", 35.0, 50),
        ("pm25", 24, "µg/m³", 35.5, 52),  # to the even 36, then 52
        ("pm25", 24, "µg/m³", 34.5, 49),  # to the even 34, then 48.57 rounded up
        ("pm25", 24, "µg/m³", 61.0, 101),
        ("pm25", 24, "µg/m³", 500.0, 500),
        ("pm25", 24, "µg/m³", 900.0, 500),
        ("co", 1, "mg/m³", 5.04, 50),
        ("co", 1, "mg/m³", 5.1, 51),
        ("so2", 1, "µg/m³", 801.0, 200),
        ("o3", 8, "µg/m³", 900.0, 300),
        ("o3", 1, "µg/m³", 1200.0, 500),
        ("no2", 24, "µg/m³", 80.0, 100),
    ],
)
def test_that_china_rounds_concentrations_and_rounds_the_index_up(
    pollutant: str, hours: int, unit: str, value: float, expected: float
) -> None:
    assert number("cn_hj633_2026", pollutant, value, unit, hours) == expected


def test_that_the_editions_of_china_differ_in_dust_alone() -> None:
    old, new = (air.STANDARDS[f"cn_hj633_{year}"] for year in (2012, 2026))
    differing = {a.pollutant for a, b in zip(old.scales, new.scales, strict=True) if a.limits.bounds != b.limits.bounds}
    assert differing == {"pm25", "pm10"}
    assert number("cn_hj633_2012", "pm25", 75, "µg/m³") == number("cn_hj633_2026", "pm25", 60, "µg/m³") == 100


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2013, 3, 1), "cn_hj633_2012"),  # before any was in force
        (date(2026, 2, 28), "cn_hj633_2012"),
        (date(2026, 3, 1), "cn_hj633_2026"),
        (date(2031, 1, 1), "cn_hj633_2026"),
    ],
)
def test_that_the_edition_follows_the_date_of_the_data(day: date, key: str) -> None:
    assert air.edition("cn_hj633", day).key == key


@pytest.mark.parametrize(("key", "scale"), EVERY_SCALE, ids=SCALE_IDS)
def test_that_the_grade_changes_exactly_at_its_bounds(key: str, scale: Scale) -> None:
    step = getattr(scale, "step", 0.0) or 1e-6
    for grade, bound in enumerate(scale.limits.bounds):
        if np.isnan(bound):
            continue
        found = air.index(key, scale.pollutant, [bound, bound + step], unit=scale.unit, hours=scale.hours)
        capped = bound == scale.high[-1] and getattr(scale, "beyond", "") == "capped"
        assert found.grade.tolist() == [grade, grade if capped else grade + 1]


@pytest.mark.parametrize(("key", "scale"), EVERY_SCALE, ids=SCALE_IDS)
@settings(max_examples=20)  # for each scale
@given(data=st.data())
def test_that_dirtier_air_is_never_better_and_arrays_are_as_single_numbers(
    key: str, scale: Scale, data: st.DataObject
) -> None:
    top = 1.5 * scale.high[-1]
    values = data.draw(st.lists(st.floats(0, top), min_size=1, max_size=20))
    found = air.index(key, scale.pollutant, sorted(values), unit=scale.unit, hours=scale.hours)
    known = found.number[~np.isnan(found.number)]
    assert (np.diff(known) >= 0).all()
    assert (np.diff(found.grade.astype(int)) >= 0).all()
    for row, value in enumerate(sorted(values)):
        alone = air.index(key, scale.pollutant, value, unit=scale.unit, hours=scale.hours)
        assert np.array_equal(alone.number, found.number[row], equal_nan=True)
        assert alone.grade == found.grade[row]


@pytest.mark.parametrize("key", air.STANDARDS)
def test_that_no_data_has_no_index(key: str) -> None:
    values = [[np.nan, np.inf], [-np.inf, -999.0]]
    found = air.index(key, "pm25", values, unit="µg/m³")
    assert np.isnan(found.number).all()
    assert (found.grade == NO_GRADE).all()
    assert float(air.index(key, "pm25", -0.3, unit="µg/m³").grade) == 0  # an instrument's noise in clean air


def test_that_what_a_standard_leaves_out_has_no_index() -> None:
    assert np.isnan(air.index("eu_eaqi_2024", "co", [1.0], unit="mg/m³").number).all()
    assert np.isnan(air.index("us_epa_2024", "pm25", [1.0], unit="µg/m³", hours=1).number).all()
    assert air.limits("eu_eaqi_2024", "co", unit="mg/m³") is None


def test_that_the_worst_pollutant_makes_the_index() -> None:
    nan = np.nan
    indices = {"pm25": [30.0, 120.0, nan, 70.0], "o3": [40.0, nan, nan, 70.0]}
    china = air.overall("cn_hj633_2026", indices)
    assert np.array_equal(china.number, [40, 120, nan, 70], equal_nan=True)
    assert china.grade.tolist() == [0, 2, -1, 1]
    assert china.dominating.tolist() == [-1, 0, -1, 0]  # up to 50 no pollutant is the primary one
    assert air.overall("us_epa_2024", indices).dominating.tolist() == [1, 0, -1, 0]


def test_that_all_authorities_of_a_day_are_compared() -> None:
    told = air.compared("pm25", np.full(12, 70.0), day=date(2026, 11, 1), unit="µg/m³")
    assert {key: float(graded.number) for key, graded in told.items()} == {
        "us_epa_2024": 161.0,
        "eu_eaqi_2024": 4.0,
        "cn_hj633_2026": 110.0,
    }


def test_that_limits_come_in_the_unit_asked() -> None:
    limits = air.limits("us_epa_2024", "no2", unit="µg/m³")
    assert limits is not None
    assert limits.bounds[1] == pytest.approx(100 * 46.0055 / 24.465, rel=1e-4)


def test_that_an_unknown_standard_is_refused_in_a_sentence() -> None:
    with pytest.raises(TwinError, match="no air-quality standard uk_daqi"):
        air.index("uk_daqi", "pm25", 1.0, unit="µg/m³")
    with pytest.raises(TwinError, match="no air-quality standard uk"):
        air.edition("uk", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("pollutant", "kelvin", "factor"),
    [
        # micrograms in a cubic metre of one ppb, as the EU's and the US's own tables round them
        ("no2", gases.EU_K, 1.91),
        ("o3", gases.EU_K, 2.00),
        ("so2", gases.EU_K, 2.66),
        ("co", gases.EU_K, 1.16),
        ("no2", gases.US_K, 1.88),
        ("o3", gases.US_K, 1.96),
        ("so2", gases.US_K, 2.62),
        ("co", gases.US_K, 1.15),
    ],
)
def test_that_a_ppb_weighs_what_authorities_say(pollutant: str, kelvin: float, factor: float) -> None:
    assert gases.convert(1.0, pollutant, "ppb", "µg/m³", kelvin=kelvin) == pytest.approx(factor, abs=0.006)


UNITS = st.sampled_from(["µg/m³", "mg/m³", "ppb", "ppm"])


@given(st.floats(1e-6, 1e6), st.sampled_from(sorted(gases.MOLAR_G)), UNITS, UNITS, st.floats(250, 320))
def test_that_units_convert_there_and_back(value: float, pollutant: str, unit: str, to: str, kelvin: float) -> None:
    there = gases.convert(value, pollutant, unit, to, kelvin=kelvin)
    assert gases.convert(there, pollutant, to, unit, kelvin=kelvin) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("spelled", ["ug/m3", "µg/m3", "μg/m³", "UG/M3", "µg m-3", "µg/m^3", "ug/m**3", " µg/m³ "])
def test_that_units_are_known_in_any_spelling(spelled: str) -> None:
    assert gases.unit_of(spelled) == "µg/m³"


@pytest.mark.parametrize("spelled", ["", "mg", "µg", "counts", "µg/kg"])
def test_that_an_unknown_unit_is_refused_in_a_sentence(spelled: str) -> None:
    with pytest.raises(TwinError, match="no unit of concentration"):
        gases.unit_of(spelled)


def test_that_dust_has_no_ppb() -> None:
    with pytest.raises(TwinError, match=r"PM2\.5 is measured in µg/m³"):
        gases.convert(1.0, "pm25", "ppb", "µg/m³", kelvin=gases.US_K)
