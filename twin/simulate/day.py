"""One simulated day: its sensors, readings and events, labelled as what they are."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.days import Home, Recorder, copy_days
from twin.language import _
from twin.model import Progress, Report, silent
from twin.readings import Layer, Mark, Readings, Roster
from twin.simulate import air, coverage, demand, detectors, stations, traffic
from twin.simulate.calendar import span_of
from twin.simulate.faults import with_faults, with_service
from twin.simulate.network import network_of
from twin.simulate.programs import require
from twin.simulate.roads import roads_of

if TYPE_CHECKING:
    from datetime import date

    from twin.model import District

OWNER = "District Twin"
TERMS = "Simulated, no measurement. ODbL 1.0, as the map it is made from: © OpenStreetMap contributors"


@dataclass(frozen=True)
class SimulatedDay:
    """What a recorder would have written on that day."""

    title: str
    home: Home
    roster: Roster
    readings: Readings  # in the order of t_end
    marks: tuple[Mark, ...]
    dead: str  # the key of the sensor that never reports; "" where there are too few to lose one

    def record(self, path: Path, *, report: Report = silent) -> None:
        """Write the day into a new file of days."""
        report(Progress(_("Writing the day")))
        recorder = Recorder(path, self.roster, title=self.title, home=self.home)
        try:
            recorder.record(self.readings)
            for mark in self.marks:
                recorder.record(mark)
        finally:
            recorder.close(report=report)

    def add_to(self, path: Path, *, report: Report = silent) -> None:
        """Copy the day into a file, in the place of one that was simulated of the same date; else behind its days.

        The file is replaced when all is in.
        """
        with tempfile.TemporaryDirectory(prefix="twin-") as folder:
            alone = Path(folder) / "day.twin"
            self.record(alone, report=report)
            copy_days(alone, path, replace=True, report=report)


def simulate(district: District, day: date, *, seed: int = 1, report: Report = silent) -> SimulatedDay:
    """Return a simulated day on a district's own streets; the same seed gives the same day, reading for reading.

    Parameters
    ----------
    day
        A day as the district's clocks have it; workdays have two peaks, other days one.
    seed
        What chance starts from, 0 or more.
    report
        Told about progress; what it raises ends the simulation and its programs at once.

    Raises
    ------
    TwinError
        Where Eclipse SUMO is not installed, or the district has no streets to simulate.
    """
    require()
    begin, _end = span_of(day, district.zone)
    with tempfile.TemporaryDirectory(prefix="twin-") as name:
        folder = Path(name)
        report(Progress(_("Reading the streets")))
        roads = roads_of(district)
        network = network_of(
            roads, district.zone, folder, hear=lambda _s: report(Progress(_("Joining the streets to a network")))
        )
        places = detectors.detectors_of(network, district)
        driven = traffic.simulate(network, places, day, district.zone, seed=seed, folder=folder, report=report)
    report(Progress(_("Spreading what vehicles emit")))
    chance = [np.random.default_rng([seed, use]) for use in (2, 3, 4, 5, 6, 7)]
    posts = stations.stations_of(district, network, roads, driven.emissions)
    loops = detectors.sensors_of(places, network, roads, district)
    sites = coverage.sites_of(district, chance[4])
    nodes = (*loops, *air.sensors_of(posts, district))
    roster = Roster(
        (*nodes, *coverage.sensors_of(sites, demand.CARS, district)),
        (*detectors.channels(), *air.channels(), *coverage.channels(traffic.PROBE_S)),
        (_traffic_layer(seed), _air_layer(seed), _coverage_layer(seed)),
    )
    breathed = air.readings_of(
        posts,
        network,
        driven.emissions,
        air.weather_of(district, day, chance[0]),
        len(loops),
        roster.channel_rows[air.KEYS[0]],
        chance[1],
    )
    report(Progress(_("Measuring 5G along the streets")))
    heard = coverage.readings_of(
        district, driven.paths, sites, len(nodes), roster.channel_rows[coverage.KEYS[0]], chance[5]
    )
    counted, cuts, dead = with_faults(driven.counted, roster, detectors.LAYER, begin, chance[2])
    breathed, service = with_service(breathed, roster, air.LAYER, begin, chance[3])
    readings, marks = (
        Readings.joined([counted, breathed, heard]),
        tuple(sorted((*cuts, *service), key=lambda mark: mark.t_start)),
    )
    order = np.lexsort((readings.channel, readings.sensor, readings.t_end))
    return SimulatedDay(
        _("Simulated day (seed {seed})").format(seed=seed),
        Home(district.name, district.frame.lon, district.frame.lat, district.zone),
        roster,
        readings[order],
        marks,
        dead,
    )


def _traffic_layer(seed: int) -> Layer:
    return Layer(
        detectors.LAYER,
        _("Traffic"),
        "simulated",
        unit="veh/h",
        averaging=_("{minutes} min").format(minutes=f"{detectors.PERIOD_S / 60:.0f}"),
        source=_("Eclipse SUMO {version} on the streets of the map, seed {seed}").format(
            version=sumo_version(), seed=seed
        ),
        owner=OWNER,
        terms=TERMS,
        link="https://eclipse.dev/sumo",
    )


def _air_layer(seed: int) -> Layer:
    return Layer(
        air.LAYER,
        _("Air quality"),
        "simulated",
        unit="µg/m³",
        averaging=_("1 h"),
        source=_(
            "emissions after HBEFA 4 by Eclipse SUMO {version}, plumes and street canyons over an assumed background, "
            "seed {seed}"
        ).format(version=sumo_version(), seed=seed),
        owner=OWNER,
        terms=TERMS,
        link="https://eclipse.dev/sumo",
    )


def _coverage_layer(seed: int) -> Layer:
    return Layer(
        coverage.LAYER,
        _("5G coverage"),
        "simulated",
        unit="dBm",
        averaging=_("each sample of an instant"),
        source=_(
            "3GPP TR 38.901 path loss, sight among the map's buildings, cells assumed on masts and high roofs, "
            "seed {seed}"
        ).format(seed=seed),
        owner=OWNER,
        terms=TERMS,
    )


def sumo_version() -> str:
    """Return which SUMO is installed, "" where nobody knows."""
    try:
        return version("eclipse-sumo")
    except PackageNotFoundError:
        return ""
