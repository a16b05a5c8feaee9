"""How feeds are doing, in the words of their panel. No widgets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.cli.streams import count
from twin.language import _, _n
from twin.quantity import THIN_SPACE, duration, number
from twin.sources import kinds, without_secrets
from ui.panels.connections import Row
from ui.timeline.wording import local, said_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from twin.live import State
    from twin.sources import Connection


def row_of(connection: Connection, state: State | None, now: float, zone: ZoneInfo, *, testing: bool = False) -> Row:
    """Return what is shown of a connection; without a state it is not connected."""
    if state is None or state.word == "paused":
        facts = _facts(state, now) if state is not None else ()
        told = _told(connection, state, zone)
        return Row(connection.name, "paused", _("Paused"), facts, "", told, False, connection.record, testing)
    return Row(
        connection.name,
        state.word,
        _said(state, now),
        _facts(state, now),
        _trouble(state, now, zone),
        _told(connection, state, zone),
        True,
        connection.record,
        testing,
    )


def _said(state: State, now: float) -> str:
    if state.word == "waiting" and state.retry_t is not None:
        return _("Trying again in {time}").format(time=duration(max(state.retry_t - now, 0.0)))
    return {
        "connecting": _("Connecting…"),
        "receiving": _("Receiving"),
        "silent": _("Silent"),
        "waiting": _("Trying again"),
        "failed": _("Failed"),
        "paused": _("Paused"),
    }[state.word]


def _facts(state: State, now: float) -> tuple[str, ...]:
    lines = []
    if state.sensors:
        said = [_n("{count} sensor inside", "{count} sensors inside", state.inside).format(count=count(state.inside))]
        if state.newest_t is not None:
            said.append(_("newest {time} ago").format(time=duration(max(now - state.newest_t, 0.0))))
        lines.append(" · ".join(said))
    flow = []
    if state.word == "receiving":
        flow.append(_("{rate} readings/s").format(rate=number(state.rate_per_s, 2)))
        if math.isfinite(state.delay_s):
            flow.append(_("{time} behind").format(time=_short(state.delay_s)))
    if flow:
        lines.append(" · ".join(flow))
    return tuple(lines)


def _short(span_s: float) -> str:
    """Return a length of time, below ten seconds with a decimal."""
    return f"{span_s:.1f}{THIN_SPACE}" + _("s") if span_s < 10 else duration(span_s)


def _trouble(state: State, now: float, zone: ZoneInfo) -> str:
    since = ""
    if state.word != "receiving" and state.newest_t is not None:
        day = (
            ""
            if local(state.newest_t, zone).date() == local(now, zone).date()
            else f"{local(state.newest_t, zone):%Y-%m-%d} "
        )
        since = _("No reading since {time}.").format(time=day + said_time(state.newest_t, zone, seconds=False))
    error = state.last_error if state.word in {"waiting", "failed", "connecting"} else ""
    return " ".join(filter(None, (since if state.word != "connecting" or error else "", error, *state.remarks)))


def _told(connection: Connection, state: State | None, zone: ZoneInfo) -> str:
    kind = kinds().get(connection.kind)
    address = without_secrets(connection.address)  # screens are shared
    lines = [f"{kind.title}: {address}" if kind is not None else address]
    if state is not None:
        if state.last_success_t is not None:
            lines.append(_("Last answer at {time}").format(time=said_time(state.last_success_t, zone)))
        if state.last_error_t is not None:
            lines.append(_("Last trouble at {time}").format(time=said_time(state.last_error_t, zone)))
        if state.sensors > state.inside:
            around = state.sensors - state.inside
            said = _n("{count} sensor nearby as well", "{count} sensors nearby as well", around)
            lines.append(said.format(count=count(around)))
        if state.readings:
            so_far = _n("{count} reading so far", "{count} readings so far", state.readings)
            lines.append(so_far.format(count=count(state.readings)))
    return "\n".join(lines)
