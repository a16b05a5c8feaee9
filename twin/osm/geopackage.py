"""OpenStreetMap data that somebody already turned into a GeoPackage: layers of shapes with tags.

Three dialects are understood: OSM keys as columns (QuickOSM, osmnx), GDAL's OSM driver
(`other_tags` beside a few columns), and Geofabrik's layers (`fclass`, one layer a theme).
"""

from __future__ import annotations

import json
import re
import sqlite3
import warnings
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.language import _
from twin.model import Progress, Report, TwinError, silent
from twin.osm.columns import Drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Objects = NDArray[np.object_]

_ID_COLUMNS = ("osm_id", "osm_way_id", "full_id", "osmid", "@id", "id")
_TYPE_COLUMNS = ("element", "osm_type", "@type", "element_type")
_TAG_COLUMNS = ("other_tags", "all_tags", "tags")
_NO_TAGS = {*_ID_COLUMNS, *_TYPE_COLUMNS, *_TAG_COLUMNS, "geometry", "fid", "ogc_fid", "code", "z_order"}
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')

_THEMES: Mapping[str, str] = {
    "buildings": "building",
    "roads": "highway",
    "railways": "railway",
    "waterways": "waterway",
    "water": "natural",
    "landuse": "landuse",
    "natural": "natural",
    "traffic": "highway",
    "transport": "public_transport",
    "places": "place",
    "pois": "amenity",
}
"""Geofabrik's layers: which key their `fclass` is a value of."""

_LEISURE = frozenset({"park", "pitch", "playground", "garden", "nature_reserve", "golf_course"})
_LAND_WATER = frozenset({"reservoir", "basin"})


def from_file(path: Path, *, report: Report = silent) -> Drawn:
    """Read every layer of a GeoPackage that holds OpenStreetMap features.

    Raises
    ------
    TwinError
        When it cannot be read, holds no OSM features, or is a district already.
    """
    import pyogrio

    osm: list[str] = []
    tags: list[dict[str, str]] = []
    geometry: list[Objects] = []
    layers = _layers(path)
    try:
        for number, layer in enumerate(layers):
            report(Progress(_("Reading {layer}").format(layer=layer), number, len(layers)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks on how others write GeoPackages
                frame = pyogrio.read_dataframe(path, layer=layer)
            frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].reset_index(drop=True)
            if frame.crs is not None:
                frame = frame.to_crs("EPSG:4326")
            osm.extend(_ids(frame, layer))
            tags.extend(_tags(frame, layer))
            geometry.append(shapely.force_2d(frame.geometry.to_numpy()))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError, ValueError) as error:
        raise TwinError(
            _("{path} cannot be read as a GeoPackage: {reason}.").format(path=path, reason=str(error).rstrip("."))
        ) from error
    shapes: Objects = np.concatenate(geometry) if geometry else np.empty(0, object)
    useful = np.array([bool(t) for t in tags], bool)
    if not useful.any():
        raise TwinError(
            _("{path} has no layer with OpenStreetMap tags such as “building” or “highway”.").format(path=path)
        )
    shapes = shapes[useful]
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    named = np.empty(len(osm), object)
    named[:] = osm
    told = np.empty(len(tags), object)
    told[:] = tags
    return Drawn(named[useful], told[useful], shapes, (west, south, east, north))


def _layers(path: Path) -> list[str]:
    """Return the names of the feature layers, without GDAL: it prints and warns about files that are none."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = connection.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise TwinError(
            _("{path} cannot be read as a GeoPackage: {reason}.").format(path=path, reason=error)
        ) from error
    if any(name == "twin_manifest" for name, _kind in tables):
        raise TwinError(_("{path} is a district already; open it as it is.").format(path=path))
    return [str(name) for name, kind in tables if kind == "features"]


def _ids(frame: Any, layer: str) -> Iterator[str]:
    """Return "way/42" for every row, as well as the columns tell; else the layer and the row."""
    kind = next((frame[c].astype(str) for c in _TYPE_COLUMNS if c in frame), None)
    id_columns = [c for c in _ID_COLUMNS if c in frame]
    area = "relation" if "osm_way_id" in id_columns else "way"
    point = shapely.get_dimensions(frame.geometry.to_numpy()) == 0
    for row in range(len(frame)):
        column = next((c for c in id_columns if _said(frame[c].iat[row])), None)
        if column is None:
            yield f"{layer}/{row}"
            continue
        number = re.sub(r"\D", "", str(frame[column].iat[row]).removesuffix(".0")) or str(row)
        if kind is not None:
            yield f"{kind.iat[row].lower()}/{number}"
        else:
            yield f"{'node' if point[row] else 'way' if column == 'osm_way_id' else area}/{number}"


def _tags(frame: Any, layer: str) -> Iterator[dict[str, str]]:
    theme = next((key for name, key in _THEMES.items() if f"osm_{name}" in layer), None)
    columns = {c: frame[c].tolist() for c in frame.columns if c not in _NO_TAGS and c != frame.geometry.name}
    packed = {c: frame[c].tolist() for c in _TAG_COLUMNS if c in frame}
    for row in range(len(frame)):
        tags = {key: _text(values[row]) for key, values in columns.items() if _said(values[row])}
        for values in packed.values():
            if _said(values[row]):
                tags.update(_unpacked(str(values[row])))
        yield _themed(tags, theme) if theme else tags


def _said(value: Any) -> bool:
    return value is not None and value == value and str(value) != ""  # noqa: PLR0124  (NaN is not itself)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _unpacked(text: str) -> dict[str, str]:
    """Return the tags of a JSON object or of PostgreSQL's hstore notation."""
    if text.lstrip().startswith("{"):
        try:
            return {str(k): _text(v) for k, v in json.loads(text).items() if _said(v)}
        except (ValueError, AttributeError):
            return {}
    return {re.sub(r"\\(.)", r"\1", k): re.sub(r"\\(.)", r"\1", v) for k, v in _HSTORE.findall(text)}


def _themed(tags: dict[str, str], key: str) -> dict[str, str]:
    """Return OSM tags for a row of one of Geofabrik's layers."""
    value = tags.pop("fclass", "yes")
    if key == "building":
        value = tags.pop("type", "") or "yes"
    elif key == "natural" and value in _LAND_WATER | {"water", "river", "dock"}:
        value = "water"
    elif key == "landuse" and value in _LEISURE:
        key = "leisure"
    for switch in ("bridge", "tunnel", "oneway"):
        tags[switch] = {"T": "yes", "F": "no", "B": "no"}.get(tags.get(switch, ""), tags.get(switch, "no"))
    return {**tags, key: value}
