"""A made-up town as OSM elements, and every kind of file that can carry it."""

from __future__ import annotations

import bz2
import gzip
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import osmium

if TYPE_CHECKING:
    from pathlib import Path

LON, LAT = 10.0, 50.0
DEGREES_PER_M = (1 / 71_695.8, 1 / 111_229.0)  # at 50 degrees north, WGS 84; good to a millimetre over a town


@dataclass
class Town:
    """Elements under construction. Coordinates are metres about the town's middle."""

    nodes: dict[int, tuple[float, float, dict[str, str]]] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)
    relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)  # nodes that ways name and files lack

    def node(self, x: float, y: float, **tags: str) -> int:
        id_ = len(self.nodes) + 1
        self.nodes[id_] = (x, y, _tags(tags))
        return id_

    def way(self, points: list[Any], **tags: str) -> int:
        """Add a way through points (x, y) or nodes by their id."""
        id_ = len(self.ways) + 101
        refs = [point if isinstance(point, int) else self.node(*point) for point in points]
        self.ways[id_] = (refs, _tags(tags))
        return id_

    def ring(self, points: list[Any], **tags: str) -> int:
        refs = [point if isinstance(point, int) else self.node(*point) for point in points]
        return self.way([*refs, refs[0]], **tags)

    def box(self, west: float, south: float, east: float, north: float, **tags: str) -> int:
        return self.ring([(west, south), (east, south), (east, north), (west, north)], **tags)

    def relation(self, members: list[tuple[str, int, str]], **tags: str) -> int:
        id_ = len(self.relations) + 1001
        self.relations[id_] = (members, _tags(tags))
        return id_

    def lonlat(self, id_: int) -> tuple[float, float]:
        x, y, _tags = self.nodes[id_]
        return round(LON + x * DEGREES_PER_M[0], 7), round(LAT + y * DEGREES_PER_M[1], 7)

    def xml(self) -> str:
        lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="test">']
        lines += ['<bounds minlat="49.99" minlon="9.99" maxlat="50.01" maxlon="10.01"/>']
        for id_, (_x, _y, tags) in self.nodes.items():
            if id_ not in self.lost:
                lon, lat = self.lonlat(id_)
                lines.append(f'<node id="{id_}" version="1" lat="{lat}" lon="{lon}">{_xml_tags(tags)}</node>')
        for id_, (refs, tags) in self.ways.items():
            nds = "".join(f'<nd ref="{ref}"/>' for ref in refs)
            lines.append(f'<way id="{id_}" version="1">{nds}{_xml_tags(tags)}</way>')
        for id_, (members, tags) in self.relations.items():
            items = "".join(
                f'<member type="{_TYPES[kind]}" ref="{ref}" role={quoteattr(role)}/>' for kind, ref, role in members
            )
            lines.append(f'<relation id="{id_}" version="1">{items}{_xml_tags(tags)}</relation>')
        return "\n".join([*lines, "</osm>"])

    def overpass(self, *, geometry: bool = False) -> dict[str, Any]:
        """Return the answer of an Overpass server, with `out body` or with `out geom`."""
        elements: list[dict[str, Any]] = []
        for id_, (_x, _y, tags) in self.nodes.items():
            if id_ not in self.lost:
                lon, lat = self.lonlat(id_)
                elements.append({"type": "node", "id": id_, "lat": lat, "lon": lon} | ({"tags": tags} if tags else {}))
        for id_, (refs, tags) in self.ways.items():
            way: dict[str, Any] = {"type": "way", "id": id_, "nodes": refs} | ({"tags": tags} if tags else {})
            if geometry:
                way["geometry"] = [
                    None if ref in self.lost else dict(zip(("lon", "lat"), self.lonlat(ref), strict=True))
                    for ref in refs
                ]
            elements.append(way)
        for id_, (members, tags) in self.relations.items():
            items = [{"type": _TYPES[kind], "ref": ref, "role": role} for kind, ref, role in members]
            elements.append({"type": "relation", "id": id_, "members": items, "tags": tags})
        return {
            "version": 0.6, "generator": "Overpass API", "elements": elements,
            "osm3s": {"timestamp_osm_base": "2026-11-01T12:00:00Z"},
        }  # fmt: skip

    def save(self, path: Path) -> Path:
        """Write the town as its name's ending says."""
        name = path.name
        if name.endswith(".json"):
            path.write_text(json.dumps(self.overpass(geometry="geom" in name)))
        elif name.endswith(".osm"):
            path.write_text(self.xml())
        elif name.endswith(".osm.gz"):
            path.write_bytes(gzip.compress(self.xml().encode()))
        elif name.endswith(".osm.bz2"):
            path.write_bytes(bz2.compress(self.xml().encode()))
        else:
            plain = path.with_suffix(".xml.osm")
            plain.write_text(self.xml())
            header = osmium.io.Header()
            header.add_box(osmium.osm.Box(9.99, 49.99, 10.01, 50.01))
            with osmium.SimpleWriter(str(path), header=header) as writer:
                for entity in osmium.FileProcessor(str(plain)):
                    writer.add(entity)
            plain.unlink()
        return path


_TYPES = {"n": "node", "w": "way", "r": "relation"}


def _tags(tags: dict[str, str]) -> dict[str, str]:
    """Read `building__part` as `building:part`."""
    return {key.replace("__", ":").rstrip("_"): value for key, value in tags.items()}


def _xml_tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def town() -> Town:
    """Return a small town with one of everything, and a few of the oddities of real maps."""
    made = Town()
    made.box(0, 0, 20, 10, building="house", height="7.5", name="Plain House", roof__shape="gabled")
    outer = made.box(40, 0, 80, 40)
    inner = made.box(50, 10, 70, 30)
    made.relation([("w", outer, "outer"), ("w", inner, "inner")], type="multipolygon", building="yes", name="Court")
    cathedral = made.box(100, 0, 140, 40, building="cathedral", height="40", name="Cathedral")
    tower = made.box(100, 0, 110, 10, building__part="yes", height="40")
    nave = made.box(110, 0, 140, 40, building__part="yes", height="20")
    made.relation([("w", cathedral, "outline"), ("w", tower, "part"), ("w", nave, "part")], type="building")
    crossing = made.node(0, -20)
    made.way([(-100, -20), crossing, (150, -20)], highway="residential", name="Long Street", lanes="2", sidewalk="both")
    made.way([(0, -100), crossing, (0, -5)], highway="footway")
    made.way([(-50, -100), (-50, 100)], railway="tram")
    made.box(-90, 30, -60, 90, leisure="park", name="The Park")
    made.box(-80, 40, -70, 50, natural="water")
    made.way([(-100, 100), (150, 100)], waterway="river", width="12")
    made.node(-75, 60, natural="tree", height="12")
    made.way([(-90, 95), (-50, 95)], natural="tree_row")
    made.node(10, -15, highway="street_lamp")
    made.node(5, -25, building="yes")
    return made
