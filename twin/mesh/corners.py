"""Crossings: the rounded corners between streets that meet, and pavements raised beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh import shade
from twin.mesh.levels import Z_M, z_of
from twin.mesh.ribbons import strip
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.network import Edges
    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces

ROUND_M = 5.0
"""Radius of the kerb at a corner between wide streets: RASt 06 asks for 6 to 8 m where lorries turn."""

KERB_M = 0.12
"""Height of a kerb: RASt 06 has 10 to 12 cm."""

STONE_M = 0.18
BEFORE_CORNER_M = 3.0
"""Beside a crossing the kerb is let down."""

RAMP_M = 4.0
"""So far it is where one crosses between corners: RASt 06 has the crossing's width and half a metre on both sides."""

MOST_BESIDE_M = 9.0
"""A way farther than this from the middle of every road is no pavement beside one."""

_STEPS = 5
_LEAST_M = 2.0


def add_corners(pieces: Pieces, edges: Edges, role: NDArray[np.object_], paints: Paints) -> None:
    """Fill the corners between neighbouring edges of a crossing up to an arc; `role` holds a row a feature."""
    ends = np.flatnonzero(edges.meets.ravel())
    if len(ends) == 0:
        return
    edge, side = ends // 2, ends % 2
    lines = edges.lines
    here = np.where(side == 0, lines.start[edge], lines.start[edge + 1] - 1)
    beside = np.where(side == 0, here + 1, here - 1)
    out = lines.xy[beside] - lines.xy[here]
    out /= np.maximum(np.hypot(*out.T), 1e-9)[:, None]
    angle = np.arctan2(out[:, 1], out[:, 0])
    node = edges.node.ravel()[ends]
    order = np.lexsort((angle, node))
    # The neighbour of each end, counter-clockwise; the last of a crossing has the first.
    first = np.ones(len(order), dtype=bool)
    first[1:] = node[order][1:] != node[order][:-1]
    heads = np.flatnonzero(first)
    following = np.arange(1, len(order) + 1)
    following[np.append(heads[1:], len(order)) - 1] = heads
    one, other = order, order[following]
    opening = (angle[other] - angle[one]) % (2 * np.pi)
    right = (opening > np.radians(25)) & (opening < np.radians(155))
    one, other, opening = one[right], other[right], opening[right]
    # Where the left edge of the one meets the right edge of the other.
    half_one, half_other = edges.half_m[edge[one]], edges.half_m[edge[other]]
    u, v = out[one], out[other]
    sine, cosine = np.sin(opening), np.cos(opening)
    along_one = (half_other + half_one * cosine) / sine
    along_other = (half_one + half_other * cosine) / sine
    left_of_u = np.column_stack([-u[:, 1], u[:, 0]])
    corner = lines.xy[here[one]] + u * along_one[:, None] + left_of_u * half_one[:, None]
    radius = np.minimum(ROUND_M, 1.2 * np.minimum(half_one, half_other) + 0.5)
    reach = radius / np.tan(opening / 2)
    room = np.minimum(edges.length_m[edge[one]] - along_one, edges.length_m[edge[other]] - along_other)
    reach = np.minimum(reach, 0.6 * room)
    good = (along_one > -1) & (along_other > -1) & (reach > 0.3)
    corner, reach, u, v, opening = corner[good], reach[good], u[good], v[good], opening[good]
    if not good.any():
        return
    middle = corner + (u + v) * (reach / (1 + np.cos(opening)))[:, None]
    from_middle = corner + u * reach[:, None] - middle
    to = corner + v * reach[:, None] - middle
    turn = np.arctan2(from_middle[:, 0] * to[:, 1] - from_middle[:, 1] * to[:, 0], (from_middle * to).sum(axis=1))
    share = np.linspace(0, 1, _STEPS + 1)
    cos, sin = np.cos(turn[:, None] * share), np.sin(turn[:, None] * share)
    arc = np.stack(
        [
            from_middle[:, :1] * cos - from_middle[:, 1:] * sin,
            from_middle[:, :1] * sin + from_middle[:, 1:] * cos,
        ],
        axis=2,
    )
    fan = np.concatenate([corner[:, None], middle[:, None] + arc], axis=1)
    count = fan.shape[1]
    i = np.arange(1, count - 1)
    # Counter-clockwise from the corner: the arc runs from the one's side to the other's, clockwise about its centre.
    one_fan = np.column_stack([np.zeros(count - 2, np.int64), i, i + 1])
    triangles = (np.arange(len(fan))[:, None, None] * count + one_fan).reshape(-1, 3)
    feature = lines.feature[edge]
    a, b = feature[one[good]], feature[other[good]]
    owner = np.where(z_of(role[a]) <= z_of(role[b]), a, b)  # a lane's apron does not lie on the avenue
    pieces.add(
        np.concatenate([fan.reshape(-1, 2), np.repeat(z_of(role[owner]), count)[:, None]], axis=1),
        triangles,
        feature=np.repeat(owner, count),
        paint=np.repeat(paints.plain_each(role[owner]), count),
    )


