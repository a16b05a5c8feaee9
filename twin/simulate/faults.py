"""What goes wrong with instruments: a day in which all of them report all the time would be a lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.readings import Mark

if TYPE_CHECKING:
    from twin.readings import Readings, Roster

_CLUSTER = 5
_SHARE_WITH_GAP = 0.12


def with_faults(
    readings: Readings, roster: Roster, layer: str, begin_s: float, rng: np.random.Generator
) -> tuple[Readings, tuple[Mark, ...], str]:
    """Return readings without what faulty sensors of a layer do not send, what happened, and who is dead all day.

    One sensor never reports; a few neighbours are cut off together around noon; one in eight is silent for a while.

    Parameters
    ----------
    begin_s
        When the day begins, UTC epoch seconds.

    Returns
    -------
    readings, marks, dead
        The key of the dead sensor is "" where the layer has too few sensors to lose one.
    """
    mine = np.flatnonzero([sensor.layer == layer and bool(sensor.channels) for sensor in roster.sensors])
    if len(mine) < 4:
        return readings, (), ""
    dead = int(rng.choice(mine))
    lost = readings.sensor == dead
    marks: list[Mark] = []
    others = mine[mine != dead]
    if len(others) >= 2 * _CLUSTER:
        lonlat = roster.lonlat[others]
        middle = lonlat[rng.integers(len(others))]
        apart = np.hypot((lonlat[:, 0] - middle[0]) * np.cos(np.radians(middle[1])), lonlat[:, 1] - middle[1])
        cluster = others[np.argsort(apart, kind="stable")[:_CLUSTER]]
        start = begin_s + 300 * float(rng.integers(144, 168))  # noon to two
        end = start + 300 * float(rng.integers(10, 18))
        lost |= _during(readings, start, end) & np.isin(readings.sensor, cluster)
        marks.append(Mark(start, end, _("{count} detectors cut off (simulated)").format(count=len(cluster)), layer))
    for sensor in others[rng.random(len(others)) < _SHARE_WITH_GAP].tolist():
        start = begin_s + 300 * float(rng.integers(0, 270))
        lost |= _during(readings, start, start + 300 * float(rng.integers(5, 24))) & (readings.sensor == sensor)
    return readings[~lost], tuple(marks), roster.sensors[dead].key


def with_service(
    readings: Readings, roster: Roster, layer: str, begin_s: float, rng: np.random.Generator
) -> tuple[Readings, tuple[Mark, ...]]:
    """Return readings without those of one sensor of a layer for some working hours, and word of that."""
    mine = np.flatnonzero([sensor.layer == layer and bool(sensor.channels) for sensor in roster.sensors])
    if not len(mine):
        return readings, ()
    sensor = int(rng.choice(mine))
    start = begin_s + 3600 * float(rng.integers(9, 12))
    end = start + 3600 * float(rng.integers(4, 6))
    lost = _during(readings, start, end) & (readings.sensor == sensor)
    title = _("{sensor} is serviced (simulated)").format(sensor=roster.sensors[sensor].name)
    return readings[~lost], (Mark(start, end, title, layer),)


def _during(readings: Readings, start: float, end: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    during: np.ndarray[tuple[int], np.dtype[np.bool_]] = (readings.t_end > start) & (readings.t_start < end)
    return during
