"""`twin simulate`: a labelled simulated day on a district, kept in its file."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import count, say
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import argparse

_FIRST_YEAR, _LAST_YEAR = 1970, 2099
_LARGEST_SEED = 2**31 - 1


def summary() -> str:
    """Return what the command does, in one line."""
    return _("simulate a day of traffic, air and 5G coverage on a district")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("the district: a .twin file, or the word sample"))
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=words.output("-o", ".twin"),
        required=True,
        help=_("the .twin file to write; it may be FILE itself, which then has one day more"),
    )
    parser.add_argument(
        "--day", metavar="DATE", type=_day, help=_("the day, like 2026-11-10; the next workday without it")
    )
    parser.add_argument(
        "--seed", metavar="N", type=_seed, default=1, help=_("what chance starts from: the same number, the same day")
    )
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> None:
    """Simulate the day and write it with its district."""
    from twin.file.container import replacing
    from twin.simulate import next_workday, simulate

    source = district.path_of(arguments.file)
    with bar.shown(quiet=arguments.quiet) as report:
        below = district.open_district(source, report=report)
        day = arguments.day or next_workday(datetime.now(UTC).astimezone(ZoneInfo(below.zone)).date())
        simulated = simulate(below, day, seed=arguments.seed, report=report)
        with replacing(arguments.output) as beside:
            shutil.copyfile(source, beside)
            simulated.add_to(beside, report=report)
    say(
        _("{path}: {readings} simulated readings of {sensors} sensors on {day} in {name}.").format(
            path=arguments.output,
            readings=count(len(simulated.readings)),
            sensors=count(len(simulated.roster.sensors)),
            day=day.isoformat(),
            name=below.name,
        )
    )


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise TwinError(_("--day takes a day like 2026-11-10; it cannot be {text}.").format(text=words.quoted(text)))
    return day


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 10 or int(text) > _LARGEST_SEED:
        raise TwinError(
            _("--seed takes a whole number from 0 to {most}; it cannot be {text}.").format(
                most=_LARGEST_SEED, text=words.quoted(text)
            )
        )
    return int(text)
