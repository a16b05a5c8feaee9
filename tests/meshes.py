"""What several tests ask of triangles, and random footprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from hypothesis import strategies as st

from twin.mesh.buildings import add_bodies
from twin.mesh.pieces import Pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import Mesh


def welded(mesh: Mesh) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points and triangles after points in the same place have become one, without the triangles that go."""
    points, which = np.unique(np.round(mesh.points.astype(float), 3), axis=0, return_inverse=True)
    triangles = which[mesh.triangles]
    a, b, c = triangles.T
    return points, triangles[(a != b) & (b != c) & (c != a)]


def open_edges(mesh: Mesh) -> int:
    """Return how many edges do not have exactly one triangle on each side, running opposite ways."""
    _points, triangles = welded(mesh)
    edges = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    there = {(int(a), int(b)) for a, b in edges}
    return sum((b, a) not in there for a, b in there) + len(edges) - len(there)


def volume(mesh: Mesh) -> float:
    """Return the volume inside, positive where triangles face outwards."""
    a, b, c = mesh.points.astype(float)[mesh.triangles].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def normals(mesh: Mesh) -> NDArray[np.float64]:
    """Return twice the area of each triangle along its normal."""
    a, b, c = mesh.points.astype(float)[mesh.triangles].transpose(1, 0, 2)
    return np.cross(b - a, c - a)


def covered(mesh: Mesh) -> float:
    """Return the area of the triangles as seen from above, those facing down counting negative."""
    return float(normals(mesh)[:, 2].sum() / 2)


def body(
    *footprints: Any,
    height: float = 10.0,
    least: float = 2.0,
    shape: str = "flat",
    roof_height: float = 0.0,
    direction: float = np.nan,
    orientation: str = "",
) -> Mesh:
    """Return free-standing bodies over footprints, feature 0, 1, ..."""
    n = len(footprints)
    pieces = Pieces()
    geometry = np.empty(n, dtype=object)
    geometry[:] = footprints
    add_bodies(
        pieces,
        geometry,
        height_m=np.full(n, height),
        min_height_m=np.full(n, least),
        roof_shape=np.full(n, shape),
        roof_height_m=np.full(n, roof_height),
        roof_direction_deg=np.full(n, direction),
        roof_orientation=np.full(n, orientation, dtype=object),
        wall_paint=np.zeros(n, dtype=np.uint16),
        roof_paint=np.ones(n, dtype=np.uint16),
    )
    return pieces.mesh("buildings")


@st.composite
def blocks(draw: st.DrawFn) -> Any:
    """Return a union of boxes: concave, often in parts, often with courtyards; no two corners touch."""
    box = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 4), st.integers(0, 4))
    drawn = draw(st.lists(box, min_size=1, max_size=9))
    return shapely.union_all([shapely.box(2 * x, 2 * y, 2 * (x + w) + 1, 2 * (y + h) + 1) for x, y, w, h in drawn])


@st.composite
def stars(draw: st.DrawFn, *, courtyard: bool = True) -> Any:
    """Return a polygon around a point that sees all of it, sometimes with a courtyard of its own shape."""
    radius = draw(st.lists(st.floats(4, 30), min_size=3, max_size=14))
    angle = 2 * np.pi * np.arange(len(radius)) / len(radius)
    corner = np.column_stack([np.cos(angle), np.sin(angle)]) * np.array(radius)[:, None]
    middle = draw(st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000)))
    hole = [corner * 0.5 + middle] if courtyard and draw(st.booleans()) else []
    return shapely.Polygon(corner + middle, hole)
