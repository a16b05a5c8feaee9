"""Questions about a district that its columns answer: which building is the tallest, which street the longest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin import quantity
from twin.dating import years_of
from twin.language import _
from twin.why import mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.model import District


@dataclass(frozen=True, slots=True)
class Answer:
    """A thing that is the most of something: the question, the row, and the value as text."""

    question: str
    table: str
    row: int
    value: str


def answers(district: District) -> tuple[Answer, ...]:
    """Return every question that the district can answer, with its answer."""
    return tuple(
        answer
        for answer in (
            *_heights(district),
            *_ages(district),
            *_streets(district),
            *_areas(district),
        )
    )


def _heights(district: District) -> Iterator[Answer]:
    for table, question in (("buildings", _("Tallest building")), ("trees", _("Tallest tree"))):
        columns = district.tables[table]
        if not len(columns):
            continue
        height = np.asarray(columns["height_m"], np.float64)
        told = mapped(np.asarray(columns["height_from"], object))
        among = told if told.any() else np.ones(len(height), bool)
        row = int(np.where(among & np.isfinite(height), height, -np.inf).argmax())
        value = quantity.metres(float(height[row]))
        yield Answer(question, table, row, value if told.any() else _("{value}, inferred").format(value=value))


def _ages(district: District) -> Iterator[Answer]:
    columns = district.tables["buildings"]
    first, last = years_of(np.asarray(columns["tags"], object))
    for question, year, best in (
        (_("Oldest building"), first, np.nanargmin),
        (_("Newest building"), last, np.nanargmax),
    ):
        if np.isfinite(year).any():
            row = int(best(year))
            yield Answer(question, "buildings", row, f"{year[row]:.0f}")


def _streets(district: District) -> Iterator[Answer]:
    columns = district.tables["streets"]
    if not len(columns):
        return
    names = np.asarray(columns["name"], object).astype(str)
    length = shapely.length(np.asarray(columns.geometry, object))
    named = names != ""
    if named.any():
        distinct, inverse = np.unique(names[named], return_inverse=True)
        sums = np.bincount(inverse, length[named], len(distinct))
        longest = int(sums.argmax())
        here = np.flatnonzero(named)[inverse == longest]
        row = int(here[length[here].argmax()])
        yield Answer(_("Longest street"), "streets", row, quantity.length(float(sums[longest])))
    width = np.asarray(columns["width_m"], np.float64)
    told = mapped(np.asarray(columns["width_from"], object)) & (np.asarray(columns["role"], object) == "road")
    if told.any():
        row = int(np.where(told & np.isfinite(width), width, -np.inf).argmax())
        yield Answer(_("Widest street"), "streets", row, quantity.metres(float(width[row])))


def _areas(district: District) -> Iterator[Answer]:
    parks = np.asarray(district.tables["areas"]["kind"], object) == "park"
    for table, question, among in (
        ("buildings", _("Largest building"), None),
        ("areas", _("Largest park"), parks),
        ("water", _("Largest water"), None),
    ):
        columns = district.tables[table]
        size = shapely.area(np.asarray(columns.geometry, object)) if len(columns) else np.zeros(0)
        if among is not None:
            size = np.where(among, size, 0)
        if len(size) and size.max() > 0:
            row = int(size.argmax())
            yield Answer(question, table, row, quantity.area(float(size[row])))
