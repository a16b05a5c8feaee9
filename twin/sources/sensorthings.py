"""OGC SensorThings API 1.0 and 1.1 over HTTP (OGC 18-088): things near the district, and what their streams observe.

One question serves for everything: things with their places, streams, and for each stream its newest observation, or
all since the last time. After a pause the server is asked for what it observed meanwhile. Version 2.0 names entries
otherwise; a dialect is a row in `DIALECTS`.
"""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from twin.language import _
from twin.model import TwinError
from twin.sources.faults import Refused
from twin.sources.gathering import Gathering, around, entry, layers_of, rows, text
from twin.sources.geometry import spot_of
from twin.sources.hearing import address_of
from twin.sources.moments import stretch, written
from twin.sources.notified import ByGathering, heard_from
from twin.sources.polling import AUTHORITY, Polling, authority_of, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.vocabulary import channel_named, unit_named
from twin.sources.web import Access, host_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from twin.readings import Roster
    from twin.sources.source import Batch, Connection, Secret, Source, Where
    from twin.sources.web import Web

_MARGIN_M = 1000.0
_EVERY_S, _LEAST_S = 60.0, 5.0
_OVERLAP_S = 600.0  # observations that come late, or by a clock that is slow
_BACK_S = 3 * 86_400.0
_THINGS, _OBSERVATIONS = 50, 200  # on a page
_PAGES_MAX = 500
_TOPICS_MAX = 2_000
_TOPIC = re.compile(r"Datastreams\(([^)]+)\)/Observations$")


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a version of the standard calls its control information."""

    id: str
    onward: str  # the address of the next page


DIALECTS = {"v1.0": Dialect("@iot.id", "@iot.nextLink"), "v1.1": Dialect("@iot.id", "@iot.nextLink")}
"""By the last part of a service's address."""


def root_of(address: str) -> tuple[str, Dialect]:
    """Return the root of a service, and its dialect; 1.1 where the address names no version.

    Raises
    ------
    TwinError
        Where it names another version.
    """
    plain = web_address(address).partition("?")[0].rstrip("/")
    found = re.search(r"/(v\d+\.\d+)(?:/|$)", plain)
    if found is None:
        return f"{plain}/v1.1", DIALECTS["v1.1"]
    if found[1] not in DIALECTS:
        raise TwinError(
            _("SensorThings {version} is not known here; ask the same server for {known}.").format(
                version=found[1], known=", ".join(DIALECTS)
            )
        )
    return plain[: found.end(1)], DIALECTS[found[1]]


