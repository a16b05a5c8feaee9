"""The straight skeleton of a polygon: where roofs of equal slope over all of its walls meet.

All walls move inwards at the same speed. A wall that has shrunk to nothing goes, and an inward corner
that meets another wall parts what is left in two (Aichholzer et al., "A novel type of skeleton for
polygons", 1995). The tracks of the corners are the hips, valleys and ridges; a place is as high as the
time is late at which a wall passes it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CORNERS = 300
"""Finding the next meeting looks at every inward corner and every wall: beyond, it would take seconds."""

_PARALLEL = 1e-7
_NEAR_M = 1e-6
_SAME_M = 2e-3
"""Meetings so near each other are one."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Nodes, the polygon's corners first, and for every wall the nodes around the roof above it."""

    xy: NDArray[np.float64]  # (n, 2)
    inwards_m: NDArray[np.float64]  # (n,) the distance from the walls that meet there
    faces: tuple[tuple[int, ...], ...]  # counter-clockwise; the first two are the wall's ends


class TangledError(Exception):
    """The tracks do not add up to a roof: the polygon is too intricate for this precision."""


def skeleton(rings: Sequence[NDArray[np.float64]]) -> Skeleton:
    """Return the straight skeleton of one polygon.

    Parameters
    ----------
    rings
        Corners, shape (k, 2): the outer ring counter-clockwise, then holes clockwise. The wall that begins
        at a corner has the corner's number, counted over all rings.

    Raises
    ------
    TangledError
        If no roof comes out that covers the polygon.
    """
    middle = rings[0].mean(axis=0)
    front = _Front([ring - middle for ring in rings])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        front.run()
    xy, inwards, faces = front.roof()
    return Skeleton(xy + middle, inwards, faces)


