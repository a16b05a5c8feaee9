"""The air of a simulated day: a background that rises and falls, and what simulated vehicles add beside streets.

Each hour's emissions of each edge spread as plumes; between walls those of the nearest street turn round in it. The
background, the weather and the instruments' noise are made up, of the order that European inner cities measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _
from twin.light import sun
from twin.readings import Channel, Readings, Sensor
from twin.simulate.calendar import busyness, hour_of_day, span_of
from twin.standards import dispersion

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from twin.model import District
    from twin.simulate.network import Network
    from twin.simulate.stations import Stations
    from twin.simulate.traffic import Emissions

LAYER = "air"
HOUR_S = 3600.0
INLET_M = 3.0
_PIECE_M = 12.0

PRIMARY_NO2 = 0.15
"""Of nitrogen oxides from exhausts as NO2: of the order that S. Grange and others (*Nature Geoscience* 10, 2017) found
beside European streets."""

FINE_OF_COARSE = 0.6
"""PM2.5 in the PM10 of traffic, exhaust and wear together: after EMEP/EEA guidebook 1.A.3.b.vi, wear alone has 0.5."""

SULPHUR = 2 * 10e-6
"""Grams of sulphur dioxide from a gram of fuel with 10 ppm of sulphur, the limit in the European Union."""

KEYS = ("pm25", "pm10", "no2", "o3", "so2", "co")


def channels() -> tuple[Channel, ...]:
    """Return what stations measure, hourly means. A value stands for two hours and is then no data."""
    ugm3 = "µg/m³"
    shelf_s = 2 * HOUR_S
    return (
        Channel("pm25", LAYER, "PM2.5", ugm3, 0, 1000, shelf_s),
        Channel("pm10", LAYER, "PM10", ugm3, 0, 2000, shelf_s),
        Channel("no2", LAYER, "NO₂", ugm3, 0, 2000, shelf_s),
        Channel("o3", LAYER, "O₃", ugm3, 0, 1000, shelf_s),
        Channel("so2", LAYER, "SO₂", ugm3, 0, 3000, shelf_s),
        Channel("co", LAYER, "CO", "mg/m³", 0, 100, shelf_s),
    )


@dataclass(frozen=True)
class Weather:
    """One value an hour of the day, columns of shape (hours,)."""

    t: NDArray[np.float64]  # the middle of the hour, UTC epoch seconds
    hour: NDArray[np.float64]  # that clocks show there
    wind_m_s: NDArray[np.float64]
    wind_from_deg: NDArray[np.float64]  # clockwise from north
    sun_deg: NDArray[np.float64]
    traffic: NDArray[np.float64]  # of the city around, 1 on average


def weather_of(district: District, day: date, rng: np.random.Generator) -> Weather:
    """Return made-up weather of a day: light winds by night that freshen and turn, and the real sun."""
    begin, end = span_of(day, district.zone)
    t = np.arange(begin + HOUR_S / 2, end, HOUR_S)
    _azimuth, up = sun(t, district.frame.lon, district.frame.lat)
    hour = hour_of_day(t, district.zone)
    gusts = _wandering(len(t), 0.8, rng)
    wind = np.clip((2.6 + 1.2 * np.sin((hour - 8) / 24 * 2 * np.pi)) * np.exp(0.3 * gusts), 0.7, 12.0)
    turned = rng.uniform(0, 360) + 18 * np.cumsum(rng.standard_normal(len(t)))
    start, share = busyness(day, district.zone, HOUR_S)
    return Weather(t, hour, wind, turned % 360, up, share * len(start))


def _wandering(count: int, memory: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a series of mean 0 and spread 1 in which each value remembers the one before."""
    steps = rng.standard_normal(count)
    for at in range(1, count):
        steps[at] = memory * steps[at - 1] + np.sqrt(1 - memory**2) * steps[at]
    return steps


@dataclass(frozen=True)
class Background:
    """What the air has before it comes to the streets, columns of shape (hours,)."""

    pm25: NDArray[np.float64]  # µg/m³
    pm10: NDArray[np.float64]
    nox_ppb: NDArray[np.float64]
    oxidant_ppb: NDArray[np.float64]  # ozone and NO2 together
    so2: NDArray[np.float64]
    co_mg: NDArray[np.float64]


def background_of(weather: Weather, rng: np.random.Generator) -> Background:
    """Return made-up air over the roofs of a city: it thickens with the city's traffic and thins with the wind.

    Ozone is what the northern hemisphere has near the ground, some 35 ppb (R. Vingarzan, *Atmospheric Environment* 38,
    2004), carbon monoxide some 0.12 ppm (P. Novelli and others, *J. Geophysical Research* 103, 1998); the others are
    round figures.
    """
    hours = len(weather.t)
    thick = (3.5 / np.maximum(weather.wind_m_s, 1.0)) ** 0.7
    heating = 0.5 + 0.5 * np.exp(-(((weather.hour - 20) / 3.5) ** 2))
    fine = (4.0 + 3.0 * thick * heating) * np.exp(0.15 * _wandering(hours, 0.9, rng))
    return Background(
        fine,
        fine + 4.0 + 3.0 * np.sqrt(weather.traffic) * np.exp(0.2 * _wandering(hours, 0.7, rng)),
        (1.5 + 6.0 * weather.traffic * thick) * np.exp(0.15 * _wandering(hours, 0.7, rng)),
        34.0 + 8.0 * np.maximum(np.sin(np.radians(weather.sun_deg)), 0) + 1.5 * _wandering(hours, 0.9, rng),
        1.2 * np.exp(0.4 * _wandering(hours, 0.8, rng)),
        0.14 + 0.06 * weather.traffic * thick,
    )


