"""Sensors of several feeds in one roster: who is who, and that nobody's numbers change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.live.enrolling import Enrolment, Numbers
from twin.readings import Channel, Layer, Readings, Roster, Sensor

SPEED = Channel("speed", "traffic", "Speed", "km/h")
FLOW = Channel("flow", "traffic", "Flow", "veh/h")
LAYER = Layer("traffic", "Traffic", "measured", owner="City")


def of(*keys: str, channels: tuple[Channel, ...] = (SPEED,), layer: Layer = LAYER) -> Roster:
    measured = tuple(channel.key for channel in channels)
    return Roster(tuple(Sensor(key, "traffic", measured) for key in keys), channels, (layer,))


def test_that_two_feeds_with_the_same_key_have_two_sensors() -> None:
    told: list[Roster] = []
    enrolment = Enrolment(Roster(), told.append)
    one = enrolment.enrol("North", of("a", "b"), Numbers())
    other = enrolment.enrol("South", of("b", "c"), Numbers())
    assert [sensor.key for sensor in enrolment.roster.sensors] == ["a", "b", "South/b", "c"]
    assert one.sensor.tolist() == [0, 1, -1]
    assert other.sensor.tolist() == [2, 3, -1]
    assert told[-1] is enrolment.roster
    rows = other.renumbered(Readings.of([0, 1, -1, 7], [0, 0, 0, 3], 5.0, 1.0))
    assert rows.sensor.tolist() == [2, 3, -1, -1]
    assert rows.channel.tolist() == [0, 0, 0, -1]


def test_that_a_feed_that_comes_back_finds_its_own() -> None:
    enrolment = Enrolment(Roster(), lambda _roster: None)
    enrolment.enrol("North", of("b"), Numbers())
    first = enrolment.enrol("South", of("b"), Numbers())
    again = enrolment.enrol("South", of("b", "c"), Numbers())
    assert first.sensor.tolist() == [1, -1]
    assert again.sensor.tolist() == [1, 2, -1]


def test_that_what_is_there_belongs_to_the_feed_that_has_it() -> None:
    enrolment = Enrolment(of("a", "b"), lambda _roster: None)
    assert enrolment.enrol("South", of("b", "c"), Numbers()).sensor.tolist() == [1, 2, -1]
    assert enrolment.enrol("North", of("b"), Numbers()).sensor.tolist() == [3, -1]
    assert enrolment.enrol("North", of("a", channels=(SPEED, FLOW)), Numbers()).sensor.tolist() == [4, -1]


def test_that_a_roster_that_has_not_grown_is_not_told() -> None:
    told: list[Roster] = []
    enrolment = Enrolment(Roster(), told.append)
    roster = of("a")
    numbers = enrolment.enrol("North", roster, Numbers())
    assert enrolment.enrol("North", roster, numbers) is numbers
    enrolment.enrol("North", of("a"), Numbers())
    assert len(told) == 1


def test_that_a_sensor_that_measures_more_is_another() -> None:
    enrolment = Enrolment(Roster(), lambda _roster: None)
    enrolment.enrol("North", of("a"), Numbers())
    enrolment.enrol("North", of("a", channels=(SPEED, FLOW)), Numbers())
    assert [sensor.key for sensor in enrolment.roster.sensors] == ["a", "North/a"]
    assert enrolment.roster.sensors[1].channels == ("speed", "flow")


def test_that_a_channel_in_another_unit_is_another() -> None:
    enrolment = Enrolment(of("a"), lambda _roster: None)
    miles = Channel("speed", "traffic", "Speed", "mph")
    numbers = enrolment.enrol("South", of("z", channels=(miles,)), Numbers())
    assert enrolment.roster.sensors[1].channels == ("South/speed",)
    assert enrolment.roster.channels[1].unit == "mph"
    assert numbers.channel.tolist() == [1, -1]


def test_that_a_layer_is_as_real_as_its_least_real_feed_and_names_all_owners() -> None:
    enrolment = Enrolment(of("a"), lambda _roster: None)
    enrolment.enrol("Play", of("z", layer=Layer("traffic", "Traffic", "simulated", owner="Lab")), Numbers())
    enrolment.enrol("Play", of("z", layer=Layer("traffic", "Traffic", "simulated", owner="Lab")), Numbers())
    (layer,) = enrolment.roster.layers
    assert (layer.origin, layer.owner) == ("simulated", "City; Lab")


@given(st.lists(st.tuples(st.sampled_from("NS"), st.lists(st.sampled_from("abcdef"), max_size=4, unique=True))))
def test_that_numbers_stay_and_every_feed_has_its_own_sensors(joins: list[tuple[str, list[str]]]) -> None:
    told: list[Roster] = [Roster()]
    enrolment = Enrolment(Roster(), told.append)
    numbers = {feed: Numbers() for feed in "NS"}
    keys: dict[str, list[str]] = {feed: [] for feed in "NS"}
    for feed, more in joins:
        keys[feed] = [*dict.fromkeys([*keys[feed], *more])]
        numbers[feed] = enrolment.enrol(feed, of(*keys[feed]), numbers[feed])
    rows = np.concatenate([numbers[feed].sensor[:-1] for feed in "NS"])
    assert sorted(rows.tolist()) == list(range(len(enrolment.roster.sensors)))
    for feed in "NS":
        found = [enrolment.roster.sensors[row].key for row in numbers[feed].sensor[:-1].tolist()]
        assert [key.removeprefix(f"{feed}/") for key in found] == keys[feed]
    for before, after in pairwise(told):
        assert after.sensors[: len(before.sensors)] == before.sensors
