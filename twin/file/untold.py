"""What another program left empty: a feature drawn by hand has a shape and hardly a number."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from twin import tags
from twin.model import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_MAIN_KEYS: Mapping[str, str] = {
    "buildings": "building",
    "parts": "building:part",
    "streets": "highway",
    "rails": "railway",
    "trees": "natural",
}
_PLAIN_KINDS: Mapping[str, str] = {
    "buildings": "yes",
    "parts": "yes",
    "streets": "service",
    "rails": "rail",
    "trees": "tree",
}
_TOLD_KEYS: Mapping[str, str] = {
    "height_m": "height",
    "min_height_m": "min_height",
    "levels": "building:levels",
    "roof_shape": "roof:shape",
    "roof_height_m": "roof:height",
    "width_m": "width",
    "lanes": "lanes",
    "leaf": "leaf_type",
    "crown_m": "diameter_crown",
}


def filled(
    table: str, cells: Mapping[str, Any], needed: tuple[str, ...], geometry: NDArray[np.object_]
) -> Mapping[str, Any]:
    """Return columns in which every row has the numbers that it needs: usual ones where nobody gave any.

    A row gets what the map's data would have got with the same tags and kind, and its provenance says so.
    What somebody gave stays.

    Parameters
    ----------
    table
        One of `TABLES`.
    cells
        Its columns: sequences of text, arrays of numbers with NaN where a cell was empty.
    needed
        The numbers that every row needs.
    geometry
        The shapes, in local metres.
    """
    absent = np.zeros(len(geometry), bool)
    for name in needed:
        absent |= np.isnan(cells[name])
    rows = np.flatnonzero(absent)
    if not len(rows):
        return cells
    usual = _usual(table, [_tags(table, cells, row) for row in rows.tolist()], geometry[rows])
    out = {name: column.copy() if isinstance(column, np.ndarray) else list(column) for name, column in cells.items()}
    # Provenance goes with its value, so both are looked at before either is filled.
    empty = {
        name: np.isnan(column[rows]) if isinstance(column, np.ndarray) else np.array([not column[row] for row in rows])
        for name, column in cells.items()
        if TABLES[table][name] in {"float64", "str"}
    }
    for name, values in usual.items():
        if name not in empty or name == "repairs":
            continue
        of = _value_of(name)
        fills = empty[of] if of in empty else empty[name]
        for at in np.flatnonzero(fills).tolist():
            out[name][rows[at]] = values[at]
    return out


def with_roles(cells: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the columns of streets in which everyone has the role of its kind, where nobody gave one."""
    rows = [row for row, role in enumerate(cells["role"]) if not role]
    roles = list(cells["role"])
    for row, role in zip(rows, tags.streets([_tags("streets", cells, row) for row in rows])["role"], strict=True):
        roles[row] = str(role)
    return {**cells, "role": roles}


def _value_of(name: str) -> str:
    """Return the column that a column of provenance speaks of; any other column is its own."""
    if not name.endswith("_from"):
        return name
    stem = name.removesuffix("_from")
    return f"{stem}_m" if stem not in {"roof_shape", "wall_colour", "roof_colour"} else stem


def _tags(table: str, cells: Mapping[str, Any], row: int) -> dict[str, str]:
    """Return the tags of a row, and what its columns say in their place."""
    told = {str(key): str(value) for key, value in json.loads(cells["tags"][row]).items()}
    kind = cells["kind"][row] if "kind" in cells else ""
    told.setdefault(_MAIN_KEYS[table], kind or _PLAIN_KINDS[table])
    for name, key in _TOLD_KEYS.items():
        value = cells[name][row] if name in cells else ""
        if isinstance(value, str):
            if value:
                told[key] = value
        elif not np.isnan(value):
            told[key] = f"{value:g}"
    return told


def _usual(table: str, told: list[dict[str, str]], geometry: NDArray[np.object_]) -> Mapping[str, Any]:
    if table not in {"buildings", "parts"}:
        return {"streets": tags.streets, "rails": tags.rails, "trees": tags.trees}[table](told)
    usual = tags.buildings(
        told,
        area_m2=shapely.area(geometry),
        outline=[None] * len(told) if table == "parts" else None,
        geometry=geometry,
    )
    room_m = usual["height_m"] - usual["min_height_m"]
    roof_m = usual["roof_height_m"]
    return usual.updated({"roof_height_m": np.where(np.isnan(roof_m), room_m / 2, roof_m)})
