"""Baked light: what the sky does not reach is a little darker, from 0 to 255 for none taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.rings import Rings

ROOF = 255
UNDERSIDE = 140
FOOT = 200
"""Walls where they meet the ground."""

OPEN_M = 6.0
"""From this height on the ground takes no light away."""

_COURTYARD = 14
_INNER_CORNER = 12


def by_height(z_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light on a wall at a height above the ground."""
    return FOOT + (255 - FOOT) * np.clip(z_m / OPEN_M, 0.0, 1.0)


def walls(rings: Rings, low_m: NDArray[np.float64], high_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light on the foot of every corner of the rings, then on the top of every one; shape (2 n,).

    Courtyards and corners that turn inwards see less of the sky.
    """
    hidden = _COURTYARD * np.repeat(rings.hole, rings.size)
    before, after = rings.xy[rings.previous], rings.xy[rings.next]
    to, on = rings.xy - before, after - rings.xy
    turn = to[:, 0] * on[:, 1] - on[:, 0] * to[:, 1]
    inwards = turn < -0.17 * np.hypot(*to.T) * np.hypot(*on.T)  # by more than ten degrees
    hidden = hidden + _INNER_CORNER * inwards
    return np.concatenate([by_height(low_m) - hidden, by_height(high_m) - 0.5 * hidden])
