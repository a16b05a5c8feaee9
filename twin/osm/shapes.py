"""Elements -> shapes: points, lines and polygons in local metres, each meant for one table.

Everything that is odd about real map data ends here: rings that the edge of an extract cut,
relations with members missing, crossing rings, nodes that claim to be buildings. What can be
mended is mended and marked on the shape; what cannot is dropped and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin import tags as osm_tags
from twin.osm import rings
from twin.osm.gathered import LEFT_OUT, Gathered, box_of, main_kind
from twin.osm.relations import read_relations
from twin.table import among, objects

if TYPE_CHECKING:
    from twin.model import Dropped, Frame
    from twin.osm.columns import Drawn
    from twin.osm.elements import Elements, Tags

Objects = NDArray[np.object_]

_SMALLEST_M2 = 0.5
_SMALLEST_PART_M2 = 0.05
"""Spires and pinnacles are mapped as parts of half a metre's width."""


@dataclass(frozen=True)
class Shapes:
    """Features before their tags are read: columns in parallel, each row meant for `table`."""

    table: Objects
    osm: Objects
    tags: Objects  # of dict
    geometry: Objects  # shapely, local metres
    repairs: Objects  # space-separated codes
    outline_of: dict[str, str] = field(default_factory=dict)  # part -> outline, where a relation says so
    coast: Objects = field(default_factory=lambda: np.empty(0, object))  # directed lines, land on the left
    dropped: tuple[Dropped, ...] = ()
    dropped_where: Objects = field(default_factory=lambda: np.empty(0, object))  # roughly; None where nothing tells


def of(elements: Elements, frame: Frame, edge: Any) -> Shapes:
    """Build the shapes of all elements that are features, in the metres of `frame`.

    `edge` is the outline of what the elements cover: rings that end at it were cut by it.
    """
    found = Gathered()
    xy = frame.xy_from_lonlat(elements.way_lonlat)
    xy[~np.isfinite(xy).all(axis=1)] = np.nan  # also what lies on the other side of the Earth
    way_row = {int(id_): row for row, id_ in enumerate(elements.way_id)}
    outline_of, covered, tags_of_way = read_relations(elements, xy, edge, way_row, found)
    coast = _add_ways(elements, xy, edge, covered, tags_of_way, found)
    _add_nodes(elements, frame, found)
    table, osm, tags, geometry, repairs = found.columns()
    geometry, repairs, keep = _mended(table, osm, tags, geometry, repairs, found)
    return Shapes(
        table[keep], osm[keep], tags[keep], geometry[keep], repairs[keep],
        outline_of, coast, tuple(found.dropped), objects(found.dropped_where),
    )  # fmt: skip


def of_drawn(drawn: Drawn, frame: Frame) -> Shapes:
    """Build the shapes of features that come with their geometry, in the metres of `frame`."""
    found = Gathered()
    geometry, row = _apart(shapely.transform(drawn.geometry, frame.xy_from_lonlat))
    drawn = replace(drawn, osm=drawn.osm[row], tags=drawn.tags[row], geometry=geometry)
    dimension = shapely.get_dimensions(geometry)
    code = np.choose(np.clip(dimension, 0, 2), [osm_tags.POINT, osm_tags.LINE, osm_tags.POLYGON])
    coastal = np.array([t.get("natural") == "coastline" for t in drawn.tags], bool) & (dimension == 1)
    table, reason, _area = osm_tags.kinds(list(drawn.tags), code, (dimension == 2) | shapely.is_closed(geometry))
    for why in ("node_building", *LEFT_OUT):
        out = np.flatnonzero(reason == why)
        found.drop(drawn.osm[out], [main_kind(drawn.tags[i]) for i in out], why, geometry[out])
    needs = {"buildings": 2, "parts": 2, "areas": 2, "streets": 1, "rails": 1}
    fits = np.array([needs.get(t, d) == d for t, d in zip(table, dimension, strict=True)], bool)
    open_ = np.flatnonzero(among(table, ("buildings", "parts")) & ~fits)
    found.drop(drawn.osm[open_], [main_kind(drawn.tags[i]) for i in open_], "not_a_ring", geometry[open_])
    rows = np.flatnonzero((table != "") & fits & ~coastal)
    found.add(table[rows], drawn.osm[rows], list(drawn.tags[rows]), geometry[rows])
    table, osm, tags, geometry_, repairs = found.columns()
    geometry_, repairs, keep = _mended(table, osm, tags, geometry_, repairs, found)
    coast = shapely.get_parts(geometry[coastal])
    return Shapes(
        table[keep], osm[keep], tags[keep], geometry_[keep], repairs[keep],
        {}, coast, tuple(found.dropped), objects(found.dropped_where),
    )  # fmt: skip


