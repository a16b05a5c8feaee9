"""5G coverage as measured: samples binned along streets, classes by thresholds that one may change, sites as masts.

A stretch of street shows the median of what was measured there, and nothing where nobody measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.drape import bands, pillars, streets_of
from twin.language import _
from twin.layers.facades import REACH_M, Facades, facades_of
from twin.layers.kind import Choice, Verdict, channel_of, chosen_of
from twin.legend import SEQUENTIAL, Class, Legend, steps
from twin.model import TwinError
from twin.picture import Form, Shown
from twin.quantity import THIN_SPACE
from twin.standards import coverage as standards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.model import District
    from twin.readings import History, Moment, Readings, Roster

QUANTITIES = {
    "ss_rsrp": ("ss_rsrp", "rsrp"),
    "ss_sinr": ("ss_sinr", "sinr"),
    "throughput": ("throughput", "download", "throughput_down"),
}
"""The keys that channels of this layer may have, of dBm, dB and Mbit/s."""

_STANDARDS = {"ss_rsrp": "ss_rsrp", "ss_sinr": "ss_sinr", "throughput": "download"}

STRETCH_M = 25.0
_REACH_M = 25.0  # a sample farther from every street is of none
_UP_M = 1.2  # over the bands of traffic
_MOST_SAMPLES = 2_000_000


@dataclass(frozen=True, eq=False)
class Samples:
    """Samples of a stretch of time by stretch of street, sorted by it and then by value."""

    t0: float
    t1: float
    arrived_by: float
    bin: NDArray[np.int64]
    value: NDArray[np.float64]
    t: NDArray[np.float64]
    off: int  # how many were taken off all streets


class Coverage:
    """The kind of layer."""

    key = "coverage"

    @property
    def title(self) -> str:
        """What people call it."""
        return _("5G coverage")

    def choices(self, roster: Roster) -> tuple[Choice, ...]:
        """Return what may be chosen: the quantity, what of its samples, of how long, and the thresholds."""
        titles = {"ss_rsrp": "SS-RSRP", "ss_sinr": "SS-SINR", "throughput": _("Throughput")}
        there = {key: titles[key] for key, words in QUANTITIES.items() if channel_of(roster, self.key, words)}
        return (
            Choice("show", _("Show"), there or titles),
            Choice(
                "of", _("Of the samples"), {"median": _("Median"), "count": _("How many"), "age": _("Age of the last")}
            ),
            Choice("window", _("Samples of"), {"3600": _("1 hour"), "900": _("15 minutes"), "86400": _("24 hours")}),
            Choice("thresholds", _("Thresholds"), {}, free=True, hint=self._usual(there)),
            Choice("where", _("Drawn on"), {"streets": _("Streets"), "facades": _("Streets and facades")}),
            Choice("sites", _("Sites"), {"on": _("Shown"), "off": _("Hidden")}),
        )

    @staticmethod
    def _usual(there: Mapping[str, str]) -> str:
        return ", ".join(f"{bound:g}" for bound in rules_of(next(iter(there), "ss_rsrp")).bounds[::-1])

    def fit(
        self, district: District, roster: Roster, chosen: Mapping[str, str], before: object = None
    ) -> FittedCoverage | None:
        """Return the layer for a district's streets; None where nothing of it is measured."""
        if not any(sensor.layer == self.key for sensor in roster.sensors):
            return None
        words = {choice.key: chosen_of(choice, chosen) for choice in self.choices(roster)}
        same = isinstance(before, FittedCoverage) and before.district is district
        stretches = before.stretches if same and isinstance(before, FittedCoverage) else stretches_of(district)
        facades = before.facades if same and isinstance(before, FittedCoverage) else None
        if words["where"] == "facades" and facades is None:
            facades = facades_of(district, stretches.middle)
        return FittedCoverage(district, roster, stretches, facades, words)


@dataclass(frozen=True, eq=False)
class Stretches:
    """All streets in pieces of some 25 m, and the band over each."""

    form: Form
    tree: shapely.STRtree
    middle: NDArray[np.float64]  # (cells, 2)


