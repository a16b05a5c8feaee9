"""Buildings and their parts as closed bodies: walls, roofs and, above a passage, undersides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.mesh import shade
from twin.mesh.outline import WHOLE, bodies
from twin.mesh.pieces import Pieces
from twin.mesh.posts import KINDS, add_posts
from twin.mesh.rings import Rings, rings_of
from twin.mesh.roofs import Asked, pitched, roofs, valleys
from twin.mesh.triangles import triangulated
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.paints import Paints
    from twin.model import Mesh
    from twin.table import Table

UNKNOWN_HEIGHT_M = 6.0
LEAST_HEIGHT_M, HIGHEST_M = 0.2, 3000.0
_FEW_PARTS = 0.3
"""Parts that cover less of an outline than this leave it its roof: a porch does not flatten a house."""
_FLOATS_M = 0.05
_SEAM_M = 1e-4
"""Walls lower than this are none: the roof begins where the body does."""


def buildings_meshes(buildings: Table, parts: Table, paints: Paints) -> tuple[Mesh, Mesh]:
    """Return the buildings as far as their outlines are drawn, and the parts."""
    body = bodies(buildings, parts)
    shape = buildings["roof_shape"]
    # A roof over the whole says nothing about what is left over once its parts are most of it.
    shape = np.where((body.drawn == WHOLE) | (body.covered < _FEW_PARTS), shape, "flat")
    return (
        _mesh("buildings", buildings, body.geometry, body.height_m, shape, paints),
        _mesh(
            "parts",
            parts,
            parts.geometry,
            parts["height_m"],
            parts["roof_shape"],
            paints,
        ),
    )


def _mesh(
    table: str,
    rows: Table,
    geometry: NDArray[np.object_],
    height_m: NDArray[np.float64],
    roof_shape: NDArray[np.object_],
    paints: Paints,
) -> Mesh:
    pieces = Pieces()
    if len(rows):
        add_bodies(
            pieces,
            geometry,
            height_m=height_m,
            min_height_m=rows["min_height_m"],
            roof_shape=roof_shape,
            roof_height_m=rows["roof_height_m"],
            roof_direction_deg=rows["roof_direction_deg"],
            roof_orientation=rows["roof_orientation"],
            roof_lines=rows["roof_lines"],
            wall_paint=paints.tagged("wall", rows["wall_colour"], rows["wall_material"]),
            roof_paint=paints.tagged("roof", rows["roof_colour"], rows["roof_material"]),
        )
        by_itself = among(rows["kind"], KINDS)
        if by_itself.any():
            usual = [code.startswith("default:") for code in rows["min_height_from"].tolist()]
            add_posts(
                pieces,
                geometry,
                which=by_itself & np.array(usual, bool),
                height_m=rows["min_height_m"],
                paint=paints.tagged("wall", rows["wall_colour"], rows["wall_material"]),
            )
    return pieces.mesh(table)


def add_bodies(
    pieces: Pieces,
    geometry: NDArray[np.object_],
    *,
    height_m: NDArray[np.float64],
    min_height_m: NDArray[np.float64],
    roof_shape: NDArray[np.object_],
    roof_height_m: NDArray[np.float64],
    wall_paint: NDArray[np.uint16],
    roof_paint: NDArray[np.uint16],
    roof_direction_deg: NDArray[np.float64] | None = None,
    roof_orientation: NDArray[np.object_] | None = None,
    roof_lines: NDArray[np.object_] | None = None,
    which: NDArray[np.bool_] | None = None,
) -> None:
    """Add a body over each footprint; all arrays hold a row a feature, and `which` may choose among them.

    Heights that are not known become `UNKNOWN_HEIGHT_M`; a body is never thinner than `LEAST_HEIGHT_M`
    nor higher than `HIGHEST_M`.
    The apex of a roof is at the height, its eaves at the height less the roof's.
    """
    rings = rings_of(geometry)
    if which is not None:
        rings = rings.chosen(which[rings.feature])
    if len(rings.polygon) == 0:
        return
    feature = rings.feature
    bottom = np.clip(np.nan_to_num(min_height_m, posinf=0.0), 0.0, HIGHEST_M)[feature]
    told = height_m[feature]
    top = np.where(np.isfinite(told), np.clip(told, LEAST_HEIGHT_M, HIGHEST_M), bottom + UNKNOWN_HEIGHT_M)
    bottom = np.minimum(bottom, top - LEAST_HEIGHT_M)

    sloped = pitched(roof_shape)[feature]
    flat = rings.chosen(~sloped)
    _add_walls(pieces, flat, bottom[~sloped], top[~sloped], wall_paint)
    _add_flat_roofs(pieces, flat, top[~sloped], roof_paint)
    _add_undersides(pieces, flat, bottom[~sloped], wall_paint)
    if not sloped.any():
        return
    some = rings.chosen(sloped)
    n = len(height_m)
    direction = np.full(n, np.nan) if roof_direction_deg is None else roof_direction_deg
    orientation = np.full(n, "") if roof_orientation is None else roof_orientation
    asked = Asked(
        shape=roof_shape[some.feature].astype(np.str_),
        height_m=roof_height_m[some.feature],
        direction_deg=np.where(np.isfinite(direction), direction, np.nan)[some.feature],
        across=(orientation == "across")[some.feature],
        along=(orientation == "along")[some.feature],
        lines=(np.full(n, "", object) if roof_lines is None else roof_lines)[some.feature],
    )
    _add_pitched(pieces, some, asked, bottom[sloped], top[sloped], wall_paint, roof_paint)


def _add_pitched(
    pieces: Pieces,
    rings: Rings,
    asked: Asked,
    bottom: NDArray[np.float64],
    top: NDArray[np.float64],
    wall_paint: NDArray[np.uint16],
    roof_paint: NDArray[np.uint16],
) -> None:
    """Add bodies under roofs that slope: the walls rise to the roof's rim, wherever that is."""
    found = roofs(rings, asked)
    surface = found.surface
    room = top - bottom
    rise = np.minimum(found.rise_m, np.where(valleys(asked.shape), room - np.minimum(LEAST_HEIGHT_M, room / 2), room))
    eaves = top - rise
    low = bottom[surface.polygon]
    height = np.where(
        surface.share == 0.0, eaves[surface.polygon], eaves[surface.polygon] + surface.share * rise[surface.polygon]
    )
    height = np.minimum(height, top[surface.polygon])
    owner = rings.feature[surface.polygon]
    pieces.add(
        np.column_stack([surface.xy, height]),
        surface.triangles,
        feature=owner,
        paint=roof_paint[owner],
        shade=shade.ROOF,
    )

    rim = surface.rim()
    corner, ends = np.unique(rim, return_inverse=True)
    a, b = ends.reshape(-1, 2).T
    n = len(corner)
    stands = height[corner] > low[corner] + _SEAM_M
    points = np.concatenate(
        [
            np.column_stack([surface.xy[corner], low[corner]]),
            np.column_stack([surface.xy[corner], np.where(stands, height[corner], low[corner])]),
        ]
    )
    triangles = np.concatenate(
        [np.column_stack([a, b, n + b])[stands[b]], np.column_stack([a, n + b, n + a])[stands[a]]]
    )
    pieces.add(
        points,
        triangles,
        feature=np.tile(owner[corner], 2),
        paint=np.tile(wall_paint[owner[corner]], 2),
        shade=shade.by_height(points[:, 2]),
    )

    floats = bottom > _FLOATS_M
    _add_undersides(pieces, rings.chosen(found.bulges), bottom[found.bulges], wall_paint)
    under = surface.triangles[(floats & ~found.bulges)[surface.polygon[surface.triangles[:, 0]]]]
    used, under = np.unique(under, return_inverse=True)
    pieces.add(
        np.column_stack([surface.xy, low])[used],
        under.reshape(-1, 3)[:, ::-1],
        feature=owner[used],
        paint=wall_paint[owner[used]],
        shade=shade.UNDERSIDE,
    )


