"""Trees, street furniture and a user's overlays stand where they should, as high as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import _STREET, table
from meshes import covered, normals, open_edges, volume

from twin.mesh.furniture import furniture_mesh
from twin.mesh.levels import Z_M
from twin.mesh.overlays import POST_M, overlays_meshes
from twin.mesh.paints import ROLES, Paints
from twin.mesh.templates import THINGS
from twin.mesh.trees import COARSE_ABOVE, FINE_BELOW, _ball, scattered, trees_mesh
from twin.tags.furniture import FURNITURE_HEIGHTS_M
from twin.tags.kinds import LINEAR_BARRIERS

if TYPE_CHECKING:
    from twin.model import Mesh

BOX = (-1000.0, -1000.0, 1000.0, 1000.0)


def roles(mesh: Mesh, paints: Paints) -> Any:
    """Return the role of the paint of each point."""
    return np.array([paint.role for paint in paints.table()])[mesh.paint]


# trees


def trees(n: int = 1, **columns: Any) -> tuple[Mesh, Paints]:
    """Return the mesh of trees in a row, and its paints."""
    usual = {"height_from": "default:leaf", "crown_from": "default:leaf"}
    row = {"leaf": "broadleaved", "height_m": 10.0, "crown_m": 6.0} | usual | columns
    rows = table("trees", [row | {"geometry": shapely.Point(0, 0)}] * min(n, 1))
    if n > 1:
        rows = rows.rows(np.zeros(n, dtype=int)).replaced(geometry=shapely.points(20.0 * np.arange(n), 0.0))
    paints = Paints()
    return trees_mesh(rows, paints), paints


@pytest.mark.parametrize("leaf", ["broadleaved", "needleleaved", "palm", "who knows"])
def test_that_a_tree_is_about_as_high_and_wide_as_told(leaf: str) -> None:
    mesh, _paints = trees(leaf=leaf)
    assert mesh.points[:, 2].min() == 0
    assert mesh.points[:, 2].max() == pytest.approx(10, rel=0.081)
    assert np.ptp(mesh.points[:, :2], axis=0).max() == pytest.approx(6, rel=0.2)


def test_that_leaves_choose_the_crown() -> None:
    for leaf, role in (("broadleaved", "crown"), ("needleleaved", "crown_needle"), ("palm", "crown_palm")):
        mesh, paints = trees(leaf=leaf)
        assert set(roles(mesh, paints)) == {role, "trunk"}


@pytest.mark.parametrize(("detail", "triangles"), [(0, 8), (1, 20), (2, 80)])
def test_that_a_crown_is_a_closed_ball(detail: int, triangles: int) -> None:
    from twin.mesh.pieces import Pieces

    ball = _ball(detail)
    pieces = Pieces()
    pieces.add(ball.points, ball.triangles, feature=0, paint=0)
    assert len(ball.triangles) == triangles
    assert open_edges(pieces.mesh("trees")) == 0
    assert volume(pieces.mesh("trees")) > 0.6
    assert ball.points[:, 2].min() == pytest.approx(0)
    assert ball.points[:, 2].max() == pytest.approx(1)
    assert ball.light[ball.points[:, 2].argmin()] < ball.light[ball.points[:, 2].argmax()] <= 255


def test_that_many_trees_are_drawn_with_fewer_triangles_each() -> None:
    few, some, many = (len(trees(n)[0].triangles) / n for n in (10, FINE_BELOW, COARSE_ABOVE + 1))
    assert few > some > many


def test_that_trees_vary_but_always_the_same_way() -> None:
    first, again = trees(20)[0], trees(20)[0]
    assert (first.points == again.points).all()
    top = [first.points[first.feature == i, 2].max() for i in range(20)]
    assert np.ptp(top) > 0.1


def test_that_a_measured_tree_is_as_high_as_it_was_measured() -> None:
    mesh = trees(20, height_from="height")[0]
    assert [mesh.points[mesh.feature == i, 2].max() for i in range(20)] == pytest.approx([10.0] * 20, rel=1e-3)


def test_that_chance_is_even() -> None:
    x, y = np.meshgrid(np.arange(60.0), np.arange(60.0))
    chance = scattered(np.column_stack([x.ravel(), y.ravel()]))
    assert np.abs(chance.mean(axis=0) - 0.5).max() < 0.03
    assert (np.histogram(chance[:, 0], 10, (0, 1))[0] > 250).all()


def test_that_wild_trees_are_drawn_or_left_out_but_finite() -> None:
    good = {"leaf": "palm", "height_m": np.nan, "crown_m": -2.0}
    rows = [
        good | {"geometry": geometry}
        for geometry in (shapely.Point(), None, shapely.Point(1, 2), shapely.box(0, 0, 4, 4), shapely.Point(1e300, 0))
    ]
    mesh = trees_mesh(table("trees", rows), Paints())
    assert np.isfinite(mesh.points).all()
    assert set(mesh.feature.tolist()) == {2, 3}


# furniture

PAINTED = {"crossing"}
"""What lies on a road and is no thing."""


def furniture(*rows: dict[str, Any], street: Any = None) -> tuple[Mesh, Paints]:
    """Return the mesh of things of the street, and its paints."""
    paints = Paints()
    ways = table("streets", [] if street is None else [_STREET | {"geometry": street}])
    usual = {"kind": "lamp", "height_m": np.nan, "geometry": shapely.Point(0, 0)}
    return furniture_mesh(table("furniture", [usual | row for row in rows]), ways, paints), paints


@pytest.mark.parametrize("kind", [*sorted(set(FURNITURE_HEIGHTS_M) - LINEAR_BARRIERS - PAINTED), "who knows"])
def test_that_a_thing_is_as_high_as_told(kind: str) -> None:
    mesh, paints = furniture({"kind": kind, "height_m": 7.0})
    assert mesh.points[:, 2].min() >= 0
    assert mesh.points[:, 2].max() == pytest.approx(7.0, rel=1e-5)
    assert set(roles(mesh, paints)) <= set(ROLES)


def test_that_every_kind_of_thing_has_a_template_of_its_usual_height() -> None:
    for kind, height in FURNITURE_HEIGHTS_M.items():
        if kind not in LINEAR_BARRIERS | PAINTED:
            assert THINGS[kind].height_m == height, kind


@pytest.mark.parametrize("kind", sorted(THINGS))
def test_that_the_pieces_of_things_face_outwards(kind: str) -> None:
    for solid in THINGS[kind].solids:
        a, b, c = solid.points[solid.triangles].transpose(1, 0, 2)
        outwards = (a + b + c) / 3 - solid.points.mean(axis=0)
        assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), outwards) > -1e-9).all()


def test_that_a_lamp_leans_over_the_street() -> None:
    mesh, paints = furniture({}, street=shapely.LineString([(-50, 8), (50, 8)]))
    head = mesh.points[roles(mesh, paints) == "lamp_head"]
    assert head[:, 1].max() > 1
    assert abs(head[:, 0].mean()) < 0.01


def test_that_walls_and_hedges_stand_along_their_lines() -> None:
    line = shapely.LineString([(0, 0), (30, 0), (30, 30)])
    rows = [{"kind": kind, "height_m": 1.5, "geometry": line} for kind in ("wall", "hedge", "who knows")]
    mesh, paints = furniture(*rows)
    assert mesh.points[:, 2].max() == 1.5
    assert set(mesh.feature.tolist()) == {0, 1, 2}
    assert set(roles(mesh, paints)) == {"stone", "crown", "post"}


def test_that_things_with_a_footprint_fill_it() -> None:
    mesh, _paints = furniture({"kind": "fountain", "geometry": shapely.box(0, 0, 4, 4), "height_m": 2.0})
    assert covered(mesh) == pytest.approx(16)
    assert mesh.points[:, 2].max() == 2


def test_that_wild_things_are_drawn_or_left_out_but_finite() -> None:
    rows = [
        {"geometry": geometry, "height_m": height}
        for geometry in (shapely.Point(), None, shapely.Point(1, 1), shapely.LineString(), shapely.Point(1e300, 0))
        for height in (np.nan, np.inf, -3.0, 1e300)
    ]
    mesh, _paints = furniture(*rows, street=shapely.LineString())
    assert np.isfinite(mesh.points).all()
    assert set(mesh.feature.tolist()) == {8, 9, 10, 11}


# overlays


def overlays(*rows: dict[str, Any]) -> tuple[Mesh, Mesh, Paints]:
    """Return what of a user's features lies and what stands, and the paints."""
    paints = Paints()
    usual = {"height_m": np.nan, "min_height_m": np.nan}
    flat, standing = overlays_meshes(table("overlays", [usual | row for row in rows]), paints, BOX)
    return flat, standing, paints


