"""The streets of a district as a network that vehicles drive on, and its text form for SUMO's netconvert.

A district keeps no turn restrictions, so every turn is allowed that its one-way streets leave.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np
import shapely

from twin.language import _
from twin.mesh.pieces import spans
from twin.mesh.ribbons import Lines, lines_of
from twin.model import TwinError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.model import District


@dataclass(frozen=True, slots=True)
class Class:
    """What is usual of streets of one rank where nothing is mapped."""

    speed_kmh: float
    vehicles_a_lane: float  # on a weekday, where it enters a district
    priority: int


_LINKS = ("motorway", "trunk", "primary", "secondary", "tertiary")
CLASSES = {
    "motorway": Class(100, 14_000, 9),
    "trunk": Class(70, 9_000, 8),
    "primary": Class(50, 6_000, 7),
    "secondary": Class(50, 4_000, 6),
    "tertiary": Class(50, 2_200, 5),
    "unclassified": Class(40, 800, 4),
    "road": Class(40, 800, 4),
    "residential": Class(30, 350, 3),
    "living_street": Class(15, 60, 2),
}
"""The classes of streets that vehicles are simulated on. The volumes are round assumptions of the right order for
a European city; no standard has them."""
CLASSES |= {f"{name}_link": Class(min(CLASSES[name].speed_kmh, 50), 0, CLASSES[name].priority - 1) for name in _LINKS}

_CLOSED = frozenset({"no", "private", "agricultural", "forestry", "delivery", "permit", "military", "emergency"})
_MPH_KMH = 1.609344
_SIGNAL_REACH_M = 3.0  # from where a signal is mapped to the vertex that it belongs to


@dataclass(frozen=True)
class Roads:
    """Segments of streets for vehicles, each from node to node.

    Attributes
    ----------
    lines : Lines
        One line a segment; `feature` is its row in the district's streets.
    node : ndarray of int, shape (m, 2)
        Where each segment begins and ends.
    node_xy : ndarray, shape (k, 2)
        Where the nodes are, local metres.
    signal : ndarray of bool, shape (k,)
        Which nodes have traffic signals.
    kind : list of str
        The class of each segment, a key of `CLASSES`.
    lanes : ndarray of int, shape (m, 2)
        Lanes along the line and against it; 0 where one may not drive.
    speed_kmh : ndarray, shape (m,)
        How fast one may drive.
    """

    lines: Lines
    node: NDArray[np.int64]
    node_xy: NDArray[np.float64]
    signal: NDArray[np.bool_]
    kind: list[str]
    lanes: NDArray[np.int64]
    speed_kmh: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.kind)

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """The segments as shapely lines, shape (m,)."""
        shapes: NDArray[np.object_] = shapely.linestrings(self.lines.xy, indices=self.lines.line)
        return shapes

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write nodes and edges as netconvert reads them and return the two files.

        The edge along segment 7 is called "f7", the one against it "b7".
        """
        nodes, edges = folder / "streets.nod.xml", folder / "streets.edg.xml"
        with nodes.open("w", encoding="utf-8") as file:
            file.write("<nodes>\n")
            for number, ((x, y), signal) in enumerate(zip(self.node_xy.tolist(), self.signal.tolist(), strict=True)):
                kind = ' type="traffic_light"' if signal else ""
                file.write(f'<node id="{number}" x="{x:.3f}" y="{y:.3f}"{kind}/>\n')
            file.write("</nodes>\n")
        with edges.open("w", encoding="utf-8") as file:
            file.write("<edges>\n")
            for number in range(len(self)):
                xy = self.lines.xy[self.lines.start[number] : self.lines.start[number + 1]]
                begin, end = self.node[number].tolist()
                along, against = self.lanes[number].tolist()
                common = (
                    f' priority="{CLASSES[self.kind[number]].priority}" speed="{self.speed_kmh[number] / 3.6:.3f}"'
                    f' spreadType="{"right" if along and against else "center"}"'
                )
                for name, one, other, lanes, way in (
                    ("f", begin, end, along, xy),
                    ("b", end, begin, against, xy[::-1]),
                ):
                    if lanes:
                        shape = " ".join(f"{x:.3f},{y:.3f}" for x, y in way.tolist())
                        file.write(
                            f'<edge id="{name}{number}" from="{one}" to="{other}" numLanes="{lanes}"{common}'
                            f" shape={quoteattr(shape)}/>\n"
                        )
            file.write("</edges>\n")
        return nodes, edges


