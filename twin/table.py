"""A feature table: numpy columns side by side, and the shape of every row.

Plain arrays, because every step from a map to a picture is a call over whole columns; a data frame
brings an index, a third of a second of imports, and milliseconds at every touch of a small table.
Whoever wants one gets it from `Table.frame`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import geopandas
    from numpy.typing import NDArray

_EMPTY = {"str": "", "float64": np.nan, "int64": 0, "bool": False}


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Rows of features: one array a column, all of one length, and a shapely geometry a row.

    Texts are Python strings in arrays of objects, never None. A table is not changed in place:
    `rows`, `replaced` and `joined` return others, which share what they did not change.
    """

    columns: Mapping[str, NDArray[Any]]
    geometry: NDArray[np.object_]

    def __post_init__(self) -> None:
        """Refuse columns of unlike lengths: a programming error."""
        if wrong := [name for name, column in self.columns.items() if len(column) != len(self.geometry)]:
            raise ValueError(f"columns of another length than the geometry: {', '.join(wrong)}")

    @classmethod
    def typed(cls, kinds: Mapping[str, str], columns: Mapping[str, Any], geometry: Any) -> Self:
        """Return a table with exactly the columns of `kinds`, in their order and types; what is absent is empty.

        Parameters
        ----------
        kinds
            Name and type of each column as `twin.model.TABLES` has them: "str", "float64", "int64", "bool".
        columns
            Anything that numpy makes an array of; names that `kinds` lacks are left out.
        geometry
            A shape a row.
        """
        shapes = objects(geometry)
        made: dict[str, NDArray[Any]] = {}
        for name, kind in kinds.items():
            dtype = object if kind == "str" else kind
            if name not in columns:
                made[name] = np.full(len(shapes), "{}" if name == "tags" else _EMPTY[kind], dtype)
            else:
                made[name] = objects(columns[name]) if kind == "str" else np.asarray(columns[name], kind)
        return cls(made, shapes)

    @classmethod
    def joined(cls, tables: Iterable[Self]) -> Self:
        """Return tables of the same columns as one, in their order; at least one must be given."""
        every = list(tables)
        return cls(
            {name: np.concatenate([table.columns[name] for table in every]) for name in every[0].columns},
            np.concatenate([table.geometry for table in every]),
        )

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.geometry)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column: the array itself, not a copy."""
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is a column of this name."""
        return name in self.columns

    def rows(self, which: NDArray[np.bool_] | NDArray[np.integer] | slice) -> Self:
        """Return some rows, by mask, by numbers (in their order) or by slice."""
        return type(self)({name: column[which] for name, column in self.columns.items()}, self.geometry[which])

    def row(self, number: int) -> dict[str, Any]:
        """Return the cells of a row as plain Python values; its shape is `geometry[number]`."""
        return {name: column[number : number + 1 or None].tolist()[0] for name, column in self.columns.items()}

    def replaced(self, *, geometry: NDArray[np.object_] | None = None, **columns: NDArray[Any]) -> Self:
        """Return the table with other columns, or columns added, or other shapes."""
        return type(self)({**self.columns, **columns}, self.geometry if geometry is None else geometry)

    def frame(self, crs: Any = None) -> geopandas.GeoDataFrame:
        """Return the table as a GeoDataFrame, for exports and analysts: `table.frame(district.frame.crs)`."""
        import geopandas

        return geopandas.GeoDataFrame(dict(self.columns), geometry=self.geometry, crs=crs)


def objects(values: Any) -> NDArray[np.object_]:
    """Return values as a one-dimensional array of objects, whatever they are and be there none."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values
    each = list(values)
    made = np.empty(len(each), object)
    made[:] = each
    return made


def among(values: NDArray[Any], known: Iterable[Any]) -> NDArray[np.bool_]:
    """Return which values, shape (n,), are among the known ones: texts as objects or as strings, or numbers.

    A set decides: on the few thousand values of a column that is faster than sorting them, and `numpy.isin` and
    `numpy.unique` import `numpy.ma`, ten milliseconds of a first picture.
    """
    members = frozenset(known.tolist() if isinstance(known, np.ndarray) else known)
    return np.fromiter(map(members.__contains__, values.tolist()), bool, len(values))
