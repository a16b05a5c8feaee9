"""`twin at`: what every sensor said at a moment, as it would be shown then."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

from twin import district
from twin.cli import parser as words
from twin.cli.streams import count, say, say_json, table
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from twin.days import Day, Stored
    from twin.readings import History, Moment


def summary() -> str:
    """Return what the command does, in one line."""
    return _("tell what every sensor said at a moment of a recorded day")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument(
        "file", metavar="FILE", help=_("a .twin file, the word sample, or the address of a day in an archive")
    )
    parser.add_argument(
        "time", metavar="TIME", type=words.moment, help=_("ISO 8601, in the district's time zone unless it names one")
    )
    parser.add_argument("--layer", metavar="L", help=_("only the sensors of this layer"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(arguments: argparse.Namespace) -> None:
    """Print the values."""
    from twin.archive import ArchiveRecording, is_archive
    from twin.days import Recording, read_days
    from twin.joined import Joined

    with ExitStack() as kept:
        if is_archive(arguments.file):
            recordings: list[Stored] = [kept.enter_context(ArchiveRecording(arguments.file))]
            zone = home_zone(recordings[0].day)
        else:
            path = district.path_of(arguments.file)
            days = read_days(path)
            if not days:
                raise TwinError(
                    _("{file} has no recorded day; `twin import` or `twin simulate` makes one.").format(
                        file=arguments.file
                    )
                )
            recordings = [kept.enter_context(Recording(path, day.id)) for day in days]
            zone = zone_of(path, home_zone(days[0]))
        t = words.epoch_s(arguments.time, zone)
        history: History = Joined(recordings)
        known = [layer.key for layer in history.roster.layers] or sorted({s.layer for s in history.roster.sensors})
        if arguments.layer is not None and arguments.layer not in known:
            raise TwinError(
                _("{file} has no layer {layer}; it has {layers}.").format(
                    file=arguments.file, layer=words.quoted(arguments.layer), layers=", ".join(known)
                )
            )
        moment = history.at(t)
    found = values(moment, arguments.layer)
    if arguments.json:
        say_json({"time": _iso(t), "values": found})
        return
    said = [(f"{row['layer']}  {row['sensor']}", _line(row)) for row in found]
    say(table([*said, ("", ""), *_reporting(moment, arguments.layer)]))


def values(moment: Moment, layer: str | None = None) -> list[dict[str, Any]]:
    """Return the last value of every sensor that has said anything yet, as JSON values."""
    roster = moment.roster
    said = moment.t_end > -np.inf
    found = []
    for slot in np.flatnonzero(said).tolist():
        sensor, channel = roster.sensors[roster.slot_sensor[slot]], roster.channels[roster.slot_channel[slot]]
        if layer is not None and sensor.layer != layer:
            continue
        stale = bool(np.isnan(moment.value[slot]))
        value = float(moment.last_value[slot] if stale else moment.value[slot])
        row = {
            "layer": sensor.layer,
            "sensor": sensor.key,
            "channel": channel.key,
            "value": value if math.isfinite(value) else None,
            "unit": channel.unit,
            "time": _iso(float(moment.t_end[slot])),
            "stale": stale,
        }
        if math.isfinite(moment.lon[slot]):
            row |= {"lon": float(moment.lon[slot]), "lat": float(moment.lat[slot])}
        found.append(row)
    return found


def home_zone(day: Day) -> str:
    """Return the time zone of the district that a day belongs to."""
    return day.home.zone if day.home else "UTC"


def zone_of(path: Path, otherwise: str) -> str:
    """Return the time zone of the district in a file; a file with days alone has the one of their home."""
    from twin import file

    try:
        return str(file.read_info(path)["zone"])
    except TwinError:
        return otherwise


def _reporting(moment: Moment, layer: str | None) -> list[tuple[str, str]]:
    keys = dict.fromkeys(sensor.layer for sensor in moment.roster.sensors)
    rows = []
    for key in keys:
        if layer in {None, key}:
            some, every = moment.reporting(key)
            rows.append((key, _("{some} of {all} sensors reporting").format(some=count(some), all=count(every))))
    return rows


def _line(row: dict[str, Any]) -> str:
    line = f"{row['channel']} {row['value']:g} {row['unit']}  {row['time']}"
    return f"{line}  {_('stale')}" if row["stale"] else line


def _iso(t: float) -> str:
    from twin.days.about import iso

    return iso(t) or ""
