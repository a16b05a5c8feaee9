"""NowCast: what the US EPA makes of the last hours to tell of the present on scales of longer averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

DUST_HOURS = 12
OZONE_HOURS = 336
"""Two weeks."""

_RECENT_HOURS = 3
_ENOUGH = 2
_LEAST_WEIGHT = 0.5

_ENOUGH_OZONE = 252  # three quarters of two weeks
_LONGEST_GAP = 7
_LOOK_BACK = 96
_BEFORE, _BEHIND = 4, 3  # hours of the eight about the present one
_AT_ONCE = 64  # stations, for the sake of memory
_SLOPE, _INTERCEPT_PPB = 0.85, 4.5


def dust(hourly: ArrayLike) -> NDArray[np.float64]:
    """Return the NowCast concentration of PM2.5 or PM10.

    The mean of 12 hours, weighted by w to the power of the hours ago: w is the least hourly mean in the greatest,
    at least a half. Two of the three latest hours must be there. EPA-454/B-24-002, section on the NowCast, and the
    clarifications on AirNow's technical forum: hourly means enter as they are, and the result is truncated
    when it becomes an index.

    Parameters
    ----------
    hourly : array_like
        Hourly means, the present hour last; shape (..., hours), NaN where there is none. Only the last 12 count.

    Returns
    -------
    ndarray
        In the unit of the means, shape (...); NaN where too few are recent.
    """
    values = _last(hourly, DUST_HOURS)
    there = ~np.isnan(values)
    least = np.where(there, values, np.inf).min(axis=-1)
    most = np.where(there, values, -np.inf).max(axis=-1)
    share = np.divide(least, most, out=np.ones_like(most), where=most > 0)
    weight = np.clip(share, _LEAST_WEIGHT, 1.0)[..., None] ** np.arange(values.shape[-1] - 1, -1, -1)
    weight = np.where(there, weight, 0.0)
    enough = there[..., -_RECENT_HOURS:].sum(axis=-1) >= _ENOUGH
    total = np.where(enough, weight.sum(axis=-1), np.nan)
    found: NDArray[np.float64] = (weight * np.nan_to_num(values)).sum(axis=-1) / total
    return found


def ozone_ppb(hourly_ppb: ArrayLike) -> NDArray[np.float64]:
    """Return the NowCast of ozone: what the mean of the eight hours about the present one will be.

    Reff, Mintz and Naess (US EPA, 2019), "The O3 NowCast", and the program that EPA published with it. Over the last
    two weeks, eight-hour means are regressed on the 96 hourly means up to each hour. EPA's partial least squares
    keeps as many components as there are hours, which is ordinary least squares. Where less than three quarters of
    two weeks is there, or more than seven hours in a row are missing, the latest of three hours stands in: 0.85
    times its mean and 4.5 ppb. That is the rule for most recorded days.

    Parameters
    ----------
    hourly_ppb : array_like
        Hourly means in ppb, the present hour last; shape (..., hours), NaN where there is none. 336 are of use.

    Returns
    -------
    ndarray
        ppb, shape (...); NaN where none of the last three hours is there.
    """
    values = _last(hourly_ppb, OZONE_HOURS)
    shape = values.shape[:-1]
    rows = values.reshape(-1, OZONE_HOURS)
    there = ~np.isnan(rows)
    ago = np.argmax(there[:, : -_RECENT_HOURS - 1 : -1], axis=-1)  # hours since the latest mean, 0 also for none
    latest = np.take_along_axis(rows, OZONE_HOURS - 1 - ago[:, None], axis=-1)[:, 0]
    found = _SLOPE * latest + _INTERCEPT_PPB
    known = (there.sum(axis=-1) >= _ENOUGH_OZONE) & (_longest_gap(there) <= _LONGEST_GAP) & ~np.isnan(latest)
    for hours in range(_RECENT_HOURS):
        mine = np.flatnonzero(known & (ago == hours))
        for some in (mine[start : start + _AT_ONCE] for start in range(0, len(mine), _AT_ONCE)):
            # where the present hour is missing, the NowCast of the last one that is there stands
            stream = np.full((len(some), OZONE_HOURS), np.nan)
            stream[:, hours:] = rows[some, : OZONE_HOURS - hours]
            found[some] = _regressed(stream)
    return found.reshape(shape)


def _regressed(stream: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the predicted eight-hour mean about the last hour of every row, shape (n,)."""
    about = sliding_window_view(stream, _BEFORE + 1 + _BEHIND, axis=-1)
    there = ~np.isnan(about)
    count = there.sum(axis=-1)
    mean = np.where(there, about, 0.0).sum(axis=-1) / np.maximum(count, 1)
    mean[count < 6] = np.nan  # three quarters of eight
    hours = sliding_window_view(_filled(stream), _LOOK_BACK, axis=-1)  # window i ends at hour i + 95
    first = _LOOK_BACK - 1 - _BEFORE  # mean i is about hour i + 4
    target = mean[:, first:]
    taught = hours[:, : target.shape[1]]
    known = ~np.isnan(target)
    ones = np.ones((*taught.shape[:-1], 1))
    told = np.concatenate([ones, taught], axis=-1) * known[..., None]
    factors = np.linalg.pinv(told) @ np.nan_to_num(target)[..., None]
    predicted = factors[:, 0, 0] + (hours[:, -1] * factors[:, 1:, 0]).sum(axis=-1)
    scarce = known.sum(axis=-1) < 0.75 * (hours.shape[1])
    return np.where(scarce, np.nan, np.maximum(predicted, 0.0))


def _filled(stream: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill what is missing with the mean of its surroundings, each hour farther away counting half as much.

    Surroundings are four hours to both sides, more where fewer than two of them are there.
    """
    there = ~np.isnan(stream)
    total, weight = np.zeros_like(stream), np.zeros_like(stream)
    count = np.zeros(stream.shape, np.int64)
    filled = stream.copy()
    known = np.nan_to_num(stream)
    for off in range(1, stream.shape[1]):
        share = 0.5**off
        for to, of in ((np.s_[:, off:], np.s_[:, :-off]), (np.s_[:, :-off], np.s_[:, off:])):
            total[to] += known[of] * share
            weight[to] += there[of] * share
            count[to] += there[of]
        ready = np.isnan(filled) & (count >= _ENOUGH)
        if off >= 4:
            filled[ready] = total[ready] / weight[ready]
            if not np.isnan(filled).any():
                break
    return filled


def _longest_gap(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the longest run of missing hours of every row, shape (n,)."""
    hour = np.arange(1, there.shape[-1] + 1)
    last = np.maximum.accumulate(np.where(there, hour, 0), axis=-1)
    longest: NDArray[np.int64] = (hour - last).max(axis=-1)
    return longest


def _last(hourly: ArrayLike, hours: int) -> NDArray[np.float64]:
    """Return the last hours, NaN in front where there are fewer."""
    values = np.asarray(hourly, np.float64)[..., -hours:]
    values = np.where(np.isinf(values), np.nan, values)
    missing = hours - values.shape[-1]
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(missing, 0)], constant_values=np.nan)
