"""Several histories as one: days recorded apart, and what is live."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.readings import Gaps, Moment, Readings, Roster

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.readings import History, Span

_COLUMNS = ("value", "stale", "last_value", "t_start", "t_end", "t_arrived", "quality", "lon", "lat")


class Joined:
    """A `History` that asks several and takes of each slot the newest; sensors of one key are one sensor."""

    def __init__(self, histories: Sequence[History]) -> None:
        self._histories = tuple(histories)
        self._of: tuple[Roster, ...] = ()
        self._roster = Roster()
        self._slots: list[NDArray[np.int32]] = []
        self._match()

    def still(self, histories: tuple[History, ...]) -> Joined:
        """Return the same of snapshots of its histories, in their order; rosters need not be matched again."""
        found = copy.copy(self)
        found.__dict__["_histories"] = histories
        return found

    def _match(self) -> None:
        """Give the sensors and channels of all histories their rows, anew where one has grown."""
        now = tuple(history.roster for history in self._histories)
        if len(now) == len(self._of) and all(one is other for one, other in zip(now, self._of, strict=True)):
            return
        self._of = now
        for roster in now:
            # a channel that an earlier day did not know comes with sensors of its own day
            known = {sensor.key: sensor for sensor in self._roster.sensors}
            fresh = [sensor for sensor in roster.sensors if sensor.key not in known]
            self._roster = self._roster.grown(sensors=fresh, channels=roster.channels, layers=roster.layers)
        self._sensors = [self._rows([s.key for s in roster.sensors], self._roster.sensor_rows) for roster in now]
        self._channels = [self._rows([c.key for c in roster.channels], self._roster.channel_rows) for roster in now]
        self._slots = [
            self._roster.slots(sensors[roster.slot_sensor], channels[roster.slot_channel])
            for roster, sensors, channels in zip(now, self._sensors, self._channels, strict=True)
        ]

    @staticmethod
    def _rows(keys: list[str], rows: Mapping[str, int]) -> NDArray[np.int32]:
        return np.array([rows[key] for key in keys], np.int32)

    @property
    def roster(self) -> Roster:
        """Who measures what, on any of the days."""
        self._match()
        return self._roster

    @property
    def span(self) -> Span | None:
        """The times of the first and the last reading of all."""
        spans = [span for history in self._histories if (span := history.span)]
        return (min(s for s, _e in spans), max(e for _s, e in spans)) if spans else None

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        """Return the last value of every slot at or before t in any history."""
        roster = self.roster
        count = len(roster.slot_sensor)
        columns: dict[str, NDArray[Any]] = {
            name: np.full(count, np.nan) for name in ("value", "last_value", "lon", "lat")
        }
        columns |= {name: np.full(count, -np.inf) for name in ("t_start", "t_end", "t_arrived")}
        columns |= {"stale": np.zeros(count, bool), "quality": np.zeros(count, np.uint8)}
        for history, slots in zip(self._histories, self._slots, strict=True):
            span = history.span
            if span is None or t < span[0]:
                continue
            moment = history.at(t, arrived_by=arrived_by)
            mine = np.flatnonzero(slots >= 0)
            mine = mine[moment.t_end[mine] > columns["t_end"][slots[mine]]]
            for name in _COLUMNS:
                columns[name][slots[mine]] = getattr(moment, name)[mine]
        return Moment(t, roster, **columns)

    def window(
        self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Readings:
        """Return the readings with t0 < t_end <= t1 of all histories, ordered by t_end."""
        _roster = self.roster
        parts = []
        for number, (history, mine) in enumerate(zip(self._histories, self._slots, strict=True)):
            span = history.span
            if span is None or span[1] <= t0 or span[0] > t1:
                continue
            own = None if slots is None else np.flatnonzero(np.isin(mine, slots) & (mine >= 0))
            rows = history.window(t0, t1, slots=own, arrived_by=arrived_by)
            parts.append(self._renamed(rows, number))
        rows = Readings.joined(parts)
        return rows[np.lexsort((rows.t_arrived, rows.t_end))]

    def _renamed(self, rows: Readings, number: int) -> Readings:
        columns = rows.columns
        columns["sensor"] = self._sensors[number][rows.sensor]
        columns["channel"] = self._channels[number][rows.channel]
        return Readings(**columns)

    def gaps(self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None) -> Gaps:
        """Return where slots had no data between two times: where none of the histories has any."""
        roster = self.roster
        rows: dict[int, NDArray[np.float64]] = {}
        chosen = np.arange(len(roster.slot_sensor)) if slots is None else np.unique(slots)
        for history, mine in zip(self._histories, self._slots, strict=True):
            own = np.flatnonzero(np.isin(mine, chosen) & (mine >= 0))
            gaps = history.gaps(t0, t1, slots=own)
            slot = mine[history.roster.slots(gaps.sensor, gaps.channel)]
            for one in mine[own].tolist():
                stretches = np.column_stack([gaps.t_start, gaps.t_end])[slot == one]
                rows[one] = _both(rows[one], stretches) if one in rows else stretches
        slot = np.repeat(np.array(list(rows), np.int64), [len(found) for found in rows.values()])
        table = np.concatenate([np.zeros((0, 2)), *rows.values()])
        order = np.lexsort((table[:, 0], slot))
        slot, table = slot[order], table[order]
        return Gaps(roster.slot_sensor[slot], roster.slot_channel[slot], table[:, 0], table[:, 1])


def _both(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where stretches of both overlap, shape (n, 2)."""
    start = np.maximum(one[:, None, 0], other[None, :, 0])
    end = np.minimum(one[:, None, 1], other[None, :, 1])
    real = end > start
    return np.column_stack([start[real], end[real]])
