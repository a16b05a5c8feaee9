"""Readings as columns, and what is known of how good they are."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray


class Quality(enum.IntEnum):
    """What is known about how good a reading is."""

    GOOD = 0  # or nothing told
    DOUBTFUL = 1
    ESTIMATED = 2


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings as columns, all of shape (n,). A reading is the mean over t_start to t_end, or of one instant.

    `lon` and `lat` say where it was taken, NaN for the place of the sensor.
    """

    sensor: NDArray[np.int32]  # row in the roster, -1 for one that is not there
    channel: NDArray[np.int32]
    t_start: NDArray[np.float64]
    t_end: NDArray[np.float64]
    t_arrived: NDArray[np.float64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        sensor: ArrayLike,
        channel: ArrayLike,
        t_end: ArrayLike,
        value: ArrayLike,
        *,
        t_start: ArrayLike | None = None,
        t_arrived: ArrayLike | None = None,
        quality: ArrayLike = 0,
        lon: ArrayLike = math.nan,
        lat: ArrayLike = math.nan,
    ) -> Readings:
        """Return readings from columns or single numbers, broadcast against one another.

        Without `t_start` they are of an instant, without `t_arrived` they arrived when they were taken.
        """
        given: tuple[ArrayLike, ...] = (
            sensor,
            channel,
            t_end if t_start is None else t_start,
            t_end,
            t_end if t_arrived is None else t_arrived,
            value,
            quality,
            lon,
            lat,
        )
        columns = np.broadcast_arrays(*(np.atleast_1d(column) for column in given))
        return cls(
            *(np.ascontiguousarray(column, dtype) for column, dtype in zip(columns, DTYPES.values(), strict=True))
        )

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: Any) -> Readings:
        return Readings(*(column[rows] for column in self.columns.values()))

    def in_microseconds(self) -> Readings:
        """Return the readings with times in whole microseconds: what every store keeps, so that all stores agree."""
        t_start, t_end, t_arrived = (np.rint(t * 1e6) / 1e6 for t in (self.t_start, self.t_end, self.t_arrived))
        return replace(self, t_start=t_start, t_end=t_end, t_arrived=t_arrived)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by name."""
        return {name: getattr(self, name) for name in DTYPES}

    @staticmethod
    def joined(parts: Sequence[Readings]) -> Readings:
        """Return the readings of all parts behind one another."""
        if not parts:
            return NO_READINGS
        return Readings(*(np.concatenate([getattr(part, name) for part in parts]) for name in DTYPES))


DTYPES: Mapping[str, type[np.generic]] = {
    "sensor": np.int32,
    "channel": np.int32,
    "t_start": np.float64,
    "t_end": np.float64,
    "t_arrived": np.float64,
    "value": np.float64,
    "quality": np.uint8,
    "lon": np.float64,
    "lat": np.float64,
}
"""The columns of `Readings`, in order."""

NO_READINGS = Readings(*(np.zeros(0, dtype) for dtype in DTYPES.values()))
