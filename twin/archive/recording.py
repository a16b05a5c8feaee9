"""A day in an archive as a history: blocks fetched when they are asked for, and a few kept."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.archive.address import address_of
from twin.archive.listing import archived, meant
from twin.archive.packing import ROWS_MAX, marks_of, microseconds, rejects_of, roster_of, unpacked
from twin.archive.server import Server
from twin.archive.tables import KEYFRAME_EVERY, READING, READING_COLUMNS
from twin.chain import Block, Directory, State, Totals
from twin.days import Stored
from twin.overview import tallied
from twin.readings import Gaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.archive.listing import Archived
    from twin.days.shelf import Shelf
    from twin.model import Report
    from twin.overview import Tally
    from twin.readings import Mark, Readings, Rejects, Span

_SLOTS_ASKED = 500  # for more than these, whole blocks are fetched
_READINGS_ASKED = 1_000_000
_BLOCKS_MAX = 20_000_000
_LONG_AGO, _FAR_OFF = -2_208_988_800_000_000, 4_102_444_800_000_000  # the years 1900 to 2100, as times of readings
_DIRECTORY = np.dtype([("count", "<u8"), ("t_min", "<i8"), ("t_max", "<i8")])
_SUMS = np.dtype([("slot", "<u4"), ("count", "<u8"), ("total", "<f8"), ("least", "<f8"), ("most", "<f8")])
_GAP = np.dtype([("slot", "<u4"), ("t_start", "<i8"), ("t_end", "<i8")])
_OF_BLOCK = (
    f"SELECT {READING_COLUMNS} FROM twin_readings WHERE day = {{day:UInt64}} AND block = {{block:UInt32}}"  # noqa: S608
    " ORDER BY slot, t_end, t_arrived, n"
)
_KEYFRAME = (
    f"SELECT {READING_COLUMNS} FROM twin_keyframes WHERE day = {{day:UInt64}} AND block = {{block:UInt32}}"  # noqa: S608
    " ORDER BY slot LIMIT 1 BY slot"
)
_LAST = (
    "SELECT slot, tupleElement(last, 1), tupleElement(last, 2), tupleElement(last, 3), tupleElement(last, 4),"
    " tupleElement(last, 5), tupleElement(last, 6), tupleElement(last, 7) FROM (SELECT slot,"
    " argMax((t_start, t_end, t_arrived, value, quality, lon, lat), (t_end, t_arrived, block, n)) AS last"
    " FROM twin_readings WHERE day = {day:UInt64} AND block >= {first:UInt32} AND block < {block:UInt32}"
    " GROUP BY slot) ORDER BY slot"
)
_BETWEEN = (
    " FROM twin_readings WHERE day = {day:UInt64} AND block >= {first:UInt32} AND block <= {last:UInt32}"
    " AND t_end > fromUnixTimestamp64Micro({t0:Int64}, 'UTC') AND t_end <= fromUnixTimestamp64Micro({t1:Int64}, 'UTC')"
)

_TALLY = (
    "SELECT layer, channel, step, count(), sum(value) FROM (SELECT slot, value,"  # noqa: S608
    " least(greatest(toInt64((toUnixTimestamp64Micro(t_end) / 1000000.0 - {begin:Float64}) / {length:Float64}"
    f" * {{steps:UInt32}}), 0), {{steps:UInt32}} - 1) AS step{_BETWEEN}) AS r"
    " JOIN (SELECT layer, slot + at - 1 AS slot, channel FROM twin_sensors"
    " ARRAY JOIN channels AS channel, arrayEnumerate(channels) AS at WHERE day = {day:UInt64}) AS s USING (slot)"
    " GROUP BY layer, channel, step"
)


class ArchiveRecording(Stored):
    """A `History` that is one day in an archive; it answers as the day's file does, from several threads.

    Parameters
    ----------
    address
        Of the archive, with the day behind a #: its date, its title, or the number that `twin archive list` tells.

    Raises
    ------
    TwinError
        Where there is no such archive or day; also later, when the server goes or what it says cannot be.
    """

    def __init__(self, address: str, password: str | None = None, *, shelf: Shelf | None = None) -> None:
        super().__init__(shelf)
        self.path = address_of(address)
        self._server = Server(self.path, password)
        try:
            self._open(meant(archived(self._server), self.path.day, self.path))
        except BaseException:
            self._server.close()
            raise

    def _open(self, found: Archived) -> None:
        self.archived = found
        self.day = self.archived.day
        self._roster = roster_of(self._server, self.day.id, self.day.layers)
        rows = self._server.numbers(
            "SELECT count, t_min, t_max FROM twin_blocks WHERE day = {day:UInt64} ORDER BY number LIMIT {most:UInt32}",
            _DIRECTORY,
            day=self.day.id,
            most=_BLOCKS_MAX,
        )
        t_min, t_max, count = rows["t_min"] / 1e6, rows["t_max"] / 1e6, rows["count"].astype(np.int64)
        if len(rows) != self.archived.blocks or int(count.sum()) != self.day.readings or (t_min > t_max).any():
            raise self._server.damaged()
        reached = np.append(-np.inf, np.maximum.accumulate(t_max))[:-1] if len(rows) else t_max
        self._directory = Directory(count, t_min, t_max, reached)

    def close(self) -> None:
        """Let go of the server."""
        super().close()
        self._server.close()

    def _read(self, number: int) -> tuple[State, Block]:
        block = self._fetched(number)
        found = self._shelf.get((self, number - 1))
        if found is None:
            return self._state_before(number), block
        before, last = found  # out of the block before, which is at hand
        state = before.sized(len(before))
        rows = last.last(math.inf, math.inf)
        state.take(last.slot[rows], last.rows, rows)
        return state, block

    def _fetched(self, number: int) -> Block:
        found = self._server.numbers(_OF_BLOCK, READING, day=self.day.id, block=number)
        block = Block(*unpacked(found, self._roster, self._server))
        ends, directory = block.rows.t_end, self._directory
        told = [directory.count[number], directory.t_min[number], directory.t_max[number]]
        if not len(ends) or not np.array_equal([len(ends), ends.min(), ends.max()], told):
            raise self._server.damaged()
        return block

    def _state_before(self, number: int) -> State:
        state = State.empty(len(self._roster.slot_sensor))
        keyframe = number // KEYFRAME_EVERY * KEYFRAME_EVERY
        parts = []
        if keyframe:
            parts.append(self._server.numbers(_KEYFRAME, READING, day=self.day.id, block=keyframe))
        if number > keyframe:
            parts.append(self._server.numbers(_LAST, READING, day=self.day.id, first=keyframe, block=number))
        for part in parts:
            slot, rows = unpacked(part, self._roster, self._server)
            if len(np.unique(slot)) < len(slot):
                raise self._server.damaged()
            state.take(slot, rows, np.arange(len(slot)))
        return state

    def pieces(
        self, t0: float, t1: float, slots: NDArray[np.integer] | None = None, arrived_by: float = math.inf
    ) -> Iterator[tuple[NDArray[np.int32], Readings]]:
        """Yield the slots and readings of a window: those of a few slots at once, else block by block."""
        blocks = self._between(t0, t1)
        expected = 0.0
        if slots is not None and len(blocks):
            expected = float(self._directory.count[blocks].sum()) * len(slots) / max(len(self._roster.slot_sensor), 1)
        if slots is None or len(blocks) < 3 or len(slots) > _SLOTS_ASKED or expected > _READINGS_ASKED:
            yield from super().pieces(t0, t1, slots, arrived_by)
            return
        found = self._server.numbers(
            f"SELECT {READING_COLUMNS}{_BETWEEN} AND slot IN {{slots:Array(UInt32)}}"
            " AND t_arrived <= fromUnixTimestamp64Micro({arrived:Int64}, 'UTC')"
            " ORDER BY block, slot, t_end, t_arrived, n",
            READING,
            slots=np.unique(slots).tolist(),
            arrived=_at_or_before(arrived_by),
            **self._asked(t0, t1, blocks),
        )
        yield unpacked(found, self._roster, self._server)

    def totals(self, t0: float, t1: float) -> Totals:
        """Return count, sum, least and most of every slot over the readings with t0 < t_end <= t1, reckoned there."""
        slots = len(self._roster.slot_sensor)
        count, total = np.zeros(slots, np.int64), np.zeros(slots)
        least, most = np.full(slots, np.nan), np.full(slots, np.nan)
        blocks = self._between(t0, t1)
        if len(blocks):
            found = self._server.numbers(
                f"SELECT slot, count(), sum(value), min(value), max(value){_BETWEEN} GROUP BY slot",
                _SUMS,
                **self._asked(t0, t1, blocks),
            )
            slot = found["slot"]
            if len(slot) and slot.max() >= slots:
                raise self._server.damaged()
            count[slot], total[slot], least[slot], most[slot] = (found[name] for name in (_SUMS.names or ())[1:])
        return Totals(count, total, least, most)

    def gaps(self, t0: float, t1: float, *, slots: NDArray[np.integer] | None = None) -> Gaps:
        """Return where slots had no data between two times; within the day, what was found when it was finished."""
        span = self.span
        if span is None or not (span[0] <= t0 <= t1 <= span[1]):
            return super().gaps(t0, t1, slots=slots)
        gaps = self._gaps
        chosen = (gaps.t_end > t0) & (gaps.t_start < t1)
        if slots is not None:
            chosen &= np.isin(self._roster.slots(gaps.sensor, gaps.channel), slots)
        start, end = np.maximum(gaps.t_start[chosen], t0), np.minimum(gaps.t_end[chosen], t1)
        return Gaps(gaps.sensor[chosen], gaps.channel[chosen], start, end)

    @cached_property
    def _gaps(self) -> Gaps:
        return self.recorded_gaps()

    def tally(self, span: Span, steps: int, group: NDArray[np.int64], groups: int, report: Report) -> Tally:
        """Return what the readings of a span come to by step, reckoned there; see `twin.overview.tallied`."""
        roster = self._roster
        layers = np.unique([sensor.layer for sensor in roster.sensors], return_inverse=True)
        kind = layers[1][roster.slot_sensor] * len(roster.channels) + roster.slot_channel
        group_of = dict(zip(kind.tolist(), group.tolist(), strict=True))
        if [group_of[one] for one in kind.tolist()] != group.tolist():  # of one layer and channel, some are not
            return tallied(self, span, steps, group, groups, report)
        density, counts = np.zeros(steps, np.int64), np.zeros(groups * steps, np.int64)
        sums = np.zeros(groups * steps)
        blocks = self._between(np.nextafter(span[0], -np.inf), span[1])
        if not len(blocks):
            return density, counts, sums
        rows = self._server.rows(
            _TALLY,
            begin=span[0],
            length=span[1] - span[0],
            steps=steps,
            **self._asked(float(np.nextafter(span[0], -np.inf)), span[1], blocks),
        )
        places = {layer: place for place, layer in enumerate(layers[0].tolist())}
        for layer, channel, step, count, total in rows:
            if layer not in places or channel not in roster.channel_rows or not 0 <= step < steps:
                raise self._server.damaged()
            density[step] += count
            mine = group_of.get(places[layer] * len(roster.channels) + roster.channel_rows[channel], -1)
            if mine >= 0:
                counts[mine * steps + step] += count
                sums[mine * steps + step] += total
        return density, counts, sums

    def _between(self, t0: float, t1: float) -> NDArray[np.intp]:
        directory = self._directory
        return np.flatnonzero((directory.t_max > t0) & (directory.t_min <= t1))

    def _asked(self, t0: float, t1: float, blocks: NDArray[np.intp]) -> dict[str, Any]:
        first, last = int(blocks[0]), int(blocks[-1])
        return {"day": self.day.id, "first": first, "last": last, "t0": _at_or_before(t0), "t1": _at_or_before(t1)}

    def recorded_gaps(self) -> Gaps:
        """Return the gaps of the whole day as they were found when it was finished."""
        found = self._server.numbers(
            "SELECT slot, t_start, t_end FROM twin_gaps WHERE day = {day:UInt64} ORDER BY number LIMIT {most:UInt32}",
            _GAP,
            day=self.day.id,
            most=ROWS_MAX,
        )
        slot = found["slot"]
        if len(slot) and slot.max() >= len(self._roster.slot_sensor):
            raise self._server.damaged()
        return Gaps(
            self._roster.slot_sensor[slot],
            self._roster.slot_channel[slot],
            found["t_start"] / 1e6,
            found["t_end"] / 1e6,
        )

    def rejects(self) -> Rejects:
        """Return what was not taken, by reason, and examples of it."""
        return rejects_of(self._server, self.day.id)

    def marks(self) -> tuple[Mark, ...]:
        """Return what happened on the day, in the order of time."""
        return marks_of(self._server, self.day.id)


def _at_or_before(t: float) -> int:
    """Return the last whole microsecond that is no later than a time, as the times of readings are compared."""
    if not _LONG_AGO <= t * 1e6 <= _FAR_OFF:
        return _LONG_AGO if t < 0 else _FAR_OFF
    found = int(microseconds(np.array([t]))[0]) + 1
    while found / 1e6 > t:
        found -= 1
    return found
