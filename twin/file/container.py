"""The container of a `.twin` file: a GeoPackage, opened as the untrusted SQLite database that it is."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import stat
import struct
import sys
import urllib.parse
import zlib
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from shapely.errors import ShapelyError

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator

GEOPACKAGE_ID = 0x47504B47  # "GPKG", SQLite's application_id of an OGC GeoPackage
GEOPACKAGE_VERSION = 10300
LOCAL_SRS_ID = 100_000  # where GDAL, too, starts to number the systems that no authority knows

BLOB_LIMIT_BYTES = 900_000_000  # SQLite's own limit is 1e9; nothing honest comes near
_HEADER_BYTES = 100
_PAGE_SIZE_BYTES = 4096

# https://www.geopackage.org/spec131/ annex C; tables that stay empty are left out where that is allowed.
_SKELETON = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_tile_matrix_set (
  table_name TEXT NOT NULL PRIMARY KEY, srs_id INTEGER NOT NULL,
  min_x DOUBLE NOT NULL, min_y DOUBLE NOT NULL, max_x DOUBLE NOT NULL, max_y DOUBLE NOT NULL,
  CONSTRAINT fk_gtms_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gtms_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_tile_matrix (
  table_name TEXT NOT NULL, zoom_level INTEGER NOT NULL, matrix_width INTEGER NOT NULL, matrix_height INTEGER NOT NULL,
  tile_width INTEGER NOT NULL, tile_height INTEGER NOT NULL, pixel_x_size DOUBLE NOT NULL, pixel_y_size DOUBLE NOT NULL,
  CONSTRAINT pk_ttm PRIMARY KEY (table_name, zoom_level),
  CONSTRAINT fk_tmm_table_name FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec131/#extension_metadata', 'read-write'),
  ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec131/#extension_metadata',
   'read-write');
"""

WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)

DAMAGE = (
    sqlite3.Error,
    zlib.error,
    struct.error,
    ShapelyError,
    ValueError,  # includes UnicodeError and json's
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    SyntaxError,  # Pillow's word for a broken PNG
    OSError,
)


class UnfitError(ValueError):
    """A phrase, in the reader's language, that says which value cannot be and where it stands."""


class StaleCity(TwinError):  # noqa: N818  (a state of the file that has a cure, not a fault)
    """The kept meshes do not belong to the tables any more: mesh the district again."""


def quoted(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def create(database: sqlite3.Connection) -> None:
    """Make a fresh database an empty GeoPackage."""
    # A fresh file beside the old one needs no journal: it either gets its final name, or is deleted.
    database.executescript(
        f"PRAGMA page_size={_PAGE_SIZE_BYTES}; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        f"PRAGMA application_id={GEOPACKAGE_ID}; PRAGMA user_version={GEOPACKAGE_VERSION};"
    )
    database.execute("BEGIN")
    for statement in _SKELETON.split(";\n"):
        if statement.strip():
            database.execute(statement)
    database.executemany(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
            ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
            ("WGS 84 geodetic", 4326, "EPSG", 4326, WGS84_WKT, "longitude/latitude in decimal degrees"),
        ],
    )


def uri_of(path: Path, query: str) -> str:
    """Return the SQLite URI of any path: spaces, '#', '?', '%', other scripts, drives and shares."""
    posix = path.absolute().as_posix()
    if not posix.startswith("/"):  # a Windows drive
        posix = "/" + posix
    return "file://" + urllib.parse.quote(os.fsencode(posix)) + "?" + query


