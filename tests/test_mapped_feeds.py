"""Anybody's JSON and CSV over HTTP, by a mapping."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Feeds, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, heard, mutated, opened, sound, table

from twin.mapping import Document, from_toml
from twin.model import TwinError
from twin.readings import Reason
from twin.sources import Where
from twin.sources.mapped import Mapped
from twin.sources.moments import moment
from twin.sources.source import Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MAPPING = """
title = "Counters"
records = "counters"

[time]
columns = ["at"]
zone = "UTC"
interval_s = 300
stamp = "end"

[sensor]
columns = ["id"]
name = ["street"]

[place]
lon = "position.x"
lat = "position.y"

[[measured]]
column = "cars"
channel = "flow"
unit = "veh"
missing = ["-1"]

[[measured]]
column = "speed"
channel = "speed"
unit = "m/s"

[[layers]]
key = "traffic"
title = "Traffic"
origin = "measured"
owner = "City of Helsinki"
terms = "CC BY 4.0"
"""
T = moment("2026-11-22T10:00:00Z")


def counter(key: str, cars: Any, speed: Any, at: str = "2026-11-22T10:00:00", **more: Any) -> dict[str, Any]:
    return {"id": key, "street": "Long Street", "at": at, "cars": cars, "speed": speed,
            "position": {"x": 24.94, "y": 60.17}} | more  # fmt: skip


ANSWER = {"counters": [counter("a", 25, 10.0), counter("b", -1, "dataError"), counter("c", "many", 12.5)]}


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


def test_that_a_mapping_reads_an_answer_in_json(server: Feeds) -> None:
    server.routes["/now.json"] = says(ANSWER)
    source = opened("http", f"{server.url}/now.json", mapping=MAPPING)
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings) == [
        ("a", "flow", T - 300, T, 300.0),
        ("a", "speed", T - 300, T, 36.0),
        ("c", "speed", T - 300, T, 45.0),
    ]
    (reject,) = told.rejects.examples
    assert (reject.reason, reject.sensor, reject.value, reject.where) == (
        Reason.NOT_A_NUMBER, "c", "many", "now.json, line 3",
    )  # fmt: skip
    assert [(one.owner, one.source) for one in source.roster.layers] == [("City of Helsinki", "A feed")]
    sound(source.roster, told.readings)


def test_that_what_a_server_repeats_is_told_and_refused_once(server: Feeds) -> None:
    later = {"counters": [*ANSWER["counters"], counter("a", 30, None, "2026-11-22T10:05:00"), counter("b", 7, 8)]}
    server.script = [says(ANSWER), says(ANSWER), says(later)]
    source = opened("http", f"{server.url}/now.json", mapping=MAPPING)
    first = heard(source)
    roster = source.roster
    again = heard(source)
    assert not len(again.readings)
    assert not again.rejects.total
    assert source.roster == roster
    more = heard(source)
    assert [(one[0], one[1]) for one in table(source.roster, more.readings)] == [
        ("a", "flow"), ("b", "flow"), ("b", "speed"),
    ]  # fmt: skip
    assert source.roster.sensors[: len(roster.sensors)] == roster.sensors
    assert len(first.readings) == 3


CSV = "id;street;at;cars;speed;position.x;position.y\na;Long Street;2026-11-22 10:00:00;25;10,5;24,94;60,17\n"


@pytest.mark.parametrize("kind", ["text/csv", "text/plain", "application/octet-stream"])
def test_that_a_table_in_csv_is_read_by_the_same_mapping(server: Feeds, kind: str) -> None:
    server.routes["/now.csv"] = says(CSV, kind=kind, packed=True)
    source = opened("http", f"{server.url}/now.csv", mapping=MAPPING)
    told = heard(source)
    assert told.error is None
    assert table(source.roster, told.readings)[1][4] == 37.8


def test_that_an_answer_that_the_mapping_does_not_fit_is_one_sentence(server: Feeds) -> None:
    for answer, sentence in (
        (says({"counters": [{"id": 1}]}), "No record has anything at “at”"),
        (says("a,b\n1,2\n", kind="text/csv"), "no column"),
        (says("<html>Log in</html>"), "web page"),
    ):
        server.script = [answer]
        told = heard(opened("http", f"{server.url}/now", mapping=MAPPING))
        assert isinstance(told.error, Trouble)
        assert sentence in str(told.error)
        assert "twin-feed-" not in str(told.error)


def test_that_keys_and_passwords_go_where_the_connection_says(server: Feeds) -> None:
    server.routes["/now"] = says(ANSWER)
    for how, header, value in (
        ({"secrets": {"key": "k3y"}}, "authorization", "Bearer k3y"),
        ({"secrets": {"key": "k3y"}, "header": "X-API-Key"}, "x-api-key", "k3y"),
        ({"secrets": {"password": "pä"}, "user": "planner"}, "authorization", "Basic cGxhbm5lcjpww6Q="),
    ):
        heard(opened("http", f"{server.url}/now", mapping=MAPPING, **how))
        assert server.asked[-1].headers[header] == value


def test_that_plain_readings_need_no_mapping(server: Feeds) -> None:
    row = {"time": "2026-11-22T10:00:00Z", "sensor": "a", "lon": 24.94, "lat": 60.17, "channel": "pm25", "value": 8.5}
    server.routes["/now"] = says([row, row | {"channel": "no2", "value": 0.04, "unit": "ppm"}])
    source = opened("http", f"{server.url}/now")
    told = heard(source)
    assert told.error is None
    assert [(one[1], one[3]) for one in table(source.roster, told.readings)] == [("pm25", T), ("no2", T)]
    assert [(one.key, one.layer) for one in source.roster.sensors] == [("a", "air")]
    assert [layer.key for layer in source.roster.layers] == ["air"]


def test_that_a_unit_that_cannot_be_harms_no_other_reading(server: Feeds) -> None:
    row = {"time": "2026-11-22T10:00:00Z", "lon": 24.94, "lat": 60.17, "channel": "pm25", "unit": "µg/m³"}
    other = {"channel": "temperature", "unit": "°C", "value": 4.0}
    rows = [row | {"sensor": "a", "value": 8.5}, row | {"sensor": "b", "value": 9.0, "unit": "furlongs"}]
    server.routes["/now"] = says([*rows, row | other | {"sensor": "c"}])
    told = heard(opened("http", f"{server.url}/now"))
    assert told.error is None
    assert sorted(told.readings.value.tolist()) == [4.0, 8.5]
    assert told.rejects.counts == {Reason.UNREADABLE: 1}


def test_that_what_a_fault_kept_from_being_taken_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.mapping.intake._SENSORS_MAX", 2)
    mapped = Mapped(from_toml(MAPPING), HERE)
    few, more = ([counter(key, 25, 10.0) for key in keys] for keys in ("ab", "cde"))
    with pytest.raises(Trouble, match="more than 2 sensors"):
        mapped.take([Document({"counters": [*few, *more]})], "now.json")
    mapped.take([Document({"counters": few})], "now.json")
    assert [sensor.key for sensor in mapped.roster.sensors] == ["a", "b"]
    sound(mapped.roster, mapped.batch().readings)


def test_that_an_address_may_ask_about_the_district(server: Feeds) -> None:
    server.routes["/wfs"] = says(ANSWER)
    address = f"{server.url}/wfs?bbox={{west}},{{south}},{{east}},{{north}}&near={{lat}},{{lon}}"
    assert heard(opened("http", address, mapping=MAPPING)).error is None
    assert server.asked[0].params["bbox"] == "24.930000,60.160000,24.960000,60.180000"
    assert server.asked[0].params["near"] == "60.170000,24.945000"
    with pytest.raises(TwinError, match="open one first"):
        opened("http", address, mapping=MAPPING, where=Where("Anywhere"))


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"mapping": "nowhere.toml"}, "no mapping"),
        ({"mapping": "title = 5\n"}, "title"),
        ({"mapping": MAPPING, "every": "often"}, "must be a number"),
        ({"mapping": MAPPING, "every": "nan"}, "must be a number"),
        ({"mapping": MAPPING, "authority": "/nowhere.pem"}, "no file"),
    ],
)
def test_that_a_connection_that_cannot_be_meant_is_refused(how: Any, sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        opened("http", "http://127.0.0.1:9/now", **how)


def test_that_a_name_without_bounds_is_a_name() -> None:
    mapped = Mapped(from_toml(MAPPING), HERE)
    mapped.take([Document({"counters": [counter(key, 25, 10.0) for key in (math.inf, math.nan, 7)]})], "now.json")
    mapped.batch()
    assert [sensor.key for sensor in mapped.roster.sensors] == ["7", "inf"]


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_it(chance: random.Random, share: float) -> None:
    mapped = Mapped(from_toml(MAPPING), HERE)
    try:
        mapped.take([Document(mutated(ANSWER, chance, share))], "now.json")
    except Trouble:
        return
    batch = mapped.batch()
    sound(mapped.roster, batch.readings)
