"""What somebody asks to open, read from one line of text: a place, coordinates, or a file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import TwinError
from twin.quantity import number

if TYPE_CHECKING:
    from twin.osm.area import Area
    from twin.settings import Settings

RADIUS_M = 500.0
"""How far around a point one sees a quarter of a city."""

RAW = (".osm", ".osm.gz", ".osm.bz2", ".pbf", ".gpkg")
_HEAD_BYTES = 4096
_NUMBERS = re.compile(r"\s*[-+]?\d+(\.\d+)?\s*([,;\s]\s*[-+]?\d+(\.\d+)?\s*)+$")
_PATH = re.compile(
    r"^(~|\.{0,2}[/\\]|[A-Za-z]:[/\\])|\.(twin|osm|osm\.gz|osm\.bz2|pbf|gpkg|geojson|json)$", re.IGNORECASE
)


@dataclass(frozen=True)
class Asked:
    """One of: a district's file, raw map data, an area, the name of a place, or a day in an archive."""

    file: Path | None = None  # a .twin file
    raw: Path | None = None  # map data to make a district of
    outline: Path | None = None  # a file with a polygon around an area, read by `settled`
    area: Area | None = None
    place: str = ""
    radius_m: float | None = None  # around a place, instead of its outline
    archive: str = ""  # the address of a day in an archive

    @property
    def label(self) -> str:
        """What it is called until its own name is known."""
        path = self.file or self.raw or self.outline
        if path is not None:
            return path.name
        return self.area.name if self.area is not None else self.place or self.archive


def understand(text: str, *, radius_m: float = RADIUS_M, outline: bool = True) -> Asked:
    """Return what a line of text asks for.

    Four numbers are a box (west, south, east, north), two a point (latitude, longitude), a path is a file, an address
    of ClickHouse a day in an archive, and everything else is the name of a place.

    Parameters
    ----------
    radius_m
        How far around a point to look, and around a place where its outline is not wanted.
    outline
        Take a place as its own outline.

    Raises
    ------
    TwinError
        Where it can be nothing of the kind: one sentence that says what to change.
    """
    from twin.archive import address_of, is_archive
    from twin.osm import area

    line = " ".join(text.split())
    if not line:
        raise TwinError(_("Name a place, give coordinates, or choose a file."))
    if is_archive(line):
        address_of(line)
        return Asked(archive=line)
    if _NUMBERS.match(line):
        numbers = [float(number) for number in re.split(r"[,;\s]+", line)]
        if len(numbers) == 4:
            return Asked(area=area.area_of_box(*numbers))
        if len(numbers) == 2:
            return Asked(area=area.area_of_point(numbers[0], numbers[1], radius_m))
        raise TwinError(
            _("Coordinates are two numbers, latitude and longitude, or four: west, south, east and north of a box.")
        )
    path = Path(text.strip()).expanduser()
    if _PATH.search(line) or path.is_file():
        return of_file(path)
    if len(line) < 2:
        raise TwinError(_("That is too short for the name of a place."))
    return Asked(place=line, radius_m=None if outline else radius_m)


def of_file(path: Path) -> Asked:
    """Return what a file is, by its name: a district, raw map data, or the outline of an area.

    Raises
    ------
    TwinError
        Where it is not there.
    """
    name = path.name.lower()
    if not path.is_file():
        raise TwinError(
            _("{path} is a folder; choose a file in it.").format(path=path)
            if path.is_dir()
            else _("There is no file {path}.").format(path=path)
        )
    if name.endswith(".geojson") or (name.endswith(".json") and not _is_overpass(path)):
        return Asked(outline=path)
    if name.endswith((*RAW, ".json")):
        return Asked(raw=path)
    return Asked(file=path)


def settled(asked: Asked) -> Asked:
    """Return what is asked for with its outline read, which takes a while for one of many corners.

    Raises
    ------
    TwinError
        Where the file is no outline, or encloses nothing.
    """
    if asked.outline is None:
        return asked
    from twin.osm.area import area_of_polygon_file

    return Asked(area=area_of_polygon_file(asked.outline))


def check(asked: Asked, settings: Settings) -> str:
    """Return in words what will be done.

    Raises
    ------
    TwinError
        Where the area is no possible one.
    """
    from twin.osm.area import area_km2, check_area
    from twin.osm.faults import host

    if asked.archive:
        from twin.archive import address_of

        return _("Opens a recorded day from the archive at {address}.").format(address=address_of(asked.archive))
    if asked.outline is not None:
        return _("Reads the outline in {file}…").format(file=asked.outline.name)
    if asked.file is not None:
        return _("Opens the district in {file}.").format(file=asked.file.name)
    if asked.raw is not None:
        return _("Makes a district of the map data in {file}.").format(file=asked.raw.name)
    if asked.area is not None:
        size_km2, limit_km2 = area_km2(asked.area.polygon), settings.area_limit_km2
        if size_km2 > limit_km2:
            raise TwinError(
                _(
                    "The {area} covers {size} km², and the limit is {limit} km². Choose a smaller area, or raise the "
                    "limit in the settings."
                ).format(area=asked.area.source, size=number(size_km2), limit=number(limit_km2))
            )
        size_km2 = check_area(asked.area, settings)
        return _("Downloads the {area}, {size} km², from {server}.").format(
            area=asked.area.source, size=f"{size_km2:.3g}", server=host(settings.overpass_url)
        )
    if asked.radius_m is not None:
        return _("Asks {server} for “{place}”, and downloads {radius:.0f} m around it.").format(
            server=host(settings.nominatim_url), place=asked.place, radius=asked.radius_m
        )
    return _("Asks {server} for “{place}”, and downloads what lies within its outline.").format(
        server=host(settings.nominatim_url), place=asked.place
    )


def of_drop(path: Path, *, over: bool) -> Asked | None:
    """Return what a dropped file asks for; None for what is laid over the district that is open."""
    name = path.name.lower()
    if over and (
        name.endswith((".geojson", ".gpkg", ".tif", ".tiff")) or (name.endswith(".json") and not _is_overpass(path))
    ):
        return None
    return of_file(path)


def is_readings(path: Path) -> bool:
    """Tell whether a file is a table of readings, by its name."""
    return path.name.lower().endswith((".csv", ".csv.gz", ".tsv", ".parquet", ".pq"))


def _is_overpass(path: Path) -> bool:
    """Tell whether a JSON file is an answer of Overpass rather than GeoJSON."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return False
    return b'"osm3s"' in head or b'"elements"' in head
