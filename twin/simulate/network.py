"""What netconvert makes of a district's roads: directed edges with lanes, and which can be reached from which."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import shapely

from twin.language import _
from twin.mesh.near import drives_left
from twin.model import TwinError
from twin.simulate import programs
from twin.simulate.roads import CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.simulate.roads import Roads

_ID = re.compile(r"([fb])(\d+)")
_CONVERSION = (
    *("--offset.disable-normalization", "--no-warnings", "--xml-validation", "never", "--keep-edges.components", "1"),
    *("--junctions.join", "--roundabouts.guess", "--no-turnarounds.except-deadend"),
    *("--tls.guess-signals", "--tls.discard-simple", "--tls.join", "--tls.default-type", "actuated"),
)


@dataclass(frozen=True)
class Network:
    """Directed edges that vehicles drive along, a row each.

    Attributes
    ----------
    file : Path
        The network as SUMO reads it.
    ids : list of str
        What SUMO calls the edges.
    segment : ndarray of int, shape (m,)
        The segment of the roads that each runs along.
    lanes : list of tuple of shapely.LineString
        The middle of each lane, from right to left, local metres.
    kind : list of str
        Class of the street.
    speed_kmh : ndarray, shape (m,)
        How fast one may drive.
    follows : list of list of int
        The edges that one may turn into.
    """

    file: Path
    ids: list[str]
    segment: NDArray[np.int64]
    lanes: list[tuple[shapely.LineString, ...]]
    kind: list[str]
    speed_kmh: NDArray[np.float64]
    follows: list[list[int]]

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each edge by what SUMO calls it."""
        return {name: row for row, name in enumerate(self.ids)}

    @cached_property
    def length_m(self) -> NDArray[np.float64]:
        """Length of each edge along its first lane, shape (m,)."""
        return np.array([lanes[0].length for lanes in self.lanes], np.float64)

    @cached_property
    def lane_count(self) -> NDArray[np.int64]:
        """Lanes of each edge, shape (m,)."""
        return np.array([len(lanes) for lanes in self.lanes], np.int64)

    @cached_property
    def priority(self) -> NDArray[np.int64]:
        """Rank of each edge's class, shape (m,): higher is a greater street."""
        return np.array([CLASSES[kind].priority for kind in self.kind], np.int64)

    @cached_property
    def entries(self) -> NDArray[np.bool_]:
        """Which edges no other leads into: where vehicles come into the district. Shape (m,)."""
        entered = np.zeros(len(self), bool)
        for row, others in enumerate(self.follows):
            entered[[other for other in others if not self.is_return(row, other)]] = True
        return ~entered

    @cached_property
    def exits(self) -> NDArray[np.bool_]:
        """Which edges lead into no other, shape (m,)."""
        return np.array(
            [not any(not self.is_return(row, other) for other in others) for row, others in enumerate(self.follows)],
            bool,
        )

    def is_return(self, row: int, other: int) -> bool:
        """Whether the one edge is the other direction of the other."""
        return row != other and self.segment[row] == self.segment[other]

    @cached_property
    def core(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """From which edges the busiest part can be reached, and which can be reached from there; shape (m,) each.

        Whatever starts in the former finds a way to whatever is in the latter.
        """
        before: list[list[int]] = [[] for _row in self.ids]
        for row, others in enumerate(self.follows):
            for other in others:
                before[other].append(row)
        best = (np.zeros(len(self), bool), np.zeros(len(self), bool))
        weight = self.priority * self.length_m
        for seed in np.argsort(-weight, kind="stable")[:20].tolist():
            pair = (_reached(before, seed), _reached(self.follows, seed))
            if weight[pair[0] & pair[1]].sum() > weight[best[0] & best[1]].sum():
                best = pair
        return best

    def place(self, row: int, along_m: float) -> tuple[float, float, float]:
        """Return x and y of the middle of all lanes there, and the heading in degrees clockwise from north."""
        places = [lane.interpolate(along_m) for lane in self.lanes[row]]
        x, y = np.mean([(place.x, place.y) for place in places], axis=0).tolist()
        lane = self.lanes[row][0]
        behind, ahead = lane.interpolate(max(along_m - 5, 0)), lane.interpolate(min(along_m + 5, lane.length))
        heading = float(np.degrees(np.arctan2(ahead.x - behind.x, ahead.y - behind.y)) % 360)
        return x, y, heading


def _reached(follows: list[list[int]], seed: int) -> NDArray[np.bool_]:
    seen = np.zeros(len(follows), bool)
    seen[seed] = True
    queue = deque([seed])
    while queue:
        for other in follows[queue.popleft()]:
            if not seen[other]:
                seen[other] = True
                queue.append(other)
    return seen


def network_of(roads: Roads, zone: str, folder: Path, *, hear: Callable[[float], None]) -> Network:
    """Return roads as SUMO's network, written into a folder.

    Raises
    ------
    TwinError
        Where SUMO is absent or makes nothing of them.
    """
    nodes, edges = roads.write(folder)
    target = folder / "streets.net.xml"
    arguments: list[str | Path] = ["-n", nodes, "-e", edges, "-o", target, *_CONVERSION]
    programs.run("netconvert", [*arguments, *(["--lefthand"] if drives_left(zone) else [])], folder=folder, hear=hear)
    return read_network(target, roads)


def read_network(file: Path, roads: Roads) -> Network:
    """Read a network that netconvert wrote of these roads."""
    ids: list[str] = []
    lanes: list[tuple[shapely.LineString, ...]] = []
    turns: list[tuple[str, str]] = []
    for _event, element in ET.iterparse(file):  # noqa: S314  (written by netconvert a moment ago)
        if element.tag == "edge":
            name = element.get("id", "")
            shapes = tuple(_line(lane.get("shape", "")) for lane in element.iter("lane"))
            if _ID.fullmatch(name) and shapes:
                ids.append(name)
                lanes.append(shapes)
            element.clear()
        elif element.tag == "connection":
            turns.append((element.get("from", ""), element.get("to", "")))
            element.clear()
    if not ids:
        raise TwinError(_("The streets of this district do not connect, so there is no traffic to simulate."))
    rows = {name: row for row, name in enumerate(ids)}
    follows: list[list[int]] = [[] for _name in ids]
    for one, other in dict.fromkeys(turns):
        if one in rows and other in rows:
            follows[rows[one]].append(rows[other])
    segment = np.array([int(name[1:]) for name in ids], np.int64)
    return Network(
        file, ids, segment, lanes, [roads.kind[row] for row in segment.tolist()], roads.speed_kmh[segment], follows
    )


def _line(shape: str) -> shapely.LineString:
    xy = [tuple(map(float, point.split(",")[:2])) for point in shape.split()]
    return shapely.LineString(xy)
