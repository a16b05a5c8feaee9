"""How many pixels are drawn while moving: found within seconds, and kept."""

from __future__ import annotations

import pytest

from ui.pace import SHARES, Pace


def shares(pace: Pace, seconds_of_all: float, fixed: float = 0.0, frames: int = 200) -> list[float]:
    """Draw frames whose time is a fixed part and one for their pixels; return the share of each."""
    found = []
    for _ in range(frames):
        found.append(pace.share)
        pace.drew(fixed + seconds_of_all * pace.share**2)
    return found


@pytest.mark.parametrize("slow_s", [0.02, 0.06, 0.1, 0.15, 0.2, 0.25])
def test_that_it_settles_where_twenty_frames_a_second_are_kept(slow_s: float) -> None:
    last = shares(Pace(), slow_s)[100:]
    assert len(set(last)) == 1
    assert slow_s * last[0] ** 2 < 0.05


def test_that_a_fast_computer_draws_all_pixels() -> None:
    assert shares(Pace(), 0.01)[-1] == 1.0


def test_that_a_very_slow_one_draws_the_fewest() -> None:
    assert shares(Pace(1.0), 2.0)[-1] == SHARES[0]


def test_that_it_stays_as_sharp_as_was_asked() -> None:
    assert shares(Pace(0.8, slow_s=0.15, least=0.7), 2.0)[-1] == 0.7
    assert shares(Pace(0.8, slow_s=0.15, least=0.7), 0.1)[-1] == 1.0


def test_that_it_does_not_swing_between_two_sizes() -> None:
    for fixed in (0.0, 0.01, 0.02, 0.03, 0.04):
        for slow_s in (0.02, 0.05, 0.08, 0.12):
            last = shares(Pace(), slow_s, fixed)[120:]
            assert len(set(last)) == 1, (fixed, slow_s)


def test_that_one_late_frame_changes_nothing() -> None:
    pace = Pace()
    shares(pace, 0.1)
    before = pace.share
    pace.drew(0.9)
    shares(pace, 0.1)
    assert pace.share == before


def test_that_the_first_frames_of_a_journey_are_not_held_against_it() -> None:
    pace = Pace()
    before = pace.share
    for _ in range(50):
        pace.begin()
        pace.drew(0.5)
        pace.drew(0.5)
    assert pace.share == before
