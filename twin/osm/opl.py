"""OPL, the text form of OSM files that osmium writes, as columns: a line an element, a field a letter.

Asked for its tags one by one, the C++ reader takes longer than for all else together; written out as
text and read with a few operations on all of it, they cost a tenth.
The format: https://osmcode.org/opl-file-format/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from twin.osm.columns import Relation, Tags

if TYPE_CHECKING:
    from pathlib import Path

_AT_ONCE_CHARACTERS = 1 << 24
_ESCAPED = re.compile("%([0-9a-f]+)%")
_tags_of = msgspec.json.Decoder(list[dict[str, str]]).decode


@dataclass(slots=True)
class Told:
    """What a file tells of its elements, in its order."""

    node_id: list[int] = field(default_factory=list)
    node_lonlat: list[tuple[float, float]] = field(default_factory=list)
    node_tags: list[Tags] = field(default_factory=list)
    way_id: list[int] = field(default_factory=list)
    way_tags: list[Tags] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)  # those that may have an area, with members


def read(path: Path) -> Told:
    """Read a file of nodes that have tags, of ways and of relations, without metadata.

    Raises
    ------
    ValueError
        Where a line is not what osmium writes.
    """
    told = Told()
    with path.open(encoding="utf-8", newline="\n") as lines:
        while some := lines.readlines(_AT_ONCE_CHARACTERS):
            _add(told, some)
    return told


def _add(told: Told, lines: list[str]) -> None:
    fields = [line.split(" ", 2) for line in lines]
    every = _tags(fields)
    for (name, _tagged, *rest), tags in zip(fields, every, strict=True):
        form, number = name[0], int(name[1:])
        if form == "w":
            told.way_id.append(number)
            told.way_tags.append(tags)
        elif form == "n":
            x, _space, y = rest[0].partition(" ")
            told.node_id.append(number)
            told.node_lonlat.append((float(x[1:] or "nan"), float(y[1:].strip() or "nan")))
            told.node_tags.append(tags)
        elif form == "r" and Relation.has_area(tags):
            members = rest[0][1:].strip()
            told.relations.append(Relation(number, tags, [_member(one) for one in members.split(",") if one]))


def _tags(fields: list[list[str]]) -> list[Tags]:
    """Return the tags of every line, all decoded at once: OPL's signs are turned into those of JSON."""
    text = "\n".join([row[1][1:].rstrip("\n") for row in fields])
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = text.replace(",", '","').replace("=", '":"').replace("%20%", " ")
    if "%" in text:
        text = _ESCAPED.sub(lambda found: json.dumps(chr(int(found[1], 16)))[1:-1], text)
    text = '[{"' + text.replace("\n", '"},{"') + '"}]'
    return list(_tags_of(text.replace('{""}', "{}")))


def _member(text: str) -> tuple[str, int, str]:
    name, _at, role = text.partition("@")
    if "%" in role:
        role = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), role)
    return name[0], int(name[1:]), role