def header_of(path: Path) -> bytes:
    """Return the first 100 bytes of a file that claims to be a database, or say what it is instead.

    Raises
    ------
    TwinError
        Where there is no such file, or it is a folder, no file, empty, of another kind, or cut short.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise TwinError(_("{file} is a folder, not a .twin file.").format(file=path))
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for ever
            raise TwinError(_("{file} is not an ordinary file.").format(file=path))
        with path.open("rb") as stream:
            header = stream.read(_HEADER_BYTES)
    except FileNotFoundError:
        raise TwinError(_("There is no file {file}.").format(file=path)) from None
    except OSError as error:
        raise TwinError(
            _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror or error)
        ) from error
    except ValueError as error:  # a NUL in the name
        raise TwinError(_("{file} is not a usable file name.").format(file=repr(str(path)))) from error
    if not header:
        raise TwinError(_("{file} is empty.").format(file=path))
    if len(header) < _HEADER_BYTES or not header.startswith(b"SQLite format 3\0"):
        raise TwinError(_("{file} is not a .twin file.").format(file=path))
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    counted = header[24:28] == header[92:96]  # the page count below is valid only then
    whole = status.st_size >= page_bytes * int.from_bytes(header[28:32], "big")
    if counted and not whole and not _log_of(path):  # after a crash the log may hold what is missing
        raise TwinError(_("{file} is cut short: the end of it is missing. Copy or fetch it again.").format(file=path))
    return header


def fingerprint(header: bytes) -> str:
    """Return what changes in the header of a database whenever any program has written into it.

    SQLite counts the transactions at offset 24; the journal mode (18), the size (28) and the
    schema's version (40) catch a writer in WAL mode. https://www.sqlite.org/fileformat2.html
    """
    return (header[18:20] + header[24:32] + header[40:44]).hex()


def next_fingerprint(header: bytes) -> str:
    """Return the fingerprint after one more transaction that changes neither size nor schema."""
    counter = (int.from_bytes(header[24:28], "big") + 1) & 0xFFFFFFFF
    return (header[18:20] + counter.to_bytes(4, "big") + header[28:32] + header[40:44]).hex()


def _log_of(path: Path) -> bool:
    """Whether a log of transactions lies beside the file that are not in it yet."""
    wal = Path(f"{path}-wal")
    return wal.exists() and wal.stat().st_size > 0


def connect(path: Path, header: bytes) -> sqlite3.Connection:
    """Open a database to read, for one thread at a time; it cannot write and trusts nothing in the file."""
    if header[18] == 2 and not _log_of(path):
        # Opening such a file in the usual way would leave a -wal and a -shm beside it.
        attempts = ["mode=ro&immutable=1"]
    elif os.access(path.parent, os.W_OK):
        attempts = ["mode=ro"]
    else:
        attempts = ["mode=ro", "mode=ro&immutable=1"]  # on some read-only media files cannot be locked
    for attempt in attempts:
        database = sqlite3.connect(uri_of(path, attempt), uri=True, isolation_level=None, check_same_thread=False)
        try:
            database.execute("PRAGMA trusted_schema=OFF")
            database.execute("PRAGMA cell_size_check=ON")
            database.execute("PRAGMA query_only=ON")
            database.execute("PRAGMA mmap_size=0")  # a bad sector behind a memory map kills the process
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, BLOB_LIMIT_BYTES)
            database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            database.close()
            if attempt == attempts[-1]:
                raise
        except BaseException:
            database.close()
            raise
        else:
            return database
    raise AssertionError


@contextmanager
def reading(path: Path) -> Iterator[tuple[sqlite3.Connection, bytes]]:
    """Open a GeoPackage to read, and tell any trouble inside the block as one sentence.

    Yields
    ------
    sqlite3.Connection, bytes
        A connection that cannot write and trusts nothing in the file, and the file's header.
    """
    header = geopackage_header_of(path)
    with trouble_told(path), closing(connect(path, header)) as database:
        yield database, header


def geopackage_header_of(path: Path) -> bytes:
    """Return the first 100 bytes of a file that claims to be a GeoPackage, or say what it is instead."""
    header = header_of(path)
    if int.from_bytes(header[68:72], "big") != GEOPACKAGE_ID:
        raise TwinError(_("{file} is a database, but not a .twin file.").format(file=path))
    return header


@contextmanager
def trouble_told(path: Path) -> Iterator[None]:
    """Tell any trouble with a file inside the block as one sentence."""
    try:
        yield
    except TwinError:
        raise
    except UnfitError as error:
        raise TwinError(_("{file} cannot be opened: {reason}.").format(file=path, reason=error)) from error
    except DAMAGE as error:
        raise TwinError(
            _("{file} is damaged and cannot be read ({reason}). Take another copy, or fetch it again.").format(
                file=path, reason=_reason(error)
            )
        ) from error


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 120 else text[:119] + "…"


def plain_columns(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the columns of an ordinary table and their declared types; {} where there is none.

    A view, a virtual table or a computed column would run somebody else's expressions.
    """
    found = database.execute("SELECT type, sql FROM sqlite_master WHERE name = ?", (table,)).fetchall()
    if not found:
        return {}
    (kind, sql), *more = found
    if more or kind != "table" or not str(sql).upper().startswith("CREATE TABLE"):
        raise UnfitError(_("{table} is not a table").format(table=table))
    rows = database.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
    return {name: declared for _index, name, declared, _null, _default, _key, hidden in rows if not hidden}


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the name of a file beside `path` that takes its place when the block ends well.

    Whatever goes wrong, the old file stays as it was and nothing is left behind.
    """
    final = Path(os.path.realpath(path))  # the file behind a link, so that the link stays one
    if final.is_dir():
        raise TwinError(_("{file} is a folder; give the name of a file in it.").format(file=path))
    beside = final.with_name(f"{final.name[:80]}.{secrets.token_hex(4)}.twin-part")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    except FileNotFoundError:
        raise TwinError(_("There is no folder {folder} to write into.").format(folder=final.parent)) from None
    except (OSError, ValueError) as error:
        raise TwinError(_not_written(path, error)) from error
    try:
        yield beside
        if final.exists():
            shutil.copymode(final, beside)
        _synchronise(beside)
        os.replace(beside, final)  # noqa: PTH105  (says that it replaces)
        if sys.platform != "win32":
            with suppress(OSError):  # some network drives cannot, and the file itself is safe by now
                _synchronise(final.parent)
    except (OSError, sqlite3.Error, UnfitError) as error:
        raise TwinError(_not_written(path, error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _not_written(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else _reason(error)
    return _("{file} could not be written: {reason}. Nothing was changed.").format(file=path, reason=reason)


def _synchronise(path: Path) -> None:
    writable = os.O_RDWR if path.is_file() else os.O_RDONLY
    descriptor = os.open(path, writable)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def register(database: sqlite3.Connection, table: str, description: str) -> None:
    """List a table of our own among the contents, and say that only we know how to write it."""
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description) VALUES (?, 'attributes', ?, ?)",
        (table, table, description),
    )
    database.execute(
        "INSERT INTO gpkg_extensions VALUES (?, NULL, 'district_twin_file', ?, 'write-only')",
        (table, "A table of District Twin. See ARCHITECTURE.md in its source."),
    )
