"""Lengths, figures and storeys as people write them on the map.

Units are those of the OSM wiki's "Map features/Units": metres unless one is written.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np

LENGTH_LIMIT_M = 1000.0
"""Nothing that stands in a city is longer: the highest building of 2026 has 828 m."""

LEVELS_LIMIT = 200.0

_remembered = lru_cache(maxsize=4096)
"""The figures on a map are few, and each is asked for in several columns."""

OK, UNREADABLE, WILD = 0, 1, 2
"""How a value was read. Wild values are numbers that cannot be true."""

_TEXT_LIMIT = 64
_SAME = str.maketrans(
    {
        "′": "'", "’": "'", "‘": "'", "´": "'", "`": "'", "＇": "'",
        "″": '"', "”": '"', "“": '"', "＂": '"',
        "．": ".", "，": ",", "٫": ".", "；": ";", "｜": ";", "|": ";", "～": "~", "ｍ": "m",
        "–": "-", "—": "-", "−": "-",
        "½": ".5", "¼": ".25", "¾": ".75",
        "\N{NO-BREAK SPACE}": " ", "\N{NARROW NO-BREAK SPACE}": " ", "\N{IDEOGRAPHIC SPACE}": " ",
    }
)  # fmt: skip

_METRES = {
    "": 1.0, "m": 1.0, "mt": 1.0, "mts": 1.0, "mtr": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0,
    "metro": 1.0, "metros": 1.0, "м": 1.0, "米": 1.0, "公尺": 1.0,
    "km": 1000.0, "cm": 0.01, "mm": 0.001, "dm": 0.1,
    "mi": 1609.344, "nmi": 1852.0, "yd": 0.9144, "yard": 0.9144, "yards": 0.9144,
    "ft": 0.3048, "feet": 0.3048, "foot": 0.3048, "'": 0.3048,
    "in": 0.0254, "inch": 0.0254, "inches": 0.0254, '"': 0.0254, "''": 0.0254,
}  # fmt: skip
_FEET = ("ft", "feet", "foot", "'")

_FIGURE = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:,\d{3}){2,}|\d+(?:[.,]\d*)?|[.,]\d+"
_BARE = re.compile(r"\d{1,6}(?:\.\d{1,9})?", re.ASCII)
"""What nine figures of ten are: in need of no interpretation."""
_ROUGHLY = re.compile(r"^(?:~|≈|±|\+|ca\.?|c\.|circa|about|approx(?:imately|\.)?|around|est\.?)\s*")
_ASIDE = re.compile(r"\([^()]*\)")
_SPAN = re.compile(r"(?<=[\w.'\"])\s*-\s*(?=[\d.,])")
_ONE_LENGTH = re.compile(rf"({_FIGURE})\s*([^\W\d_]*|'|''|\")\.?")
_FEET_AND_INCHES = re.compile(rf"({_FIGURE})\s*(?:'|ft|feet|foot)\.?\s*({_FIGURE})\s*(?:''|\"|in|inch|inches)?\.?")
_NEGATIVE = re.compile(rf"-\s*(?:{_FIGURE})\s*(?:[^\W\d_]*|'|\")")
_ONE_FIGURE = re.compile(rf"([+-]?)({_FIGURE})")
_GROUND_PLUS = re.compile(r"(?:g|p)\s*\+\s*(\d{1,3})")
_NOT_FINITE = frozenset({"inf", "-inf", "+inf", "infinity", "-infinity", "nan"})


def length_m(text: str) -> float:
    """Metres of a length as written on the map; NaN where it cannot be read or cannot be true.

    Several values ("12;14", "10-12 m") give the highest: a height is that of the highest point and a
    number of storeys that of the highest part (OSM wiki, Key:height and Key:building:levels).
    A single comma is a decimal comma, except before three digits of feet ("1,250 ft").
    """
    return read_length(text)[0]


def number(text: str) -> float:
    """Read a plain figure, such as a number of lanes or a layer; NaN where it cannot be read."""
    return read_number(text)[0] if text else np.nan


@_remembered
def read_length(text: str) -> tuple[float, int]:
    """Metres of a length, and whether it is `OK`, `UNREADABLE` or `WILD` (both NaN)."""
    if _BARE.fullmatch(text):
        return (metres, OK) if (metres := float(text)) <= LENGTH_LIMIT_M else (np.nan, WILD)
    text = _tidy(text)
    if text in _NOT_FINITE or _NEGATIVE.fullmatch(text):
        return np.nan, WILD
    pieces = [_one_length(piece.strip()) for piece in _SPAN.sub(";", text).split(";")]
    unit = next((piece[1] for piece in reversed(pieces) if piece), "")
    values = [value * _METRES[own or unit] for piece in pieces if piece for value, own in (piece,)]
    if not values:
        return np.nan, UNREADABLE
    highest = max(values)
    return (highest, OK) if highest <= LENGTH_LIMIT_M else (np.nan, WILD)


@_remembered
def read_number(text: str) -> tuple[float, int]:
    """Read a plain figure, the highest of several, and whether it is `OK`, `UNREADABLE` or `WILD`."""
    if _BARE.fullmatch(text):
        return float(text), OK
    text = _tidy(text)
    if text in _NOT_FINITE:
        return np.nan, WILD
    values = [
        float(match[1] + _plain(match[2]))
        for piece in _SPAN.sub(";", text).split(";")
        if (match := _ONE_FIGURE.fullmatch(piece.strip()))
    ]
    if not values:
        return np.nan, UNREADABLE
    return (max(values), OK) if abs(max(values)) <= 1e6 else (np.nan, WILD)


def read_levels(text: str) -> tuple[float, int]:
    """Read a number of storeys: "3", "3.5", "3;4" (4), "2-3" (3), "G+3" (4, the ground floor and three more)."""
    if match := _GROUND_PLUS.fullmatch(_tidy(text)):
        return 1.0 + float(match[1]), OK
    value, how = read_number(text)
    return (value, how) if how or 0 <= value <= LEVELS_LIMIT else (np.nan, WILD)


def _tidy(text: str) -> str:
    text = text.translate(_SAME).strip().lower()
    if len(text) > _TEXT_LIMIT:
        return ""
    return _ROUGHLY.sub("", _ASIDE.sub("", text).strip())


def _one_length(text: str) -> tuple[float, str] | None:
    if match := _ONE_LENGTH.fullmatch(text):
        figure, unit = match.groups()
        return (float(_plain(figure, grouped=unit in _FEET)), unit) if unit in _METRES else None
    if match := _FEET_AND_INCHES.fullmatch(text):
        return float(_plain(match[1], grouped=True)) + float(_plain(match[2])) / 12, "ft"
    return None


def _plain(figure: str, *, grouped: bool = False) -> str:
    """Return a figure with a decimal point and no thousands separators."""
    comma, point = figure.rfind(","), figure.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (",", ".") if point > comma else (".", ",")
        return figure.replace(thousands, "").replace(decimal, ".")
    if figure.count(",") > 1 or (grouped and re.fullmatch(r"[1-9]\d{0,2},\d{3}", figure)):
        return figure.replace(",", "")
    return figure.replace(",", ".")
