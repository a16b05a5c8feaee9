"""Bridges: ways that rise over what they cross."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh import shade
from twin.mesh.levels import Z_M, z_of
from twin.mesh.pieces import Pieces, spans
from twin.mesh.ribbons import Lines, lines_of, slab, strip
from twin.mesh.ways import RAIL_EDGES, on_ground, pavements, rail_roles, way_role, widths
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Mesh
    from twin.table import Table

LAYER_M = 5.0
"""Height of a bridge for each layer: a lorry of 4 m, the deck, and some air."""

FULL_FROM_M = 50.0
"""A bridge shorter than this rises less, in proportion: it crosses a brook and not a road."""

RAMP_M = 45.0
"""A ramp to the first layer is never longer than this."""

DECK_M = 0.9
CLEAR_M = DECK_M + 0.3
"""The least that a deck rises, so that its underside clears the streets beneath it."""

LEAST_REACH_M = 2.5
"""A bridge of twice this length or less is a plank: it lies where the way lies."""

KERB_M = 0.3
_STEP_M = 8.0
_FAR = 1e9
_LINES = (1, 2, 5)


def street_bridges_mesh(streets: Table, paints: Paints) -> Mesh:
    """Return the bridges of streets and paths: a deck, and on it the way with its pavements."""
    pieces = Pieces()
    lines, height = raised(streets)
    role, half = way_role(streets), widths(streets) / 2
    left, right = pavements(streets)
    _add_deck(pieces, lines, height, half + left + KERB_M, half + right + KERB_M, paints)
    beside = np.full(len(streets), "pavement", object)
    paved = lines.chosen((left + right > 0)[lines.feature])
    rise = height[np.repeat((left + right > 0)[lines.feature], lines.size)]
    _add_top(pieces, paved, rise, half + left, half + right, beside, paints, round_ends=False)
    _add_top(pieces, lines, height, half, half, role, paints)
    return pieces.mesh("streets")


def rail_bridges_mesh(rails: Table, paints: Paints) -> Mesh:
    """Return the bridges of rails: a deck, and on it the track."""
    pieces = Pieces()
    lines, height = raised(rails)
    half = widths(rails) / 2
    bed, rail = rail_roles(rails)
    _add_deck(pieces, lines, height, half + KERB_M, half + KERB_M, paints)
    _add_top(pieces, lines, height, half, half, bed, paints)
    for left, right in RAIL_EDGES:
        reach = np.ones(len(rails))
        _add_top(pieces, lines, height, left * reach, right * reach, rail, paints, round_ends=False)
    return pieces.mesh("rails")


def raised(table: Table) -> tuple[Lines, NDArray[np.float64]]:
    """Return the bridges of a table as lines of short steps, and the height of each vertex over the ground."""
    rows = np.flatnonzero(table["bridge"] & ~table["tunnel"])
    geometry = table.geometry
    length = np.nan_to_num(shapely.length(geometry[rows]))
    stepped = shapely.segmentize(geometry[rows], np.clip(length / 8, 1.0, _STEP_M))
    lines = lines_of(stepped).of_rows(rows)
    ground = geometry[on_ground(table) & (len(rows) > 0)]
    ground_xy = shapely.get_coordinates(ground[among(shapely.get_type_id(ground), _LINES)])
    layer = np.maximum(table["layer"][lines.feature], 1)
    return _without_idle(lines, heights(lines, layer, ground_xy))


def _without_idle(lines: Lines, height: NDArray[np.float64]) -> tuple[Lines, NDArray[np.float64]]:
    """Return the lines without the steps of no use: those on a level and straight stretch."""
    n = len(lines.xy)
    if n == 0:
        return lines, height
    kept = np.ones(n, dtype=bool)
    to, on = lines.xy[1:-1] - lines.xy[:-2], lines.xy[2:] - lines.xy[1:-1]
    straight = np.abs(to[:, 0] * on[:, 1] - to[:, 1] * on[:, 0]) < 1e-6 * np.hypot(*to.T) * np.hypot(*on.T)
    level = (np.abs(height[1:-1] - height[:-2]) < 1e-6) & (np.abs(height[1:-1] - height[2:]) < 1e-6)
    kept[1:-1] = ~(straight & level)
    kept[lines.start[:-1]] = True
    kept[lines.start[1:] - 1] = True
    size = np.add.reduceat(kept, lines.start[:-1], dtype=np.int64)
    return Lines(lines.xy[kept], spans(size), lines.feature), height[kept]


def heights(lines: Lines, layer: NDArray[np.int64], ground_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the height over the ground of every vertex of bridges that may continue one another, shape (n,).

    A bridge is at the ground where one of its lines ends at a way that lies there, at full height as
    far from such ends as its ramps are long, and at full height all along where it has no such end.

    Parameters
    ----------
    lines
        The bridges, in steps short enough to follow a ramp.
    layer
        Layer of each line, at least 1.
    ground_xy
        All vertices of ways on the ground, shape (k, 2).
    """
    if len(lines.xy) == 0:
        return np.empty(0)
    place = lines.xy[:, 0] + 1j * lines.xy[:, 1]
    nodes, node = np.unique(place, return_inverse=True)
    ends = node[np.concatenate([lines.start[:-1], lines.start[1:] - 1])]
    landed = np.zeros(len(nodes), dtype=bool)
    ground_xy = ground_xy[among(ground_xy[:, 0], nodes[ends].real)]  # few are left to compare as places
    landed[ends] = among(nodes[ends], ground_xy[:, 0] + 1j * ground_xy[:, 1])

    here = np.flatnonzero(np.arange(len(place)) != np.repeat(lines.start[1:] - 1, lines.size))
    a, b = node[here], node[here + 1]
    away, group = _walked(landed, a, b, np.abs(place[here + 1] - place[here]))
    farthest = np.zeros(len(nodes))
    np.maximum.at(farthest, group, away)
    reach = farthest[group]

    # Where lines of several layers meet, their mean.
    of_vertex = np.repeat(layer.astype(float), lines.size)
    storeys = np.bincount(node, weights=of_vertex) / np.bincount(node)
    full = LAYER_M * storeys * np.minimum(1.0, 2 * reach / FULL_FROM_M)
    full = np.where(reach > LEAST_REACH_M, np.maximum(full, CLEAR_M), full)
    ramp = np.minimum(0.8 * reach, RAMP_M * storeys)
    share = np.clip(away / np.maximum(ramp, 1e-6), 0.0, 1.0)
    return (full * share**2 * (3 - 2 * share))[node]


