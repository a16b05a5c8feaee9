"""Roofs that stand by themselves stand on posts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from meshes import open_edges

from twin import tags as osm_tags
from twin.mesh.buildings import buildings_meshes
from twin.mesh.paints import Paints
from twin.mesh.posts import APART_M, THICK_M
from twin.model import TABLES, Mesh
from twin.table import Table


def raised(geometry: Any, **tags: str) -> Mesh:
    shapes = np.array([geometry], object)
    columns = osm_tags.buildings([tags], area_m2=shapely.area(shapes), geometry=shapes)
    none = Table.typed(TABLES["parts"], {}, np.empty(0, object))
    return buildings_meshes(Table.typed(TABLES["buildings"], columns, shapes), none, Paints())[0]


def feet(mesh: Mesh) -> Any:
    """Return the places where posts stand."""
    low = mesh.points[mesh.points[:, 2] == 0, :2].astype(float).reshape(-1, 4, 2)
    assert np.ptp(low, axis=1) == pytest.approx(THICK_M, abs=1e-4)
    return low.mean(axis=1)


@pytest.mark.parametrize("kind", ["roof", "carport", "canopy"])
def test_that_a_roof_alone_is_a_slab_on_four_posts(kind: str) -> None:
    mesh = raised(shapely.box(0, 0, 8, 6), building=kind, height="5")
    places = feet(mesh)
    assert len(places) == 4
    assert shapely.contains(shapely.box(0.1, 0.1, 7.9, 5.9), shapely.points(places)).all()
    slab = mesh.points[:, 2] > 0
    assert mesh.points[slab, 2].min() >= 4.5
    assert mesh.points[:, 2].max() == 5


def test_that_a_long_roof_has_posts_along_its_edges() -> None:
    places = feet(raised(shapely.box(0, 0, 40, 6), building="roof", height="5"))
    along = np.unique(np.round(places[:, 0], 1))
    assert np.diff(along).max() <= APART_M + 0.1


def test_that_a_round_or_winged_roof_has_its_posts_under_it() -> None:
    for shape in (shapely.Point(0, 0).buffer(6), shapely.box(0, 0, 20, 6) | shapely.box(0, 0, 6, 16)):
        places = feet(raised(shape, building="roof", height="5"))
        assert len(places) >= 4
        assert shapely.contains(shape, shapely.points(places)).all()


def test_that_bodies_and_posts_are_closed_but_for_feet() -> None:
    mesh = raised(shapely.box(0, 0, 8, 6), **{"building": "roof", "height": "5", "roof:shape": "gabled"})
    assert open_edges(mesh) == 4 * 4


def test_that_a_house_a_bridge_and_a_roof_with_a_mapped_underside_have_none() -> None:
    for tags in ({"building": "house"}, {"building": "bridge"}, {"building": "roof", "min_height": "3"}):
        mesh = raised(shapely.box(0, 0, 8, 6), height="9", **tags)
        assert (mesh.points[:, 2] == 0).sum() in (0, 4)
