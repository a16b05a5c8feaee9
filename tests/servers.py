"""A loopback Overpass and a loopback Nominatim, with a small made-up district, that misbehave on request.

    with Overpass() as overpass:
        overpass.script = [busy(retry_after_s=1), cut_off]  # the first two answers; then all is well
        settings = Settings(overpass_url=overpass.url, cache=tmp_path, patience=0.001)
        ...
        assert overpass.most_at_once == 1
        assert overpass.asked[0].user_agent.startswith("DistrictTwin/")

They answer what osmnx really asks: `Overpass` evaluates the query's tags and polygon against
`DISTRICT`, `Nominatim` knows `PLACES`. Both turn away clients with a library's default name (406), as the
public servers do, and record everything that they are asked. A district around the middle
(`LAT`, `LON`) lies within 400 m of it, except for one house 3 km to the east.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

import shapely

LAT, LON = 50.0, 10.0

LIBRARY_NAMES = re.compile(r"(?i)^$|^(python-requests|python-urllib|urllib3|osmnx|curl)\b")


# The district ---------------------------------------------------------------------------------------


def lonlat(x_m: float, y_m: float) -> tuple[float, float]:
    """Return WGS 84 degrees of metres east and north of the middle."""
    return (
        round(LON + x_m / (111_320 * math.cos(math.radians(LAT))), 7),
        round(LAT + y_m / 111_230, 7),
    )


class _Mapper:
    """Draws elements as a mapper would: nodes first, then ways and relations out of them."""

    def __init__(self) -> None:
        self.elements: list[dict[str, Any]] = []

    def _add(self, **element: Any) -> int:
        element = {"type": element.pop("type"), "id": 1000 + len(self.elements), **element}
        if not element.get("tags", True):
            del element["tags"]
        self.elements.append(element)
        return int(element["id"])

    def node(self, x_m: float, y_m: float, **tags: str) -> int:
        lon, lat = lonlat(x_m, y_m)
        return self._add(type="node", lat=lat, lon=lon, tags=_keys(tags))

    def way(self, *points_m: tuple[float, float], closed: bool = False, **tags: str) -> int:
        nodes = [self.node(*point) for point in points_m]
        return self._add(type="way", nodes=nodes + nodes[:1] * closed, tags=_keys(tags))

    def box(self, x_m: float, y_m: float, width_m: float, depth_m: float, **tags: str) -> int:
        corners = [(x_m, y_m), (x_m + width_m, y_m), (x_m + width_m, y_m + depth_m), (x_m, y_m + depth_m)]
        return self.way(*corners, closed=True, **tags)

    def relation(self, *members: tuple[int, str], **tags: str) -> int:
        return self._add(
            type="relation",
            members=[{"type": "way", "ref": ref, "role": role} for ref, role in members],
            tags=_keys(tags),
        )


def _keys(tags: dict[str, str]) -> dict[str, str]:
    """Return OSM keys of Python names: `building__levels` is "building:levels"."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def _draw() -> list[dict[str, Any]]:
    draw = _Mapper()
    draw.box(-60, 20, 20, 12, building="apartments", building__levels="5", roof__shape="gabled", name="House 1")
    draw.box(-30, 20, 20, 12, building="apartments", height="17.5", building__colour="#aa8866")
    draw.box(0, 20, 20, 12, building="retail", height="30 ft")
    draw.box(30, 20, 14, 12, building="yes")
    draw.box(60, 20, 10, 10, building="house", building__levels="2", roof__levels="1", roof__shape="hipped")
    # A block around a courtyard.
    outer = draw.box(-60, -80, 60, 50)
    inner = draw.box(-45, -65, 30, 20)
    draw.relation((outer, "outer"), (inner, "inner"), type="multipolygon", building="apartments", height="21")
    # A tower on a base, told apart by parts and held together by a relation.
    outline = draw.box(20, -80, 40, 40, building="office", height="60")
    base = draw.box(20, -80, 40, 40, building__part="yes", height="12")
    tower = draw.box(30, -70, 15, 15, building__part="yes", height="60", min_height="12")
    draw.relation((outline, "outline"), (base, "part"), (tower, "part"), type="building")
    # Streets, a tram, a park with a pond, trees and lamps.
    draw.way((-150, 0), (0, 0), (150, 0), highway="residential", name="Long Street", lanes="2", sidewalk="both")
    draw.way((0, -150), (0, 0), (0, 150), highway="tertiary", width="9.5")
    draw.way((-150, 8), (150, 8), highway="footway")
    draw.way((-150, -4), (150, -4), railway="tram")
    draw.box(-200, 60, 120, 80, leisure="park")
    draw.box(-170, 80, 40, 30, natural="water")
    draw.way((-300, -200), (0, -190), (300, -210), waterway="river", width="12")
    for x_m in (-120, -100, -80):
        draw.node(x_m, 12, natural="tree", height="9", leaf_type="broadleaved")
    draw.way((80, 12), (140, 12), natural="tree_row")
    draw.node(-40, 6, highway="street_lamp")
    draw.node(40, 6, highway="street_lamp")
    draw.node(-20, 6, amenity="bench")
    draw.box(3000, 0, 12, 12, building="house", name="The far house")
    # What nobody asks for.
    draw.node(5, 5, shop="bakery")
    return draw.elements


