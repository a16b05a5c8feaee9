"""What a standard of traffic is: which roads it speaks of, what it needs, and how it measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from twin.standards.roads import ARTERIAL, EXPRESSWAY, LOCAL
from twin.standards.standard import Standard

if TYPE_CHECKING:
    from numpy.typing import NDArray

KM_PER_MILE = 1.609344

CONGESTION_COLOURS = ("#1A9641", "#A6D96A", "#FFE34D", "#FDAE61", "#D7191C")
SERVICE_COLOURS = ("#1A9850", "#91CF60", "#D9EF8B", "#FEE08B", "#FC8D59", "#D73027")
"""As maps usually show them; neither standard nor manual names colours."""

Channel = Literal["speed", "flow", "occupancy"]


class Level(NamedTuple):
    """What a standard measures traffic by, and its grade, of the same shape; NaN and -1 where there is none."""

    number: NDArray[np.float64]
    grade: NDArray[np.int8]


class Measure(Protocol):
    """How a standard measures: of arrays of one shape, NaN where it does not speak of a road or has no data."""

    def __call__(
        self,
        road: NDArray[np.int8],
        speed_kmh: NDArray[np.float64],
        free_flow_kmh: NDArray[np.float64],
        density: NDArray[np.float64],
    ) -> Level:
        """Return numbers and grades."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficStandard(Standard):
    """One way to tell how traffic flows."""

    measure: Measure
    roads: tuple[int, ...] = (EXPRESSWAY, ARTERIAL, LOCAL)  # of which it speaks
    needs: tuple[tuple[Channel, ...], ...] = (("speed",),)  # each of them is enough
    unit: str = ""  # of the number that it measures by


def ratio_of(speed_kmh: NDArray[np.float64], free_flow_kmh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return speed over free-flow speed, free of what binary fractions add; NaN where either is missing."""
    ratio = np.divide(speed_kmh, free_flow_kmh, out=np.full(speed_kmh.shape, np.nan), where=free_flow_kmh > 0)
    found: NDArray[np.float64] = np.round(ratio, 9)
    return found
