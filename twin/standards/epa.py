"""The air quality index of the United States.

EPA-454/B-24-002, Technical Assistance Document for the Reporting of Daily Air Quality (May 2024): table 6 is the
breakpoints, table 2 the colours; truncation and equation 1 are in its section on calculating the index. In force
since 2024-05-06 (89 FR 16202). Reference conditions: 40 CFR 50.3.
"""

from __future__ import annotations

from datetime import date

from twin.language import _
from twin.standards.gases import US_K
from twin.standards.scale import AirStandard, Live, Scale
from twin.standards.standard import SAFE_6, Wording

_INDEX_LOW: tuple[float, ...] = (0.0, 51.0, 101.0, 151.0, 201.0, 301.0)
_INDEX_HIGH: tuple[float, ...] = (50.0, 100.0, 150.0, 200.0, 300.0, 500.0)

_Pieces = tuple[tuple[float, float], ...]


def _scale(pollutant: str, hours: int, unit: str, step: float, pieces: _Pieces, *, first: int = 0) -> Scale:
    """Build a scale from its line of table 6; `first` is the category that its first piece is of.

    Only the topmost category is extrapolated: elsewhere another average takes over above the last breakpoint,
    and what is certain until it does is the highest index of this one.
    """
    last = first + len(pieces)
    return Scale(
        pollutant,
        hours,
        unit,
        low=tuple(low for low, _high in pieces),
        high=tuple(high for _low, high in pieces),
        index_low=_INDEX_LOW[first:last],
        index_high=_INDEX_HIGH[first:last],
        grade_high=_INDEX_HIGH[:-1],
        step=step,
        beyond="extrapolated" if last == len(_INDEX_HIGH) else "capped",
    )


_O3_8H = ((0, 0.054), (0.055, 0.070), (0.071, 0.085), (0.086, 0.105), (0.106, 0.200))
_O3_1H = ((0.125, 0.164), (0.165, 0.204), (0.205, 0.404), (0.405, 0.604))
_PM25 = ((0, 9.0), (9.1, 35.4), (35.5, 55.4), (55.5, 125.4), (125.5, 225.4), (225.5, 325.4))
_PM10 = ((0, 54), (55, 154), (155, 254), (255, 354), (355, 424), (425, 604))
_CO = ((0, 4.4), (4.5, 9.4), (9.5, 12.4), (12.5, 15.4), (15.5, 30.4), (30.5, 50.4))
_SO2_1H = ((0, 35), (36, 75), (76, 185), (186, 304))
_SO2_24H = ((305, 604), (605, 1004))
_NO2 = ((0, 53), (54, 100), (101, 360), (361, 649), (650, 1249), (1250, 2049))

_SCALES = (
    _scale("pm25", 24, "µg/m³", 0.1, _PM25),
    _scale("pm10", 24, "µg/m³", 1.0, _PM10),
    _scale("no2", 1, "ppb", 1.0, _NO2),
    _scale("o3", 8, "ppm", 0.001, _O3_8H),
    _scale("o3", 1, "ppm", 0.001, _O3_1H, first=2),
    _scale("so2", 1, "ppb", 1.0, _SO2_1H),
    _scale("so2", 24, "ppb", 1.0, _SO2_24H, first=4),
    _scale("co", 8, "ppm", 0.1, _CO),
)


def _said() -> Wording:
    return Wording(
        _("US EPA Air Quality Index, 2024"),
        (
            _("Good"),
            _("Moderate"),
            _("Unhealthy for sensitive groups"),
            _("Unhealthy"),
            _("Very unhealthy"),
            _("Hazardous"),
        ),
    )


US_EPA_2024 = AirStandard(
    key="us_epa_2024",
    family="us_epa",
    authority="US Environmental Protection Agency",
    source="EPA-454/B-24-002 (May 2024), table 6, table 2",
    said=_said,
    colours=("#00E400", "#FFFF00", "#FF7E00", "#FF0000", "#8F3F97", "#7E0023"),
    safe=SAFE_6,
    limits=tuple(scale.limits for scale in _SCALES),
    valid_from=date(2024, 5, 6),
    scales=_SCALES,
    live={
        "pm25": Live("nowcast", 12, (24,)),
        "pm10": Live("nowcast", 12, (24,)),
        "no2": Live("mean", 1, (1,)),
        "o3": Live("nowcast", 336, (8, 1)),
        "so2": Live("mean", 24, (1, 24)),
        "co": Live("mean", 8, (8,)),
    },
    kelvin=US_K,
    complete={1: 1, 8: 6, 24: 18},
)
"""Completeness: three quarters of the hours (40 CFR 50, appendices)."""
