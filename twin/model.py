"""The words of the program: what a district, a mesh and a city are, and how trouble is told.

Nothing here knows files, networks, pictures or windows. Lengths are metres, angles degrees,
times UTC epoch seconds as float, coordinates either lon/lat in WGS 84 or x/y in a `Frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from twin import projection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from twin.table import Table

CREDIT = "© OpenStreetMap contributors"

MESH_VERSION = 16
"""Raise it whenever `twin.mesh` makes another City of the same District: kept meshes are then made anew."""


class TwinError(Exception):
    """One clear sentence, already in the reader's language: what is wrong and what to do."""


class Cancelled(TwinError):  # noqa: N818  (it is no error)
    """Somebody pressed stop. Nothing is wrong and nothing was written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a piece of slow work has come: a phrase, and counts only where they are known."""

    what: str
    done: float | None = None
    total: float | None = None
    unit: str = ""


Report = Callable[[Progress], None]
"""Slow work calls this as it goes. It may raise `Cancelled`, and the work then stops."""


def silent(progress: Progress) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class Frame:
    """Local metres: x east, y north, about an origin given in WGS 84 degrees.

    A transverse Mercator projection centred on the origin with scale 1 there: distances are true
    to 1:10,000 within 90 km of the origin's meridian, and float32 keeps millimetres, which it
    does not at UTM northings.
    """

    lon: float
    lat: float

    @property
    def crs(self) -> str:
        """The projection as a PROJ string, for pyproj, geopandas and GDAL.

        It names the datum: with a mere ellipsoid PROJ would leave out the shift from older datums,
        a hundred metres in Britain or Germany.
        """
        return (
            f"+proj=tmerc +lat_0={self.lat:.9f} +lon_0={self.lon:.9f} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
        )

    def xy_from_lonlat(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Local metres, shape (n, 2), of WGS 84 degrees, shape (n, 2); infinite for the other side of the Earth."""
        return projection.xy_from_lonlat(lonlat, self.lon, self.lat)

    def lonlat_from_xy(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """WGS 84 degrees, shape (n, 2), of local metres, shape (n, 2)."""
        return projection.lonlat_from_xy(xy, self.lon, self.lat)


Bounds = tuple[float, float, float, float]
"""West, south, east, north; in WGS 84 degrees unless the name says `_xy`, then in local metres."""

COMMON_COLUMNS: dict[str, str] = {"osm": "str", "name": "str", "tags": "str", "repairs": "str"}
"""Every feature table has these. `osm` is "way/42", "relation/42" or "node/42" (overlays: their own id),
`tags` all tags as one JSON object, `repairs` the space-separated codes of what had to be mended."""

_BUILDING_COLUMNS: dict[str, str] = {
    "kind": "str",  # the value of building=* or building:part=*
    "height_m": "float64",  # from the ground to the top of the roof
    "height_from": "str",
    "min_height_m": "float64",  # from the ground to the underside
    "min_height_from": "str",
    "levels": "float64",  # above ground, without roof levels; NaN where unknown
    "roof_shape": "str",  # the OSM value; "flat" by default
    "roof_shape_from": "str",
    "roof_height_m": "float64",  # the part of height_m that is roof; 0 for flat roofs
    "roof_height_from": "str",
    "roof_direction_deg": "float64",  # which way it faces, clockwise from north; NaN where nobody said
    "roof_lines": "str",  # ridges, edges and apexes of a complex roof as WKT, z the share of its height; else ""
    "roof_orientation": "str",  # "along" or "across" the longer side where somebody said so, else ""
    "wall_colour": "str",  # "#rrggbb", or "" where nothing is tagged
    "wall_colour_from": "str",
    "wall_material": "str",
    "roof_colour": "str",
    "roof_colour_from": "str",
    "roof_material": "str",
}

TABLES: Mapping[str, Mapping[str, str]] = {
    "buildings": COMMON_COLUMNS | _BUILDING_COLUMNS,
    "parts": COMMON_COLUMNS | _BUILDING_COLUMNS | {"building": "str"},  # osm of the outline it belongs to, or ""
    "streets": COMMON_COLUMNS
    | {
        "kind": "str",  # the value of highway=*
        "role": "str",  # road, service, path, cycleway, steps, track: how it is drawn
        "width_m": "float64",
        "width_from": "str",
        "lanes": "float64",
        "pavement_left_m": "float64",  # width of a pavement told by sidewalk=*, 0 for none
        "pavement_left_from": "str",
        "pavement_right_m": "float64",
        "pavement_right_from": "str",
        "layer": "int64",
        "bridge": "bool",
        "tunnel": "bool",  # not on the surface
    },
    "rails": COMMON_COLUMNS
    | {
        "kind": "str",  # rail, tram, light_rail, subway, narrow_gauge, ...
        "width_m": "float64",
        "width_from": "str",
        "layer": "int64",
        "bridge": "bool",
        "tunnel": "bool",
    },
    "areas": COMMON_COLUMNS | {"kind": "str"},  # park, grass, wood, farmland, sand, pitch, square, parking, ...
    "water": COMMON_COLUMNS | {"kind": "str", "width_m": "float64", "width_from": "str"},  # sea, lake, river, ...
    "trees": COMMON_COLUMNS
    | {
        "leaf": "str",  # broadleaved, needleleaved, palm
        "height_m": "float64",
        "height_from": "str",
        "crown_m": "float64",  # diameter
        "crown_from": "str",
    },
    "furniture": COMMON_COLUMNS | {"kind": "str", "height_m": "float64", "height_from": "str"},  # lamp, signal, ...
    "overlays": COMMON_COLUMNS
    | {"overlay": "str", "kind": "str", "height_m": "float64", "min_height_m": "float64", "height_from": "str"},
}
"""The feature tables of a district and their columns besides `geometry`.

A column `x_from` names where `x` came from: an OSM key ("height", "building:levels"), several joined by
"+", "default:..." for a value that nobody mapped, "outline:..." for one inherited by a building part. A
roof's shape may also come from "several:WORD", "unknown:WORD" or "unfit:WORD": the map's word, where it is
none that can be drawn there."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something in the source that could not become a feature, and why."""

    osm: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where data came from and on what terms. Times are UTC epoch seconds."""

    title: str
    licence: str
    credit: str
    retrieved: float | None = None
    data_time: float | None = None
    detail: str = ""


def credits_of(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return what a picture must say beside the map's own credit: a line for each other source and its terms."""
    lines = [f"{source.title}: {source.credit} ({source.licence})" for source in sources if source.credit != CREDIT]
    return tuple(dict.fromkeys(lines))


@dataclass(frozen=True, slots=True)
class GroundImage:
    """An aerial picture or other raster laid on the ground. Rows run from north to south."""

    name: str
    bounds_xy: Bounds
    pixels: NDArray[np.uint8]  # (rows, columns, 4), RGBA
    source: Source


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A view that somebody kept: from where to where one looks, in local metres; degrees from bottom to top."""

    name: str
    position: tuple[float, float, float]
    focal_point: tuple[float, float, float]
    up: tuple[float, float, float]
    angle_deg: float
    key: int = 0  # 1 to 9, the key that leads there; 0 for none
    picture: bytes = b""  # a small PNG of what was seen
    t: float | None = None  # the moment that was shown, UTC epoch seconds; None: the view is of no moment
    hidden: tuple[str, ...] | None = None  # parts of the city that were not shown; None: the view says nothing of them
    hidden_data: tuple[str, ...] | None = None  # layers of data that were not shown; None likewise


@dataclass(frozen=True)
class Terrain:
    """The shape of the ground: heights at the corners of square cells, each of them two flat triangles.

    Row 0 of the corners lies in the south, column 0 in the west. Outside the grid its edge goes on.
    """

    x_m: float  # of the south-western corner, in local metres
    y_m: float
    cell_m: float
    height_m: NDArray[np.float32]  # (rows, columns), above `datum_m`
    datum_m: float  # the lowest height, in the metres of the source
    source: Source

    def at(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Heights above the datum at places, shape (..., 2) to (...)."""
        import numpy as np

        rows, columns = self.height_m.shape
        x = np.clip((xy[..., 0] - self.x_m) / self.cell_m, 0, columns - 1)
        y = np.clip((xy[..., 1] - self.y_m) / self.cell_m, 0, rows - 1)
        column = np.minimum(x.astype(np.intp), columns - 2)
        row = np.minimum(y.astype(np.intp), rows - 2)
        east, north = x - column, y - row
        grid = self.height_m
        low, high = grid[row, column].astype(np.float64), grid[row + 1, column + 1].astype(np.float64)
        right, up = grid[row, column + 1].astype(np.float64), grid[row + 1, column].astype(np.float64)
        lower = low + east * (right - low) + north * (up - low)
        upper = high + (1 - east) * (up - high) + (1 - north) * (right - high)
        heights: NDArray[np.float64] = np.where(east + north <= 1, lower, upper)
        return heights


@dataclass(frozen=True)
class District:
    """A piece of a city as columns: one `Table` a feature kind, in the metres of `frame`.

    `tables` has exactly the keys of `TABLES`; a kind without features is an empty table.
    `boundary_xy` is the polygon that was asked for; features may reach over its edge.
    """

    name: str
    frame: Frame
    boundary_xy: Any  # shapely Polygon or MultiPolygon
    tables: Mapping[str, Table]
    sources: tuple[Source, ...]
    repairs: Mapping[str, int] = field(default_factory=dict)  # repair code -> features
    dropped: tuple[Dropped, ...] = ()
    images: tuple[GroundImage, ...] = ()
    incomplete: str = ""  # a sentence, where the source is known to have answered only in part
    views: tuple[Viewpoint, ...] = ()
    terrain: Terrain | None = None  # None: flat
    zone_told: str = ""  # the IANA time zone that somebody named; empty: the one of the place

    @cached_property
    def zone(self) -> str:
        """The IANA time zone of the district, "UTC" where the place has none.

        Looked up when first asked for: loading the world's zones takes longer than meshing a quarter.
        """
        import tzfpy

        return self.zone_told or tzfpy.get_tz(self.frame.lon, self.frame.lat) or "UTC"


@dataclass(frozen=True, slots=True)
class Mesh:
    """One merged triangle mesh: every feature of one kind, ready for one draw call.

    Arrays are contiguous: a renderer wraps them without copying.
    """

    table: str  # the district table that `feature` counts in; "" where it counts nothing
    points: NDArray[np.float32]  # (n, 3) local metres, z up
    triangles: NDArray[np.int32]  # (t, 3) counter-clockwise seen from outside
    feature: NDArray[np.int32]  # (n,) row in the table, -1 for none
    paint: NDArray[np.uint16]  # (n,) index into City.paints
    shade: NDArray[np.uint8]  # (n,) baked light, 255 for none taken away; of what fades its width in 2 cm
    facade: NDArray[np.float32] | None = None  # (n, 2) window bays along the wall and storeys up it, -1 for none

    @property
    def triangle_feature(self) -> NDArray[np.int32]:
        """The feature of every triangle, shape (t,): the index from a picked cell to its feature."""
        return self.feature[self.triangles[:, 0]]


@dataclass(frozen=True, slots=True)
class Paint:
    """What a point is made of, before a look gives it a colour."""

    role: str  # wall, roof, road, path, grass, water, crown, ...
    colour: str = ""  # "#rrggbb" where the map says so
    material: str = ""


def _nothing(width: int = 0, kind: str = "float64") -> Any:
    import numpy as np

    return np.empty((0, width) if width else 0, kind)


@dataclass(frozen=True, slots=True)
class Names:
    """What is written on a map: texts, and for each some places where it may stand.

    A text along a street has a direction and the room that the street gives it; any other stands upright.
    """

    text: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()  # street, square, park, water, landmark, place: one for each text
    rank: NDArray[np.float64] = field(default_factory=_nothing)  # importance of each text, 0 to 1
    which: NDArray[np.int64] = field(default_factory=lambda: _nothing(kind="int64"))  # (n,) the text of each place
    points: NDArray[np.float64] = field(default_factory=lambda: _nothing(3))  # (n, 3) local metres
    along: NDArray[np.float64] = field(default_factory=lambda: _nothing(2))  # (n, 2) unit vectors, or 0 0
    room_m: NDArray[np.float64] = field(default_factory=_nothing)  # (n,) how long a text may be there


@dataclass(frozen=True)
class City:
    """A district as meshes: all that a renderer needs, and nothing but arrays."""

    frame: Frame
    bounds_xy: Bounds
    boundary_xy: NDArray[np.float64]  # (n, 2) the outer ring of the district's boundary
    meshes: Mapping[str, Mesh]
    paints: tuple[Paint, ...]
    images: tuple[GroundImage, ...] = ()
    credits: tuple[str, ...] = ()  # of overlays; every picture of the city must show them, with the map's own
    names: Names = field(default_factory=Names)
    terrain: Terrain | None = None
