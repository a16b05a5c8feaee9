"""Pictures from the command line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from commands import failing, fetched, refused

from twin import cli, district, file
from twin.cli.commands import render
from twin.sight import DETAILS

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small district as a .twin file, which no test changes."""
    return fetched(tmp_path_factory.mktemp("kept"))


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
