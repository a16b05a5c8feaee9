"""Flights from view to view: eased at both ends, and over whatever stands in between."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.camera import View, looking
from ui.steering import aim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.relief import Relief

SHORTEST_S, LONGEST_S = 0.6, 0.9
_FAR_M = 1500.0
"""A flight of this length takes the longest."""

_OVER_M = 4.0
"""How far above roofs and crowns one flies."""

_HOP = 0.12  # of the way, so that even a free flight shows where it goes
_CLIMBS = (0.0, 0.25, 0.4, 0.5)
"""Which part of a flight goes up before it goes far, and down after: tried in turn until nothing is in the way."""

_TRIED = np.linspace(0, 1, 97)


class Flight:
    """A way through the air from one view to another.

    Parameters
    ----------
    start, end : View
        Where it begins and ends, exactly.
    relief : Relief
        What stands in the way. Eyes that stand below it at either end go straight up and down there.
    """

    def __init__(self, start: View, end: View, relief: Relief) -> None:
        self.start, self.end = start, end
        self._from, self._to = np.array(start.position), np.array(end.position)
        self.way_m = float(np.linalg.norm(self._to - self._from))
        self.seconds = SHORTEST_S + (LONGEST_S - SHORTEST_S) * min(self.way_m / _FAR_M, 1.0)
        level = float(np.hypot(*(self._to - self._from)[:2]))
        free = max(self._from[2], self._to[2]) + _HOP * level
        self._climb, self._height_m = 0.0, free
        along = (
            self._from[:2]
            + np.linspace(0, 1, max(2, int(level / relief.cell_m) + 1))[:, None] * (self._to - self._from)[:2]
        )
        tallest = float(relief.at(along).max(initial=0)) + _OVER_M
        for climb in _CLIMBS:
            self._climb, self._height_m = climb, free if climb == 0 else max(free, tallest)
            if self._is_free(relief):
                break
        here, there = aim(start), aim(end)
        self._heading, self._turn = here[0], (there[0] - here[0] + 180) % 360 - 180
        self._pitch, self._tilt = here[1], there[1] - here[1]

    def at(self, share: float) -> View:
        """Return the view at a share of its time, from 0 to 1."""
        if share <= 0:
            return self.start
        if share >= 1:
            return self.end
        x, y, z = self._place(np.array([share]))[0]
        t = float(_eased(np.array(share)))
        lens = self.start.angle_deg + (self.end.angle_deg - self.start.angle_deg) * t
        return looking(
            (float(x), float(y), float(z)), self._heading + self._turn * t, self._pitch + self._tilt * t, angle_deg=lens
        )

    def _place(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the eye is at shares of the time, shape (n,) to (n, 3)."""
        a, b, top = self._from, self._to, self._height_m
        if self._climb == 0:
            t = _eased(share)[:, None]
            place: NDArray[np.float64] = a + (b - a) * t
            place[:, 2] += (top - max(a[2], b[2])) * (4 * t * (1 - t))[:, 0]
            return place
        rise = self._climb
        # what is left between climbing and sinking goes across; where the two make up all, both shares overlap a little
        across = _eased((share - rise * 0.8) / max(1 - 1.6 * rise, 1e-9))[:, None]
        up = _eased(share / (rise * 0.8))
        down = _eased((share - 1 + rise * 0.8) / (rise * 0.8))
        place = np.asarray(a + (b - a) * across)
        place[:, 2] = np.where(share < 0.5, a[2] + (top - a[2]) * up, top + (b[2] - top) * down)
        return place

    def _is_free(self, relief: Relief) -> bool:
        places = self._place(_TRIED)
        ends = np.minimum(np.hypot(*(places[:, :2] - self._from[:2]).T), np.hypot(*(places[:, :2] - self._to[:2]).T))
        low = relief.at(places[:, :2]) + _OVER_M / 2 > places[:, 2]
        return not bool((low & (ends > relief.cell_m)).any())


def _eased(share: NDArray[np.float64]) -> NDArray[np.float64]:
    t = np.clip(share, 0.0, 1.0)
    eased: NDArray[np.float64] = t * t * (3 - 2 * t)
    return eased


def nearing(view: View, low: NDArray[np.float64], high: NDArray[np.float64], relief: Relief) -> View:
    """Return a view of a box of local metres along the heading one has, from where nothing hides it or is entered.

    Parameters
    ----------
    low, high : ndarray, shape (3,)
        The corners of the box.
    """
    heading, pitch = aim(view)
    middle = (low + high) / 2
    radius = max(float(np.linalg.norm(high - low)) / 2, 6.0)
    distance = radius / math.sin(math.radians(min(view.angle_deg, 40.0)) / 2) * 1.25
    best = view
    for tilt in (min(max(pitch, -40.0), -20.0), -30.0, -42.0, -55.0, -70.0, -88.0):
        ahead = looking((0.0, 0.0, 0.0), heading, tilt).axes[2]
        eye = middle - ahead * distance
        best = looking((float(eye[0]), float(eye[1]), float(eye[2])), heading, tilt)
        best = View(best.position, (float(middle[0]), float(middle[1]), float(middle[2])), best.up, best.angle_deg)
        sight = eye + (middle + np.array([0, 0, (high - low)[2] / 2]) - eye) * np.linspace(0, 0.97, 80)[:, None]
        outside = (sight[:, :2] < low[:2] - 1).any(axis=1) | (sight[:, :2] > high[:2] + 1).any(axis=1)
        if not ((relief.at(sight[:, :2]) + 1.0 > sight[:, 2]) & outside).any():
            break
    return best
