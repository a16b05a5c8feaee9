"""Detectors on their streets and directions, and how far each speaks for its street."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.drape import Matched, Streets, matched, streets_of
from twin.standards import roads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import District
    from twin.readings import Roster

SPEAKS_M = 150.0  # so far along its own street a detector speaks, as long as no other does
_SAME_PLACE_M = 15.0  # detectors closer to one another are lanes of one cross-section
_ALIKE = 0.8  # cosine between two pieces of what is still the same street

_DRIVING_ON_THE_LEFT = frozenset(
    {"Europe/London", "Europe/Dublin", "Europe/Malta", "Asia/Hong_Kong", "Asia/Macau", "Asia/Tokyo", "Asia/Kolkata"}
    | {"Asia/Singapore", "Asia/Bangkok", "Asia/Jakarta", "Asia/Kuala_Lumpur", "Asia/Dhaka", "Asia/Colombo"}
    | {"Asia/Karachi", "Asia/Kathmandu", "Asia/Nicosia", "Africa/Johannesburg", "Africa/Nairobi", "Pacific/Auckland"}
    | {"Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane", "Australia/Perth", "Australia/Adelaide"}
    | {"Australia/Hobart", "Australia/Darwin"}
)


@dataclass(frozen=True)
class Places:
    """Where the detectors of a roster are: cells are directions of street segments, rows of `segment` and `way`."""

    streets: Streets
    sensor: NDArray[np.int64]  # (d,) rows in the roster of the detectors that have a place
    cell: NDArray[np.int64]  # (d,) the cell of each
    cross: NDArray[np.int64]  # (d,) the cross-section of each; those of one cross-section are lanes
    cross_cell: NDArray[np.int64]  # (c,) the cell of each cross-section
    segment: NDArray[np.int64]  # (cells,)
    way: NDArray[np.int8]  # (cells,) 1 along the segment, -1 against it, 0 both
    unplaced: int  # detectors too far from any street
    left: bool  # whether one drives on the left
    free_flow_kmh: NDArray[np.float64]  # (cells,) by limits and kinds of streets

    @property
    def cells(self) -> int:
        """How many directions of segments have a detector."""
        return len(self.segment)


def places_of(district: District, roster: Roster, rows: NDArray[np.int64]) -> Places:
    """Match detectors, rows of a roster, to the streets of a district."""
    streets = streets_of(district)
    sensors = [roster.sensors[row] for row in rows.tolist()]
    lonlat = roster.lonlat[rows]
    xy = np.full((len(rows), 2), np.nan)
    here = np.isfinite(lonlat).all(axis=1)
    xy[here] = district.frame.xy_from_lonlat(lonlat[here])
    found: Matched = matched(
        streets, xy, np.array([s.heading_deg for s in sensors]), np.array([s.osm for s in sensors], object)
    )
    placed = found.edge >= 0
    edge, way, along = found.edge[placed], found.way[placed], found.along_m[placed]
    pairs, cell = np.unique(np.column_stack([edge, way]), axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    order = np.lexsort((along, cell))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (np.diff(cell[order]) != 0) | (np.diff(along[order]) > _SAME_PLACE_M)
    cross = np.empty(len(order), np.int64)
    cross[order] = np.cumsum(fresh) - 1
    pairs = pairs.reshape(-1, 2)
    return Places(
        streets,
        rows[placed],
        cell,
        cross,
        cell[order][fresh],
        pairs[:, 0],
        pairs[:, 1].astype(np.int8),
        int((~placed).sum()),
        district.zone in _DRIVING_ON_THE_LEFT,
        free_flow(streets)[pairs[:, 0]],
    )


def spread(
    places: Places,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8], NDArray[np.float64]]:
    """Return the stretches of street that detectors speak for: their own segments, and what goes on from these.

    A detector speaks for the street of its name and kind in its direction, as far as `SPEAKS_M`, but nowhere where
    another one stands.

    Returns
    -------
    cell, segment : ndarray of int64, shape (rows,)
    way : ndarray of int8, shape (rows,)
        The direction along the segment.
    ahead_m : ndarray, shape (rows,)
        How far down the road from the beginning of the cell's own segment; nothing for what lies before it.
    """
    streets = places.streets
    length = np.asarray(streets.edges.length_m)
    middle, heading = streets.edges.places(np.arange(len(length)), length / 2)
    same = [
        f"{name}\n{kind}" if name else osm
        for name, kind, osm in zip(streets.name.tolist(), streets.kind.tolist(), streets.osm.tolist(), strict=True)
    ]
    _streets, street = np.unique(np.array(same, str), return_inverse=True)
    order = np.argsort(street, kind="stable")
    first_of, behind = (np.searchsorted(street[order], street[places.segment], side=side) for side in ("left", "right"))
    count = behind - first_of
    own = np.repeat(np.arange(places.cells), count)
    row = order[np.repeat(first_of, count) + np.arange(len(own)) - np.repeat(np.cumsum(count) - count, count)]
    base = places.segment[own]
    off = middle[row] - middle[base]
    apart = np.hypot(*off.T)
    alike = (heading[row] * heading[base]).sum(axis=1)
    way = (places.way[own] * np.sign(alike)).astype(np.int8)
    taken = np.zeros((len(length), 3), bool)
    taken[places.segment, places.way] = True
    wrong = (streets.oneway[row] != 0) & (way != 0) & (way != streets.oneway[row])
    free = ~taken[row].any(axis=1) | ((way != 0) & ~taken[row, way] & ~taken[row, 0])
    free &= (np.abs(alike) > _ALIKE) & (apart <= SPEAKS_M + length[base] / 2) & ~wrong & (row != base)
    row, own, way, apart = row[free], own[free], way[free], apart[free]
    # of several cells of one direction the nearest speaks
    order = np.lexsort((apart, way, row))
    nearest = np.ones(len(order), bool)
    nearest[1:] = (np.diff(row[order]) != 0) | (np.diff(way[order]) != 0)
    row, own, way = row[order][nearest], own[order][nearest], way[order][nearest]
    base = places.segment[own]
    down = ((middle[row] - middle[base]) * heading[base]).sum(axis=1) * np.where(places.way[own] < 0, -1, 1)
    ahead = np.maximum(down + (length[base] - length[row]) / 2, 0.0)
    return (
        np.append(np.arange(places.cells), own),
        np.append(places.segment, row),
        np.append(places.way, way).astype(np.int8),
        np.append(np.zeros(places.cells), ahead),
    )


def free_flow(streets: Streets) -> NDArray[np.float64]:
    """Return the free-flow speed of every segment by its limit, else by its kind, km/h."""
    nobody = np.full((len(streets.kind), 1), np.nan)
    return roads.free_flow_kmh(nobody, streets.maxspeed_kmh, streets.kind)[0]
