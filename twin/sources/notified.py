"""Brokers that pass on what a service notices: SensorThings observations, NGSI-LD notifications."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from twin.readings import Reason
from twin.sources.hearing import Broker, address_of
from twin.sources.messages import GATHERED_READINGS, GATHERED_S, PAYLOAD_BYTES_MAX, Gathered, Refused
from twin.sources.mqtt import Mqtt
from twin.sources.source import Batch, Trouble
from twin.sources.web import plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.readings import Roster
    from twin.sources.gathering import Gathering
    from twin.sources.hearing import Message

type Read = Callable[[str, Any], bool]
"""Takes what a message on a topic says into a gathering; returns whether it could make anything of it."""


def heard_from(
    address: str, topics: tuple[str, ...], meaning: ByGathering, *, user: str, password: str, authority: Path | None
) -> Mqtt:
    """Return the source of what a broker passes on, at an address like mqtts://host:8883.

    Raises
    ------
    TwinError
        Where the address is none.
    """
    host, port, secure, _topic = address_of(address)
    name = f"district-twin-{secrets.token_hex(6)}"
    return Mqtt(Broker(host, port, secure, topics, name, user, password, authority), meaning)


class ByGathering:
    """A `twin.sources.messages.Meaning`: messages that a protocol's parser reads into its gathering."""

    def __init__(self, gathering: Gathering, read: Read) -> None:
        self._gathering, self._read = gathering, read
        self._refused = Refused()
        self._waiting: list[Message] = []
        self._since_s: float | None = None

    @property
    def roster(self) -> Roster:
        """Who measures what, so far."""
        return self._gathering.roster

    @property
    def waiting(self) -> bool:
        """Whether there are messages that no batch is of yet."""
        return bool(self._waiting)

    def take(self, message: Message, now_s: float) -> None:
        """Take a message."""
        if self._since_s is None:
            self._since_s = now_s
        self._waiting.append(message)

    def is_due(self, now_s: float) -> bool:
        """Whether it is time for a batch."""
        late = self._since_s is not None and now_s - self._since_s >= GATHERED_S
        return late or len(self._waiting) >= GATHERED_READINGS

    def gathered(self, now_s: float) -> Gathered:  # noqa: ARG002  (nothing waits for anything here)
        """Return what has been told since the last time."""
        messages = self._waiting
        self.forget()
        for message in messages:
            try:
                read = len(message.payload) <= PAYLOAD_BYTES_MAX and self._read(
                    message.topic, plain(message.payload, message.topic)
                )
            except Trouble:
                read = False
            if not read:
                self._refused.add(Reason.UNREADABLE, message.topic, message.payload)
        batch = self._gathering.batch()
        numbers = tuple(message.number for message in messages if message.number)
        return Gathered(Batch(batch.readings, batch.rejects + self._refused.taken()), numbers)

    def forget(self) -> None:
        """Let go of what waits: it was not acknowledged, and comes again."""
        self._waiting, self._since_s = [], None
