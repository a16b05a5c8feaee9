"""Blocks of recorded days in memory: those read last, and those read before anybody waits for them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from twin.chain import Block, State

BLOCKS_KEPT = 48  # unpacked, some 60 MB with ten thousand sensors
_MOST_AHEAD = 16


class Shelf:
    """A bounded number of blocks, of one recording or of several; any thread may ask for them.

    Parameters
    ----------
    blocks
        So many are kept; `BLOCKS_KEPT` without it.
    """

    def __init__(self, blocks: int | None = None) -> None:
        self._most = BLOCKS_KEPT if blocks is None else blocks
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[State, Block]] = OrderedDict()
        self._coming: set[Hashable] = set()
        self._ahead: ThreadPoolExecutor | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, name: Hashable) -> bool:
        return name in self._kept

    def get(self, name: Hashable) -> tuple[State, Block] | None:
        """Return a block and its keyframe where it is at hand."""
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: Hashable, found: tuple[State, Block]) -> None:
        """Keep a block, in the place of the one that nobody has asked for the longest."""
        with self._lock:
            self._kept[name] = found
            self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def fetch(self, name: Hashable, read: Callable[[], object]) -> None:
        """Have a block read in the background where it is not at hand, nor on its way.

        What goes wrong waits until somebody asks for the block. Where much is on its way, no more is begun: by the
        time it came, time would have gone on.
        """
        with self._lock:
            if self._closed or name in self._kept or name in self._coming or len(self._coming) >= _MOST_AHEAD:
                return
            self._coming.add(name)
            self._ahead = self._ahead or ThreadPoolExecutor(1, "read-ahead")
            self._ahead.submit(self._read, name, read)

    def _read(self, name: Hashable, read: Callable[[], object]) -> None:
        try:
            if name not in self._kept:
                read()
        finally:
            with self._lock:
                self._coming.discard(name)

    def clear(self) -> None:
        """Keep nothing of what has been read."""
        with self._lock:
            self._kept.clear()

    def close(self) -> None:
        """End reading ahead; what is being read is waited for."""
        with self._lock:
            self._closed, ahead = True, self._ahead
        if ahead is not None:
            ahead.shutdown(cancel_futures=True)
        self.clear()
