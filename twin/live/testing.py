"""A connection tried out: whether it answers, and what it has for the district."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _, _n
from twin.live.sanity import placed, sane
from twin.mapping.places import Places
from twin.model import Cancelled, TwinError
from twin.quantity import duration
from twin.sources import open_source

if TYPE_CHECKING:
    from twin.sources import Batch, Connection, Secret, Where

PATIENCE_S = 15.0
"""So long it waits for something to come."""

_MORE_S = 2.0  # and so long for more, once something has


@dataclass(frozen=True, slots=True)
class Tested:
    """What a connection told while it was tried out."""

    sensors: int
    inside: int  # the district; those that move are counted as inside
    readings: int
    newest_t: float | None  # UTC epoch seconds
    now: float
    reject: str = ""  # what was wrong with what it told, by an example

    @property
    def good(self) -> bool:
        """Whether anything came that the district can show."""
        return self.inside > 0 and self.newest_t is not None

    @property
    def sentence(self) -> str:
        """What it is worth to this district, in one sentence."""
        if not self.sensors:
            if self.reject:
                return _("It answers, but what it tells cannot be used: {reason}").format(reason=self.reject)
            return _("It answers, but has told nothing yet.")
        if not self.inside:
            return _n(
                "It has {count} sensor, but not inside this district.",
                "It has {count} sensors, but none inside this district.",
                self.sensors,
            ).format(count=self.sensors)
        if self.newest_t is None:
            return _n(
                "{count} sensor inside this district, without a reading yet.",
                "{count} sensors inside this district, without a reading yet.",
                self.inside,
            ).format(count=self.inside)
        age_s = self.now - self.newest_t
        if age_s < 0:
            return _n(
                "{count} sensor inside this district, newest reading {time} ahead of this computer's clock.",
                "{count} sensors inside this district, newest reading {time} ahead of this computer's clock.",
                self.inside,
            ).format(count=self.inside, time=duration(-age_s))
        return _n(
            "{count} sensor inside this district, newest reading {time} ago.",
            "{count} sensors inside this district, newest reading {time} ago.",
            self.inside,
        ).format(count=self.inside, time=duration(age_s))


def tested(
    connection: Connection,
    where: Where,
    secret: Secret,
    stop: threading.Event,
    *,
    patience_s: float = PATIENCE_S,  # noqa: PT028 - it is no test
    more_s: float = _MORE_S,  # noqa: PT028
) -> Tested:
    """Connect, wait for what comes, and return what that is worth. Nothing of it is kept or acknowledged.

    Raises
    ------
    TwinError
        What is wrong with it; `Cancelled` where `stop` was set.
    """
    # a broker hangs up on whoever is there under the same client name: on the feed itself, which may be recorded
    own = {key: value for key, value in connection.options.items() if key != "client"}
    source = open_source(replace(connection, options=own), where, secret)
    places = Places(where.home)
    enough = threading.Event()
    told: list[Batch] = []
    fault: list[TwinError] = []

    def listen() -> None:
        try:
            source.listen(told.append, enough, None)
        except TwinError as trouble:
            fault.append(trouble)
        except Exception as trouble:  # noqa: BLE001 - whatever a server made the source stumble over
            reason = f"{type(trouble).__name__}: {trouble}"
            fault.append(TwinError(_("It ended unexpectedly: {reason}.").format(reason=reason)))

    listener = threading.Thread(target=listen, name=f"testing {connection.name}", daemon=True)
    listener.start()
    end = time.monotonic() + patience_s
    seen_any = False
    while listener.is_alive() and not stop.is_set() and time.monotonic() < end:
        listener.join(0.02)
        if not seen_any and any(len(batch.readings) for batch in told):
            seen_any, end = True, min(end, time.monotonic() + more_s)
    enough.set()
    listener.join(5.0)
    if stop.is_set():
        raise Cancelled(_("Stopped."))
    if fault and not seen_any:
        raise fault[0]
    if not told:
        raise TwinError(_("There was no answer within {time}.").format(time=duration(patience_s)))
    told = told[:]  # of a source that does not end, more may come
    sensors = placed(source.roster.sensors, places)
    lonlat = np.array([(sensor.lon, sensor.lat) for sensor in sensors], np.float64).reshape(-1, 2)
    inside = np.ones(len(sensors), bool)
    if where.bbox is not None:
        west, south, east, north = where.bbox
        inside = np.isnan(lonlat).any(axis=1) | ((lonlat >= (west, south)) & (lonlat <= (east, north))).all(axis=1)
    rows = [sane(batch.readings, places) for batch in told if len(batch.readings)]
    counted = [one.t_end[inside[one.sensor] & np.isfinite(one.t_end)] for one in rows]
    examples = [example for batch in told for example in batch.rejects.examples]
    reject = f"{examples[0].reason.sentence} {examples[0].value}".strip() if examples else ""
    return Tested(
        len(sensors),
        int(np.count_nonzero(inside)),
        sum(map(len, rows)),
        max((float(t.max()) for t in counted if len(t)), default=None),
        time.time(),
        reject,
    )
