"""GeoJSON and GeoPackage, in any coordinate system, become rows of a district's overlays."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.language import _, _n
from twin.model import TABLES, Progress, TwinError, silent
from twin.overlay.heights import heights_of
from twin.overlay.place import (
    GEOJSON,
    GEOPACKAGE,
    MARGIN_M,
    box_around,
    elsewhere,
    kind_of,
    named_once,
    outline,
    system_of,
    told,
)
from twin.table import Table

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    import pyproj
    from numpy.typing import NDArray

    from twin.model import Bounds, District, Report, Source

FEATURES_LIMIT = 300_000
GEOJSON_LIMIT_BYTES = 2**30  # it has no index: all of it is read, however little of it lies in the district
_LAYERS_LIMIT = 100
_NAMES = ("name", "title", "bezeichnung", "label", "nom", "nombre", "nimi", "namn")


@dataclass(frozen=True, slots=True)
class _Layer:
    """What of one layer lies in the district, in local metres, and what had to be left or mended."""

    name: str
    geometry: NDArray[np.object_]
    attributes: pd.DataFrame
    fid: NDArray[np.int64]
    repairs: NDArray[np.object_]  # codes, space-separated
    total: int
    box_lonlat: Bounds | None  # None where no feature has a shape


def add_vector(
    district: District,
    path: str | os.PathLike[str],
    *,
    name: str,
    source: Source,
    kind: str = "overlay",
    layer: str = "",
    height_column: str = "",
    min_height_column: str = "",
    height_unit: str = "m",
    crs: str = "",
    report: Report = silent,
) -> District:
    """Return the district with the features of a GeoJSON or GeoPackage file among its overlays.

    Features outside the district's box and a margin of 500 m are left out, and what reaches over it
    is cut; `sources` of the result says how many lay outside.

    Parameters
    ----------
    district
        Where to lay it.
    path
        The file. GeoJSON is WGS 84 unless it names another system.
    name
        What to call the overlay.
    source
        Where it comes from and on what terms.
    kind
        What its features are: "parcel", "zoning", "mass" or any other word.
    layer
        The one layer of a GeoPackage to take; all of them when empty.
    height_column, min_height_column
        The columns with heights above ground of top and underside. When empty, the usual names are
        looked for ("height", "building_height", "hoehe", ...; then storeys, 3 m each).
    height_unit
        "m" or "ft", for plain numbers in these columns.
    crs
        The coordinate system, when the file names none or a wrong one.
    report
        Told about progress; may raise `Cancelled`.

    Raises
    ------
    TwinError
        Where the file cannot be read, lies elsewhere, does not say where it lies, or is too large.
    """
    path = Path(path)
    named_once(district, name)
    what = kind_of(path)
    if what not in {GEOJSON, GEOPACKAGE}:
        raise TwinError(_("{file} is a {what} and holds no features.").format(file=path, what=what))
    if what == GEOJSON and path.stat().st_size > GEOJSON_LIMIT_BYTES:
        raise TwinError(
            _("{file} is larger than 1 GB; cut your district out of it, or save it as a GeoPackage.").format(file=path)
        )
    layers = [found for found in _read(path, what, layer, crs, district, report) if found.total]
    if not layers:
        raise TwinError(_("{file} holds no features.").format(file=path))
    kept, total = sum(len(found.geometry) for found in layers), sum(found.total for found in layers)
    if not kept:
        boxes = [found.box_lonlat for found in layers if found.box_lonlat]
        if not boxes:
            raise TwinError(_("No feature of {file} has a shape that can be drawn.").format(file=path))
        raise elsewhere(path, district, _around(boxes))
    columns = (height_column, min_height_column)
    tables = [_rows(found, name, kind, columns, height_unit, path) for found in layers]
    left = total - kept
    detail = _n(
        "{left} feature lies outside or has no shape.", "{left} features lie outside or have no shape.", left
    ).format(left=left)
    report(Progress(_("Laid over the district"), kept, total))
    return _with(district, tables, told(source, detail if left else ""))


def _with(district: District, tables: list[Table], source: Source) -> District:
    together = Table.joined([district.tables["overlays"], *tables])
    repairs = Counter(code for table in tables for codes in table["repairs"] for code in codes.split())
    return replace(
        district,
        tables={**district.tables, "overlays": together},
        sources=(*district.sources, source),
        repairs=dict(sorted((Counter(district.repairs) + repairs).items())),
    )


def _read(path: Path, what: str, layer: str, crs: str, district: District, report: Report) -> list[_Layer]:
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # GDAL's remarks on how others write files
            names = [str(name) for name, geometry in pyogrio.list_layers(_for_gdal(path)) if geometry is not None]
            if layer and layer not in names:
                raise TwinError(
                    _("{file} has no layer {layer}; it has {layers}.").format(
                        file=path, layer=layer, layers=", ".join(names) or "-"
                    )
                )
            names = [layer] if layer else names[:_LAYERS_LIMIT]
            layers = []
            for done, one in enumerate(names):
                report(Progress(_("Reading {layer}").format(layer=one), done, len(names)))
                layers.append(_read_layer(path, one, what, crs, district))
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise _unreadable(path, what, error) from error
    except (RuntimeError, ValueError, shapely.errors.ShapelyError) as error:
        raise _unreadable(path, what, error) from error
    return layers


def _for_gdal(path: Path) -> str:
    """Return a path that pyogrio takes literally: it looks for archives in names with "!" or ".zip"."""
    absolute = str(path.absolute())
    return f"/vsisubfile/0,{absolute}" if "!" in absolute or ".zip" in absolute.lower() else absolute


def _unreadable(path: Path, what: str, error: Exception) -> TwinError:
    reason = " ".join(str(error).split()).rstrip(".")[:160]
    if "not recognized as" in reason:  # GDAL's own sentence goes on about its drivers
        reason = _("it is cut short, damaged, or something else")
    return TwinError(_("{file} cannot be read as {what}: {reason}.").format(file=path, what=what, reason=reason))


def _read_layer(path: Path, layer: str, what: str, asked: str, district: District) -> _Layer:
    import pyogrio
    import pyproj

    info = pyogrio.read_info(_for_gdal(path), layer=layer, force_feature_count=True, force_total_bounds=True)
    total, bounds = int(info["features"]), info["total_bounds"]
    if not total or bounds is None:
        return _nothing(layer, total)
    found = str(info["crs"]) if info["crs"] else ("EPSG:4326" if what == GEOJSON else None)
    crs = system_of(path, found, asked)
    to_local = pyproj.Transformer.from_crs(crs, district.frame.crs, always_xy=True)
    box_lonlat = _degrees_of(bounds, crs)
    reach = box_around(district, MARGIN_M)
    ring = outline(reach)
    x, y = to_local.transform(ring[:, 0], ring[:, 1], direction="INVERSE")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):  # the district is beyond what this system can say
        return _nothing(layer, total, box_lonlat)
    frame = pyogrio.read_dataframe(
        _for_gdal(path),
        layer=layer,
        bbox=(float(x.min()), float(y.min()), float(x.max()), float(y.max())),
        max_features=FEATURES_LIMIT + 1,
        fid_as_index=True,
    )
    if len(frame) > FEATURES_LIMIT:
        raise TwinError(
            _("{file} has more than {limit} features here; cut the district out of it first.").format(
                file=path, limit=FEATURES_LIMIT
            )
        )
    for column, subtype in zip(info["fields"], info["ogr_subtypes"], strict=True):
        if subtype == "OFSTBoolean":  # beside empty cells they arrive as numbers
            frame[column] = np.array([None if cell != cell else bool(cell) for cell in frame[column]], object)  # noqa: PLR0124
    geometry, repairs = _mended(frame.geometry.to_numpy(), to_local)
    geometry = _cut(geometry, reach)
    here = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    attributes = frame.drop(columns=frame.geometry.name)[here]
    return _Layer(layer, geometry[here], attributes, frame.index.to_numpy()[here], repairs[here], total, box_lonlat)


def _nothing(layer: str, total: int, box_lonlat: Bounds | None = None) -> _Layer:
    import pandas as pd

    none = np.empty(0, object)
    return _Layer(layer, none, pd.DataFrame(), np.empty(0, np.int64), none, total, box_lonlat)


def _degrees_of(bounds: Sequence[float], crs: pyproj.CRS) -> Bounds:
    """Return a box in degrees; what is geographic stays as it is, be it ever so wrong."""
    import pyproj

    west, south, east, north = map(float, bounds)
    if crs.is_geographic:
        return west, south, east, north
    points = outline((west, south, east, north))
    lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(points[:, 0], points[:, 1])
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _around(boxes: list[Bounds]) -> Bounds:
    west, south, east, north = np.array(boxes).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def _mended(
    geometry: NDArray[np.object_], to_local: pyproj.Transformer
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return shapes in local metres, flat and valid, and the codes of what had to be mended."""
    solid = shapely.has_z(geometry)
    geometry = shapely.transform(
        shapely.force_2d(geometry), lambda xy: np.column_stack(to_local.transform(xy[:, 0], xy[:, 1]))
    )
    xy, owner = shapely.get_coordinates(geometry, return_index=True)
    geometry[owner[~np.isfinite(xy).all(axis=1)]] = None
    broken = ~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)
    geometry[broken] = shapely.make_valid(geometry[broken], method="structure", keep_collapsed=False)
    for row in np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        geometry[row] = _main_part(geometry[row])
    codes = np.full(len(geometry), "", object)
    codes[solid] = "geometry_3d"
    codes[broken] = np.where(solid[broken], "geometry_3d ring_invalid", "ring_invalid")
    return geometry, codes


