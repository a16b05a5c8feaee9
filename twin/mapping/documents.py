"""Documents in JSON as pieces of a table: each record a row, each path a column.

A path names entries one after another, "location.coordinates.0", whole numbers the places in lists; an entry whose
own name has points in it ("pm2.5") is found too. `Mapping.records` is the path to the records: lists that are met on
the way are gone through, and the list at its end holds them. Before the rest of a column's path

    "$."  begins at the top of the document,
    "^."  begins one list further out: at what holds the list of which the record is an entry,
    "."   alone is the record itself, where it is a plain number or text.

A record whose columns are lists of one length (a table told by columns) becomes as many rows.
"""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from twin.language import _
from twin.mapping.tables import Piece, words_of
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twin.mapping.mapping import Mapping as Meaning
    from twin.mapping.tables import Column

ROWS_MAX = 500_000
ARRIVED = "arrived"
"""The column with the moment at which a document came, UTC epoch seconds; for those that tell no time."""

_RAW_MAX = 300
_DEEPEST = 40


class Document(NamedTuple):
    """Plain values, and columns that they do not tell themselves: where they came from, and when."""

    told: Any
    more: Mapping[str, str] = {}


class _Record(NamedTuple):
    told: Any
    around: tuple[Any, ...]  # what holds the lists that lead to it, the document itself first
    more: Mapping[str, str]


def topic_columns(topic: str) -> dict[str, str]:
    """Return the columns that an MQTT topic tells: "topic", and its levels as "topic.0", "topic.1", ..."""
    return {"topic": topic} | {f"topic.{number}": level for number, level in enumerate(topic.split("/"))}


def piece_of(documents: Iterable[Document], meaning: Meaning) -> Piece:
    """Return the records of documents as rows with the columns that a mapping reads; their lines count records.

    What a record does not have is empty. Documents without any record are no fault.

    Raises
    ------
    TwinError
        Where there are records, and none has anything where the mapping says that the time is; or too many.
    """
    names = meaning.columns()
    cells: dict[str, list[Any]] = {name: [] for name in names}
    records: list[_Record] = []
    of_row: list[int] = []
    for document in documents:
        for record in _records(document, meaning.records):
            found = {name: _cell(record, name) for name in names}
            length = max([len(value) for value in found.values() if isinstance(value, list)], default=1)
            if len(of_row) + length > ROWS_MAX:
                raise TwinError(_("There are more than {most} records at once; ask for fewer.").format(most=ROWS_MAX))
            for name, value in found.items():
                if isinstance(value, list):
                    cells[name] += value + [None] * (length - len(value))
                else:
                    cells[name] += [value] * length
            of_row += [len(records)] * length
            records.append(record)
    lost = [name for name in meaning.time.columns if records and all(cell is None for cell in cells[name])]
    if lost:
        raise TwinError(
            _("No record has anything at “{path}”, where the mapping says that its time is. One has {entries}.").format(
                path=lost[0], entries=_entries(records[0].told)
            )
        )
    columns = {name: _column(column) for name, column in cells.items()}
    return Piece(columns, np.arange(1, len(of_row) + 1), lambda row: _shown(records[of_row[row]].told))


def _records(document: Document, path: str) -> list[_Record]:
    """Return the records of a document."""
    try:
        found = itertools.islice(_walked(document.told, path, (document.told,)), ROWS_MAX + 1)
        return [_Record(told, around, document.more) for told, around in found]
    except RecursionError:
        raise TwinError(_("The document is nested too deeply to be one of readings.")) from None


def _walked(told: Any, path: str, around: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Yield what a path leads to, with what holds it; lists on the way are gone through."""
    if isinstance(told, list) and not path.partition(".")[0].isdecimal():
        for one in told:
            if path:
                yield from _walked(one, path, (*around, one))
            else:
                yield one, around
    elif not path:
        yield told, around
    else:
        value, rest = _step(told, path)
        if value is not None:
            yield from _walked(value, rest, around)


def _step(value: Any, path: str) -> tuple[Any, str]:
    """Return what the longest beginning of a path that is an entry leads to, and the rest of the path."""
    if isinstance(value, dict):
        cut = len(path)
        while cut > 0:
            if path[:cut] in value:
                return value[path[:cut]], path[cut + 1 :]
            cut = path.rfind(".", 0, cut)
    elif isinstance(value, list):
        first, _point, rest = path.partition(".")
        if first.isdecimal() and len(first) < 10 and int(first) < len(value):
            return value[int(first)], rest
    return None, ""


def _cell(record: _Record, path: str) -> Any:
    """Return what is at a path of a record: a plain value, a list of such, or None."""
    if path in record.more:
        return record.more[path]
    value, around = record.told, record.around
    if path == ".":
        return value if not isinstance(value, dict | list) else None
    if path.startswith("$."):
        value, path = around[0], path[2:]
    elif path.startswith("^."):
        value = around[-1]
        path = path[2:]
        outer = len(around) - 1
        while path.startswith("^.") and outer > 0:
            outer -= 1
            value, path = around[outer], path[2:]
    for _level in range(_DEEPEST):
        if not path:
            break
        value, path = _step(value, path)
    if isinstance(value, dict):
        return None
    if isinstance(value, list):
        return [None if isinstance(one, dict | list) else one for one in value]
    return value


def _column(cells: Sequence[Any]) -> Column:
    """Return cells as numbers where all of them are, or else as texts."""
    if all(cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)) for cell in cells):
        try:
            return np.array([math.nan if cell is None else cell for cell in cells], np.float64)
        except OverflowError:
            pass
    return words_of([_text(cell) for cell in cells])


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    try:
        return str(cell).replace("\0", "")
    except ValueError:  # a whole number of thousands of digits
        return "?"


def _shown(told: Any) -> str:
    try:
        return json.dumps(told, ensure_ascii=False)[:_RAW_MAX]
    except (ValueError, RecursionError):
        return "?"


def _entries(told: Any) -> str:
    if isinstance(told, dict):
        return ", ".join(list(map(str, told))[:20]) or "{}"
    return _shown(told)[:100]
