"""Times as tables write them, as UTC epoch seconds: formats, epochs, zones, and hours that occur twice or never."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

EPOCHS = {"epoch_s": 1.0, "epoch_ms": 1e-3, "epoch_us": 1e-6}
_AWARE = re.compile(r"\d[^-+]*(?:Z|[-+]\d\d:?\d\d|[-+]\d\d)\s*$", re.IGNORECASE)
_QUARTER_S = 900.0  # offsets change at whole quarters of an hour, since there have been time zones
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (local time, whose zone is another argument)
_YEARS_S = (-2_208_988_800.0, 4_102_444_800.0)


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise TwinError(
            _("There is no time zone {zone}; write it like Europe/Berlin, or UTC.").format(zone=name)
        ) from None


def parsed(words: Sequence[str], format_: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return seconds since 1970 of texts, NaN for what is no time, and whether each told its zone.

    Where a text told its zone they are UTC, else local. `format_` is "epoch_s", "epoch_ms", "epoch_us", "iso", or as
    strptime has it; 24:00 is midnight.
    """
    import pandas as pd

    if format_ in EPOCHS:
        numbers = pd.to_numeric(pd.Series(list(words), dtype=object), errors="coerce").to_numpy(np.float64)
        return numbers * EPOCHS[format_], np.ones(len(words), bool)
    iso = format_ in {"", "iso"}
    told = [word.strip() for word in words]
    aware = np.array([bool(_AWARE.search(word)) for word in told], bool) if iso else np.full(len(told), "%z" in format_)
    seconds = np.full(len(told), np.nan)
    texts = np.array(told, object)
    for mask in (aware, ~aware):
        if mask.any():
            seconds[mask] = _seconds(texts[mask], "ISO8601" if iso else format_)
    lost = np.flatnonzero(np.isnan(seconds))
    for row in lost.tolist():
        early, found = re.subn(r"(?<=[ T])24(?=$|:00)", "00", told[row])
        if found:
            seconds[row] = _seconds(np.array([early], object), "ISO8601" if iso else format_)[0] + 86_400.0
    return seconds, aware


def _seconds(texts: NDArray[np.object_], format_: str) -> NDArray[np.float64]:
    import pandas as pd

    try:
        found = pd.to_datetime(pd.Series(texts, dtype=object), format=format_, errors="coerce", utc=True)
    except (ValueError, TypeError, re.error) as error:
        raise TwinError(
            _("The time format {format} cannot be used: {reason}.").format(format=format_, reason=error)
        ) from None
    micro = found.dt.as_unit("us")
    seconds = micro.to_numpy("datetime64[us]").astype(np.int64) / 1e6
    return np.where(micro.isna().to_numpy(), np.nan, seconds)


class Placed(NamedTuple):
    """Local times on the line of time, all of shape (n,)."""

    first_s: NDArray[np.float64]  # UTC; of an hour that occurs twice the first, NaN for one that there is not
    second_s: NDArray[np.float64]  # UTC; the second
    twice: NDArray[np.bool_]


def placed(local_s: NDArray[np.float64], zone: ZoneInfo) -> Placed:
    """Return UTC epoch seconds of local ones."""
    with np.errstate(invalid="ignore"):
        local_s = np.where((local_s >= _YEARS_S[0]) & (local_s <= _YEARS_S[1]), local_s, np.nan)
    quarters, which = np.unique(np.floor(local_s / _QUARTER_S), return_inverse=True)
    offsets = np.zeros((len(quarters), 2))
    for row, quarter in enumerate(quarters.tolist()):
        if quarter == quarter:  # noqa: PLR0124  (not NaN)
            told = _EPOCH + timedelta(seconds=quarter * _QUARTER_S)
            for fold in (0, 1):
                offset = told.replace(tzinfo=zone, fold=fold).utcoffset()
                offsets[row, fold] = offset.total_seconds() if offset else 0.0
    before, after = offsets[which].T.reshape(2, *local_s.shape)
    first = np.where(before < after, np.nan, local_s - before)
    return Placed(first, local_s - after, before > after)


def days_of(utc_s: NDArray[np.float64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Return the local day of moments, as days since 1970."""
    quarters, which = np.unique(np.floor(utc_s / _QUARTER_S), return_inverse=True)
    offsets = [
        (datetime.fromtimestamp(quarter * _QUARTER_S, UTC).astimezone(zone).utcoffset() or timedelta()).total_seconds()
        for quarter in quarters.tolist()
    ]
    return np.floor((utc_s + np.array(offsets, np.float64)[which]) / 86_400.0).astype(np.int64)
