"""The straight skeleton of a polygon: where roofs of equal slope over all of its walls meet.

All walls move inwards at the same speed. A wall that has shrunk to nothing goes, and an inward corner
that meets another wall parts what is left in two (Aichholzer et al., "A novel type of skeleton for
polygons", 1995). The tracks of the corners are the hips, valleys and ridges; a place is as high as the
time is late at which a wall passes it.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_CORNERS = 1500
"""Beyond, a roof would take a second: every inward corner looks at every wall."""

_FACING, _CLOSES, _MEETS, _SHRINKS = range(4)
"""What happens to a corner: its walls face each other, its loop ends, it meets a wall, the wall after it is gone."""

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
        If no roof comes out.
    """
    middle = rings[0].mean(axis=0)
    front = _Front([ring - middle for ring in rings])
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
        starts = _starts(sizes)
        after = np.array([one for k, at in zip(sizes, starts, strict=True) for one in (*range(at + 1, at + k), at)])
        before = np.empty(count, int)
        before[after] = np.arange(count)
        way = self.corner[after] - self.corner
        way /= np.hypot(*way.T)[:, None]
        offset = way[:, 1] * self.corner[:, 0] - way[:, 0] * self.corner[:, 1]
        # Of each wall the normal and, times -1, how far its line lies from the middle.
        self.walls = list(zip((-way[:, 1]).tolist(), way[:, 0].tolist(), offset.tolist(), strict=True))
        self.way: list[tuple[float, float]] = [(x, y) for x, y in way.tolist()]
        # A corner: the walls before and after it, its neighbours, its birth, and its track from there.
        self.left: list[int] = before.tolist()
        self.right: list[int] = list(range(count))
        self.previous: list[int] = before.tolist()
        self.next: list[int] = after.tolist()
        self.after: list[int] = after.tolist()
        self.node: list[int] = list(range(count))
        self.alive: list[bool] = [True] * count
        self.born: list[float] = [0.0] * count
        self.speed: list[tuple[float, float]] = []
        self.behind: list[list[int]] = [[row] for row in range(count)]  # the corners that each wall's pieces follow
        self.nodes: list[tuple[float, float, float]] = [(x, y, 0.0) for x, y in self.corner.tolist()]
        self.arcs: list[tuple[int, int, int, int]] = []
        self.now = 0.0
        self.left_alive = count
        self.events: list[tuple[float, int, int, int]] = []  # time, kind, corner, its next corner or a wall
        self.hits: dict[int, tuple[list[float], list[int]]] = {}  # of an inward corner: times and walls, last first
        for row in range(count):
            self._track(row)
        for row in range(count):
            self._expect(row)

    def _track(self, corner: int) -> None:
        """Set how a corner moves, and which walls it may meet."""
        left, right = self.left[corner], self.right[corner]
        (ax, ay), (bx, by) = self.way[left], self.way[right]
        turn, same = ax * by - ay * bx, ax * bx + ay * by
        if abs(turn) < _PARALLEL:
            self.speed.append((0.0, 0.0) if same < 0 else (-ay, ax))
            if same < 0:
                heapq.heappush(self.events, (self.now, _FACING, corner, 0))
            return
        self.speed.append(((bx - ax) / turn, (by - ay) / turn))
        if turn > -_PARALLEL:
            return
        # When an inward corner reaches the line of each wall; whether the wall is there is seen then.
        x, y, _born = self.nodes[self.node[corner]]
        u, v = self.speed[corner]
        now, hits = self.now, []
        for wall, (nx, ny, offset) in enumerate(self.walls):  # a dozen or two: arrays take longer
            closing = 1.0 - nx * u - ny * v
            height = nx * x + ny * y + offset - now
            if closing > 1e-9 and height > -1e-4 and wall not in (left, right):
                hits.append((-(now + max(height, 0.0) / closing), wall))
        hits.sort()
        self.hits[corner] = ([-time for time, _wall in hits], [wall for _time, wall in hits])
        self._next_hit(corner)

    def _next_hit(self, corner: int) -> None:
        times, walls = self.hits[corner]
        if times:
            heapq.heappush(self.events, (max(times.pop(), self.now), _MEETS, corner, walls.pop()))

    def _expect(self, corner: int) -> None:
        """Note when the wall after a corner will have shrunk to nothing, or that only two corners are left."""
        other = self.next[corner]
        if self.next[other] == corner:
            heapq.heappush(self.events, (self.now, _CLOSES, corner, other))
            return
        (x, y), (u, v) = self._at(corner), self._at(other)
        (p, q), (r, s), (dx, dy) = self.speed[corner], self.speed[other], self.way[self.right[corner]]
        shrinks = (p - r) * dx + (q - s) * dy
        if shrinks > 1e-9:
            length = max((u - x) * dx + (v - y) * dy, 0.0)
            heapq.heappush(self.events, (self.now + length / shrinks, _SHRINKS, corner, other))

    def _at(self, corner: int) -> tuple[float, float]:
        elapsed = self.now - self.born[corner]
        (x, y, _born), (u, v) = self.nodes[self.node[corner]], self.speed[corner]
        return x + elapsed * u, y + elapsed * v

    def _add(self, left: int, right: int, previous: int, following: int, node: int) -> int:
        row = len(self.left)
        self.left.append(left)
        self.right.append(right)
        self.previous.append(previous)
        self.next.append(following)
        self.node.append(node)
        self.alive.append(True)
        self.left_alive += 1
        self.born.append(self.now)
        self.behind[right].append(row)
        self.next[previous] = row
        self.previous[following] = row
        self._track(row)
        return row

    def _end(self, corner: int, node: int) -> None:
        self.alive[corner] = False
        self.left_alive -= 1
        self.behind[self.right[corner]].remove(corner)
        self.arcs.append((self.node[corner], node, self.left[corner], self.right[corner]))

    def _node(self, xy: tuple[float, float]) -> int:
        self.nodes.append((*xy, self.now))
        return len(self.nodes) - 1

    def run(self) -> None:
        """Move the walls until none is left."""
        most = 8 * len(self.corner) + 20
        while self.left_alive:
            if not self.events or len(self.left) > most:
                raise TangledError
            time, kind, corner, other = heapq.heappop(self.events)
            if not self.alive[corner]:
                continue
            if kind in (_SHRINKS, _CLOSES) and self.next[corner] != other:
                continue
            self.now = time
            if kind == _SHRINKS:
                self._vanish(corner)
            elif kind == _CLOSES:
                self._close(corner)
            elif kind == _FACING:
                self._ridge(corner)
            else:
                self._meet(corner, other)

    def _vanish(self, corner: int) -> None:
        """Take away the wall after a corner, which has shrunk to nothing."""
        other = self.next[corner]
        (x, y), (u, v) = self._at(corner), self._at(other)
        self._merge(corner, other, ((x + u) / 2, (y + v) / 2))

    def _merge(self, corner: int, other: int, xy: tuple[float, float]) -> None:
        node = self._node(xy)
        self._end(corner, node)
        self._end(other, node)
        previous, following = self.previous[corner], self.next[other]
        row = self._add(self.left[corner], self.right[other], previous, following, node)
        self._expect(row)
        self._expect(previous)

    def _meet(self, corner: int, wall: int) -> None:
        """Part the front where an inward corner has met a wall, if a piece of that wall is there."""
        x, y = self._at(corner)
        dx, dy = self.way[wall]
        for piece in self.behind[wall]:
            following = self.next[piece]
            if corner in (piece, following):
                continue
            (px, py), (qx, qy) = self._at(piece), self._at(following)
            if (x - px) * dx + (y - py) * dy >= -_NEAR_M and (qx - x) * dx + (qy - y) * dy >= -_NEAR_M:
                break
        else:
            self._next_hit(corner)
            return
        node = self._node((x, y))
        self._end(corner, node)
        before, after = self.previous[corner], self.next[corner]
        one = self._add(self.left[corner], wall, before, following, node)
        two = self._add(wall, self.right[corner], piece, after, node)
        for row in (one, two, before, piece):
            self._expect(row)

    def _ridge(self, corner: int) -> None:
        """Draw the ridge where two walls have met face to face: to where the shorter of them ends."""
        x, y = self._at(corner)
        before, after = self.previous[corner], self.next[corner]
        if before == after:
            self._close(corner)
            return
        (bx, by), (ax, ay) = self._at(before), self._at(after)
        if np.hypot(bx - x, by - y) <= np.hypot(ax - x, ay - y):
            self._merge(before, corner, (bx, by))
        else:
            self._merge(corner, after, (ax, ay))

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
        faces = tuple(_around(wall, self.after[wall], ways[wall]) for wall in range(count))
        return place[:, :2], place[:, 2], _meeting(faces, place[:, :2])


def _starts(sizes: Sequence[int]) -> list[int]:
    return [sum(sizes[:k]) for k in range(len(sizes))]


def _welded(place: NDArray[np.float64], corners: int) -> list[int]:
    """Return for every node the first one in its place; the polygon's own corners stay apart."""
    same = list(range(len(place)))
    x, y = place[:, 0], place[:, 1]
    near = (np.abs(x[:, None] - x) < _SAME_M) & (np.abs(y[:, None] - y) < _SAME_M)
    first = near.argmax(axis=1)
    for row in (np.flatnonzero(first[corners:] < np.arange(corners, len(place))) + corners).tolist():
        same[row] = same[first[row]]
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
    nodes = np.flatnonzero(np.bincount(sides.ravel()))
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
