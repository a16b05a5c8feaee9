"""Which table of a district an element of OpenStreetMap belongs to, if any, and why not.

Whether a closed way is a line or an area follows the OSM wiki ("Area", "Overpass turbo/Polygon
Features"): a closed highway, railway, barrier or waterway is a line unless area=yes says otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from twin.tags.lengths import Flags, Tags, Words, number, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

POINT, LINE, POLYGON = 0, 1, 2
"""What an element's geometry is to start with: a node, a way, a multipolygon relation."""

_NO = frozenset({"", "no", "none", "false", "0"})
_NOT_BUILT = frozenset(
    {"proposed", "planned", "construction", "disused", "abandoned", "razed", "demolished", "dismantled", "removed",
     "historic", "destroyed", "collapsed"}
)  # fmt: skip

STREET_ROLES = {
    value: role
    for role, values in {
        "road": "motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary "
        "tertiary_link unclassified residential living_street road busway bus_guideway raceway runway taxiway",
        "service": "service services escape emergency_bay rest_area emergency_access_point",
        "path": "footway path pedestrian bridleway trail platform pier running_track passing_place crossing "
        "via_ferrata",
        "cycleway": "cycleway",
        "steps": "steps",
        "track": "track",
    }.items()
    for value in values.split()
}
"""How each highway (and what else is drawn as one) is drawn."""

RAIL_KINDS = frozenset(
    {"rail", "tram", "light_rail", "subway", "narrow_gauge", "monorail", "funicular", "miniature", "preserved"}
)

AREAS = {
    key: {value: kind for kind, values in kinds.items() for value in values.split()}
    for key, kinds in {
        "area:highway": {
            "path": "footway path pedestrian cycleway bridleway steps traffic_island crossing platform bus_stop",
            "road": "motorway trunk primary secondary tertiary unclassified residential living_street service road "
            "busway emergency yes",
            "parking": "parking",
        },
        "aeroway": {"road": "apron runway taxiway helipad heliport"},
        "leisure": {
            "park": "park recreation_ground common dog_park golf_course nature_park miniature_golf disc_golf_course",
            "garden": "garden",
            "playground": "playground schoolyard fitness_station",
            "pitch": "pitch track sports_centre stadium sports_field bowling_green",
            "square": "outdoor_seating",
            "ice": "ice_rink",
            "sand": "beach_resort",
        },
        "amenity": {
            "parking": "parking parking_space motorcycle_parking fuel bus_station taxi car_wash",
            "square": "marketplace",
            "cemetery": "grave_yard",
            "institution": "school kindergarten university college hospital clinic research_institute fire_station "
            "police social_facility community_centre place_of_worship monastery",
        },
        "natural": {
            "wood": "wood tree_group",
            "scrub": "scrub heath shrubbery",
            "grass": "grassland fell tundra",
            "rock": "bare_rock scree rock stone cliff",
            "sand": "sand beach shingle dune",
            "wetland": "wetland mud",
            "ice": "glacier",
        },
        "golf": {"grass": "fairway green tee driving_range rough", "sand": "bunker"},
        "landuse": {
            "grass": "grass meadow greenfield",
            "park": "recreation_ground",
            "garden": "flowerbed village_green greenery",
            "wood": "forest",
            "farmland": "farmland greenhouse_horticulture animal_keeping",
            "orchard": "orchard vineyard plant_nursery",
            "allotments": "allotments",
            "cemetery": "cemetery",
            "residential": "residential farmyard",
            "commercial": "commercial retail",
            "industrial": "industrial port depot landfill military quarry",
            "institution": "education religious institutional healthcare civic_admin civil",
            "railway": "railway",
            "parking": "garages",
            "construction": "construction brownfield",
            "path": "traffic_island",
            "sand": "salt_flat",
        },
        "man_made": {
            "pier": "pier breakwater groyne quay",
            "industrial": "works wastewater_plant water_works pumping_station",
            "square": "courtyard",
        },
        "power": {"industrial": "plant substation"},
        "tourism": {"park": "zoo theme_park camp_site caravan_site picnic_site"},
        "place": {"square": "square"},
    }.items()
}
"""The areas that are drawn, by key in order of precedence, in the words of `AREA_KINDS`.

What merely divides the map (boundaries, nature reserves, neighbourhoods, winter sports) is left out."""

