"""Vehicles of public transport in a district: where they stand, which way, and that they vanish when silent."""

from __future__ import annotations

import numpy as np
import pytest

from twin import district as doors
from twin.history import LiveHistory
from twin.layers import kinds
from twin.layers.transit import LAYER
from twin.readings import Layer, Readings, Roster, Sensor
from twin.session import Session
from twin.sources.gtfs_rt import channels

T = 1_731_398_400.0


@pytest.fixture(scope="module")
def session() -> Session:
    district = doors.open_district("sample")
    names = ("tram", "bus", "silent", "away")
    roster = Roster(
        tuple(Sensor(name, "transit", ("vehicle_speed", "vehicle_heading")) for name in names),
        channels(),
        (Layer("transit", "Trams", "measured", owner="HSL"),),
    )
    history = LiveHistory(roster)
    lon, lat = district.frame.lonlat_from_xy(np.array([[0.0, 0.0]]))[0]
    history.add(Readings.of([0, 0], [0, 1], T, [36.0, 90.0], lon=lon, lat=lat))
    history.add(Readings.of(1, 0, T, 3.0, lon=lon + 0.001, lat=lat))
    history.add(Readings.of(2, 0, T - 1000, 3.0, lon=lon, lat=lat))
    history.add(Readings.of(3, 0, T, 3.0, lon=lon + 1, lat=lat))
    return Session(district, live=history)


def test_that_vehicles_are_where_they_were_and_head_where_they_headed(session: Session) -> None:
    shown = session.picture(T + 5).shown["transit"]
    assert shown.value.tolist() == [36.0, 3.0]
    assert shown.form.sensor.tolist() == [0, 1]
    tram = shown.form.points[shown.form.cell == 0]
    assert np.ptp(tram, axis=0) == pytest.approx([13.0, 3.0, 3.4], abs=0.01)
    assert tram.mean(axis=0)[:2] == pytest.approx([0.0, 0.0], abs=0.01)
    bus = shown.form.points[shown.form.cell == 1]
    assert np.ptp(bus, axis=0)[:2] == pytest.approx([5.0, 5.0], abs=0.01)
    assert shown.legend.owner == "HSL"


def test_that_walls_and_roofs_face_outwards(session: Session) -> None:
    form = session.picture(T + 5).shown["transit"].form
    a, b, c = (form.points[form.triangles[:, corner]] for corner in range(3))
    middle = np.array([form.points[form.cell == cell].mean(axis=0) for cell in (0, 1)])
    out = (a + b + c) / 3 - middle[form.cell[form.triangles[:, 0]]]
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), out) > 0).all()


def test_that_what_stands_keeps_its_form_and_what_is_silent_vanishes(session: Session) -> None:
    first, again = (session.picture(T + wait).shown["transit"] for wait in (5, 6))
    assert first.form is again.form
    assert session.picture(T + 500).shown["transit"].form.cells == 0
    assert session.picture(T + 500).reporting["transit"] == (0, 4)


def test_that_it_is_a_layer_like_the_others(session: Session) -> None:
    assert kinds()["transit"] is LAYER
    assert LAYER.fit(session.district, Roster(), {}) is None
    assert LAYER.title == "Public transport"
