"""A place on the earth as people write it."""

from __future__ import annotations

import re

_NUMBER = r"[-+]?\d{1,3}(?:[.,]\d+)?"
_DECIMAL = re.compile(rf"^(?:geo:)?\s*({_NUMBER})\s*°?\s*([NSEWnsew]?)\s*[,;/ ]\s*({_NUMBER})\s*°?\s*([NSEWnsew]?)$")
_DEGREES = re.compile(
    r"""^(\d{1,3})\s*°\s*(\d{1,2}(?:\.\d+)?)\s*['′’]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:"|″|”|''))?\s*([NSEWnsew])
    \s*[,;]?\s*
    (\d{1,3})\s*°\s*(\d{1,2}(?:\.\d+)?)\s*['′’]?\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:"|″|”|''))?\s*([NSEWnsew])$""",
    re.VERBOSE,
)


def lonlat_of(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude in degrees of "60.17, 24.95" or the like; None for any other text.

    Latitude comes first, unless letters say otherwise, as maps on the web have it. "60°10′12″N 24°57′E" is read too.
    """
    text = " ".join(text.split())
    found = _DECIMAL.match(text)
    if found:
        one, letter, other, second = found.groups()
        if re.match(r"^\S+,\d+$", one + "x") or ("," in one) != ("," in other):
            return None
        return _placed(_float(one), letter, _float(other), second)
    found = _DEGREES.match(text)
    if found:
        d1, m1, s1, letter, d2, m2, s2, second = found.groups()
        one_deg = float(d1) + float(m1) / 60 + float(s1 or 0) / 3600
        other_deg = float(d2) + float(m2) / 60 + float(s2 or 0) / 3600
        return _placed(one_deg, letter, other_deg, second)
    return None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _placed(one: float, letter: str, other: float, second: str) -> tuple[float, float] | None:
    letters = (letter + second).upper()
    one = -one if letter.upper() in {"S", "W"} else one
    other = -other if second.upper() in {"S", "W"} else other
    if letters and (len(letters) == 1 or (letters[0] in "NS") == (letters[1] in "NS")):
        return None
    lat, lon = (other, one) if letters[:1] in {"E", "W"} else (one, other)
    return (lon, lat) if abs(lat) <= 90 and abs(lon) <= 180 else None
