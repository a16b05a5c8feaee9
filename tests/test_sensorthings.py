"""SensorThings services as they answer, and as they do not."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Asked, Feeds, cut_off, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import BOX, HERE, SAMPLES, heard, mutated, opened, sound, table, values

from twin.model import TwinError
from twin.sources.gathering import Gathering, layers_of
from twin.sources.geometry import spot_of
from twin.sources.moments import moment, written
from twin.sources.sensorthings import SensorThings, own_words, root_of
from twin.sources.source import Connection, Trouble
from twin.sources.vocabulary import channel_named, unit_named

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

NOW = 60.0 * (time.time() // 60)


class Service:
    """A small SensorThings service: one thing with streams, observations in pages of two, a name of its own."""

    def __init__(self) -> None:
        self.observed: dict[int, list[tuple[float, Any]]] = {
            19: [(NOW - 60 * back, 20.0 + back) for back in (3, 2, 1, 0)],
            21: [(NOW, 300.0)],
        }
        self.filters = True
        self.place: Any = {"type": "Point", "coordinates": [24.94, 60.17]}

    def stream(self, number: int, name: str, symbol: str, since: float | None, skip: int = 0) -> dict[str, Any]:
        rows = sorted(self.observed[number])
        rows = rows[-1:] if since is None else [row for row in rows if row[0] > since]
        link = f"Datastreams({number})/Observations?$filter=phenomenonTime+gt+{written(since or 0)}&$skip={skip + 2}"
        more = {"Observations@iot.nextLink": f"http://internal.example:8080/FROST/v1.1/{link}"}
        return {
            "@iot.id": number, "name": name, "unitOfMeasurement": {"name": name, "symbol": symbol, "definition": ""},
            "ObservedProperty": {"name": name, "definition": f"http://example.org/{name}"},
            "Observations": [
                {"phenomenonTime": written(t), "resultTime": None, "result": value}
                for t, value in rows[skip : skip + 2]
            ],
            **(more if len(rows) > skip + 2 else {}),
        }  # fmt: skip

    def things(self, asked: Asked) -> Any:
        expand = asked.params["$expand"]
        if not self.filters and ("$filter" in asked.params or "$filter" in expand):
            return says({"code": 501, "message": "Not implemented"}, 501)
        found = re.search(r"phenomenonTime gt ([^;]+);", expand)
        since = moment(found[1]) if found else None
        first = {
            "@iot.id": 17, "name": "Kamppi", "description": "a mast",
            "Locations": [{"location": self.place}],
            "Datastreams": [
                self.stream(19, "Air temperature", "degC", since), self.stream(21, "Vehicles", "veh/h", since),
                {"@iot.id": 5, "name": "Battery", "ObservedProperty": {"name": "Battery"}, "Observations": []},
            ],
        }  # fmt: skip
        far = first | {"@iot.id": 18, "Locations": [{"location": {"type": "Point", "coordinates": [2.0, 48.0]}}]}
        return says({"value": [first], "@iot.nextLink": "http://internal.example:8080/FROST/v1.1/Page2?$skip=1"}
                    if "$skip" not in asked.params else {"value": [far]})  # fmt: skip

    def more(self, asked: Asked) -> Any:
        since = moment(asked.params["$filter"].rpartition(" ")[2])
        stream = self.stream(19, "", "", since, int(asked.params["$skip"]))
        more = {"@iot.nextLink": link} if (link := stream.get("Observations@iot.nextLink")) else {}
        return says({"value": stream["Observations"], **more})


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def server(service: Service) -> Iterator[Feeds]:
    with Feeds() as found:
        found.routes["/sta/v1.1/Things"] = service.things
        found.routes["/sta/v1.1/Page2"] = says({"value": []})
        found.routes["/sta/v1.1/Datastreams(19)/Observations"] = service.more
        yield found


def source_of(server: Feeds, **how: Any) -> Any:
    return opened("sensorthings", f"sta+{server.url}/sta/v1.1", properties="Vehicles = flow", **how)


def test_that_things_near_the_district_tell_their_newest(server: Feeds) -> None:
    source = source_of(server)
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings) == [
        ("17", "temperature", NOW, NOW, 20.0),
        ("17", "flow", NOW, NOW, 300.0),
    ]
    (sensor,) = source.roster.sensors
    assert (sensor.name, sensor.lon, sensor.lat) == ("Kamppi", 24.94, 60.17)
    assert f"POLYGON (({BOX[0]:.2f}"[:12] in server.asked[0].params["$filter"]
    assert server.paths == ["/sta/v1.1/Things", "/sta/v1.1/Page2"]
    sound(source.roster, told.readings)


def test_that_what_was_observed_meanwhile_is_asked_for_page_by_page(server: Feeds) -> None:
    source = source_of(server)
    told = heard(source, since_s=NOW - 300)
    assert told.error is None
    temperatures = [one[3:] for one in table(source.roster, told.readings) if one[1] == "temperature"]
    assert sorted(temperatures) == [(NOW - 180, 23.0), (NOW - 120, 22.0), (NOW - 60, 21.0), (NOW, 20.0)]
    assert not told.batches[0].missed


def test_that_the_next_question_is_for_what_is_new(server: Feeds, service: Service) -> None:
    source = source_of(server)
    heard(source)
    service.observed[19] += [(NOW + 1, 19.0), (NOW + 2, 18.0)]
    more = heard(source, since_s=NOW)
    assert [one[4] for one in table(source.roster, more.readings)] == [23.0, 22.0, 21.0, 19.0, 18.0]
    assert len(source.roster.sensors) == 1


def test_that_what_a_broken_question_owes_is_asked_again(server: Feeds) -> None:
    source = source_of(server)
    whole = server.routes["/sta/v1.1/Page2"]
    server.routes["/sta/v1.1/Page2"] = cut_off
    told = heard(source, lambda _told: False, since_s=NOW - 7200)
    assert isinstance(told.error, Trouble)
    assert len(told.readings) == 5
    server.routes["/sta/v1.1/Page2"] = whole
    assert heard(source, since_s=NOW).error is None
    asked = [one for one in server.asked if one.path.endswith("Things")]
    assert asked[1].params == asked[0].params
    heard(source, since_s=NOW)
    asked = [one for one in server.asked if one.path.endswith("Things")]
    assert asked[2].params != asked[0].params


def test_that_a_service_which_cannot_filter_is_asked_without(server: Feeds, service: Service) -> None:
    service.filters = False
    source = source_of(server)
    told = heard(source, since_s=NOW - 300)
    assert told.error is None
    assert values(source.roster, told.readings) == {("17", "temperature"): 20.0, ("17", "flow"): 300.0}
    assert len(heard(source).batches) == 1
    assert len(server.asked) == 1 + 2 + 2


def test_that_a_thing_without_a_place_stands_where_its_stream_observes(server: Feeds, service: Service) -> None:
    area, service.place = service.place, None
    plain = service.stream
    service.stream = lambda *how: plain(*how) | {"observedArea": area}  # type: ignore[method-assign]
    source = source_of(server)
    assert heard(source).error is None
    assert source.roster.lonlat.tolist() == [[24.94, 60.17]]


def test_that_pages_without_end_and_other_services_are_told(server: Feeds) -> None:
    server.routes["/sta/v1.1/Page2"] = says({"value": [], "@iot.nextLink": "Page2"})
    error = heard(source_of(server)).error
    assert isinstance(error, Trouble)
    assert "without end" in str(error)
    server.routes["/sta/v1.1/Things"] = says({"items": []})
    error = heard(source_of(server)).error
    assert "not of a SensorThings service" in str(error)


@pytest.mark.parametrize(
    ("address", "root"),
    [
        ("sta+https://example.org/FROST-Server/v1.1", "https://example.org/FROST-Server/v1.1"),
        ("sta+https://example.org/FROST-Server/v1.0/Things?$top=5", "https://example.org/FROST-Server/v1.0"),
        ("sta+http://example.org:8080/sta/", "http://example.org:8080/sta/v1.1"),
    ],
)
def test_that_the_root_and_its_version_are_found(address: str, root: str) -> None:
    assert root_of(address)[0] == root


def test_that_a_version_that_is_not_known_is_told() -> None:
    with pytest.raises(TwinError, match=r"v2\.0 is not known"):
        opened("sensorthings", "sta+https://example.org/sta/v2.0")


def test_that_names_and_units_of_others_are_known() -> None:
    names = ["PM2.5", "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/NO2", "Ozone", "averageVehicleSpeed", "CO2",
             "Air Temperature", "relative_humidity", "Temperature measurement", "Battery"]  # fmt: skip
    assert [channel_named(name) for name in names] == [
        "pm25", "no2", "o3", "speed", "", "temperature", "humidity", "temperature", "",
    ]  # fmt: skip
    assert [unit_named(unit) for unit in ("degC", "Cel", "GQ", "ug/m3", "furlong")] == [
        "°C", "°C", "µg/m³", "µg/m³", "furlong",
    ]  # fmt: skip


def test_that_own_words_are_read_and_others_refused() -> None:
    assert own_words("Vehicles = flow; Tempo=speed\n") == {"vehicles": "flow", "tempo": "speed"}
    for told in ("Vehicles", "Vehicles = cars", "= flow"):
        with pytest.raises(TwinError, match="says no channel"):
            own_words(told)


def test_that_a_line_is_placed_in_its_middle_with_its_direction() -> None:
    spot = spot_of({"type": "LineString", "coordinates": [[10.0, 0.0], [10.0, 2.0], [10.0, 4.0]]})
    assert (spot.lon, spot.lat, spot.heading_deg) == (10.0, 2.0, 0.0)
    assert spot_of({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]})[:2] == (1.0, 1.0)
    assert spot_of({"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2, 3]}})[:2] == (1.0, 2.0)


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_it(chance: random.Random, share: float) -> None:
    service = Service()
    gathering = Gathering(HERE, layers_of(Connection("A feed", "", ""), ["air"]), margin_m=3000)
    asking = SensorThings("sta+http://127.0.0.1:9/v1.1", HERE, gathering)
    thing = {"@iot.id": 17, "Locations": [{"location": service.place}],
             "Datastreams": [service.stream(19, "Temperature", "K", NOW - 999)]}  # fmt: skip
    asking.take_things(mutated({"value": [thing]}, chance, share))
    batch = gathering.batch()
    sound(gathering.roster, batch.readings)


def test_that_the_sample_of_a_real_service_is_read(server: Feeds) -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    thing = json.loads((SAMPLES / "sensorthings_v1.1_expand_latest.json").read_bytes())
    place = {"Locations": [{"location": {"type": "Point", "coordinates": [24.94, 60.17]}}]}  # which it leaves out
    server.routes["/sta/v1.1/Things"] = says({"value": [thing | place]})
    source = source_of(server)
    told = heard(source)
    t = moment("2020-04-10T16:00:00Z")
    assert table(source.roster, told.readings) == [("17", "temperature", t, t, 4.6), ("17", "humidity", t, t, 40.5)]
    assert source.roster.sensors[0].name == "camping lantern"
