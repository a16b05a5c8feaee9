"""`twin fetch` and `twin overlay` as a person uses them: files and servers in, one .twin file out, or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from osmfiles import town
from servers import LAT, LON, Nominatim, Overpass, lonlat, remark, silence, web_page

from twin import cli, file

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
BOX = ",".join(str(degrees) for corner in (lonlat(-250, -250), lonlat(250, 250)) for degrees in corner)
KINDS = ("town.osm", "town.osm.gz", "town.osm.bz2", "town.osm.pbf", "town.json")


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Overpass, Nominatim]]:
    """Return servers of our own, which the settings name, and a cache that is empty."""
    with Overpass() as overpass, Nominatim() as nominatim:
        monkeypatch.setenv("TWIN_OVERPASS_URL", overpass.url)
        monkeypatch.setenv("TWIN_NOMINATIM_URL", nominatim.url)
        monkeypatch.setenv("TWIN_CACHE", str(tmp_path / "cache"))
        yield overpass, nominatim


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the program runs in."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one sentence with which words are refused."""
    assert cli.main([*words, "-q"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    return err.strip()


# From files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_that_every_kind_of_file_becomes_the_same_district(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town().save(folder / name)
    assert cli.main(["fetch", "--osm", name, "-o", "town.twin", "-q"]) == 0
    assert capsys.readouterr().out.startswith("town.twin: 3 buildings, 2 streets, ")
    told = file.read_info("town.twin")
    assert told["name"] == "town"
    assert told["sources"][0]["detail"] == name
    assert sorted(entry.name for entry in folder.iterdir()) == sorted(["town.twin", name])


def test_that_a_piece_is_cut_out_of_a_file(folder: Path) -> None:
    town().save(folder / "town.osm")
    west, south, east, north = 9.9999, 49.9999, 10.0004, 50.0002  # about the plain house alone
    assert cli.main(["fetch", "--osm", "town.osm", f"--bbox={west},{south},{east},{north}", "-o", "p.twin", "-q"]) == 0
    told = file.read_info("p.twin")
    assert told["counts"]["buildings"] == 1
    assert told["incomplete"] == ""
    assert told["bounds"] == pytest.approx([west, south, east, north], abs=1e-6)


def test_that_an_area_beyond_the_file_ends_where_its_data_ends(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town().save(folder / "town.osm")
    assert cli.main(["fetch", "--osm", "town.osm", "--bbox", "0,40,30,60", "-o", "p.twin", "-q"]) == 0
    west, south, east, north = file.read_info("p.twin")["bounds"]
    assert (east - west) < 0.1
    assert (north - south) < 0.1
    assert "only a part" in capsys.readouterr().err


def test_that_a_box_elsewhere_is_told_with_what_the_file_covers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town().save(folder / "town.osm")
    sentence = refused(capsys, "fetch", "--osm", "town.osm", "--bbox", "50,10,50.01,10.01", "-o", "p.twin")
    assert "town.osm covers 9.99" in sentence
    assert "50,10,50.01,10.01" in sentence


def broken_files(folder: Path) -> dict[str, Path]:
    """Return files that are no OpenStreetMap data, each in its own way."""
    whole = town().save(folder / "whole.osm.pbf").read_bytes()
    names = {
        "empty": "empty.osm.pbf",
        "large": "large.osm.pbf",
        "text": "text.osm",
        "cut": "cut.osm.pbf",
        "corrupt": "corrupt.osm.pbf",
        "cut xml": "cut.osm",
        "cut gz": "cut.osm.gz",
        "json": "other.json",
        "folder": "folder.osm",
        "missing": "missing.osm",
    }
    paths = {what: folder / name for what, name in names.items()}
    paths["empty"].touch()
    paths["large"].touch()
    os.truncate(paths["large"], 2 << 30)  # sparse
    paths["text"].write_text("hello\n" * 100)
    paths["cut"].write_bytes(whole[: len(whole) * 2 // 3])
    paths["corrupt"].write_bytes(whole[: len(whole) // 2] + bytes(byte ^ 85 for byte in whole[len(whole) // 2 :]))
    paths["cut xml"].write_text(town().xml()[:2000])
    paths["cut gz"].write_bytes(town().save(folder / "t.osm.gz").read_bytes()[:300])
    paths["json"].write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    paths["folder"].mkdir()
    return paths


def test_that_what_is_no_map_gets_one_sentence_with_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for what, path in broken_files(folder).items():
        assert path.name in refused(capsys, "fetch", "--osm", path.name, "-o", "out.twin"), what
    assert not list(folder.glob("*.twin*"))


def test_that_what_is_no_ordinary_file_is_not_waited_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert os.devnull in refused(capsys, "fetch", "--osm", os.devnull, "-o", "out.twin")


def test_that_a_file_given_as_a_place_is_told_how_to_give_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town().save(folder / "town.osm")
    assert "--osm town.osm" in refused(capsys, "fetch", "town.osm", "-o", "out.twin")


def test_that_an_older_district_stays_when_the_new_one_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "town.twin").write_bytes(b"the old one")
    (folder / "empty.osm").touch()
    refused(capsys, "fetch", "--osm", "empty.osm", "-o", "town.twin")
    assert (folder / "town.twin").read_bytes() == b"the old one"


def test_that_an_older_district_is_replaced_by_the_new_one(folder: Path) -> None:
    (folder / "town.twin").write_bytes(b"the old one")
    town().save(folder / "town.osm")
    assert cli.main(["fetch", "--osm", "town.osm", "-o", "town.twin", "--name", "The Town", "-q"]) == 0
    assert file.read_info("town.twin")["name"] == "The Town"


# Where ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Say where"),
        (["Kallio", "--bbox", BOX], "PLACE, --bbox"),
        (["--point", "60,24", "--radius", "300", "--polygon", "p.geojson"], "--point, --polygon"),
        (["--point", "60,24"], "--radius"),
        (["--radius", "300"], "Say where"),
        (["--bbox", BOX, "--radius", "300"], "--radius"),
        (["--bbox", "0,40,30,60"], "200 km²"),
        (["--bbox", "13.41,52.51,13.37,52.53"], "west,south,east,north"),
        (["--bbox", "52.5,200,52.6,201"], "201"),
        (["--bbox", "1,2,3"], "--bbox"),
        (["--point", "151.2,-33.8", "--radius", "300"], "swapped"),
        (["--point", "-33.8,151.2", "--radius", "-300"], "--radius"),
        (["--polygon", "missing.geojson"], "missing.geojson"),
        ([""], "a name"),
        (["Kallio", "--name", " "], "--name"),
        (["Kallio", "--overpass", "ftp://somewhere"], "--overpass"),
        (["Kallio", "--nominatim", "http://me:secret@somewhere"], "--nominatim"),
        (["Kallio", "-o", "kallio.gpkg"], ".twin"),
        (["Kallio", "-o", "nowhere/kallio.twin"], "nowhere"),
        (["Kallio", "-o", "."], ".twin"),
    ],
)
def test_that_what_cannot_be_fetched_is_told_before_anybody_is_asked(
    words: list[str],
    told: str,
    folder: Path,
    servers: tuple[Overpass, Nominatim],
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentence = refused(capsys, "fetch", "-o", "out.twin", *words)
    assert told in sentence
    assert "secret" not in sentence
    assert list(folder.iterdir()) == []
    assert [server.asked for server in servers] == [[], []]


# From servers ---------------------------------------------------------------------------------------


def test_that_a_box_is_fetched_once_and_then_kept(
    folder: Path, servers: tuple[Overpass, Nominatim], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["fetch", "--bbox", BOX, "-o", "quarter.twin", "-q"]) == 0
    assert capsys.readouterr().out.startswith("quarter.twin: 7 buildings")
    asked = len(servers[0].asked)
    assert asked > 0
    assert cli.main(["fetch", "--bbox", BOX, "-o", "again.twin", "-q"]) == 0
    assert len(servers[0].asked) == asked
    told, again = file.read_info("quarter.twin"), file.read_info("again.twin")
    assert told["counts"] == again["counts"]
    assert told["sources"][0]["retrieved"] == again["sources"][0]["retrieved"]
    assert servers[0].url in told["sources"][0]["detail"]
    assert cli.main(["fetch", "--bbox", BOX, "-o", "again.twin", "-q", "--refresh"]) == 0
    assert len(servers[0].asked) == 2 * asked


def test_that_a_place_is_found_and_gives_its_name(folder: Path, servers: tuple[Overpass, Nominatim]) -> None:
    assert cli.main(["fetch", "Old", "Quarter", "-o", "q.twin", "-q"]) == 0
    assert file.read_info("q.twin")["name"] == "Old Quarter"
    assert [asked.text.casefold() for asked in servers[1].asked] == ["old quarter"]


def test_that_a_point_is_fetched_with_options_for_the_server(
    folder: Path, servers: tuple[Overpass, Nominatim], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWIN_OVERPASS_URL", "http://127.0.0.1:9/api")
    words = ["fetch", "--point", f"{LAT},{LON}", "--radius", "100", "--overpass", servers[0].url, "-o", "p.twin", "-q"]
    assert cli.main(words) == 0
    west, south, east, north = file.read_info("p.twin")["bounds"]
    assert (north - south) * 111_230 == pytest.approx(200, rel=0.01)
    assert west < LON < east


def test_that_an_unknown_place_is_named(
    folder: Path, servers: tuple[Overpass, Nominatim], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Atlantis" in refused(capsys, "fetch", "Atlantis", "-o", "out.twin")
    assert list(folder.iterdir()) == []


def test_that_an_empty_sea_is_told_with_a_guess_at_why(
    folder: Path, servers: tuple[Overpass, Nominatim], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "0,0,0.01,0.01" in refused(capsys, "fetch", "--bbox", "0,0,0.01,0.01", "-o", "out.twin")
    assert list(folder.iterdir()) == []


def test_that_a_partial_answer_is_kept_only_on_request(
    folder: Path, servers: tuple[Overpass, Nominatim], capsys: pytest.CaptureFixture[str]
) -> None:
    servers[0].script = [remark("runtime error: Query timed out")]
    assert "--keep-partial" in refused(capsys, "fetch", "--bbox", BOX, "-o", "out.twin")
    assert list(folder.iterdir()) == []
    assert cli.main(["fetch", "--bbox", BOX, "-o", "out.twin", "-q", "--keep-partial"]) == 0
    assert "timed out" in capsys.readouterr().err
    assert "timed out" in file.read_info("out.twin")["incomplete"]


def test_that_a_hotel_portal_is_one_sentence(
    folder: Path, servers: tuple[Overpass, Nominatim], capsys: pytest.CaptureFixture[str]
) -> None:
    servers[0].script = [web_page()]
    assert "127.0.0.1" in refused(capsys, "fetch", "--bbox", BOX, "-o", "out.twin")
    assert list(folder.iterdir()) == []


# Windows sends no others to a single program, and ends it at once for SIGTERM.
STOPS = (
    [(signal.CTRL_BREAK_EVENT, 128 + signal.SIGBREAK)]
    if sys.platform == "win32"
    else [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)


@pytest.mark.parametrize(("number", "code"), STOPS)
def test_that_a_download_can_be_stopped(
    number: int, code: int, folder: Path, servers: tuple[Overpass, Nominatim]
) -> None:
    servers[0].script = [silence]
    words = [sys.executable, "-m", "ui", "fetch", "--bbox", BOX, "-o", str(folder / "out.twin")]
    new: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if sys.platform == "win32" else {}
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **new) as running:
        servers[0].wait_until_asked(1)
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
    servers[0].wait_until_left()
    assert running.returncode == code
    assert out == ""
    assert "Traceback" not in err
    assert list(folder.iterdir()) == []


# overlay --------------------------------------------------------------------------------------------


def plan(path: Path) -> Path:
    """Write a planned building, 90 m high, near the middle of the town."""
    ring = [[10.0, 50.0], [10.0005, 50.0], [10.0005, 50.0005], [10.0, 50.0005], [10.0, 50.0]]
    feature = {
        "type": "Feature",
        "properties": {"h": "90"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return path


TERMS = ["--name", "Towers", "--source", "City plan 2030", "--licence", "CC BY 4.0"]


def test_that_a_plan_is_laid_over_a_district_with_its_terms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    town().save(folder / "town.osm")
    plan(folder / "plan.geojson")
    assert cli.main(["fetch", "--osm", "town.osm", "-o", "town.twin", "-q"]) == 0
    words = ["overlay", "town.twin", "plan.geojson", "-o", "town.twin", "--kind", "mass", "--height", "h", "-q", *TERMS]
    assert cli.main(words) == 0
    told = file.read_info("town.twin")
    assert told["overlays"] == [{"name": "Towers", "features": 1}]
    source = told["sources"][1]
    assert (source["title"], source["licence"], source["credit"]) == ("Towers", "CC BY 4.0", "City plan 2030")
    assert time.time() - source["retrieved"] < 600
    assert file.read_district("town.twin").tables["overlays"]["height_m"].tolist() == [90.0]
    assert "Towers" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan.geojson"], "--name"),
        (["plan.geojson", *TERMS, "--height", "storeys"], "storeys"),
        (["missing.geojson", *TERMS], "missing.geojson"),
        (["town.osm", *TERMS], "town.osm"),
        (["plan.geojson", *TERMS, "--crs", "EPSG:0"], "EPSG:0"),
    ],
)
def test_that_an_overlay_that_cannot_be_is_refused(
    words: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town().save(folder / "town.osm")
    plan(folder / "plan.geojson")
    assert cli.main(["fetch", "--osm", "town.osm", "-o", "town.twin", "-q"]) == 0
    capsys.readouterr()
    assert told in refused(capsys, "overlay", "town.twin", *words, "-o", "out.twin")
    assert not (folder / "out.twin").exists()
