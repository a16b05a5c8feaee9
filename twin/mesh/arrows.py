"""Arrows on lanes, in the words of turn:lanes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.levels import Z_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces

_TURNS_DEG = {
    "through": 0.0, "left": 75.0, "right": -75.0, "slight_left": 40.0, "slight_right": -40.0,
    "sharp_left": 105.0, "sharp_right": -105.0, "merge_to_left": 40.0, "merge_to_right": -40.0, "reverse": 150.0,
}  # fmt: skip
_SHAFT_M = 0.15
_HEAD_M, _HEAD_WIDE_M = 1.2, 0.75
_FORK_M = 1.8
_REACH_M = 4.0
_THIN = 15
"""Width of a shaft as the `shade` of a kind that fades."""


def add_arrows(
    pieces: Pieces,
    xy: NDArray[np.float64],
    heading: NDArray[np.float64],
    turns: Sequence[str],
    feature: NDArray[np.int64],
    paints: Paints,
    *,
    over_m: NDArray[np.float64],
) -> None:
    """Paint an arrow at each place, shape (n, 2), in a direction of travel (unit vectors), for each lane's turns.

    `over_m` is how high each place lies over the ground.
    """
    words = np.array([";".join(sorted(set(turn.split(";")) & _TURNS_DEG.keys())) for turn in turns], dtype=np.str_)
    for word in np.unique(words).tolist():
        if not word:
            continue
        here = np.flatnonzero(words == word)
        shape, triangles = _arrow(word)
        ahead, aside = shape[:, 0], shape[:, 1]
        u = heading[here]
        v = np.column_stack([-u[:, 1], u[:, 0]])
        points = xy[here][:, None] + ahead[:, None] * u[:, None] + aside[:, None] * v[:, None]
        flat = points.reshape(-1, 2)
        pieces.add(
            np.column_stack([flat, Z_M["marking"] + np.repeat(over_m[here], len(shape))]),
            (np.arange(len(here))[:, None, None] * len(shape) + triangles).reshape(-1, 3),
            feature=np.repeat(feature[here], len(shape)),
            paint=paints.plain("marking"),
            shade=_THIN,
        )


@cache
def _arrow(word: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return an arrow as points (ahead, left) about its middle, and its triangles."""
    points: list[tuple[float, float]] = []
    triangles: list[tuple[int, int, int]] = []

    def bar(a: NDArray[np.float64], b: NDArray[np.float64], head: bool) -> None:
        way = (b - a) / np.hypot(*(b - a))
        side = np.array([-way[1], way[0]])
        neck = b - _HEAD_M * way if head else b
        base = len(points)
        points.extend(map(tuple, (a - _SHAFT_M / 2 * side, neck - _SHAFT_M / 2 * side,
                                  neck + _SHAFT_M / 2 * side, a + _SHAFT_M / 2 * side)))  # fmt: skip
        triangles.extend([(base, base + 1, base + 2), (base, base + 2, base + 3)])
        if head:
            points.extend(map(tuple, (neck - _HEAD_WIDE_M / 2 * side, b, neck + _HEAD_WIDE_M / 2 * side)))
            triangles.append((base + 4, base + 5, base + 6))

    foot, fork = np.array([-_REACH_M / 2, 0.0]), np.array([_FORK_M - _REACH_M / 2, 0.0])
    bar(foot, fork, head=False)
    for turn in word.split(";"):
        angle = np.radians(_TURNS_DEG[turn])
        length = _REACH_M - _FORK_M if turn == "through" else 1.7
        bar(fork, fork + length * np.array([np.cos(angle), np.sin(angle)]), head=True)
    return np.array(points), np.array(triangles, dtype=np.int64)
