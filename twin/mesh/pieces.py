"""Bits of triangles, gathered until they are one mesh."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.model import Mesh

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from twin.table import Table

FULL_LIGHT = 255
FARTHEST_M = 1e7
"""What lies farther from the origin is no place in a district but an error."""


class Pieces:
    """Triangles of one table, added in any order, each piece with its own points."""

    def __init__(self) -> None:
        self._points: list[NDArray[np.float32]] = []
        self._triangles: list[NDArray[np.int32]] = []
        self._feature: list[NDArray[np.int32]] = []
        self._paint: list[NDArray[np.uint16]] = []
        self._shade: list[NDArray[np.uint8]] = []
        self._count = 0

    def add(
        self,
        points: NDArray[np.floating],
        triangles: NDArray[np.integer],
        *,
        feature: ArrayLike,
        paint: ArrayLike,
        shade: ArrayLike = FULL_LIGHT,
    ) -> None:
        """Add triangles over `points`, shape (n, 3); what is not told for each point holds for all.

        Parameters
        ----------
        points
            Local metres, shape (n, 3).
        triangles
            Indices into `points`, shape (t, 3), counter-clockwise seen from outside.
        feature
            Row in the table, -1 for none.
        paint
            Row in the table of paints.
        shade
            Baked light, 255 for none taken away; rounded and kept within 0 to 255.
        """
        n = len(points)
        if n == 0 or len(triangles) == 0:
            return
        light = np.clip(np.rint(np.asarray(shade, dtype=np.float32)), 0, FULL_LIGHT)
        self._points.append(np.asarray(points, dtype=np.float32))
        self._triangles.append(np.asarray(triangles, dtype=np.int32) + np.int32(self._count))
        self._feature.append(np.broadcast_to(np.asarray(feature, dtype=np.int32), n))
        self._paint.append(np.broadcast_to(np.asarray(paint, dtype=np.uint16), n))
        self._shade.append(np.broadcast_to(light.astype(np.uint8), n))
        self._count += n

    def mesh(self, table: str) -> Mesh:
        """All pieces as one mesh that counts its features in `table`."""
        return Mesh(
            table=table,
            points=_joined(self._points, np.float32, 3),
            triangles=_joined(self._triangles, np.int32, 3),
            feature=_joined(self._feature, np.int32),
            paint=_joined(self._paint, np.uint16),
            shade=_joined(self._shade, np.uint8),
        )


def width_shade(width_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return widths as the `shade` of a kind that fades: steps of 2 cm, at most 5.1 m."""
    return np.clip(np.ceil(width_m * 50), 1, 255)


def _joined[T: np.generic](pieces: list[NDArray[T]], dtype: type[T], width: int = 0) -> NDArray[T]:
    if not pieces:
        return np.empty((0, width) if width else 0, dtype=dtype)
    return np.ascontiguousarray(np.concatenate(pieces), dtype=dtype)


def spans(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where each of several runs starts when they lie end to end, and the total: shape (n + 1,)."""
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    return start


def within(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """Position of every member within its run: 0, 1, 2, 0, 1 for counts of 3 and 2."""
    start = spans(counts)
    return np.arange(start[-1]) - np.repeat(start[:-1], counts)


def is_place(xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether each row of `xy`, shape (n, 2), can be a place: finite, and on this planet."""
    # Two columns one after the other: an operation along rows of two takes five times as long.
    near: NDArray[np.bool_] = (np.abs(xy[:, 0]) < FARTHEST_M) & (np.abs(xy[:, 1]) < FARTHEST_M)  # never so for NaN
    return near


def apart(one: NDArray[np.float64], other: NDArray[np.float64], by_m: float) -> NDArray[np.bool_]:
    """Return whether each place in `one` is at least so far from that in `other`, along x or along y."""
    step = np.abs(one - other)
    far: NDArray[np.bool_] = (step[:, 0] >= by_m) | (step[:, 1] >= by_m)
    return far


def only_places(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the geometries, None for those with a coordinate that can be no place."""
    xy = shapely.get_coordinates(geometries)
    if is_place(xy).all():
        return geometries
    xy, which = shapely.get_coordinates(geometries, return_index=True)
    kept = geometries.copy()
    kept[which[~is_place(xy)]] = None
    return kept


def with_places(table: Table) -> Table:
    """Return the table, without the geometries that would be warnings or worse in every step."""
    given = table.geometry
    kept = only_places(given)
    return table if kept is given else table.replaced(geometry=kept)
