"""Where loops lie in the streets, and what they measure of simulated traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _
from twin.readings import Channel, Readings, Sensor
from twin.simulate.output import columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.model import District
    from twin.simulate.network import Network
    from twin.simulate.roads import Roads

LAYER = "traffic"
PERIOD_S = 300.0
MOST = 110
"""Cities have a loop every few hundred metres of their main streets; so many are simulated at most."""

_SHORTEST_M = 24.0  # of an edge with a loop
_APART_M = 60.0  # of loops for the same direction
_BEFORE_END_M = 25.0  # upstream of the stop line, where cities have them


@dataclass(frozen=True)
class Detectors:
    """One place a row: all lanes of one edge, at one distance along it.

    Attributes
    ----------
    edge : ndarray of int, shape (n,)
        The edge of the network.
    along_m : ndarray, shape (n,)
        How far along it the loops lie.
    xy : ndarray, shape (n, 2)
        Where that is, the middle of all lanes.
    heading_deg : ndarray, shape (n,)
        Which way the traffic goes there, clockwise from north.
    """

    edge: NDArray[np.int64]
    along_m: NDArray[np.float64]
    xy: NDArray[np.float64]
    heading_deg: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.edge)


def channels() -> tuple[Channel, ...]:
    """Return what loops measure. A value stands for two periods and is then no data."""
    shelf_s = 2 * PERIOD_S
    return (
        Channel("flow", LAYER, _("Flow"), "veh/h", 0, 20_000, shelf_s),
        Channel("speed", LAYER, _("Speed"), "km/h", 0, 250, shelf_s),
        Channel("occupancy", LAYER, _("Occupancy"), "%", 0, 100, shelf_s),
    )


def detectors_of(network: Network, district: District, *, most: int = MOST) -> Detectors:
    """Return places for loops within a district: on the greatest streets first, none close behind another."""
    comes, goes = network.core
    can = comes & goes & (network.length_m >= _SHORTEST_M) & (network.priority >= 3)
    order = np.flatnonzero(can)[np.lexsort((-network.length_m[can], -network.priority[can]))]
    shapely.prepare(district.boundary_xy)
    chosen: list[tuple[int, float, float, float, float]] = []
    for edge in order.tolist():
        length_m = float(network.length_m[edge])
        along_m = max(length_m - _BEFORE_END_M, length_m / 2)
        x, y, heading = network.place(edge, along_m)
        if len(chosen) >= most or not shapely.intersects_xy(district.boundary_xy, x, y):
            continue
        if not any(
            np.hypot(x - other_x, y - other_y) < _APART_M and abs((heading - way + 180) % 360 - 180) < 60
            for _edge, _along, other_x, other_y, way in chosen
        ):
            chosen.append((edge, along_m, x, y, heading))
    table = np.array(chosen, np.float64).reshape(-1, 5)
    return Detectors(table[:, 0].astype(np.int64), table[:, 1], table[:, 2:4], table[:, 4])


def sensors_of(detectors: Detectors, network: Network, roads: Roads, district: District) -> tuple[Sensor, ...]:
    """Return the detectors as sensors, each with its street and direction."""
    streets = district.tables["streets"]
    lonlat = district.frame.lonlat_from_xy(detectors.xy)
    sensors = []
    for number, edge in enumerate(detectors.edge.tolist()):
        row = int(roads.lines.feature[network.segment[edge]])
        heading = float(detectors.heading_deg[number])
        street = str(streets["name"][row]) or str(streets["osm"][row])
        sensors.append(
            Sensor(
                f"loop-{number + 1:02d}",
                LAYER,
                ("flow", "speed", "occupancy"),
                _("{street}, {way}").format(street=street, way=_ways()[round(heading / 45) % 8]),
                round(float(lonlat[number, 0]), 7),
                round(float(lonlat[number, 1]), 7),
                0.0,
                round(heading, 1),
                str(streets["osm"][row]),
                {
                    "lanes": str(network.lane_count[edge]),
                    "speed_limit_kmh": f"{network.speed_kmh[edge]:.0f}",
                    "road": network.kind[edge],
                },
            )
        )
    return tuple(sensors)


def _ways() -> tuple[str, ...]:
    return (
        _("northbound"), _("north-eastbound"), _("eastbound"), _("south-eastbound"),
        _("southbound"), _("south-westbound"), _("westbound"), _("north-westbound"),
    )  # fmt: skip


def written(detectors: Detectors, network: Network, file: str) -> str:
    """Return the detectors as SUMO's own, a loop a lane, which write into a file."""
    return "".join(
        f'<inductionLoop id="{number}.{lane}" lane="{network.ids[edge]}_{lane}"'
        f' pos="{detectors.along_m[number]:.2f}" friendlyPos="true" period="{PERIOD_S:.0f}" file="{file}"/>\n'
        for number, edge in enumerate(detectors.edge.tolist())
        for lane in range(len(network.lanes[edge]))
    )


def readings_of(path: Path, count: int, begin_s: float) -> Readings:
    """Return what the loops of `count` detectors wrote into a file, all lanes of a place together.

    Sensors are the rows 0 to `count`, channels 0 to 2 as `channels` has them. Where nobody passed there is no speed.

    Parameters
    ----------
    begin_s
        UTC epoch seconds of the simulation's beginning.
    """
    table = columns(
        path, ("interval_begin", "interval_nVehContrib", "interval_occupancy", "interval_speed"), "interval_id"
    )
    place = np.array([int(name.partition(".")[0]) for name in table.names], np.int64)
    begin, vehicles, occupancy, speed = table.values.T
    step = np.round(begin / PERIOD_S).astype(np.int64)
    steps = int(step.max(initial=-1)) + 1
    cell = place * steps + step
    lanes = np.bincount(cell, minlength=count * steps)
    passed = np.bincount(cell, vehicles, count * steps)
    covered = np.bincount(cell, occupancy, count * steps)
    travelled = np.bincount(cell, np.where(vehicles > 0, vehicles * speed, 0.0), count * steps)
    some = np.flatnonzero(lanes)
    moving = np.flatnonzero(passed)
    t_start = begin_s + np.arange(count * steps) % max(steps, 1) * PERIOD_S
    sensor = np.arange(count * steps) // max(steps, 1)
    parts = []
    for channel, cells, value in (
        (0, some, passed[some] * 3600 / PERIOD_S),
        (1, moving, np.round(travelled[moving] / passed[moving] * 3.6, 1)),
        (2, some, np.round(np.minimum(covered[some] / lanes[some], 100.0), 1)),
    ):
        parts.append(Readings.of(sensor[cells], channel, t_start[cells] + PERIOD_S, value, t_start=t_start[cells]))
    return Readings.joined(parts)
