"""Where air is measured in a simulated city: at the kerb of its busiest streets, and where no traffic is near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District
    from twin.simulate.network import Network
    from twin.simulate.roads import Roads
    from twin.simulate.traffic import Emissions

ROADSIDE, BACKGROUND = 5, 3
"""Stations of each kind: a dense network; most cities have fewer on so little ground."""

_KERB_M = 4.5  # from the middle of the outer lane
_APART_M = 220.0
_WALL_REACH_M = 40.0  # farther walls make no canyon
_GRID_M = 30.0
_KERBS_TRIED = 300


@dataclass(frozen=True)
class Stations:
    """Stations as columns of shape (n,).

    Attributes
    ----------
    xy : ndarray, shape (n, 2)
        Local metres.
    names : list of str
        Street or place.
    roadside, in_canyon : ndarray of bool
        At a kerb; and with walls on both sides of that street.
    segment : ndarray of int
        The segment of the roads beside which it stands, -1 for none.
    side_deg : ndarray
        The direction in which it lies from the middle of that street.
    beside_m, width_m, walls_m : ndarray
        From that middle to the station, from wall to wall, and how high these are.
    """

    xy: NDArray[np.float64]
    names: list[str]
    roadside: NDArray[np.bool_]
    in_canyon: NDArray[np.bool_]
    segment: NDArray[np.int64]
    side_deg: NDArray[np.float64]
    beside_m: NDArray[np.float64]
    width_m: NDArray[np.float64]
    walls_m: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.names)


def stations_of(district: District, network: Network, roads: Roads, emissions: Emissions) -> Stations:
    """Return places for stations, roadside first, by what was emitted on the simulated day."""
    buildings = district.tables["buildings"]
    tree = shapely.STRtree(buildings.geometry)
    heights = np.asarray(buildings["height_m"], np.float64)
    rows = [
        *_at_kerbs(district, network, roads, emissions, tree, heights),
        *_away(district, network, tree),
    ]
    xy, names, roadside, canyon, segment, side, beside, width, walls = zip(*rows, strict=True) if rows else [()] * 9
    return Stations(
        np.array(xy, np.float64).reshape(-1, 2),
        list(names),
        np.array(roadside, bool),
        np.array(canyon, bool),
        np.array(segment, np.int64),
        np.array(side, np.float64),
        np.array(beside, np.float64),
        np.array(width, np.float64),
        np.array(walls, np.float64),
    )


_Row = tuple[tuple[float, float], str, bool, bool, int, float, float, float, float]


def _at_kerbs(
    district: District,
    network: Network,
    roads: Roads,
    emissions: Emissions,
    tree: shapely.STRtree,
    heights: NDArray[np.float64],
) -> list[_Row]:
    """Return kerbs of the streets with most emissions; those between walls count double, as their air is worse."""
    burden = np.bincount(emissions.edge, emissions.nox_g, len(network)) / np.maximum(network.length_m, 1)
    streets = district.tables["streets"]
    covered = np.asarray(streets["tunnel"], bool) | np.asarray(streets["bridge"], bool)
    row = roads.lines.feature[network.segment]
    likely = np.flatnonzero((burden > 0) & (network.length_m >= 20) & ~covered[row])
    likely = likely[np.argsort(-burden[likely], kind="stable")][:_KERBS_TRIED]
    kerbs: list[tuple[float, _Row]] = []
    for edge in likely.tolist():
        x, y, heading = network.place(edge, float(network.length_m[edge]) / 2)
        half_m = 3.2 * (network.lane_count[edge] - 1) / 2 + _KERB_M
        for turn in (90.0, -90.0):
            side = (heading + turn) % 360
            way = np.array([np.sin(np.radians(side)), np.cos(np.radians(side))])
            place = np.array([x, y]) + half_m * way
            if not _is_free(district, tree, place):
                continue
            near, near_walls = _wall(tree, heights, place, way)
            far, far_walls = _wall(tree, heights, place, -way)
            canyon = near < _WALL_REACH_M and far < _WALL_REACH_M
            name = str(streets["name"][row[edge]]) or str(streets["osm"][row[edge]])
            where = (float(place[0]), float(place[1]))
            kerb = (where, name, True, canyon, int(network.segment[edge]), side, float(half_m), near + far)
            kerbs.append((float(burden[edge]) * (1 + canyon), (*kerb, (near_walls + far_walls) / 2)))
    found: list[_Row] = []
    for _worth, kerb_row in sorted(kerbs, key=lambda pair: -pair[0]):
        apart = all(np.hypot(kerb_row[0][0] - other[0][0], kerb_row[0][1] - other[0][1]) >= _APART_M for other in found)
        if apart and len(found) < ROADSIDE:
            found.append(kerb_row)
    return found


def _is_free(district: District, tree: shapely.STRtree, place: NDArray[np.float64]) -> bool:
    point = shapely.Point(place)
    return bool(shapely.intersects(district.boundary_xy, point)) and not len(tree.query(point, predicate="intersects"))


def _wall(
    tree: shapely.STRtree, heights: NDArray[np.float64], place: NDArray[np.float64], way: NDArray[np.float64]
) -> tuple[float, float]:
    """Return how far it is to the next building in a direction, and how high that is; infinite and 0 for none."""
    ray = shapely.LineString([place, place + _WALL_REACH_M * way])
    rows = tree.query(ray, predicate="intersects")
    if not len(rows):
        return np.inf, 0.0
    met = shapely.distance(shapely.intersection(tree.geometries[rows], ray), shapely.Point(place))
    return float(met.min()), float(heights[rows[np.argmin(met)]])


def _away(district: District, network: Network, tree: shapely.STRtree) -> list[_Row]:
    """Return places out of doors that are farthest from the greater streets."""
    west, south, east, north = district.boundary_xy.bounds
    grid = np.meshgrid(np.arange(west + _GRID_M, east, _GRID_M), np.arange(south + _GRID_M, north, _GRID_M))
    xy = np.column_stack([axis.ravel() for axis in grid])
    points = shapely.points(xy)
    good = shapely.intersects(district.boundary_xy, points)
    good[tree.query(points, predicate="intersects")[0]] = False
    water = shapely.STRtree(district.tables["water"].geometry)
    good[water.query(points, predicate="intersects")[0]] = False
    xy, points = xy[good], points[good]
    great = [lanes[0] for lanes, rank in zip(network.lanes, network.priority.tolist(), strict=True) if rank >= 4]
    lines = shapely.MultiLineString(great or [lanes[0] for lanes in network.lanes])
    far = shapely.distance(points, lines)
    areas = district.tables["areas"]
    named = areas["name"] != ""
    green = np.isin(areas["kind"].astype(str), ("park", "garden", "square", "playground")) & named
    parks = areas.rows(green)
    within, which = shapely.STRtree(points).query(parks.geometry, predicate="intersects") if len(parks) else ((), ())
    names = dict(zip(np.asarray(which).tolist(), (str(parks["name"][row]) for row in within), strict=True))
    # A named park is where a city would put it, unless it is a traffic island.
    worth = np.minimum(far, 80.0) + 25.0 * np.isin(np.arange(len(xy)), list(names))
    found: list[_Row] = []
    for row in np.argsort(-worth, kind="stable").tolist():
        if len(found) >= BACKGROUND:
            break
        place = (float(xy[row, 0]), float(xy[row, 1]))
        if all(np.hypot(place[0] - other[0][0], place[1] - other[0][1]) >= _APART_M for other in found):
            name = names.get(row, _("Courtyard"))
            found.append((place, name, False, False, -1, 0.0, np.nan, np.nan, np.nan))
    return found
