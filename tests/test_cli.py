"""The command line as scripts and people meet it: words, sentences, exit codes, what goes to which stream."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from osmfiles import town

import twin
from twin import cli, district, file
from twin.cli import dispatch, interrupts, streams
from twin.cli.commands import info, render
from twin.cli.parser import join_numbers
from twin.model import Cancelled, TwinError
from twin.settings import Settings
from twin.sight import DETAILS

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small district as a .twin file, which no test changes."""
    folder = tmp_path_factory.mktemp("kept")
    path = folder / "town.twin"
    assert cli.main(["fetch", "--osm", str(town().save(folder / "town.osm")), "-o", str(path), "-q"]) == 0
    return path


def twin_in_child(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "ui", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=100,
    )


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one sentence with which words are refused."""
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    return err.strip()


# Help and words -------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_that_help_names_every_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    assert {"doctor", "fetch", "info", "overlay", "render", "standards", "verify"} <= set(dispatch.names())
    assert all(f"  {name} " in out for name in dispatch.names())


@pytest.mark.parametrize("name", ["doctor", "fetch", "info", "overlay", "render", "standards", "verify"])
def test_that_every_command_explains_itself_in_both_ways(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["help", name]) == 0
    first = capsys.readouterr().out
    assert cli.main([name, "--help"]) == 0
    assert capsys.readouterr().out == first
    assert f"twin {name}" in first


def test_that_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"twin {twin.__version__}\n"


def test_that_an_unknown_command_is_answered_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = refused(capsys, "fetsh", "Kallio")
    assert "fetsh" in sentence
    assert "fetch" in sentence


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["info"], "FILE"),
        (["render", "sample"], "-o"),
        (["info", "sample", "--jason"], "--jason"),
        (["info", "sample", "--js"], "--js"),  # no abbreviations
        (["render", "sample", "-o"], "-o"),
        (["info", "sample", "--json=yes"], "--json"),
        (["help", "nothing"], "nothing"),
    ],
)
def test_that_wrong_words_get_a_sentence_that_names_them(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in refused(capsys, *words)


def shown_commands() -> list[list[str]]:
    """Return the words of every `twin COMMAND` that the README or a command's help shows."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    helps = [dispatch._parser(name).format_help() for name in dispatch.names()]
    lines = [line.strip() for text in (readme, *helps) for line in text.splitlines()]
    words = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("twin ") and "[" not in line]
    return [line for line in words if line[0] in dispatch.names()]


def test_that_examples_are_there() -> None:
    assert {words[0] for words in shown_commands()} >= {"fetch", "info", "overlay", "render", "verify"}


