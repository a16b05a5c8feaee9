"""`twin publish`: a recorded day as a live feed."""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar
from twin.cli import parser as words
from twin.cli.streams import complain, count, say
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import argparse

    from twin.days import Day

_STOPPED = 130


def summary() -> str:
    """Return what the command does, in one line."""
    return _("play a recorded day out as a live feed, over MQTT")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help=_("a .twin file with a recorded day, the word sample, or the address of a day in an archive"),
    )
    parser.add_argument(
        "--to",
        metavar="URL",
        required=True,
        help=_(
            "the broker: mqtt://host:1883, or mqtts://user@host:8883. The password comes from the environment variable "
            "TWIN_SECRET_PASSWORD, or from the keyring"
        ),
    )
    parser.add_argument("--day", metavar="DAY", help=_("the day's date or title, where the file has several"))
    parser.add_argument(
        "--speed",
        metavar="X",
        type=_speed,
        default=1.0,
        help=_("seconds of the day a second: 1, or 60 for a day in 24 minutes"),
    )
    parser.add_argument(
        "--from", dest="begin", metavar="TIME", type=_when, help=_("where to begin: 08:00, or 2026-06-21T08:00")
    )
    parser.add_argument("--until", metavar="TIME", type=_when, help=_("where to end"))
    parser.add_argument("--loop", action="store_true", help=_("begin again at the end, without a break, until Ctrl-C"))
    parser.add_argument(
        "--keep-times", action="store_true", help=_("tell the times of the day, in the place of those of now")
    )
    parser.add_argument("--layers", metavar="A,B", help=_("only these layers"))
    parser.add_argument(
        "--district", metavar="NAME", type=words.line("--district"), help=_("what the topics call the district")
    )
    parser.add_argument(
        "--ca",
        metavar="FILE",
        type=Path,
        help=_("the certificates that may vouch for the broker, in the system's place"),
    )
    parser.add_argument("--certificate", metavar="FILE", type=Path, help=_("what to show to a broker that asks for it"))
    parser.add_argument("--key", metavar="FILE", type=Path, help=_("the key of the certificate"))
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> int:
    """Play it until its end, or until Ctrl-C."""
    from twin.cli.days import opened, zone_of
    from twin.publishing import Broker, Plan, publish
    from twin.secrets import Secrets

    broker = Broker(
        arguments.to,
        password=Secrets().get(arguments.to.partition("://")[2].strip("/"), "password"),
        authority=arguments.ca,
        certificate=arguments.certificate,
        key=arguments.key,
    )
    with opened(arguments.file, arguments.day) as recording, bar.shown(quiet=arguments.quiet) as report:
        day = recording.day
        layers = [word.strip() for word in (arguments.layers or "").split(",") if word.strip()]
        plan = Plan(
            arguments.district or (day.home.name if day.home else day.title),
            arguments.speed,
            (_moment(arguments.begin, day), _moment(arguments.until, day)),
            arguments.loop,
            arguments.keep_times,
            tuple(layers) or None,
            zone_of(day),
        )
        done = publish(recording, plan, broker, report=report)
    say(
        _("{readings} readings in {messages} messages to {broker}, up to {time}.").format(
            readings=count(done.readings),
            messages=count(done.messages),
            broker=broker,
            time=datetime.fromtimestamp(done.t, zone_of(day)).strftime("%Y-%m-%d %H:%M:%S"),
        )
    )
    if done.unconfirmed:
        complain(
            _("The broker did not confirm the last {count} messages; it may have them or not.").format(
                count=count(done.unconfirmed)
            )
        )
    if not done.ended:
        return _STOPPED
    return 2 if done.unconfirmed else 0


def _speed(text: str) -> float:
    from twin.publishing.playing import FASTEST

    match = re.fullmatch(r"\s*([\d.]+)\s*[x×]?\s*", text)
    try:
        speed = float(match[1]) if match else 0.0
    except ValueError:
        speed = 0.0
    if not 0 < speed <= FASTEST:
        raise TwinError(
            _("--speed takes a number up to {most}, like 60; it cannot be {text}.").format(
                most=int(FASTEST), text=words.quoted(text)
            )
        )
    return speed


def _when(text: str) -> datetime | time:
    """Return a moment, or a time of the day."""
    if re.fullmatch(r"\s*\d\d?:\d\d(:\d\d)?\s*", text):
        hour, _colon, rest = text.strip().partition(":")
        try:
            return time.fromisoformat(f"{hour:0>2}:{rest}")
        except ValueError:
            pass
    return words.moment(text)


def _moment(told: datetime | time | None, day: Day) -> float | None:
    """Return the UTC epoch seconds of what was told, in the district's zone; a mere time is of the day's first date."""
    from twin.cli.days import date_of

    if told is None:
        return None
    if isinstance(told, time):
        told = datetime.combine(datetime.fromisoformat(date_of(day) or "1970-01-01"), told)
    return words.epoch_s(told, day.home.zone if day.home else "UTC")
