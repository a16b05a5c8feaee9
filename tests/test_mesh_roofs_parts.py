"""Roofs of outlines that have parts."""

from __future__ import annotations

import pytest
import shapely
from districts import _BUILDING, table

from twin.mesh.buildings import buildings_meshes
from twin.mesh.paints import Paints

OUTLINE = shapely.box(0, 0, 20, 10)
GABLED = {"roof_shape": "gabled", "roof_height_m": 4.0, "height_m": 10.0, "height_from": "height"}


@pytest.mark.parametrize(("depth", "eaves"), [(2, 6.0), (8, 10.0)])
def test_that_a_porch_does_not_flatten_a_house_but_larger_parts_do(depth: float, eaves: float) -> None:
    house = _BUILDING | {"osm": "way/1", "geometry": OUTLINE} | GABLED
    porch = _BUILDING | {"osm": "way/2", "building": "way/1", "geometry": shapely.box(0, 0, depth, 10), "height_m": 3.0}
    mesh, _parts = buildings_meshes(table("buildings", [house]), table("parts", [porch]), Paints())
    assert mesh.points[:, 2].max() == pytest.approx(10)
    assert mesh.points[mesh.points[:, 2] > 0, 2].min() == pytest.approx(eaves)
    assert mesh.points[:, 0].min() == pytest.approx(depth)
