"""`twin record`: live feeds into recorded days, unattended."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import complain, count, say
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from twin.sources import Connection

_UNITS_S = {"": 1.0, "s": 1.0, "min": 60.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_LONGEST_S = 3660 * 86_400.0
_LOG_S = 300.0  # where nobody watches, a line so often is enough


def summary() -> str:
    """Return what the command does, in one line."""
    return _("record live feeds, for as long as one likes")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument(
        "feeds",
        metavar="FEED",
        nargs="+",
        help=_(
            "the name of a saved connection, or an address: mqtts://user@host:8883/city/#, sta+https://host/v1.1. "
            "Passwords and keys come from the keyring, or from environment variables such as TWIN_SECRET_PASSWORD "
            "and TWIN_SECRET_KEY"
        ),
    )
    parser.add_argument(
        "--district", metavar="FILE", required=True, help=_("where the sensors stand: a .twin file, or the word sample")
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=words.output("-o", ".twin"),
        required=True,
        help=_("the .twin file to write; at midnight it goes on in another beside it, with the date in its name"),
    )
    parser.add_argument(
        "--for",
        dest="length_s",
        metavar="TIME",
        type=_length,
        help=_("how long: 90s, 30min, 8h, 7d; until Ctrl-C without"),
    )
    parser.add_argument(
        "--mapping", metavar="MAP", help=_("what the payloads mean, where a feed is not of a known form: a TOML file")
    )
    parser.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        help=_("the certificates that may vouch for a server, in the system's place"),
    )
    parser.add_argument("--certificate", metavar="FILE", type=Path, help=_("what to show to a broker that asks for it"))
    parser.add_argument("--key", metavar="FILE", type=Path, help=_("the key of the certificate"))
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress; trouble is told all the same"))
    parser.epilog = "\n".join(
        [
            _("examples:"),
            "  twin record mqtt://broker.example --district mitte.twin -o today.twin --for 8h",
            '  twin record "Air of Kamppi" "Loops" --district kamppi.twin -o kamppi.twin',
        ]
    )


def run(arguments: argparse.Namespace) -> None:
    """Record until the time is over, or somebody says stop."""
    from twin import file
    from twin.days import Home
    from twin.live.reel import Reel
    from twin.secrets import Secrets
    from twin.sources import Where

    told = file.read_info(district.path_of(arguments.district))
    west, south, east, north = told["bounds"]
    name, zone = str(told["name"]), str(told["zone"])
    secrets = Secrets()
    watched = sys.stderr is not None and sys.stderr.isatty()
    reel = Reel(
        arguments.output,
        _connections(arguments),
        Where(name, (west, south, east, north), zone),
        lambda connection: secrets.of(connection.name),
        home=Home(name, (west + east) / 2, (south + north) / 2, zone),
        tell=complain,
        report_s=1.0 if watched else _LOG_S,
    )
    until_s = None if arguments.length_s is None else time.time() + arguments.length_s
    with _stopping() as stop, bar.shown(quiet=arguments.quiet) as report:
        found = reel.run(stop, until_s=until_s, report=report)
    say(
        _("{files}: {readings} readings.").format(
            files=", ".join(map(str, found.paths)), readings=count(found.readings)
        )
    )


def _connections(arguments: argparse.Namespace) -> list[Connection]:
    """Return the connections that the words name."""
    from twin import connections
    from twin.sources import connection_of

    saved = connections.read()
    options = {
        key: str(path)
        for key, path in (
            ("authority", arguments.ca), ("certificate", arguments.certificate), ("key", arguments.key),
        )
        if path is not None
    }  # fmt: skip
    found: dict[str, Connection] = {}
    for word in arguments.feeds:
        connection = connections.named(word, saved)
        if connection is None:
            if saved and "://" not in word and ":" not in word and not Path(word).exists():
                raise TwinError(
                    _("There is no saved connection {name}; there are {names}.").format(
                        name=words.quoted(word), names=", ".join(sorted(one.connection.name for one in saved))
                    )
                )
            connection = connection_of(word)
            connection = replace(connection, mapping=arguments.mapping or "", options={**connection.options, **options})
        if connection.name in found:
            raise TwinError(_("{feed} is named twice.").format(feed=connection.name))
        found[connection.name] = connection
    return list(found.values())


def _length(text: str) -> float:
    match = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(s|min|m|h|d|)\s*", text)
    length_s = float(match[1]) * _UNITS_S[match[2]] if match else 0.0
    if not 0 < length_s <= _LONGEST_S:
        raise TwinError(
            _("--for takes a length of time like 90s, 30min, 8h or 7d; it cannot be {text}.").format(
                text=words.quoted(text)
            )
        )
    return length_s


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """Yield what is set once somebody says stop; who says it twice is heard at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.getsignal(number)

    def hear(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[number])

    for number in before:
        signal.signal(number, hear)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
