"""Roofs of every shape: closed, as high and as large as worked out by hand, their ridges where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from meshes import blocks, body, normals, open_edges, stars, volume
from shapely import affinity

from twin.mesh.roofs import SHAPES, spun

if TYPE_CHECKING:
    from twin.model import Mesh

ROOF = 1
L_SHAPE = shapely.box(0, 0, 20, 6) | shapely.box(0, 0, 6, 16)
HOUSE = shapely.box(0, 0, 20, 8)  # 20 m east, 8 m north; with walls of 6 m and a roof of 4 m
FULL = 20 * 8 * 6


def house(shape: str, footprint: Any = HOUSE, **more: Any) -> Mesh:
    return body(footprint, **({"height": 10.0, "least": 0.0, "shape": shape, "roof_height": 4.0} | more))


def raised(shape: str, footprint: Any = HOUSE, **more: Any) -> Mesh:
    """Return a house that floats by a metre, so that it has an underside and is closed."""
    return house(shape, footprint, height=11.0, least=1.0, **more)


def ridge(mesh: Mesh, top: float = 10.0) -> shapely.Geometry:
    """Return the hull of the places at the top."""
    roof = mesh.points[(mesh.paint == ROOF) & (mesh.points[:, 2] > top - 1e-3)]
    return shapely.MultiPoint(np.unique(np.round(roof[:, :2].astype(float), 3), axis=0)).convex_hull


@pytest.mark.parametrize(
    ("shape", "share"),
    [
        ("skillion", 1 / 2),
        ("gabled", 1 / 2),
        ("hipped", 1 / 2 - 8 / 20 / 6),  # a prism less a third of the half at each end
        ("half-hipped", 1 / 2 - 2 * (2 * 4 / 3 * 2 / 2) / (160 * 4)),  # two pyramids off the gable's upper half
        ("side_hipped", 1 / 2 - 8 / 20 / 12),
        ("side_half-hipped", 1 / 2 - (2 * 4 / 3 * 2 / 2) / (160 * 4)),
        ("pyramidal", 1 / 3),
        ("cone", 1 / 3),
        ("gambrel", 0.18 * 0.62 + 2 * 0.32 * 0.81),
        ("double_saltbox", 0.7),
        ("saltbox", 0.3 * 0.75 + 0.7 * 0.5),
        ("butterfly", 1 / 2),
        ("sawtooth", 1 / 2),
        ("gabled_row", 1 / 2),
        ("crosspitched", 2 / 3),
        ("gabled_height_moved", 0.6 * 0.5 + 0.4 * 0.67),
        # prismatoids: the slopes run 0.45 and 0.28 of the 4 m inwards
        ("quadruple_saltbox", (160 + 4 * 18.2 * 6.2 + 16.4 * 4.4) / 6 / 160),
        ("mansard", (2.8 / 6 * (160 + 4 * 18.88 * 6.88 + 17.76 * 5.76) + 1.2 * 5.76 * (3 * 17.76 - 5.76) / 6) / 640),
        # a gable less what its hips cut off up to 0.65 of the height
        ("hipped-and-gabled", 1 / 2 - 2 * (4**3 - 1.4**3) / 3 / 640),
    ],
)
def test_that_a_roof_holds_what_it_should(shape: str, share: float) -> None:
    assert volume(raised(shape)) - FULL == pytest.approx(share * 160 * 4, rel=1e-3)


@pytest.mark.parametrize("shape", ["dome", "onion"])
def test_that_a_spun_roof_holds_its_slices(shape: str) -> None:
    scale, height = spun.PROFILES[shape].T
    area = 160 * scale**2
    slices = np.diff(4 * height) * (area[1:] + area[:-1] + np.sqrt(area[1:] * area[:-1])) / 3
    assert volume(raised(shape)) - FULL == pytest.approx(slices.sum(), rel=1e-4)


def test_that_a_round_roof_is_half_an_ellipse() -> None:
    assert volume(raised("round")) - FULL == pytest.approx(np.pi / 4 * 640, rel=0.02)


@pytest.mark.parametrize("shape", ["gabled", "hipped", "half-hipped", "gambrel", "round", "side_hipped"])
def test_that_the_ridge_runs_along_the_longer_side_unless_told(shape: str) -> None:
    west, south, east, north = ridge(house(shape)).bounds
    assert (south, north) == (4, 4)
    assert east - west >= 12
    if shape in ("gabled", "gambrel", "round"):
        across = ridge(house(shape, orientation="across"))
        assert across.equals_exact(shapely.LineString([(10, 0), (10, 8)]), 1e-3, normalize=True)


def test_that_a_hip_is_as_steep_as_the_slopes_beside_it() -> None:
    expected = shapely.LineString([(4, 4), (16, 4)])
    assert ridge(house("hipped")).equals_exact(expected, 1e-3, normalize=True)


@pytest.mark.parametrize(
    ("direction", "low", "high"),
    [(180, (0, 0), (0, 8)), (0, (0, 8), (0, 0)), (90, (20, 0), (0, 0)), (270, (0, 0), (20, 0)), (200, (0, 0), (0, 8))],
)
def test_that_a_skillion_falls_the_way_it_faces(
    direction: float, low: tuple[float, float], high: tuple[float, float]
) -> None:
    mesh = house("skillion", direction=direction)
    roof = mesh.points[mesh.paint == ROOF]
    heights = {(round(float(x)), round(float(y))): float(z) for x, y, z in roof}
    assert heights[low] == pytest.approx(6)
    assert heights[high] == pytest.approx(10)


def test_that_a_gable_faces_its_direction_even_askew() -> None:
    mesh = house("gabled", direction=45)  # the ridge runs north-west
    line = ridge(mesh)
    west, south, east, north = line.bounds
    assert line.area < 0.1
    assert (east - west) == pytest.approx(north - south, abs=0.05)
    assert open_edges(raised("gabled", direction=45)) == 0


def test_that_a_turned_house_has_a_turned_ridge() -> None:
    turned = affinity.translate(affinity.rotate(HOUSE, 30, origin=(0, 0)), 4000, -3000)
    line = ridge(house("gabled", turned))
    expected = affinity.translate(
        affinity.rotate(shapely.LineString([(0, 4), (20, 4)]), 30, origin=(0, 0)), 4000, -3000
    )
    assert line.hausdorff_distance(expected) < 0.01


def test_that_eaves_of_a_crooked_house_are_level() -> None:
    crooked = shapely.Polygon([(0, 0), (20, 0.6), (19.6, 8.2), (0.3, 7.7)])
    mesh = raised("gabled", crooked)
    for corner in shapely.get_coordinates(crooked):
        here = np.linalg.norm(mesh.points[:, :2] - corner, axis=1) < 1e-3
        assert set(np.round(mesh.points[here, 2], 3).tolist()) <= {1.0, 7.0}
    assert open_edges(mesh) == 0


@pytest.mark.parametrize("shape", ["gabled", "hipped", "half-hipped", "gambrel", "mansard"])
def test_that_wings_have_ridges_of_their_own(shape: str) -> None:
    mesh = raised(shape, L_SHAPE)
    assert open_edges(mesh) == 0
    roof = mesh.points[(mesh.paint == ROOF) & (mesh.points[:, 2] > 11 - 1e-3)]
    assert roof[:, 0].max() >= 16
    assert roof[:, 1].max() >= 12


def test_that_an_l_shaped_gable_holds_two_prisms_and_a_pyramid_between() -> None:
    # wings 6 m wide: all slopes rise to 4 m over 3 m; two prisms of 14 and 10 m, and the corner
    # square, half of which is under a hip and half under a valley: six by six by four, half of it.
    prisms = (14 + 10) * 6 * 4 / 2
    corner = 6 * 6 * 4 / 2
    assert volume(raised("gabled", L_SHAPE)) - L_SHAPE.area * 6 == pytest.approx(prisms + corner, rel=1e-3)


def test_that_a_courtyard_keeps_its_hole() -> None:
    court = shapely.box(0, 0, 20, 20) - shapely.box(6, 6, 14, 14)
    for shape in sorted(SHAPES):
        mesh = raised(shape, court)
        assert open_edges(mesh) == 0, shape
        assert not shapely.MultiPoint(mesh.points[:, :2].astype(float)).intersects(shapely.box(6.1, 6.1, 13.9, 13.9)), (
            shape
        )


@pytest.mark.parametrize("shape", sorted(SHAPES))
@settings(max_examples=12)
@given(
    footprint=blocks() | stars(),
    rise=st.sampled_from([0.5, 4.0, 8.0, 30.0, float("nan")]),
    direction=st.none() | st.floats(0, 360),
    orientation=st.sampled_from(["", "along", "across"]),
    turn=st.floats(0, 90),
)
def test_that_no_footprint_breaks_a_roof(
    shape: str, footprint: Any, rise: float, direction: float | None, orientation: str, turn: float
) -> None:
    footprint = affinity.rotate(footprint, turn, origin=(0, 0))
    told = np.nan if direction is None else direction
    mesh = body(footprint, shape=shape, roof_height=rise, direction=told, orientation=orientation)
    assert np.isfinite(mesh.points).all()
    assert open_edges(mesh) == 0
    assert mesh.points[:, 2].max() == pytest.approx(10, abs=1e-3)
    assert mesh.points[:, 2].max() <= 10 + 1e-5
    assert 0 < volume(mesh) <= 8 * footprint.area * (1.3 if shape == "onion" else 1.001) + 1e-3
    if shape != "onion":
        upwards = normals(mesh)[mesh.paint[mesh.triangles[:, 0]] == ROOF, 2]
        assert upwards.min() > -0.05
        assert upwards.sum() / 2 == pytest.approx(footprint.area, rel=0.02, abs=0.5)


def test_that_a_round_tower_of_hundreds_of_corners_is_built() -> None:
    tower = shapely.Point(0, 0).buffer(9, quad_segs=100)
    for shape in sorted(SHAPES):
        assert open_edges(raised(shape, tower)) == 0, shape


def test_that_a_self_crossing_outline_is_no_crash() -> None:
    bow = shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])
    for shape in sorted(SHAPES):
        assert np.isfinite(raised(shape, bow).points).all(), shape