def test_that_an_area_with_a_height_stands() -> None:
    flat, standing, paints = overlays({"geometry": shapely.box(0, 0, 5, 5), "height_m": 12.0, "min_height_m": 3.0})
    assert len(flat.triangles) == 0
    assert volume(standing) == pytest.approx(25 * 9)
    assert set(roles(standing, paints)) == {"overlay_mass"}


@pytest.mark.parametrize("height", [np.nan, 0.0, -4.0])
def test_that_an_area_without_a_height_lies_with_an_outline(height: float) -> None:
    flat, standing, paints = overlays({"geometry": shapely.box(0, 0, 50, 50), "height_m": height})
    assert len(standing.triangles) == 0
    role = roles(flat, paints)
    assert set(role) == {"overlay", "overlay_line"}
    assert flat.points[role == "overlay", 2].max() == pytest.approx(Z_M["overlay"])
    assert (normals(flat)[:, 2] > 0).all()


def test_that_lines_lie_and_points_stand() -> None:
    flat, standing, _paints = overlays(
        {"geometry": shapely.LineString([(0, 0), (50, 0)])},
        {"geometry": shapely.MultiPoint([(0, 0), (5, 5)])},
        {"geometry": shapely.Point(9, 9), "height_m": 20.0},
    )
    assert set(flat.feature.tolist()) == {0}
    assert set(standing.feature.tolist()) == {1, 2}
    assert standing.points[standing.feature == 1, 2].max() == POST_M
    assert standing.points[standing.feature == 2, 2].max() == 20
