"""How a hand moves the camera: each move a function from one view to the next.

Pixels are those of the picture, counted from its top left; lengths are local metres.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from twin.camera import View, looking, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.camera import Vector

EYE_M = 1.7
"""The lowest that an eye goes: a person's, standing on the ground."""

_NEAREST_M = 4.0
_FARTHEST_M = 40_000.0
_HIGHEST_PITCH_DEG = 50.0
_FLATTEST = -0.06  # a look flatter than this meets the ground too far off to drag it


def aim(view: View) -> tuple[float, float]:
    """Return the compass heading from 0 to 360 and the pitch of a view, in degrees."""
    right, _up, forwards = view.axes
    heading = math.degrees(math.atan2(-right[1], right[0])) % 360  # steady where one looks straight down
    return heading, math.degrees(math.asin(max(-1.0, min(1.0, float(forwards[2])))))


def orbit(view: View, pivot: Vector, turn_deg: float, tilt_deg: float) -> View:
    """Turn about a point that stays where it is in the picture, the horizon level and the eye above the ground."""
    heading, pitch = aim(view)
    heading += turn_deg
    offset = view.axes @ np.subtract(view.position, pivot)
    for share in (1.0, 0.5, 0.25, 0.0):
        tilted = max(-90.0, min(max(_HIGHEST_PITCH_DEG, pitch), pitch + tilt_deg * share))
        axes = looking((0.0, 0.0, 0.0), heading, tilted).axes
        position = np.array(pivot) + offset @ axes
        if position[2] >= EYE_M:
            return looking(vector(position), heading, tilted, angle_deg=view.angle_deg)
    return _standing(position, heading, tilted, view.angle_deg)


def drag(
    view: View, anchor: Vector, start: tuple[float, float], end: tuple[float, float], size: tuple[int, int]
) -> View:
    """Pull what lies level with `anchor` from one pixel to another, as a map under a finger."""
    rays = view.rays(np.array([start, end], np.float64), size)
    rays[:, 2] = np.minimum(rays[:, 2], _FLATTEST)
    drop = max(view.position[2] - anchor[2], 0.15 * math.dist(view.position, anchor))
    ground = rays[:, :2] * (drop / -rays[:, 2])[:, None]
    return shift(view, *(ground[0] - ground[1]))


def shift(view: View, east_m: float, north_m: float) -> View:
    """Go sideways by metres, looking where one looked."""
    by = np.array([east_m, north_m, 0.0])
    return View(vector(view.position + by), vector(view.focal_point + by), view.up, view.angle_deg)


def stride(view: View, across: float, ahead: float, reach_m: float) -> View:
    """Go by shares of a reach to the right and forwards, on the level."""
    heading = math.radians(aim(view)[0])
    east = across * math.cos(heading) + ahead * math.sin(heading)
    north = ahead * math.cos(heading) - across * math.sin(heading)
    return shift(view, reach_m * east, reach_m * north)


def approach(view: View, towards: Vector, factor: float) -> View:
    """Bring a point to `factor` times its distance; it stays where it is in the picture."""
    offset = np.subtract(view.position, towards)
    distance = max(float(np.linalg.norm(offset)), 1e-6)
    new = min(max(distance * factor, min(_NEAREST_M, distance)), max(_FARTHEST_M, distance))
    return _standing(np.array(towards) + offset * (new / distance), *aim(view), view.angle_deg)


def facing(view: View, pivot: Vector, heading_deg: float) -> View:
    """Turn about a point, the shorter way, until one looks along a compass heading."""
    heading, _pitch = aim(view)
    return orbit(view, pivot, (heading_deg - heading + 180) % 360 - 180, 0.0)


def halted(start: View, end: View, reach_m: float | None) -> View:
    """Return the second view, or where one gets on the straight way to it that ends after metres."""
    if reach_m is None:
        return end
    way = np.subtract(end.position, start.position)
    length = float(np.linalg.norm(way))
    by = way * (min(reach_m / length, 1.0) - 1.0 if length > 0 else 0.0)
    return View(vector(end.position + by), vector(end.focal_point + by), end.up, end.angle_deg)


def _standing(position: NDArray[np.float64], heading_deg: float, pitch_deg: float, angle_deg: float) -> View:
    x, y, z = vector(position)
    return looking((x, y, max(z, EYE_M)), heading_deg, pitch_deg, angle_deg=angle_deg)
