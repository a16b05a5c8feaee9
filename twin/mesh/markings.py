"""What is painted on streets: lane lines, stop lines, crossings, arrows, steps and the lines of pitches.

Measures are those of the German guideline for markings, RMS (FGSV 1993): in towns narrow lines of 12 cm,
dashes of 3 m with gaps of 6 m, stop lines and the bars of a crossing of 50 cm.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import Z_M
from twin.mesh.pieces import Pieces, width_shade, within
from twin.table import among
from twin.tags.ways import beside_lanes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.network import Edges
    from twin.mesh.paints import Paints

LINE_M = 0.12
DASH_M, GAP_M = 3.0, 6.0
BAR_M = 0.5
CROSSING_M = 3.0
STOP_BEFORE_M = 1.0
TREAD_M = 0.35
ARROW_M = 4.0
SIGNAL_WITHIN_M = 30.0
CROSSING_WITHIN_M = 12.0
CYCLE_LINE_M = 0.25
PARALLEL_BAY_M, BAY_M = 5.7, 2.5
"""Room along the kerb for a parked car that stands along it, and across it: RASt 06."""

_ACROSS_M = 3.0  # parking that is deeper has its cars across
LEAST_LANE_M = 2.2
PIECE_M = 6.0
"""A line without gaps is drawn in pieces of this length, so that it follows a bend."""

_LINED = frozenset(
    {"motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link"}
    | {"secondary", "secondary_link", "tertiary"}
)
_FAST = frozenset({"motorway", "trunk", "motorway_link", "trunk_link"})


@dataclass(frozen=True, slots=True)
class Strokes:
    """Straight pieces of paint: along an edge from one place to another, so far left of it, so wide."""

    edge: NDArray[np.int64]
    from_m: NDArray[np.float64]
    to_m: NDArray[np.float64]
    left_m: NDArray[np.float64]
    wide_m: NDArray[np.float64]


def dashed(
    edge: NDArray[np.int64],
    from_m: NDArray[np.float64],
    to_m: NDArray[np.float64],
    left_m: NDArray[np.float64],
    *,
    wide_m: float | NDArray[np.float64] = LINE_M,
    dash_m: float = DASH_M,
    gap_m: float = GAP_M,
) -> Strokes:
    """Return dashes between two places of each edge, in whole numbers and the same room before as behind."""
    room = np.maximum(to_m - from_m, 0)
    count = np.floor((room + gap_m) / (dash_m + gap_m)).astype(np.int64)
    spare = (room - count * dash_m - np.maximum(count - 1, 0) * gap_m) / 2
    row = np.repeat(np.arange(len(edge)), count)
    begin = from_m[row] + spare[row] + within(count) * (dash_m + gap_m)
    wide = np.broadcast_to(np.asarray(wide_m, float), len(edge))[row]
    return Strokes(edge[row], begin, begin + dash_m, left_m[row], wide)


def solid(
    edge: NDArray[np.int64],
    from_m: NDArray[np.float64],
    to_m: NDArray[np.float64],
    left_m: NDArray[np.float64],
    *,
    wide_m: float = LINE_M,
) -> Strokes:
    """Return a line without gaps between two places of each edge."""
    room = np.maximum(to_m - from_m, 0)
    count = np.ceil(room / PIECE_M).astype(np.int64)
    row = np.repeat(np.arange(len(edge)), count)
    step = (room / np.maximum(count, 1))[row]
    begin = from_m[row] + within(count) * step
    return Strokes(edge[row], begin, begin + step, left_m[row], np.full(len(row), wide_m))


def add_strokes(pieces: Pieces, edges: Edges, strokes: Strokes, role: str, paints: Paints, z_m: float) -> None:
    """Add strokes of paint; their `shade` is their width, as that of whatever fades."""
    if len(strokes.edge) == 0:
        return
    ends = [edges.places(strokes.edge, at) for at in (strokes.from_m, strokes.to_m)]
    corners = []
    for half, order in ((-strokes.wide_m / 2, (0, 1)), (strokes.wide_m / 2, (1, 0))):
        for end in order:
            xy, heading = ends[end]
            aside = np.column_stack([-heading[:, 1], heading[:, 0]])
            corners.append(xy + aside * (strokes.left_m + half)[:, None])
    xy = np.stack(corners, axis=1).reshape(-1, 2)
    over = [edges.heights(strokes.edge, at) for at in (strokes.from_m, strokes.to_m)]
    z = z_m + np.stack([over[0], over[1], over[1], over[0]], axis=1).reshape(-1)
    n = len(strokes.edge)
    thin = np.minimum(strokes.wide_m, np.abs(strokes.to_m - strokes.from_m))
    pieces.add(
        np.column_stack([xy, z]),
        (4 * np.arange(n)[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3),
        feature=np.repeat(edges.lines.feature[strokes.edge], 4),
        paint=paints.plain(role),
        shade=np.repeat(width_shade(thin), 4),
    )


@dataclass(frozen=True, slots=True)
class Lanes:
    """How the carriageway of an edge is shared: lanes along its line, against it, and whether they are told."""

    along: int
    against: int
    turns_along: tuple[str, ...]
    turns_against: tuple[str, ...]


def lanes_of(tags: Mapping[str, str], kind: str, lanes: float) -> Lanes | None:
    """Return the lanes of a street, None where nothing is painted on it."""
    oneway = tags.get("oneway") in ("yes", "1", "true", "-1") or tags.get("junction") == "roundabout"
    if tags.get("lane_markings") == "no":
        return None
    if not np.isfinite(lanes):
        if kind not in _LINED:
            return None
        lanes = 1.0 if oneway or kind.endswith("_link") else 2.0
    count = max(1, min(12, round(lanes)))
    told = tuple(_count(tags.get(f"lanes:{way}", "")) for way in ("forward", "backward"))
    if oneway:
        turns = _turns(tags.get("turn:lanes") or tags.get("turn:lanes:forward", ""))
        return Lanes(0, count, (), turns) if tags.get("oneway") == "-1" else Lanes(count, 0, turns, ())
    along = told[0] or (count - told[1] if told[1] else (count + 1) // 2)
    along = max(0, min(count, along))
    forward, backward = (_turns(tags.get(f"turn:lanes:{way}", "")) for way in ("forward", "backward"))
    return Lanes(along, count - along, forward, backward)


type Sides = tuple[tuple[float, float], tuple[float, float]]
"""Widths of parking and cycle lane on the left, and those on the right."""


def _sides(tags: Mapping[str, str]) -> Sides | None:
    """Return what lies between the lanes of a street and its kerbs, None for nothing."""
    if not any(key.startswith(("parking:", "cycleway")) for key in tags):
        return None
    left, right = (beside_lanes(dict(tags), side) for side in ("left", "right"))
    return (left, right) if any(left + right) else None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 3 else 0


def _turns(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if "|" in text or text else ()


def add_street_markings(
    pieces: Pieces,
    edges: Edges,
    kind: NDArray[np.str_],
    lanes: NDArray[np.float64],
    tags: NDArray[np.object_],
    signals_xy: NDArray[np.float64],
    crossings_xy: NDArray[np.float64],
    paints: Paints,
    *,
    left_hand: bool,
) -> None:
    """Paint lanes, stop lines and arrows on carriageways, all of them before the bars of a crossing.

    Kinds, lanes and tags (JSON) hold a row a feature; signals and crossings are places, shape (k, 2).
    """
    from twin.mesh.arrows import add_arrows

    feature = edges.lines.feature
    known = {row: json.loads(tags[row]) for row in np.unique(feature).tolist()}
    shared = {row: lanes_of(t, str(kind[row]), float(lanes[row])) for row, t in known.items()}
    reach = _reach_beyond(edges, crossings_xy)
    start = reach[:, 0] + np.where(edges.meets[:, 0], STOP_BEFORE_M, 0.0)
    stop = edges.length_m - reach[:, 1] - np.where(edges.meets[:, 1], STOP_BEFORE_M, 0.0)
    side = 1.0 if left_hand else -1.0  # of the lanes along the line
    dashes: list[tuple[int, float]] = []
    full: list[tuple[int, float]] = []
    stops: list[tuple[int, float, float, int]] = []  # edge, between two offsets, at which end
    arrows: list[tuple[int, int, float, str]] = []  # edge, end, offset, turn
    signalled = _near(edges, signals_xy)
    sides = {row: _sides(t) for row, t in known.items()}
    thin: list[tuple[int, float]] = []  # beside parked cars
    broad: list[tuple[int, float]] = []  # beside cycle lanes
    bays: list[tuple[int, float, float]] = []  # edge, offset of their middle, depth

    for edge in range(len(feature)):  # a turn an edge, off the path to the first picture
        share = shared[int(feature[edge])]
        if share is None or stop[edge] - start[edge] < 2.0:
            continue
        half = float(edges.half_m[edge])
        count = share.along + share.against
        high, low = half, -half  # of the lanes, between what lies beside them
        if beside := sides[int(feature[edge])]:
            (parking_l, cycle_l), (parking_r, cycle_r) = beside
            within_kerbs = half - parking_l - cycle_l, parking_r + cycle_r - half
            if within_kerbs[0] - within_kerbs[1] >= LEAST_LANE_M * count:  # else the width told is that of the lanes
                high, low = within_kerbs
                for sign, (parking, cycle) in zip((1.0, -1.0), beside, strict=True):
                    if parking:
                        thin.append((edge, sign * (half - parking)))
                        bays.append((edge, sign * (half - parking / 2), parking))
                    if cycle:
                        broad.append((edge, sign * (half - parking - cycle)))
        lane = (high - low) / count
        edge_along, edge_against = (high, low) if left_hand else (low, high)
        middle = edge_along - side * share.along * lane if share.along and share.against else None
        for i in range(1, count):
            left = edge_against + i * side * lane
            if middle is not None and abs(left - middle) < 1e-6:
                (full if count >= 4 else dashes).append((edge, left))
            else:
                dashes.append((edge, left))
        if str(kind[feature[edge]]) in _FAST:
            full += [(edge, half - 0.25), (edge, 0.25 - half)]
        between = middle if middle is not None else (edge_against if share.along else edge_along)
        for end, many, outer, turns in (
            (1, share.along, edge_along, share.turns_along),
            (0, share.against, edge_against, share.turns_against),
        ):
            if not many or not edges.meets[edge, end]:
                continue
            if signalled[edge, end]:
                stops.append((edge, between, outer, end))
            for i, turn in enumerate(turns if len(turns) == many else ()):
                # Lanes are told from left to right, as a driver sees them.
                left_edge = max(between, outer) if end == 1 else min(between, outer)
                offset = left_edge + (-1 if end == 1 else 1) * (i + 0.5) * abs(outer - between) / many
                arrows.append((edge, end, offset, turn))
    z = Z_M["marking"]
    for made, of in ((dashes, dashed), (full, solid)):
        if made:
            row, aside_m = np.array([m[0] for m in made]), np.array([m[1] for m in made])
            add_strokes(pieces, edges, of(row, start[row], stop[row], aside_m), "marking", paints, z)
    for some, wide in ((thin, LINE_M), (broad, CYCLE_LINE_M)):
        if some:
            row, aside_m = np.array([m[0] for m in some]), np.array([m[1] for m in some])
            add_strokes(pieces, edges, solid(row, start[row], stop[row], aside_m, wide_m=wide), "marking", paints, z)
    for along, spacing in ((True, PARALLEL_BAY_M), (False, BAY_M)):
        if cars := [bay for bay in bays if (bay[2] < _ACROSS_M) == along]:
            row, aside_m, deep = (np.array(one) for one in zip(*cars, strict=True))
            gap = spacing - LINE_M
            bay_ends = dashed(row, start[row], stop[row], aside_m, wide_m=deep, dash_m=LINE_M, gap_m=gap)
            add_strokes(pieces, edges, bay_ends, "marking", paints, z)
    if stops:
        row, at_end = np.array([one[0] for one in stops]), np.array([one[3] == 1 for one in stops])
        inner, outer_m = np.array([one[1] for one in stops]), np.array([one[2] for one in stops])
        at = np.where(at_end, stop[row], start[row] - BAR_M)
        bars = Strokes(row, at, at + BAR_M, (inner + outer_m) / 2, np.abs(outer_m - inner) - 0.3)
        add_strokes(pieces, edges, bars, "marking", paints, z)
    if arrows:
        row, at_end = np.array([one[0] for one in arrows]), np.array([one[1] == 1 for one in arrows])
        aside_m = np.array([one[2] for one in arrows])
        at = np.where(at_end, stop[row] - ARROW_M - 2, start[row] + ARROW_M + 2)
        fits = stop[row] - start[row] > 2 * ARROW_M + 2
        xy, heading = edges.places(row, at)
        aside = np.column_stack([-heading[:, 1], heading[:, 0]])
        add_arrows(
            pieces,
            (xy + aside * aside_m[:, None])[fits],
            (heading * np.where(at_end, 1, -1)[:, None])[fits],
            [arrows[i][3] for i in np.flatnonzero(fits).tolist()],
            edges.lines.feature[row[fits]],
            paints,
            over_m=edges.heights(row, at)[fits],
        )


def _reach_beyond(edges: Edges, crossings_xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far crossings and their bars reach into each edge at its two ends, shape (m, 2)."""
    reach = edges.reach_m.copy()
    lines = edges.lines
    barred = among(lines.xy[:, 0] + 1j * lines.xy[:, 1], crossings_xy[:, 0] + 1j * crossings_xy[:, 1])
    vertex = np.flatnonzero(barred)
    edge = lines.line[vertex]
    along = edges.along_m(vertex)
    for end, far in ((0, along), (1, edges.length_m[edge] - along)):
        near = (far < reach[edge, end] + CROSSING_WITHIN_M) & edges.meets[edge, end]
        np.maximum.at(reach[:, end], edge[near], far[near] + CROSSING_M / 2)
    return reach


def _near(edges: Edges, signals_xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which ends of edges have a traffic signal near, shape (m, 2)."""
    if len(signals_xy) == 0 or len(edges.half_m) == 0:
        return np.zeros(edges.meets.shape, dtype=bool)
    heads = edges.lines.xy[edges.lines.start[:-1]]
    tails = edges.lines.xy[edges.lines.start[1:] - 1]
    places = shapely.points(np.concatenate([heads, tails]))
    near, _signal = shapely.STRtree(shapely.points(signals_xy)).query_nearest(
        places, max_distance=SIGNAL_WITHIN_M, all_matches=False
    )
    hit = np.zeros(len(places), dtype=bool)
    hit[near] = True
    return hit.reshape(2, -1).T & edges.meets


def add_treads(pieces: Pieces, stairs: Edges, paints: Paints) -> None:
    """Draw the treads of steps."""
    n = len(stairs.half_m)
    none = np.zeros(n)
    bars = dashed(np.arange(n), none, stairs.length_m, none, wide_m=2 * stairs.half_m, dash_m=TREAD_M, gap_m=TREAD_M)
    add_strokes(pieces, stairs, bars, "tread", paints, Z_M["steps"] + 0.01)
