"""What an eye sees first along a line, among the things on the stage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.ray import Target

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from twin.props import Thing

WALLS = frozenset({"buildings", "parts", "masses"})
"""Kinds that nobody walks or flies through."""

FLOORS = frozenset({"ground", "areas", "water", "piers", "paths", "streets", "rails", "bridges", "rail_bridges"})
"""Kinds that one stands on."""

DETAILS = {
    "pitch_lines": "areas",
    "corners": "streets",
    "kerbs": "streets",
    "markings": "streets",
    "spans": "bridges",
    "span_markings": "bridges",
    "rail_spans": "rail_bridges",
    "rail_mouths": "rails",
    "trees_far": "trees",
    "woods": "trees",
}
"""Kinds that are details of another: hidden with it, and never met in its place."""

_NOT_THERE = frozenset({"haze", *DETAILS})  # it can be seen, but there is nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen first: mesh, row in its table (-1 for none), the point in local metres, and how far off that is."""

    kind: str
    feature: int
    at: tuple[float, float, float]
    distance_m: float


def first(
    things: Mapping[str, Thing],
    eye: NDArray[np.float64],
    direction: NDArray[np.float64],
    *,
    among: Collection[str] | None = None,
) -> Seen | None:
    """Return what a ray along a unit vector meets first of what is shown, `among` some kinds or all."""
    nearest, found = np.inf, None
    for kind, thing in things.items():
        if kind in _NOT_THERE or (among is not None and kind not in among) or not thing.actor.GetVisibility():
            continue
        if thing.target is None:
            thing.target = Target.of(thing.mesh)
        hit = thing.target.first(eye, direction, thing.shown, nearest)
        if hit is not None and hit[0] < nearest:
            nearest = hit[0]
            found = kind, hit[1]
    if found is None:
        return None
    kind, triangle = found
    x, y, z = eye + nearest * direction
    mesh = things[kind].mesh
    return Seen(kind, int(mesh.feature[mesh.triangles[triangle, 0]]), (float(x), float(y), float(z)), float(nearest))
