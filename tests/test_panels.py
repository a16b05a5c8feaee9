"""What the panels tell: facts about a feature, layers of a city, the age of data."""

from __future__ import annotations

from typing import Any

import districts
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from twin import district
from twin.model import CREDIT, TABLES
from twin.quantity import THIN_SPACE, metres, number
from ui import facts, opened


@given(st.floats(min_value=1e-3, max_value=1e6))
def test_that_a_number_keeps_three_significant_digits(value: float) -> None:
    assert float(number(value).replace(THIN_SPACE, "")) == pytest.approx(value, rel=0.005)
    assert len(number(value).replace(".", "").replace(THIN_SPACE, "").strip("0")) <= max(3, len(str(int(value))))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (18.0, "18"),
        (2.689, "2.69"),
        (100.04, "100"),
        (1234.5, "1\u202f234"),
        (0.0, "0"),
        (20.0, "20"),
        (float("nan"), ""),
    ],
)
def test_that_numbers_are_said_without_needless_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_that_a_length_has_a_thin_space_before_its_unit() -> None:
    assert metres(5.5) == f"5.5{THIN_SPACE}m"


def test_that_every_feature_of_every_table_can_be_told() -> None:
    town = districts.district()
    told = 0
    for table in TABLES:
        for row in range(len(town.tables[table])):
            found = facts.facts_of(town, table, row)
            assert found.title
            assert found.kind
            assert found.osm in found.text
            told += 1
    assert told


def changed(table: str, row: int, **cells: Any) -> facts.Facts:
    """Return the facts about a row of the little harbour in which some cells are others."""
    town = districts.district()
    of = town.tables[table]
    others = {column: (of.geometry if column == "geometry" else of[column]).copy() for column in cells}
    for column, cell in cells.items():
        others[column][row] = cell
    tables = {**town.tables, table: town.tables[table].replaced(**others)}
    town = type(town)(town.name, town.frame, town.boundary_xy, tables, town.sources)
    return facts.facts_of(town, table, row)


def test_that_a_building_tells_why_it_is_as_high_as_it_is() -> None:
    found = changed("buildings", 0, height_m=18.0, height_from="building:levels", levels=6.0)
    height = next(value for value in found.values if value.label == "Height")
    assert height.text == f"18{THIN_SPACE}m"
    assert "building:levels" in height.why


def test_that_a_church_tells_why_it_is_drawn_lower_than_its_spire() -> None:
    wide = shapely.box(0, 0, 60, 40)
    found = changed("buildings", 0, kind="church", height_m=98.0, height_from="height", geometry=wide)
    drawn = next(value for value in found.values if value.label == "Drawn height")
    assert drawn.text == f"39.2{THIN_SPACE}m"
    assert "spire" in drawn.why


def test_that_a_building_that_its_parts_cover_says_so() -> None:
    town = districts.district()
    home = str(town.tables["parts"]["building"][0])
    row = town.tables["buildings"]["osm"].tolist().index(home)
    whole = town.tables["buildings"].geometry[row]
    geometry = town.tables["parts"].geometry.copy()
    geometry[0] = whole
    tables = {**town.tables, "parts": town.tables["parts"].replaced(geometry=geometry)}
    town = type(town)(town.name, town.frame, town.boundary_xy, tables, town.sources)
    told = {value.label: value for value in facts.facts_of(town, "buildings", row).values}
    assert told["Drawn as"].text == "its parts"


def test_that_a_nameless_building_goes_by_its_address() -> None:
    tags = '{"addr:street":"Quay","addr:housenumber":"7","addr:city":"Harbour","building":"yes"}'
    found = changed("buildings", 0, name="", tags=tags, kind="yes")
    assert (found.title, found.address, found.kind) == ("Quay 7", "Quay 7, Harbour", "Building")


def test_that_a_local_name_is_better_than_none() -> None:
    assert changed("buildings", 0, name="", tags='{"loc_name":"The Shed","building":"yes"}').title == "The Shed"


def test_that_repairs_are_sentences() -> None:
    found = changed("buildings", 0, repairs="ring_unclosed under_roof")
    assert len(found.repairs) == 2
    assert all(sentence.endswith(".") for sentence in found.repairs)


@pytest.mark.parametrize(
    ("osm", "link"),
    [("way/42", "https://www.openstreetmap.org/way/42"), ("coastline/0", ""), ("own layer 3", ""), ("way/1?x", "")],
)
def test_that_only_the_maps_own_things_have_a_page(osm: str, link: str) -> None:
    assert changed("buildings", 0, osm=osm).link == link


def test_that_layers_hold_every_kind_that_can_be_picked() -> None:
    from twin.sight import DETAILS
    from ui.panels.layers import layers_of

    town = districts.district()
    city = district.build(town)
    layers = layers_of(city, {table: len(frame) for table, frame in town.tables.items()})
    shown = [kind for layer in layers if layer.name != "names" for kind in layer.kinds]
    assert sorted(shown) == sorted(kind for kind, mesh in city.meshes.items() if mesh.table and kind not in DETAILS)
    counts = {layer.name: layer.count for layer in layers}
    assert counts["buildings"] == len(town.tables["buildings"])
    assert all(count > 0 for count in counts.values())


def source(**cells: Any) -> dict[str, Any]:
    return {
        "sources": [{"title": "Map", "detail": "here", "credit": CREDIT, "data_time": None, "retrieved": None} | cells]
    }


def test_that_the_age_of_data_is_that_of_the_map_before_that_of_the_download() -> None:
    now = 1_800_000_000.0
    said, told = opened.age_of_data(source(data_time=now - 3 * 86_400, retrieved=now - 60), now=now)
    assert said == "Map data of 2027-01-12, fetched 1 minute ago"
    assert "3 days old" in told
    assert "3 days old" in opened.age_of_data(source(data_time=now - 3 * 86_400), now=now)[0]
    assert "1 minute" in opened.age_of_data(source(retrieved=now - 60), now=now)[0]
    assert "unknown" in opened.age_of_data(source(), now=now)[0]
