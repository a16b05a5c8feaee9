"""Codes of provenance, repairs and drops as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import tags as osm_tags
from twin import why

if TYPE_CHECKING:
    from collections.abc import Callable

TELLERS = [why.provenance, why.repair, why.dropped]


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("height", "Tagged as height on the map"),
        ("building:colour", "Tagged as building:colour on the map"),
        ("building:levels", "number of storeys"),
        ("building:levels+roof:levels", "building:levels + roof:levels"),
        ("building:levels+outline:height", "those of the whole building"),
        ("building:min_level+default:storey", "one storey high"),
        ("min_height+height", "thickness"),
        ("default:building=house", "a usual value for building=house"),
        ("default:highway=residential+oneway", "one-way"),
        ("default:area", "of this size"),
        ("default:ground", "on the ground"),
        ("default:flat", "flat"),
        ("outline:height", "Taken from the whole building, where it is mapped (height)"),
        ("outline:default:area", "Nobody mapped it, neither here nor on the whole building"),
        ("parts", "the building's parts"),
        ("lanes+parking", "lanes + parking"),
        ("several:many", "“many”, which does not tell which shape"),
        ("unknown:{blob}", "“{blob}”, which is no shape that is drawn"),
        ("unfit:dome", "dome, which does not fit this outline"),
        ("", "Not known"),
    ],
)
def test_that_provenance_is_told_in_a_sentence(code: str, part: str) -> None:
    assert part in why.provenance(code)


@pytest.mark.parametrize(
    "code",
    ["ring_invalid", "ring_unclosed", "cut_by_edge", "relation_incomplete", "value_unreadable", "value_wild",
     "height_inverted", "roof_clipped", "geometry_3d"],
)  # fmt: skip
def test_that_every_repair_has_a_sentence_of_its_own(code: str) -> None:
    assert f"({code})" not in why.repair(code)


@pytest.mark.parametrize(
    "reason",
    ["node_building", "relation_broken", "cut_open", "not_a_ring", "too_small", "underground", "indoor", "on_roof",
     "not_built", "no_geometry", "duplicate"],
)  # fmt: skip
def test_that_every_drop_has_a_sentence_of_its_own(reason: str) -> None:
    assert f"({reason})" not in why.dropped(reason)


@pytest.mark.parametrize("teller", TELLERS)
def test_that_an_unknown_code_is_shown(teller: Callable[[str], str]) -> None:
    assert "some_new_code" in teller("some_new_code")


@pytest.mark.parametrize("teller", TELLERS)
@given(code=st.text() | st.sampled_from(["{", "{key}", "default:{x}", "outline:{0}", "+", "++", "default:+oneway"]))
def test_that_no_code_breaks_a_sentence(teller: Callable[[str], str], code: str) -> None:
    assert teller(code).endswith(".")


def test_that_all_that_tags_tell_is_told_in_words() -> None:
    tags = [
        {"building": "house"}, {"building": "yes", "height": "4", "min_height": "9"}, {"building": "yes"},
        {"building": "roof"}, {"building": "yes", "building:levels": "2", "roof:shape": "dome"},
    ]  # fmt: skip
    found = osm_tags.buildings(tags, area_m2=np.full(len(tags), 90.0), outline=[None, *tags[:-1]])
    codes = {code for key, values in found.items() if key.endswith("_from") for code in values}
    assert len(codes) > 5
    assert not [code for code in codes if code and why.provenance(code) == why.provenance("")]
