"""Streets as standards of traffic class them, and what must be known of one: how dense it is, how fast it may flow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

EXPRESSWAY, ARTERIAL, LOCAL = range(3)
NO_ROAD = -1
ROADS = ("expressway", "arterial", "local")
"""Classes of urban roads as GB/T 33171 has them; "local" are its secondary roads and branches."""

_ROAD_OF = {
    "motorway": EXPRESSWAY,
    "trunk": EXPRESSWAY,
    "primary": ARTERIAL,
    "secondary": LOCAL,
    "tertiary": LOCAL,
    "unclassified": LOCAL,
    "residential": LOCAL,
    "living_street": LOCAL,
    "road": LOCAL,
    "busway": LOCAL,
    "service": LOCAL,
}

USUAL_KMH = {
    "motorway": 110.0, "trunk": 80.0, "primary": 50.0, "secondary": 50.0, "tertiary": 45.0, "unclassified": 40.0,
    "residential": 30.0, "living_street": 15.0, "service": 15.0, "road": 40.0, "busway": 40.0,
}  # fmt: skip
"""Free-flow speed by highway=* where nobody measured and no limit is mapped: an assumption."""

FREE_FLOW_PERCENTILE = 85.0
"""Of the speeds at night: what most of those drive whom nobody hinders."""

HEAVY_AS_CARS = 2.0
"""Passenger cars that a lorry or bus stands for on level ground: HCM 6th edition, exhibit 12-25."""


def roads_of(highways: ArrayLike) -> NDArray[np.int8]:
    """Return the class of every street by its value of highway=*, links with their road; `NO_ROAD` for paths."""
    return _looked_up(highways, _ROAD_OF, NO_ROAD).astype(np.int8)


def usual_kmh(highways: ArrayLike) -> NDArray[np.float64]:
    """Return the free-flow speed to assume by highway=*, links with their road; NaN for paths."""
    return _looked_up(highways, USUAL_KMH, np.nan)


def _looked_up(highways: ArrayLike, table: Mapping[str, float], otherwise: float) -> NDArray[np.float64]:
    values = np.asarray(highways, object)
    distinct, rows = np.unique(values.astype(str), return_inverse=True)
    told = [table.get(value.removesuffix("_link"), otherwise) for value in distinct.tolist()]
    found: NDArray[np.float64] = np.array(told, np.float64)[rows].reshape(values.shape)
    return found


def density(
    flow_veh_h: ArrayLike, speed_kmh: ArrayLike, lanes: ArrayLike, *, heavy: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Return passenger cars a kilometre and lane; NaN where nothing moves or a column is missing.

    HCM 6th edition, equations 12-9 and 12-11: flow over speed, each heavy vehicle for `HEAVY_AS_CARS`.

    Parameters
    ----------
    flow_veh_h, speed_kmh : array_like
        Of all lanes of one direction, and its mean speed.
    lanes : array_like
        How many these are.
    heavy : array_like
        The share of lorries and buses, 0 to 1.
    """
    flow = np.asarray(flow_veh_h, np.float64) * (1 + np.asarray(heavy, np.float64) * (HEAVY_AS_CARS - 1))
    road = np.asarray(speed_kmh, np.float64) * np.asarray(lanes, np.float64)
    flow, road = np.broadcast_arrays(flow, road)
    found: NDArray[np.float64] = np.divide(flow, road, out=np.full(flow.shape, np.nan), where=road > 0)
    return found


def density_of_occupancy(occupancy_percent: ArrayLike, *, length_m: ArrayLike = 6.5) -> NDArray[np.float64]:
    """Return vehicles a kilometre and lane of the share of time that a detector is covered.

    Parameters
    ----------
    occupancy_percent : array_like
        0 to 100.
    length_m : array_like
        Of a mean vehicle and the detector together; 6.5 m is a car of 4.5 m over a loop of 2 m.
    """
    found: NDArray[np.float64] = np.asarray(occupancy_percent, np.float64) * 10 / np.asarray(length_m, np.float64)
    return found


def free_flow_kmh(
    night_kmh: ArrayLike, limit_kmh: ArrayLike, highways: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Return the free-flow speed of every street, and what it came from.

    Parameters
    ----------
    night_kmh : array_like
        Speeds measured at night on each street, shape (streets, readings), NaN where there is none. Ten are enough.
    limit_kmh : array_like
        Its mapped speed limit, NaN where there is none; shape (streets,).
    highways : array_like
        Its value of highway=*; shape (streets,).

    Returns
    -------
    tuple of ndarray
        km/h, NaN where it is no road; and 0 for measured, 1 for its limit, 2 for what is usual, -1 for none.
    """
    night, limit = np.asarray(night_kmh, np.float64), np.asarray(limit_kmh, np.float64)
    ordered = np.sort(np.where(night > 0, night, np.nan), axis=-1)  # NaN goes last
    count = (ordered > 0).sum(axis=-1)
    enough = count >= 10
    row = np.minimum(np.ceil(np.maximum(count, 1) * FREE_FLOW_PERCENTILE / 100).astype(int), ordered.shape[-1]) - 1
    measured = np.take_along_axis(ordered, np.maximum(row, 0)[:, None], axis=-1)[:, 0] if ordered.size else limit
    usual = usual_kmh(highways)
    found = np.where(enough, measured, np.where(limit > 0, limit, usual))
    came_from = np.where(enough, 0, np.where(limit > 0, 1, np.where(np.isnan(usual), -1, 2)))
    return found, came_from.astype(np.int8)
