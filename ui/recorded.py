"""What a file has recorded, made ready to be shown where nobody waits for it. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.clock import Clock
from twin.model import Cancelled
from twin.session import Session
from ui.timeline.wording import day_of, local

if TYPE_CHECKING:
    import threading
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from twin.model import District
    from twin.readings import Mark

_SPEED = 600.0
_STEPS_S = (1.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
_OPENING_HOUR_S = 8.25 * 3600
_LOOKED_AT_S = 3 * 3600.0
PATIENCE_S = 0.008  # a quarter of a tick: what is at hand is shown at once, what is on a slow disk a little later


@dataclass(frozen=True)
class Loaded:
    """A session that is ready to be shown, with what takes time to find out."""

    session: Session
    clock: Clock  # as it stood at first
    marks: tuple[Mark, ...]
    step_s: float  # between one reading and the next
    days: tuple[date, ...]  # on the clocks of the district


def load(district: District, path: Path | str, zone: ZoneInfo, stop: threading.Event) -> Loaded | None:
    """Return the days of a file, or one at an archive's address, their first picture made; None where it has none.

    Raises
    ------
    TwinError
        Where a day is damaged, or an archive cannot be reached.
    """
    session = Session.open(district, path)
    try:
        loaded = _ready(session, zone)
    except BaseException:
        session.close()
        raise
    if loaded is None or stop.is_set():
        session.close()
    if stop.is_set():
        raise Cancelled
    return loaded


def _ready(session: Session, zone: ZoneInfo) -> Loaded | None:
    span = session.span
    if span is None:
        return None
    start = day_of(span[0], zone)[0] + _OPENING_HOUR_S
    session.clock = Clock(start if span[0] <= start <= span[1] else span[0], speed=_SPEED)
    session.patience_s = PATIENCE_S
    session.picture(session.clock.t)  # forms are made, and the first blocks read
    ends = np.unique(session.history.window(span[0], min(span[1], span[0] + _LOOKED_AT_S)).t_end)
    usual_s = float(np.median(np.diff(ends))) if len(ends) > 1 else 60.0
    step_s = min(_STEPS_S, key=lambda step: abs(np.log(step / max(usual_s, 0.1))))
    return Loaded(session, session.clock, session.marks, step_s, _days_of(session, zone))


def _days_of(session: Session, zone: ZoneInfo) -> tuple[date, ...]:
    found: set[date] = set()
    for history in session.recordings:
        if history.span is not None:
            t, end = history.span
            while t <= end:
                found.add(local(t, zone).date())
                t = day_of(t, zone)[1]
    return tuple(sorted(found))
