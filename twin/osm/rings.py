"""Rings out of pieces: joining the ways of a multipolygon, and closing honestly what an extract cut.

Coordinates are local metres; two pieces meet where their end points are equal, since both come
from one node.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = NDArray[np.float64]  # (n, 2)

NEARLY_CLOSED_M = 1.0
"""Two ends this near are one node that somebody forgot to join."""

EDGE_REACH_M = 40.0
"""A cut ring's last known points lie this near the edge: about the longest side of an ordinary building."""


def join(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Join lines end to end; return the closed rings and the chains that stay open."""
    rings: list[Line] = []
    pieces: dict[int, Line] = {}
    ends: defaultdict[tuple[float, float], set[int]] = defaultdict(set)
    for number, line in enumerate(lines):
        if len(line) > 3 and (line[0] == line[-1]).all():
            rings.append(line)
        elif len(line) > 1:
            pieces[number] = line
            ends[tuple(line[0])].add(number)
            ends[tuple(line[-1])].add(number)
    chains: list[Line] = []

    def take(number: int) -> Line:
        line = pieces.pop(number)
        ends[tuple(line[0])].discard(number)
        ends[tuple(line[-1])].discard(number)
        return line

    while pieces:
        chain = [take(next(iter(pieces)))]
        for _direction in ("forward", "back"):
            while (chain[0][0] != chain[-1][-1]).any() and (nexts := ends[tuple(chain[-1][-1])]):
                line = take(min(nexts))
                chain.append(line if (line[0] == chain[-1][-1]).all() else line[::-1])
            chain = [line[::-1] for line in reversed(chain)]
        joined = np.concatenate([chain[0], *[line[1:] for line in chain[1:]]])
        closed = len(joined) > 3 and (joined[0] == joined[-1]).all()
        (rings if closed else chains).append(joined)
    return rings, chains


def closed_along_edge(points: Line, edge: Any) -> Line | None:
    """Close a ring that the edge of an extract cut: straight over every gap that lies along that edge.

    Points beyond the edge are NaN, or were taken out altogether, so that the ends differ. The cut
    is honest where the new straight pieces run along the edge: what lies beyond is not drawn, and
    what lies within is as mapped. None where a gap is elsewhere, or where the rest is no area.

    Parameters
    ----------
    points
        The way's points in order, shape (n, 2); the first is repeated at the end of a closed way.
    edge
        The outline of what the extract covers.
    """
    known = points[~np.isnan(points[:, 0])]
    if len(known) < 3:
        return None
    ring = known if (known[0] == known[-1]).all() else np.concatenate([known, known[:1]])
    if len(ring) < 4:
        return None
    followed = np.flatnonzero(~np.isnan(points[:-1, 0]) & ~np.isnan(points[1:, 0]))
    mapped = np.zeros(len(points), bool)
    mapped[followed] = True
    bridges = ~mapped[~np.isnan(points[:, 0])][: len(ring) - 1]
    starts, ends = ring[:-1][bridges], ring[1:][bridges]
    spots = shapely.points(np.concatenate([starts, ends, (starts + ends) / 2]))
    if not (shapely.distance(edge, spots) <= EDGE_REACH_M).all() or not shapely.Polygon(ring).is_valid:
        return None
    return ring


def known_runs(points: Line) -> list[Line]:
    """Return the stretches of a line between its missing points, each of two points or more."""
    known = ~np.isnan(points[:, 0])
    cuts = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    return [run for run in np.split(points, cuts) if len(run) > 1 and not np.isnan(run[0, 0])]


def polygon(outers: Sequence[Line], inners: Sequence[Line]) -> Any:
    """Return the polygon or multipolygon of outer rings less the inner rings that lie in them."""
    if len(outers) == 1:
        return shapely.Polygon(outers[0], [inner for inner in inners if len(inner) > 3])
    shells = shapely.polygons([shapely.linearrings(ring) for ring in outers])
    holes: list[list[Line]] = [[] for _ring in outers]
    smallest_first = np.argsort(shapely.area(shells))
    for inner in inners:
        inside = shapely.covers(shells, shapely.LineString(inner))
        if owners := [int(shell) for shell in smallest_first if inside[shell]]:
            holes[owners[0]].append(inner)
    return shapely.MultiPolygon([(ring, hole) for ring, hole in zip(outers, holes, strict=True)])


def nested(rings: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Sort rings without roles into outer and inner ones, by how many others each lies in."""
    edges = np.array([shapely.linearrings(ring) for ring in rings], object)
    shells = shapely.make_valid(shapely.polygons(edges))
    larger = shapely.area(shells)[:, None] > shapely.area(shells)[None, :]
    depth = (larger & shapely.covers(shells[:, None], edges[None, :])).sum(axis=0)
    return (
        [ring for ring, inside in zip(rings, depth, strict=True) if inside % 2 == 0],
        [ring for ring, inside in zip(rings, depth, strict=True) if inside % 2 == 1],
    )


def polygonal(geometry: Any) -> Any:
    """Return the areas of repaired geometries, vectorised; lines and points left over are let go."""
    mended = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    collections = shapely.get_type_id(mended) == shapely.GeometryType.GEOMETRYCOLLECTION
    if np.any(collections):
        mended = np.array(mended, dtype=object)
        for row in np.flatnonzero(collections):
            mended[row] = of_dimension(mended[row], 2)
    return mended


def of_dimension(geometry: Any, dimension: int) -> Any:
    """Return the points (0), lines (1) or areas (2) of a geometry, without what else cutting or mending left over."""
    parts = shapely.get_parts(geometry)
    fitting = parts[shapely.get_dimensions(parts) == dimension]
    return geometry if len(fitting) == len(parts) else shapely.union_all(fitting)
