"""What a user brings along: GeoJSON, GeoPackage and GeoTIFF become part of a district."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.language import _
from twin.model import TwinError, silent
from twin.overlay.image import add_image
from twin.overlay.place import GEOTIFF, kind_of
from twin.overlay.terrain import add_terrain
from twin.overlay.vector import add_vector

if TYPE_CHECKING:
    import os

    from twin.model import District, Report, Source

__all__ = ["add", "add_image", "add_terrain", "add_vector"]


def add(
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
    """Return the district with a file laid over it: features of a vector file, or an image of a raster.

    See `add_vector` and `add_image` for what the arguments mean. What the file is, its content says.

    Raises
    ------
    TwinError
        Where the file cannot be read, lies elsewhere, or does not say where it lies.
    """
    if kind_of(path) != GEOTIFF:
        return add_vector(
            district,
            path,
            name=name,
            source=source,
            kind=kind,
            layer=layer,
            height_column=height_column,
            min_height_column=min_height_column,
            height_unit=height_unit,
            crs=crs,
            report=report,
        )
    if layer or height_column or min_height_column:
        raise TwinError(_("{file} is an image: it has neither layers nor heights.").format(file=path))
    return add_image(district, path, name=name, source=source, crs=crs, report=report)
