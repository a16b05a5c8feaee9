"""Measuring: distances, heights, areas and widths between points in local metres.

Points are rows of x east, y north, z up. The projection's scale is true to 1:10,000 within 90 km of the origin, so a
kilometre is measured to a decimetre.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin import quantity, why
from twin.language import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.camera import View
    from twin.model import District, Mesh

_FLAT_M = 0.05  # a polygon whose points rise by less is level: its slanted area says nothing new


@dataclass(frozen=True, slots=True)
class Distance:
    """How far it is along a line through points."""

    length_m: float  # through the air
    horizontal_m: float  # on a map
    rise_m: float  # of the last point over the first
    legs_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """How large a polygon is."""

    level_m2: float  # as a map has it
    surface_m2: float  # as it lies: a slope or a facade has more than its map
    perimeter_m: float


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a street is at a place.

    `mapped_m` is what the district's table says, of which `why` tells the source; `drawn_m` is what the meshes have
    between `ends`, two points beside the carriageway. NaN where nothing is drawn.
    """

    name: str
    mapped_m: float
    why: str
    inferred: bool
    pavements_m: tuple[float, float]  # left and right
    drawn_m: float
    ends: NDArray[np.float64]  # (2, 3)


def distance(points: NDArray[np.float64]) -> Distance:
    """Return how far it is along points, shape (n, 3)."""
    steps = np.diff(points, axis=0)
    legs = np.linalg.norm(steps, axis=1)
    flat = np.hypot(steps[:, 0], steps[:, 1])
    rise = float(points[-1, 2] - points[0, 2]) if len(points) else 0.0
    return Distance(float(legs.sum()), float(flat.sum()), rise, tuple(float(leg) for leg in legs))


def area(points: NDArray[np.float64]) -> Area:
    """Return how large the polygon through points is, shape (n, 3), n of three or more; it closes by itself.

    The surface is that of Newell's normal, exact where all points lie in a plane.
    """
    after = np.roll(points, -1, axis=0)
    normal = np.cross(points - points[0], after - points[0]).sum(axis=0) / 2
    level = float(shapely.Polygon(points[:, :2]).buffer(0).area) if _crosses(points) else abs(float(normal[2]))
    perimeter = float(np.linalg.norm(after - points, axis=1).sum())
    rise = float(np.ptp(points[:, 2]))
    surface = level if rise < _FLAT_M else float(np.linalg.norm(normal))
    return Area(level, surface, perimeter)


def _crosses(points: NDArray[np.float64]) -> bool:
    return not bool(shapely.is_valid(shapely.Polygon(points[:, :2]))) and float(np.ptp(points[:, 2])) < _FLAT_M


def standing(mesh: Mesh, feature: int) -> NDArray[np.float64]:
    """Return the foot and the top of a feature, shape (2, 3): a plumb line through its highest point."""
    points = mesh.points[mesh.feature == feature].astype(np.float64)
    top = points[points[:, 2].argmax()]
    foot = top.copy()
    foot[2] = points[:, 2].min()
    return np.array([foot, top])


def width(district: District, mesh: Mesh | None, row: int, at_xy: tuple[float, float]) -> Width:
    """Return how wide a street is where somebody points at it.

    Parameters
    ----------
    district
        Its table says what is mapped, or taken for usual.
    mesh
        The mesh that the street is drawn in; None: nothing is said of what is drawn.
    row
        Row in `streets`.
    at_xy
        Local metres; the street is measured across where it passes nearest.
    """
    table = district.tables["streets"]
    line = np.asarray(table.geometry, object)[row]
    along = float(shapely.line_locate_point(line, shapely.Point(*at_xy)))
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(line, min(max(along + step, 0.0), line.length)))[0]
        for step in (-0.5, 0.5)
    )
    here = shapely.get_coordinates(shapely.line_interpolate_point(line, along))[0]
    direction = (after - before) / max(float(np.linalg.norm(after - before)), 1e-9)
    across = np.array([-direction[1], direction[0]])
    code = str(np.asarray(table["width_from"], object)[row])
    mapped_m = float(np.asarray(table["width_m"])[row])
    sides = [float(np.nan_to_num(np.asarray(table[f"pavement_{side}_m"])[row])) for side in ("left", "right")]
    reach, level = (mapped_m / 2, mapped_m / 2), 0.0
    drawn_m = math.nan
    if mesh is not None:
        found = _crossing(mesh, row, here, across)
        if found is not None:
            low, high, level = found
            reach, drawn_m = (-low, high), high - low
    ends = np.array([[*(here - across * reach[0]), level], [*(here + across * reach[1]), level]])
    return Width(
        str(np.asarray(table["name"], object)[row]),
        mapped_m,
        why.provenance(code),
        not code or "default:" in code,
        (max(sides[0], 0.0), max(sides[1], 0.0)),
        drawn_m,
        ends,
    )


