"""The history of what is live: in memory, bounded, and critical of what it is told."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np

from twin.chain import READINGS_A_BLOCK, Block, Chain, Directory, State
from twin.readings import Readings, Reason, Rejected, Rejects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.readings import Channel, Layer, Moment, Roster, Sensor

FUTURE_TOLERANCE_S = 300.0  # clocks of sensors differ by minutes
READINGS_KEPT = 2_000_000
_EARLIEST_S, _LATEST_S = -2_208_988_800.0, 4_102_444_800.0  # the years 1900 to 2100


class LiveHistory(Chain):
    """A `History` that readings are added to; the oldest are forgotten when there are too many.

    It is also the sieve of importers: what `add` returns is what deserves to be kept.
    """

    def __init__(
        self,
        roster: Roster,
        *,
        readings_kept: int = READINGS_KEPT,
        readings_a_block: int = READINGS_A_BLOCK,
        future_tolerance_s: float = FUTURE_TOLERANCE_S,
    ) -> None:
        self._roster = roster
        self._kept = readings_kept
        self._a_block = readings_a_block
        self._tolerance_s = future_tolerance_s
        self._now = State.empty(len(roster.slot_sensor))  # the keyframe after everything
        self._latest = self._latest_arrival = -math.inf
        self._closed: list[tuple[State, Block]] = []
        self._closed_rows = np.zeros((0, 4))  # count, t_min, t_max, reached
        self._open: list[tuple[NDArray[np.int32], Readings]] = []
        self._open_count = 0
        self._open_span = math.inf, -math.inf
        self._open_before = self._now.sized(len(self._now))
        self._open_block: Block | None = None
        self._dropped_until = -math.inf

    @property
    def roster(self) -> Roster:
        """Who measures what."""
        return self._roster

    def grow(
        self, *, sensors: Iterable[Sensor] = (), channels: Iterable[Channel] = (), layers: Iterable[Layer] = ()
    ) -> None:
        """Add to the roster; what is there keeps its numbers."""
        self.enrol(self._roster.grown(sensors=sensors, channels=channels, layers=layers))

    def enrol(self, roster: Roster) -> None:
        """Take a larger roster, whose first rows are those of the present one; of layers it may tell otherwise."""
        self._roster = roster
        self._now = self._now.sized(len(self._roster.slot_sensor))

    def add(self, readings: Readings) -> tuple[Readings, Rejects]:
        """Take readings in, in any order of time, and return those taken and those not, with the reasons.

        A reading of the same slot and end as one that is there, but of another value, corrects it.
        """
        slot, readings, rejects = self._judged(readings.in_microseconds())
        if not len(readings):
            return readings, rejects
        self._open.append((slot, readings))
        self._open_count += len(readings)
        ends = readings.t_end
        self._open_span = min(self._open_span[0], float(ends.min())), max(self._open_span[1], float(ends.max()))
        self._open_block = None
        self._latest = max(self._latest, float(readings.t_end.max()))
        self._latest_arrival = max(self._latest_arrival, float(readings.t_arrived.max()))
        batch = Block.of(slot, readings)
        rows = batch.last(math.inf, math.inf)
        self._now.take(batch.slot[rows], batch.rows, rows)
        if self._open_count >= self._smallest_block():
            self._close()
        return readings, rejects

    def _smallest_block(self) -> int:
        return max(self._a_block, 2 * len(self._now))

    def _close(self) -> None:
        block = self._block_of_open()
        ends = block.rows.t_end
        reached = self._reached_by_closed()
        self._closed.append((self._open_before, block))
        self._closed_rows = np.vstack([self._closed_rows, [len(ends), ends.min(), ends.max(), reached]])
        self._open, self._open_count, self._open_block = [], 0, None
        self._open_span = math.inf, -math.inf
        self._open_before = self._now.sized(len(self._now))
        excess = int(np.searchsorted(np.cumsum(self._closed_rows[::-1, 0]), self._kept, side="right"))
        if drop := len(self._closed) - max(excess, 1):
            self._dropped_until = max(self._dropped_until, float(self._closed_rows[:drop, 2].max()))
            del self._closed[:drop]
            self._closed_rows = self._closed_rows[drop:]

    def _reached_by_closed(self) -> float:
        return max(self._dropped_until, float(self._closed_rows[:, 2].max(initial=-np.inf)))

    def _block_of_open(self) -> Block:
        if self._open_block is None:
            slots, parts = zip(*self._open, strict=True)
            self._open_block = Block.of(np.concatenate(slots), Readings.joined(parts))
        return self._open_block

    @property
    def directory(self) -> Directory:
        """What there is."""
        rows = self._closed_rows
        if self._open:
            rows = np.vstack([rows, [self._open_count, *self._open_span, self._reached_by_closed()]])
        return Directory(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], rows[:, 3])

    def block(self, number: int) -> Block:
        """Return one block; the last one may still grow."""
        return self._closed[number][1] if number < len(self._closed) else self._block_of_open()

    def before(self, number: int) -> State:
        """Return the keyframe of a block."""
        return self._closed[number][0] if number < len(self._closed) else self._open_before

    def at(self, t: float, *, arrived_by: float = math.inf) -> Moment:
        """Return the last value of every slot at or before t, of what had arrived by then."""
        if t >= self._latest and arrived_by >= self._latest_arrival:  # following: no block need be looked at
            return self.moment(t, self._now.sized(len(self._now)), arrived_by)
        return super().at(t, arrived_by=arrived_by)

    def snapshot(self) -> LiveHistory:
        """Return what is here now, for another thread to read while more comes here."""
        still = copy.copy(self)
        # what is written into; all else is replaced as a whole
        still.__dict__.update(_now=self._now.sized(len(self._now)), _closed=[*self._closed], _open=[*self._open])
        return still

    def _judged(self, readings: Readings) -> tuple[NDArray[np.int32], Readings, Rejects]:
        roster = self._roster
        slot = roster.slots(readings.sensor, readings.channel)
        unknown = (readings.sensor < 0) | (readings.sensor >= len(roster.sensors))
        times = np.stack([readings.t_start, readings.t_end, readings.t_arrived])
        least = np.array([channel.least for channel in roster.channels] + [-math.inf])
        most = np.array([channel.most for channel in roster.channels] + [math.inf])
        channel = np.where(slot >= 0, readings.channel, -1)
        with np.errstate(invalid="ignore"):
            faults = {
                Reason.UNKNOWN_SENSOR: unknown,
                Reason.UNKNOWN_CHANNEL: slot < 0,
                Reason.NOT_A_NUMBER: ~np.isfinite(readings.value),
                Reason.IMPOSSIBLE_TIME: ~((times >= _EARLIEST_S) & (times <= _LATEST_S)).all(axis=0)
                | (readings.t_end < readings.t_start),
                Reason.IMPOSSIBLE_PLACE: (np.abs(readings.lon) > 180)
                | (np.abs(readings.lat) > 90)
                | (np.isnan(readings.lon) != np.isnan(readings.lat)),
                Reason.IN_THE_FUTURE: readings.t_end > readings.t_arrived + self._tolerance_s,
                Reason.OUT_OF_RANGE: (readings.value < least[channel]) | (readings.value > most[channel]),
            }
        rejects = Rejects()
        good = np.ones(len(readings), bool)
        for reason, fault in faults.items():
            rejects += self._rejected(reason, readings, np.flatnonzero(good & fault))
            good &= ~fault
        if not good.all():
            slot, readings = slot[good], readings[good]
        again = self._duplicates(slot, readings)
        if again.any():
            rejects += self._rejected(Reason.DUPLICATE, readings, np.flatnonzero(again))
            slot, readings = slot[~again], readings[~again]
        return slot, readings, rejects

    def _rejected(self, reason: Reason, readings: Readings, rows: NDArray[np.integer]) -> Rejects:
        sensors, channels = self._roster.sensors, self._roster.channels
        return Rejects.of(
            reason,
            [
                Rejected(
                    reason,
                    sensors[sensor].key if 0 <= (sensor := int(readings.sensor[row])) < len(sensors) else "",
                    channels[channel].key if 0 <= (channel := int(readings.channel[row])) < len(channels) else "",
                    float(readings.t_end[row]),
                    f"{readings.value[row]:g}",
                )
                for row in rows[: Rejects.EXAMPLES].tolist()
            ],
            len(rows),
        )

    def _duplicates(self, slot: NDArray[np.int32], readings: Readings) -> NDArray[np.bool_]:
        """Whether each reading is, but for its arrival, one that is here already or stands earlier in the batch."""
        again = np.zeros(len(slot), bool)
        if not len(slot):
            return again
        keys = _keys(slot, readings)
        if np.bincount(slot).max() > 1:
            _unique, first = np.unique(keys, return_index=True)
            again[:] = True
            again[first] = False
        old = np.flatnonzero(~again & (readings.t_end <= self._now.t_end[slot]))
        if not len(old):
            return again
        early, late = readings.t_end[old].min(), readings.t_end[old].max()
        directory = self.directory
        for number in np.flatnonzero((directory.t_min <= late) & (directory.t_max >= early)).tolist():
            block = self.block(number)
            near = (block.rows.t_end >= early) & (block.rows.t_end <= late)
            again[old] |= np.isin(keys[old], _keys(block.slot[near], block.rows[near]))
        return again


def _keys(slot: NDArray[np.int32], readings: Readings) -> NDArray[np.void]:
    """Return for each reading the bytes of what makes it the same as another."""
    parts = (slot, readings.t_start, readings.t_end, readings.value, readings.lon, readings.lat)
    table = np.column_stack([np.asarray(part, np.float64) for part in parts]) + 0.0  # no negative zero
    table[np.isnan(table)] = np.nan  # one NaN for all
    return table.view(np.dtype((np.void, 8 * len(parts)))).ravel()
