"""The readings of all days of a file as columns that speak for themselves, some at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.days import Recording, read_days
from twin.language import _
from twin.model import Progress, Report, TwinError
from twin.readings import Quality, Readings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.days import Day
    from twin.readings import Roster

AT_ONCE = 500_000
"""So many readings are in memory, or as many as a block has."""

_QUALITIES = tuple(quality.name.lower() for quality in Quality)


@dataclass(frozen=True)
class Batch:
    """Readings of one day in the order of their ends. Texts are rows of a short list, so that they cost nothing."""

    day: Day
    roster: Roster
    readings: Readings

    def rows(self, some: slice) -> Batch:
        """Return some of the readings."""
        return Batch(self.day, self.roster, self.readings[some])

    def texts(self) -> dict[str, tuple[NDArray[np.int32], list[str]]]:
        """Return the columns that are words: for each the row of every reading in a list, and that list."""
        roster, rows = self.roster, self.readings
        origins = {layer.key: str(layer.origin) for layer in roster.layers}
        sensors, channels = roster.sensors, roster.channels
        number = np.zeros(len(rows), np.int32)
        return {
            "day": (number, [self.day.title]),
            "layer": (rows.sensor, [sensor.layer for sensor in sensors]),
            "origin": (rows.sensor, [origins.get(sensor.layer, "") for sensor in sensors]),
            "sensor": (rows.sensor, [sensor.key for sensor in sensors]),
            "name": (rows.sensor, [sensor.name for sensor in sensors]),
            "channel": (rows.channel, [channel.key for channel in channels]),
            "unit": (rows.channel, [channel.unit for channel in channels]),
            "quality": (np.minimum(rows.quality, len(_QUALITIES) - 1).astype(np.int32), list(_QUALITIES)),
        }

    def times(self) -> dict[str, NDArray[np.datetime64]]:
        """Return the columns that are times, UTC, whole microseconds."""
        columns = {"begin": self.readings.t_start, "end": self.readings.t_end, "arrived": self.readings.t_arrived}
        return {name: np.rint(column * 1e6).astype("datetime64[us]") for name, column in columns.items()}

    def numbers(self) -> dict[str, NDArray[np.float64]]:
        """Return value and place of every reading, of its own or that of its sensor; NaN for none."""
        rows = self.readings
        place = self.roster.lonlat[rows.sensor]
        own = ~np.isnan(rows.lon)
        return {
            "value": rows.value,
            "lon": np.where(own, rows.lon, place[:, 0]),
            "lat": np.where(own, rows.lat, place[:, 1]),
        }


COLUMNS = (
    "day",
    "layer",
    "origin",
    "sensor",
    "name",
    "channel",
    "begin",
    "end",
    "arrived",
    "value",
    "unit",
    "quality",
    "lon",
    "lat",
)
"""In this order."""


def days_of(path: Path) -> tuple[Day, ...]:
    """Return the days of a file, at least one.

    Raises
    ------
    TwinError
        Where it has none.
    """
    days = read_days(path)
    if not days:
        raise TwinError(
            _("{file} has no recorded days, so there are no readings to export; geojson and gpkg hold its map.").format(
                file=path
            )
        )
    return days


def batches(path: Path, report: Report) -> Iterator[Batch]:
    """Yield all readings of a file, day by day in the order of time."""
    days = days_of(path)
    total, done = sum(day.readings for day in days), 0
    for day in days:
        with Recording(path, day.id) as recording:
            waiting: list[Readings] = []
            blocks = len(recording.directory.count)
            for number in range(blocks):
                waiting.append(recording.block(number).rows)
                if sum(map(len, waiting)) < AT_ONCE and number + 1 < blocks:
                    continue
                report(Progress(_("Exporting {day}").format(day=day.title), done, total))
                rows = Readings.joined(waiting)
                waiting = []
                done += len(rows)
                yield Batch(day, recording.roster, rows[np.lexsort((rows.channel, rows.sensor, rows.t_end))])
