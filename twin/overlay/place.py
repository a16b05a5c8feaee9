"""What a file is, and where on earth it lies."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    import os

    import pyproj
    from numpy.typing import NDArray

    from twin.model import Bounds, District, Source

GEOJSON, GEOPACKAGE, GEOTIFF = "GeoJSON", "GeoPackage", "GeoTIFF"

MARGIN_M = 500.0
"""How far around a district's box its overlays reach; the rest is left out."""

_HEAD_BYTES = 4096
_GEOPACKAGE_IDS = {b"GPKG", b"GP10", b"GP11"}
_TIFF = re.compile(rb"II[*+]\0|MM\0[*+]")


def kind_of(path: str | os.PathLike[str]) -> str:
    """Return what a file is by its first bytes: `GEOJSON`, `GEOPACKAGE` or `GEOTIFF`.

    Raises
    ------
    TwinError
        Where it is none of them, or cannot be read.
    """
    path = Path(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise TwinError(_("{file} is a folder; name a file in it.").format(file=path))
        if not stat.S_ISREG(status.st_mode):
            raise TwinError(_("{file} is not an ordinary file.").format(file=path))
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise TwinError(_("There is no file {file}.").format(file=path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TwinError(_("{file} cannot be read: {reason}.").format(file=path, reason=reason)) from error
    if not head:
        raise TwinError(_("{file} is empty.").format(file=path))
    if head.startswith(b"SQLite format 3\0") and head[68:72] in _GEOPACKAGE_IDS:
        return GEOPACKAGE
    if _TIFF.match(head):
        return GEOTIFF
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return GEOJSON
    raise TwinError(
        _("{file} is neither GeoJSON nor GeoPackage nor GeoTIFF; save it as one of these first.").format(file=path)
    )


def system_of(path: Path, found: str | None, asked: str) -> pyproj.CRS:
    """Return the coordinate system of a file: the one that was asked for, else the one that it tells.

    Raises
    ------
    TwinError
        Where neither is known, or it has no place on earth.
    """
    import pyproj

    if not (asked or found):
        raise TwinError(
            _("{file} does not say which coordinate system it is in; name it, such as --crs EPSG:25833.").format(
                file=path
            )
        )
    fault: Exception | None = None
    try:
        crs = pyproj.CRS.from_user_input(asked or found)
        if crs.is_geographic or crs.is_projected:
            pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
            return crs
    except (pyproj.exceptions.CRSError, pyproj.exceptions.ProjError) as error:
        fault = error
    raise TwinError(
        _("{file}: {crs} is not a coordinate system with a place on earth; name another with --crs.").format(
            file=path, crs=asked or _("what the file names")
        )
    ) from fault


def box_around(district: District, margin_m: float) -> Bounds:
    """Return the box of a district, widened, in its local metres."""
    west, south, east, north = district.boundary_xy.bounds
    return west - margin_m, south - margin_m, east + margin_m, north + margin_m


def outline(box: Bounds, steps: int = 21) -> NDArray[np.float64]:
    """Return points along the edge of a box, shape (n, 2): a straight edge is a curve in another projection."""
    west, south, east, north = box
    along = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    corners = np.array([[west, south], [east, south], [east, north], [west, north], [west, south]])
    points = corners[:-1, None, :] + along[None] * (corners[1:] - corners[:-1])[:, None, :]
    return np.vstack([points.reshape(-1, 2), corners[:1]])


def elsewhere(path: Path, district: District, box_lonlat: Bounds) -> TwinError:
    """Return what to say when nothing of a file, in its box of degrees, lies in the district."""
    here = shapely.transform(shapely.box(*box_around(district, MARGIN_M)), district.frame.lonlat_from_xy)
    west, south, east, north = box_lonlat
    said = {"file": path, "theirs": _box(box_lonlat), "ours": _box(here.bounds)}
    if not np.isfinite(box_lonlat).all():
        sentence = _("The coordinates of {file} are outside its own coordinate system; name the right one with --crs.")
    elif shapely.box(south, west, north, east).intersects(here) and not shapely.box(*box_lonlat).intersects(here):
        sentence = _(
            "{file} lies at {theirs}, the district at {ours}: "
            "its latitudes and longitudes are swapped. Put longitude first in it."
        )
    else:
        sentence = _(
            "Nothing of {file} lies in the district: it lies at {theirs}, the district at {ours}. "
            "If that is not where it belongs, name its coordinate system with --crs."
        )
    return TwinError(sentence.format(**said))


def _box(bounds: Bounds) -> str:
    return ", ".join(f"{degrees:.5g}" if abs(degrees) > 1e3 else f"{degrees:.4f}" for degrees in bounds)


def named_once(district: District, name: str) -> None:
    """Refuse a name that is empty or taken: an overlay is shown and hidden by its name."""
    if not name.strip():
        raise TwinError(_("An overlay needs a name."))
    if name in {image.name for image in district.images} or name in set(district.tables["overlays"]["overlay"]):
        raise TwinError(_("The district already has an overlay called {name}; choose another name.").format(name=name))


def told(source: Source, detail: str) -> Source:
    """Return a source with a sentence more about it."""
    return replace(source, detail=" ".join(filter(None, (source.detail, detail))))
