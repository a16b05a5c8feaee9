"""`twin import`: tables of readings into recorded days of a district."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import complain, count, say, say_json
from twin.language import _, _n
from twin.model import TwinError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from twin.importing import Imported

EXAMPLES = 3
"""So many of each reason are printed; --rejects writes them all."""


def summary() -> str:
    """Return what the command does, in one line."""
    return _("take tables of readings, CSV or Parquet, into recorded days of a district")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument(
        "file", metavar="FILE", nargs="?", help=_("the district: a .twin file, or the word sample; not with --guess")
    )
    parser.add_argument(
        "tables",
        metavar="TABLE",
        nargs="*",
        help=_("tables with the same columns, CSV or Parquet; or .twin files with recorded days"),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=words.output("-o", ".twin"),
        help=_("the .twin file to write; it may be FILE itself, which is replaced when the new one is complete"),
    )
    parser.add_argument(
        "--mapping",
        metavar="MAP",
        help=_("what the columns mean: a TOML or JSON file, or the name of one that comes along; guessed without"),
    )
    parser.add_argument("--positions", metavar="TABLE", type=Path, help=_("a table of where the sensors stand"))
    parser.add_argument("--from", metavar="DAY", dest="since", type=_day("--from"), help=_("the first day to take"))
    parser.add_argument("--until", metavar="DAY", type=_day("--until"), help=_("the last day to take"))
    parser.add_argument(
        "--rejects",
        metavar="FILE",
        type=words.output("--rejects", ".csv"),
        help=_("write every line that is not taken to this CSV file"),
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help=_("put the days in the place of those that have the same sensors' readings of the same time"),
    )
    parser.add_argument(
        "--guess", metavar="TABLE", type=Path, help=_("print what the columns of TABLE probably mean, as a mapping")
    )
    for name, told in (
        ("source", _("what the data is called")),
        ("owner", _("whose it is")),
        ("terms", _("on what terms it may be used, such as CC BY 4.0")),
    ):
        parser.add_argument(f"--{name}", metavar="TEXT", type=words.line(f"--{name}"), help=told)
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))
    parser.epilog = "\n".join(
        [
            _("examples:"),
            "  twin import --guess week.csv > week.toml",
            "  twin import mitte.twin week.csv --mapping week.toml -o mitte-week.twin",
            "  twin import mitte.twin week.csv.gz --positions stations.csv --rejects left-out.csv -o mitte.twin",
        ]
    )


def run(arguments: argparse.Namespace) -> None:
    """Take the tables in, or print what they probably mean."""
    from twin.days import DaysThere

    try:
        _run(arguments)
    except DaysThere as there:
        raise TwinError(
            _n(
                "“{title}” is there already, with readings of the same sensors at the same time: --replace puts the new"
                " ones in its place.",
                "“{title}” and {more} more days are there already, with readings of the same sensors at the same times:"
                " --replace puts the new ones in their place.",
                len(there.days),
            ).format(title=there.days[0].title, more=len(there.days) - 1)
        ) from there


def _run(arguments: argparse.Namespace) -> None:
    if arguments.guess is not None:
        _guess(arguments)
        return
    from twin import importing, mapping

    if arguments.file is None or not arguments.tables or arguments.output is None:
        raise TwinError(
            _("`twin import` needs a district, a table and -o FILE; `twin help import` shows how it is used.")
        )
    tables = [Path(table) for table in arguments.tables]
    if all(table.suffix.lower() == ".twin" for table in tables):
        _copy(tables, arguments)
        return
    told = mapping.mapping_of(arguments.mapping) if arguments.mapping else None
    reasons: tuple[str, ...] = ()
    if told is None:
        guessed = mapping.guess(tables[0])
        told, reasons = guessed.mapping, guessed.reasons
    told = importing.with_terms(
        told, source=arguments.source or "", owner=arguments.owner or "", terms=arguments.terms or ""
    )
    with bar.shown(quiet=arguments.quiet) as report:
        found = importing.import_tables(
            district.path_of(arguments.file),
            tables,
            arguments.output,
            mapping=told,
            positions=arguments.positions,
            since=arguments.since,
            until=arguments.until,
            rejects=arguments.rejects,
            replace=arguments.replace,
            report=report,
        )
    found = replace(found, reasons=reasons)
    if arguments.json:
        say_json({"path": str(arguments.output)} | found.to_json())
    else:
        _tell(arguments.output, found)


def _copy(files: list[Path], arguments: argparse.Namespace) -> None:
    """Put days of other files into the district's."""
    from twin import days

    below = district.path_of(arguments.file)
    with bar.shown(quiet=arguments.quiet) as report:
        for path in files:
            found = days.copy_days(path, arguments.output, onto=below, replace=arguments.replace, report=report)
            below = arguments.output
    if arguments.json:
        say_json({"path": str(arguments.output), "days": [day.title for day in found]})
    else:
        say(_n("{path}: {count} day.", "{path}: {count} days.", len(found)).format(path=below, count=len(found)))


def _guess(arguments: argparse.Namespace) -> None:
    from twin import mapping

    if arguments.file is not None:
        raise TwinError(
            _("--guess looks at one table and takes nothing in, so {file} must go.").format(
                file=words.quoted(arguments.file)
            )
        )
    guessed = mapping.guess(arguments.guess)
    for reason in guessed.reasons:
        complain(reason)
    say(mapping.to_toml(guessed.mapping).rstrip())


def _tell(path: Path, found: Imported) -> None:
    for reason in found.reasons:
        complain(reason)
    say(
        _("{path}: {readings} readings of {sensors} sensors on {days} days, from {rows} lines.").format(
            path=path,
            readings=count(found.readings),
            sensors=count(len(found.roster.sensors)),
            days=len(found.days),
            rows=count(found.rows),
        )
    )
    if found.empty:
        say(
            _n("{count} cell has no value.", "{count} cells have no value.", found.empty).format(
                count=count(found.empty)
            )
        )
    if found.outside:
        say(_("{count} readings are of other days.").format(count=count(found.outside)))
    for remark in found.remarks():
        complain(remark)
    if not found.rejects.total:
        say(_("Nothing was left out."))
    for reason, number in sorted(found.rejects.counts.items(), key=lambda item: -item[1]):
        say(_("Not taken: {count} x {reason}").format(count=count(number), reason=reason.sentence))
        for example in [e for e in found.rejects.examples if e.reason is reason][:EXAMPLES]:
            told = " ".join(filter(None, (example.sensor, example.channel, example.value)))
            say(f"  {example.where}: {told}")


def _day(option: str) -> Callable[[str], date]:
    def read(text: str) -> date:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            raise TwinError(
                _("{option} takes a day like 2024-11-12; it cannot be {text}.").format(
                    option=option, text=words.quoted(text)
                )
            ) from None

    return read
