"""Streets and rails of a district, from their tags.

Widths that nobody mapped are ours, held against RASt 06 (FGSV, Richtlinien für die Anlage von
Stadtstraßen), where a car and a lorry meet on 5.55 m, two lorries or buses on 6.50 m, and two cars on
4.10 to 4.75 m; a motorway has lanes of 3.75 m and a hard shoulder of 2.50 m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.table import Columns
from twin.tags.columns import (
    Flags,
    Floats,
    Indexed,
    Mended,
    Provenance,
    Tags,
    Words,
    figures,
    indexed,
    texts,
    told,
    which,
    words,
)
from twin.tags.lengths import read_number
from twin.tags.vocabulary import STREET_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WIDTHS_M: dict[str, tuple[float, float]] = {  # both ways, one way
    "motorway": (11.5, 11.5), "motorway_link": (6.0, 6.0), "trunk": (8.0, 7.5), "trunk_link": (6.0, 5.0),
    "primary": (7.5, 6.5), "primary_link": (6.0, 4.5), "secondary": (7.0, 6.0), "secondary_link": (6.0, 4.5),
    "tertiary": (6.5, 5.5), "tertiary_link": (5.5, 4.5), "unclassified": (5.5, 4.5), "residential": (5.5, 4.5),
    "living_street": (5.0, 4.0), "road": (5.0, 4.5), "busway": (6.5, 3.5), "bus_guideway": (6.5, 3.5),
    "raceway": (10.0, 10.0), "runway": (45.0, 45.0), "taxiway": (15.0, 15.0),
    "service": (3.5, 3.5), "services": (6.0, 6.0), "rest_area": (6.0, 6.0), "escape": (4.0, 4.0),
    "track": (2.8, 2.8), "pedestrian": (5.0, 5.0), "cycleway": (2.5, 1.8), "footway": (2.0, 2.0),
    "steps": (2.0, 2.0), "path": (1.4, 1.4), "trail": (0.8, 0.8), "via_ferrata": (0.6, 0.6),
    "bridleway": (2.0, 2.0), "platform": (3.0, 3.0), "pier": (3.0, 3.0), "running_track": (7.3, 7.3),
}  # fmt: skip
_SERVICE_WIDTHS_M = {"driveway": 3.0, "alley": 3.0, "parking_aisle": 5.5, "drive-through": 3.0, "emergency_access": 3.5}
_SIDEWALK_WIDTH_M = 1.8
"""Of footway=sidewalk and =crossing, and of a pavement told by sidewalk=* alone. Ours: RASt asks for 2.50 m, which
few old streets have."""

_LANE_WIDTHS_M = {
    "motorway": 3.75, "trunk": 3.5, "primary": 3.25, "secondary": 3.25, "tertiary": 3.0, "raceway": 4.0,
    "motorway_link": 3.75, "trunk_link": 3.5, "busway": 3.5,
    "cycleway": 1.25, "footway": 1.0, "path": 1.0, "steps": 1.0, "running_track": 1.22,  # World Athletics: 1.22 m
}  # fmt: skip
_LANE_WIDTH_M = 2.75  # RASt 06: the lane of a side street without buses
_LANES_LIMIT = 20.0
_WIDTH_LIMIT_M = 120.0  # no street is wider; Buenos Aires' Avenida 9 de Julio is mapped as several
_WIDTH_LEAST_M = 0.2

_PARKING_WIDTHS_M = {"parallel": 2.0, "diagonal": 4.5, "perpendicular": 5.0, "yes": 2.0, "lane": 2.0, "": 2.0}
_CYCLE_LANE_WIDTH_M = 1.5

_NO = frozenset({"", "no", "none", "false", "0"})

_HIDDEN_BELOW = frozenset({"platform", "subway"})

_RAIL_WIDTHS_M = {
    "rail": 3.2, "light_rail": 3.0, "subway": 3.0, "tram": 2.4, "narrow_gauge": 2.4, "monorail": 1.2,
    "funicular": 2.4, "miniature": 0.9, "preserved": 3.2,
}  # fmt: skip
_SLEEPER_BEYOND_GAUGE_M = 1.165  # a 2.60 m sleeper under 1.435 m, standard in Europe
_TRACK_SPACING_M = 4.0  # EU regulation 1299/2014 asks for 3.80 to 4.20 m at up to 300 km/h


def streets(tags: Sequence[Tags]) -> Columns:
    """Columns of the streets table: kind, role, width, lanes, pavements, layer, bridge, tunnel."""
    tags = indexed(tags)
    size = len(tags)
    mended = Mended(size)
    kind = [_street_kind(t) for t in tags]
    role = words(STREET_ROLES.get(value, "path") for value in kind)
    oneway = [False] * size
    for row, value in told(tags, "oneway").items():
        oneway[row] = value in ("yes", "1", "-1", "true")

    widths = ("width:carriageway", "width", "est_width")
    mapped_m, how = figures(tags, *widths)
    mended.note_read(how)
    wild = (mapped_m > _WIDTH_LIMIT_M) | (mapped_m < _WIDTH_LEAST_M)
    mended.note("value_wild", wild)
    mapped_m[wild] = np.nan
    lanes, how = figures(tags, "lanes", read=read_number)
    mended.note_read(how)
    wild = (lanes > _LANES_LIMIT) | (lanes < 0.5)
    mended.note("value_wild", wild)
    lanes[wild] = np.nan

    in_lanes, mapped = ~np.isnan(lanes), ~np.isnan(mapped_m)
    lane_m = np.array([_LANE_WIDTHS_M.get(value, _LANE_WIDTH_M) for value in kind], np.float64)
    beside_m, beside_from = _beside(tags)
    width_from = Provenance(size)
    width_from.note(~in_lanes, lambda _: _usual_from(tags, kind, oneway))
    width_from.note(in_lanes, lambda _: words("lanes" + extra for extra in beside_from))
    width_from.note(mapped, lambda _: which(tags, *widths))
    width_m = np.where(in_lanes, lanes * lane_m + beside_m, _usual_m(tags, kind, oneway))

    drivable = (role == "road") | (role == "service")
    pavements = {side: _pavement(tags, side, drivable, mended) for side in ("left", "right")}
    layer, bridge, tunnel = _levels(tags, mended, kind)
    return Columns({
        "kind": words(kind),
        "role": role,
        "width_m": np.where(mapped, mapped_m, width_m), "width_from": width_from,
        "lanes": lanes,
        "pavement_left_m": pavements["left"][0], "pavement_left_from": pavements["left"][1],
        "pavement_right_m": pavements["right"][0], "pavement_right_from": pavements["right"][1],
        "layer": layer, "bridge": bridge, "tunnel": tunnel,
        "repairs": mended.repairs(),
    })  # fmt: skip


def rails(tags: Sequence[Tags]) -> Columns:
    """Columns of the rails table; the width is that of the sleepers or the bed of one track, or of all tracks told."""
    tags = indexed(tags)
    mended = Mended(len(tags))
    kind = texts(tags, "railway")
    mapped_m, how = figures(tags, "width")
    mended.note_read(how)
    gauge_mm, how = figures(tags, "gauge", read=read_number)
    mended.note_read(how)
    gauge_mm[~((gauge_mm >= 100) & (gauge_mm <= 3000))] = np.nan
    tracks, how = figures(tags, "tracks", read=read_number)
    mended.note_read(how)
    tracks[~((tracks >= 1) & (tracks <= _LANES_LIMIT))] = 1.0

    has_gauge, has_width = ~np.isnan(gauge_mm), (mapped_m > _WIDTH_LEAST_M) & (mapped_m < _WIDTH_LIMIT_M)
    usual_m = np.array([_RAIL_WIDTHS_M.get(value, 3.0) for value in kind], np.float64)
    one_m = np.where(has_gauge, gauge_mm / 1000 + _SLEEPER_BEYOND_GAUGE_M, usual_m)
    came_from = Provenance(len(tags))
    came_from.note(~has_gauge, lambda _: words(f"default:railway={value}" for value in kind))
    came_from.note(has_gauge, "gauge")
    came_from.note(tracks > 1, lambda so_far: so_far + "+tracks")
    came_from.note(has_width, "width")
    layer, bridge, tunnel = _levels(tags, mended, kind)
    return Columns({
        "kind": words(kind),
        "width_m": np.where(has_width, mapped_m, one_m + (tracks - 1) * _TRACK_SPACING_M), "width_from": came_from,
        "layer": layer, "bridge": bridge, "tunnel": tunnel,
        "repairs": mended.repairs(),
    })  # fmt: skip


def _street_kind(t: Tags) -> str:
    value = t.get("highway", "")
    if value in STREET_ROLES:
        return value
    if "platform" in (t.get("railway"), t.get("public_transport")):
        return "platform"
    if t.get("aeroway") in ("runway", "taxiway"):
        return t["aeroway"]
    if t.get("man_made") == "pier":
        return "pier"
    return "running_track" if t.get("leisure") == "track" else value or "path"


def _usual_m(tags: Sequence[Tags], kind: list[str], oneway: list[bool]) -> Floats:
    """Width of a street of its class."""
    width_m = [_WIDTHS_M.get(value, (2.0, 2.0))[one] for value, one in zip(kind, oneway, strict=True)]
    for row, value in told(tags, "footway").items():
        if value in ("sidewalk", "crossing"):
            width_m[row] = _SIDEWALK_WIDTH_M
    for row, value in told(tags, "service").items():
        if kind[row] == "service" and value in _SERVICE_WIDTHS_M:
            width_m[row] = _SERVICE_WIDTHS_M[value]
    return np.array(width_m, np.float64)


def _usual_from(tags: Sequence[Tags], kind: list[str], oneway: list[bool]) -> Words:
    """Which default the width of a street of its class is."""
    came_from = []
    for t, value, one in zip(tags, kind, oneway, strict=True):
        if value == "service" and (service := t.get("service", "")) in _SERVICE_WIDTHS_M:
            came_from.append(f"default:service={service}")
        elif t.get("footway") in ("sidewalk", "crossing"):
            came_from.append(f"default:footway={t['footway']}")
        else:
            which_kind = f"highway={value}" if t.get("highway") == value else value
            came_from.append(f"default:{which_kind}+oneway" if one else f"default:{which_kind}")
    return words(came_from)


def _beside(tags: Indexed) -> tuple[Floats, list[str]]:
    """Width of parking and cycle lanes beside the lanes for traffic, and what to add to the provenance."""
    width, came_from = np.zeros(len(tags)), [""] * len(tags)
    some = {row for key, rows in tags.rows_of.items() if key.startswith(("parking:", "cycleway")) for row in rows}
    for row in some:
        sides = [beside_lanes(tags[row], side) for side in ("left", "right")]
        parking_m, cycle_m = (sum(side[i] for side in sides) for i in (0, 1))
        width[row] = parking_m + cycle_m
        came_from[row] = ("+parking" if parking_m else "") + ("+cycleway" if cycle_m else "")
    return width, came_from


def beside_lanes(t: Tags, side: str) -> tuple[float, float]:
    """Widths in metres of the parking and of the cycle lane between the lanes and one kerb, "left" or "right"."""
    old = t.get(f"parking:lane:{side}") or t.get("parking:lane:both", "")
    place = t.get(f"parking:{side}") or t.get("parking:both", "")
    parking_m = 0.0
    if old in ("parallel", "diagonal", "perpendicular"):
        parking_m = _PARKING_WIDTHS_M[old]
    elif place == "lane":
        lies = t.get(f"parking:{side}:orientation") or t.get("parking:both:orientation", "")
        parking_m = _PARKING_WIDTHS_M.get(lies, 2.0)
    cycle = t.get(f"cycleway:{side}") or t.get("cycleway:both") or t.get("cycleway", "")
    return parking_m, _CYCLE_LANE_WIDTH_M if cycle == "lane" else 0.0


def _pavement(tags: Sequence[Tags], side: str, drivable: Flags, mended: Mended) -> tuple[Floats, Provenance]:
    """Width of the pavement beside a street that is told on it and not mapped apart, and where that came from."""
    there = np.zeros(len(tags), bool)
    for row, value in told(tags, "sidewalk", "sidewalk:both").items():
        there[row] = value in ("both", "yes", side)
    for row, value in told(tags, f"sidewalk:{side}").items():
        there[row] = value in ("yes", side)
    there &= drivable
    keys = (f"sidewalk:{side}:width", "sidewalk:both:width", "sidewalk:width")
    width_m, how = figures(tags, *keys)
    mended.note_read(how)
    usable = (width_m >= _WIDTH_LEAST_M) & (width_m <= 20)
    came_from = Provenance(len(tags))
    came_from.note(there, "default:sidewalk")
    came_from.note(there & usable, lambda _: which(tags, *keys))
    return np.where(there, np.where(usable, width_m, _SIDEWALK_WIDTH_M), 0.0), came_from


def _levels(tags: Sequence[Tags], mended: Mended, kind: list[str]) -> tuple[NDArray[np.int64], Flags, Flags]:
    """Layer from -5 to 5, whether it is a bridge, and whether it is out of sight below ground."""
    bridge, tunnel = np.zeros(len(tags), bool), np.zeros(len(tags), bool)
    for row, value in told(tags, "bridge").items():
        bridge[row] = value not in _NO
    for row, value in told(tags, "tunnel").items():
        tunnel[row] = value not in _NO and value != "building_passage"
    below, _how = figures(tags, "level", read=read_number)
    tunnel |= below < 0
    tunnel[[row for row, value in told(tags, "location").items() if value == "underground"]] = True
    layer, how = figures(tags, "layer", read=read_number)
    mended.note_read(how)
    # Roads in a cutting are below layer 0 and in sight; platforms and subways down there are not.
    tunnel |= (layer < 0) & np.array([value in _HIDDEN_BELOW for value in kind], bool)
    unsaid = np.where(tunnel, -1.0, np.where(bridge, 1.0, 0.0))
    layer = np.where(np.isnan(layer), unsaid, np.clip(layer, -5, 5))
    return np.rint(layer).astype(np.int64), bridge & ~tunnel, tunnel
