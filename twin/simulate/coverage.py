"""5G on the streets of a simulated day: what telephones in measuring cars hear of cells on masts and high roofs.

Where the cells are is an assumption wherever the map has no mast; what arrives of them is the path loss of 3GPP
TR 38.901 with sight found among the district's buildings, never drawn by lot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _
from twin.readings import Channel, Readings, Sensor
from twin.relief import Relief
from twin.simulate.calendar import hour_of_day
from twin.standards import radio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District
    from twin.simulate.traffic import Paths

LAYER = "coverage"
KEYS = ("ss_rsrp", "ss_sinr", "throughput")

CARRIER = radio.Carrier()
POWER_DBM, GAIN_DB = 46.0, 15.0  # of a sector, and of its antenna along its axis
RECEIVER_NOISE_DB = 9.0
DOWNLINK_SHARE, LAYERS = 0.75, 2  # of the time, where both directions share a frequency; streams at once
ROOF_MAST_M, MAST_M = 4.0, 25.0
TELEPHONE_M = 1.5

_M2_A_SITE = 130_000.0  # one every 360 m or so, as inner cities have them
_MOST_SITES = 24
_APART_M = 250.0
_LEAST_ROOF_M = 12.0
_SECTORS = 3
_CELLS = 1_200_000  # of the grid of roofs, at most
_ALIKE_M = 4.0  # places nearer than this have the same sight
_CORRELATED_M = 45.0  # over which shadowing changes: TR 38.901 table 7.5-6 has 37 m in sight and 50 m hidden
_WAVES = 48


@dataclass(frozen=True)
class Sites:
    """Antennas as columns of shape (n,); each has three sectors."""

    xy: NDArray[np.float64]  # (n, 2)
    height_m: NDArray[np.float64]  # of the antenna above the ground
    heading_deg: NDArray[np.float64]  # of the first sector
    names: list[str]
    osm: list[str]
    mapped: NDArray[np.bool_]  # on a mast of the map, no assumed one on a roof

    def __len__(self) -> int:
        return len(self.names)


def channels(period_s: float) -> tuple[Channel, ...]:
    """Return what a telephone reports; three periods later it is no data."""
    shelf_s = 3 * period_s
    return (
        Channel("ss_rsrp", LAYER, "SS-RSRP", "dBm", *radio.RSRP_DBM, shelf_s),
        Channel("ss_sinr", LAYER, "SS-SINR", "dB", *radio.SINR_DB, shelf_s),
        Channel("throughput", LAYER, _("Throughput"), "Mbit/s", 0, 20_000, shelf_s),
    )


def sites_of(district: District, rng: np.random.Generator) -> Sites:
    """Return where antennas are: masts that the map has, then the highest roofs that stand apart."""
    rows = [*_mapped(district), *_roofs(district)]
    count = int(np.clip(round(district.boundary_xy.area / _M2_A_SITE), 2, _MOST_SITES))
    chosen: list[tuple[float, float, float, str, str, bool]] = []
    for row in rows:
        apart = all(np.hypot(row[0] - other[0], row[1] - other[1]) >= _APART_M for other in chosen)
        if apart and len(chosen) < count:
            chosen.append(row)
    if not chosen:
        middle = district.boundary_xy.representative_point()
        chosen = [(middle.x, middle.y, MAST_M, _("Assumed mast"), "", False)]
    x, y, height, names, osm, mapped = zip(*chosen, strict=True)
    return Sites(
        np.column_stack([x, y]).astype(np.float64),
        np.array(height, np.float64),
        rng.uniform(0, 120, len(chosen)).round(),
        list(names),
        list(osm),
        np.array(mapped, bool),
    )


def _mapped(district: District) -> list[tuple[float, float, float, str, str, bool]]:
    """Return the masts and towers of the map, those that are said to serve telephones first."""
    things = district.tables["furniture"]
    found = []
    for row in np.flatnonzero(np.isin(things["kind"].astype(str), ("mast", "tower", "communications_tower"))).tolist():
        tags = json.loads(things["tags"][row])
        serves = any(key.startswith("communication:mobile") for key in tags)
        other_use = tags.get("tower:type") not in {None, "communication"}
        point = things.geometry[row].centroid
        height = float(things["height_m"][row])
        if not (other_use and not serves) and shapely.intersects(district.boundary_xy, point):
            name = str(things["name"][row]) or _("Mast")
            place = (point.x, point.y, height if height >= 8 else MAST_M, name, str(things["osm"][row]), True)
            found.append((not serves, -height, place))
    return [place for _serves, _height, place in sorted(found)]


def _roofs(district: District) -> list[tuple[float, float, float, str, str, bool]]:
    houses = district.tables["buildings"]
    height = np.asarray(houses["height_m"], np.float64)
    inside = shapely.intersects(district.boundary_xy, houses.geometry) & (shapely.area(houses.geometry) > 60)
    # Antennas stand on ordinary high roofs; spires and domes are left alone.
    ordinary = ~np.isin(houses["kind"].astype(str), ("church", "cathedral", "chapel", "mosque", "temple", "synagogue"))
    likely = np.flatnonzero(inside & ordinary & (height >= _LEAST_ROOF_M))
    order = likely[np.argsort(-height[likely], kind="stable")]
    points = shapely.get_coordinates(shapely.point_on_surface(houses.geometry[order]))
    return [
        (x, y, float(height[row]) + ROOF_MAST_M, str(houses["name"][row]) or _("Roof"), str(houses["osm"][row]), False)
        for row, (x, y) in zip(order.tolist(), points.tolist(), strict=True)
    ]


def roofs_of(district: District) -> Relief:
    """Return how high buildings stand over a district, as a grid fine enough to look through its streets."""
    houses = district.tables["buildings"]
    west, south, east, north = shapely.total_bounds([district.boundary_xy, *houses.geometry])
    cell_m = max(2.0, float(np.sqrt((east - west) * (north - south) / _CELLS)))
    x, y = np.arange(west + cell_m / 2, east, cell_m), np.arange(south + cell_m / 2, north, cell_m)
    grid = np.zeros((len(y), len(x)), np.float32)
    places = shapely.points(np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)]))
    house, place = shapely.STRtree(places).query(houses.geometry, predicate="contains")
    np.maximum.at(grid.reshape(-1), place, np.asarray(houses["height_m"], np.float32)[house])
    return Relief(west, south, cell_m, grid)


def in_sight(
    roofs: Relief, xy: NDArray[np.float64], site_xy: NDArray[np.float64], antenna_m: float
) -> NDArray[np.bool_]:
    """Return from which places one sees an antenna over the roofs, shape (n,).

    What stands within a cell of either end does not count: one's own car, and the edge of the antenna's own roof.
    """
    to = site_xy - xy
    steps = int(np.ceil(np.hypot(*to.T).max(initial=0.0) / roofs.cell_m)) + 1
    clear = np.ones(len(xy), bool)
    edge = roofs.cell_m * 1.5
    away = np.hypot(*to.T)
    for share in (np.arange(steps) + 0.5) / steps:
        height = TELEPHONE_M + share * (antenna_m - TELEPHONE_M)
        between = (share * away > edge) & ((1 - share) * away > edge)
        clear &= ~(between & (roofs.at(xy + share * to) > height))
    return clear


def readings_of(
    district: District, paths: Paths, sites: Sites, first_sensor: int, first_channel: int, rng: np.random.Generator
) -> Readings:
    """Return what the telephones in measuring cars reported along their paths.

    Parameters
    ----------
    first_sensor, first_channel
        The rows of the first car and of the first of `channels` in the roster.
    """
    inside = shapely.intersects_xy(district.boundary_xy, *paths.xy.T)
    xy, t, car = paths.xy[inside], paths.t[inside], paths.car[inside]
    heard = received_dbm(district, xy, sites, rng) + rng.normal(0, 1.5, (len(xy), 1))
    best = heard.argmax(axis=1)
    rsrp = heard[np.arange(len(xy)), best]
    load = load_of(hour_of_day(t, district.zone))
    power = 10 ** (heard / 10)
    others = power.sum(axis=1) - power[np.arange(len(xy)), best]
    noise = 10 ** ((CARRIER.noise_dbm + RECEIVER_NOISE_DB) / 10)
    sinr = rsrp - 10 * np.log10(load * others + noise)
    share = DOWNLINK_SHARE * (1 - load) * rng.uniform(0.6, 1.0, len(xy))
    rate = radio.throughput_mbit_s(sinr, CARRIER, share=share, layers=LAYERS)
    lonlat = np.round(district.frame.lonlat_from_xy(xy), 6)
    values = (
        np.clip(np.round(rsrp), *radio.RSRP_DBM),
        np.clip(np.round(sinr * 2) / 2, *radio.SINR_DB),
        np.round(rate, 1),
    )
    return Readings.joined(
        [
            Readings.of(first_sensor + car, first_channel + row, t, value, lon=lonlat[:, 0], lat=lonlat[:, 1])
            for row, value in enumerate(values)
        ]
    )


def received_dbm(
    district: District, xy: NDArray[np.float64], sites: Sites, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the mean SS-RSRP of every sector at places in the street, shape (places, 3 x sites)."""
    roofs = roofs_of(district)
    cell, which = np.unique(np.round(xy / _ALIKE_M), axis=0, return_inverse=True)
    spots = cell * _ALIKE_M
    columns = []
    for row in range(len(sites)):
        seen = in_sight(roofs, spots, sites.xy[row], float(sites.height_m[row]))[which.ravel()]
        to = xy - sites.xy[row]
        loss = radio.path_loss_db(
            np.hypot(*to.T),
            float(sites.height_m[row]),
            seen,
            scene="uma",
            frequency_ghz=CARRIER.frequency_ghz,
            receiver_m=TELEPHONE_M,
        )
        sigma = np.where(seen, radio.SHADOW_DB["uma", True], radio.SHADOW_DB["uma", False])
        faded = POWER_DBM + CARRIER.share_db + GAIN_DB - loss + sigma * _shadow(xy, rng)
        bearing = np.degrees(np.arctan2(to[:, 0], to[:, 1]))
        columns += [faded + radio.sector_db(bearing - sites.heading_deg[row] - 120 * s) for s in range(_SECTORS)]
    return np.column_stack(columns)


