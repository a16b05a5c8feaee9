"""Lengths, areas and plain numbers as people read them: three significant digits, a thin space before the unit."""

from __future__ import annotations

import math

from twin.language import _

THIN_SPACE = "\u202f"


def number(value: float, digits: int = 3) -> str:
    """Return a number to so many significant digits, thousands set apart; empty where it is not known."""
    if not math.isfinite(value):
        return ""
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}".replace(",", THIN_SPACE)
    return text.rstrip("0").rstrip(".") if "." in text else text


def length(value_m: float) -> str:
    """Return a length in metres, or in kilometres from one on: centimetres below ten metres."""
    if not math.isfinite(value_m):
        return ""
    if abs(value_m) >= 1000:
        return _with_unit(number(value_m / 1000, 4), _("km"))
    return _with_unit(f"{value_m:.2f}" if abs(value_m) < 10 else f"{value_m:.1f}", _("m"))


def rounded(most: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that is not above a positive number."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power <= most * (1 + 1e-9))


def round_length(value_m: float) -> str:
    """Return a round length with the unit that keeps it short."""
    if value_m >= 1000:
        return _with_unit(f"{value_m / 1000:g}", _("km"))
    if value_m < 1:
        return _with_unit(f"{value_m * 100:g}", _("cm"))
    return _with_unit(f"{value_m:g}", _("m"))


def area(value_m2: float) -> str:
    """Return an area in square metres, or in square kilometres from one on."""
    if not math.isfinite(value_m2):
        return ""
    if abs(value_m2) >= 1e6:
        return _with_unit(number(value_m2 / 1e6, 4), _("km²"))
    return _with_unit(f"{value_m2:.1f}" if abs(value_m2) < 1000 else number(value_m2, 4), _("m²"))


def metres(value_m: float) -> str:
    """Return a length in metres to three significant digits; empty where it is not known."""
    return _with_unit(number(value_m), _("m")) if math.isfinite(value_m) else ""


def share(part: float, whole: float) -> str:
    """Return how much of the whole a part is, in percent, and never 0 % or 100 % of what is not none or all."""
    if not whole:
        return ""
    percent = 100 * part / whole
    if 0 < percent < 1:
        return _("under {value}").format(value=_with_unit("1", "%"))
    if 99 < percent < 100:
        return _("over {value}").format(value=_with_unit("99", "%"))
    return _with_unit(f"{percent:.0f}", "%")


def duration(value_s: float) -> str:
    """Return a length of time in the largest unit that it is two of, or in seconds; empty where it is not known."""
    if not math.isfinite(value_s):
        return ""
    for unit_s, unit in ((86_400.0, _("d")), (3600.0, _("h")), (60.0, _("min"))):
        if abs(value_s) >= 2 * unit_s:
            return _with_unit(f"{value_s / unit_s:.0f}", unit)
    return _with_unit(f"{value_s:.0f}", _("s"))


def _with_unit(value: str, unit: str) -> str:
    return f"{value}{THIN_SPACE}{unit}"
