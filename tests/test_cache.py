from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from twin.osm.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "answers", max_age_s=1000.0)


def note_of(cache: Cache, key: str) -> Path:
    entry = cache.get(key)
    assert entry is not None
    return entry.path.parent / f"{key}.note.json"


def test_that_what_was_put_is_got_until_it_is_too_old(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    put = cache.put_text("key", "answer")
    assert cache.get("key") == put
    assert put.path.read_text() == "answer"
    monkeypatch.setattr(time, "time", lambda: put.retrieved + 999)
    assert cache.get("key") == put
    monkeypatch.setattr(time, "time", lambda: put.retrieved + 1001)
    assert cache.get("key") is None


def test_that_an_answer_from_the_future_is_not_trusted(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    put = cache.put_text("key", "answer")
    monkeypatch.setattr(time, "time", lambda: put.retrieved - 7200)
    assert cache.get("key") is None


def test_that_a_new_answer_does_not_pull_the_old_one_from_under_a_reader(cache: Cache) -> None:
    old, new = cache.put_text("key", "old"), cache.put_text("key", "new")
    assert (old.path.read_text(), new.path.read_text()) == ("old", "new")
    assert cache.get("key") == new


def test_that_a_part_put_aside_is_never_got(cache: Cache) -> None:
    arriving = cache.place_for_arriving()
    arriving.write_text("half")
    assert cache.put_aside("key", arriving, "out of memory").path.read_text() == "half"
    assert cache.get("key") is None


def cut_document(document: Path, note: Path) -> None:
    document.write_text(document.read_text()[:-1])


def change_document(document: Path, note: Path) -> None:
    document.write_text("ANSWER")


def remove_document(document: Path, note: Path) -> None:
    document.unlink()


def cut_note(document: Path, note: Path) -> None:
    note.write_text(note.read_text()[:-5])


def empty_note(document: Path, note: Path) -> None:
    note.write_text("")


def note_of_another_shape(document: Path, note: Path) -> None:
    note.write_text("[1, 2]")


def note_without_time(document: Path, note: Path) -> None:
    note.write_text(json.dumps(json.loads(note.read_text()) | {"retrieved": "yesterday"}))


def note_pointing_elsewhere(document: Path, note: Path) -> None:
    elsewhere = document.parent.parent / "elsewhere.json"
    elsewhere.write_bytes(document.read_bytes())
    note.write_text(json.dumps(json.loads(note.read_text()) | {"document": f"../{elsewhere.name}"}))


@pytest.mark.parametrize(
    "damage",
    [
        cut_document,
        change_document,
        remove_document,
        cut_note,
        empty_note,
        note_of_another_shape,
        note_without_time,
        note_pointing_elsewhere,
    ],
)
def test_that_a_damaged_answer_is_not_there(cache: Cache, damage: Callable[[Path, Path], None]) -> None:
    entry = cache.put_text("key", "answer")
    damage(entry.path, note_of(cache, "key"))
    assert cache.get("key") is None
    again = cache.put_text("key", "answer")
    assert cache.get("key") == again


def test_that_old_answers_and_leftovers_are_cleared_away(cache: Cache) -> None:
    old = cache.put_text("old", "answer")
    leftover = cache.place_for_arriving()
    leftover.write_text("half")
    long_ago = time.time() - 2 * 86_400
    for path in old.path.parent.iterdir():
        os.utime(path, (long_ago, long_ago))
    new = cache.put_text("new", "answer")
    assert sorted(new.path.parent.iterdir()) == sorted([new.path, note_of(cache, "new")])


def test_that_keys_tell_questions_apart_and_nothing_else() -> None:
    assert Cache.key({"a": 1, "b": [True]}) == Cache.key({"b": [True], "a": 1})
    assert Cache.key({"a": 1}) != Cache.key({"a": "1"})
