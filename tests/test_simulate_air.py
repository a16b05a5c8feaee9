"""The air of a simulated day over streets whose emissions are made up, so that no simulator is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from towns import town

from twin.history import LiveHistory
from twin.readings import Roster
from twin.simulate import air, demand, traffic
from twin.simulate.network import Network
from twin.simulate.roads import roads_of
from twin.simulate.stations import Stations, stations_of
from twin.simulate.traffic import Emissions

DAY = date(2026, 11, 10)


def network() -> Network:
    """Return one edge along each segment of the town; nobody turns."""
    roads = roads_of(town())
    lanes: list[tuple[shapely.LineString, ...]] = [(line,) for line in roads.shapes]
    rows = np.arange(len(roads))
    return Network(Path(), [f"f{row}" for row in rows], rows, lanes, roads.kind, roads.speed_kmh, [[] for _row in rows])


def emissions(of: Network, gram_an_hour: float) -> Emissions:
    """Return the same from every edge in every hour from six to eight in the evening, nothing at night."""
    edge, hour = (index.ravel() for index in np.indices((len(of), 14)))
    grams = np.full(len(edge), gram_an_hour)
    return Emissions(edge, hour + 6, grams, 0.1 * grams, 0.8 * grams, 300 * grams)


def test_that_trips_are_the_seeds() -> None:
    def ends(seed: int) -> tuple[list[float], list[int], list[int]]:
        trips = demand.trips_of(linked(), DAY, "Europe/Helsinki", np.random.default_rng(seed))
        return trips.depart_s.tolist(), trips.origin.tolist(), trips.goal.tolist()

    assert ends(1) == ends(1)
    assert ends(1) != ends(2)
    depart, origin, goal = ends(1)
    assert len(depart) > 1000
    assert depart == sorted(depart)
    assert 0 <= depart[0] < depart[-1] < 86_400
    assert all(one != other for one, other in zip(origin, goal, strict=True))


def test_that_measuring_cars_drive_one_tour_at_a_time(tmp_path: Path) -> None:
    told = ["timestep_time;vehicle_id;vehicle_x;vehicle_y"]
    told += [f"{t};probe0.0;{t};0" for t in range(0, 100, 10)]
    told += [f"{t};probe0.1;0;{t}" for t in range(50, 150, 10)]  # it is still on its first tour
    told += [f"{t};probe1.2;5;{t}" for t in range(50, 150, 10)]
    told += [f"{t};probe0.3;0;{t}" for t in range(160, 200, 10)]
    (tmp_path / "cars.csv").write_text("\n".join([*told, ""]))
    paths = traffic._paths(tmp_path / "cars.csv", 1000.0)
    assert np.array_equal(np.sort(paths.t[paths.car == 0]), [*range(1000, 1100, 10), *range(1160, 1200, 10)])
    assert (paths.car == 1).sum() == 10


def linked() -> Network:
    """Return the town's network, where one may turn from every edge into every other that begins at its end."""
    node = roads_of(town()).node
    return replace(network(), follows=[np.flatnonzero(node[:, 0] == end).tolist() for end in node[:, 1]])


def measured(gram_an_hour: float, seed: int = 1) -> tuple[Stations, np.ndarray]:
    """Return stations and their values, shape (hours, stations, channels)."""
    streets = network()
    given = emissions(streets, gram_an_hour)
    posts = stations_of(town(), streets, roads_of(town()), emissions(streets, 1.0))
    weather = air.weather_of(town(), DAY, np.random.default_rng(seed))
    readings = air.readings_of(posts, streets, given, weather, 0, 0, np.random.default_rng(seed))
    return posts, readings.value.reshape(24, len(posts), len(air.KEYS))


def test_that_stations_stand_out_of_doors_and_apart() -> None:
    posts, _values = measured(0.0)
    places = shapely.points(posts.xy)
    assert posts.roadside.any()
    assert not posts.roadside.all()
    assert shapely.intersects(town().boundary_xy, places).all()
    walls = shapely.union_all(town().tables["buildings"].geometry)
    assert not shapely.intersects(walls, places).any()
    roads = shapely.union_all(roads_of(town()).shapes)
    distance = shapely.distance(places, roads)
    assert distance[posts.roadside].max() < 10
    assert distance[~posts.roadside].min() > 20


def test_that_traffic_adds_at_the_kerb_more_than_far_from_it() -> None:
    posts, clean = measured(0.0)
    _posts, dirty = measured(40.0)
    added = (dirty - clean)[6:20].mean(axis=0)
    for key in ("no2", "pm10", "pm25", "co"):
        column = added[:, air.KEYS.index(key)]
        assert column[posts.roadside].mean() > column[~posts.roadside].mean() > 0, key
    ozone = added[:, air.KEYS.index("o3")]
    assert ozone[posts.roadside].mean() < ozone[~posts.roadside].mean() < 0  # what is emitted uses it up
    assert np.array_equal(clean[:6], dirty[:6])  # at night nobody drove, and chance is the same


def test_that_twice_the_emissions_add_twice() -> None:
    streets = network()
    posts = stations_of(town(), streets, roads_of(town()), emissions(streets, 1.0))
    weather = air.weather_of(town(), DAY, np.random.default_rng(1))
    once, twice = (air.from_streets(posts, streets, emissions(streets, g), weather) for g in (10.0, 20.0))
    assert once[12].min() > 0
    assert twice == pytest.approx(2 * once)


def test_that_walls_keep_what_is_emitted_between_them() -> None:
    streets = network()
    walled = stations_of(town(), streets, roads_of(town()), emissions(streets, 1.0))
    row = int(np.flatnonzero(walled.roadside)[0])
    canyon = replace(
        walled,
        in_canyon=np.arange(len(walled)) == row,
        width_m=np.full(len(walled), 18.0),
        walls_m=np.full(len(walled), 20.0),
    )
    bare = replace(walled, in_canyon=np.zeros(len(walled), bool))
    weather = air.weather_of(town(), DAY, np.random.default_rng(1))
    weather = replace(weather, wind_from_deg=np.full(24, float(walled.side_deg[row])))  # over the wall behind it
    kept, open_ = (
        air.from_streets(posts, streets, emissions(streets, 10.0), weather)[12, row, 0] for posts in (canyon, bare)
    )
    assert kept > 2 * open_


def test_that_every_value_is_one_that_a_history_takes() -> None:
    posts, _values = measured(40.0)
    streets = network()
    weather = air.weather_of(town(), DAY, np.random.default_rng(3))
    readings = air.readings_of(posts, streets, emissions(streets, 400.0), weather, 0, 0, np.random.default_rng(3))
    roster = Roster(air.sensors_of(posts, town()), air.channels())
    taken, rejects = LiveHistory(roster).add(readings)
    assert not rejects.counts
    assert len(taken) == 24 * len(posts) * len(air.KEYS)
    assert {sensor.detail["site"] for sensor in roster.sensors} == {"roadside", "background"}
