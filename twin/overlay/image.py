"""A GeoTIFF, in any coordinate system, becomes a picture on a district's ground."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.language import _
from twin.model import GroundImage, Progress, TwinError, silent
from twin.overlay.place import GEOTIFF, box_around, elsewhere, kind_of, named_once, outline, system_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import pyproj
    import rasterio
    from numpy.typing import NDArray

    from twin.model import Bounds, District, Report, Source

    Colouring = Callable[[NDArray[Any], NDArray[np.bool_]], NDArray[np.uint8]]
    """From the bands that were read and where they hold data to red, green and blue."""

SIDE_LIMIT_PX = 4096
"""The longer side of a ground image at most: what every graphics card takes as one texture."""

_WINDOW_LIMIT_PX = 2**33  # of the file's own pixels under the district
_BLOCK_LIMIT_BYTES = 2**30
_STRETCH = (2.0, 98.0)  # percentiles that become black and white where values are no colours


def add_image(
    district: District,
    path: str | os.PathLike[str],
    *,
    name: str,
    source: Source,
    crs: str = "",
    report: Report = silent,
) -> District:
    """Return the district with the part of a GeoTIFF that lies in its box among its images.

    Red, green and blue stay what they are; a single band becomes grey, a palette its colours. What
    the file leaves without data is transparent. The picture has 4096 pixels a side at most.

    Parameters
    ----------
    district
        Where to lay it.
    path
        The file.
    name
        What to call the picture.
    source
        Where it comes from and on what terms.
    crs
        The coordinate system, when the file names none or a wrong one.
    report
        Told about progress; may raise `Cancelled`.

    Raises
    ------
    TwinError
        Where the file cannot be read, lies elsewhere, does not say where it lies, or is too large.
    """
    import rasterio

    path = Path(path)
    named_once(district, name)
    what = kind_of(path)
    if what != GEOTIFF:
        raise TwinError(_("{file} is a {what} and holds no image.").format(file=path, what=what))
    report(Progress(_("Reading {file}").format(file=path.name)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)  # a sentence of ours follows
            with rasterio.open(path, driver="GTiff") as raster:
                image = _laid(raster, path, name, source, crs, district, report)
    except (rasterio.errors.RasterioError, rasterio.errors.RasterioIOError, ValueError, MemoryError) as error:
        reason = " ".join(str(error).split()).rstrip(".")[:160]
        raise TwinError(_("{file} cannot be read as GeoTIFF: {reason}.").format(file=path, reason=reason)) from error
    return replace(district, images=(*district.images, image), sources=(*district.sources, source))


def _laid(
    raster: rasterio.DatasetReader,
    path: Path,
    name: str,
    source: Source,
    asked: str,
    district: District,
    report: Report,
) -> GroundImage:
    import pyproj

    if raster.transform.is_identity or raster.transform.is_degenerate:
        raise TwinError(
            _("{file} does not say where it lies; use a GeoTIFF with a georeference or a world file.").format(file=path)
        )
    crs = system_of(path, raster.crs.to_wkt() if raster.crs else None, asked)
    to_local = pyproj.Transformer.from_crs(crs, district.frame.crs, always_xy=True)
    reach = box_around(district, 0.0)
    corners = outline((0.0, 0.0, float(raster.width), float(raster.height)))
    x, y = _applied(raster.transform, corners)
    ring = np.column_stack(to_local.transform(x, y))
    box = _shared(reach, ring)
    if box is None:
        lon, lat = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
        raise elsewhere(path, district, (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())))
    window = _window(raster, outline(box), to_local)
    if window[2] * window[3] > _WINDOW_LIMIT_PX or _block_bytes(raster) > _BLOCK_LIMIT_BYTES:
        raise TwinError(_("{file} is too large; cut the district out of it first.").format(file=path))
    pixels = _warped(raster, window, crs, box, district, report)
    if not pixels[..., 3].any():
        raise TwinError(_("{file} has no data where the district lies.").format(file=path))
    return GroundImage(name, box, pixels, source)


def _applied(transform: Any, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points through an affine transform, which may turn as well as scale."""
    across, down = points[:, 0], points[:, 1]
    return (
        transform.a * across + transform.b * down + transform.c,
        transform.d * across + transform.e * down + transform.f,
    )


def _shared(reach: Bounds, ring: NDArray[np.float64]) -> Bounds | None:
    """Return the box in local metres where the district and a raster with this edge overlap."""
    if not np.isfinite(ring).all():
        return reach  # part of the raster is beyond the projection's horizon: it is a large one
    west, south, east, north = *np.maximum(ring.min(axis=0), reach[:2]), *np.minimum(ring.max(axis=0), reach[2:])
    if not (west < east and south < north) or not shapely.Polygon(ring).buffer(0).intersects(
        shapely.box(west, south, east, north)
    ):
        return None
    return float(west), float(south), float(east), float(north)


def _window(
    raster: rasterio.DatasetReader, ring: NDArray[np.float64], to_local: pyproj.Transformer
) -> tuple[int, int, int, int]:
    """Return column, row, width and height of the raster's pixels under a box, two more on each side."""
    x, y = to_local.transform(ring[:, 0], ring[:, 1], direction="INVERSE")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return 0, 0, raster.width, raster.height
    across, down = _applied(~raster.transform, np.column_stack([x, y]))
    left, top = max(0, math.floor(across.min()) - 2), max(0, math.floor(down.min()) - 2)
    right, bottom = min(raster.width, math.ceil(across.max()) + 2), min(raster.height, math.ceil(down.max()) + 2)
    return left, top, max(1, right - left), max(1, bottom - top)


