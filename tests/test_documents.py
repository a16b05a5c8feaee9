"""Documents in JSON as rows of a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sourced import SAMPLES, mutated

from twin.mapping import Document, from_toml, piece_of, to_toml, topic_columns
from twin.mapping.cells import texts_of
from twin.model import TwinError

if TYPE_CHECKING:
    import random


def meaning(records: str, time: str, sensor: str, value: str, **more: str) -> Any:
    text = f'records = "{records}"\n[time]\ncolumns = ["{time}"]\n[sensor]\ncolumns = ["{sensor}"]\n'
    if more:
        text += "[place]\n" + "".join(f'{key} = "{path}"\n' for key, path in more.items())
    return from_toml(text + f'[[measured]]\ncolumn = "{value}"\nchannel = "pm10"\n')


def rows(told: Any, mapping: Any, **more: str) -> list[tuple[str, ...]]:
    piece = piece_of([Document(told, more)], mapping)
    return list(zip(*(texts_of(piece.columns[name]) for name in mapping.columns()), strict=True))


GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {
            "id": f"f{number}",
            "geometry": {"type": "Point", "coordinates": [24.9 + number, 60.1]},
            "properties": {"pm2.5": {"value": 3.5 + number}, "at": "2026-11-22T10:00:00Z"},
        }
        for number in range(2)
    ],
}


def test_that_paths_lead_through_tables_and_lists() -> None:
    mapping = meaning("features", "properties.at", "id", "properties.pm2.5.value", lon="geometry.coordinates.0")
    assert rows(GEOJSON, mapping) == [
        ("2026-11-22T10:00:00Z", "f0", "24.9", "3.5"),
        ("2026-11-22T10:00:00Z", "f1", "25.9", "4.5"),
    ]


def test_that_a_list_in_each_record_is_gone_through_and_what_holds_it_is_reached() -> None:
    told = [
        {"id": 1, "when": "10:00", "values": [{"v": "1.5"}, {"v": "2.5"}]},
        {"id": 2, "when": "10:05", "values": [{"v": "3.5"}]},
    ]
    assert rows(told, meaning("values", "^.when", "^.id", "v")) == [
        ("10:00", "1", "1.5"),
        ("10:00", "1", "2.5"),
        ("10:05", "2", "3.5"),
    ]
    wrapped = {"meta": {"station": "S"}, "data": told}
    assert rows(wrapped, meaning("data.values", "^.when", "$.meta.station", "v"))[2] == ("10:05", "S", "3.5")
    assert rows(wrapped, meaning("data.values", "^.when", "^.^.meta.station", "v"))[2] == ("10:05", "S", "3.5")


def test_that_a_table_told_by_columns_becomes_rows() -> None:
    told = {"latitude": 60.1, "hourly": {"time": ["09:00", "10:00", "11:00"], "pm10": [40.0, None, 42.5]}}
    mapping = meaning("hourly", "time", "$.latitude", "pm10")
    assert rows(told, mapping) == [("09:00", "60.1", "40"), ("10:00", "60.1", ""), ("11:00", "60.1", "42.5")]


def test_that_records_without_names_are_read_by_number() -> None:
    told = {"fields": ["sensor", "seen", "pm10"], "data": [[2856, 1672286435, 10.0], [159749, 1672286459, 8.5]]}
    assert rows(told, meaning("data", "1", "0", "2")) == [("1672286435", "2856", "10"), ("1672286459", "159749", "8.5")]


def test_that_a_topic_and_the_moment_stand_for_what_a_message_does_not_tell() -> None:
    mapping = meaning("", "arrived", "topic.1", ".")
    more = topic_columns("air/kamppi/pm10") | {"arrived": "1795341600.5"}
    assert rows(21.5, mapping, **more) == [("1795341600.5", "kamppi", "21.5")]
    assert rows("21.5", mapping, **more) == [("1795341600.5", "kamppi", "21.5")]


def test_that_numbers_stay_numbers_and_texts_texts() -> None:
    piece = piece_of(
        [Document([{"t": 1, "s": "a", "v": 2}, {"t": 2, "s": "b", "v": None}])], meaning("", "t", "s", "v")
    )
    assert isinstance(piece.columns["v"], np.ndarray)
    assert piece.line.tolist() == [1, 2]
    assert json.loads(piece.raw(1)) == {"t": 2, "s": "b", "v": None}


def test_that_a_mapping_which_fits_nothing_is_told_with_what_there_is() -> None:
    with pytest.raises(TwinError, match=r"at “when”.*One has id, at"):
        piece_of([Document([{"id": 1, "at": 2}])], meaning("", "when", "id", "v"))


def test_that_no_records_are_no_fault() -> None:
    for told in ({}, [], None, {"features": None}, {"features": []}, 5):
        assert not len(piece_of([Document(told)], meaning("features", "t", "s", "v")))


def test_that_too_many_records_and_too_deep_ones_are_refused() -> None:
    with pytest.raises(TwinError, match="more than"):
        piece_of([Document({"t": list(range(500_001)), "s": 1, "v": 2})], meaning("", "t", "s", "v"))
    deep: Any = {"t": 1}
    for _level in range(5000):
        deep = [deep]
    with pytest.raises(TwinError, match="deeply"):
        piece_of([Document(deep)], meaning("x", "t", "s", "v"))


def test_that_the_path_to_the_records_is_kept_in_a_mapping() -> None:
    mapping = meaning("data.values", "^.when", "^.id", "v")
    assert from_toml(to_toml(mapping)) == mapping


@pytest.mark.parametrize("text", ["", "records = 5", "records", "[time", "\x00", "[[measured]]\ncolumn=1"])
def test_that_a_text_that_is_no_mapping_is_one_sentence(text: str) -> None:
    with pytest.raises(TwinError):
        from_toml(text).check()


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.5), st.sampled_from(["", "features", "features.properties"]))
def test_that_any_document_is_rows_or_a_sentence(chance: random.Random, share: float, records: str) -> None:
    mapping = meaning(records, "properties.at", "id", "properties.pm2.5.value", lon="geometry.coordinates.0")
    try:
        piece = piece_of([Document(mutated(GEOJSON, chance, share))], mapping)
    except TwinError:
        return
    assert {len(column) for column in piece.columns.values()} <= {len(piece)}


def test_that_samples_of_real_services_are_read_by_paths() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return

    def read(name: str, mapping: Any) -> list[tuple[str, ...]]:
        return rows(json.loads((SAMPLES / name).read_bytes()), mapping)

    assert read("openmeteo_air_quality.json", meaning("hourly", "time", "$.latitude", "pm10"))[1] == (
        "2026-09-28T01:00",
        "19.88",
        "45",
    )
    assert read("purpleair_v1_members.json", meaning("data", "1", "0", "5"))[0] == ("1672286435", "2856", "10")
    mapping = meaning("sensordatavalues", "^.timestamp", "^.sensor.id", "value", lon="^.location.longitude")
    assert read("sensor_community_pull.json", mapping)[0][:2] == ("2023-04-19 16:17:25", "3329")
    mapping = meaning("results", "latest.datetime.utc", "id", "latest.value", lat="latest.coordinates.latitude")
    assert len(read("openaq_v3_sensors.json", mapping)) == 8
