"""DATEX II measured data with its table of sites: detectors of road authorities, versions 2 and 3.

Both documents are read as they come, element by element, and of the sites only those near the district are kept.
Namespaces differ between versions and senders, the names in them hardly: elements are known by their local names.
A site counts by lanes and classes of vehicles; its flow is the sum over the lanes of all vehicles, its speed the mean
weighted by these flows. -1 and "no vehicle was counted" are no speed; a value that stands beside `dataError` is
refused, however legal it looks.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twin.language import _
from twin.mapping.places import headings
from twin.readings import Reason
from twin.sources import faults
from twin.sources.body import Limits
from twin.sources.gathering import SENSORS_MAX, Gathering, around, layers_of, number, text
from twin.sources.moments import moment
from twin.sources.polling import AUTHORITY, Polling, authority_of, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.web import Access, host_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from twin.model import Bounds
    from twin.sources.body import Body
    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_MARGIN_M = 300.0
_EVERY_S, _LEAST_S = 60.0, 10.0
_TABLE_AGAIN_S = 86_400.0
_LIMITS = Limits(packed_bytes=200_000_000, unpacked_bytes=2_000_000_000, whole_s=300.0)  # a country's sites
_DEPTH_MAX, _TEXT_BYTES_MAX = 200, 4_000_000  # of elements in one another, and of a text between two of them
_ALL = {"", "anyVehicle", "anyvehicle"}
_WORDS = {"northBound": "n", "eastBound": "e", "southBound": "s", "westBound": "w", "northEastBound": "ne",
          "southEastBound": "se", "southWestBound": "sw", "northWestBound": "nw"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What one index of a site's measurements means."""

    what: str  # "trafficFlow"
    vehicles: str  # "anyVehicle", or a class of them
    lane: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where a detector stands and what it counts."""

    id: str
    name: str
    lon: float
    lat: float
    heading_deg: float
    counts: dict[str, Characteristic] = field(default_factory=dict)  # by index


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a site."""

    index: str
    what: str  # "flow", "speed", "occupancy"
    value: str
    used: str  # of how many vehicles, where that is told
    faulty: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a site measured at once."""

    site: str
    t: float
    values: tuple[Measured, ...]


def elements(body: Body, wanted: frozenset[str], host: str) -> Iterator[Element]:
    """Yield the elements of some local names as they are complete; no other one is kept, and none after the next.

    Raises
    ------
    Trouble
        Where the document is none, declares entities or a type of its own, which none of ours does, or holds a text
        or a depth of elements that no document of ours has.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    steady = _Steady(body, host)
    path: list[Element] = []
    within = 0  # how many of those around are wanted
    try:
        for event, element in iterparse(steady, events=("start", "end"), forbid_dtd=True):
            steady.begin_anew()
            is_wanted = local(element) in wanted
            if event == "start":
                path.append(element)
                within += is_wanted
                if len(path) > _DEPTH_MAX:
                    raise Trouble(_("What {host} sends is not XML, or is cut off.").format(host=host))
                continue
            path.pop()
            within -= is_wanted
            if is_wanted:
                yield element
            if not within:
                element.clear()
                if path:
                    path[-1].remove(element)  # its only one: else a long document would fill the memory
    except DefusedXmlException:
        raise Trouble(
            _("What {host} sends declares entities, as an attack does; it is not read.").format(host=host)
        ) from None
    except (ParseError, ValueError, LookupError):
        raise Trouble(_("What {host} sends is not XML, or is cut off.").format(host=host)) from None


class _Steady:
    """A document that must not go on for long without an element that begins or ends."""

    def __init__(self, body: Body, host: str) -> None:
        self._body, self._host = body, host
        self._read = 0

    def begin_anew(self) -> None:
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        found = self._body.read(size)
        self._read += len(found)
        if self._read > _TEXT_BYTES_MAX:
            raise faults.too_large(self._host, _TEXT_BYTES_MAX)
        return found


