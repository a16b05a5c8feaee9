"""Feature tables: columns and shapes that stay together."""

from __future__ import annotations

import districts
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import integers, lists

from twin.model import TABLES
from twin.table import Table, among, objects


def three() -> Table:
    return Table.typed(
        {"osm": "str", "height_m": "float64", "bridge": "bool"},
        {"osm": ["a", "b", "c"], "height_m": [1, 2, 3], "unknown": [0, 0, 0]},
        shapely.points([0, 1, 2], [5, 6, 7]),
    )


def test_that_columns_have_the_order_and_types_of_their_kinds_and_what_is_absent_is_empty() -> None:
    made = three()
    assert list(made.columns) == ["osm", "height_m", "bridge"]
    assert [column.dtype for column in made.columns.values()] == [object, "float64", "bool"]
    assert made["bridge"].tolist() == [False] * 3
    empty = Table.typed(TABLES["streets"], {}, [])
    assert len(empty) == 0
    assert [empty[name].dtype for name in ("name", "lanes", "layer", "tunnel")] == [object, "f8", "i8", "bool"]


@pytest.mark.parametrize("which", [np.array([True, False, True]), np.array([0, 2]), slice(None, None, 2)])
def test_that_rows_are_chosen_by_mask_number_or_slice(which: np.ndarray | slice) -> None:
    some = three().rows(which)
    assert some["osm"].tolist() == ["a", "c"]
    assert [point.x for point in some.geometry] == [0, 2]


def test_that_a_row_is_plain_values() -> None:
    assert three().row(1) == {"osm": "b", "height_m": 2.0, "bridge": False}
    assert three().row(-1)["osm"] == "c"
    assert {type(cell) for cell in three().row(0).values()} == {str, float, bool}


def test_that_joined_tables_lie_end_to_end() -> None:
    made = three()
    districts.assert_same_table(Table.joined([made.rows(slice(0, 1)), made.rows(slice(1, None))]), made)
    districts.assert_same_table(Table.joined([made.rows(slice(0, 0)), made]), made)


def test_that_replacing_leaves_the_first_as_it_was() -> None:
    made = three()
    other = made.replaced(height_m=np.zeros(3))
    assert made["height_m"].tolist() == [1, 2, 3]
    assert other["height_m"].tolist() == [0, 0, 0]
    assert other["osm"] is made["osm"]


def test_that_columns_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="height_m"):
        three().replaced(height_m=np.zeros(2))


def test_that_a_data_frame_has_every_column_in_its_place_on_earth() -> None:
    district = districts.district()
    for name, table in district.tables.items():
        frame = table.frame(district.frame.crs)
        assert list(frame.columns) == [*TABLES[name], "geometry"]
        assert len(frame) == len(table)
        assert all(frame[column].tolist() == table[column].tolist() for column in ("osm", "name", "tags"))
        if len(table):
            lonlat = district.frame.lonlat_from_xy(shapely.get_coordinates(table.geometry))
            assert shapely.get_coordinates(frame.to_crs("EPSG:4326").geometry) == pytest.approx(lonlat, abs=1e-9)


def test_that_a_column_may_wait_until_it_is_asked_for() -> None:
    asked: list[str] = []

    def late() -> list[str]:
        asked.append("name")
        return ["x", "y", "z"]

    made = Table.typed(
        {"osm": "str", "name": "str"}, {"osm": ["a", "b", "c"], "name": late}, shapely.points([0, 1, 2], 5)
    )
    mask = np.array([True, False, True])
    some = made.rows(mask).replaced(osm=objects(["d", "e"]))
    mask[:] = False
    joined = Table.joined([some, made])
    assert asked == []
    assert joined["name"].tolist() == ["x", "z", "x", "y", "z"]
    assert joined["name"] is joined["name"]
    assert some.row(1) == {"osm": "e", "name": "z"}
    assert asked == ["name"]


@given(
    arrays(np.int64, integers(0, 20), elements=integers(-3, 9)),
    lists(integers(-4, 8)),
)
def test_that_whole_numbers_are_among_the_known_ones(values: np.ndarray, known: list[int]) -> None:
    assert among(values, known).tolist() == [value in known for value in values.tolist()]
