"""Finding: what somebody means who types a few letters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import districts
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.find import Index, Texts, folded, lonlat_of

if TYPE_CHECKING:
    from twin.model import District

NAMES = ["Kallion kirkko", "Mannerheimintie", "赫尔辛基大教堂", "Hôtel Ümläut", "Kirkkokatu", "Straße des 17. Juni"]


def hits(query: str) -> list[str]:
    which, score = Texts(NAMES).search(query)
    assert sorted(score, reverse=True) == list(score)
    return [NAMES[i] for i in which]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("kallio", "Kallion kirkko"),
        ("hotel umlaut", "Hôtel Ümläut"),
        ("大教", "赫尔辛基大教堂"),
        ("教", "赫尔辛基大教堂"),
        ("strasse", "Straße des 17. Juni"),
        ("kirkko kallion", "Kallion kirkko"),
        ("mannerhiemintie", "Mannerheimintie"),
        ("17 juni", "Straße des 17. Juni"),
    ],
)
def test_that_a_name_is_found_as_people_type_it(query: str, name: str) -> None:
    assert hits(query)[0] == name


def test_that_a_beginning_comes_before_a_word_and_a_word_before_an_inside() -> None:
    which, _score = Texts(["Alte Kirche", "Kirche", "Kirchgasse", "Stadtkirche"]).search("kirch")
    assert list(which) == [1, 2, 0, 3]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=20), st.data())
def test_that_every_text_is_found_by_itself(texts: list[str], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, len(texts) - 1))
    which, score = Texts(texts).search(texts[wanted])
    if folded(texts[wanted]):
        assert wanted in which
        assert score[list(which).index(wanted)] == score.max()


@given(st.text(max_size=30))
def test_that_no_query_breaks_the_search(query: str) -> None:
    which, score = Texts(NAMES).search(query)
    assert len(which) == len(set(which)) == len(score)


@pytest.mark.parametrize(
    ("text", "lonlat"),
    [
        ("60.17, 24.95", (24.95, 60.17)),
        ("60.17 24.95", (24.95, 60.17)),
        ("geo:60.17,24.95", (24.95, 60.17)),
        ("24.95 E, 60.17 N", (24.95, 60.17)),
        ("33.5 S; 70.6 W", (-70.6, -33.5)),
        ("60°10′12″N 24°57′0″E", (24.95, 60.17)),
        ("60° 10.2' N, 24° 57' E", (24.95, 60.17)),
        ("91, 200", None),
        ("Main Street 12", None),
        ("12", None),
        ("60 N 24 N", None),
    ],
)
def test_that_coordinates_are_read_as_people_write_them(text: str, lonlat: tuple[float, float] | None) -> None:
    found = lonlat_of(text)
    assert found == (None if lonlat is None else pytest.approx(lonlat))


def with_tags(row: int, **tags: str) -> District:
    """Return the little harbour with other tags, and the name in them, on one building."""
    import json

    rows: list[dict[str, Any]] = [dict(one) for one in districts.ROWS["buildings"]]
    rows[row] |= {"name": tags.get("name", ""), "tags": json.dumps({"building": "yes"} | tags)}
    town = districts.district()
    return replace(town, tables={**town.tables, "buildings": districts.table("buildings", rows)})


def first(town: District, query: str, **where: Any) -> Any:
    found = Index(town).search(query, **where)
    assert found, query
    return found[0]


def test_that_a_building_is_found_by_its_name_in_any_language() -> None:
    town = with_tags(2, **{"name": "Tuomiokirkko", "name:sv": "Domkyrkan", "name:zh": "大教堂"})
    for query in ("tuomio", "domkyrk", "教堂"):
        found = first(town, query)
        assert (found.title, found.table, found.row) == ("Tuomiokirkko", "buildings", 2)
        assert found.xy == pytest.approx((70, 5))


def test_that_an_address_is_found() -> None:
    town = with_tags(2, **{"addr:street": "Quay", "addr:housenumber": "7", "addr:city": "Harbour"})
    assert first(town, "quay 7").row == 2
    assert first(town, "7 quay harbour").title == "Quay 7"


def test_that_a_kind_is_told_with_its_number_and_its_nearest_first() -> None:
    index = Index(districts.district())
    found = index.search("tree", near_xy=(-100.0, 60.0))
    assert (found[0].sort, found[0].row) == ("kind", 3)
    assert "4" in found[0].detail
    assert [one.row for one in found[1:4]] == [2, 1, 0]


def test_that_what_is_in_a_building_is_a_kind_too() -> None:
    found = first(with_tags(2, amenity="school"), "school")
    assert (found.sort, found.row) == ("kind", 2)


def test_that_a_street_of_many_pieces_is_one_street() -> None:
    found = Index(districts.district()).search("long lane")
    assert [one.title for one in found] == ["Long Lane"]
    assert found[0].reach_m == pytest.approx(150, rel=0.01)


@pytest.mark.parametrize("query", ["way/2", "way 2", "w2", "W2"])
def test_that_an_id_of_the_map_is_found(query: str) -> None:
    found = first(districts.district(), query)
    assert (found.table, found.row) == ("buildings", 1)


def test_that_coordinates_lead_to_their_place_and_swapped_ones_too() -> None:
    for query in ("60.17, 24.95", "24.95, 60.17"):
        found = first(districts.district(), query)
        assert found.table == ""
        assert found.xy == pytest.approx((0, 0), abs=0.01)
    assert not Index(districts.district()).search("10.0, 10.0")


@pytest.mark.parametrize(
    ("query", "table", "row", "value"),
    [
        ("tallest building", "buildings", 1, "16.5"),
        ("longest street", "streets", 0, "300"),
        ("largest park", "areas", 0, "7"),
        ("tallest tr", "trees", 3, "11"),
    ],
)
def test_that_questions_are_answered(query: str, table: str, row: int, value: str) -> None:
    found = first(districts.district(), query)
    assert (found.sort, found.table, found.row) == ("answer", table, row)
    assert value in found.detail


def test_that_questions_are_told_before_anything_is_typed() -> None:
    assert {one.title for one in Index(districts.district()).suggestions()} >= {"Tallest building", "Longest street"}
