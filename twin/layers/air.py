"""Air quality: pollutants and indices of a chosen authority, stations as pillars, and a field between them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import shapely

from twin.drape import pillars, veil
from twin.interpolate import Weights, weights
from twin.language import _
from twin.layers.kind import Choice, Verdict, channel_of, chosen_of
from twin.legend import SEQUENTIAL, Class, Legend, steps
from twin.picture import Shown
from twin.standards import air as standards
from twin.standards.standard import NO_GRADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.interpolate import Method
    from twin.model import District
    from twin.readings import History, Moment, Roster
    from twin.standards.scale import AirStandard

POLLUTANTS = {
    "pm25": ("pm25", "pm2_5", "pm2.5", "PM2.5"),
    "pm10": ("pm10", "PM10"),
    "no2": ("no2", "NO2"),
    "o3": ("o3", "O3", "ozone"),
    "so2": ("so2", "SO2"),
    "co": ("co", "CO"),
}
"""The keys that channels of this layer may have, by pollutant."""

_TITLES = {"pm25": "PM2.5", "pm10": "PM10", "no2": "NO₂", "o3": "O₃", "so2": "SO₂", "co": "CO"}
_RANGE_M = {"pm25": 1500.0, "pm10": 1200.0, "no2": 500.0, "o3": 1200.0, "so2": 800.0, "co": 500.0}
"""How far a concentration resembles its surroundings within a city: traffic's gases least. An assumption, on the
cautious side of what land-use studies find."""

_HOUR_S = 3600.0
_HOURS = 24
_EVERY_S = 300.0  # so often an index is made anew: it is of hours
_OPAQUE = 0.62
_SILENT_FROM = 0.85  # share of the sill from which on a field says nothing
_LEAST_M, _GRADE_M = 34.0, 13.0  # height of a pillar, and how much a grade adds: over roofs
_MOST_CELLS_A_SIDE = 110


class Air:
    """The kind of layer."""

    key = "air"

    @property
    def title(self) -> str:
        """What people call it."""
        return _("Air quality")

    def choices(self, roster: Roster) -> tuple[Choice, ...]:
        """Return what may be chosen: index or pollutant, whose index, how the field is made, colours."""
        there = [key for key, words in POLLUTANTS.items() if channel_of(roster, self.key, words) is not None]
        shows = {"index": _("Index")} | {key: _TITLES[key] for key in there}
        authorities = {
            "place": _("As the place has it"),
            "us_epa": _("US EPA"),
            "eu_eaqi": _("European Union"),
            "cn_hj633": _("China"),
        }
        fields = {"kriging": _("Kriging"), "idw": _("Inverse distance"), "off": _("Stations alone")}
        return (
            Choice("show", _("Show"), shows),
            Choice("standard", _("Standard"), authorities),
            Choice("field", _("Between stations"), fields),
            Choice("colours", _("Colours"), {"safe": _("For all eyes"), "standard": _("The standard's own")}),
        )

    def fit(
        self,
        district: District,
        roster: Roster,
        chosen: Mapping[str, str],
        before: object = None,  # noqa: ARG002
    ) -> FittedAir | None:
        """Return the layer for a roster's stations; None where there are none that stand somewhere."""
        rows = np.array([row for row, sensor in enumerate(roster.sensors) if sensor.layer == self.key], np.int64)
        rows = rows[np.isfinite(roster.lonlat[rows]).all(axis=1)] if len(rows) else rows
        if not len(rows):
            return None
        words = {choice.key: chosen_of(choice, chosen) for choice in self.choices(roster)}
        return FittedAir(district, roster, rows, words)


