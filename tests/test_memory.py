"""What the window remembers, what one line of text asks for, and what is kept of the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import settings
from twin.model import TwinError
from twin.settings import Settings
from ui import asked, memory
from ui.memory import Memory, Recent

if TYPE_CHECKING:
    from pathlib import Path

RECENT = st.builds(Recent, st.text(max_size=9), st.text(max_size=9), st.none() | st.floats(0, 1e10), st.none())


@given(st.lists(RECENT, max_size=memory.RECENT_MAX), st.booleans(), st.sampled_from(["", "light", "dark"]))
def test_that_what_is_remembered_comes_back(
    tmp_path_factory: pytest.TempPathFactory, recent: list[Recent], narrow: bool, dress: str
) -> None:
    path = tmp_path_factory.mktemp("memory") / "folder" / "window.json"
    kept = Memory(narrow=narrow, theme=dress, folded=("Layers",), recent=tuple(recent))
    memory.remember(kept, path)
    assert memory.recall(path) == kept
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"geometry": 7, "recent": [1, {"path": 2}], "look": null}',
    ],
)
def test_that_a_damaged_memory_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "window.json"
    path.write_bytes(content)
    assert memory.recall(path) == Memory()
    assert memory.recall(tmp_path) == Memory()
    memory.remember(Memory(), tmp_path)  # a folder in its place: nothing to be done, and nothing said


def test_that_what_was_open_comes_first_and_once() -> None:
    one, other = Recent("/a.twin", "A"), Recent("/b.twin", "B")
    kept = Memory().opened(one).opened(other).opened(replace(one, name="A again"))
    assert [recent.name for recent in kept.recent] == ["A again", "B"]
    assert [recent.name for recent in kept.forgotten("/a.twin").recent] == ["B"]


def test_that_numbers_are_coordinates_and_words_are_places() -> None:
    box = asked.understand("13.37, 52.51, 13.41, 52.53").area
    assert box is not None
    assert box.polygon.bounds == (13.37, 52.51, 13.41, 52.53)
    circle = asked.understand("60.1699 24.9384", radius_m=300).area
    assert circle is not None
    assert circle.source.startswith("300 m around")
    assert asked.understand("Kallio,  Helsinki") == asked.Asked(place="Kallio, Helsinki")
    assert asked.understand("5th Avenue", outline=False).radius_m == asked.RADIUS_M


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Name a place"),
        ("x", "too short"),
        ("1, 2, 3", "two numbers"),
        ("13.41,52.51,13.37,52.53", "is empty"),
        ("160, 24", "Latitude and longitude look swapped"),
        ("gone.twin", "There is no file"),
        ("/", "is a folder"),
    ],
)
def test_that_what_cannot_be_opened_is_one_sentence(text: str, said: str) -> None:
    with pytest.raises(TwinError, match=said):
        asked.understand(text)


def test_that_files_are_told_apart_by_what_they_are(tmp_path: Path) -> None:
    outline, answer, district = tmp_path / "outline.json", tmp_path / "answer.json", tmp_path / "a.twin"
    outline.write_text('{"type":"Polygon","coordinates":[[[10,50],[10.01,50],[10.01,50.01],[10,50]]]}')
    answer.write_text('{"version": 0.6, "elements": []}')
    district.touch()
    assert asked.of_file(outline) == asked.Asked(outline=outline)
    assert asked.settled(asked.of_file(outline)).area is not None
    assert asked.of_file(answer) == asked.Asked(raw=answer)
    assert asked.of_file(district) == asked.Asked(file=district)
    assert asked.of_drop(outline, over=True) is None  # over a district it is an overlay
    assert asked.of_drop(district, over=True) == asked.Asked(file=district)


def test_that_settings_are_kept_and_other_lines_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "settings.toml"
    settings.keep({"contact": "me@example.org"}, config=path)
    path.write_text("# my own\n" + path.read_text() + "tries = 3\n")
    settings.keep({"overpass_url": "https://example.org/api/interpreter", "contact": ""}, config=path)
    assert "# my own" in path.read_text()
    found = Settings.load(config=path, environment={})
    assert (found.overpass_url, found.contact, found.tries) == ("https://example.org/api", "", 3)
    with pytest.raises(TwinError, match="server's address"):
        settings.keep({"overpass_url": "nonsense"}, config=path)
    path.write_text('contact = """\nme"""\n')
    with pytest.raises(TwinError, match="only you can change"):
        settings.keep({"contact": "you@example.org"}, config=path)


def test_that_too_large_an_area_is_told_in_the_words_of_the_window() -> None:
    with pytest.raises(TwinError, match=r"limit is 5 km²\. Choose a smaller area"):
        asked.check(asked.understand("13.3, 52.5, 13.5, 52.6"), Settings(area_limit_km2=5.0))
