"""The messages of a broker, made batches of: what all ways of reading them have in common, and the way by a mapping."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from twin.mapping import Document
from twin.mapping.documents import ARRIVED, topic_columns
from twin.readings import Reason, Rejected, Rejects
from twin.sources.source import Batch, Trouble

if TYPE_CHECKING:
    from twin.readings import Roster
    from twin.sources.hearing import Message
    from twin.sources.mapped import Mapped

GATHERED_S, GATHERED_READINGS = 0.1, 2_000
"""What comes within so short a time, or so much, is told at once."""

PAYLOAD_BYTES_MAX = 1_000_000
_SHOWN = 80


class Gathered(NamedTuple):
    """What messages have told, and the numbers of those that this is all of."""

    batch: Batch
    numbers: tuple[int, ...]


class Meaning(Protocol):
    """Takes messages, and makes batches of them. `now_s` is of a clock that only goes forward."""

    @property
    def roster(self) -> Roster:
        """Who measures what, so far."""

    @property
    def waiting(self) -> bool:
        """Whether there are messages that no batch is of yet."""

    def take(self, message: Message, now_s: float) -> None:
        """Take a message."""

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a batch."""

    def gathered(self, now_s: float) -> Gathered:
        """Return what has been told since the last time."""

    def forget(self) -> None:
        """Let go of what waits: it was not acknowledged, and comes again."""


class Refused:
    """What was not taken, counted, with a few examples."""

    def __init__(self) -> None:
        self._counts: dict[Reason, int] = {}
        self._examples: list[Rejected] = []

    def add(self, reason: Reason, topic: str, payload: bytes = b"", *, sensor: str = "", channel: str = "") -> None:
        """Count one."""
        count = self._counts[reason] = self._counts.get(reason, 0) + 1
        if count <= Rejects.EXAMPLES:
            value = payload[:_SHOWN].decode("utf-8", "replace")
            self._examples.append(Rejected(reason, sensor, channel, value=value, where=topic[:200]))

    def taken(self) -> Rejects:
        """Return them, and begin anew."""
        found = Rejects(self._counts, tuple(self._examples))
        self._counts, self._examples = {}, []
        return found


class ByMapping:
    """Messages of anybody, read by a mapping; their topics are columns, too."""

    def __init__(self, mapped: Mapped, name: str) -> None:
        self._mapped, self._name = mapped, name
        self._documents: list[tuple[Document, str, bytes]] = []
        self._numbers: list[int] = []
        self._refused = Refused()
        self._since_s: float | None = None

    @property
    def roster(self) -> Roster:
        """Who measures what, so far."""
        return self._mapped.roster

    @property
    def waiting(self) -> bool:
        """Whether there are messages that no batch is of yet."""
        return bool(self._numbers)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a batch."""
        late = self._since_s is not None and now_s - self._since_s >= GATHERED_S
        return late or len(self._documents) >= GATHERED_READINGS

    def take(self, message: Message, now_s: float) -> None:
        """Take a message."""
        if self._since_s is None:
            self._since_s = now_s
        if message.number:
            self._numbers.append(message.number)
        try:
            told = _plain(message.payload)
        except ValueError:
            self._refused.add(Reason.UNREADABLE, message.topic, message.payload)
            return
        more = topic_columns(message.topic) | {ARRIVED: f"{time.time():.3f}"}
        self._documents.append((Document(told, more), message.topic, message.payload))

    def gathered(self, now_s: float) -> Gathered:  # noqa: ARG002 - nothing waits for anything here
        """Return what has been told since the last time."""
        documents, numbers = self._documents, tuple(self._numbers)
        self.forget()
        try:
            if documents:
                self._mapped.take([document for document, _topic, _payload in documents], self._name)
        except Trouble:
            for document, topic, payload in documents:  # some of them are what is meant
                try:
                    self._mapped.take([document], topic)
                except Trouble:
                    self._refused.add(Reason.UNREADABLE, topic, payload)
        batch = self._mapped.batch()
        return Gathered(Batch(batch.readings, batch.rejects + self._refused.taken()), numbers)

    def forget(self) -> None:
        """Let go of what waits: it was not acknowledged, and comes again."""
        self._documents, self._numbers, self._since_s = [], [], None


def _plain(payload: bytes) -> Any:
    """Return what a payload says: JSON, or a short text as it is; raise ValueError for anything else."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError
    try:
        return msgspec.json.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        text = payload.decode()
        if len(text) > _SHOWN or text.lstrip()[:1] in {"{", "[", '"'}:
            raise ValueError from None
        return text.strip()
