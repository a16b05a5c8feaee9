"""Surfaces over footprints: triangles that share their points, and are split along lines without a gap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.pieces import spans
from twin.table import among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ON_M = 5e-3
"""What lies closer to a line than this lies on it: no splinters."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Roofs over several polygons, each edge shared by two triangles or on the rim, where a wall begins.

    `told` are numbers of every point that run straight over a triangle; the first is the share of the
    roof's height that the point reaches, 0 at the eaves and 1 at the top.
    """

    xy: NDArray[np.float64]  # (n, 2)
    told: NDArray[np.float64]  # (n, k)
    triangles: NDArray[np.int64]  # (t, 3) counter-clockwise from above
    polygon: NDArray[np.int64]  # (n,)

    @property
    def share(self) -> NDArray[np.float64]:
        """The share of the roof's height that each point reaches, shape (n,)."""
        return self.told[:, 0]

    def with_share(self, share: NDArray[np.float64]) -> Surface:
        """Return the same surface with other heights and nothing else told."""
        return replace(self, told=np.clip(share, 0.0, 1.0)[:, None])

    def rim(self) -> NDArray[np.int64]:
        """Edges with a triangle on one side only, as pairs of points, shape (e, 2); the triangle is on their left."""
        ends = self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        n = len(self.xy)
        there, back = ends[:, 0] * n + ends[:, 1], ends[:, 1] * n + ends[:, 0]
        return ends[~among(there, back)]


def joined(surfaces: Sequence[Surface]) -> Surface:
    """Return surfaces as one; they must tell the same numbers."""
    offset = spans(np.array([len(surface.xy) for surface in surfaces]))
    return Surface(
        np.concatenate([surface.xy for surface in surfaces]),
        np.concatenate([surface.told for surface in surfaces]),
        np.concatenate([surface.triangles + at for surface, at in zip(surfaces, offset[:-1], strict=True)]),
        np.concatenate([surface.polygon for surface in surfaces]),
    )


def cut(surface: Surface, value: NDArray[np.float64]) -> Surface:
    """Return the surface with its triangles split where `value` passes through zero.

    Parameters
    ----------
    surface
        Any surface.
    value
        A length in metres for every point, running straight over each triangle, NaN where nothing is cut.
    """
    side = np.where(np.abs(value) > ON_M, np.sign(value), 0.0)  # NaN lies on the line, and cuts nothing
    of = side[surface.triangles]
    crossed = (of.min(axis=1) < 0) & (of.max(axis=1) > 0)
    if not crossed.any():
        return surface
    split, of = surface.triangles[crossed], of[crossed]
    # First comes the corner on the line, or else the one that is alone on its side.
    on = of == 0
    touched = on.any(axis=1)
    alone = of == -np.sign(of.sum(axis=1))[:, None]
    turn = (np.argmax(np.where(touched[:, None], on, alone), axis=1)[:, None] + np.arange(3)) % 3
    p, q, r = np.take_along_axis(split, turn, axis=1).T
    n = len(surface.xy)

    def edge(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum(a, b) * n + np.maximum(a, b)

    opposite, first, second = edge(q[touched], r[touched]), edge(p, q)[~touched], edge(r, p)[~touched]
    edges, number = np.unique(np.concatenate([opposite, first, second]), return_inverse=True)
    low, high = edges // n, edges % n
    share = (value[low] / (value[low] - value[high]))[:, None]
    number = number + n
    on_opposite, on_first, on_second = np.split(number, np.cumsum([len(opposite), len(first)]))
    zero, left, right = p[touched], q[touched], r[touched]
    top, one, other = p[~touched], q[~touched], r[~touched]
    return Surface(
        np.concatenate([surface.xy, surface.xy[low] + share * (surface.xy[high] - surface.xy[low])]),
        np.concatenate([surface.told, surface.told[low] + share * (surface.told[high] - surface.told[low])]),
        np.concatenate(
            [
                surface.triangles[~crossed],
                np.column_stack([zero, left, on_opposite]),
                np.column_stack([zero, on_opposite, right]),
                np.column_stack([top, on_first, on_second]),
                np.column_stack([on_first, one, other]),
                np.column_stack([on_first, other, on_second]),
            ]
        ),
        np.concatenate([surface.polygon, surface.polygon[low]]),
    )
