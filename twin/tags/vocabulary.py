"""The words of OpenStreetMap that a district draws, and the words it draws them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.tags.columns import Tags

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
WATER_LINES = frozenset({"river", "canal", "stream", "ditch", "drain", "tidal_channel"})

STANDING = frozenset(
    {"storage_tank", "silo", "gasometer", "chimney", "tower", "water_tower", "cooling_tower", "communications_tower",
     "lighthouse", "windmill", "bunker_silo", "water_tank", "canopy", "carport"}
)  # fmt: skip
"""man_made areas that stand like buildings; as nodes they are furniture."""

FURNITURE = {
    key: {value: kind for kind, values in kinds.items() for value in values.split()}
    for key, kinds in {
        "highway": {
            "lamp": "street_lamp",
            "signal": "traffic_signals",
            "stop": "bus_stop",
            "camera": "speed_camera",
            "crossing": "crossing",
        },
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

_RANK = {key: rank for rank, key in enumerate(FURNITURE)}

LINEAR_BARRIERS = frozenset({"wall", "city_wall", "retaining_wall", "fence", "hedge", "guard_rail"})
"""Kinds of furniture that only a line can be."""

_FLAT_ART = frozenset({"mural", "graffiti", "mosaic", "relief", "painting", "streetart", "tilework", "azulejo"})
_FLAT_MEMORIALS = frozenset({"plaque", "stolperstein", "plate", "blue_plaque", "bench", "inscription", "tree"})
_STANDING_SIGNS = frozenset({"board", "map", "guidepost", "stele", "terminal", "sign", "tactile_model", "tactile_map"})


def area_kind(t: Tags) -> str:
    """Return what kind of ground an area is, in the words of `AREA_KINDS`, or ""."""
    return land_kind(t) or ("scrub" if t.get("barrier") == "hedge" else "")


def land_kind(t: Tags) -> str:
    """Return what kind of ground an area is for what its tags say of land; of a hedge they say none."""
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
    return "grass" if t.get("landuse") == "basin" else ""


def furniture_kind(t: Tags) -> str:
    """Return what a thing of the street is, or ""."""
    if t.get("power") == "generator":
        return "turbine" if t.get("generator:source") == "wind" else ""
    if t.get("artwork_type") in _FLAT_ART or t.get("memorial") in _FLAT_MEMORIALS:
        return ""
    for key in sorted((key for key in t if key in FURNITURE), key=_RANK.__getitem__):
        kind = FURNITURE[key].get(t[key])
        if kind and (kind != "sign" or t.get("information") in _STANDING_SIGNS):
            return kind
    return ""
