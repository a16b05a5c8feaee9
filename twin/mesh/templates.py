"""Small things of the street, each as a few boxes and prisms, and how a thing is set down at many places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Solid:
    """A piece of a thing in one paint. x points to the street, z up, metres."""

    role: str
    points: NDArray[np.float64]  # (n, 3)
    triangles: NDArray[np.int64]  # (t, 3)


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing of a usual height. A taller one is stretched, and a little stouter."""

    height_m: float
    solids: tuple[Solid, ...]


def _box(role: str, x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> Solid:
    """Return a box between two values of each coordinate; one on the ground has no underside."""
    corner = np.array([[a, b, c] for c in z for a, b in ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]))])
    sides = [[i, (i + 1) % 4, 4 + (i + 1) % 4] for i in range(4)] + [[i, 4 + (i + 1) % 4, 4 + i] for i in range(4)]
    top, under = [[4, 5, 6], [4, 6, 7]], [[0, 2, 1], [0, 3, 2]]
    return Solid(role, corner, np.array(sides + top + (under if z[0] > 0 else [])))


def _prism(role: str, sides: int, foot_m: float, top_m: float, z: tuple[float, float]) -> Solid:
    """Return a prism of two radii with a lid where it is wide enough to see one."""
    angle = 2 * np.pi / sides * np.arange(sides)
    around = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.concatenate(
        [np.column_stack([around * r, np.full(sides, level)]) for r, level in zip((foot_m, top_m), z, strict=True)]
    )
    i = np.arange(sides)
    j = (i + 1) % sides
    lid = np.column_stack([np.full(sides - 2, sides), sides + i[1:-1], sides + i[2:]])
    faces = [np.column_stack([i, j, sides + j]), np.column_stack([i, sides + j, sides + i])]
    return Solid(role, points, np.concatenate([*faces, lid] if top_m > 0.1 else faces))


def _mast(height_m: float, radius_m: float = 0.07) -> Solid:
    return _prism("post", 3, radius_m, 0.7 * radius_m, (0, height_m))


def _cabinet(height_m: float, wide_m: float, deep_m: float, role: str = "post") -> Thing:
    return Thing(height_m, (_box(role, (-deep_m / 2, deep_m / 2), (-wide_m / 2, wide_m / 2), (0, height_m)),))


