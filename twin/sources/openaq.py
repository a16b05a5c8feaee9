"""OpenAQ, version 3: air quality of authorities and low-cost sensors all over the world, with a free key.

First the stations in the district's box, once a day; then what each measured last, one question a station; after a
pause, what was measured meanwhile, one question a sensor. The server counts questions (docs.openaq.org, "Rate
limits"): where it wishes for a pause, the round goes on after it from where it was.
"""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.sources.gathering import Gathering, around, entry, layers_of, number, rows, text
from twin.sources.moments import moment, written
from twin.sources.polling import Polling, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.web import Access

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_ADDRESS = "https://api.openaq.org/v3"
_MARGIN_M = 5000.0
_EVERY_S, _LEAST_S = 600.0, 60.0
_STATIONS_AGAIN_S = 86_400.0
_BACK_S = 7 * 86_400.0
_STEP_S = 5400.0  # authorities tell every hour; where more has gone by, they told several at once
_PAGES, _PAGE = 20, 1000
_PARAMETERS = {
    "pm25": "pm25", "pm10": "pm10", "no2": "no2", "o3": "o3", "so2": "so2", "co": "co",
    "temperature": "temperature", "relativehumidity": "humidity", "pressure": "pressure", "wind_speed": "wind_speed",
}  # fmt: skip
_US, _CN = ("America/", "US/", "Pacific/Honolulu"), ("Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing")


def conditions_of(zone: str) -> str:
    """Return "us", "cn" or "eu": to which temperature authorities of a time zone reduce gases."""
    return "us" if zone.startswith(_US) else "cn" if zone in _CN else "eu"


@dataclass(frozen=True, slots=True)
class _Instrument:
    """What OpenAQ calls a sensor: one parameter at one station."""

    sensor: str  # our key: the station's, where it has one instrument for the parameter
    channel: str
    unit: str