DISTRICT: list[dict[str, Any]] = _draw()
"""Every element, as Overpass would print it."""


def _place(name: str, kind: str, geometry: Any, point: tuple[float, float] | None = None) -> dict[str, Any]:
    lon, lat = point or (geometry.centroid.x, geometry.centroid.y)
    west, south, east, north = geometry.bounds
    return {
        "place_id": 1,
        "licence": "made up for tests",
        "osm_type": "way",
        "osm_id": 1,
        "lat": str(lat),  # as text, as Nominatim does
        "lon": str(lon),
        "class": "place",
        "type": kind,
        "importance": 0.4,
        "addresstype": kind,
        "name": name,
        "display_name": f"{name or '5, Long Street'}, Sampleton, Nowhere",
        "boundingbox": [str(south), str(north), str(west), str(east)],
        "geojson": shapely.geometry.mapping(geometry),
    }


PLACES: dict[str, dict[str, Any]] = {
    "old quarter": _place("Old Quarter", "quarter", shapely.box(*lonlat(-250, -250), *lonlat(250, 250))),
    "5 long street": _place("", "house", shapely.box(*lonlat(-60, 20), *lonlat(-40, 32))),
    "market": _place("Market", "square", shapely.Point(lonlat(0, 0))),
}
"""What `Nominatim` finds, by the text in small letters: an area, a house and a point."""


# Misbehaviour ---------------------------------------------------------------------------------------

type Behaviour = Callable[["_Handler", bytes], None]
"""Answers one request in its own way, given the right answer."""


def ok(handler: _Handler, right: bytes) -> None:
    """Answer rightly."""
    handler.reply(200, right)


def busy(*, status: int = 429, retry_after_s: float | str | None = None) -> Behaviour:
    """Turn the request away for now: 429 too many requests, 504 overloaded."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

    def answer(handler: _Handler, right: bytes) -> None:
        handler.reply(status, _ERROR_PAGE % b"The server is probably too busy to handle your request.", headers=headers)

    return answer


def web_page(*, status: int = 200, message: str = "Welcome to the hotel's network") -> Behaviour:
    """Answer with HTML, as captive portals and broken servers do."""

    def answer(handler: _Handler, right: bytes) -> None:
        handler.reply(status, _ERROR_PAGE % message.encode(), kind="text/html; charset=utf-8")

    return answer


def exactly(content: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer with this content, whatever was asked."""

    def answer(handler: _Handler, right: bytes) -> None:
        handler.reply(status, content, headers=headers)

    return answer


