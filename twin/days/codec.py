"""Columns of numbers as few bytes, and back exactly: scaled to whole numbers, offset or differenced, packed.

A blob is a magic word, then for each column a header and its bytes, then a CRC-32 of all before it. Columns can
be read one by one. Nothing in a blob is trusted: sizes are bounded before anything is unpacked.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.file.container import UnfitError
from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

ROWS_LIMIT = 8_000_000  # in one blob; an honest block has thousands
_MAGIC = b"TDC1"
_HEAD = struct.Struct("<BBBBIIqd")  # form, decimals, bytes a number, spare, rows, bytes packed, offset, constant
_CONSTANT, _PLAIN, _DIFFERENCES, _RAW = range(4)
_DECIMALS = (0, 1, 2, 3, 4, 6, 7)
_LEVEL = 6
_WHOLE_LIMIT = 2.0**52


def packed(columns: Sequence[NDArray[Any]]) -> bytes:
    """Return columns of float64 or integers, all of one length, as one blob."""
    parts = [_MAGIC, *(_pack(column) for column in columns)]
    blob = b"".join(parts)
    return blob + zlib.crc32(blob).to_bytes(4, "little")


def _pack(column: NDArray[Any]) -> bytes:
    rows = len(column)
    numbers = np.asarray(column, np.float64)
    unknown = np.isnan(numbers)
    if unknown.all() or (numbers == numbers[0]).all():
        return _HEAD.pack(_CONSTANT, 0, 0, 0, rows, 0, 0, numbers[0] if rows else 0.0)
    for decimals in _DECIMALS:
        scaled = numbers * 10.0**decimals
        if not (np.abs(scaled) < _WHOLE_LIMIT).all():
            break
        whole = np.rint(scaled)
        if np.array_equal(whole / 10.0**decimals, numbers):
            return min(_pack_whole(whole.astype(np.int64), decimals), key=len)
    body = zlib.compress(_shuffled(np.ascontiguousarray(numbers, "<f8")), _LEVEL)
    return _HEAD.pack(_RAW, 0, 8, 0, rows, len(body), 0, 0.0) + body


def _pack_whole(whole: NDArray[np.int64], decimals: int) -> list[bytes]:
    forms = []
    differences = np.diff(whole)
    folded = np.append(np.int64(0), np.where(differences < 0, -2 * differences - 1, 2 * differences))
    for form, numbers, offset in ((_PLAIN, whole - whole.min(), whole.min()), (_DIFFERENCES, folded, whole[0])):
        width = next(width for width in (1, 2, 4, 8) if numbers.max() < 1 << (8 * width - (width == 8)))
        body = zlib.compress(_shuffled(numbers.astype(f"<u{width}")), _LEVEL)
        forms.append(_HEAD.pack(form, decimals, width, 0, len(whole), len(body), int(offset), 0.0) + body)
    return forms


def _shuffled(numbers: NDArray[Any]) -> bytes:
    """Return the first bytes of all numbers, then the second of all, ...: like beside like packs best."""
    return numbers.view(np.uint8).reshape(len(numbers), -1).T.tobytes()


def unpacked(
    blob: bytes, dtypes: Mapping[str, type[np.generic]], wanted: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return the columns of a blob by name; of these names only, where given.

    Raises
    ------
    UnfitError
        Where the blob is not, byte for byte, what was packed.
    """
    damaged = UnfitError(_("a block of readings is damaged"))
    if type(blob) is not bytes or len(blob) < 8 or blob[:4] != _MAGIC:
        raise damaged
    if zlib.crc32(memoryview(blob)[:-4]).to_bytes(4, "little") != blob[-4:]:
        raise damaged
    columns, at, length = {}, len(_MAGIC), None
    for name, dtype in dtypes.items():
        try:
            form, decimals, width, _spare, rows, size, offset, constant = _HEAD.unpack_from(blob, at)
        except struct.error:
            raise damaged from None
        at += _HEAD.size
        if rows > ROWS_LIMIT or length not in {None, rows} or at + size > len(blob) - 4:
            raise damaged
        length = rows
        if wanted is None or name in wanted:
            body, head = blob[at : at + size], (form, decimals, width, rows, offset, constant)
            # Slots repeat from block to block where all sensors report alike.
            columns[name] = _unpack_slots(body, head) if dtype is np.int32 else _unpack(body, head, dtype)
        at += size
    return columns


@lru_cache(maxsize=8)
def _unpack_slots(body: bytes, head: tuple[int, int, int, int, int, float]) -> NDArray[Any]:
    column = _unpack(body, head, np.int32)
    column.flags.writeable = False
    return column


def _unpack(body: bytes, head: tuple[int, int, int, int, int, float], dtype: type[np.generic]) -> NDArray[Any]:
    form, decimals, width, rows, offset, constant = head
    if form == _CONSTANT:
        return np.full(rows, constant).astype(dtype)
    if form > _RAW or width not in {1, 2, 4, 8} or decimals > _DECIMALS[-1] or (form == _RAW and width != 8):
        raise UnfitError(_("a block of readings is damaged"))
    bytes_ = zlib.decompressobj().decompress(body, rows * width + 1)
    if len(bytes_) != rows * width:
        raise UnfitError(_("a block of readings is damaged"))
    planes = np.frombuffer(bytes_, np.uint8).reshape(width, rows)
    if width == 1:
        raw: NDArray[Any] = planes[0]
    else:
        raw = np.empty((rows, width), np.uint8)
        for plane in range(width):  # faster than a transposed copy
            raw[:, plane] = planes[plane]
        raw = raw.view("<f8" if form == _RAW else f"<u{width}").ravel()
    if form == _RAW:
        return raw.astype(dtype, copy=False)
    if form == _DIFFERENCES:
        folded = raw.astype(np.int64)
        whole = np.cumsum((folded >> 1) ^ -(folded & 1)) + offset
    else:
        whole = raw.astype(np.int64) + offset
    if np.issubdtype(dtype, np.floating):
        return whole / 10.0**decimals if decimals else whole.astype(dtype)
    return whole.astype(dtype)
