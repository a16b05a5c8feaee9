"""The lines of sports pitches.

Measures are those of the sports' own rules: football (IFAB, Law 1), tennis (ITF, Rule 1), basketball (FIBA,
rule 2). A pitch that is too small for them has them smaller.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import Z_M, clipped
from twin.mesh.pieces import only_places, spans, width_shade
from twin.mesh.ribbons import Lines, strip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces
    from twin.model import Bounds
    from twin.table import Table

LINE_M = 0.12
LEAST_M2, MOST_M2 = 60.0, 14_000.0
RECTANGULAR = 0.88
"""Share of its smallest rectangle that a pitch must fill: what fills less is several, or no pitch with lines."""

_INSET_M = 0.15
_FOOTBALL = frozenset({"soccer", "football", "futsal", "handball", "field_hockey", "hockey", ""})


def add_pitches(pieces: Pieces, areas: Table, paints: Paints, box_xy: Bounds) -> None:
    """Draw the lines of pitches that are rectangles."""
    rows = np.flatnonzero(np.asarray(areas["kind"]) == "pitch")
    if len(rows) == 0:
        return
    tags = np.asarray(areas["tags"], dtype=object)[rows]
    tags = np.array([json.loads(text) for text in tags.tolist()], dtype=object)
    shapes = clipped(only_places(np.asarray(areas.geometry, dtype=object)[rows]), box_xy)
    frames = shapely.oriented_envelope(shapes)
    with np.errstate(invalid="ignore"):
        area = shapely.area(frames)
        good = (area > LEAST_M2) & (area < MOST_M2) & (shapely.area(shapes) > RECTANGULAR * area)
    good &= np.array([t.get("leisure") == "pitch" for t in tags], bool) & (shapely.get_num_coordinates(frames) == 5)
    xy: list[NDArray[np.float64]] = []
    owner: list[int] = []
    for i in np.flatnonzero(good).tolist():
        ring = shapely.get_coordinates(frames[i])[:4]
        sides = np.roll(ring, -1, axis=0) - ring
        first = int(np.hypot(*sides[0]) < np.hypot(*sides[1]))
        long_m, wide_m = float(np.hypot(*sides[first])), float(np.hypot(*sides[first + 1]))
        along = sides[first] / long_m
        across = np.array([-along[1], along[0]])
        sport = tags[i].get("sport", "").partition(";")[0]
        for line in _lines(sport, long_m - 2 * _INSET_M, wide_m - 2 * _INSET_M):
            xy.append(ring.mean(axis=0) + line[:, :1] * along + line[:, 1:] * across)
            owner.append(int(rows[i]))
    if not xy:
        return
    lines = Lines(np.concatenate(xy), spans(np.array([len(line) for line in xy])), np.array(owner))
    half = np.full(len(owner), LINE_M / 2)
    made = strip(lines, half, half, round_ends=False, round_bends=False)
    of = lines.feature_of_vertex[made.vertex]
    pieces.add(
        np.column_stack([made.xy, np.full(len(made.xy), Z_M["parking"] + 0.005)]),
        made.triangles,
        feature=of,
        paint=paints.plain("marking"),
        shade=width_shade(np.full(len(of), LINE_M)),
    )


def _lines(sport: str, long_m: float, wide_m: float) -> list[NDArray[np.float64]]:
    """Return the lines of a pitch about its middle, x along it."""
    if sport == "tennis":
        if long_m < 20 or wide_m < 9 or wide_m > 25:
            return [_box(long_m / 2, wide_m / 2)]
        share = min(1.0, long_m / 23.77, wide_m / 10.97)
        a, b, c, d = (share * v for v in (11.885, 5.485, 4.115, 6.40))
        return [
            _box(a, b),
            *(np.array([[-a, y], [a, y]]) for y in (-c, c)),
            *(np.array([[x, -c], [x, c]]) for x in (-d, 0.0, d)),
            np.array([[-d, 0.0], [d, 0.0]]),
        ]
    a, b = long_m / 2, wide_m / 2
    half = np.array([[0.0, -b], [0.0, b]])
    if sport == "basketball":
        if long_m < 12:
            return [_box(a, b)]
        share = min(1.0, long_m / 28, wide_m / 15)
        keys = [_end(a, side, 5.8 * share, 2.45 * share) for side in (-1, 1)]
        return [_box(a, b), half, _circle(1.8 * share), *keys]
    if sport in _FOOTBALL:
        share = min(1.0, long_m / 100, wide_m / 60)
        if long_m < 25:
            return [_box(a, b), half]
        boxes = [
            _end(a, side, depth * share, wide * share)
            for side in (-1, 1)
            for depth, wide in ((16.5, 20.15), (5.5, 9.16))
        ]
        return [_box(a, b), half, _circle(9.15 * share), *boxes]
    return [_box(a, b)]


def _box(a: float, b: float) -> NDArray[np.float64]:
    return np.array([[-a, -b], [a, -b], [a, b], [-a, b], [-a, -b]])


def _end(a: float, side: int, deep: float, half_wide: float) -> NDArray[np.float64]:
    x = side * a
    inner = x - side * deep
    return np.array([[x, -half_wide], [inner, -half_wide], [inner, half_wide], [x, half_wide]])


def _circle(radius: float) -> NDArray[np.float64]:
    angle = np.linspace(0, 2 * np.pi, 25)
    ring = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    ring[-1] = ring[0]
    return ring
