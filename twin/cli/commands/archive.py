"""`twin archive`: recorded days in a database that many desks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import count, say, say_json, table
from twin.language import _, _n

if TYPE_CHECKING:
    import argparse

    from twin.archive import Archived


def summary() -> str:
    """Return what the command does, in one line."""
    return _("keep recorded days in a ClickHouse cluster: push, pull, list")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    address = _(
        "clickhouses://user@host:8443/database, by TLS, or clickhouse://user@host:8123/database. The password comes "
        "from the environment variable TWIN_SECRET_PASSWORD, or from the keyring"
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=_Action)

    def action(name: str, told: str) -> words.Parser:
        return actions.add_parser(name, help=told, description=told)

    push = action("push", _("put the days of a file into an archive; those in it already are not sent again"))
    push.add_argument("file", metavar="FILE", help=_("a .twin file with recorded days, or the word sample"))
    push.add_argument("url", metavar="URL", help=address)
    push.add_argument("--day", metavar="DAY", help=_("only the day of this date or title"))
    pull = action("pull", _("write a day of an archive into a file"))
    pull.add_argument(
        "url",
        metavar="URL",
        help=_("{address}. With a # behind it: the date, title or number of a day").format(address=address),
    )
    pull.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=words.output("-o", ".twin"),
        required=True,
        help=_("the .twin file to write"),
    )
    for one in (push, pull):
        one.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))
    listing = action("list", _("tell which days an archive holds"))
    listing.add_argument("url", metavar="URL", help=address)
    listing.add_argument("--json", action="store_true", help=_("print one JSON document"))
    action("schema", _("print the statements that make an archive, for its administrator"))


class _Action(words.Parser):
    """The parser of one of the actions."""

    def __init__(self, *, prog: str, description: str, **_more: Any) -> None:
        super().__init__(prog.removeprefix("twin "), description)


def run(arguments: argparse.Namespace) -> None:
    """Do what the action is."""
    {"push": _push, "pull": _pull, "list": _list, "schema": _schema}[arguments.action](arguments)


def _push(arguments: argparse.Namespace) -> None:
    from twin.archive import Server, address_of, push
    from twin.cli.days import meant
    from twin.days import Recording, read_days

    path = district.path_of(arguments.file)
    days = meant(read_days(path), arguments.day, arguments.file)
    with Server(address_of(arguments.url), create=True) as server:
        for day in days:
            with Recording(path, day.id) as recording, bar.shown(quiet=arguments.quiet) as report:
                done = push(recording, server, report=report)
            if done.again:
                sentence = _("{date} {title} is in the archive already, as {short}.")
            else:
                sentence = _("{date} {title}: {readings} readings pushed, as {short}.")
            found = done.archived
            said = sentence.format(date=found.date, title=day.title, readings=count(day.readings), short=found.short)
            say(said.strip())


def _pull(arguments: argparse.Namespace) -> None:
    from twin.archive import ArchiveRecording, pull
    from twin.file.container import replacing

    with ArchiveRecording(arguments.url) as recording:
        with replacing(arguments.output) as beside, bar.shown(quiet=arguments.quiet) as report:
            beside.unlink()
            pull(recording, beside, report=report)
        say(
            _("{path}: {readings} readings of {sensors} sensors.").format(
                path=arguments.output, readings=count(recording.day.readings), sensors=count(recording.day.sensors)
            )
        )


def _list(arguments: argparse.Namespace) -> None:
    from twin.archive import Server, address_of, archived

    with Server(address_of(arguments.url)) as server:
        days = archived(server)
    if arguments.json:
        say_json([{"number": one.short, "digest": one.digest, **one.day.to_json()} for one in days])
    elif days:
        say(table([(f"{one.short}  {one.date}", _line(one)) for one in days]))
    else:
        say(_("The archive at {address} holds no days yet.").format(address=server.address))


def _line(one: Archived) -> str:
    day = one.day
    told = _n("{readings} reading of {sensors} sensors", "{readings} readings of {sensors} sensors", day.readings)
    told = told.format(readings=count(day.readings), sensors=count(day.sensors))
    said = (day.home.name if day.home else "", day.title, told, _("simulated") if day.simulated else "")
    return "  ".join(part for part in said if part)


def _schema(_arguments: argparse.Namespace) -> None:
    from twin.archive import STATEMENTS

    say("\n".join(f"{statement};" for statement in STATEMENTS))
