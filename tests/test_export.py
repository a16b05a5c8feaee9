"""Exports read back by others: every reading, its words and places, features in the world's coordinates."""

from __future__ import annotations

import csv
import importlib.util
import json
import sqlite3
import sys
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import districts
import numpy as np
import pyogrio
import pytest
import shapely
from oracle import ROSTER

from twin import cli, file
from twin.days import Home, Recorder, Recording, copy_days, read_days
from twin.export import FORMS, export, readings
from twin.model import TwinError
from twin.readings import Readings

if TYPE_CHECKING:
    from pathlib import Path

HOME = Home("Mitte", 13.4, 52.5, "Europe/Berlin")
BATCHES = 7


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readings, "AT_ONCE", 9)


def made() -> list[Readings]:
    """Readings of all slots every half hour, the moving sensor's with places, some late, values that are long."""
    moving = np.where(ROSTER.slot_sensor == 2, 24.5, np.nan)
    value = np.where(ROSTER.slot_channel == 2, -90.0, 40.0)
    return [
        Readings.of(
            ROSTER.slot_sensor,
            ROSTER.slot_channel,
            1000.25 + 1800 * (i - (5 if i == 4 else 0)),
            value + i / 3,
            t_start=1000.25 + 1800 * (i - (5 if i == 4 else 0)) - 60,
            t_arrived=1000.25 + 1800 * i,
            quality=i % 3,
            lon=moving,
            lat=moving + 30,
        )
        for i in range(BATCHES)
    ]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    path = tmp_path / "day.twin"
    with Recorder(path, ROSTER, title="Tuesday, “fair”", home=HOME, readings_a_block=4) as recorder:
        for batch in made():
            recorder.record(batch)
    return path


@pytest.fixture
def both(tmp_path: Path, day: Path) -> Path:
    path = tmp_path / "both.twin"
    district = districts.district()
    file.write(path, district, districts.city(district))
    copy_days(day, path)
    return path


def expected(path: Path) -> list[tuple[object, ...]]:
    """Return what the file holds: sensor, channel, times in microseconds, value, place; in the order of time."""
    rows: list[tuple[object, ...]] = []
    for told in read_days(path):
        with Recording(path, told.id) as recording:
            roster, found = recording.roster, recording.window(-np.inf, np.inf)
            for i in range(len(found)):
                sensor = roster.sensors[found.sensor[i]]
                lon, lat = (
                    (sensor.lon, sensor.lat) if np.isnan(found.lon[i]) else (float(found.lon[i]), float(found.lat[i]))
                )
                times = [round(float(column[i]) * 1e6) for column in (found.t_start, found.t_end, found.t_arrived)]
                channel = roster.channels[found.channel[i]]
                rows.append((sensor.key, channel.key, *times, float(found.value[i]), channel.unit, lon, lat))
    return rows


def test_that_csv_holds_every_reading(day: Path, tmp_path: Path) -> None:
    target = tmp_path / "day.csv"
    assert export(day, "csv", target) == BATCHES * len(ROSTER.slot_sensor)
    with target.open(encoding="utf-8", newline="") as lines:
        told = list(csv.DictReader(lines))

    def microseconds(text: str) -> int:
        assert text.endswith("Z")
        return round(datetime.fromisoformat(text).timestamp() * 1e6)

    found = [
        (
            row["sensor"],
            row["channel"],
            *(microseconds(row[name]) for name in ("begin", "end", "arrived")),
            float(row["value"]),
            row["unit"],
            float(row["lon"]),
            float(row["lat"]),
        )
        for row in told
    ]
    assert sorted(found) == sorted(expected(day))
    ends = [row["end"] for row in told]
    assert ends == sorted(ends)
    assert {row["day"] for row in told} == {"Tuesday, “fair”"}
    assert {row["quality"] for row in told} == {"good", "doubtful", "estimated"}
    assert {(row["sensor"], row["layer"], row["origin"]) for row in told} == {
        ("a", "traffic", "measured"),
        ("b", "air", "modelled"),
        ("c", "radio", "simulated"),
        ("d", "traffic", "measured"),
    }


def test_that_a_place_that_nobody_knows_stays_empty(tmp_path: Path) -> None:
    path, target = tmp_path / "day.twin", tmp_path / "day.csv"
    with Recorder(path, ROSTER, title="", home=None) as recorder:
        recorder.record(Readings.of(2, 2, 1000.0, -90.0))
    export(path, "csv", target)
    with target.open(encoding="utf-8", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["sensor"], row["lon"], row["lat"]) == ("c", "", "")


def test_that_parquet_holds_every_reading_or_says_what_it_needs(day: Path, tmp_path: Path) -> None:
    target = tmp_path / "day.parquet"
    if importlib.util.find_spec("pyarrow") is None:  # an extra that not everybody has
        with pytest.raises(TwinError, match="pyarrow"):
            export(day, "parquet", target)
        return
    from pyarrow import parquet

    assert export(day, "parquet", target) == BATCHES * len(ROSTER.slot_sensor)
    table = parquet.read_table(target)
    assert table.column_names == list(readings.COLUMNS)
    times = [table[name].cast("int64").to_pylist() for name in ("begin", "end", "arrived")]
    words = {name: table[name].to_pylist() for name in table.column_names if name not in {"begin", "end", "arrived"}}
    found = list(
        zip(
            words["sensor"],
            words["channel"],
            *times,
            words["value"],
            words["unit"],
            words["lon"],
            words["lat"],
            strict=True,
        )
    )
    assert sorted(found) == sorted(expected(day))
    assert times[1] == sorted(times[1])
    told = json.loads(parquet.read_schema(target).metadata[b"district_twin"])
    assert told["days"][0]["district"] == "Mitte"
    assert [layer["origin"] for layer in told["days"][0]["layers"]] == ["measured", "modelled", "simulated"]
    assert parquet.ParquetFile(target).num_row_groups > 1


