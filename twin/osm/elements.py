"""OpenStreetMap's elements out of any kind of OSM file or answer, as the columns of `twin.osm.columns`."""

from __future__ import annotations

import bz2
import gzip
import zlib
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.bulk import collector_paused
from twin.language import _
from twin.model import Progress, Report, TwinError, silent
from twin.osm import answers, opl
from twin.osm.columns import KEYS, Elements, Relation, Tags, epoch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

FILE_LIMIT_BYTES = 1 << 30
JSON_LIMIT_BYTES = 400 << 20

_NOWHERE = (float("nan"), float("nan"))


def sniff(path: Path) -> str:
    """Tell what a file is by its first bytes: pbf, osm, osm.gz, osm.bz2, json or gpkg.

    Raises
    ------
    TwinError
        When the file is missing, empty, a folder, too large, or none of these.
    """
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise TwinError(_("{path} is a folder. Name a file with OpenStreetMap data.").format(path=path))
        if not path.is_file():  # a pipe: reading it twice would wait for ever
            raise TwinError(_("{path} is not an ordinary file.").format(path=path))
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise TwinError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    if not size:
        raise TwinError(_("{path} is empty. Download or export it again.").format(path=path))
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if head[4:15].endswith(b"OSMHeader"[:9]) or b"OSMHeader" in head[:32]:
        kind = "pbf"
    elif head.startswith(b"\x1f\x8b"):
        kind = "osm.gz"
    elif head.startswith(b"BZh"):
        kind = "osm.bz2"
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        kind = "osm"
    elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        kind = "json"
    else:
        raise TwinError(
            _("{path} is not OpenStreetMap data. Known are .osm, .osm.gz, .osm.bz2, .osm.pbf, Overpass JSON and .gpkg.")
            .format(path=path)
        )  # fmt: skip
    limit = JSON_LIMIT_BYTES if kind == "json" else FILE_LIMIT_BYTES
    if size > limit:
        raise TwinError(
            _("{path} has {size_mb} MB; files up to {limit_mb} MB are read. Cut your district out of it first, "
              "for example with “osmium extract --bbox”.")
            .format(path=path, size_mb=size >> 20, limit_mb=limit >> 20)
        )  # fmt: skip
    return kind


@collector_paused()
def from_file(path: Path, *, report: Report = silent) -> Elements:
    """Read OSM XML (plain, gzip, bzip2), PBF or an Overpass JSON answer; the content tells which.

    Raises
    ------
    TwinError
        When the file cannot be read, is damaged, or is of another kind.
    """
    kind = sniff(path)
    report(Progress(_("Reading {file}").format(file=path.name)))
    if kind == "json":
        return from_overpass([path], report=report)
    if kind == "gpkg":
        raise TwinError(_("{path} is a GeoPackage; it has features, not elements.").format(path=path))
    return _from_osmium(path, kind, report)


def _from_osmium(path: Path, kind: str, report: Report) -> Elements:
    import osmium

    source: Any = osmium.io.File(str(path), kind)
    if kind in {"osm.gz", "osm.bz2"}:
        # Unpacked here, not inside the reader, so that a few bytes cannot unfold into a full disk's worth.
        source = osmium.io.FileBuffer(_unpacked(path, gzip.open if kind == "osm.gz" else bz2.open), "osm")
    try:
        return _scan(source, "flex_mem" if kind == "pbf" else _node_index(source), report)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise TwinError(
            _("{path} is damaged or not OpenStreetMap data: {reason}. Download or export it again.")
            .format(path=path, reason=str(error).strip().rstrip("."))
        ) from error  # fmt: skip


def _unpacked(path: Path, opener: Any) -> bytes:
    try:
        with opener(path, "rb") as file:
            content: bytes = file.read(FILE_LIMIT_BYTES + 1)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise TwinError(
            _("{path} is damaged: {reason}. Download or export it again.").format(path=path, reason=error)
        ) from error
    if len(content) > FILE_LIMIT_BYTES:
        raise TwinError(
            _("{path} unpacks to more than {limit_mb} MB. Cut your district out of it first.")
            .format(path=path, limit_mb=FILE_LIMIT_BYTES >> 20)
        )  # fmt: skip
    return content


def _node_index(source: Any) -> Any:
    """Return where all nodes are: servers write XML with ways before their nodes, and those in any order."""
    import osmium

    index = osmium.index.create_map("sparse_mem_map")
    handler = osmium.NodeLocationsForWays(index)
    with osmium.io.Reader(source, osmium.osm.NODE) as reader:
        osmium.apply(reader, handler)
    return index


