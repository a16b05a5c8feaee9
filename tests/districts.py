"""A small made-up district and city for any test: by the harbour of a town that does not exist."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from twin.model import TABLES, City, District, Dropped, Frame, GroundImage, Mesh, Paint, Source, credits_of
from twin.table import Table

FRAME = Frame(lon=24.95, lat=60.17)
SOURCE = Source(
    "Made up", "CC0 1.0", "© Nobody", retrieved=1_700_000_000.25, data_time=1_699_999_000.0, detail="a test"
)

_BUILDING = {
    "kind": "yes",
    "height_m": 9.0,
    "height_from": "default:yes",
    "min_height_m": 0.0,
    "min_height_from": "default",
    "levels": np.nan,
    "roof_shape": "flat",
    "roof_shape_from": "default",
    "roof_height_m": 0.0,
    "roof_height_from": "default",
}
_STREET = {"kind": "residential", "role": "road", "width_m": 6.5, "width_from": "default:residential", "lanes": np.nan}

ROWS: dict[str, list[dict[str, Any]]] = {
    "buildings": [
        _BUILDING
        | {
            "osm": "relation/1",
            "name": "Hôtel “Ümläut” 北京",
            "tags": json.dumps({"building": "yes", "height": "30'"}),
            "repairs": "ring-closed",
            "height_m": 9.144,
            "height_from": "height",
            # a courtyard
            "geometry": Polygon(box(-40, -30, 0, 10).exterior.coords, [box(-30, -20, -10, 0).exterior.coords]),
        },
        _BUILDING
        | {
            "osm": "way/2",
            "tags": json.dumps({"building": "church", "building:levels": "4", "roof:shape": "pyramidal"}),
            "kind": "church",
            "height_m": 16.5,
            "height_from": "building:levels+roof:height",
            "levels": 4.0,
            "roof_shape": "pyramidal",
            "roof_shape_from": "roof:shape",
            "roof_height_m": 4.5,
            "roof_height_from": "roof:height",
            "wall_colour": "#aa3322",
            "wall_colour_from": "building:colour",
            "geometry": Polygon([(20, 0), (35.123456789012, 0.1), (35, 20), (20, 19.9)]),
        },
        _BUILDING
        | {
            "osm": "relation/3",
            "geometry": MultiPolygon([box(60, 0, 70, 10), box(72, 0, 80, 10)]),
        },
    ],
    "parts": [
        _BUILDING
        | {
            "osm": "way/21",
            "building": "way/2",
            "height_m": 30.0,
            "height_from": "height",
            "min_height_m": 16.5,
            "min_height_from": "min_height",
            "geometry": box(22, 2, 30, 10),
        },
    ],
    "streets": [
        _STREET
        | {
            "osm": "way/100",
            "name": "Long Lane",
            "lanes": 2.0,
            "pavement_left_m": 2.0,
            "pavement_left_from": "default:sidewalk",
            "layer": 1,
            "bridge": True,
            "geometry": LineString([(-150, -50), (0, -48), (150, -50)]),
        },
        _STREET | {"osm": "way/101", "layer": -1, "tunnel": True, "geometry": LineString([(0, -120), (0, 120)])},
    ],
    "water": [{"osm": "way/300", "kind": "lake", "width_m": np.nan, "geometry": box(80, 50, 140, 110)}],
    "areas": [{"osm": "way/400", "kind": "park", "geometry": box(-140, 20, -60, 110)}],
    "trees": [
        {
            "osm": f"node/{500 + i}",
            "leaf": "broadleaved",
            "height_m": 8.0 + i,
            "height_from": "default",
            "crown_m": 5.0,
            "crown_from": "default",
            "geometry": Point(-130.5 + 10 * i, 60.25),
        }
        for i in range(4)
    ],
    "furniture": [
        {"osm": "node/600", "kind": "lamp", "height_m": 6.0, "height_from": "default", "geometry": Point(-5, -44)},
    ],
}


def table(name: str, rows: list[dict[str, Any]]) -> Table:
    """Return a feature table of the model from rows that name only what is not empty."""
    empty = {"str": "", "float64": np.nan, "int64": 0, "bool": False}
    columns = {
        column: [row.get(column, "{}" if column == "tags" else empty[kind]) for row in rows]
        for column, kind in TABLES[name].items()
    }
    return Table.typed(TABLES[name], columns, [row["geometry"] for row in rows])


def district(**changes: Any) -> District:
    """Return the district; `changes` replace any of its fields."""
    fields: dict[str, Any] = {
        "name": "Little Harbour",
        "frame": FRAME,
        "boundary_xy": box(-150, -120, 150, 120),
        "zone_told": "Europe/Helsinki",
        "tables": {name: table(name, ROWS.get(name, [])) for name in TABLES},
        "sources": (SOURCE,),
        "repairs": {"ring-closed": 1},
        "dropped": (Dropped("way/9", "building", "open-ring"), Dropped("relation/8", "water", "no-outer")),
        "incomplete": "The server answered only in part.",
    }
    return District(**(fields | changes))


def image(rows: int = 30, columns: int = 50, name: str = "Aerial") -> GroundImage:
    """Return a ground image of noise with some transparent pixels."""
    pixels = np.random.default_rng(1).integers(0, 256, (rows, columns, 4), dtype=np.uint8)
    return GroundImage(name, (-100.0, -60.0, 100.0, 60.0), pixels, SOURCE)


def city(of: District | None = None) -> City:
    """Return a city of plain slabs: the bounding box of every building and street, none of them triangulated well."""
    of = of or district()
    meshes = {name: _slabs(name, of.tables[name], paint) for paint, name in enumerate(("buildings", "streets"))}
    meshes["ground"] = _slabs("", of.tables["areas"], 2)
    paints = (Paint("wall", "#aa3322", "brick"), Paint("road"), Paint("grass"))
    ring = shapely.get_coordinates(of.boundary_xy.exterior)
    return City(of.frame, of.boundary_xy.bounds, ring, meshes, paints, of.images, credits_of(of.sources))


def _slabs(name: str, features: Table, paint: int) -> Mesh:
    west, south, east, north = shapely.bounds(features.geometry).T
    height = features["height_m"] if "height_m" in features else np.full(len(features), 0.1)
    corners = np.stack([[west, south, height], [east, south, height], [east, north, height], [west, north, height]])
    points = corners.transpose(2, 0, 1).reshape(-1, 3)
    first = 4 * np.arange(len(features))[:, None, None]
    triangles = (first + np.array([[0, 1, 2], [0, 2, 3]])).reshape(-1, 3)
    feature = np.repeat(np.arange(len(features)) if name else np.full(len(features), -1), 4)
    return Mesh(
        name,
        points.astype(np.float32),
        triangles.astype(np.int32),
        feature.astype(np.int32),
        np.full(len(points), paint, np.uint16),
        np.full(len(points), 255, np.uint8),
    )


def assert_same_table(one: Table, other: Table) -> None:
    """Hold two tables against each other: columns in order, types, every value and every coordinate."""
    assert list(one.columns) == list(other.columns)
    for name, column in one.columns.items():
        assert column.dtype == other[name].dtype, name
        assert np.array_equal(column, other[name], equal_nan=column.dtype.kind == "f"), name
    assert shapely.equals_identical(one.geometry, other.geometry).all()
