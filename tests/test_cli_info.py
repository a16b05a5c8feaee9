"""What the command line tells about files, and lays over them."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from commands import fetched, refused
from osmfiles import town

from twin import cli, district, file
from twin.cli.commands import info

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small district as a .twin file, which no test changes."""
    return fetched(tmp_path_factory.mktemp("kept"))


# info and verify ------------------------------------------------------------------------------------


def test_that_info_tells_scripts_what_they_rely_on(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", str(kept), "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert {
        *("name", "bounds", "crs", "counts", "heights", "repairs", "sources", "days", "layers", "version", "credit"),
    } <= told.keys()
    assert {"buildings", "parts", "streets", "trees", "lamps"} <= told["counts"].keys()
    assert told["heights"].keys() == {"tagged", "levels", "inferred"}
    assert sum(told["heights"].values()) == told["counts"]["buildings"] == 3
    assert told["name"] == "town"


def test_that_info_tells_people_everything_in_words(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", str(kept)]) == 0
    out = capsys.readouterr().out
    assert "Building parts" in out
    assert "1 x Mapped as a point" in out
    assert "© OpenStreetMap contributors" in out
    assert "node_building" not in out  # codes are for scripts


def test_that_info_tells_ages_and_shares() -> None:
    told = {
        "name": "Somewhere",
        "bounds": [10.0, 50.0, 10.01, 50.01],
        "zone": "UTC",
        "counts": {"buildings": 1234},
        "heights": {"tagged": 1, "levels": 2, "inferred": 1},
        "overlays": [{"name": "Plan", "features": 3}, {"name": "Aerial", "table": "image_1"}],
        "sources": [
            {
                "title": "OpenStreetMap",
                "licence": "ODbL",
                "credit": "©",
                "detail": "a box",
                "data_time": 0.0,
                "retrieved": 86_400.0,
            }
        ],
        "repairs": {"ring_invalid": 2, "cut_by_edge": 10},
        "dropped": {},
        "incomplete": "Half is missing.",
        "credit": "©",
        "licence": "ODbL",
        "version": 1,
        "program": "0",
    }
    rows = info.rows(told, now=3 * 86_400.0)
    values = [value for _label, value in rows]
    assert "25 % mapped, 50 % from storeys, 25 % assumed" in values
    assert "data of 1970-01-01 (3 days old)" in values
    assert "taken on 1970-01-02 (2 days ago)" in values
    assert "Half is missing." in values
    assert "1\u202f234" in values
    mended = [value for value in values if " x " in value and "km" not in value]
    assert mended[0].startswith("10 x ")  # the most frequent first
    assert mended[1].startswith(" 2 x ")


def test_that_the_word_sample_stands_for_the_district_that_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "sample", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Helsinki"


def test_that_a_missing_sample_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(district, "sample", lambda: tmp_path / "sample.twin")
    assert str(tmp_path) in refused(capsys, "info", "sample")


def test_that_a_whole_file_is_verified(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", str(kept)]) == 0
    assert str(kept) in capsys.readouterr().out
    assert cli.main(["verify", str(kept), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"ok": True, "problems": []}


def test_that_a_changed_file_is_told_with_what_changed(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.twin"
    changed.write_bytes(kept.read_bytes())
    with sqlite3.connect(changed) as database:
        database.execute("UPDATE trees SET height_m = 99")
    database.close()
    assert cli.main(["verify", str(changed)]) == 2
    assert "trees" in capsys.readouterr().out
    assert cli.main(["verify", str(changed), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert not told["ok"]
    assert [problem["table"] for problem in told["problems"]] == ["trees"]


def broken_files(kept: Path, folder: Path) -> dict[str, Path]:
    """Return files that are no .twin file, each in its own way."""
    whole = kept.read_bytes()
    paths = {name: folder / f"{name}.twin" for name in ("missing", "empty", "large", "text", "half", "newer", "folder")}
    paths["empty"].touch()
    paths["large"].touch()
    os.truncate(paths["large"], 2 << 30)  # sparse
    paths["text"].write_text("hello\n" * 100)
    paths["half"].write_bytes(whole[: len(whole) // 2])
    paths["newer"].write_bytes(whole)
    with sqlite3.connect(paths["newer"]) as database:
        database.execute("UPDATE twin_manifest SET value = '99' WHERE key = 'schema'")
    database.close()
    paths["folder"].mkdir()
    return paths


@pytest.mark.parametrize("command", ["info", "verify", "render"])
def test_that_what_is_no_twin_file_gets_one_sentence_with_its_name(
    command: str, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in broken_files(kept, tmp_path).values():
        more = ["-o", str(tmp_path / "out.png")] if command == "render" else []
        assert path.name in refused(capsys, command, str(path), *more)
    assert not (tmp_path / "out.png").exists()


def test_that_raw_map_data_is_told_how_to_become_a_district(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    town().save(tmp_path / "town.osm.pbf")
    assert "`twin fetch --osm town.osm.pbf -o town.twin`" in refused(capsys, "info", "town.osm.pbf")


# overlay --------------------------------------------------------------------------------------------


def test_that_an_overlay_joins_a_copy_and_the_answer_counts_it(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    west, south, east, north = file.read_info(kept)["bounds"]
    lon, lat = (west + east) / 2, (south + north) / 2
    corners = [[lon, lat], [lon + 1e-4, lat], [lon, lat + 1e-4], [lon, lat]]
    for count, said in ((1, "1 feature laid over"), (2, "2 features laid over")):
        features = [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [corners]}}]
        (tmp_path / "plan.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features * count}))
        words = ["--name", "Plan", "--source", "The city", "--licence", "CC0 1.0", "-q"]
        both = tmp_path / "both.twin"
        assert cli.main(["overlay", str(kept), str(tmp_path / "plan.geojson"), "-o", str(both), *words]) == 0
        assert said in capsys.readouterr().out
        assert district.open_city(both).credits == ("Plan: The city (CC0 1.0)",)


def test_that_a_name_that_no_disk_takes_is_one_sentence(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--name", "Plan", "--source", "The city", "--licence", "CC0 1.0", "-o", str(kept.with_name("o.twin"))]
    sentence = refused(capsys, "overlay", str(kept), "x" * 300, *words)
    assert "[Errno" not in sentence
    assert "cannot be read" in sentence
