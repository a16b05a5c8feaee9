"""Facades along streets: their feet as panels, and which stretches of street lie before each.

Nobody measures on a wall. What is measured in the street before it, at the height of a car, is told at its foot, and
nothing of what is above.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.outline import drawn_heights
from twin.picture import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District

PANEL_M = 25.0
REACH_M = 25.0
"""What was measured farther from a wall says nothing of it."""

_FOOT_M = 6.0  # so high a panel is, or the building
_OFF_M = 0.3  # from the wall
_CLEAR_M = 1.5  # before a wall that is none of a neighbour's
_SHORTEST_M = 1.0


@dataclass(frozen=True, eq=False)
class Facades:
    """Panels, and the pairs of panel and stretch of street where one is seen from the other."""

    form: Form
    panel: NDArray[np.int64]  # (pairs,)
    stretch: NDArray[np.int64]  # (pairs,)


def facades_of(district: District, stretches: NDArray[np.float64]) -> Facades:
    """Return the feet of the facades of a district, for stretches of street whose middles have shape (s, 2)."""
    buildings = district.tables["buildings"]
    outlines = shapely.get_parts(buildings.geometry, return_index=True)
    start, end, of = _walls(*outlines)
    high = np.asarray(drawn_heights(buildings, district.tables["parts"]), np.float64)[of]
    pieces = np.maximum(1, np.rint(np.hypot(*(end - start).T) / PANEL_M)).astype(np.int64)
    wall = np.repeat(np.arange(len(start)), pieces)
    number = np.arange(len(wall)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = ((end - start) / pieces[:, None])[wall]
    left = start[wall] + number[:, None] * step
    right = left + step
    out = np.column_stack([step[:, 1], -step[:, 0]]) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
    middle = (left + right) / 2
    houses = shapely.STRtree(outlines[0])
    walled = np.unique(houses.query(shapely.points(middle + _CLEAR_M * out), predicate="intersects")[0])
    free = np.setdiff1d(np.arange(len(wall)), walled)
    left, right, out, middle = left[free], right[free], out[free], middle[free]
    panel, stretch = _pairs(stretches, left, right, out, middle, houses)
    form = _form(district, left + _OFF_M * out, right + _OFF_M * out, np.minimum(high[wall[free]], _FOOT_M))
    return Facades(form, panel, stretch)


def _walls(
    outlines: NDArray[np.object_], of: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return the beginnings and ends of the outer walls, outside to their right, and whose they are."""
    polygons = np.flatnonzero(shapely.get_type_id(outlines) == 3)
    rings = shapely.get_exterior_ring(shapely.orient_polygons(outlines[polygons]))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    start, end, of_wall = xy[:-1][same], xy[1:][same], of[polygons][ring[:-1][same]]
    long = np.hypot(*(end - start).T) >= _SHORTEST_M
    return start[long], end[long], of_wall[long]


def _pairs(
    stretches: NDArray[np.float64],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
    out: NDArray[np.float64],
    middle: NDArray[np.float64],
    houses: shapely.STRtree,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which panels and stretches see each other, in the order of the panels."""
    if not len(left) or not len(stretches):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    tree = shapely.STRtree(shapely.linestrings(np.stack([left, right], axis=1)))
    stretch, panel = tree.query(shapely.points(stretches), predicate="dwithin", distance=REACH_M)
    before = ((stretches[stretch] - middle[panel]) * out[panel]).sum(axis=1) > _OFF_M
    stretch, panel = stretch[before], panel[before]
    sight = shapely.linestrings(np.stack([stretches[stretch], middle[panel] + _OFF_M * out[panel]], axis=1))
    hidden = np.unique(houses.query(sight, predicate="intersects")[0])
    seen = np.setdiff1d(np.arange(len(panel)), hidden)
    order = seen[np.lexsort((stretch[seen], panel[seen]))]
    return panel[order].astype(np.int64), stretch[order].astype(np.int64)


def _form(district: District, left: NDArray[np.float64], right: NDArray[np.float64], high: NDArray[np.float64]) -> Form:
    """Return an upright panel over each foot, from the lower of its ends upwards."""
    count = len(left)
    foot = np.zeros(count)
    if district.terrain is not None:
        foot = np.minimum(district.terrain.at(left), district.terrain.at(right))
    corners = np.stack(
        [
            np.column_stack([left, foot]),
            np.column_stack([right, foot]),
            np.column_stack([right, foot + high]),
            np.column_stack([left, foot + high]),
        ],
        axis=1,
    )
    first = 4 * np.arange(count)[:, None]
    triangles = (first + np.array([[0, 1, 2, 0, 2, 3]])).reshape(-1, 3)
    return Form(
        "coverage",
        "solid",
        corners.reshape(-1, 3).astype(np.float32),
        triangles.astype(np.int32),
        np.repeat(np.arange(count, dtype=np.int32), 4),
        np.full(count, -1, np.int32),
        count,
    )