def _apart(geometry: Objects) -> tuple[Objects, NDArray[np.int64]]:
    """Return the shapes, of mixed ones what makes them up, groups of points one by one; and the row of each."""
    geometry = geometry.copy()
    for mixed in np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION):
        geometry[mixed] = rings.of_dimension(geometry[mixed], int(shapely.get_dimensions(geometry[mixed])))
    groups = shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOINT
    row = np.repeat(np.arange(len(geometry)), np.where(groups, shapely.get_num_geometries(geometry), 1))
    single = geometry[row]
    single[groups[row]] = shapely.get_parts(geometry[groups])
    return single, row


def _named(kind: str, ids: NDArray[np.int64]) -> Objects:
    return objects([f"{kind}/{id_}" for id_ in ids.tolist()])


def _add_nodes(elements: Elements, frame: Frame, found: Gathered) -> None:
    count = len(elements.node_id)
    if not count:
        return
    table, reason, _area = osm_tags.kinds(elements.node_tags, np.full(count, osm_tags.POINT), np.zeros(count, bool))
    points = shapely.points(frame.xy_from_lonlat(elements.node_lonlat))
    for why in ("node_building", *LEFT_OUT):
        out = np.flatnonzero(reason == why)
        kinds = [main_kind(elements.node_tags[int(i)]) for i in out]
        found.drop(_named("node", elements.node_id[out]), kinds, why, points[out])
    rows = np.flatnonzero(among(table, ("trees", "furniture")))
    tags = [elements.node_tags[i] for i in rows.tolist()]
    found.add(table[rows], _named("node", elements.node_id[rows]), tags, points[rows])


def _add_ways(
    elements: Elements,
    xy: NDArray[np.float64],
    edge: Any,
    covered: set[int],
    tags_of_way: dict[int, Tags],
    found: Gathered,
) -> Objects:
    """Add the ways that are features by themselves; return the coastlines."""
    offsets = elements.way_offsets
    counts = np.diff(offsets)
    tags = list(elements.way_tags)
    for way, lent in tags_of_way.items():
        tags[way] = lent
    usable = np.array([bool(t) for t in tags], bool) & (counts >= 2)
    usable[list(covered)] = False
    first = xy[np.minimum(offsets[:-1], len(xy) - 1)] if len(xy) else np.empty((0, 2))
    last = xy[offsets[1:] - 1] if len(xy) else np.empty((0, 2))
    with np.errstate(invalid="ignore"):
        gap_m = np.hypot(*(first - last).T)
    missing = np.add.reduceat(np.concatenate([np.isnan(xy[:, 0]), [False]]), offsets[:-1]) if len(xy) else counts * 0
    missing = np.where(counts > 0, missing, 0)
    both_cut = np.isnan(first[:, 0]) & np.isnan(last[:, 0])
    closed = (counts >= 4) & ((gap_m == 0) | both_cut)
    nearly = ~closed & (counts >= 4) & (gap_m <= rings.NEARLY_CLOSED_M)

    coastal = np.array([t.get("natural") == "coastline" for t in tags], bool) & usable
    coast = [shapely.LineString(run) for row in np.flatnonzero(coastal) for run in _runs(xy, offsets, row)]
    rows = np.flatnonzero(usable & ~coastal)
    table = np.full(len(tags), "", object)
    reason = np.full(len(tags), "", object)
    wants_area = np.zeros(len(tags), bool)
    table[rows], reason[rows], wants_area[rows] = osm_tags.kinds(
        [tags[i] for i in rows.tolist()], np.full(len(rows), osm_tags.LINE), (closed | nearly)[rows]
    )
    for why in LEFT_OUT:
        out = np.flatnonzero(reason == why)
        where = [box_of(xy[offsets[i] : offsets[i + 1]]) for i in out]
        found.drop(_named("way", elements.way_id[out]), [main_kind(tags[i]) for i in out], why, where)

    whole = missing == 0
    for mask, make, code in (
        (wants_area & closed & whole, _polygons, ""),
        (wants_area & nearly & whole, _polygons, "ring_unclosed"),
        ((table != "") & ~wants_area & whole, _lines, ""),
    ):
        picked = np.flatnonzero(mask)
        repairs = np.full(len(picked), code, object)
        names, told = _named("way", elements.way_id[picked]), [tags[i] for i in picked.tolist()]
        found.add(table[picked], names, told, make(xy, offsets, picked), repairs)
    for row in np.flatnonzero((table != "") & np.where(wants_area, ~(whole & (closed | nearly)), ~whole)).tolist():
        points = xy[offsets[row] : offsets[row + 1]]
        name = f"way/{elements.way_id[row]}"
        _add_cut(points, edge if wants_area[row] else None, table[row], name, tags[row], found)
    return objects(coast)


