"""Colouring: classes of buildings, their colours and their filters; and when something was built."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import districts
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.colouring import KINDS, NO_DATA, colouring, names
from twin.dating import is_vague, years

if TYPE_CHECKING:
    from twin.model import District


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1898", (1898, 1898)),
        ("~1900", (1900, 1900)),
        ("C19", (1801, 1900)),
        ("early C20", (1901, 1933)),
        ("mid C18", (1734, 1767)),
        ("late C17", (1668, 1700)),
        ("19th century", (1801, 1900)),
        ("1850s", (1850, 1859)),
        ("late 1920s", (1926, 1929)),
        ("before 1920", (1920, 1920)),
        ("after 1905..1908", (1908, 1908)),
        ("before 1905..1908", (1905, 1905)),
        ("1914..1918", (1914, 1918)),
        ("mid C17..late C17", (1634, 1700)),
        ("1923-1924", (1923, 1924)),
        ("1921-06", (1921, 1921)),
        ("1921-06-30", (1921, 1921)),
        ("30.06.1921", (1921, 1921)),
        ("1865;1890", (1865, 1865)),
        ("j:1918-01-31", (1918, 1918)),
        ("200 BC", (-200, -200)),
        ("autumn 1961", (1961, 1961)),
    ],
)
def test_that_dates_are_read_as_mappers_write_them(text: str, span: tuple[float, float]) -> None:
    assert years(text) == span


@pytest.mark.parametrize("text", ["", "unknown", "yes", "no", "12", "-"])
def test_that_what_is_no_date_is_none(text: str) -> None:
    assert np.isnan(years(text)).all()


@given(st.text(max_size=20))
def test_that_no_text_breaks_the_reading_of_dates(text: str) -> None:
    first, last = years(text)
    assert np.isnan(first) or first <= last


@given(st.integers(100, 2100), st.integers(100, 2100))
def test_that_a_span_holds_both_its_ends(one: int, other: int) -> None:
    assert years(f"{one}..{other}") == (min(one, other), max(one, other))


def test_that_a_vague_date_says_so() -> None:
    assert all(is_vague(text) for text in ("~1900", "before 1920", "1850s", "C19", "1914..1918"))
    assert not any(is_vague(text) for text in ("1898", "1921-06"))


def town(*changes: dict[str, Any]) -> District:
    """Return the little harbour whose buildings have some cells changed, one set of them a building."""
    rows: list[dict[str, Any]] = [dict(one) for one in districts.ROWS["buildings"]]
    for row, change in enumerate(changes):
        rows[row] |= change
    place = districts.district()
    return replace(place, tables={**place.tables, "buildings": districts.table("buildings", rows)})


@pytest.mark.parametrize("name", list(names()))
def test_that_every_building_is_in_one_class_and_counted_once(name: str) -> None:
    place = districts.district()
    found = colouring(place, name)
    assert sum(entry.count for entry in found.entries) == len(place.tables["buildings"])
    for table in KINDS:
        assert len(found.colours(table)) == len(found.entry_of[table]) == len(place.tables[table])
        assert found.shown(table).all()
    counts = np.bincount(found.entry_of["buildings"], minlength=len(found.entries))
    assert [entry.count for entry in found.entries] == list(counts)
    assert found.entries[-1].no_data
    assert found.title
    assert found.source.endswith(".")


@pytest.mark.parametrize("name", list(names()))
def test_that_a_district_without_buildings_has_a_legend(name: str) -> None:
    place = districts.district()
    empty = {table: districts.table(table, []) for table in KINDS}
    found = colouring(replace(place, tables={**place.tables, **empty}), name)
    assert all(entry.count == 0 for entry in found.entries)
    assert found.span is None


def test_that_a_mapped_value_wears_the_legends_colour_and_an_inferred_one_a_paler() -> None:
    found = colouring(districts.district(), "height")
    rgb = found.colours("buildings")
    mapped, inferred = found.entries[found.entry_of["buildings"][0]], found.entries[found.entry_of["buildings"][2]]
    assert "#{:02X}{:02X}{:02X}".format(*rgb[0]) == mapped.colour
    own = [int(inferred.colour[i : i + 2], 16) for i in (1, 3, 5)]
    assert (rgb[2] >= own).all()
    assert rgb[2].sum() > sum(own) + 100
    assert inferred.inferred >= 1


def test_that_heights_fall_into_their_classes() -> None:
    found = colouring(town({"height_m": 4.9}, {"height_m": 15.0}, {"height_m": 70.0}), "height")
    labels = [found.entries[i].label for i in found.entry_of["buildings"]]
    assert labels == ["under 5", "15–20", "50 and more"]


def test_that_a_filter_lets_through_a_range_and_keeps_out_what_is_not_known() -> None:
    found = colouring(town({"levels": 2.0}, {"levels": 6.0}), "levels")
    assert found.shown("buildings", low=2, high=5).tolist() == [True, False, False]
    assert found.shown("buildings", low=3).tolist() == [False, True, False]
    assert found.shown("buildings").all()


def test_that_a_class_can_be_filtered_out_and_guesses_too() -> None:
    found = colouring(districts.district(), "height")
    entry = int(found.entry_of["buildings"][0])
    shown = found.shown("buildings", without={entry})
    assert (shown == (found.entry_of["buildings"] != entry)).all()
    assert found.shown("buildings", mapped_only=True).tolist() == [True, True, False]


@given(st.lists(st.floats(0.5, 200), min_size=3, max_size=3), st.integers(1, 40))
def test_that_the_histogram_counts_every_building(heights: list[float], bins: int) -> None:
    found = colouring(town(*({"height_m": height} for height in heights)), "height")
    counts, edges = found.histogram(bins)
    assert counts.sum() == 3
    assert len(edges) == bins + 1
    values = found.value_of["buildings"]
    assert counts[0] == ((values >= edges[0]) & (values < edges[1])).sum() + (bins == 1) * (values == edges[1]).sum()


def test_that_age_is_told_by_start_date_and_a_part_takes_its_buildings() -> None:
    dated = [json.dumps({"building": "yes", "start_date": date}) for date in ("1898", "~1905", "soon")]
    found = colouring(town(*({"tags": tags} for tags in dated)), "age")
    assert found.value_of["buildings"][:2].tolist() == [1898, 1905]
    assert found.inferred["buildings"].tolist()[:2] == [False, True]
    assert found.entries[found.entry_of["buildings"][2]].no_data
    assert found.value_of["parts"].tolist() == [1905]


def test_that_a_plain_building_is_what_is_in_it() -> None:
    found = colouring(
        town({"tags": json.dumps({"building": "yes", "amenity": "school"}), "kind": "yes"}, {"kind": "apartments"}),
        "kind",
    )
    labels = [found.entries[i].label for i in found.entry_of["buildings"]]
    assert labels[0].startswith("Schools")
    assert labels[1] == "Homes"
    assert found.entries[found.entry_of["buildings"][2]].colour == NO_DATA
