"""China's traffic performance index, GB/T 33171-2016, for one street.

Annex C as two independent public programs have it; the standard itself was not read. The share of a trip's time that
is delay, 1 - v / v_free, becomes an index from 0 to 10 along straight pieces, in five classes. Where no free-flow
speed is known, the class follows from the speed and the class of the road, and there is no index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.standards.flow import CONGESTION_COLOURS, Level, TrafficStandard, ratio_of
from twin.standards.roads import ROADS
from twin.standards.standard import SAFE_5, Limits, Wording, graded

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DELAY = (0.0, 0.3, 0.5, 0.6, 0.7, 1.0)
_INDEX = (0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
_SPEED_KMH = ((65.0, 50.0, 35.0, 20.0), (40.0, 30.0, 20.0, 15.0), (35.0, 25.0, 15.0, 10.0))


def _performance(
    road: NDArray[np.int8],
    speed_kmh: NDArray[np.float64],
    free_flow_kmh: NDArray[np.float64],
    density: NDArray[np.float64],  # noqa: ARG001
) -> Level:
    delay = np.round(1 - ratio_of(speed_kmh, free_flow_kmh), 9)
    number = np.interp(delay, _DELAY, _INDEX)
    by_speed = graded(speed_kmh, np.array(_SPEED_KMH)[np.maximum(road, 0)], rising=False, after=True)
    return Level(number, np.where(np.isnan(number), by_speed, graded(number, _INDEX[1:-1], after=True)))


def _said() -> Wording:
    return Wording(
        _("GB/T 33171-2016 traffic performance index"),
        (
            _("Unimpeded (畅通)"),
            _("Basically unimpeded (基本畅通)"),
            _("Lightly congested (轻度拥堵)"),
            _("Moderately congested (中度拥堵)"),
            _("Severely congested (严重拥堵)"),
        ),
        _("As two independent public programs have it; the standard itself was not read."),
    )


GBT33171_2016 = TrafficStandard(
    key="gbt33171_2016",
    family="gbt33171",
    authority="Standardization Administration of China (国家标准化管理委员会)",
    source="GB/T 33171-2016, annex C",
    said=_said,
    colours=CONGESTION_COLOURS,
    safe=SAFE_5,
    limits=(
        Limits("tpi", "", _INDEX[1:-1], after=True),
        *(
            Limits("speed", "km/h", bounds, rising=False, after=True, road=road)
            for road, bounds in zip(ROADS, _SPEED_KMH, strict=True)
        ),
    ),
    measure=_performance,
)
