"""The sun of a view: where it stood at the moment that is shown, or where it flatters the city."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.clock import Clock
    from ui.view import CityView

STEP_S = 60.0
"""While time runs, the sun is moved where it would have gone a quarter of a degree: less is not seen."""


class Sunlight:
    """Whether the sun goes with a clock, and which moment it was last put to."""

    def __init__(self, view: CityView) -> None:
        self._view = view
        self._t: float | None = None
        self.on = False

    def turn(self, *, on: bool) -> None:
        """Go with the clock from the next moment on, or no longer."""
        self.on, self._t = on, None

    def flatter(self) -> None:
        """Stand where it flatters the city."""
        scene = self._view.scene
        scene.light_across(scene.views("hero"))
        self._view.draw()

    def show(self, clock: Clock) -> None:
        """Stand where it stood at the clock's moment."""
        step_s = STEP_S if clock.running else 1.0
        if self.on and (self._t is None or abs(clock.t - self._t) >= step_s):
            self._t = clock.t
            self._view.scene.sun(clock.t)
            self._view.stir()
