"""The shape of all feeds that are asked every so many seconds."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import Cancelled, TwinError
from twin.sources.body import LIMITS
from twin.sources.source import Field, Trouble
from twin.sources.web import NOBODY, Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twin.readings import Roster
    from twin.sources.body import Limits
    from twin.sources.gathering import Gathering
    from twin.sources.mapped import Mapped
    from twin.sources.source import Batch, Connection
    from twin.sources.web import Access

_LONGEST_S = 86_400.0
_MISSED_TURNS = 3.0
_KEPT_S = 10.0  # servers close connections on which nothing is asked for longer

type Ask = Callable[[Web, threading.Event, float | None], None]
"""Asks once and adds what comes to the gathering. Told the moment up to which all is known; None at first."""


@dataclass
class Polling:
    """A source that asks, gathers and tells, again and again."""

    gathering: Gathering | Mapped
    ask: Ask
    every_s: float
    access: Access = NOBODY
    limits: Limits = LIMITS
    authority: Path | None = None
    refills: bool = False  # whether the server still has what was measured while nobody asked

    @property
    def roster(self) -> Roster:
        """Who measures what, as far as it is known."""
        return self.gathering.roster

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Ask and tell until `stop`; see `twin.sources.source.Source`."""
        with self._web(stop) as web:
            while not stop.is_set():
                begun, asked_s = time.monotonic(), time.time()
                self._turn(web, tell, stop, since_s)
                since_s = _later(since_s, asked_s - self.every_s)
                if self.every_s > _KEPT_S:
                    web.close()
                stop.wait(max(0.0, self.every_s - (time.monotonic() - begun)))

    def once(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Ask once and tell what came."""
        with self._web(stop) as web:
            self._turn(web, tell, stop, since_s)

    def _turn(self, web: Web, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        asked_s = time.time()
        try:
            self.ask(web, stop, since_s)
        except Trouble:  # what came before it is not lost
            if len((batch := self.gathering.batch()).readings) or batch.rejects.total:
                tell(batch)
            raise
        batch = self.gathering.batch()
        if since_s is not None and not self.refills and asked_s - since_s > _MISSED_TURNS * self.every_s:
            first_s = float(batch.readings.t_start.min()) if len(batch.readings) else asked_s
            if first_s > since_s:
                batch = replace(batch, missed=((since_s, first_s),))
        tell(batch)

    @contextmanager
    def _web(self, stop: threading.Event) -> Iterator[Web]:
        web = Web(access=self.access, authority=self.authority, limits=self.limits)
        try:
            yield web
        except Cancelled:
            if not stop.is_set():
                raise
        finally:
            web.close()


def _later(since_s: float | None, t: float) -> float:
    return t if since_s is None else max(since_s, t)


def every_field(usual_s: float) -> Field:
    """Return the field for how often a server is asked."""
    return Field("every", _("Ask every (s)"), default=f"{usual_s:g}")


AUTHORITY = Field("authority", _("Certificates to trust"), _("a file, where the server's are not public"))


def seconds_of(connection: Connection, usual_s: float, least_s: float) -> float:
    """Return how often a connection is to ask, never more often than its server can be asked.

    Raises
    ------
    TwinError
        Where it says no number of seconds.
    """
    told = connection.option("every", f"{usual_s:g}")
    try:
        every_s = float(told)
    except ValueError:
        every_s = math.nan
    if not 0 < every_s <= _LONGEST_S:
        raise TwinError(
            _("{name} is to be asked every {told} seconds; it must be a number from {least:g} to {most:g}.").format(
                name=connection.name, told=told[:30], least=least_s, most=_LONGEST_S
            )
        )
    return max(least_s, every_s)


def authority_of(connection: Connection) -> Path | None:
    """Return the file of certificates that a connection trusts; None for the public ones.

    Raises
    ------
    TwinError
        Where there is no such file.
    """
    told = connection.option("authority")
    if told and not Path(told).is_file():
        raise TwinError(_("There is no file {file}.").format(file=told))
    return Path(told) if told else None


def web_address(address: str, usual: str = "") -> str:
    """Return the address that is asked: "https://host/path" of "sta+https://host/path", the usual one of "openaq:"."""
    scheme, _colon, rest = address.strip().partition(":")
    if rest.strip("/"):
        return f"{scheme.rpartition('+')[2].lower()}:{rest}"
    return usual