def add_kerbs(
    pieces: Pieces,
    edges: Edges,
    from_m: NDArray[np.float64],
    to_m: NDArray[np.float64],
    paints: Paints,
    *,
    let_down_xy: NDArray[np.float64],
) -> None:
    """Raise a pavement along edges from `from_m` left of each to `to_m` left of it (right is negative).

    The stretch beside a crossing stays low, and so does it about the places `let_down_xy`, shape (n, 2), where one
    crosses. The stone of the kerb lies on the side nearer the middle, or on both where the pavement is a way of its
    own.
    """
    start = np.where(edges.meets[:, 0], edges.reach_m[:, 0] + BEFORE_CORNER_M, 0.0)
    stop = edges.length_m - np.where(edges.meets[:, 1], edges.reach_m[:, 1] + BEFORE_CORNER_M, 0.0)
    some, start, stop = _between_ramps(edges, start, stop, let_down_xy)
    long = (stop - start > _LEAST_M) & (to_m - from_m > 0.4)[some]
    some, start, stop = some[long], start[long], stop[long]
    if len(some) == 0:
        return
    lines = edges.between(some, start, stop)
    low, high = from_m[some], to_m[some]
    top, foot = Z_M["road"] + KERB_M, Z_M["path"] - 0.01
    made = strip(lines, high, -low, round_ends=False, round_bends=False)
    rims = np.concatenate([made.left_edge, made.right_edge[:, ::-1]])
    owner = edges.lines.feature[some][lines.line[made.vertex]]
    pieces.add(
        np.concatenate([np.column_stack([made.xy, np.full(len(made.xy), z)]) for z in (top, top, foot)]),
        # The sides have corners of their own, for they are darker; nobody sees the underside.
        np.concatenate([made.triangles, _walls(rims + len(made.xy), len(made.xy))]),
        feature=np.tile(owner, 3),
        paint=paints.plain("pavement"),
        shade=np.repeat([255, shade.FOOT, shade.FOOT], len(made.xy)),
    )
    for inner, outer in ((low, low + STONE_M), (high - STONE_M, high)):
        stone = strip(lines, outer, -inner, round_ends=False, round_bends=False)
        owner = edges.lines.feature[some][lines.line[stone.vertex]]
        pieces.add(
            np.column_stack([stone.xy, np.full(len(stone.xy), top + 0.008)]),
            stone.triangles,
            feature=owner,
            paint=paints.plain("kerb"),
        )


def _between_ramps(
    edges: Edges, start_m: NDArray[np.float64], stop_m: NDArray[np.float64], ramps_xy: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the stretches of edges between ramps: edge, from and to; some are shorter than nothing."""
    lines = edges.lines
    here = np.flatnonzero(among(lines.xy[:, 0] + 1j * lines.xy[:, 1], ramps_xy[:, 0] + 1j * ramps_xy[:, 1]))
    at = edges.along_m(here)
    edge = np.concatenate([np.arange(len(start_m)), lines.line[here]])
    begin, end = np.concatenate([start_m, at + RAMP_M / 2]), np.concatenate([stop_m, at - RAMP_M / 2])
    # In order, the first ramp's end goes with the edge's beginning, and so on, whether they overlap or not.
    first, last = np.lexsort((begin, edge)), np.lexsort((end, edge))
    return edge[first], begin[first], end[last]


def beside_roads(edges: Edges, road: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return from where to where, left of its line, the pavement along each edge reaches: to the road beside it.

    A pavement that the map has as a way of its own lies some way off the road, for its width is seldom told.
    `road` says which of the edges are roads.
    """
    low, high = -edges.half_m, edges.half_m.copy()
    roads, walks = np.flatnonzero(road), np.flatnonzero(~road)
    if len(roads) == 0 or len(walks) == 0:
        return low, high
    shapes = shapely.linestrings(
        edges.lines.xy[np.repeat(road, edges.lines.size)],
        indices=np.repeat(np.arange(len(roads)), edges.lines.size[roads]),
    )
    tree = shapely.STRtree(shapes)
    gaps = []
    for share in (0.25, 0.5, 0.75):
        xy, heading = edges.places(walks, share * edges.length_m[walks])
        spots = shapely.points(xy)
        walk, near = tree.query_nearest(spots, max_distance=MOST_BESIDE_M, all_matches=False)
        at = shapely.get_coordinates(
            shapely.line_interpolate_point(shapes[near], shapely.line_locate_point(shapes[near], spots[walk]))
        )
        away = at - xy[walk]
        left = heading[walk, 0] * away[:, 1] - heading[walk, 1] * away[:, 0]
        gap = np.full(len(walks), np.nan)
        gap[walk] = np.sign(left) * np.maximum(np.abs(left) - edges.half_m[roads[near]], 0)
        gaps.append(gap)
    least, most = np.min(gaps, axis=0), np.max(gaps, axis=0)  # NaN where one of the three has no road near
    on_left, on_right = least > 0, most < 0
    high[walks[on_left]] = np.maximum(high[walks[on_left]], least[on_left])
    low[walks[on_right]] = np.minimum(low[walks[on_right]], most[on_right])
    return low, high


def _walls(rims: NDArray[np.int64], below: int) -> NDArray[np.int64]:
    """Triangles between upper edges and the points that lie `below` rows later."""
    a, b = rims.T
    return np.concatenate([np.column_stack([a, b, b + below]), np.column_stack([a, b + below, a + below])])