WATER = {
    "natural": frozenset({"water"}),
    "waterway": frozenset({"riverbank", "dock", "river", "canal", "stream", "ditch", "drain", "tidal_channel",
                           "fairway", "pressurised"}),
    "landuse": frozenset({"reservoir", "basin", "pond", "salt_pond", "aquaculture"}),
    "leisure": frozenset({"swimming_pool", "swimming_area"}),
    "amenity": frozenset({"fountain"}),
}  # fmt: skip
_WATER_LINES = frozenset({"river", "canal", "stream", "ditch", "drain", "tidal_channel"})

STANDING = frozenset(
    {"storage_tank", "silo", "gasometer", "chimney", "tower", "water_tower", "cooling_tower", "communications_tower",
     "lighthouse", "windmill", "bunker_silo", "water_tank", "canopy", "carport"}
)  # fmt: skip
"""man_made areas that stand like buildings; as nodes they are furniture."""

FURNITURE = {
    key: {value: kind for kind, values in kinds.items() for value in values.split()}
    for key, kinds in {
        "highway": {"lamp": "street_lamp", "signal": "traffic_signals", "stop": "bus_stop", "camera": "speed_camera"},
        "man_made": {
            "camera": "surveillance",
            "mast": "mast antenna communications_mast",
            "tower": "tower communications_tower water_tower lighthouse cooling_tower observatory windmill",
            "chimney": "chimney flare",
            "flagpole": "flagpole",
            "pole": "utility_pole",
            "cross": "cross",
            "cabinet": "street_cabinet",
            "statue": "obelisk",
            "tank": "storage_tank silo gasometer",
            "crane": "crane",
        },
        "public_transport": {"stop": "platform", "shelter": "shelter"},
        "amenity": {
            "bench": "bench lounger",
            "bin": "waste_basket waste_disposal recycling grit_bin",
            "bicycle_parking": "bicycle_parking bicycle_rental",
            "fountain": "fountain drinking_water watering_place",
            "clock": "clock",
            "post_box": "post_box letter_box parcel_locker",
            "telephone": "telephone",
            "vending_machine": "vending_machine",
            "charging": "charging_station",
            "shelter": "shelter",
        },
        "power": {"pylon": "tower portal", "pole": "pole", "cabinet": "cable_distribution_cabinet"},
        "emergency": {"hydrant": "fire_hydrant", "siren": "siren"},
        "tourism": {"statue": "artwork", "sign": "information"},
        "historic": {
            "statue": "statue memorial monument bust",
            "cross": "wayside_cross",
            "shrine": "wayside_shrine",
            "stone": "boundary_stone milestone",
        },
        "leisure": {"table": "picnic_table"},
        "advertising": {"advertising": "billboard column poster_box screen sign totem board"},
        "natural": {"stone": "stone rock"},
        "barrier": {
            "bollard": "bollard guard_stone",
            "block": "block jersey_barrier",
            "gate": "gate lift_gate swing_gate bump_gate turnstile kissing_gate",
            "wall": "wall",
            "city_wall": "city_wall",
            "retaining_wall": "retaining_wall",
            "fence": "fence railing handrail",
            "hedge": "hedge",
            "guard_rail": "guard_rail chain",
        },
    }.items()
}
"""The things of a street by key and value, in the words that are drawn, keys in order of precedence."""

LINEAR_BARRIERS = frozenset({"wall", "city_wall", "retaining_wall", "fence", "hedge", "guard_rail"})
"""Kinds of furniture that only a line can be."""

_FLAT_ART = frozenset({"mural", "graffiti", "mosaic", "relief", "painting", "streetart", "tilework", "azulejo"})
_FLAT_MEMORIALS = frozenset({"plaque", "stolperstein", "plate", "blue_plaque", "bench", "inscription", "tree"})
_STANDING_SIGNS = frozenset({"board", "map", "guidepost", "stele", "terminal", "sign", "tactile_model", "tactile_map"})
_VANISHED_BUILDINGS = frozenset(
    {"proposed", "planned", "razed", "demolished", "removed", "destroyed", "dismantled", "entrance"}
)
_CELLARS = frozenset({"cellar", "basement", "underground", "underground_garage"})

