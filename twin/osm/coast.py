"""The sea: coastlines have land on their left and water on their right, and nothing else says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REACH_M = 250.0
"""A coastline that ends this near the region's edge was cut there and goes on to it."""

_ASIDE_M = 0.05
"""How far to step off a coastline to stand on its land or its water."""


def sea(coast: NDArray[np.object_], region: Any) -> NDArray[np.object_]:
    """Return the polygons of `region` that are sea, by the side of the coastlines they lie on.

    Parameters
    ----------
    coast
        Directed LineStrings, land on the left.
    region
        A box; faces without any coastline count as land.
    """
    nothing = np.empty(0, object)
    if not len(coast):
        return nothing
    lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(coast), directed=True))
    lines = np.array([_reaching(line, region) for line in lines], object)
    # Cut before the sides are told: the middle of a long quay may lie outside.
    lines = shapely.get_parts(shapely.clip_by_rect(lines, *shapely.bounds(region)))  # keeps the direction
    if not len(lines):
        return nothing
    noded = shapely.union_all([shapely.boundary(region), *lines])
    faces = shapely.get_parts(shapely.polygonize([noded]))
    faces = faces[shapely.area(faces) > 1.0]
    wet, dry = _sides(lines)
    tree = shapely.STRtree(faces)
    votes = np.zeros(len(faces), np.int64)
    for points, vote in ((wet, 1), (dry, -1)):
        _point, face = tree.query(points, predicate="within")
        np.add.at(votes, face, vote)
    seas: NDArray[np.object_] = faces[votes > 0]
    return seas


def _sides(lines: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return points just off the middle of every segment: on its right (water) and on its left (land)."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    start, end = points[:-1][same], points[1:][same]
    along = end - start
    length = np.hypot(*along.T)
    start, end, along = start[length > 0], end[length > 0], along[length > 0] / length[length > 0, None]
    right = np.column_stack([along[:, 1], -along[:, 0]]) * _ASIDE_M
    middle = (start + end) / 2
    return shapely.points(middle + right), shapely.points(middle - right)


def _reaching(line: Any, region: Any) -> Any:
    """Lead the loose ends of a coastline that was cut near the region's edge out to that edge."""
    if shapely.is_closed(line):
        return line
    points = shapely.get_coordinates(line)
    edge = shapely.boundary(region)
    before: list[Any] = []
    after: list[Any] = []
    for end, outward in ((points[0], before), (points[-1], after)):
        spot = shapely.Point(end)
        if shapely.contains(region, spot) and shapely.distance(spot, edge) < _REACH_M:
            nearest = shapely.get_coordinates(
                shapely.line_interpolate_point(edge, shapely.line_locate_point(edge, spot))
            )[0]
            outward.append(end + (nearest - end) * 1.01)
    return shapely.LineString([*before, *points, *after])
