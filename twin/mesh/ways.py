"""Streets and rails: lines of the map as surfaces on the ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mesh.levels import clipped, z_of
from twin.mesh.pieces import FULL_LIGHT, Pieces, width_shade
from twin.mesh.ribbons import Lines, lines_of, strip
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Bounds, Mesh
    from twin.table import Table

STREET_ROLES = ("service", "road")
PATH_ROLES = ("track", "path", "cycleway", "steps")

UNKNOWN_WIDTH_M = 3.0
SIMPLER_BY_M = 0.12

GAUGE_M = 1.435
RAIL_M = 0.14
_TRAM_KINDS = ("tram", "light_rail")


def way_role(streets: Table) -> NDArray[np.object_]:
    """Return what each street is painted as; "road" for a role that has no paint."""
    role = streets["role"]
    return np.where(among(role, STREET_ROLES + PATH_ROLES), role, "road")


def widths(table: Table) -> NDArray[np.float64]:
    """Width of each way in metres, finite and positive."""
    told = table["width_m"]
    return np.where(np.isfinite(told) & (told > 0), np.minimum(told, 200.0), UNKNOWN_WIDTH_M)


def on_ground(table: Table) -> NDArray[np.bool_]:
    """Whether each way lies on the ground: neither in a tunnel nor on a bridge."""
    bridge: NDArray[np.bool_] = table["bridge"]
    tunnel: NDArray[np.bool_] = table["tunnel"]
    return ~(bridge | tunnel)


def paths_mesh(streets: Table, paints: Paints, box_xy: Bounds) -> Mesh:
    """Footways, cycleways, steps and tracks."""
    return _streets(streets, PATH_ROLES, paints, box_xy)


def streets_mesh(streets: Table, paints: Paints, box_xy: Bounds) -> Mesh:
    """Carriageways, with their pavements beneath."""
    return _streets(streets, STREET_ROLES, paints, box_xy)


def _streets(streets: Table, roles: tuple[str, ...], paints: Paints, box_xy: Bounds) -> Mesh:
    role = way_role(streets)
    rows = np.flatnonzero(among(role, roles) & on_ground(streets))
    lines = _on_paper(streets, rows, box_xy)
    half = widths(streets) / 2
    pieces = Pieces()
    left, right = pavements(streets)
    with_pavement = (left + right > 0)[lines.feature]
    if with_pavement.any():
        some = lines.chosen(with_pavement)
        beside = np.full(len(streets), "pavement", object)
        wide_left, wide_right = (half + left)[some.feature], (half + right)[some.feature]
        # Round ends would look out beyond the road that is joined.
        add_flat(pieces, some, wide_left, wide_right, beside, paints, round_ends=False)
    add_flat(pieces, lines, half[lines.feature], half[lines.feature], role, paints, fading="path" in roles)
    return pieces.mesh("streets")


def pavements(streets: Table) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width of the pavement left and right of each street in metres, 0 for none."""
    left, right = (np.clip(np.nan_to_num(streets[f"pavement_{side}_m"]), 0.0, 50.0) for side in ("left", "right"))
    return left, right


def rails_mesh(rails: Table, paints: Paints, box_xy: Bounds) -> Mesh:
    """Tracks: a bed, and two rails on it."""
    lines = _on_paper(rails, np.flatnonzero(on_ground(rails)), box_xy)
    pieces = Pieces()
    bed, rail = rail_roles(rails)
    half = widths(rails) / 2
    add_flat(pieces, lines, half[lines.feature], half[lines.feature], bed, paints, fading=True)
    for left, right in RAIL_EDGES:
        reach = np.ones(len(lines.feature))
        add_flat(pieces, lines, left * reach, right * reach, rail, paints, round_ends=False, fading=True)
    return pieces.mesh("rails")


RAIL_EDGES = (
    ((GAUGE_M + RAIL_M) / 2, (RAIL_M - GAUGE_M) / 2),
    ((RAIL_M - GAUGE_M) / 2, (GAUGE_M + RAIL_M) / 2),
)
"""Where the left and the right rail lie: metres left and right of the middle of the track."""


def rail_roles(rails: Table) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return what the bed and the rails of each track are painted as."""
    tram = among(rails["kind"], _TRAM_KINDS)
    return _either(tram, "tram_bed", "ballast"), _either(tram, "tram", "rail")


def _either(which: NDArray[np.bool_], one: str, other: str) -> NDArray[np.object_]:
    out = np.full(len(which), other, object)
    out[which] = one
    return out


def _on_paper(table: Table, rows: NDArray[np.int64], box_xy: Bounds) -> Lines:
    """Return the lines of some rows as far as they lie in the box, counting rows of the whole table."""
    return lines_of(clipped(table.geometry[rows], box_xy), simpler_by_m=SIMPLER_BY_M).of_rows(rows)


def add_flat(
    pieces: Pieces,
    lines: Lines,
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    role: NDArray[np.object_],
    paints: Paints,
    *,
    round_ends: bool = True,
    fading: bool = False,
) -> None:
    """Add a strip on the ground along each line; `role` holds a row a feature, the widths a row a line.

    Where `fading`, `shade` is the width.
    """
    made = strip(lines, left_m, right_m, round_ends=round_ends)
    owner = lines.feature_of_vertex[made.vertex]
    of_line = lines.line[made.vertex]
    pieces.add(
        np.column_stack([made.xy, z_of(role)[owner]]),
        made.triangles,
        feature=owner,
        paint=paints.plain_each(role)[owner],
        shade=width_shade(left_m + right_m)[of_line] if fading else FULL_LIGHT,
    )