def roads_of(district: District) -> Roads:
    """Return the streets of a district that are for vehicles, broken where they meet and at signals.

    Raises
    ------
    TwinError
        Where there are none.
    """
    streets, furniture = district.tables["streets"], district.tables["furniture"]
    kinds = streets["kind"].tolist()
    tags: list[dict[str, Any]] = [json.loads(text) for text in streets["tags"].tolist()]
    open_to_cars = np.array([kind in CLASSES and is_open(t) for kind, t in zip(kinds, tags, strict=True)], bool)
    rows = np.flatnonzero(open_to_cars)
    lines = lines_of(streets.geometry[rows]).of_rows(rows)
    if not len(lines.feature):
        raise TwinError(
            _("{name} has no streets for vehicles, so there is no traffic to simulate.").format(name=district.name)
        )
    signals = shapely.centroid(furniture.geometry[furniture["kind"] == "signal"])
    broken, node, node_xy, signal = _broken(lines, shapely.get_coordinates(signals))
    row = broken.feature
    lanes = np.array([lanes_of(kinds[r], tags[r], streets["lanes"][r]) for r in row.tolist()], np.int64)
    speed = np.array([speed_kmh(str(tags[r].get("maxspeed", "")), CLASSES[kinds[r]].speed_kmh) for r in row.tolist()])
    return Roads(broken, node, node_xy, signal, [kinds[r] for r in row.tolist()], lanes, speed)


def is_open(tags: dict[str, Any]) -> bool:
    """Whether anybody may drive there, by the most exact of the tags that speak of it."""
    for key in ("motorcar", "motor_vehicle", "vehicle", "access"):
        if key in tags:
            return str(tags[key]) not in _CLOSED
    return tags.get("area") != "yes"


def lanes_of(kind: str, tags: dict[str, Any], lanes: float) -> tuple[int, int]:
    """Return the lanes along a street and against it; what is not mapped is one a direction, two on motorways."""
    oneway = str(tags.get("oneway", ""))
    if oneway not in {"no", "-1", "reverse"} and (
        oneway in {"yes", "true", "1"}
        or tags.get("junction") in {"roundabout", "circular"}
        or kind in {"motorway", "motorway_link"}
    ):
        oneway = "yes"
    usual = 2 if kind in {"motorway", "trunk"} else 1
    mapped = int(min(max(lanes, 1), 8)) if np.isfinite(lanes) else 0
    if oneway == "yes":
        return mapped or usual, 0
    if oneway in {"-1", "reverse"}:
        return 0, mapped or usual
    told = [str(tags.get(f"lanes:{way}", "")) for way in ("forward", "backward")]
    if all(text.isdecimal() and 0 < int(text) <= 8 for text in told):
        return int(told[0]), int(told[1])
    return max((mapped + 1) // 2, usual), max(mapped // 2, usual)


def speed_kmh(maxspeed: str, usual_kmh: float) -> float:
    """Return how fast one may drive by `maxspeed=*`; `usual_kmh` where it tells nothing."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)\s*(mph|knots)?", maxspeed)
    if not found:
        return usual_kmh
    speed = float(found[1]) * (_MPH_KMH if found[2] == "mph" else 1.0)
    return speed if 5 <= speed <= 140 else usual_kmh


def _broken(
    lines: Lines, signals_xy: NDArray[np.float64]
) -> tuple[Lines, NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return lines broken at crossings and signals, the nodes of each, and where those are and which have signals."""
    places, place = np.unique(lines.xy[:, 0] + 1j * lines.xy[:, 1], return_inverse=True)
    xy = np.column_stack([places.real, places.imag])
    lit = np.zeros(len(places), bool)
    if len(signals_xy):
        tree = shapely.STRtree(shapely.points(xy))
        _signal, nearest = tree.query_nearest(
            shapely.points(signals_xy), max_distance=_SIGNAL_REACH_M, all_matches=False
        )
        lit[nearest] = True
    n = len(lines.xy)
    end = np.zeros(n, bool)
    end[lines.start[:-1]] = end[lines.start[1:] - 1] = True
    meets = np.bincount(place, weights=np.where(end, 1, 2)) >= 3
    inner = (meets | lit)[place] & ~end
    vertex = np.repeat(np.arange(n), 1 + inner)
    begins = np.append(True, vertex[1:] == vertex[:-1])
    begins |= np.isin(vertex, lines.start[:-1])
    start = np.flatnonzero(begins)
    size = np.diff(np.append(start, len(vertex)))
    broken = Lines(lines.xy[vertex], spans(size), lines.line[vertex[start]])
    broken = Lines(broken.xy, broken.start, lines.feature[broken.feature])
    ends = place[vertex[np.column_stack([start, start + size - 1])]]
    used, node = np.unique(ends, return_inverse=True)
    return broken, node.reshape(-1, 2), xy[used], lit[used]
