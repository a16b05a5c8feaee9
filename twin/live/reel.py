"""Feeds recorded for days with nobody there: a file a day, on through crashes, full disks and dead brokers."""

from __future__ import annotations

import hashlib
import math
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from twin.days import Recording, are_alone, finish, read_days
from twin.history import LiveHistory
from twin.language import _
from twin.live.desk import Desk
from twin.live.live import Live
from twin.mapping.times import zone_named
from twin.model import Progress, Report, TwinError, silent
from twin.readings import Roster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from twin.days import Day, Home, Recorder
    from twin.live.feed import Pauses, State
    from twin.readings import Readings, Span
    from twin.sources import Connection, Secret, Where

READINGS_KEPT = 300_000
"""So many are remembered, to notice what comes twice."""

WAITING_MAX = 200_000  # readings that wait for the disk; more waits with the brokers
AGAIN_S = 60.0
"""After so long it tries to write again, where a disk was full or gone."""

_TAKE_S, _IDLE_S = 0.05, 0.02
_RECALLED_S = 900.0  # brokers tell again what they do not know to be safe
_BACK_S = 6 * 3600.0  # what was recorded longer ago was ended by somebody, not by a crash


@dataclass(frozen=True, slots=True)
class Reeled:
    """What was recorded."""

    paths: tuple[Path, ...]
    readings: int


