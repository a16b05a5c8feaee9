"""A district becomes a city: every kind of thing, in drawing order, ready for a renderer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import districts
import numpy as np
import pytest
import shapely

from twin.mesh.city import build
from twin.mesh.near import detailed
from twin.mesh.paints import ROLES, Paints
from twin.model import TABLES, Cancelled, City, District, Paint, Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

ORDER = (
    "ground", "areas", "water", "piers", "paths", "streets", "rails", "haze", "overlays", "masses", "bridges",
    "rail_bridges", "trees", "buildings", "parts",
)  # fmt: skip


def check(city: City, district: District) -> None:
    """Assert what a renderer takes for granted."""
    for name, mesh in city.meshes.items():
        n = len(mesh.points)
        arrays: dict[str, tuple[NDArray[Any], Any, tuple[int, ...]]] = {
            "points": (mesh.points, np.float32, (n, 3)),
            "triangles": (mesh.triangles, np.int32, (len(mesh.triangles), 3)),
            "feature": (mesh.feature, np.int32, (n,)),
            "paint": (mesh.paint, np.uint16, (n,)),
            "shade": (mesh.shade, np.uint8, (n,)),
        }
        for what, (array, dtype, shape) in arrays.items():
            assert array.dtype == dtype, (name, what)
            assert array.shape == shape, (name, what)
            assert array.flags.c_contiguous, (name, what)
        assert len(mesh.triangles) > 0, name
        assert np.isfinite(mesh.points).all(), name
        assert mesh.triangles.min() >= 0, name
        assert mesh.triangles.max() < n, name
        assert mesh.paint.max() < len(city.paints), name
        assert mesh.feature.max() < (len(district.tables[mesh.table]) if mesh.table else 0), name
        assert (mesh.feature[mesh.triangles] == mesh.triangle_feature[:, None]).all(), name
    assert len(set(city.paints)) == len(city.paints)
    assert {paint.role for paint in city.paints} <= set(ROLES)


def everything() -> District:
    """Return a district with something of every kind."""
    rows = districts.ROWS | {
        "areas": [*districts.ROWS["areas"], {"kind": "pier", "geometry": shapely.box(80, 60, 90, 62)}],
        "streets": [
            *districts.ROWS["streets"],
            districts._STREET | {"geometry": shapely.LineString([(-90, 0), (90, 9)])},
            districts._STREET | {"role": "path", "geometry": shapely.LineString([(-90, 0), (-90, 9)])},
        ],
        "rails": [
            {"kind": "tram", "width_m": 2.4, "layer": layer, "bridge": layer > 0, "geometry": line}
            for layer, line in enumerate(
                (shapely.LineString([(0, 0), (40, 0)]), shapely.LineString([(40, 0), (90, 0)]))
            )
        ],
        "overlays": [
            {"overlay": "plan", "height_m": height, "min_height_m": 0.0, "geometry": shapely.box(0, 50, 20, 70)}
            for height in (12.0, np.nan)
        ],
    }
    return districts.district(tables={name: districts.table(name, rows.get(name, [])) for name in TABLES})


def test_that_a_city_has_every_kind_in_drawing_order() -> None:
    district = everything()
    city = build(district)
    assert tuple(city.meshes) == ORDER
    check(city, district)


def test_that_a_city_knows_its_frame_and_boundary() -> None:
    district = everything()
    city = build(district)
    assert city.frame == district.frame
    assert city.bounds_xy == (-150, -120, 150, 120)
    assert city.boundary_xy.tolist() == shapely.get_coordinates(district.boundary_xy.exterior).tolist()


def test_that_an_empty_district_is_paper() -> None:
    district = districts.district(tables={name: districts.table(name, []) for name in TABLES})
    city = build(district)
    assert tuple(city.meshes) == ("ground", "haze")
    check(city, district)


def test_that_tagged_colours_and_materials_are_paints() -> None:
    city = build(districts.district())
    assert Paint("wall", "#aa3322") in city.paints
    assert Paint("wall") in city.paints
    mesh = city.meshes["buildings"]
    red = city.paints.index(Paint("wall", "#aa3322"))
    assert set(mesh.feature[mesh.paint == red].tolist()) == {1}


def test_that_the_same_district_gives_the_same_city() -> None:
    first, again = build(everything()), build(everything())
    assert first.paints == again.paints
    for name, mesh in first.meshes.items():
        assert (mesh.points == again.meshes[name].points).all()
        assert (mesh.triangles == again.meshes[name].triangles).all()


def test_that_building_can_be_watched_and_stopped() -> None:
    seen: list[Progress] = []
    build(everything(), report=seen.append)
    assert [progress.done for progress in seen] == list(range(len(seen)))
    assert all(progress.what and progress.total == len(seen) for progress in seen)

    def stop(progress: Progress) -> None:
        if progress.done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        build(everything(), report=stop)


def test_that_no_geometry_is_a_crash_and_none_costs_its_neighbours() -> None:
    with np.errstate(invalid="ignore"):  # shapely warns while it makes them
        nasty = [
            None,
            shapely.Point(),
            shapely.Point(3, 3),
            shapely.Point(1, 2, 3),
            shapely.Point(np.nan, 1),
            shapely.MultiPoint([(0, 0), (5, 5)]),
            shapely.LineString(),
            shapely.LineString([(0, 0), (0, 0)]),
            shapely.LineString([(0, 0), (np.nan, 4), (9, 9)]),
            shapely.LineString([(0, 0), (9, 9), (0, 0)]),
            shapely.LineString([(0, 0), (1e300, 9)]),
            shapely.LinearRing([(0, 0), (9, 0), (9, 9)]),
            shapely.Polygon(),
            shapely.Polygon([(0, 0), (9, 0), (18, 0)]),
            shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]),
            shapely.Polygon([(0, 0), (np.nan, 9), (9, 0), (0, 9)]),
            shapely.Polygon([(0, 0), (1e300, 9), (9, 0), (0, 9)]),
            shapely.Polygon([(0, 0, 1), (9, 0, 2), (9, 9, np.nan)]),
            shapely.GeometryCollection([shapely.Point(1, 1), shapely.box(20, 20, 29, 29)]),
            shapely.GeometryCollection(),
            shapely.box(40, 40, 50, 50),
        ]
    usual: dict[str, dict[str, Any]] = {
        "buildings": districts._BUILDING,
        "parts": districts._BUILDING | {"building": "way/7"},
        "streets": districts._STREET,
        "rails": {"kind": "rail", "width_m": 3.0},
        "areas": {"kind": "park"},
        "water": {"kind": "lake", "width_m": 2.0},
    }
    tables = {
        name: districts.table(
            name, [usual.get(name, {}) | {"osm": f"way/{i}", "geometry": g} for i, g in enumerate(nasty)]
        )
        for name in TABLES
    }
    for name in ("streets", "rails"):
        tables[name] = tables[name].replaced(bridge=np.arange(len(nasty)) % 2 == 0)
    district = districts.district(tables=tables)
    city = detailed(build(district), district)
    check(city, district)
    box = len(nasty) - 1
    for name in ("areas", "water", "overlays", "furniture", "buildings", "parts", "trees"):
        assert box in city.meshes[name].feature, name


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0])
def test_that_no_number_is_a_crash(wild: float) -> None:
    district = everything()
    tables = {}
    for name, rows in district.tables.items():
        numbers = [column for column, kind in TABLES[name].items() if kind == "float64"]
        tables[name] = rows.replaced(**dict.fromkeys(numbers, np.full(len(rows), wild)))
        if "layer" in rows:
            tables[name] = tables[name].replaced(layer=np.full(len(rows), 2**62))
    district = replace(district, tables=tables)
    check(detailed(build(district), district), district)


def test_that_more_colours_than_a_paint_can_count_become_plain() -> None:
    paints = Paints()
    colour = np.array([f"#{i:06x}" for i in range(Paints.LIMIT + 50)], dtype=object)
    rows = paints.tagged("wall", colour, np.full(len(colour), "", dtype=object))
    table = paints.table()
    assert len(table) <= Paints.LIMIT + 1
    assert table[rows[0]] == Paint("wall", "#000000")
    assert table[rows[-1]] == Paint("wall")
