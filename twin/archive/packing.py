"""Readings, sensors and what else belongs to a day, as rows of an archive's tables and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.archive.tables import READING
from twin.model import TwinError
from twin.readings import Channel, Layer, Mark, Readings, Reason, Rejected, Rejects, Roster, Sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.archive.server import Server

ROWS_MAX = 5_000_000  # of sensors, gaps and the like, of one day
_LAYER = ("key", "title", "origin", "unit", "standard", "averaging", "source", "owner", "terms", "link")
_CHANNEL = ("key", "layer", "title", "unit", "least", "most", "shelf_s", "between")
_SENSOR = ("key", "layer", "channels", "name", "lon", "lat", "height_m", "heading_deg", "osm", "detail")
_REJECT = ("reason", "count", "sensor", "channel", "t", "value", "place")
_MARK = ("t_start", "t_end", "title", "layer")
_TIMES = ("t_start", "t_end", "t_arrived")


def microseconds(t: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return times as whole microseconds; those of readings are that anyway."""
    return np.rint(t * 1e6).astype(np.int64)


def packed(slot: NDArray[np.integer], rows: Any, more: Sequence[tuple[str, str]] = ()) -> NDArray[Any]:
    """Return readings, or the columns of a state, as an array to send; columns `more` before them are the caller's."""
    found = np.zeros(len(slot), np.dtype([*more, *READING.descr]))
    found["slot"] = slot
    for name in (READING.names or ())[1:]:
        column = getattr(rows, name)
        found[name] = microseconds(column) if name in _TIMES else column
    return found


def unpacked(found: NDArray[Any], roster: Roster, server: Server) -> tuple[NDArray[np.int32], Readings]:
    """Return slots and readings of an array that came."""
    slot = found["slot"].astype(np.int32)
    if len(slot) and not (slot.min() >= 0 and slot.max() < len(roster.slot_sensor)):
        raise server.damaged()
    t_start, t_end, t_arrived = (found[name] / 1e6 for name in _TIMES)
    value, quality, lon, lat = (np.ascontiguousarray(found[name]) for name in ("value", "quality", "lon", "lat"))
    rows = Readings(
        roster.slot_sensor[slot], roster.slot_channel[slot], t_start, t_end, t_arrived, value, quality, lon, lat
    )
    return slot, rows


def put_roster(server: Server, day: int, roster: Roster) -> None:
    """Write who measured what."""
    server.put_rows(
        "twin_layers",
        ("day", "number", *_LAYER),
        [(day, number, *(getattr(layer, name) for name in _LAYER)) for number, layer in enumerate(roster.layers)],
        f"{day}",
    )
    server.put_rows(
        "twin_channels",
        ("day", "number", *_CHANNEL),
        [(day, number, *(getattr(one, name) for name in _CHANNEL)) for number, one in enumerate(roster.channels)],
        f"{day}",
    )
    first = np.cumsum([0, *(len(sensor.channels) for sensor in roster.sensors)]).tolist()
    rows = [
        (day, number, first[number], *(_plain(getattr(sensor, name)) for name in _SENSOR))
        for number, sensor in enumerate(roster.sensors)
    ]
    server.put_rows("twin_sensors", ("day", "number", "slot", *_SENSOR), rows, f"{day}")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if hasattr(value, "items") else value


def layers_of(server: Server) -> dict[int, tuple[Layer, ...]]:
    """Read what all days say about their layers."""
    rows = server.rows(
        f"SELECT day, {', '.join(_LAYER)} FROM twin_layers WHERE day IN (SELECT day FROM twin_days)"  # noqa: S608
        " ORDER BY day, number LIMIT {most:UInt32}",
        most=ROWS_MAX,
    )
    found: dict[int, tuple[Layer, ...]] = {}
    for day, *told in rows:
        layer = Layer(*told)
        if layer.origin not in {"measured", "modelled", "simulated"}:
            raise server.damaged()
        found[day] = (*found.get(day, ()), layer)
    return found


def roster_of(server: Server, day: int, layers: tuple[Layer, ...]) -> Roster:
    """Read who measured what on a day."""
    channels = server.rows(
        f"SELECT {', '.join(_CHANNEL)} FROM twin_channels WHERE day = {{day:UInt64}} ORDER BY number LIMIT 100000",  # noqa: S608
        day=day,
    )
    sensors = server.rows(
        f"SELECT {', '.join(_SENSOR)} FROM twin_sensors WHERE day = {{day:UInt64}} ORDER BY number"  # noqa: S608
        " LIMIT {most:UInt32}",
        day=day,
        most=ROWS_MAX,
    )
    try:
        if any(row[-1] not in {"hold", "linear", "none"} or not row[-2] > 0 for row in channels):
            raise server.damaged()
        return Roster(
            tuple(Sensor(row[0], row[1], tuple(row[2]), *row[3:]) for row in sensors),
            tuple(Channel(*row) for row in channels),
            layers,
        )
    except (TwinError, TypeError, ValueError) as error:
        raise server.damaged() from error


def put_notes(server: Server, day: int, rejects: Rejects, marks: Sequence[Mark]) -> None:
    """Write what was not taken, and what happened."""
    told: list[tuple[Any, ...]] = [
        (reason.value, count, "", "", None, "", "") for reason, count in rejects.counts.items()
    ]
    told += [
        (one.reason.value, None, one.sensor, one.channel, None if math.isnan(one.t) else one.t, one.value, one.where)
        for one in rejects.examples
    ]
    rows = [(day, number, *row) for number, row in enumerate(told)]
    server.put_rows("twin_rejects", ("day", "number", *_REJECT), rows, f"{day}")
    rows = [(day, number, *(getattr(mark, name) for name in _MARK)) for number, mark in enumerate(marks)]
    server.put_rows("twin_marks", ("day", "number", *_MARK), rows, f"{day}")


def rejects_of(server: Server, day: int) -> Rejects:
    """Read what was not taken on a day."""
    counts: dict[Reason, int] = {}
    examples = []
    rows = server.rows(
        f"SELECT {', '.join(_REJECT)} FROM twin_rejects WHERE day = {{day:UInt64}} ORDER BY number LIMIT 100000",  # noqa: S608
        day=day,
    )
    try:
        for reason, count, sensor, channel, t, value, place in rows:
            if count is not None:
                counts[Reason(reason)] = count
            else:
                examples.append(Rejected(Reason(reason), sensor, channel, math.nan if t is None else t, value, place))
    except ValueError as error:
        raise server.damaged() from error
    return Rejects(counts, tuple(examples))


def marks_of(server: Server, day: int) -> tuple[Mark, ...]:
    """Read what happened on a day, in the order of time."""
    rows = server.rows(
        f"SELECT {', '.join(_MARK)} FROM twin_marks WHERE day = {{day:UInt64}}"  # noqa: S608
        " ORDER BY t_start, number LIMIT 100000",
        day=day,
    )
    return tuple(Mark(*row) for row in rows)
