"""The doors to a district and its city: a file, the sample, a place, a point, a box, a polygon.

Every door takes a `Report`, which is called all along: whatever it raises ends the work at once, and
nothing is left half-written. `until` makes one of a `threading.Event`, for a stop button.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import twin
from twin.language import _, _n
from twin.model import Cancelled, City, District, Progress, Report, TwinError, silent
from twin.settings import Settings

if TYPE_CHECKING:
    import threading
    from typing import Any

    from twin.osm.area import Area
    from twin.osm.columns import Drawn
    from twin.osm.elements import Elements

SAMPLE = "sample"
"""The word for the district that is shipped with the program, wherever a file can be named."""

_RAW = (".osm", ".osm.gz", ".osm.bz2", ".pbf")

SAME_DISTRICT = 0.5
"""The share of two areas, of all that they cover together, from which on they count as one district seen twice."""

NEARLY_ALL = 0.99
"""The share of an area from which on it counts as covered: extracts are cut along rounded degrees."""


def sample() -> Path:
    """Return where the district shipped with the program is; a broken installation lacks the file."""
    return Path(twin.__file__).parent.parent / "assets" / "sample.twin"


def path_of(word: str | Path) -> Path:
    """Return the file that somebody names: a path, or `sample`. (A file of that name is `./sample`.).

    Raises
    ------
    TwinError
        Where nothing is named, the sample is asked for and missing, or the file's name says that it is raw map data.
    """
    if not str(word).strip():
        raise TwinError(_("No file is named: give the path of a .twin file, or the word sample."))
    if str(word) != SAMPLE:
        path = Path(word)
        if path.name.lower().endswith(_RAW) and path.is_file():
            raise TwinError(
                _(
                    "{file} is map data and no district yet: `twin fetch --osm {file} -o {target}` makes one of it."
                ).format(file=path, target=path.name.partition(".")[0] + ".twin")
            )
        return path
    path = sample()
    if not path.is_file():
        raise TwinError(
            _("The sample district is missing from this installation ({path}); install the program again.").format(
                path=path
            )
        )
    return path


def open_city(word: str | Path, *, report: Report = silent) -> City:
    """Return the city in a `.twin` file or the sample, in a fraction of a second where its meshes are current.

    Meshes of an older program, or older than an edit made by another program, are made anew.
    """
    from twin import file

    path = path_of(word)
    report(Progress(_("Opening {file}").format(file=path.name)))
    try:
        return file.read_city(path)
    except file.StaleCity:
        return build(file.read_district(path), report=report)


def open_district(word: str | Path, *, report: Report = silent) -> District:
    """Return the district in a `.twin` file or the sample, with all its tables."""
    from twin import file

    path = path_of(word)
    report(Progress(_("Opening {file}").format(file=path.name)))
    return file.read_district(path)


def build(district: District, *, report: Report = silent) -> City:
    """Return the meshes of a district."""
    from twin.mesh.city import build as mesh
    from twin.mesh.drape import draped
    from twin.mesh.near import detailed

    return draped(detailed(mesh(district, report=report), district, report=report), district)


def save(path: Path, district: District, *, days_of: Path | None = None, report: Report = silent) -> City:
    """Mesh a district, write both into a `.twin` file, and return the meshes.

    `days_of` names a file whose recorded days are to be in it too: the one that the district was read from.
    """
    city = build(district, report=report)
    write(path, district, city, days_of=days_of, report=report)
    return city


def write(path: Path, district: District, city: City, *, days_of: Path | None = None, report: Report = silent) -> None:
    """Write a district and its meshes into a `.twin` file, with the recorded days of another, which may be the same."""
    from twin import days, file
    from twin.file.container import replacing

    if days_of is None or not days_of.exists() or not days.read_days(days_of):
        file.write(path, district, city, report=report)
        return
    with replacing(path) as beside:
        file.write(beside, district, city, report=report)
        days.copy_days(days_of, beside, report=report)


def days_that_stay(path: Path, district: District) -> Path | None:
    """Return a file that a district is to replace, where its recorded days are of that district; None: it has none.

    Raises
    ------
    TwinError
        Where it has days of another district, which would be lost.
    """
    import shapely

    from twin import days, file

    try:
        count = len(days.read_days(path)) if path.exists() else 0
        if not count:
            return None
        told = None if days.are_alone(path) else file.read_info(path)
    except TwinError:  # what cannot be read holds nothing that could be kept
        return None
    if told is not None:
        before = shapely.geometry.shape(told["boundary"])
        now = shapely.polygons(district.frame.lonlat_from_xy(shapely.get_coordinates(district.boundary_xy.envelope)))
        both, either = before.envelope.intersection(now).area, before.envelope.union(now).area
        if both >= SAME_DISTRICT * either:
            return path
    name = told["name"] if told is not None else days.read_days(path)[0].title
    sentence = _n(
        "{file} holds a recorded day of another district ({name}), which would be lost: write to another file.",
        "{file} holds {count} recorded days of another district ({name}), which would be lost: write to another file.",
        count,
    )
    raise TwinError(sentence.format(file=path, count=count, name=name))


def from_file(path: Path, *, area: Area | None = None, name: str = "", report: Report = silent) -> District:
    """Return a district out of a file with OpenStreetMap data.

    An area that reaches beyond what the file covers is cut there, and `District.incomplete` tells it.

    Parameters
    ----------
    path
        `.osm`, `.osm.gz`, `.osm.bz2`, `.osm.pbf`, an Overpass answer as JSON, or a GeoPackage.
    area
        The piece of it to take; all of it without one.
    name
        What to call the district; the file's name without one.
    report
        Told about progress.
    """
    from twin.osm import assemble, elements, geopackage

    found = (
        geopackage.from_file(path, report=report)
        if elements.sniff(path) == "gpkg"
        else elements.from_file(path, report=report)
    )
    boundary, incomplete = None, ""
    if area is not None:
        boundary, whole = _covered(path, area, found)
        if not whole:
            incomplete = _("{file} covers only a part of the area that was asked for.").format(file=path.name)
    return assemble.district(
        found,
        name=name or path.name.partition(".")[0] or path.name,
        boundary=boundary,
        incomplete=incomplete,
        sources=[assemble.openstreetmap(found, detail=path.name)],
        report=report,
    )


def _covered(path: Path, area: Area, found: Elements | Drawn) -> tuple[Any, bool]:
    """Return the part of an area that a file's data covers, and whether that is all of it."""
    import shapely

    from twin.osm import assemble
    from twin.osm.area import surface

    extent = assemble.covered(found)
    west, south, east, north = extent
    inside = surface(shapely.intersection(area.polygon, shapely.box(*extent)))
    if inside is None:
        raise TwinError(
            _(
                "{file} covers {west:.4f},{south:.4f},{east:.4f},{north:.4f} (west,south,east,north), and nothing of "
                "the {area} lies in it."
            ).format(file=path, west=west, south=south, east=east, north=north, area=area.source)
        )
    return inside, inside.area > NEARLY_ALL * area.polygon.area


