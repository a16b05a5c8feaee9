"""Shapes -> District: the one assembler, whatever road the data came by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from msgspec.json import encode
from numpy.typing import NDArray

from twin import tags as osm_tags
from twin.bulk import collector_paused
from twin.language import _
from twin.model import CREDIT, TABLES, Bounds, District, Frame, Progress, Report, Source, TwinError, silent
from twin.osm import coast, rings, shapes
from twin.osm.area import check_frame
from twin.osm.columns import Drawn, Elements, Tags
from twin.osm.ridges import ridges, with_ridges
from twin.osm.stacking import stand_under_roofs
from twin.table import Columns, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Objects = NDArray[np.object_]

_PART_INSIDE = 0.5
"""A part belongs to the outline that holds at least this share of its area."""

_ALL_THE_WORLD = (-180.0, -90.0, 180.0, 90.0)
"""What some programs write as the bounds of every file: it tells nothing."""

_LEAST_DEG = 1e-4
"""Some ten metres: a single tree is a place too."""

_NEAR_M = 10_000.0
"""What reaches farther than this from the district's box is cut there: a lake, a forest, a river may be a country long,
and no projection in metres holds on to its other end."""

_ROW_SPACING_M = 8.0
"""How far apart the trees of a `natural=tree_row` stand: a usual planting distance; ours."""


@collector_paused()
def district(
    elements: Elements | Drawn,
    *,
    name: str,
    boundary: Any = None,
    sources: Sequence[Source] = (),
    incomplete: str = "",
    report: Report = silent,
) -> District:
    """Assemble a district.

    Parameters
    ----------
    elements
        What was read or downloaded.
    name
        What to call the district.
    boundary
        The polygon that was asked for, in WGS 84 degrees; None for all that the elements cover.
    sources
        Where they came from; OpenStreetMap's own terms when empty.
    incomplete
        A sentence, where it is known that something is missing.
    report
        Told about progress; may raise `Cancelled`.

    Raises
    ------
    TwinError
        When there is nothing in the area, or the area is no place for local metres.
    """
    extent = shapely.box(*covered(elements))
    area = boundary if boundary is not None else extent
    check_frame(area.bounds, name)
    centre = shapely.centroid(shapely.envelope(area))
    frame = Frame(round(float(centre.x), 7), round(float(centre.y), 7))
    boundary_xy = shapely.transform(shapely.segmentize(area, 0.01), frame.xy_from_lonlat)
    report(Progress(_("Assembling shapes")))
    if isinstance(elements, Elements):
        edge = shapely.boundary(shapely.transform(shapely.segmentize(extent, 0.01), frame.xy_from_lonlat))
        every = shapes.of(elements, frame, edge)
    else:
        every = shapes.of_drawn(elements, frame)
    found = _within(every, boundary_xy)
    if not len(found.table):
        raise TwinError(_("There is nothing on the map in {name}: no building, street or tree.").format(name=name))
    report(Progress(_("Reading tags")))
    tables = {table: read(found) for table, read in _TABLE_READERS.items()}
    if isinstance(elements, Elements):
        drawn = ridges(elements, frame)
        for table in ("buildings", "parts"):
            tables[table] = with_ridges(tables[table], *drawn)
    sea = _sea_table(found.coast, boundary_xy)
    if len(sea):
        tables["water"] = Table.joined([sea, tables["water"]])
    repairs = Counter(
        code for table in tables.values() for codes in table["repairs"].tolist() if codes for code in codes.split()
    )
    return District(
        name=name,
        frame=frame,
        boundary_xy=boundary_xy,
        tables=tables,
        sources=tuple(sources) or (openstreetmap(elements),),
        repairs=dict(sorted(repairs.items())),
        dropped=found.dropped,
        incomplete=incomplete or elements.remark,
    )


def openstreetmap(elements: Elements | Drawn, *, retrieved: float | None = None, detail: str = "") -> Source:
    """Return OpenStreetMap as a source, with its licence and its credit."""
    return Source("OpenStreetMap", "ODbL 1.0", CREDIT, retrieved, elements.data_time, detail)


def covered(elements: Elements | Drawn) -> Bounds:
    """Return the box that the elements cover, as their source says or as they lie.

    Tagged nodes lie inside an extract; ways reach out of it, sometimes far.
    """
    west, south, east, north = _extent(elements)
    more_lon, more_lat = max(0.0, _LEAST_DEG - (east - west)) / 2, max(0.0, _LEAST_DEG - (north - south)) / 2
    return west - more_lon, south - more_lat, east + more_lon, north + more_lat


def _extent(elements: Elements | Drawn) -> Bounds:
    if isinstance(elements, Drawn):
        return elements.bounds
    if elements.bounds is not None and elements.bounds != _ALL_THE_WORLD:
        return elements.bounds
    few = len(elements.node_lonlat) < 200 and len(elements.way_lonlat) > 0
    lonlat = elements.way_lonlat if few else elements.node_lonlat
    lonlat = lonlat[~np.isnan(lonlat[:, 0])]
    if not len(lonlat):
        raise TwinError(_("There are no coordinates in this data. Download or export it again."))
    trim = 0.001 if len(lonlat) >= 200 else 0.0
    ordered, few_out = np.sort(lonlat, axis=0), int(trim * len(lonlat))
    (west, south), (east, north) = ordered[few_out], ordered[-1 - few_out]
    return float(west), float(south), float(east), float(north)


def _within(found: shapes.Shapes, boundary_xy: Any) -> shapes.Shapes:
    """Return the shapes that touch the boundary, cut where they reach far beyond it."""
    shapely.prepare(boundary_xy)
    keep = shapely.intersects(boundary_xy, found.geometry)
    geometry, repairs = found.geometry[keep], found.repairs[keep]
    west, south, east, north = shapely.bounds(boundary_xy) + _NEAR_M * np.array([-1, -1, 1, 1])
    bounds = shapely.bounds(geometry)
    far = (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
    if far.any():
        dimension = shapely.get_dimensions(geometry[far])
        cut = shapely.intersection(geometry[far], shapely.box(west, south, east, north))
        geometry[far] = [rings.of_dimension(one, n) for one, n in zip(cut, dimension, strict=True)]
        repairs[far] = _both(repairs[far], np.full(int(far.sum()), "cut_far", object))
    where = found.dropped_where
    nowhere = shapely.is_missing(where) | shapely.is_empty(where)
    here = nowhere | shapely.intersects(boundary_xy, where)
    dropped = tuple(found.dropped[row] for row in np.flatnonzero(here))
    return shapes.Shapes(
        found.table[keep], found.osm[keep], found.tags[keep], geometry, repairs,
        found.outline_of, found.coast, dropped, where[here],
    )  # fmt: skip


def _table(
    table: str, osm: Objects, tags: Sequence[Tags], geometry: Objects, repairs: Objects, columns: Columns
) -> Table:
    """Put a table together with exactly the columns and types of `TABLES`."""
    data = {
        "osm": osm,
        # No mesh asks for these, nor for where values came from: they are made when somebody does.
        "name": lambda: [t.get("name", "") for t in tags],
        "tags": lambda: [encode(t).decode() for t in tags],
    }
    told = columns.updated(data | {"repairs": _both(repairs, columns["repairs"])})
    return Table.typed(TABLES[table], told, geometry)


def _both(first: Objects, second: NDArray[Any]) -> Objects:
    both = first.copy()
    for row in np.flatnonzero(second != ""):
        both[row] = f"{first[row]} {second[row]}".strip()
    return both


def _rows(found: shapes.Shapes, table: str) -> tuple[Objects, list[Tags], Objects, Objects]:
    rows = found.table == table
    return found.osm[rows], list(found.tags[rows]), found.geometry[rows], found.repairs[rows]


def _buildings(found: shapes.Shapes) -> Table:
    osm, tags, geometry, repairs = _rows(found, "buildings")
    columns = osm_tags.buildings(tags, area_m2=shapely.area(geometry), geometry=geometry)
    return _table("buildings", osm, tags, geometry, repairs, columns)


def _parts(found: shapes.Shapes) -> Table:
    osm, tags, geometry, repairs = _rows(found, "parts")
    outline_osm, outline_tags, outline_geometry, _repairs = _rows(found, "buildings")
    owner = _owners(osm, geometry, outline_osm, outline_geometry, found.outline_of)
    outlines = [outline_tags[row] if row >= 0 else None for row in owner]
    columns = osm_tags.buildings(tags, area_m2=shapely.area(geometry), outline=outlines, geometry=geometry)
    stand_under_roofs(geometry, columns)
    building = np.array([outline_osm[row] if row >= 0 else "" for row in owner], object)
    return _table("parts", osm, tags, geometry, repairs, columns.updated({"building": building}))


def _owners(
    part_osm: Objects, parts: Objects, outline_osm: Objects, outlines: Objects, told: Mapping[str, str]
) -> NDArray[np.int64]:
    """Return the row of the outline that each part belongs to, -1 for none.

    A relation's word counts; otherwise the outline that holds most of the part, if it holds half of it.
    """
    owner = np.full(len(parts), -1, np.int64)
    if not len(parts) or not len(outlines):
        return owner
    tree = shapely.STRtree(outlines)
    part, outline = tree.query(parts, predicate="covered_by")
    owner[part] = outline
    # Most parts lie in their outline whole; only for the others is it worth cutting them up.
    rest = np.flatnonzero(owner < 0)
    part, outline = tree.query(parts[rest], predicate="intersects")
    part = rest[part]
    shared = shapely.area(shapely.intersection(parts[part], outlines[outline])) / shapely.area(parts)[part]
    order = np.argsort(shared, kind="stable")
    order = order[shared[order] >= _PART_INSIDE]
    owner[part[order]] = outline[order]
    row_of = {osm: row for row, osm in enumerate(outline_osm)}
    for row, osm in enumerate(part_osm):
        if (outline_name := told.get(osm)) in row_of:
            owner[row] = row_of[outline_name]
    return owner


def _plain(table: str, read: Callable[[list[Tags]], Columns]) -> Callable[[shapes.Shapes], Table]:
    """Return the reader of a table whose columns depend on nothing but the tags."""

    def reader(found: shapes.Shapes) -> Table:
        osm, tags, geometry, repairs = _rows(found, table)
        return _table(table, osm, tags, geometry, repairs, read(tags))

    return reader


def _trees(found: shapes.Shapes) -> Table:
    osm, tags, geometry, repairs = _rows(found, "trees")
    row, geometry = _planted(geometry)
    each = [tags[i] for i in row]
    return _table("trees", osm[row], each, geometry, repairs[row], osm_tags.trees(each))


def _planted(geometry: Objects) -> tuple[NDArray[np.int64], Objects]:
    """Set trees along rows; return for every tree the feature it stands for, and its point."""
    is_row = shapely.get_dimensions(geometry) == 1
    length = np.where(is_row, shapely.length(geometry), 0.0)
    count = np.where(is_row, np.rint(length / _ROW_SPACING_M).astype(np.int64) + 1, 1)
    feature = np.repeat(np.arange(len(geometry)), count)
    step = np.arange(len(feature)) - np.repeat(np.cumsum(count) - count, count)
    spacing = np.where(count > 1, length / np.maximum(count - 1, 1), 0.0)[feature]
    points = geometry[feature].copy()
    on_row = is_row[feature]
    lines = shapely.line_merge(points[on_row])
    points[on_row] = shapely.line_interpolate_point(lines, (step * spacing)[on_row])
    return feature, points


def _water(found: shapes.Shapes) -> Table:
    osm, tags, geometry, repairs = _rows(found, "water")
    columns = osm_tags.water(tags)
    is_line = shapely.get_dimensions(geometry) == 1
    geometry = geometry.copy()
    geometry[is_line] = shapely.buffer(geometry[is_line], columns["width_m"][is_line] / 2, quad_segs=3)
    # An area is as wide as it is drawn; the width of a river's tag says nothing more.
    only_lines = {
        "width_m": np.where(is_line, columns["width_m"], np.nan),
        "width_from": lambda: np.where(is_line, columns["width_from"], ""),
    }
    return _table("water", osm, tags, geometry, repairs, columns.updated(only_lines))


def _overlays(_found: shapes.Shapes) -> Table:
    return Table.typed(TABLES["overlays"], {}, [])


def _sea_table(lines: Objects, boundary_xy: Any) -> Table:
    seas = coast.sea(lines, shapely.envelope(boundary_xy))
    count = len(seas)
    tags = [{"natural": "coastline"}] * count
    nothing = np.full(count, "", object)
    columns = Columns({"kind": np.full(count, "sea", object), "width_from": nothing, "repairs": nothing})
    osm = np.array([f"coastline/{number}" for number in range(count)], object)
    return _table("water", osm, tags, seas, nothing, columns)


_TABLE_READERS: Mapping[str, Callable[[shapes.Shapes], Table]] = {
    "buildings": _buildings,
    "parts": _parts,
    "streets": _plain("streets", osm_tags.streets),
    "rails": _plain("rails", osm_tags.rails),
    "areas": _plain("areas", osm_tags.areas),
    "water": _water,
    "trees": _trees,
    "furniture": _plain("furniture", osm_tags.furniture),
    "overlays": _overlays,
}
