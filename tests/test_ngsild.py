"""Entities of context brokers in both of their forms, and payloads that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Asked, Feeds, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, SAMPLES, heard, mutated, opened, sound, table, values

from twin.readings import Reason
from twin.sources import Where
from twin.sources.gathering import Gathering, layers_of
from twin.sources.moments import moment
from twin.sources.ngsild import entities_of, gather, key_of
from twin.sources.source import Connection, Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

T = moment("2026-11-22T11:10:00Z")


def traffic(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return an observation of traffic as key-values."""
    return {
        "id": f"urn:ngsi-ld:TrafficFlowObserved:TrafficFlowObserved-Helsinki-{number}",
        "type": "TrafficFlowObserved", "averageVehicleSpeed": 52.6, "intensity": 197, "occupancy": 0.76,
        "dateObserved": "2026-11-22T11:10:00/2026-11-22T11:15:00", "dateObservedFrom": "2026-11-22T11:10:00Z",
        "dateObservedTo": "2026-11-22T11:15:00Z", "laneDirection": "forward", "laneId": 1, "reversedLane": False,
        "location": {"type": "LineString", "coordinates": [[24.940, 60.170], [24.942, 60.170]]},
        "address": {"streetAddress": "Mannerheimintie", "type": "PostalAddress"},
    } | more  # fmt: skip


def normalised(entity: dict[str, Any], **units: str) -> dict[str, Any]:
    """Return an entity in the other form."""
    told: dict[str, Any] = {}
    for name, value in entity.items():
        if name in {"id", "type"}:
            told[name] = value
        elif name == "location":
            told[name] = {"type": "GeoProperty", "value": value}
        elif name.startswith("dateObserved") and "/" not in str(value):
            told[name] = {"type": "Property", "value": {"@type": "DateTime", "@value": value}}
        else:
            told[name] = {"type": "Property", "value": value}
            if name in units:
                told[name]["unitCode"] = units[name]
    return told


def air(time: str = "2026-11-22T11:00:00", **more: Any) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:Helsinki-AmbientObserved-28079004-{time}", "type": "AirQualityObserved",
        "no2": 69, "pm25": 8.5, "co": 0.5, "temperature": 12.2, "relativeHumidity": 0.54, "dateObserved": time,
        "location": {"type": "Point", "coordinates": [24.94, 60.17]}, "reliability": 0.3, "precipitation": 0,
    } | more  # fmt: skip


def gathered(*entities: Any, where: Where = HERE) -> tuple[Gathering, Any]:
    gathering = Gathering(where, layers_of(Connection("A feed", "", ""), ["traffic", "air"]), margin_m=1000)
    gather(list(entities), gathering)
    return gathering, gathering.batch()


def test_that_both_forms_tell_the_same() -> None:
    one, first = gathered(traffic())
    other, second = gathered(normalised(traffic()))
    assert str(one.roster) == str(other.roster)
    assert table(one.roster, first.readings) == table(other.roster, second.readings)
    assert sorted(table(one.roster, first.readings)) == [
        ("Helsinki-1/1", "flow", T, T + 300, 2364.0),
        ("Helsinki-1/1", "occupancy", T, T + 300, 76.0),
        ("Helsinki-1/1", "speed", T, T + 300, 52.6),
    ]
    (sensor,) = one.roster.sensors
    assert (round(sensor.lon, 6), sensor.lat, sensor.heading_deg, sensor.name) == (
        24.941,
        60.17,
        90.0,
        "Mannerheimintie",
    )


def test_that_units_are_read_and_a_sensor_keeps_its_name_though_each_observation_has_its_own() -> None:
    later = air("2026-11-22T12:00:00", co=0.7, relativeHumidity=55)
    gathering, batch = gathered(normalised(air(), co="GP", no2="GQ"), normalised(later, co="GP"))
    (sensor,) = gathering.roster.sensors
    assert sensor.key == "Helsinki-AmbientObserved-28079004"
    found = [one[4] for one in table(gathering.roster, batch.readings) if one[1] in {"co", "humidity"}]
    assert found == [500.0, 54.0, 700.0, 55.0]
    assert set(batch.readings.quality.tolist()) == {1}
    t = moment("2026-11-22T11:00:00Z")
    assert batch.readings.t_end.min() == t


