"""Families of buildings: the many values of `building` and of what is inside, as a legend's few lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOMES, SHOPS, WORK, LEARNING, PUBLIC, WORSHIP, TRANSPORT, OTHER = range(8)

_WORDS = {
    HOMES: """apartments house detached terrace semidetached_house residential dormitory bungalow cabin hut houseboat
        static_caravan farm block villa allotment_house annexe""",
    SHOPS: """office commercial retail supermarket kiosk hotel shop mall marketplace restaurant cafe bar pub fast_food
        bank hostel guest_house motel bureau_de_change pharmacy nightclub ice_cream food_court company""",
    WORK: """industrial warehouse manufacture factory storage_tank silo works barn farm_auxiliary greenhouse stable
        cowshed sty shed utility service transformer_tower water_tower hangar digester power""",
    LEARNING: "school kindergarten university college library research_institute music_school language_school",
    PUBLIC: """public civic government townhall museum theatre cinema hospital clinic doctors courthouse police
        fire_station post_office community_centre arts_centre embassy sports_hall stadium sports_centre pavilion
        social_facility gallery attraction grandstand castle palace fort prison military barracks nursing_home""",
    WORSHIP: "church cathedral chapel mosque synagogue temple shrine monastery religious place_of_worship presbytery",
    TRANSPORT: """train_station transportation garage garages parking carport bus_station ferry_terminal station
        terminal fuel bicycle_parking ship boathouse bridge charging_station""",
    OTHER: "roof canopy ruins construction tower bunker tent container toilets gatehouse atrium",
}
_OF: dict[str, int] = {value: family for family, values in _WORDS.items() for value in values.split()}
_INSIDE = ("amenity", "tourism", "shop", "office", "leisure", "healthcare", "religion")


def families() -> tuple[str, ...]:
    """Return what the families are called, in the order of their numbers."""
    return (
        _("Homes"),
        _("Offices, shops, hotels"),
        _("Industry, farms, storage"),
        _("Schools, universities, libraries"),
        _("Public, culture, health"),
        _("Worship"),
        _("Transport, parking"),
        _("Other"),
    )


def family_of(kinds: NDArray[np.object_], tags: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return each building's family, -1 where the map says no more than that it is a building, shape (n,).

    Parameters
    ----------
    kinds
        The column `kind`: the value of building=*.
    tags
        The column `tags`, JSON objects as text: a building=yes is what is in it.
    """
    found = np.array([_OF.get(kind, -1 if kind in {"", "yes"} else OTHER) for kind in kinds], np.int64)
    for row in np.flatnonzero((found < 0) | (found == OTHER)):
        text = tags[row]
        if any(key in text for key in _INSIDE):
            inside = _inside(json.loads(text))
            if inside >= 0:
                found[row] = inside
    return found


def _inside(told: dict[str, str]) -> int:
    for key in _INSIDE:
        value = told.get(key)
        if not value or value == "no":
            continue
        if key in {"shop", "office"}:
            return _OF.get(value, SHOPS)
        if key == "religion":
            return WORSHIP
        if value in _OF:
            return _OF[value]
        if key == "tourism":
            return PUBLIC
    return -1
