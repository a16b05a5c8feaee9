"""OpenAQ as it answers, and as it does not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Asked, Feeds, busy, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, SAMPLES, heard, mutated, opened, sound, table, values

from twin.model import TwinError
from twin.readings import Reason
from twin.sources import Where
from twin.sources.gathering import Gathering, layers_of, rows
from twin.sources.moments import moment, written
from twin.sources.openaq import OpenAQ, conditions_of
from twin.sources.source import Connection, Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

KEY = "k3y"
NOW = 3600.0 * (time.time() // 3600)


def station(number: int, *, lon: float = 24.94, lat: float = 60.17, **more: Any) -> dict[str, Any]:
    """Return a station with its sensors, in the shape in which the API sends it."""
    sensors = [
        {"id": number * 10 + at, "name": f"{name} {unit}", "parameter": {"id": at, "name": name, "units": unit}}
        for at, (name, unit) in enumerate([("no2", "ppm"), ("pm25", "µg/m³"), ("nox", "ppm"), ("pm25", "µg/m³")])
    ]
    return {
        "id": number, "name": f"Station {number}", "isMobile": False, "isMonitor": True, "sensors": sensors,
        "owner": {"id": 4, "name": "City"}, "provider": {"id": 119, "name": "AirNow"}, "country": {"code": "FI"},
        "coordinates": {"latitude": lat, "longitude": lon}, "licenses": [{"name": "CC BY 4.0"}],
    } | more  # fmt: skip


def latest(number: int, t: float, *values: float) -> dict[str, Any]:
    return {"meta": {}, "results": [
        {"datetime": {"utc": written(t), "local": "x"}, "value": value, "sensorsId": number * 10 + at,
         "locationsId": number, "coordinates": {"latitude": 60.17, "longitude": 24.94}}
        for at, value in enumerate(values)
    ]}  # fmt: skip


def hours(first: float, *values: float) -> dict[str, Any]:
    at_s = [first + 3600 * number for number in range(len(values) + 1)]
    return {"meta": {}, "results": [
        {"value": value, "parameter": {"name": "no2", "units": "ppm"}, "period": {
            "datetimeFrom": {"utc": written(at_s[at])}, "datetimeTo": {"utc": written(at_s[at + 1])},
        }}
        for at, value in enumerate(values)
    ]}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        found.routes["/v3/locations"] = says(
            {
                "results": [
                    station(1),
                    station(2, lon=60.171, lat=24.941),
                    station(3, isMobile=True),
                    station(4, lon=2.0),
                ]
            }
        )
        found.routes["/v3/locations/1/latest"] = says(latest(1, NOW, 0.02, 7.5, 0.1, 8.5))
        found.routes["/v3/locations/2/latest"] = says(latest(2, NOW, 0.04, -999.0))
        yield found


def source_of(server: Feeds, **how: Any) -> Any:
    return opened("openaq", f"openaq+{server.url}/v3", secrets={"key": KEY}, **how)


def test_that_stations_in_the_box_tell_their_latest_in_our_units(server: Feeds) -> None:
    source = source_of(server)
    told = heard(source)
    assert told.error is None
    found = values(source.roster, told.readings)
    assert found["1", "no2"] == pytest.approx(0.02e-6 * 46.0055 / (8.314462618 * 293.0 / 101_325) * 1e6, rel=1e-6)
    assert found["1", "pm25"] == 7.5
    assert found["1/13", "pm25"] == 8.5
    two = next(sensor for sensor in source.roster.sensors if sensor.key == "2")
    assert (two.lon, two.lat) == (24.941, 60.171)
    assert not [sensor for sensor in source.roster.sensors if sensor.key in {"3", "4"}]
    assert dict(two.detail)["terms"] == "CC BY 4.0"
    asked = server.asked[0]
    assert asked.headers["x-api-key"] == KEY
    assert len(asked.params["bbox"].split(",")) == 4
    assert set(server.paths) == {"/v3/locations", "/v3/locations/1/latest", "/v3/locations/2/latest"}


def test_that_what_was_measured_meanwhile_is_asked_for(server: Feeds) -> None:
    def measured(asked: Asked) -> Any:
        assert moment(asked.params["datetime_from"]) == NOW - 7200
        assert moment(asked.params["datetime_to"]) == NOW
        return says(hours(NOW - 3 * 3600, 0.01, 0.015, 0.02))

    for sensor in (10, 11, 13, 20, 21):
        server.routes[f"/v3/sensors/{sensor}/measurements"] = measured
    source = source_of(server)
    told = heard(source, since_s=NOW - 7200)
    assert told.error is None
    times = [(one[2], one[3]) for one in table(source.roster, told.readings) if one[:2] == ("1", "no2")]
    assert sorted(times) == [(NOW - 7200, NOW - 3600), (NOW, NOW)]
    assert not told.batches[0].missed


def test_that_hours_which_are_told_at_once_are_all_taken(server: Feeds) -> None:
    source = source_of(server)
    heard(source)
    server.routes["/v3/locations/1/latest"] = says(latest(1, NOW + 3 * 3600, 0.05))
    server.routes["/v3/sensors/10/measurements"] = says(hours(NOW, 0.02, 0.03, 0.05))
    more = heard(source)
    assert sorted(one[3] - NOW for one in table(source.roster, more.readings)) == [3600, 7200, 10_800]


def test_that_a_limit_is_obeyed_and_the_round_goes_on_after_it(server: Feeds) -> None:
    server.routes["/v3/locations/1/latest"] = says(
        latest(1, NOW, 0.02), X_RateLimit_Remaining="0", X_RateLimit_Reset="50"
    )
    source = source_of(server)
    told = heard(source, lambda _told: False)
    assert isinstance(told.error, Trouble)
    assert told.error.retry_s is not None
    assert 40 < told.error.retry_s <= 50
    assert list(values(source.roster, told.readings)) == [("1", "no2")]
    more = heard(source)
    assert server.paths == ["/v3/locations", "/v3/locations/1/latest", "/v3/locations/2/latest"]
    assert ("2", "no2") in values(source.roster, more.readings)


@pytest.mark.parametrize(("act", "grave"), [(says({}, 401), True), (busy(9), False), (says("<html>"), False)])
def test_that_trouble_is_one_sentence_without_the_key(server: Feeds, act: Any, grave: bool) -> None:
    server.script = [act]
    error = heard(source_of(server)).error
    assert isinstance(error, Trouble)
    assert error.grave == grave
    assert KEY not in str(error)


def test_that_a_key_is_needed() -> None:
    with pytest.raises(TwinError, match="needs its Key"):
        opened("openaq", "openaq://")


def test_that_gases_are_reduced_as_the_authorities_of_the_place_do() -> None:
    assert [conditions_of(zone) for zone in ("America/Denver", "Asia/Shanghai", "Europe/Paris")] == ["us", "cn", "eu"]


def test_that_an_unknown_unit_is_refused_and_the_rest_taken(server: Feeds) -> None:
    odd = station(1)
    odd["sensors"][1]["parameter"]["units"] = "furlong"
    server.routes["/v3/locations"] = says({"results": [odd]})
    source = source_of(server)
    told = heard(source)
    assert [(one.reason, one.value) for one in told.rejects.examples] == [(Reason.UNREADABLE, "7.5 furlong")]
    assert ("1", "no2") in values(source.roster, told.readings)


def asking(where: Where = HERE) -> OpenAQ:
    gathering = Gathering(where, layers_of(Connection("A feed", "", ""), ["air"]), margin_m=3000)
    return OpenAQ("http://127.0.0.1:9", where, gathering, 600.0)


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_it(chance: random.Random, share: float) -> None:
    source = asking()
    source.take_locations(rows(mutated({"results": [station(1), station(2)]}, chance, share), "results"))
    source._take_latest(mutated(latest(1, NOW, 0.02, 7.5), chance, share), 0.0)
    source.take_measurements("10", mutated(hours(NOW - 7200, 1, 2), chance, share), 0.0, NOW + 1)
    batch = source.gathering.batch()
    sound(source.gathering.roster, batch.readings)


def test_that_samples_of_the_real_service_are_read() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    source = asking(Where("Del Norte", (-106.6, 35.12, -106.57, 35.15), "America/Denver"))
    source.take_locations(json.loads((SAMPLES / "openaq_v3_locations.json").read_bytes())["results"])
    told = json.loads((SAMPLES / "openaq_v3_measurements.json").read_bytes())
    source.take_measurements("3920", told, 0.0, 4e9)
    batch = source.gathering.batch()
    t = moment("2023-10-16T13:00:00Z")
    assert table(source.gathering.roster, batch.readings)[0] == ("2178", "pm25", t - 3600, t, 6.0)
    assert set(source.gathering.roster.sensors[0].channels) == {"so2", "co", "o3", "pm25", "no2", "pm10"}
