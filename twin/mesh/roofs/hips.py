"""Roofs that slope from every wall, and those whose slopes end in gables: over the straight skeleton."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.pieces import spans
from twin.mesh.rings import Rings, ring_areas
from twin.mesh.roofs import forms
from twin.mesh.roofs.skeleton import TangledError, skeleton
from twin.mesh.roofs.surface import Surface, cut
from twin.mesh.triangles import triangulated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.roofs.forms import Knots
    from twin.mesh.roofs.skeleton import Skeleton

_QUARTER = np.linspace(0.0, np.pi / 2, 8)
SLOPES: Mapping[str, Knots] = (
    {
        "mansard": ((0, 0), (0.28, 0.7), (1, 1)),
        "quadruple_saltbox": ((0, 0), (0.45, 1), (1, 1)),
        "dome": tuple(
            (round(float(x), 6), round(float(z), 6))
            for x, z in zip(1 - np.cos(_QUARTER), np.sin(_QUARTER), strict=True)
        ),
    }
    | {
        shape: tuple((2 * t, z) for t, z in forms.PROFILES[shape] if t <= 0.5)
        for shape in ("gambrel", "round", "gabled")
    }
    | {"double_saltbox": ((0, 0), (0.6, 1), (1, 1))}
)
"""How high each roof is by the distance from the walls, as a share of the farthest; others rise straight."""

ENDED: Mapping[str, str] = dict.fromkeys(("gabled", "gambrel", "round", "double_saltbox", "side_hipped"), "gable") | {
    "half-hipped": "half", "side_half-hipped": "half", "hipped-and-gabled": "gablet",
}  # fmt: skip
"""What these roofs have at the end of each wing; the others have hips. One-sided ones have it at the first wing
that is found, the hip too, and gables at the others."""

_RISING = 1.1
"""A ridge that would rise by more than this share up to a gable belongs to no wing, but to a corner of the plan."""
_WITHIN = 0.12
"""A gable's top lies so far from either end of its wall, as a share of the wall, or else the end stays a hip."""


@dataclass(frozen=True, slots=True)
class _Roof:
    """One polygon's faces, and its upright triangles, over nodes that know their distance from the walls."""

    xy: NDArray[np.float64]
    inwards_m: NDArray[np.float64]
    faces: list[tuple[int, ...]]
    upright: list[tuple[int, int, int]]


def surfaces(rings: Rings, shape: str) -> tuple[Surface | None, NDArray[np.bool_]]:
    """Return roofs of a shape over the polygons of which they can be built, and which these are, shape (p,).

    `polygon` of the surface counts in `rings`. A shape that ends in gables is not built where no wing has an end.
    """
    built = np.zeros(len(rings.feature), bool)
    roofs: list[_Roof] = []
    first = np.searchsorted(rings.polygon, np.arange(len(built) + 1)).tolist()
    starts = rings.start.tolist()
    for row in range(len(built)):
        corners = [rings.xy[starts[k] : starts[k + 1]] for k in range(first[row], first[row + 1])]
        try:
            found = skeleton(corners)
        except TangledError:
            continue
        roof = _ended(found, sum(map(len, corners)), shape)
        if roof is not None:
            built[row] = True
            roofs.append(roof)
    if not roofs:
        return None, built
    number = np.flatnonzero(built)
    surface, whole = _triangles(roofs, number)
    own = np.bincount(rings.polygon, weights=ring_areas(rings), minlength=len(built))
    sound = np.abs(whole - own[number]) <= 1e-3 * own[number] + 1e-2
    sound &= np.abs(_rim_lengths(surface, len(built)) - _lengths(rings))[number] < 0.05
    if not sound.all():
        built[number[~sound]] = False
        if not built.any():
            return None, built
        surface, _whole = _triangles([roof for roof, good in zip(roofs, sound, strict=True) if good], number[sound])
    run_m = np.zeros(len(rings.feature))
    np.maximum.at(run_m, surface.polygon, surface.told[:, 0])
    return sloped(surface, np.maximum(run_m, 1e-6), shape), built


def sloped(surface: Surface, run_m: NDArray[np.float64], shape: str) -> Surface:
    """Return a surface that tells distances from the walls with the heights of a shape instead.

    `run_m` is the farthest distance that each polygon knows.
    """
    far = run_m[surface.polygon]
    knots = SLOPES.get(shape, ((0, 0), (1, 1)))
    for share, _height in knots[1:-1]:
        surface = cut(surface, surface.told[:, 0] - share * far)
        far = run_m[surface.polygon]
    return surface.with_share(np.interp(surface.told[:, 0] / far, *np.array(knots, float).T))


