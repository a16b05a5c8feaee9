"""Levels of service and congestion: bounds, roads, and what must be known of a street."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model import TwinError
from twin.standards import roads, traffic
from twin.standards.roads import ARTERIAL, EXPRESSWAY, LOCAL, NO_ROAD

NAN = np.nan
MPH = 1.609344


def grades(key: str, road: int, **measured: object) -> list[int]:
    return traffic.level(key, road=road, **measured).grade.tolist()  # type: ignore[arg-type]


def test_that_the_congestion_index_goes_along_its_pieces() -> None:
    # GB/T 33171-2016, annex C: delay 0.3, 0.5, 0.6, 0.7 and 1 are 2, 4, 6, 8 and 10
    speed = [120.0, 100.0, 85.0, 70.0, 50.0, 40.0, 30.0, 0.0]
    found = traffic.level("gbt33171_2016", road=EXPRESSWAY, speed_kmh=speed, free_flow_kmh=100.0)
    assert found.number == pytest.approx([0, 0, 1, 2, 4, 6, 8, 10])
    assert found.grade.tolist() == [0, 0, 0, 1, 2, 3, 4, 4]


@pytest.mark.parametrize(
    ("road", "bounds"), [(EXPRESSWAY, (65, 50, 35, 20)), (ARTERIAL, (40, 30, 20, 15)), (LOCAL, (35, 25, 15, 10))]
)
def test_that_china_goes_by_speed_where_free_flow_is_not_known(road: int, bounds: tuple[float, ...]) -> None:
    for grade, bound in enumerate(bounds):
        assert grades("gbt33171_2016", road, speed_kmh=[bound + 0.1, bound]) == [grade, grade + 1]
    assert np.isnan(traffic.level("gbt33171_2016", road=road, speed_kmh=30.0).number)


@pytest.mark.parametrize("free_kmh", [30.0, 50.0, 37.3, 80.0])
def test_that_urban_streets_go_by_percent_of_free_flow(free_kmh: float) -> None:
    # HCM 6th edition, exhibit 16-3
    for grade, percent in enumerate((80, 67, 50, 40, 30)):
        on = free_kmh * percent / 100
        measured = [on + 0.01, on, on - 0.01]
        assert grades("hcm_street", ARTERIAL, speed_kmh=measured, free_flow_kmh=free_kmh) == [
            grade,
            grade + 1,
            grade + 1,
        ]


def test_that_exhibit_16_3_comes_out_for_its_free_flow_speeds() -> None:
    # HCM 6th edition, exhibit 16-3, lower bounds of LOS A to E in mi/h, which it prints rounded
    printed = {55: (44, 37, 28, 22, 17), 40: (32, 27, 20, 16, 12), 25: (20, 17, 13, 10, 8)}
    percents = traffic.STANDARDS["hcm_street"].limits[0].bounds
    for free, bounds in printed.items():
        assert np.allclose(np.array(percents) / 100 * free, bounds, atol=0.51)


def test_that_freeways_go_by_density() -> None:
    # HCM 6th edition, exhibit 12-15: 11, 18, 26, 35 and 45 pc/mi/ln
    for grade, bound in enumerate((11, 18, 26, 35, 45)):
        measured = np.array([bound, bound + 0.01]) / MPH
        assert grades("hcm_freeway", EXPRESSWAY, density=measured) == [grade, grade + 1]


@pytest.mark.parametrize(
    ("free_mph", "bounds"),
    [(50, (42, 34, 27, 21, 16)), (40, (35, 28, 22, 17, 13)), (33, (30, 24, 18, 14, 10)), (30, (25, 19, 13, 9, 7))],
)
def test_that_the_manual_of_2000_goes_by_class(free_mph: float, bounds: tuple[float, ...]) -> None:
    for grade, bound in enumerate(bounds):
        speed = np.array([bound + 0.01, bound]) * MPH
        found = grades("hcm2000_street", LOCAL, speed_kmh=speed, free_flow_kmh=free_mph * MPH)
        assert found == [grade, grade + 1]
    assert grades("hcm2000_street", LOCAL, speed_kmh=[50.0], free_flow_kmh=NAN) == [-1]


def test_that_standards_speak_of_their_roads_only() -> None:
    kinds = [EXPRESSWAY, ARTERIAL, LOCAL, NO_ROAD]
    known = {
        key: (traffic.level(key, road=kinds, speed_kmh=40.0, free_flow_kmh=50.0, density=10.0).grade >= 0).tolist()
        for key in traffic.STANDARDS
    }
    assert known == {
        "free_flow_ratio": [True, True, True, False],
        "hcm_street": [False, True, True, False],
        "hcm_freeway": [True, False, False, False],
        "hcm2000_street": [False, True, True, False],
        "gbt33171_2016": [True, True, True, False],
    }


@pytest.mark.parametrize("key", traffic.STANDARDS)
def test_that_no_data_has_no_grade(key: str) -> None:
    bad = np.array([NAN, -1.0, np.inf])
    found = traffic.level(key, road=[[EXPRESSWAY], [LOCAL]], speed_kmh=bad, free_flow_kmh=50.0, density=bad)
    assert found.grade.shape == (2, 3)
    assert (found.grade == -1).all()
    assert np.isnan(found.number).all()


@pytest.mark.parametrize("key", traffic.STANDARDS)
@given(data=st.data())
def test_that_slower_and_denser_is_never_better_and_arrays_are_as_single_numbers(key: str, data: st.DataObject) -> None:
    road = data.draw(st.sampled_from(traffic.STANDARDS[key].roads))
    free = data.draw(st.floats(10, 140))
    speed = sorted(data.draw(st.lists(st.floats(0, 200), min_size=1, max_size=12)), reverse=True)
    dense = [100 - each / 2 for each in speed]
    found = traffic.level(key, road=road, speed_kmh=speed, free_flow_kmh=free, density=dense)
    assert (np.diff(found.grade) >= 0).all()
    alone = [
        int(traffic.level(key, road=road, speed_kmh=one, free_flow_kmh=free, density=other).grade)
        for one, other in zip(speed, dense, strict=True)
    ]
    assert found.grade.tolist() == alone


def test_that_channels_decide_what_can_be_used() -> None:
    assert traffic.usable({"speed"}) == ("free_flow_ratio", "hcm_street", "hcm2000_street", "gbt33171_2016")
    assert set(traffic.usable({"speed", "flow"})) == set(traffic.STANDARDS)
    assert traffic.usable({"occupancy"}) == ("hcm_freeway",)
    assert traffic.usable({"flow"}) == ()


def test_that_an_unknown_standard_is_refused_in_a_sentence() -> None:
    with pytest.raises(TwinError, match="no traffic standard hbs"):
        traffic.level("hbs", road=LOCAL)


def test_that_streets_have_a_class_and_paths_have_none() -> None:
    highways = ["motorway_link", "trunk", "primary", "primary_link", "residential", "footway", "", "cycleway"]
    expected = [EXPRESSWAY, EXPRESSWAY, ARTERIAL, ARTERIAL, LOCAL, NO_ROAD, NO_ROAD, NO_ROAD]
    assert roads.roads_of(highways).tolist() == expected
    assert roads.roads_of([]).tolist() == []


def test_that_density_is_flow_over_speed_for_each_lane() -> None:
    assert roads.density(3000.0, 100.0, 2) == pytest.approx(15.0)
    assert roads.density(3000.0, 100.0, 2, heavy=0.1) == pytest.approx(16.5)
    assert np.isnan(roads.density([3000.0, NAN, 10.0], [0.0, 50.0, 10.0], [2, 2, 0])).all()


def test_that_occupancy_is_density_too() -> None:
    assert roads.density_of_occupancy([0.0, 13.0, 100.0]) == pytest.approx([0.0, 20.0, 153.85], abs=0.01)


def test_that_free_flow_is_measured_at_night_or_mapped_or_usual() -> None:
    night = np.full((4, 20), NAN)
    night[0] = np.arange(41, 61)  # the 85th percentile of twenty is the seventeenth
    night[1, :9] = 70.0  # too few
    found, came_from = roads.free_flow_kmh(night, [30.0, 30.0, NAN, NAN], ["residential"] * 2 + ["primary", "path"])
    assert np.array_equal(found, [57.0, 30.0, 50.0, NAN], equal_nan=True)
    assert came_from.tolist() == [0, 1, 2, -1]
    found, came_from = roads.free_flow_kmh(np.zeros((2, 0)), [NAN, 50.0], ["trunk_link", "residential"])
    assert found.tolist() == [80.0, 50.0]
    assert came_from.tolist() == [2, 1]
