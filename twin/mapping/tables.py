"""Anybody's table in pieces that fit in memory: columns, the line of each row, and its text where one asks for it."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from twin.language import _
from twin.model import Progress, Report, TwinError, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK_BYTES = 8 << 20
_RECORD_BLOCKS = 4  # quotation marks that nothing closes for longer than this are taken as they stand
_SAMPLE_BYTES = 256 << 10
_RAW_MAX = 300
_COLUMNS_MAX = 10_000
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Words:
    """A column of text: a code a row, shape (n,), into the words that occur."""

    code: NDArray[np.integer]
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, rows: Any) -> Words:
        return Words(self.code[rows], self.words)

    def text(self, row: int) -> str:
        """Return the text of one row."""
        return self.words[int(self.code[row])]


type Column = Words | NDArray[np.float64]
"""Text, or numbers where all of a column's are."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a table."""

    columns: dict[str, Column]
    line: NDArray[np.int64]  # of each row, counted from 1 as an editor does
    raw: Callable[[int], str]  # the text of a row, cut where it is long
    broken: tuple[tuple[int, str], ...] = ()  # lines that have more or fewer fields than the head, and their text

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, slots=True)
class Form:
    """How a file of text is to be read; what is empty is found out."""

    delimiter: str = ""
    encoding: str = ""
    decimal: str = ""


@dataclass(frozen=True)
class Table:
    """A table in a file: its columns, and its rows in pieces."""

    path: Path
    columns: tuple[str, ...]
    form: Form = field(default_factory=Form)

    def pieces(
        self,
        numbers: Mapping[str, Sequence[str]] | None = None,
        *,
        wanted: Collection[str] | None = None,
        report: Report = silent,
    ) -> Iterator[Piece]:
        """Yield the rows in pieces.

        Parameters
        ----------
        numbers
            Columns that may come as numbers, in a piece in which they all are, and what stands for none: NaN.
        wanted
            The columns to read; all without.

        Raises
        ------
        TwinError
            Where the file is damaged.
        """
        wanted = self.columns if wanted is None else [name for name in self.columns if name in wanted]
        if is_parquet(self.path):
            from twin.mapping import parquet

            return parquet.pieces(self.path, wanted, report)
        return _csv_pieces(self, list(wanted), {**(numbers or {})}, report)

    def head(self, rows: int = 200) -> Piece:
        """Return the first rows as text."""
        if is_parquet(self.path):
            return next(self.pieces(), Piece({}, np.zeros(0, np.int64), lambda _row: ""))
        with _telling(self.path):
            with _stream(self.path) as stream:
                sample = _decoded(stream.read(_SAMPLE_BYTES), self.form.encoding)
            cut = sample.rfind("\n") + 1 if len(sample) >= _SAMPLE_BYTES // 4 else len(sample)
            lines = (sample[:cut] or sample).encode().split(b"\n")[: rows + 1]
            return _piece(self, b"\n".join(lines), 1, list(self.columns), {}, skip=True)


def open_table(path: Path, form: Form | None = None) -> Table:
    """Return a table with its columns, from a CSV file in any common form, gzipped or not, or a Parquet file.

    Raises
    ------
    TwinError
        Where there is none, or it is no table.
    """
    form = form or Form()
    if path.is_dir():
        raise TwinError(_("{file} is a folder; name a file in it.").format(file=path))
    if not path.is_file():
        raise TwinError(_("There is no file {file}.").format(file=path))
    if is_parquet(path):
        from twin.mapping import parquet

        return Table(path, parquet.columns(path))
    with _telling(path):
        with _stream(path) as stream:
            sample = stream.read(_SAMPLE_BYTES)
        if not sample.strip():
            raise TwinError(_("{file} is empty.").format(file=path))
        encoding = form.encoding or _encoding_of(sample)
        if b"\0" in sample and not encoding.startswith("utf-16"):
            raise TwinError(_("{file} is no table of text. CSV and Parquet can be imported.").format(file=path))
        text = _decoded(sample, encoding)
        delimiter = form.delimiter or _delimiter_of(text)
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        names = [name.strip() for name in next(reader)]
        decimal = form.decimal or _decimal_of(reader, delimiter)
    if len(names) > _COLUMNS_MAX or (len(names) == 1 and len(names[0]) > _RAW_MAX):
        raise TwinError(_("{file} does not begin with a line of column names.").format(file=path))
    return Table(path, _unlike(names), Form(delimiter, encoding, decimal))


def is_parquet(path: Path) -> bool:
    """Whether a file's name says that it is Parquet."""
    return path.suffix.lower() in {".parquet", ".pq", ".geoparquet"}


