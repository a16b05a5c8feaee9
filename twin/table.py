"""A feature table: numpy columns side by side, and the shape of every row.

Plain arrays, because every step from a map to a picture is a call over whole columns; a data frame
brings an index, a third of a second of imports, and milliseconds at every touch of a small table.
Whoever wants one gets it from `Table.frame`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas
    from numpy.typing import NDArray

_EMPTY = {"str": "", "float64": np.nan, "int64": 0, "bool": False}

Later = Callable[[], Any]
"""A column that is made when somebody first asks for it: texts that no picture shows cost their time then or never."""


class Columns(Mapping[str, Any]):
    """Arrays by name, some of which are made when they are first asked for."""

    def __init__(self, made: Mapping[str, Any]) -> None:
        # What each column is, or the function that makes it.
        self.made: dict[str, Any] = made.made.copy() if isinstance(made, Columns) else dict(made)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return a column; two threads that ask at once make it twice, and alike."""
        column: NDArray[Any] = self.made[name]
        if callable(column):
            column = self.made[name] = column()
        return column

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.made)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self.made)

    def waits(self, name: str) -> bool:
        """Whether a column is yet to be made."""
        return callable(self.made[name])

    def each(self, change: Callable[[NDArray[Any]], NDArray[Any]]) -> Columns:
        """Return every column changed, those that wait when they are asked for."""

        def changed(name: str) -> NDArray[Any]:
            return change(self[name])

        return Columns({name: partial(changed, name) if self.waits(name) else changed(name) for name in self.made})

    def updated(self, others: Mapping[str, Any]) -> Columns:
        """Return these columns with others in their place or beside them."""
        return Columns(self.made | (others.made if isinstance(others, Columns) else dict(others)))


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Table:
    """Rows of features: one array a column, all of one length, and a shapely geometry a row.

    Texts are Python strings in arrays of objects, never None. A table is not changed in place:
    `rows`, `replaced` and `joined` return others, which share what they did not change.
    """

    columns: Columns
    geometry: NDArray[np.object_]

    def __init__(self, columns: Mapping[str, Any], geometry: NDArray[np.object_]) -> None:
        """Refuse columns of unlike lengths: a programming error."""
        kept = columns if isinstance(columns, Columns) else Columns(columns)
        here = [name for name in kept if not kept.waits(name)]
        if wrong := [name for name in here if len(kept[name]) != len(geometry)]:
            raise ValueError(f"columns of another length than the geometry: {', '.join(wrong)}")
        object.__setattr__(self, "columns", kept)
        object.__setattr__(self, "geometry", geometry)

    @classmethod
    def typed(cls, kinds: Mapping[str, str], columns: Mapping[str, Any], geometry: Any) -> Self:
        """Return a table with exactly the columns of `kinds`, in their order and types; what is absent is empty.

        Parameters
        ----------
        kinds
            Name and type of each column as `twin.model.TABLES` has them: "str", "float64", "int64", "bool".
        columns
            Anything that numpy makes an array of, or a function that returns it once it is wanted; names that
            `kinds` lacks are left out.
        geometry
            A shape a row.
        """
        shapes = objects(geometry)
        given = columns.made if isinstance(columns, Columns) else columns
        made: dict[str, NDArray[Any] | Later] = {}
        for name, kind in kinds.items():
            if name not in given:
                empty = "{}" if name == "tags" else _EMPTY[kind]
                made[name] = np.full(len(shapes), empty, object if kind == "str" else kind)
            elif callable(column := given[name]):
                made[name] = partial(_made, column, kind)
            else:
                made[name] = _typed(column, kind)
        return cls(Columns(made), shapes)

    @classmethod
    def joined(cls, tables: Iterable[Self]) -> Self:
        """Return tables of the same columns as one, in their order; at least one must be given."""
        every = list(tables)

        def column(name: str) -> NDArray[Any]:
            return np.concatenate([table.columns[name] for table in every])

        waiting = {name for table in every for name in table.columns if table.columns.waits(name)}
        return cls(
            Columns({name: partial(column, name) if name in waiting else column(name) for name in every[0].columns}),
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
        kept = which.copy() if isinstance(which, np.ndarray) else which
        return type(self)(self.columns.each(lambda column: column[kept]), self.geometry[which])

    def row(self, number: int) -> dict[str, Any]:
        """Return the cells of a row as plain Python values; its shape is `geometry[number]`."""
        return {name: column[number : number + 1 or None].tolist()[0] for name, column in self.columns.items()}

    def replaced(self, *, geometry: NDArray[np.object_] | None = None, **columns: NDArray[Any]) -> Self:
        """Return the table with other columns, or columns added, or other shapes."""
        return type(self)(self.columns.updated(columns), self.geometry if geometry is None else geometry)

    def frame(self, crs: Any = None) -> geopandas.GeoDataFrame:
        """Return the table as a GeoDataFrame, for exports and analysts: `table.frame(district.frame.crs)`."""
        import geopandas

        return geopandas.GeoDataFrame(dict(self.columns), geometry=self.geometry, crs=crs)


def _made(column: Later, kind: str) -> NDArray[Any]:
    return _typed(column(), kind)


def _typed(column: Any, kind: str) -> NDArray[Any]:
    made: NDArray[Any] = objects(column) if kind == "str" else np.asarray(column, kind)
    return made


def objects(values: Any) -> NDArray[np.object_]:
    """Return values as a one-dimensional array of objects, whatever they are and be there none."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values
    each = values if isinstance(values, list | tuple) else list(values)
    made = np.empty(len(each), object)
    made[:] = each
    return made


def among(values: NDArray[Any], known: Iterable[Any]) -> NDArray[np.bool_]:
    """Return which values, shape (n,), are among the known ones: texts as objects or as strings, or numbers.

    A set decides about texts: on the few thousand values of a column that is faster than sorting them. Numbers are
    sorted. `numpy.isin` and `numpy.unique` import `numpy.ma`, ten milliseconds of a first picture.
    """
    if values.dtype.kind in "iuf":
        ordered = np.sort(np.array(known if isinstance(known, np.ndarray) else list(known), values.dtype))
        if not len(ordered):
            return np.zeros(len(values), bool)
        found: NDArray[np.bool_] = ordered[np.searchsorted(ordered[:-1], values)] == values
        return found
    members = frozenset(known.tolist() if isinstance(known, np.ndarray) else known)
    return np.fromiter(map(members.__contains__, values.tolist()), bool, len(values))
