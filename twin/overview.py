"""A stretch of recorded time as it looks from afar: where data is, where it is missing, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from twin.chain import Chain
from twin.model import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from twin.model import Report
    from twin.readings import History, Layer, Readings, Roster, Span

STEPS = 1440
_PIECES = 48  # of a history that does not tell its own


@dataclass(frozen=True, slots=True)
class Strip:
    """One layer, in equal steps of time; columns of shape (steps,)."""

    layer: Layer
    channel: str  # whose mean is told; empty where the layer measures nothing
    unit: str
    sensors: int
    present: NDArray[np.float64]  # the mean share of the channel's sensors that have a value, 0 to 1
    mean: NDArray[np.float64]  # of the readings of the step, or of the last before it; NaN where no sensor has a value


@dataclass(frozen=True, slots=True)
class Overview:
    """A span in equal steps."""

    span: Span
    strips: tuple[Strip, ...]
    readings: NDArray[np.int64]  # how many ended in each step, of all layers

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.readings)


def overview(
    history: History,
    span: Span | None = None,
    *,
    channels: Mapping[str, str] | None = None,
    steps: int = STEPS,
    report: Report = silent,
) -> Overview | None:
    """Return a span of a history from afar; None where nothing is recorded.

    It reads all that lies in the span, piece by piece in bounded memory, and is no work for a window's thread.

    Parameters
    ----------
    span
        Without one, all there is.
    channels
        The channel to tell of, by layer; without one, that which most of its sensors measure.
    """
    span = span or history.span
    if span is None:
        return None
    t0, t1 = span[0], max(span[1], span[0] + 1e-3)
    roster = history.roster
    chosen = {layer.key: (channels or {}).get(layer.key) or main_channel(roster, layer.key) for layer in roster.layers}
    slots = [_slots(roster, layer.key, chosen[layer.key]) for layer in roster.layers]
    strip_of = np.full(len(roster.slot_sensor), -1, np.int64)
    for number, mine in enumerate(slots):
        strip_of[mine] = number
    tally = history.tally if isinstance(history, Tallying) else partial(tallied, history)
    density, counts, sums = tally((t0, t1), steps, strip_of, len(slots), report)
    strips = []
    for number, layer in enumerate(roster.layers):
        mine, cells = slots[number], slice(number * steps, (number + 1) * steps)
        present = _present(history, (t0, t1), mine, steps)
        if chosen[layer.key] and roster.channels[roster.channel_rows[chosen[layer.key]]].between == "none":
            present = np.maximum(present, counts[cells] > 0)  # samples of an instant: there are some, or none
        unit = roster.channels[roster.channel_rows[chosen[layer.key]]].unit if chosen[layer.key] else layer.unit
        mean = _held(counts[cells], sums[cells], present)
        strips.append(Strip(layer, chosen[layer.key], unit, len(mine), present, mean))
    return Overview((t0, t1), tuple(strips), density)


Tally = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.float64]"]
"""The readings of each step, (steps,); and count and sum of those of each group in each step, (groups * steps,)."""


@runtime_checkable
class Tallying(Protocol):
    """A history that reckons for itself what `tallied` would, since its readings are far away."""

    def tally(self, span: Span, steps: int, group: NDArray[np.int64], groups: int, report: Report) -> Tally:
        """Return the tally of a span; `group` is that of each slot, -1 for none."""


def tallied(history: History, span: Span, steps: int, group: NDArray[np.int64], groups: int, report: Report) -> Tally:
    """Return the tally of a span of a history, whose readings are all looked at."""
    t0, t1 = span
    counts, sums = np.zeros(groups * steps, np.int64), np.zeros(groups * steps)
    density = np.zeros(steps, np.int64)
    for rows in _pieces(history, t0, t1):
        step = np.clip(((rows.t_end - t0) / (t1 - t0) * steps).astype(np.int64), 0, steps - 1)
        density += np.bincount(step, minlength=steps)
        mine = group[history.roster.slots(rows.sensor, rows.channel)]
        cell = (mine * steps + step)[mine >= 0]
        counts += np.bincount(cell, minlength=len(counts))
        sums += np.bincount(cell, rows.value[mine >= 0], minlength=len(sums))
        if len(rows):
            report(Progress("", float(rows.t_end.max() - t0), t1 - t0))
    return density, counts, sums


def _pieces(history: History, t0: float, t1: float) -> Iterator[Readings]:
    """Yield the readings of a span in pieces of bounded size, in any order."""
    before = float(np.nextafter(t0, -np.inf))
    if isinstance(history, Chain):
        for _slot, rows in history.pieces(before, t1):
            yield rows
        return
    edges = np.linspace(before, t1, _PIECES + 1).tolist()
    for start, end in pairwise(edges):
        yield history.window(start, end)


def main_channel(roster: Roster, layer: str) -> str:
    """Return the channel that most sensors of a layer measure, the first of several; "" where it has none."""
    keys = [channel.key for channel in roster.channels]
    slots = roster.slots_in(layer)
    if not len(slots):
        return ""
    return keys[int(np.bincount(roster.slot_channel[slots], minlength=len(keys)).argmax())]


def _slots(roster: Roster, layer: str, channel: str) -> NDArray[np.integer]:
    return np.intersect1d(roster.slots_in(layer), roster.slots_of(channel))


def _present(history: History, span: Span, slots: NDArray[np.integer], steps: int) -> NDArray[np.float64]:
    """Return the mean share of slots that are in no gap, for every step."""
    if not len(slots):
        return np.zeros(steps)
    gaps = history.gaps(*span, slots=slots)
    edges = np.linspace(0.0, span[1] - span[0], steps + 1)
    missing = _elapsed(gaps.t_start - span[0], edges) - _elapsed(gaps.t_end - span[0], edges)
    share: NDArray[np.float64] = np.clip(1 - np.diff(missing) / np.diff(edges) / len(slots), 0, 1)
    share[share < 1e-9] = 0.0
    return share


def _elapsed(starts: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum, over all starts before each edge, of the time since then."""
    starts = np.sort(starts)
    before = np.searchsorted(starts, edges)
    summed = np.append(0.0, np.cumsum(starts))
    elapsed: NDArray[np.float64] = before * edges - summed[before]
    return elapsed


def _held(counts: NDArray[np.int64], sums: NDArray[np.float64], present: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means, held over steps without a reading for as long as any sensor has a value."""
    with np.errstate(invalid="ignore"):
        mean = sums / np.where(counts > 0, counts, np.nan)
    last = np.maximum.accumulate(np.where(counts > 0, np.arange(len(counts)), -1))
    held = np.where(last >= 0, mean[last], np.nan)
    found: NDArray[np.float64] = np.where(present > 0, held, np.nan)
    return np.where(counts > 0, mean, found)
