"""The names of a district: streets, squares, parks, water, landmarks, and where each may be written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.mesh.outline import drawn_heights
from twin.mesh.pieces import only_places
from twin.mesh.ways import on_ground
from twin.model import Names
from twin.table import among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.model import District
    from twin.table import Table

MOST = 3000
"""So many texts at most, the most important ones: more would be a list and no map."""

LONGEST = 60  # characters; what is longer is a description
EVERY_M = 160.0
"""A street is named again after this far."""

_STREET_RANKS = {
    "motorway": 0.75, "trunk": 0.75, "primary": 0.72, "secondary": 0.66, "tertiary": 0.6, "pedestrian": 0.55,
    "living_street": 0.5, "residential": 0.5, "unclassified": 0.5, "busway": 0.4, "road": 0.4,
    "cycleway": 0.2, "footway": 0.2, "path": 0.2, "steps": 0.18, "service": 0.25, "track": 0.2,
}  # fmt: skip
_AREA_KINDS = {
    "square": ("square", 0.7), "park": ("park", 0.66), "garden": ("park", 0.45), "wood": ("park", 0.5),
    "cemetery": ("park", 0.5), "sand": ("park", 0.45), "pier": ("place", 0.4), "institution": ("place", 0.42),
    "playground": ("park", 0.2), "pitch": ("park", 0.22), "allotments": ("park", 0.3), "grass": ("park", 0.2),
    "railway": ("place", 0.4), "industrial": ("place", 0.35), "commercial": ("place", 0.4),
    "residential": ("place", 0.3),
}  # fmt: skip
_WATER_RANKS = {"sea": 0.75, "lake": 0.6, "river": 0.7, "canal": 0.6, "dock": 0.5, "basin": 0.4}
_LANDMARK_KEYS = ("tourism", "historic", "wikidata", "wikipedia", "amenity", "railway", "heritage", "leisure")
_LANDMARKS = frozenset(
    {"cathedral", "church", "mosque", "synagogue", "temple", "train_station", "museum", "theatre", "townhall",
     "government", "castle", "palace", "stadium", "university", "library", "tower", "public", "civic"}
)  # fmt: skip


def names_of(district: District) -> Names:
    """Return what may be written on a district's map, the most important first."""
    found = [*_streets(district.tables["streets"]), *_areas(district.tables["areas"], district.tables["water"])]
    found += _landmarks(district.tables["buildings"], district.tables["parts"])
    inside = shapely.box(*shapely.bounds(district.boundary_xy))
    shapely.prepare(inside)
    found = [(text, kind, rank, places) for text, kind, rank, places in found if len(places)]
    found.sort(key=lambda one: (-one[2], one[0]))
    kept = []
    for text, kind, rank, places in found:
        here = places[shapely.contains_xy(inside, places[:, 0], places[:, 1])]
        if len(here):
            kept.append((text, kind, rank, here))
        if len(kept) == MOST:
            break
    if not kept:
        return Names()
    places = np.concatenate([one[3] for one in kept])
    return Names(
        text=tuple(one[0] for one in kept),
        kind=tuple(one[1] for one in kept),
        rank=np.array([one[2] for one in kept]),
        which=np.repeat(np.arange(len(kept)), [len(one[3]) for one in kept]),
        points=places[:, :3].copy(),
        along=places[:, 3:5].copy(),
        room_m=places[:, 5].copy(),
    )


_Found = tuple[str, str, float, "NDArray[np.float64]"]  # text, kind, rank, places (n, 6): x y z, direction, room


