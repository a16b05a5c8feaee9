"""The file itself under the name that other programs know: a `.twin` file is a GeoPackage."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from twin.export.form import Form
from twin.file.container import reading, uri_of
from twin.language import _
from twin.model import Progress

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import Report


def write(source: Path, target: Path, report: Report) -> int:
    """Copy the file with what waits in its log, and return how many feature layers it has."""
    report(Progress(_("Copying {file}").format(file=source.name)))
    with reading(source) as (database, _header):
        with closing(sqlite3.connect(uri_of(target, "mode=rw"), uri=True)) as copy:
            database.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        (layers,) = database.execute("SELECT count(*) FROM gpkg_contents WHERE data_type = 'features'").fetchone()
    return int(layers)


FORM = Form("gpkg", ".gpkg", write)
