"""What a file says about itself, and whether it still is what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.file import cities, manifest
from twin.file.container import DAMAGE, LOCAL_SRS_ID, fingerprint, plain_columns, quoted, reading
from twin.file.images import image_hash
from twin.file.sound import checked
from twin.file.tables import read_columns
from twin.file.terrain import read_terrain
from twin.language import _
from twin.model import TABLES, Frame, Progress, Report, silent
from twin.quality import heights

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterator

_OURS = {*TABLES, "dropped", "twin_manifest", "twin_mesh", "twin_terrain"}
_PARAMETER = re.compile(r'PARAMETER\["(\w+)",(-?[0-9]+(?:\.[0-9]+)?)\]')
_CUSTOMARY = re.compile(
    "days$|day_|sensors$|sensor_hours$|"  # twin.days knows these, and verifies them
    "sqlite_|gpkg_|rtree_|ogr_|layer_styles$|trigger_(insert|delete)_feature_count_"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a file that is not as it should be, as one sentence, and the table it is in."""

    table: str  # "" where it concerns the file as a whole
    sentence: str


def read_info(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what a file says about itself, as plain JSON values.

    Returns
    -------
    dict
        name, bounds (west, south, east, north in degrees), crs, counts, heights (buildings whose
        height is tagged, follows from levels, or is inferred), repairs, dropped (by reason),
        sources, days, layers, version (of the file format), program, credit, licence, zone,
        boundary (GeoJSON, WGS 84), incomplete, overlays.
    """
    path = Path(path)
    with reading(path) as (database, header):
        entries = manifest.read_manifest(database, str(path), fingerprint(header))
        counts = {table: _count(database, table) for table in TABLES}
        furniture = _groups(database, "furniture", "kind")
        counts["lamps"] = furniture.get("lamp", 0)
        features = _groups(database, "overlays", "overlay")
        images = [{"name": image["name"], "table": image["table"]} for image in entries["images"]]
        return {
            "name": manifest.text(entries["name"]),
            "bounds": list(manifest.box(entries["bounds"])),
            "crs": manifest.text(entries["crs"]),
            "counts": counts,
            "heights": heights(_groups(database, "buildings", "height_from")),
            "repairs": manifest.counts(entries["repairs"]),
            "dropped": _groups(database, "dropped", "reason"),
            "sources": list(entries["sources"]),
            "days": [],
            "layers": [],
            "version": entries["schema"],
            "program": manifest.text(entries["program"]),
            "credit": manifest.text(entries["credit"]),
            "licence": manifest.text(entries["licence"]),
            "zone": manifest.text(entries["zone"]),
            "boundary": entries["boundary"],
            "incomplete": manifest.text(entries["incomplete"]),
            "overlays": [{"name": name, "features": count} for name, count in features.items()] + images,
        }


def _count(database: sqlite3.Connection, table: str) -> int:
    plain_columns(database, table)  # refuses what is no plain table
    return int(database.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()[0])  # noqa: S608


def _groups(database: sqlite3.Connection, table: str, column: str) -> dict[str, int]:
    plain_columns(database, table)
    rows = database.execute(
        f"SELECT {quoted(column)}, count(*) FROM {quoted(table)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10000"  # noqa: S608
    )
    return {str(value or ""): count for value, count in rows}


def verify(path: str | os.PathLike[str], *, report: Report = silent) -> tuple[Problem, ...]:
    """Look at every byte that matters and return what is wrong, nothing where all is well.

    The SQLite container, the hash of every table, mesh and image, every value, and whatever
    the file holds besides.

    Raises
    ------
    TwinError
        Where the file cannot be read as a `.twin` file at all.
    """
    path = Path(path)
    with reading(path) as (database, header):
        entries = manifest.read_manifest(database, str(path), fingerprint(header))
        return tuple(_problems(database, entries, report))


def _problems(database: sqlite3.Connection, entries: manifest.Manifest, report: Report) -> Iterator[Problem]:
    report(Progress(_("Looking for what does not belong")))
    yield from _guarded("", lambda: _foreign(database))
    report(Progress(_("Checking the database")))
    yield from _guarded("", lambda: _integrity(database))
    report(Progress(_("Checking how the layers are registered")))
    yield from _guarded("", lambda: _registration(database, manifest.frame(entries["frame"])))
    for done, table in enumerate((*TABLES, "dropped")):
        report(Progress(_("Checking {table}").format(table=table), done, len(TABLES) + 1))
        yield from _guarded(table, lambda table=table: _table(database, entries, table))  # type: ignore[misc]
    report(Progress(_("Checking meshes")))
    yield from _guarded("twin_mesh", lambda: _meshes(database, entries))
    yield from _guarded("twin_terrain", lambda: _terrain(database, entries))
    report(Progress(_("Checking images")))
    for image in entries["images"]:
        yield from _guarded(str(image.get("table")), lambda image=image: _image(database, image))  # type: ignore[misc]


def _terrain(database: sqlite3.Connection, entries: manifest.Manifest) -> Iterator[Problem]:
    read_terrain(database, entries)  # which refuses heights that are not those that were written
    yield from ()


def _guarded(table: str, check: Callable[[], Iterator[Problem]]) -> Iterator[Problem]:
    """Yield the problems of a check, and one more where the damage stops the check itself."""
    try:
        yield from check()
    except DAMAGE as error:
        sentence = (
            _("Table {table} cannot be read: {reason}.") if table else _("The database cannot be read: {reason}.")
        )
        yield Problem(table, sentence.format(table=table, reason=error))


def _foreign(database: sqlite3.Connection) -> Iterator[Problem]:
    images = re.compile("image_[0-9]+$")
    for kind, name, table in database.execute("SELECT type, name, tbl_name FROM sqlite_master LIMIT 10000").fetchall():
        if kind == "index" or _CUSTOMARY.match(name) or (kind == "table" and (name in _OURS or images.match(name))):
            continue
        yield Problem(
            str(table), _("The {kind} {name} is not one that District Twin wrote.").format(kind=kind, name=name)
        )


def _registration(database: sqlite3.Connection, frame: Frame) -> Iterator[Problem]:
    """Whether other programs still find the layers, and find them where they are."""
    # Every select is of named columns, so a table that lacks one is damage, told by who calls.
    listed = dict(database.execute("SELECT table_name, data_type || ' ' || srs_id FROM gpkg_contents LIMIT 10000"))
    shaped = dict(
        database.execute("SELECT table_name, column_name || ' ' || srs_id FROM gpkg_geometry_columns LIMIT 10000")
    )
    for table in TABLES:
        if listed.get(table) != f"features {LOCAL_SRS_ID}" or shaped.get(table) != f"geom {LOCAL_SRS_ID}":
            yield Problem(table, _("Table {table} is not registered as it should be.").format(table=table))
    row = database.execute("SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (LOCAL_SRS_ID,)).fetchone()
    told = dict(_PARAMETER.findall(str(row[0]))) if row else {}
    places = (("latitude_of_origin", frame.lat), ("central_meridian", frame.lon), ("scale_factor", 1.0))
    if not all(name in told and abs(float(told[name]) - value) < 1e-6 for name, value in places):
        yield Problem("gpkg_spatial_ref_sys", _("The definition of the coordinate system is damaged."))


def _integrity(database: sqlite3.Connection) -> Iterator[Problem]:
    for (line,) in database.execute("PRAGMA integrity_check(20)").fetchall():
        if line != "ok":
            yield Problem("", _("The database is damaged: {reason}.").format(reason=" ".join(str(line).split())))


def _table(database: sqlite3.Connection, entries: manifest.Manifest, table: str) -> Iterator[Problem]:
    columns = read_columns(database, table)
    if columns.digest() != entries["hashes"][table]:
        sentence = (
            _("Table {table} is damaged: its content is not what was written.")
            if entries.untouched
            else _("Table {table} was changed after District Twin wrote it.")
        )
        yield Problem(table, sentence.format(table=table))
    if columns.wkb is not None:
        checked(table, columns, np.asarray(shapely.from_wkb(columns.wkb), object))


def _meshes(database: sqlite3.Connection, entries: manifest.Manifest) -> Iterator[Problem]:
    # Meshes of another version are no damage: whoever opens the file has them made anew.
    for name in cities.damaged_meshes(database, entries["city"]):
        yield Problem("twin_mesh", _("The mesh {name} is damaged.").format(name=name))


def _image(database: sqlite3.Connection, entry: dict[str, Any]) -> Iterator[Problem]:
    if image_hash(database, entry) != entry["hash"]:
        yield Problem(entry["table"], _("The image {name} is damaged.").format(name=entry["name"]))
