"""From a place or an area to Overpass documents on disk: politely, stubbornly, and always stoppable."""

from __future__ import annotations

import contextlib
import json
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely

from twin.language import _, _n
from twin.model import Cancelled, Progress, TwinError
from twin.osm import faults
from twin.osm.area import (
    Area,
    area_km2,
    area_of_box,
    area_of_point,
    area_of_polygon_file,
    check_area,
    surface,
    tiles,
)
from twin.osm.cache import Cache, turn
from twin.osm.child import Document, Fault, Lookup, Order, Place, Query
from twin.osm.courier import Courier
from twin.tags.vocabulary import AREAS, FURNITURE, WATER

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping
    from pathlib import Path

    from twin.model import Report
    from twin.settings import Settings

__all__ = [
    "FEATURE_TAGS",
    "Answer",
    "Area",
    "Courier",
    "area_of_box",
    "area_of_place",
    "area_of_point",
    "area_of_polygon_file",
    "check_area",
    "download",
]


def _named(key: str, *more: str) -> list[str]:
    """Return the values of a key that the assembler knows what to do with."""
    known = (table.get(key, ()) for table in (AREAS, WATER, FURNITURE))
    return sorted({*more}.union(*known))


FEATURE_TAGS: Mapping[str, bool | list[str]] = {
    "building": True,
    "building:part": True,
    "type": ["building"],  # the relation that says which parts belong to which outline
    **dict.fromkeys(("roof:ridge", "roof:edge", "roof:apex"), True),  # roofs that somebody drew line by line
    **dict.fromkeys(("highway", "area:highway", "railway", "aeroway", "waterway", "landuse"), True),
    **dict.fromkeys(("amenity", "man_made", "barrier", "advertising", "golf"), True),
    # Named one by one where a key also holds things the size of a country, which Overpass would send
    # whole: mountain ranges, bays, nature reserves, islands, power lines.
    "natural": _named("natural", "tree", "shrub", "tree_row", "coastline"),
    "power": _named("power", "generator"),
    **{key: _named(key) for key in ("leisure", "place", "public_transport", "historic", "tourism", "emergency")},
}
"""What is asked of Overpass: elements with any of these tags, and what they consist of. True: any value."""

PLACE_ANSWER_BYTES_MAX = 30_000_000
ANSWER_GRACE_S = 30.0  # what a server may queue and send, beyond what it may work
BUSY_WAIT_S = 30.0  # at least; what the public Overpass servers ask for after a 429
BUSY_WAIT_MAX_S = 300.0
WAIT_ASKED_MAX_S = 900.0  # a longer Retry-After means "not today"
BETWEEN_QUERIES_S = 1.0
CUT_TRIES = 3
SMALLEST_PLACE_KM2 = 0.02  # below, an outline is a house rather than a district
DEFAULT_RADIUS_M = 500.0


@dataclass(frozen=True)
class Answer:
    """Overpass documents on disk that cover an area together; they may repeat elements."""

    documents: tuple[Path, ...]
    retrieved: float  # UTC epoch seconds, of the oldest one
    from_cache: bool  # nobody was asked
    incomplete: str = ""  # a sentence, where the server broke off and that was accepted


def area_of_place(
    text: str,
    *,
    settings: Settings,
    report: Report,
    radius_m: float | None = None,
    stop: threading.Event | None = None,
    refresh: bool = False,
    courier: Courier | None = None,
) -> Area:
    """Return the area of a place or address as Nominatim knows it.

    Parameters
    ----------
    text
        A place name or an address.
    radius_m
        The circle to take around the place instead of its outline. Without it, a place with an outline
        is that outline, and a point or a single house is the middle of a circle of 500 m.
    refresh
        Ask again though the answer is in the cache.
    courier
        The child process to use; without one, a child is started for this question alone.

    Raises
    ------
    TwinError
        Where the place is unknown or the server cannot be asked.
    """
    text = " ".join(text.split())
    if not text or len(text) > 500 or not text.isprintable():
        raise TwinError(_("A place needs a name or an address, such as “Kallio, Helsinki”."))
    cache = Cache(settings.cache / "nominatim", settings.cache_max_age_s)
    key = Cache.key(["place", 1, settings.nominatim_url, text.casefold()])
    place = None if refresh else _kept_place(cache, key)
    if place is None:
        order = Lookup(
            url=settings.nominatim_url,
            user_agent=settings.user_agent,
            timeout_s=settings.timeout_s,
            patience_s=_patience_s(settings),
            limit_bytes=PLACE_ANSWER_BYTES_MAX,
            text=text,
        )
        with turn(settings.cache, report=report, stop=stop), _courier(courier) as messenger:
            what = _("Asking {host} where “{text}” is.").format(host=faults.host(order.url), text=text)
            reply = _ask(messenger, order, what, settings=settings, report=report, stop=stop)
        assert isinstance(reply, Place)  # noqa: S101  (a lookup has no other reply)
        place = reply
        _keep_place(cache, key, place)
    outline = surface(shapely.make_valid(shapely.from_wkb(place.outline)))  # borders do cross themselves
    if radius_m is None and outline is not None and area_km2(outline) >= SMALLEST_PLACE_KM2:
        return Area(place.name, outline, _("the outline of {place}").format(place=place.label))
    radius_m = DEFAULT_RADIUS_M if radius_m is None else radius_m
    around = area_of_point(place.lat, place.lon, radius_m)
    return Area(text, around.polygon, _("{radius:.0f} m around {place}").format(radius=radius_m, place=place.label))


