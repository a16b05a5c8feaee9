"""What a bridge has besides its deck: parapets along its edges, and piers beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh import shade
from twin.mesh.bridges import DECK_M, KERB_M, raised
from twin.mesh.levels import Z_M
from twin.mesh.pieces import Pieces, only_places, within
from twin.mesh.ribbons import slab, strip
from twin.mesh.ways import on_ground, pavements, way_role, widths
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.mesh.ribbons import Lines
    from twin.model import Mesh
    from twin.table import Table

PARAPET_M = 1.0
THICK_M = 0.14
EVERY_M = 22.0
HIGH_ENOUGH_M = 3.2
"""Piers stand under decks at least so high."""

CLEAR_M = 1.0
_FOOT_M = -25.0
"""Piers begin below the ground: on hills a bridge is lifted, and its piers with it."""


def spans_mesh(table: Table, name: str, below: tuple[Table, ...], paints: Paints) -> Mesh:
    """Return parapets and piers of the bridges of streets or rails; `below` has the ways that no pier stands on."""
    pieces = Pieces()
    lines, height = raised(table)
    if len(lines.xy):
        half = widths(table) / 2
        left = right = half
        if name == "streets":
            beside_left, beside_right = pavements(table)
            left, right = half + beside_left, half + beside_right
        light = (
            among(way_role(table), ("path", "steps", "cycleway")) if name == "streets" else np.ones(len(table), bool)
        )
        role = np.where(light, "post", "kerb")
        for outer, sign in ((left, 1.0), (right, -1.0)):
            edge = (sign * (outer + KERB_M))[lines.feature]
            inner = edge - sign * THICK_M
            _add_parapet(pieces, lines, height, np.maximum(edge, inner), -np.minimum(edge, inner), role, paints)
        _add_piers(pieces, lines, height, left + right, below, paints)
    return pieces.mesh(name)


def _add_parapet(
    pieces: Pieces,
    lines: Lines,
    height: NDArray[np.float64],
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    role: NDArray[np.object_],
    paints: Paints,
) -> None:
    made = strip(lines, left_m, right_m, round_ends=False, round_bends=False)
    foot = height[made.vertex] + Z_M["track"]
    tall = PARAPET_M * np.clip(height[made.vertex] / 0.5, 0.0, 1.0)  # at its ends it comes down with the deck
    points, triangles = slab(made, foot + tall, foot)
    owner = lines.feature_of_vertex[made.vertex]
    pieces.add(
        points,
        triangles,
        feature=np.tile(owner, 2),
        paint=np.tile(paints.plain_each(role)[owner], 2),
        shade=np.repeat([255, 235], len(made.xy)),
    )


def _add_piers(
    pieces: Pieces,
    lines: Lines,
    height: NDArray[np.float64],
    wide_m: NDArray[np.float64],
    below: tuple[Table, ...],
    paints: Paints,
) -> None:
    step = np.zeros(len(lines.xy))
    step[1:] = np.hypot(*np.diff(lines.xy, axis=0).T)
    step[lines.start[:-1]] = 0
    along = np.cumsum(step)
    begin, end = along[lines.start[:-1]], along[lines.start[1:] - 1]
    count = np.floor((end - begin) / EVERY_M).astype(np.int64)
    line = np.repeat(np.arange(len(count)), count)
    if not len(line):
        return
    at = begin[line] + (within(count) + 0.5) * ((end - begin) / np.maximum(count, 1))[line]
    a = np.clip(np.searchsorted(along, at, side="right") - 1, lines.start[line], lines.start[line + 1] - 2)
    share = (at - along[a]) / np.maximum(along[a + 1] - along[a], 1e-9)
    way = lines.xy[a + 1] - lines.xy[a]
    way /= np.maximum(np.hypot(*way.T), 1e-9)[:, None]
    xy = lines.xy[a] + share[:, None] * (lines.xy[a + 1] - lines.xy[a])
    top = height[a] + share * (height[a + 1] - height[a]) + Z_M["track"] - DECK_M / 2
    good = top > HIGH_ENOUGH_M
    tree = shapely.STRtree(shapely.points(xy))
    feature = lines.feature[line]
    reach = 0.35 * wide_m[feature]
    for table in below:
        grounded = on_ground(table)
        ways = only_places(table.geometry[grounded])
        far = widths(table)[grounded] / 2 + CLEAR_M
        which, hit = tree.query(ways, predicate="dwithin", distance=far + float(reach.max(initial=0)))
        near = shapely.distance(ways[which], shapely.points(xy[hit])) < far[which] + reach[hit]
        good[hit[near]] = False
    xy, way, top, feature, reach = xy[good], way[good], top[good], feature[good], reach[good]
    if not len(xy):
        return
    aside = np.column_stack([-way[:, 1], way[:, 0]])
    corners = [xy + 0.45 * u * way + v * reach[:, None] * aside for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    ring = np.stack(corners, axis=1)
    n = len(xy)
    low = np.concatenate([ring, np.full((n, 4, 1), _FOOT_M)], axis=2)
    high = np.concatenate([ring, np.repeat(top[:, None, None], 4, axis=1)], axis=2)
    side = np.array(
        [[i, (i + 1) % 4, 4 + (i + 1) % 4] for i in range(4)] + [[i, 4 + (i + 1) % 4, 4 + i] for i in range(4)]
    )
    pieces.add(
        np.concatenate([low, high], axis=1).reshape(-1, 3),
        (8 * np.arange(n)[:, None, None] + side).reshape(-1, 3),
        feature=np.repeat(feature, 8),
        paint=paints.plain("deck"),
        shade=np.tile(np.repeat([shade.FOOT, shade.UNDERSIDE], 4), n),
    )