class FittedAir:
    """Stations in a district, and the field between them."""

    animated = False

    def __init__(self, district: District, roster: Roster, rows: NDArray[np.int64], chosen: Mapping[str, str]) -> None:
        self.district, self.roster, self.rows, self.chosen = district, roster, rows, chosen
        self._xy = district.frame.xy_from_lonlat(roster.lonlat[rows])
        foot = None if district.terrain is None else district.terrain.at(self._xy)
        self._pillars = pillars("air", self._xy, rows.astype(np.int32), foot_m=foot)
        self._slots = {
            key: roster.slots(rows, np.full(len(rows), roster.channel_rows[channel]))
            for key, words in POLLUTANTS.items()
            if (channel := channel_of(roster, "air", words)) is not None
        }
        self._units = {
            key: roster.channels[int(roster.slot_channel[slots[slots >= 0][0]])].unit
            for key, slots in self._slots.items()
            if (slots >= 0).any()
        }
        west, south, east, north = district.boundary_xy.bounds
        cell_m = max(18.0, (east - west) / _MOST_CELLS_A_SIDE, (north - south) / _MOST_CELLS_A_SIDE)
        self._veil = veil("air", (west, south, east, north), cell_m, terrain=district.terrain)
        self._inside = shapely.contains_xy(district.boundary_xy, *self._veil.points[:, :2].astype(np.float64).T)
        self._weights: dict[bytes, Weights] = {}
        self._legends: dict[str, Legend] = {}
        self._indices: tuple[tuple[float, float, str], NDArray[np.float64]] | None = None
        self._legend = self._legend_on(math.nan)

    @property
    def legend(self) -> Legend:
        """How the colours are read, by the standard of the day last shown."""
        return self._legend

    def forget(self) -> None:
        """Let go of the hours that the index was made of."""
        self._indices = None

    def show(self, moment: Moment, history: History, *, arrived_by: float = math.inf) -> Mapping[str, Shown]:
        """Return stations and field at a moment."""
        self._legend = legend = self._legend_on(moment.t)
        pollutant = self.chosen["show"]
        value = self._index(moment, history, arrived_by) if pollutant == "index" else self._read(moment, pollutant)
        grade = np.where(np.isnan(value), 0, legend.class_of(value))
        height = (_LEAST_M + _GRADE_M * grade).astype(np.float32)
        shown = {"air": Shown(self._pillars, legend, value.astype(np.float32), height_m=height)}
        if self.chosen["field"] != "off" and not np.isnan(value).all():
            field, sure = self._field(value)
            shown["air.field"] = Shown(self._veil, legend, field, sure=sure)
        return shown

    def standard_at(self, t: float) -> AirStandard:
        """Return the edition of the chosen authority that was in force on the day of a moment."""
        family = self.chosen["standard"]
        return self._edition(_family_of(self.district.zone) if family == "place" else family, t)

    def _edition(self, family: str, t: float) -> AirStandard:
        try:
            zone = ZoneInfo(self.district.zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        return standards.edition(family, datetime.fromtimestamp(0.0 if math.isnan(t) else t, zone).date())

    def verdicts(
        self, sensor: int, moment: Moment, history: History, *, arrived_by: float = math.inf
    ) -> tuple[Verdict, ...]:
        """Return what every authority would show of a station's air, each in the edition of the day."""
        at = np.flatnonzero(self.rows == sensor)
        if not len(at) or not self._units:
            return ()
        hourly = {
            pollutant: self._hourly(pollutant, moment.t, _HOURS, history, arrived_by, at) for pollutant in self._units
        }
        found = []
        for family in standards.FAMILIES:
            rules = self._edition(family, moment.t)
            numbers = {
                pollutant: standards.live(rules.key, pollutant, means[0], unit=self._units[pollutant]).number
                for pollutant, means in hourly.items()
                if pollutant in rules.live and not np.isnan(self._read(moment, pollutant)[at[0]])
            }
            worst = standards.overall(rules.key, numbers) if numbers else None
            if worst is None or int(worst.grade) == NO_GRADE:
                found.append(Verdict(rules.title, "", "", caveat=_("Too little data")))
                continue
            ranked = sorted(numbers, key=lambda pollutant: -float(np.nan_to_num(numbers[pollutant], nan=-1.0)))
            grade = rules.grades[int(worst.grade)]
            parts = [
                f"{_TITLES[pollutant]} {_said(rules, numbers[pollutant])}"
                for pollutant in ranked[1:]
                if not np.isnan(numbers[pollutant])
            ]
            found.append(
                Verdict(
                    rules.title,
                    grade.title,
                    grade.safe if self.chosen["colours"] == "safe" else grade.colour,
                    f"{worst.number:.0f}" if rules.numbered else "",
                    _("{pollutant}, {average}").format(
                        pollutant=_TITLES[ranked[0]], average=standards.live_average(rules.key, ranked[0])
                    ),
                    tuple(parts),
                    rules.caveat,
                )
            )
        return tuple(found)

    # values

    def _read(self, moment: Moment, pollutant: str) -> NDArray[np.float64]:
        slots = self._slots.get(pollutant)
        if slots is None:
            return np.full(len(self.rows), np.nan)
        return np.where(slots >= 0, np.append(moment.value, np.nan)[slots], np.nan)

    def _index(self, moment: Moment, history: History, arrived_by: float) -> NDArray[np.float64]:
        """Return the index of every station: of its hours up to the last five minutes, by what is still fresh."""
        standard = self.standard_at(moment.t)
        t = math.floor(moment.t / _EVERY_S) * _EVERY_S
        key = (t, min(arrived_by, t + _EVERY_S), standard.key)
        if self._indices is None or self._indices[0] != key:
            self._indices = key, self._of_hours(t, history, standard.key, arrived_by)
        # a station of which every pollutant is past its shelf life says nothing, whatever it said before
        fresh = np.zeros(len(self.rows), bool)
        for pollutant in self._slots:
            fresh |= ~np.isnan(self._read(moment, pollutant))
        return np.where(fresh, self._indices[1], np.nan)

    def _of_hours(self, t: float, history: History, key: str, arrived_by: float) -> NDArray[np.float64]:
        standard = standards.STANDARDS[key]
        numbers = {}
        for pollutant in self._slots:
            how = standard.live.get(pollutant)
            if how is None or pollutant not in self._units:
                continue
            hours = min(how.hours, _HOURS)
            hourly = self._hourly(pollutant, t, hours, history, arrived_by, np.arange(len(self.rows)))
            numbers[pollutant] = standards.live(key, pollutant, hourly, unit=self._units[pollutant]).number
        if not numbers:
            return np.full(len(self.rows), np.nan)
        return standards.overall(key, numbers).number

    def _hourly(
        self, pollutant: str, t: float, hours: int, history: History, arrived_by: float, stations: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the means of so many hours up to t, the latest last, shape (stations, hours); NaN for none."""
        slots = self._slots[pollutant][stations]
        rows = history.window(t - hours * _HOUR_S, t, slots=slots[slots >= 0], arrived_by=arrived_by)
        station = np.full(len(self.roster.sensors), -1, np.int64)
        station[self.rows[stations]] = np.arange(len(stations))
        back = np.clip(np.floor((t - rows.t_end) / _HOUR_S).astype(np.int64), 0, hours - 1)
        cell = station[rows.sensor] * hours + (hours - 1 - back)
        size = len(stations) * hours
        count = np.bincount(cell, minlength=size)
        total = np.bincount(cell, rows.value, size)
        mean: NDArray[np.float64] = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
        return mean.reshape(-1, hours)

    # the field

    def _field(self, value: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return values over the ground, NaN where there is no right to speak, and how opaque they are."""
        known = ~np.isnan(value)
        key = known.tobytes()
        if key not in self._weights:
            self._weights.clear()
            method: Method = "idw" if self.chosen["field"] == "idw" else "kriging"
            range_m = _RANGE_M.get(self.chosen["show"], min(_RANGE_M[p] for p in self._slots) if self._slots else 500.0)
            places = self._veil.points[:, :2].astype(np.float64)
            self._weights[key] = weights(places, self._xy[known], method, range_m=range_m)
        found = self._weights[key]
        field = found.share @ value[known]
        # weights of kriging may be negative: no value beyond what was measured
        field = np.clip(field, value[known].min(), value[known].max())
        sure = _OPAQUE * np.clip(1 - found.unsure / _SILENT_FROM, 0.0, 1.0) ** 0.6
        silent = ~self._inside | (found.unsure >= _SILENT_FROM)
        sure[silent] = 0.0
        return np.where(silent, np.nan, field).astype(np.float32), sure.astype(np.float32)

    # the legend

    def _legend_on(self, t: float) -> Legend:
        standard = self.standard_at(t)
        if standard.key not in self._legends:
            self._legends[standard.key] = self._made_legend(standard)
        return self._legends[standard.key]

    def _made_legend(self, standard: AirStandard) -> Legend:
        pollutant = self.chosen["show"]
        grades = standard.grades
        colours = [grade.safe if self.chosen["colours"] == "safe" else grade.colour for grade in grades]
        about = next((layer for layer in self.roster.layers if layer.key == "air"), None)
        notes = []
        if self.chosen["field"] != "off":
            notes.append(_("Between stations: interpolated, paler where it is less sure."))
        if pollutant == "index":
            scale = standard.scales[0]
            numbered = standard.numbered and hasattr(scale, "grade_high")
            ends = list(getattr(scale, "grade_high", ())) if numbered else [i + 1.5 for i in range(len(grades) - 1)]
            labels = [grade.title for grade in grades]
            if numbered:
                labels = [
                    f"{label}  {low:.0f} – {high:.0f}" if high is not None else f"{label}  > {low - 1:.0f}"
                    for label, low, high in zip(labels, [0.0, *(end + 1 for end in ends)], [*ends, None], strict=True)
                ]
            classes = _classes(labels, colours, ends)
            legend = Legend("air", standard.title, "", classes, standard=standard.title, notes=tuple(notes))
            legend = replace(legend, caveat=standard.caveat)
            return replace(legend.told(about), averaging=_("live, as the authority shows it"))
        unit = self._units.get(pollutant, "µg/m³")
        limits = standards.limits(standard.key, pollutant, unit=unit)
        if limits is None:
            classes = _classes(
                ["0", "20", "40", "80", "160", "320"], list(steps(SEQUENTIAL, 6)), [20, 40, 80, 160, 320]
            )
            return Legend("air", _TITLES[pollutant], unit, classes, ramp=True, notes=tuple(notes)).told(about)
        bounds = [(i, bound) for i, bound in enumerate(limits.bounds) if math.isfinite(bound)]
        drawn = [0, *(i + 1 for i, _bound in bounds)]
        ends = [bound for _i, bound in bounds]
        labels = [
            f"{grades[grade].title}  ≤ {end:.3g}" if end is not None else f"{grades[grade].title}  > {ends[-1]:.3g}"
            for grade, end in zip(drawn, [*ends, None], strict=True)
        ]
        classes = _classes(labels, [colours[grade] for grade in drawn], ends)
        notes.append(_("Classes are of means over {average}.").format(average=limits.average))
        legend = Legend("air", _TITLES[pollutant], unit, classes, standard=standard.title, notes=tuple(notes))
        return replace(legend, caveat=standard.caveat).told(about)


def _classes(labels: list[str], colours: list[str], ends: list[float]) -> tuple[Class, ...]:
    """Return classes that begin just above the end of the one before."""
    least = [-math.inf, *(float(np.nextafter(np.float32(end), np.float32(np.inf))) for end in ends)]
    return tuple(Class(label, colour, low) for label, colour, low in zip(labels, colours, least, strict=True))


def _said(rules: AirStandard, number: NDArray[np.float64]) -> str:
    """Return an index as its authority tells it: a number, or the word of its class."""
    if rules.numbered:
        return f"{float(number):.0f}"
    return rules.grades[int(rules.scales[0].grades(number))].title


def _family_of(zone: str) -> str:
    """Return whose index people read at a place, by its time zone."""
    if zone in {"Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau"}:
        return "cn_hj633"
    return "eu_eaqi" if zone.startswith(("Europe/", "Atlantic/")) else "us_epa"


LAYER = Air()
