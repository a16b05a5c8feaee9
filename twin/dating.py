"""When something was built, as mappers write it: `start_date` of the OSM wiki, and what is found in its place."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KEYS = ("start_date", "year_of_construction", "construction_date", "building:year_built")
"""Where a map tells it, the first that is there counts."""

_UNKNOWN = (math.nan, math.nan)
_THIRDS = {"early": (0, 33), "mid": (33, 67), "late": (67, 100)}
_CENTURY = re.compile(r"^(?:c ?(\d{1,2})|(\d{1,2})(?:th|st|nd|rd) ?(?:c(?:ent(?:ury)?)?)?)$")
_DECADE = re.compile(r"^(\d{3})0'?s$")
_YEAR = re.compile(r"^-?\d{1,4}$")
_DAY = re.compile(r"^(\d{4})[-./]\d{1,2}(?:[-./]\d{1,2})?(?:t.*)?$")
_DAY_FIRST = re.compile(r"^\d{1,2}[-./](?:\d{1,2}[-./])?(\d{4})$")
_PAIR = re.compile(r"^(\d{4})\s*[-–/]\s*(\d{4})$")
_SHORT_PAIR = re.compile(r"^(\d{2})(\d{2})\s*[–/]\s*(\d{2})$")
_SOME_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")


@lru_cache(maxsize=4096)
def years(text: str) -> tuple[float, float]:
    """Return the first and the last year in which it may have been, as a date of the OSM wiki says it.

    "1898", "C19" (a century), "early C20", "~1900", "1850s", "before 1920", "1914..1918", "1921-06-30". Of "before"
    and "after" only the year that is named is known, so both are that year. NaN where nothing can be read.
    """
    said = " ".join(text.strip().lower().split())
    for begin in ("j:", "~", "c.", "ca.", "ca ", "circa ", "about ", "around ", "um ", "?", "jd:"):
        if said.startswith(begin) and begin != "jd:":
            said = said.removeprefix(begin).strip()
    said = said.rstrip("?").strip().split(";")[0].strip()
    for word in ("before ", "after ", "by ", "until ", "since ", "<", ">"):
        if said.startswith(word):
            first, last = years(said.removeprefix(word))
            year = first if word in {"before ", "by ", "until ", "<"} else last
            return year, year
    if ".." in said:
        begin, _dots, end = said.partition("..")
        ends = (*years(begin), *years(end))
        known = [year for year in ends if math.isfinite(year)]
        return (min(known), max(known)) if known else _UNKNOWN
    third, _gap, rest = said.partition(" ")
    if third in _THIRDS:
        first, last = years(rest)
        span = last - first + 1
        low, high = _THIRDS[third]
        return (first + span * low // 100, first + span * high // 100 - 1) if span > 1 else (first, last)
    return _plain(said)


def _plain(said: str) -> tuple[float, float]:
    if said.endswith((" bc", " bce")):
        first, last = _plain(said.rpartition(" ")[0])
        return -last, -first
    if _YEAR.match(said) and (len(said) > 2):
        return float(said), float(said)
    for form in (_DAY, _DAY_FIRST):
        if found := form.match(said):
            return float(found[1]), float(found[1])
    if found := _DECADE.match(said):
        decade = 10 * int(found[1])
        # the 1900s may be ten years or a hundred; the wiki says ten
        return float(decade), float(decade + 9)
    if found := _CENTURY.match(said):
        century = int(found[1] or found[2])
        return float(100 * century - 99), float(100 * century)
    if found := _PAIR.match(said):
        return tuple(sorted((float(found[1]), float(found[2]))))  # type: ignore[return-value]
    if found := _SHORT_PAIR.match(said):
        return float(found[1] + found[2]), float(found[1] + found[3])
    if found := _SOME_YEAR.search(said):
        return float(found[1]), float(found[1])
    return _UNKNOWN


def is_vague(text: str) -> bool:
    """Tell whether a date says that it is not exact: about, before, after, a span, a decade, a century."""
    first, last = years(text)
    said = text.strip().lower()
    return first != last or said.startswith(
        ("~", "c.", "ca", "about", "around", "before", "after", "by ", "<", ">", "?")
    )


def dates_of(tags: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the date in each of many features' tags, JSON objects as text, shape (n,); "" where there is none."""
    found = np.full(len(tags), "", object)
    for row, text in enumerate(tags):
        if "date" in text or "year" in text:
            told = json.loads(text)
            found[row] = str(next((told[key] for key in KEYS if told.get(key)), ""))
    return found


def years_of(tags: NDArray[np.object_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the first and the last year in which each of many features was built, of their tags; NaN: not told."""
    pairs = np.array([years(text) if text else _UNKNOWN for text in dates_of(tags)], np.float64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