def remark(text: str) -> Behaviour:
    """Break off after half of the elements, and say so as Overpass does."""

    def answer(handler: _Handler, right: bytes) -> None:
        document = json.loads(right)
        document["elements"] = document["elements"][: len(document["elements"]) // 2]
        handler.reply(200, json.dumps(document | {"remark": text}).encode())

    return answer


def cut_off(handler: _Handler, right: bytes) -> None:
    """Close the connection in the middle of the answer."""
    handler.begin(200, len(right))
    handler.wfile.write(right[: len(right) // 2])


def cut_off_unnoticed(handler: _Handler, right: bytes) -> None:
    """Send half an answer that looks whole to HTTP, as some proxies do."""
    handler.reply(200, right[: len(right) // 2])


def hang_up(handler: _Handler, right: bytes) -> None:
    """Close the connection without a word."""


def trickle(handler: _Handler, right: bytes) -> None:
    """Send the answer so slowly that it never ends, until the client leaves or the server closes."""
    handler.begin(200, len(right))
    for position in range(len(right)):
        handler.wfile.write(right[position : position + 1])
        handler.wfile.flush()
        if handler.home.closing.wait(0.05):
            return


def silence(handler: _Handler, right: bytes) -> None:
    """Say nothing, until the client leaves or the server closes."""
    handler.connection.settimeout(0.05)
    while not handler.home.closing.is_set():
        with contextlib.suppress(TimeoutError):
            if not handler.connection.recv(1):  # the client has left
                return


def moved(to: str) -> Behaviour:
    """Send the client elsewhere."""

    def answer(handler: _Handler, right: bytes) -> None:
        handler.reply(301, b"", headers={"Location": to})

    return answer


_ERROR_PAGE = b"""<?xml version="1.0" encoding="UTF-8"?>
<html><head><title>OSM3S Response</title></head>
<body><p>The data included in this document is made up.</p>
<p><strong style="color:#FF0000">Error</strong>: %s </p></body></html>
"""


# The servers ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """One request as a server saw it."""

    method: str
    path: str
    text: str  # the Overpass query, or what Nominatim was asked to find
    user_agent: str
    referer: str
    at: float  # time.monotonic()


class Server:
    """A threaded HTTP server on 127.0.0.1 that answers by a script; a context manager."""

    root: ClassVar[str] = ""

    def __init__(self) -> None:
        self.script: list[Behaviour] = []  # used up from the front; without one, answers are right
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.closing = threading.Event()
        self._at_once = 0
        self._changed = threading.Condition()
        home = self

        class Handler(_Handler):
            pass

        Handler.home = home
        self._http = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}{self.root}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name=type(self).__name__)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def wait_until_asked(self, count: int, *, limit_s: float = 60.0) -> None:
        """Return as soon as `count` requests have come in all."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.asked) >= count, limit_s), "nobody asked"

    def wait_until_left(self, *, limit_s: float = 20.0) -> None:
        """Return as soon as every client has got its answer or has gone away."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._at_once == 0, limit_s), "a client is still there"

    def answer(self, path: str, fields: dict[str, list[str]]) -> tuple[str, bytes] | None:
        """Return what was asked and the right answer, or None where there is nothing at that path."""
        raise NotImplementedError

    def serve(self, handler: _Handler, method: str, fields: dict[str, list[str]]) -> None:
        """Record a request and let the script answer it."""
        path = urlsplit(handler.path).path
        answer = self.answer(path, fields)
        agent = handler.headers.get("User-Agent", "")
        with self._changed:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            text = answer[0] if answer else ""
            self.asked.append(Asked(method, path, text, agent, handler.headers.get("Referer", ""), time.monotonic()))
            behave = self.script.pop(0) if self.script else ok
            self._changed.notify_all()
        try:
            if LIBRARY_NAMES.search(agent):
                handler.reply(406, _ERROR_PAGE % b"Not Acceptable", kind="text/html")
            elif answer is None:
                handler.reply(404, _ERROR_PAGE % b"Not Found", kind="text/html")
            else:
                behave(handler, answer[1])
        finally:
            with self._changed:
                self._at_once -= 1
                self._changed.notify_all()


class Overpass(Server):
    """Answers feature queries as osmnx composes them, out of `DISTRICT`."""

    root = "/api"
    # One statement of such a query, tag and polygon; each is followed by its recursion to members.
    _STATEMENT = re.compile(
        r"\((node|way|relation)\['([^']*)'(?:='([^']*)')?\]\(poly:'([^']*)'\);\(\._;>;\);\);", re.ASCII
    )

    def answer(self, path: str, fields: dict[str, list[str]]) -> tuple[str, bytes] | None:
        query = fields.get("data", [""])[0]
        if path != "/api/interpreter" or not query:
            return None
        wanted: set[tuple[str, int]] = set()
        for kind, key, value, corners in self._STATEMENT.findall(query):
            lat_lon = [float(number) for number in corners.split()]
            polygon = shapely.Polygon(list(zip(lat_lon[1::2], lat_lon[0::2], strict=True)))
            for element in DISTRICT:
                tags = element.get("tags", {})
                if element["type"] == kind and key in tags and (not value or tags[key] == value):
                    family = _with_members(element)
                    if any(
                        polygon.covers(shapely.Point(one["lon"], one["lat"]))
                        for one in (_BY_ID[name] for name in family)
                        if one["type"] == "node"
                    ):
                        wanted |= family
        document = {
            "version": 0.6,
            "generator": "Overpass API 0.7.62 (loopback)",
            "osm3s": {"timestamp_osm_base": "2026-01-02T03:04:05Z", "copyright": "made up for tests"},
            "elements": [element for element in DISTRICT if (element["type"], element["id"]) in wanted],
        }
        return query, json.dumps(document, indent=1).encode()


class Nominatim(Server):
    """Finds `PLACES` by their name, in any case of letters."""

    def answer(self, path: str, fields: dict[str, list[str]]) -> tuple[str, bytes] | None:
        text = fields.get("q", [""])[0]
        if path != "/search" or not text:
            return None
        found = PLACES.get(text.casefold())
        return text, json.dumps([found] if found else []).encode()


_BY_ID = {(element["type"], element["id"]): element for element in DISTRICT}


def _with_members(element: dict[str, Any]) -> set[tuple[str, int]]:
    """Return the ids of an element and of all that it consists of."""
    found = {(element["type"], element["id"])}
    found |= {("node", node) for node in element.get("nodes", [])}
    for member in element.get("members", []):
        found |= _with_members(_BY_ID[member["type"], member["ref"]])
    return found


class _Quiet(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them, and no thread outlives a test

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave in the middle are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    home: Server
    timeout = 30

    def do_GET(self) -> None:
        self.home.serve(self, "GET", parse_qs(urlsplit(self.path).query))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.home.serve(self, "POST", parse_qs(body.decode()))

    def begin(self, status: int, length: int, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def reply(
        self, status: int, content: bytes, *, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        self.begin(status, len(content), kind, **(headers or {}))
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep the test's output clean."""
