"""How good a district's data is: what is counted, what is guessed, what was mended, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin import quantity, why
from twin.language import _, _n

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.model import District, Dropped, Source

_FEW_BUILDINGS_A_KM = 6.0
"""Buildings for each kilometre of street; where towns are mapped whole there are 20 to 60, in the country some 10."""

_MOSTLY = 0.7


@dataclass(frozen=True, slots=True)
class Trouble:
    """One reason for which things were mended or left out: its code, what it means, and how many there are."""

    code: str
    sentence: str
    count: int


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known about the data itself.

    Attributes
    ----------
    counts : dict of str to int
        Features of every table, and "lamps".
    heights : dict of str to int
        Buildings whose height is "tagged", follows from "levels", or is "inferred".
    mended, left_out : tuple of Trouble
        The most frequent first.
    hints : tuple of str
        Sentences about what looks incomplete; no more than a hint.
    """

    counts: Mapping[str, int]
    heights: Mapping[str, int]
    mended: tuple[Trouble, ...]
    left_out: tuple[Trouble, ...]
    sources: tuple[Source, ...]
    hints: tuple[str, ...]


def quality(district: District) -> Quality:
    """Return how good a district's data is."""
    counts = {name: len(table) for name, table in district.tables.items()}
    counts["lamps"] = int((np.asarray(district.tables["furniture"]["kind"], object) == "lamp").sum())
    codes, numbers = np.unique(
        np.asarray(district.tables["buildings"]["height_from"], object).astype(str), return_counts=True
    )
    known = heights(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))
    reasons, left_out = np.unique([one.reason for one in district.dropped], return_counts=True)
    return Quality(
        counts,
        known,
        troubles(district.repairs, why.repair),
        troubles(dict(zip(reasons.tolist(), left_out.tolist(), strict=True)), why.dropped),
        district.sources,
        tuple(_hints(district, known)),
    )


def heights(provenance: Mapping[str, int]) -> dict[str, int]:
    """Return how many heights are tagged, follow from levels, or are inferred, of how often each code occurs."""
    found = {"tagged": 0, "levels": 0, "inferred": 0}
    for height_from, count in provenance.items():
        if not height_from or "default:" in height_from:
            found["inferred"] += count
        elif "levels" in height_from:
            found["levels"] += count
        else:
            found["tagged"] += count
    return found


def troubles(counts: Mapping[str, int], sentence: object) -> tuple[Trouble, ...]:
    """Return each code with its sentence, the most frequent first."""
    say = sentence if callable(sentence) else str
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Trouble(code, str(say(code)), count) for code, count in ordered)


def mended(district: District, code: str, limit: int = 200) -> list[tuple[str, int]]:
    """Return table and row of features that were mended for a reason, the first `limit` of them."""
    found: list[tuple[str, int]] = []
    for name, table in district.tables.items():
        for row, codes in enumerate(np.asarray(table["repairs"], object)):
            if codes and code in codes.split():
                found.append((name, row))
                if len(found) >= limit:
                    return found
    return found


def left_out(district: District, reason: str, limit: int = 200) -> list[Dropped]:
    """Return what was left out for a reason, the first `limit` of it."""
    return [one for one in district.dropped if one.reason == reason][:limit]


def _hints(district: District, known: Mapping[str, int]) -> list[str]:
    hints = [district.incomplete] if district.incomplete else []
    streets, buildings = district.tables["streets"], district.tables["buildings"]
    roads = np.isin(np.asarray(streets["role"], object), ("road", "service"))
    length_km = float(shapely.length(np.asarray(streets.geometry, object)[roads]).sum()) / 1000
    if length_km > 1 and len(buildings) < _FEW_BUILDINGS_A_KM * length_km:
        hints.append(
            _(
                "There are {number} buildings for each kilometre of street, few for a town: many may not be mapped yet."
            ).format(number=quantity.number(len(buildings) / length_km, 2))
        )
    total = sum(known.values())
    if total and known["inferred"] > _MOSTLY * total:
        hints.append(
            _("Nobody mapped the height of {share} of the buildings; they stand as high as is usual.").format(
                share=quantity.share(known["inferred"], total)
            )
        )
    cut = district.repairs.get("cut_by_edge", 0)
    if cut:
        said = _n(
            "The edge of the data cuts {count} thing; a larger district has it whole.",
            "The edge of the data cuts {count} things; a larger district has them whole.",
            cut,
        )
        hints.append(said.format(count=quantity.number(cut, 9)))
    return hints