_RELEVANT = frozenset(
    {"building", "building:part", "railway", *AREAS, *WATER, *FURNITURE, "area", "location", "tunnel", "layer",
     "level", "indoor", "height", "building:height", "building:levels", "building:levels:underground", "est_height",
     "surveillance", "parking", "generator:source", "artwork_type", "information", "memorial", "basin"}
)  # fmt: skip


class Kinds(NamedTuple):
    """Where each element belongs."""

    table: Words  # a table of the district, or ""
    reason: Words  # why it is left out although it is a thing of the city, or ""
    area: Flags  # to be read as an area; else as the point or line that it is


def kinds(tags: Sequence[Tags], geometry: NDArray[np.integer], closed: Flags) -> Kinds:
    """Which table each element belongs to.

    Parameters
    ----------
    tags
        One mapping an element.
    geometry
        `POINT`, `LINE` or `POLYGON` of each: a node, a way, a multipolygon.
    closed
        Whether each way ends where it starts; no matter for the others.

    Returns
    -------
    Kinds
        An open way that should be an area (a building cut by the edge) still is told as one: closing
        it, or dropping it, is up to the caller. natural=coastline is a line of the water table.
    """
    known: dict[object, tuple[str, str, bool]] = {}
    rows: list[tuple[str, str, bool]] = []
    for t, shape, ring in zip(tags, geometry.tolist(), closed.tolist(), strict=True):
        present = _RELEVANT.intersection(t)
        if not present:
            rows.append(_NOTHING)
            continue
        signature = (shape, ring, *[(key, t[key]) for key in present])
        row = known.get(signature)
        if row is None:
            row = known[signature] = _place(t, shape, closed=ring)
        rows.append(row)
    table, reason, area = zip(*rows, strict=True) if rows else ((), (), ())
    return Kinds(words(table), words(reason), np.array(area, bool))


_NOTHING = ("", "", False)


def _place(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool]:
    """Table, reason and whether to read it as an area, of one element."""
    for key, table in (("building", "buildings"), ("building:part", "parts")):
        if t.get(key, "") not in _NO:
            return _place_building(t, t[key], shape, table)
    if shape == POINT:
        return _place_point(t)
    placed = _place_way(t, shape, closed=closed)
    if placed is None:
        placed = _place_standing(t, shape, closed=closed) or _place_ground(t, shape, closed=closed)
    return placed or _place_thing(t, shape, closed=closed)


def _place_building(t: Tags, value: str, shape: int, table: str) -> tuple[str, str, bool]:
    if value in _VANISHED_BUILDINGS:
        return "", "" if value == "entrance" else "not_built", False
    if shape == POINT:
        return "", "node_building", False
    above = any(number(t.get(key, "")) > 0 for key in ("height", "building:height", "est_height", "building:levels"))
    sunk = number(t.get("layer", "")) < 0 or number(t.get("building:levels:underground", "")) > 0
    if value in _CELLARS or t.get("location") == "underground" or number(t.get("level", "")) < 0:
        return "", "underground", False
    if sunk and not above and (number(t.get("layer", "")) < 0 or number(t.get("building:levels", "")) == 0):
        return "", "underground", False
    return table, "", True


def _place_point(t: Tags) -> tuple[str, str, bool]:
    if t.get("natural") in ("tree", "shrub"):
        return "trees", "", False
    kind = furniture_kind(t)
    if not kind or kind in LINEAR_BARRIERS:
        return _NOTHING
    reason = "indoor" if t.get("surveillance") == "indoor" else hidden(t)
    if not reason and number(t.get("layer", "")) < 0:
        reason = "underground"
    return ("", reason, False) if reason else ("furniture", "", False)


