"""The outline of one feature as it is seen, in lines over the picture: what hovering shows where drawing is dear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.camera import View

_MOST = 3000  # triangles; joining more takes longer than a glance
_BEYOND = 2.0  # how many pictures beyond its edge a corner may lie


def outline(view: View, size: tuple[int, int], corners: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the rings around triangles as they stand in a picture.

    Parameters
    ----------
    view : View
        Where one looks from.
    size : (int, int)
        Width and height of the picture in pixels.
    corners : ndarray, shape (t, 3, 3)
        Triangles in local metres.

    Returns
    -------
    list of ndarray, shape (n, 2)
        Closed rings in pixels; none for more triangles than can be joined at a glance.
    """
    if not 0 < len(corners) <= _MOST:
        return []
    flat = view.pixels(corners.reshape(-1, 3).astype(np.float64), size).reshape(-1, 3, 2)
    with np.errstate(invalid="ignore"):
        near = (np.abs(flat / np.array(size) - 0.5) < _BEYOND + 0.5).all(axis=(1, 2))
    flat = flat[near]
    a, b = flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]
    flat = flat[np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) > 0.05]
    if not len(flat):
        return []
    # a hair wider than they are, so that neighbours leave no slit between them
    joined = shapely.union_all(shapely.buffer(shapely.polygons(flat), 0.3, quad_segs=1, join_style="mitre"))
    rings = shapely.get_rings(shapely.get_parts(joined))
    return [shapely.get_coordinates(ring) for ring in rings if shapely.area(shapely.polygons(ring)) > 6]