def _walked(
    landed: NDArray[np.bool_], a: NDArray[np.int64], b: NDArray[np.int64], length: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return how far each node is from the nearest landed one, `_FAR` where none is, and which hang together.

    Dijkstra's algorithm, a turn a node: arrays would take a round for every step of the longest bridge.
    """
    beside: list[list[tuple[int, float]]] = [[] for _node in landed]
    for one, other, cost in zip(a.tolist(), b.tolist(), length.tolist(), strict=True):
        beside[one].append((other, cost))
        beside[other].append((one, cost))
    away = np.where(landed, 0.0, _FAR).tolist()
    todo = [(0.0, node) for node in np.flatnonzero(landed).tolist()]
    while todo:
        far, node = heapq.heappop(todo)
        if far > away[node]:
            continue
        for other, cost in beside[node]:
            if far + cost < away[other]:
                away[other] = far + cost
                heapq.heappush(todo, (away[other], other))
    group = [-1] * len(beside)
    for first in range(len(beside)):
        reached = [first] if group[first] < 0 else []
        while reached:
            node = reached.pop()
            group[node] = first
            reached.extend(other for other, _cost in beside[node] if group[other] < 0)
    return np.array(away), np.array(group, np.int64)


def _add_deck(
    pieces: Pieces,
    lines: Lines,
    height: NDArray[np.float64],
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    paints: Paints,
) -> None:
    made = strip(lines, left_m[lines.feature], right_m[lines.feature], round_ends=False, round_bends=False)
    # At its ends the deck dives beneath the ways that it joins.
    top = height[made.vertex] + Z_M["track"] - 0.01
    points, triangles = slab(made, top, top - np.minimum(DECK_M, height[made.vertex] + 0.2))
    owner = lines.feature_of_vertex[made.vertex]
    pieces.add(
        points,
        triangles,
        feature=np.tile(owner, 2),
        paint=paints.plain("deck"),
        shade=np.repeat([255, shade.UNDERSIDE], len(top)),
    )


def _add_top(
    pieces: Pieces,
    lines: Lines,
    height: NDArray[np.float64],
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    role: NDArray[np.object_],
    paints: Paints,
    *,
    round_ends: bool = True,
) -> None:
    made = strip(lines, left_m[lines.feature], right_m[lines.feature], round_ends=round_ends)
    owner = lines.feature_of_vertex[made.vertex]
    pieces.add(
        np.column_stack([made.xy, height[made.vertex] + z_of(role)[owner]]),
        made.triangles,
        feature=owner,
        paint=paints.plain_each(role)[owner],
    )
