"""`twin overlay`: parcels, plans, masses with heights or an aerial picture, laid over a district."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import say
from twin.language import _, _n
from twin.model import Source

if TYPE_CHECKING:
    import argparse


def summary() -> str:
    """Return what the command does, in one line."""
    return _("lay a GeoJSON, GeoPackage or GeoTIFF of your own over a district")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("the district: a .twin file, or the word sample"))
    parser.add_argument("data", metavar="DATA", type=Path, help=_("what to lay over it: GeoJSON, GeoPackage, GeoTIFF"))
    words.add_output(parser)
    parser.add_argument(
        "--name", metavar="NAME", type=words.line("--name"), required=True, help=_("what to call the overlay")
    )
    words.add_terms(parser)
    parser.add_argument(
        "--kind",
        metavar="KIND",
        type=words.line("--kind"),
        default="overlay",
        help=_("what its features are: parcel, zone, mass, ..."),
    )
    parser.add_argument("--height", metavar="COLUMN", default="", help=_("the column with heights"))
    parser.add_argument("--min-height", metavar="COLUMN", default="", help=_("the column with heights of undersides"))
    parser.add_argument("--height-unit", metavar="UNIT", default="m", help=_("what heights are in, m without it"))
    parser.add_argument("--layer", metavar="LAYER", default="", help=_("the layer to take, of several"))
    parser.add_argument(
        "--crs", metavar="CRS", default="", help=_("the coordinate system, such as EPSG:3067, where DATA does not tell")
    )
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> None:
    """Lay the data over the district and write both into a file."""
    from twin import overlay

    source = Source(
        title=arguments.name,
        licence=arguments.licence,
        credit=arguments.source,
        retrieved=time.time(),
        detail=arguments.data.name,
    )
    with bar.shown(quiet=arguments.quiet) as report:
        below = district.open_district(arguments.file, report=report)
        both = overlay.add(
            below,
            arguments.data,
            name=arguments.name,
            source=source,
            kind=arguments.kind,
            layer=arguments.layer,
            height_column=arguments.height,
            min_height_column=arguments.min_height,
            height_unit=arguments.height_unit,
            crs=arguments.crs,
            report=report,
        )
        district.save(arguments.output, both, days_of=district.path_of(arguments.file), report=report)
    features = len(both.tables["overlays"]) - len(below.tables["overlays"])
    if features:
        say(
            _n(
                "{path}: {count} feature laid over {name}.", "{path}: {count} features laid over {name}.", features
            ).format(path=arguments.output, count=features, name=both.name)
        )
    else:
        say(_("{path}: a picture laid over {name}.").format(path=arguments.output, name=both.name))
