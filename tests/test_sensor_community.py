"""Sensor.Community as it answers, and as it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from feeds import Feeds, busy, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import BOX, HERE, SAMPLES, heard, mutated, opened, sound, table, values

from twin.history import LiveHistory
from twin.readings import Reason
from twin.sources import Where, kinds
from twin.sources.gathering import Gathering, layers_of
from twin.sources.moments import moment
from twin.sources.sensor_community import gather
from twin.sources.source import Connection, Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

T = moment("2026-11-22 10:00:00")


def row(sensor: int, time: str, *, lon: str = "24.94", lat: str = "60.17", indoor: int = 0, **told: str) -> Any:
    """Return one entry of an answer, in the shape in which the API sends it."""
    kind = "SDS011" if "P1" in told or "P2" in told else "BME280"
    return {
        "timestamp": time,
        "location": {
            "exact_location": 0, "indoor": indoor, "longitude": lon, "altitude": "12.1", "latitude": lat,
            "id": 17, "country": "FI",
        },
        "sampling_rate": None,
        "sensor": {
            "sensor_type": {"name": kind, "manufacturer": "Nova Fitness", "id": 14}, "pin": "1", "id": sensor,
        },
        "sensordatavalues": [
            {"value": value, "id": number, "value_type": what} for number, (what, value) in enumerate(told.items())
        ],
        "id": 4711,
    }  # fmt: skip


ANSWER = [
    row(1, "2026-11-22 10:00:00", P1="3.67", P2="2.70"),
    row(1, "2026-11-22 09:57:30", P1="3.50", P2="2.50"),
    row(2, "2026-11-22 10:00:00", temperature="20.47", pressure="100613.25", humidity="nan"),
    row(3, "2026-11-22 10:00:00", indoor=1, P1="55.0"),
    row(4, "2026-11-22 10:00:00", lon="60.171", lat="24.941", P2="1.0"),
    row(5, "2026-11-22 10:00:00", P1="1999.90", P2="7.1"),
    row(6, "2026-11-22 10:00:00", lon="0.0", lat="0.0", P2="1.0"),
    row(7, "2026-11-22 10:00:00", lon="25.7", lat="62.2", P2="1.0"),
]


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


def answering(server: Feeds, *answers: Any) -> None:
    server.script = [says(answer) for answer in answers]


def test_that_texts_become_numbers_and_naive_times_utc(server: Feeds) -> None:
    answering(server, ANSWER)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    told = heard(source)
    assert told.error is None
    rows = table(source.roster, told.readings)
    assert ("1", "pm10", T, T, 3.67) in rows
    assert ("1", "pm25", T - 150, T - 150, 2.5) in rows
    assert ("2", "pressure", T, T, 1006.1325) in rows
    assert not [one for one in rows if one[0] in {"3", "7"} or one[1] == "humidity"]
    sound(source.roster, told.readings)
    (asked,) = server.asked
    south, west, north, east = map(float, asked.path.removeprefix("/filter/box=").split(","))
    assert west < BOX[0] < BOX[2] < east
    assert south < BOX[1] < BOX[3] < north


def test_that_swapped_places_are_mended_and_impossible_ones_refused(server: Feeds) -> None:
    answering(server, ANSWER)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    told = heard(source)
    four = next(sensor for sensor in source.roster.sensors if sensor.key == "4")
    assert (four.lon, four.lat) == (24.941, 60.171)
    assert {(one.reason, one.sensor) for one in told.rejects.examples} == {
        (Reason.IMPOSSIBLE_PLACE, "6"),
        (Reason.OUT_OF_RANGE, "5"),
    }
    assert ("5", "pm25") in values(source.roster, told.readings)


def test_that_nothing_is_told_twice_and_the_roster_only_grows(server: Feeds) -> None:
    later = [*ANSWER, row(8, "2026-11-22 10:02:30", P1="4"), row(1, "2026-11-22 10:02:30", P1="5", temperature="9")]
    answering(server, ANSWER, ANSWER, later)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    rosters = []
    for _turn in range(3):
        told = heard(source)
        rosters.append((source.roster, told))
    (first, _), (second, again), (third, more) = rosters
    assert second == first
    assert not len(again.readings)
    assert third.sensors[: len(first.sensors)] == first.sensors
    assert third.channels[: len(first.channels)] == first.channels
    assert {one[:2] for one in table(third, more.readings)} == {
        ("8", "pm10"),
        ("1", "pm10"),
        ("1 (temperature)", "temperature"),
    }


def test_that_live_history_takes_what_is_told(server: Feeds) -> None:
    answering(server, ANSWER)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    told = heard(source)
    history = LiveHistory(source.roster)
    history.add(told.readings)
    assert history.at(T + 1).reporting("air")[0] == 3


def test_that_what_the_data_is_stands_with_the_layers_that_there_are(server: Feeds) -> None:
    answering(server, ANSWER[:2], ANSWER)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    for keys in (["air"], ["air", "weather"]):
        assert heard(source).error is None
        assert [(one.key, one.origin, one.terms) for one in source.roster.layers] == [
            (key, "measured", "DbCL 1.0") for key in keys
        ]


def test_that_it_is_there_without_a_key() -> None:
    (preset,) = kinds()["sensor_community"].presets
    assert preset.address == "sensorcommunity:"
    assert not [entry for entry in kinds()["sensor_community"].fields if entry.secret or entry.needed]


def test_that_without_a_district_nothing_is_asked(server: Feeds) -> None:
    told = heard(opened("sensor_community", f"sensorcommunity+{server.url}/filter", where=Where("Anywhere")))
    assert isinstance(told.error, Trouble)
    assert told.error.grave
    assert not server.asked


def test_that_trouble_ends_it_and_it_can_be_asked_again(server: Feeds) -> None:
    server.script = [busy(30), says(ANSWER)]
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    told = heard(source)
    assert isinstance(told.error, Trouble)
    assert told.error.retry_s == 30
    assert len(heard(source).readings)


def test_that_time_nobody_asked_about_is_told_as_missed(server: Feeds) -> None:
    answering(server, ANSWER)
    source = opened("sensor_community", f"sensorcommunity+{server.url}/filter")
    told = heard(source, since_s=T - 7200)
    assert told.batches[0].missed == ((T - 7200, T - 150),)


def test_that_the_sample_of_the_real_service_is_read(server: Feeds) -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    server.script = [says((SAMPLES / "sensor_community_pull.json").read_bytes())]
    source = opened(
        "sensor_community", f"sensorcommunity+{server.url}", where=Where("Formigine", (11.25, 44.70, 11.30, 44.74))
    )
    told = heard(source)
    t = moment("2023-04-19T16:17:25Z")
    assert table(source.roster, told.readings) == [("3329", "pm10", t, t, 3.67), ("3329", "pm25", t, t, 2.7)]


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_it(chance: random.Random, share: float) -> None:
    gathering = Gathering(HERE, layers_of(Connection("A feed", "", ""), ["air", "weather"]), margin_m=3000)
    gather(mutated(ANSWER, chance, share), gathering)
    batch = gathering.batch()
    sound(gathering.roster, batch.readings)
