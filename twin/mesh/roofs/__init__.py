"""Roofs over footprints, whatever their shapes: surfaces that end at the tops of the walls.

A roof on a quadrilateral is a form of the unit square, corner by corner (`forms`); on any other polygon
the same form is cut out of the rectangle around it (`fields`), or it follows the straight skeleton
(`hips`). Domes and the like are spun about the middle (`spun`). All shapes are built for every polygon
of a shape at once, but for skeletons, which are found one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.roofs import drawn, fields, hips, spun
from twin.mesh.roofs.frames import frames_of, straightened
from twin.mesh.roofs.surface import Surface, joined
from twin.table import among
from twin.tags.roofs import INSTEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.mesh.rings import Rings
    from twin.mesh.roofs.frames import Frames

SHAPES = fields.SHAPES | spun.PROFILES.keys() | {"mansard", "quadruple_saltbox"}
"""The roofs that can be built; any other word is drawn flat."""

_FOLLOWS_WINGS = frozenset(hips.ENDED)
_FROM_EVERY_WALL = frozenset({"hipped", "mansard", "quadruple_saltbox"})
_RISE_OF_WIDTH: Mapping[str, float] = {
    "dome": 0.5, "onion": 1.0, "cone": 0.8, "pyramidal": 0.4, "skillion": 0.18, "sawtooth": 0.2, "butterfly": 0.12,
    "round": 0.3, "mansard": 0.35, "gambrel": 0.4, "quadruple_saltbox": 0.25, "double_saltbox": 0.25,
    "gabled_row": 0.25,
}  # fmt: skip
_RISE = 0.33
"""Height of a roof about which nothing is told, in smaller sides of its footprint's rectangle."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the map says of the roofs of some polygons, a row a polygon."""

    shape: NDArray[np.str_]  # in the words of OpenStreetMap
    height_m: NDArray[np.float64]  # of the roof alone; NaN or nothing where it is not told
    direction_deg: NDArray[np.float64]  # which way it faces, clockwise from north; NaN where it is not told
    across: NDArray[np.bool_]  # whether the ridge runs across the longer side
    along: NDArray[np.bool_]  # whether it is told to run along it
    lines: NDArray[np.object_]  # of complex roofs: ridges, edges and apexes as WKT, z the share of the height

    def chosen(self, polygons: NDArray[np.bool_]) -> Asked:
        """Only those polygons for which the mask holds."""
        return Asked(
            self.shape[polygons], self.height_m[polygons], self.direction_deg[polygons], self.across[polygons],
            self.along[polygons], self.lines[polygons],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roofs:
    """Roofs of some polygons as one surface, and how high each is at most, in metres."""

    surface: Surface
    rise_m: NDArray[np.float64]
    bulges: NDArray[np.bool_]  # (p,) whether a roof may reach out over its walls


def pitched(shape: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether a shape is a roof that can be built and is not flat."""
    mask: NDArray[np.bool_] = among(shape, [*SHAPES, "complex"])
    return mask


def roofs(rings: Rings, asked: Asked) -> Roofs:
    """Return the roofs over all polygons of `rings`, whose shapes are all `pitched`."""
    count = len(rings.feature)
    simple = straightened(rings)
    if len(simple.feature) != count:
        simple = rings
    frames = frames_of(simple, asked.direction_deg, asked.across)
    found: list[Surface] = []
    shape = asked.shape.astype(object)
    for row in np.flatnonzero(asked.shape == "complex"):
        if (roof := drawn.surface(rings, int(row), str(asked.lines[row]))) is not None:
            found.append(roof)
            shape[row] = ""
        else:
            shape[row] = "hipped"
    round_ones = among(asked.shape, list(spun.PROFILES))
    fits = np.zeros(count, bool)
    if round_ones.any():
        some = rings.chosen(round_ones)
        fits[round_ones] = spun.fitting(some) & ((asked.shape[round_ones] != "onion") | spun.stout(some))
    for name in sorted(set(asked.shape[fits].tolist())):
        mask = fits & (asked.shape == name)
        found.append(_numbered(spun.surface(rings.chosen(mask), name), mask))
    for name, other in INSTEAD.items():
        shape[(shape == name) & ~fits] = other
    told = np.isfinite(asked.direction_deg) | asked.across | asked.along
    concave = ~_convex(simple)
    left = ~fits & (shape != "")
    for name in sorted(set(shape[left])):
        mask = left & (shape == name)
        slopes = mask.copy()
        if name in _FOLLOWS_WINGS:
            slopes &= concave & ~told
        elif name != "dome" and name not in _FROM_EVERY_WALL:
            slopes[:] = False
        found += _over(simple, frames, name, mask, slopes)
    return Roofs(_up_to_the_top(joined(found), count), _rises(asked, frames), fits & (asked.shape == "onion"))


def _up_to_the_top(surface: Surface, count: int) -> Surface:
    """Return the roofs stretched until each reaches its full height: a frame may be larger than its polygon."""
    reached = np.zeros(count)
    np.maximum.at(reached, surface.polygon, surface.share)
    return surface.with_share(surface.share / np.maximum(reached, 0.05)[surface.polygon])


def _over(
    rings: Rings, frames: Frames, shape: str, mask: NDArray[np.bool_], slopes: NDArray[np.bool_]
) -> list[Surface]:
    """Return roofs of a shape over the polygons of a mask, by their skeletons where `slopes`."""
    out = []
    easy = slopes & frames.square & (shape in _FROM_EVERY_WALL)
    if easy.any():
        (surface,) = fields.surfaces(rings.chosen(easy), frames.chosen(easy), "hipped")
        if shape != "hipped":
            half_m = np.minimum(frames.width_m, frames.length_m)[easy] / 2
            distance = surface.share * half_m[surface.polygon]
            surface = Surface(surface.xy, distance[:, None], surface.triangles, surface.polygon)
            surface = hips.sloped(surface, half_m, shape)
        out.append(_numbered(surface, easy))
    slopes = slopes & ~easy
    built = easy
    if slopes.any():
        rows = np.flatnonzero(slopes)
        found, sound = hips.surfaces(rings.chosen(slopes), shape)
        built = easy.copy()
        built[rows[sound]] = True
        if found is not None:
            out.append(_numbered(found, slopes))
    rest = mask & ~built
    if rest.any():
        form = shape if shape in fields.SHAPES else "hipped"
        out += [_numbered(one, rest) for one in fields.surfaces(rings.chosen(rest), frames.chosen(rest), form)]
    return out


def _numbered(surface: Surface, mask: NDArray[np.bool_]) -> Surface:
    """Return a surface over chosen polygons with `polygon` counting in all of them."""
    return Surface(surface.xy, surface.told, surface.triangles, np.flatnonzero(mask)[surface.polygon])


def _convex(rings: Rings) -> NDArray[np.bool_]:
    before, after = rings.xy - rings.xy[rings.previous], rings.xy[rings.next] - rings.xy
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    flat = 0.02 * np.hypot(*before.T) * np.hypot(*after.T)
    good = np.logical_and.reduceat(cross > -flat, rings.start[:-1]) & rings.lone
    convex: NDArray[np.bool_] = good[~rings.hole]
    return convex


def _rises(asked: Asked, frames: Frames) -> NDArray[np.float64]:
    side = np.minimum(frames.width_m, frames.length_m)
    usual = side * np.array([_RISE_OF_WIDTH.get(str(name), _RISE) for name in asked.shape])
    return np.where(asked.height_m > 0, asked.height_m, usual)


def valleys(shape: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Whether roofs of a shape come down to the eaves between their tops: something must be left below."""
    mask: NDArray[np.bool_] = among(shape, ["butterfly", "sawtooth", "gabled_row"])
    return mask