@dataclass
class OpenAQ:
    """What is known of the stations, and which of them are still to be asked in this round."""

    root: str
    where: Where
    gathering: Gathering
    every_s: float
    _instruments: dict[str, _Instrument] = field(default_factory=dict)  # by OpenAQ's number of the sensor
    _last: dict[str, float] = field(default_factory=dict)  # when each was read last
    _stations: list[str] = field(default_factory=list)
    _stations_at: float = -math.inf
    _waiting: deque[str] = field(default_factory=deque)  # stations to ask in this round
    _refilling: deque[tuple[str, float, float]] = field(default_factory=deque)  # sensors to ask for time gone by

    def ask(self, web: Web, stop: threading.Event, since_s: float | None) -> None:
        """Ask one round, or the rest of the one that a pause broke off."""
        now = time.time()
        if now - self._stations_at > _STATIONS_AGAIN_S:
            self._find(web, stop)
            self._stations_at = now
        if not self._waiting:
            self._waiting.extend(self._stations)
        back_s = now - _BACK_S if since_s is None else max(since_s, now - _BACK_S)
        asked_before = since_s is not None and now - since_s > 3 * self.every_s
        while self._waiting:
            told = web.json(f"{self.root}/locations/{self._waiting[0]}/latest", stop).read
            self._take_latest(told, back_s if asked_before else math.inf)
            self._waiting.popleft()
        while self._refilling:
            sensor, begin, end = self._refilling[0]
            self._refill(web, stop, sensor, begin, end)
            self._refilling.popleft()

    def _find(self, web: Web, stop: threading.Event) -> None:
        if self.where.bbox is None:
            raise Trouble(_("OpenAQ is asked about a district: open one first."), grave=True)
        box = ",".join(f"{edge:.4f}" for edge in around(self.where.bbox, _MARGIN_M))
        for page in range(1, _PAGES + 1):
            params = {"bbox": box, "limit": f"{_PAGE}", "page": f"{page}"}
            found = rows(web.json(f"{self.root}/locations", stop, params=params).read, "results")
            self.take_locations(found)
            if len(found) < _PAGE:
                break

    def take_locations(self, locations: list[dict[str, Any]]) -> None:
        """Meet stations and what each measures. Those that move are left out: nobody tells where they are."""
        for told in locations:
            station = text(told.get("id"))
            if told.get("isMobile") is True or self.gathering.knows(station):
                continue
            instruments = [
                (text(one.get("id")), _PARAMETERS[name], text(entry(one, "parameter", "units")))
                for one in rows(told, "sensors")
                if (name := text(entry(one, "parameter", "name"))) in _PARAMETERS
            ]
            place: dict[str, Any] = {
                "lon": entry(told, "coordinates", "longitude"),
                "lat": entry(told, "coordinates", "latitude"),
                "name": text(told.get("name")),
                "detail": {
                    "owner": text(entry(told, "owner", "name")),
                    "provider": text(entry(told, "provider", "name")),
                    "terms": ", ".join(filter(None, (text(one.get("name")) for one in rows(told, "licenses")))),
                },
            }
            if not instruments or not self.gathering.place(
                station, channels=[channel for _id, channel, _unit in instruments], **place
            ):
                continue
            taken: set[str] = set()
            for instrument, channel, unit in instruments:
                key = f"{station}/{instrument}" if channel in taken else station
                if key != station:
                    self.gathering.place(key, channels=[channel], **place)
                taken.add(channel)
                self._instruments[instrument] = _Instrument(key, channel, unit)
            self._stations.append(station)

    def _take_latest(self, told: Any, back_s: float) -> None:
        for row in rows(told, "results"):
            sensor, t = text(row.get("sensorsId")), moment(entry(row, "datetime", "utc"))
            instrument = self._instruments.get(sensor)
            if instrument is None or math.isnan(t) or t <= self._last.get(sensor, -math.inf):
                continue
            begin = self._last.get(sensor, back_s)
            if t - begin > (_STEP_S if math.isinf(back_s) else 0.0):  # there was more than the newest
                self._refilling.append((sensor, begin, t))
            self._last[sensor] = t
            self.gathering.add(instrument.sensor, instrument.channel, row.get("value"), t, unit=instrument.unit)

    def _refill(self, web: Web, stop: threading.Event, sensor: str, begin: float, end: float) -> None:
        for page in range(1, _PAGES + 1):
            params = {
                "datetime_from": written(begin), "datetime_to": written(end), "limit": f"{_PAGE}", "page": f"{page}",
            }  # fmt: skip
            told = web.json(f"{self.root}/sensors/{sensor}/measurements", stop, params=params).read
            self.take_measurements(sensor, told, begin, end)
            if len(rows(told, "results")) < _PAGE:
                break

    def take_measurements(self, sensor: str, told: Any, begin: float, end: float) -> None:
        """Take what a sensor measured between two moments, each the mean over its period."""
        instrument = self._instruments.get(sensor)
        if instrument is None:
            return
        for row in rows(told, "results"):
            t_start = moment(entry(row, "period", "datetimeFrom", "utc"))
            t_end = moment(entry(row, "period", "datetimeTo", "utc"))
            if begin < t_end < end:  # the newest is told already
                unit = text(entry(row, "parameter", "units")) or instrument.unit
                self.gathering.add(
                    instrument.sensor, instrument.channel, number(row.get("value")), t_end, t_start=t_start, unit=unit
                )


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    layers = layers_of(
        connection, ("air", "weather"), source="OpenAQ", owner=_("OpenAQ and the stations' owners"),
        terms=_("as each station's owner says"), link="https://openaq.org/",
    )  # fmt: skip
    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    gathering = Gathering(where, layers, margin_m=_MARGIN_M, conditions=conditions_of(where.zone))
    asking = OpenAQ(web_address(connection.address, _ADDRESS).rstrip("/"), where, gathering, every_s)
    access = Access(headers={"X-API-Key": secret("key")})
    return Polling(gathering, asking.ask, every_s, access=access, refills=True)


SOURCE = Kind(
    "openaq",
    "OpenAQ",
    ("openaq", "openaq+https", "openaq+http"),
    _open,
    fields=(
        Field("key", _("Key"), _("free of charge at explore.openaq.org"), secret=True, needed=True),
        every_field(_EVERY_S),
    ),
)