def _scan(source: Any, nodes: Any, report: Report) -> Elements:
    """Read everything in one pass: shapes of ways out of the C++ reader, and all else as the text it writes.

    `nodes` is what the reader keeps places of nodes in: an index, or the name of a kind of them.
    """
    import osmium
    from osmium.osm import NODE, WAY

    with osmium.io.Reader(source, osmium.osm.NOTHING) as reader:
        header = reader.header()
        box = header.box()
        bounds = (
            (box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat) if box.valid() else None
        )
        data_time = epoch(header.get("osmosis_replication_timestamp") or header.get("timestamp"))

    line = osmium.geom.WKBFactory().create_linestring
    use_all = osmium.geom.use_nodes.ALL
    ways = _Ways()
    places = _Places(source)
    with TemporaryDirectory(prefix="district-twin-") as folder:
        text = Path(folder) / "elements.opl"
        tagged = osmium.filter.KeyFilter(*KEYS)
        tagged.enable_for(NODE)
        with osmium.SimpleWriter(osmium.io.File(str(text), "opl,add_metadata=none")) as writer:
            every: Any = osmium.FileProcessor(source).with_locations(nodes)
            every = every.with_filter(tagged).with_filter(writer).with_filter(osmium.filter.EntityFilter(WAY))
            for count, way in enumerate(every):
                if not count % 20_000:
                    report(Progress(_("Reading elements"), count))
                try:
                    ways.add_wkb(line(way, use_all))
                except (osmium.InvalidLocationError, RuntimeError):
                    ways.add_points(places.of(way))
        told = opl.read(text)
    keys = frozenset(KEYS)
    wanted = {ref for relation in told.relations for kind, ref, _role in relation.members if kind == "w"}
    useful = [
        row
        for row, (id_, tags) in enumerate(zip(told.way_id, told.way_tags, strict=True))
        if not keys.isdisjoint(tags) or id_ in wanted
    ]
    way_lonlat, way_offsets = ways.columns(useful)
    return Elements(
        np.array(told.node_id, np.int64), np.array(told.node_lonlat, np.float64).reshape(-1, 2), told.node_tags,
        np.array(told.way_id, np.int64)[useful], way_lonlat, way_offsets, [told.way_tags[row] for row in useful],
        told.relations, bounds, data_time,
    )  # fmt: skip


class _Places:
    """Where the nodes of a way are, one by one: for ways that the C++ reader cannot place whole."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def of(self, way: Any) -> list[tuple[float, float]]:
        """Return lon and lat of a way's nodes, NaN for those that the file lacks."""
        return [
            (n.lon, n.lat) if n.location.valid() else self._unsaved.get(n.ref, _NOWHERE) if n.ref < 0 else _NOWHERE
            for n in way.nodes
        ]

    @cached_property
    def _unsaved(self) -> dict[int, tuple[float, float]]:
        """Nodes with negative ids: editors number so what they have not uploaded, and the reader's index skips it."""
        import osmium

        nodes: Any = osmium.FileProcessor(self._source, osmium.osm.NODE)
        return {node.id: (node.lon, node.lat) for node in nodes if node.id < 0}


class _Ways:
    """Ways as they come: coordinates by WKB out of the C++ reader, or as points where some are missing."""

    def __init__(self) -> None:
        self._hex: list[str] = []
        self._points: dict[int, list[tuple[float, float]]] = {}

    def add_wkb(self, wkb_hex: str) -> None:
        self._hex.append(wkb_hex)

    def add_points(self, points: list[tuple[float, float]]) -> None:
        self._points[len(self._hex)] = points
        self._hex.append("")

    def columns(self, rows: list[int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return all coordinates of some ways, shape (m, 2), and where each of them begins, shape (w + 1,)."""
        # A WKB line is a header of 9 bytes (order, type, count) and 16 bytes a point: one copy reads them all.
        header = 9
        bytes_each = np.array([len(self._hex[row]) // 2 for row in rows], np.int64)
        counts = np.maximum(bytes_each - header, 0) // 16
        pointwise = [(at, self._points[row]) for at, row in enumerate(rows) if row in self._points]
        for at, points in pointwise:
            counts[at] = len(points)
        offsets = np.concatenate([[0], np.cumsum(counts)])
        lonlat = np.empty((int(offsets[-1]), 2))
        raw = np.frombuffer(bytes.fromhex("".join([self._hex[row] for row in rows])), np.uint8)
        body = np.ones(len(raw), bool)
        starts = np.concatenate([[0], np.cumsum(bytes_each)])[:-1][bytes_each > 0]
        body[(starts[:, None] + np.arange(header)).ravel()] = False
        from_wkb = np.repeat(bytes_each > 0, counts)
        lonlat[from_wkb] = raw[body].view("<f8").reshape(-1, 2)
        for at, points in pointwise:
            lonlat[offsets[at] : offsets[at + 1]] = np.array(points).reshape(-1, 2)
        return lonlat, offsets


@collector_paused()
def from_overpass(paths: Iterable[Path], *, report: Report = silent) -> Elements:
    """Read Overpass JSON answers (`out body` with nodes, or `out geom`), merged; duplicates count once.

    Raises
    ------
    TwinError
        When a file cannot be read, is damaged, or is no Overpass answer.
    """
    paths = list(paths)
    for path in paths:
        if sniff(path) != "json":
            raise TwinError(_("{path} is no answer of an Overpass server: it is not JSON.").format(path=path))
    report(Progress(_("Reading the answers of the map server")))
    return answers.read(paths)


__all__ = ["KEYS", "Elements", "Relation", "Tags", "from_file", "from_overpass", "sniff"]
