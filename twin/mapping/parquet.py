"""A Parquet file as pieces of a table, by pyarrow where that is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.mapping.tables import Column, Piece, Words
from twin.model import Progress, TwinError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.model import Report

_ROWS = 200_000


def columns(path: Path) -> tuple[str, ...]:
    """Return the names of a file's columns."""
    return tuple(_open(path).schema_arrow.names)


def pieces(path: Path, wanted: Sequence[str], report: Report) -> Iterator[Piece]:
    """Yield the rows of a file in pieces; the line of a row is its number, from 1."""
    import pyarrow as pa

    file = _open(path)
    line, total = 1, max(1, file.metadata.num_rows)
    try:
        for batch in file.iter_batches(_ROWS, columns=list(wanted)):
            report(Progress(_("Reading {file}").format(file=path.name), line, total))
            found = {name: _column(batch.column(number)) for number, name in enumerate(batch.schema.names)}
            yield Piece(found, np.arange(line, line + batch.num_rows), _text_of(batch))
            line += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TwinError(_("{file} cannot be read: {reason}.").format(file=path, reason=str(error)[:120])) from error


def _text_of(batch: Any) -> Callable[[int], str]:
    return lambda row: str(batch.slice(row, 1).to_pylist()[0])[:300]


def _open(path: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise TwinError(
            _(
                "Reading Parquet needs pyarrow, which is not installed: `pip install district-twin[analysis]`, "
                "or import the table as CSV."
            )
        ) from None
    try:
        return pyarrow.parquet.ParquetFile(path, memory_map=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TwinError(_("{file} cannot be read: {reason}.").format(file=path, reason=str(error)[:120])) from error


def _column(array: Any) -> Column:
    """Return a column as numbers, or as the words that it would be in a text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
        kind = array.type
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        numbers: NDArray[np.float64] = pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return numbers
    if pa.types.is_timestamp(kind):
        text = pc.strftime(
            pc.cast(array, pa.timestamp("us", kind.tz)),
            format="%Y-%m-%dT%H:%M:%S%z" if kind.tz else "%Y-%m-%dT%H:%M:%S",
        )
        array = text
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        try:
            array = pc.cast(array, pa.string())
        except pa.ArrowException:
            array = pa.array([""] * len(array), pa.string())
    coded = pc.fill_null(array, "").dictionary_encode()
    return Words(coded.indices.to_numpy(), tuple(coded.dictionary.to_pylist()))
