"""Bodies of buildings are closed, face outwards, and reach exactly as high as they should."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from meshes import blocks, body, normals, open_edges, stars, volume

from twin.mesh import shade


@given(blocks())
def test_that_a_block_is_closed_and_holds_area_times_height(block: shapely.Geometry) -> None:
    mesh = body(block, height=10, least=2)
    assert open_edges(mesh) == 0
    assert volume(mesh) == pytest.approx(block.area * 8, rel=1e-5)


@given(stars())
def test_that_a_star_is_closed_far_from_the_origin(star: shapely.Polygon) -> None:
    mesh = body(star)
    assert open_edges(mesh) == 0


@given(stars(courtyard=False), st.sampled_from(["dome", "onion", "cone", "pyramidal"]), st.floats(0.5, 8))
def test_that_a_tent_is_closed_and_its_apex_is_at_the_height(
    star: shapely.Polygon, shape: str, roof_height: float
) -> None:
    mesh = body(star, height=10, least=2, shape=shape, roof_height=roof_height)
    assert open_edges(mesh) == 0
    assert mesh.points[:, 2].max() == pytest.approx(10)
    assert mesh.points[:, 2].min() == pytest.approx(2)
    assert volume(mesh) > 0


def test_that_a_pyramid_holds_a_third_of_its_box() -> None:
    mesh = body(shapely.box(0, 0, 6, 6), height=10, least=1, shape="pyramidal", roof_height=3)
    assert volume(mesh) == pytest.approx(36 * 6 + 36 * 3 / 3)


def test_that_walls_end_where_the_roof_begins() -> None:
    mesh = body(shapely.box(0, 0, 6, 6), height=10, least=0, shape="cone", roof_height=3)
    wall = mesh.paint == 0
    assert mesh.points[wall, 2].max() == 7
    assert mesh.points[~wall, 2].min() == 7


@pytest.mark.parametrize(
    ("shape", "eaves"),
    [("dome", 10 - 3), ("pyramidal", 10 - 0.4 * 6), ("cone", 10 - 0.8 * 6), ("onion", 10 - 6)],
)
def test_that_a_roof_without_a_height_takes_one_from_its_smaller_side(shape: str, eaves: float) -> None:
    mesh = body(shapely.box(0, 0, 20, 6), height=10, least=0, shape=shape, roof_height=float("nan"))
    assert mesh.points[mesh.paint == 0, 2].max() == pytest.approx(eaves)


def test_that_a_roof_is_never_higher_than_its_body() -> None:
    mesh = body(shapely.box(0, 0, 60, 60), height=10, least=4, shape="dome", roof_height=float("nan"))
    assert mesh.points[:, 2].min() == 4
    assert mesh.points[:, 2].max() == 10
    assert open_edges(mesh) == 0


@pytest.mark.parametrize("shape", ["flat", "", "no such roof", "many"])
def test_that_a_roof_of_another_shape_is_flat_at_full_height(shape: str) -> None:
    mesh = body(shapely.box(0, 0, 6, 6), height=10, least=0, shape=shape, roof_height=3)
    assert (mesh.points[mesh.paint == 1, 2] == 10).all()


def test_that_a_pyramid_over_a_courtyard_or_a_horseshoe_slopes_from_every_wall() -> None:
    courtyard = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(3, 3, 6, 6).exterior])
    horseshoe = shapely.box(20, 0, 29, 9) - shapely.box(22, 2, 27, 9)
    mesh = body(courtyard, horseshoe, height=10, least=2, shape="pyramidal", roof_height=2)
    same = body(courtyard, horseshoe, height=10, least=2, shape="hipped", roof_height=2)
    assert volume(mesh) == pytest.approx(volume(same))
    assert open_edges(mesh) == 0


def test_that_the_wing_that_fits_has_its_dome_though_another_does_not() -> None:
    wings = shapely.MultiPolygon([shapely.box(0, 0, 6, 6), shapely.box(10, 0, 19, 9) - shapely.box(12, 2, 17, 9)])
    mesh = body(wings, height=10, least=2, shape="pyramidal", roof_height=3)
    west = mesh.points[:, 0] < 8
    assert (mesh.points[west & (mesh.paint == 1), 2] == 10).sum() == 1
    assert (mesh.points[~west & (mesh.paint == 1), 2] == 10).sum() > 1


def test_that_each_point_knows_its_feature() -> None:
    mesh = body(shapely.box(0, 0, 1, 1), None, shapely.box(20, 0, 21, 1), shape="dome", height=9)
    assert set(mesh.feature.tolist()) == {0, 2}
    assert ((mesh.points[:, 0] > 10) == (mesh.feature == 2)).all()
    assert (mesh.triangle_feature == mesh.feature[mesh.triangles[:, 2]]).all()


def test_that_a_house_on_the_ground_has_no_underside() -> None:
    mesh = body(shapely.box(0, 0, 6, 6), least=0)
    assert (normals(mesh)[:, 2] >= 0).all()


def test_that_few_triangles_make_a_house() -> None:
    assert len(body(shapely.box(0, 0, 6, 6), least=0).triangles) == 4 * 2 + 2


@pytest.mark.parametrize(
    ("height", "least"),
    [(np.nan, np.nan), (0, 0), (-3, 5), (3, 8), (np.inf, 0), (5, -np.inf), (np.nan, 30), (4, 4)],
)
def test_that_wild_heights_still_give_a_body_of_finite_size(height: float, least: float) -> None:
    mesh = body(shapely.box(0, 0, 6, 6), height=height, least=least)
    assert np.isfinite(mesh.points).all()
    assert np.ptp(mesh.points[:, 2]) > 0.1
    assert mesh.points[:, 2].min() >= -1e-6


def test_that_walls_are_darker_at_their_foot_and_in_courtyards() -> None:
    court = shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(3, 3, 6, 6).exterior])
    mesh = body(court, height=12, least=0)
    wall, foot = mesh.paint == 0, mesh.points[:, 2] == 0
    inside = (mesh.points[:, :2] > 1).all(axis=1) & (mesh.points[:, :2] < 8).all(axis=1)
    assert (mesh.shade[wall & foot & ~inside] == shade.FOOT).all()
    assert (mesh.shade[wall & ~foot & ~inside] == 255).all()
    assert mesh.shade[wall & foot & inside].max() < shade.FOOT
