"""`twin export`: what a `.twin` file holds in a form that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import count, say
from twin.language import _

if TYPE_CHECKING:
    import argparse

_FORMS = ("parquet", "csv", "geojson", "gpkg")


def summary() -> str:
    """Return what the command does, in one line."""
    return _("write readings as Parquet or CSV, the map as GeoJSON or GeoPackage")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("a .twin file, or the word sample"))
    parser.add_argument(
        "--to",
        metavar="FORMAT",
        type=words.one_of("--to", _FORMS),
        required=True,
        help=_("parquet or csv: the readings of its days; geojson: its map and sensors; gpkg: all of it"),
    )
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help=_("the file to write"))
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> None:
    """Write the file and say what is in it."""
    from twin.export import FORMS, export

    source = district.path_of(arguments.file)
    path = words.output("-o", FORMS[arguments.to].suffix)(arguments.output)
    with bar.shown(quiet=arguments.quiet) as report:
        written = export(source, arguments.to, path, report=report)
    sentences = {
        "parquet": _("{path}: {count} readings."),
        "csv": _("{path}: {count} readings."),
        "geojson": _("{path}: {count} features."),
        "gpkg": _("{path}: {count} layers."),
    }
    say(sentences[arguments.to].format(path=path, count=count(written)))