class _Front:
    """The moving walls: corners in closed loops, each between the wall before and the wall after it."""

    def __init__(self, rings: Sequence[NDArray[np.float64]]) -> None:
        self.corner = np.concatenate(rings)
        sizes = [len(ring) for ring in rings]
        count = len(self.corner)
        if count > MOST_CORNERS:
            raise TangledError
        self.after = np.concatenate(
            [np.roll(np.arange(k), -1) + at for k, at in zip(sizes, _starts(sizes), strict=True)]
        )
        before = np.empty(count, int)
        before[self.after] = np.arange(count)
        way = self.corner[self.after] - self.corner
        self.length = np.hypot(*way.T)
        self.way = way / self.length[:, None]
        self.normal = np.column_stack([-self.way[:, 1], self.way[:, 0]])
        self.offset = -np.einsum("ij,ij->i", self.normal, self.corner)
        # A corner: the walls before and after it, its neighbours, its birth node, and its track p + time v.
        self.left: list[int] = before.tolist()
        self.right: list[int] = list(range(count))
        self.previous: list[int] = before.tolist()
        self.next: list[int] = self.after.tolist()
        self.node: list[int] = list(range(count))
        self.alive: list[bool] = [True] * count
        self.born: list[float] = [0.0] * count
        self.start: list[tuple[float, float]] = [tuple(p) for p in self.corner.tolist()]
        self.speed: list[tuple[float, float]] = []
        self.reflex: list[bool] = []
        self.stuck: list[bool] = []
        for row in range(count):
            self._track(row)
        self.nodes: list[tuple[float, float, float]] = [(x, y, 0.0) for x, y in self.corner.tolist()]
        self.arcs: list[tuple[int, int, int, int]] = []
        self.now = 0.0

    def _track(self, corner: int) -> None:
        a, b = self.normal[self.left[corner]], self.normal[self.right[corner]]
        turn = float(a[0] * b[1] - a[1] * b[0])
        same = float(a[0] * b[0] + a[1] * b[1])
        stuck = False
        if abs(turn) < _PARALLEL:
            stuck = same < 0
            speed = (0.0, 0.0) if stuck else (float(a[0]), float(a[1]))
        else:
            speed = (float(b[1] - a[1]) / turn, float(a[0] - b[0]) / turn)
        self.speed.append(speed)
        self.reflex.append(turn < -_PARALLEL)
        self.stuck.append(stuck)

    def _add(self, left: int, right: int, previous: int, following: int, node: int) -> int:
        row = len(self.left)
        self.left.append(left)
        self.right.append(right)
        self.previous.append(previous)
        self.next.append(following)
        self.node.append(node)
        self.alive.append(True)
        self.born.append(self.now)
        self.start.append(self.nodes[node][:2])
        self._track(row)
        self.next[previous] = row
        self.previous[following] = row
        return row

    def _at(self, corner: int) -> tuple[float, float]:
        elapsed = self.now - self.born[corner]
        (x, y), (u, v) = self.start[corner], self.speed[corner]
        return x + elapsed * u, y + elapsed * v

    def _end(self, corner: int, node: int) -> None:
        self.alive[corner] = False
        self.arcs.append((self.node[corner], node, self.left[corner], self.right[corner]))

    def _node(self, xy: tuple[float, float]) -> int:
        self.nodes.append((*xy, self.now))
        return len(self.nodes) - 1

    def run(self) -> None:
        """Move the walls until none is left."""
        loops = [row for row in range(len(self.left)) if self.alive[row]]
        for _step in range(6 * len(loops) + 20):
            live = [row for row in range(len(self.left)) if self.alive[row]]
            if not live:
                return
            self._step(live)
        raise TangledError

    def _step(self, live: list[int]) -> None:
        for corner in live:
            if self.alive[corner] and self.next[self.next[corner]] == corner:
                self._close(corner)
                return
            if self.alive[corner] and self.stuck[corner]:
                self._ridge(corner)
                return
        rows = np.array(live)
        place = np.array([self._at(row) for row in live])
        speed = np.array([self.speed[row] for row in live])
        number = np.empty(len(self.left), int)
        number[rows] = np.arange(len(rows))
        following = number[[self.next[row] for row in live]]
        wall = np.array([self.right[row] for row in live])
        way = self.way[wall]
        length = np.maximum(np.einsum("ij,ij->i", place[following] - place, way), 0.0)
        shrinks = -np.einsum("ij,ij->i", speed[following] - speed, way)
        wait = np.where(shrinks > 1e-9, length / shrinks, np.inf)
        first = int(np.argmin(wait))
        soonest, hit = float(wait[first]), -1
        inward = np.flatnonzero([self.reflex[row] for row in live])
        if len(inward):
            # When each inward corner reaches the line of each wall, and whether the wall is there then.
            height = place[inward] @ self.normal[wall].T + self.offset[wall] - self.now
            closing = 1.0 - speed[inward] @ self.normal[wall].T
            delay = np.where(closing > 1e-9, np.maximum(height, 0.0) / closing, np.inf)
            delay = np.where(height < -1e-4, np.inf, delay)
            own = np.array([(self.left[live[i]], self.right[live[i]]) for i in inward])
            delay[(wall[None] == own[:, :1]) | (wall[None] == own[:, 1:])] = np.inf
            delay[delay > soonest + 1e-9] = np.inf
            for i, j in zip(*np.nonzero(np.isfinite(delay)), strict=True):
                after = delay[i, j]
                if after > soonest or (after == soonest and hit >= 0):
                    continue
                meet = place[inward[i]] + after * speed[inward[i]]
                low = (meet - place[j] - after * speed[j]) @ way[j]
                high = (place[following[j]] + after * speed[following[j]] - meet) @ way[j]
                if low >= -_NEAR_M and high >= -_NEAR_M:
                    soonest, first, hit = float(after), int(inward[i]), int(j)
        if not np.isfinite(soonest):
            raise TangledError
        self.now += soonest
        if hit < 0:
            self._vanish(live[first])
        else:
            self._part(live[first], live[hit])

    def _vanish(self, corner: int) -> None:
        """Take away the wall after a corner, which has shrunk to nothing."""
        other = self.next[corner]
        (x, y), (u, v) = self._at(corner), self._at(other)
        node = self._node(((x + u) / 2, (y + v) / 2))
        self._end(corner, node)
        self._end(other, node)
        self._add(self.left[corner], self.right[other], self.previous[corner], self.next[other], node)

    def _part(self, corner: int, wall: int) -> None:
        """Part the front where an inward corner has met the wall after another corner."""
        node = self._node(self._at(corner))
        self._end(corner, node)
        before, after, following = self.previous[corner], self.next[corner], self.next[wall]
        met = self.right[wall]
        self._add(self.left[corner], met, before, following, node)
        self._add(met, self.right[corner], wall, after, node)

    def _ridge(self, corner: int) -> None:
        """Draw the ridge where two walls have met face to face: to where the shorter of them ends."""
        x, y = self._at(corner)
        before, after = self.previous[corner], self.next[corner]
        (bx, by), (ax, ay) = self._at(before), self._at(after)
        if np.hypot(bx - x, by - y) <= np.hypot(ax - x, ay - y):
            self._vanish_stuck(corner, before, first=before)
        else:
            self._vanish_stuck(corner, after, first=corner)

    def _vanish_stuck(self, corner: int, other: int, *, first: int) -> None:
        node = self._node(self._at(other))
        self._end(corner, node)
        self._end(other, node)
        second = self.next[first]
        self._add(self.left[first], self.right[second], self.previous[first], self.next[second], node)

    def _close(self, corner: int) -> None:
        """End a loop of which only two corners are left: what is between them is a ridge."""
        other = self.next[corner]
        one, two = self._node(self._at(corner)), self._node(self._at(other))
        self._end(corner, one)
        self._end(other, two)
        self.arcs.append((one, two, self.left[corner], self.right[corner]))

    def roof(self) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[tuple[int, ...], ...]]:
        """Return places, distances and faces, with meetings in one place made one."""
        place = np.array(self.nodes)
        count = len(self.corner)
        if not np.isfinite(place).all():
            raise TangledError
        same = _welded(place, count)
        ways: list[defaultdict[int, list[int]]] = [defaultdict(list) for _ in range(count)]
        for one, other, left, right in self.arcs:
            a, b = same[one], same[other]
            if a != b and left != right:
                for wall in (left, right):
                    ways[wall][a].append(b)
                    ways[wall][b].append(a)
        faces = tuple(_around(wall, int(self.after[wall]), ways[wall]) for wall in range(count))
        faces = _meeting(faces, place[:, :2])
        area = sum(_area(place[list(face), :2]) for face in faces)
        own = sum(_area(self.corner[ring]) for ring in _rings(self.after))
        if abs(area - own) > 1e-4 * own + 1e-3:
            raise TangledError
        return place[:, :2], place[:, 2], faces


