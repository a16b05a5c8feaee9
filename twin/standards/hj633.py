"""China's air quality index: HJ 633-2026, in force since 2026-03-01, and HJ 633-2012 before it.

HJ 633-2026: tables 1 and 3, annex A table A.1. HJ 633-2012: table 1. Their breakpoints differ in dust alone.
Concentrations are rounded to whole µg/m³, carbon monoxide to 0.1 mg/m³, halves to the even number (GB/T 8170); index
numbers are rounded up. Over 500 there is no index: 500 stands. Real-time reports go by hourly means, and for dust by
the hour's mean on the scale of 24 hours.

Where a one-hour mean of sulphur dioxide is above 800 µg/m³, its index is 200, and 300 where an eight-hour mean of
ozone is: the 2026 edition says so, the one of 2012 hands over to the other average; what is certain is the same.
"""

from __future__ import annotations

from datetime import date

from twin.language import _
from twin.standards.gases import CN_K
from twin.standards.scale import AirStandard, Live, Scale
from twin.standards.standard import SAFE_6, Wording

_INDEX = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0)
_GRADE_HIGH = (50.0, 100.0, 150.0, 200.0, 300.0)

_GASES = (
    ("no2", 24, (0, 40, 80, 180, 280, 565, 750, 940)),
    ("no2", 1, (0, 100, 200, 700, 1200, 2340, 3090, 3840)),
    ("o3", 8, (0, 100, 160, 215, 265, 800)),
    ("o3", 1, (0, 160, 200, 300, 400, 800, 1000, 1200)),
    ("so2", 24, (0, 50, 150, 475, 800, 1600, 2100, 2620)),
    ("so2", 1, (0, 150, 500, 650, 800)),
    ("co", 24, (0, 2, 4, 14, 24, 36, 48, 60)),
    ("co", 1, (0, 5, 10, 35, 60, 90, 120, 150)),
)
_DUST_2026 = (
    ("pm25", 24, (0, 35, 60, 115, 150, 250, 350, 500)),
    ("pm10", 24, (0, 50, 120, 250, 350, 420, 500, 600)),
)
_DUST_2012 = (
    ("pm25", 24, (0, 35, 75, 115, 150, 250, 350, 500)),
    ("pm10", 24, (0, 50, 150, 250, 350, 420, 500, 600)),
)

_Lines = tuple[tuple[str, int, tuple[float, ...]], ...]


def _scales(lines: _Lines) -> tuple[Scale, ...]:
    return tuple(
        Scale(
            pollutant,
            hours,
            "mg/m³" if pollutant == "co" else "µg/m³",
            low=points[:-1],
            high=points[1:],
            index_low=_INDEX[: len(points) - 1],
            index_high=_INDEX[1 : len(points)],
            grade_high=_GRADE_HIGH,
            step=0.1 if pollutant == "co" else 1.0,
            step_by="rounding",
            index_by="rounding up",
        )
        for pollutant, hours, points in lines
    )


_SCALES_2012 = _scales(_DUST_2012 + _GASES)
_SCALES_2026 = _scales(_DUST_2026 + _GASES)


def _grades() -> tuple[str, ...]:
    return (
        _("Excellent (优)"),
        _("Good (良)"),
        _("Lightly polluted (轻度污染)"),
        _("Moderately polluted (中度污染)"),
        _("Heavily polluted (重度污染)"),
        _("Severely polluted (严重污染)"),
    )


def _said_2026() -> Wording:
    return Wording(_("China AQI, HJ 633-2026"), _grades())


def _said_2012() -> Wording:
    return Wording(_("China AQI, HJ 633-2012"), _grades())


_COLOURS = ("#00E400", "#FFFF00", "#FF7E00", "#FF0000", "#99004C", "#7E0023")
_AUTHORITY = "Ministry of Ecology and Environment of China (生态环境部)"
_LIVE = {
    "pm25": Live("mean", 1, (24,)),
    "pm10": Live("mean", 1, (24,)),
    "no2": Live("mean", 1, (1,)),
    "o3": Live("mean", 1, (1,)),
    "so2": Live("mean", 1, (1,)),
    "co": Live("mean", 1, (1,)),
}
_COMPLETE = {1: 1, 8: 6, 24: 20}
"""GB 3095-2012, table 4: an 8-hour mean needs 6 hours, a 24-hour mean 20."""

CN_HJ633_2012 = AirStandard(
    key="cn_hj633_2012",
    family="cn_hj633",
    authority=_AUTHORITY,
    source="HJ 633-2012, table 1",
    said=_said_2012,
    colours=_COLOURS,
    safe=SAFE_6,
    limits=tuple(scale.limits for scale in _SCALES_2012),
    valid_from=date(2016, 1, 1),
    valid_until=date(2026, 2, 28),
    scales=_SCALES_2012,
    live=_LIVE,
    kelvin=CN_K,
    complete=_COMPLETE,
)

CN_HJ633_2026 = AirStandard(
    key="cn_hj633_2026",
    family="cn_hj633",
    authority=_AUTHORITY,
    source="HJ 633-2026, tables 1 and 3, annex A table A.1",
    said=_said_2026,
    colours=_COLOURS,
    safe=SAFE_6,
    limits=tuple(scale.limits for scale in _SCALES_2026),
    valid_from=date(2026, 3, 1),
    scales=_SCALES_2026,
    live=_LIVE,
    kelvin=CN_K,
    complete=_COMPLETE,
)
