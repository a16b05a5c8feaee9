"""The European air quality index in its form of 2024.

Bands of ETC HE Report 2024/17 as two independent open copies agree on them (open-meteo's AirQuality.swift, openaq's
aqi-hub, data/breakpoints/eu.csv, variant "new"; colours from the latter): the report itself was not read. The index
is of hours, for all five pollutants, and the worst of them is that of the station. It has no number of its own:
what stands for one here is the number of the class, 1 to 6. Reference conditions: Directive 2008/50/EC, annex VI.
"""

from __future__ import annotations

from twin.language import _
from twin.standards.gases import EU_K
from twin.standards.scale import AirStandard, Classes, Live
from twin.standards.standard import SAFE_6, Wording

_HIGH = {
    "pm25": (5.0, 15.0, 50.0, 90.0, 140.0),
    "pm10": (15.0, 45.0, 120.0, 195.0, 270.0),
    "no2": (10.0, 25.0, 60.0, 100.0, 150.0),
    "o3": (60.0, 100.0, 120.0, 160.0, 180.0),
    "so2": (20.0, 40.0, 125.0, 190.0, 275.0),
}
_SCALES = tuple(Classes(pollutant, 1, "µg/m³", high) for pollutant, high in _HIGH.items())


def _said() -> Wording:
    return Wording(
        _("European Air Quality Index, 2024"),
        (_("Good"), _("Fair"), _("Moderate"), _("Poor"), _("Very poor"), _("Extremely poor")),
        _("Taken from two independent open copies that agree, not from the report itself."),
    )


EU_EAQI_2024 = AirStandard(
    key="eu_eaqi_2024",
    family="eu_eaqi",
    authority="European Environment Agency",
    source="ETC HE Report 2024/17, as copied by open-meteo and openaq/aqi-hub",
    said=_said,
    colours=("#50F0E6", "#50CCAA", "#F0E641", "#FF5050", "#960032", "#7D2181"),
    safe=SAFE_6,
    limits=tuple(scale.limits for scale in _SCALES),
    scales=_SCALES,
    live={pollutant: Live("mean", 1, (1,)) for pollutant in _HIGH},
    kelvin=EU_K,
    complete={1: 1},
    numbered=False,
)