def _place_way(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place streets, rails and platforms, which are lines unless something says otherwise; None for all else."""
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    highway, railway = t.get("highway", ""), t.get("railway", "")
    if highway in _NOT_BUILT or (not highway and railway in _NOT_BUILT):
        return "", "not_built", False
    if highway == "corridor" or (highway and t.get("indoor", "") not in _NO):
        return "", "indoor", False
    platform = "platform" in (highway, railway, t.get("public_transport"))
    if platform or highway in ("rest_area", "services"):
        said_area = said_area or (closed and t.get("area") != "no")
    if platform or highway in STREET_ROLES:
        if not said_area:
            return "streets", "", False
        reason = hidden(t) or ("underground" if platform and number(t.get("layer", "")) < 0 else "")
        return ("", reason, False) if reason else ("areas", "", True)
    if railway in RAIL_KINDS:
        return ("rails", "", False) if shape == LINE else _NOTHING
    if t.get("aeroway") in ("runway", "taxiway") or (t.get("man_made") == "pier" and not closed):
        return ("areas", "", True) if said_area else ("streets", "", False)
    if t.get("leisure") == "track" and not said_area:
        return "streets", "", False
    return None


def _place_standing(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place what stands like a building without being tagged as one."""
    shelter = t.get("amenity") == "shelter" or t.get("public_transport") == "shelter"
    if (shape == POLYGON or closed) and (t.get("man_made") in STANDING or shelter):
        reason = hidden(t)
        return ("", reason, False) if reason else ("buildings", "", True)
    return None


def _place_ground(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool] | None:
    """Place water and land."""
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    natural = t.get("natural", "")
    if natural == "coastline":
        return ("water", "", False) if shape == LINE else _NOTHING
    if natural == "tree_row":
        return ("trees", "", False) if shape == LINE else _NOTHING
    reason = hidden(t)
    if any(t.get(key, "") in values for key, values in WATER.items()):
        if not reason and t.get("tunnel", "") not in _NO:
            reason = "underground"
        if reason:
            return "", reason, False
        if t.get("landuse") == "basin" and t.get("basin") in ("infiltration", "detention"):
            return "areas", "", True  # dry but after rain
        line = t.get("waterway") in _WATER_LINES and natural != "water" and not said_area
        return "water", "", not line
    if t.get("area") == "no" or (natural == "cliff" and not said_area) or not area_kind(t):
        return None
    if t.get("amenity") in ("parking", "parking_space"):
        if t.get("parking") == "underground" or number(t.get("layer", "")) < 0:
            reason = "underground"
        elif t.get("parking") in ("multi-storey", "rooftop"):
            return _NOTHING  # the building is drawn
    return ("", reason, False) if reason else ("areas", "", True)


def _place_thing(t: Tags, shape: int, *, closed: bool) -> tuple[str, str, bool]:
    """Place furniture that is drawn as a way: benches, walls, hedges."""
    kind = furniture_kind(t)
    said_area = shape == POLYGON or (closed and t.get("area", "") not in _NO)
    if not kind or kind in ("lamp", "signal", "stop"):
        return _NOTHING
    if reason := hidden(t):
        return "", reason, False
    if kind == "hedge" and said_area:
        return "areas", "", True
    if "barrier" in t:
        return "furniture", "", False
    return "furniture", "", shape == POLYGON or (closed and t.get("area") != "no")


def hidden(t: Tags) -> str:
    """Return why something cannot be seen from outside, or ""."""
    location = t.get("location", "")
    if location in ("underground", "underwater") or number(t.get("level", "")) < 0:
        return "underground"
    if location == "indoor" or t.get("indoor", "") not in _NO:
        return "indoor"
    return "on_roof" if location in ("roof", "rooftop") else ""


def area_kind(t: Tags) -> str:
    """Return what kind of ground an area is, in the words of `AREA_KINDS`, or ""."""
    if "platform" in (t.get("highway"), t.get("railway"), t.get("public_transport")):
        return "square"
    highway = t.get("highway", "")
    if role := STREET_ROLES.get(highway):
        if highway in ("rest_area", "services"):
            return "parking"
        return "square" if highway == "pedestrian" else {"steps": "path", "cycleway": "path"}.get(role, role)
    for key, values in AREAS.items():
        if kind := values.get(t.get(key, "")):
            return kind
    if t.get("barrier") == "hedge":
        return "scrub"
    return "grass" if t.get("landuse") == "basin" else ""


def furniture_kind(t: Tags) -> str:
    """Return what a thing of the street is, or ""."""
    if t.get("power") == "generator":
        return "turbine" if t.get("generator:source") == "wind" else ""
    if t.get("artwork_type") in _FLAT_ART or t.get("memorial") in _FLAT_MEMORIALS:
        return ""
    for key, values in FURNITURE.items():
        kind = values.get(t.get(key, ""))
        if kind and (kind != "sign" or t.get("information") in _STANDING_SIGNS):
            return kind
    return ""