def _said(table: Table, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
    """Return the rows that have a name short enough to write, and the names."""
    names = [" ".join(str(name).split()) for name in table["name"][rows].tolist()]
    good = [i for i, name in enumerate(names) if 0 < len(name) <= LONGEST]
    return rows[good], [names[i] for i in good]


def _streets(streets: Table) -> list[_Found]:
    lines = shapely.get_type_id(streets.geometry) == 1
    rows, names = _said(streets, np.flatnonzero(lines & on_ground(streets)))
    rank_of = np.array([_STREET_RANKS.get(kind, 0.45) for kind in streets["kind"][rows].tolist()])
    geometry = only_places(streets.geometry[rows])
    by_name: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if geometry[i] is not None:
            by_name.setdefault(name, []).append(i)
    found: list[_Found] = []
    for name, members in by_name.items():
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(geometry[members])))
        length = shapely.length(merged)
        merged, length = merged[length > 12.0], length[length > 12.0]
        if not len(merged):
            continue
        count = np.maximum(1, np.round(length / EVERY_M)).astype(np.int64)
        line = np.repeat(np.arange(len(merged)), count)
        step = (length / count)[line]
        number = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
        at = (number + 0.5) * step
        reach = 0.4 * np.minimum(step, 90.0)
        middle, before, after = (
            shapely.get_coordinates(shapely.line_interpolate_point(merged[line], at + by)) for by in (0, -reach, reach)
        )
        chord = after - before
        room = np.hypot(*chord.T)
        good = room > 1.0
        if not good.any():
            continue
        # Where a street bends, its name lies along the chord: in the middle between both.
        where = (0.5 * middle + 0.25 * before + 0.25 * after)[good]
        rank = float(rank_of[members].max()) + 0.08 * min(1.0, float(length.sum()) / 1500)
        places = np.column_stack([where, np.full(len(where), 1.0), chord[good] / room[good, None], room[good] * 1.25])
        found.append((name, "street", rank, places))
    return found


def _areas(areas: Table, water: Table) -> list[_Found]:
    found: list[_Found] = []
    for table, told in ((areas, _AREA_KINDS), (water, {k: ("water", rank) for k, rank in _WATER_RANKS.items()})):
        polygon = among(shapely.get_type_id(table.geometry), (3, 6))
        known = among(table["kind"].astype(np.str_), list(told)) if len(table) else np.zeros(0, bool)
        rows, names = _said(table, np.flatnonzero(polygon & known))
        shapes = only_places(table.geometry[rows])
        biggest: dict[str, tuple[float, int]] = {}
        for i, (name, size) in enumerate(zip(names, np.nan_to_num(shapely.area(shapes)).tolist(), strict=True)):
            if size > biggest.get(name, (0.0, 0))[0]:
                biggest[name] = size, i
        for name, (size, i) in biggest.items():
            kind, rank = told[str(table["kind"][rows[i]])]
            at = shapely.get_coordinates(shapely.point_on_surface(shapes[i]))
            side = size**0.5
            rank += 0.16 * (min(1.0, side / 250) - 0.4)
            found.append((name, kind, rank, np.column_stack([at, [1.0], [0.0], [0.0], [1.5 * side]])))
    return found


def _landmarks(buildings: Table, parts: Table) -> list[_Found]:
    polygon = among(shapely.get_type_id(buildings.geometry), (3, 6))
    rows, names = _said(buildings, np.flatnonzero(polygon))
    shapes = only_places(buildings.geometry[rows])
    height = np.nan_to_num(drawn_heights(buildings, parts))
    found: dict[str, _Found] = {}
    for i, name in enumerate(names):
        if shapes[i] is None:
            continue
        row = rows[i]
        tags: Mapping[str, str] = json.loads(buildings["tags"][row])
        size = float(shapely.area(shapes[i])) * float(height[row])
        known = sum(key in tags for key in _LANDMARK_KEYS)
        notable = str(buildings["kind"][row]) in _LANDMARKS or tags.get("building") in _LANDMARKS
        rank = 0.3 + 0.08 * min(known, 3) + 0.14 * notable + 0.12 * min(1.0, size / 2e5)
        at = shapely.get_coordinates(shapely.point_on_surface(shapes[i]))
        top = float(height[row]) + 3.0
        place = np.column_stack([at, [top], [0.0], [0.0], [1.5 * shapely.area(shapes[i]) ** 0.5]])
        if name not in found or found[name][2] < rank:
            found[name] = name, "landmark", rank, place
    return list(found.values())
