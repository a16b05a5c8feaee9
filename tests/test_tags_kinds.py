"""Which table of a district an element belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from twin import tags as osm_tags
from twin.tags import LINE, POINT, POLYGON


def place(tags: dict[str, str], shape: int = LINE, *, closed: bool = False) -> tuple[str, str, bool]:
    """Return where one element belongs."""
    kinds = osm_tags.kinds([tags], np.array([shape], np.uint8), np.array([closed]))
    return kinds.table[0], kinds.reason[0], bool(kinds.area[0])


@pytest.mark.parametrize(
    ("tags", "closed", "table", "area"),
    [
        ({"building": "yes"}, True, "buildings", True),
        ({"building": "yes"}, False, "buildings", True),
        ({"building:part": "yes"}, True, "parts", True),
        ({"building": "yes", "building:part": "yes"}, True, "buildings", True),
        ({"building": "yes", "building:part": "yes", "min_height": "4"}, True, "parts", True),
        ({"building": "no", "landuse": "grass"}, True, "areas", True),
        ({"building": "construction"}, True, "buildings", True),
        ({"man_made": "storage_tank"}, True, "buildings", True),
        ({"highway": "residential"}, False, "streets", False),
        ({"highway": "residential"}, True, "streets", False),
        ({"highway": "pedestrian"}, True, "streets", False),
        ({"highway": "pedestrian", "area": "yes"}, True, "areas", True),
        ({"area:highway": "footway"}, True, "areas", True),
        ({"railway": "tram"}, False, "rails", False),
        ({"railway": "subway"}, True, "rails", False),
        ({"railway": "platform"}, True, "areas", True),
        ({"railway": "platform"}, False, "streets", False),
        ({"railway": "abandoned", "highway": "cycleway"}, False, "streets", False),
        ({"barrier": "wall"}, True, "furniture", False),
        ({"barrier": "hedge"}, True, "furniture", False),
        ({"barrier": "hedge", "area": "yes"}, True, "areas", True),
        ({"barrier": "fence", "leisure": "playground"}, True, "areas", True),
        ({"leisure": "track"}, True, "streets", False),
        ({"leisure": "track", "area": "yes"}, True, "areas", True),
        ({"leisure": "park"}, True, "areas", True),
        ({"leisure": "nature_reserve"}, True, "", False),
        ({"landuse": "forest"}, True, "areas", True),
        ({"natural": "water"}, True, "water", True),
        ({"natural": "coastline"}, True, "water", False),
        ({"natural": "tree_row"}, False, "trees", False),
        ({"natural": "cliff"}, True, "", False),
        ({"waterway": "river"}, False, "water", False),
        ({"waterway": "river"}, True, "water", False),
        ({"waterway": "riverbank"}, True, "water", True),
        ({"leisure": "swimming_pool"}, True, "water", True),
        ({"amenity": "fountain"}, True, "water", True),
        ({"amenity": "bench"}, False, "furniture", False),
        ({"amenity": "restaurant"}, True, "", False),
        ({"boundary": "administrative"}, True, "", False),
        ({"landuse": "basin", "basin": "infiltration"}, True, "areas", True),
        ({"man_made": "pier"}, False, "streets", False),
        ({"man_made": "pier"}, True, "areas", True),
        ({}, True, "", False),
    ],
)  # fmt: skip
def test_that_a_way_is_a_line_or_an_area_of_the_right_table(
    tags: dict[str, str], closed: bool, table: str, area: bool
) -> None:
    assert place(tags, closed=closed) == (table, "", area)


@pytest.mark.parametrize(
    ("tags", "table"),
    [({"highway": "pedestrian"}, "areas"), ({"natural": "water"}, "water"), ({"waterway": "river"}, "water"),
     ({"building": "yes"}, "buildings"), ({"leisure": "track"}, "areas"), ({"railway": "rail"}, "")],
)  # fmt: skip
def test_that_a_multipolygon_is_an_area(tags: dict[str, str], table: str) -> None:
    assert place(tags, POLYGON) == (table, "", bool(table))


@pytest.mark.parametrize(
    ("tags", "table"),
    [({"natural": "tree"}, "trees"), ({"highway": "street_lamp"}, "furniture"), ({"barrier": "bollard"}, "furniture"),
     ({"highway": "traffic_signals"}, "furniture"), ({"man_made": "surveillance"}, "furniture"),
     ({"barrier": "wall"}, ""), ({"shop": "bakery"}, ""), ({"historic": "memorial", "memorial": "plaque"}, ""),
     ({"building": "entrance"}, ""), ({"highway": "crossing"}, "furniture"), ({"tourism": "information"}, ""),
     ({"tourism": "information", "information": "board"}, "furniture")],
)  # fmt: skip
def test_that_a_point_is_a_tree_or_a_thing_of_the_street(tags: dict[str, str], table: str) -> None:
    assert place(tags, POINT) == (table, "", False)


@pytest.mark.parametrize(
    ("tags", "shape", "reason"),
    [
        ({"building": "yes"}, POINT, "node_building"),
        ({"building": "yes", "location": "underground"}, LINE, "underground"),
        ({"building": "yes", "layer": "-1"}, LINE, "underground"),
        ({"building": "yes", "layer": "-1", "building:levels": "2"}, LINE, ""),
        ({"building": "yes", "building:levels": "0", "building:levels:underground": "2"}, LINE, "underground"),
        ({"building": "yes", "building:levels": "2", "building:levels:underground": "2"}, LINE, ""),
        ({"building": "demolished"}, LINE, "not_built"),
        ({"highway": "proposed"}, LINE, "not_built"),
        ({"highway": "construction"}, LINE, "not_built"),
        ({"railway": "razed"}, LINE, "not_built"),
        ({"highway": "corridor"}, LINE, "indoor"),
        ({"highway": "footway", "indoor": "yes"}, LINE, "indoor"),
        ({"highway": "footway", "indoor": "no"}, LINE, ""),
        ({"waterway": "stream", "tunnel": "culvert"}, LINE, "underground"),
        ({"amenity": "parking", "parking": "underground"}, LINE, "underground"),
        ({"leisure": "swimming_pool", "location": "indoor"}, LINE, "indoor"),
        ({"leisure": "swimming_pool", "location": "roof"}, LINE, "on_roof"),
        ({"man_made": "surveillance", "surveillance": "indoor"}, POINT, "indoor"),
        ({"amenity": "bench", "level": "-1"}, POINT, "underground"),
    ],
)  # fmt: skip
def test_that_what_is_out_of_sight_is_left_out_with_its_reason(tags: dict[str, str], shape: int, reason: str) -> None:
    table, why, _area = place(tags, shape, closed=True)
    assert why == reason
    assert (table == "") == bool(reason)
