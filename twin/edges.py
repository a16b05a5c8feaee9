"""Where surfaces fold: the lines that an architect would ink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import Mesh

FOLD_DEG = 32.0


def folds(mesh: Mesh, *, fold_deg: float = FOLD_DEG) -> NDArray[np.int32]:
    """Return pairs of point numbers, shape (n, 2): edges where a feature's surface folds by `fold_deg` or more.

    Where only one triangle ends, as at an eave without underside, that is an edge too. Lines on the ground are
    left out: there the shadow draws them.
    """
    triangles = mesh.triangles
    if not len(triangles):
        return np.empty((0, 2), np.int32)
    # Points in one place are one corner, if they are of one feature; at 1 cm, 21 bits a coordinate reach 10 km.
    steps = np.rint(mesh.points.astype(np.float64) * 100).astype(np.int64) & 0x1FFFFF
    place = (steps[:, 0] << 42) | (steps[:, 1] << 21) | steps[:, 2]
    place ^= mesh.feature.astype(np.int64) * np.int64(0x1E3779B97F4A7C15)
    _, corner = np.unique(place, return_inverse=True)
    a, b, c = (mesh.points[triangles[:, i]].astype(np.float64) for i in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    normal /= np.maximum(length, 1e-12)[:, None]
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    side = np.tile(np.arange(len(triangles)), 3)
    kept = (length > 1e-6)[side]
    ends, side = ends[kept], side[kept]
    first, second = corner[ends[:, 0]], corner[ends[:, 1]]
    edge = np.minimum(first, second) * np.int64(len(mesh.points)) + np.maximum(first, second)
    order = np.argsort(edge, kind="stable")
    edge, ends, side = edge[order], ends[order], side[order]
    starts = np.flatnonzero(np.concatenate([[True], edge[1:] != edge[:-1]]))
    count = np.diff(np.append(starts, len(edge)))
    partner = np.minimum(starts + 1, len(edge) - 1)
    flatness = np.einsum("ij,ij->i", normal[side[starts]], normal[side[partner]])
    folded = (count == 1) | (flatness < np.cos(np.radians(fold_deg)))
    high = mesh.points[ends[starts], 2].max(axis=1) > 0.5
    return np.ascontiguousarray(ends[starts[folded & high]], np.int32)


def rim(mesh: Mesh) -> NDArray[np.int32]:
    """Return pairs of point numbers, shape (n, 2): edges where only one triangle ends, the outline of what is flat."""
    _, corner = np.unique(np.rint(mesh.points.astype(np.float64) * 100), axis=0, return_inverse=True)
    triangles = mesh.triangles
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    edges = np.sort(corner.reshape(-1)[ends], axis=1)
    _, first, count = np.unique(edges, axis=0, return_index=True, return_counts=True)
    return np.ascontiguousarray(ends[first[count == 1]], np.int32)