def test_that_vehicles_of_no_period_are_refused() -> None:
    told = traffic(dateObserved="2026-11-22T11:10:00Z")
    del told["dateObservedFrom"], told["dateObservedTo"]
    gathering, batch = gathered(told)
    assert {one[1] for one in table(gathering.roster, batch.readings)} == {"speed", "occupancy"}
    assert [(one.reason, one.value) for one in batch.rejects.examples] == [(Reason.UNREADABLE, "197")]


def test_that_an_attribute_has_a_time_of_its_own() -> None:
    told = normalised(air())
    told["no2"]["observedAt"] = "2026-11-22T11:30:00Z"
    gathering, batch = gathered(told)
    assert {one[1]: one[3] for one in table(gathering.roster, batch.readings)}["no2"] == moment("2026-11-22T11:30:00Z")


def test_that_swapped_coordinates_are_mended_and_none_refused() -> None:
    swapped = air(location={"type": "Point", "coordinates": [60.17, 24.94]})
    gathering, _batch = gathered(swapped)
    assert gathering.roster.lonlat.tolist() == [[24.94, 60.17]]
    assert gathering.swapped == 1
    gathering, batch = gathered(air(location=None))
    assert batch.rejects.counts == {Reason.IMPOSSIBLE_PLACE: 1}


def test_that_notifications_hold_entities_over_http_and_mqtt() -> None:
    notification = {"id": "urn:n:1", "type": "Notification", "notifiedAt": "x", "data": [traffic(), air()]}
    for told in (notification, {"metadata": {"Content-Type": "application/json"}, "body": notification}):
        assert [one["type"] for one in entities_of(told)] == ["TrafficFlowObserved", "AirQualityObserved"]
    assert entities_of(traffic()) == [traffic()]
    assert entities_of(None) == []
    assert key_of({"id": "urn:ngsi-ld:AirQualityObserved:A-2026-11-22T11:00:00Z"}) == "A"


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


def test_that_a_broker_is_asked_by_type_place_tenant_and_page(server: Feeds) -> None:
    def entities(asked: Asked) -> Any:
        first = int(asked.params["offset"])
        return says([traffic(number) for number in range(first, min(first + int(asked.params["limit"]), 220))])

    server.routes["/ngsi-ld/v1/entities"] = entities
    source = opened("ngsild", f"ngsild+{server.url}/ngsi-ld/v1", tenant="city", context="https://example.org/c.jsonld")
    told = heard(source)
    assert told.error is None
    assert len(source.roster.sensors) == 220
    first = server.asked[0]
    assert first.params["type"] == "TrafficFlowObserved,AirQualityObserved"
    assert first.params["georel"] == "within"
    assert len(json.loads(first.params["coordinates"])[0]) == 5
    assert first.headers["ngsild-tenant"] == "city"
    assert first.headers["link"].startswith("<https://example.org/c.jsonld>;")
    assert [asked.params["offset"] for asked in server.asked] == ["0", "100", "200"]


def test_that_an_answer_without_entities_is_told(server: Feeds) -> None:
    server.routes["/ngsi-ld/v1/entities"] = says({"title": "hello"})
    error = heard(opened("ngsild", f"ngsild+{server.url}/ngsi-ld/v1")).error
    assert isinstance(error, Trouble)
    assert "not entities" in str(error)


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_it(chance: random.Random, share: float) -> None:
    told = mutated([traffic(), normalised(air(), co="GP")], chance, share)
    gathering, batch = gathered(*entities_of(told))
    sound(gathering.roster, batch.readings)


def test_that_samples_of_the_data_models_are_read() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return

    def read(name: str, box: Any) -> Any:
        gathering, batch = gathered(*entities_of(json.loads((SAMPLES / name).read_bytes())), where=Where("There", box))
        sound(gathering.roster, batch.readings)
        return values(gathering.roster, batch.readings)

    valladolid, madrid = (-4.75, 41.64, -4.72, 41.67), (-3.72, 40.41, -3.70, 40.43)
    key = "Valladolid-osm-60821110/1"
    for form in ("keyvalues", "normalized"):
        found = read(f"ngsild_TrafficFlowObserved_{form}.jsonld", valladolid)
        assert found == {(key, "speed"): 52.6, (key, "flow"): 2364.0, (key, "occupancy"): 76.0}
        found = read(f"ngsild_AirQualityObserved_{form}.jsonld", madrid)
        station = "Madrid-AmbientObserved-28079004"
        assert found[station, "no2"] == 69
        assert found[station, "humidity"] == 54
    nice = read("ngsild_ElectroMagneticObserved_keyvalues.jsonld", (7.19, 43.66, 7.20, 43.67))
    assert nice == {}
