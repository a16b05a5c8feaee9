"""Measuring and the quality of data: numbers with an oracle."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import districts
import numpy as np
import pytest
import shapely
from blocks import boxes
from hypothesis import given
from hypothesis import strategies as st

from twin import district, measuring, quality, quantity
from twin.camera import looking
from twin.file import read_info

if TYPE_CHECKING:
    from pathlib import Path

LENGTH = st.floats(-1000, 1000)
POINTS = st.lists(st.tuples(LENGTH, LENGTH, LENGTH), min_size=2, max_size=8)


@given(POINTS)
def test_that_a_distance_is_the_sum_of_its_legs(points: list[tuple[float, float, float]]) -> None:
    found = measuring.distance(np.array(points))
    assert found.length_m == pytest.approx(sum(math.dist(a, b) for a, b in itertools.pairwise(points)), abs=1e-6)
    assert found.horizontal_m <= found.length_m + 1e-9
    assert abs(found.rise_m) <= found.length_m + 1e-9
    assert sum(found.legs_m) == pytest.approx(found.length_m)


@given(st.floats(1, 500), st.floats(1, 500), st.floats(0, 80), st.floats(0, 360))
def test_that_a_slanting_rectangle_has_its_own_area_and_a_smaller_one_on_the_map(
    width: float, depth: float, tilt: float, turn: float
) -> None:
    level = np.array([(0, 0, 0), (width, 0, 0), (width, depth, 0), (0, depth, 0)], np.float64)
    a, b = math.radians(tilt), math.radians(turn)
    lean = np.array([(1, 0, 0), (0, math.cos(a), -math.sin(a)), (0, math.sin(a), math.cos(a))])
    spin = np.array([(math.cos(b), -math.sin(b), 0), (math.sin(b), math.cos(b), 0), (0, 0, 1)])
    found = measuring.area(level @ lean.T @ spin.T)
    assert found.level_m2 == pytest.approx(width * depth * math.cos(a), rel=1e-6)
    assert found.surface_m2 == pytest.approx(width * depth, rel=2e-3)
    assert found.perimeter_m == pytest.approx(2 * (width + depth), rel=1e-9)


@given(st.lists(st.tuples(LENGTH, LENGTH), min_size=4, max_size=4))
def test_that_a_level_polygon_has_the_area_that_geometry_gives_it(ring: list[tuple[float, float]]) -> None:
    polygon = shapely.Polygon(ring)
    if polygon.is_valid:
        assert measuring.area(np.array([(*point, 3.0) for point in ring])).level_m2 == pytest.approx(
            polygon.area, rel=1e-6, abs=1e-6
        )


def test_that_a_house_stands_from_its_foot_to_its_top() -> None:
    mesh = boxes([(0, 0), (100, 0)], [20, 20], [30, 55])
    foot, top = measuring.standing(mesh, 1)
    assert (foot[2], top[2]) == (0, 55)
    assert (foot[:2] == top[:2]).all()


def test_that_a_streets_width_is_what_its_table_says_and_what_is_drawn() -> None:
    town = districts.district()
    city = district.build(town)
    kind = next(k for k, mesh in city.meshes.items() if mesh.table == "streets" and (mesh.feature == 0).any())
    found = measuring.width(town, city.meshes[kind], 0, (40.0, -60.0))
    assert found.name == "Long Lane"
    assert found.mapped_m == 6.5
    assert found.inferred
    assert found.why.endswith(".")
    assert found.pavements_m == (2.0, 0.0)
    assert found.drawn_m == pytest.approx(np.linalg.norm(found.ends[1, :2] - found.ends[0, :2]))
    assert found.drawn_m >= found.mapped_m - 0.1
    said, why = measuring.said_width(found)
    assert "6.5" in said
    assert why == found.why


def test_that_a_corner_near_the_cursor_is_meant_and_one_far_off_is_not() -> None:
    mesh = boxes([(0, 0)], [20], [30])
    view = looking((0.0, -120.0, 60.0), 0, -20)
    corner = (-10.0, -10.0, 30.0)
    beside = (-9.5, -10.0, 29.6)
    assert measuring.snapped(mesh, 0, beside, view=view, size=(800, 600)) == pytest.approx(corner)
    assert measuring.snapped(mesh, 0, (0.0, -10.0, 15.0), view=view, size=(800, 600)) is None


def test_that_words_say_length_rise_and_edge() -> None:
    said, more = measuring.said_distance(np.array([(0, 0, 0), (3, 0, 4)], np.float64))
    assert said == f"5.00{quantity.THIN_SPACE}m"
    assert "3.00" in more
    assert "+4.00" in more
    assert measuring.said_distance(np.array([(0, 0, 0), (30, 40, 0)], np.float64)) == (
        f"50.0{quantity.THIN_SPACE}m",
        "",
    )
    said, more = measuring.said_area(np.array([(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0)], np.float64))
    assert said == f"100.0{quantity.THIN_SPACE}m²"
    assert "40.0" in more


@pytest.mark.parametrize(
    ("metres", "said"), [(3.456, "3.46 m"), (34.56, "34.6 m"), (1612.2, "1.612 km"), (math.nan, "")]
)
def test_that_lengths_are_said_in_the_unit_that_fits(metres: float, said: str) -> None:
    assert quantity.length(metres).replace(quantity.THIN_SPACE, " ") == said


@pytest.mark.parametrize(
    ("part", "said"), [(0, "0 %"), (1, "under 1 %"), (500, "50 %"), (999, "over 99 %"), (1000, "100 %")]
)
def test_that_a_share_is_never_none_or_all_by_rounding(part: int, said: str) -> None:
    assert quantity.share(part, 1000).replace(quantity.THIN_SPACE, " ") == said


def test_that_quality_is_what_the_file_says_about_itself(tmp_path: Path) -> None:
    town = districts.district()
    district.save(tmp_path / "town.twin", town)
    info = read_info(tmp_path / "town.twin")
    found = quality.quality(town)
    assert dict(found.counts) == info["counts"]
    assert dict(found.heights) == info["heights"] == {"tagged": 1, "levels": 1, "inferred": 1}
    assert {one.code: one.count for one in found.left_out} == info["dropped"]
    assert town.incomplete in found.hints
    assert quality.mended(town, "ring-closed") == [("buildings", 0)]
    assert [one.osm for one in quality.left_out(town, "open-ring")] == ["way/9"]
