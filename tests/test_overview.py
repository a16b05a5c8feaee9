"""Recorded time from afar agrees with what the history says moment by moment."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from oracle import ROSTER, batches

from twin.history import LiveHistory
from twin.overview import main_channel, overview
from twin.readings import Readings, Roster

STEPS = 12


class Opaque:
    """A history that tells nothing of its blocks."""

    def __init__(self, history: LiveHistory) -> None:
        self.roster, self.span = history.roster, history.span
        self.at, self.window, self.gaps = history.at, history.window, history.gaps


@settings(max_examples=25)
@given(made=batches())
def test_that_strips_tell_presence_and_means_as_the_history_does(made: list[Readings]) -> None:
    history = LiveHistory(ROSTER, readings_a_block=4)
    for batch in made:
        history.add(batch)
    found = overview(history, steps=STEPS)
    if history.span is None:
        assert found is None
        return
    assert found is not None
    again = overview(Opaque(history), steps=STEPS)
    assert again is not None
    t0, t1 = found.span
    every = history.window(t0 - 1, t1)
    assert found.readings.sum() == again.readings.sum() == len(every)
    edges = np.linspace(t0, t1, STEPS + 1)
    for strip, other in zip(found.strips, again.strips, strict=True):
        np.testing.assert_allclose(strip.mean, other.mean)
        assert strip.channel == main_channel(ROSTER, strip.layer.key)
        slots = np.intersect1d(ROSTER.slots_in(strip.layer.key), ROSTER.slots_of(strip.channel))
        assert strip.sensors == len(slots)
        fine = np.linspace(t0, t1, STEPS * 160, endpoint=False) + (t1 - t0) / STEPS / 320
        seen = np.array([(~np.isnan(history.at(t).value[slots])).mean() for t in fine[::8]])
        if strip.channel != "rsrp":  # whose readings are of instants
            np.testing.assert_allclose(strip.present, seen.reshape(STEPS, -1).mean(axis=1), atol=0.15)
        mine = every[np.isin(ROSTER.slots(every.sensor, every.channel), slots)]
        step = np.clip(np.searchsorted(edges, mine.t_end, side="right") - 1, 0, STEPS - 1)
        for one in range(STEPS):
            if (step == one).any():
                values = mine.value[step == one]
                assert values.min() - 1e-9 <= strip.mean[one] <= values.max() + 1e-9
            elif strip.present[one] == 0:
                assert np.isnan(strip.mean[one])


def test_that_nothing_recorded_is_nothing_to_see() -> None:
    assert overview(LiveHistory(ROSTER)) is None
    assert main_channel(Roster(), "traffic") == ""