def _unlike(names: list[str]) -> tuple[str, ...]:
    """Return column names with a number behind those that are empty or occur again."""
    found: dict[str, None] = {}
    for number, name in enumerate(names, 1):
        unlike, more = name or f"column {number}", 2
        while unlike in found:
            unlike, more = f"{name or 'column'} {more}", more + 1
        found[unlike] = None
    return tuple(found)


class _telling:  # noqa: N801  (used like a function)
    """Tell any trouble with a file inside the block as one sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError | EOFError | zlib.error):  # a gzip file's damage is an OSError, or these
            raise TwinError(
                _("{file} cannot be read: {reason}.").format(
                    file=self._path, reason=getattr(error, "strerror", None) or error
                )
            ) from error
        if isinstance(error, UnicodeError | csv.Error | LookupError | StopIteration):
            raise TwinError(_("{file} cannot be read as a table: {reason}.").format(file=self._path, reason=error))


def _stream(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else path.open("rb")  # type: ignore[return-value]


def _encoding_of(sample: bytes) -> str:
    """Return how text is likely written: with a mark, UTF-8, GB 18030 where that makes Chinese, else as Windows."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    foreign = [letter for letter in text if ord(letter) > 127]
    # Two accented letters in a row, as in no word of a European language, make one Chinese character.
    chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in foreign)
    together = sum(a > 127 and b > 127 for a, b in itertools.pairwise(sample))
    return (
        "gb18030" if chinese > 0.7 * len(foreign) and together > 0.45 * sum(byte > 127 for byte in sample) else "cp1252"
    )


def _decoded(sample: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample).replace("\r\n", "\n").replace("\r", "\n")


def _delimiter_of(text: str) -> str:
    """Return what parts the columns: what is in the head, and as often in most lines behind it."""
    lines = [line for line in text.split("\n")[:50] if line.strip()]
    best = (0.0, 0, ",")
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        alike = sum(count == counts[0] for count in counts) / max(1, len(counts))
        if counts and counts[0] > 1:
            best = max(best, (round(alike, 1), counts[0], delimiter))
    return best[2]


def _decimal_of(reader: Iterator[list[str]], delimiter: str) -> str:
    """Return what is before the tenths: a comma where numbers have one and none has a point."""
    if delimiter == ",":
        return "."
    commas = points = 0
    for row, _number in zip(reader, range(300), strict=False):
        for cell in row:
            plain = cell.strip().lstrip("-+")
            commas += plain.count(",") == 1 and plain.replace(",", "").isdigit()
            points += plain.count(".") == 1 and plain.replace(".", "").isdigit()
    return "," if commas > points else "."


def _csv_pieces(
    table: Table, wanted: list[str], numbers: Mapping[str, Sequence[str]], report: Report
) -> Iterator[Piece]:
    size = max(1, table.path.stat().st_size)
    with _telling(table.path), _stream(table.path) as stream:
        inner = getattr(stream, "fileobj", None) or stream  # whose place in the file tells how far one is
        line, skip = 1, True
        for block in _blocks(stream, table.form.encoding):
            report(Progress(_("Reading {file}").format(file=table.path.name), inner.tell(), size))
            yield _piece(table, block, line, wanted, numbers, skip=skip)
            line, skip = line + block.count(b"\n"), False


