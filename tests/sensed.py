"""Sensors and days made by hand: detectors on the streets of a district, stations, a car that measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.drape import streets_of
from twin.readings import Channel, Layer, Readings, Roster, Sensor

if TYPE_CHECKING:
    from twin.model import District

MIDNIGHT_S = 1_731_362_400.0  # 2024-11-12 in Helsinki
MINUTE_S = 60.0

FLOW = Channel("flow", "traffic", "Flow", "veh/h", 0.0, 20_000.0, shelf_s=300.0)
SPEED = Channel("speed", "traffic", "Speed", "km/h", 0.0, 250.0, shelf_s=300.0)
PM25 = Channel("pm25", "air", "PM2.5", "µg/m³", 0.0, 2000.0, shelf_s=7200.0)
NO2 = Channel("no2", "air", "NO₂", "µg/m³", 0.0, 5000.0, shelf_s=7200.0)
RSRP = Channel("ss_rsrp", "coverage", "SS-RSRP", "dBm", -156.0, -31.0, shelf_s=60.0, between="none")
LAYERS = (
    Layer("traffic", "Traffic", "simulated", owner="City", terms="CC BY 4.0"),
    Layer("air", "Air", "simulated", averaging="1 h"),
    Layer("coverage", "5G", "simulated"),
)


def roster(district: District, detectors: int = 40, stations: int = 6) -> Roster:
    """Return detectors in the middle of the longest streets, stations spread about, and one measuring car."""
    edges = streets_of(district).edges
    longest = np.argsort(-np.asarray(edges.length_m), kind="stable")[:detectors]
    at, heading = edges.places(longest, np.asarray(edges.length_m)[longest] / 2)
    looks = np.degrees(np.arctan2(heading[:, 0], heading[:, 1])) % 360
    lonlat = district.frame.lonlat_from_xy(at)
    sensors = [
        Sensor(f"d{i}", "traffic", ("flow", "speed"), lon=lon, lat=lat, heading_deg=float(looks[i]))
        for i, (lon, lat) in enumerate(lonlat.tolist())
    ]
    west, south, east, north = district.boundary_xy.bounds
    rng = np.random.default_rng(4)
    xy = np.column_stack([rng.uniform(west, east, stations), rng.uniform(south, north, stations)])
    sensors += [
        Sensor(f"a{i}", "air", ("pm25", "no2"), lon=lon, lat=lat)
        for i, (lon, lat) in enumerate(district.frame.lonlat_from_xy(xy).tolist())
    ]
    sensors.append(Sensor("car", "coverage", ("ss_rsrp",)))
    return Roster(tuple(sensors), (FLOW, SPEED, PM25, NO2, RSRP), LAYERS)


def day(of: Roster, district: District, hours: float = 24.0) -> Readings:
    """Return a day with two peaks of traffic, hourly air, and a car that drives and measures; some arrive late."""
    rng = np.random.default_rng(5)
    parts = []
    t = MIDNIGHT_S + np.arange(MINUTE_S, hours * 3600 + 1, MINUTE_S)
    clock = (t - MIDNIGHT_S) / 3600
    busy = 0.08 + np.exp(-(((clock - 8.25) / 1.2) ** 2)) + np.exp(-(((clock - 17) / 1.6) ** 2)) + 0.35 * (clock > 6)
    for row, sensor in enumerate(of.sensors):
        late = rng.uniform(0.2, 90.0, len(t))
        if sensor.layer == "traffic":
            own = busy * rng.uniform(0.3, 1.0)
            for key, value in (("flow", 900 * own), ("speed", 50 / (1 + own**3))):
                told = np.round(value * rng.uniform(0.9, 1.1, len(t)), 1)
                parts.append(Readings.of(row, of.channel_rows[key], t, told, t_start=t - MINUTE_S, t_arrived=t + late))
        elif sensor.layer == "air":
            hourly = t[59::60]
            for key, level in (("pm25", 8.0), ("no2", 30.0)):
                value = np.round(level * (0.4 + busy[59::60]) * rng.uniform(0.6, 1.4), 1)
                parts.append(Readings.of(row, of.channel_rows[key], hourly, value, t_start=hourly - 3600))
        else:
            west, south, east, north = district.boundary_xy.bounds
            way = np.linspace(0, 20, len(t))
            x = (west + east) / 2 + (east - west) / 3 * np.sin(way)
            xy = np.column_stack([x, (south + north) / 2 + (north - south) / 3 * np.cos(way)])
            lon, lat = district.frame.lonlat_from_xy(xy).T
            value = np.round(-85 + 20 * np.sin(way * 3), 1)
            parts.append(Readings.of(row, of.channel_rows["ss_rsrp"], t, value, lon=lon, lat=lat))
    rows = Readings.joined(parts)
    return rows[np.argsort(rows.t_arrived, kind="stable")]
