"""What a table of a district may hold: every shape and value of a file is looked at before it is used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin.file.container import UnfitError
from twin.language import _
from twin.model import TABLES
from twin.tags.lengths import LENGTH_LIMIT_M, LEVELS_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.file.tables import Columns

REACH_M = 1e6  # no coordinate of a district lies farther from its origin
SIZE_LIMIT = 1e5  # no number of another kind than those below is larger
SIMPLE = ("POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON")  # WKB 1 to 6
_POLYGONS = frozenset({"POLYGON", "MULTIPOLYGON"})
GEOMETRIES: Mapping[str, frozenset[str]] = {"buildings": _POLYGONS, "parts": _POLYGONS, "trees": frozenset({"POINT"})}
_COLOUR = re.compile("#[0-9a-f]{6}", re.IGNORECASE)

_LIMITS: Mapping[str, float] = {"levels": LEVELS_LIMIT, "lanes": LEVELS_LIMIT}
_TREE_LIMITS: Mapping[str, float] = {"height_m": 200.0, "crown_m": 100.0}

NEEDED: Mapping[str, tuple[str, ...]] = {
    "buildings": ("height_m", "min_height_m", "roof_height_m"),
    "parts": ("height_m", "min_height_m", "roof_height_m"),
    "streets": ("width_m",),
    "rails": ("width_m",),
    "trees": ("height_m", "crown_m"),
}
"""The numbers that every row of a table must have; the others may be unknown (NaN)."""

LATER: Mapping[str, frozenset[str]] = dict.fromkeys(
    ("buildings", "parts"), frozenset({"roof_direction_deg", "roof_lines", "roof_orientation"})
)
"""Columns that files of earlier versions lack: they are empty there, and no part of the table's hash."""


def checked(table: str, columns: Columns, geometry: NDArray[Any]) -> Mapping[str, Any]:
    """Return the cells of a table after a look at every shape and value, with usual numbers where none were given.

    Raises
    ------
    UnfitError
        With a phrase that names the table, the row and the value that cannot be.
    """
    cells: Mapping[str, Any] = columns.cells
    for name in sorted(LATER.get(table, frozenset()) - cells.keys()):
        empty = np.full(len(geometry), np.nan) if TABLES[table][name] == "float64" else [""] * len(geometry)
        cells = {**cells, name: empty}
    check_geometry(table, geometry, cells["osm"])
    check_tags(table, cells)
    needed = NEEDED.get(table, ())
    if any(np.isnan(cells[name]).any() for name in needed):
        from twin.file.untold import filled

        cells = filled(table, cells, needed, geometry)
    if table == "streets" and "" in cells["role"]:
        from twin.file.untold import with_roles

        cells = with_roles(cells)
    check_values(table, cells)
    return cells


def check_geometry(table: str, geometry: NDArray[Any], osm: Any) -> None:
    """Refuse shapes that are absent, empty, of another kind than the table's, or out of this world."""
    allowed = GEOMETRIES.get(table, frozenset(SIMPLE))
    fits = np.array([False, *(name in allowed for name in SIMPLE)])
    numbers = np.array([0, 1, 2, 0, 3, 4, 5, 6, 0])  # see `twin.file.tables`: types of shapely as those of WKB
    bad = ~fits[numbers[shapely.get_type_id(geometry) + 1]] | shapely.is_empty(geometry)
    if not bad.any():
        xy, owner = shapely.get_coordinates(geometry, return_index=True)
        bad[owner[~(np.abs(xy) <= REACH_M).all(axis=1)]] = True
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise UnfitError(
            _("the shape of {osm} (row {row} of table {table}) is not one that a district can hold").format(
                osm=osm[row] or "?", row=row + 1, table=table
            )
        )


def check_values(table: str, values: Mapping[str, Any]) -> None:
    """Refuse numbers that are infinite, absurd, or absent where every row needs one, and odd colours."""
    for name, kind in TABLES[table].items():
        cells = values[name]
        if kind in {"float64", "int64"}:
            least, most = _range(table, name)
            bad = (cells < least) | (cells > most)  # never true of NaN
            if name in NEEDED.get(table, ()):
                bad |= np.isnan(cells)
            if bad.any():
                row = int(np.flatnonzero(bad)[0])
                raise UnfitError(
                    _(
                        "{column} of {osm} (row {row} of table {table}) cannot be {value}: "
                        "it is a number from {least:g} to {most:g}"
                    ).format(
                        column=name, osm=values["osm"][row] or "?", row=row + 1, table=table, value=cells[row],
                        least=least, most=most,
                    )
                )  # fmt: skip
        elif name.endswith("_colour"):
            odd = {cell for cell in set(cells) if cell and not _COLOUR.fullmatch(cell)}
            row = next((row for row, cell in enumerate(cells) if cell in odd), -1) if odd else -1
            if row >= 0:
                raise UnfitError(
                    _("{column} of {osm} (row {row} of table {table}) cannot be {value}").format(
                        column=name, osm=values["osm"][row] or "?", row=row + 1, table=table, value=cells[row]
                    )
                )


def _range(table: str, name: str) -> tuple[float, float]:
    """Return the least and the largest number that a column may hold: nothing on earth is as wide or high."""
    if table == "trees" and name in _TREE_LIMITS:
        return 0.0, _TREE_LIMITS[name]
    if name in _LIMITS:
        return 0.0, _LIMITS[name]
    return (0.0, LENGTH_LIMIT_M) if name.endswith("_m") else (-SIZE_LIMIT, SIZE_LIMIT)


def check_tags(table: str, values: Mapping[str, Any]) -> None:
    """Refuse tags that are not one JSON object."""
    import msgspec

    decode = msgspec.json.Decoder(dict[str, Any]).decode
    row = 0
    try:
        for row, text in enumerate(values["tags"]):  # noqa: B007  (told when it fails)
            decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        raise UnfitError(
            _("tags of {osm} (row {row} of table {table}) are not one JSON object").format(
                osm=values["osm"][row] or "?", row=row + 1, table=table
            )
        ) from error
