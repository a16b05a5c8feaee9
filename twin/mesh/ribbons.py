"""Lines as strips of triangles with a width: mitred bends, round ends and round sharp corners."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.pieces import apart, is_place, spans, within
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARP = np.cos(np.radians(50.0))
"""A bend sharper than this is no mitre: the strip ends there and begins anew, both ends round."""

SAME_POINT_M = 1e-2
_LINE = 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Many polylines as one array of vertices. A closed one repeats its first vertex at its end."""

    xy: NDArray[np.float64]  # (n, 2)
    start: NDArray[np.int64]  # (m + 1,) where each line starts in xy
    feature: NDArray[np.int64]  # (m,) the geometry that each line came from

    @property
    def size(self) -> NDArray[np.int64]:
        """Vertices of each line, shape (m,)."""
        return np.diff(self.start)

    @property
    def line(self) -> NDArray[np.int64]:
        """The line of each vertex, shape (n,)."""
        return np.repeat(np.arange(len(self.feature)), self.size)

    @property
    def feature_of_vertex(self) -> NDArray[np.int64]:
        """The geometry that each vertex came from, shape (n,)."""
        return np.repeat(self.feature, self.size)

    def chosen(self, which: NDArray[np.bool_]) -> Lines:
        """Return only those lines for which the mask, shape (m,), holds."""
        return Lines(self.xy[np.repeat(which, self.size)], spans(self.size[which]), self.feature[which])

    def of_rows(self, rows: NDArray[np.int64]) -> Lines:
        """Return the same lines where their geometries were those of `rows` of a longer table."""
        return Lines(self.xy, self.start, rows[self.feature])


