"""What a line of sight meets first, exactly, without asking the renderer.

A graphics card's own picking renders the scene again under other colours, and cell locators take seconds to
build. Meshes come with neighbours near one another, so boxes around runs of triangles find the few that
matter in a millisecond, on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import Mesh

_RUN = 64  # triangles a box


@dataclass(frozen=True)
class Target:
    """A mesh made ready to be looked at."""

    mesh: Mesh
    low: NDArray[np.float32]  # (runs, 3)
    high: NDArray[np.float32]

    @classmethod
    def of(cls, mesh: Mesh) -> Target:
        """Put boxes around the mesh's triangles."""
        starts = np.arange(0, len(mesh.triangles), _RUN)
        corners = mesh.points[mesh.triangles]
        return cls(
            mesh,
            np.minimum.reduceat(corners.min(axis=1), starts) if len(starts) else np.empty((0, 3), np.float32),
            np.maximum.reduceat(corners.max(axis=1), starts) if len(starts) else np.empty((0, 3), np.float32),
        )

    def first(
        self,
        eye: NDArray[np.float64],
        direction: NDArray[np.float64],
        shown: NDArray[np.bool_] | None = None,
        within_m: float = np.inf,
    ) -> tuple[float, int] | None:
        """Distance in metres and triangle of what a ray from `eye` along a unit vector meets first.

        It goes through features that are not in `shown`, where that is given, and need not look farther than
        `within_m` metres.

        The intersection is Möller and Trumbore's, 1997; both sides of a triangle count.
        """
        direction = direction + 0.0  # a zero has no sign from here on
        with np.errstate(divide="ignore", invalid="ignore"):
            to_low, to_high = (self.low - eye) / direction, (self.high - eye) / direction
        # a ray in a box's side gives 0/0 there, and is in the box as far as that side goes
        to_low[np.isnan(to_low)], to_high[np.isnan(to_high)] = -np.inf, np.inf
        enters = np.minimum(to_low, to_high).max(axis=1, initial=0)
        leaves = np.maximum(to_low, to_high).min(axis=1, initial=np.inf)
        runs = np.flatnonzero((enters <= leaves * (1 + 1e-6) + 1e-6) & (enters <= within_m))
        which = (runs[:, None] * _RUN + np.arange(_RUN)).reshape(-1)
        which = which[which < len(self.mesh.triangles)]
        a, b, c = (self.mesh.points[self.mesh.triangles[which, i]].astype(np.float64) for i in range(3))
        along, across = b - a, c - a
        p = np.cross(direction, across)
        det = np.einsum("ij,ij->i", along, p)
        with np.errstate(divide="ignore", invalid="ignore"):
            s = eye - a
            u = np.einsum("ij,ij->i", s, p) / det
            q = np.cross(s, along)
            v = q @ direction / det
            t = np.einsum("ij,ij->i", across, q) / det
            hit = (np.abs(det) > 1e-12) & (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
        if shown is not None:
            feature = self.mesh.feature[self.mesh.triangles[which, 0]]
            known = (feature >= 0) & (feature < len(shown))
            hit[known] &= shown[feature[known]]
        if not hit.any():
            return None
        t = np.where(hit, t, np.inf)
        nearest = int(t.argmin())
        return float(t[nearest]), int(which[nearest])