THINGS: Mapping[str, Thing] = {
    "lamp": Thing(
        6.0,
        (
            _prism("lamp_post", 3, 0.09, 0.06, (0, 5.9)),
            _box("lamp_head", (-0.1, 1.1), (-0.13, 0.13), (5.86, 6.0)),
        ),
    ),
    "signal": Thing(3.4, (_mast(2.5), _box("signal", (-0.14, 0.14), (-0.16, 0.16), (2.4, 3.4)))),
    "camera": Thing(4.0, (_mast(3.8, 0.06), _box("camera", (-0.1, 0.35), (-0.1, 0.1), (3.75, 4.0)))),
    "stop": Thing(2.8, (_mast(2.8, 0.05), _box("sign", (-0.03, 0.03), (-0.3, 0.3), (2.2, 2.8)))),
    "sign": Thing(2.0, (_mast(1.2, 0.05), _box("sign", (-0.04, 0.04), (-0.5, 0.5), (1.0, 2.0)))),
    "advertising": Thing(3.0, (_mast(1.0, 0.1), _box("sign", (-0.12, 0.12), (-0.8, 0.8), (0.8, 3.0)))),
    "clock": Thing(4.0, (_mast(3.4), _box("signal", (-0.15, 0.15), (-0.4, 0.4), (3.2, 4.0)))),
    "siren": Thing(6.0, (_mast(5.6), _prism("signal", 6, 0.3, 0.2, (5.5, 6.0)))),
    "bench": Thing(
        0.85,
        (
            _box("wood_furniture", (-0.25, 0.25), (-0.8, 0.8), (0.3, 0.42)),
            _box("wood_furniture", (-0.3, -0.22), (-0.8, 0.8), (0.42, 0.85)),
        ),
    ),
    "table": Thing(
        0.8,
        (
            _box("wood_furniture", (-0.4, 0.4), (-0.9, 0.9), (0.68, 0.8)),
            _box("wood_furniture", (-0.75, 0.75), (-0.9, 0.9), (0.34, 0.42)),
        ),
    ),
    "bin": Thing(1.0, (_prism("post", 6, 0.24, 0.28, (0, 1.0)),)),
    "bollard": Thing(0.9, (_prism("stone", 4, 0.11, 0.11, (0, 0.9)),)),
    "hydrant": Thing(0.9, (_prism("sign", 5, 0.14, 0.12, (0, 0.9)),)),
    "block": _cabinet(0.8, 1.2, 0.5, "stone"),
    "stone": Thing(1.0, (_prism("stone", 5, 0.5, 0.3, (0, 1.0)),)),
    "bicycle_parking": Thing(
        0.9, tuple(_box("post", (-0.4, 0.4), (y - 0.03, y + 0.03), (0, 0.9)) for y in (-0.8, 0.0, 0.8))
    ),
    "post_box": _cabinet(1.3, 0.6, 0.45, "sign"),
    "telephone": _cabinet(2.2, 0.9, 0.9),
    "vending_machine": _cabinet(1.8, 0.9, 0.7),
    "charging": _cabinet(1.6, 0.4, 0.3),
    "cabinet": _cabinet(1.3, 1.0, 0.4),
    "shelter": Thing(
        2.6,
        (
            _box("post", (-0.8, -0.72), (-2.0, 2.0), (0, 2.5)),
            _box("post", (-0.9, 0.9), (-2.1, 2.1), (2.5, 2.6)),
        ),
    ),
    "fountain": Thing(
        1.5,
        (
            _prism("stone", 8, 1.6, 1.6, (0, 0.45)),
            _prism("water", 8, 1.4, 1.4, (0.4, 0.47)),
            _prism("stone", 6, 0.25, 0.15, (0, 1.5)),
        ),
    ),
    "statue": Thing(
        3.0, (_box("stone", (-0.5, 0.5), (-0.5, 0.5), (0, 1.2)), _prism("stone", 5, 0.35, 0.16, (1.2, 3.0)))
    ),
    "shrine": Thing(
        2.2, (_box("stone", (-0.35, 0.35), (-0.4, 0.4), (0, 1.7)), _prism("stone", 4, 0.6, 0.0, (1.7, 2.2)))
    ),
    "cross": Thing(
        3.0,
        (_box("stone", (-0.1, 0.1), (-0.12, 0.12), (0, 3.0)), _box("stone", (-0.1, 0.1), (-0.7, 0.7), (2.1, 2.35))),
    ),
    "flagpole": Thing(9.0, (_mast(9.0), _box("sign", (-0.02, 0.02), (0.05, 2.0), (7.6, 8.8)))),
    "pole": Thing(8.0, (_mast(8.0, 0.12), _box("post", (-0.05, 0.05), (-0.8, 0.8), (7.3, 7.45)))),
    "gate": Thing(1.3, (_box("post", (-0.04, 0.04), (-1.4, 1.4), (0.9, 1.05)), _mast(1.3, 0.1))),
    "mast": Thing(
        25.0,
        (
            _prism("post", 4, 0.5, 0.2, (0, 25.0)),
            *(_box("camera", (-0.5, 0.5), (-0.5, 0.5), z) for z in ((20.0, 22.0), (23.0, 25.0))),
        ),
    ),
    "tower": Thing(30.0, (_prism("stone", 8, 2.6, 2.0, (0, 27.0)), _prism("stone", 8, 3.0, 2.4, (27.0, 30.0)))),
    "chimney": Thing(40.0, (_prism("stone", 8, 1.8, 1.1, (0, 40.0)),)),
    "tank": Thing(8.0, (_prism("post", 12, 4.0, 4.0, (0, 8.0)),)),
    "crane": Thing(
        30.0,
        (_box("sign", (-0.7, 0.7), (-0.7, 0.7), (0, 30.0)), _box("sign", (-8.0, 26.0), (-0.5, 0.5), (26.0, 27.2))),
    ),
    "pylon": Thing(
        30.0,
        (
            _prism("post", 4, 2.6, 0.3, (0, 30.0)),
            *(_box("post", (-0.2, 0.2), (-half, half), (z, z + 0.4)) for half, z in ((6.0, 20.0), (4.5, 25.0))),
        ),
    ),
    "turbine": Thing(
        100.0,
        (
            _prism("camera", 6, 2.2, 1.3, (0, 70.0)),
            _box("camera", (-2.0, 4.0), (-1.4, 1.4), (68.5, 71.5)),
            _box("camera", (4.0, 4.4), (-1.0, 1.0), (70.0, 100.0)),
            _box("camera", (4.0, 4.4), (0.0, 26.0), (54.0, 56.0)),
            _box("camera", (4.0, 4.4), (-26.0, 0.0), (54.0, 56.0)),
        ),
    ),
}
"""A template for each kind of thing that stands on a point, facing the street."""

POST = Thing(1.0, (_prism("post", 4, 0.08, 0.08, (0, 1.0)),))
"""What stands for a thing of any other kind."""
