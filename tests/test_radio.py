"""Path loss against worked values of TR 38.901, and what must hold everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.standards import radio

HUNDRED_M_OFF = {"uma": (25.0, np.sqrt(100**2 - 23.5**2)), "umi": (10.0, np.sqrt(100**2 - 8.5**2))}


@pytest.mark.parametrize(
    ("scene", "in_sight", "expected_db"),
    [("uma", True, 82.88), ("uma", False, 102.58), ("umi", True, 85.28), ("umi", False, 104.59)],
)
def test_that_the_loss_over_a_hundred_metres_is_the_worked_one(
    scene: radio.Scene, in_sight: bool, expected_db: float
) -> None:
    antenna_m, ground_m = HUNDRED_M_OFF[scene]
    loss = radio.path_loss_db(ground_m, antenna_m, in_sight, scene=scene, frequency_ghz=3.5)
    assert loss == pytest.approx(expected_db, abs=0.005)


def test_that_the_breakpoint_is_where_the_table_has_it() -> None:
    assert radio.breakpoint_m([25.0, 10.0], 1.5, 3.5) == pytest.approx([560.0, 210.0])


def test_that_walls_take_what_the_table_says() -> None:
    assert radio.wall_loss_db(3.5, coated=[False, True]) == pytest.approx([12.70, 26.85], abs=0.005)


def test_that_power_spreads_over_the_elements_of_a_carrier() -> None:
    carrier = radio.Carrier()
    assert carrier.share_db == pytest.approx(-35.15, abs=0.005)
    assert carrier.noise_dbm == pytest.approx(-129.23, abs=0.005)
    assert carrier.width_mhz == pytest.approx(98.28)


@pytest.mark.parametrize("scene", ["uma", "umi"])
def test_that_the_two_slopes_meet_at_the_breakpoint(scene: radio.Scene) -> None:
    antenna_m = 25.0 if scene == "uma" else 10.0
    bend_m = float(radio.breakpoint_m(antenna_m, 1.5, 3.5))
    before, behind = radio.path_loss_db([bend_m - 1e-6, bend_m + 1e-6], antenna_m, True, scene=scene, frequency_ghz=3.5)
    assert before == pytest.approx(behind, abs=0.05)


@given(
    st.sampled_from(["uma", "umi"]),
    st.floats(10, 4000),
    st.floats(1, 1000),
    st.floats(10, 60),
    st.floats(0.7, 6),
    st.booleans(),
)
def test_that_farther_is_weaker_and_hidden_is_no_stronger(
    scene: radio.Scene, ground_m: float, more_m: float, antenna_m: float, frequency_ghz: float, in_sight: bool
) -> None:
    def loss(at_m: float, seen: bool) -> float:
        return float(radio.path_loss_db(at_m, antenna_m, seen, scene=scene, frequency_ghz=frequency_ghz))

    assert loss(ground_m + more_m, in_sight) >= loss(ground_m, in_sight) - 0.05  # the slopes meet to a few hundredths
    assert loss(ground_m, False) >= loss(ground_m, True)


def test_that_a_sector_hears_to_the_side_what_its_beam_says() -> None:
    assert radio.sector_db([0, 32.5, -32.5, 180, 360]) == pytest.approx([0, -3, -3, -30, 0])


def test_that_throughput_ends_where_the_bound_does() -> None:
    carrier = radio.Carrier()
    rate = radio.throughput_mbit_s([-10.01, 0, 22.05, 40], carrier)
    assert rate[0] == 0
    assert rate[1] == pytest.approx(0.6 * 98.28)
    assert rate[2:] == pytest.approx([4.4 * 98.28, 4.4 * 98.28], rel=0.002)
    assert radio.throughput_mbit_s(40, carrier, share=0.25, layers=2) == pytest.approx(2.2 * 98.28)
