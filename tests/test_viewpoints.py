"""Views kept with a district: in its file and out of it, by name on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import districts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import cli, district, file
from twin.camera import View, looking
from twin.file import viewpoints

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import Viewpoint

QUAY = looking((10.0, -20.0, 50.0), 200, -25).keep("The quay", key=3, picture=b"\x89PNG")

metres = st.floats(-5000, 5000)
kept_views = st.builds(
    lambda x, y, z, heading, pitch, name, key, picture: looking((x, y, z), heading, pitch).keep(
        name, key=key, picture=picture
    ),
    *(metres, metres, st.floats(1, 3000), st.floats(0, 360), st.floats(-90, 40)),
    *(st.text(max_size=80), st.integers(0, 9), st.binary(max_size=2000)),
)


@given(st.lists(kept_views, max_size=5))
def test_that_views_come_back_as_they_were_kept(views: list[Viewpoint]) -> None:
    assert viewpoints.from_json(viewpoints.to_json(views)) == tuple(views)


@given(
    st.none() | st.floats(-1e10, 1e11),
    *[st.none() | st.lists(st.text(max_size=20), max_size=5).map(tuple)] * 2,
)
def test_that_a_view_keeps_its_moment_and_its_layers(
    t: float | None, hidden: tuple[str, ...] | None, hidden_data: tuple[str, ...] | None
) -> None:
    view = replace(QUAY, t=t, hidden=hidden, hidden_data=hidden_data)
    assert viewpoints.from_json(json.loads(json.dumps(viewpoints.to_json([view])))) == (view,)


def test_that_a_view_of_an_older_file_leaves_moment_and_layers_alone() -> None:
    entry = viewpoints.to_json([replace(QUAY, t=None)])[0]
    assert not {"t", "hidden", "hidden_data"} & entry.keys()
    assert viewpoints.from_json([entry]) == (QUAY,)


def test_that_a_file_keeps_its_views(tmp_path: Path) -> None:
    path = tmp_path / "harbour.twin"
    district.save(path, replace(districts.district(), views=(QUAY,)))
    assert file.read_views(path) == (QUAY,)
    assert file.read_district(path).views == (QUAY,)
    assert View.kept(QUAY) == looking((10.0, -20.0, 50.0), 200, -25)
    assert not file.verify(path)


@pytest.mark.parametrize(
    "change",
    [
        {"position": [0.0, 0.0]},
        {"position": [0.0, 0.0, 1e9]},
        {"position": "up there"},
        {"focal_point": list(QUAY.position)},
        {"up": [0.0, 0.0, 0.0]},
        {"angle_deg": 0.0},
        {"angle_deg": True},
        {"key": 10},
        {"name": 7},
        {"name": "long" * 50},
        {"picture": "not base64!"},
        {"picture": "A" * 1_000_000},
        {"t": "noon"},
        {"t": 1e300},
        {"hidden": "buildings"},
        {"hidden_data": ["long" * 50]},
    ],
)
def test_that_a_view_which_cannot_be_is_damage(change: dict[str, Any]) -> None:
    entry = viewpoints.to_json([QUAY])[0] | change
    with pytest.raises((ValueError, TypeError)):
        viewpoints.from_json([entry])


def test_that_a_flood_of_views_is_damage() -> None:
    with pytest.raises(TypeError):
        viewpoints.from_json(viewpoints.to_json([QUAY]) * 101)


def test_that_a_picture_is_taken_from_a_kept_view_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, one, other = tmp_path / "harbour.twin", tmp_path / "one.png", tmp_path / "other.png"
    district.save(path, replace(districts.district(), views=(QUAY,)))
    for picture, name in ((one, "the QUAY"), (other, "hero")):
        words = ["render", str(path), "-o", str(picture), "--camera", name, "--size", "64x48", "-q"]
        assert cli.main(words) == 0
    assert one.read_bytes() != other.read_bytes()
    capsys.readouterr()
    assert cli.main(["render", str(path), "-o", str(one), "--camera", "the pier", "-q"]) == 2
    assert "The quay" in capsys.readouterr().err
