"""Vehicles of public transport, and messages that tell of none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Feeds, says
from google.protobuf import text_format
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, SAMPLES, heard, opened, sound, table

from twin.history import LiveHistory
from twin.sources.gathering import Gathering, layers_of
from twin.sources.gtfs_rt import LAYER, Vehicles, channels
from twin.sources.source import Connection, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = int(time.time())


def message(*vehicles: dict[str, Any], t: int = NOW) -> bytes:
    feed = FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = t
    for number, told in enumerate(vehicles):
        entity = feed.entity.add(id=f"e{number}")
        entity.vehicle.vehicle.id = told.get("id", "")
        entity.vehicle.vehicle.label = told.get("label", "")
        entity.vehicle.trip.route_id = told.get("route", "")
        if "t" in told:
            entity.vehicle.timestamp = told["t"]
        if "lon" in told:
            entity.vehicle.position.longitude = told["lon"]
            entity.vehicle.position.latitude = told["lat"]
        for name in ("speed", "bearing"):
            if name in told:
                setattr(entity.vehicle.position, name, told[name])
    return bytes(feed.SerializeToString())


TRAM = {"id": "40/100", "route": "4", "label": "Munkkiniemi", "lon": 24.94, "lat": 60.17}


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


def source_of(server: Feeds) -> Any:
    return opened("gtfs_rt", f"gtfsrt+{server.url}/vehicles.pb")


def test_that_vehicles_are_sensors_that_move(server: Feeds) -> None:
    server.routes["/vehicles.pb"] = says(
        message(TRAM | {"t": NOW - 3, "speed": 10.0, "bearing": 90.0}, {"id": "far", "lon": 2.0, "lat": 48.0}),
        kind="application/x-protobuf",
    )
    source = source_of(server)
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings) == [
        ("40/100", "vehicle_speed", NOW - 3, NOW - 3, 36.0),
        ("40/100", "vehicle_heading", NOW - 3, NOW - 3, 90.0),
    ]
    assert told.readings.lon == pytest.approx([24.94, 24.94], abs=1e-5)
    (sensor,) = source.roster.sensors
    assert (sensor.name, sensor.layer) == ("4 Munkkiniemi", LAYER)
    history = LiveHistory(source.roster)
    taken, _rejects = history.add(told.readings)
    assert len(taken) == 2
    sound(source.roster, told.readings)


def test_that_a_speed_that_nobody_tells_is_estimated_from_the_way(server: Feeds) -> None:
    later = TRAM | {"lon": 24.942, "t": NOW}
    server.script = [says(message(TRAM | {"t": NOW - 20})), says(message(later)), says(message(later))]
    source = source_of(server)
    assert not len(heard(source).readings)
    told = heard(source)
    ((_sensor, _channel, _start, _end, kmh),) = table(source.roster, told.readings)
    assert kmh == pytest.approx(111.0 / 20 * 3.6, rel=0.02)
    assert told.readings.quality.tolist() == [2]
    assert not len(heard(source).readings)


def test_that_vehicles_without_a_place_or_a_name_of_their_own_are_no_trouble(server: Feeds) -> None:
    server.routes["/vehicles.pb"] = says(
        message({"id": "lost"}, {"lon": 24.94, "lat": 60.17, "speed": 5.0}, TRAM | {"lon": 0, "lat": 0})
    )
    source = source_of(server)
    told = heard(source)
    assert told.error is None
    assert [one[0] for one in table(source.roster, told.readings)] == ["e1"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html>no</html>", "not GTFS-Realtime"),
        (message(TRAM)[:-5], "not GTFS-Realtime"),
        (b"", ""),
    ],
)
def test_that_what_is_no_message_is_one_sentence(server: Feeds, body: bytes, sentence: str) -> None:
    server.routes["/vehicles.pb"] = says(body)
    error = heard(source_of(server)).error
    if sentence:
        assert isinstance(error, Trouble)
        assert sentence in str(error)


def taken(body: bytes) -> Gathering:
    layers = layers_of(Connection("A feed", "", ""), [LAYER], title="Public transport")
    gathering = Gathering(HERE, layers, margin_m=500, channels=channels())
    Vehicles(gathering).take(body, "here")
    return gathering


@given(st.binary(max_size=60), st.integers(0, 200))
def test_that_damaged_messages_are_vehicles_or_a_sentence(wound: bytes, at: int) -> None:
    whole = message(TRAM | {"t": NOW, "speed": 10.0, "bearing": 90.0}, TRAM | {"id": "b", "t": NOW, "speed": 1.0})
    at = min(at, len(whole))
    try:
        gathering = taken(whole[:at] + wound + whole[at + len(wound) // 2 :])
    except Trouble:
        return
    batch = gathering.batch()
    sound(gathering.roster, batch.readings)


def test_that_a_sample_without_vehicles_says_so() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    feed = text_format.Parse((SAMPLES / "gtfs_rt_trip_updates.asciipb").read_text(), FeedMessage())
    with pytest.raises(Trouble, match="look for its vehicle positions"):
        taken(feed.SerializeToString())