def _block_bytes(raster: rasterio.DatasetReader) -> int:
    return max(
        int(rows) * int(columns) * int(np.dtype(kind).itemsize)
        for (rows, columns), kind in zip(raster.block_shapes, raster.dtypes, strict=True)
    )


def _warped(
    raster: rasterio.DatasetReader,
    window: tuple[int, int, int, int],
    crs: pyproj.CRS,
    box: Bounds,
    district: District,
    report: Report,
) -> NDArray[np.uint8]:
    """Return the pixels of a box of local metres, rows from north to south."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import from_bounds
    from rasterio.warp import reproject
    from rasterio.windows import Window

    left, top, wide, high = window
    west, south, east, north = box
    # As fine as the file, as far as one texture holds; the source a little finer than that.
    finest_m = math.hypot(east - west, north - south) / math.hypot(wide, high)
    pixel_m = max(finest_m, (east - west) / SIDE_LIMIT_PX, (north - south) / SIDE_LIMIT_PX)
    columns, rows = (
        min(SIDE_LIMIT_PX, max(1, math.ceil(length / pixel_m - 1e-6))) for length in (east - west, north - south)
    )
    step = max(1.0, pixel_m / finest_m)
    shape = (max(1, math.ceil(high / step)), max(1, math.ceil(wide / step)))
    part = Window(left, top, wide, high)

    bands, colour = _bands(raster)
    read = raster.read(bands, window=part, out_shape=(len(bands), *shape), resampling=_resampling(colour))
    valid = (raster.dataset_mask(window=part, out_shape=shape) > 0) & np.isfinite(read).all(axis=0)
    report(Progress(_("Laying the image on the ground")))
    rgb = colour(read, valid)
    affine = _thinned(raster.transform, left, top, wide / shape[1], high / shape[0])
    out = np.zeros((4, rows, columns), np.uint8)
    to = {
        "src_transform": affine,
        "src_crs": rasterio.crs.CRS.from_user_input(crs.to_wkt()),
        "dst_transform": from_bounds(west, south, east, north, columns, rows),
        "dst_crs": rasterio.crs.CRS.from_string(district.frame.crs),
    }
    reproject(rgb, out[:3], resampling=Resampling.bilinear, **to)
    opaque = np.zeros((rows, columns), np.uint8)
    # The mask is moved without smoothing: half a pixel of data is no half-transparent pixel of data.
    reproject(np.where(valid, 255, 0).astype(np.uint8), opaque, resampling=Resampling.nearest, **to)
    out[3] = opaque
    return np.ascontiguousarray(np.moveaxis(out, 0, -1))


def _thinned(transform: Any, left: float, top: float, across: float, down: float) -> Any:
    """Return the transform of a window that was read with fewer pixels than it has."""
    t = transform
    return type(t)(
        t.a * across, t.b * down, t.a * left + t.b * top + t.c, t.d * across, t.e * down, t.d * left + t.e * top + t.f
    )


def _bands(raster: rasterio.DatasetReader) -> tuple[list[int], Colouring]:
    """Return which bands to read, and how they become red, green and blue."""
    from rasterio.enums import ColorInterp

    meaning = list(raster.colorinterp)
    wanted = [ColorInterp.red, ColorInterp.green, ColorInterp.blue]
    if all(colour in meaning for colour in wanted):
        return [meaning.index(colour) + 1 for colour in wanted], _as_colours
    if meaning[0] == ColorInterp.palette:
        return [1], _Palette(raster.colormap(1))
    if raster.count >= 3 and ColorInterp.alpha not in meaning[:3]:
        return [1, 2, 3], _as_colours
    return [1], _as_grey


def _resampling(colour: Any) -> Any:
    from rasterio.enums import Resampling

    return Resampling.nearest if isinstance(colour, _Palette) else Resampling.average


class _Palette:
    """The colours that a band of numbers stands for."""

    def __init__(self, colours: dict[int, tuple[int, int, int, int]]) -> None:
        self.table = np.zeros((max(colours, default=0) + 1, 3), np.uint8)
        for number, colour in colours.items():
            self.table[number] = colour[:3]

    def __call__(self, read: NDArray[Any], _valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
        return np.moveaxis(self.table[np.clip(read[0], 0, len(self.table) - 1)], -1, 0)


def _as_colours(read: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return read if read.dtype == np.uint8 else _stretched(read, valid)


def _as_grey(read: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.repeat(_as_colours(read, valid), 3, axis=0)


def _stretched(read: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return numbers of any range from black to white; the few at both ends do not count."""
    if np.iscomplexobj(read):
        read = np.abs(read)
    numbers = read.astype(np.float32)
    usable = numbers[:, valid]
    usable = usable[np.isfinite(usable)]
    if not usable.size:
        return np.zeros(read.shape, np.uint8)
    black, white = np.percentile(usable, _STRETCH)
    if not black < white:
        black, white = float(usable.min()), max(float(usable.max()), float(usable.min()) + 1.0)
    scaled = np.nan_to_num(np.clip((numbers - black) / (white - black) * 255, 0, 255), nan=0.0)
    return np.asarray(scaled.round(), np.uint8)
