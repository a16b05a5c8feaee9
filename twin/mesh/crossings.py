"""Where one crosses a road on foot: as a way of the map's own, or as a mere place on the road."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import Z_M
from twin.mesh.markings import BAR_M, CROSSING_M, add_strokes, dashed
from twin.mesh.network import edges_of
from twin.mesh.pieces import is_place
from twin.mesh.ribbons import Lines
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.network import Edges
    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces
    from twin.table import Table

_UNMARKED = frozenset({"", "no", "unmarked", "surface", "informal"})


@dataclass(frozen=True, slots=True)
class Places:
    """Crossings that the map has as places on roads: where, shape (n, 2), and whether something is painted there."""

    xy: NDArray[np.float64]
    marked: NDArray[np.bool_]


def places_of(furniture: Table) -> Places:
    """Return the crossings among the things of a street; a signal may stand on one."""
    tags = np.asarray(furniture["tags"], dtype=object)
    found = (np.asarray(furniture["kind"]) == "crossing") | np.array(
        ['"crossing' in text for text in tags.tolist()], bool
    )
    rows = np.flatnonzero(
        found & (shapely.get_type_id(furniture.geometry) == 0) & ~shapely.is_empty(furniture.geometry)
    )
    xy = shapely.get_coordinates(furniture.geometry[rows])
    told = np.array([_is_painted(json.loads(tags[row])) for row in rows.tolist()], bool)
    good = is_place(xy)
    return Places(xy[good], told[good])


def across(roads: Edges, xy: NDArray[np.float64]) -> Edges:
    """Return a line from kerb to kerb for each of these places that is a vertex of a road, shape (n, 2).

    Its middle vertex is the place; where roads meet there is none.
    """
    lines = roads.lines
    here = np.flatnonzero(_among_places(lines.xy, xy))
    edge, along = lines.line[here], roads.along_m(here)
    at_corner = (roads.meets[edge, 0] & (along <= 0)) | (roads.meets[edge, 1] & (along >= roads.length_m[edge]))
    # Of two ways that meet at the place, end to end, either will do.
    _place, first = np.unique(lines.xy[here, 0] + 1j * lines.xy[here, 1], return_index=True)
    first = first[~at_corner[first]]
    middle, heading = roads.places(edge[first], along[first])
    aside = np.column_stack([-heading[:, 1], heading[:, 0]]) * (roads.half_m[edge[first]] + 0.01)[:, None]
    line = np.stack([middle + aside, lines.xy[here[first]], middle - aside], axis=1).reshape(-1, 2)
    n = len(first)
    return edges_of(Lines(line, 3 * np.arange(n + 1), lines.feature[edge[first]]), roads.half_m[edge[first]])


def add_crossings(
    pieces: Pieces,
    paths: Edges,
    roads_xy: NDArray[np.float64],
    roads_half_m: NDArray[np.float64],
    paints: Paints,
) -> None:
    """Paint bars where paths for crossing meet a road.

    Parameters
    ----------
    pieces
        Added to.
    paths
        Paths as edges that are broken at no road: whole ways.
    roads_xy, roads_half_m
        All vertices of roads, shape (k, 2), and half the width of each's road.
    paints
        The city's.
    """
    lines = paths.lines
    if len(lines.xy) == 0 or len(roads_xy) == 0:
        return
    vertex = np.arange(len(lines.xy))
    key = lines.xy[:, 0] + 1j * lines.xy[:, 1]
    places = roads_xy[:, 0] + 1j * roads_xy[:, 1]
    order = np.argsort(places)
    at = np.minimum(np.searchsorted(places, key, sorter=order), len(order) - 1)
    meets = places[order[at]] == key
    vertex, half = vertex[meets], roads_half_m[order[at[meets]]]
    edge = lines.line[vertex]
    middle = paths.along_m(vertex)
    start, stop = np.maximum(middle - half, 0), np.minimum(middle + half, paths.length_m[edge])
    none = np.zeros(len(edge))
    bars = dashed(edge, start, stop, none, wide_m=CROSSING_M, dash_m=BAR_M, gap_m=BAR_M)
    add_strokes(pieces, paths, bars, "marking", paints, Z_M["marking"] + 0.005)


def is_crossing(tags: NDArray[np.object_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which streets are crossings, and which of those have something painted on the road, from tags (JSON)."""
    found = np.array(["crossing" in text for text in tags.tolist()], bool)
    painted = np.zeros(len(tags), dtype=bool)
    for row in np.flatnonzero(found).tolist():
        t = json.loads(tags[row])
        found[row] = "crossing" in (t.get("footway"), t.get("cycleway"), t.get("path"))
        painted[row] = found[row] and (_is_painted(t) or not _told(t))
    return found, painted


def _told(tags: dict[str, str]) -> str:
    return tags.get("crossing:markings") or tags.get("crossing_ref") or tags.get("crossing", "")


def _is_painted(tags: dict[str, str]) -> bool:
    return _told(tags) not in _UNMARKED


def _among_places(xy: NDArray[np.float64], places_xy: NDArray[np.float64]) -> NDArray[np.bool_]:
    return among(xy[:, 0] + 1j * xy[:, 1], places_xy[:, 0] + 1j * places_xy[:, 1])
