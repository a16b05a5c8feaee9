"""Pictures for keeping: whole, credited, and without a trace of motion."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from blocks import city, town
from PIL import Image
from scenes import SIZE, fresh

from twin.light import LOOKS
from twin.model import CREDIT, TwinError
from twin.paper import credited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twin.scene import Scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    yield from fresh()


def test_that_a_still_carries_the_credit_in_its_corner() -> None:
    plain = np.full((180, 320, 3), 120, np.uint8)
    changed = (credited(plain) != plain).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert rows.min() > 150
    assert columns.min() > 100
    assert rows.max() == 179
    ink = credited(plain)[changed].min()
    assert ink < 110
    assert CREDIT.endswith("OpenStreetMap contributors")


def test_that_a_still_names_the_sources_of_overlays_and_their_terms(scene: Scene) -> None:
    scene.place(city())
    plain = scene.still()
    scene.place(replace(city(), credits=("Plan 2030: City of Helsinki (CC BY 4.0)",)))
    rows, columns = np.nonzero((scene.still() != plain).any(axis=2))
    assert 145 < rows.min() < 165
    assert columns.max() > 310


def test_that_long_terms_go_on_in_another_line_and_are_never_cut() -> None:
    plain = np.full((180, 200, 3), 120, np.uint8)
    tops = []
    for words in (1, 8, 20):
        rows, columns = np.nonzero((credited(plain, ("terms " * words,)) != plain).any(axis=2))
        assert columns.min() >= 0
        tops.append(rows.min())
    assert tops == sorted(tops, reverse=True)
    assert len(set(tops)) == 3


def test_that_chinese_sources_are_named_in_letters_and_not_in_boxes() -> None:
    plain = np.full((180, 480, 3), 120, np.uint8)
    one, other, none = (credited(plain, (text * 4,)) for text in ("自然资源局", "北京市规划", "\U0010fffe" * 5))
    assert (one != other).any()
    assert (one != none).any()
    assert (other != none).any()


def test_that_a_credit_without_spaces_is_broken_and_stays_on_the_picture() -> None:
    plain = np.full((180, 200, 3), 120, np.uint8)
    rows, columns = np.nonzero((credited(plain, ("数据" * 40,)) != plain).any(axis=2))
    assert columns.min() == 0 or columns.min() < 20
    assert rows.min() < 130


def test_that_stills_of_every_look_and_size_carry_it(scene: Scene) -> None:
    scene.place(city())
    for look in LOOKS:
        scene.dress(look)
        for size in ((320, 180), (90, 60), (400, 640)):
            picture = scene.still(size=size)
            assert picture.shape == (size[1], size[0], 3)
            corner = picture[-max(10, size[1] // 12) :, -size[0] // 3 :].astype(int)
            assert corner.max() - corner.min() > 70
    assert scene.size == SIZE


def test_that_a_still_is_written_whole_or_not_at_all(scene: Scene, tmp_path: Path) -> None:
    scene.place(town())
    picture = scene.still(tmp_path / "town.png", (200, 120))
    with Image.open(tmp_path / "town.png") as image:
        assert np.asarray(image).tolist() == picture.tolist()
    with pytest.raises(TwinError, match=r"cannot be written.*nowhere"):
        scene.still(tmp_path / "nowhere" / "town.png")
    assert [path.name for path in tmp_path.iterdir()] == ["town.png"]


def test_that_a_smooth_still_is_the_same_picture_with_softer_edges(scene: Scene) -> None:
    scene.place(town())
    rough, smooth = (scene.still(smooth=n)[:150].astype(int) for n in (1, 2))
    assert np.abs(rough - smooth).mean() < 6
    assert np.abs(np.diff(smooth, axis=1)).mean() < np.abs(np.diff(rough, axis=1)).mean()


def test_that_moving_leaves_no_trace(scene: Scene) -> None:
    scene.place(replace(town()))
    before = scene.still(smooth=1)
    scene.move(True)
    scene.render()
    assert scene.still(smooth=1).tolist() == before.tolist()
    scene.move(False)
    assert scene.still(smooth=1).tolist() == before.tolist()
