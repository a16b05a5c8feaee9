"""Pictures of any size: drawn in pieces they are as drawn at once, and files are what their names say."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from blocks import town
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from test_lettering import places

from twin import still
from twin.camera import looking
from twin.model import TwinError
from twin.paper import write_picture
from twin.scene import OffScreen, Scene
from twin.sheet import scale_of

if TYPE_CHECKING:
    from pathlib import Path


def test_that_a_picture_in_pieces_is_the_picture_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(OffScreen((320, 180)))
    scene.place(replace(town(), names=places("Mannerheimintie", xy=[(0.0, 0.0)])))
    scene.fly(looking((30.0, -160.0, 120.0), 10, -35))
    before = scene.view, scene.size
    whole = scene.still(size=(701, 523)).astype(int)
    monkeypatch.setattr(still, "_PIECE_PX", 400_000)
    drawing = scene.draw_still((701, 523))
    shares = []
    while not drawing.done:
        drawing.draw()
        shares.append(drawing.share)
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert shares[-1] == 1
    apart = np.abs(scene.credited(drawing.picture).astype(int) - whole).max(axis=2)
    assert (apart > 40).mean() < 0.002
    assert (scene.view, scene.size) == before
    scene.close()


@pytest.mark.parametrize(
    ("name", "form"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.tif", "TIFF"), ("a.tiff", "TIFF")]
)
def test_that_a_file_is_what_its_name_says(tmp_path: Path, name: str, form: str) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, 30:] = 200
    write_picture(tmp_path / name, picture)
    with Image.open(tmp_path / name) as found:
        assert found.format == form
        assert np.abs(np.asarray(found).astype(int) - picture).max() < (30 if form == "JPEG" else 1)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_that_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be written"):
        write_picture(tmp_path / "none" / "a.png", np.zeros((4, 4, 3), np.uint8))


@given(st.floats(-50, 900), st.floats(30, 2000), st.floats(-89, -15))
def test_that_the_scale_counts_from_the_ground_and_not_from_the_sea(ground: float, over: float, pitch: float) -> None:
    flat = scale_of(looking((0.0, 0.0, over), 0.0, pitch), 700, 150)
    high = scale_of(looking((0.0, 0.0, over + ground), 0.0, pitch), 700, 150, ground)
    assert flat is not None
    assert high is not None
    assert math.isclose(flat[1] / flat[0], high[1] / high[0], rel_tol=1e-6)
