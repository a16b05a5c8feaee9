"""Data at the command line: values of a moment, the layers there are, pictures with legends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sensed
from PIL import Image

from twin import captions, cli
from twin import district as doors
from twin.captions import captioned, moment_text
from twin.cli import parser
from twin.cli.commands import render
from twin.days import Recorder
from twin.legend import Class, Legend
from twin.model import silent
from twin.paper import credit_px
from twin.session import Session

if TYPE_CHECKING:
    from pathlib import Path

AT = "2024-11-12T08:15"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    district = doors.open_district("sample")
    roster = sensed.roster(district)
    with Recorder(folder / "day.twin", roster, title="By hand") as recorder:
        recorder.record(sensed.day(roster, district, hours=9.0))
    doors.save(folder / "helsinki.twin", district, days_of=folder / "day.twin")
    return folder / "helsinki.twin"


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> object:
    assert cli.main([str(word) for word in words]) == 0
    return json.loads(capsys.readouterr().out)


def test_that_at_tells_the_last_value_of_every_sensor(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "at", path, AT, "--json")
    assert isinstance(found, dict)
    assert found["time"] == "2024-11-12T06:15:00.000Z"  # Helsinki's clock
    assert {row["layer"] for row in found["values"]} == {"traffic", "air", "coverage"}
    assert len(found["values"]) == 40 * 2 + 6 * 2 + 1
    row = found["values"][0]
    assert set(row) >= {"layer", "sensor", "channel", "value", "unit", "time", "stale"}
    with Session.open(doors.open_district("sample"), path) as session:
        moment = session.at(sensed.MIDNIGHT_S + 8.25 * 3600)
    assert [row["value"] for row in found["values"]] == moment.last_value.tolist()


def test_that_at_marks_what_is_stale_and_keeps_to_a_layer(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "at", path, "2024-11-12T23:00", "--layer", "air", "--json")
    assert isinstance(found, dict)
    assert {row["layer"] for row in found["values"]} == {"air"}
    assert all(row["stale"] for row in found["values"])
    assert cli.main(["at", str(path), AT, "--layer", "air"]) == 0
    assert "6 of 6 sensors reporting" in capsys.readouterr().out


def test_that_layers_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "layers", "--json")
    assert isinstance(found, list)
    assert {"traffic", "air", "coverage"} <= {layer["layer"] for layer in found}
    assert cli.main(["layers"]) == 0
    assert "cn_hj633" in capsys.readouterr().out


def test_that_info_names_the_layers_of_its_days(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "info", path, "--json")
    assert isinstance(found, dict)
    assert [layer["key"] for layer in found["layers"]] == ["traffic", "air", "coverage"]
    assert found["days"][0]["simulated"]
    assert cli.main(["info", str(path)]) == 0
    assert "2024-11-12" in capsys.readouterr().out


def test_that_a_picture_shows_the_data_with_legend_and_moment(path: Path, tmp_path: Path) -> None:
    pictures = []
    for number, layers in enumerate((["--layers", "traffic,air"], ["--layers", "traffic"], ["--layers", "buildings"])):
        out = tmp_path / f"{number}.png"
        assert cli.main(["render", str(path), "-o", str(out), "--at", AT, "--size", "640x360", "-q", *layers]) == 0
        pictures.append(np.asarray(Image.open(out)).astype(int))
    assert (np.abs(pictures[0] - pictures[1]).max(axis=2) > 20).mean() > 0.01
    assert (np.abs(pictures[1] - pictures[2]).max(axis=2) > 20).mean() > 0.05


def test_that_a_picture_of_another_season_has_its_sun_and_no_legends_without_a_day(path: Path, tmp_path: Path) -> None:
    summer = (parser.moment("2024-06-21T12:00"), parser.moment("2024-11-12T23:59"))
    found = [render._data(path, parser.epoch_s(at, "Europe/Helsinki"), None, silent) for at in summer]
    assert found[0] is None
    assert found[1] is not None  # near enough to the day to be told that there is no data
    asked_for = render._data(path, parser.epoch_s(summer[0], "Europe/Helsinki"), ("air",), silent)
    assert asked_for is not None
    assert asked_for.reporting["air"] == (0, 6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["at", "sample-without", AT], "no recorded day"),
        (["at", "FILE", "yesterday"], "yesterday"),
        (["at", "FILE", AT, "--layer", "noise"], "noise"),
        (["render", "sample-without", "-o", "OUT", "--layers", "air"], "no recorded day"),
    ],
)
def test_that_what_is_not_there_is_one_sentence(
    words: list[str], told: str, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "bare.twin"
    doors.save(bare, doors.open_district("sample"))
    swap = {"FILE": str(path), "sample-without": str(bare), "OUT": str(tmp_path / "x.png")}
    assert cli.main([swap.get(word, word) for word in words]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error


def test_that_a_legend_fits_a_small_picture(path: Path) -> None:
    with Session.open(doors.open_district("sample"), path) as session:
        data = session.picture(sensed.MIDNIGHT_S + 8 * 3600)
    for size in ((180, 320), (400, 200), (720, 1280), (2160, 3840)):
        blank = np.full((*size, 3), 200, np.uint8)
        credit = credit_px(size[1], size[0])
        drawn = captioned(blank, data, zone="Europe/Helsinki", credit_px=credit)
        changed = (drawn != blank).any(axis=2)
        assert 0.02 < changed.mean() < 0.9
        assert not changed[-1].any()
        assert not changed[round(-credit[1]) :, round(-credit[0]) :].any()
        if size[0] >= 720:
            assert changed.mean() < 0.25


@pytest.mark.parametrize(("height", "noted"), [(450, False), (2160, True)])
def test_that_sources_and_terms_stay_on_a_picture_of_any_size_and_notes_where_there_is_room(
    height: int, noted: bool
) -> None:
    legend = Legend("air", "NO₂", "µg/m³", (Class("some", "#123456"),), source="A long name " * 12)
    legend = replace(legend, owner="The city", terms="CC BY 4.0", notes=("What to know of it. " * 30,))
    width = height * 16 // 9
    credit = credit_px(width, height)
    foot = captions._foot(
        [[(legend, "solid", None)]], captions._Pen(max(height / 720, 0.84), False), width, height, credit
    )
    said = " ".join(text for row in foot.rows for text, _ink, _swatch in row.words)
    assert said.startswith(("A long name " * 12).strip())
    assert "The city · CC BY 4.0" in said
    assert ("What to know" in said) == noted
    assert foot.wide <= width - credit[0]


def test_that_a_moment_is_written_in_the_time_of_the_place() -> None:
    assert moment_text(sensed.MIDNIGHT_S + 8.25 * 3600, "Europe/Helsinki") == "Tue 12 Nov 2024  08:15:00 EET"
    assert moment_text(sensed.MIDNIGHT_S, "No/Where") == "Mon 11 Nov 2024  22:00:00 UTC"


def test_that_a_refused_word_is_named_as_it_was_asked(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "week.csv"
    table.write_text("time,speed\n2024-11-12T08:00,30\n")
    dayless = tmp_path / "dayless.twin"
    doors.save(dayless, doors.open_district("sample"))
    for words, sentence in (
        (["at", path, "quarter past"], "A time is written like"),
        (["import", "--guess", table, path], "takes nothing in"),
        (["import", path, tmp_path, "-o", tmp_path / "a.twin"], "is a folder"),
        (["at", dayless, AT], "`twin simulate` makes one"),
    ):
        assert cli.main([str(word) for word in words]) == 2
        assert sentence in capsys.readouterr().err
