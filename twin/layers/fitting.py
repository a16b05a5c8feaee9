"""The kinds of layers fitted to a district and its sensors, anew where sensors are added or something is chosen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING

from twin.layers import kinds
from twin.layers.kind import chosen_of
from twin.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from twin.layers.kind import Choice, Fitted
    from twin.model import District
    from twin.picture import Shown
    from twin.readings import History, Notice, Roster

APART_S = 1.0
"""Layers are fitted to new sensors at most so often: feeds introduce theirs one after the other."""


class Fitting:
    """Layers fitted to a district and a roster. It belongs to one thread, but for what it fits on another.

    The first roster is fitted at once. One that has grown is fitted on a thread of its own, and what was fitted to
    the sensors before is used meanwhile: slots keep their numbers.
    """

    def __init__(self, district: District) -> None:
        self._district = district
        self._of: Roster | None = None
        self._fitted: dict[str, Fitted | None] = {}
        self._before: dict[str, Fitted] = {}
        self._chosen: dict[str, dict[str, str]] = {}
        self._thread: threading.Thread | None = None
        self._came: tuple[Roster, dict[str, dict[str, str]], dict[str, Fitted | None]] | None = None
        self._fault: BaseException | None = None
        self._began_s = -APART_S

    def fitted(self, roster: Roster) -> dict[str, Fitted | None]:
        """Return all layers by their word, None where the roster has no sensors of it."""
        self._take_what_came()
        if self._of is None:
            self._of = roster
        elif roster is not self._of:
            self._begin(roster)
        for key, kind in kinds().items():
            if key not in self._fitted:
                given = self._chosen_for(key, self._of)
                self._fitted[key] = kind.fit(self._district, self._of, given, self._before.pop(key, None))
        return {key: self._fitted[key] for key in kinds()}

    def picture(
        self, t: float, history: History, hidden: Collection[str], notices: tuple[Notice, ...], *, arrived_by: float
    ) -> Picture:
        """Return the picture of a moment, of all layers but the hidden ones."""
        moment = history.at(t, arrived_by=arrived_by)
        shown: dict[str, Shown] = {}
        reporting = {}
        for key, fitted in self.fitted(history.roster).items():
            if fitted is not None and key not in hidden:
                shown |= fitted.show(moment, history, arrived_by=arrived_by)
                reporting[key] = moment.reporting(key)
        return Picture(t, shown, reporting, notices)

    def due(self, roster: Roster) -> bool:
        """Whether `fitted` would return, or begin to make, something else than the last time."""
        if self._thread is not None:
            return not self._thread.is_alive()
        return self._of is not None and roster is not self._of and self._began_s + APART_S <= time.monotonic()

    def choose(self, layer: str, **words: str) -> None:
        """Choose about a layer; it is fitted anew when next asked for."""
        self._chosen.setdefault(layer, {}).update(words)
        if fitted := self._fitted.pop(layer, None):
            self._before[layer] = fitted

    def choices(self, layer: str, roster: Roster) -> tuple[Choice, ...]:
        """Return what may be chosen about a layer."""
        kind = kinds().get(layer)
        return kind.choices(roster) if kind is not None else ()

    def chosen(self, layer: str, roster: Roster) -> Mapping[str, str]:
        """Return what is chosen about a layer, by the choice's key."""
        return self._chosen_for(layer, roster)

    def forget(self) -> None:
        """Have every layer let go of what it read: there are new readings."""
        for fitted in self._fitted.values():
            if fitted is not None:
                fitted.forget()

    def anew(self) -> Fitting:
        """Return the same choices for other sensors, whose slots have other numbers; this one is not used any more."""
        self.close()
        fresh = Fitting(self._district)
        fresh._chosen = self._chosen
        return fresh

    def close(self) -> None:
        """Wait for what is being fitted."""
        if self._thread is not None:
            self._thread.join()

    def _chosen_for(self, layer: str, roster: Roster) -> dict[str, str]:
        given = self._chosen.get(layer, {})
        return {choice.key: chosen_of(choice, given) for choice in self.choices(layer, roster)}

    def _begin(self, roster: Roster) -> None:
        """Fit all layers to a larger roster, unless that is being done or was just done."""
        if self._thread is not None or self._began_s + APART_S > time.monotonic():
            return
        self._began_s = time.monotonic()
        given = {key: {**words} for key, words in self._chosen.items()}
        chosen = {key: self._chosen_for(key, roster) for key in kinds()}

        def fit() -> None:
            try:
                found = {key: kind.fit(self._district, roster, chosen[key]) for key, kind in kinds().items()}
                self._came = roster, given, found
            except BaseException as fault:  # noqa: BLE001 - raised where it is waited for
                self._fault = fault

        self._thread = threading.Thread(target=fit, name="fitting", daemon=True)
        self._thread.start()

    def _take_what_came(self) -> None:
        if self._thread is None or self._thread.is_alive():
            return
        self._thread.join()
        self._thread = None
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
        if self._came is not None:
            self._of, given, self._fitted = self._came
            self._came, self._before = None, {}
            for key, words in self._chosen.items():
                if words != given.get(key, {}):  # something else was chosen meanwhile
                    self._fitted.pop(key, None)


def done(make: Callable[[], Picture]) -> Future[Picture]:
    """Return what a thread would, made here and now."""
    made: Future[Picture] = Future()
    try:
        made.set_result(make())
    except Exception as trouble:  # noqa: BLE001  (raised again where the result is taken)
        made.set_exception(trouble)
    return made
