"""What is not taken and why, and what a source tells of its own trouble."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Reason(enum.StrEnum):
    """Why a reading is not taken. Late and disordered ones are taken: they find their place."""

    UNKNOWN_SENSOR = "unknown sensor"
    UNKNOWN_CHANNEL = "unknown channel"
    NOT_A_NUMBER = "not a number"
    OUT_OF_RANGE = "out of range"
    IMPOSSIBLE_TIME = "impossible time"
    IMPOSSIBLE_PLACE = "impossible place"
    IN_THE_FUTURE = "in the future"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"  # an importer could make nothing of the line

    @property
    def sentence(self) -> str:
        """What this reason means, in the reader's language."""
        return {
            Reason.UNKNOWN_SENSOR: _("The sensor is not in the list of sensors."),
            Reason.UNKNOWN_CHANNEL: _("The sensor does not measure this."),
            Reason.NOT_A_NUMBER: _("The value is not a finite number."),
            Reason.OUT_OF_RANGE: _("The value is outside the range of its channel."),
            Reason.IMPOSSIBLE_TIME: _("The time is not one that can be, or ends before it begins."),
            Reason.IMPOSSIBLE_PLACE: _("The position is not a place on earth."),
            Reason.IN_THE_FUTURE: _("The time lies further in the future than clocks differ."),
            Reason.DUPLICATE: _("The very same reading was there already."),
            Reason.UNREADABLE: _("The line cannot be read."),
        }[self]


@dataclass(frozen=True, slots=True)
class Rejected:
    """One reading that was not taken, as far as it could be read."""

    reason: Reason
    sensor: str = ""
    channel: str = ""
    t: float = math.nan
    value: str = ""
    where: str = ""  # "line 17"


@dataclass(frozen=True, slots=True)
class Rejects:
    """How many readings were not taken, by reason, and the first few of each."""

    counts: Mapping[Reason, int] = field(default_factory=dict)
    examples: tuple[Rejected, ...] = ()

    EXAMPLES = 100
    """So many of each reason are kept to be shown; all are counted."""

    @staticmethod
    def of(reason: Reason, examples: Iterable[Rejected] = (), count: int | None = None) -> Rejects:
        """Return rejects of one reason; without a count, as many as there are examples."""
        examples = tuple(examples)
        count = len(examples) if count is None else count
        return Rejects({reason: count} if count else {}, examples[: Rejects.EXAMPLES])

    def __add__(self, other: Rejects) -> Rejects:
        if not other.counts:
            return self
        counts = dict(self.counts)
        room = dict.fromkeys(Reason, Rejects.EXAMPLES)
        for example in self.examples:
            room[example.reason] -= 1
        kept = []
        for example in other.examples:
            if room[example.reason] > 0:
                room[example.reason] -= 1
                kept.append(example)
        for reason, count in other.counts.items():
            counts[reason] = counts.get(reason, 0) + count
        return Rejects(counts, (*self.examples, *kept))

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Notice:
    """Trouble, or its end, told by a source in the stream of its readings. A newer one of a source replaces it."""

    source: str
    sentence: str  # empty: all is well again
    t: float
    grave: bool = False  # nothing comes any more until somebody acts
