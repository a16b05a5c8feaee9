"""Colours that mean something: buildings by kind, height, levels, age, material, or by how their height is known.

A colouring is data: classes with their colour, label and count, and the class of every row. The legend shows
the first, the city wears the second, and a filter is a set of rows.

Colours: viridis (van der Walt and Smith 2015, CC0) at ten equal steps, and Okabe and Ito's categories (2008) without
their black. Both hold for the common kinds of colour blindness, and neither has a grey that looks like no data.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twin import nouns, quantity
from twin.dating import dates_of, is_vague, years_of
from twin.families import families, family_of
from twin.language import _
from twin.light import colour
from twin.why import mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.model import District

KINDS = ("buildings", "parts")
"""The tables that are coloured; a part is counted as its building."""

VIRIDIS = ("#440154", "#482878", "#3E4989", "#31688E", "#26828E", "#1F9E89", "#35B779", "#6DCD59", "#B4DE2C", "#FDE725")
OKABE_ITO = ("#0072B2", "#E69F00", "#7A5C43", "#009E73", "#56B4E9", "#CC79A7", "#D55E00", "#F0E442")
NO_DATA = "#D5D2CC"

_PALER = 0.52  # how far an inferred value's colour goes towards white
_HEIGHT_BREAKS_M = (5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0)
_LEVEL_BREAKS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0)
_YEAR_BREAKS = (1800.0, 1850.0, 1900.0, 1920.0, 1945.0, 1970.0, 1990.0, 2010.0)
_MATERIALS = 7


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend: a class of buildings."""

    label: str
    colour: str  # "#rrggbb"
    count: int  # buildings
    inferred: int  # of these, how many have a value that nobody mapped
    no_data: bool = False


@dataclass(frozen=True)
class Colouring:
    """Every building's class, and what the classes are called and coloured."""

    name: str
    title: str
    unit: str  # "" for categories
    source: str  # a sentence: where the values come from
    entries: tuple[Entry, ...]
    entry_of: Mapping[str, NDArray[np.int64]]  # by table: the entry of each row
    value_of: Mapping[str, NDArray[np.float64]]  # by table: the value of each row, NaN for none; empty for categories
    inferred: Mapping[str, NDArray[np.bool_]]  # by table: whether nobody mapped the value of a row

    @property
    def span(self) -> tuple[float, float] | None:
        """The least and the greatest value that a building has; None for categories."""
        values = [values[np.isfinite(values)] for values in self.value_of.values()]
        joined = np.concatenate(values) if values else np.empty(0)
        return (float(joined.min()), float(joined.max())) if len(joined) else None

    def colours(self, table: str) -> NDArray[np.uint8]:
        """Red, green and blue of every row of a table, shape (n, 3): paler where the value is inferred."""
        of_entry = np.array([colour(entry.colour) for entry in self.entries], np.float64).reshape(-1, 3)
        rgb = of_entry[self.entry_of[table]]
        pale = self.inferred[table] & (self.entry_of[table] != len(self.entries) - 1)
        rgb[pale] += (1 - rgb[pale]) * _PALER
        found: NDArray[np.uint8] = np.rint(rgb * 255).astype(np.uint8)
        return found

    def shown(
        self,
        table: str,
        *,
        without: Collection[int] = (),
        low: float = -math.inf,
        high: float = math.inf,
        mapped_only: bool = False,
    ) -> NDArray[np.bool_]:
        """Tell of every row of a table whether a filter lets it through, shape (n,).

        Parameters
        ----------
        table
            "buildings" or "parts".
        without
            Numbers of entries that are filtered out.
        low, high
            The range of values that pass; any narrower range than all keeps out what has no value.
        mapped_only
            Whether to keep out what is inferred or not known.
        """
        passes = ~np.isin(self.entry_of[table], list(without))
        if table in self.value_of and (math.isfinite(low) or math.isfinite(high)):
            value = self.value_of[table]
            passes &= (value >= low) & (value <= high)
        if mapped_only:
            passes &= ~self.inferred[table] & (self.entry_of[table] != len(self.entries) - 1)
        return passes

    def histogram(self, bins: int = 32) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """How many buildings lie between each two of `bins` + 1 edges, over the span of their values."""
        if self.span is None:
            return np.zeros(bins, np.int64), np.linspace(0, 1, bins + 1)
        values = self.value_of["buildings"]
        low, high = self.span
        counts, edges = np.histogram(values[np.isfinite(values)], bins, (low, high if high > low else low + 1))
        return counts.astype(np.int64), edges


