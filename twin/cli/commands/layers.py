"""`twin layers`: the kinds of layers that the program can show, and what may be chosen about each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.cli.streams import say, say_json, table
from twin.language import _

if TYPE_CHECKING:
    import argparse

    from twin.cli.parser import Parser


def summary() -> str:
    """Return what the command does, in one line."""
    return _("list the kinds of sensor layers, and what may be chosen about each")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(arguments: argparse.Namespace) -> None:
    """Print the layers."""
    found = told()
    if arguments.json:
        say_json(found)
        return
    rows = []
    for layer in found:
        rows.append((layer["layer"], layer["title"]))
        rows += [
            ("", f"{choice['title']}: {', '.join(choice['options']) or _('any text')}") for choice in layer["choices"]
        ]
    say(table(rows))


def told() -> list[dict[str, Any]]:
    """Return every kind of layer as JSON values."""
    from twin.layers import kinds
    from twin.readings import Roster

    return [
        {
            "layer": key,
            "title": kind.title,
            "choices": [
                {"choice": choice.key, "title": choice.title, "options": dict(choice.options)}
                for choice in kind.choices(Roster())
            ],
        }
        for key, kind in kinds().items()
    ]
