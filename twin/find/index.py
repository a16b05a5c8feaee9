"""A district made ready to be searched: what of it somebody means who types a few letters.

Names in every language that the map has, addresses, kinds of things, OSM ids, coordinates, and questions that
the district's columns answer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin import nouns, quantity
from twin.find.answers import Answer, answers
from twin.find.coordinates import lonlat_of
from twin.find.ranking import INSIDE, PREFIX, WORD, Texts, folded
from twin.language import _, _n
from twin.model import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from twin.model import District

_NAME_KEYS = ("alt_name", "official_name", "loc_name", "short_name", "old_name", "int_name", "addr:housename", "ref")
_POI_KEYS = ("amenity", "shop", "tourism", "office", "leisure", "historic", "man_made", "healthcare")
_OSM = re.compile(r"^(node|way|relation|n|w|r)[\s/]*(\d{1,19})$")
_SPELT = {"n": "node", "w": "way", "r": "relation"}
_NEAREST_SHOWN = 4
_ADDRESS_LESS = 0.06  # where a name and an address fit alike, the name is meant
_FAMOUS_MORE = 0.35  # for what an encyclopedia writes about
_LIMIT = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that may be meant: what it is called, where it is, and how to see all of it."""

    title: str
    detail: str
    sort: str  # building, street, address, tree, thing, ground, water, rail, kind, answer, place, osm
    table: str  # "" for a bare place
    row: int
    xy: tuple[float, float]
    reach_m: float  # from there to its farthest end
    score: float = 0.0


_SORTS = {
    "buildings": "building",
    "parts": "building",
    "streets": "street",
    "rails": "rail",
    "areas": "ground",
    "water": "water",
    "trees": "tree",
    "furniture": "thing",
    "overlays": "thing",
}


