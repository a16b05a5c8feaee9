"""What somebody may mean who types into the command box, besides names on the map and actions.

Moments, looks, layers to show and hide, buildings to filter, kept views, sensors, which of them are silent, districts
opened lately, and at last a place that has to be fetched first.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twin.colouring import names
from twin.families import families
from twin.find import EXACT, WORD, Texts, folded
from twin.language import _
from twin.quantity import THIN_SPACE, number
from ui.asked import Asked
from ui.opened import said_of_age
from ui.palette import ELSEWHERE, Line
from ui.timeline.wording import local, said_day, said_time, said_zone, understood

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from twin.readings import Roster, Span
    from ui.window import Window

_LEAST_LETTERS = 3
_MOST_SENSORS = 6
_PLAIN_NUMBER = re.compile(r"\s*[\d.,\s]+$")
_LIMIT = re.compile(r"^(?P<word>\D*?)\s*(?P<sign>>=|<=|>|<|=|≥|≤)\s*(?P<value>\d+(?:[.,]\d+)?)\s*m?$")
_SPAN = re.compile(r"^(?P<word>\D+?)\s*(?P<low>\d+(?:[.,]\d+)?)\s*(?:-|–|…|\.\.)\s*(?P<high>\d+(?:[.,]\d+)?)\s*m?$")
_SAID = re.compile(r"^(?P<word>\D+?)\s*(?P<value>\d+(?:[.,]\d+)?)\s*m?$")


@dataclass(frozen=True, slots=True)
class Limits:
    """Buildings that somebody wants to see alone: by one of `twin.colouring.names`, and within which values."""

    name: str
    low: float = -math.inf
    high: float = math.inf

    @property
    def said(self) -> str:
        """What is asked for, in words."""
        unit = f"{THIN_SPACE}m" if self.name == "height" else ""
        if math.isinf(self.high):
            said, values = _("{what} from {low}{unit}"), {"low": self._value(self.low)}
        elif math.isinf(self.low):
            said, values = _("{what} up to {high}{unit}"), {"high": self._value(self.high)}
        else:
            said = _("{what} from {low} to {high}{unit}")
            values = {"low": self._value(self.low), "high": self._value(self.high)}
        return said.format(what=names()[self.name], unit=unit, **values)

    def _value(self, value: float) -> str:
        return f"{value:.0f}" if self.name == "age" else number(value, 6)


def limits(text: str) -> Limits | None:
    """Return which buildings a line of text asks for; None where it is none of that.

    "height > 20", "taller than 20 m", "storeys 3-5", "before 1900", "built 1900–1950".
    """
    text = " ".join(text.split()).casefold()
    if found := _SPAN.match(text):
        name = _subject(found["word"])
        low, high = sorted((_number(found["low"]), _number(found["high"])))
        return Limits(name, low, high) if name else None
    if found := _LIMIT.match(text):
        name, value = _subject(found["word"]), _number(found["value"])
        if not name:
            return None
        sign = found["sign"].replace("≥", ">=").replace("≤", "<=")
        return Limits(
            name,
            value if sign[0] in ">=" and sign != "<=" else -math.inf,
            value if sign[0] in "<=" and sign != ">=" else math.inf,
        )
    if found := _SAID.match(text):
        value = _number(found["value"])
        for words, name, is_low in (
            (_("taller than|higher than|over|above|at least"), "height", True),
            (_("lower than|under|below|up to|at most"), "height", False),
            (_("after|since|built after|built since|newer than"), "age", True),
            (_("before|until|built before|built until|older than"), "age", False),
        ):
            if found["word"].strip() in words.split("|"):
                return Limits(name, value, math.inf) if is_low else Limits(name, -math.inf, value)
        if name := _subject(found["word"]):
            return Limits(name, value, value)
    return None


def _subject(word: str) -> str:
    """Return what a word before numbers is about: height, levels, age, or "" for anything else."""
    subjects = {
        "height": _("height|heights|tall|high"),
        "levels": _("storeys|storey|levels|level|floors|floor"),
        "age": _("built|year|year built|age|from"),
    }
    plain = word.strip(" :")
    return next((name for name, words in subjects.items() if plain in words.split("|")), "")


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def moment(text: str, zone: ZoneInfo, near: float, span: Span | None) -> tuple[float, str, str] | None:
    """Return the moment that a text means, what it is called, and what choosing it does; None where it is none.

    Parameters
    ----------
    near
        The moment that is shown, whose day a bare time is on.
    span
        What is recorded; None where nothing is.
    """
    if _PLAIN_NUMBER.match(text):
        return None  # a house number, a year or coordinates, rather than a time
    t = understood(text, zone, near)
    if t is None:
        return None
    said = _("{time} {zone}, {day}").format(
        time=said_time(t, zone, seconds=bool(t % 60)), zone=said_zone(t, zone), day=said_day(local(t, zone).date())
    )
    if span is not None and not span[0] <= t <= span[1]:
        return t, said, _("Nothing is recorded then: goes to the nearest moment that is")
    return t, said, _("Goes to this moment")


class Wishes:
    """What a line may mean in a window, with what is open there."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._roster: Roster | None = None
        self._sensors = Texts([])

    def lines(self, text: str) -> list[Line]:
        """Return the lines that a text may mean, each with how well it fits."""
        found = [*self._moments(text), *self._filters(text), *_fitting(text, self._named())]
        found += self._silent_lines(text)
        found += self._sensor_lines(text)
        if len(text) >= _LEAST_LETTERS and not found and not _PLAIN_NUMBER.match(text):
            title, detail = _("Open “{place}”…").format(place=text), _("A place to fetch from the map's servers")
            found.append(Line("folder-open", title, detail, "", partial(self._window.seek_place, text), ELSEWHERE))
        return found

    def _moments(self, text: str) -> Iterator[Line]:
        replay = self._window.replay
        if not self._window.view.has_city:
            return
        session = replay.session
        found = moment(text, replay.zone, replay.clock.t, session.span if session is not None else None)
        if found is not None:
            t, title, detail = found
            yield Line("clock", title, detail, "", partial(replay.seek, t), EXACT + 1)

    def _filters(self, text: str) -> Iterator[Line]:
        exploring = self._window.exploring
        wanted = limits(text) if exploring.has_district else None
        if wanted is not None:
            detail = _("Shows these buildings, and ghosts of all others")
            act = partial(exploring.show_only, wanted.name, wanted.low, wanted.high)
            yield Line("list-filter", wanted.said, detail, "", act, EXACT + 1)

    def _named(self) -> Iterator[Line]:
        """Return what has a name, each as a line."""
        window = self._window
        if window.view.has_city:
            for look, said in (("model", _("Model look")), ("real", _("Real look")), ("night", _("Night look"))):
                if look != window.showing.look:
                    yield Line("palette", said, _("Look"), "", partial(window.showing.wear, look))
            for layer in window.showing.layers.values():
                hidden = layer.name in window.showing.hidden
                said = _("Show {layer}") if hidden else _("Hide {layer}")
                act = partial(window.showing.show, layer.name, hidden)
                yield Line(layer.icon, said.format(layer=layer.label), _("Layer"), "", act)
            for place, view in enumerate(window.kept.views):
                yield Line("bookmark", view.name, _("Kept view"), "", partial(window.kept.fly, place))
        if window.exploring.has_district:
            for number_, family in enumerate(families()):
                act = partial(window.exploring.show_only, "kind", entry=number_)
                yield Line("list-filter", _("Only {kind}").format(kind=family.lower()), _("Filter"), "", act)
        for recent in window.memory.recent:
            age = said_of_age(recent.data_time, recent.retrieved)[0]
            act = partial(window.open, Asked(file=Path(recent.path)))
            yield Line("file-box", _("Open {name}").format(name=recent.name), age, "", act)

    def _silent_lines(self, text: str) -> Iterator[Line]:
        """Tell who is silent now, and since when, where that is asked: "silent", "silent sensors", "silent traffic"."""
        replay = self._window.replay
        session, (word, _space, of) = replay.session, folded(text).partition(" ")
        if session is None or word != folded(_("silent")):
            return
        t = replay.clock.t
        moment_ = session.snapshot().at(t)
        layers = session.roster.layers
        asked = [one for one in layers if of and folded(one.title).startswith(of.strip())] or layers
        score, said = EXACT + 1, False
        for layer in asked:
            for row, last in zip(*(column.tolist() for column in moment_.silent(layer.key)), strict=True):
                one, act = session.roster.sensors[row], partial(self._window.sensing.visit, row)
                words = _("Silent since {time} · {layer}") if math.isfinite(last) else _("Nothing heard yet · {layer}")
                since = _when(last, t, replay.zone) if math.isfinite(last) else ""
                score, said = score - 1e-4, True  # they stay in their order
                detail = words.format(time=since, layer=layer.title)
                yield Line("activity", one.name or one.key, detail, "", act, score)
        if not said:
            yield Line(
                "activity", _("No sensor is silent"), _("All have said something lately"), "", lambda: None, score
            )

    def _sensor_lines(self, text: str) -> Iterator[Line]:
        session = self._window.replay.session
        if session is None:
            return
        if session.roster is not self._roster:
            self._roster = session.roster
            self._sensors = Texts([f"{one.name} {one.key}".strip() for one in session.roster.sensors])
        titles = {layer.key: layer.title for layer in session.roster.layers}
        which, score = self._sensors.search(text)
        for i, fit in zip(which[:_MOST_SENSORS].tolist(), score[:_MOST_SENSORS].tolist(), strict=True):
            if fit >= WORD - 0.5:
                one = session.roster.sensors[i]
                detail = _("Sensor · {layer}").format(layer=titles.get(one.layer, one.layer))
                yield Line("activity", one.name or one.key, detail, "", partial(self._window.sensing.visit, i), fit)


def _when(t: float, now: float, zone: ZoneInfo) -> str:
    """Return a time, with its day where that is another than now's."""
    time = said_time(t, zone, seconds=False)
    same = local(t, zone).date() == local(now, zone).date()
    return time if same else f"{said_day(local(t, zone).date())} {time}"


def _fitting(text: str, lines: Iterable[Line]) -> Iterator[Line]:
    """Return those of the lines whose titles a text may mean, with how well it fits."""
    named = list(lines)
    which, score = Texts([folded(line.title) for line in named]).search(text)
    for i, fit in zip(which.tolist(), score.tolist(), strict=True):
        if fit >= WORD - 0.5:
            line = named[i]
            yield Line(line.icon, line.title, line.detail, line.keys, line.choose, fit)
