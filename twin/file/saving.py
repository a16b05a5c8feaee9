"""A district and its meshes into one file, beside the old one, then in its place."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

import twin
from twin.file import manifest, viewpoints
from twin.file.cities import write_city
from twin.file.container import LOCAL_SRS_ID, create, header_of, next_fingerprint, replacing, uri_of
from twin.file.images import write_images
from twin.file.tables import write_dropped, write_table
from twin.file.terrain import write_terrain
from twin.language import _
from twin.model import CREDIT, TABLES, City, District, Frame, Progress, Report, silent

if TYPE_CHECKING:
    import os

LICENCE = "Open Database License (ODbL) 1.0, https://opendatacommons.org/licenses/odbl/1-0/"


def write(path: str | os.PathLike[str], district: District, city: City, *, report: Report = silent) -> None:
    """Write a district and its meshes into one file.

    The file is written beside and renamed at the end: whatever goes wrong, or if `report` raises,
    an older file of this name stays as it was.

    Raises
    ------
    TwinError
        Where it cannot be written, or the district holds what no file can.
    """
    path = Path(path)
    with replacing(path) as beside:
        with closing(sqlite3.connect(uri_of(beside, "mode=rw"), uri=True, isolation_level=None)) as database:
            create(database)
            _write_content(database, district, city, report)
            database.execute("COMMIT")
        header = header_of(beside)
        with closing(sqlite3.connect(uri_of(beside, "mode=rw"), uri=True, isolation_level=None)) as database:
            # A journal in memory; a fresh file beside the old one has nothing to roll back to.
            database.executescript("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;")
            manifest.write_fingerprint(database, next_fingerprint(header))


def _write_content(database: sqlite3.Connection, district: District, city: City, report: Report) -> None:
    name, wkt = _srs(district.frame)
    database.execute(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'NONE', ?, ?, ?)",
        (name, LOCAL_SRS_ID, LOCAL_SRS_ID, wkt, "metres east and north of the district's origin"),
    )
    hashes = {}
    for done, table in enumerate(TABLES):
        report(Progress(_("Writing {table}").format(table=table), done, len(TABLES)))
        hashes[table] = write_table(database, table, district.tables[table])
    hashes["dropped"] = write_dropped(database, [astuple(dropped) for dropped in district.dropped])
    report(Progress(_("Writing meshes")))
    meshes = write_city(database, city)
    report(Progress(_("Writing images")) if district.images else Progress(_("Writing the manifest")))
    images = write_images(database, district.images)
    terrain = write_terrain(database, district.terrain)
    boundary = _lonlat_of(district)
    manifest.write_manifest(
        database,
        {
            "schema": manifest.SCHEMA,
            "program": twin.__version__,
            "name": district.name,
            "zone": district.zone,
            "frame": {"lon": district.frame.lon, "lat": district.frame.lat},
            "crs": district.frame.crs,
            "boundary": shapely.geometry.mapping(boundary),
            "boundary_xy": shapely.to_wkb(district.boundary_xy, hex=True, byte_order=1),
            "bounds": list(boundary.bounds),
            "sources": [manifest.from_source(source) for source in district.sources],
            "repairs": dict(district.repairs),
            "incomplete": district.incomplete,
            "counts": {table: len(frame) for table, frame in district.tables.items()},
            "hashes": hashes,
            "city": meshes,
            "images": images,
            "views": viewpoints.to_json(district.views),
            "terrain": terrain,
            "credit": CREDIT,
            "licence": LICENCE,
        },
    )
    credits_ = [f"{source.title}: {source.credit} ({source.licence})" for source in district.sources]
    database.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'https://www.dublincore.org', 'text/plain', ?)",
        ("\n".join([district.name, CREDIT, LICENCE, *credits_]).encode("utf-8", "replace").decode(),),
    )
    database.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, md_file_id) VALUES ('geopackage', 1)",
    )


_WKT = (
    'PROJCS["{name}",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",{lat:.9f}],PARAMETER["central_meridian",{lon:.9f}],PARAMETER["scale_factor",1],'
    'PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1,AUTHORITY["EPSG","9001"]],'
    'AXIS["Easting",EAST],AXIS["Northing",NORTH]]'
)
"""A frame as WKT 1, as OGC 01-009 has it, with the datum spelled out so that any GIS can leave it."""


def _srs(frame: Frame) -> tuple[str, str]:
    """Return a name and the WKT 1 of a frame."""
    name = f"District Twin local metres at {frame.lat:.5f}, {frame.lon:.5f}"
    return name, _WKT.format(name=name, lat=frame.lat, lon=frame.lon)


def _lonlat_of(district: District) -> Any:
    return shapely.transform(district.boundary_xy, district.frame.lonlat_from_xy)
