"""What the program says that it is made of: all of it, with licences that can be read."""

from __future__ import annotations

import json
from pathlib import Path  # noqa: TC003

import pytest  # noqa: TC002
from hypothesis import given
from hypothesis import strategies as st

from twin import parts
from twin.parts import Part

FOUND = parts.installed()
words = st.text(max_size=40)


def test_that_every_part_has_a_licence_and_its_text() -> None:
    names = {part.name for part in FOUND}
    assert {"numpy", "vtk", "pyside6-essentials", "shapely", "CPython", "Inter", "Noto Sans SC", "Lucide"} <= names
    assert "district-twin" not in names
    assert not [part.name for part in FOUND if not part.licence or len(part.text) < 100]


def test_that_what_is_under_the_lgpl_brings_its_text_and_where_its_source_is() -> None:
    qt = next(part for part in FOUND if part.name == "pyside6-essentials")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in qt.text
    assert qt.link.startswith("https://")


def test_that_fonts_and_icons_are_named_as_their_licences_beside_them() -> None:
    beside = {path.stem.removeprefix("LICENSE-") for path in parts.ASSETS.glob("*/LICENSE-*.txt")}
    assert beside == {part.name.replace(" ", "") for part in FOUND if part.kind == "data"}


def test_that_nothing_of_the_workshop_is_a_part() -> None:
    assert {part.name for part in FOUND}.isdisjoint({"pytest", "hypothesis", "mypy", "ruff", "pyinstaller"})


@given(st.lists(st.builds(Part, words, words, words, words, words, st.sampled_from(["library", "platform", "data"]))))
def test_that_a_bill_of_materials_tells_all_again(found: list[Part]) -> None:
    document = json.loads(json.dumps(parts.bill(found, "2026-11-22T00:00:00Z")))
    assert document["bomFormat"] == "CycloneDX"
    assert parts.of_bill(document) == tuple(found)


def test_that_a_frozen_program_tells_what_it_carries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried = (Part("some-library", "1.2", "MIT", "Permission is hereby granted", "https://example.org"),)
    (tmp_path / "sbom.cdx.json").write_text(json.dumps(parts.bill(carried, "2026-11-22T00:00:00Z")))
    monkeypatch.setattr(parts, "PAPERS", tmp_path)
    assert parts.parts() == carried
    (tmp_path / "sbom.cdx.json").write_text('{"components": [{"name": "x"}]}')
    assert parts.parts() == FOUND  # damaged papers are as good as none