@pytest.mark.parametrize("words", shown_commands(), ids=" ".join)
def test_that_every_example_is_understood(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    dispatch._parser(words[0]).parse_args(join_numbers(words[1:]))


def test_that_the_readme_tells_settings_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)`.* \| `(\w+)` \|", readme, re.MULTILINE)
    variables = {field.name: field.metadata.get("variable") for field in dataclasses.fields(Settings)}
    assert told
    assert all(variables[name] == variable for name, variable in told)
    assert all(f"`{address}`" in readme for address in (Settings().overpass_url, Settings().nominatim_url))


# Faults ---------------------------------------------------------------------------------------------


def failing(fault: BaseException) -> Callable[..., int]:
    def run(_arguments: object) -> int:
        raise fault

    return run


def test_that_a_fault_of_our_own_is_a_sentence_and_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(info, "run", failing(ZeroDivisionError("of course")))
    assert cli.main(["info", "sample"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    log = Path(err[err.index("mistake; ") + len("mistake; ") : err.index(" tells where")])
    assert "ZeroDivisionError: of course" in log.read_text(encoding="utf-8")


def test_that_the_traceback_is_shown_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TWIN_DEBUG", "1")
    monkeypatch.setattr(info, "run", failing(ZeroDivisionError("of course")))
    assert cli.main(["info", "sample"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        (TwinError("The moon is full."), 2, "The moon is full."),
        (Cancelled("Stopped."), 130, "Stopped"),
        (KeyboardInterrupt(), 130, "Stopped"),
        (MemoryError(), 2, "memory"),
        (PermissionError(13, "Permission denied", "/there"), 2, "/there cannot be used: Permission denied"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device"),
        (OSError(errno.EBADMSG, "Bad message"), 1, "mistake"),
        (OSError("odd"), 1, "mistake"),
    ],
)
def test_that_trouble_has_its_own_exit_code_and_sentence(
    fault: BaseException, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(info, "run", failing(fault))
    assert cli.main(["info", "sample"]) == code
    err = capsys.readouterr().err
    assert told in err
    assert err.count("\n") == 1


def test_that_an_interrupt_which_a_library_disguises_is_still_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_arguments: object) -> int:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as interrupt:
            raise ImportError("Failed to load vtkRenderingOpenGL2") from interrupt
        return 0

    monkeypatch.setattr(info, "run", run)
    assert cli.main(["info", "sample"]) == 130
    assert "Stopped" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_that_an_interrupt_can_wait_for_the_end_of_a_block() -> None:
    done = []

    def work() -> None:
        with interrupts.held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("the block")
        done.append("what follows")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_that_what_a_caller_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        monkeypatch.setattr(info, "run", lambda _arguments: signal.raise_signal(signal.SIGTERM))
        assert cli.main(["info", "sample"]) == 0
    finally:
        signal.signal(signal.SIGTERM, before)


def test_that_a_command_runs_in_any_thread(capsys: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(cli.main(["--version"])))
    thread.start()
    thread.join()
    assert codes == [0]
    assert capsys.readouterr().out == f"twin {twin.__version__}\n"


def test_that_sigterm_ends_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    def run(_arguments: object) -> int:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            ended.append("cleaned up")
        return 0

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(info, "run", run)
    assert cli.main(["info", "sample"]) == 143
    assert ended == ["cleaned up"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_that_a_reader_who_leaves_early_is_no_fault(kept: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "ui", "info", str(kept)],
            cwd=ROOT,
            stdout=gone,
            stderr=subprocess.PIPE,
            check=False,
            timeout=100,
        )
    assert done.returncode == 141
    assert done.stderr == b""


# Streams --------------------------------------------------------------------------------------------


def test_that_json_is_utf_8_whatever_the_locale(kept: Path) -> None:
    done = twin_in_child("info", str(kept), "--json", PYTHONIOENCODING="latin-1", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0
    assert json.loads(done.stdout.decode("utf-8"))["credit"] == "© OpenStreetMap contributors"


def test_that_letters_which_a_locale_lacks_are_no_fault(kept: Path) -> None:
    done = twin_in_child("info", str(kept), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"OpenStreetMap contributors" in done.stdout


def test_that_a_name_cannot_command_a_terminal() -> None:
    assert streams.harmless("A\x1b[31mred\x07 \u202egnirts") == "A\ufffd[31mred\ufffd \ufffdgnirts"


def test_that_tables_align_where_letters_are_wide() -> None:
    lines = streams.table([("Name", "x"), ("名前", "y"), ("", "z\nz")]).splitlines()
    assert lines == ["Name  x", "名前  y", "      z z"]


@pytest.mark.parametrize(
    ("span_s", "words"),
    [(-5, "0 s"), (59, "59 s"), (60, "1 minute"), (7200, "2 hours"), (86_400 * 3, "3 days"), (4e7, "1 year")],
)
def test_that_ages_are_told_in_their_largest_unit(span_s: float, words: str) -> None:
    assert streams.age(span_s) == words


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


# render ---------------------------------------------------------------------------------------------


def test_that_a_picture_is_drawn_and_its_name_printed(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "picture.png"
    assert cli.main(["render", str(kept), "-o", str(path), "--size", "64x48", "-q"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == (f"{path}\n", "")
    head = path.read_bytes()[:24]
    assert head.startswith(PNG)
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (64, 48)
    assert [entry.name for entry in tmp_path.iterdir()] == ["picture.png"]


def test_that_the_time_is_the_districts_own_without_a_zone(kept: Path, tmp_path: Path) -> None:
    def picture(*words: str) -> bytes:
        path = tmp_path / "picture.png"
        assert cli.main(["render", str(kept), "-o", str(path), "--size", "64x48", "-q", *words]) == 0
        return path.read_bytes()

    assert file.read_info(kept)["zone"] == "Europe/Berlin"
    morning = picture("--at", "2026-06-21T09:00")
    assert morning == picture("--at", "2026-06-21T07:00Z") == picture("--at", "2026-06-21T09:00+02:00")
    assert morning != picture("--at", "2026-06-21T18:00")


def test_that_only_the_layers_asked_for_are_drawn(kept: Path) -> None:
    city = district.open_city(kept)
    assert {"buildings", "parts", "streets", "ground"} <= city.meshes.keys()
    alone = render.only(city, ("trees", "streets"))
    assert alone.meshes.keys() >= {"ground", "streets", "trees"}
    assert alone.meshes.keys().isdisjoint({"buildings", "parts", "water", "areas", "furniture"})


def test_that_a_picture_without_the_overlays_owes_them_no_credit(kept: Path) -> None:
    city = dataclasses.replace(district.open_city(kept), credits=("Plan: City (CC BY 4.0)",))
    assert render.only(city, ("overlays",)).credits == city.credits
    assert render.only(city, ("buildings",)).credits == ()


def test_that_every_mesh_of_a_city_is_in_a_layer_or_always_drawn() -> None:
    city = district.open_city("sample")
    layered = {mesh for meshes in render.LAYERS.values() for mesh in meshes}
    assert city.meshes.keys() - layered - DETAILS.keys() <= {"ground", "haze"}
    assert set(DETAILS.values()) <= layered


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-o", "picture.jpg"], ".png"),
        (["-o", "picture.png", "--size", "15x9"], "--size"),
        (["-o", "picture.png", "--size", "16384x16384"], "--size"),
        (["-o", "picture.png", "--look", "pretty"], "--look"),
        (["-o", "picture.png", "--layers", "clouds"], "clouds"),
        (["-o", "picture.png", "--at", "yesterday"], "A time is written like"),
        (["-o", "picture.png", "--camera", "behind"], "behind"),
        (["-o", "nowhere/picture.png"], "nowhere"),
    ],
)
def test_that_a_picture_that_cannot_be_meant_is_refused(
    words: list[str],
    told: str,
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told in refused(capsys, "render", str(kept), *words)
    assert list(tmp_path.iterdir()) == []


def test_that_a_picture_which_cannot_be_written_leaves_the_old_one(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from twin import paper

    path = tmp_path / "picture.png"
    path.write_bytes(b"the old one")
    monkeypatch.setattr(paper, "write_picture", lambda _path, _picture: failing(KeyboardInterrupt())(None))
    assert cli.main(["render", str(kept), "-o", str(path), "--size", "32x32", "-q"]) == 130
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_that_an_error_of_the_graphics_driver_is_no_picture(capfd: pytest.CaptureFixture[str]) -> None:
    from vtkmodules.vtkCommonCore import vtkOutputWindow

    with pytest.raises(RuntimeError, match="no such shader"), render._loud_graphics():
        vtkOutputWindow.GetInstance().DisplayErrorText("ERROR: no such shader")
    assert capfd.readouterr().err == ""


def test_that_a_warning_of_the_graphics_driver_is_not_in_the_way(capfd: pytest.CaptureFixture[str]) -> None:
    from vtkmodules.vtkCommonCore import vtkOutputWindow

    with render._loud_graphics():
        vtkOutputWindow.GetInstance().DisplayWarningText("Warning: an old driver")
    assert capfd.readouterr().err == ""


# Starting up ----------------------------------------------------------------------------------------

HEAVY = {"geopandas", "pandas", "pyogrio", "pyproj", "osmnx", "osmium", "pyvista", "vtkmodules", "rasterio", "PySide6"}


@pytest.mark.parametrize("words", [["--help"], ["help", "render"], ["info", "sample"], ["fetch"], ["--version"]])
def test_that_quick_commands_import_nothing_heavy(words: list[str]) -> None:
    code = "import sys; from ui.__main__ import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    assert not HEAVY & set(done.stderr.split())


def test_that_drawing_the_sample_needs_no_geopandas(tmp_path: Path) -> None:
    code = "import sys; from twin.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    words = ["render", "sample", "-o", str(tmp_path / "s.png"), "--size", "32x32", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    assert not {"geopandas", "pandas", "osmnx", "PySide6", "pyvista"} & set(done.stderr.split())


def test_that_a_program_without_a_console_still_works(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen Windows program without a console has no streams at all."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["--version"]) == 0
    assert cli.main(["info", str(kept), "--json"]) == 0
    assert cli.main(["info", "missing.twin"]) == 2
    assert cli.main(["render", str(kept), "-o", str(tmp_path / "p.png"), "--size", "32x32"]) == 0
