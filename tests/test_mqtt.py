"""Feeds from a real broker: our own convention and anybody's, both versions, and what is no reading."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

import pytest
from brokers import PASSWORD, USER, until
from hypothesis import given
from hypothesis import strategies as st
from played import SPEED, WHERE, T, sensor
from published import obs, publishing, watching

from twin.live import testing
from twin.model import TwinError
from twin.readings import Reason
from twin.sources import Connection, mqtt, open_source
from twin.sources.convention import OFFLINE, ONLINE, Topic, encode_sensor
from twin.sources.hearing import Message, address_of
from twin.sources.mqtt import _is_filter

if TYPE_CHECKING:
    from brokers import Broker
    from certificates import Authority

pytest_plugins = ["brokers"]

AIR = """
title = "Anybody's air"
[time]
columns = ["at"]
[sensor]
columns = ["topic.2"]
name = ["name"]
[place]
lon = "place.0"
lat = "place.1"
[[measured]]
column = "pm2.5"
channel = "pm25"
unit = "µg/m³"
"""


@pytest.mark.parametrize("version", ["", "5", "3.1.1"])
def test_that_our_own_topics_become_readings_with_their_sensors(broker: Broker, version: str) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a", "b/1")
        watcher.add(broker.url, version=version)
        until(lambda: watcher.word in {"receiving", "silent"})
        publisher.read("a", 41.0, 42.0)
        publisher.read("b/1", 43.0)
        until(lambda: len(watcher.values) == 3)
        history = watcher.desk.history
        assert [one.key for one in history.roster.sensors] == ["a", "b/1"]
        assert (history.roster.sensors[0].lon, history.roster.sensors[0].lat) == (24.95, 60.15)
        assert history.roster.layers[0].owner == "City"
        assert sorted(watcher.values) == [41.0, 42.0, 43.0]
        assert not watcher.desk.rejects.total


def test_that_a_sensor_that_introduces_itself_late_loses_nothing(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        watcher.add(broker.url)
        until(lambda: watcher.word != "connecting")
        publisher.read("a", 41.0)
        publisher.introduce("a")
        until(lambda: watcher.values == [41.0])
        assert watcher.desk.history.roster.sensors[0].lon == 24.95


def test_that_a_sensor_that_never_introduces_itself_is_taken_without_a_place(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        watcher.add(broker.url)
        until(lambda: watcher.word != "connecting")
        publisher.read("a", 41.0)
        until(lambda: watcher.values == [41.0])
        (one,) = watcher.desk.history.roster.sensors
        assert one.lon != one.lon
        assert watcher.desk.history.roster.channels[0].unit == "km/h"


def test_that_the_same_key_in_two_layers_is_two_sensors(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        channel = {"key": "speed", "title": "Wind", "unit": "m/s"}
        publisher.say(Topic("meta", "Mitte", "weather", "a"), json.dumps({"channels": [channel]}).encode(), retain=True)
        watcher.add(broker.url)
        until(lambda: len(watcher.live.states()[0:1]) and watcher.live.states()[0].sensors == 2)
        publisher.read("a", 41.0)
        publisher.say(Topic("obs", "Mitte", "weather", "a"), obs(3.0))
        until(lambda: len(watcher.values) == 2)
        roster = watcher.desk.history.roster
        found = {one.layer: one for one in roster.sensors}
        assert {one.key for one in roster.sensors} in ({"a", "weather/a"}, {"a", "traffic/a"})
        keys = [found[layer].channels[0] for layer in ("traffic", "weather")]
        assert [roster.channels[roster.channel_rows[key]].unit for key in keys] == ["km/h", "m/s"]


def test_that_anybodys_topics_are_read_by_a_mapping(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        connection = Connection("Air", "mqtt", f"{broker.url}/city/+/+/air", mapping=AIR)
        watcher.live.add(connection)
        until(lambda: watcher.word != "connecting")
        at = "2024-11-12T08:00:00Z"
        told = {"at": at, "pm2.5": 12.5, "name": "Market", "place": [24.95, 60.15]}
        publisher.say("city/x/s1/air", json.dumps(told).encode())
        publisher.say("city/x/s2/air", json.dumps(told | {"pm2.5": "nan", "place": [60.15, 24.95]}).encode())
        publisher.say("city/x/s2/air", json.dumps(told | {"pm2.5": 14.0, "place": [60.15, 24.95]}).encode())
        publisher.say("city/x/s3/air", b'{"at": "2024-')
        until(lambda: watcher.values == [12.5, 14.0] and watcher.desk.rejects.total == 1)
        found = [(one.key, one.name, one.lon) for one in watcher.desk.history.roster.sensors]
        assert found == [("s1", "Market", 24.95), ("s2", "Market", 24.95)]
        assert watcher.desk.rejects.counts == {Reason.UNREADABLE: 1}
        assert watcher.desk.rejects.examples[0].where == "city/x/s3/air"


def test_that_what_is_no_reading_is_counted_and_the_rest_is_taken(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url, topic="twin/#, other/+")
        until(lambda: watcher.word != "connecting")
        for payload in (b"{", b"\xff\x00", b'{"t": 1, "values": {"a": [1, 2]}}', b"", b"[" * 5000):
            publisher.say(Topic("obs", "Mitte", "traffic", "a"), payload)
        publisher.say(Topic("meta", "Mitte", "traffic", "b"), b"{}")
        publisher.say("other/thing", b"1")
        publisher.say(Topic("obs", "Mitte", "traffic", "a"), b'{"t": 1731398400, "values": {"mood": 1, "speed": 900}}')
        publisher.say(Topic("obs", "Mitte", "traffic", "a"), b" " * 1_100_000)
        publisher.read("a", 41.0, t=T + 5)
        until(lambda: watcher.values == [41.0])
        assert watcher.desk.rejects.counts == {
            Reason.UNREADABLE: 8, Reason.UNKNOWN_CHANNEL: 1, Reason.OUT_OF_RANGE: 1,
        }  # fmt: skip
        assert watcher.word in {"receiving", "silent"}


def test_that_a_sensor_that_moved_is_another_one(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: watcher.live.states()[0].sensors == 1)
        publisher.introduce("a")  # the very same: nothing new
        moved = encode_sensor(sensor("a", 24.96), {"speed": SPEED})
        publisher.say(Topic("meta", "Mitte", "traffic", "a"), moved, retain=True)
        publisher.read("a", 41.0)
        until(lambda: watcher.values == [41.0])
        roster = watcher.desk.history.roster
        assert [(one.key, one.lon) for one in roster.sensors] == [("a", 24.95), ("traffic/a", 24.96)]


def test_that_a_publisher_that_goes_is_told_and_its_return_too(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        watcher.add(broker.url)
        until(lambda: watcher.word != "connecting")
        publisher.introduce("a")
        publisher.read("a", 41.0, t=time.time())
        publisher.say(Topic("status", "Mitte"), OFFLINE, retain=True)
        until(lambda: watcher.notice() == "Roads: Whoever publishes Mitte has gone offline.")
        publisher.say(Topic("status", "Mitte"), ONLINE, retain=True)
        until(lambda: watcher.notice() == "")


def test_that_tls_with_an_own_authority_and_a_password_is_used(secured: Broker, authority: Authority) -> None:
    with publishing(secured, authority=authority) as publisher, watching(password=PASSWORD) as watcher:
        publisher.introduce("a")
        watcher.add(secured.url, authority=str(authority.path))
        until(lambda: watcher.word != "connecting")
        publisher.read("a", 41.0)
        until(lambda: watcher.values == [41.0])
        assert watcher.live.feeds[0].connection.user == USER


def test_that_a_client_shows_its_certificate(certified: Broker, authority: Authority) -> None:
    shown = authority.client("desk")
    with publishing(certified, authority=authority, shown=authority.client("road")) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(
            certified.url, authority=str(authority.path), certificate=str(shown.certificate), key=str(shown.key)
        )
        until(lambda: watcher.word != "connecting")
        publisher.read("a", 41.0)
        until(lambda: watcher.values == [41.0])


def test_that_a_connection_is_tried_out_at_a_real_broker(broker: Broker) -> None:
    with publishing(broker) as publisher:
        publisher.introduce("a", "b")
        publisher.say(Topic("obs", "Mitte", "traffic", "a"), obs(41.0, t=time.time() - 40), retain=True)
        found = testing.tested(
            Connection("Roads", "mqtt", broker.url), WHERE, lambda _key: "", threading.Event(), more_s=0.2
        )
        assert found.sentence in {
            f"2 sensors inside this district, newest reading {age}\u202fs ago." for age in range(40, 60)
        }


def test_that_a_number_that_comes_again_with_something_else_is_another_message() -> None:
    numbers = mqtt._Open()
    first = Message("city/a", b"1", False, 7)
    assert numbers.is_new(first)
    numbers.until_safe((7,))()
    assert [*numbers.safe] == [7]
    numbers.safe.clear()
    numbers.begin()  # the connection broke
    assert not numbers.is_new(first._replace(again=True))  # its acknowledgement got lost
    assert [*numbers.safe] == [7]
    numbers.safe.clear()
    numbers.begin()  # 65,535 messages later the number is used again, and the message gets lost the first time
    assert numbers.is_new(first._replace(payload=b"2", again=True))
    assert not numbers.safe


def test_that_trying_out_a_feed_leaves_the_one_at_work_alone(broker: Broker) -> None:
    connection = Connection("Roads", "mqtt", broker.url, {"client": "desk"})
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.live.add(connection)
        until(lambda: watcher.word != "connecting")
        publisher.say(Topic("obs", "Mitte", "traffic", "a"), obs(41.0, t=time.time() - 40), retain=True)
        until(lambda: watcher.values == [41.0])
        assert testing.tested(connection, WHERE, lambda _key: "", threading.Event(), more_s=0.2).good
        assert watcher.live.states()[0].last_error == ""
    assert broker.log.count("as desk ") == 1


@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        (Connection("R", "mqtt", "mqtt://"), "is written like mqtts://host:8883"),
        (Connection("R", "mqtt", "mqtt://host:99999"), "it cannot be mqtt://host:99999"),
        (Connection("R", "mqtt", "mqtt://host/a/#/b"), "a/#/b is no topic"),
        (Connection("R", "mqtt", "mqtt://host/a+"), r"a\+ is no topic"),
        (Connection("R", "mqtt", "mqtt://host", mapping="x = 1"), "needs a topic"),
        (Connection("R", "mqtt", "mqtt://host", {"keepalive": "0"}), "must be a number from 1 to 3600"),
        (Connection("R", "mqtt", "mqtt://host", {"version": "4"}), "has 4 as its MQTT version; it can be"),
        (Connection("R", "mqtt", "mqtts://host", {"authority": "/no/such.pem"}), "There is no file /no/such.pem"),
        (Connection("R", "mqtt", "mqtts://host", {"certificate": "/no/such.pem"}), "There is no file /no/such.pem"),
    ],
)
def test_that_a_wrong_connection_is_told_before_connecting(connection: Connection, sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        open_source(connection, WHERE, lambda _key: "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mqtt://host", ("host", 1883, False, "")),
        ("MQTTS://host:1/twin/+/#", ("host", 1, True, "twin/+/#")),
        ("mqtts://ann@[::1]:8884/a?b#c", ("::1", 8884, True, "a?b#c")),
        ("mqtt://[fe80::2]/x", ("fe80::2", 1883, False, "x")),
    ],
)
def test_that_an_address_names_host_port_and_topic(text: str, expected: tuple[str, int, bool, str]) -> None:
    assert address_of(text) == expected


@given(st.text(alphabet="ab/+#\0", max_size=8))
def test_that_filters_are_what_the_standard_says(topic: str) -> None:
    levels = topic.split("/")
    plain = all(level in {"+", "#"} or not {"+", "#"} & {*level} for level in levels)
    assert _is_filter(topic) == (plain and "#" not in levels[:-1] and "\0" not in topic)


def test_that_a_desk_of_its_own_name_is_kept_by_the_broker() -> None:
    source = mqtt.SOURCE.open(Connection("R", "mqtt", "mqtt://h", {"client": "desk"}), WHERE, lambda _key: "")
    assert isinstance(source, mqtt.Mqtt)
    assert source._line.broker.lasting
