"""Mouths of tunnels: a ramp that darkens as it goes under, between low walls.

The ground has no holes, so a ramp cannot sink. Seen from above a way that loses its light between two walls is read
as one that goes below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mesh import shade
from twin.mesh.levels import Z_M, clipped, z_of
from twin.mesh.network import edges_of
from twin.mesh.pieces import only_places
from twin.mesh.ribbons import Lines, lines_of, slab, strip
from twin.mesh.ways import on_ground
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.mesh.pieces import Pieces
    from twin.model import Bounds
    from twin.table import Table

RAMP_M = 16.0
LEAST_M, LEAST_OF_RAILS_M = 6.0, 60.0
"""A tunnel shorter than this has no ramp: it is a passage, and rails pass below a station or a viaduct."""

WALL_M, THICK_M = 0.9, 0.25
OVER_M = 0.01
"""The ramp lies over the round end of the way that leads to it."""

_STEPS = 6
_DARK = 30.0


def add_mouths(
    ramps: Pieces,
    walls: Pieces,
    table: Table,
    half_m: NDArray[np.float64],
    role: NDArray[np.object_],
    paints: Paints,
    box_xy: Bounds,
    *,
    least_m: float = LEAST_M,
) -> None:
    """Add a ramp and its walls wherever a tunnel meets a way on the ground.

    Parameters
    ----------
    ramps, walls
        Added to.
    table
        Streets or rails.
    half_m, role
        Half the width of each row, and what it is painted as.
    paints
        The city's.
    box_xy
        What lies outside is left out.
    least_m
        Shorter tunnels are passages, without ramps.
    """
    tunnels = np.flatnonzero(table["tunnel"])
    if len(tunnels) == 0:
        return
    lines = lines_of(clipped(only_places(table.geometry[tunnels]), box_xy)).of_rows(tunnels)
    if len(lines.xy) == 0:
        return
    edges = edges_of(lines, half_m[lines.feature])
    above = lines_of(only_places(table.geometry[on_ground(table)])).xy
    ends = np.stack([edges.lines.start[:-1], edges.lines.start[1:] - 1], axis=1)
    place = edges.lines.xy[ends.reshape(-1), 0] + 1j * edges.lines.xy[ends.reshape(-1), 1]
    opens = among(place, above[:, 0] + 1j * above[:, 1]) & np.repeat(edges.length_m > least_m, 2)
    edge, end = np.flatnonzero(opens) // 2, np.flatnonzero(opens) % 2
    if len(edge) == 0:
        return
    n, k = len(edge), _STEPS + 1
    ramp_m = np.minimum(RAMP_M, 0.45 * edges.length_m[edge])
    share = np.linspace(0, 1, k)
    inwards = share * ramp_m[:, None]
    along = np.where(end[:, None] == 0, inwards, edges.length_m[edge][:, None] - inwards)
    xy, heading = edges.places(np.repeat(edge, k), along.reshape(-1))
    into = heading * np.where(np.repeat(end, k) == 0, 1.0, -1.0)[:, None]
    aside = np.column_stack([-into[:, 1], into[:, 0]])
    feature = edges.lines.feature[edge]
    half = edges.half_m[edge]
    wide = np.repeat(half, k)[:, None]

    a = (k * np.arange(n)[:, None] + np.arange(_STEPS)).reshape(-1)
    right = a + n * k
    triangles = np.concatenate([np.column_stack([right, right + 1, a + 1]), np.column_stack([right, a + 1, a])])
    z = np.tile(np.repeat(z_of(role[feature]) + OVER_M, k), 2)
    light = 255 + (_DARK - 255) * np.tile(share, 2 * n) ** 0.7
    ramps.add(
        np.column_stack([np.concatenate([xy + wide * aside, xy - wide * aside]), z]),
        triangles,
        feature=np.tile(np.repeat(feature, k), 2),
        paint=np.tile(np.repeat(paints.plain_each(role[feature]), k), 2),
        shade=light,
    )
    sides = Lines(xy, k * np.arange(n + 1), feature)
    across = np.stack([(xy + wide * aside)[k - 1 :: k], (xy - wide * aside)[k - 1 :: k]], axis=1).reshape(-1, 2)
    closing = Lines(across, 2 * np.arange(n + 1), feature)
    for line, left_m, right_m in (
        (sides, half + THICK_M, -half),
        (sides, -half, half + THICK_M),
        (closing, np.full(n, THICK_M), np.zeros(n)),
    ):
        made = strip(line, left_m, right_m, round_ends=False, round_bends=False)
        count = len(made.xy)
        points, faces = slab(made, np.full(count, WALL_M), np.full(count, Z_M["track"]))
        walls.add(
            points,
            faces,
            feature=np.tile(line.feature_of_vertex[made.vertex], 2),
            paint=paints.plain("kerb"),
            shade=np.repeat([255, shade.FOOT], count),
        )
