"""Answers of an Overpass server, as columns: JSON decoded straight into the few fields that count."""

from __future__ import annotations

import codecs
from array import array
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.osm.columns import KEYS, Elements, Relation, epoch

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOWHERE = float("nan")
_NO_TAGS: dict[str, str] = {}


_Id = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Lon = Annotated[float, msgspec.Meta(ge=-180, le=180)]
_Lat = Annotated[float, msgspec.Meta(ge=-90, le=90)]


class _Point(msgspec.Struct, gc=False):
    lat: _Lat
    lon: _Lon


class _Node(msgspec.Struct, tag_field="type", tag="node", gc=False):
    id: _Id
    lat: _Lat = NOWHERE
    lon: _Lon = NOWHERE
    tags: dict[str, str] | msgspec.UnsetType = msgspec.UNSET  # most nodes have none, and an empty one takes time


class _Way(msgspec.Struct, tag_field="type", tag="way", gc=False):
    id: _Id
    nodes: list[_Id] = []
    geometry: list[_Point | None] | None = None
    tags: dict[str, str] = _NO_TAGS


class _Member(msgspec.Struct, gc=False):
    type: str
    ref: _Id
    role: str = ""


class _Relation(msgspec.Struct, tag_field="type", tag="relation", gc=False):
    id: _Id
    members: list[_Member] = []
    tags: dict[str, str] = _NO_TAGS


class _Area(msgspec.Struct, tag_field="type", tag="area"):
    """An area that the server worked out itself: nothing to draw."""

    id: int


_Element = _Node | _Way | _Relation | _Area


class _Header(msgspec.Struct):
    timestamp_osm_base: str = ""


class _Answer(msgspec.Struct):
    elements: list[_Element]
    osm3s: _Header = msgspec.field(default_factory=_Header)
    remark: str = ""


def read(paths: list[Path]) -> Elements:
    """Return the elements of several answers (`out body` with nodes, or `out geom`); duplicates count once.

    Raises
    ------
    TwinError
        When a file cannot be read, is damaged, or is no answer of an Overpass server.
    """
    answers = [_decoded(path) for path in paths]
    found = list(chain.from_iterable(answer.elements for answer in answers))
    times = [time for answer in answers if (time := epoch(answer.osm3s.timestamp_osm_base)) is not None]
    remark = "; ".join(dict.fromkeys(answer.remark for answer in answers if answer.remark))
    return _columns(found, min(times, default=None), remark)


def _decoded(path: Path) -> _Answer:
    try:
        return msgspec.json.decode(path.read_bytes().removeprefix(codecs.BOM_UTF8), type=_Answer)
    except msgspec.ValidationError as error:
        raise TwinError(
            _("{path} is JSON, but no sound answer of an Overpass server: {reason}. Download it again.").format(
                path=path, reason=str(error).rstrip(".")
            )
        ) from error
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TwinError(
            _("{path} is damaged: {reason}. Download it again.").format(path=path, reason=str(error).rstrip("."))
        ) from error


def _columns(found: list[_Element], data_time: float | None, remark: str) -> Elements:
    nodes, ways, relations = _by_type(found)
    node_id, nodes, order = _each_once(nodes)
    way_id, ways, _order = _each_once(ways)
    node_lonlat = np.empty((len(nodes), 2))
    node_lonlat[:, 0] = np.frombuffer(array("d", [node.lon for node in nodes]))
    node_lonlat[:, 1] = np.frombuffer(array("d", [node.lat for node in nodes]))
    keys = frozenset(KEYS)
    every = [node.tags for node in nodes]
    unset = msgspec.UNSET
    tagged = {row: tags for row, tags in enumerate(every) if tags is not unset and not keys.isdisjoint(tags)}
    rows = np.fromiter(tagged, np.intp, len(tagged))
    refs_of = [way.nodes if way.geometry is None else way.geometry for way in ways]
    counts = np.fromiter(map(len, refs_of), np.int64, len(ways))
    way_offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    way_lonlat = np.empty((int(way_offsets[-1]), 2))
    drawn = np.repeat(np.array([way.geometry is not None for way in ways], bool), counts)
    refs = np.frombuffer(
        array("q", list(chain.from_iterable(way.nodes for way in ways if way.geometry is None))), np.int64
    )
    way_lonlat[~drawn] = _looked_up(refs, node_id, node_lonlat, order)
    if drawn.any():
        points = chain.from_iterable(way.geometry for way in ways if way.geometry is not None)
        way_lonlat[drawn] = np.array([(p.lon, p.lat) if p else (NOWHERE, NOWHERE) for p in points]).reshape(-1, 2)
    return Elements(
        node_id[rows], node_lonlat[rows], list(tagged.values()),
        way_id, way_lonlat, way_offsets, [way.tags for way in ways],
        [
            Relation(one.id, one.tags, [(member.type[:1], member.ref, member.role) for member in one.members])
            for one in _each_once(relations)[1]
            if Relation.has_area(one.tags) and one.members
        ],
        None, data_time, remark,
    )  # fmt: skip


def _by_type(found: list[_Element]) -> tuple[list[_Node], list[_Way], list[_Relation]]:
    """Return nodes, ways and relations, in their order."""
    types = list(map(type, found))
    n, w = types.count(_Node), types.count(_Way)
    r = types.count(_Relation)
    # One answer tells all nodes, then all ways, then all relations: no need to look at each.
    if types[:n].count(_Node) == n and types[n : n + w].count(_Way) == w and n + w + r == len(found):
        return found[:n], found[n : n + w], found[n + w :]  # type: ignore[return-value]
    return (
        [element for element in found if type(element) is _Node],
        [element for element in found if type(element) is _Way],
        [element for element in found if type(element) is _Relation],
    )


def _each_once[Element: (_Node, _Way, _Relation)](
    found: list[Element],
) -> tuple[NDArray[np.int64], list[Element], NDArray[np.int64] | None]:
    """Return ids and elements, every one once, and how to order them by id, None where they are ordered.

    Answers overlap, and `out body; >; out skel` says some a second time without their tags.
    """
    ids = np.frombuffer(array("q", [element.id for element in found]), np.int64)
    if (ids[1:] > ids[:-1]).all():
        return ids, found, None
    order = np.argsort(ids)
    if (np.diff(ids[order]) > 0).all():
        return ids, found, order
    of_id: dict[int, Element] = {}
    for element in found:
        other = of_id.setdefault(element.id, element)
        if other is not element and element.tags and not other.tags:
            of_id[element.id] = element
    once = list(of_id.values())
    ids = np.fromiter(of_id, np.int64, len(of_id))
    return ids, once, np.argsort(ids)


def _looked_up(
    refs: NDArray[np.int64],
    node_id: NDArray[np.int64],
    node_lonlat: NDArray[np.float64],
    order: NDArray[np.int64] | None,
) -> NDArray[np.float64]:
    """Return where the nodes of some references are, NaN for those that are missing."""
    if not len(node_id):
        return np.full((len(refs), 2), NOWHERE)
    ids = node_id if order is None else node_id[order]
    place = np.minimum(np.searchsorted(ids, refs), len(ids) - 1)
    found = node_lonlat[place if order is None else order[place]]
    found[ids[place] != refs] = NOWHERE
    return found