def local(element: Element) -> str:
    """Return the name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _first(element: Element, *names: str) -> str:
    """Return the text of the first element within of one of some names."""
    for one in element.iter():
        if local(one) in names and one.text and one.text.strip():
            return one.text.strip()
    return ""


def site_of(element: Element) -> Site:
    """Return a site of its entry in the table."""
    lon, lat = _first(element, "longitude"), _first(element, "latitude")
    if not lon and (places := _first(element, "posList", "pos").split()):
        middle = len(places) // 4 * 2  # latitude goes first
        lat, lon = (*places[middle : middle + 2], "", "")[:2]
    bearing = number(_first(element, "bearing", "pointBearing"))
    if math.isnan(bearing):
        word = _first(element, "directionBoundOnLinearSection", "directionOnLinearSection", "directionBound")
        bearing = float(headings([_WORDS.get(word, "")])[0])
    counts = {}
    for one in element:
        if local(one) == "measurementSpecificCharacteristics" and (index := one.get("index")):
            sized = any(local(inner) in {"lengthCharacteristic", "vehicleLength"} for inner in one.iter())
            counts[index] = Characteristic(
                _first(one, "specificMeasurementValueType"),
                "sized" if sized else _first(one, "vehicleType"),
                _first(one, "specificLane", "lane"),
            )
    names = [one for one in element if local(one) in {"measurementSiteName", "measurementSiteIdentification"}]
    name = next(filter(None, (text(" ".join(one.itertext())) for one in names)), "")
    return Site(text(element.get("id")), name, number(lon), number(lat), bearing, counts)


_WHAT = {"vehicleFlowRate": "flow", "vehicleFlow": "flow", "speed": "speed", "averageVehicleSpeed": "speed",
         "percentage": "occupancy", "occupancy": "occupancy"}  # fmt: skip


def _site_measured(element: Element) -> str:
    """Return of which site measurements are."""
    for one in element:
        if local(one) == "measurementSiteReference":
            return text(one.get("id")) or text(one.text)
    return ""


def measurement_of(element: Element) -> Measurement:
    """Return what a site measured."""
    site, t, values = _site_measured(element), math.nan, []
    for one in element:
        name = local(one)
        if name == "measurementTimeDefault":
            t = moment(_first(one, "measurementTimeDefault", "timeValue"))
        elif name in {"physicalQuantity", "measuredValue"}:
            values.append(_measured(one))
    return Measurement(site, t, tuple(value for value in values if value.what))


def _measured(element: Element) -> Measured:
    what = value = used = ""
    faulty = False
    for one in element.iter():
        name = local(one)
        used = one.get("numberOfInputValuesUsed", used)
        if name == "dataError" and (one.text or "").strip().lower() in {"true", "1", ""}:
            faulty = True
        elif name in _WHAT:
            what = _WHAT[name]
            value = (one.text or "").strip() or value
    return Measured(element.get("index", ""), what, value, used, faulty)


def read(body: Body, box: Bounds | None, known: frozenset[str], host: str) -> tuple[list[Site], list[Measurement]]:
    """Return the sites of a document within a box, and the measurements of these and of known ones."""
    sites: list[Site] = []
    measurements: list[Measurement] = []
    wanted = set(known)
    names = frozenset({"measurementSite", "measurementSiteRecord", "siteMeasurements"})
    for element in elements(body, names, host):
        if local(element) == "siteMeasurements":
            if _site_measured(element) in wanted and len(measurements) <= SENSORS_MAX:
                measurements.append(measurement_of(element))
            continue
        site = site_of(element)
        if site.id and _within(site, box) and len(sites) <= SENSORS_MAX:
            sites.append(site)
            wanted.add(site.id)
    return sites, measurements


def _within(site: Site, box: Bounds | None) -> bool:
    """Whether a site may be near a district; swapped coordinates are for the gathering to mend."""
    if box is None:
        return True
    west, south, east, north = box
    pairs = ((site.lon, site.lat), (site.lat, site.lon))
    return any(west <= lon <= east and south <= lat <= north for lon, lat in pairs)


class Datex:
    """What is known of the sites near a district."""

    def __init__(self, address: str, table: str, where: Where, gathering: Gathering) -> None:
        self._address, self._table, self._gathering = address, table, gathering
        self._box = None if where.bbox is None else around(where.bbox, _MARGIN_M)
        self._sites: dict[str, Site] = {}
        self._read_at = -math.inf

    def ask(self, web: Web, stop: threading.Event, _since_s: float | None) -> None:
        """Ask for the table, once a day, and for what was measured."""
        if self._table and time.monotonic() - self._read_at > _TABLE_AGAIN_S:
            self.take(*self._get(web, stop, self._table))
            self._read_at = time.monotonic()
            if not self._sites:
                raise Trouble(_("None of the sites of {host} is near the district.").format(host=host_of(self._table)))
        self.take(*self._get(web, stop, self._address))
        if not self._sites:
            raise Trouble(
                _("{host} does not tell where its detectors are: say where its table of measurement sites is.").format(
                    host=host_of(self._address)
                ),
                grave=not self._table,
            )

    def _get(self, web: Web, stop: threading.Event, url: str) -> tuple[list[Site], list[Measurement]]:
        box, known, host = self._box, frozenset(self._sites), host_of(url)
        return web.streamed(url, stop, lambda body: read(body, box, known, host)).read

    def take(self, sites: list[Site], measurements: list[Measurement]) -> None:
        """Take sites, and what they measured."""
        for site in sites:
            if site.id not in self._sites and self._gathering.place(
                site.id, lon=site.lon, lat=site.lat, name=site.name, heading_deg=site.heading_deg, layer="traffic"
            ):
                self._sites[site.id] = site
        for measurement in measurements:
            if measurement.site in self._sites:
                self._measured(self._sites[measurement.site], measurement)

    def _measured(self, site: Site, measurement: Measurement) -> None:
        lanes: dict[str, list[Measured]] = {}
        for value in measurement.values:
            told = site.counts.get(value.index, Characteristic("", "", ""))
            if told.vehicles in _ALL:
                lanes.setdefault(value.what, []).append(value)
        flows = lanes.get("flow", [])
        for what, values in lanes.items():
            if faulty := [value for value in values if value.faulty]:
                self._gathering.refuse(
                    Reason.UNREADABLE, site.id, what, measurement.t, f"{faulty[0].value} dataError".strip()
                )
                continue
            numbers = [_told(value) for value in values]
            if what == "flow":
                found = math.nan if any(map(math.isnan, numbers)) else math.fsum(numbers)
            else:
                weights = [_told(flow) for flow in flows] if len(flows) == len(values) else []
                found = _mean(numbers, weights if what == "speed" else [])
            if math.isfinite(found):
                self._gathering.add(site.id, what, found, measurement.t)


def _told(value: Measured) -> float:
    """Return a value, NaN for none: -1, and a speed of no vehicle."""
    found = number(value.value)
    if found == -1 or (value.what == "speed" and (value.used == "0" or found < 0)):
        return math.nan
    return found


def _mean(values: list[float], weights: list[float]) -> float:
    """Return a mean over lanes by weights, over those that tell something; a plain one where weights do not help."""
    weights = weights or [1.0] * len(values)
    there = [(v, w) for v, w in zip(values, weights, strict=True) if not math.isnan(v) and w > 0]
    if not there:
        there = [(v, 1.0) for v in values if not math.isnan(v)]
    total = math.fsum(weight for _value, weight in there)
    return math.fsum(value * weight for value, weight in there) / total if total else math.nan


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    gathering = Gathering(where, layers_of(connection, ("traffic",)), margin_m=_MARGIN_M)
    asking = Datex(web_address(connection.address), connection.option("table"), where, gathering)
    access = Access.of(user=connection.user, password=secret("password"), token=secret("key"))
    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    access = replace(access, home=web_address(connection.address))
    return Polling(gathering, asking.ask, every_s, access, _LIMITS, authority_of(connection))


SOURCE = Kind(
    "datex2",
    "DATEX II",
    ("datex2+https", "datex2+http"),
    _open,
    fields=(
        Field("table", _("Table of sites"), _("its address, if that is another document")),
        every_field(_EVERY_S),
        Field("key", _("Token"), _("where the server wants one"), secret=True),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
)
