"""The command line as scripts and people meet it: words, sentences, exit codes, what goes to which stream."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from commands import ROOT, failing, fetched, refused, twin_in_child

import twin
from twin import cli
from twin.cli import dispatch, interrupts, streams
from twin.cli.commands import info
from twin.cli.parser import join_numbers
from twin.model import Cancelled, TwinError
from twin.settings import Settings


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small district as a .twin file, which no test changes."""
    return fetched(tmp_path_factory.mktemp("kept"))


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