def _starts(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:k]) for k in range(len(sizes))]


def _rings(after: NDArray[np.int64]) -> list[list[int]]:
    left, out = set(range(len(after))), []
    while left:
        ring = [min(left)]
        while (following := int(after[ring[-1]])) != ring[0]:
            ring.append(following)
        left -= set(ring)
        out.append(ring)
    return out


def _welded(place: NDArray[np.float64], corners: int) -> list[int]:
    """Return for every node the first one in its place; the polygon's own corners stay apart."""
    same = list(range(len(place)))
    for row in range(corners, len(place)):
        near = np.flatnonzero(np.abs(place[:row, :2] - place[row, :2]).max(axis=1) < _SAME_M)
        if len(near):
            same[row] = same[int(near[0])]
    return same


def _around(wall: int, end: int, ways: defaultdict[int, list[int]]) -> tuple[int, ...]:
    """Walk from the wall's end along the tracks above it back to its beginning."""
    face, at, came = [wall, end], end, wall
    for _step in range(len(ways) + 2):
        onward = [node for node in ways[at] if node != came]
        if len(onward) > 1:
            # A track that leads nowhere else comes from two meetings in one place.
            onward = [node for node in onward if len(ways[node]) > 1 or node == wall] or onward
        if not onward:
            raise TangledError
        came, at = at, onward[0]
        if at == wall:
            return tuple(face)
        face.append(at)
    raise TangledError


def _meeting(faces: tuple[tuple[int, ...], ...], xy: NDArray[np.float64]) -> tuple[tuple[int, ...], ...]:
    """Return the faces with every node that lies on one of their sides among their nodes."""
    sides = np.array([(face[k - 1], node) for face in faces for k, node in enumerate(face)])
    nodes = np.unique(sides)
    start, way = xy[sides[:, 0]], xy[sides[:, 1]] - xy[sides[:, 0]]
    length = np.hypot(*way.T)
    way = way / np.maximum(length, 1e-12)[:, None]
    gap = xy[nodes][None] - start[:, None]
    along = gap[:, :, 0] * way[:, None, 0] + gap[:, :, 1] * way[:, None, 1]
    off = np.abs(gap[:, :, 1] * way[:, None, 0] - gap[:, :, 0] * way[:, None, 1])
    on = (off < _SAME_M) & (along > _SAME_M) & (along < length[:, None] - _SAME_M)
    if not on.any():
        return faces
    out, row = [], 0
    for face in faces:
        ring: list[int] = []
        for node in face:
            between = np.flatnonzero(on[row])
            ring += nodes[between[np.argsort(along[row, between])]].tolist()
            ring.append(node)
            row += 1
        # The side from the last node to the first came first; the face still begins with its wall.
        head = ring.index(face[0])
        out.append(tuple(ring[head:] + ring[:head]))
    return tuple(out)


def _area(xy: NDArray[np.float64]) -> float:
    x, y = xy[:, 0] - xy[0, 0], xy[:, 1] - xy[0, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
