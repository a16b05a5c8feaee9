"""Polygons as flat arrays of rings: a Python object a polygon is what costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.pieces import apart, is_place, spans, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAME_POINT_M = 1e-3
SMALLEST_AREA_M2 = 1e-2
_POLYGON = 3


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of many polygons, end to end, without the repeated last corner.

    Outer rings run counter-clockwise and holes clockwise, so that the outside is always on the
    right hand. A polygon's rings are neighbours, its outer ring first.
    """

    xy: NDArray[np.float64]  # (n, 2) corners
    start: NDArray[np.int64]  # (r + 1,) where each ring starts in xy
    polygon: NDArray[np.int64]  # (r,) the polygon of each ring
    feature: NDArray[np.int64]  # (p,) the geometry that each polygon came from
    hole: NDArray[np.bool_]  # (r,)

    @property
    def size(self) -> NDArray[np.int64]:
        """Corners of each ring, shape (r,)."""
        return np.diff(self.start)

    @property
    def next(self) -> NDArray[np.int64]:
        """The corner after each corner, around its ring, shape (n,)."""
        after = np.arange(1, len(self.xy) + 1)
        after[self.start[1:] - 1] = self.start[:-1]
        return after

    @property
    def previous(self) -> NDArray[np.int64]:
        """The corner before each corner, around its ring, shape (n,)."""
        before = np.arange(-1, len(self.xy) - 1)
        before[self.start[:-1]] = self.start[1:] - 1
        return before

    @property
    def feature_of_corner(self) -> NDArray[np.int64]:
        """The geometry that each corner came from, shape (n,)."""
        return np.repeat(self.feature[self.polygon], self.size)

    @property
    def lone(self) -> NDArray[np.bool_]:
        """Whether each ring is the only one of its polygon, shape (r,)."""
        count: NDArray[np.int64] = np.bincount(self.polygon, minlength=len(self.feature))
        lone: NDArray[np.bool_] = count[self.polygon] == 1
        return lone

    def chosen(self, polygons: NDArray[np.bool_]) -> Rings:
        """Only those polygons for which the mask, shape (p,), holds."""
        ring = polygons[self.polygon]
        number = np.cumsum(polygons) - 1
        return Rings(
            xy=self.xy[np.repeat(ring, self.size)],
            start=spans(self.size[ring]),
            polygon=number[self.polygon[ring]],
            feature=self.feature[polygons],
            hole=self.hole[ring],
        )


def rings_of(geometries: NDArray[np.object_]) -> Rings:
    """Return the rings of all polygons in `geometries`, cleaned and oriented.

    Parts of multipolygons are polygons of their own. What is no polygon, has coordinates that are
    no place, or covers less than a square decimetre is left out; repeated corners are dropped.
    """
    parts, feature = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    flat = shapely.get_type_id(parts) == _POLYGON
    parts, feature = parts[flat], feature[flat]
    outlines, polygon = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(outlines, return_index=True)

    near = is_place(xy)
    if not near.all():
        broken = np.zeros(len(parts), dtype=bool)
        broken[polygon[ring[~near]]] = True
        kept = ~broken[polygon[ring]]
        xy, ring = xy[kept], ring[kept]

    # The corner that closes a ring goes, then what repeats the corner before it, then what has so
    # become the last and repeats the first.
    kept = ring[1:] == ring[:-1]
    xy, ring = xy[:-1][kept], ring[:-1][kept]
    kept = np.ones(len(xy), dtype=bool)
    kept[1:] = (ring[1:] != ring[:-1]) | apart(xy[1:], xy[:-1], SAME_POINT_M)
    xy, ring = xy[kept], ring[kept]
    last = np.flatnonzero(np.append(ring[1:] != ring[:-1], True)) if len(ring) else np.empty(0, dtype=np.int64)
    first = np.append(0, last[:-1] + 1)[: len(last)]
    again = ~apart(xy[last], xy[first], SAME_POINT_M) & (last > first)
    kept = np.ones(len(xy), dtype=bool)
    kept[last[again]] = False
    xy, ring = xy[kept], ring[kept]

    # Rings that are no longer areas go, and with an outer ring its whole polygon.
    corners = np.bincount(ring, minlength=len(outlines))
    area = _signed_areas(xy, spans(corners))
    hole = np.zeros(len(outlines), dtype=bool)
    hole[1:] = polygon[1:] == polygon[:-1]
    alive = (corners >= 3) & (np.abs(area) >= SMALLEST_AREA_M2)
    whole = np.zeros(len(parts), dtype=bool)
    whole[polygon[~hole]] = alive[~hole]
    alive &= whole[polygon]
    xy = xy[alive[ring]]
    number = np.cumsum(whole) - 1
    start = spans(corners[alive])
    hole, area = hole[alive], area[alive]
    polygon = number[polygon[alive]]

    # Turn around the rings that run the wrong way.
    size = np.diff(start)
    wrong = (area < 0) != hole
    place = within(size)
    back = np.repeat(start[1:] - 1, size) - place
    xy = xy[np.where(np.repeat(wrong, size), back, np.arange(len(xy)))]
    return Rings(xy=xy, start=start, polygon=polygon, feature=feature[whole], hole=hole)


def _signed_areas(xy: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Area of each ring by the shoelace formula, positive counter-clockwise; 0 for empty rings."""
    size = np.diff(start)
    area = np.zeros(len(size))
    filled = size > 0
    if not filled.any():
        return area
    # Around each ring's own first corner: far from the origin the products would cancel.
    local = xy - np.repeat(xy[start[:-1][filled]], size[filled], axis=0)
    after = np.arange(1, len(xy) + 1)
    after[start[1:][filled] - 1] = start[:-1][filled]
    cross = local[:, 0] * local[after, 1] - local[after, 0] * local[:, 1]
    area[filled] = 0.5 * np.add.reduceat(cross, start[:-1][filled])
    return area


def ring_areas(rings: Rings) -> NDArray[np.float64]:
    """Area of each ring in square metres, negative for holes, shape (r,)."""
    return _signed_areas(rings.xy, rings.start)


def polygons_of(rings: Rings) -> NDArray[np.object_]:
    """Return the rings as shapely polygons, shape (p,)."""
    closed = np.arange(len(rings.xy) + len(rings.polygon)) - np.repeat(np.arange(len(rings.polygon)), rings.size + 1)
    closed[rings.start[1:] + np.arange(len(rings.polygon))] = rings.start[:-1]
    number = np.repeat(np.arange(len(rings.polygon)), rings.size + 1)
    return np.asarray(shapely.polygons(shapely.linearrings(rings.xy[closed], indices=number), indices=rings.polygon))