def fetch(
    where: Area | str,
    *,
    settings: Settings | None = None,
    radius_m: float | None = None,
    name: str = "",
    refresh: bool = False,
    keep_partial: bool = False,
    report: Report = silent,
    stop: threading.Event | None = None,
) -> District:
    """Return a district of OpenStreetMap, out of the cache or from the servers that the settings name.

    Parameters
    ----------
    where
        The area, or the name or address of a place.
    settings
        The user's own without any.
    radius_m
        The circle to take around a place, instead of its outline.
    name
        What to call the district; the area's or the place's own name without one.
    refresh
        Ask again though the answer is in the cache.
    keep_partial
        Accept an answer that the server broke off; `District.incomplete` then tells it.
    report, stop
        Told about progress, and set to end the work within a second.

    Raises
    ------
    TwinError
        Where the area or place is not possible, or no whole answer can be had.
    """
    from twin.osm import assemble, elements, faults
    from twin.osm.child import Fault
    from twin.osm.download import Courier, area_of_place, download

    settings = settings or Settings.load()
    with Courier() as courier:
        if isinstance(where, str):
            where = area_of_place(
                where,
                settings=settings,
                report=report,
                radius_m=radius_m,
                stop=stop,
                refresh=refresh,
                courier=courier,
            )
        answer = download(
            where,
            settings=settings,
            report=report,
            stop=stop,
            refresh=refresh,
            keep_partial=keep_partial,
            courier=courier,
        )
    report = report if stop is None else until(stop, report)
    try:
        found = elements.from_overpass(answer.documents, report=report)
    except Cancelled:
        raise
    except TwinError as error:
        for document in answer.documents:  # else the cache would give them again and again
            document.unlink(missing_ok=True)
        fault = Fault("unsound")
        raise faults.told(fault, url=settings.overpass_url, option="--overpass", settings=settings) from error
    if not len(found.node_id) and not len(found.way_id):
        raise TwinError(
            _(
                "There is nothing on the map in the {area}. If that surprises, look at the order of the numbers: a box "
                "is west,south,east,north, a point latitude,longitude."
            ).format(area=where.source)
        )
    detail = _("{area}, from {server}").format(area=where.source, server=settings.overpass_url)
    return assemble.district(
        found,
        name=name or where.name,
        boundary=where.polygon,
        sources=[assemble.openstreetmap(found, retrieved=answer.retrieved, detail=detail)],
        incomplete=answer.incomplete,
        report=report,
    )


def until(stop: threading.Event, report: Report = silent) -> Report:
    """Return a report that passes everything on, and ends the work once `stop` is set."""

    def passing(progress: Progress) -> None:
        if stop.is_set():
            raise Cancelled(_("Stopped; nothing was written."))
        report(progress)

    return passing
