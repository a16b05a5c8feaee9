"""How congested a street is, by three ways of saying it, of speeds and free-flow speeds as arrays.

Sources
-------
Levels of service of urban streets: Highway Capacity Manual 2000, Exhibit 15-2, by the mean travel speed in each of
four classes of streets (taken from the rule file of Tru-Traffic; not read from the manual itself).

Congestion levels: GB/T 33171-2016, Annex C, by the ratio of speed to free-flow speed (as two independent public
programs have it; not read from the standard itself).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KMH_PER_MPH = 1.609344

LOS = ("A", "B", "C", "D", "E", "F")

_LOS_MPH = np.array([(42, 34, 27, 21, 16), (35, 28, 22, 17, 13), (30, 24, 18, 14, 10), (25, 19, 13, 9, 7)], float)
"""Exhibit 15-2: for street classes I to IV the least speeds of levels A to E."""

_CLASS_FREE_FLOW_KMH = np.array([50.0, 56.0, 70.0])
"""Free-flow speeds that separate street classes IV, III, II and I: between the manual's typical 45 (IV), 55 (III),
65 (II) and 80 km/h (I)."""

RATIOS_GB = (0.70, 0.50, 0.40, 0.30)
"""Above which ratio of speed to free-flow speed traffic is smooth, basically smooth, lightly, moderately congested;
at the last or below it is severely congested."""

USUAL_FREE_FLOW_KMH = {
    "motorway": 110.0, "trunk": 80.0, "primary": 50.0, "secondary": 50.0, "tertiary": 45.0, "unclassified": 40.0,
    "residential": 30.0, "living_street": 15.0, "service": 15.0,
}  # fmt: skip
"""Where neither a night's speeds nor a limit are known: an assumption."""


def street_class(free_flow_kmh: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the class of urban streets, 0 for I to 3 for IV, by their free-flow speed."""
    return 3 - np.searchsorted(_CLASS_FREE_FLOW_KMH, free_flow_kmh, side="right")


def level_of_service(speed_kmh: NDArray[np.float64], free_flow_kmh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the level of service, 0 for A to 5 for F; NaN where the speed is. A level begins above its limit."""
    limits = _LOS_MPH[street_class(free_flow_kmh)] * KMH_PER_MPH
    level = (speed_kmh[:, None] <= limits).sum(axis=1).astype(np.float64)
    return np.where(np.isnan(speed_kmh), np.nan, level)


def congestion_level(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the level of GB/T 33171, 0 for smooth to 4 for severely congested, of speed over free-flow speed."""
    level = (ratio[:, None] <= np.array(RATIOS_GB)).sum(axis=1).astype(np.float64)
    return np.where(np.isnan(ratio), np.nan, level)
