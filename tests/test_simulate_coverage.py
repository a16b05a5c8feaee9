"""5G along the streets of a made-up town: where cells are, what one hears of them, and who sees them."""

from __future__ import annotations

import json

import districts
import numpy as np
import pytest
import shapely
from shapely.geometry import Point
from towns import STEP_M, town

from twin.history import LiveHistory
from twin.readings import Readings, Roster
from twin.relief import Relief
from twin.simulate import coverage
from twin.simulate.traffic import Paths


def paths(count: int = 400) -> Paths:
    """Return two cars that go round a block again and again, all day."""
    ring = shapely.box(-STEP_M, 0.0, 0.0, STEP_M).exterior
    xy = shapely.get_coordinates(
        shapely.line_interpolate_point(ring, np.linspace(0, 5 * ring.length, count) % ring.length)
    )
    t = 1_794_261_600 + np.linspace(0, 86_000, count)
    return Paths(np.arange(count) % 2, t, xy)


def measured(seed: int = 1) -> tuple[Roster, Readings]:
    sites = coverage.sites_of(town(), np.random.default_rng(seed))
    roster = Roster(coverage.sensors_of(sites, 2, town()), coverage.channels(20.0))
    return roster, coverage.readings_of(town(), paths(), sites, 0, 0, np.random.default_rng(seed))


def test_that_every_sample_is_one_that_a_history_takes() -> None:
    roster, readings = measured()
    _taken, rejects = LiveHistory(roster).add(readings)
    assert not rejects.counts
    assert len(readings) == 3 * 400
    assert {roster.channels[row].key for row in np.unique(readings.channel)} == set(coverage.KEYS)
    assert {roster.sensors[row].key for row in np.unique(readings.sensor)} == {"car-1", "car-2"}
    assert np.isfinite(readings.lon).all()


def test_that_chance_is_the_seeds() -> None:
    _roster, one = measured()
    _roster, same = measured()
    _roster, other = measured(2)
    assert np.array_equal(one.value, same.value)
    assert not np.array_equal(one.value, other.value)


def test_that_a_good_signal_carries_more() -> None:
    roster, readings = measured()
    rsrp, sinr, rate = (readings.value[readings.channel == roster.channel_rows[key]] for key in coverage.KEYS)
    strong = sinr > np.median(sinr)
    assert rate[strong].mean() > 1.3 * rate[~strong].mean()
    assert rsrp.min() > -130
    assert rsrp.max() < -35


def test_that_cells_are_told_as_what_they_are_and_measure_nothing() -> None:
    roster, _readings = measured()
    cells = [sensor for sensor in roster.sensors if sensor.detail.get("kind") == "cell"]
    assert len(cells) % 3 == 0
    assert cells
    for cell in cells:
        assert not cell.channels
        assert cell.detail["site"] == "assumed"
        assert cell.height_m > coverage.TELEPHONE_M


def test_that_masts_of_the_map_come_before_roofs() -> None:
    mast = {
        "osm": "node/1",
        "kind": "mast",
        "height_m": 40.0,
        "tags": json.dumps({"man_made": "mast", "communication:mobile_phone": "yes"}),
        "geometry": Point(200, -200),
    }
    flag = mast | {"osm": "node/2", "tags": json.dumps({"man_made": "mast", "tower:type": "lighting"})}
    flag["geometry"] = Point(-200, 200)
    tables = dict(town().tables) | {"furniture": districts.table("furniture", [flag, mast])}
    sites = coverage.sites_of(town(tables=tables), np.random.default_rng(1))
    assert sites.osm[0] == "node/1"
    assert sites.mapped.tolist() == [True] + [False] * (len(sites) - 1)
    assert sites.height_m[0] == 40
    assert "node/2" not in sites.osm


def test_that_a_district_without_buildings_gets_an_assumed_mast() -> None:
    bare = town(tables=dict(town().tables) | {"buildings": districts.table("buildings", [])})
    sites = coverage.sites_of(bare, np.random.default_rng(1))
    assert len(sites) == 1
    assert sites.height_m[0] == coverage.MAST_M
    assert len(coverage.readings_of(bare, paths(), sites, 0, 0, np.random.default_rng(1))) == 1200


def test_that_a_wall_hides_what_is_behind_it_and_not_what_is_above() -> None:
    height = np.zeros((40, 40), np.float32)
    height[:, 20] = 20.0  # a wall from south to north at x = 40 to 42
    roofs = Relief(0.0, 0.0, 2.0, height)
    places = np.array([[10.0, 40.0], [36.0, 40.0], [60.0, 40.0]])
    antenna = np.array([70.0, 40.0])
    assert coverage.in_sight(roofs, places, antenna, 25.0).tolist() == [False, False, True]
    assert coverage.in_sight(roofs, places, antenna, 200.0).tolist() == [True, True, True]


def test_that_the_grid_of_roofs_has_the_buildings() -> None:
    roofs = coverage.roofs_of(town())
    at = roofs.at(np.array([[-60.0, 60.0], [60.0, 60.0], [0.0, 0.0], [1e6, 0.0]]))
    assert at.tolist() == [18.0, 18.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_that_shadowing_has_the_spread_of_one_and_changes_over_tens_of_metres(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(-2000, 2000, (4000, 2))
    near, far = (xy + np.array([east_m, 0.0]) for east_m in (5.0, 400.0))
    fields = [coverage._shadow(where, np.random.default_rng(seed)) for where in (xy, near, far)]
    assert fields[0].std() == pytest.approx(1, abs=0.25)
    assert np.corrcoef(fields[0], fields[1])[0, 1] > 0.7
    assert abs(np.corrcoef(fields[0], fields[2])[0, 1]) < 0.5
