"""`twin sources`: the kinds of live feeds that the program understands, and the connections that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.cli.streams import say, say_json, table
from twin.language import _

if TYPE_CHECKING:
    import argparse

    from twin.cli.parser import Parser


def summary() -> str:
    """Return what the command does, in one line."""
    return _("list the kinds of live feeds, and the connections that are kept")


def prepare(parser: Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))


def run(arguments: argparse.Namespace) -> None:
    """Print the kinds and the connections."""
    found = told()
    if arguments.json:
        say_json(found)
        return
    rows = []
    for kind in found["kinds"]:
        rows.append((", ".join(f"{scheme}:" for scheme in kind["schemes"]), kind["title"]))
        for field in kind["fields"]:
            notes = [_("secret")] if field["secret"] else []
            notes += [_("needed")] if field["needed"] else []
            rows.append(("", f"{field['key']}: " + ", ".join(filter(None, (field["title"], *notes)))))
    say(table(rows))
    say("")
    kept = [(one["name"], one["address"]) for one in found["connections"]]
    say(table(kept) if kept else _("No connections are kept yet."))


def told() -> dict[str, Any]:
    """Return every kind and every connection as JSON values."""
    from twin import connections
    from twin.sources import kinds, without_secrets

    return {
        "kinds": [
            {
                "kind": key,
                "title": kind.title,
                "schemes": list(kind.schemes),
                "fields": [
                    {
                        "key": entry.key,
                        "title": entry.title,
                        "hint": entry.hint,
                        "default": entry.default,
                        "secret": entry.secret,
                        "needed": entry.needed,
                        "options": dict(entry.options),
                    }
                    for entry in kind.fields
                ],
                "presets": [{"name": preset.name, "address": preset.address} for preset in kind.presets],
                "mapped": kind.mapped,
                "record": kind.record,
            }
            for key, kind in kinds().items()
        ],
        "connections": [
            {
                "name": one.connection.name,
                "kind": one.connection.kind,
                "address": without_secrets(one.connection.address),
                "user": one.connection.user,
                "options": dict(one.connection.options),
                "record": one.connection.record,
                "districts": list(one.districts),
            }
            for one in connections.read()
        ],
    }