class SensorThings:
    """What is known of a service: its things, the channels of their streams, and until when all was heard."""

    def __init__(self, address: str, where: Where, gathering: Gathering, properties: str = "") -> None:
        self.root, self.dialect = root_of(address)
        self.gathering = gathering
        self._where = where
        self._own = own_words(properties)
        self._newest_s = -math.inf
        self._owed_s = math.inf  # from when on a question that broke off was to tell
        self._answers_filters = True
        self._streams: dict[str, tuple[str, str, str]] = {}  # sensor, channel, unit by the number of the stream

    def ask(self, web: Web, stop: threading.Event, since_s: float | None) -> None:
        """Ask for all that is new."""
        begin = None
        if since_s is not None:
            begin = max(
                min(since_s, self._newest_s) if math.isfinite(self._newest_s) else since_s, time.time() - _BACK_S
            )
            self._owed_s = begin = min(begin, self._owed_s)
        try:
            self._ask(web, stop, begin)
        except Refused as refused:  # a server that cannot filter in space, or within what it expands
            if not self._answers_filters or refused.status not in {400, 500, 501}:
                raise
            self._answers_filters = False
            self._ask(web, stop, begin)
        self._owed_s = math.inf

    def _ask(self, web: Web, stop: threading.Event, begin: float | None) -> None:
        params = question(self._where, begin, filters=self._answers_filters)
        for page in self._pages(web, stop, f"{self.root}/Things", params):
            for onward in self.take_things(page):
                for more in self._pages(web, stop, onward[1], {}):
                    self._take_observations(onward[0], rows(more, "value"))

    def _pages(self, web: Web, stop: threading.Event, url: str, params: dict[str, str]) -> Iterator[Any]:
        """Yield the pages from an address on."""
        asked: set[str] = set()
        while url:
            if url in asked or len(asked) >= _PAGES_MAX:
                raise Trouble(_("{host} leads on from page to page without end.").format(host=host_of(self.root)))
            asked.add(url)
            answer = web.json(url, stop, params=params)
            if not isinstance(answer.read, dict) or not isinstance(answer.read.get("value"), list):
                raise Trouble(
                    _(
                        "What {host} answers is not of a SensorThings service: look whether the address is right."
                    ).format(host=answer.host)
                )
            yield answer.read
            url, params = self._onward(entry(answer.read, self.dialect.onward)), {}

    def _onward(self, link: Any) -> str:
        """Return the address of a next page on the server that was asked; services often name themselves otherwise."""
        if not isinstance(link, str) or not link:
            return ""
        try:
            parts = urlsplit(urljoin(f"{self.root}/", link))
        except ValueError:
            return ""
        version = self.root.rpartition("/")[2]
        rest = parts.path.partition(f"/{version}/")[2] or parts.path.rpartition("/")[2]
        return f"{self.root}/{rest}" + (f"?{parts.query}" if parts.query else "")

    def take_things(self, page: Any) -> list[tuple[str, str]]:
        """Take a page of things; return the streams of which there is more, and where."""
        onward: list[tuple[str, str]] = []
        for thing in rows(page, "value"):
            key = text(thing.get(self.dialect.id))
            spot = spot_of(next((place.get("location") for place in rows(thing, "Locations")), None))
            if math.isnan(spot.lon):  # some services place streams alone
                spot = spot_of(next((one.get("observedArea") for one in rows(thing, "Datastreams")), None))
            streams = [(one, *self._meant(one)) for one in rows(thing, "Datastreams")]
            streams = [one for one in streams if one[1]]
            if not streams or not self.gathering.place(
                key, lon=spot.lon, lat=spot.lat, name=text(thing.get("name")) or text(thing.get("description")),
                channels=[channel for _one, channel, _unit in streams],
                detail={"description": text(thing.get("description"))},
            ):  # fmt: skip
                continue
            taken: set[str] = set()
            for stream, channel, unit in streams:
                number = text(stream.get(self.dialect.id))
                mine = f"{key}/{number}" if channel in taken else key
                taken.add(channel)
                if mine != key:
                    self.gathering.place(mine, lon=spot.lon, lat=spot.lat, name=text(stream.get("name")))
                self._streams[number] = (mine, channel, unit)
                self._take_observations(number, rows(stream, "Observations"))
                more = self._onward(stream.get(f"Observations{self.dialect.onward}"))
                if more and "phenomenonTime+gt" in more.replace("%20", "+").replace(" ", "+"):
                    onward.append((number, more))
        return onward

    def _meant(self, stream: dict[str, Any]) -> tuple[str, str]:
        """Return the channel and the unit of a stream, "" where it observes nothing that is known."""
        names = [
            text(entry(stream, "ObservedProperty", "name")),
            text(entry(stream, "ObservedProperty", "definition")),
            text(stream.get("name")),
            text(stream.get("description")),
        ]
        channel = next((self._own[name.casefold()] for name in names if name.casefold() in self._own), "")
        symbol = text(entry(stream, "unitOfMeasurement", "symbol"))
        return channel or channel_named(*names), unit_named(symbol or text(entry(stream, "unitOfMeasurement", "name")))

    def _take_observations(self, stream: str, observations: list[dict[str, Any]]) -> None:
        sensor, channel, unit = self._streams[stream]
        for told in observations:
            t_start, t_end = stretch(told.get("phenomenonTime"))
            if math.isnan(t_end):
                t_start, t_end = stretch(told.get("resultTime"))
            if math.isfinite(t_end) and t_end < time.time() + _OVERLAP_S:
                self._newest_s = max(self._newest_s, t_end)
            self.gathering.add(sensor, channel, told.get("result"), t_end, t_start=t_start, unit=unit)

    def observed(self, topic: str, told: Any) -> bool:
        """Take an observation that a broker passes on; return whether it is one of a stream that is known."""
        found = _TOPIC.search(topic)
        if found is None or not isinstance(told, dict) or "result" not in told:
            return False
        if (stream := found[1].strip("'")) in self._streams:
            self._take_observations(stream, [told])
        return True

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of the streams that are known (OGC 18-088, 14)."""
        version = self.root.rpartition("/")[2]
        return tuple(f"{version}/Datastreams({stream})/Observations" for stream in self._streams)[:_TOPICS_MAX]


class Passed:
    """A service that is asked once, and then heard by the broker that passes on its observations."""

    def __init__(self, asking: SensorThings, polling: Polling, hear: Callable[[tuple[str, ...]], Source]) -> None:
        self._asking, self._polling, self._hear = asking, polling, hear

    @property
    def roster(self) -> Roster:
        """Who measures what, as far as it is known."""
        return self._asking.gathering.roster

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        """Ask for what there is, and hear what comes; see `twin.sources.source.Source`.

        It is asked again as soon as the broker has taken the subscription, for what came between the two.
        """
        begun_s = time.time()
        self._polling.once(tell, stop, since_s)
        if stop.is_set():
            return
        if not self._asking.topics:
            raise Trouble(_("Nothing near the district observes anything that is known here."))
        waits = True

        def told(batch: Batch) -> None:
            nonlocal waits
            if waits:
                waits = False
                self._polling.once(tell, stop, begun_s)
            tell(batch)

        self._hear(self._asking.topics).listen(told, stop, None)


def question(where: Where, begin: float | None, *, filters: bool) -> dict[str, str]:
    """Return the query for things near a district, each stream with its newest observation, or those since a moment."""
    newest = "$orderby=phenomenonTime desc;$top=1"
    since = f"$filter=phenomenonTime gt {written((begin or 0.0) - _OVERLAP_S)};$orderby=phenomenonTime asc"
    which = newest if begin is None or not filters else f"{since};$top={_OBSERVATIONS}"
    asked = {
        "$expand": "Locations($select=location),Datastreams("
        f"$expand=ObservedProperty($select=name,definition),Observations($select=phenomenonTime,resultTime,result;{which}))",
        "$top": f"{_THINGS}",
    }
    if filters and where.bbox is not None:
        west, south, east, north = around(where.bbox, _MARGIN_M)
        ring = ", ".join(
            f"{lon:.6f} {lat:.6f}"
            for lon, lat in ((west, south), (east, south), (east, north), (west, north), (west, south))
        )
        asked["$filter"] = f"st_within(Locations/location, geography'POLYGON (({ring}))')"
    return asked


def own_words(told: str) -> dict[str, str]:
    """Return channels by the names of properties, of "Zählrate = flow; Tempo = speed".

    Raises
    ------
    TwinError
        Where it is written otherwise, or a channel is not known.
    """
    from twin.mapping.channels import known

    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in told.replace("\n", ";").split(";"))):
        name, _sign, channel = (word.strip() for word in part.rpartition("="))
        if not name or channel not in known():
            raise TwinError(
                _(
                    "“{part}” says no channel of a property: write it like “Vehicles = flow”, with one of {known}."
                ).format(part=part[:60], known=", ".join(known()))
            )
        found[name.casefold()] = channel
    return found


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    layers = layers_of(connection, ("air", "traffic", "weather"))
    gathering = Gathering(where, layers, margin_m=_MARGIN_M)
    asking = SensorThings(connection.address, where, gathering, connection.option("properties"))
    access = Access.of(user=connection.user, password=secret("password"), token=secret("key"))
    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    authority = authority_of(connection)
    polling = Polling(gathering, asking.ask, every_s, access, authority=authority, refills=True)
    broker = connection.option("broker")
    if not broker:
        return polling
    address_of(broker)
    meaning = ByGathering(gathering, asking.observed)
    return Passed(
        asking,
        polling,
        lambda topics: heard_from(
            broker, topics, meaning, user=connection.user, password=secret("password"), authority=authority
        ),
    )


SOURCE = Kind(
    "sensorthings",
    "OGC SensorThings",
    ("sta+https", "sta+http", "sensorthings+https", "sensorthings+http"),
    _open,
    fields=(
        every_field(_EVERY_S),
        Field(
            "broker", _("Broker"), _("mqtt://host:1883, where the service passes observations on; then none is asked")
        ),
        Field("properties", _("Observed properties"), _("names of their own: Vehicles = flow; …")),
        Field("key", _("Token"), _("where the server wants one"), secret=True),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
)
