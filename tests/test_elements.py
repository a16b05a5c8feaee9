"""Elements: what OSM files and answers say, as columns."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from osmfiles import Town, town

from twin.model import TwinError
from twin.osm import elements
from twin.tags.vocabulary import AREAS, FURNITURE

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("town.osm", "town.osm.gz", "town.osm.bz2", "town.osm.pbf", "town.json", "town.geom.json")


def outlines(found: elements.Elements) -> dict[int, list[tuple[float, float]]]:
    return {
        int(id_): [tuple(p) for p in np.round(found.way_lonlat[start:stop], 7).tolist()]
        for id_, start, stop in zip(found.way_id, found.way_offsets[:-1], found.way_offsets[1:], strict=True)
    }


@pytest.mark.parametrize("name", KINDS)
def test_that_every_kind_of_file_says_the_same(tmp_path: Path, name: str) -> None:
    made = town()
    found = elements.from_file(made.save(tmp_path / name))
    expected = {id_: [made.lonlat(ref) for ref in refs] for id_, (refs, _tags) in made.ways.items()}
    assert outlines(found) == expected
    assert dict(zip(found.way_id.tolist(), found.way_tags, strict=True)) == {i: t for i, (_r, t) in made.ways.items()}
    assert {r.id: r.tags["type"] for r in found.relations} == {i: t["type"] for i, (_m, t) in made.relations.items()}
    lamps = [t for t in found.node_tags if t.get("highway") == "street_lamp"]
    assert len(lamps) == 1


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf", "town.json", "town.geom.json"])
def test_that_a_node_missing_from_the_file_is_a_gap_in_its_way(tmp_path: Path, name: str) -> None:
    made = Town()
    way = made.way([(0, 0), (10, 0), (20, 0), (30, 0)], highway="service")
    made.lost = {made.ways[way][0][2]}
    found = elements.from_file(made.save(tmp_path / name))
    assert np.isnan(found.way_lonlat[:, 0]).tolist() == [False, False, True, False]


@pytest.mark.parametrize("name", KINDS)
def test_that_files_tell_of_every_thing_that_is_drawn(tmp_path: Path, name: str) -> None:
    made = Town()
    drawn = {key: next(iter(values)) for key, values in {**AREAS, **FURNITURE}.items()}
    for place, (key, value) in enumerate(drawn.items()):
        made.way([(place, 0), (place, 1)], **{key.replace(":", "__"): value})
    assert len(elements.from_file(made.save(tmp_path / name)).way_id) == len(drawn)


def test_that_xml_may_name_ways_before_their_nodes(tmp_path: Path) -> None:
    made = town()
    lines = made.xml().split("\n")
    order = ("<?xml", "<osm", "<bounds", "<relation", "<way", "<node", "</osm")
    lines = [line for start in order for line in sorted(lines, reverse=True) if line.startswith(start)]
    (tmp_path / "turned.osm").write_text("\n".join(lines))
    expected = {id_: [made.lonlat(ref) for ref in refs] for id_, (refs, _tags) in made.ways.items()}
    assert outlines(elements.from_file(tmp_path / "turned.osm")) == expected


def test_that_the_same_element_in_two_answers_counts_once(tmp_path: Path) -> None:
    made = town()
    paths = [made.save(tmp_path / "a.json"), made.save(tmp_path / "b.json")]
    assert len(elements.from_overpass(paths).way_id) == len(made.ways)


def test_that_an_element_said_again_without_tags_keeps_them(tmp_path: Path) -> None:
    made = town()
    answer = made.overpass()
    bare = [{key: value for key, value in one.items() if key != "tags"} for one in answer["elements"]]
    (tmp_path / "skel.json").write_text(json.dumps(answer | {"elements": answer["elements"] + bare}))
    found = elements.from_file(tmp_path / "skel.json")
    assert dict(zip(found.way_id.tolist(), found.way_tags, strict=True)) == {i: t for i, (_r, t) in made.ways.items()}
    assert len(found.way_id) == len(made.ways)
    assert len(found.node_id) == len([t for _x, _y, t in made.nodes.values() if t])
    assert len(found.relations) == len(made.relations)


@pytest.mark.parametrize(("lat", "lon"), [(95.0, 10.0), (50.0, 1e9)])
def test_that_a_place_beyond_the_map_is_one_sentence(tmp_path: Path, lat: float, lon: float) -> None:
    answer = town().overpass()
    answer["elements"].append({"type": "node", "id": 999, "lat": lat, "lon": lon})
    (tmp_path / "far.json").write_text(json.dumps(answer))
    with pytest.raises(TwinError, match=r"far\.json is JSON, but no sound answer"):
        elements.from_file(tmp_path / "far.json")


def test_that_the_age_and_the_remark_of_an_answer_are_kept(tmp_path: Path) -> None:
    answer = town().overpass() | {"remark": "runtime error: Query timed out"}
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    found = elements.from_file(tmp_path / "answer.json")
    assert found.data_time == 1793534400.0
    assert found.remark == "runtime error: Query timed out"


def test_that_the_box_of_a_file_is_known(tmp_path: Path) -> None:
    found = elements.from_file(town().save(tmp_path / "town.osm.pbf"))
    assert found.bounds == pytest.approx((9.99, 49.99, 10.01, 50.01))


def test_that_a_file_with_negative_ids_as_editors_write_them_is_read(tmp_path: Path) -> None:
    made = Town()
    made.box(0, 0, 10, 10, building="yes")
    text = made.xml()
    for id_ in (*made.nodes, *made.ways):
        text = text.replace(f'id="{id_}"', f'id="-{id_}"').replace(f'ref="{id_}"', f'ref="-{id_}"')
    (tmp_path / "edited.osm").write_text(text)
    found = elements.from_file(tmp_path / "edited.osm")
    assert not np.isnan(found.way_lonlat).any()
    assert len(found.way_lonlat) == 5


BOMB = b"""<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="a" v="&b;"/></node></osm>"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm", b""),
        ("picture.osm", b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        ("words.osm", b"a letter to the mayor"),
        ("page.osm", b"<html><body>Service unavailable</body></html>"),
        ("cut.osm", town().xml().encode()[:700]),
        ("cut.osm.gz", gzip.compress(town().xml().encode())[:200]),
        ("garbled.osm.gz", gzip.compress(town().xml().encode())[:200] + b"\xff" * 200),
        ("no.osm.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader" + b"\xff" * 300),
        ("list.json", b"[1, 2]"),
        ("other.json", b'{"type": "FeatureCollection", "features": []}'),
        ("cut.json", json.dumps(town().overpass()).encode()[:900]),
        ("wrong.json", b'{"elements": [{"type": "node", "id": 1, "lat": "north", "lon": {}}]}'),
        ("huge.json", b'{"elements": [{"type": "node", "id": 1%s}]}' % (b"0" * 30)),
        ("ref.json", b'{"elements": [{"type": "way", "id": 1, "nodes": [9223372036854775808]}]}'),
        ("deep.json", b'{"a":' * 100_000),
        ("garbled.json", b'{"elements": [{"type": "node", "id": 1, "tags": {"name": "\xb1"}}]}'),
        ("bomb.osm", BOMB),
    ],
)  # fmt: skip
def test_that_a_bad_file_is_one_sentence_with_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TwinError, match=name) as caught:
        elements.from_file(path)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_that_a_mark_for_the_order_of_bytes_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "marked.json"
    path.write_text(json.dumps(town().overpass()), encoding="utf-8-sig")
    assert len(elements.from_file(path).way_id) == len(town().ways)


def test_that_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "planet.osm.pbf"
    path.write_bytes(b"\0\0\0\x0d\x0a\x09OSMHeader")
    os.truncate(path, 2 << 30)
    with pytest.raises(TwinError, match="2048 MB"):
        elements.from_file(path)


def test_that_a_folder_or_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="is a folder"):
        elements.from_file(tmp_path)
    with pytest.raises(TwinError, match="cannot be read"):
        elements.from_file(tmp_path / "nowhere.osm")