def lines_of(geometries: NDArray[np.object_], *, simpler_by_m: float = 0.0) -> Lines:
    """Return the polylines in `geometries`, without repeated vertices; rings of polygons are none of them.

    With `simpler_by_m`, vertices that bend a line by less than that are left out.
    """
    parts, feature = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    kind = shapely.get_type_id(parts)
    linear = (kind == _LINE) | (kind == _LINE + 1)
    parts, feature = parts[linear], feature[linear]
    if simpler_by_m > 0:
        parts = shapely.simplify(parts, simpler_by_m, preserve_topology=False)
    xy, line = shapely.get_coordinates(parts, return_index=True)
    good = is_place(xy)
    xy, line = xy[good], line[good]
    new = np.ones(len(xy), dtype=bool)
    new[1:] = (line[1:] != line[:-1]) | apart(xy[1:], xy[:-1], SAME_POINT_M)
    xy, line = xy[new], line[new]
    count = np.bincount(line, minlength=len(parts))
    long = count >= 2
    return Lines(xy=xy[long[line]], start=spans(count[long]), feature=feature[long])


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip of triangles along each line, facing up.

    `vertex` is the row in `Lines.xy` from which each point was moved sideways: heights, paints and
    features of vertices become those of points by indexing with it.
    """

    xy: NDArray[np.float64]  # (p, 2)
    vertex: NDArray[np.int64]  # (p,)
    triangles: NDArray[np.int64]  # (t, 3)
    left_edge: NDArray[np.int64]  # (s, 2) points along the left edges, in the direction of the line
    right_edge: NDArray[np.int64]  # (s, 2)


def strip(
    lines: Lines,
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    *,
    round_ends: bool = True,
    round_bends: bool = True,
) -> Strip:
    """Return a strip from `left_m` left of each line to `right_m` right of it; negative for the other side.

    Parameters
    ----------
    lines
        The lines; a line that ends where it began is drawn without an end.
    left_m, right_m
        For each line, in metres.
    round_ends
        Whether ends are half discs, so that strips that meet at a crossing leave no gap.
    round_bends
        Whether sharp bends are discs.
    """
    n = len(lines.xy)
    if n == 0:
        none = np.empty((0, 2), dtype=np.int64)
        return Strip(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty((0, 3), dtype=np.int64), none, none)
    first = np.zeros(n, dtype=bool)
    first[lines.start[:-1]] = True
    last = np.zeros(n, dtype=bool)
    last[lines.start[1:] - 1] = True
    closed = (lines.xy[lines.start[:-1]] == lines.xy[lines.start[1:] - 1]).all(axis=1) & (lines.size > 3)

    heading = np.zeros((n, 2))
    step = np.diff(lines.xy, axis=0)
    length = np.ones(n)
    length[:-1] = np.maximum(np.hypot(*step.T), 1e-9)
    heading[:-1] = step / length[:-1, None]
    # Into and out of each vertex; a closed line comes into its first vertex from its last segment.
    into, out = np.empty_like(heading), heading.copy()
    into[1:] = heading[:-1]
    heads, tails = lines.start[:-1], lines.start[1:] - 1
    into[heads] = np.where(closed[:, None], heading[tails - 1], heading[heads])
    out[tails] = np.where(closed[:, None], heading[heads], heading[tails - 1])

    cosine = (into * out).sum(axis=1)
    sharp = (cosine < SHARP) & ~first & ~last
    # Where a strip is wide for its short segments, the inner side of a mitre would run past them.
    wide = np.repeat(np.maximum(np.abs(left_m), np.abs(right_m)), lines.size)
    shortest = np.minimum(length, np.where(first, np.inf, np.roll(length, 1)))
    half_tangent = np.sqrt(np.maximum(1 - cosine, 0) / np.maximum(1 + cosine, 1e-3))
    sharp |= (wide * half_tangent > shortest) & (cosine < 0.97) & ~first & ~last

    # A sharp bend has two cross-sections, one for the strip that ends and one for the one that begins.
    copies = 1 + sharp
    vertex = np.repeat(np.arange(n), copies)
    second = within(copies) == 1
    ends = (last[vertex] & ~np.repeat(closed, lines.size)[vertex]) | (sharp[vertex] & ~second)
    begins = (first[vertex] & ~np.repeat(closed, lines.size)[vertex]) | second
    before, after = into[vertex], out[vertex]
    before = np.where(begins[:, None], after, before)
    after = np.where(ends[:, None], before, after)
    middle = before + after
    middle /= np.maximum(np.hypot(*middle.T), 1e-9)[:, None]
    reach = 1 / np.maximum((middle * before).sum(axis=1), 0.6)
    sideways = np.column_stack([-middle[:, 1], middle[:, 0]]) * reach[:, None]
    of_line = np.repeat(np.arange(len(lines.feature)), lines.size)[vertex]
    left = lines.xy[vertex] + sideways * left_m[of_line, None]
    right = lines.xy[vertex] - sideways * right_m[of_line, None]

    m = len(vertex)
    a = np.flatnonzero(~(last[vertex] | (sharp[vertex] & ~second)))
    b = a + 1
    xy = np.concatenate([left, right])
    triangles = _facing_up(xy, np.concatenate([np.column_stack([m + a, m + b, b]), np.column_stack([m + a, b, a])]))
    made = Strip(xy, np.tile(vertex, 2), triangles, np.column_stack([a, b]), np.column_stack([m + a, m + b]))
    bend = sharp[vertex]
    at_end = np.flatnonzero(ends & np.where(bend, round_bends, round_ends))
    at_begin = np.flatnonzero(begins & np.where(bend, round_bends, round_ends))
    # A half disc from one edge of the strip around its end to the other.
    return _with_discs(
        made,
        start=np.concatenate([m + at_end, at_begin]),
        stop=np.concatenate([at_end, m + at_begin]),
        vertex=np.concatenate([vertex[at_end], vertex[at_begin]]),
    )


def _with_discs(
    made: Strip, start: NDArray[np.int64], stop: NDArray[np.int64], vertex: NDArray[np.int64], sides: int = 5
) -> Strip:
    """Return the strip with half discs over the lines between the points `start` and `stop`, counter-clockwise."""
    if len(start) == 0:
        return made
    centre = (made.xy[start] + made.xy[stop]) / 2
    arm = made.xy[start] - centre
    quarter = np.column_stack([-arm[:, 1], arm[:, 0]])
    angle = np.linspace(0, np.pi, sides + 1)[1:-1]
    rim = centre[:, None] + np.cos(angle)[:, None] * arm[:, None] + np.sin(angle)[:, None] * quarter[:, None]
    n = len(made.xy)
    fresh = n + np.arange(len(start) * len(angle)).reshape(len(start), -1)
    fan = np.concatenate([start[:, None], fresh, stop[:, None]], axis=1)
    hub = np.repeat(fan[:, 0], sides - 1)
    triangles = np.column_stack([hub, fan[:, 1:-1].ravel(), fan[:, 2:].ravel()])
    return replace(
        made,
        xy=np.concatenate([made.xy, rim.reshape(-1, 2)]),
        vertex=np.concatenate([made.vertex, np.repeat(vertex, len(angle))]),
        triangles=np.concatenate([made.triangles, triangles]),
    )


def _facing_up(xy: NDArray[np.float64], triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the triangles, those turned around that a tight bend has folded over."""
    p, q, r = xy[triangles[:, 0]], xy[triangles[:, 1]], xy[triangles[:, 2]]
    folded = (q[:, 0] - p[:, 0]) * (r[:, 1] - p[:, 1]) < (r[:, 0] - p[:, 0]) * (q[:, 1] - p[:, 1])
    triangles[folded] = triangles[folded][:, ::-1]
    return triangles


def slab(
    made: Strip, top_m: NDArray[np.float64], bottom_m: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a body under a strip without discs: its points, the upper ones first, and its triangles.

    Parameters
    ----------
    made
        The strip, as from `strip(..., round_ends=False, round_bends=False)`.
    top_m, bottom_m
        Heights of the upper and of the lower side at each point of the strip, shape (p,).

    Returns
    -------
    points : ndarray, shape (2 p, 3)
        Rows p and up lie below rows 0 to p - 1.
    triangles : ndarray, shape (t, 3)
        Top, underside, sides and the faces where strips begin and end.
    """
    n = len(made.xy)
    points = np.concatenate([np.column_stack([made.xy, top_m]), np.column_stack([made.xy, bottom_m])])
    left, right = made.left_edge, made.right_edge
    # Where an edge starts without being the end of another, and the reverse, the body has a face.
    begins = ~among(left[:, 0], left[:, 1])
    ends = ~among(left[:, 1], left[:, 0])
    rims = np.concatenate(
        [
            left,
            right[:, ::-1],
            np.column_stack([right[begins, 0], left[begins, 0]]),
            np.column_stack([left[ends, 1], right[ends, 1]]),
        ]
    )
    a, b = rims[:, 0], rims[:, 1]
    triangles = np.concatenate(
        [
            made.triangles,
            made.triangles[:, ::-1] + n,
            np.column_stack([a, b, b + n]),
            np.column_stack([a, b + n, a + n]),
        ]
    )
    return points, triangles
