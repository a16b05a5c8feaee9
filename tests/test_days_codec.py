"""Columns packed and unpacked: exact, and wary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from twin.days.codec import packed, unpacked
from twin.file.container import UnfitError

KINDS = {"a": np.float64, "b": np.int32}
FLOATS = st.one_of(
    st.floats(),
    st.integers(-(10**6), 10**6).map(lambda i: i / 10),
    st.sampled_from([np.nan, -0.0, 1.7e9, 1.7e9 + 0.001]),
)


@given(
    st.one_of(
        hnp.arrays(np.float64, st.integers(0, 50), elements=FLOATS),
        hnp.arrays(np.float64, st.integers(0, 50), elements=st.sampled_from([np.nan, np.inf, -np.inf, 2.5])),
    ),
    st.data(),
)
def test_that_columns_come_back_exactly(numbers: np.ndarray, data: st.DataObject) -> None:
    whole = data.draw(hnp.arrays(np.int32, len(numbers)))
    found = unpacked(packed([numbers, whole]), KINDS)
    assert np.array_equal(found["a"], numbers, equal_nan=True)
    assert np.array_equal(found["b"], whole)
    assert {name: column.dtype.type for name, column in found.items()} == KINDS
    assert list(unpacked(packed([numbers, whole]), KINDS, ["b"])) == ["b"]


@given(st.integers(0, 400), st.integers(1, 255), st.integers(0, 5000))
def test_that_a_changed_byte_is_noticed(at: int, mask: int, keep: int) -> None:
    blob = packed([np.arange(100) * 0.1, np.arange(100) ** 2])
    changed = bytearray(blob)
    changed[at % len(blob)] ^= mask
    for bad in (bytes(changed), blob[: keep % len(blob)]):
        with pytest.raises(UnfitError, match="damaged"):
            unpacked(bad, KINDS)


def test_that_regular_times_cost_next_to_nothing() -> None:
    t = np.tile(1.7e9 + np.arange(8) * 10.0, 2000)
    assert len(packed([t])) < 200
    assert len(packed([np.full(16_000, 7.25)])) < 50
