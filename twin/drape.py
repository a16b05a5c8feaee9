"""Geometry for values, and how values spread over it: the nearest's, a blend, the strongest.

Forms are made once for a district and its sensors. Spreading is arithmetic over whole columns, done at each tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.network import Edges, edges_of
from twin.mesh.ribbons import Lines, lines_of, strip
from twin.picture import Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District, Terrain

ROADS = frozenset(
    {"motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street"}
    | {"motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link", "road", "busway"}
)
"""Kinds of streets that count as a network: a driveway breaks no segment."""

BAND_M = 1.0
"""So far above the road its band of data lies: over cars, under awnings, and clear of every marking."""

VEIL_M = 0.85
"""A veil over the ground lies on the streets and under the bands."""

_FAR_FROM_STREET_M = 40.0
_TURNED_COST_M = 25.0  # a street that runs the other way is as good as one so much further off


@dataclass(frozen=True)
class Streets:
    """The drivable streets of a district from crossing to crossing.

    Attributes
    ----------
    edges : Edges
        `lines.feature` is the row in the table of streets.
    osm, name, width_m, oneway : arrays, shape (m,)
        Of each edge; `oneway` is 1 along its line, -1 against it, 0 for both ways.
    """

    edges: Edges
    osm: NDArray[np.object_]
    name: NDArray[np.object_]
    width_m: NDArray[np.float64]
    oneway: NDArray[np.int8]
    kind: NDArray[np.object_]
    maxspeed_kmh: NDArray[np.float64]  # NaN where nobody mapped it


def streets_of(district: District, *, service: bool = False) -> Streets:
    """Return the drivable streets of a district on the surface, not in tunnels; driveways too where `service`."""
    import json

    table = district.tables["streets"]
    kind = np.asarray(table["kind"])
    drawn = [*ROADS, *(("service", "pedestrian") if service else ())]
    drivable = np.isin(kind.astype(str), drawn) & ~np.asarray(table["tunnel"], bool)
    rows = np.flatnonzero(drivable)
    lines = lines_of(np.asarray(table.geometry)[rows]).of_rows(rows)
    width = np.asarray(table["width_m"], np.float64)
    edges = edges_of(lines, width[lines.feature] / 2)
    row = edges.lines.feature
    oneway, speed = np.zeros(len(kind), np.int8), np.full(len(kind), np.nan)
    for at in rows.tolist():
        tags = json.loads(table["tags"][at] or "{}")
        told = tags.get("oneway")
        round_about = tags.get("junction") in {"roundabout", "circular"}
        oneway[at] = -1 if told == "-1" else int(told in {"yes", "1", "true"} or (round_about and told != "no"))
        speed[at] = _kmh(tags.get("maxspeed", ""))
    named = np.asarray(table["name"])[row]
    return Streets(edges, np.asarray(table["osm"])[row], named, width[row], oneway[row], kind[row], speed[row])


def _kmh(text: str) -> float:
    """Return a tagged speed in km/h; NaN where it is none."""
    number, _space, unit = text.strip().partition(" ")
    try:
        value = float(number)
    except ValueError:
        return np.nan
    return value * 1.609344 if unit == "mph" else value


@dataclass(frozen=True)
class Matched:
    """Which edge and direction each of some sensors speaks for, columns of shape (n,)."""

    edge: NDArray[np.int64]  # -1 for none within reach
    way: NDArray[np.int8]  # 1 along the edge's line, -1 against it, 0 for both ways together
    along_m: NDArray[np.float64]


def matched(
    streets: Streets, xy: NDArray[np.float64], heading_deg: NDArray[np.float64], osm: NDArray[np.object_]
) -> Matched:
    """Match sensors to streets: the way that they name, or the nearest one that runs as they look.

    Parameters
    ----------
    streets
        Where to look.
    xy
        Where the sensors stand, shape (n, 2); NaN for none.
    heading_deg
        The direction of the traffic that each sees, clockwise from north; NaN where unknown.
    osm
        "way/42" or "", shape (n,).
    """
    n = len(xy)
    edge, way, along = np.full(n, -1, np.int64), np.zeros(n, np.int8), np.zeros(n)
    lines = streets.edges.lines
    if not len(lines.feature) or not n:
        return Matched(edge, way, along)
    shapes = shapely.linestrings(lines.xy, indices=lines.line)
    here = np.isfinite(xy).all(axis=1)
    points = shapely.points(np.where(here[:, None], xy, 0.0))
    tree = shapely.STRtree(shapes)
    sensor, candidate = tree.query(points, predicate="dwithin", distance=_FAR_FROM_STREET_M)
    named = {name: np.flatnonzero(streets.osm == name) for name in {str(o) for o in osm.tolist() if o}}
    extra = [(row, e) for row, name in enumerate(osm.tolist()) for e in named.get(str(name), ())]
    if extra:
        rows, edges = np.array(extra, np.int64).T
        sensor, candidate = np.append(sensor, rows), np.append(candidate, edges)
    good = here[sensor]
    sensor, candidate = sensor[good], candidate[good]
    away = shapely.distance(points[sensor], shapes[candidate])
    at = shapely.line_locate_point(shapes[candidate], points[sensor])
    _place, direction = streets.edges.places(candidate, at)
    looks = np.radians(heading_deg[sensor])
    along_it = direction[:, 0] * np.sin(looks) + direction[:, 1] * np.cos(looks)
    told = np.isfinite(along_it)
    one = streets.oneway[candidate]
    turned = np.where(told, 1 - np.abs(np.nan_to_num(along_it)), 0.0)
    against = told & (one != 0) & (np.sign(along_it) != one)
    cost = away + _TURNED_COST_M * turned + _TURNED_COST_M * against
    names = np.array([str(o) for o in osm.tolist()], object)[sensor]
    cost -= np.where((names != "") & (names == streets.osm[candidate]), 1000.0, 0.0)
    order = np.lexsort((candidate, cost, sensor))
    first = np.ones(len(order), bool)
    first[1:] = sensor[order][1:] != sensor[order][:-1]
    best = order[first]
    who = sensor[best]
    edge[who], along[who] = candidate[best], at[best]
    way[who] = np.where(told[best], np.sign(np.nan_to_num(along_it[best])), one[best]).astype(np.int8)
    return Matched(edge, way, along)


def bands(
    layer: str,
    lines: Lines,
    cell: NDArray[np.int64],
    left_m: NDArray[np.float64],
    right_m: NDArray[np.float64],
    sensor: NDArray[np.int32],
    *,
    terrain: Terrain | None = None,
    up_m: float = BAND_M,
) -> Form:
    """Return bands along lines, shape (m,), each showing a cell; they keep `up_m` above the ground."""
    made = strip(lines, left_m, right_m, round_ends=False)
    z = np.full(len(made.xy), up_m)
    if terrain is not None:
        z += terrain.at(made.xy)
    of_line = lines.line[made.vertex]
    return Form(
        layer,
        "solid",
        np.column_stack([made.xy, z]).astype(np.float32),
        made.triangles.astype(np.int32),
        cell[of_line].astype(np.int32),
        sensor,
        len(sensor),
    )


def pillars(
    layer: str,
    xy: NDArray[np.float64],
    sensor: NDArray[np.int32],
    *,
    radius_m: float = 5.0,
    sides: int = 20,
    foot_m: NDArray[np.float64] | None = None,
) -> Form:
    """Return a round pillar at every place, shape (n, 2), a metre high: its top rises with what is shown."""
    n = len(xy)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rim = radius_m * np.column_stack([np.cos(angle), np.sin(angle)])
    around = (xy[:, None] + rim[None]).reshape(-1, 2)
    foot = np.repeat(np.zeros(n) if foot_m is None else foot_m, sides)
    # the wall's lower and upper rim, and the lid, which has points of its own: its facing differs
    points = np.concatenate(
        [np.column_stack([around, foot]), np.column_stack([around, foot + 1]), np.column_stack([around, foot + 1])]
    )
    first = sides * np.arange(n)[:, None]
    here = np.arange(sides)
    a = (first + here).ravel()
    b = (first + (here + 1) % sides).ravel()
    up, lid = n * sides, 2 * n * sides
    wall = np.concatenate([np.column_stack([a, b, b + up]), np.column_stack([a, b + up, a + up])])
    fan = np.column_stack([np.repeat(first[:, 0], sides - 2) + lid, *_fan(first, sides, lid)])
    cell = np.tile(np.repeat(np.arange(n), sides), 3).astype(np.int32)
    top = np.repeat([False, True, True], n * sides)
    return Form(
        layer,
        "solid",
        points.astype(np.float32),
        np.concatenate([wall, fan]).astype(np.int32),
        cell,
        sensor,
        n,
        top,
    )


def _fan(first: NDArray[np.int64], sides: int, lid: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return (first + np.arange(1, sides - 1)).ravel() + lid, (first + np.arange(2, sides)).ravel() + lid


def veil(layer: str, box: tuple[float, float, float, float], cell_m: float, *, terrain: Terrain | None = None) -> Form:
    """Return a grid of points over a box, one cell each, a little above all streets."""
    west, south, east, north = box
    x = np.linspace(west, east, max(2, int(np.ceil((east - west) / cell_m)) + 1))
    y = np.linspace(south, north, max(2, int(np.ceil((north - south) / cell_m)) + 1))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    z = np.full(len(grid), VEIL_M)
    if terrain is not None:
        z += terrain.at(grid)
    row, column = (one.ravel() for one in np.mgrid[: len(y) - 1, : len(x) - 1])
    a = row * len(x) + column
    c = a + len(x)
    triangles = np.concatenate([np.column_stack([a, a + 1, c]), np.column_stack([a + 1, c + 1, c])])
    count = len(grid)
    return Form(
        layer,
        "veil",
        np.column_stack([grid, z]).astype(np.float32),
        triangles.astype(np.int32),
        np.arange(count, dtype=np.int32),
        np.full(count, -1, np.int32),
        count,
    )


def nearest(places: NDArray[np.float64], xy: NDArray[np.float64], *, within_m: float) -> NDArray[np.int64]:
    """Return for each place, shape (p, 2), the row of the nearest of `xy`, shape (n, 2); -1 for none within reach."""
    found = np.full(len(places), -1, np.int64)
    if len(xy) and len(places):
        tree = shapely.STRtree(shapely.points(xy))
        (place, row) = tree.query_nearest(shapely.points(places), max_distance=within_m, all_matches=False)
        found[place] = row
    return found


def strongest(values: NDArray[np.float64], group: NDArray[np.int64], groups: int) -> NDArray[np.float64]:
    """Return the greatest value of each group, NaN for a group without any."""
    found = np.full(groups, -np.inf)
    known = ~np.isnan(values)
    np.maximum.at(found, group[known], values[known])
    return np.where(np.isinf(found), np.nan, found)


def blend(values: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weighted means of what is known, and the weight behind each: weights have shape (places, sensors)."""
    known = ~np.isnan(values)
    share = weights[:, known]
    total = share.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return share @ values[known] / total, total
