"""`twin standards`: by which standards values are classed, with their numbers and where these come from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.cli.streams import say, say_json, table
from twin.language import _

if TYPE_CHECKING:
    import argparse

    from twin.cli.parser import Parser
    from twin.standards.scale import AirStandard
    from twin.standards.standard import Limits, Standard


def summary() -> str:
    """Return what the command does, in one line."""
    return _("list the standards by which values are classed, with their numbers and sources")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(arguments: argparse.Namespace) -> None:
    """Print every standard of every layer."""
    from twin.standards.catalogue import as_json, catalogue

    if arguments.json:
        say_json({"standards": [as_json(layer, each) for layer, some in catalogue().items() for each in some]})
        return
    headings = {"air": _("Air quality"), "traffic": _("Traffic"), "coverage": _("5G coverage")}
    for layer, some in catalogue().items():
        say(headings[layer])
        for standard in some:
            say("")
            _tell(standard)
        say("")


def _tell(standard: Standard) -> None:
    from twin.standards.scale import AirStandard

    say(f"  {standard.title}  [{standard.key}]")
    rows = [
        (_("authority"), standard.authority),
        (_("source"), standard.source),
        (_("in force"), _in_force(standard)),
        (_("note"), standard.caveat),
        (_("grades"), " | ".join(grade.title for grade in standard.grades)),
    ]
    if isinstance(standard, AirStandard):
        rows.append((_("live"), _live(standard)))
    rows += [(_quantity(limits), _bounds(limits)) for limits in standard.limits]
    say("\n".join(f"    {line}" for line in table([row for row in rows if row[1]]).splitlines()))


def _in_force(standard: Standard) -> str:
    if standard.valid_from and standard.valid_until:
        return _("{first} to {last}").format(first=standard.valid_from, last=standard.valid_until)
    return _("since {first}").format(first=standard.valid_from) if standard.valid_from else ""


def _live(standard: AirStandard) -> str:
    """Say over what the present is averaged, pollutants of the same average together."""
    from twin.standards import air

    told = {pollutant: air.live_average(standard.key, pollutant) for pollutant in standard.live}
    groups = {average: [name for name, each in told.items() if each == average] for average in told.values()}
    return "; ".join(f"{', '.join(names)}: {average}" for average, names in groups.items())


def _quantity(limits: Limits) -> str:
    return " ".join(word for word in (limits.quantity, limits.average, limits.road) if word)


def _bounds(limits: Limits) -> str:
    shown = ("–" if math.isnan(bound) else f"{bound:.4g}" for bound in limits.bounds)
    return f"{' | '.join(shown)}\N{NARROW NO-BREAK SPACE}{limits.unit}".rstrip()
