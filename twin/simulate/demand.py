"""Who drives from where to where, and when: trips through a district and within it, and cars that measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.simulate.calendar import busyness
from twin.simulate.roads import CLASSES

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.simulate.network import Network

MOST_TRIPS = 60_000
"""A day's trips at most: a minute or two of computing. A larger district is simulated with thinner traffic."""

LOCAL_A_KM_LANE = 90.0
"""Trips that begin or end on a kilometre of lane within the district, a weekday: an assumption."""

FLEET = (  # share, class of vehicle, length, HBEFA 4 emission class, further attributes
    (0.46, "passenger", 4.4, "HBEFA4/PC_petrol_Euro-6ab", ""),
    (0.16, "passenger", 4.4, "HBEFA4/PC_petrol_Euro-4", ""),
    (0.20, "passenger", 4.6, "HBEFA4/PC_diesel_Euro-6ab", ""),
    (0.07, "passenger", 4.4, "HBEFA4/PC_BEV", ""),
    (0.08, "delivery", 6.0, "HBEFA4/LCV_diesel_N1-III_Euro-5", ""),
    (0.015, "truck", 9.0, "HBEFA4/RT_gt14-20t_Euro-VI_A-C", ""),
    (0.015, "bus", 12.0, "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C", ""),
)
"""A fleet of a European city of the middle of the 2020s in seven kinds: an assumption, no count."""

CARS = 3
"""Cars that measure."""

_TOUR_M_S = 4.0  # how fast one gets on in a city, all stops counted

PROBE = "probe"
"""What the ids of measuring cars begin with."""


@dataclass(frozen=True)
class Trips:
    """Trips as columns of shape (n,), in the order of departure."""

    depart_s: NDArray[np.float64]  # from midnight
    origin: NDArray[np.int64]  # edge of the network
    goal: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.depart_s)


@dataclass(frozen=True, slots=True)
class Tour:
    """One drive of a measuring car, by way of many streets."""

    car: int
    depart_s: float
    edges: tuple[int, ...]


def trips_of(network: Network, day: date, zone: str, rng: np.random.Generator) -> Trips:
    """Return the trips of a day: more on greater streets, most at the hours when people commute.

    Of those who enter where a street is cut by the district's edge most drive through; the others, and those who
    start within, go to or come from any street.
    """
    comes, goes = network.core
    lanes, length_km = network.lane_count, network.length_m / 1000
    volume = np.array([CLASSES[kind].vehicles_a_lane for kind in network.kind]) * lanes
    local = LOCAL_A_KM_LANE * lanes * length_km * np.where(network.priority <= 5, 1.0, 0.3)
    enter = np.where(network.entries & comes, volume, 0.0)
    leave = np.where(network.exits & goes, volume, 0.0)
    origin, goal = enter + np.where(comes, local, 0.0), leave + np.where(goes, local, 0.0)
    if not origin.sum() or not goal.sum():
        empty = np.zeros(0, np.int64)
        return Trips(np.zeros(0), empty, empty)
    count = int(min(max(origin.sum(), 200.0), MOST_TRIPS))
    start, share = busyness(day, zone)
    bins = rng.choice(len(start), count, p=share)
    depart = np.sort(start[bins] + rng.uniform(0, start[1] - start[0], count))
    begins = rng.choice(len(network), count, p=origin / origin.sum())
    ends = rng.choice(len(network), count, p=goal / goal.sum())
    sense = network.segment[begins] != network.segment[ends]  # nobody drives in to turn round
    return Trips(np.round(depart[sense], 1), begins[sense], ends[sense])


def tours_of(
    network: Network, day_s: float, rng: np.random.Generator, *, cars: int = CARS, hours: float = 1.5
) -> tuple[Tour, ...]:
    """Return drives of measuring cars from six in the morning to the last hour of the day, one every `hours`.

    They visit streets at random, long ones more often, so that between them they see most; as many as a car comes
    by in about that time.
    """
    comes, goes = network.core
    inside = np.flatnonzero(comes & goes)
    if len(inside) < 3:
        return ()
    west, south, east, north = shapely.total_bounds([lanes[0] for lanes in network.lanes])
    stops = int(np.clip(hours * 3600 * _TOUR_M_S / (0.7 * np.hypot(east - west, north - south)), 3, 40))
    weight = network.length_m[inside] / network.length_m[inside].sum()
    tours = []
    for car in range(cars):
        for begin in np.arange(6 * 3600.0 + car * 900, day_s - 3600, hours * 3600).tolist():
            chosen = inside[rng.choice(len(inside), stops, p=weight)]
            chosen = chosen[np.append(True, chosen[1:] != chosen[:-1])]
            tours.append(Tour(car, begin, tuple(chosen.tolist())))
    return tuple(sorted(tours, key=lambda tour: (tour.depart_s, tour.car)))


def probes(tours: tuple[Tour, ...]) -> list[str]:
    """Return what SUMO calls the measuring cars, a name a drive."""
    return [f"{PROBE}{tour.car}.{number}" for number, tour in enumerate(tours)]


def write_trips(path: Path, network: Network, trips: Trips, tours: tuple[Tour, ...]) -> None:
    """Write trips and drives as SUMO reads them."""
    ids = network.ids
    rows = [
        (
            depart,
            (
                f'<trip id="t{number}" type="fleet" depart="{depart:.1f}" from="{ids[origin]}" to="{ids[goal]}"'
                ' departLane="best" departSpeed="max"/>'
            ),
        )
        for number, (depart, origin, goal) in enumerate(
            zip(trips.depart_s.tolist(), trips.origin.tolist(), trips.goal.tolist(), strict=True)
        )
    ]
    rows += [
        (
            tour.depart_s,
            (
                f'<trip id="{name}" type="probe" depart="{tour.depart_s:.1f}"'
                f' from="{ids[tour.edges[0]]}" to="{ids[tour.edges[-1]]}"'
                f' via="{" ".join(ids[edge] for edge in tour.edges[1:-1])}" departLane="best"/>'
            ),
        )
        for name, tour in zip(probes(tours), tours, strict=True)
    ]
    with path.open("w", encoding="utf-8") as file:
        file.write('<routes>\n<vTypeDistribution id="fleet">\n')
        for number, (share, kind, length_m, emission, more) in enumerate(FLEET):
            file.write(
                f'<vType id="v{number}" vClass="{kind}" length="{length_m}" emissionClass="{emission}"'
                f' probability="{share}"{more}/>\n'
            )
        file.write('</vTypeDistribution>\n<vType id="probe" vClass="passenger" emissionClass="HBEFA4/PC_BEV"/>\n')
        file.writelines(f"{row}\n" for _depart, row in sorted(rows, key=lambda row: row[0]))
        file.write("</routes>\n")