def _main_part(collection: Any) -> Any:
    """Return what is of the highest dimension in a collection: its areas, else its lines, else its points."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():  # multiples and collections again
        parts = shapely.get_parts(parts)
    parts = parts[~shapely.is_empty(parts)]
    if not len(parts):
        return None
    dimensions = shapely.get_dimensions(parts)
    return shapely.union_all(parts[dimensions == dimensions.max()])


def _cut(geometry: NDArray[np.object_], reach: Bounds) -> NDArray[np.object_]:
    """Return shapes with nothing beyond a box; None where nothing is left."""
    west, south, east, north = reach
    bounds = shapely.bounds(geometry)
    over = (bounds[:, 0] < west) | (bounds[:, 1] < south) | (bounds[:, 2] > east) | (bounds[:, 3] > north)
    dimensions = shapely.get_dimensions(geometry)
    cut = shapely.intersection(geometry[over], shapely.box(*reach))
    for row in np.flatnonzero(shapely.get_type_id(cut) == shapely.GeometryType.GEOMETRYCOLLECTION).tolist():
        cut[row] = _main_part(cut[row])
    cut[shapely.get_dimensions(cut) < dimensions[over]] = None  # it only touched the edge
    geometry = geometry.copy()
    geometry[over] = cut
    return geometry


def _rows(layer: _Layer, name: str, kind: str, columns: tuple[str, str], unit: str, path: Path) -> Table:
    heights = heights_of(layer.attributes, *columns, unit=unit, file=path)
    count = len(layer.geometry)
    title = next((column for column in layer.attributes if str(column).lower() in _NAMES), None)
    repairs = [" ".join(filter(None, codes)) for codes in zip(layer.repairs, heights.repairs, strict=True)]
    data: dict[str, Any] = {
        "osm": [f"{layer.name}/{fid}" for fid in layer.fid.tolist()],
        "name": [_text(cell) for cell in layer.attributes[title].tolist()] if title is not None else [""] * count,
        "tags": _tags(layer.attributes),
        "repairs": repairs,
        "overlay": [name] * count,
        "kind": [kind] * count,
        "height_m": heights.height_m,
        "min_height_m": heights.min_height_m,
        "height_from": heights.height_from,
    }
    return Table.typed(TABLES["overlays"], data, layer.geometry)


def _tags(attributes: pd.DataFrame) -> list[str]:
    """Return every row's attributes as one JSON object of text, without those that are empty."""
    names = [str(column) for column in attributes]
    cells = [map(_text, attributes[column].tolist()) for column in attributes]
    if not names:
        return ["{}"] * len(attributes)
    return [
        json.dumps({key: value for key, value in zip(names, row, strict=True) if value}, ensure_ascii=False)
        for row in zip(*cells, strict=True)
    ]


def _text(cell: Any) -> str:
    if isinstance(cell, np.ndarray):
        cell = cell.tolist()
    if isinstance(cell, list | dict):
        return json.dumps(cell, default=str, ensure_ascii=False)
    if cell is None or cell != cell:  # noqa: PLR0124  (NaN and NaT are not themselves)
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # whole numbers beside empty cells arrive as floats
    return str(cell)
