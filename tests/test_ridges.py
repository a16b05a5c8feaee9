"""Roofs whose ridges and edges somebody drew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from meshes import open_edges, volume

from twin import why
from twin.mesh.buildings import buildings_meshes
from twin.mesh.paints import Paints
from twin.model import Frame
from twin.osm import assemble
from twin.osm.columns import Elements

FRAME = Frame(10.0, 50.0)
OUTLINE = [(0, 0), (20, 0), (20, 10), (0, 10), (0, 0)]
RIDGE = [(5, 5), (15, 5)]
HIPS = [[(0, 0), (5, 5)], [(20, 0), (15, 5)], [(20, 10), (15, 5)], [(0, 10), (5, 5)]]
HOUSE = {"building": "yes", "height": "10", "roof:shape": "complex", "roof:height": "4", "min_height": "1"}


def elements(ways: list[tuple[dict[str, str], Any]], nodes: list[tuple[dict[str, str], Any]] | None = None) -> Elements:
    nodes = nodes or []
    lonlat = [FRAME.lonlat_from_xy(np.array(line, float)) for _tags, line in ways]
    return Elements(
        node_id=np.arange(1, len(nodes) + 1),
        node_lonlat=FRAME.lonlat_from_xy(np.array([xy for _tags, xy in nodes], float).reshape(-1, 2)),
        node_tags=[tags for tags, _xy in nodes],
        way_id=np.arange(1, len(ways) + 1),
        way_lonlat=np.concatenate(lonlat),
        way_offsets=np.cumsum([0, *map(len, lonlat)]),
        way_tags=[tags for tags, _line in ways],
        relations=[],
    )


def built(source: Elements) -> tuple[dict[str, Any], Any]:
    tables = assemble.district(source, name="x").tables
    mesh, _parts = buildings_meshes(tables["buildings"], tables["parts"], Paints())
    return {name: column[0] for name, column in tables["buildings"].columns.items()}, mesh


def test_that_drawn_ridges_and_edges_make_the_roof() -> None:
    ways = [(HOUSE, OUTLINE), ({"roof:ridge": "yes"}, RIDGE), *(({"roof:edge": "yes"}, hip) for hip in HIPS)]
    row, mesh = built(elements(ways))
    assert (row["roof_shape"], row["roof_shape_from"], row["roof_height_m"]) == ("complex", "roof:ridge", 4)
    assert "drawn on the map" in why.provenance(row["roof_shape_from"])
    # walls from 1 m to 6 m, and a hipped roof whose ridge is half as long as the house
    assert volume(mesh) == pytest.approx(200 * 5 + 4 * 10 * (2 * 20 + 10) / 6, rel=0.01)
    assert open_edges(mesh) == 0
    top = mesh.points[mesh.points[:, 2] > 10 - 1e-3]
    assert np.ptp(top[:, 0]) == pytest.approx(10, abs=0.1)


def test_that_a_ridge_from_gable_to_gable_is_enough() -> None:
    _row, mesh = built(elements([(HOUSE, OUTLINE), ({"roof:ridge": "yes"}, [(0, 5), (20, 5)])]))
    assert volume(mesh) == pytest.approx(200 * 5 + 200 * 2, rel=0.01)
    assert open_edges(mesh) == 0


def test_that_an_apex_is_the_tip_of_a_pyramid() -> None:
    _row, mesh = built(elements([(HOUSE, OUTLINE)], [({"roof:apex": "yes"}, (8, 4))]))
    assert volume(mesh) == pytest.approx(200 * 5 + 200 * 4 / 3, rel=0.01)
    assert open_edges(mesh) == 0


def test_that_a_shape_that_is_told_counts_more_than_lines() -> None:
    gabled = HOUSE | {"roof:shape": "gabled"}
    row, _mesh = built(elements([(gabled, OUTLINE), ({"roof:ridge": "yes"}, RIDGE)]))
    assert row["roof_shape"] == "gabled"


def test_that_a_complex_roof_without_lines_says_so() -> None:
    row, _mesh = built(elements([(HOUSE, OUTLINE)]))
    assert (row["roof_shape"], row["roof_shape_from"]) == ("flat", "several:complex")


@pytest.mark.parametrize(
    "line",
    [[(5, 5), (15, 5)], [(-40, 5), (60, 5)], [(5, 5), (5, 5)], [(0, 0), (20, 10)], [(0, 0), (20, 0)]],
)
def test_that_lines_that_divide_nothing_are_no_crash(line: Any) -> None:
    row, mesh = built(elements([(HOUSE, OUTLINE), ({"roof:ridge": "yes"}, line)]))
    assert open_edges(mesh) == 0
    assert mesh.points[:, 2].max() == pytest.approx(10, abs=1e-3)
    assert row["height_m"] == 10


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "POINT Z (5 5 1)", "LINESTRING Z (nan 5 1, 15 5 1)", "POINT (1 1)", "GEOMETRYCOLLECTION (" * 900],
)
def test_that_no_text_of_lines_breaks_a_roof(text: str) -> None:
    tables = assemble.district(elements([(HOUSE, OUTLINE)]), name="x").tables
    table = tables["buildings"].replaced(
        roof_shape=np.array(["complex"], object), roof_lines=np.array([text], object), roof_height_m=np.array([4.0])
    )
    mesh, _parts = buildings_meshes(table, tables["parts"], Paints())
    assert np.isfinite(mesh.points).all()
    assert open_edges(mesh) == 0
    assert shapely.area(table.geometry[0]) == pytest.approx(200, rel=0.001)
