"""`twin verify`: whether a `.twin` file still is what was written."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli.streams import say, say_json
from twin.language import _, _n

if TYPE_CHECKING:
    import argparse

    from twin.cli.parser import Parser

DAMAGED = 2


def summary() -> str:
    """Return what the command does, in one line."""
    return _("look at every byte of a .twin file and tell what is wrong")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("a .twin file, or the word sample"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> int:
    """Print what is wrong; 0 where nothing is."""
    from twin import days, file

    path = district.path_of(arguments.file)
    with bar.shown(quiet=arguments.quiet) as report:
        problems = days.verify_days(path, report=report)
        if not days.are_alone(path):
            problems = file.verify(path, report=report) + problems
    if arguments.json:
        say_json({"ok": not problems, "problems": [asdict(problem) for problem in problems]})
    elif problems:
        say(
            _n("{path} has {count} problem:", "{path} has {count} problems:", len(problems)).format(
                path=path, count=len(problems)
            )
        )
        for problem in problems:
            say(f"  {problem.sentence}")
    else:
        say(_("{path} is whole.").format(path=path))
    return DAMAGED if problems else 0