def pale(hexadecimal: str) -> str:
    """Return the colour that a class's inferred values wear, as "#rrggbb"."""
    return "#" + "".join(f"{round(255 * (c + (1 - c) * _PALER)):02X}" for c in colour(hexadecimal))


def names() -> dict[str, str]:
    """Return the colourings that there are: name -> what people call it."""
    return {
        "kind": _("Kind"),
        "height": _("Height"),
        "levels": _("Storeys"),
        "age": _("Year built"),
        "material": _("Material"),
        "provenance": _("How the height is known"),
    }


def colouring(district: District, name: str) -> Colouring:
    """Return a district's buildings coloured by what `names` calls it."""
    made: dict[str, Callable[[District], Colouring]] = {
        "kind": _by_kind,
        "height": _by_height,
        "levels": _by_levels,
        "age": _by_age,
        "material": _by_material,
        "provenance": _by_provenance,
    }
    return made[name](district)


def _by_kind(district: District) -> Colouring:
    family = {t: family_of(_column(district, t, "kind"), _column(district, t, "tags")) for t in KINDS}
    owner = _owners(district)
    # a part's own value tells that it is a part, its building's what it is
    family["parts"] = np.where(owner >= 0, _taken(family["buildings"], owner, -1), family["parts"])
    source = _("building=*, and for a plain building what is in it (amenity, shop, office, tourism).")
    return _categories(district, "kind", source, family, families(), OKABE_ITO, _("Building, no more is mapped"))


def _by_material(district: District) -> Colouring:
    told = {t: _column(district, t, "wall_material").astype(str) for t in KINDS}
    owner = _owners(district)
    inherited = _taken(told["buildings"], owner, "")
    told["parts"] = np.where(told["parts"] != "", told["parts"], inherited)
    values, counts = np.unique(told["buildings"][told["buildings"] != ""], return_counts=True)
    ordered = [str(value) for value in values[np.argsort(-counts, kind="stable")]]
    main = ordered[:_MATERIALS]
    place = {material: i for i, material in enumerate(main)}
    family = {t: np.array([place.get(m, len(main)) if m else -1 for m in told[t]], np.int64).reshape(-1) for t in KINDS}
    labels = [nouns.noun(material, "materials") for material in main]
    others = any((rows == len(main)).any() for rows in family.values())
    labels += [_("Other")] if others else []
    source = _("building:material=*, the material of the walls.")
    return _categories(district, "material", source, family, labels, OKABE_ITO, _("No material mapped"))


def _by_provenance(district: District) -> Colouring:
    family = {}
    for table in KINDS:
        codes = _column(district, table, "height_from").astype(str)
        family[table] = provenance_of(codes)
    labels = (_("Height mapped"), _("From the number of storeys"), _("Inferred: nobody mapped it"))
    source = _("height=*, building:levels=*, or a usual value for the kind and size of the building.")
    return _categories(
        district, "provenance", source, family, labels, ("#0072B2", "#56B4E9", "#E69F00"), _("Not known")
    )


def provenance_of(codes: NDArray[Any]) -> NDArray[np.int64]:
    """Return 0 where a height is mapped, 1 where it follows from storeys, 2 where it is inferred, by its code."""
    known, inverse = np.unique(codes.astype(str), return_inverse=True)
    way = [2 if not code or "default:" in code else 1 if "levels" in code else 0 for code in known]
    return np.array(way, np.int64)[inverse] if len(known) else np.zeros(0, np.int64)


def _by_height(district: District) -> Colouring:
    values = {t: _column(district, t, "height_m").astype(np.float64) for t in KINDS}
    inferred = {t: ~mapped(_column(district, t, "height_from")) for t in KINDS}
    source = _("Top of the roof above the ground: height=*, building:levels=*, or a usual value (paler).")
    return _ramp("height", _("m"), source, values, inferred, _HEIGHT_BREAKS_M, VIRIDIS)


def _by_levels(district: District) -> Colouring:
    values = {t: _column(district, t, "levels").astype(np.float64) for t in KINDS}
    owner = _owners(district)
    values["parts"] = np.where(
        np.isfinite(values["parts"]), values["parts"], _taken(values["buildings"], owner, math.nan)
    )
    inferred = {t: np.zeros(len(values[t]), bool) for t in KINDS}
    source = _("building:levels=*, storeys above the ground without those in the roof.")
    return _ramp("levels", _("storeys"), source, values, inferred, _LEVEL_BREAKS, VIRIDIS, whole=True)


