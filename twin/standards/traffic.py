"""How traffic flows, by several standards: levels of service, congestion index, share of free flow.

Speeds are in km/h, flows in vehicles an hour, densities in vehicles a kilometre and lane. A standard speaks of some
roads and needs some channels; where it says nothing, there is no grade and a street stays neutral.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.standards.flow import CONGESTION_COLOURS, Level, TrafficStandard, ratio_of
from twin.standards.gbt33171 import GBT33171_2016
from twin.standards.hcm import HCM2000_STREET, HCM_FREEWAY, HCM_STREET
from twin.standards.standard import SAFE_5, Limits, Wording, graded

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import ArrayLike, NDArray

_EQUAL_STEPS = (0.8, 0.6, 0.4, 0.2)


def _ratio(
    road: NDArray[np.int8],  # noqa: ARG001
    speed_kmh: NDArray[np.float64],
    free_flow_kmh: NDArray[np.float64],
    density: NDArray[np.float64],  # noqa: ARG001
) -> Level:
    number = ratio_of(speed_kmh, free_flow_kmh)
    return Level(number, graded(number, _EQUAL_STEPS, rising=False, after=True))


def _said_ratio() -> Wording:
    return Wording(
        _("Share of free-flow speed"),
        (_("Free"), _("A little slowed"), _("Slow"), _("Very slow"), _("Nearly standing")),
        _("No standard: five equal steps of the free-flow speed."),
    )


FREE_FLOW_RATIO = TrafficStandard(
    key="free_flow_ratio",
    family="free_flow_ratio",
    authority="",
    source="",
    said=_said_ratio,
    colours=CONGESTION_COLOURS,
    safe=SAFE_5,
    limits=(Limits("speed_ratio", "", _EQUAL_STEPS, rising=False, after=True),),
    measure=_ratio,
)

STANDARDS: dict[str, TrafficStandard] = {
    standard.key: standard for standard in (FREE_FLOW_RATIO, HCM_STREET, HCM_FREEWAY, HCM2000_STREET, GBT33171_2016)
}
"""Every one by its key; the first works wherever a speed is measured."""


def standard_of(key: str) -> TrafficStandard:
    """Return a standard by its key.

    Raises
    ------
    TwinError
        Where there is none of that key.
    """
    if key not in STANDARDS:
        raise TwinError(
            _("There is no traffic standard {key}; there are {known}.").format(key=key, known=", ".join(STANDARDS))
        )
    return STANDARDS[key]


def usable(channels: Collection[str]) -> tuple[str, ...]:
    """Return the keys of the standards for which the channels of a detector are enough."""
    have = set(channels)
    return tuple(key for key, rules in STANDARDS.items() if any(have.issuperset(needs) for needs in rules.needs))


def level(
    standard: str,
    *,
    road: ArrayLike,
    speed_kmh: ArrayLike = np.nan,
    free_flow_kmh: ArrayLike = np.nan,
    density: ArrayLike = np.nan,
) -> Level:
    """Return how traffic flows on streets by a standard.

    Parameters
    ----------
    standard
        A key of `STANDARDS`; `TrafficStandard.needs` and `roads` say what it goes by, and where.
    road : array_like
        The class of each street, as `twin.standards.roads.roads_of` tells it.
    speed_kmh, free_flow_kmh, density : array_like
        What was measured there and what is usual, broadcast against one another; NaN for no data, and what is
        negative or infinite is none. `twin.standards.roads` has functions for the latter two.

    Returns
    -------
    Level
        The number that the standard measures by, in `TrafficStandard.unit`, and the grade. GB/T 33171 grades by
        speed and road where no free-flow speed is known, without a number.
    """
    rules = standard_of(standard)
    kind, *measured = np.broadcast_arrays(
        np.asarray(road, np.int8), *(np.asarray(each, np.float64) for each in (speed_kmh, free_flow_kmh, density))
    )
    speaks = np.isin(kind, rules.roads)
    speed, free, dense = (np.where(speaks & (each >= 0) & np.isfinite(each), each, np.nan) for each in measured)
    return rules.measure(kind, speed, free, dense)
