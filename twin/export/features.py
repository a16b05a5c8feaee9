"""Features as GeoJSON, RFC 7946: the map of a district and the sensors of its days, in WGS 84."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin import file
from twin.days import Recording, read_days
from twin.export.form import Form
from twin.file.container import plain_columns, reading
from twin.language import _
from twin.model import CREDIT, Progress, TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twin.model import District, Report

_DECIMALS = 7  # a centimetre


def write(source: Path, target: Path, report: Report) -> int:
    """Write every feature of every table, which its property `table` names, and return how many they are."""
    count = 0
    with reading(source) as (database, _header):
        mapped = bool(plain_columns(database, "twin_manifest"))
    district = file.read_district(source) if mapped else None
    head = {"type": "FeatureCollection", "credit": CREDIT} if district else {"type": "FeatureCollection"}
    with target.open("w", encoding="utf-8", newline="\n") as out:
        out.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for feature in (*(_mapped(district, report) if district else ()), *_sensors(source)):
            out.write((",\n" if count else "\n") + feature)
            count += 1
        out.write("\n]}\n")
    if not count:
        raise TwinError(_("{file} has neither a map nor sensors to export.").format(file=source))
    return count


def _mapped(district: District, report: Report) -> Iterator[str]:
    for done, (kind, table) in enumerate(district.tables.items()):
        report(Progress(_("Exporting {table}").format(table=kind), done, len(district.tables)))

        def lonlat(xy: Any) -> Any:
            return np.round(district.frame.lonlat_from_xy(xy), _DECIMALS)

        shapes = shapely.transform(shapely.force_2d(np.asarray(table.geometry)), lonlat)
        shapes = shapely.to_geojson(shapely.orient_polygons(shapes))
        columns = {name: np.asarray(column).tolist() for name, column in table.columns.items()}
        for row, shape in enumerate(shapes.tolist()):
            cells = {name: _plain(name, column[row]) for name, column in columns.items()}
            yield _feature(shape, {"table": kind} | cells)


def _sensors(source: Path) -> Iterator[str]:
    """Yield the sensors of every day; those that are the same on several days once a day."""
    for day in read_days(source):
        with Recording(source, day.id) as recording:
            roster = recording.roster
        for sensor in roster.sensors:
            there = not math.isnan(sensor.lon)
            point = json.dumps({"type": "Point", "coordinates": [sensor.lon, sensor.lat]}) if there else "null"
            told = {
                "table": "sensors",
                "day": day.title,
                "measures": sensor.layer,
                "sensor": sensor.key,
                "name": sensor.name,
                "channels": list(sensor.channels),
                "height_m": _plain("", sensor.height_m),
                "heading_deg": _plain("", sensor.heading_deg),
                "osm": sensor.osm,
                "detail": dict(sensor.detail),
            }
            yield _feature(point, told)


def _feature(shape: str | None, properties: dict[str, Any]) -> str:
    told = json.dumps(properties, ensure_ascii=False, allow_nan=False)
    return f'{{"type": "Feature", "geometry": {shape or "null"}, "properties": {told}}}'


def _plain(name: str, cell: Any) -> Any:
    """Return a cell as JSON has it: no number is null, and tags are an object."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return json.loads(cell or "{}") if name == "tags" else cell


FORM = Form("geojson", ".geojson", write)
