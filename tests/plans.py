"""Plans of a town as files in any coordinate system, to be laid over a district."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import districts
import geopandas
import numpy as np
import pyproj
import pytest
import shapely

from twin import overlay
from twin.model import Frame, Source, TwinError

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import District

OURS = Source("City plan", "CC BY 4.0", "© Town", detail="Sheet 7.")
PLACES = {"EPSG:3879": (24.95, 60.17), "EPSG:25833": (13.40, 52.52), "EPSG:2263": (-73.99, 40.715)}
"""Coordinate systems that cities keep their plans in, the last in feet, each with a place in it."""
PLACES |= {"EPSG:4326": (24.95, 60.17), "EPSG:27700": (-0.13, 51.505)}  # degrees, and a datum 100 m away


def district_at(lon: float, lat: float) -> District:
    return districts.district(frame=Frame(lon, lat))


def in_crs(geometry: Any, district: District, crs: str) -> Any:
    """Return a shape of local metres as another system has it, by way of degrees."""
    to_crs = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)

    def moved(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(to_crs.transform(*district.frame.lonlat_from_xy(xy).T))

    return shapely.transform(geometry, moved)


def plan(crs: str, district: District, columns: dict[str, list[Any]], *shapes: Any) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(columns, geometry=[in_crs(shape, district, crs) for shape in shapes], crs=crs)


def geojson(path: Path, *features: dict[str, Any], **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}), encoding="utf-8")
    return path


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(geometry)}


def degrees(shape: Any) -> Any:
    return shapely.transform(shape, districts.FRAME.lonlat_from_xy)


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(TwinError) as caught:
        overlay.add(districts.district(), path, name="x", source=OURS, **options)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)
