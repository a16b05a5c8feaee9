"""A day of traffic by Eclipse SUMO: every vehicle, every signal, and what was counted, emitted and driven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import Progress, Report
from twin.simulate import demand, detectors, programs
from twin.simulate.calendar import span_of
from twin.simulate.output import columns

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.readings import Readings
    from twin.simulate.detectors import Detectors
    from twin.simulate.network import Network

PROBE_S = 10.0
"""How often a measuring car tells where it is."""

_OPTIONS = (
    *("--begin", "0", "--step-log.period", "60", "--no-warnings", "--xml-validation", "never"),
    # What keeps a network without its turn restrictions and yellow boxes from locking itself for good.
    *("--time-to-teleport", "120", "--ignore-junction-blocker", "20", "--max-depart-delay", "300"),
    *("--device.rerouting.probability", "0.4", "--device.rerouting.period", "180", "--ignore-route-errors"),
    *("--fcd-output", "cars.csv", "--fcd-output.skip-empty"),
)


@dataclass(frozen=True)
class Emissions:
    """Grams in an hour from each edge: columns of shape (n,), a row an edge and hour in which anybody drove there."""

    edge: NDArray[np.int64]
    hour: NDArray[np.int64]  # 0 for the first of the day
    nox_g: NDArray[np.float64]
    pm10_g: NDArray[np.float64]  # exhaust, brakes, tyres and road together
    co_g: NDArray[np.float64]
    fuel_g: NDArray[np.float64]


@dataclass(frozen=True)
class Paths:
    """Where measuring cars were: columns of shape (n,), in the order of time."""

    car: NDArray[np.int64]
    t: NDArray[np.float64]  # UTC epoch seconds
    xy: NDArray[np.float64]  # (n, 2)


@dataclass(frozen=True)
class Traffic:
    """What a simulated day of traffic left behind."""

    counted: Readings
    emissions: Emissions
    paths: Paths
    trips: int


def simulate(
    network: Network, places: Detectors, day: date, zone: str, *, seed: int, folder: Path, report: Report
) -> Traffic:
    """Return a day of traffic on a network; same seed, same day.

    Raises
    ------
    TwinError
        Where SUMO is absent or fails.
    """
    begin, end = span_of(day, zone)
    rng = np.random.default_rng([seed, 1])
    trips = demand.trips_of(network, day, zone, rng)
    tours = demand.tours_of(network, end - begin, rng)
    demand.write_trips(folder / "trips.xml", network, trips, tours)
    (folder / "more.xml").write_text(
        '<additional>\n<edgeData id="e" type="emissions" period="3600" file="emissions.csv" excludeEmpty="true"/>\n'
        f"{detectors.written(places, network, 'loops.csv')}</additional>\n",
        encoding="utf-8",
    )
    total_h = (end - begin) / 3600

    def hear(simulated_s: float) -> None:
        report(Progress(_("Simulating traffic"), round(simulated_s / 3600, 1), total_h, _("h")))

    arguments: list[str | Path] = [
        "-n",
        network.file,
        "-r",
        "trips.xml",
        "-a",
        "more.xml",
        "--end",
        f"{end - begin:.0f}",
        *_OPTIONS,
    ]
    probes = ["--device.fcd.explicit", ",".join(names) if (names := demand.probes(tours)) else "none"]
    programs.run(
        "sumo",
        [*arguments, *probes, "--device.fcd.period", f"{PROBE_S:.0f}", "--seed", str(seed)],
        folder=folder,
        hear=hear,
    )
    return Traffic(
        detectors.readings_of(folder / "loops.csv", len(places), begin),
        _emissions(folder / "emissions.csv", network),
        _paths(folder / "cars.csv", begin),
        len(trips),
    )


def _emissions(path: Path, network: Network) -> Emissions:
    wanted = ("interval_begin", "edge_NOx_abs", "edge_PMx_abs", "edge_CO_abs", "edge_fuel_abs")
    table = columns(path, wanted, "edge_id")
    known = np.array([name in network.rows for name in table.names], bool)
    edge = np.array([network.rows[name] for name in table.names if name in network.rows], np.int64)
    begin, nox, pm, co, fuel = table.values[known].T
    # milligrams, all of them
    return Emissions(edge, np.round(begin / 3600).astype(np.int64), nox / 1e3, pm / 1e3, co / 1e3, fuel / 1e3)


def _paths(path: Path, begin_s: float) -> Paths:
    """Read where measuring cars were; a drive that begins before the car is back from the last one does not count."""
    table = columns(path, ("timestep_time", "vehicle_x", "vehicle_y"), "vehicle_id")
    mine = np.array([name.startswith(demand.PROBE) for name in table.names], bool)
    told = [name.removeprefix(demand.PROBE).split(".") for name in table.names if name.startswith(demand.PROBE)]
    car, tour = np.array(told, np.int64).reshape(-1, 2).T
    t, x, y = table.values[mine].T
    kept = np.zeros(len(t), bool)
    back: dict[int, float] = {}
    for number in np.unique(tour).tolist():  # in the order of their departure
        rows = np.flatnonzero(tour == number)
        who = int(car[rows[0]])
        if t[rows].min() > back.get(who, -np.inf):
            kept[rows] = True
            back[who] = float(t[rows].max())
    return Paths(car[kept], begin_s + t[kept], np.column_stack([x, y])[kept])
