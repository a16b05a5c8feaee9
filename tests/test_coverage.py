"""Classes of a mobile network's signal: Android's, and those that somebody sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model import TwinError
from twin.standards import coverage

GREAT, GOOD, MODERATE, POOR, NONE = range(5)


@pytest.mark.parametrize(
    ("key", "least_of_each"),
    [
        # CellSignalStrengthNr.java: a value on a threshold has reached it
        ("ss_rsrp", (-65, -80, -90, -110)),
        ("ss_rsrq", (6, -7, -19, -31)),
        ("ss_sinr", (30, 15, 5, -5)),
        ("download", (100, 30, 10, 2)),
    ],
)
def test_that_a_class_begins_on_its_bound(key: str, least_of_each: tuple[float, ...]) -> None:
    rules = coverage.standard_of(key)
    for grade, bound in enumerate(least_of_each):
        assert coverage.grades(rules, [bound, bound - 0.01]).tolist() == [grade, grade + 1]


def test_that_what_no_telephone_can_report_has_no_class() -> None:
    rules = coverage.standard_of("ss_rsrp")
    values = [np.nan, 10.0, -30.9, -156.1, np.inf, -np.inf, -156.0, -31.0]
    assert coverage.grades(rules, values).tolist() == [-1, -1, -1, -1, -1, -1, NONE, GREAT]


@given(st.lists(st.floats(-156, -31), min_size=1, max_size=20), st.sampled_from(sorted(coverage.STANDARDS)))
def test_that_more_signal_is_never_worse_and_arrays_are_as_single_numbers(values: list[float], key: str) -> None:
    rules = coverage.standard_of(key)
    found = coverage.grades(rules, sorted(values))
    known = found[found >= 0]
    assert (np.diff(known) <= 0).all()
    assert found.tolist() == [int(coverage.grades(rules, value)) for value in sorted(values)]


def test_that_bounds_can_be_set_and_say_so() -> None:
    before = coverage.standard_of("ss_rsrp")
    own = coverage.edited(before, (-75, -85, -95, -105))
    assert coverage.grades(own, [-75, -76, -104, -106]).tolist() == [GREAT, GOOD, POOR, NONE]
    assert own.title == "5G signal strength, SS-RSRP, own bounds"
    assert own.caveat == "Set by the user."
    assert not own.source
    assert coverage.edited(before, before.bounds) is before
    assert coverage.standard_of("ss_rsrp") is before


@pytest.mark.parametrize(
    "bounds",
    [
        (-75, -85, -95),
        (-75, -85, -95, -95),
        (-95, -85, -75, -65),
        (-20, -85, -95, -105),
        (-75, -85, -95, -160),
        (np.nan, -85, -95, -105),
    ],
)
def test_that_bounds_that_cannot_be_are_refused_in_a_sentence(bounds: tuple[float, ...]) -> None:
    with pytest.raises(TwinError, match=r"4 falling numbers from -31 to -156 dBm"):
        coverage.edited(coverage.standard_of("ss_rsrp"), bounds)


def test_that_an_unknown_quantity_is_refused_in_a_sentence() -> None:
    with pytest.raises(TwinError, match="no classes of coverage for gsm"):
        coverage.standard_of("gsm")
