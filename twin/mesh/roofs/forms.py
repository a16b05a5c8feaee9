"""The forms of roofs over a unit square: s runs along the front from 0 to 1, t from the front to the back.

A form tells its points, its triangles and the height of any place, so that the same roof stands on
a quadrilateral, corner by corner, and on any other polygon as what the square's roof is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Knots = tuple[tuple[float, float], ...]

_ARC = np.linspace(0.0, np.pi, 13)
PROFILES: Mapping[str, Knots] = {
    "skillion": ((0, 0), (1, 1)),
    "gabled": ((0, 0), (0.5, 1), (1, 0)),
    "gambrel": ((0, 0), (0.18, 0.62), (0.5, 1), (0.82, 0.62), (1, 0)),
    "round": tuple(
        (round(float(t), 6), round(float(z), 6)) for t, z in zip((1 - np.cos(_ARC)) / 2, np.sin(_ARC), strict=True)
    ),
    "saltbox": ((0, 0.5), (0.3, 1), (1, 0)),
    "double_saltbox": ((0, 0), (0.3, 1), (0.7, 1), (1, 0)),
    "gabled_height_moved": ((0, 0), (0.6, 1), (1, 0.34)),
    "butterfly": ((0, 1), (0.5, 0), (1, 1)),
}
"""Roofs that are the same all along the front: the share of the height at each t. Between them they run straight."""

TOOTH_M, GABLE_M = 8.0, 9.0
"""How deep a tooth of a sawtooth roof is, and how wide a gable in a row of them; ours."""
_MOST = 24
_STEEP = 0.05
"""The share of a tooth's depth that its steep side takes."""

HALF = 0.5
"""The share of the roof's height at which the hip of a half-hipped roof begins."""
GABLET = 0.65
"""The share of the roof's height at which the gable of a hipped-and-gabled roof begins."""

LEANING = 1.1
"""How much farther in than its foot the top of such a gable is, where it cannot be upright."""

ENDS: Mapping[str, tuple[str, str]] = {
    "hipped": ("hip", "hip"),
    "half-hipped": ("half", "half"),
    "side_hipped": ("hip", "gable"),
    "side_half-hipped": ("half", "gable"),
    "hipped-and-gabled": ("gablet", "gablet"),
}
"""Gabled roofs by what is at their two ends."""


@dataclass(frozen=True, slots=True)
class Form:
    """A roof over the unit square. A point's s is `s[0]` and its shares `s[1]`, `s[2]` of the insets of both ends."""

    s: NDArray[np.float64]  # (k, 3)
    t: NDArray[np.float64]  # (k,)
    z: NDArray[np.float64]  # (k,)
    triangles: NDArray[np.int64]  # (m, 3)
    creases: NDArray[np.int64]  # (c, 2) points between which the roof folds


@lru_cache(maxsize=128)
def profile(knots: Knots) -> Form:
    """Return the form that is the same all along the front."""
    faces = [
        [(0, 0, 0, t0, z0), (1, 0, 0, t0, z0), (1, 0, 0, t1, z1), (0, 0, 0, t1, z1)]
        for (t0, z0), (t1, z1) in pairwise(knots)
    ]
    return _form(faces)


def sawtooth(width_m: float) -> Knots:
    """Knots of a sawtooth roof so deep: each tooth rises gently from the front and falls off steeply."""
    teeth = int(np.clip(round(width_m / TOOTH_M), 2, _MOST))
    knots = [(k / teeth, 0.0) for k in range(teeth + 1)]
    peaks = [((k + 1 - _STEEP) / teeth, 1.0) for k in range(teeth)]
    return tuple(sorted(knots + peaks))


def gables(width_m: float) -> Knots:
    """Knots of a row of gables so long."""
    count = int(np.clip(round(width_m / GABLE_M), 2, _MOST))
    return tuple((k / (2 * count), float(k % 2)) for k in range(2 * count + 1))


