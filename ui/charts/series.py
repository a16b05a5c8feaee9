"""What one sensor said of one quantity, and the few points that draw it at a width. No widgets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.readings import Channel, History, Readings, Span


@dataclass(frozen=True)
class Series:
    """The readings of one slot over a span, in the order of their ends, and where it had no data."""

    channel: Channel
    span: Span
    rows: Readings  # with one of before the span, where it still counts in it
    gaps: NDArray[np.float64]  # (n, 2)

    @property
    def lasting_s(self) -> NDArray[np.float64]:
        """How long after its end each reading counts, shape (n,)."""
        rows, channel = self.rows, self.channel
        shelf = np.full(len(rows), channel.shelf_s)
        return np.minimum(shelf, rows.t_end - rows.t_start) if channel.between == "none" else shelf

    @property
    def reach(self) -> tuple[float, float] | None:
        """The least and the greatest value; None where there is none."""
        return (float(self.rows.value.min()), float(self.rows.value.max())) if len(self.rows) else None

    def at(self, t: float) -> float:
        """Return the value at a moment as the picture shows it, NaN for no data."""
        rows = self.rows
        row = int(np.searchsorted(rows.t_end, t, side="right")) - 1
        if row < 0 or t - rows.t_end[row] > self.lasting_s[row]:
            return math.nan
        if self.channel.between == "linear" and row + 1 < len(rows):
            ahead_s = float(rows.t_end[row + 1] - rows.t_end[row])
            if 0 < ahead_s <= self.channel.shelf_s:
                share = (t - float(rows.t_end[row])) / ahead_s
                return float(rows.value[row] + share * (rows.value[row + 1] - rows.value[row]))
        return float(rows.value[row])

    def line(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the moments and values of the curve, with NaN where it breaks off."""
        rows = self.rows
        t, value = rows.t_end, rows.value
        if not len(t):
            return t, value
        ends = np.minimum(t + self.lasting_s, np.append(t[1:], np.inf))
        broken = np.append(t[1:] > t[:-1] + self.lasting_s[:-1], True)
        if self.channel.between == "linear":
            corner_t = np.where(broken, ends, np.nan)
            table_t = np.column_stack([t, corner_t, np.where(broken, ends, np.nan)])
            table_v = np.column_stack([value, np.where(broken, value, np.nan), np.full(len(t), np.nan)])
            keep = np.column_stack([np.ones(len(t), bool), broken, broken])
        else:
            table_t = np.column_stack([t, ends, ends])
            table_v = np.column_stack([value, value, np.full(len(t), np.nan)])
            keep = np.column_stack([np.ones(len(t), bool), np.ones(len(t), bool), broken])
        return table_t[keep], table_v[keep]


def read(history: History, slot: int, span: Span) -> Series:
    """Return what a slot of a history said over a span."""
    roster = history.roster
    channel = roster.channels[int(roster.slot_channel[slot])]
    slots = np.array([slot], np.int64)
    rows = history.window(span[0] - channel.shelf_s, span[1], slots=slots)
    _ends, last = np.unique(rows.t_end[::-1], return_index=True)  # of one moment, what arrived last is what counts
    rows = rows[len(rows) - 1 - last]
    first = max(int(np.searchsorted(rows.t_end, span[0], side="right")) - 1, 0)
    gaps = history.gaps(*span, slots=slots)
    return Series(channel, span, rows[first:], np.column_stack([gaps.t_start, gaps.t_end]))


def thinned(
    x: NDArray[np.float64], y: NDArray[np.float64], width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a curve of at most four points a pixel that looks the same: the first, least, greatest and last in each.

    Parameters
    ----------
    x, y
        Ascending places in pixels, and values; a value of NaN breaks the curve.
    """
    if len(x) <= 4 * width:
        return x, y
    known = ~np.isnan(y)
    # a break begins a new group, so that it stays one
    column = np.floor(x).astype(np.int64)
    fresh = np.append(True, (np.diff(column) != 0) | (np.diff(known.astype(np.int8)) != 0))
    start = np.flatnonzero(fresh)
    end = np.append(start[1:], len(x)) - 1
    group = np.cumsum(fresh) - 1
    low, high = np.lexsort((y, group))[start], np.lexsort((-y, group))[start]
    rows = np.unique(np.concatenate([start, low, high, end]))
    return x[rows], y[rows]


def nice_marks(low: float, high: float, most: int) -> NDArray[np.float64]:
    """Return round values between two, at most so many."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return np.zeros(0)
    raw = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    marks: NDArray[np.float64] = step * np.arange(math.ceil(low / step), math.floor(high / step) + 1, dtype=np.float64)
    return marks
