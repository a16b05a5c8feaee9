"""The text that osmium writes: every tag, role and place as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import osmium
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.osm import opl

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

# What a file may hold. Of the last plane of Unicode, private and without meaning, osmium writes five digits of six.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0", max_codepoint=0xFFFFF), max_size=12)
TAGS = st.dictionaries(TEXT.filter(bool), TEXT, max_size=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(node=TAGS, way=TAGS, relation=TAGS, role=TEXT)
def test_that_any_tag_and_role_comes_back(
    tmp_path: Path, node: dict[str, str], way: dict[str, str], relation: dict[str, str], role: str
) -> None:
    path = tmp_path / "x.opl"
    relation |= {"type": "multipolygon"}
    with osmium.SimpleWriter(osmium.io.File(str(path), "opl,add_metadata=none"), overwrite=True) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=-7, location=(13.5, -52.25), tags=node))
        writer.add_way(osmium.osm.mutable.Way(id=8, nodes=[1, 2], tags=way))
        writer.add_relation(osmium.osm.mutable.Relation(id=9, members=[("w", 8, role), ("n", -7, "")], tags=relation))
        writer.add_relation(osmium.osm.mutable.Relation(id=10, tags={"type": "route"}))
    told = opl.read(path)
    assert (told.node_id, told.node_lonlat, told.node_tags) == ([-7], [(13.5, -52.25)], [node])
    assert (told.way_id, told.way_tags) == ([8], [way])
    assert told.relations == [(9, relation, [("w", 8, role), ("n", -7, "")])]


def test_that_an_empty_file_tells_of_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.opl").touch()
    assert opl.read(tmp_path / "x.opl") == opl.Told()


def test_that_a_file_larger_than_what_is_read_at_once_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opl, "_AT_ONCE_CHARACTERS", 64)
    lines = [f"n{number} Thighway=street_lamp,name=L%20%{number} x1 y2\n" for number in range(100)]
    (tmp_path / "x.opl").write_text("".join(lines))
    told = opl.read(tmp_path / "x.opl")
    assert told.node_id == list(range(100))
    assert told.node_tags[99] == {"highway": "street_lamp", "name": "L 99"}