def test_that_duckdb_can_ask_the_parquet(day: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("pyarrow") is None or importlib.util.find_spec("duckdb") is None:
        return  # extras that not everybody has
    import duckdb

    target = tmp_path / "day.parquet"
    export(day, "parquet", target)
    with closing(duckdb.connect()) as database:
        asked = database.execute(
            "SELECT sensor, count(*), round(avg(value), 6) FROM read_parquet(?) WHERE channel = 'speed'"
            " GROUP BY sensor ORDER BY sensor",
            [str(target)],
        ).fetchall()
    mean = round(40 + sum(range(BATCHES)) / BATCHES / 3, 6)
    assert asked == [("a", BATCHES, mean), ("b", BATCHES, mean), ("d", BATCHES, mean)]


def test_that_without_pyarrow_one_sentence_says_so(day: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    target = tmp_path / "day.parquet"
    with pytest.raises(TwinError, match=r"district-twin\[analysis\]"):
        export(day, "parquet", target)
    assert not list(tmp_path.glob("day.parquet*"))


def test_that_geojson_holds_the_map_and_the_sensors(both: Path, tmp_path: Path) -> None:
    target = tmp_path / "both.geojson"
    count = export(both, "geojson", target)
    told = json.loads(target.read_text(encoding="utf-8"))
    district = file.read_district(both)
    placed = len(ROSTER.sensors)
    assert count == len(told["features"]) == sum(map(len, district.tables.values())) + placed
    layers = [feature["properties"]["table"] for feature in told["features"]]
    assert layers.count("buildings") == len(district.tables["buildings"])
    assert layers.count("sensors") == placed
    first = told["features"][0]
    shape = shapely.geometry.shape(first["geometry"])
    there = district.tables["buildings"].geometry[0]
    back = shapely.transform(shape, district.frame.xy_from_lonlat)
    assert back.hausdorff_distance(there) < 0.05
    assert isinstance(first["properties"]["tags"], dict)
    assert shapely.geometry.polygon.orient(shapely.get_geometry(shape, 0)).equals_exact(
        shapely.get_geometry(shape, 0), 0
    )
    moving = next(f for f in told["features"] if f["properties"].get("sensor") == "c")
    assert moving["geometry"] is None
    assert len(pyogrio.read_dataframe(target)) == count


def test_that_geojson_of_a_day_alone_is_its_sensors(day: Path, tmp_path: Path) -> None:
    assert export(day, "geojson", tmp_path / "day.geojson") == len(ROSTER.sensors)


def test_that_a_geopackage_is_the_whole_file(both: Path, tmp_path: Path) -> None:
    target = tmp_path / "both.gpkg"
    export(both, "gpkg", target)
    assert {"buildings", "sensors", "sensor_hours"} <= {name for name, _kind in pyogrio.list_layers(target).tolist()}
    assert len(pyogrio.read_dataframe(target, layer="sensor_hours")) > 0
    with closing(sqlite3.connect(both)) as one, closing(sqlite3.connect(target)) as other:
        assert list(one.iterdump()) == list(other.iterdump())


def test_that_a_day_being_recorded_is_exported_with_its_log(tmp_path: Path) -> None:
    path = tmp_path / "day.twin"
    recorder = Recorder(path, ROSTER, title="", home=None, commit_s=0.001, readings_a_block=4)
    for batch in made()[:3]:
        recorder.record(batch)
        recorder.flush()
    export(path, "gpkg", tmp_path / "day.gpkg")
    assert export(path, "csv", tmp_path / "day.csv") == 3 * len(ROSTER.slot_sensor)
    recorder.close()
    assert read_days(tmp_path / "day.gpkg")[0].readings == 3 * len(ROSTER.slot_sensor)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_that_a_map_has_no_readings(form: str, tmp_path: Path) -> None:
    path = tmp_path / "map.twin"
    district = districts.district()
    file.write(path, district, districts.city(district))
    with pytest.raises(TwinError, match=r"no recorded days|pyarrow"):
        export(path, form, tmp_path / f"out.{form}")
    assert [each.name for each in tmp_path.iterdir()] == ["map.twin"]


def test_that_what_was_there_stays_where_an_export_fails(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("mine")
    broken = tmp_path / "broken.twin"
    broken.write_bytes(b"nothing")
    with pytest.raises(TwinError):
        export(broken, "csv", target)
    assert target.read_text() == "mine"


def test_that_a_file_is_not_exported_onto_itself(day: Path) -> None:
    with pytest.raises(TwinError, match="onto itself"):
        export(day, "gpkg", day)


def test_that_an_unknown_form_is_refused_in_a_sentence(day: Path, tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="no form dxf"):
        export(day, "dxf", tmp_path / "day.dxf")


def test_that_the_command_line_exports(day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "day.csv"
    assert cli.main(["export", str(day), "--to", "csv", "-o", str(target), "-q"]) == 0
    assert "42" in capsys.readouterr().out
    assert target.read_text(encoding="utf-8").startswith("day,layer,origin,sensor")
    assert cli.main(["export", str(day), "--to", "csv", "-o", str(tmp_path / "day.txt")]) == 2
    assert "must end in .csv" in capsys.readouterr().err
    assert cli.main(["export", str(day), "--to", "dxf", "-o", str(target)]) == 2
    assert "parquet, csv, geojson, gpkg" in capsys.readouterr().err


def test_that_the_command_line_knows_every_form() -> None:
    from twin.cli.commands import export as command

    assert set(command._FORMS) == set(FORMS)
