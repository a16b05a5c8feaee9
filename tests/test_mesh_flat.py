"""What lies flat: the paper, areas, water and the haze over their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import table
from hypothesis import given
from hypothesis import strategies as st
from meshes import blocks, covered, normals

from twin.mesh.ground import area_roles, areas_mesh, box_of, ground_mesh, haze_mesh, water_fills
from twin.mesh.levels import LAND_ROLES, Z_M, clipped
from twin.mesh.paints import ROLES, Paints
from twin.mesh.pieces import Pieces
from twin.tags.ground import AREA_KINDS

if TYPE_CHECKING:
    from twin.model import Paint

BOX = (-100.0, -100.0, 100.0, 100.0)


def areas(*rows: tuple[str, Any], over_water: bool = False) -> tuple[Any, tuple[Paint, ...]]:
    """Return the mesh of areas of some kinds, and its paints."""
    paints = Paints()
    mesh = areas_mesh(table("areas", [{"kind": k, "geometry": g} for k, g in rows]), paints, BOX, over_water=over_water)
    return mesh, paints.table()


@given(blocks())
def test_that_an_area_covers_its_polygons_facing_up(block: shapely.Geometry) -> None:
    mesh, paints = areas(("park", block))
    assert (normals(mesh)[:, 2] > 0).all()
    assert covered(mesh) == pytest.approx(block.area)
    assert {paints[i].role for i in mesh.paint} == {"park"}
    assert np.allclose(mesh.points[:, 2], Z_M["park"])


def test_that_areas_end_at_the_box() -> None:
    mesh, _paints = areas(("wood", shapely.box(-9000, -9000, 9000, 9000)), ("park", shapely.box(500, 500, 600, 600)))
    assert covered(mesh) == pytest.approx(200 * 200)
    assert (mesh.feature == 0).all()


def test_that_every_kind_of_ground_has_a_paint_of_its_own() -> None:
    kinds = np.array(AREA_KINDS, dtype=object)
    assert area_roles(kinds).tolist() == list(AREA_KINDS)
    assert set(AREA_KINDS) <= set(ROLES)


def test_that_an_unknown_kind_of_ground_is_painted_as_any_area() -> None:
    kinds = np.array(["moon base", "water", "rail", "haze", ""], dtype=object)
    assert area_roles(kinds).tolist() == ["area"] * 5


def test_that_layers_of_different_paint_never_lie_in_one_plane() -> None:
    assert len(set(Z_M.values())) == len(Z_M)
    assert set(Z_M) <= set(ROLES) | {"haze"}
    assert set(LAND_ROLES) < set(Z_M)


@pytest.mark.parametrize(
    ("below", "above"),
    [
        ("ground", "area"), ("residential", "park"), ("park", "pitch"), ("wood", "park"), ("parking", "sea"),
        ("sea", "pier"), ("pitch", "water"), ("water", "path"), ("path", "pavement"), ("pavement", "road"),
        ("service", "road"), ("road", "tram_bed"), ("tram_bed", "tram"), ("ballast", "rail"), ("rail", "haze"),
        ("haze", "overlay"), ("overlay", "overlay_line"),
    ],
)  # fmt: skip
def test_that_the_particular_lies_on_the_general(below: str, above: str) -> None:
    assert Z_M[above] > Z_M[below]


def test_that_piers_lie_over_water_and_apart_from_land() -> None:
    rows = ("pier", shapely.box(0, 0, 5, 5)), ("park", shapely.box(0, 0, 9, 9))
    over, _paints = areas(*rows, over_water=True)
    under, _paints = areas(*rows)
    assert (set(over.feature.tolist()), set(under.feature.tolist())) == ({0}, {1})
    assert over.points[:, 2].min() > Z_M["water"]


def test_that_islands_stay_dry() -> None:
    lake = shapely.Polygon(shapely.box(0, 0, 10, 10).exterior, [shapely.box(4, 4, 6, 6).exterior])
    paints, pieces = Paints(), Pieces()
    rows = [{"kind": "lake", "geometry": lake}, {"kind": "sea", "geometry": shapely.box(20, 0, 30, 10)}]
    water_fills(pieces, table("water", rows), paints, BOX)
    mesh = pieces.mesh("water")
    assert covered(mesh) == pytest.approx(96 + 100)
    assert [paints.table()[i].role for i in (mesh.paint[mesh.feature == 0][0], mesh.paint[mesh.feature == 1][0])] == [
        "water",
        "sea",
    ]


def test_that_the_paper_reaches_far_beyond_the_district_and_fades() -> None:
    paints = Paints()
    mesh = ground_mesh((-100, -50, 300, 150), paints)
    assert (normals(mesh)[:, 2] > 0).all()
    assert np.ptp(mesh.points[:, :2], axis=0).min() > 25 * 400
    distance = np.hypot(mesh.points[:, 0] - 100, mesh.points[:, 1] - 50)
    roles = np.array([paint.role for paint in paints.table()])[mesh.paint]
    assert (roles[distance < 800] == "ground").all()
    assert (roles[distance > 5000] == "horizon").all()
    assert (mesh.feature == -1).all()


@given(st.floats(10, 5000), st.floats(10, 5000))
def test_that_the_haze_hides_the_cut_and_spares_the_middle(width: float, depth: float) -> None:
    paints = Paints()
    mesh = haze_mesh((0, 0, width, depth), paints, inside_m=80, outside_m=120)
    assert (normals(mesh)[:, 2] >= 0).all()
    outside = np.maximum(
        np.maximum(-mesh.points[:, 0], mesh.points[:, 0] - width),
        np.maximum(-mesh.points[:, 1], mesh.points[:, 1] - depth),
    )
    assert mesh.shade[outside < -0.24 * min(width, depth, 320)].max(initial=0) == 0
    # where the box is cut, corners included, the veil is opaque: the ring before the last lies beyond
    opaque = shapely.MultiPoint(mesh.points[mesh.shade == 255][:, :2]).convex_hull
    clear = shapely.MultiPoint(mesh.points[mesh.shade == 0][:, :2]).convex_hull
    assert shapely.contains(opaque, shapely.box(-119, -119, width + 119, depth + 119))
    assert shapely.contains(clear, opaque)


def test_that_geometry_within_the_box_is_the_same_object_after_the_clip() -> None:
    inside, across, beyond = shapely.box(0, 0, 1, 1), shapely.box(50, 0, 150, 1), shapely.box(200, 0, 201, 1)
    out = clipped(np.array([inside, across, beyond, None], dtype=object), BOX)
    assert out[0] is inside
    assert out[1].area == pytest.approx(50)
    assert shapely.is_empty(out[2]) or out[2] is None
    assert out[3] is None


def test_that_a_boundary_of_no_size_still_has_a_box() -> None:
    for boundary in (shapely.Point(3, 4), shapely.Polygon(), shapely.box(0, 0, 0, 90)):
        west, south, east, north = box_of(boundary)
        assert east - west >= 10
        assert north - south >= 10