def download(
    area: Area,
    *,
    settings: Settings,
    report: Report,
    stop: threading.Event | None = None,
    refresh: bool = False,
    keep_partial: bool = False,
    courier: Courier | None = None,
) -> Answer:
    """Return the map of an area as Overpass documents, out of the cache or from the server.

    The area is asked for in tiles, one after the other. Each tile that came is kept, so that a second
    attempt asks only for the rest.

    Parameters
    ----------
    stop
        Set it from another thread to end the work within a second.
    refresh
        Ask again though the answer is in the cache. Where that fails, the cache keeps what it had.
    keep_partial
        Accept an answer that the server broke off, also one of a few minutes ago; `Answer.incomplete`
        then tells it. It is not kept for longer.
    courier
        The child process to use; without one, a child is started for this download alone.

    Raises
    ------
    Cancelled
        Where `stop` was set, or `report` raised it.
    TwinError
        Where the area is not possible, or there is no whole answer; one sentence with a way out.
    """
    check_area(area, settings)
    cache = Cache(settings.cache / "overpass", settings.cache_max_age_s)
    queries = tiles(area.polygon, settings.tile_km2)
    keys = [
        Cache.key(["features", 1, settings.overpass_url, FEATURE_TAGS, shapely.to_wkt(tile, rounding_precision=6)])
        for tile in queries
    ]
    entries = [None if refresh else cache.get(key) for key in keys]
    remarks: list[str] = []
    if keep_partial and not refresh:  # who was just told of a broken answer, and takes it, need not wait for another
        for position, key in enumerate(keys):
            aside = cache.take_aside(key) if entries[position] is None else None
            if aside is not None:
                entries[position] = aside[0]
                remarks.append(aside[1])
    missing = [position for position, entry in enumerate(entries) if entry is None]
    if missing:
        order = Query(
            url=settings.overpass_url,
            user_agent=settings.user_agent,
            timeout_s=settings.timeout_s,
            patience_s=_patience_s(settings),
            limit_bytes=settings.answer_limit_bytes,
            polygon=b"",
            tags=FEATURE_TAGS,
            into=settings.cache,
        )
        with turn(settings.cache, report=report, stop=stop), _courier(courier) as messenger:
            for number, position in enumerate(missing, start=1):
                if number > 1:
                    _pause(BETWEEN_QUERIES_S * settings.patience, stop)
                what = _("Asking {host}, query {number} of {count}.").format(
                    host=faults.host(order.url), number=number, count=len(missing)
                )
                arriving = cache.place_for_arriving()
                try:
                    asked = replace(order, polygon=shapely.to_wkb(queries[position]), into=arriving)
                    reply = _ask(messenger, asked, what, settings=settings, report=report, stop=stop)
                    assert isinstance(reply, Document)  # noqa: S101  (a query has no other reply)
                    if reply.remark:
                        entries[position] = cache.put_aside(keys[position], arriving, reply.remark)
                        remarks.append(reply.remark)
                    else:
                        entries[position] = cache.put(keys[position], arriving)
                    if reply.remark and not keep_partial:
                        fault = Fault("broken_off", detail=reply.remark)
                        raise faults.told(fault, url=order.url, option="--overpass", settings=settings)
                finally:
                    with contextlib.suppress(OSError):
                        arriving.unlink(missing_ok=True)
    whole = [entry for entry in entries if entry is not None]
    return Answer(
        documents=tuple(entry.path for entry in whole),
        retrieved=min(entry.retrieved for entry in whole),
        from_cache=not missing,
        incomplete=_incomplete(settings.overpass_url, remarks, len(queries)) if remarks else "",
    )


