"""What is reckoned before a city is shown: the same picture, whoever reckoned it and where."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.test_scene import town
from twin.prepared import prepare
from twin.scene import OffScreen, Scene


@pytest.mark.parametrize("look", ["model", "night"])
def test_that_a_city_prepared_on_another_thread_looks_as_one_placed_at_once(look: str) -> None:
    shown, found = town(), []
    thread = threading.Thread(target=lambda: found.append(prepare(shown, look=look, aspect=1.5)))
    thread.start()
    thread.join()
    at_once, prepared = Scene(OffScreen((300, 200))), Scene(OffScreen((300, 200)))
    at_once.place(shown, look=look)
    prepared.place(shown, look=look, prepared=found[0])
    assert prepared.view == at_once.view
    assert prepared.sun_deg == at_once.sun_deg
    assert np.array_equal(prepared.still(smooth=1), at_once.still(smooth=1))


def test_that_a_picture_of_another_shape_than_was_prepared_for_gets_its_own_best_side() -> None:
    shown = town()
    tall, asked = Scene(OffScreen((100, 300))), Scene(OffScreen((100, 300)))
    tall.place(shown)
    asked.place(shown, prepared=prepare(shown, aspect=2.5))
    assert asked.view == tall.view
    assert asked.sun_deg == tall.sun_deg
