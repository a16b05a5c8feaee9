"""`twin terrain`: the hills that a district stands on, out of a raster of heights."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import say
from twin.language import _
from twin.model import Source

if TYPE_CHECKING:
    import argparse


def summary() -> str:
    """Return what the command does, in one line."""
    return _("put a district on the ground that a GeoTIFF of heights tells")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    parser.add_argument("file", metavar="FILE", help=_("the district: a .twin file, or the word sample"))
    parser.add_argument("heights", metavar="DEM", type=Path, help=_("heights of the ground in metres, as GeoTIFF"))
    words.add_output(parser)
    words.add_terms(parser)
    parser.add_argument(
        "--crs", metavar="CRS", default="", help=_("the coordinate system, such as EPSG:3067, where DEM does not tell")
    )
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))


def run(arguments: argparse.Namespace) -> None:
    """Put the district on the ground and write both into a file."""
    from twin import overlay

    source = Source(
        title=_("Terrain"),
        licence=arguments.licence,
        credit=arguments.source,
        retrieved=time.time(),
        detail=arguments.heights.name,
    )
    with bar.shown(quiet=arguments.quiet) as report:
        flat = district.open_district(arguments.file, report=report)
        hilly = overlay.add_terrain(flat, arguments.heights, source=source, crs=arguments.crs, report=report)
        district.save(arguments.output, hilly, days_of=district.path_of(arguments.file), report=report)
    if hilly.terrain is not None:
        say(
            _("{path}: {name} stands between {low:.0f} and {high:.0f} m.").format(
                path=arguments.output,
                name=hilly.name,
                low=hilly.terrain.datum_m + float(hilly.terrain.height_m.min()),
                high=hilly.terrain.datum_m + float(hilly.terrain.height_m.max()),
            )
        )