def _crossing(
    mesh: Mesh, feature: int, here: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[float, float, float] | None:
    """Return from where to where a line across meets a feature's triangles, and how high: the piece at `here`."""
    triangles = mesh.triangles[mesh.triangle_feature == feature]
    corners = mesh.points[triangles].astype(np.float64)
    if not len(corners):
        return None
    along = np.array([across[1], -across[0]])
    side = (corners[..., :2] - here) @ along  # (t, 3): signed distance from the cutting line
    place = (corners[..., :2] - here) @ across
    spans = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        cut = side[:, a] * side[:, b] <= 0
        share = side[:, a] / np.where(side[:, a] == side[:, b], np.inf, side[:, a] - side[:, b])
        spans.append(np.where(cut, place[:, a] + share * (place[:, b] - place[:, a]), np.nan))
    met = np.stack(spans, axis=1)
    known = np.isfinite(met).sum(axis=1) >= 2
    if not known.any():
        return None
    low, high = np.nanmin(met[known], axis=1), np.nanmax(met[known], axis=1)
    level = float(corners[known][..., 2].mean())
    # the piece of the street that is here, not another bend of it
    order = np.argsort(low)
    joined: list[list[float]] = []
    for start, end in zip(low[order], high[order], strict=True):
        if joined and start <= joined[-1][1] + 0.05:
            joined[-1][1] = max(joined[-1][1], float(end))
        else:
            joined.append([float(start), float(end)])
    nearest = min(joined, key=lambda span: max(span[0], -span[1], 0.0))
    return nearest[0], nearest[1], level


def snapped(
    mesh: Mesh,
    feature: int,
    seen: tuple[float, float, float],
    *,
    view: View,
    size: tuple[int, int],
    within_px: float = 12.0,
) -> tuple[float, float, float] | None:
    """Return the corner of a feature that is meant by a point seen on it; None where none is near in the picture.

    Parameters
    ----------
    mesh, feature
        What is seen, and its number.
    seen
        Where, in local metres.
    view, size
        The camera, and the picture's width and height in pixels.
    within_px
        How near a corner has to be, in the picture's pixels.
    """
    corners = np.unique(mesh.points[mesh.feature == feature], axis=0).astype(np.float64)
    if not len(corners):
        return None
    places = view.pixels(np.vstack([corners, seen]), size)
    away = np.hypot(*(places[:-1] - places[-1]).T)
    near = np.flatnonzero(np.nan_to_num(away, nan=np.inf) <= within_px)
    if not len(near):
        return None
    # of corners behind one another in the picture the one beside what is seen is meant
    apart = np.linalg.norm(corners[near] - np.array(seen), axis=1)
    x, y, z = corners[near[(away[near] + apart * 0.5).argmin()]]
    return float(x), float(y), float(z)


def said_distance(points: NDArray[np.float64]) -> tuple[str, str]:
    """Return a distance in words: its length, and how it splits where it rises or falls."""
    found = distance(points)
    if abs(found.rise_m) < _FLAT_M:
        return quantity.length(found.length_m), ""
    rise = quantity.length(abs(found.rise_m))
    rise = f"+{rise}" if found.rise_m > 0 else f"−{rise}"
    level = quantity.length(found.horizontal_m)
    return quantity.length(found.length_m), _("{level} on the map · height {rise}").format(level=level, rise=rise)


def said_area(points: NDArray[np.float64]) -> tuple[str, str]:
    """Return an area in words: its size, and its edge and slope."""
    found = area(points)
    edge = quantity.length(found.perimeter_m)
    if found.surface_m2 > 1.01 * found.level_m2:
        said = _("{level} on the map · edge {edge}").format(level=quantity.area(found.level_m2), edge=edge)
        return quantity.area(found.surface_m2), said
    return quantity.area(found.level_m2), _("edge {edge}").format(edge=edge)


def said_width(found: Width) -> tuple[str, str]:
    """Return a street's width in words: how wide, and who says so."""
    told = quantity.metres(found.mapped_m)
    if math.isfinite(found.drawn_m) and abs(found.drawn_m - found.mapped_m) > 0.1:
        told = _("{mapped}, drawn {drawn}").format(mapped=told, drawn=quantity.metres(round(found.drawn_m, 1)))
    return told, found.why
