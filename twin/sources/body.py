"""An answer as it comes over the network, unpacked and held to limits."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.language import _
from twin.sources import faults
from twin.sources.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one answer may take."""

    connect_s: float = 10.0
    silence_s: float = 30.0  # between two pieces of an answer
    whole_s: float = 120.0
    packed_bytes: int = 50_000_000  # as it comes over the network
    unpacked_bytes: int = 100_000_000
    redirects: int = 5


LIMITS = Limits()


class Body:
    """An answer as it comes, unpacked, to be read once on the thread that it comes on."""

    def __init__(
        self,
        chunks: Iterator[bytes],
        limits: Limits,
        packed: bool,
        host: str,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._chunks, self._limits, self._host, self._nobody_waits = chunks, limits, host, over
        self._packed: bool | None = True if packed else None  # None: not yet known
        self._unpacker = zlib.decompressobj(31)
        self._held = bytearray()
        self._came = self._made = 0
        self._over = False

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer at the end; all of it without a size."""
        while not self._over and (size < 0 or len(self._held) < size):
            self._more()
        if size < 0 or size >= len(self._held):
            found, self._held = bytes(self._held), bytearray()
            return found
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    def _more(self) -> None:
        chunk = next(self._chunks, b"")
        if self._nobody_waits():
            raise faults.broken_off(self._host)
        if not chunk:
            self._over = True
            if self._packed and self._came and not self._unpacker.eof:
                raise faults.broken_off(self._host)
            return
        self._came += len(chunk)
        if self._came > self._limits.packed_bytes:
            raise faults.too_large(self._host, self._limits.packed_bytes)
        if self._packed is None:  # a packed file need not be called one
            self._packed = chunk.startswith(_GZIP)
        if not self._packed:
            self._take(chunk)
            return
        try:
            while chunk:
                if self._unpacker.eof:  # several packed files behind one another
                    self._unpacker = zlib.decompressobj(31)
                self._take(self._unpacker.decompress(chunk, CHUNK_BYTES))
                chunk = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        except zlib.error:
            raise Trouble(_("What {host} sent is damaged: it cannot be unpacked.").format(host=self._host)) from None

    def _take(self, data: bytes) -> None:
        self._made += len(data)
        if self._made > self._limits.unpacked_bytes:
            raise faults.too_large(self._host, self._limits.unpacked_bytes)
        self._held += data
