"""From a District to a City."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.bulk import collector_paused
from twin.language import _
from twin.mesh.bridges import rail_bridges_mesh, street_bridges_mesh
from twin.mesh.buildings import buildings_meshes
from twin.mesh.ground import areas_mesh, box_of, ground_mesh, haze_mesh, water_fills
from twin.mesh.levels import MARGIN_M, grown
from twin.mesh.overlays import overlays_meshes
from twin.mesh.paints import Paints
from twin.mesh.pieces import Pieces, with_places
from twin.mesh.trees import trees_mesh
from twin.mesh.ways import paths_mesh, rails_mesh, streets_mesh
from twin.model import City, District, Mesh, Progress, Report, credits_of, silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


HAZE_INSIDE_M = 80.0


@collector_paused()
def build(district: District, *, report: Report = silent) -> City:
    """Return the district as meshes, one a kind, in the order in which they are drawn.

    Kinds of which the district has nothing are left out. Flat layers end `MARGIN_M` outside the box
    around the boundary; buildings and trees are whole wherever they stand. What only near views show, the
    rhythm of windows and the furniture of streets among it, is added by `twin.mesh.near.detailed`.

    Parameters
    ----------
    district
        Any district; a feature whose geometry is empty, not finite or of the wrong type is not drawn.
    report
        Called before each kind.
    """
    bounds_xy = box_of(district.boundary_xy)
    box_xy = grown(bounds_xy, MARGIN_M)
    tables = {name: with_places(table) for name, table in district.tables.items()}
    paints = Paints()

    def water() -> Mesh:
        pieces = Pieces()
        water_fills(pieces, tables["water"], paints, box_xy)
        return pieces.mesh("water")

    steps: tuple[tuple[str, tuple[str, ...], Callable[[], Mesh | tuple[Mesh, ...]]], ...] = (
        (_("Laying the ground"), ("ground",), lambda: ground_mesh(bounds_xy, paints)),
        (_("Laying land use"), ("areas",), lambda: areas_mesh(tables["areas"], paints, box_xy, over_water=False)),
        (_("Filling water"), ("water",), water),
        (_("Laying piers"), ("piers",), lambda: areas_mesh(tables["areas"], paints, box_xy, over_water=True)),
        (_("Laying paths"), ("paths",), lambda: paths_mesh(tables["streets"], paints, box_xy)),
        (_("Laying streets"), ("streets",), lambda: streets_mesh(tables["streets"], paints, box_xy)),
        (_("Laying rails"), ("rails",), lambda: rails_mesh(tables["rails"], paints, box_xy)),
        (
            _("Drawing the haze"),
            ("haze",),
            lambda: haze_mesh(bounds_xy, paints, inside_m=HAZE_INSIDE_M, outside_m=MARGIN_M),
        ),
        (_("Laying overlays"), ("overlays", "masses"), lambda: overlays_meshes(tables["overlays"], paints, box_xy)),
        (_("Raising bridges"), ("bridges",), lambda: street_bridges_mesh(tables["streets"], paints)),
        (_("Raising bridges"), ("rail_bridges",), lambda: rail_bridges_mesh(tables["rails"], paints)),
        (_("Planting trees"), ("trees",), lambda: trees_mesh(tables["trees"], paints)),
        (
            _("Raising buildings"),
            ("buildings", "parts"),
            lambda: buildings_meshes(tables["buildings"], tables["parts"], paints),
        ),
    )
    meshes: dict[str, Mesh] = {}
    for done, (phrase, names, make) in enumerate(steps):
        report(Progress(phrase, done, len(steps)))
        made = make()
        meshes.update(zip(names, made if isinstance(made, tuple) else (made,), strict=True))
    return City(
        frame=district.frame,
        bounds_xy=bounds_xy,
        boundary_xy=_outer_ring(district.boundary_xy),
        meshes={name: mesh for name, mesh in meshes.items() if len(mesh.triangles)},
        paints=paints.table(),
        images=district.images,
        credits=credits_of(district.sources),
    )


def _outer_ring(boundary_xy: shapely.Geometry) -> NDArray[np.float64]:
    """Return the outer ring of the largest polygon of the boundary, shape (n, 2)."""
    polygons = [part for part in shapely.get_parts(boundary_xy) if part.geom_type == "Polygon"]
    if not polygons:
        return np.empty((0, 2))
    largest = max(polygons, key=lambda polygon: polygon.area)
    return np.ascontiguousarray(shapely.get_coordinates(largest.exterior))
