"""What things are made of: the vocabulary of paint roles, and the table of paints of a city."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.model import Paint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ROLE_MEANINGS: Mapping[str, str] = {
    # the paper
    "ground": "land about which the map says nothing",
    "horizon": "the ground where it meets the sky; a look gives it the background's colour",
    # areas, from the general to the particular
    "residential": "land where people live",
    "commercial": "land of shops and offices",
    "industrial": "land of works, depots, ports and quarries",
    "institution": "grounds of schools, hospitals and the like",
    "railway": "land of the railway",
    "construction": "building sites and other bare land",
    "farmland": "fields",
    "orchard": "orchards, vineyards and nurseries",
    "park": "parks",
    "cemetery": "graveyards",
    "allotments": "allotments",
    "garden": "gardens, flower beds and village greens",
    "grass": "grass and meadows",
    "scrub": "heath and scrub",
    "wood": "forests and woods",
    "wetland": "marsh and reed",
    "sand": "beaches, dunes and sand",
    "rock": "bare rock and scree",
    "ice": "glaciers",
    "playground": "playgrounds",
    "pitch": "pitches and running tracks",
    "square": "squares and other paved places for people on foot",
    "parking": "parking places",
    "pier": "piers and breakwaters: land over water",
    "area": "any other area",
    # water
    "water": "rivers, lakes, ponds, pools",
    "sea": "the sea",
    # ways
    "track": "field and forest tracks",
    "path": "footways and paths",
    "cycleway": "cycleways",
    "steps": "steps",
    "pavement": "pavements along a road",
    "service": "driveways, alleys and other service roads",
    "road": "the carriageway",
    "marking": "what is painted on streets and pitches",
    "tread": "the treads of steps",
    "kerb": "kerbstones",
    "ballast": "the bed of a railway track",
    "rail": "the rails of a railway",
    "tram_bed": "the bed of a tram track",
    "tram": "the rails of a tram",
    "deck": "the body of a bridge: edges, sides and underside",
    # buildings
    "wall": "walls; `colour` and `material` where tagged",
    "roof": "roofs; `colour` and `material` where tagged",
    # trees
    "crown": "crowns of broadleaved trees",
    "crown_needle": "crowns of needleleaved trees",
    "crown_palm": "crowns of palms",
    "trunk": "trunks",
    # furniture
    "lamp_post": "the mast of a street lamp",
    "lamp_head": "the luminous head of a street lamp",
    "signal": "the head of a traffic signal",
    "camera": "the head of a surveillance camera",
    "sign": "signs of stops, and flags",
    "wood_furniture": "benches and tables",
    "stone": "fountains, monuments, artworks, bollards",
    "post": "poles, masts, bins and everything else of metal",
    # what a user brings along
    "overlay": "the fill of a user's area",
    "overlay_line": "the outline of a user's area, and a user's lines and points",
    "overlay_mass": "a user's mass: a planned building, an envelope",
}
"""Every role that a paint may have, and what wears it."""

ROLES: tuple[str, ...] = tuple(ROLE_MEANINGS)


class Paints:
    """The paints of one city, each once. Rows are given out in the order of first use.

    A row number fits 16 bits: after `LIMIT` distinct paints a tagged colour is left out, and the
    plain paint of its role is used instead.
    """

    LIMIT = 60_000

    def __init__(self, given: Sequence[Paint] = ()) -> None:
        """Begin with the paints of a city, or with none."""
        self._rows: dict[Paint, int] = {paint: row for row, paint in enumerate(given)}

    def plain(self, role: str) -> int:
        """Row of the paint of `role` without a colour of its own."""
        return self._row(Paint(role))

    def plain_each(self, roles: NDArray[np.object_]) -> NDArray[np.uint16]:
        """Row for each of `roles`."""
        names = roles.tolist()
        row_of = {name: self.plain(name) for name in sorted(set(names))}
        return np.fromiter(map(row_of.__getitem__, names), np.uint16, len(names))

    def tagged(self, role: str, colour: NDArray[np.object_], material: NDArray[np.object_]) -> NDArray[np.uint16]:
        """Row for each pair of a tagged colour and material, "" where nothing is tagged."""
        pairs = list(zip(colour.tolist(), material.tolist(), strict=True))
        row_of = {pair: self._row(Paint(role, *(part or "" for part in pair))) for pair in dict.fromkeys(pairs)}
        return np.fromiter(map(row_of.__getitem__, pairs), np.uint16, len(pairs))

    def table(self) -> tuple[Paint, ...]:
        """All paints given out so far, in row order."""
        return tuple(self._rows)

    def _row(self, paint: Paint) -> int:
        if len(self._rows) >= self.LIMIT and paint not in self._rows:
            paint = Paint(paint.role)
        return self._rows.setdefault(paint, len(self._rows))
