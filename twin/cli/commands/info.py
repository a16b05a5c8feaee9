"""`twin info`: what is in a `.twin` file, where it came from, and what is missing."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from twin import district, why
from twin.cli.streams import age, count, day, say, say_json, table
from twin.language import _

if TYPE_CHECKING:
    import argparse

    from twin.cli.parser import Parser
    from twin.days import Day

KM_PER_DEGREE = 111.2  # of latitude; good enough to tell a size


def summary() -> str:
    """Return what the command does, in one line."""
    return _("tell what is in a .twin file and where it came from")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("a .twin file, or the word sample"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(arguments: argparse.Namespace) -> None:
    """Print what the file says about itself."""
    from twin import days, file

    path = district.path_of(arguments.file)
    if days.are_alone(path):
        _tell_days(days.read_days(path), as_json=arguments.json)
        return
    info = file.read_info(path)
    info["days"] = [recorded.to_json() for recorded in days.read_days(path)]
    for recorded in info["days"]:  # a day is one of the place
        recorded["date"] = _local(recorded["start"], info["zone"])[:10]
    layers = {layer["key"]: layer for recorded in info["days"] for layer in recorded["layers"]}
    info["layers"] = list(layers.values())
    if arguments.json:
        say_json(info)
    else:
        say(table(rows(info, now=time.time())))


def _tell_days(found: tuple[Day, ...], *, as_json: bool) -> None:
    """Print what a file of days alone holds."""
    home = next((held.home for held in found if held.home is not None), None)
    if as_json:
        say_json({"name": home.name if home else None, "days": [held.to_json() for held in found], "layers": []})
        return
    lines = [(_("Days of"), home.name if home else _("no district that is named")), ("", "")]
    for held in found:
        said = _("{readings} readings of {sensors} sensors").format(
            readings=count(held.readings), sensors=count(held.sensors)
        )
        lines.append((held.title, said if held.finished else _("{what}, not finished").format(what=said)))
        lines += [("", f"{layer.title}: {layer.source or layer.owner}, {layer.terms}") for layer in held.layers]
    say(table(lines))


def rows(info: dict[str, Any], *, now: float) -> list[tuple[str, str]]:
    """Return what `read_info` told as labels and values for people; `now` is UTC epoch seconds."""
    found = [
        (_("Name"), info["name"]),
        (_("Box"), _box(info["bounds"])),
        (_("Time zone"), info["zone"]),
        ("", ""),
        *_counted(info["counts"]),
        (_("Heights"), _heights(info["heights"])),
        *((_("Overlay"), _overlay(overlay)) for overlay in info["overlays"]),
        *_recorded(info.get("days", []), info["zone"]),
        ("", ""),
    ]
    for source in info["sources"]:
        found += _source(source, now)
    found.append((_("Complete"), info["incomplete"] or _("as far as the source tells; nothing is known to be missing")))
    found += _listed(_("Mended"), info["repairs"], why.repair)
    found += _listed(_("Left out"), info["dropped"], why.dropped)
    found.append(("", ""))
    found.append((_("Credit"), info["credit"]))
    found.append((_("Licence"), info["licence"]))
    found.append((_("Format"), _("version {version}, by District Twin {program}").format_map(info)))
    return found


def _box(bounds: list[float]) -> str:
    west, south, east, north = bounds
    height_km = (north - south) * KM_PER_DEGREE
    width_km = (east - west) * KM_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    return _("{west:.4f},{south:.4f},{east:.4f},{north:.4f} (about {width_km:.1f} x {height_km:.1f} km)").format(
        west=west, south=south, east=east, north=north, width_km=width_km, height_km=height_km
    )


def _counted(counts: dict[str, int]) -> list[tuple[str, str]]:
    labels = {
        "buildings": _("Buildings"),
        "parts": _("Building parts"),
        "streets": _("Streets and paths"),
        "rails": _("Rails"),
        "areas": _("Land use"),
        "water": _("Water"),
        "trees": _("Trees"),
        "lamps": _("Lamps"),
        "furniture": _("Street furniture"),
    }
    return [(label, count(counts.get(kind, 0))) for kind, label in labels.items()]


def _heights(heights: dict[str, int]) -> str:
    total = sum(heights.values())
    if not total:
        return _("no buildings")
    shares = {kind: f"{100 * number / total:.0f} %" for kind, number in heights.items()}
    return _("{tagged} mapped, {levels} from storeys, {inferred} assumed").format_map(shares)


def _overlay(overlay: dict[str, Any]) -> str:
    if "features" in overlay:
        return _("{name} ({count} features)").format(name=overlay["name"], count=count(overlay["features"]))
    return _("{name} (picture)").format(name=overlay["name"])


def _local(told: str | None, zone: str) -> str:
    """Return an ISO time in the time of a place; empty where there is none."""
    if told is None:
        return ""
    try:
        return datetime.fromisoformat(told).astimezone(ZoneInfo(zone)).isoformat()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return told


def _recorded(days: list[dict[str, Any]], zone: str) -> list[tuple[str, str]]:
    """Return a row for each recorded day, and under it its layers, whose they are and on what terms."""
    rows = []
    for recorded in days:
        said = _("{date}, {title}: {readings} readings of {sensors} sensors, {start} to {end}").format(
            date=recorded["date"],
            title=recorded["title"],
            readings=count(recorded["readings"]),
            sensors=count(recorded["sensors"]),
            start=_local(recorded["start"], zone)[11:16],
            end=_local(recorded["end"], zone)[11:16],
        )
        rows.append((_("Day"), said))
        for layer in recorded["layers"]:
            words = [layer["title"], layer["origin"], layer.get("source"), layer.get("owner"), layer.get("terms")]
            rows.append(("", " · ".join(word for word in words if word)))
    return rows


def _source(source: dict[str, Any], now: float) -> list[tuple[str, str]]:
    found = [(_("Source"), f"{source['title']}, {source['licence']}, {source['credit']}")]
    if source["detail"]:
        found.append(("", source["detail"]))
    for told, sentence in (
        (source["data_time"], _("data of {day} ({age} old)")),
        (source["retrieved"], _("taken on {day} ({age} ago)")),
    ):
        if told is not None:
            found.append(("", sentence.format(day=day(told), age=age(now - told))))
    if source["data_time"] is None and source["retrieved"] is None:
        found.append(("", _("its age is not told")))
    return found


def _listed(label: str, counts: dict[str, int], sentence: Any) -> list[tuple[str, str]]:
    """Return a row a code, the most frequent first, each with its number and its sentence."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    if not ordered:
        return [(label, _("nothing"))]
    width = len(count(ordered[0][1]))
    return [
        (label if first else "", f"{count(number):>{width}} x {sentence(code)}")
        for first, (code, number) in zip([True] + [False] * len(ordered), ordered, strict=False)
    ]
