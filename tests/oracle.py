"""What a history must answer, by looking at every reading there ever was: slow, and plainly right."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from twin.readings import Channel, Gaps, Layer, Moment, Readings, Roster, Sensor

HELD = Channel("speed", "traffic", "Speed", "km/h", 0.0, 250.0, shelf_s=20.0)
LINEAR = Channel("pm25", "air", "PM2.5", "µg/m³", 0.0, 900.0, shelf_s=30.0, between="linear")
POINT = Channel("rsrp", "radio", "SS-RSRP", "dBm", -156.0, -31.0, shelf_s=15.0, between="none")
ROSTER = Roster(
    (
        Sensor("a", "traffic", ("speed",), lon=24.9, lat=60.1),
        Sensor("b", "air", ("pm25", "speed"), lon=24.8, lat=60.2),
        Sensor("c", "radio", ("rsrp",)),
        Sensor("d", "traffic", ("speed", "pm25"), lon=24.7, lat=60.3),
    ),
    (HELD, LINEAR, POINT),
    (Layer("traffic", "Traffic", "measured"), Layer("air", "Air", "modelled"), Layer("radio", "5G", "simulated")),
)


@st.composite
def batches(draw: st.DrawFn, *, most: int = 12, late: bool = True) -> list[Readings]:
    """Batches of good readings in the order of their arrival; some late, some corrected, none twice."""
    made, seen, times, now = [], set(), set(), 1000.0
    for _batch in range(draw(st.integers(0, most))):
        now += draw(st.integers(0, 12))
        rows = []
        for _row in range(draw(st.integers(1, 6))):
            slot = draw(st.integers(0, len(ROSTER.slot_sensor) - 1))
            t_end = now - (draw(st.sampled_from([0, 0, 0, 1, 5, 40])) if late else 0)
            length, value = draw(st.sampled_from([0, 0, 5, 10])), draw(st.integers(-100, 150))
            channel = ROSTER.channels[ROSTER.slot_channel[slot]]
            key = (slot, t_end, length, value)
            again = (slot, t_end) in times and draw(st.integers(0, 9)) > 0  # seldom another value comes for a time
            if channel.least <= value <= channel.most and key not in seen and not again:
                seen.add(key)
                times.add((slot, t_end))
                rows.append((slot, t_end - length, t_end, now, value))
        if rows:
            slot, t_start, t_end, t_arrived, value = np.array(rows, float).T
            slot = slot.astype(int)
            moving = np.where(ROSTER.slot_sensor[slot] == 2, 24.5, np.nan)
            made.append(
                Readings.of(
                    ROSTER.slot_sensor[slot],
                    ROSTER.slot_channel[slot],
                    t_end,
                    value,
                    t_start=t_start,
                    t_arrived=t_arrived,
                    lon=moving,
                    lat=moving,
                )
            )
    return made


class Oracle:
    """All readings in the order in which they came."""

    def __init__(self, readings: Readings) -> None:
        slots = ROSTER.slots(readings.sensor, readings.channel).tolist()
        self.rows = list(
            zip(
                slots,
                readings.t_start.tolist(),
                readings.t_end.tolist(),
                readings.t_arrived.tolist(),
                readings.value.tolist(),
                strict=True,
            )
        )

    def last(self, slot: int, t: float, arrived_by: float = math.inf) -> tuple[float, ...] | None:
        known = [(row[2], row[3], i) for i, row in self.of(slot, arrived_by) if row[2] <= t]
        return self.rows[max(known)[2]] if known else None

    def next(self, slot: int, t: float, arrived_by: float = math.inf) -> tuple[float, ...] | None:
        known = [(row[2], row[3], i) for i, row in self.of(slot, arrived_by) if row[2] > t]
        first = min(known)[0] if known else 0.0
        return self.rows[max(key for key in known if key[0] == first)[2]] if known else None

    def of(self, slot: int, arrived_by: float) -> list[tuple[int, tuple[float, ...]]]:
        return [(i, row) for i, row in enumerate(self.rows) if row[0] == slot and row[3] <= arrived_by]

    def lasting(self, row: tuple[float, ...]) -> float:
        channel = ROSTER.channels[ROSTER.slot_channel[int(row[0])]]
        return min(channel.shelf_s, row[2] - row[1]) if channel.between == "none" else channel.shelf_s

    def value(self, slot: int, t: float, arrived_by: float = math.inf) -> float:
        row = self.last(slot, t, arrived_by)
        if row is None or t - row[2] > self.lasting(row):
            return math.nan
        channel = ROSTER.channels[ROSTER.slot_channel[slot]]
        after = self.next(slot, t, arrived_by)
        if channel.between == "linear" and after and after[2] - row[2] <= channel.shelf_s:
            return row[4] + (after[4] - row[4]) * (t - row[2]) / (after[2] - row[2])
        return row[4]

    def check(self, moment: Moment, arrived_by: float = math.inf) -> None:
        for slot in range(len(ROSTER.slot_sensor)):
            row = self.last(slot, moment.t, arrived_by)
            assert np.allclose(moment.value[slot], self.value(slot, moment.t, arrived_by), equal_nan=True)
            if row is None:
                assert moment.t_end[slot] == -math.inf
                assert not moment.stale[slot]
            else:
                found = (moment.t_start[slot], moment.t_end[slot], moment.t_arrived[slot], moment.last_value[slot])
                assert found == row[1:]
                assert moment.stale[slot] == (moment.t - row[2] > self.lasting(row))
                assert math.isnan(moment.lon[slot]) == (ROSTER.slot_sensor[slot] != 2)

    def check_gaps(self, gaps: Gaps, t0: float, t1: float) -> None:
        expected = []
        for slot in range(len(ROSTER.slot_sensor)):
            moments = sorted({t0, *(row[2] for row in self.rows if row[0] == slot and t0 < row[2] <= t1), t1})
            open_since = None
            for t, until in zip(moments, [*moments[1:], t1], strict=True):
                row = self.last(slot, t)
                if row is not None and row[2] == t and open_since is not None:
                    if t > open_since:
                        expected.append((slot, open_since, t))
                    open_since = None
                dry = max(t0, row[2] + self.lasting(row)) if row is not None else t0
                if open_since is None and dry < until:
                    open_since = dry
            if open_since is not None and t1 > open_since:
                expected.append((slot, open_since, t1))
        slots = ROSTER.slots(gaps.sensor, gaps.channel).tolist()
        assert list(zip(slots, gaps.t_start.tolist(), gaps.t_end.tolist(), strict=True)) == expected
