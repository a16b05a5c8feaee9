"""Local metres and degrees, held against PROJ."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.model import Frame

DEGREES = "+proj=longlat +datum=WGS84 +no_defs"


@settings(max_examples=60)
@given(
    st.floats(-180, 180),
    st.floats(-85, 85),
    st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=20),
)
def test_that_metres_and_degrees_are_those_of_proj(lon: float, lat: float, away: list[tuple[float, float]]) -> None:
    frame = Frame(lon, lat)
    proj = pyproj.Transformer.from_crs(DEGREES, frame.crs, always_xy=True)
    lonlat = np.array(away) + np.array([lon, lat])
    xy = frame.xy_from_lonlat(lonlat)
    # The origin of the PROJ string has nine decimals, a tenth of a millimetre.
    assert np.abs(xy - np.column_stack(proj.transform(*lonlat.T))).max() < 0.001
    back = frame.lonlat_from_xy(xy)
    assert np.abs((back - lonlat + 180) % 360 - 180).max() < 1e-9
    assert (np.abs(back[:, 0]) <= 180).all()


def test_that_the_origin_is_nothing_at_all() -> None:
    frame = Frame(-74.0, 40.7)
    assert frame.xy_from_lonlat(np.array([[-74.0, 40.7]])) == pytest.approx(np.zeros((1, 2)), abs=1e-9)
    assert frame.lonlat_from_xy(np.zeros((1, 2))) == pytest.approx(np.array([[-74.0, 40.7]]), abs=1e-12)


def test_that_a_district_may_lie_across_the_date_line() -> None:
    x, y = Frame(179.99, -17.0).xy_from_lonlat(np.array([[-179.99, -17.0]]))[0]
    assert x == pytest.approx(2129, abs=1)
    assert abs(y) < 1


def test_that_what_is_no_place_stays_none() -> None:
    frame = Frame(10.0, 20.0)
    with np.errstate(all="raise"):
        xy = frame.xy_from_lonlat(np.array([[np.nan, 1.0], [5.0, np.nan], [100.0, 0.0], [10.0, 20.0]]))
        lonlat = frame.lonlat_from_xy(np.array([[np.nan, 1.0], [1e300, 0.0], [0.0, -np.inf]]))
    assert np.isnan(xy[:2]).all()
    assert np.isinf(xy[2]).all()
    assert np.isfinite(xy[3]).all()
    assert not np.isfinite(lonlat).any()


def test_that_no_rows_are_no_rows() -> None:
    assert Frame(10.0, 20.0).xy_from_lonlat(np.empty((0, 2))).shape == (0, 2)
    assert Frame(10.0, 20.0).lonlat_from_xy(np.empty((0, 2))).shape == (0, 2)