def _add_cut(points: rings.Line, edge: Any, table: str, name: str, tags: Tags, found: Gathered) -> None:
    """Add what the extract's edge left of an area, or of a line where no edge is given, if that can be said."""
    if edge is not None:
        ring = rings.closed_along_edge(points, edge)
        if ring is None:
            why = "cut_open" if np.isnan(points).any() else "not_a_ring"
            found.drop([name], [main_kind(tags)], why, [box_of(points)])
            return
        geometry = shapely.Polygon(ring)
    else:
        runs = rings.known_runs(points)
        if not runs:
            return
        geometry = shapely.MultiLineString(runs) if len(runs) > 1 else shapely.LineString(runs[0])
    found.add([table], [name], [tags], objects([geometry]), ["cut_by_edge"])


def _runs(xy: NDArray[np.float64], offsets: NDArray[np.int64], row: np.intp) -> list[rings.Line]:
    return rings.known_runs(xy[offsets[row] : offsets[row + 1]])


def _gathered(
    xy: NDArray[np.float64], offsets: NDArray[np.int64], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the coordinates of some ways and, for each, the number of its way among `rows`."""
    counts = offsets[rows + 1] - offsets[rows]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return xy[np.repeat(offsets[rows], counts) + within], np.repeat(np.arange(len(rows)), counts)


def _polygons(xy: NDArray[np.float64], offsets: NDArray[np.int64], rows: NDArray[np.intp]) -> Objects:
    if not len(rows):
        return np.empty(0, object)
    points, number = _gathered(xy, offsets, rows)
    polygons: Objects = shapely.polygons(shapely.linearrings(points, indices=number))
    return polygons


def _lines(xy: NDArray[np.float64], offsets: NDArray[np.int64], rows: NDArray[np.intp]) -> Objects:
    if not len(rows):
        return np.empty(0, object)
    points, number = _gathered(xy, offsets, rows)
    lines: Objects = shapely.linestrings(points, indices=number)
    return lines


def _mended(
    table: Objects, osm: Objects, tags: Objects, geometry: Objects, repairs: Objects, found: Gathered
) -> tuple[Objects, Objects, NDArray[np.bool_]]:
    """Mend invalid polygons, turn furniture's areas into points, and drop what is no area at all."""
    keep = np.ones(len(table), bool)
    if not len(table):
        return geometry, repairs, keep
    is_area = shapely.get_dimensions(geometry) == 2
    invalid = np.flatnonzero(is_area & ~shapely.is_valid(geometry))
    if len(invalid):
        geometry[invalid] = rings.polygonal(geometry[invalid])
        repairs[invalid] = _joined(repairs[invalid], "ring_invalid")
    smallest_m2 = np.where(table == "parts", _SMALLEST_PART_M2, _SMALLEST_M2)
    tiny = is_area & (table != "furniture") & ~(shapely.area(geometry) >= smallest_m2)
    found.drop(osm[tiny], [main_kind(t) for t in tags[tiny]], "too_small", geometry[tiny])
    solid = np.flatnonzero(is_area & (table == "furniture"))
    geometry[solid] = shapely.point_on_surface(geometry[solid])
    keep &= ~tiny & ~shapely.is_empty(geometry)
    return geometry, repairs, keep


def _joined(repairs: Objects, code: str) -> Objects:
    return objects([f"{old} {code}".strip() for old in repairs])
