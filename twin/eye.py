"""The eye of a picture: a renderer's camera as a view, and how near and far it sees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.camera import View

if TYPE_CHECKING:
    from twin.model import Bounds
    from twin.relief import Relief

_FAR_M = 60_000.0  # where there is no city
_NEAR_M = 0.4
_NEXT_M = 24.0  # so far to each side stands what is next to the eye
_OVERHEAD_M = 15.0  # higher than this over the highest of all, nothing is next to the eye


class Eye:
    """The camera of one renderer, in one window."""

    def __init__(self, renderer: Any, window: Any) -> None:
        self._renderer = renderer
        self._window = window

    @property
    def view(self) -> View:
        """Where it looks from now."""
        eye = self._renderer.GetActiveCamera()
        return View(eye.GetPosition(), eye.GetFocalPoint(), eye.GetViewUp(), eye.GetViewAngle())

    @view.setter
    def view(self, view: View) -> None:
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*view.position)
        eye.SetFocalPoint(*view.focal_point)
        eye.SetViewUp(*view.up)
        eye.SetViewAngle(view.angle_deg)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        width, height = self._window.GetSize()
        return int(width), int(height)

    @property
    def aspect(self) -> float:
        """Width of the picture over its height."""
        width, height = self.size
        return width / max(height, 1)

    def clip(self, bounds_xy: Bounds | None = None, relief: Relief | None = None, tallest_m: float = 0.0) -> None:
        """Keep the near plane close enough for what is next to the eye and far enough for the depth's precision.

        Parameters
        ----------
        bounds_xy, relief
            The city's box and what stands how high in it, local metres; None: there is no city.
        tallest_m
            How high the highest of all stands.
        """
        eye = self._renderer.GetActiveCamera()
        x, y, z = eye.GetPosition()
        far, near = _FAR_M, _NEAR_M
        if bounds_xy is not None and relief is not None:
            west, south, east, north = bounds_xy
            reach = max(abs(x - west), abs(x - east), abs(y - south), abs(y - north))
            far = 1.5 * math.hypot(reach, z) + 20_000
            tallest = tallest_m + _OVERHEAD_M
            near = max(near, 0.6 * (z - tallest))
            if z <= tallest:
                steps = np.linspace(-_NEXT_M, _NEXT_M, 9)
                around = np.array([x, y]) + np.array([(i, j) for i in steps for j in steps])
                near = max(near, min(8.0, 0.2 * (z - float(relief.at(around).max()))))
        eye.SetClippingRange(near, far)
