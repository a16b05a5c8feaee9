"""Our own MQTT topics and payloads: what is written is read again, and what is none is one sentence."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model import TwinError
from twin.readings import Channel, Layer, Readings, Reason, Sensor
from twin.sources import conventional
from twin.sources.convention import (
    OFFLINE,
    Observed,
    Topic,
    decode_layer,
    decode_obs,
    decode_sensor,
    encode_layer,
    encode_obs,
    encode_sensor,
    filter_of,
)
from twin.sources.conventional import Conventional
from twin.sources.hearing import Message

TEXT = st.text(max_size=30)
REAL = st.floats(allow_nan=False, allow_infinity=False)
TIME = st.floats(-2e9, 4e9)
ANYTHING = st.recursive(st.none() | REAL | TEXT, lambda one: st.lists(one) | st.dictionaries(TEXT, one))
ORIGINS = st.sampled_from(["measured", "modelled", "simulated"])
TOPICS = st.one_of(
    st.builds(Topic, st.just("status"), TEXT),
    st.builds(Topic, st.just("layer"), TEXT, TEXT),
    st.builds(Topic, st.sampled_from(["obs", "meta"]), TEXT, TEXT, TEXT),
)
CHANNELS = st.lists(
    st.builds(
        Channel,
        TEXT.filter(bool),
        st.just("air"),
        TEXT.filter(bool),
        TEXT,
        st.one_of(REAL, st.just(-math.inf)),
        st.one_of(REAL, st.just(math.inf)),
        st.floats(0.001, 1e9),
        st.sampled_from(["hold", "linear", "none"]),
    ),
    max_size=4,
    unique_by=lambda channel: channel.key,
)


def matches(wanted: str, topic: str) -> bool:
    """Whether a subscription gets a topic, by the rules of MQTT for + and a # at the end."""
    ours, theirs = wanted.split("/"), topic.split("/")
    if ours[-1] == "#":
        ours, theirs = ours[:-1], theirs[: len(ours) - 1]
    return len(ours) == len(theirs) and all(a in {"+", b} for a, b in zip(ours, theirs, strict=True))


@given(TOPICS)
def test_that_any_name_fits_into_a_topic_and_comes_out_of_it(topic: Topic) -> None:
    text = str(topic)
    assert Topic.of(text) == topic
    assert not any(sign in text for sign in "+#")
    assert all(ord(letter) > 31 for letter in text)
    assert matches(filter_of(), text)
    assert matches(filter_of(topic.district), text)


def test_that_a_topic_can_be_read_by_people() -> None:
    assert str(Topic("obs", "Mitte", "traffic", "A 7/north")) == "twin/Mitte/traffic/A 7%2Fnorth/obs"
    assert str(Topic("layer", "Käfertal", "air")) == "twin/Käfertal/air/meta"


@given(st.text())
def test_that_any_topic_is_one_of_ours_or_none(text: str) -> None:
    for one in (text, f"twin/{text}"):
        found = Topic.of(one)
        assert found is None or found.what in {"obs", "meta", "layer", "status"}