def _shadow(xy: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a field over the ground of mean 0 and spread 1 that changes over tens of metres, shape (n,)."""
    heading = rng.uniform(0, 2 * np.pi, _WAVES)
    # Wave numbers of a field whose correlation falls exponentially with distance.
    number = np.sqrt(1 / (1 - rng.uniform(0, 0.98, _WAVES)) ** 2 - 1) / _CORRELATED_M
    phase = rng.uniform(0, 2 * np.pi, _WAVES)
    waves = np.stack([number * np.sin(heading), number * np.cos(heading)])
    field: NDArray[np.float64] = np.sqrt(2 / _WAVES) * np.cos(xy @ waves + phase).sum(axis=1)
    return field


def load_of(hour: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of their capacity cells give away at an hour of the day: most in the evening, an assumption."""
    return 0.15 + 0.25 * np.exp(-(((hour - 12.5) / 4.5) ** 2)) + 0.3 * np.exp(-(((hour - 19.5) / 3.0) ** 2))


def sensors_of(sites: Sites, cars: int, district: District) -> tuple[Sensor, ...]:
    """Return the cars as sensors without a place of their own, then the sectors, which measure nothing."""
    lonlat = district.frame.lonlat_from_xy(sites.xy)
    moving = [
        Sensor(f"car-{car + 1}", LAYER, KEYS, _("Measuring car {number}").format(number=car + 1), height_m=TELEPHONE_M)
        for car in range(cars)
    ]
    cells = [
        Sensor(
            f"cell-{row + 1:02d}-{sector + 1}",
            LAYER,
            (),
            _("{site}, sector {heading}°").format(site=sites.names[row], heading=f"{heading:.0f}"),
            round(float(lonlat[row, 0]), 7),
            round(float(lonlat[row, 1]), 7),
            round(float(sites.height_m[row]), 1),
            heading,
            sites.osm[row],
            {
                "kind": "cell",
                "frequency_ghz": f"{CARRIER.frequency_ghz:g}",
                "power_dbm": f"{POWER_DBM:g}",
                "site": "mapped" if sites.mapped[row] else "assumed",
            },
        )
        for row in range(len(sites))
        for sector, heading in enumerate((float(sites.heading_deg[row]) + 120 * s) % 360 for s in range(_SECTORS))
    ]
    return (*moving, *cells)
