"""What to ask for: a box, a circle or a polygon on the map, checked before anybody is bothered with it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twin.model import Bounds
    from twin.settings import Settings

POLYGON_FILE_BYTES_MAX = 64_000_000
RADIUS_MAX_M = 200_000.0
LATITUDE_MAX = 85.0  # local metres lose their meaning nearer to a pole
SIDE_MAX_KM = 800.0  # of a district: 400 km from their origin, local metres are off by 1:500
CORNERS_MAX = 12  # of one query's polygon: osmnx repeats it some 300 times in one query
_QUARTER_SEGMENTS = 8
_WGS84_NAMES = ("CRS84", "CRS84H", "EPSG:4326", "EPSG::4326")


@dataclass(frozen=True)
class Area:
    """A piece of the Earth that somebody asks for."""

    name: str
    polygon: Polygon | MultiPolygon  # WGS 84 longitude and latitude
    source: str  # in words, what the user gave or what a server made of it


def area_of_box(west: float, south: float, east: float, north: float) -> Area:
    """Return the box between two meridians and two parallels, all in WGS 84 degrees."""
    _refuse_impossible(lon=(west, east), lat=(south, north))
    if west >= east or south >= north:
        raise TwinError(
            _(
                "The box {west:g},{south:g},{east:g},{north:g} is empty: its order is west,south,east,north, with west "
                "less than east and south less than north. A box across the 180° meridian is not possible."
            ).format(west=west, south=south, east=east, north=north)
        )
    text = f"{west:g},{south:g},{east:g},{north:g}"
    return Area(text, shapely.box(west, south, east, north), _("box {box}").format(box=text))


def area_of_point(lat: float, lon: float, radius_m: float) -> Area:
    """Return the circle of `radius_m` metres (geodesic) about a point in WGS 84 degrees."""
    _refuse_impossible(lon=(lon,), lat=(lat,))
    if not 0 < radius_m <= RADIUS_MAX_M:  # also refuses NaN
        raise TwinError(
            _("A radius of {radius:g} m is not possible: give one between 1 and {most:.0f} m.").format(
                radius=radius_m, most=RADIUS_MAX_M
            )
        )
    if abs(lat) + math.degrees(radius_m / 6_350_000) > LATITUDE_MAX:
        raise TwinError(_("A district this near to a pole is not possible: stay within ±85° of latitude."))
    from pyproj import Geod

    azimuth = np.linspace(0.0, 360.0, 4 * _QUARTER_SEGMENTS, endpoint=False)[::-1]
    same = np.ones_like(azimuth)
    ring_lon, ring_lat, _back = Geod(ellps="WGS84").fwd(lon * same, lat * same, azimuth, radius_m * same)
    if np.ptp(ring_lon) > 180:
        raise TwinError(_("A district across the 180° meridian is not possible: choose one side of it."))
    name = f"{lat:.5f},{lon:.5f}"
    return Area(
        name,
        Polygon(np.column_stack([ring_lon, ring_lat])),
        _("{radius:.0f} m around {point}").format(radius=radius_m, point=name),
    )


def area_of_polygon_file(path: Path) -> Area:
    """Return the union of all polygons in a GeoJSON file: a geometry, a feature or a collection of them.

    GeoJSON is WGS 84 by its standard (RFC 7946). The `crs` member of older files is understood only as
    far as to refuse another system.
    """
    document = _read_json(path)
    crs = document.get("crs")
    if crs is not None:
        name = _crs_name(crs)
        if not name.upper().endswith(_WGS84_NAMES):
            raise TwinError(
                _(
                    "{path} is in the coordinate system {crs}. A polygon must be in WGS 84 (longitude, latitude): "
                    "convert it first, for example with “ogr2ogr -t_srs EPSG:4326 out.geojson in.geojson”."
                ).format(path=path, crs=name or crs)
            )
    geometries = list(_polygons_in(document))
    if not geometries:
        raise TwinError(_("{path} holds no polygon. Draw the area as a Polygon or MultiPolygon.").format(path=path))
    try:
        with np.errstate(invalid="ignore"):  # numbers that are none are told below
            polygons = [shapely.force_2d(shape(geometry)) for geometry in geometries]
        # Looked at before any repair, which chokes on NaN.
        lon, lat = shapely.get_coordinates(polygons).T
        _refuse_impossible(lon=tuple(lon), lat=tuple(lat))
        union = surface(shapely.union_all(shapely.make_valid(np.array(polygons, dtype=object))))
    except (
        ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
        shapely.GEOSException,
    ):  # fmt: skip
        raise TwinError(_("{path} holds a polygon whose coordinates make no sense.").format(path=path)) from None
    if union is None:
        raise TwinError(_("The polygon in {path} encloses no area.").format(path=path))
    return Area(path.stem, union, _("polygon file {file}").format(file=path.name))


def check_area(area: Area, settings: Settings) -> float:
    """Return the size of an area in km², or raise the reason why it cannot be fetched."""
    polygon = area.polygon
    if polygon.is_empty or not polygon.is_valid:
        raise TwinError(_("The area of {name} is empty or crosses itself.").format(name=area.name))
    lon, lat = shapely.get_coordinates(polygon).T
    _refuse_impossible(lon=tuple(lon), lat=tuple(lat))
    _refuse_ends_of_the_map(polygon.bounds, area.name)
    size_km2 = area_km2(polygon)
    if size_km2 > settings.area_limit_km2:
        raise TwinError(
            _(
                "{name} covers {size:,.0f} km², and the limit is {limit:,.0f} km². Ask for a smaller area, use a "
                "downloaded file, or raise the limit (area_limit_km2) in the settings."
            ).format(name=area.name, size=size_km2, limit=settings.area_limit_km2)
        )
    if size_km2 < 1e-6:
        raise TwinError(_("{name} covers no area: ask for more than a point or a line.").format(name=area.name))
    check_frame(polygon.bounds, area.name)
    return size_km2


def check_frame(bounds: Bounds, name: str) -> None:
    """Raise the reason why a box in WGS 84 degrees is no place for local metres, if there is one."""
    _refuse_ends_of_the_map(bounds, name)
    west, south, east, north = bounds
    nearest_equator = 0.0 if south < 0 < north else min(abs(south), abs(north))
    high_km, wide_km = (north - south) * 110.574, (east - west) * 111.320 * math.cos(math.radians(nearest_equator))
    if max(high_km, wide_km) > SIDE_MAX_KM:
        raise TwinError(
            _(
                "{name} is {wide:,.0f} km wide and {high:,.0f} km high, and the limit is {limit:,.0f} km. "
                "Choose a smaller area."
            ).format(name=name, wide=wide_km, high=high_km, limit=SIDE_MAX_KM)
        )


def _refuse_ends_of_the_map(bounds: Bounds, name: str) -> None:
    west, south, east, north = bounds
    if east - west > 180:
        raise TwinError(_("{name} lies on both sides of the 180° meridian: choose one side of it.").format(name=name))
    if max(-south, north) > LATITUDE_MAX:
        raise TwinError(_("A district this near to a pole is not possible: stay within ±85° of latitude."))


def area_km2(polygon: Polygon | MultiPolygon) -> float:
    """Return the geodesic area of a polygon in WGS 84 degrees."""
    from pyproj import Geod

    return abs(float(Geod(ellps="WGS84").geometry_area_perimeter(shapely.orient_polygons(polygon))[0])) / 1e6


def tiles(polygon: Polygon | MultiPolygon, tile_km2: float) -> list[Polygon]:
    """Return convex polygons of at most about `tile_km2` and `CORNERS_MAX` corners that cover an area together.

    Queries get these instead of the area itself: small answers fail less often and are asked again
    sooner, and few corners keep a query short. They cover more than was asked for; what lies outside
    is left out when the district is put together. The same area always gives the same tiles.
    """
    west, south, east, north = polygon.bounds
    height_km = (north - south) * 110.574
    width_km = (east - west) * 111.320 * math.cos(math.radians((south + north) / 2))
    # The fewest rows and columns of nearly square cells that are small enough.
    side_km = math.sqrt(tile_km2)
    columns, rows = max(1, math.ceil(width_km / side_km - 1e-9)), max(1, math.ceil(height_km / side_km - 1e-9))
    x, y = np.linspace(west, east, columns + 1), np.linspace(south, north, rows + 1)
    cells = shapely.box(*(a.ravel() for a in (*np.meshgrid(x[:-1], y[:-1]), *np.meshgrid(x[1:], y[1:]))))
    pieces = shapely.intersection(cells, polygon)
    touched = shapely.area(pieces) > 0
    hulls = shapely.convex_hull(pieces[touched])
    return [hull if shapely.get_num_coordinates(hull) <= CORNERS_MAX + 1 else _octagon_around(hull) for hull in hulls]


def surface(geometry: Any) -> Polygon | MultiPolygon | None:
    """Return the polygons of what repairing left over, without lines and points; None where there are none."""
    parts = shapely.get_parts(shapely.get_parts(geometry))
    polygons = [part for part in parts if part.geom_type == "Polygon" and part.area > 0]
    if not polygons:
        return None
    return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def _octagon_around(hull: Polygon) -> Polygon:
    """Return the smallest octagon around a polygon whose edges run along the eight winds."""
    lon, lat = shapely.get_coordinates(hull).T
    stretch = 1 / math.cos(math.radians(lat.mean()))  # so that the diagonals are diagonal on the ground
    x, y = lon, lat * stretch
    box = shapely.box(x.min(), y.min(), x.max(), y.max())
    # A diamond is a box in turned coordinates.
    corners = [(u, v) for u in ((x + y).min(), (x + y).max()) for v in ((x - y).min(), (x - y).max())]
    diamond = shapely.MultiPoint([((u + v) / 2, (u - v) / 2) for u, v in corners]).convex_hull
    octagon = shapely.get_coordinates(box.intersection(diamond))
    return Polygon(np.column_stack([octagon[:, 0], octagon[:, 1] / stretch]))


def _refuse_impossible(*, lon: tuple[float, ...], lat: tuple[float, ...]) -> None:
    """Raise a sentence where coordinates are none, saying so where they are merely in the wrong order."""
    lon_all, lat_all = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if not (np.isfinite(lon_all).all() and np.isfinite(lat_all).all()):
        raise TwinError(_("A coordinate is not a number."))
    if (np.abs(lat_all) <= 90).all() and (np.abs(lon_all) <= 180).all():
        return
    if (np.abs(lat_all) <= 180).all() and (np.abs(lon_all) <= 90).all():
        raise TwinError(
            _("Latitude and longitude look swapped: {lat:g} is no latitude (-90 to 90).").format(
                lat=float(lat_all[np.abs(lat_all).argmax()])
            )
        )
    raise TwinError(
        _("Latitude {lat:g}, longitude {lon:g} is not on Earth: latitude is -90 to 90, longitude -180 to 180.").format(
            lon=float(lon_all[np.abs(lon_all).argmax()]), lat=float(lat_all[np.abs(lat_all).argmax()])
        )
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():  # a pipe: opening it may wait for ever
            raise TwinError(_("{path} is not an ordinary file.").format(path=path))
        with path.open("rb") as file:
            content = file.read(POLYGON_FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise TwinError(_("There is no file {path}.").format(path=path)) from None
    except IsADirectoryError:
        raise TwinError(_("{path} is a folder; a GeoJSON file is needed.").format(path=path)) from None
    except OSError as error:
        raise TwinError(
            _("{path} cannot be read: {detail}.").format(path=path, detail=error.strerror or error)
        ) from None
    if len(content) > POLYGON_FILE_BYTES_MAX:
        raise TwinError(
            _("{path} is larger than {limit:.0f} MB: too large for the outline of a district.").format(
                path=path, limit=POLYGON_FILE_BYTES_MAX / 1e6
            )
        )
    if not content.strip():
        raise TwinError(_("{path} is empty; a GeoJSON file is needed.").format(path=path))
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise TwinError(_("{path} is not a GeoJSON file.").format(path=path))
    return document


def _crs_name(crs: Any) -> str:
    """Return the name in a `crs` member of GeoJSON 2008, as far as there is one."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""


def _polygons_in(node: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every polygon in a GeoJSON document, however it is wrapped."""
    if not isinstance(node, dict) or depth > 10:
        return
    if node.get("type") in {"Polygon", "MultiPolygon"}:
        yield node
    elif node.get("type") == "Feature":
        yield from _polygons_in(node.get("geometry"), depth + 1)
    elif node.get("type") in {"FeatureCollection", "GeometryCollection"}:
        children = node.get("features") or node.get("geometries") or []
        for child in children if isinstance(children, list) else []:
            yield from _polygons_in(child, depth + 1)
