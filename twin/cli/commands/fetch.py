"""`twin fetch`: a district of OpenStreetMap, from the network or a file, into one `.twin` file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from twin import bar, district
from twin.cli import parser as words
from twin.cli.streams import age, complain, say
from twin.language import _
from twin.model import District, Report, TwinError

if TYPE_CHECKING:
    import argparse

    from twin.osm.area import Area
    from twin.settings import Settings

OLD_S = 3600.0
"""An answer out of the cache is worth a word when it is older than this."""


def summary() -> str:
    """Return what the command does, in one line."""
    return _("get a district of OpenStreetMap into a .twin file")


def prepare(parser: words.Parser) -> None:
    """Add the command's arguments to a parser."""
    where = parser.add_argument_group(_("where (one of these)"))
    where.add_argument("place", metavar="PLACE", nargs="*", help=_("a place name or an address"))
    where.add_argument("--point", metavar="LAT,LON", type=words.point, help=_("the middle of a circle, with --radius"))
    where.add_argument("--bbox", metavar="W,S,E,N", type=words.box, help=_("a box in degrees: west,south,east,north"))
    where.add_argument("--polygon", metavar="FILE", type=Path, help=_("the polygons of a GeoJSON file"))
    parser.add_argument(
        "--radius", metavar="M", type=words.length("--radius"), help=_("metres around --point or around PLACE")
    )
    parser.add_argument(
        "--osm",
        metavar="FILE",
        type=Path,
        help=_("take the data out of this file: .osm, .osm.gz, .osm.bz2, .osm.pbf, Overpass JSON or .gpkg"),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=words.output("-o", ".twin"),
        required=True,
        help=_(
            "the .twin file to write; one of this name is replaced when the new one is complete, and its recorded days"
            " stay if they are of the same district"
        ),
    )
    parser.add_argument("--name", metavar="NAME", type=words.line("--name"), help=_("what to call the district"))
    parser.add_argument("--overpass", metavar="URL", help=_("ask this Overpass server"))
    parser.add_argument("--nominatim", metavar="URL", help=_("ask this Nominatim server where PLACE is"))
    parser.add_argument("--refresh", action="store_true", help=_("ask again, though the answer is in the cache"))
    parser.add_argument(
        "--keep-partial", action="store_true", help=_("accept an answer that the server broke off, and say so")
    )
    parser.add_argument("-q", "--quiet", action="store_true", help=_("show no progress"))
    parser.epilog = "\n".join(
        [
            _("examples:"),
            '  twin fetch "Kallio, Helsinki" -o kallio.twin',
            "  twin fetch --point 51.505,-0.09 --radius 500 -o southwark.twin",
            "  twin fetch --bbox -0.13,51.50,-0.12,51.51 -o soho.twin",
            "  twin fetch --osm berlin.osm.pbf --bbox 13.37,52.51,13.41,52.53 -o mitte.twin",
        ]
    )


def run(arguments: argparse.Namespace) -> None:
    """Fetch, assemble, mesh and write."""
    where = _where(arguments)
    settings = _settings(arguments)
    with bar.shown(quiet=arguments.quiet) as report:
        found = _found(where, arguments, settings, report)
        days_of = district.days_that_stay(arguments.output, found)
        district.save(arguments.output, found, days_of=days_of, report=report)
    _tell(arguments.output, found, from_file=arguments.osm is not None)


def _where(arguments: argparse.Namespace) -> Area | str | None:
    """Return the one area or place that was named; None for all of a file."""
    from twin.osm import area

    # A name of several words is understood without quotation marks too.
    place = " ".join(arguments.place) if arguments.place else None
    given = {
        "PLACE": place,
        "--point": arguments.point,
        "--bbox": arguments.bbox,
        "--polygon": arguments.polygon,
    }
    named = [option for option, value in given.items() if value is not None]
    if len(named) > 1:
        raise TwinError(
            _("Say once where the district is: {options} were given together.").format(options=", ".join(named))
        )
    if not named and arguments.osm is None:
        raise TwinError(
            _("Say where the district is: PLACE, --point and --radius, --bbox, --polygon, or a file with --osm.")
        )
    if arguments.point is not None and arguments.radius is None:
        raise TwinError(_("--point needs --radius, the metres around it, such as --radius 500."))
    if arguments.radius is not None and arguments.point is None and place is None:
        raise TwinError(_("--radius goes with --point or PLACE."))
    if arguments.point is not None:
        lat, lon = arguments.point
        return area.area_of_point(lat, lon, arguments.radius)
    if arguments.bbox is not None:
        return area.area_of_box(*arguments.bbox)
    if arguments.polygon is not None:
        return area.area_of_polygon_file(arguments.polygon)
    if place is not None and Path(place).is_file():
        raise TwinError(
            _("{file} is a file and not the name of a place: write --osm {file}, or --polygon {file}.").format(
                file=place
            )
        )
    return place


def _settings(arguments: argparse.Namespace) -> Settings:
    from twin.settings import Settings

    settings = Settings.load()
    given = {"overpass_url": arguments.overpass, "nominatim_url": arguments.nominatim}
    for (name, address), option in zip(given.items(), ("--overpass", "--nominatim"), strict=True):
        if address is None:
            continue
        try:
            settings = replace(settings, **{name: address})
        except TwinError:
            raise TwinError(
                # Not echoed: it may hold a password.
                _("{option} takes a server's address such as https://example.org/api, without a user name.").format(
                    option=option
                )
            ) from None
    return settings


def _found(where: Area | str | None, arguments: argparse.Namespace, settings: Settings, report: Report) -> District:
    """Return the district that was asked for."""
    # A place has a name of its own. A box has numbers, and the name of the file says more.
    name = arguments.name or ("" if isinstance(where, str) else arguments.output.stem)
    if arguments.osm is None:
        assert where is not None  # noqa: S101  (`_where` has refused it)
        return district.fetch(
            where,
            settings=settings,
            radius_m=arguments.radius,
            name=name,
            refresh=arguments.refresh,
            keep_partial=arguments.keep_partial,
            report=report,
        )
    if isinstance(where, str):
        from twin.osm.download import area_of_place

        where = area_of_place(
            where, settings=settings, radius_m=arguments.radius, refresh=arguments.refresh, report=report
        )
    return district.from_file(arguments.osm, area=where, name=name, report=report)


def _tell(path: Path, found: District, *, from_file: bool) -> None:
    """Say what was written, and beside it what the reader should know about it."""
    counts = {table: len(frame) for table, frame in found.tables.items()}
    say(
        _("{path}: {buildings} buildings, {streets} streets, {trees} trees.").format(
            path=path, buildings=counts["buildings"], streets=counts["streets"], trees=counts["trees"]
        )
    )
    if found.incomplete:
        complain(_("Incomplete: {sentence}").format(sentence=found.incomplete))
    retrieved = min((source.retrieved for source in found.sources if source.retrieved is not None), default=None)
    if not from_file and retrieved is not None and time.time() - retrieved > OLD_S:
        complain(
            _("The server was asked {age} ago and its answer kept; --refresh asks again.").format(
                age=age(time.time() - retrieved)
            )
        )
