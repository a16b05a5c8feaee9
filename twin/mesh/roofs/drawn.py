"""Roofs over lines that somebody drew: the footprint cut along them, and each piece a slope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.rings import polygons_of, rings_of
from twin.mesh.roofs.surface import Surface
from twin.mesh.triangles import triangulated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.rings import Rings

_GRID_M = 0.01
_MOST_LETTERS = 20_000


def surface(rings: Rings, row: int, text: str) -> Surface | None:
    """Return the roof over one polygon from the lines in a text, None if they do not divide it into slopes.

    The text is of well-known form, z the share of the roof's height. Where no line is, the roof is at the eaves.
    """
    # Collections within collections would be followed until the stack ends.
    if len(text) > _MOST_LETTERS or text.upper().count("COLLECTION") > 1:
        return None
    with np.errstate(invalid="ignore"):
        lines = shapely.from_wkt(text, on_invalid="ignore")
    if lines is None or not np.isfinite(shapely.get_coordinates(lines, include_z=True)).all():
        return None
    footprint = polygons_of(rings.chosen(np.arange(len(rings.feature)) == row))[0]
    corner = shapely.get_coordinates(lines, include_z=True)
    if corner.shape[1] < 3 or not (corner[:, 2] > 0).any():
        return None
    if not shapely.is_valid(footprint):
        return None
    drawn = [shapely.force_2d(part) for part in shapely.get_parts(lines)]
    spokes = _spokes(footprint, [part for part in drawn if part.geom_type == "Point"])
    linework = [shapely.boundary(footprint), *(part for part in drawn if part.geom_type == "LineString"), *spokes]
    noded = shapely.union_all(linework, grid_size=_GRID_M)
    pieces = shapely.get_parts(shapely.polygonize(list(shapely.get_parts(noded))))
    inside = shapely.contains(footprint, shapely.point_on_surface(pieces))
    pieces = pieces[inside]
    if len(pieces) < 2 or abs(shapely.area(pieces).sum() - footprint.area) > 0.02 * footprint.area:
        return None
    parts = rings_of(pieces)
    place, number = np.unique(np.round(parts.xy / _GRID_M).astype(np.int64), axis=0, return_inverse=True)
    xy: NDArray[np.float64] = place.astype(np.float64) * _GRID_M
    gap = np.hypot(xy[:, 0, None] - corner[:, 0], xy[:, 1, None] - corner[:, 1])
    nearest = gap.argmin(axis=1)
    share = np.where(gap[np.arange(len(xy)), nearest] < 5 * _GRID_M, np.clip(corner[nearest, 2], 0, 1), 0.0)
    # A point where lines cross, or on a ridge between its ends, is as high as the line that it lies on.
    for part in shapely.get_parts(lines):
        ends = shapely.get_coordinates(part, include_z=True)
        if part.geom_type == "LineString" and (ends[:, 2] >= 1).all():
            share[shapely.distance(shapely.points(xy), shapely.force_2d(part)) < 2 * _GRID_M] = 1.0
    triangles = number.reshape(-1)[triangulated(parts)]
    return Surface(xy, share[:, None], triangles, np.full(len(xy), row))


def _spokes(footprint: shapely.Polygon, apexes: list[shapely.Point]) -> list[shapely.LineString]:
    """Lines from an apex to every corner that it sees, if it is the only one."""
    if len(apexes) != 1:
        return []
    apex = shapely.get_coordinates(apexes[0])[0]
    corners = shapely.get_coordinates(footprint)
    lines: NDArray[np.object_] = shapely.linestrings(np.stack([np.broadcast_to(apex, corners.shape), corners], axis=1))
    return list(lines[shapely.covers(shapely.buffer(footprint, _GRID_M), lines)])
