"""What only near views show, or a view in motion: windows, furniture, corners, kerbs, markings, piers, woods.

`twin.mesh.city.build` makes what a city is seen by from afar, as fast as it can. This makes the rest, in a
second step, from the same tables.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.bulk import collector_paused
from twin.language import _
from twin.mesh.bridges import raised
from twin.mesh.corners import add_corners, add_kerbs, beside_roads
from twin.mesh.crossings import across, add_crossings, is_crossing, places_of
from twin.mesh.facades import with_facades
from twin.mesh.furniture import furniture_mesh
from twin.mesh.levels import MARGIN_M, clipped, grown
from twin.mesh.markings import add_street_markings, add_treads
from twin.mesh.mouths import LEAST_OF_RAILS_M, add_mouths
from twin.mesh.names import names_of
from twin.mesh.network import edges_of
from twin.mesh.paints import Paints
from twin.mesh.parking import add_bays
from twin.mesh.pieces import Pieces, only_places, with_places
from twin.mesh.pitches import add_pitches
from twin.mesh.ribbons import lines_of
from twin.mesh.spans import spans_mesh
from twin.mesh.trees import trees_mesh
from twin.mesh.ways import on_ground, pavements, rail_roles, way_role, widths
from twin.mesh.woods import woods_mesh
from twin.model import Mesh, Progress, silent
from twin.table import among

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.mesh.network import Edges
    from twin.model import Bounds, City, District, Report
    from twin.table import Table

LEFT_HAND = frozenset(
    {"Europe/London", "Europe/Dublin", "Europe/Malta", "Asia/Nicosia", "Asia/Tokyo", "Asia/Kolkata", "Asia/Karachi",
     "Asia/Dhaka", "Asia/Colombo", "Asia/Kathmandu", "Asia/Bangkok", "Asia/Kuala_Lumpur", "Asia/Singapore",
     "Asia/Jakarta", "Asia/Hong_Kong", "Asia/Macau", "Africa/Johannesburg", "Africa/Nairobi", "Africa/Kampala",
     "Africa/Dar_es_Salaam", "Africa/Harare", "Africa/Lusaka", "Africa/Maputo", "Africa/Gaborone", "Africa/Windhoek",
     "America/Jamaica", "America/Port_of_Spain", "America/Barbados", "America/Guyana", "Indian/Mauritius"}
)  # fmt: skip
"""Time zones of countries where one drives on the left; so are all of Australia and New Zealand."""


def drives_left(zone: str) -> bool:
    """Tell whether one drives on the left in a time zone."""
    return zone in LEFT_HAND or zone.startswith(("Australia/", "Pacific/Auckland"))


@collector_paused()
def detailed(city: City, district: District, *, report: Report = silent) -> City:
    """Return the city of a district with what near views show besides."""
    report(Progress(_("Painting the streets")))
    paints = Paints(city.paints)
    district = replace(district, tables={name: with_places(table) for name, table in district.tables.items()})
    box_xy = grown(city.bounds_xy, MARGIN_M)
    streets, areas = district.tables["streets"], district.tables["areas"]
    meshes = dict(city.meshes) | _street_details(streets, areas, _signals(district), paints, box_xy, district)
    rails = district.tables["rails"]
    meshes["spans"] = spans_mesh(streets, "streets", (streets, rails), paints)
    meshes["rail_spans"] = spans_mesh(rails, "rails", (streets, rails), paints)
    mouths = Pieces()
    add_mouths(mouths, mouths, rails, widths(rails) / 2, rail_roles(rails)[0], paints, box_xy, least_m=LEAST_OF_RAILS_M)
    meshes["rail_mouths"] = mouths.mesh("rails")
    meshes["trees_far"] = trees_mesh(district.tables["trees"], paints, far=True)
    furniture = district.tables["furniture"]
    meshes["furniture"] = furniture_mesh(furniture, streets, paints)
    for name, whole in (("buildings", None), ("parts", district.tables["buildings"])):
        if name in meshes:
            meshes[name] = with_facades(meshes[name], district.tables[name], whole)
    meshes["woods"] = woods_mesh(district.tables, paints, box_xy)
    return replace(
        city,
        meshes={name: mesh for name, mesh in meshes.items() if len(mesh.triangles)},
        paints=paints.table(),
        names=names_of(district),
    )


def _signals(district: District) -> NDArray[np.float64]:
    """Where traffic signals stand, shape (n, 2)."""
    furniture = district.tables["furniture"]
    spots = np.asarray(furniture.geometry)[np.asarray(furniture["kind"]) == "signal"]
    xy: NDArray[np.float64] = shapely.get_coordinates(only_places(spots[shapely.get_type_id(spots) == 0]))
    return xy


def _street_details(
    streets: Table, areas: Table, signals_xy: NDArray[np.float64], paints: Paints, box_xy: Bounds, district: District
) -> dict[str, Mesh]:
    role, half = way_role(streets), widths(streets) / 2
    kind = np.asarray(streets["kind"]).astype(np.str_)
    tags = np.asarray(streets["tags"], dtype=object)
    open_air = on_ground(streets)
    geometry = np.full(len(streets), None, dtype=object)
    geometry[open_air] = clipped(only_places(streets.geometry[open_air]), box_xy)

    def network(rows: NDArray[np.bool_]) -> Edges:
        some = np.flatnonzero(rows & open_air)
        lines = lines_of(geometry[some]).of_rows(some)
        return edges_of(lines, half[lines.feature])

    drivable = among(role, ("road", "service"))
    roads = network((role == "road") & (kind != "platform"))
    wheels = network(drivable)
    corners, kerbs, markings, on_decks = Pieces(), Pieces(), Pieces(), Pieces()
    add_corners(corners, wheels, role, paints)
    add_mouths(corners, kerbs, streets, half, role, paints, box_xy)
    crosses, painted = is_crossing(tags)
    some = np.flatnonzero(open_air & crosses)
    lines = lines_of(geometry[some]).of_rows(some)
    places = places_of(district.tables["furniture"])
    let_down = np.concatenate([lines.xy, places.xy])
    left, right = pavements(streets)
    for beside, sign in ((left, 1.0), (right, -1.0)):
        inner = sign * wheels.half_m
        outer = inner + sign * beside[wheels.lines.feature]
        add_kerbs(kerbs, wheels, np.minimum(inner, outer), np.maximum(inner, outer), paints, let_down_xy=let_down)
    sidewalk = np.array(['"sidewalk"' in text for text in tags.tolist()], bool) & (role == "path")
    aside = network(sidewalk | drivable)
    own = sidewalk[aside.lines.feature]
    low, high = beside_roads(aside, ~own)
    add_kerbs(kerbs, aside, np.where(own, low, 0.0), np.where(own, high, 0.0), paints, let_down_xy=let_down)

    own_way = among(places.xy[:, 0] + 1j * places.xy[:, 1], lines.xy[:, 0] + 1j * lines.xy[:, 1])
    lines = lines.chosen(painted[lines.feature])
    whole = edges_of(lines, half[lines.feature])
    bare = across(wheels, places.xy[places.marked & ~own_way])
    lanes = np.asarray(streets["lanes"], dtype=float)
    left_hand = drives_left(district.zone)
    barred = np.concatenate([whole.lines.xy, bare.lines.xy])
    if len(roads.half_m):
        add_street_markings(markings, roads, kind, lanes, tags, signals_xy, barred, paints, left_hand=left_hand)
    above, over = raised(streets)
    if len(above.xy):
        carriage = (role[above.feature] == "road") & (kind[above.feature] != "platform")
        decks = above.chosen(carriage)
        if len(decks.xy):
            raised_roads = edges_of(decks, half[decks.feature], over[np.repeat(carriage, above.size)])
            none = np.empty((0, 2))
            add_street_markings(on_decks, raised_roads, kind, lanes, tags, none, none, paints, left_hand=left_hand)
    for paths in (whole, bare):
        add_crossings(markings, paths, wheels.lines.xy, wheels.half_m[wheels.lines.line], paints)
    add_bays(markings, wheels, areas, tags, paints)
    add_treads(markings, network(role == "steps"), paints)
    lawns = Pieces()
    add_pitches(lawns, areas, paints, box_xy)
    return {
        "pitch_lines": lawns.mesh("areas"),
        "corners": corners.mesh("streets"),
        "kerbs": kerbs.mesh("streets"),
        "markings": markings.mesh("streets"),
        "span_markings": on_decks.mesh("streets"),
    }
