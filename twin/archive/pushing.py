"""Days into an archive, whole or not at all, and each once."""

from __future__ import annotations

import hashlib
import json
import math
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.archive.listing import Archived, archived
from twin.archive.packing import microseconds, packed, put_notes, put_roster
from twin.archive.tables import KEYFRAME_EVERY, OF_A_DAY, make_tables
from twin.language import _
from twin.model import Progress, TwinError, silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.archive.server import Server
    from twin.days import Recording
    from twin.model import Report

READINGS_A_PUSH = 500_000  # sent at once: a server makes a part of the table of each, and wants them large
_OF_STATE = ("t_start", "t_end", "t_arrived", "value", "quality", "lon", "lat")
_LEFT_OVER = "24 HOUR"  # so long after its beginning, nobody is still pushing


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of pushing a day."""

    archived: Archived
    again: bool  # it was there already, and nothing was sent


def push(recording: Recording, server: Server, *, report: Report = silent) -> Pushed:
    """Put a finished day into an archive, whose tables are made where they are missing.

    Nobody sees any of the day before all of it is there. What earlier pushes left behind that were cut off is cleared
    away after a day; the same day is there once, however often and from wherever it is pushed.

    Raises
    ------
    TwinError
        Where the day is not finished or damaged, or the server is in the way.
    """
    if not recording.day.finished:
        raise TwinError(
            _("The day “{title}” in {file} is not finished.").format(title=recording.day.title, file=recording.path)
        )
    make_tables(server)
    digest = digest_of(recording, report=report)
    if found := archived(server, digest=digest):
        return Pushed(found[0], again=True)
    _clear_left_overs(server)
    day = secrets.randbits(63)
    server.put_rows("twin_pushes", ("day", "digest"), [(day, digest)], f"{day}")
    try:
        _send(recording, server, day, report)
        _check(recording, server, day)
        _announce(recording, server, day, digest)
    except BaseException:
        with suppress(TwinError):
            remove(server, day)
        raise
    found = archived(server, digest=digest)
    if found[0].day.id != day:  # somebody else pushed it meanwhile
        remove(server, day)
    return Pushed(found[0], again=False)


def digest_of(recording: Recording, *, report: Report = silent) -> str:
    """Return what is the same for the very same day: SHA-256 of what it says and of every reading."""
    day, roster = recording.day, recording.roster
    about = [day.title, day.home, day.layers, roster.channels, roster.sensors, recording.marks()]
    digest = hashlib.sha256(json.dumps(about, default=_jsonable, sort_keys=True).encode())
    blocks = len(recording.directory.count)
    for number in range(blocks):
        report(Progress(_("Reading {day}").format(day=day.title), number, blocks, _("blocks")))
        block = recording.block(number)
        digest.update(packed(block.slot, block.rows).tobytes())
    return digest.hexdigest()


def _jsonable(value: Any) -> Any:
    if hasattr(value, "items"):
        return dict(value)
    return {name: getattr(value, name) for name in value.__slots__}


def remove(server: Server, day: int) -> None:
    """Take a day of this number out of an archive, or what of it there is."""
    for table in ("twin_days", *OF_A_DAY, "twin_pushes"):
        server.do(f"DELETE FROM {table} WHERE day = {{day:UInt64}}", day=day)  # noqa: S608


def _clear_left_overs(server: Server) -> None:
    """Remove what pushes brought that were cut off long ago."""
    rows = server.rows(
        f"SELECT day FROM twin_pushes WHERE begun < now64(3) - INTERVAL {_LEFT_OVER}"  # noqa: S608
        " AND day NOT IN (SELECT day FROM twin_days) LIMIT 100"
    )
    for (day,) in rows:
        remove(server, day)
    server.do(f"DELETE FROM twin_pushes WHERE begun < now64(3) - INTERVAL {_LEFT_OVER}")  # noqa: S608


def _send(recording: Recording, server: Server, day: int, report: Report) -> None:
    put_roster(server, day, recording.roster)
    put_notes(server, day, recording.rejects(), recording.marks())
    _send_gaps(recording, server, day)
    month, directory = _month(recording), recording.directory
    waiting: list[NDArray[Any]] = []
    sent = 0
    for number in range(len(directory.count)):
        block = recording.block(number)
        waiting.append(_rows(day, month, number, block.slot, block.rows))
        if number and number % KEYFRAME_EVERY == 0:
            state = recording.before(number)
            slot = np.flatnonzero(state.t_end > -math.inf)
            columns = _Columns({name: getattr(state, name)[slot] for name in _OF_STATE})
            rows = _rows(day, month, number, slot, columns, numbered=False)
            server.put_numbers("twin_keyframes", rows, f"{day}-{number}")
        if sum(map(len, waiting)) >= READINGS_A_PUSH or number == len(directory.count) - 1:
            report(Progress(_("Pushing {day}").format(day=recording.day.title), sent, recording.day.readings))
            server.put_numbers("twin_readings", np.concatenate(waiting), f"{day}-{number}")
            sent += sum(map(len, waiting))
            waiting = []
    numbers = np.arange(len(directory.count)).tolist()
    spans = (microseconds(directory.t_min).tolist(), microseconds(directory.t_max).tolist())
    server.put_rows(
        "twin_blocks",
        ("day", "number", "count", "t_min", "t_max"),
        [(day, *row) for row in zip(numbers, directory.count.tolist(), *spans, strict=True)],
        f"{day}",
    )


class _Columns:
    """Columns by name, as attributes."""

    def __init__(self, columns: dict[str, NDArray[Any]]) -> None:
        self.__dict__.update(columns)


def _rows(
    day: int, month: int, block: int, slot: NDArray[np.integer], columns: Any, *, numbered: bool = True
) -> NDArray[Any]:
    more = [("day", "<u8"), ("month", "<u4"), ("block", "<u4"), ("n", "<u4")]
    rows = packed(slot, columns, more if numbered else more[:-1])
    rows["day"], rows["month"], rows["block"] = day, month, block
    if numbered:
        rows["n"] = np.arange(len(rows))
    return rows


def _month(recording: Recording) -> int:
    """Return the month in which a day begins, like 202411: it lies in one partition, and goes with it."""
    begin = datetime.fromtimestamp(recording.day.t_start or 0.0, UTC)
    return begin.year * 100 + begin.month


def _send_gaps(recording: Recording, server: Server, day: int) -> None:
    gaps = recording.recorded_gaps()
    rows = np.zeros(
        len(gaps), [("day", "<u8"), ("number", "<u4"), ("slot", "<u4"), ("t_start", "<i8"), ("t_end", "<i8")]
    )
    rows["day"], rows["number"] = day, np.arange(len(gaps))
    rows["slot"] = recording.roster.slots(gaps.sensor, gaps.channel)
    rows["t_start"], rows["t_end"] = microseconds(gaps.t_start), microseconds(gaps.t_end)
    server.put_numbers("twin_gaps", rows, f"{day}-gaps")


def _check(recording: Recording, server: Server, day: int) -> None:
    """Refuse to announce a day of which not everything has come, or something twice."""
    found = server.numbers(
        "SELECT block, count(), max(n) FROM twin_readings WHERE day = {day:UInt64} GROUP BY block ORDER BY block",
        np.dtype([("block", "<u4"), ("count", "<u8"), ("last", "<u4")]),
        day=day,
    )
    told = recording.directory.count
    whole = np.array_equal(found["block"], np.arange(len(told))) and np.array_equal(found["count"], told)
    if not (whole and np.array_equal(found["last"], told - 1)):
        raise TwinError(
            _("The archive at {address} has {count} of {all} readings after pushing; push the day again.").format(
                address=server.address, count=int(found["count"].sum()), all=recording.day.readings
            )
        )


def _announce(recording: Recording, server: Server, day: int, digest: str) -> None:
    """Let everybody see the day."""
    told, home = recording.day, recording.day.home
    row = {
        "day": day,
        "digest": digest,
        "title": told.title,
        "district": home.name if home else None,
        "lon": home.lon if home else math.nan,
        "lat": home.lat if home else math.nan,
        "zone": home.zone if home else "",
        "t_start": None if told.t_start is None else round(told.t_start * 1e6),
        "t_end": None if told.t_end is None else round(told.t_end * 1e6),
        "readings": told.readings,
        "blocks": len(recording.directory.count),
        "sensors": len(recording.roster.sensors),
    }
    server.put_rows("twin_days", tuple(row), [tuple(row.values())], f"{day}")
