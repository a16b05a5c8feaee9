"""Traffic: detectors on their streets and directions, congestion by a chosen standard, and moving vehicles."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.drape import bands, blend
from twin.language import _, _n
from twin.layers.detectors import SPEAKS_M, Places, places_of, spread
from twin.layers.kind import Choice, Verdict, channel_of, chosen_of
from twin.layers.vehicles import Stream
from twin.legend import GOOD_TO_BAD, SEQUENTIAL, Class, Legend, steps
from twin.picture import Form, Shown
from twin.quantity import THIN_SPACE
from twin.quantity import number as number_told
from twin.standards import roads
from twin.standards import traffic as standards
from twin.standards.standard import NO_GRADE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.model import District
    from twin.readings import History, Moment, Readings, Roster

FLOW = ("flow", "traffic_flow", "volume", "intensity", "count")
SPEED = ("speed", "traffic_speed", "average_speed", "mean_speed")
OCCUPANCY = ("occupancy", "occupancy_rate")
"""The keys that channels of this layer may have, of vehicles an hour, km/h and per cent."""

QUANTITIES = ("speed", "flow", "occupancy")
"""What may be shown besides the grades of a standard."""

DOT_M = 1.6  # above the ground
_CENTRE_GAP_M = 0.25
_ESTIMATE_WITHIN_M = 400.0
_ESTIMATED_FROM = 4
_CHUNK_READINGS = 400_000
_LONGEST_CHUNK_S, _SHORTEST_CHUNK_S = 6 * 3600.0, 900.0
_LEAD_S = 600.0  # vehicles that are on a street at the beginning of a chunk came in before


class Traffic:
    """The kind of layer."""

    key = "traffic"

    @property
    def title(self) -> str:
        """What people call it."""
        return _("Traffic")

    def choices(self, roster: Roster) -> tuple[Choice, ...]:
        """Return what may be chosen: what is shown, whether streets without a detector are estimated, colours."""
        unknown = not roster.sensors  # then everything that could be is told
        has = {
            "speed": channel_of(roster, self.key, SPEED) is not None,
            "flow": channel_of(roster, self.key, FLOW) is not None,
            "occupancy": channel_of(roster, self.key, OCCUPANCY) is not None,
        }
        usable = standards.usable([channel for channel, there in has.items() if there or unknown])
        possible = {key: standards.standard_of(key).title for key in usable}
        quantities = {"speed": _("Speed"), "flow": _("Flow"), "occupancy": _("Occupancy")}
        possible |= {key: title for key, title in quantities.items() if has[key] or unknown}
        found = [Choice("show", _("Show"), possible)] if possible else []
        found.append(Choice("colours", _("Colours"), {"safe": _("For all eyes"), "standard": _("Green to red")}))
        found.append(
            Choice("estimate", _("Streets without a detector"), {"off": _("Left blank"), "on": _("Estimated")})
        )
        found.append(Choice("vehicles", _("Vehicles"), {"on": _("Shown"), "off": _("Hidden")}))
        return tuple(found)

    def fit(
        self, district: District, roster: Roster, chosen: Mapping[str, str], before: object = None
    ) -> FittedTraffic | None:
        """Return the layer for a district's streets and a roster's detectors; None where there are none."""
        rows = np.array([row for row, sensor in enumerate(roster.sensors) if sensor.layer == self.key], np.int64)
        if not len(rows):
            return None
        same = isinstance(before, FittedTraffic) and before.roster is roster and before.district is district
        places = before.places if same and isinstance(before, FittedTraffic) else places_of(district, roster, rows)
        words = {choice.key: chosen_of(choice, chosen) for choice in self.choices(roster)}
        return FittedTraffic(district, roster, places, words)


class FittedTraffic:
    """Traffic on the streets of a district."""

    def __init__(self, district: District, roster: Roster, places: Places, chosen: Mapping[str, str]) -> None:
        self.district, self.roster, self.places, self.chosen = district, roster, places, chosen
        self._show = chosen.get("show", "free_flow_ratio")
        self._legend = _legend(self._show, safe=chosen.get("colours") == "safe").told(
            next((layer for layer in roster.layers if layer.key == "traffic"), None)
        )
        note = _("A detector speaks for its street up to {reach} m to either side.").format(reach=f"{SPEAKS_M:.0f}")
        self._legend = replace(self._legend, notes=(*self._legend.notes, note))
        if places.unplaced:
            note = _n(
                "{count} detector stands too far from the streets of this district to be drawn.",
                "{count} detectors stand too far from the streets of this district to be drawn.",
                places.unplaced,
            ).format(count=places.unplaced)
            self._legend = replace(self._legend, notes=(note, *self._legend.notes))
        if chosen.get("estimate") == "on":
            note = _("Dashed: estimated from detectors nearby.")
            self._legend = replace(self._legend, notes=(*self._legend.notes, note))
        self._flow = self._slots(FLOW)
        self._speed = self._slots(SPEED)
        self._occupancy = self._slots(OCCUPANCY)
        if self.animated:
            note = _("Vehicles are as many and as fast as measured.")
            self._legend = replace(self._legend, notes=(*self._legend.notes, note))
        self._cell_of_row, self._segments, self._ways, self._ahead_m = spread(places)
        segments, ways = self._segments, self._ways
        self._estimates: NDArray[np.float64] | None = None
        if chosen.get("estimate") == "on":
            segments, ways = self._with_estimates()
        self._form = self._bands(segments, ways)
        speaks = () if self._show in QUANTITIES else standards.standard_of(self._show).roads
        unnamed = ~np.isin(roads.roads_of(places.streets.kind[segments]), speaks)
        self._absent = None if self._show in QUANTITIES else unnamed
        self._dots = Form(
            "traffic",
            "dots",
            np.zeros((0, 3), np.float32),
            np.zeros((0, 3), np.int32),
            np.zeros(0, np.int32),
            np.zeros(0, np.int32),
            0,
        )
        dot = Class(_("Vehicles"), "#20242A")
        self._dots_legend = Legend("traffic", _("Vehicles"), "", (dot,), origin=self._legend.origin)
        self._stream: tuple[float, float, float, Stream] | None = None

    @property
    def animated(self) -> bool:
        """Whether vehicles drive."""
        return self.chosen.get("vehicles") != "off" and bool((self._flow >= 0).any())

    @property
    def legend(self) -> Legend:
        """How the colours are read."""
        return self._legend

    def forget(self) -> None:
        """Let go of the readings that vehicles were made of."""
        self._stream = None

    def show(self, moment: Moment, history: History, *, arrived_by: float = math.inf) -> Mapping[str, Shown]:
        """Return the streets' colours and the vehicles on them."""
        value = self._cells(moment)[self._cell_of_row]
        estimated = None
        if self._estimates is not None:
            more = self._estimated(value)
            estimated = np.arange(len(value) + len(more)) >= len(value)
            value = np.concatenate([value, more])
        shown = {"traffic": Shown(self._form, self._legend, value.astype(np.float32), estimated, absent=self._absent)}
        if self.animated:
            place = self._vehicles(moment, history, arrived_by)
            still = np.zeros(len(place), np.float32)
            shown["traffic.vehicles"] = Shown(self._dots, self._dots_legend, still, place=place)
        return shown

    def verdicts(
        self,
        sensor: int,
        moment: Moment,
        history: History,  # noqa: ARG002
        *,
        arrived_by: float = math.inf,  # noqa: ARG002
    ) -> tuple[Verdict, ...]:
        """Return how traffic flows at a detector by every standard there is."""
        places = self.places
        of_sensor = places.cell[places.sensor == sensor]
        if not len(of_sensor):
            return ()
        cell, measured = int(of_sensor[0]), self._for_standards(moment)
        road = int(measured["road"][cell])
        has = {"speed": self._speed, "flow": self._flow, "occupancy": self._occupancy}
        usable = standards.usable([name for name, slots in has.items() if (slots[places.sensor == sensor] >= 0).any()])
        found = []
        for key, rules in standards.STANDARDS.items():
            graded = standards.level(key, **measured)
            grade, number = int(graded.grade[cell]), float(graded.number[cell])
            if grade == NO_GRADE:
                why = _("No data") if key in usable else _("Needs more than this detector measures")
                why = why if road in rules.roads else _("Speaks of other streets")
                found.append(Verdict(rules.title, "", "", caveat=why))
                continue
            told = rules.grades[grade]
            colour = told.safe if self.chosen.get("colours") == "safe" else told.colour
            said = "" if math.isnan(number) else f"{number_told(number)}{THIN_SPACE}{rules.unit}".strip()
            found.append(Verdict(rules.title, told.title, colour, said, self._legend.averaging, caveat=rules.caveat))
        return tuple(found)

    # values

    def _slots(self, words: tuple[str, ...]) -> NDArray[np.int32]:
        """Return the slot of a quantity of every placed detector, -1 where it has none."""
        channel = channel_of(self.roster, "traffic", words)
        row = -1 if channel is None else self.roster.channel_rows[channel]
        return self.roster.slots(self.places.sensor, np.full(len(self.places.sensor), row))

    def _read(self, moment: Moment, slots: NDArray[np.int32]) -> NDArray[np.float64]:
        return np.where(slots >= 0, np.append(moment.value, np.nan)[slots], np.nan)

    def _cells(self, moment: Moment) -> NDArray[np.float64]:
        """Return the shown quantity of every cell, or its grade by the shown standard, NaN where there is none."""
        if self._show in QUANTITIES:
            return self._measured(moment, self._show)
        grade = standards.level(self._show, **self._for_standards(moment)).grade
        return np.where(grade == NO_GRADE, np.nan, grade.astype(np.float64))

    def _for_standards(self, moment: Moment) -> dict[str, NDArray[Any]]:
        """Return what standards go by, of every cell: road, speeds and density, as `standards.level` takes them."""
        places = self.places
        # lanes of a detector are not told: what its cross-section has counts as lanes, one at least
        lanes = np.maximum(self._mean(places.cross_cell, np.bincount(places.cross).astype(np.float64)), 1.0)
        speed, flow = self._measured(moment, "speed"), self._measured(moment, "flow")
        density = roads.density(flow, speed, lanes)
        dense = roads.density_of_occupancy(self._measured(moment, "occupancy"))
        return {
            "road": roads.roads_of(places.streets.kind[places.segment]),
            "speed_kmh": speed,
            "free_flow_kmh": places.free_flow_kmh,
            "density": np.where(np.isnan(density), dense, density),
        }

    def _measured(self, moment: Moment, quantity: str) -> NDArray[np.float64]:
        """Return a quantity of every cell: flows of lanes add up, speeds are means by flow."""
        places = self.places
        flow = self._read(moment, self._flow)
        if quantity == "flow":
            return self._mean(places.cross_cell, np.bincount(places.cross, flow, len(places.cross_cell)))
        if quantity == "occupancy":
            return self._mean(places.cell, self._read(moment, self._occupancy))
        return self._mean(places.cell, self._read(moment, self._speed), np.nan_to_num(flow) + 1.0)

    def _mean(
        self, cell: NDArray[np.int64], value: NDArray[np.float64], weight: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        known = ~np.isnan(value)
        weight = np.ones(len(value)) if weight is None else weight
        total = np.bincount(cell[known], weight[known], self.places.cells)
        found = np.bincount(cell[known], (value * weight)[known], self.places.cells)
        mean: NDArray[np.float64] = np.divide(found, total, out=np.full(self.places.cells, np.nan), where=total > 0)
        return mean

    # geometry

    def _bands(self, segment: NDArray[np.int64], way: NDArray[np.int8]) -> Form:
        """Return a band for each direction of a segment: its half of the road, or all of a one-way street."""
        streets = self.places.streets
        edges = streets.edges
        self._road_of_cells = roads.roads_of(streets.kind[segment])
        length = edges.length_m[segment]
        lines = edges.between(segment, np.zeros(len(segment)), np.maximum(length, 0.01))
        half = np.maximum(streets.width_m[segment] / 2, 2.6)
        side = way.astype(np.int64) * (-1 if self.places.left else 1)
        whole = (way == 0) | (streets.oneway[segment] != 0)
        left = np.where(whole | (side < 0), half, -_CENTRE_GAP_M)
        right = np.where(whole | (side > 0), half, -_CENTRE_GAP_M)
        of_cell = np.full(self.places.cells, -1, np.int32)
        of_cell[self.places.cell[::-1]] = self.places.sensor[::-1]
        sensor = np.full(len(segment), -1, np.int32)
        sensor[: len(self._cell_of_row)] = of_cell[self._cell_of_row]
        return bands("traffic", lines, np.arange(len(segment)), left, right, sensor, terrain=self.district.terrain)

    # estimates

    def _with_estimates(self) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the cells and behind them streets near detectors; keep with what weight each detector speaks there."""
        streets = self.places.streets
        middle, _heading = streets.edges.places(np.arange(len(streets.osm)), np.asarray(streets.edges.length_m) / 2)
        blank = np.setdiff1d(np.arange(len(streets.osm)), self._segments)
        here = middle[self._segments]
        away = np.hypot(*(middle[blank][:, None] - here[None]).transpose(2, 0, 1))
        other = streets.kind[blank][:, None] != streets.kind[self._segments][None]
        weight = 1 / (20.0 + away + 150.0 * other) ** 2
        weight[away > _ESTIMATE_WITHIN_M] = 0
        if weight.shape[1] > _ESTIMATED_FROM:
            least = np.partition(weight, -_ESTIMATED_FROM, axis=1)[:, -_ESTIMATED_FROM][:, None]
            weight[weight < least] = 0
        reached = weight.sum(axis=1) > 0
        self._estimates = weight[reached]
        return (
            np.append(self._segments, blank[reached]),
            np.append(self._ways, np.zeros(int(reached.sum()), np.int8)),
        )

    def _estimated(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._estimates is None:
            return np.zeros(0)
        return blend(value, self._estimates)[0]

    # vehicles

    def _vehicles(self, moment: Moment, history: History, arrived_by: float) -> NDArray[np.float32]:
        """Return where vehicles are, shape (n, 3)."""
        places = self.places
        stream = self._stream_at(moment.t, history, arrived_by)
        lengths = np.asarray(places.streets.edges.length_m)[self._segments]
        # one stream a cell, seen on each of its stretches; where nothing is known now, nothing drives
        silent = np.isnan(self._mean(places.cell, self._read(moment, self._flow)))[self._cell_of_row]
        row, gone = stream.vehicles(moment.t, self._cell_of_row, self._ahead_m, lengths)
        row, gone = row[~silent[row]], gone[~silent[row]]
        segment, way = self._segments[row], self._ways[row]
        along = np.where(way < 0, lengths[row] - gone, gone)
        at, heading = places.streets.edges.places(segment, along)
        side = np.where(places.streets.oneway[segment] != 0, 0, way) * (-1.0 if places.left else 1.0)
        aside = side * np.maximum(places.streets.width_m[segment] / 4, 1.4)
        xy = at + np.column_stack([heading[:, 1], -heading[:, 0]]) * aside[:, None]
        z = np.full(len(xy), DOT_M)
        if self.district.terrain is not None:
            z += self.district.terrain.at(xy)
        return np.column_stack([xy, z]).astype(np.float32)

    def _stream_at(self, t: float, history: History, arrived_by: float) -> Stream:
        """Return the stream of the stretch of time about t; bounded, however long the day."""
        kept = self._stream
        if kept is not None and kept[0] <= t < kept[1] and arrived_by <= kept[2]:
            return kept[3]
        span = history.span or (t, t)
        long = _LONGEST_CHUNK_S
        while long > _SHORTEST_CHUNK_S and len(self._flow) * long / 30.0 > _CHUNK_READINGS:
            long /= 2
        t0 = span[0] + math.floor((t - span[0]) / long) * long
        slots = np.concatenate([self._flow, self._speed])
        rows = history.window(t0 - _LEAD_S, t0 + long + _LEAD_S, slots=slots[slots >= 0], arrived_by=arrived_by)
        found = self._stream_of(rows)
        # as it arrived, every moment knows more than the one before
        until = t0 + long if math.isinf(arrived_by) else math.nextafter(t, math.inf)
        self._stream = (t0, until, arrived_by, found)
        return found

    def _stream_of(self, rows: Readings) -> Stream:
        places = self.places
        roster = self.roster
        cells = np.full(len(roster.sensors), -1, np.int64)
        cells[places.sensor] = places.cell
        lanes = np.ones(len(roster.sensors))
        crosses = np.bincount(places.cross_cell, minlength=places.cells)
        lanes[places.sensor] = 1.0 / np.maximum(crosses[places.cell], 1)
        flow_row = channel_of(roster, "traffic", FLOW)
        is_flow = rows.channel == (roster.channel_rows[flow_row] if flow_row is not None else -1)
        cell = cells[rows.sensor]
        t_start = np.where(
            rows.t_start < rows.t_end, rows.t_start, rows.t_end - np.minimum(roster.shelf_s.min(initial=60.0), 60.0)
        )
        key, group = np.unique(np.column_stack([cell, rows.t_end]), axis=0, return_inverse=True)
        group = group.reshape(-1)
        count = len(key)
        flow = np.bincount(group[is_flow], (rows.value * lanes[rows.sensor])[is_flow], count) / 3600
        speeds = np.bincount(group[~is_flow], rows.value[~is_flow], count)
        known = np.bincount(group[~is_flow], minlength=count)
        usual = places.free_flow_kmh[np.clip(key[:, 0].astype(np.int64), 0, None)] if places.cells else np.zeros(count)
        speed = np.where(known > 0, speeds / np.maximum(known, 1), usual) / 3.6
        begin = np.full(count, np.inf)
        np.minimum.at(begin, group, t_start)
        mine = key[:, 0] >= 0
        # the last reading of a street holds until it is no longer believed, or the next has come
        last = np.append(key[1:, 0] != key[:-1, 0], True)[:count]
        until = key[:, 1] + np.where(last, float(roster.shelf_s[self._flow[self._flow >= 0]].min(initial=3600.0)), 0.0)
        return Stream.of(key[mine, 0].astype(np.int64), begin[mine], until[mine], flow[mine], speed[mine], places.cells)


def _legend(show: str, *, safe: bool) -> Legend:
    """Return classes and colours of a quantity, or of a standard."""
    green_to_red = ("#1A9850", "#91CF60", "#D9EF8B", "#FEE08B", "#FC8D59", "#D73027")

    def from_good(count: int) -> tuple[str, ...]:
        return steps(GOOD_TO_BAD if safe else green_to_red, count)

    if show == "speed":
        return Legend("traffic", _("Speed"), "km/h", _ranges((0, 10, 20, 30, 40, 50, 70), from_good(7)[::-1]))
    if show == "flow":
        limits = (0, 100, 250, 500, 1000, 1500, 2000)
        return Legend("traffic", _("Flow"), _("veh/h"), _ranges(limits, steps(SEQUENTIAL, 7)))
    if show == "occupancy":
        return Legend("traffic", _("Occupancy"), "%", _ranges((0, 5, 10, 15, 25, 40), from_good(6)))
    standard = standards.standard_of(show)
    classes = tuple(
        Class(grade.title, grade.safe if safe else grade.colour, i - 0.5 if i else -math.inf)
        for i, grade in enumerate(standard.grades)
    )
    return Legend("traffic", standard.title, "", classes, standard=standard.title, caveat=standard.caveat)


def _ranges(limits: tuple[int, ...], colours: tuple[str, ...]) -> tuple[Class, ...]:
    ends = (*limits[1:], None)
    return tuple(
        Class(
            _("{least} and more").format(least=low) if high is None else f"{low} – {high}",
            colour,
            float(low) if row else -math.inf,
        )
        for row, (low, high, colour) in enumerate(zip(limits, ends, colours, strict=True))
    )


LAYER = Traffic()
