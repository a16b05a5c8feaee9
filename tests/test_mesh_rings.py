"""Polygons become rings that run the right way, and triangles that cover them exactly."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from meshes import blocks, stars

from twin.mesh.rings import polygons_of, ring_areas, rings_of
from twin.mesh.triangles import triangulated


def areas_of_triangles(geometry: object) -> np.ndarray:
    rings = rings_of(np.array([geometry], dtype=object))
    a, b, c = rings.xy[triangulated(rings)].transpose(1, 0, 2)
    ab, ac = b - a, c - a
    return (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]) / 2


@given(blocks())
def test_that_triangles_cover_blocks_with_courtyards_exactly(block: shapely.Geometry) -> None:
    area = areas_of_triangles(block)
    assert (area > 0).all()
    assert area.sum() == pytest.approx(block.area)


@given(stars())
def test_that_triangles_cover_stars_exactly_far_from_the_origin(star: shapely.Polygon) -> None:
    area = areas_of_triangles(star)
    assert (area > 0).all()
    assert area.sum() == pytest.approx(star.area, rel=1e-6)


@given(blocks())
def test_that_a_polygon_needs_two_triangles_less_than_corners_and_two_more_for_each_courtyard(
    block: shapely.Geometry,
) -> None:
    rings = rings_of(np.array([block], dtype=object))
    holes = int(rings.hole.sum())
    assert len(triangulated(rings)) == len(rings.xy) - 2 * len(rings.feature) + 2 * holes


@given(blocks())
def test_that_outer_rings_run_counter_clockwise_and_holes_clockwise(block: shapely.Geometry) -> None:
    for turned in (block, shapely.reverse(block)):
        rings = rings_of(np.array([turned], dtype=object))
        assert ((ring_areas(rings) < 0) == rings.hole).all()
        assert ring_areas(rings).sum() == pytest.approx(block.area)


@given(blocks())
def test_that_rings_become_the_polygons_that_they_came_from(block: shapely.Geometry) -> None:
    rings = rings_of(np.array([block], dtype=object))
    assert shapely.union_all(polygons_of(rings)).equals(block)


def test_that_repeated_corners_are_dropped_also_around_the_end() -> None:
    square = shapely.Polygon([(0, 0), (0, 0), (4, 0), (4, 4), (4, 4), (4, 4), (0, 4), (0.0002, 0.0001), (0, 0)])
    rings = rings_of(np.array([square], dtype=object))
    assert rings.xy.tolist() == [[0, 0], [4, 0], [4, 4], [0, 4]]


def test_that_features_are_counted_as_given() -> None:
    geometry = np.array(
        [
            None,
            shapely.box(0, 0, 1, 1),
            shapely.Point(0, 0),
            shapely.MultiPolygon([shapely.box(2, 0, 3, 1), shapely.box(4, 0, 5, 1)]),
            shapely.Polygon(),
            shapely.Polygon([(0, 0, 5), (9, 0, 5), (9, 9, 7)]),
        ],
        dtype=object,
    )
    assert rings_of(geometry).feature.tolist() == [1, 3, 3, 5]


def test_that_what_is_no_area_is_left_out() -> None:
    rings = [
        [(0, 0), (5, 0), (10, 0)],
        [(0, 0), (np.nan, 0), (10, 10), (0, 5)],
        [(0, 0), (np.inf, 0), (10, 10), (0, 5)],
        [(0, 0), (1e300, 0), (10, 10), (0, 5)],
        [(0, 0), (1e-5, 0), (0, 1e-5)],
    ]
    with np.errstate(invalid="ignore"):  # shapely warns while it makes them
        geometry = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    assert len(rings_of(geometry).feature) == 0
    assert len(triangulated(rings_of(geometry))) == 0


def test_that_a_courtyard_too_small_to_see_is_filled() -> None:
    with_shaft = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(5, 5, 5.01, 5.01).exterior])
    assert areas_of_triangles(with_shaft).sum() == pytest.approx(100)


def test_that_a_ring_that_crosses_itself_costs_no_other_its_roof() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    comb = shapely.Polygon([(20, 0), (29, 0), (29, 9), (26, 9), (26, 3), (23, 3), (23, 9), (20, 9)])
    rings = rings_of(np.array([bow, comb], dtype=object))
    triangles = triangulated(rings)
    of_comb = rings.feature_of_corner[triangles[:, 0]] == 1
    a, b, c = rings.xy[triangles[of_comb]].transpose(1, 0, 2)
    ab, ac = b - a, c - a
    assert (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]).sum() / 2 == pytest.approx(comb.area)
