"""The kinds of layers: what their cells say of readings made by hand, and what they leave unsaid."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import sensed
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin import district as doors
from twin.drape import matched, streets_of
from twin.history import LiveHistory
from twin.interpolate import weights
from twin.layers import kinds
from twin.layers.coverage import rules_of
from twin.layers.vehicles import Stream
from twin.readings import Channel, Layer, Readings, Roster, Sensor
from twin.session import Session
from twin.standards import air, coverage, traffic

T = sensed.MIDNIGHT_S + 8 * 3600 + 30


@pytest.fixture(scope="module")
def session() -> Session:
    district = doors.open_district("sample")
    roster = sensed.roster(district)
    history = LiveHistory(roster)
    history.add(sensed.day(roster, district, hours=9.0))
    return Session(district, live=history)


def of(
    layer: str, channels: tuple[Channel, ...], sensors: list[Sensor], rows: list[Readings], **chosen: str
) -> Session:
    """Return a session over the sample with a few sensors."""
    roster = Roster(tuple(sensors), channels, (Layer(layer, layer, "measured"),))
    history = LiveHistory(roster)
    for row in rows:
        history.add(row)
    session = Session(doors.open_district("sample"), live=history)
    session.choose(layer, **chosen)
    return session


def test_that_every_module_with_a_layer_is_found() -> None:
    assert {"air", "coverage", "traffic"} <= set(kinds())
    assert all(kind.key == key and kind.title for key, kind in kinds().items())


def test_that_detectors_find_the_street_they_look_along(session: Session) -> None:
    streets = streets_of(session.district)
    edges = streets.edges
    some = np.argsort(-np.asarray(edges.length_m))[:80]
    at, heading = edges.places(some, np.asarray(edges.length_m)[some] / 2)
    right = np.column_stack([heading[:, 1], -heading[:, 0]])
    looks = np.degrees(np.arctan2(heading[:, 0], heading[:, 1]))
    found = matched(streets, at + 4 * right, looks, np.full(len(some), "", object))
    assert (found.edge == some).mean() > 0.9
    two_ways = streets.oneway[some] == 0
    assert (found.way[two_ways & (found.edge == some)] == 1).all()
    back = matched(streets, at - 4 * right, looks + 180, np.full(len(some), "", object))
    same = two_ways & (back.edge == some)
    assert same.sum() > 5
    assert (back.way[same] == -1).all()


def test_that_a_detector_goes_to_the_way_that_it_names(session: Session) -> None:
    streets = streets_of(session.district)
    edge = int(np.argmax(streets.edges.length_m))
    at, _heading = streets.edges.places(np.array([edge]), np.array([10.0]))
    found = matched(streets, at + 120, np.array([np.nan]), np.array([streets.osm[edge]], object))
    assert streets.osm[found.edge[0]] == streets.osm[edge]


def test_that_what_is_far_from_all_streets_matches_none(session: Session) -> None:
    found = matched(
        streets_of(session.district), np.array([[9e4, 9e4], [np.nan, 0]]), np.zeros(2), np.full(2, "", object)
    )
    assert found.edge.tolist() == [-1, -1]


def test_that_lanes_add_their_flows_and_speeds_are_means_by_flow(session: Session) -> None:
    streets = streets_of(session.district)
    edge = int(np.argmax(streets.edges.length_m))
    at, heading = streets.edges.places(np.array([edge]), np.array([20.0]))
    lon, lat = session.district.frame.lonlat_from_xy(at)[0]
    looks = float(np.degrees(np.arctan2(*heading[0])))
    sensors = [Sensor(f"lane{i}", "traffic", ("flow", "speed"), lon=lon, lat=lat, heading_deg=looks) for i in range(2)]
    rows = [Readings.of([0, 1], 0, T - 10, [299.0, 99.0]), Readings.of([0, 1], 1, T - 10, [20.0, 40.0])]
    shown = of("traffic", (sensed.FLOW, sensed.SPEED), sensors, rows, show="flow").picture(T).shown["traffic"]
    assert set(shown.value.tolist()) == {398.0}
    shown = of("traffic", (sensed.FLOW, sensed.SPEED), sensors, rows, show="speed").picture(T).shown["traffic"]
    assert set(shown.value.tolist()) == {25.0}


def test_that_streets_without_a_detector_are_blank_until_somebody_asks_for_an_estimate(session: Session) -> None:
    session.choose("traffic", estimate="off")
    plain = session.picture(T).shown["traffic"]
    assert plain.estimated is None
    assert plain.form.cells >= 40
    session.choose("traffic", estimate="on")
    more = session.picture(T).shown["traffic"]
    session.choose("traffic", estimate="off")
    assert more.estimated is not None
    assert more.form.cells > plain.form.cells
    assert np.array_equal(more.value[~more.estimated], plain.value)
    assert np.nanmin(plain.value) <= np.nanmin(more.value)
    assert any("estimated" in note.lower() for note in more.legend.notes)


def test_that_every_quantity_has_a_legend_that_holds_its_values(session: Session) -> None:
    for layer in session.layers:
        choices = {choice.key: choice for choice in session.choices(layer)}
        for word in choices["show"].options:
            session.choose(layer, show=word)
            shown = session.picture(T).shown[layer]
            rows = shown.legend.class_of(shown.value)
            assert ((rows >= 0) == ~np.isnan(shown.value)).all()
            assert len({one.colour for one in shown.legend.classes}) == len(shown.legend.classes)
            assert shown.legend.origin == "simulated"
        session.choose(layer, show="")


@given(
    st.lists(st.tuples(st.floats(0, 2), st.floats(0, 30)), min_size=1, max_size=12),
    st.floats(5, 400),
    st.integers(0, 40),
)
def test_that_vehicles_are_those_that_came_in_and_have_not_left(
    minutes: list[tuple[float, float]], length_m: float, step: int
) -> None:
    flow, speed = (np.array(column) for column in zip(*minutes, strict=True))
    start = 60.0 * np.arange(len(minutes))
    stream = Stream.of(np.zeros(len(minutes), np.int64), start, start + 60, flow, speed, 1)
    t = 60.0 * len(minutes) * step / 40
    _row, gone = stream.vehicles(t, np.zeros(1, np.int64), np.zeros(1), np.array([length_m]))
    fine = np.linspace(0, t, 20_001)
    at = np.minimum((fine[:-1] / 60).astype(int), len(minutes) - 1)
    each = np.diff(fine)
    entered = np.append(0, np.cumsum(flow[at] * each))
    driven = np.append(0, np.cumsum(np.maximum(speed[at], 0.15) * each))
    numbers = np.arange(1, int(entered[-1]) + 1)
    expected = driven[-1] - np.interp(numbers, entered, driven)
    sure = (expected >= 1) & (expected <= length_m - 1)
    assert sure.sum() <= len(gone) <= (expected <= length_m + 1).sum() + 1
    assert ((gone >= 0) & (gone <= length_m)).all()


def test_that_fields_meet_their_stations_and_know_less_farther_off() -> None:
    rng = np.random.default_rng(1)
    stations = np.array([(x, y) for x in (0.0, 300.0, 600.0, 900.0) for y in (0.0, 400.0)])
    values = rng.uniform(10, 50, 8)
    places = np.concatenate([stations, stations + np.array([30.0, 0.0]), [[5000.0, 5000.0]]])
    for method in ("idw", "kriging"):
        found = weights(places, stations, method, range_m=500.0)
        assert np.allclose(found.share.sum(axis=1), 1)
        assert (np.abs(found.share[:8] @ values - values) < 4).all()
        assert (found.unsure[:8] < found.unsure[8:16] + 1e-9).all()
        assert found.unsure[-1] > 0.85


def test_that_two_stations_at_one_place_break_no_field() -> None:
    found = weights(np.array([[10.0, 0.0]]), np.zeros((2, 2)), "kriging", range_m=500.0)
    assert np.allclose(found.share, 0.5)


def test_that_the_field_ends_where_stations_tell_nothing(session: Session) -> None:
    session.choose("air", show="no2", field="kriging")
    shown = session.picture(T).shown["air.field"]
    assert shown.sure is not None
    assert np.isnan(shown.value).any()
    assert (~np.isnan(shown.value)).any()
    assert not shown.sure[np.isnan(shown.value)].any()
    stations = session.picture(T).shown["air"].value
    assert np.nanmax(shown.value) <= np.nanmax(stations) + 1e-3


def test_that_the_index_follows_the_authority_and_the_date() -> None:
    sensor = [Sensor("a", "air", ("pm25",), lon=24.945, lat=60.17)]
    hours = T - 3600.0 * np.arange(12)[::-1]
    for authority, number in (("us_epa", 159.0), ("eu_eaqi", 4.0), ("cn_hj633", 94.0)):
        rows = [Readings.of(0, 0, hours, 70.0, t_start=hours - 3600)]
        session = of("air", (sensed.PM25,), sensor, rows, standard=authority)
        assert session.picture(T).shown["air"].value[0] == pytest.approx(number, abs=3)


def test_that_a_station_past_its_shelf_life_has_no_index() -> None:
    rows = [Readings.of(0, 0, T - 3600.0 * np.arange(12), 70.0)]
    session = of("air", (sensed.PM25,), [Sensor("a", "air", ("pm25",), lon=24.945, lat=60.17)], rows)
    assert not np.isnan(session.picture(T).shown["air"].value).any()
    assert np.isnan(session.picture(T + 3 * 3600).shown["air"].value).all()


def test_that_samples_are_binned_as_one_counts_them(session: Session) -> None:
    session.choose("coverage", window="3600")
    fitted = session._layers()["coverage"]
    count, median, age = fitted.binned(T, session.history)  # type: ignore[union-attr]
    rows = session.history.window(T - 3600, T, slots=session.roster.slots_of("ss_rsrp"))
    xy = session.district.frame.xy_from_lonlat(np.column_stack([rows.lon, rows.lat]))

    tree = fitted.stretches.tree  # type: ignore[union-attr]
    sample, stretch = tree.query_nearest(shapely.points(xy), max_distance=25.0, all_matches=False)
    assert count.sum() == len(sample) > 0
    for one in np.unique(stretch).tolist():
        mine = sample[stretch == one]
        assert count[one] == len(mine)
        assert median[one] == np.median(rows.value[mine])
        assert age[one] == pytest.approx(T - rows.t_end[mine].max())


def test_that_stretches_nobody_measured_are_not_drawn(session: Session) -> None:
    shown = session.picture(T).shown["coverage"]
    assert shown.absent is not None
    assert np.array_equal(shown.absent, np.isnan(shown.value))
    assert 0 < (~shown.absent).sum() < len(shown.absent)


def test_that_a_facade_tells_what_was_measured_in_the_street_before_it(session: Session) -> None:
    streets = session.picture(T).shown["coverage"]
    session.choose("coverage", where="facades", of="count")
    shown = session.picture(T).shown
    facades = session._layers()["coverage"].facades  # type: ignore[union-attr]
    fitted = session._layers()["coverage"]
    count, median, _age = fitted.binned(T, session.history)  # type: ignore[union-attr]
    session.choose("coverage", where="facades", of="median")
    told = session.picture(T).shown["coverage.facades"]
    session.choose("coverage", where="streets")
    assert np.array_equal(shown["coverage"].absent, streets.absent)
    assert shown["coverage.facades"].absent is not None
    here = ~shown["coverage.facades"].absent
    assert 0 < here.sum() < len(here)
    expected = np.bincount(facades.panel, count[facades.stretch], facades.form.cells)
    assert np.array_equal(np.nan_to_num(shown["coverage.facades"].value), expected)
    panels, many = np.unique(facades.panel[count[facades.stretch] > 0], return_counts=True)
    alone = panels[many == 1]  # of one stretch it tells the same as that
    of = {p: s for p, s in zip(facades.panel.tolist(), facades.stretch.tolist(), strict=True) if count[s] > 0}
    np.testing.assert_allclose(told.value[alone], median[[of[p] for p in alone.tolist()]], rtol=1e-6)
    points = told.form.points.reshape(-1, 4, 3).astype(float)
    walls = shapely.linestrings(points[:, :2, :2])
    middles = fitted.stretches.middle  # type: ignore[union-attr]
    pairs = np.random.default_rng(1).integers(0, len(facades.panel), 300)
    away = shapely.distance(walls[facades.panel[pairs]], shapely.points(middles[facades.stretch[pairs]]))
    assert away.max() <= 25.5
    houses = shapely.union_all(session.district.tables["buildings"].geometry)
    sight = np.stack([points[:, :2, :2].mean(axis=1)[facades.panel[pairs]], middles[facades.stretch[pairs]]], axis=1)
    assert not shapely.intersects(shapely.linestrings(sight), houses.buffer(-0.05)).any()
    assert (points[:, 2, 2] - points[:, 1, 2] <= 6.0).all()


@pytest.mark.parametrize("text", ["", "1, 2", "four", "-60, -70, -80, -90", "nan, 1, 2, 3", "-120;-90"])
def test_that_thresholds_that_cannot_be_meant_are_the_usual_ones(text: str) -> None:
    assert rules_of("ss_rsrp", text) == coverage.STANDARDS["ss_rsrp"]


def test_that_thresholds_may_be_chosen(session: Session) -> None:
    session.choose("coverage", thresholds="-120, -105, -95, -85")
    legend = session.picture(T).shown["coverage"].legend
    session.choose("coverage", thresholds="")
    assert [one.least for one in legend.classes[1:]] == [-120, -105, -95, -85]
    assert not legend.standard


def test_that_every_authority_says_its_own_of_one_station(session: Session) -> None:
    row = next(row for row, sensor in enumerate(session.roster.sensors) if sensor.layer == "air")
    session.picture(T)
    found = session.judge(row)(T)
    assert [one.standard for one in found] == [
        air.edition(family, date(2024, 11, 12)).title for family in ("us_epa", "eu_eaqi", "cn_hj633")
    ]
    slots = session.roster.slots([row], [session.roster.channel_rows["pm25"]])
    rows = session.history.window(T - 24 * 3600, T, slots=slots)
    hourly = np.full(24, np.nan)
    hourly[23 - np.floor((T - rows.t_end) / 3600).astype(int)] = rows.value
    dust = air.live("us_epa_2024", "pm25", hourly, unit="µg/m³")
    (of_dust,) = [part for part in (found[0].of.split(",")[0], *found[0].parts) if part.startswith("PM2.5")]
    assert of_dust in {"PM2.5", f"PM2.5 {dust.number:.0f}"}
    for key in ("us_epa", "eu_eaqi", "cn_hj633"):
        session.choose("air", show="index", standard=key, colours="standard")
        shown = session.picture(T).shown["air"]
        (said,) = [one for one in session.judge(row)(T) if one.standard == shown.legend.title]
        cell = int(np.flatnonzero(shown.form.sensor == row)[0])
        grade = int(shown.legend.class_of(shown.value[cell : cell + 1])[0])
        assert shown.legend.classes[grade].label.startswith(said.grade)
        assert shown.legend.classes[grade].colour == said.colour
    session.choose("air", standard="place", colours="safe")
    assert all(not one.grade and one.caveat for one in session.judge(row)(T - 8.2 * 3600))


def test_that_every_standard_says_its_own_of_one_detector(session: Session) -> None:
    session.choose("traffic", show="free_flow_ratio")
    shown = session.picture(T).shown["traffic"]
    cell = int(np.flatnonzero((shown.form.sensor >= 0) & ~np.isnan(shown.value))[0])
    sensor = int(shown.form.sensor[cell])
    found = {one.standard: one for one in session.judge(sensor)(T)}
    assert len(found) == len(traffic.STANDARDS)
    for key, rules in traffic.STANDARDS.items():
        session.choose("traffic", show=key)
        value = session.picture(T).shown["traffic"].value[cell]
        said = found[rules.title]
        assert said.grade == ("" if np.isnan(value) else rules.grades[int(value)].title)
        assert said.caveat or said.grade
    session.choose("traffic", show="free_flow_ratio")
    car = next(row for row, one in enumerate(session.roster.sensors) if one.layer == "coverage")
    assert session.judge(car)(T) == ()