@st.composite
def observed(draw: st.DrawFn) -> Observed:
    rows = draw(st.integers(1, 6))

    def column(cells: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
        return st.lists(cells, min_size=rows, max_size=rows)

    maybe = st.one_of(REAL, st.none())
    return Observed(
        draw(column(TIME)),
        draw(st.dictionaries(TEXT, column(maybe), max_size=3)),
        draw(st.one_of(st.none(), column(TIME))),
        draw(st.one_of(st.none(), column(st.integers(0, 2)))),
        draw(st.one_of(st.none(), column(REAL))),
        draw(st.one_of(st.none(), column(REAL))),
    )


@given(observed())
def test_that_readings_are_read_as_they_were_written(told: Observed) -> None:
    assert decode_obs(encode_obs(told)) == told


def test_that_readings_become_columns_and_lose_nothing() -> None:
    readings = Readings.of(
        [4] * 5, [0, 1, 0, 1, 0], [60.0, 60, 120, 120, 180], [1.0, 2, 3, 4, 5], t_start=[0, 0, 60, 60, 120], quality=1
    )
    told = Observed.of(readings, ["speed", "flow"])
    assert told == Observed(
        [60.0, 120.0, 180.0], {"speed": [1, 3, 5], "flow": [2, 4, None]}, [0, 60, 120], [1, 1, 1], None, None
    )
    moving = Observed.of(Readings.of(0, 0, [1.0, 2.0], [7.0, 8.0], lon=[24.9, np.nan], lat=[60.1, np.nan]), ["rsrp"])
    assert moving == Observed([1.0, 2.0], {"rsrp": [7, 8]}, None, None, [24.9, None], [60.1, None])


def test_that_single_numbers_and_written_times_are_understood() -> None:
    told = decode_obs(b'{"t": "2024-11-12T10:00:00+02:00", "values": {"pm25": 7, "no2": null}, "new": {"a": [1]}}')
    assert told == Observed([1731398400.0], {"pm25": [7.0], "no2": [None]}, None, None, None, None)
    assert decode_obs(b'{"t": ["2024-11-12T08:00:00", 5], "values": {"a": 1}}').t_end == [1731398400.0, 5.0]  # UTC
    assert decode_obs(b'{"t": [1, 2], "values": {"a": 3}, "quality": 1}').quality == [1, 1]


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "cannot be read"),
        (b"{", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"t": 1}', "values"),
        (b'{"t": NaN, "values": {}}', "cannot be read"),
        (b'{"t": true, "values": {}}', "cannot be read"),
        (b'{"t": 1, "values": {"a": "7"}}', "cannot be read"),
        (b'{"t": 1, "values": {"a": 1}, "quality": 9}', "cannot be read"),
        (b'{"t": [1, 2], "values": {"a": [1]}}', "has 2 times and 1 of a"),
        (b'{"t": 1, "values": {"a": 1}, "lon": []}', "has 1 times and 0 of lon"),
        (b'{"t": "today", "values": {}}', "has the time 'today', which is none"),
        (b'{"t": "2024-13-01T00:00:00Z", "values": {}}', "which is none"),
        (b'{"t": 1, "values": {}, "x": ' + b"[" * 100_000, "cannot be read"),
    ],
)
def test_that_what_is_no_reading_is_one_sentence(payload: bytes, sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        decode_obs(payload)


@given(
    st.binary(max_size=60),
    st.recursive(st.none() | REAL | TEXT, lambda one: st.lists(one) | st.dictionaries(TEXT, one)),
)
def test_that_any_payload_is_taken_or_refused_in_one_sentence(payload: bytes, document: object) -> None:
    topic = Topic("meta", "d", "air", "s")
    more = [json.dumps({key: document}).encode() for key in ("t", "values", "channels", "origin")]
    for one in (payload, json.dumps(document).encode(), *more):
        for decode in (decode_obs, lambda text: decode_sensor(topic, text), lambda text: decode_layer(topic, text)):
            try:
                decode(one)
            except TwinError as error:
                assert str(error).endswith(".")  # noqa: PT017


@given(CHANNELS, TEXT, st.floats(-180, 180), st.floats(-90, 90), st.dictionaries(TEXT, TEXT, max_size=3))
def test_that_sensors_introduce_themselves(
    channels: list[Channel], name: str, lon: float, lat: float, detail: dict[str, str]
) -> None:
    keys = tuple(channel.key for channel in channels)
    sensor = Sensor("S/1", "air", keys, name, lon, lat, 3.5, 90.0, "way/7", detail)
    told = decode_sensor(
        Topic("meta", "d", "air", "S/1"), encode_sensor(sensor, dict(zip(keys, channels, strict=True)))
    )
    assert told == (sensor, tuple(channels))


def test_that_a_moving_sensor_has_no_place() -> None:
    channel = Channel("speed", "traffic", "Speed", "km/h")
    sensor, _channels = decode_sensor(
        Topic("meta", "d", "traffic", "car"), encode_sensor(Sensor("car", "traffic", ("speed",)), {"speed": channel})
    )
    assert math.isnan(sensor.lon)
    assert math.isnan(sensor.heading_deg)


@given(
    st.builds(Layer, st.just("air"), TEXT.filter(bool), st.sampled_from(["measured", "modelled", "simulated"]), TEXT)
)
def test_that_layers_introduce_themselves(layer: Layer) -> None:
    assert decode_layer(Topic("layer", "d", "air"), encode_layer(layer)) == layer


def test_that_texts_without_end_are_refused() -> None:
    topic = Topic("meta", "d", "air", "s")
    for payload in ({"channels": [], "name": "x" * 2001}, {"channels": [{"key": "a", "unit": "x" * 2001}]}):
        with pytest.raises(TwinError, match="more than 2000 letters"):
            decode_sensor(topic, json.dumps(payload).encode())
    with pytest.raises(TwinError, match="without a shelf life"):
        decode_sensor(topic, b'{"channels": [{"key": "a", "shelf_s": 0}]}')


def test_that_topics_without_end_are_refused_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    for most in ("SENSORS_MAX", "WORDS_MAX"):
        monkeypatch.setattr(conventional, most, 3)
    meaning = Conventional()
    told = Observed([1_731_398_400.0], {"speed": [50.0]})
    for number in range(20):
        for topic, payload in (
            (Topic("layer", "Mitte", f"layer {number}"), b'{"origin": "measured"}'),
            (Topic("meta", "Mitte", "traffic", f"a{number}"), b'{"channels": [{"key": "speed", "unit": "km/h"}]}'),
            (Topic("obs", "Mitte", "traffic", f"a{number}"), encode_obs(told)),
            (Topic("obs", "Mitte", "traffic", f"nobody {number}"), encode_obs(told)),
            (Topic("status", f"Mitte {number}"), OFFLINE),
        ):
            meaning.take(Message(str(topic), payload, False, 1), 0.0)
    batch, numbers = meaning.gathered(10.0)
    assert len(numbers) == 100  # told once is enough: they need not come again
    assert len(batch.readings) == len(meaning.roster.sensors) == 3
    assert batch.rejects.counts == {Reason.UNREADABLE: 17, Reason.UNKNOWN_SENSOR: 37}
    assert [len(found) for found in (meaning._row, meaning._payload, meaning._offline)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("retained", "district", "gone"), [(False, "Mitte", False), (True, "Mitte", True), (False, "Kallio", True)]
)
def test_that_nobody_is_gone_of_whom_something_new_comes(retained: bool, district: str, gone: bool) -> None:
    meaning = Conventional()
    meaning.take(Message(str(Topic("status", "Mitte")), OFFLINE, True, 1), 0.0)
    assert "Mitte has gone offline" in (meaning.gathered(1.0)[0].said or "")
    told = encode_obs(Observed([1_731_398_400.0], {"speed": [50.0]}))
    meaning.take(Message(str(Topic("obs", district, "traffic", "a1")), told, retained, 2), 2.0)
    assert (meaning.gathered(3.0)[0].said is None) is gone  # None: as it was said before
