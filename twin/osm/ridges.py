"""Roofs that somebody drew line by line: roof:ridge and roof:edge ways, roof:apex nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.tags.columns import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.model import Frame
    from twin.osm.columns import Elements, Tags
    from twin.table import Table

_WITHIN_M = 0.5
_SLOPE = 0.7
_CODES = frozenset({"several:complex", "several:many", "default:flat", "several:other", "unknown:yes"})
"""Roofs of which the map says no shape that could be drawn: drawn lines say more."""


def with_ridges(table: Table, lines: NDArray[np.object_], high: NDArray[np.bool_]) -> Table:
    """Return a table of buildings or parts with the lines of their roofs, and "complex" as shape where there are any.

    `lines` and `high` are what `ridges` found.

    `roof_lines` gets a text of well-known form, with z as the share of the roof's height: 1 along ridges and at
    apexes; edges run between those and the eaves. A roof whose height is not told is as steep as a usual one.
    """
    if not high.any() or not len(table):
        return table
    owner, line = shapely.STRtree(lines).query(table.geometry)
    free = np.array([code in _CODES for code in table["roof_shape_from"][owner]], bool)
    free[free] = shapely.covered_by(lines[line[free]], shapely.buffer(table.geometry[owner[free]], _WITHIN_M))
    line, owner = line[free], owner[free]
    rows = np.unique(owner[high[line]])
    if not len(rows):
        return table
    shape, came_from = table["roof_shape"].copy(), table["roof_shape_from"].copy()
    height_m, height_from = table["roof_height_m"].copy(), table["roof_height_from"].copy()
    told = table["roof_lines"].copy()
    for row in rows.tolist():
        mine = line[owner == row]
        told[row] = _text(lines[mine], high[mine])
    shape[rows], came_from[rows] = "complex", "roof:ridge"
    in_m, _how = figures(_tags(table, rows), "roof:height")
    run_m = shapely.length(shapely.maximum_inscribed_circle(table.geometry[rows], tolerance=0.1))
    room_m = (table["height_m"] - table["min_height_m"])[rows]
    height_m[rows] = np.minimum(np.where(in_m > 0, in_m, np.clip(_SLOPE * run_m, 1.0, 6.0)), room_m)
    height_from[rows] = np.where(in_m > 0, "roof:height", "default:roof:shape=complex")
    return table.replaced(
        roof_shape=shape, roof_shape_from=came_from, roof_height_m=height_m, roof_height_from=height_from,
        roof_lines=told,
    )  # fmt: skip


def _tags(table: Table, rows: NDArray[np.int64]) -> Sequence[Tags]:
    import msgspec

    return [msgspec.json.decode(table["tags"][row]) for row in rows.tolist()]


def ridges(elements: Elements, frame: Frame) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the ridges, edges and apexes of all roofs in local metres, and which of them are at the top."""
    lines: list[Any] = []
    high: list[bool] = []
    for way, tags in enumerate(elements.way_tags):
        if "roof:ridge" in tags or "roof:edge" in tags:
            ridge = tags.get("roof:ridge", "no") != "no"
            run = elements.way_lonlat[elements.way_offsets[way] : elements.way_offsets[way + 1]]
            if "building" in tags or "building:part" in tags or len(run) < 2 or np.isnan(run).any():
                continue
            lines.append(shapely.LineString(frame.xy_from_lonlat(run)))
            high.append(ridge)
    for node, tags in enumerate(elements.node_tags):
        if "roof:apex" in tags and tags["roof:apex"] != "no":
            lines.append(shapely.Point(frame.xy_from_lonlat(elements.node_lonlat[node : node + 1])[0]))
            high.append(True)
    out = np.empty(len(lines), object)
    out[:] = lines
    return out, np.array(high, bool)


def _text(lines: NDArray[np.object_], high: NDArray[np.bool_]) -> str:
    """Return the lines as text: z is 1 at the top, and on edges 1 where they meet it and else 0."""
    top = shapely.union_all(lines[high])
    with_z = []
    for line in lines.tolist():
        xy = shapely.get_coordinates(line)
        z = (shapely.distance(shapely.points(xy), top) < 0.05).astype(float)
        corner = np.column_stack([xy, z])
        with_z.append(shapely.Point(corner[0]) if len(corner) == 1 else shapely.LineString(corner))
    text: str = shapely.to_wkt(shapely.GeometryCollection(with_z), rounding_precision=3, output_dimension=3)
    return text
