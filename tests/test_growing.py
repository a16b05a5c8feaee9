"""A file that another program appends to, replaces and cuts short."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, heard, opened, sound, table

from twin.mapping import guess, mapping_of
from twin.mapping.channels import known
from twin.model import TwinError
from twin.readings import Reason
from twin.sources import kind_of, kinds
from twin.sources.growing import Growing, path_of
from twin.sources.mapped import Mapped
from twin.sources.moments import moment
from twin.sources.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = "time,sensor,lon,lat,channel,value,unit\n"
T = moment("2026-11-22T10:00:00Z")


def line(minute: int, value: Any, sensor: str = "mast", channel: str = "pm25", unit: str = "µg/m³") -> str:
    return f"2026-11-22T10:{minute:02d}:00Z,{sensor},24.94,60.17,{channel},{value},{unit}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "readings.csv"
    found.write_text(HEAD + line(0, 8.5) + line(0, 12, channel="temperature", unit="°C"), encoding="utf-8")
    return found


def source_of(path: Path, mapping: str = "readings") -> Any:
    return opened("file", str(path), mapping=mapping)


def rows(source: Any, told: Any) -> list[tuple[str, float, float]]:
    return [(one[1], one[3] - T, one[4]) for one in table(source.roster, told.readings)]


def until(count: int) -> Callable[[Any], bool]:
    return lambda told: len(told.readings) >= count


def append(path: Path, text: str) -> Callable[[], None]:
    def write() -> None:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)

    return write


def test_that_what_is_there_and_what_comes_is_told_once(path: Path) -> None:
    source = source_of(path)
    half = line(2, 10.5)
    told = heard(
        source,
        until(4),
        then=[lambda: None, append(path, line(1, 9.5) + half[:20]), append(path, half[20:])],
    )
    assert told.error is None
    assert rows(source, told) == [
        ("pm25", 0, 8.5), ("temperature", 0, 12.0), ("pm25", 60, 9.5), ("pm25", 120, 10.5),
    ]  # fmt: skip
    append(path, line(3, 11))()
    again = heard(source, until(1))
    assert rows(source, again) == [("pm25", 180, 11.0)]
    sound(source.roster, told.readings)


def test_that_a_file_that_is_replaced_is_read_to_its_end_and_followed(path: Path) -> None:
    source = source_of(path)

    def rotate() -> None:
        append(path, line(1, 9.5).rstrip("\n"))()
        path.rename(path.with_suffix(".1"))
        path.write_text("value,unit,time,sensor,lon,lat,channel\n10.5,,2026-11-22T10:02:00Z,mast,24.94,60.17,pm25\n",
                        encoding="utf-8")  # fmt: skip

    told = heard(source, until(4), then=[lambda: None, rotate])
    assert told.error is None
    assert rows(source, told)[2:] == [("pm25", 60, 9.5), ("pm25", 120, 10.5)]


def test_that_a_file_that_is_cut_short_is_read_anew(path: Path) -> None:
    source = source_of(path)
    told = heard(
        source, until(3), then=[lambda: None, lambda: path.write_text(HEAD + line(5, 7), encoding="utf-8") and None]
    )
    assert told.error is None
    assert rows(source, told)[2:] == [("pm25", 300, 7.0)]


def test_that_what_cannot_be_read_is_told_with_its_line(path: Path) -> None:
    source = source_of(path)
    told = heard(
        source,
        lambda told: told.rejects.total >= 3,
        then=[lambda: None, append(path, line(1, "much") + "a,b\n" + line(2, 5, channel="colour") + line(3, 5))],
    )
    assert sorted((one.reason, one.where) for one in told.rejects.examples) == [
        (Reason.NOT_A_NUMBER, "readings.csv, line 4"),
        (Reason.UNKNOWN_CHANNEL, "readings.csv, line 6"),
        (Reason.UNREADABLE, "readings.csv, line 5"),
    ]
    assert rows(source, told)[-1] == ("pm25", 180, 5.0)


def test_that_documents_a_line_are_read_by_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "readings.jsonl"
    mapping = '[time]\ncolumns = ["at"]\n[sensor]\ncolumns = ["id"]\n[[measured]]\ncolumn = "v.pm"\nchannel = "pm10"\n'
    documents = [json.dumps({"at": f"2026-11-22T10:0{at}:00Z", "id": "a", "v": {"pm": at}}) for at in range(3)]
    path.write_text("\n".join([documents[0], '{"at": ', documents[1]]) + "\n", encoding="utf-8")
    source = source_of(path, mapping)
    told = heard(source, until(3), then=[lambda: None, append(path, documents[2] + "\n")])
    assert rows(source, told) == [("pm10", 0, 0.0), ("pm10", 60, 1.0), ("pm10", 120, 2.0)]
    assert [one.where for one in told.rejects.examples] == ["readings.jsonl, line 2"]


def test_that_after_a_restart_only_what_is_new_is_told(path: Path) -> None:
    append(path, line(1, 9.5))()
    source = source_of(path)
    told = heard(source, until(1), since_s=T + 330)  # what is written up to five minutes late is new, too
    assert rows(source, told) == [("pm25", 60, 9.5)]


def test_that_a_file_that_is_not_there_yet_may_come(tmp_path: Path) -> None:
    path = tmp_path / "later.csv"
    source = source_of(path)
    error = heard(source).error
    assert isinstance(error, Trouble)
    assert not error.grave
    assert "no file" in str(error)
    path.write_text(HEAD + line(0, 1), encoding="utf-8")
    assert len(heard(source, until(1)).readings) == 1
    error = heard(source_of(tmp_path)).error
    assert isinstance(error, Trouble)
    assert error.grave


def test_that_a_file_without_lines_and_one_of_another_kind_are_told(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"x" * (2 << 20))
    error = heard(source_of(path), until(1)).error
    assert "has no lines" in str(error)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "no column" in str(heard(source_of(path), until(1)).error)


def test_that_a_long_file_is_told_from_where_it_matters(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twin.sources.growing._BEFORE_BYTES", 200)
    append(path, "".join(line(minute, minute) for minute in range(1, 60)))()
    source = source_of(path)
    told = heard(source, until(3))
    assert rows(source, told)[-1] == ("pm25", 59 * 60, 59.0)
    assert len(told.readings) < 6


def test_that_paths_and_addresses_of_files_are_understood(tmp_path: Path) -> None:
    assert path_of("file:///data/r%20x.csv") == Path("/data/r x.csv")
    assert path_of("/data/r.csv") == Path("/data/r.csv")
    assert kind_of("/data/r.csv").key == "file"
    for address in ("file://elsewhere/x", "file:", " "):
        with pytest.raises(TwinError):
            path_of(address)


def test_that_the_preset_is_a_table_which_the_importer_knows_too(path: Path) -> None:
    (preset,) = kinds()["file"].presets
    assert {one.channel.key for one in mapping_of(preset.mapping).measured} == set(known())
    assert guess(path).mapping.measured == mapping_of("readings").measured


@given(st.binary(max_size=300), st.integers(1, 40))
def test_that_any_bytes_in_any_pieces_are_rows_or_a_sentence(wound: bytes, step: int) -> None:
    text = (HEAD + line(0, 8.5) + line(1, 9.5)).encode()
    text = text[: len(text) // 2] + wound + text[len(text) // 2 :]
    growing = Growing(Path("nowhere.csv"), Mapped(mapping_of("readings"), HERE))
    try:
        for block in filter(None, (text[at : at + 10 * step] for at in range(0, len(text), 10 * step))):
            growing._take(block)
    except Trouble:
        return
    batch = growing._batch()
    sound(growing.roster, batch.readings)