def stretches_of(district: District) -> Stretches:
    """Cut the streets of a district into pieces."""
    streets = streets_of(district, service=True)
    edges = streets.edges
    length = np.asarray(edges.length_m)
    pieces = np.maximum(1, np.rint(length / STRETCH_M)).astype(np.int64)
    edge = np.repeat(np.arange(len(length)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = (length / pieces)[edge]
    lines = edges.between(edge, number * step, np.maximum((number + 1) * step, number * step + 0.01))
    half = np.clip(streets.width_m[edge] * 0.36, 1.6, 5.0)
    form = bands(
        "coverage",
        lines,
        np.arange(len(edge)),
        half,
        half,
        np.full(len(edge), -1, np.int32),
        terrain=district.terrain,
        up_m=_UP_M,
    )
    middle, _heading = edges.places(edge, (number + 0.5) * step)
    return Stretches(form, shapely.STRtree(shapely.linestrings(lines.xy, indices=lines.line)), middle)


class FittedCoverage:
    """Samples on the streets of a district, and at the feet of its facades."""

    animated = False

    def __init__(
        self,
        district: District,
        roster: Roster,
        stretches: Stretches,
        facades: Facades | None,
        chosen: Mapping[str, str],
    ) -> None:
        self.district, self.roster, self.stretches, self.chosen = district, roster, stretches, chosen
        self.facades = facades
        channel = channel_of(roster, "coverage", QUANTITIES[chosen["show"]])
        self._slots = roster.slots_of(channel) if channel is not None else np.zeros(0, np.int32)
        self._window_s = float(chosen["window"])
        unit = roster.channels[roster.channel_rows[channel]].unit if channel is not None else ""
        about = next((layer for layer in roster.layers if layer.key == "coverage"), None)
        self._legend = _legend(chosen, unit).told(about)
        if chosen["where"] == "facades":
            reach = f"{REACH_M:.0f}{THIN_SPACE}m"
            note = _("At the foot of a facade: what was measured in the street within {reach} before it.")
            self._legend = replace(self._legend, notes=(*self._legend.notes, note.format(reach=reach)))
        self._samples: Samples | None = None
        self._before_facades: tuple[Samples, Samples] | None = None
        masts = [
            row for row, sensor in enumerate(roster.sensors) if sensor.layer == "coverage" and math.isfinite(sensor.lon)
        ]
        self._masts = None
        if masts and chosen["sites"] == "on":
            rows = np.array(masts, np.int32)
            xy = district.frame.xy_from_lonlat(roster.lonlat[rows])
            foot = None if district.terrain is None else district.terrain.at(xy)
            self._masts = pillars("coverage", xy, rows, radius_m=1.6, sides=8, foot_m=foot)
            height = np.array([roster.sensors[row].height_m for row in masts], np.float32)
            self._mast_m = np.where(np.isnan(height), np.float32(30), height)
        self._sites = Legend("coverage", _("Sites"), "", (Class(_("Site"), "#3B2A6B"),), origin=self._legend.origin)

    @property
    def legend(self) -> Legend:
        """How the colours are read."""
        return self._legend

    def forget(self) -> None:
        """Let go of the samples read."""
        self._samples = self._before_facades = None

    def show(self, moment: Moment, history: History, *, arrived_by: float = math.inf) -> Mapping[str, Shown]:
        """Return the stretches with samples at a moment; the others are not drawn at all."""
        t = moment.t
        shown = {"coverage": self._told(self.stretches.form, *self.binned(t, history, arrived_by=arrived_by))}
        if self.facades is not None and self.chosen["where"] == "facades":
            samples = self._samples_before(self.facades, self._samples_at(t, history, arrived_by))
            found = self._summed(samples, t, self.facades.form.cells)
            shown["coverage.facades"] = self._told(self.facades.form, *found)
        if self._masts is not None:
            still = np.zeros(self._masts.cells, np.float32)
            shown["coverage.sites"] = Shown(self._masts, self._sites, still, height_m=self._mast_m)
        return shown

    def _told(
        self, form: Form, count: NDArray[np.int64], median: NDArray[np.float64], age: NDArray[np.float64]
    ) -> Shown:
        value = {"median": median, "count": np.where(count > 0, count, np.nan), "age": age / 60}[self.chosen["of"]]
        return Shown(form, self._legend, value.astype(np.float32), absent=count == 0)

    def verdicts(
        self,
        sensor: int,  # noqa: ARG002
        moment: Moment,  # noqa: ARG002
        history: History,  # noqa: ARG002
        *,
        arrived_by: float = math.inf,  # noqa: ARG002
    ) -> tuple[Verdict, ...]:
        """Return nothing: classes are of places, not of the cars and masts that measure them."""
        return ()

    def binned(
        self, t: float, history: History, *, arrived_by: float = math.inf
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return for each stretch how many samples there are, their median, and the age of the last in seconds."""
        return self._summed(self._samples_at(t, history, arrived_by), t, self.stretches.form.cells)

    def _summed(
        self, samples: Samples, t: float, bins: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        mine = (samples.t <= t) & (samples.t > t - self._window_s)
        which, value, when = samples.bin[mine], samples.value[mine], samples.t[mine]
        count = np.bincount(which, minlength=bins)
        median, age = np.full(bins, np.nan), np.full(bins, np.nan)
        if len(which):
            start = np.cumsum(count) - count
            has = np.flatnonzero(count)
            low, high = start[has] + (count[has] - 1) // 2, start[has] + count[has] // 2
            median[has] = (value[low] + value[high]) / 2
            age[has] = t - np.maximum.reduceat(when, start[has])
        return count, median, age

    def _samples_at(self, t: float, history: History, arrived_by: float) -> Samples:
        """Return the samples of the stretch of time about t, binned; bounded, however long the day."""
        kept, long = self._samples, self._window_s
        if kept is not None and kept.t0 + long <= t < kept.t1 and arrived_by == kept.arrived_by:
            return kept
        t0 = math.floor(t / long) * long - long
        rows = history.window(t0, t0 + 2 * long, slots=self._slots, arrived_by=arrived_by)
        if len(rows) > _MOST_SAMPLES:
            rows = rows[-_MOST_SAMPLES:]
        self._samples = found = self._placed(rows, t0, t0 + 2 * long, arrived_by)
        return found

    def _samples_before(self, facades: Facades, samples: Samples) -> Samples:
        """Return the samples of streets as those of the facades along them; one may count for both sides."""
        kept = self._before_facades
        if kept is not None and kept[0] is samples:
            return kept[1]
        count = np.bincount(samples.bin, minlength=self.stretches.form.cells)
        first = np.cumsum(count) - count
        many = count[facades.stretch]
        row = np.repeat(first[facades.stretch] - (np.cumsum(many) - many), many) + np.arange(int(many.sum()))
        panel = np.repeat(facades.panel, many)
        order = np.lexsort((samples.value[row], panel))
        row, panel = row[order], panel[order]
        found = replace(samples, bin=panel, value=samples.value[row], t=samples.t[row])
        self._before_facades = samples, found
        return found

    def _placed(self, rows: Readings, t0: float, t1: float, arrived_by: float) -> Samples:
        own = self.roster.lonlat[rows.sensor]
        lonlat = np.where(np.isnan(rows.lon)[:, None], own, np.column_stack([rows.lon, rows.lat]))
        here = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
        points = shapely.points(self.district.frame.xy_from_lonlat(lonlat[here]))
        place = np.full(len(rows), -1, np.int64)
        if len(here) and self.stretches.form.cells:
            found, stretch = self.stretches.tree.query_nearest(points, max_distance=_REACH_M, all_matches=False)
            place[here[found]] = stretch
        on = np.flatnonzero(place >= 0)
        on = on[np.lexsort((rows.value[on], place[on]))]
        return Samples(t0, t1, arrived_by, place[on], rows.value[on], rows.t_end[on], len(rows) - len(on))


def rules_of(quantity: str, text: str = "") -> standards.CoverageStandard:
    """Return the classes of a quantity, with rising bounds that somebody typed, "-110, -90, -80, -65".

    What cannot be meant, or what no telephone reports, is as if nothing had been typed.
    """
    usual = standards.STANDARDS[_STANDARDS[quantity]]
    try:
        typed = [float(word) for word in text.replace(";", ",").split(",") if word.strip()]
        return standards.edited(usual, typed[::-1]) if typed else usual
    except (ValueError, TwinError):
        return usual


def _legend(chosen: Mapping[str, str], unit: str) -> Legend:
    quantity = {"ss_rsrp": "SS-RSRP", "ss_sinr": "SS-SINR", "throughput": _("Throughput")}[chosen["show"]]
    if chosen["of"] == "count":
        counted = ("1 – 2", "3 – 9", "10 – 29", "30 – 99", _("100 and more"))
        classes = _rising(counted, steps(SEQUENTIAL, 5), (1.0, 3.0, 10.0, 30.0, 100.0))
        return Legend("coverage", _("Samples on 25 m of street"), "", classes)
    if chosen["of"] == "age":
        ages = ("0 – 5", "5 – 15", "15 – 30", "30 – 60", _("60 and more"))
        classes = _rising(ages, steps(SEQUENTIAL, 5), (0.0, 5.0, 15.0, 30.0, 60.0))
        return Legend("coverage", _("Age of the last sample"), "min", classes)
    rules = rules_of(chosen["show"], chosen.get("thresholds", ""))
    limits = rules.bounds[::-1]
    grades = rules.grades[::-1]
    labels = (
        f"{grades[0].title}  < {limits[0]:g}",
        *(f"{grade.title}  ≥ {low:g}" for grade, low in zip(grades[1:], limits, strict=True)),
    )
    classes = _rising(labels, rules.safe[::-1], (-math.inf, *limits))
    title = _("{quantity}, median on 25 m of street").format(quantity=quantity)
    return Legend("coverage", title, unit, classes, standard=rules.authority, caveat=rules.caveat)


def _rising(labels: tuple[str, ...], colours: tuple[str, ...], limits: tuple[float, ...]) -> tuple[Class, ...]:
    return tuple(
        Class(label, colour, low if row else -math.inf)
        for row, (label, colour, low) in enumerate(zip(labels, colours, limits, strict=True))
    )


LAYER = Coverage()
