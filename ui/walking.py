"""Going on foot: eyes at the height of a person's, and no way through a wall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from twin.camera import View, looking
from twin.sight import FLOORS, WALLS
from ui.steering import EYE_M, aim

if TYPE_CHECKING:
    from collections.abc import Collection

    from twin.camera import Vector
    from twin.relief import Relief
    from twin.sight import Seen

LENS_DEG = 60.0
"""About what one takes in without turning the head."""

PACE_M_A_SECOND = 6.0
"""Faster than anybody walks: a district is large, and nobody gets tired."""

RUN = 3.0
"""How many times faster one goes with Shift."""

ROOM_M = 0.45
"""How near a face comes to a wall."""

_STEP_UP_M = 0.6
_VISTA_M = 40.0
_HEIGHTS_M = (0.75, 1.6)  # a wall is what stops a knee or a head; a kerb is none
_STEEPEST_DEG = 80.0


class Meet(Protocol):
    """What a ray from an eye along a unit vector meets first, among some kinds."""

    def __call__(self, eye: Vector, direction: Vector, among: Collection[str] | None = None) -> Seen | None: ...  # noqa: D102


def step(view: View, across_m: float, ahead_m: float, meet: Meet) -> View:
    """Go to the right and forwards on the ground, along walls that are in the way, up and down what one can step on."""
    heading, pitch = aim(view)
    turn = math.radians(heading)
    east = across_m * math.cos(turn) + ahead_m * math.sin(turn)
    north = ahead_m * math.cos(turn) - across_m * math.sin(turn)
    x, y, z = view.position
    for by_x, by_y in ((east, north), (east, 0.0), (0.0, north)):  # straight on, or else along the wall
        length = math.hypot(by_x, by_y)
        if length > 1e-6 and _is_free(view.position, (by_x / length, by_y / length, 0.0), length, meet):
            x, y = x + by_x, y + by_y
            break
    ground = meet((x, y, z - EYE_M + _STEP_UP_M), (0.0, 0.0, -1.0), FLOORS)
    if ground is not None:
        z = ground.at[2] + EYE_M
    return looking((x, y, z), heading, pitch, angle_deg=view.angle_deg)


def look_about(view: View, turn_deg: float, tilt_deg: float) -> View:
    """Turn the head, and go nowhere."""
    heading, pitch = aim(view)
    pitch = max(-_STEEPEST_DEG, min(_STEEPEST_DEG, pitch + tilt_deg))
    return looking(view.position, heading + turn_deg, pitch, angle_deg=view.angle_deg)


def standing(at: Vector, heading_deg: float, relief: Relief, meet: Meet) -> View:
    """Return the view of somebody who stands in the open nearest to a place, looking along a heading."""
    x, y = _open_place((at[0], at[1]), relief)
    ground = meet((x, y, 500.0), (0.0, 0.0, -1.0), FLOORS)
    height_m = ground.at[2] if ground is not None else 0.0
    eye = (x, y, height_m + EYE_M)
    return looking(eye, _open_heading(eye, heading_deg, meet), 3.0, angle_deg=LENS_DEG)


def rising(view: View, relief: Relief) -> View:
    """Return the view from above the roofs, of where one stood and what one looked at."""
    heading, _pitch = aim(view)
    ahead = np.array([math.sin(math.radians(heading)), math.cos(math.radians(heading))])
    back = np.array(view.position[:2]) - 160 * ahead
    around = back + 30 * np.array([(i, j) for i in range(-1, 2) for j in range(-1, 2)])
    height_m = max(100.0, float(relief.at(around).max()) + 25.0)
    return looking((float(back[0]), float(back[1]), height_m), heading, -28.0)


def _is_free(position: Vector, direction: Vector, length_m: float, meet: Meet) -> bool:
    for height in _HEIGHTS_M:
        wall = meet((position[0], position[1], position[2] - EYE_M + height), direction, WALLS)
        if wall is not None and wall.distance_m < length_m + ROOM_M:
            return False
    return True


def _open_heading(eye: Vector, heading_deg: float, meet: Meet) -> float:
    """Return the heading nearest to one along which something is to be seen, and not a wall before one's nose."""
    turns = sorted(np.arange(-180.0, 180.0, 15.0), key=abs)
    clear = []
    for turn in turns:
        heading = math.radians(heading_deg + turn)
        wall = meet(eye, (math.sin(heading), math.cos(heading), 0.0), WALLS)
        clear.append(wall.distance_m if wall is not None else _VISTA_M)
        if clear[-1] >= _VISTA_M:
            break
    return (heading_deg + float(turns[int(np.argmax(np.minimum(clear, _VISTA_M)))])) % 360


def _open_place(xy: tuple[float, float], relief: Relief) -> tuple[float, float]:
    """Return the middle of the nearest cell where nothing stands, nor beside it."""
    taken = relief.height_m > 0.5
    wide = taken.copy()
    for axis in (0, 1):
        for by in (-1, 1):
            wide |= np.roll(taken, by, axis)
    rows, columns = np.nonzero(~wide)
    if not len(rows):
        return xy
    x = relief.x_m + (columns + 0.5) * relief.cell_m
    y = relief.y_m + (rows + 0.5) * relief.cell_m
    nearest = int(np.argmin((x - xy[0]) ** 2 + (y - xy[1]) ** 2))
    inside = np.hypot(x[nearest] - xy[0], y[nearest] - xy[1]) > relief.cell_m
    return (float(x[nearest]), float(y[nearest])) if inside else xy