def _by_age(district: District) -> Colouring:
    values, inferred = {}, {}
    for table in KINDS:
        tags = _column(district, table, "tags")
        first, last = years_of(tags)
        values[table] = np.floor((first + last) / 2)
        inferred[table] = np.array([bool(text) and is_vague(str(text)) for text in dates_of(tags)], bool)
    owner = _owners(district)
    without = ~np.isfinite(values["parts"])
    inherited = _taken(values["buildings"], owner, math.nan)
    inferred["parts"] = np.where(without, _taken(inferred["buildings"], owner, False), inferred["parts"])
    values["parts"] = np.where(without, inherited, values["parts"])
    source = _("start_date=*. Where the map says about, before, after or between, the colour is paler.")
    return _ramp("age", _("year"), source, values, inferred, _YEAR_BREAKS, VIRIDIS, whole=True)


# inside


def _column(district: District, table: str, name: str) -> NDArray[Any]:
    return np.asarray(district.tables[table][name])


def _owners(district: District) -> NDArray[np.int64]:
    """Return the row of the building that each part belongs to, -1 for none."""
    row_of = {str(osm): row for row, osm in enumerate(_column(district, "buildings", "osm"))}
    parts = _column(district, "parts", "building")
    return np.array([row_of.get(str(building), -1) for building in parts], np.int64).reshape(-1)


def _taken(values: NDArray[Any], owner: NDArray[np.int64], otherwise: Any) -> NDArray[Any]:
    if not len(values):
        return np.full(len(owner), otherwise)
    return np.where(owner >= 0, values[np.maximum(owner, 0)], otherwise)


def _categories(
    district: District,
    name: str,
    source: str,
    family: dict[str, NDArray[np.int64]],
    labels: Sequence[str],
    palette: Sequence[str],
    unknown: str,
) -> Colouring:
    """Make a colouring of classes without an order; those that no building and no part is in are left out."""
    del district
    used = [i for i in range(len(labels)) if any((rows == i).any() for rows in family.values())]
    place = np.full(len(labels) + 1, len(used), np.int64)  # the last is also what -1 means
    place[used] = np.arange(len(used))
    entry_of = {table: place[rows] for table, rows in family.items()}
    counts = np.bincount(entry_of["buildings"], minlength=len(used) + 1)
    entries = [Entry(labels[i], palette[i % len(palette)], int(counts[n]), 0) for n, i in enumerate(used)]
    entries.append(Entry(unknown, NO_DATA, int(counts[-1]), 0, no_data=True))
    inferred = {table: np.zeros(len(rows), bool) for table, rows in family.items()}
    return Colouring(name, names()[name], "", source, tuple(entries), entry_of, {}, inferred)


def _ramp(
    name: str,
    unit: str,
    source: str,
    values: dict[str, NDArray[np.float64]],
    inferred: dict[str, NDArray[np.bool_]],
    breaks: Sequence[float],
    palette: Sequence[str],
    *,
    whole: bool = False,
) -> Colouring:
    """Make a colouring of classes in order, of those breaks between which there is anything."""
    joined = np.concatenate([v[np.isfinite(v)] for v in values.values()])
    low, high = (float(joined.min()), float(joined.max())) if len(joined) else (0.0, 0.0)
    inner = [edge for edge in breaks if low < edge <= high]
    edges = np.array(inner, np.float64)
    count = len(inner) + 1 if len(joined) else 0
    at = np.linspace(0, len(palette) - 1, count) if count > 1 else np.array([len(palette) / 2])
    colours = [palette[round(float(step))] for step in at]
    entry_of = {t: np.where(np.isfinite(v), np.searchsorted(edges, v, "right"), count) for t, v in values.items()}
    own = entry_of["buildings"]
    totals = np.bincount(own, minlength=count + 1)
    guesses = np.bincount(own[inferred["buildings"]], minlength=count + 1)
    labels = _labels(inner, whole=whole, years=name == "age") if count else []
    entries = [Entry(labels[i], colours[i], int(totals[i]), int(guesses[i])) for i in range(count)]
    entries.append(Entry(_("No data"), NO_DATA, int(totals[count]), 0, no_data=True))
    return Colouring(name, names()[name], unit, source, tuple(entries), entry_of, values, inferred)


def _labels(inner: Sequence[float], *, whole: bool, years: bool) -> list[str]:
    if not inner:
        return [_("all")]

    def said(value: float) -> str:
        return f"{value:.0f}" if years else quantity.number(value)

    below = _("before {year}") if years else _("under {value}")
    found = [below.format(year=said(inner[0]), value=said(inner[0]))]
    for first, after in itertools.pairwise(inner):
        last = after - 1 if whole else after
        found.append(said(first) if whole and last == first else f"{said(first)}–{said(last)}")
    above = _("{year} and later") if years else _("{value} and more")
    found.append(above.format(year=said(inner[-1]), value=said(inner[-1])))
    return found