def _blocks(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Yield UTF-8 that ends where a record does."""
    plain = encoding in {"utf-8", "utf-8-sig", "ascii"}
    decoder = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)("replace")
    rest, first = b"", True
    while True:
        read = stream.read(BLOCK_BYTES)
        if plain:
            more = read.removeprefix(codecs.BOM_UTF8) if first else read
        else:
            more = decoder.decode(read, final=not read).encode()
        first = False
        block = (rest + more).replace(b"\r\n", b"\n") if b"\r" in more or b"\r" in rest else rest + more
        if not read:
            if block:
                yield block.replace(b"\r", b"\n") if b"\n" not in block else block
            return
        if block.endswith(b"\r"):  # half of an end of line
            block, held = block[:-1], b"\r"
        else:
            held = b""
        if b"\r" in block and b"\n" not in block:  # as old Macs wrote
            block = block.replace(b"\r", b"\n")
        cut = block.rfind(b"\n") + 1
        if block.count(b'"', 0, cut) % 2:  # inside quotation marks; a mark that nothing closes is no reason to wait
            ends, inside = _ends(block[:cut])
            outside = ends[~inside]
            if len(outside):
                cut = int(outside[-1]) + 1
            elif len(block) < _RECORD_BLOCKS * BLOCK_BYTES:
                cut = 0
        if cut:
            yield block[:cut]
        rest = block[cut:] + held


def _ends(block: bytes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return where lines end, and whether each such end is inside quotation marks."""
    letters = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(letters == 10)
    marks = np.flatnonzero(letters == 34)
    return ends, (np.searchsorted(marks, ends) % 2).astype(bool)


def _piece(
    table: Table, block: bytes, line: int, wanted: list[str], numbers: Mapping[str, Sequence[str]], *, skip: bool
) -> Piece:
    import pandas as pd

    if not block.endswith(b"\n"):
        block += b"\n"
    letters = np.frombuffer(block, np.uint8)
    ends, inside = _ends(block)
    stop = ends[~inside]
    if not len(stop) or stop[-1] != len(block) - 1:
        stop = np.append(stop, len(block) - 1)
    start = np.append(0, stop[:-1] + 1)
    lines = line + np.searchsorted(ends, start)
    parts = np.flatnonzero(letters == ord(table.form.delimiter))
    if len(marks := np.flatnonzero(letters == 34)):
        parts = parts[np.searchsorted(marks, parts) % 2 == 0]
    fields = np.searchsorted(parts, stop) - np.searchsorted(parts, start) + 1
    empty = stop == start
    if skip:
        empty[np.flatnonzero(~empty)[:1]] = True  # the head
    good = (fields == len(table.columns)) & ~empty
    broken = tuple((int(lines[row]), _shown(block, start[row], stop[row])) for row in np.flatnonzero(~good & ~empty))
    kept = np.flatnonzero(good)
    if len(kept) and kept[-1] - kept[0] == len(kept) - 1:  # all of it, or all behind the head
        text = block[start[kept[0]] : stop[kept[-1]] + 1]
    else:
        mask = np.zeros(len(letters) + 1, np.int8)
        np.add.at(mask, start[kept], 1)
        np.add.at(mask, stop[kept] + 1, -1)
        text = letters[np.cumsum(mask[:-1]).astype(bool)].tobytes()
    columns = _parsed(pd, table, text, wanted, numbers) if len(kept) else {}
    if len(kept) and len(next(iter(columns.values()), ())) != len(kept):  # quotation marks where none belong
        rows = [block[start[row] : stop[row]].decode("utf-8", "replace") for row in kept.tolist()]
        columns, fit = _by_hand(table, rows, wanted)
        broken += tuple((int(lines[kept[row]]), rows[row][:_RAW_MAX]) for row in np.flatnonzero(~fit))
        kept = kept[fit]
    starts, stops = start[kept], stop[kept]
    return Piece(columns, lines[kept], lambda row: _shown(block, starts[row], stops[row]), broken)


def _shown(block: bytes, start: int, stop: int) -> str:
    return block[start : min(stop, start + 4 * _RAW_MAX)].decode("utf-8", "replace")[:_RAW_MAX]


def _parsed(
    pd: Any, table: Table, text: bytes, wanted: list[str], numbers: Mapping[str, Sequence[str]]
) -> dict[str, Column]:
    def read(kinds: dict[str, Any]) -> Any:
        return pd.read_csv(
            io.BytesIO(text),
            sep=table.form.delimiter,
            header=None,
            names=list(table.columns),
            usecols=wanted,
            dtype=kinds,
            keep_default_na=False,
            na_values={name: ["", *missing] for name, missing in numbers.items()},
            decimal=table.form.decimal,
            skip_blank_lines=False,
            index_col=False,
            encoding_errors="replace",
            low_memory=False,
        )

    kinds: dict[str, Any] = {name: np.float64 if name in numbers else object for name in wanted}
    try:
        frame = read(kinds)
    except ValueError:  # some number is none: then it is for others to say what its text means
        try:
            frame = read(dict.fromkeys(wanted, object))
        except ValueError:  # what no reader of tables takes as one
            return {}
    return {
        name: frame[name].to_numpy() if frame[name].dtype == np.float64 else _words(pd, frame[name]) for name in wanted
    }


def _words(pd: Any, column: Any) -> Words:
    code, words = pd.factorize(column.to_numpy())
    return Words(code, tuple(words))


def _by_hand(table: Table, rows: list[str], wanted: list[str]) -> tuple[dict[str, Column], NDArray[np.bool_]]:
    """Read lines one by one, each by itself: slow, and proof against quotation marks that stand anywhere."""
    told = [next(csv.reader([row.replace("\n", " ")], delimiter=table.form.delimiter), []) for row in rows]
    fit = np.array([len(cells) == len(table.columns) for cells in told], bool)
    told = [cells for cells, good in zip(told, fit, strict=True) if good]
    columns: dict[str, Column] = {}
    for name in wanted:
        at = table.columns.index(name)
        columns[name] = words_of([cells[at] for cells in told])
    return columns, fit


def words_of(texts: list[str]) -> Words:
    """Return a column of these texts."""
    words = dict.fromkeys(texts)
    number = {word: code for code, word in enumerate(words)}
    return Words(np.array([number[text] for text in texts], np.int64), tuple(words))
