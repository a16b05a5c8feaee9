"""Heights of the ground out of a GeoTIFF or any other raster of heights that GDAL knows as one."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.model import Progress, Terrain, TwinError, silent
from twin.overlay.place import GEOTIFF, box_around, elsewhere, kind_of, system_of

if TYPE_CHECKING:
    import os

    import rasterio
    from numpy.typing import NDArray

    from twin.model import District, Report, Source

LEAST_CELL_M = 8.0
CELLS = 220
"""Along the longer side at most: the ground of a city is drawn with as many cells as one sees."""

MARGIN_M = 150.0
LOWEST_M, HIGHEST_M = -500.0, 9000.0


def add_terrain(
    district: District,
    path: str | os.PathLike[str],
    *,
    source: Source,
    crs: str = "",
    report: Report = silent,
) -> District:
    """Return the district on the ground that a raster of heights in metres tells; any other ground is replaced.

    Where the file has no data, heights go on from what is beside.

    Raises
    ------
    TwinError
        Where the file cannot be read, lies elsewhere, does not say where it lies, or holds no heights.
    """
    import rasterio

    path = Path(path)
    what = kind_of(path)
    if what != GEOTIFF:
        raise TwinError(_("{file} is a {what} and holds no heights of the ground.").format(file=path, what=what))
    report(Progress(_("Reading {file}").format(file=path.name)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # a sentence of ours follows
            with rasterio.open(path, driver="GTiff") as raster:
                terrain = _read(raster, path, source, crs, district)
    except (rasterio.errors.RasterioError, rasterio.errors.RasterioIOError, ValueError, MemoryError) as error:
        reason = " ".join(str(error).split()).rstrip(".")[:160]
        raise TwinError(_("{file} cannot be read as GeoTIFF: {reason}.").format(file=path, reason=reason)) from error
    told = tuple(one for one in district.sources if district.terrain is None or one != district.terrain.source)
    return replace(district, terrain=terrain, sources=(*told, source))


def _read(raster: rasterio.DatasetReader, path: Path, source: Source, asked: str, district: District) -> Terrain:
    import pyproj
    from rasterio.enums import Resampling
    from rasterio.transform import from_origin
    from rasterio.warp import reproject

    if raster.transform.is_identity or raster.transform.is_degenerate:
        raise TwinError(
            _("{file} does not say where it lies; use a GeoTIFF with a georeference or a world file.").format(file=path)
        )
    if raster.count != 1 or np.dtype(raster.dtypes[0]).kind not in "iuf":
        raise TwinError(_("{file} has no single band of heights: it is a picture.").format(file=path))
    crs = system_of(path, raster.crs.to_wkt() if raster.crs else None, asked)
    west, south, east, north = box_around(district, MARGIN_M)
    cell = max(LEAST_CELL_M, max(east - west, north - south) / CELLS)
    columns, rows = max(2, int(np.ceil((east - west) / cell)) + 1), max(2, int(np.ceil((north - south) / cell)) + 1)
    top = south + (rows - 1) * cell
    heights = np.full((rows, columns), np.nan, np.float32)
    given: dict[str, Any] = {} if raster.nodata is None else {"src_nodata": raster.nodata}
    reproject(
        rasterio_band(raster),
        heights,
        src_crs=crs.to_wkt(),
        dst_transform=from_origin(west - cell / 2, top + cell / 2, cell, cell),
        dst_crs=district.frame.crs,
        dst_nodata=np.nan,
        resampling=Resampling.average if _finer(raster, crs, cell) else Resampling.bilinear,
        **given,
    )
    heights = heights[::-1]
    heights[~((heights > LOWEST_M) & (heights < HIGHEST_M))] = np.nan
    if np.isnan(heights).all():
        to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        lon, lat = to_degrees.transform(
            [raster.bounds.left, raster.bounds.right], [raster.bounds.bottom, raster.bounds.top]
        )
        raise elsewhere(path, district, (min(lon), min(lat), max(lon), max(lat)))
    heights = filled(heights)
    datum = float(np.floor(heights.min()))
    return Terrain(
        float(west), float(south), float(cell), np.ascontiguousarray(heights - datum, np.float32), datum, source
    )


def rasterio_band(raster: rasterio.DatasetReader) -> Any:
    """Return the first band, for reading piece by piece."""
    import rasterio

    return rasterio.band(raster, 1)


def _finer(raster: rasterio.DatasetReader, crs: Any, cell_m: float) -> bool:
    """Tell whether the file has several heights in each cell, of which the mean is to be taken."""
    unit_m = 111_320.0 if crs.is_geographic else 1.0
    return bool(abs(raster.transform.a) * unit_m < 0.7 * cell_m)


def filled(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return heights with every gap filled from its rim inwards, by the mean of what is beside."""
    out = heights.copy()
    while (gaps := np.isnan(out)).any():
        padded = np.pad(out, 1, constant_values=np.nan)
        beside = np.stack([padded[1:-1, :-2], padded[1:-1, 2:], padded[:-2, 1:-1], padded[2:, 1:-1]])
        known = ~np.isnan(beside)
        count = known.sum(axis=0)
        total = np.where(known, beside, 0).sum(axis=0)
        rim = gaps & (count > 0)
        out[rim] = total[rim] / count[rim]
    return out
