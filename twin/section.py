"""A cut through a city: half of what stands is taken away, and what the plane meets is shown solid.

No triangle is cut. The renderer leaves out what lies beyond the plane, and whatever then shows its inside is
painted in one colour: as walls and roofs close off a building, and a floor is laid under it, that is just the
section. So the plane can be dragged, in a city of any size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane

from twin.light import Glow
from twin.props import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.light import Colour
    from twin.model import Mesh
    from twin.relief import Relief

CUT = ("buildings", "parts", "masses", "trees", "furniture", "bridges", "rail_bridges")
"""Kinds that a plane cuts: what stands. The ground stays whole, so that the city goes on to the horizon."""

HOLLOW = ("buildings", "parts", "masses")
"""Kinds that are walls and roofs around nothing: a cut shows them solid, within a line."""

_FLOOR_M = 0.3  # above whatever lies on the ground
_LIFT = 6e-4
_LINE_LIFT = 1.2e-3
_LINE_PX = 1.6
_DARKER, _LIGHTER = 0.4, 0.6  # than what it is around: towards black by day, towards white where that is light


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane in local metres: what lies on the side that `normal`, a unit vector, points to is kept."""

    origin: tuple[float, float, float]
    normal: tuple[float, float, float]

    def keeps(self, points: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell of points, shape (n, 3), whether they are kept."""
        kept: NDArray[np.bool_] = (points - np.array(self.origin)) @ np.array(self.normal) >= 0
        return kept


def left_of(relief: Relief, plane: Plane) -> NDArray[np.float32]:
    """Return the heights that a plane leaves of a relief's: none beyond it, or none above it."""
    rows, columns = relief.height_m.shape
    x = relief.x_m + (np.arange(columns) + 0.5) * relief.cell_m
    y = relief.y_m + (np.arange(rows) + 0.5) * relief.cell_m
    a, b, c = plane.normal
    # how far above the plane the ground lies there, against its slope
    ground = a * (x[None, :] - plane.origin[0]) + b * (y[:, None] - plane.origin[1]) - c * plane.origin[2]
    bare = np.zeros((), np.float32) if relief.ground_m is None else relief.ground_m
    if abs(c) < 1e-6:
        return np.where(ground >= 0, relief.height_m, bare).astype(np.float32)
    edge = np.maximum(-ground / c, bare)
    left = np.minimum(relief.height_m, edge) if c < 0 else np.where(relief.height_m >= edge, relief.height_m, bare)
    return left.astype(np.float32)


class Section:
    """One plane and the mappers that it cuts, with the floors that close buildings below."""

    def __init__(self, renderer: Any, meshes: Iterable[tuple[str, Mesh]]) -> None:
        self._renderer = renderer
        self._plane = vtkPlane()
        self._mappers: list[Any] = []
        pieces = [floors(mesh) for kind, mesh in meshes if kind in HOLLOW]
        points = np.concatenate([p for p, _t in pieces] or [np.empty((0, 3), np.float32)])
        firsts = np.cumsum([0, *(len(p) for p, _t in pieces[:-1])])
        triangles = np.concatenate(
            [t + first for (_p, t), first in zip(pieces, firsts, strict=True)] if pieces else [np.empty((0, 3), int)]
        ).astype(np.int32)
        points = np.ascontiguousarray(points, np.float32)
        self._floor, _scalars, self._arrays = actor_of(points, triangles, np.zeros((len(points), 4), np.uint8))
        self._glow = Glow(self._floor, lift=_LIFT)
        self._floor.GetMapper().AddClippingPlane(self._plane)
        renderer.AddActor(self._floor)
        self._floors = points, triangles
        self._lines: tuple[Any, Any] | None = None

    def cut(
        self,
        plane: Plane,
        actors: Iterable[Any],
        ink: Colour,
        standing: Iterable[tuple[NDArray[np.float32], NDArray[np.int32]]] = (),
    ) -> None:
        """Put the plane there, over these actors, and paint what it lays open.

        Parameters
        ----------
        standing
            Points and triangles of what is solid there: lines go around it in the plane.
        """
        self._plane.SetOrigin(*plane.origin)
        self._plane.SetNormal(*plane.normal)
        mappers = [actor.GetMapper() for actor in actors]
        for mapper in mappers:
            if mapper not in self._mappers:
                mapper.AddClippingPlane(self._plane)
        self._mappers = mappers
        self._glow.set(line=ink, opaque=1.0)
        solid = [edges(points, triangles, plane) for points, triangles in standing]
        if solid:
            solid.append(edges(*self._floors, plane))
        self._outline(np.concatenate(solid) if solid else np.empty((0, 2, 3), np.float32), ink)

    def _outline(self, lines: NDArray[np.float32], ink: Colour) -> None:
        if self._lines is not None:
            self._renderer.RemoveActor(self._lines[0])
            self._lines = None
        if not len(lines):
            return
        points = np.ascontiguousarray(lines.reshape(-1, 3), np.float32)
        pairs = np.arange(len(points), dtype=np.int32).reshape(-1, 2)
        actor, _scalars, arrays = actor_of(points, pairs, np.zeros((len(points), 4), np.uint8))
        actor.GetProperty().SetLineWidth(_LINE_PX)
        light = sum(ink) > 1.5
        tone = tuple(c + (1 - c) * _LIGHTER if light else c * _DARKER for c in ink)
        Glow(actor, lift=_LINE_LIFT).set(line=tone, opaque=1.0)
        self._renderer.AddActor(actor)
        self._lines = actor, arrays

    def clear(self) -> None:
        """Make everything whole again."""
        for mapper in self._mappers:
            mapper.RemoveAllClippingPlanes()
        self._mappers = []
        self._renderer.RemoveActor(self._floor)
        if self._lines is not None:
            self._renderer.RemoveActor(self._lines[0])
            self._lines = None


def edges(points: NDArray[np.float32], triangles: NDArray[np.int32], plane: Plane) -> NDArray[np.float32]:
    """Return where triangles meet a plane: lines in it, shape (n, 2, 3)."""
    height = (points - np.array(plane.origin, np.float32)) @ np.array(plane.normal, np.float32)
    above = (height >= 0)[triangles]
    crossing = triangles[above.any(axis=1) & ~above.all(axis=1)]
    start, end = crossing, np.roll(crossing, -1, axis=1)
    a, b = height[start], height[end]
    crossed = (a >= 0) != (b >= 0)  # two of the three sides
    share = (a[crossed] / (a[crossed] - b[crossed]))[:, None]
    at = points[start[crossed]] * (1 - share) + points[end[crossed]] * share
    found: NDArray[np.float32] = at.reshape(-1, 2, 3).astype(np.float32)
    return found


def floors(mesh: Mesh) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return points and triangles of what closes a mesh's buildings below: their roofs, laid on the ground."""
    corners = mesh.points[mesh.triangles]
    upwards = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 1e-3
    owner = mesh.triangle_feature
    rows = np.flatnonzero(upwards & (owner >= 0))
    if not len(rows):
        return np.empty((0, 3), np.float32), np.empty((0, 3), np.int32)
    lowest = np.full(int(mesh.feature.max()) + 1, np.inf, np.float32)
    known = mesh.feature >= 0
    np.minimum.at(lowest, mesh.feature[known], mesh.points[known, 2])
    points = corners[rows].reshape(-1, 3).copy()
    points[:, 2] = np.repeat(lowest[owner[rows]], 3) + _FLOOR_M
    return points, np.arange(len(points), dtype=np.int32).reshape(-1, 3)
