"""Levels of service of the Highway Capacity Manual, from A to F.

The manual's 6th edition (2016): exhibit 12-15 for freeways, by density; exhibit 16-3 for urban streets, by per cent of
the base free-flow speed. Its edition of 2000: exhibit 15-2, by speed and class of street. The numbers are as widely
quoted, those of 2000 as the rule file of Tru-Traffic has them: the manual itself was not read. F also means demand
beyond capacity, which no detector sees before it shows in speed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.standards.flow import KM_PER_MILE, SERVICE_COLOURS, Level, TrafficStandard, ratio_of
from twin.standards.roads import ARTERIAL, EXPRESSWAY, LOCAL
from twin.standards.standard import SAFE_6, Limits, Wording, graded

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AUTHORITY = "Transportation Research Board"

_STREET_PERCENT = (80.0, 67.0, 50.0, 40.0, 30.0)
_DENSITY_PC_MI_LN = (11.0, 18.0, 26.0, 35.0, 45.0)
_DENSITY = tuple(bound / KM_PER_MILE for bound in _DENSITY_PC_MI_LN)

_CLASS_FROM_MPH = (45.0, 35.0, 32.5)  # a street is of class I above the first free-flow speed, II above the second
_CLASS_MPH = {
    "I": (42, 34, 27, 21, 16),
    "II": (35, 28, 22, 17, 13),
    "III": (30, 24, 18, 14, 10),
    "IV": (25, 19, 13, 9, 7),
}
_CLASS_KMH = np.array(list(_CLASS_MPH.values())) * KM_PER_MILE


def _freeway(
    road: NDArray[np.int8],  # noqa: ARG001
    speed_kmh: NDArray[np.float64],  # noqa: ARG001
    free_flow_kmh: NDArray[np.float64],  # noqa: ARG001
    density: NDArray[np.float64],
) -> Level:
    return Level(density, graded(np.round(density, 9), np.round(_DENSITY, 9)))


def _street(
    road: NDArray[np.int8],  # noqa: ARG001
    speed_kmh: NDArray[np.float64],
    free_flow_kmh: NDArray[np.float64],
    density: NDArray[np.float64],  # noqa: ARG001
) -> Level:
    percent = ratio_of(speed_kmh, free_flow_kmh) * 100
    return Level(percent, graded(np.round(percent, 7), _STREET_PERCENT, rising=False, after=True))


def _street_2000(
    road: NDArray[np.int8],  # noqa: ARG001
    speed_kmh: NDArray[np.float64],
    free_flow_kmh: NDArray[np.float64],
    density: NDArray[np.float64],  # noqa: ARG001
) -> Level:
    of_class = graded(np.round(free_flow_kmh / KM_PER_MILE, 9), _CLASS_FROM_MPH, rising=False, after=True)
    speed = np.where(of_class < 0, np.nan, speed_kmh)
    bounds = np.round(_CLASS_KMH, 9)[np.maximum(of_class, 0)]
    return Level(speed, graded(np.round(speed, 9), bounds, rising=False, after=True))


def _letters() -> tuple[str, ...]:
    return (
        _("A: free flow"),
        _("B: reasonably free flow"),
        _("C: stable flow"),
        _("D: approaching unstable flow"),
        _("E: unstable flow"),
        _("F: breakdown"),
    )


def _said_freeway() -> Wording:
    return Wording(
        _("HCM level of service, freeways"),
        _letters(),
        _("Of uninterrupted flow. The numbers are as widely quoted; the manual itself was not read."),
    )


def _said_street() -> Wording:
    return Wording(
        _("HCM level of service, urban streets"),
        _letters(),
        _(
            "Of the mean speed along a street; a detector sees one spot, where it is often higher. "
            "The numbers are as widely quoted; the manual itself was not read."
        ),
    )


def _said_2000() -> Wording:
    return Wording(
        _("HCM 2000 level of service, urban streets by class"),
        _letters(),
        _(
            "Of the mean speed along a street; a detector sees one spot, where it is often higher. "
            "The numbers come from a rule file that quotes the manual, which was not read itself."
        ),
    )


HCM_STREET = TrafficStandard(
    key="hcm_street",
    family="hcm_street",
    authority=_AUTHORITY,
    source="Highway Capacity Manual, 6th edition (2016), exhibit 16-3",
    said=_said_street,
    colours=SERVICE_COLOURS,
    safe=SAFE_6,
    limits=(Limits("speed_percent", "%", _STREET_PERCENT, rising=False, after=True),),
    measure=_street,
    roads=(ARTERIAL, LOCAL),
    unit="%",
)

HCM_FREEWAY = TrafficStandard(
    key="hcm_freeway",
    family="hcm_freeway",
    authority=_AUTHORITY,
    source="Highway Capacity Manual, 6th edition (2016), exhibit 12-15",
    said=_said_freeway,
    colours=SERVICE_COLOURS,
    safe=SAFE_6,
    limits=(Limits("density", "veh/km/lane", _DENSITY),),
    measure=_freeway,
    roads=(EXPRESSWAY,),
    needs=(("flow", "speed"), ("occupancy",)),
    unit="veh/km/lane",
)

HCM2000_STREET = TrafficStandard(
    key="hcm2000_street",
    family="hcm2000_street",
    authority=_AUTHORITY,
    source="Highway Capacity Manual 2000, exhibit 15-2, as quoted by Tru-Traffic's rule file",
    said=_said_2000,
    colours=SERVICE_COLOURS,
    safe=SAFE_6,
    limits=tuple(
        Limits("speed", "km/h", tuple(bounds.tolist()), rising=False, after=True, road=name)
        for name, bounds in zip(_CLASS_MPH, _CLASS_KMH, strict=True)
    ),
    measure=_street_2000,
    roads=(ARTERIAL, LOCAL),
    unit="km/h",
)
