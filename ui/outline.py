"""The outline of one feature as it is seen, in lines over the picture: what hovering shows where drawing is dear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.camera import View
    from twin.relief import Relief

_MOST = 3000  # triangles; joining more takes longer than a glance
_BEYOND = 2.0  # how many pictures beyond its edge a corner may lie
_STEP_PX = 5.0  # along a ring, from one look to the next
_ASIDE_M, _ABOVE_M = 1.6, 1.2  # how far outside of its own edge a feature is looked for, so as not to hide itself
_LOOKS_M = 1.0
_MOST_LOOKS = 1200  # along a line of sight


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


def visible(
    view: View,
    size: tuple[int, int],
    corners: NDArray[np.float64],
    rings: list[NDArray[np.float64]],
    relief: Relief,
) -> list[NDArray[np.float64]]:
    """Return the stretches of a feature's outline that nothing nearer hides, as lines in pixels, shape (n, 2) each.

    Parameters
    ----------
    corners, rings
        As `outline` takes and returns them.
    relief
        What stands how high; it hides what lies behind it.
    """
    edges = np.concatenate([corners[:, [i, (i + 1) % 3]] for i in range(3)])
    flat = view.pixels(edges.reshape(-1, 3), size).reshape(-1, 2, 2)
    known = np.isfinite(flat).all(axis=(1, 2))
    edges, flat = edges[known], flat[known]
    if not len(edges):
        return []
    found: list[NDArray[np.float64]] = []
    for ring in rings:
        line = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(ring), _STEP_PX))
        seen = ~_hidden(view, _on_edges(line, flat, edges), corners, relief)
        runs = np.split(np.arange(len(line)), np.flatnonzero(seen[1:] != seen[:-1]) + 1)
        found += [line[run] for run in runs if seen[run[0]] and len(run) > 1]
    return found


def _on_edges(line: NDArray[np.float64], flat: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points on edges, (e, 2, 3), that are seen nearest to pixels, (n, 2): shape (n, 3)."""
    start, along = flat[:, 0], flat[:, 1] - flat[:, 0]
    long = np.maximum((along**2).sum(axis=1), 1e-9)
    share = np.clip(np.einsum("nej,ej->ne", line[:, None] - start, along) / long, 0, 1)
    away = ((line[:, None] - start - share[..., None] * along) ** 2).sum(axis=2)
    nearest = away.argmin(axis=1)
    share = share[np.arange(len(line)), nearest][:, None]
    points: NDArray[np.float64] = edges[nearest, 0] * (1 - share) + edges[nearest, 1] * share
    return points


def _hidden(view: View, points: NDArray[np.float64], corners: NDArray[np.float64], relief: Relief) -> NDArray[np.bool_]:
    """Tell of points on a feature's edge, shape (n, 3), whether something stands before them."""
    eye = np.array(view.position)
    outwards = points[:, :2] - corners.reshape(-1, 3)[:, :2].mean(axis=0)
    right = np.array(view.axes[0])[:2]
    aside = np.sign(outwards @ right)[:, None] * right / max(float(np.hypot(*right)), 1e-9)
    points = points + np.column_stack([_ASIDE_M * aside, np.full(len(points), _ABOVE_M)])
    way = points - eye
    far = float(np.linalg.norm(way, axis=1).max(initial=0))
    looks = int(min(max(far / _LOOKS_M, 2), _MOST_LOOKS))
    at = eye + way[:, None] * np.linspace(0, 1, looks, endpoint=False)[None, :, None]
    low = at[..., 2] <= float(relief.height_m.max(initial=0))
    hidden = np.zeros(at.shape[:2], bool)
    hidden[low] = relief.at(at[low][:, :2]) > at[low][:, 2]
    told: NDArray[np.bool_] = hidden.any(axis=1)
    return told
