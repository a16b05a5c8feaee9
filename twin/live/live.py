"""The feeds of a session, and what is recorded of them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from twin.language import _
from twin.live.enrolling import Enrolment
from twin.live.feed import Feed
from twin.model import Report, TwinError, silent
from twin.readings import Notice

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from twin.days import Home
    from twin.live.desk import Desk, Taping
    from twin.live.feed import Pauses, State
    from twin.sources import Connection, Secret, Where

WATCH_S = 1.0


class Live:
    """Feeds that tell a desk. All methods are for any thread; none but `stop_recording` and `close` waits long.

    Parameters
    ----------
    desk
        Where readings go: `session.desk`. Somebody must call `session.step` or `desk.take` several times a second,
        whatever the clock does: what is not taken is not acknowledged.
    where
        The district.
    secrets
        Returns what asks for the secrets of a connection; it is called on the feed's thread.
    home
        The district as recorded days tell it.
    since_s
        UTC epoch seconds up to which an earlier run has everything: feeds tell what came since, where they still can.
    """

    def __init__(
        self,
        desk: Desk,
        where: Where,
        secrets: Callable[[Connection], Secret],
        *,
        home: Home | None = None,
        pauses: Pauses | None = None,
        since_s: float | None = None,
    ) -> None:
        self.desk, self.where = desk, where
        self._secrets, self._home, self._pauses, self._since_s = secrets, home, pauses, since_s
        self._enrolment = Enrolment(desk.history.roster, desk.inbox.put)
        self._feeds: dict[str, Feed] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._watcher: threading.Thread | None = None

    def add(self, connection: Connection) -> Feed:
        """Connect, and stay connected; what goes wrong is told by its state and by notices.

        Raises
        ------
        TwinError
            Where there is a feed of this name.
        """
        with self._lock:
            if connection.name in self._feeds:
                raise TwinError(_("There is a feed {name} already.").format(name=connection.name))
            feed = Feed(
                connection,
                self.where,
                self._secrets(connection),
                self.desk,
                self._enrolment,
                pauses=self._pauses,
                since_s=self._since_s,
            )
            self._feeds[connection.name] = feed
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="watching feeds", daemon=True)
                self._watcher.start()
        feed.resume()
        return feed

    def pause(self, name: str) -> None:
        """Listen to a feed no more until `resume`."""
        self._feeds[name].pause()

    def resume(self, name: str) -> None:
        """Listen to a feed again, or have it try again at once."""
        self._feeds[name].resume()

    def remove(self, name: str) -> None:
        """Be rid of a feed; what it told stays."""
        with self._lock:
            feed = self._feeds.pop(name)
        feed.pause()
        self.desk.put(Notice(name, "", time.time()))

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """All feeds, in the order in which they were added."""
        return tuple(self._feeds.values())

    def states(self, now: float | None = None) -> tuple[State, ...]:
        """Return how all feeds are doing."""
        return tuple(feed.state(time.time() if now is None else now) for feed in self.feeds)

    def record(self, path: str | os.PathLike[str], *, title: str = "") -> None:
        """Record what comes from now on into a new file.

        Raises
        ------
        TwinError
            Where the file exists, or cannot be written; or something is recorded already.
        """
        self.desk.record(path, title=title or _("Recorded live"), home=self._home)

    def stop_recording(self, *, report: Report = silent) -> str | None:
        """Write what is left, put the file in order, and return its path; None where nothing was recorded.

        Raises
        ------
        TwinError
            Where it cannot be written.
        """
        return self.desk.stop_recording(report=report)

    @property
    def recording(self) -> Taping | None:
        """What is being recorded; None where nothing is."""
        return self.desk.taping

    def close(self) -> None:
        """End all feeds. What is recorded goes on until `stop_recording`."""
        self._stop.set()
        feeds = self.feeds
        for feed in feeds:
            feed.pause()
        for feed in feeds:
            feed.close()
        if self._watcher is not None:
            self._watcher.join()

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_S):
            now = time.time()
            for feed in self.feeds:
                feed.watch(now)