def readings_of(
    stations: Stations,
    network: Network,
    emissions: Emissions,
    weather: Weather,
    first_sensor: int,
    first_channel: int,
    rng: np.random.Generator,
) -> Readings:
    """Return what stations measure, an hourly mean of everything.

    Parameters
    ----------
    first_sensor, first_channel
        The rows of the first station and of the first of `channels` in the roster.
    """
    air = background_of(weather, rng)
    added = from_streets(stations, network, emissions, weather)
    nox, pm10, co, fuel = (added[:, :, which] * 1e6 for which in range(4))  # µg/m³, shape (hours, stations)
    nox_ppb = nox / dispersion.NO2_UG_PPB + air.nox_ppb[:, None]
    oxidant_ppb = PRIMARY_NO2 * nox / dispersion.NO2_UG_PPB + air.oxidant_ppb[:, None]
    no2_ppb, o3_ppb = dispersion.steady_state_ppb(nox_ppb, oxidant_ppb, weather.sun_deg[:, None])
    true = np.stack(
        [
            air.pm25[:, None] + FINE_OF_COARSE * pm10,
            air.pm10[:, None] + pm10,
            no2_ppb * dispersion.NO2_UG_PPB,
            o3_ppb * dispersion.O3_UG_PPB,
            air.so2[:, None] + SULPHUR * fuel,
            air.co_mg[:, None] + co / 1e3,
        ],
        axis=2,
    )
    noise = np.array([0.4, 0.6, 0.5, 0.8, 0.2, 0.005])
    seen = true * (1 + 0.02 * rng.standard_normal(true.shape)) + noise * rng.standard_normal(true.shape)
    digits = np.array([1, 1, 1, 1, 1, 2])
    seen = np.maximum(np.round(seen * 10.0**digits) / 10.0**digits, 0.0)
    hour, station, channel = (index.ravel() for index in np.indices(seen.shape))
    t_start = weather.t[hour] - HOUR_S / 2
    return Readings.of(first_sensor + station, first_channel + channel, t_start + HOUR_S, seen.ravel(), t_start=t_start)


def from_streets(stations: Stations, network: Network, emissions: Emissions, weather: Weather) -> NDArray[np.float64]:
    """Return what the vehicles of every street add at every station, g/m³ of NOx, PM10, CO and burnt fuel.

    Shape (hours, stations, 4).
    """
    hours = len(weather.t)
    rate = np.zeros((hours, len(network), 4))  # g/s from each edge
    grams = np.column_stack([emissions.nox_g, emissions.pm10_g, emissions.co_g, emissions.fuel_g])
    inside = emissions.hour < hours
    np.add.at(rate, (emissions.hour[inside], emissions.edge[inside]), grams[inside] / HOUR_S)
    xy, edge = _pieces(network)
    count = np.bincount(edge, minlength=len(network))
    to = stations.xy[:, None] - xy[None]  # from each piece to each station
    own = stations.in_canyon[:, None] & (stations.segment[:, None] == network.segment[edge][None])
    added = np.zeros((hours, len(stations), 4))
    for hour in range(hours):
        wind, blows = float(weather.wind_m_s[hour]), np.radians(weather.wind_from_deg[hour] + 180)
        ahead = to[..., 0] * np.sin(blows) + to[..., 1] * np.cos(blows)
        aside = to[..., 0] * np.cos(blows) - to[..., 1] * np.sin(blows)
        mixing = dispersion.stability(wind, float(weather.sun_deg[hour]))
        arrives = dispersion.plume_s_m3(ahead, aside, wind_m_s=wind, mixing=mixing, height_m=INLET_M)
        arrives = np.where(own, 0.0, arrives)
        added[hour] = arrives @ (rate[hour] / np.maximum(count, 1)[:, None])[edge]
        added[hour] += _canyons(stations, network, rate[hour], wind, float(weather.wind_from_deg[hour]))
    return added


def _pieces(network: Network) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points along all edges, some metres apart, and their edges."""
    lines = np.array([lanes[len(lanes) // 2] for lanes in network.lanes], dtype=object)
    count = np.maximum(np.ceil(network.length_m / _PIECE_M), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(lines)), count)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    places = shapely.line_interpolate_point(lines[edge], (number + 0.5) / count[edge], normalized=True)
    return shapely.get_coordinates(places), edge


def _canyons(
    stations: Stations, network: Network, rate: NDArray[np.float64], wind_m_s: float, from_deg: float
) -> NDArray[np.float64]:
    """Return what the street between whose walls a station stands adds, shape (stations, 4)."""
    added = np.zeros((len(stations), 4))
    each = dispersion.canyon_s_m2(
        wind_m_s,
        from_deg - stations.side_deg,
        beside_m=stations.beside_m,
        width_m=stations.width_m,
        walls_m=stations.walls_m,
        height_m=INLET_M,
    )
    for row in np.flatnonzero(stations.in_canyon).tolist():
        mine = network.segment == stations.segment[row]
        strength = (rate[mine] / network.length_m[mine, None]).sum(axis=0)
        added[row] = each[row] * strength
    return added


def sensors_of(stations: Stations, district: District) -> tuple[Sensor, ...]:
    """Return stations as sensors."""
    lonlat = district.frame.lonlat_from_xy(stations.xy)
    sites = {True: _("roadside"), False: _("background")}
    return tuple(
        Sensor(
            f"air-{row + 1}",
            LAYER,
            KEYS,
            _("{place} ({site})").format(place=stations.names[row], site=sites[bool(stations.roadside[row])]),
            round(float(lonlat[row, 0]), 7),
            round(float(lonlat[row, 1]), 7),
            INLET_M,
            detail={
                "site": "roadside" if stations.roadside[row] else "background",
                "street_canyon": "yes" if stations.in_canyon[row] else "no",
            },
        )
        for row in range(len(stations))
    )
