"""A city or a district out of a file that nobody vouches for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from twin.bulk import collector_paused
from twin.file import cities, manifest, viewpoints
from twin.file.container import LOCAL_SRS_ID, StaleCity, UnfitError, fingerprint, reading
from twin.file.images import read_images
from twin.file.tables import harmless, read_columns, to_table
from twin.file.terrain import read_terrain
from twin.language import _
from twin.model import MESH_VERSION, TABLES, City, District, Dropped, credits_of

if TYPE_CHECKING:
    import os
    import sqlite3


def read_city(path: str | os.PathLike[str]) -> City:
    """Read the meshes of a district, in a fraction of a second.

    Raises
    ------
    StaleCity
        Where another program has changed the tables, or an older one made the meshes:
        `read_district` and mesh it again.
    TwinError
        Where the file is no `.twin` file, damaged, or newer than this program.
    """
    path = Path(path)
    with reading(path) as (database, header):
        entries = manifest.read_manifest(database, str(path), fingerprint(header))
        if entries["city"]["version"] != MESH_VERSION or _edited(database, entries):
            raise StaleCity(_("The meshes in {file} are older than its district.").format(file=path))
        images = read_images(database, entries["images"])
        city = cities.read_city(
            database, entries["city"], manifest.frame(entries["frame"]), manifest.counts(entries["counts"]), images
        )
        terrain = read_terrain(database, entries)
        return replace(city, credits=credits_of(map(manifest.source, entries["sources"])), terrain=terrain)


def _edited(database: sqlite3.Connection, entries: manifest.Manifest) -> bool:
    """Whether a table differs from what the meshes were made of; quick where nobody wrote into the file."""
    if entries.untouched:
        return False
    hashes = manifest.texts(entries["hashes"])
    return any(read_columns(database, table).digest() != hashes[table] for table in TABLES)


@collector_paused()
def read_district(path: str | os.PathLike[str]) -> District:
    """Read a district with all its tables, as it was written or as another program left it.

    Raises
    ------
    TwinError
        Where the file is no `.twin` file, damaged, newer than this program, or holds what no district can.
    """
    path = Path(path)
    with reading(path) as (database, header):
        entries = manifest.read_manifest(database, str(path), fingerprint(header))
        frame = manifest.frame(entries["frame"])
        _check_srs(database)
        hashes = manifest.texts(entries["hashes"])
        columns = {table: read_columns(database, table) for table in (*TABLES, "dropped")}
        for table, column in columns.items():
            if entries.untouched and column.digest() != hashes[table]:
                raise UnfitError(_("table {table} is damaged").format(table=table))
        dropped = columns.pop("dropped").cells
        boundary_xy = _boundary(entries)
        images = read_images(database, entries["images"])

        return District(
            name=manifest.text(entries["name"]),
            frame=frame,
            boundary_xy=boundary_xy,
            zone_told=manifest.text(entries["zone"]),
            tables={table: to_table(table, column) for table, column in columns.items()},
            sources=tuple(map(manifest.source, entries["sources"])),
            repairs=manifest.counts(entries["repairs"]),
            dropped=tuple(map(Dropped, dropped["osm"], dropped["kind"], dropped["reason"])),
            images=images,
            terrain=read_terrain(database, entries),
            incomplete=manifest.text(entries["incomplete"]),
            views=viewpoints.from_json(entries.entries.get("views", [])),
        )


def _boundary(entries: manifest.Manifest) -> Any:
    wkb = bytes.fromhex(entries["boundary_xy"])
    boundary = shapely.from_wkb(wkb) if harmless([wkb]) else None
    if boundary is None or boundary.geom_type not in {"Polygon", "MultiPolygon"} or boundary.is_empty:
        raise UnfitError(_("its boundary is damaged"))
    return boundary


def _check_srs(database: sqlite3.Connection) -> None:
    """Refuse layers that somebody saved in another coordinate system: their numbers are not our metres."""
    rows = database.execute("SELECT table_name, srs_id FROM gpkg_geometry_columns LIMIT 10000").fetchall()
    systems = dict(rows)
    for table in TABLES:
        if systems.get(table) != LOCAL_SRS_ID:
            raise UnfitError(_("table {table} is not in the district's own coordinate system").format(table=table))