def _add_walls(
    pieces: Pieces, rings: Rings, bottom: NDArray[np.float64], eaves: NDArray[np.float64], paint: NDArray[np.uint16]
) -> None:
    polygon = np.repeat(rings.polygon, rings.size)
    stands = (eaves - bottom)[polygon] > 0
    n = len(rings.xy)
    after = rings.next
    here = np.arange(n)
    low, high = bottom[polygon], eaves[polygon]
    points = np.concatenate([np.column_stack([rings.xy, low]), np.column_stack([rings.xy, high])])
    triangles = np.concatenate(
        [np.column_stack([here, after, n + after])[stands], np.column_stack([here, n + after, n + here])[stands]]
    )
    light = shade.walls(rings, low, high)
    owner = rings.feature_of_corner
    pieces.add(points, triangles, feature=np.tile(owner, 2), paint=np.tile(paint[owner], 2), shade=light)


def _add_flat_roofs(pieces: Pieces, rings: Rings, top: NDArray[np.float64], paint: NDArray[np.uint16]) -> None:
    owner = rings.feature_of_corner
    height = top[np.repeat(rings.polygon, rings.size)]
    pieces.add(
        np.column_stack([rings.xy, height]),
        triangulated(rings),
        feature=owner,
        paint=paint[owner],
        shade=shade.ROOF,
    )


def _add_undersides(pieces: Pieces, rings: Rings, bottom: NDArray[np.float64], paint: NDArray[np.uint16]) -> None:
    floats = bottom > _FLOATS_M
    if not floats.any():
        return
    some = rings.chosen(floats)
    owner = some.feature_of_corner
    height = bottom[floats][np.repeat(some.polygon, some.size)]
    pieces.add(
        np.column_stack([some.xy, height]),
        triangulated(some)[:, ::-1],
        feature=owner,
        paint=paint[owner],
        shade=shade.UNDERSIDE,
    )
