"""Facades: where on a wall each point stands, in window bays along it and storeys up it.

A shader draws floor lines and windows from these two numbers, so that a facade costs no triangle and no picture.
Every wall has a whole number of bays: no window is cut at a corner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.buildings import HIGHEST_M
from twin.model import Mesh
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.table import Table

NONE = -1.0
"""Both numbers of a point that is on no wall, or on one without storeys."""

BAY_M = 3.0
STOREY_M = 3.2
LEAST_STOREY_M, MOST_STOREY_M = 2.2, 7.0
"""Storeys beyond these come from a level count that is wrong, or of another part of the building."""

_STEEPEST = 0.05  # vertical part of a wall's normal
_NARROWEST_M = 1.6  # narrower walls have floors but no window
_LOWEST_M = 2.2
MOST_BAYS = 4096

BLIND = frozenset({
    "roof", "canopy", "carport", "shed", "hut", "garage", "garages", "greenhouse", "glasshouse", "silo",
    "storage_tank", "tank", "bunker", "ruins", "bridge", "construction", "transformer_tower", "service",
    "utility", "underpass_entrance", "ship", "church", "cathedral", "chapel", "mosque", "temple",
    "synagogue", "shrine", "monastery", "religious", "barn", "stable", "cowshed", "sty", "farm_auxiliary",
    "digester", "water_tower", "chimney", "cooling_tower", "gasometer", "toilets", "tent", "container",
    "wall", "fence", "gate", "pillar", "column", "dome", "spire",
})  # fmt: skip
"""Kinds of building whose walls have no storeys to be read, or windows of their own kind."""


def with_facades(mesh: Mesh, table: Table, whole: Table | None = None) -> Mesh:
    """Return the mesh of a table of buildings or parts, with the bays and storeys of its walls.

    Points that two walls share are doubled, since each wall counts its own bays. Triangles keep their order.

    Parameters
    ----------
    mesh
        Finished bodies; every triangle is of one feature, and walls are upright.
    table
        Its features: the columns `kind`, `height_m`, `min_height_m`, `roof_height_m` and `levels` are read.
    whole
        The buildings of which the features are parts: a part of a church has a church's walls.
    """
    if not len(mesh.triangles) or not len(table):
        return mesh
    storey_m = storeys_m(table)
    if whole is not None:
        churches = np.asarray(whole["osm"])[_blind(whole)].astype(np.str_)
        storey_m[among(np.asarray(table["building"]).astype(np.str_), churches)] = np.nan
    first = mesh.triangles[:, 0]
    owner = mesh.feature[first]
    normal = _normals(mesh)
    upright = (np.abs(normal[:, 2]) < _STEEPEST * np.hypot(normal[:, 0], normal[:, 1])) & (owner >= 0)
    upright[upright] &= np.isfinite(storey_m[owner[upright]])
    walls = np.flatnonzero(upright)
    if not len(walls):
        return replace(mesh, facade=np.full((len(mesh.points), 2), NONE, np.float32))

    corners = mesh.triangles[walls]
    across = normal[walls, :2] / np.hypot(normal[walls, 0], normal[walls, 1])[:, None]
    x, y, z = (mesh.points[:, i][corners] for i in range(3))
    along = y * across[:, :1] - x * across[:, 1:]  # metres to the right of one who looks at the wall
    along -= along.min(axis=1, keepdims=True)
    length = along.max(axis=1, keepdims=True)
    bays = np.where(length < _NARROWEST_M, 0, np.clip(np.rint(length / BAY_M), 1, MOST_BAYS))
    share = along / np.maximum(length, 1e-6)
    u = np.where(bays > 0, share * bays, NONE)
    base, bottom = _feet(mesh, len(table)), _metres(table["min_height_m"])
    up = (z - (base - bottom)[owner[walls], None]) / storey_m[owner[walls], None]

    # A corner is shared by the triangles of its wall: as the wall's left end, or as its right one.
    n = len(mesh.points)
    left, right = share < 1e-4, share > 1 - 1e-4
    key = np.where(left, corners, np.where(right, corners + n, 2 * n + np.arange(corners.size).reshape(-1, 3)))
    told = np.empty(2 * n + corners.size, np.float32)
    told[key] = u
    odd = np.abs(told[key] - u).max(axis=1) > 1e-3  # walls of several lengths end there: each triangle for itself
    key[odd] = 2 * n + np.arange(corners.size).reshape(-1, 3)[odd]
    told[key] = u
    storeys = np.empty(len(told), np.float32)
    storeys[key] = up
    source = np.empty(len(told), np.int32)
    source[key] = corners

    # Points in their old order as far as anything but a wall wants them, then the walls' own.
    wanted = np.zeros(n, bool)
    wanted[mesh.triangles[~upright]] = True
    kept = np.flatnonzero(wanted)
    walled = np.zeros(len(told), bool)
    walled[key] = True
    own = np.flatnonzero(walled)
    moved = np.empty(n, np.int32)
    moved[kept] = np.arange(len(kept))
    placed = np.empty(len(told), np.int32)
    placed[own] = len(kept) + np.arange(len(own))
    triangles = np.empty_like(mesh.triangles)
    triangles[~upright] = moved[mesh.triangles[~upright]]
    triangles[walls] = placed[key]
    point = np.concatenate([kept, source[own]])
    facade = np.full((len(point), 2), NONE, np.float32)
    facade[len(kept) :, 0] = told[own]
    facade[len(kept) :, 1] = storeys[own]
    return Mesh(
        mesh.table,
        mesh.points[point],
        triangles,
        *(mesh.feature[point], mesh.paint[point], mesh.shade[point]),
        facade,
    )


def storeys_m(table: Table) -> NDArray[np.float64]:
    """Return the height of a storey of every feature, shape (n,); NaN where a wall tells of none.

    It is what the mapped levels leave under the roof, or about `STOREY_M` where none are mapped or where they
    cannot be.
    """
    eaves = _metres(table["height_m"]) - _metres(table["roof_height_m"])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mapped = eaves / np.asarray(table["levels"], np.float64)
        usual = eaves / np.maximum(np.rint(eaves / STOREY_M), 1)
    storey = np.where((mapped >= LEAST_STOREY_M) & (mapped <= MOST_STOREY_M), mapped, usual)
    storey[_blind(table) | (eaves - _metres(table["min_height_m"]) < _LOWEST_M)] = np.nan
    return storey


def _blind(table: Table) -> NDArray[np.bool_]:
    kinds, which = np.unique(np.asarray(table["kind"]).astype(np.str_), return_inverse=True)
    return np.array([str(kind) in BLIND for kind in kinds], bool)[which]


def _metres(column: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(np.nan_to_num(np.asarray(column, np.float64)), 0.0, HIGHEST_M)


def _normals(mesh: Mesh) -> NDArray[np.float32]:
    """Return the normal of each triangle, shape (t, 3), as long as twice its area."""
    a = mesh.points[mesh.triangles[:, 0]]
    one, other = mesh.points[mesh.triangles[:, 1]] - a, mesh.points[mesh.triangles[:, 2]] - a
    normal = np.empty_like(a)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        normal[:, i] = one[:, j] * other[:, k] - one[:, k] * other[:, j]
    return normal


def _feet(mesh: Mesh, rows: int) -> NDArray[np.float32]:
    """Return how high each feature's lowest point lies, shape (rows,)."""
    foot = np.full(rows, np.inf, np.float32)
    known = mesh.feature >= 0
    np.minimum.at(foot, mesh.feature[known], mesh.points[known, 2])
    return foot