class Reel:
    """Records connections into a file, and from midnight in the district into another, with the date in its name.

    Where a file of today is there, it gets another recording. What a crash left is put in order first, and what brokers
    could not deliver meanwhile is asked for; readings that come again are known.

    Parameters
    ----------
    path
        The first file.
    tell
        Takes a sentence for whoever looks later: trouble, and its end.
    report_s
        How often progress is reported.
    now
        The wall's clock, UTC epoch seconds.

    Raises
    ------
    TwinError
        Where a file of the name is there and is no recording, or a connection may not be recorded.
    """

    def __init__(
        self,
        path: Path,
        connections: Sequence[Connection],
        where: Where,
        secrets: Callable[[Connection], Secret],
        *,
        home: Home,
        tell: Callable[[str], None],
        report_s: float = 1.0,
        pauses: Pauses | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        for connection in connections:
            if not connection.record:
                raise TwinError(
                    _("{feed} may not be recorded, by its terms; allow it in the connection if you may.").format(
                        feed=connection.name
                    )
                )
        self._path, self._where, self._home = path, where, home
        self._connections = [_lasting(connection, path) for connection in connections]
        self._secrets, self._tell, self._report_s, self._pauses, self._now = secrets, tell, report_s, pauses, now
        self._zone = zone_named(where.zone)
        self._written: dict[Path, int] = {}
        self._finishing: list[threading.Thread] = []
        self._told: dict[str, str] = {}
        self._path_of(self._day())

    def run(self, stop: threading.Event, *, until_s: float | None = None, report: Report = silent) -> Reeled:
        """Record until `stop` or a moment; return what was recorded.

        Raises
        ------
        TwinError
            Where nothing can be written at the beginning.
        """
        begun = False
        while not self._is_over(stop, until_s):
            try:
                self._record(stop, until_s, report)
                begun = True
            except TwinError as trouble:
                if not (begun or self._written):
                    raise
                self._tell(_("{trouble} Trying again in a minute.").format(trouble=trouble))
                stop.wait(AGAIN_S)
        for thread in self._finishing:
            thread.join()
        return Reeled(tuple(self._written), sum(self._written.values()))

    def _is_over(self, stop: threading.Event, until_s: float | None) -> bool:
        return stop.is_set() or (until_s is not None and self._now() >= until_s)

    def _record(self, stop: threading.Event, until_s: float | None, report: Report) -> None:
        """Record until the end, or until nothing can be written."""
        history = self._recalled()
        desk = Desk(history, strict=True)
        day = self._day()
        path = self._path_of(day)
        desk.record(path, title=self._title(day), home=self._home, onto=True)
        self._written.setdefault(path, 0)
        live = Live(
            desk, self._where, self._secrets, home=self._home, pauses=self._pauses, since_s=_newest_arrival(history)
        )
        try:
            for connection in self._connections:
                live.add(connection)
            reported_s = 0.0
            while not self._is_over(stop, until_s):
                taping = desk.taping
                if taping is None:
                    break  # it has failed, which `stop_recording` has told the desk
                idle = taping.waiting > WAITING_MAX or not desk.take(_TAKE_S)[0]
                if idle:
                    stop.wait(_IDLE_S)
                if (today := self._day()) != day:
                    day, path = today, self._turn_over(desk, path, today)
                if time.monotonic() >= reported_s + self._report_s:
                    reported_s = time.monotonic()
                    self._report(live, desk, report)
        except BaseException:
            _close(live, desk)
            with suppress(TwinError):  # what ends it is told already
                desk.stop_recording()
            raise
        _close(live, desk)
        self._finish(desk, path, report)

    def _finish(self, desk: Desk, path: Path, report: Report) -> None:
        taping = desk.taping
        if taping is None:
            raise TwinError(next((notice.sentence for notice in desk.notices.values() if notice.grave), ""))
        desk.stop_recording(report=report)
        self._written[path] += taping.readings + taping.waiting

    def _turn_over(self, desk: Desk, path: Path, day: str) -> Path:
        """Go on in the file of another day, and put the one before in order meanwhile."""
        taping = desk.taping
        new = self._dated(day)
        before = desk.turn_over(new, title=self._title(day), home=self._home)
        if before is not None:
            thread = threading.Thread(target=self._put_in_order, args=(before,), name="finishing a day")
            thread.start()
            self._finishing = [one for one in self._finishing if one.is_alive()] + [thread]
        if taping is not None:
            self._written[path] += taping.readings + taping.waiting
        self._written.setdefault(new, 0)
        return new

    def _put_in_order(self, recorder: Recorder) -> None:
        try:
            recorder.close()
            self._tell(_("{file} is complete.").format(file=recorder.path))
        except TwinError as trouble:
            self._tell(str(trouble))

    # files and days

    def _day(self) -> str:
        return datetime.fromtimestamp(self._now(), self._zone).date().isoformat()

    @staticmethod
    def _title(day: str) -> str:
        return _("Recorded on {day}").format(day=day)

    def _path_of(self, day: str) -> Path:
        """Return the file for a day: the one that was named, where it is new or of that day; else one with the date."""
        named = self._path
        if not named.exists():  # or no more, while it was being written
            return self._dated(day) if self._written else named
        if not are_alone(named):
            raise TwinError(_("{file} exists already, and is no recording. Give another name.").format(file=named))
        titles = [one.title for one in read_days(named)]
        return named if not titles or any(day in title for title in titles) else self._dated(day)

    def _dated(self, day: str) -> Path:
        return self._path.with_name(f"{self._path.stem}-{day}{self._path.suffix}")

    def _recalled(self) -> LiveHistory:
        """Return a history that knows the last readings of the newest file, so that what comes again is noticed."""
        today = datetime.fromisoformat(self._day())
        names = [self._dated((today - timedelta(days=back)).date().isoformat()) for back in (0, 1)]
        for path in (*names, self._path):
            if not path.exists() or not (days := read_days(path)):
                continue
            finish(path)
            newest: Day = max(days, key=lambda one: one.id)
            with Recording(path, newest.id) as recording:
                history = LiveHistory(recording.roster, readings_kept=READINGS_KEPT)
                if recording.span is not None:
                    history.add(_last(recording, recording.span))
                return history
        return LiveHistory(Roster(), readings_kept=READINGS_KEPT)

    # what is told

    def _report(self, live: Live, desk: Desk, report: Report) -> None:
        taping = desk.taping
        states = live.states()
        for name, sentence in {notice.source: notice.sentence for notice in desk.notices.values()}.items():
            if self._told.get(name) != sentence:
                self._tell(sentence)
        for name in [name for name in self._told if name not in desk.notices]:
            self._tell(_("{feed}: it is well again.").format(feed=name))
        self._told = {notice.source: notice.sentence for notice in desk.notices.values()}
        if taping is not None:
            safe = taping.readings + sum(self._written.values())
            report(Progress(_summary(states), done=safe, unit=_("readings")))


def _summary(states: Sequence[State]) -> str:
    rate = sum(state.rate_per_s for state in states)
    working = sum(state.word == "receiving" for state in states)
    return _("Recording, {working} of {count} feeds tell {rate:.0f} readings a second").format(
        working=working, count=len(states), rate=rate
    )


def _last(recording: Recording, span: Span) -> Readings:
    """Return what arrived last on a day, of the last million readings or so."""
    rows = recording.window(recording.cuts(*span)[-2] - 1e-6, span[1])
    return rows[rows.t_arrived >= rows.t_arrived.max(initial=0.0) - _RECALLED_S]


def _newest_arrival(history: LiveHistory) -> float | None:
    """Return when the last that was recorded arrived, UTC epoch seconds; None where that is long ago."""
    newest = float(history.window(-math.inf, math.inf).t_arrived.max(initial=-math.inf))
    return newest if time.time() - newest < _BACK_S else None


def _close(live: Live, desk: Desk) -> None:
    """End all feeds while what they still tell is taken, so that the last of it is acknowledged too."""
    closing = threading.Thread(target=live.close, name="closing feeds")
    closing.start()
    while closing.is_alive():
        if not desk.take(_TAKE_S)[0]:
            closing.join(_IDLE_S)
    with suppress(TwinError):
        while desk.take(1.0)[0]:
            pass


def _lasting(connection: Connection, path: Path) -> Connection:
    """Return a connection under a name by which its broker keeps what comes while this program is not there."""
    if connection.kind != "mqtt" or connection.option("client"):
        return connection
    seed = f"{path.resolve()}\n{connection.address}\n{connection.option('topic')}"
    name = f"district-twin-{hashlib.sha256(seed.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return replace(connection, options={**connection.options, "client": name})
