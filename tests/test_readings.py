"""The words of measuring: rows, slots and rejects keep what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from twin.model import TwinError
from twin.readings import NO_READINGS, Channel, Layer, Readings, Reason, Rejected, Rejects, Roster, Sensor

SPEED = Channel("speed", "traffic", "Speed", "km/h", 0, 250)
FLOW = Channel("flow", "traffic", "Flow", "veh/h", 0, 10_000)
PM25 = Channel("pm25", "air", "PM2.5", "µg/m³", 0, 2000)
ROSTER = Roster(
    (Sensor("a", "traffic", ("flow", "speed")), Sensor("b", "air", ("pm25",)), Sensor("c", "traffic", ("speed",))),
    (SPEED, FLOW, PM25),
    (Layer("traffic", "Traffic", "measured"), Layer("air", "Air quality", "measured")),
)


def test_that_slots_are_the_declared_pairs_in_order() -> None:
    assert ROSTER.slot_sensor.tolist() == [0, 0, 1, 2]
    assert ROSTER.slot_channel.tolist() == [1, 0, 2, 0]
    assert ROSTER.slots([0, 0, 1, 2, 1, -1, 3, 0], [1, 0, 2, 0, 0, 0, 0, 9]).tolist() == [0, 1, 2, 3, -1, -1, -1, -1]
    assert ROSTER.slots_of("speed").tolist() == [1, 3]
    assert ROSTER.slots_of("no2").tolist() == []
    assert ROSTER.slots_in("traffic").tolist() == [0, 1, 3]


def test_that_a_grown_roster_keeps_its_numbers() -> None:
    no2 = Channel("no2", "air", "NO₂", "µg/m³")
    grown = ROSTER.grown(sensors=[Sensor("d", "air", ("no2", "pm25")), Sensor("a", "air", ())], channels=[no2, SPEED])
    assert [sensor.key for sensor in grown.sensors] == ["a", "b", "c", "d"]
    assert grown.slot_sensor.tolist()[:4] == ROSTER.slot_sensor.tolist()
    assert grown.slot_channel.tolist() == [1, 0, 2, 0, 3, 2]


@pytest.mark.parametrize(
    ("sensors", "sentence"),
    [
        ((Sensor("a", "air", ()), Sensor("a", "traffic", ())), "two of the sensor a"),
        ((Sensor("a", "air", ("o3",)),), "measures o3"),
        ((Sensor("a", "air", ("pm25", "pm25")),), "names a channel twice"),
    ],
)
def test_that_a_roster_that_contradicts_itself_is_refused(sensors: tuple[Sensor, ...], sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        Roster(sensors, (PM25,))


def test_that_an_empty_roster_has_no_slots() -> None:
    assert Roster().slots([0], [0]).tolist() == [-1]
    assert len(Roster().slot_sensor) == len(Roster().shelf_s) == len(Roster().lonlat) == 0


def test_that_columns_are_broadcast_and_default_to_an_instant() -> None:
    readings = Readings.of([0, 1], 2, 100.0, [3.5, 4.5])
    assert readings.channel.tolist() == [2, 2]
    assert readings.t_start.tolist() == readings.t_arrived.tolist() == [100.0, 100.0]
    assert np.isnan(readings.lon).all()
    assert readings[1:].value.tolist() == [4.5]
    assert len(Readings.joined([readings, NO_READINGS, readings])) == 4
    assert len(Readings.joined([])) == 0


def test_that_rejects_count_all_and_keep_the_first_of_each_reason() -> None:
    future = Rejects.of(Reason.IN_THE_FUTURE, [Rejected(Reason.IN_THE_FUTURE, "a")])
    many = Rejects.of(Reason.DUPLICATE, [Rejected(Reason.DUPLICATE, str(i)) for i in range(80)])
    total = many + future + many + Rejects()
    assert total.counts == {Reason.DUPLICATE: 160, Reason.IN_THE_FUTURE: 1}
    assert total.total == 161
    assert [e.sensor for e in total.examples if e.reason == Reason.DUPLICATE] == [
        *map(str, range(80)),
        *map(str, range(20)),
    ]
    assert future.examples[0] in total.examples


def test_that_every_reason_has_a_sentence() -> None:
    assert len({reason.sentence for reason in Reason}) == len(Reason)
