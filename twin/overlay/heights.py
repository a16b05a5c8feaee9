"""How high the features of somebody's table are: from a named column or the usual names, with provenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.tags.lengths import LENGTH_LIMIT_M, LEVELS_LIMIT, OK, read_length, read_levels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

STOREY_M = 3.0
"""The usual height of a storey; the assembler's own default for dwellings."""

_UNITS = {"m": 1.0, "ft": 0.3048}
_HEIGHTS = (
    "height", "height_m", "building_height", "building:height", "bldg_height", "hoehe", "höhe", "hoehe_m",
    "gebaeudehoehe", "gebäudehöhe", "measuredheight", "measured_height", "hauteur", "altura", "altezza", "hoogte",
    "hojd", "höjd", "korkeus",
)  # fmt: skip
_LEVELS = (
    "building:levels", "building_levels", "levels", "num_floors", "numfloors", "floors", "storeys", "stories",
    "geschosse", "kerrosluku", "kerrosten_lkm", "etages", "plantas",
)  # fmt: skip
_UNDERSIDES = ("min_height", "min_height_m", "base_height", "building:min_height")


@dataclass(frozen=True, slots=True)
class Heights:
    """Heights above ground, NaN where none is told, with where they came from and what could not be read."""

    height_m: NDArray[np.float64]
    min_height_m: NDArray[np.float64]
    height_from: NDArray[np.object_]
    repairs: NDArray[np.object_]


def heights_of(table: pd.DataFrame, height: str, underside: str, *, unit: str, file: Path) -> Heights:
    """Return the heights of a table's rows.

    Parameters
    ----------
    table
        The attributes.
    height, underside
        The columns to read; when empty, the usual names are tried.
    unit
        "m" or "ft": what a plain number means. Text may carry a unit of its own.
    file
        For the sentence that says what is wrong.

    Raises
    ------
    TwinError
        Where there is no column of that name, or no such unit.
    """
    if unit not in _UNITS:
        raise TwinError(_("Heights are in m or ft, not in {unit}.").format(unit=unit))
    for column in filter(None, (height, underside)):
        if column not in table.columns:
            raise TwinError(
                _("{file} has no column {column}; it has {columns}.").format(
                    file=file, column=column, columns=", ".join(map(str, table.columns)) or "-"
                )
            )
    metres = _UNITS[unit]
    count = len(table)
    top_m, source, odd = np.full(count, np.nan), np.full(count, "", object), np.zeros(count, bool)
    for column in [height] if height else _found(table, _HEIGHTS):
        found, strange = _lengths_m(table[column], metres)
        fresh = np.isnan(top_m) & (found > 0)
        top_m[fresh], source[fresh] = found[fresh], column
        odd |= strange
    for column in [] if height else _found(table, _LEVELS):
        found, strange = _numbers(table[column], read_levels, LEVELS_LIMIT)
        fresh = np.isnan(top_m) & (found > 0)
        top_m[fresh], source[fresh] = found[fresh] * STOREY_M, f"{column}+default:storey_{STOREY_M:g}m"
        odd |= strange
    base_m = np.where(np.isnan(top_m), np.nan, 0.0)
    for column in [underside] if underside else _found(table, _UNDERSIDES)[:1]:
        found, strange = _lengths_m(table[column], metres)
        told = ~np.isnan(top_m) & ~np.isnan(found)
        base_m[told] = found[told]
        odd |= strange
    inverted = base_m >= top_m
    base_m[inverted] = 0.0
    codes = np.where(odd, "value_unreadable", "").astype(object)
    codes[inverted] = np.where(odd[inverted], "value_unreadable height_inverted", "height_inverted")
    return Heights(top_m, base_m, source, codes)


def _found(table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    present = {str(column).lower(): str(column) for column in table.columns}
    return [present[name] for name in names if name in present]


def _lengths_m(cells: pd.Series, metres: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    found, odd = _numbers(cells, read_length, LENGTH_LIMIT_M / metres)
    plain = np.array([_is_plain(cell) for cell in cells.tolist()], bool)
    return np.where(plain, found * metres, found), odd


def _is_plain(cell: Any) -> bool:
    """Whether a cell is a number without a unit of its own."""
    return not isinstance(cell, str) or not any(letter.isalpha() or letter in "'\"′″" for letter in cell)


def _numbers(
    cells: pd.Series, read: Callable[[str], tuple[float, int]], most: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the values of a column, NaN where there is none, and which of them are there but no use."""
    values, odd = np.full(len(cells), np.nan), np.zeros(len(cells), bool)
    for row, cell in enumerate(cells.tolist()):
        if isinstance(cell, str):
            if cell.strip():
                values[row], how = read(cell)
                odd[row] = how != OK
        elif isinstance(cell, int | float) and not isinstance(cell, bool) and cell == cell:  # noqa: PLR0124  (not NaN)
            odd[row] = not 0 <= cell <= most
            values[row] = np.nan if odd[row] else cell
    return values, odd
