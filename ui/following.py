"""Following what is live: a session that goes live and back, a bar that keeps up with now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from twin.language import _
from twin.session import Session
from ui.recorded import PATIENCE_S
from ui.timeline.wording import day_of, local

if TYPE_CHECKING:
    from datetime import date

    from twin.clock import Clock
    from twin.model import District
    from twin.picture import Picture
    from twin.readings import Layer
    from ui.commands import Commands
    from ui.replay import Replay


class Following(QObject):
    """Knows since when there are feeds, and has what is shown of time keep up with them."""

    grew = Signal()
    """Feeds have told of further sensors or layers."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(replay)
        self._replay = replay
        self._layers: tuple[Layer, ...] = ()
        self._drawn: frozenset[str] = frozenset()  # layers in the picture: they are fitted a little later than told of
        self.since: float | None = None
        replay.timeline.lamp.live_wished.connect(self.go)

    def add_commands(self, commands: Commands) -> None:
        """Name what one can do."""
        self._command = commands.add("go-live", _("Go live"), self.go, group=_("Time"), keys="End", icon="radio")
        self._command.setEnabled(False)  # else nobody else would hear of the key

    @property
    def on(self) -> bool:
        """Whether there are feeds, wherever the clock is."""
        return self.since is not None

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which there were feeds, on the clocks of the district."""
        found, zone, now = [], self._replay.zone, time.time()
        t = self.since
        while t is not None and t <= now:
            found.append(local(t, zone).date())
            t = day_of(t, zone)[1]
        return tuple(found)

    def begin(self, district: District) -> Session:
        """Show what feeds tell beside what is recorded, and follow it; return the session whose desk takes it."""
        replay = self._replay
        session = replay.session
        if session is None:
            session = Session(district)
            session.patience_s = PATIENCE_S
        session.go_live()
        now = time.time()
        session.clock = follow(session.clock, now)
        self._turn(now)
        replay.extent.of_live(now, now, session.span[0] if session.span is not None else None)
        replay.take(session)
        self.go()
        return session

    def end(self) -> None:
        """Show again what is recorded alone, or nothing but the time of day."""
        if self.since is not None:
            self._turn(None)
            self._replay.without_live()

    def forget(self) -> None:
        """Have no feeds, since what they told of is shown no more."""
        if self.since is not None:
            self._turn(None)

    def go(self) -> None:
        """Follow the wall's own now."""
        if self.since is None:
            return
        now = time.time()
        self._replay.extent.show_live(self.since, now)
        self._replay.show_span(self._replay.extent.shown)
        self._replay.change(lambda clock: follow(clock, now))

    def keep_up(self, session: Session, picture: Picture | None) -> None:
        """Have the bar end where now is, and its strips tell of what has come; `picture` is one that is new."""
        if self.since is None:
            return
        replay, now = self._replay, time.time()
        shown = replay.extent.shown
        replay.extent.grow(self.since, now, session.span[0] if session.span is not None else None)
        if replay.extent.shown != shown:
            replay.show_span(replay.extent.shown)
        layers = session.roster.layers
        drawn = frozenset(picture.reporting) if picture is not None else self._drawn
        if (layers, drawn) != (self._layers, self._drawn):
            self._layers, self._drawn = layers, drawn
            replay.show_strips()
            self.grew.emit()
        replay.overviews.grow(session.snapshot, now)
        replay.timeline.track.show_edge(float(int(now)))  # with the clock's own second: one paint for both
        clock = replay.clock
        replay.timeline.lamp.show_live(None if clock.state == "following" else max(now - clock.t, 0.0))

    def _turn(self, since: float | None) -> None:
        self.since, self._layers, self._drawn = since, (), frozenset()
        self._command.setEnabled(since is not None)
        self._replay.timeline.lamp.setVisible(since is not None)
        self._replay.timeline.track.show_edge(since)


def follow(clock: Clock, now: float) -> Clock:
    """Return a clock that follows the wall, and that plays as time goes by when it is next held and let go."""
    return clock.follow(now).at_speed(1.0)