def _triangles(roofs: list[_Roof], number: NDArray[np.int64]) -> tuple[Surface, NDArray[np.float64]]:
    """Return the roofs as one surface that tells distances, and the area that each covers."""
    offset = spans(np.array([len(roof.xy) for roof in roofs]))
    xy = np.concatenate([roof.xy for roof in roofs])
    inwards = np.concatenate([roof.inwards_m for roof in roofs])
    polygon = np.repeat(number, np.diff(offset))
    faces = [(at, face) for at, roof in zip(offset.tolist(), roofs, strict=False) for face in roof.faces]
    node = np.array([at + one for at, face in faces for one in face])
    size = np.array([len(face) for _at, face in faces])
    count = len(faces)
    as_rings = Rings(xy[node], spans(size), np.arange(count), np.arange(count), np.zeros(count, bool))
    triangles = node[triangulated(as_rings)]
    a, b, c = xy[triangles].transpose(1, 0, 2)
    area = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    at_roof = np.searchsorted(number, polygon[triangles[:, 0]])
    covered = np.bincount(at_roof, weights=area, minlength=len(number))
    upright = [
        (at + one, at + two, at + top)
        for at, roof in zip(offset.tolist(), roofs, strict=False)
        for one, two, top in roof.upright
    ]
    if upright:
        triangles = np.concatenate([triangles, np.array(upright)])
    return Surface(xy, inwards[:, None], triangles, polygon), covered


def _rim_lengths(surface: Surface, count: int) -> NDArray[np.float64]:
    rim = surface.rim()
    length = np.hypot(*(surface.xy[rim[:, 1]] - surface.xy[rim[:, 0]]).T)
    lengths: NDArray[np.float64] = np.asarray(
        np.bincount(surface.polygon[rim[:, 0]], weights=length, minlength=count), float
    )
    return lengths


def _lengths(rings: Rings) -> NDArray[np.float64]:
    """Length of all walls of each polygon."""
    length = np.hypot(*(rings.xy[rings.next] - rings.xy).T)
    of = np.repeat(rings.polygon, rings.size)
    lengths: NDArray[np.float64] = np.asarray(np.bincount(of, weights=length, minlength=len(rings.feature)), float)
    return lengths


def _ended(found: Skeleton, corners: int, shape: str) -> _Roof | None:
    """Return the roof over a skeleton with gables, half hips or gablets in place of the hips at the ends of wings."""
    xy, inwards, faces = list(found.xy), found.inwards_m.tolist(), list(found.faces)
    upright: list[tuple[int, int, int]] = []
    kind = ENDED.get(shape, "")
    ends = _ends(found, corners) if kind else []
    if kind and not ends:
        return None
    if shape == "side_hipped":
        ends = ends[1:]
    gone = set()
    for number, (wall, (top, foot, height, before, after)) in enumerate(ends):
        one, other = faces[wall][:2]
        middle = xy[top].copy()

        def node(place: NDArray[np.float64], inwards_m: float) -> int:
            xy.append(place)
            inwards.append(inwards_m)
            return len(xy) - 1

        if kind == "gable" or (shape == "side_half-hipped" and number):
            gone.add(wall)
            xy[top], inwards[top] = foot, height
            continue
        share = forms.HALF if kind == "half" else forms.GABLET
        if kind == "half":
            left = node(xy[one] + share * (foot - xy[one]), share * height)
            right = node(xy[other] + share * (foot - xy[other]), share * height)
            faces[wall] = (left, right, top)
            moved = 1 - share
        else:
            level = share * inwards[top]
            left = node(xy[one] + share * (middle - xy[one]), level)
            right = node(xy[other] + share * (middle - xy[other]), level)
            faces[wall] = (one, other, right, left)
            upright.append((left, right, top))
            moved = share
        faces[before] = (*faces[before][:2], left, *faces[before][2:])
        faces[after] = (*faces[after], right)
        xy[top] = foot + moved * (middle - foot)
        inwards[top] = height + moved * (inwards[top] - height)
    kept = [face for wall, face in enumerate(faces) if wall not in gone]
    return _Roof(np.array(xy), np.array(inwards), kept, upright)


_End = tuple[int, "tuple[int, NDArray[np.float64], float, int, int]"]


def _ends(found: Skeleton, corners: int) -> list[_End]:
    """Return the walls at the ends of wings: each with its hip's top, where a gable's would be, and its neighbours."""
    begins_at = {face[0]: wall for wall, face in enumerate(found.faces)}
    ends_at = {face[1]: wall for wall, face in enumerate(found.faces)}
    out: list[_End] = []
    for wall, face in enumerate(found.faces):
        if len(face) != 3 or face[2] < corners:
            continue
        before, after, top = ends_at[face[0]], begins_at[face[1]], face[2]
        left, right = found.faces[before], found.faces[after]
        if len(left) < 4 or len(right) < 4 or left[2] != top or right[-1] != top:
            continue
        inner = left[3]
        if inner != right[-2] or inner < corners:
            continue
        start, way = found.xy[face[0]], found.xy[face[1]] - found.xy[face[0]]
        ridge = found.xy[top] - found.xy[inner]
        turn = ridge[0] * way[1] - ridge[1] * way[0]
        if abs(turn) < 1e-9:
            continue
        gap = start - found.xy[top]
        reach = (gap[0] * way[1] - gap[1] * way[0]) / turn
        foot = found.xy[top] + reach * ridge
        share = float((foot - start) @ way / (way @ way))
        height = float(found.inwards_m[top] + reach * (found.inwards_m[top] - found.inwards_m[inner]))
        level = 0 < height < _RISING * found.inwards_m[top]
        near = float(np.hypot(*(foot - found.xy[top]))) < np.hypot(*way)
        if reach > 0 and level and near and _WITHIN < share < 1 - _WITHIN:
            out.append((wall, (top, foot, height, before, after)))
    return out
