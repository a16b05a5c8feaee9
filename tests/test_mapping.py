"""Tables of anybody: what is read is what they say, and what is not taken is told with its line."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import io
import math
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin import mapping
from twin.mapping import Intake, Mapping, Places, Reject, tables, times
from twin.mapping.channels import converted, known
from twin.mapping.china import bd09_from_gcj02, gcj02_from_bd09, gcj02_from_wgs84, wgs84_from_gcj02
from twin.mapping.mapping import from_plain, from_toml, read_mapping, to_toml
from twin.mapping.places import headings
from twin.mapping.seen import Seen
from twin.model import TwinError
from twin.readings import Readings, Reason

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
SENSORS = Path(__file__).resolve().parent.parent.parent / "shared" / "sensors"
PLAIN = {
    "time": {"columns": ["time"], "interval_s": 3600},
    "sensor": {"columns": ["id"]},
    "place": {"lon": "lon", "lat": "lat"},
    "measured": [{"column": "speed", "channel": "speed"}],
}
CELLS = st.text(st.characters(blacklist_categories=("Cs", "Cc")) | st.just("\n"), max_size=6)
HEAD = "time,id,lon,lat,speed\n"
PLACE = "24.95,60.17"


def written(folder: Path, text: str, name: str = "t.csv", *, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def taken(
    path: Path, told: Mapping, *, zone: str = "Europe/Berlin", home: tuple[float, float] | None = None
) -> tuple[Readings, Intake, list[tuple[int, Reason, str]]]:
    lines: list[tuple[int, Reason, str]] = []

    def note(reject: Reject) -> None:
        lines.extend((int(reject.piece.line[r]), reject.reason, reject.piece.raw(r)) for r in reject.rows.tolist())

    intake = Intake(told, zone=zone, places=Places(home), now=NOW, on_reject=note)
    table = mapping.open_table(path, told.form)
    told.check(table.columns)
    numbers = {column: told.blanks(column) for column in told.value_columns()}
    pieces = table.pieces(numbers, wanted=told.columns())
    return Readings.joined([r for piece in pieces if len(r := intake.take(piece, path))]), intake, lines


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(
        st.lists(CELLS, min_size=2, max_size=2).filter(lambda cells: "".join(cells).strip()),
        min_size=1,
        max_size=25,
    ),
    block=st.integers(50, 200),
    zipped=st.booleans(),
)  # fmt: skip
def test_that_a_table_in_pieces_is_what_the_standard_reader_says(
    rows: list[list[str]], block: int, *, zipped: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b"], *rows])
    lines = np.cumsum([2] + [1 + "".join(cells).count("\n") for cells in rows])[:-1]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "BLOCK_BYTES", block)
        path = Path(folder) / "t.csv"
        path.write_bytes(gzip.compress(text.getvalue().encode()) if zipped else text.getvalue().encode())
        pieces = list(mapping.open_table(path, tables.Form(",", "utf-8", ".")).pieces())
    found = [
        [column.text(row) for column in piece.columns.values()]
        for piece in pieces
        for row in range(len(piece))  # type: ignore[union-attr]
    ]
    assert found == rows
    assert np.concatenate([piece.line for piece in pieces]).tolist() == lines.tolist()
    assert not any(piece.broken for piece in pieces)


def test_that_lines_with_too_few_or_too_many_fields_are_told_and_the_others_read(tmp_path: Path) -> None:
    text = (
        HEAD
        + f"2024-01-01T00:00:00Z,a,{PLACE},50\n\n1,2\n2024-01-01T01:00:00Z,a,{PLACE},51,9\n"
        + (f"2024-01-01T02:00:00Z,a,{PLACE},52\n")
    )
    readings, intake, lines = taken(written(tmp_path, text), from_plain(PLAIN))
    assert readings.value.tolist() == [50.0, 52.0]
    assert lines == [(4, Reason.UNREADABLE, "1,2"), (5, Reason.UNREADABLE, f"2024-01-01T01:00:00Z,a,{PLACE},51,9")]
    assert intake.rejects.counts == {Reason.UNREADABLE: 2}
    assert intake.rejects.examples[0].where == "t.csv, line 4"


def test_that_quotation_marks_where_none_belong_lose_no_line(tmp_path: Path) -> None:
    text = HEAD + "".join(f'2024-01-01T0{hour}:00:00Z,5" pipe,{PLACE},5{hour}\n' for hour in range(3))
    readings, _intake, lines = taken(written(tmp_path, text), from_plain(PLAIN))
    assert len(readings) + len(lines) >= 2


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("900", Reason.OUT_OF_RANGE),
        ("-5", Reason.OUT_OF_RANGE),
        ("inf", Reason.NOT_A_NUMBER),
        ("broken", Reason.NOT_A_NUMBER),
    ],
)
def test_that_values_that_cannot_be_are_told_with_their_line(tmp_path: Path, cell: str, reason: Reason) -> None:
    text = HEAD + f"2024-01-01T00:00:00Z,a,{PLACE},50\n2024-01-01T01:00:00Z,a,{PLACE},{cell}\n"
    readings, intake, lines = taken(written(tmp_path, text), from_plain(PLAIN))
    assert readings.value.tolist() == [50.0]
    assert [line[:2] for line in lines] == [(3, reason)]
    (example,) = intake.rejects.examples
    assert (example.sensor, example.channel, example.value.strip()) == ("a", "speed", cell)


def test_that_what_stands_for_no_value_is_counted_and_no_reject(tmp_path: Path) -> None:
    cells = ["", "NA", "nan", "dataError", "2147483647", "-1", "-1.0", "30"]
    text = HEAD + "".join(f"2024-01-01T0{h}:00:00Z,a,{PLACE},{cell}\n" for h, cell in enumerate(cells))
    told = from_plain(PLAIN | {"measured": [{"column": "speed", "channel": "speed", "missing": ["-1"]}]})
    readings, intake, lines = taken(written(tmp_path, text), told)
    assert readings.value.tolist() == [30.0]
    assert (intake.count.empty, lines) == (7, [])


@pytest.mark.parametrize(
    ("when", "reason"),
    [("yesterday", Reason.IMPOSSIBLE_TIME), ("1700-01-01T00:00:00Z", Reason.IMPOSSIBLE_TIME),
     ("2027-01-01T00:00:00Z", Reason.IN_THE_FUTURE), ("2024-03-31T02:30:00", Reason.IMPOSSIBLE_TIME)],
)  # fmt: skip
def test_that_times_that_cannot_be_are_told(tmp_path: Path, when: str, reason: Reason) -> None:
    _readings, _intake, lines = taken(written(tmp_path, HEAD + f"{when},a,{PLACE},50\n"), from_plain(PLAIN))
    assert [line[:2] for line in lines] == [(2, reason)]


def test_that_duplicates_are_told_even_pieces_apart_and_corrections_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK_BYTES", 60)
    row = f"2024-01-01T00:00:00Z,a,{PLACE},50\n"
    text = HEAD + row + row.replace("a,", "b,") * 2 + row + row.replace(",50", ",51")
    readings, _intake, lines = taken(written(tmp_path, text), from_plain(PLAIN))
    assert readings.value.tolist() == [50.0, 50.0, 51.0]
    assert [line[:2] for line in lines] == [(4, Reason.DUPLICATE), (5, Reason.DUPLICATE)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"])
def test_that_every_hour_of_a_year_in_local_time_finds_its_place(tmp_path: Path, zone: str) -> None:
    utc = np.arange(datetime(2024, 1, 1, tzinfo=UTC).timestamp(), datetime(2025, 1, 1, tzinfo=UTC).timestamp(), 1800)
    local = [datetime.fromtimestamp(t, ZoneInfo(zone)).strftime("%d.%m.%Y %H:%M") for t in utc.tolist()]
    text = "time;id;lon;lat;speed\n" + "".join(f"{t};a;24,95;60,17;50,5\n" for t in local)
    told = from_plain(PLAIN | {"time": {"columns": ["time"], "format": "%d.%m.%Y %H:%M"}})
    readings, _intake, lines = taken(written(tmp_path, text), told, zone=zone)
    assert np.array_equal(np.sort(readings.t_end), utc)
    assert set(readings.value.tolist()) == {50.5}
    assert not lines


def test_that_local_days_are_as_long_as_the_clock_makes_them() -> None:
    zone = ZoneInfo("Europe/Berlin")
    utc = np.arange(
        datetime(2024, 3, 30, 23, tzinfo=UTC).timestamp(), datetime(2024, 4, 1, tzinfo=UTC).timestamp(), 3600
    )
    _days, hours = np.unique(times.days_of(utc, zone), return_counts=True)
    assert hours.tolist() == [23, 2]


@pytest.mark.parametrize(
    ("text", "format_", "seconds"),
    [("1704067200", "epoch_s", 1704067200.0), ("1704067200500", "epoch_ms", 1704067200.5),
     ("2024-01-01T01:00:00+01:00", "iso", 1704067200.0), ("2024-01-01 00:00:00.25Z", "iso", 1704067200.25),
     ("31.12.2023 24:00", "%d.%m.%Y %H:%M", 1704067200.0), ("2023-12-31 24", "%Y-%m-%d %H", 1704067200.0)],
)  # fmt: skip
def test_that_times_are_read_as_they_are_written(text: str, format_: str, seconds: float) -> None:
    found, _aware = times.parsed([text], format_)
    assert found.tolist() == [seconds]


@pytest.mark.parametrize(
    ("value", "channel", "unit", "more", "expected"),
    [(10, "speed", "m/s", {}, 36.0), (50, "speed", "mph", {}, 80.4672), (5, "flow", "veh", {"interval_s": 300}, 60.0),
     (0.4, "occupancy", "1", {}, 40.0), (2, "co", "mg/m3", {}, 2000.0), (293.15, "temperature", "K", {}, 20.0),
     (212, "temperature", "°F", {}, 100.0), (1, "no2", "ppb", {"conditions": "us"}, 1.8804)],
)  # fmt: skip
def test_that_units_become_the_channels(
    value: float, channel: str, unit: str, more: dict[str, float], expected: float
) -> None:
    found = converted(np.array([float(value)]), known()[channel], unit, **more)
    assert found[0] == pytest.approx(expected, rel=1e-3)


def test_that_a_unit_that_cannot_be_is_refused_with_those_that_can() -> None:
    with pytest.raises(TwinError, match=r"km/h, which ppb cannot become\. Possible are km/h, m/s, mph"):
        converted(np.zeros(1), known()["speed"], "ppb")
    with pytest.raises(TwinError, match="over how many seconds"):
        converted(np.zeros(1), known()["flow"], "veh")


@settings(deadline=None, max_examples=25)
@given(lon=st.floats(73, 135), lat=st.floats(18, 53))
def test_that_chinese_coordinates_come_back(lon: float, lat: float) -> None:
    here = np.array([[lon, lat]])
    shifted = gcj02_from_wgs84(here)
    assert 10 < np.hypot(*((shifted - here)[0] * 111_000)) < 1500
    assert np.abs(wgs84_from_gcj02(shifted) - here).max() < 1e-7
    assert np.abs(gcj02_from_bd09(bd09_from_gcj02(shifted)) - shifted).max() < 1e-8


def test_that_tiananmen_lies_where_the_services_say() -> None:
    # Published pairs of the eviltransform tests: WGS 84 to GCJ-02.
    pairs = {(121.474490, 31.227004): (121.478990, 31.225061), (116.391, 39.907): (116.39724, 39.90840)}
    for wgs, gcj in pairs.items():
        assert np.abs(gcj02_from_wgs84(np.array([wgs]))[0] - gcj).max() < 3e-5
    assert gcj02_from_wgs84(np.array([[24.95, 60.17]])).tolist() == [[24.95, 60.17]]


def test_that_swapped_coordinates_are_put_right_only_where_that_is_certain(tmp_path: Path) -> None:
    t = "2024-01-01T00:00:00Z"
    text = HEAD + f"{t},good,24.95,60.17,1\n{t},swapped,60.17,24.95,2\n{t},lost,124.95,160.17,3\n{t},null,0,0,4\n"
    readings, intake, lines = taken(written(tmp_path, text), from_plain(PLAIN), home=(24.95, 60.17))
    assert intake.places.swapped == 1
    assert intake.roster.lonlat[:2].tolist() == [[24.95, 60.17]] * 2
    assert readings.value.tolist() == [1.0, 2.0, 4.0]  # (0, 0) is nobody's place: such a sensor has none
    assert [line[:2] for line in lines] == [(4, Reason.IMPOSSIBLE_PLACE)]
    assert intake.places.unplaced == 1


def test_that_a_long_table_has_a_row_a_value_and_its_own_units(tmp_path: Path) -> None:
    text = "when,station,parameter,value,unit\n" + "".join(
        f"2024-01-01T0{hour}:00:00Z,{station},{word},{value},{unit}\n"
        for hour, station, word, value, unit in [
            (0, "A", "pm25", 12, "µg/m³"), (0, "A", "co", 0.5, "mg/m³"), (1, "B", "PM25", 14, "ug/m3"),
            (1, "B", "benzene", 1, "µg/m³"),
        ]
    )  # fmt: skip
    told = from_plain({
        "time": {"columns": "when"}, "sensor": {"columns": "station"},
        "long": {"channel": "parameter", "value": "value", "unit": "unit"},
        "measured": [{"column": "pm25", "channel": "pm25"}, {"column": "co", "channel": "co"}],
    })  # fmt: skip
    readings, intake, lines = taken(written(tmp_path, text), told)
    assert sorted(zip(readings.sensor.tolist(), readings.value.tolist(), strict=True)) == [(0, 12), (0, 500), (1, 14)]
    assert [sensor.channels for sensor in intake.roster.sensors] == [("pm25", "co"), ("pm25",)]
    assert [line[:2] for line in lines] == [(5, Reason.UNKNOWN_CHANNEL)]


def test_that_quality_flags_mark_and_refuse(tmp_path: Path) -> None:
    text = "time,id,speed,flag\n" + "".join(f"2024-01-01T0{h}:00:00Z,a,5{h},{f}\n" for h, f in enumerate("VETN"))
    told = PLAIN | {"place": {}, "quality": {"column": "flag", "doubtful": "T", "estimated": "E", "rejected": "N"}}
    readings, _intake, lines = taken(written(tmp_path, text), from_plain(told))
    assert readings.quality.tolist() == [0, 2, 1]
    assert [line[0] for line in lines] == [5]


def test_that_a_mapping_written_and_read_is_the_same(tmp_path: Path) -> None:
    for name, told in mapping.presets().items():
        path = written(tmp_path, to_toml(told), f"{name}.toml")
        assert repr(read_mapping(path)) == repr(told)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("[time", "is no mapping"), ("speed = 1", "no entry speed"), ("[time]\nzone = 5", "time.zone cannot be 5"),
     ("[[measured]]\nchannel = 'x'", "does not know the channel x"), ("missing = 3", "must be a list"),
     (f"[time]\ninterval_s = 1{'0' * 400}", "time.interval_s cannot be 1000")],
)  # fmt: skip
def test_that_a_mapping_that_cannot_be_meant_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        read_mapping(written(tmp_path, text, "m.toml"))


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "站点"), ("gb18030", "站点监测大气北京海淀"), ("cp1252", "Straße"), ("utf-16", "Straße")],
)
def test_that_other_encodings_are_read(tmp_path: Path, encoding: str, name: str) -> None:
    text = f"time,id,speed\n2024-01-01T00:00:00Z,{name},50\n"
    path = written(tmp_path, text, encoding=encoding)
    _readings, intake, _lines = taken(path, from_plain(PLAIN | {"place": {}}))
    assert intake.roster.sensors[0].key == name


def test_that_a_guess_knows_the_usual_names_and_says_why(tmp_path: Path) -> None:
    rows = "".join(
        f"{day:02}.11.2024 {h:02}:00;D{n};13,4;52,5;{n},5;8{h}\n" for day in (1, 2) for h in range(24) for n in (1, 2)
    )
    path = written(tmp_path, "Zeitpunkt;detector_id;lon;lat;geschwindigkeit;flow [veh/h]\n" + rows)
    guessed = mapping.guess(path)
    told = guessed.mapping
    assert (told.time.columns, told.time.format, told.time.interval_s) == (("Zeitpunkt",), "%d.%m.%Y %H:%M", 3600)
    assert (told.sensor.columns, told.place.lon, told.place.lat) == (("detector_id",), "lon", "lat")
    assert [m.channel.key for m in told.measured] == ["speed", "flow"]
    assert any("local time" in reason for reason in guessed.reasons)
    readings, _intake, lines = taken(path, told)
    assert (len(readings), lines) == (192, [])


def test_that_remembered_mappings_come_first(tmp_path: Path) -> None:
    path = written(tmp_path, HEAD + f"2024-01-01T00:00:00Z,a,{PLACE},50\n")
    told = from_plain(PLAIN | {"title": "mine"})
    written(tmp_path, to_toml(told), mapping.signature(mapping.open_table(path).columns) + ".toml")
    assert mapping.guess(path, tmp_path).mapping == told


def test_that_points_of_the_compass_are_degrees() -> None:
    found = headings(["West", "North East", "110", "-90", "", "Nordost", "东"])
    assert np.array_equal(found, [270, 45, 110, 270, np.nan, 45, 90], equal_nan=True)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8), max_size=8))
def test_that_what_was_seen_is_known_again(batches: list[list[tuple[int, int]]]) -> None:
    seen, truth = Seen(), set[tuple[int, int]]()
    for batch in batches:
        expected = []
        for row in batch:
            expected.append(row in truth)
            truth.add(row)
        table = np.array(batch, np.float64).reshape(-1, 2)
        assert seen.add([table[:, 0], table[:, 1]]).tolist() == expected


def test_that_a_mapping_too_large_for_one_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('layer = "air"\n' + "# word\n" * 600_000)
    with pytest.raises(TwinError, match="too large"):
        mapping.read_mapping(tmp_path / "m.toml")


def test_that_parquet_is_the_same_table(tmp_path: Path) -> None:
    import pandas as pd

    if importlib.util.find_spec("pyarrow") is None:  # an extra that not everybody has
        (tmp_path / "t.parquet").write_bytes(b"PAR1" + bytes(8) + b"PAR1")
        with pytest.raises(TwinError, match="analysis"):
            mapping.guess(tmp_path / "t.parquet")
        return
    frame = pd.DataFrame({
        "time": pd.to_datetime(["2024-01-01 00:00", "2024-01-01 01:00"]).tz_localize("UTC"), "id": ["a", None],
        "lon": [24.95, 24.95], "lat": [60.17, 60.17], "speed": [50.5, np.nan],
    })  # fmt: skip
    frame.to_parquet(tmp_path / "t.parquet")
    readings, _intake, lines = taken(tmp_path / "t.parquet", from_plain(PLAIN))
    assert (readings.value.tolist(), readings.t_start.tolist()) == ([50.5], [1704067200.0])
    assert [line[:2] for line in lines] == [(2, Reason.UNKNOWN_SENSOR)]


def test_that_real_tables_are_read_as_their_readme_says() -> None:
    expected = {
        "traffic_berlin/berlin_mitte_week_2024-11-11.csv": (24, 2555, 5088),
        "traffic_hongkong/hk_detectors_2023-09-04_hourly.csv.gz": (685, 43_008, 129_024),
        "air_beijing/PRSA_Data_Dongsi_20130301-20170228.csv.gz": (1, 35_064, 202_956),
    }
    for name, (places, rows, readings) in expected.items():
        if not (SENSORS / name).is_file():  # they do not come with the program
            continue
        found, intake, lines = taken(SENSORS / name, mapping.guess(SENSORS / name).mapping)
        assert (len(np.unique(intake.roster.lonlat, axis=0)), intake.count.rows, len(found)) == (places, rows, readings)
        assert not lines


@pytest.mark.parametrize(
    "entry",
    ["factor = nan", "factor = inf", "factor = 0", "channel_shelf_s = nan", "channel_least = nan"],
)
def test_that_a_number_that_would_undo_every_value_is_refused(entry: str) -> None:
    text = f'[[measured]]\ncolumn = "v"\nchannel = "speed"\n{entry}\n'
    with pytest.raises(TwinError, match=entry.split(maxsplit=1)[0].removeprefix("channel_")):
        from_toml(text)
    assert from_toml(text.replace(entry, "channel_most = inf")).measured[0].channel.most == math.inf
