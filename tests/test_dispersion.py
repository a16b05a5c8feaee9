"""Dispersion against what must be conserved, and against limits that are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.standards import dispersion


@pytest.mark.parametrize("mixing", ["C", "D", "E"])
@pytest.mark.parametrize("downwind_m", [20.0, 200.0, 2000.0])
def test_that_all_that_is_emitted_passes_through_every_plane(mixing: dispersion.Stability, downwind_m: float) -> None:
    y, z = np.linspace(-3000, 3000, 4001), np.linspace(0.0, 2000, 4001)
    spread = dispersion.plume_s_m3(downwind_m, y, wind_m_s=3.0, mixing=mixing, height_m=0.0)
    column = np.array([float(dispersion.plume_s_m3(downwind_m, 0, wind_m_s=3.0, mixing=mixing, height_m=h)) for h in z])
    # The plume is a product of one function of y and one of z.
    passed = 3.0 * np.trapezoid(spread, y) * np.trapezoid(column, z) / column[0]
    assert passed == pytest.approx(1.0, rel=0.01)


def test_that_nothing_arrives_upwind_and_less_far_off() -> None:
    near, far, aside, behind = dispersion.plume_s_m3([50, 500, 50, -50], [0, 0, 100, 0], wind_m_s=2.0)
    assert near > far > 0
    assert near > 1000 * aside
    assert behind == 0


def test_that_a_calm_is_no_division_by_zero() -> None:
    calm, light = dispersion.plume_s_m3([50, 50], 0, wind_m_s=[0.0, dispersion.CALM_M_S])
    assert calm == light


def test_that_the_leeward_wall_gets_most_and_a_wind_along_the_street_the_mean() -> None:
    lee, along, luff = dispersion.canyon_s_m2(4.5, [0, 90, 180], beside_m=8.0, width_m=20.0, walls_m=20.0)
    assert lee == pytest.approx(7 / (5.0 * (np.hypot(8, 3) + 2)))
    assert luff == pytest.approx(7 * 17 / (20 * 5.0 * 20))
    assert along == pytest.approx((lee + luff) / 2)
    assert lee > luff


def test_that_mixing_follows_sun_and_wind() -> None:
    assert dispersion.stability(2, 40) == "C"
    assert dispersion.stability(6, 40) == dispersion.stability(5, -10) == dispersion.stability(2, 10) == "D"
    assert dispersion.stability(2, -10) == "E"


@given(st.floats(0, 1000), st.floats(0, 200), st.floats(-90, 90))
def test_that_reactions_keep_what_they_must(nox_ppb: float, oxidant_ppb: float, sun_deg: float) -> None:
    no2, ozone = (float(value) for value in dispersion.steady_state_ppb(nox_ppb, oxidant_ppb, sun_deg))
    assert 0 <= no2 <= min(nox_ppb, oxidant_ppb) + 1e-9
    assert ozone >= 0
    assert no2 + ozone == pytest.approx(oxidant_ppb)
    if sun_deg <= 0:
        assert no2 == pytest.approx(min(nox_ppb, oxidant_ppb), abs=1e-6)  # by night ozone or NO is used up


def test_that_sunlight_splits_nitrogen_dioxide() -> None:
    no2, ozone = dispersion.steady_state_ppb(40.0, 40.0, [-5.0, 20.0, 60.0])
    assert (np.diff(no2) < 0).all()
    assert (np.diff(ozone) > 0).all()
    assert dispersion.photolysis_s(60.0) == pytest.approx(0.0086, abs=0.0003)
