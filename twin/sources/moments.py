"""Times as payloads write them, as UTC epoch seconds."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo

_LONGEST = 40


def moment(told: Any, zone: tzinfo = UTC) -> float:
    """Return UTC epoch seconds of a time in ISO 8601, NaN for anything else; `zone` is of times that tell none."""
    if not isinstance(told, str) or len(told) > _LONGEST:
        return math.nan
    try:
        found = datetime.fromisoformat(told.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        return math.nan


def stretch(told: Any, zone: tzinfo = UTC) -> tuple[float, float]:
    """Return beginning and end of "2026-11-22T10:00Z/2026-11-22T10:05Z", twice the same for a mere moment."""
    if not isinstance(told, str):
        return math.nan, math.nan
    first, _slash, last = told[: 3 * _LONGEST].partition("/")
    begins = moment(first, zone)
    return begins, moment(last, zone) if last else begins


def written(t: float) -> str:
    """Return a moment as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