def _patience_s(settings: Settings) -> int:
    """Return how long a server may stay silent: whole seconds, since Overpass turns down fractions."""
    return settings.timeout_s + max(1, round(ANSWER_GRACE_S * settings.patience))


def _incomplete(url: str, remarks: list[str], queries: int) -> str:
    return _n(
        "{host} broke off {broken} of {count} answer, so that parts of the district are missing: “{remark}”.",
        "{host} broke off {broken} of {count} answers, so that parts of the district are missing: “{remark}”.",
        queries,
    ).format(host=faults.host(url), broken=len(remarks), count=queries, remark=remarks[0])


def _courier(given: Courier | None) -> contextlib.AbstractContextManager[Courier]:
    return Courier() if given is None else contextlib.nullcontext(given)


def _ask(
    courier: Courier,
    order: Order,
    what: str,
    *,
    settings: Settings,
    report: Report,
    stop: threading.Event | None,
) -> Document | Place:
    """Return the reply of a server, asking again where that is worth it and allowed."""
    option = "--overpass" if isinstance(order, Query) else "--nominatim"
    text = order.text if isinstance(order, Lookup) else ""
    attempt = 0
    while True:
        attempt += 1
        reply = courier.ask(order, stop=stop, hear=_Teller(what, report))
        if not isinstance(reply, Fault):
            return reply
        tries = {"busy": settings.tries, "cut": min(CUT_TRIES, settings.tries)}.get(reply.code, 1)
        asked_s = reply.retry_after_s or 0.0
        if reply.code == "busy" and asked_s > WAIT_ASKED_MAX_S:
            reply = replace(reply, code="too_long_a_wait")
        elif attempt < tries:
            # Growing, and unlike other programs' waits, so that not all come back together.
            grown_s = min(BUSY_WAIT_S * 2 ** (attempt - 1), BUSY_WAIT_MAX_S) * random.uniform(1.0, 1.25)  # noqa: S311
            _wait(max(asked_s, grown_s * settings.patience), reply, order.url, report, stop)
            continue
        raise faults.told(reply, url=order.url, option=option, settings=settings, text=text)


class _Teller:
    """Reports how an answer comes along: whenever there is more of it, and every second while there is none."""

    def __init__(self, what: str, report: Report) -> None:
        self._what = what
        self._report = report
        self._said: tuple[float | None, int] = (None, 0)
        report(Progress(what))

    def __call__(self, count: int | None, seconds: float) -> None:
        megabytes = round(count / 1e6, 1) if count else None  # without a total: nobody knows how much it will be
        if self._said != (megabytes, int(seconds)):
            self._said = (megabytes, int(seconds))
            self._report(Progress(self._what, done=megabytes, unit="MB" if megabytes else ""))


def _wait(seconds: float, fault: Fault, url: str, report: Report, stop: threading.Event | None) -> None:
    """Wait before the next try, saying once a second what for and how long."""
    until = time.monotonic() + seconds
    sentence = (
        _("{host} is busy ({status}). Trying again in {seconds} s.")
        if fault.code == "busy"
        else _("The answer of {host} was cut off. Trying again in {seconds} s.")
    )
    while (left := until - time.monotonic()) > 0:
        report(Progress(sentence.format(host=faults.host(url), status=fault.status, seconds=int(left) + 1)))
        _pause(min(left, 1.0), stop)


def _pause(seconds: float, stop: threading.Event | None) -> None:
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Cancelled(_("Stopped."))


def _kept_place(cache: Cache, key: str) -> Place | None:
    """Return a place out of the cache."""
    entry = cache.get(key)
    if entry is None:
        return None
    try:
        kept = json.loads(entry.path.read_bytes())
        outline = bytes.fromhex(kept["outline"])
        shapely.from_wkb(outline)
        return Place(str(kept["name"]), str(kept["label"]), float(kept["lat"]), float(kept["lon"]), outline)
    except (OSError, ValueError, KeyError, TypeError, shapely.GEOSException):
        return None


def _keep_place(cache: Cache, key: str, place: Place) -> None:
    kept = {"name": place.name, "label": place.label, "lat": place.lat, "lon": place.lon}
    cache.put_text(key, json.dumps(kept | {"outline": place.outline.hex()}))
