"""Woods have trees, bridges have parapets and piers, and trees in motion are plain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from districts import _BUILDING, _STREET, district, table
from meshes import open_edges

from twin.mesh.bridges import LAYER_M
from twin.mesh.paints import Paints
from twin.mesh.spans import PARAPET_M, spans_mesh
from twin.mesh.trees import trees_mesh
from twin.mesh.woods import MOST, woods_mesh

if TYPE_CHECKING:
    from twin.model import Mesh

BOX = (-3000.0, -3000.0, 3000.0, 3000.0)
WOOD = {"kind": "wood", "osm": "way/7", "geometry": shapely.box(0, 0, 200, 200)}


def woods(*areas: dict[str, Any], **rows: list[dict[str, Any]]) -> Mesh:
    """Return the trees of some woods."""
    tables = {name: table(name, rows.get(name, [])) for name in district().tables}
    return woods_mesh(tables | {"areas": table("areas", list(areas))}, Paints(), BOX)


def stems(mesh: Mesh) -> Any:
    """Return where the tops of the trees are."""
    top = mesh.points[mesh.points[:, 2] > 6]
    return np.unique(np.round(top[:, :2], 2), axis=0)


def test_that_a_wood_has_trees_always_the_same() -> None:
    one, again = woods(WOOD), woods(WOOD)
    assert (one.points == again.points).all()
    assert 300 < len(stems(one)) < 40_000 / 7.5**2 * 4
    assert one.table == "areas"
    assert set(one.feature.tolist()) == {0}


def test_that_leaves_choose_the_trees_of_a_wood() -> None:
    paints = Paints()
    tables = {name: table(name, []) for name in district().tables}
    for leaf, roles in (
        ("needleleaved", {"crown_needle"}),
        ("broadleaved", {"crown"}),
        ("mixed", {"crown", "crown_needle"}),
    ):
        tables["areas"] = table("areas", [WOOD | {"tags": f'{{"leaf_type": "{leaf}"}}'}])
        mesh = woods_mesh(tables, paints, BOX)
        assert {paints.table()[row].role for row in np.unique(mesh.paint)} == roles


def test_that_no_tree_stands_in_a_house_a_road_or_a_lake() -> None:
    mesh = woods(
        WOOD,
        buildings=[_BUILDING | {"geometry": shapely.box(20, 20, 60, 60)}],
        streets=[_STREET | {"geometry": shapely.LineString([(0, 100), (200, 100)]), "width_m": 10.0}],
        water=[{"kind": "lake", "geometry": shapely.box(120, 120, 190, 190)}],
    )
    tops = shapely.points(mesh.points[mesh.points[:, 2] > 9][:, :2].astype(float))
    for hole in (shapely.box(20, 20, 60, 60), shapely.box(0, 95, 200, 105), shapely.box(120, 120, 190, 190)):
        assert not shapely.contains(hole.buffer(-3), tops).any()


def test_that_large_woods_have_trees_farther_apart() -> None:
    mesh = woods(WOOD | {"geometry": shapely.box(-2500, -2500, 2500, 2500)})
    assert len(mesh.triangles) <= 1.15 * 8 * MOST
    assert woods().points.shape == (0, 3)
    wild = woods(*(WOOD | {"geometry": g} for g in (None, shapely.Polygon(), shapely.Point(0, 0))))
    assert len(wild.triangles) == 0


def test_that_trees_in_motion_have_twelve_triangles_at_most() -> None:
    usual = {"height_m": 10.0, "crown_m": 6.0, "height_from": "height", "crown_from": "d"}
    for leaf in ("broadleaved", "needleleaved", "palm"):
        rows = table("trees", [usual | {"leaf": leaf, "geometry": shapely.Point(5, 5)}])
        far, near = trees_mesh(rows, Paints(), far=True), trees_mesh(rows, Paints())
        assert len(far.triangles) <= 12 < len(near.triangles)
        assert far.points[:, 2].max() == pytest.approx(near.points[:, 2].max())
        assert set(far.feature.tolist()) == {0}


def test_that_trees_are_plain_while_the_camera_moves_unless_they_carry_data() -> None:
    from twin.district import build
    from twin.scene import OffScreen, Scene

    scene = Scene(OffScreen((64, 64)))
    scene.place(build(district()))
    shown = lambda: [kind for kind in ("trees", "trees_far") if scene._things()[kind].actor.GetVisibility()]  # noqa: E731
    assert shown() == ["trees"]
    scene._hurried = True
    scene._show()
    assert shown() == ["trees_far"]
    scene.recolour("trees", np.zeros((4, 3), np.uint8))
    scene._show()
    assert shown() == ["trees"]
    scene.show_kind("trees", False)
    assert shown() == []
    scene.close()


BRIDGE = _STREET | {"bridge": True, "layer": 1, "width_m": 8.0, "geometry": shapely.LineString([(0, 0), (200, 0)])}


def bridge(*more: dict[str, Any]) -> tuple[Mesh, Any]:
    """Return parapets and piers of a bridge among other streets, and the role of each point."""
    rows, paints = table("streets", [BRIDGE, *(_STREET | row for row in more)]), Paints()
    mesh = spans_mesh(rows, "streets", (rows,), paints)
    return mesh, np.array([paint.role for paint in paints.table()])[mesh.paint]


def test_that_a_bridge_has_a_parapet_on_either_side() -> None:
    mesh, role = bridge()
    parapet = mesh.points[role == "kerb"]
    assert np.abs(parapet[:, 1]).min() > 4.0
    assert parapet[:, 2].max() == pytest.approx(LAYER_M + PARAPET_M, abs=0.8)
    assert set(np.sign(parapet[:, 1])) == {-1, 1}


def test_that_piers_carry_a_bridge_but_not_in_the_middle_of_a_road() -> None:
    mesh, role = bridge()
    piers = mesh.points[role == "deck"]
    assert len(piers) == 8 * 9
    assert piers[:, 2].min() < 0
    assert piers[:, 2].max() < LAYER_M + 0.7
    under = {"geometry": shapely.LineString([(100, -80), (100, 80)]), "width_m": 8.0}
    mesh, role = bridge(under)
    piers = mesh.points[role == "deck"]
    assert 0 < len(piers) < 8 * 9
    assert np.abs(piers[:, 0] - 100).min() > 4


def test_that_nothing_has_no_spans() -> None:
    rows = table("streets", [_STREET | {"geometry": shapely.LineString([(0, 0), (9, 9)])}])
    assert len(spans_mesh(rows, "streets", (rows,), Paints()).triangles) == 0
    assert open_edges(spans_mesh(rows, "streets", (rows,), Paints())) == 0