@lru_cache(maxsize=16)
def ended(first: str, second: str) -> Form:
    """Return a gabled form with a hip, half a hip, a hip below a gable, or nothing at either end."""
    a, b, c, d = (0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 0, 0, 1, 0), (0, 0, 0, 1, 0)
    start = (0, GABLET if first == "gablet" else 1, 0, 0.5, 1)
    end = (1, 0, -GABLET if second == "gablet" else -1, 0.5, 1)
    front: list[tuple[float, ...]] = [a, b]
    back: list[tuple[float, ...]] = [c, d]
    faces: list[Sequence[tuple[float, ...]]] = []
    for kind, ridge, low, high, at in ((second, end, b, c, (1, -1)), (first, start, d, a, (0, 1))):
        near = at == (1, -1)
        rise = {"half": HALF, "gablet": GABLET}.get(kind, 0.0)
        inset = rise if kind == "gablet" else 0.0
        s = (1, 0, -inset) if near else (0, inset, 0)
        one, other = (*s, rise / 2, rise), (*s, 1 - rise / 2, rise)
        # In the order in which one walks round: at the near end from the front to the back.
        first_point, last_point = (one, other) if near else (other, one)
        if kind == "hip":
            faces.append([low, high, ridge])
        elif kind == "half":
            faces.append([first_point, last_point, ridge])
        elif kind == "gablet":
            faces.append([low, high, last_point, first_point])
            faces.append([first_point, last_point, ridge])
        between = [first_point] if kind in ("half", "gablet") else []
        after = [last_point] if kind in ("half", "gablet") else []
        if near:
            front += [*between, ridge]
            back = [ridge, *after, *back]
        else:
            back += [*between, ridge]
            front += [ridge, *after]
    # Under a gablet a slope bends inwards: only its lower points see all of it, so the fans begin there.
    if len(back) > 3 and back[1][4] < 1 and second in ("half", "gablet"):
        back = [*back[1:], back[0]]
    return _form([[front[-1], *front[:-1]], back, *faces])


def height_of_ends(
    kinds: tuple[str, str],
    s: NDArray[np.float64],
    t: NDArray[np.float64],
    insets: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Return how high a gabled form with such ends is at each place; a gable over a hip leans inwards a little."""
    height = 1 - np.abs(2 * t - 1)
    for kind, along, inset in zip(kinds, (s, 1 - s), insets, strict=True):
        reached = along / np.maximum(inset, 1e-9)
        if kind == "hip":
            height = np.minimum(height, reached)
        elif kind == "half":
            height = np.minimum(height, HALF + (1 - HALF) * reached)
        elif kind == "gablet":
            height = np.minimum(height, np.interp(reached, [0, GABLET, GABLET * LEANING], [0, GABLET, 1]))
    return height


@lru_cache(maxsize=1)
def crossed() -> Form:
    """Return two gabled roofs that cross."""
    centre = (0.5, 0, 0, 0.5, 1)
    corners = [(0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 0, 0, 1, 0), (0, 0, 0, 1, 0)]
    middles = [(0.5, 0, 0, 0, 1), (1, 0, 0, 0.5, 1), (0.5, 0, 0, 1, 1), (0, 0, 0, 0.5, 1)]
    faces = []
    for k in range(4):
        faces += [[corners[k], middles[k], centre], [corners[k], centre, middles[k - 1]]]
    return _form(faces)


def _form(faces: Sequence[Sequence[tuple[float, ...]]]) -> Form:
    points: dict[tuple[float, ...], int] = {}
    rows = [[points.setdefault(tuple(map(float, point)), len(points)) for point in face] for face in faces]
    triangles = [(row[0], row[k], row[k + 1]) for row in rows for k in range(1, len(row) - 1)]
    sides = [{frozenset((row[k - 1], row[k])) for k in range(len(row))} for row in rows]
    creases = {side for k, one in enumerate(sides) for other in sides[:k] for side in one & other}
    table = np.array(list(points))
    return Form(
        s=table[:, :3],
        t=table[:, 3],
        z=table[:, 4],
        triangles=np.array(triangles),
        creases=np.array(sorted(sorted(side) for side in creases)).reshape(-1, 2),
    )
