"""Answers of an Overpass server, as columns: JSON decoded straight into the few fields that count."""

from __future__ import annotations

import codecs
from itertools import chain
from operator import attrgetter
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


class _Header(msgspec.Struct):
    timestamp_osm_base: str = ""


class _Answer(msgspec.Struct):
    elements: list[_Node | _Way | _Relation | _Area]
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


def _columns(found: list[_Node | _Way | _Relation | _Area], data_time: float | None, remark: str) -> Elements:
    nodes = _each_once([element for element in found if type(element) is _Node])
    ways = _each_once([element for element in found if type(element) is _Way])
    node_id = np.fromiter(map(attrgetter("id"), nodes), np.int64, len(nodes))
    node_lonlat = np.empty((len(nodes), 2))
    node_lonlat[:, 0] = np.fromiter(map(attrgetter("lon"), nodes), np.float64, len(nodes))
    node_lonlat[:, 1] = np.fromiter(map(attrgetter("lat"), nodes), np.float64, len(nodes))
    keys = frozenset(KEYS)
    tagged = [(row, node.tags) for row, node in enumerate(nodes) if node.tags and not keys.isdisjoint(node.tags)]
    rows = np.array([row for row, _tags in tagged], np.intp)
    counts = np.array([len(way.nodes if way.geometry is None else way.geometry) for way in ways], np.int64)
    way_offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    drawn = np.repeat(np.array([way.geometry is not None for way in ways], bool), counts)
    way_lonlat = np.empty((int(way_offsets[-1]), 2))
    refs = np.fromiter(chain.from_iterable(way.nodes for way in ways if way.geometry is None), np.int64)
    way_lonlat[~drawn] = _looked_up(refs, node_id, node_lonlat)
    points = chain.from_iterable(way.geometry for way in ways if way.geometry is not None)
    way_lonlat[drawn] = np.array([(p.lon, p.lat) if p else (NOWHERE, NOWHERE) for p in points]).reshape(-1, 2)
    relations = [
        Relation(element.id, element.tags, [(member.type[:1], member.ref, member.role) for member in element.members])
        for element in _each_once([element for element in found if type(element) is _Relation])
        if Relation.has_area(element.tags) and element.members
    ]
    return Elements(
        node_id[rows], node_lonlat[rows], [tags for _row, tags in tagged],
        np.array([way.id for way in ways], np.int64), way_lonlat, way_offsets, [way.tags for way in ways],
        relations, None, data_time, remark,
    )  # fmt: skip


def _each_once[Element: (_Node, _Way, _Relation)](found: list[Element]) -> list[Element]:
    """Return every element once, with its tags: answers overlap, and `out body; >; out skel` says some without."""
    if len(set(map(attrgetter("id"), found))) == len(found):
        return found
    of_id: dict[int, Element] = {}
    for element in found:
        other = of_id.setdefault(element.id, element)
        if other is not element and element.tags and not other.tags:
            of_id[element.id] = element
    return list(of_id.values())


def _looked_up(
    refs: NDArray[np.int64], node_id: NDArray[np.int64], node_lonlat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where the nodes of some references are, NaN for those that are missing."""
    if not len(node_id):
        return np.full((len(refs), 2), NOWHERE)
    order = np.argsort(node_id)
    ids = node_id[order]
    place = np.minimum(np.searchsorted(ids, refs), len(ids) - 1)
    found = node_lonlat[order[place]]
    found[ids[place] != refs] = NOWHERE
    return found
