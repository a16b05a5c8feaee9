"""Bays of a car park, where only its aisles are mapped: lines on both sides of each, as far as the park reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.levels import Z_M
from twin.mesh.markings import BAY_M, LINE_M, Strokes, add_strokes
from twin.mesh.pieces import only_places, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.network import Edges
    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces
    from twin.table import Table

DEEP_M = 5.0
"""Room of a car that stands across: RASt 06."""

_CLEAR_M = 0.3
_POLYGONS = (3, 6)


def add_bays(pieces: Pieces, ways: Edges, areas: Table, tags: NDArray[np.object_], paints: Paints) -> None:
    """Paint the lines between bays along the aisles of car parks.

    None lies on another way, outside a park, or where the map has the bays themselves. `tags` (JSON) holds a row a
    street.
    """
    feature = ways.lines.feature
    some = np.flatnonzero(np.array(['"parking_aisle"' in text for text in tags[feature].tolist()], bool))
    shapes = only_places(areas.geometry)
    park = np.isin(shapely.get_type_id(shapes), _POLYGONS) & (np.asarray(areas["kind"]) == "parking")
    mapped = park & np.array(['"parking_space"' in text for text in np.asarray(areas["tags"], object).tolist()], bool)
    park &= ~mapped
    if len(some) == 0 or not park.any():
        return
    start = np.where(ways.meets[some, 0], ways.reach_m[some, 0] + DEEP_M, 0.0)
    count = np.maximum(np.floor((ways.length_m[some] - start - ways.reach_m[some, 1]) / BAY_M).astype(np.int64) + 1, 0)
    row = np.tile(np.repeat(some, count), 2)
    at = np.tile(np.repeat(start, count) + BAY_M * within(count), 2)
    side = np.repeat([1.0, -1.0], len(row) // 2)
    xy, heading = ways.places(row, at)
    aside = side[:, None] * np.column_stack([-heading[:, 1], heading[:, 0]])
    half = ways.half_m[row][:, None]
    line = shapely.linestrings(np.stack([xy + (half + _CLEAR_M) * aside, xy + (half + DEEP_M) * aside], axis=1))
    fits = np.zeros(len(line), dtype=bool)
    fits[shapely.STRtree(line).query(shapes[park], predicate="contains")[1]] = True
    if mapped.any():
        fits[shapely.STRtree(line).query(shapes[mapped], predicate="intersects")[1]] = False
    lines = ways.lines
    middle = shapely.linestrings(lines.xy, indices=lines.line)
    near, way = shapely.STRtree(middle).query(line, predicate="dwithin", distance=float(ways.half_m.max()) + _CLEAR_M)
    beside = (way != row[near]) & (shapely.distance(line[near], middle[way]) < ways.half_m[way] + _CLEAR_M / 2)
    fits[near[beside]] = False
    strokes = Strokes(
        row[fits],
        at[fits] - LINE_M / 2,
        at[fits] + LINE_M / 2,
        (side * (ways.half_m[row] + DEEP_M / 2))[fits],
        np.full(int(fits.sum()), DEEP_M),
    )
    add_strokes(pieces, ways, strokes, "marking", paints, Z_M["marking"])