class Index:
    """A district made ready to be searched.

    Building it takes a second for a small country and touches nothing but the district: do it on any thread.
    A search takes a few milliseconds.
    """

    def __init__(self, district: District) -> None:
        self._district = district
        self._boxes = {name: _boxes(district, name) for name in TABLES}
        self._tags: dict[tuple[str, int], dict[str, str]] = {}
        self._entries: list[_Entry] = []
        texts: list[str] = []
        for text, entry in (
            *self._named(),
            *self._kinds(),
            *((one.question, _Entry("answer", one.table, one.row, answer=one)) for one in answers(district)),
        ):
            texts.append(text)
            self._entries.append(entry)
        self._texts = Texts(texts)

    def search(self, text: str, *, near_xy: tuple[float, float] | None = None, limit: int = _LIMIT) -> list[Found]:
        """Return what a text may mean, best first.

        Parameters
        ----------
        text
            Whatever somebody typed.
        near_xy
            Where one looks, in local metres: of things of a kind the nearest come first. The origin without it.
        limit
            How many at most.
        """
        near = near_xy or (0.0, 0.0)
        exact = [*self._by_place(text), *self._by_id(text)]
        which, score = self._texts.search(text)
        best: dict[tuple[str, str, int], Found] = {}
        weight = np.array([self._entries[i].weight for i in which], np.float64)
        weight[score < INSIDE - 0.5] = 0  # fame makes no misspelt name another one
        for i in np.argsort(-(score + weight), kind="stable")[: 6 * limit]:
            entry = self._entries[which[i]]
            key = {"kind": ("kind", entry.kind, 0), "answer": ("answer", entry.table, entry.row)}.get(
                entry.sort, ("", entry.table, entry.row)
            )
            if key not in best:
                best[key] = self._found(entry, float(score[i] + weight[i]), near)
                if entry.sort == "kind" and score[i] >= WORD:
                    for found in self._nearest(entry, float(score[i]), near):
                        best.setdefault(("", found.table, found.row), found)
            if len(best) >= 3 * limit:
                break
        return [*exact, *sorted(best.values(), key=lambda found: -found.score)][:limit]

    def suggestions(self, *, near_xy: tuple[float, float] | None = None) -> list[Found]:
        """Return what can be asked before anything is typed: the questions that this district answers."""
        near = near_xy or (0.0, 0.0)
        return [self._found(entry, 0.0, near) for entry in self._entries if entry.sort == "answer"]

    # what can be found

    def _named(self) -> Iterator[tuple[str, _Entry]]:
        for table in TABLES:
            columns = self._district.tables[table]
            names = np.asarray(columns["name"], object)
            tags = np.asarray(columns["tags"], object)
            worth = [
                row
                for row, (name, tag) in enumerate(zip(names, tags, strict=True))
                if name or "name" in tag or '"addr:' in tag or '"ref"' in tag
            ]
            if table in {"streets", "rails", "water"}:  # many pieces of one name
                yield from self._runs(table, names, tags, worth)
                continue
            for row in worth:
                told = self._tags_of(table, row, tags[row])
                fame = _FAMOUS_MORE if "wikidata" in told or "wikipedia" in told else 0.0
                entry = _Entry(_SORTS[table], table, row, weight=fame)
                for text in _names(str(names[row]), told):
                    yield text, entry
                address = _address(told)
                if address:
                    yield address, replace(entry, weight=entry.weight - _ADDRESS_LESS)
                    city = told.get("addr:city")
                    if city:
                        yield f"{address} {city}", replace(entry, weight=entry.weight - 2 * _ADDRESS_LESS)

    def _runs(
        self, table: str, names: NDArray[np.object_], tags: NDArray[np.object_], worth: Sequence[int]
    ) -> Iterator[tuple[str, _Entry]]:
        by_name: dict[str, list[int]] = {}
        for row in worth:
            if names[row]:
                by_name.setdefault(str(names[row]), []).append(row)
        length = shapely.length(np.asarray(self._district.tables[table].geometry, object))
        for name, rows in by_name.items():
            here = np.array(rows)
            longest = int(here[length[here].argmax()])
            entry = _Entry(_SORTS[table], table, longest, rows=here)
            told = (self._tags_of(table, row, tags[row]) for row in rows[:8])
            for text in dict.fromkeys(text for one in told for text in _names(name, one)):
                yield text, entry

    def _kinds(self) -> Iterator[tuple[str, _Entry]]:
        found: dict[tuple[str, str], list[tuple[str, NDArray[np.int64]]]] = {}
        for table in TABLES:
            columns = self._district.tables[table]
            if not len(columns) or table == "parts":
                continue
            kinds = np.asarray(columns["leaf" if table == "trees" else "kind"], object).astype(str)
            for kind in np.unique(kinds):
                if kind not in {"", "yes"}:
                    found.setdefault((_SORTS[table], kind), []).append((table, np.flatnonzero(kinds == kind)))
            if table in {"trees", "buildings"}:
                found[_SORTS[table], table] = [(table, np.arange(len(columns)))]
        for (sort, kind), (table, rows) in self._pois().items():
            if not any(table == other and len(rows) <= len(there) for other, there in found.get((sort, kind), ())):
                found[sort, kind] = [(table, rows)]
        for (_sort, kind), places in found.items():
            table, rows = max(places, key=lambda place: len(place[1]))
            label = {"trees": _("Tree"), "buildings": _("Building")}.get(kind) or nouns.noun(kind, table)
            entry = _Entry("kind", table, int(rows[0]), rows=rows, kind=label, weight=0.2)
            for text in dict.fromkeys((label, kind)):
                yield text, entry

    def _pois(self) -> dict[tuple[str, str], tuple[str, NDArray[np.int64]]]:
        """Return what is in buildings and on areas, beside what they are."""
        found: dict[tuple[str, str], tuple[str, list[int]]] = {}
        for table in ("buildings", "areas"):
            tags = np.asarray(self._district.tables[table]["tags"], object)
            kinds = np.asarray(self._district.tables[table]["kind"], object)
            for row, text in enumerate(tags):
                if not any(key in text for key in _POI_KEYS):
                    continue
                told = self._tags_of(table, row, text)
                for kind in {str(kinds[row]), *(told[key] for key in _POI_KEYS if key in told)} - {"yes", ""}:
                    found.setdefault((_SORTS[table], kind), (table, []))[1].append(row)
        return {key: (table, np.array(rows)) for key, (table, rows) in found.items()}

    def _by_place(self, text: str) -> Iterator[Found]:
        lonlat = lonlat_of(text)
        if lonlat is None:
            return
        frame, boundary = self._district.frame, self._district.boundary_xy
        west, south, east, north = shapely.bounds(boundary)
        for lon, lat in (lonlat, lonlat[::-1]):
            if abs(lat) > 90 or abs(lon - frame.lon) > 60:
                continue
            x, y = frame.xy_from_lonlat(np.array([[lon, lat]]))[0]
            if west <= x <= east and south <= y <= north:
                title = _("{lat:.5f}, {lon:.5f}").format(lat=lat, lon=lon)
                yield Found(title, _("Coordinates"), "place", "", -1, (float(x), float(y)), 60.0, 9.0)
                return

    def _by_id(self, text: str) -> Iterator[Found]:
        found = _OSM.match(text.strip().lower())
        number = text.strip()
        if found is not None:
            wanted = [f"{_SPELT.get(found[1], found[1])}/{found[2]}"]
        elif number.isdecimal() and 4 <= len(number) <= 19:
            wanted = [f"{form}/{number}" for form in ("node", "way", "relation")]
        else:
            return
        for table in TABLES:
            osm = np.asarray(self._district.tables[table]["osm"], object)
            for osm_id in wanted:
                for row in np.flatnonzero(osm == osm_id)[:1]:
                    yield replace(self._found(_Entry(_SORTS[table], table, int(row)), 8.0, (0, 0)), detail=osm_id)

    # what it is called

    def _found(self, entry: _Entry, score: float, near: tuple[float, float]) -> Found:
        table, row = entry.table, entry.row
        columns = self._district.tables[table]
        if entry.sort == "kind":
            row = self._order(entry, near)[0]
            count = 1 if entry.rows is None else len(entry.rows)
            detail = _n("{count} in this district · nearest first", "{count} in this district · nearest first", count)
            detail = detail.format(count=quantity.number(count, 9))
            return Found(entry.kind, detail, "kind", table, row, *self._where(table, row), score)
        name = str(np.asarray(columns["name"], object)[row])
        told = self._tags_of(table, row, str(np.asarray(columns["tags"], object)[row]))
        kind = self._kind_of(table, row, told)
        address = _address(told)
        title = name or told.get("addr:housename", "") or address or kind
        if entry.answer is not None:
            detail = f"{title} · {entry.answer.value}"
            return Found(entry.answer.question, detail, "answer", table, row, *self._where(table, row), score)
        if entry.rows is not None:
            whole = float(shapely.length(np.asarray(columns.geometry, object)[entry.rows]).sum())
            detail = f"{kind} · {quantity.length(whole)}" if table != "water" else kind
            return Found(title, detail, entry.sort, table, row, *self._where(table, entry.rows), score)
        detail = " · ".join(dict.fromkeys(filter(None, (kind, address)))) if title != kind else address
        detail = " · ".join(part for part in detail.split(" · ") if part and part != title) or kind
        return Found(title, detail, entry.sort, table, row, *self._where(table, row), score)

    def _nearest(self, entry: _Entry, score: float, near: tuple[float, float]) -> Iterator[Found]:
        for rank, row in enumerate(self._order(entry, near)[1:]):
            one = self._found(
                _Entry(_SORTS[entry.table], entry.table, row), min(score, PREFIX) - 0.5 - rank / 100, near
            )
            away = quantity.length(float(np.hypot(one.xy[0] - near[0], one.xy[1] - near[1])))
            yield replace(one, detail=_("{kind} · {distance} away").format(kind=entry.kind, distance=away))

    def _order(self, entry: _Entry, near: tuple[float, float]) -> list[int]:
        rows = np.array([entry.row]) if entry.rows is None else entry.rows
        boxes = self._boxes[entry.table][rows]
        away = np.hypot((boxes[:, 0] + boxes[:, 2]) / 2 - near[0], (boxes[:, 1] + boxes[:, 3]) / 2 - near[1])
        return [int(row) for row in rows[np.argsort(away, kind="stable")[: 1 + _NEAREST_SHOWN]]]

    def _where(self, table: str, rows: int | NDArray[np.int64]) -> tuple[tuple[float, float], float]:
        boxes = self._boxes[table][np.atleast_1d(rows)]
        west, south = np.nanmin(boxes[:, :2], axis=0)
        east, north = np.nanmax(boxes[:, 2:], axis=0)
        reach = float(np.hypot(east - west, north - south)) / 2
        return (float(west + east) / 2, float(south + north) / 2), max(reach, 4.0)

    def _kind_of(self, table: str, row: int, told: dict[str, str]) -> str:
        column = self._district.tables[table]["leaf" if table == "trees" else "kind"]
        kind = str(np.asarray(column, object)[row])
        inside = next((told[key] for key in _POI_KEYS if told.get(key, "yes") != "yes"), "")
        if table in {"buildings", "parts"}:
            return nouns.noun(inside or kind) if (inside or kind) not in {"", "yes"} else _("Building")
        if table == "streets" and kind in {
            "residential",
            "primary",
            "secondary",
            "tertiary",
            "unclassified",
            "service",
        }:
            return _("Street")
        return nouns.noun(kind, table) if kind else _("Thing")

    def _tags_of(self, table: str, row: int, text: str) -> dict[str, str]:
        known = self._tags.get((table, row))
        if known is None:
            found: Any = json.loads(text or "{}")
            known = self._tags[table, row] = {str(key): str(value) for key, value in found.items()}
        return known


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """What a searched text stands for."""

    sort: str
    table: str
    row: int
    rows: NDArray[np.int64] | None = None  # where many rows are one thing, or of one kind
    kind: str = ""
    weight: float = 0.0
    answer: Answer | None = None


def _boxes(district: District, table: str) -> NDArray[np.float64]:
    columns = district.tables[table]
    return np.asarray(shapely.bounds(np.asarray(columns.geometry, object)), np.float64).reshape(-1, 4)


def _names(name: str, told: dict[str, str]) -> Iterable[str]:
    texts = [name] if name else []
    texts += [value for key, value in told.items() if key.startswith("name:") or key in _NAME_KEYS]
    seen: set[str] = set()
    for text in (part.strip() for value in texts for part in value.split(";")):
        if text and folded(text) not in seen:
            seen.add(folded(text))
            yield text


def _address(told: dict[str, str]) -> str:
    street = told.get("addr:street") or told.get("addr:place") or ""
    number = told.get("addr:housenumber", "")
    return f"{street} {number}".strip() if street else ""
