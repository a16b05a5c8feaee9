"""What a kind of layer is: how its readings become forms, values and a legend.

A kind is one module in this package that defines `LAYER`; everything else knows it by discovery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.legend import Legend
    from twin.model import District
    from twin.picture import Shown
    from twin.readings import History, Moment, Roster


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that somebody may choose about a layer."""

    key: str
    title: str
    options: Mapping[str, str]  # word -> what people call it; the first is taken where nothing is chosen
    free: bool = False  # any text will do
    hint: str = ""  # what such a text looks like: the one that holds where there is none


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one standard says of one sensor at a moment."""

    standard: str  # as people name it: "US Air Quality Index, 2024"
    grade: str  # in words; empty where it has none
    colour: str  # of the grade; empty where it has none
    number: str = ""  # by which it grades, with its unit: "57"
    of: str = ""  # what the grade is that of, and over which time: "PM2.5, NowCast of 12 hours"
    parts: tuple[str, ...] = ()  # what else went into it: "NO₂ 12"
    caveat: str = ""  # what must be known of the standard's numbers, or why it says nothing


class Fitted(Protocol):
    """A layer fitted to a district and to the sensors of its histories: geometry is made, values come and go."""

    @property
    def animated(self) -> bool:
        """Whether it moves while the clock runs, though no reading is new."""

    @property
    def legend(self) -> Legend:
        """How its values are read."""

    def show(self, moment: Moment, history: History, *, arrived_by: float) -> Mapping[str, Shown]:
        """Return what is shown at a moment, by name; the layer's own key names its main form."""

    def verdicts(self, sensor: int, moment: Moment, history: History, *, arrived_by: float) -> tuple[Verdict, ...]:
        """Return what every standard of the layer says of a sensor; nothing where they speak of no such thing.

        Any thread may ask: nothing is kept of it.
        """

    def forget(self) -> None:
        """Let go of what was read of a history: there are new readings in it."""


class Kind(Protocol):
    """A kind of layer, as `LAYER` of a module in this package."""

    @property
    def key(self) -> str:
        """Its word: the one that `Sensor.layer` and `Channel.layer` have."""

    @property
    def title(self) -> str:
        """What people call it."""

    def choices(self, roster: Roster) -> tuple[Choice, ...]:
        """Return what may be chosen, for these sensors."""

    def fit(
        self, district: District, roster: Roster, chosen: Mapping[str, str], before: Fitted | None = None
    ) -> Fitted | None:
        """Return the layer for a district and sensors; None where none of them is of this kind.

        `before` is what was fitted to the same ones with other choices: its geometry may be used again.
        """


def chosen_of(choice: Choice, chosen: Mapping[str, str]) -> str:
    """Return the option that is chosen, or the first."""
    word = chosen.get(choice.key, "")
    return word if choice.free or word in choice.options else next(iter(choice.options))


def channel_of(roster: Roster, layer: str, words: tuple[str, ...]) -> str | None:
    """Return the channel of a layer that has one of the words as its key; None where there is none."""
    keys = {channel.key for channel in roster.channels if channel.layer == layer}
    return next((word for word in words if word in keys), None)
