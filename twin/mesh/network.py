"""Streets as a network: lines broken where others meet them, and places along them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.pieces import spans, within
from twin.mesh.ribbons import Lines
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOWHERE = -1


@dataclass(frozen=True)
class Edges:
    """Lines that run from crossing to crossing, or to where a way ends or goes on as another.

    Attributes
    ----------
    lines : Lines
        One line an edge; `feature` is that of the line it came from.
    node : ndarray, shape (m, 2)
        Where each edge begins and ends: equal numbers are one place.
    meets : ndarray of bool, shape (m, 2)
        Whether at least three edges meet there.
    half_m : ndarray, shape (m,)
        Half the width of each edge.
    over_m : ndarray, shape (n,), optional
        How high each vertex of `lines` lies over the ground; None: all lie on it.
    """

    lines: Lines
    node: NDArray[np.int64]
    meets: NDArray[np.bool_]
    half_m: NDArray[np.float64]
    over_m: NDArray[np.float64] | None = None

    @cached_property
    def _end_to_end_m(self) -> NDArray[np.float64]:
        """How far along all lines, laid end to end, each vertex lies; no gaps between lines."""
        step = np.zeros(len(self.lines.xy))
        step[1:] = np.hypot(*np.diff(self.lines.xy, axis=0).T)
        step[self.lines.start[:-1]] = 0
        return np.cumsum(step)

    def along_m(self, vertex: NDArray[np.int64]) -> NDArray[np.float64]:
        """How far along their edges vertices lie, by their rows in `lines.xy`."""
        return self._end_to_end_m[vertex] - self._end_to_end_m[self.lines.start[self.lines.line[vertex]]]

    @cached_property
    def length_m(self) -> NDArray[np.float64]:
        """Length of each edge, shape (m,)."""
        ends = self._end_to_end_m
        return ends[self.lines.start[1:] - 1] - ends[self.lines.start[:-1]]

    @cached_property
    def reach_m(self) -> NDArray[np.float64]:
        """How far the surface of the others reaches into each edge at its two ends, shape (m, 2); 0 where none meet."""
        ends, half = self.node.ravel(), np.repeat(self.half_m, 2)
        order = np.lexsort((-half, ends))
        of_end, wide = ends[order], half[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = of_end[1:] != of_end[:-1]
        widest = np.zeros(int(ends.max(initial=0)) + 1)
        widest[of_end[first]] = wide[first]
        second = np.zeros_like(widest)
        follows = np.flatnonzero(first[:-1] & ~first[1:]) + 1
        second[of_end[follows]] = wide[follows]
        own_is_widest = half >= widest[ends] - 1e-9
        reach = np.where(own_is_widest, second[ends], widest[ends])
        return np.where(self.meets, reach.reshape(-1, 2), 0.0)

    def places(
        self, edge: NDArray[np.int64], along_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return places along edges, and the directions of the edges there as unit vectors; shape (k, 2) each."""
        starts = self.lines.start
        at = self._end_to_end_m[starts[edge]] + np.clip(along_m, 0, self.length_m[edge])
        a = np.clip(np.searchsorted(self._end_to_end_m, at, side="right") - 1, starts[edge], starts[edge + 1] - 2)
        step = self.lines.xy[a + 1] - self.lines.xy[a]
        length = np.maximum(np.hypot(*step.T), 1e-9)
        heading = step / length[:, None]
        return self.lines.xy[a] + heading * (at - self._end_to_end_m[a])[:, None], heading

    def heights(self, edge: NDArray[np.int64], along_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """How high places along edges lie over the ground, shape (k,)."""
        if self.over_m is None:
            return np.zeros(len(edge))
        starts = self.lines.start
        at = self._end_to_end_m[starts[edge]] + np.clip(along_m, 0, self.length_m[edge])
        a = np.clip(np.searchsorted(self._end_to_end_m, at, side="right") - 1, starts[edge], starts[edge + 1] - 2)
        share = (at - self._end_to_end_m[a]) / np.maximum(self._end_to_end_m[a + 1] - self._end_to_end_m[a], 1e-9)
        height: NDArray[np.float64] = self.over_m[a] + np.clip(share, 0, 1) * (self.over_m[a + 1] - self.over_m[a])
        return height

    def between(self, edge: NDArray[np.int64], from_m: NDArray[np.float64], to_m: NDArray[np.float64]) -> Lines:
        """Return a stretch of an edge for each of `edge`, as lines that count rows of `edge`; none may be empty."""
        begin = self.lines.start[edge]
        size = self.lines.size[edge]
        vertex = np.repeat(begin, size) + within(size)
        row = np.repeat(np.arange(len(edge)), size)
        along = self._end_to_end_m[vertex] - self._end_to_end_m[begin][row]
        inner = (along > from_m[row] + 1e-6) & (along < to_m[row] - 1e-6)
        xy = np.concatenate([self.places(edge, from_m)[0], self.lines.xy[vertex[inner]], self.places(edge, to_m)[0]])
        owner = np.concatenate([np.arange(len(edge)), row[inner], np.arange(len(edge))])
        place = np.concatenate([from_m, along[inner], to_m])
        order = np.lexsort((place, owner))
        return Lines(xy[order], spans(np.bincount(owner, minlength=len(edge))), np.arange(len(edge)))


def edges_of(lines: Lines, half_m: NDArray[np.float64], over_m: NDArray[np.float64] | None = None) -> Edges:
    """Return lines as edges: half the width of each line, shape (m,), and `over_m`, shape (n,), as in `Edges`."""
    n = len(lines.xy)
    if n == 0:
        return Edges(lines, np.empty((0, 2), np.int64), np.empty((0, 2), bool), np.empty(0))
    _places, node = np.unique(lines.xy[:, 0] + 1j * lines.xy[:, 1], return_inverse=True)
    end = np.zeros(n, dtype=bool)
    end[lines.start[:-1]] = end[lines.start[1:] - 1] = True
    crossing = np.bincount(node, weights=np.where(end, 1, 2)) >= 3
    # A vertex in the middle of a line at which others meet is the end of one edge and the begin of the next.
    broken = crossing[node] & ~end
    vertex = np.repeat(np.arange(n), 1 + broken)
    begins = np.zeros(len(vertex), dtype=bool)
    begins[within(1 + broken) == 1] = True
    begins |= among(vertex, lines.start[:-1])
    start = np.append(np.flatnonzero(begins), len(vertex))
    line = lines.line[vertex[start[:-1]]]
    ends = np.column_stack([node[vertex[start[:-1]]], node[vertex[start[1:] - 1]]])
    over_m = None if over_m is None else over_m[vertex]
    return Edges(Lines(lines.xy[vertex], start, lines.feature[line]), ends, crossing[ends], half_m[line], over_m)
