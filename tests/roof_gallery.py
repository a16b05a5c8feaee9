"""A district of roofs: every shape on several footprints, and every tag that turns or sizes one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from shapely import affinity

from twin import tags as osm_tags
from twin.model import TABLES, District, Frame, Source
from twin.table import Table
from twin.tags.roofs import SHAPES

SPACING_M = 30.0

FOOTPRINTS: dict[str, Any] = {
    "rectangle": shapely.box(0, 0, 20, 10),
    "square": shapely.box(0, 0, 12, 12),
    "crooked": shapely.Polygon([(0, 0), (19, 1.2), (18, 10.5), (0.8, 9.4)]),
    "turned": affinity.rotate(shapely.box(0, 0, 18, 9), 30, origin=(9, 4)),
    "L": shapely.box(0, 0, 20, 7) | shapely.box(0, 0, 7, 18),
    "T": shapely.box(0, 0, 20, 7) | shapely.box(7, 0, 14, 17),
    "U": shapely.box(0, 0, 20, 16) - shapely.box(6, 6, 14, 16),
    "courtyard": shapely.box(0, 0, 20, 18) - shapely.box(6, 6, 14, 12),
    "round": shapely.Point(8, 8).buffer(8, quad_segs=8),
    "hexagon": shapely.Polygon([(10 + 9 * np.cos(a), 8 + 9 * np.sin(a)) for a in np.arange(6) * np.pi / 3]),
}
"""The footprints, each about 20 m large."""

VARIANTS: tuple[dict[str, str], ...] = (
    {"roof:shape": "gabled", "roof:orientation": "across"},
    {"roof:shape": "gabled", "roof:direction": "E"},
    {"roof:shape": "gabled", "roof:angle": "60"},
    {"roof:shape": "gabled", "roof:levels": "2"},
    {"roof:shape": "hipped", "roof:height": "7"},
    {"roof:shape": "skillion", "roof:direction": "0"},
    {"roof:shape": "skillion", "roof:direction": "west"},
    {"roof:shape": "round", "roof:orientation": "across"},
    {"roof:shape": "many"},
    {"roof:shape": "gabled", "roof:colour": "RAL 3009", "building:colour": "#e8d8a0"},
    {"roof:shape": "dome", "roof:material": "copper", "building:material": "sandstone"},
)
"""What else the map may say, each on a rectangle of 20 m by 10 m."""

SHAPES_IN_ROWS = tuple(sorted(SHAPES - {"flat"}))


def rows() -> tuple[list[str], list[dict[str, str]], list[Any]]:
    """Return names, tags and footprints: a row of the district a shape, a column a footprint; variants behind."""
    names, tags, shapes = [], [], []
    for line, shape in enumerate(SHAPES_IN_ROWS):
        for place, (name, footprint) in enumerate(FOOTPRINTS.items()):
            names.append(f"{shape} {name}")
            tags.append({"building": "yes", "height": "12", "roof:shape": shape})
            shapes.append(affinity.translate(footprint, SPACING_M * place, -SPACING_M * line))
    for place, told in enumerate(VARIANTS):
        names.append(" ".join(told.values()))
        tags.append({"building": "yes", "height": "14"} | told)
        line = len(SHAPES_IN_ROWS)
        shapes.append(affinity.translate(FOOTPRINTS["rectangle"], SPACING_M * place, -SPACING_M * line))
    return names, tags, shapes


def district() -> District:
    """Return the gallery as a district."""
    names, tags, shapes = rows()
    geometry = np.array(shapes, object)
    columns = osm_tags.buildings(tags, area_m2=shapely.area(geometry), geometry=geometry)
    more = {
        "osm": [f"way/{row}" for row in range(1, len(names) + 1)],
        "name": names,
        "tags": [json.dumps(one) for one in tags],
    }
    tables = {name: Table.typed(kinds, {}, np.empty(0, object)) for name, kinds in TABLES.items()}
    tables["buildings"] = Table.typed(TABLES["buildings"], {**columns, **more}, geometry)
    return District(
        name="Roofs",
        frame=Frame(0.0, 0.0),
        boundary_xy=shapely.box(*shapely.total_bounds(geometry)).buffer(15, join_style="mitre"),
        tables=tables,
        sources=(Source("Made up", "CC0 1.0", "© Nobody"),),
        zone_told="UTC",
    )
