"""NGSI-LD entities of a context broker: traffic and air as the Smart Data Models describe them.

Both of the forms in which brokers tell entities are read: normalised, where each attribute is a table with its value,
its time and its unit, and key-values, where it is the value alone; and notifications, which hold either. In the models
`intensity` counts vehicles over the period of the observation, and shares of time and of water are told as 0 to 1.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from twin.language import _
from twin.model import TwinError
from twin.readings import Quality, Reason
from twin.sources.gathering import Gathering, around, entry, layers_of, number, rows, text
from twin.sources.geometry import spot_of
from twin.sources.hearing import address_of
from twin.sources.moments import moment, stretch
from twin.sources.notified import ByGathering, heard_from
from twin.sources.polling import AUTHORITY, Polling, authority_of, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.vocabulary import channel_named, unit_named
from twin.sources.web import Access, host_of

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_TYPES = "TrafficFlowObserved,AirQualityObserved"
_MARGIN_M = 1000.0
_EVERY_S, _LEAST_S = 60.0, 5.0
_PAGE, _PAGES_MAX = 100, 200  # what every broker gives at once
_MARGIN_PLACES = 6
_SHARES = {"occupancy", "humidity"}
_DOUBTFUL_BELOW = 0.5
_DATED = re.compile(r"[-_:.]?\d{4}-\d\d-\d\d[T ]\d\d[:.]?\d\d[\d:.]*(Z|[-+]\d\d:?\d\d)?$")
"""What brokers append to the id of a sensor that makes an entity of each observation."""

_PREFIX = re.compile(r"^urn:ngsi-ld:(?P<type>[^:]+):(?:(?P=type)[:-])*")
_NOT_MEASURED = {"id", "type", "@context", "location", "address", "name", "description"}


class Attribute(NamedTuple):
    """One attribute of an entity, in whichever form it came."""

    value: Any = None
    unit: str = ""
    observed_s: float = math.nan


def attribute(told: Any) -> Attribute:
    """Return an attribute of its normalised form or its bare value."""
    if isinstance(told, list) and told and isinstance(told[0], dict) and "value" in told[0]:
        told = told[0]  # of several instances the first
    if not isinstance(told, dict) or "value" not in told:
        return Attribute(_bare(told))
    return Attribute(_bare(told["value"]), text(told.get("unitCode")), moment(told.get("observedAt")))


def _bare(value: Any) -> Any:
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def entities_of(told: Any) -> list[dict[str, Any]]:
    """Return the entities of an answer, of one entity, or of a notification, over HTTP or MQTT."""
    if isinstance(told, dict) and isinstance(told.get("body"), dict):  # MQTT: metadata and body
        told = told["body"]
    if isinstance(told, dict) and isinstance(told.get("data"), list):
        told = told["data"]
    return rows({"all": told if isinstance(told, list) else [told]}, "all")


def key_of(entity: dict[str, Any]) -> str:
    """Return what names the sensor of an entity: its id without what is the same for all, or told by its time."""
    found = text(entity.get("id"))
    return _DATED.sub("", _PREFIX.sub("", found)) or found


def gather(entities: list[dict[str, Any]], gathering: Gathering) -> None:
    """Take what entities observe."""
    for entity in entities:
        key, kind = key_of(entity), re.split(r"[/#]", text(entity.get("type")))[-1]
        told = {
            name: (channel, attribute(value))
            for name, value in entity.items()
            if name not in _NOT_MEASURED and (channel := channel_named(name))
        }
        spot = spot_of(attribute(entity.get("location")).value)
        lane = text(attribute(entity.get("laneId")).value)
        backward = text(attribute(entity.get("laneDirection")).value) == "backward"
        address = attribute(entity.get("address")).value
        street = text(address.get("streetAddress")) if isinstance(address, dict) else ""
        if key and lane:  # of brokers whose entities are roads, and their observations those of lanes
            key = f"{key}/{lane}"
        if not told or not gathering.place(
            key,
            lon=spot.lon,
            lat=spot.lat,
            name=text(attribute(entity.get("name")).value) or street,
            heading_deg=(spot.heading_deg + 180.0 * backward) % 360.0,
            channels=[channel for channel, _attribute in told.values()],
            detail={"type": kind, "source": text(attribute(entity.get("source")).value)},
        ):
            continue
        t_start, t_end = _observed(entity)
        reliable = number(attribute(entity.get("reliability")).value)
        quality = Quality.DOUBTFUL if reliable < _DOUBTFUL_BELOW else Quality.GOOD
        for name, (channel, one) in told.items():
            begin, end = (t_start, t_end) if math.isnan(one.observed_s) else _ending(one.observed_s, t_start, t_end)
            value, unit = one.value, unit_named(one.unit)
            if channel in _SHARES and unit != "%":
                unit = "1" if number(value) <= 1 else "%"
            if name == "intensity":
                if not end > begin:
                    gathering.refuse(Reason.UNREADABLE, key, channel, end, value, _("vehicles in no period"))
                    continue
                value, unit = number(value) * 3600.0 / (end - begin), "veh/h"
            if isinstance(value, str | int | float):
                gathering.add(key, channel, value, end, t_start=begin, unit=unit, quality=quality)


def _observed(entity: dict[str, Any]) -> tuple[float, float]:
    """Return the period of an entity's observation; times without a zone are UTC."""
    t_start, t_end = stretch(attribute(entity.get("dateObserved")).value)
    begin, end = (moment(attribute(entity.get(f"dateObserved{word}")).value) for word in ("From", "To"))
    t_start = t_start if math.isnan(begin) else begin
    t_end = t_end if math.isnan(end) else max(end, t_start)
    return t_start, t_end


def _ending(observed_s: float, t_start: float, t_end: float) -> tuple[float, float]:
    """Return the period that ends when an attribute was observed, as long as that of its entity."""
    if t_start <= observed_s <= t_end:
        return t_start, t_end
    return observed_s - (t_end - t_start if t_end > t_start else 0.0), observed_s


def question(where: Where, types: str, page: int) -> dict[str, str]:
    """Return the query for entities near a district."""
    asked = {"type": types, "limit": f"{_PAGE}", "offset": f"{page * _PAGE}"}
    if where.bbox is not None:
        west, south, east, north = (round(edge, _MARGIN_PLACES) for edge in around(where.bbox, _MARGIN_M))
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        asked |= {"georel": "within", "geometry": "Polygon", "coordinates": f"[{ring}]", "geoproperty": "location"}
    return asked


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    gathering = Gathering(where, layers_of(connection, ("traffic", "air", "weather")), margin_m=_MARGIN_M)
    if web_address(connection.address).startswith("mqtt"):
        return _notified(connection, gathering, secret)
    root = web_address(connection.address).partition("?")[0].rstrip("/").removesuffix("/entities")
    types = connection.option("types", _TYPES)
    headers = {"Accept": "application/json"}
    if tenant := connection.option("tenant"):
        headers |= {"NGSILD-Tenant": tenant, "Fiware-Service": tenant}
    if context := connection.option("context"):
        headers["Link"] = f'<{context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        for page in range(_PAGES_MAX):
            told = web.json(f"{root}/entities", stop, params=question(where, types, page), headers=headers).read
            if not isinstance(told, list):
                raise Trouble(
                    _(
                        "What {host} answers are not entities of a context broker: look whether the address is right."
                    ).format(host=host_of(root))
                )
            gather(entities_of(told), gathering)
            if len(told) < _PAGE:
                return

    access = Access.of(user=connection.user, password=secret("password"), token=secret("key"))
    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    return Polling(gathering, ask, every_s, access, authority=authority_of(connection))


def _notified(connection: Connection, gathering: Gathering, secret: Secret) -> Source:
    """Return the source of notifications that a context broker sends to an MQTT broker (ETSI GS CIM 009, 7.2)."""
    address = web_address(connection.address)
    topic = address_of(address)[3]
    if not topic:
        raise TwinError(_("Say on which topic the notifications come: ngsild+mqtt://host/topic, with # for all below."))

    def read(_topic: str, told: Any) -> bool:
        entities = [one for one in entities_of(told) if one.get("id")]
        gather(entities, gathering)
        empty = isinstance(told, dict) and (told.get("data") == [] or entry(told, "body", "data") == [])
        return bool(entities) or empty

    return heard_from(
        address, (topic,), ByGathering(gathering, read), user=connection.user, password=secret("password"),
        authority=authority_of(connection),
    )  # fmt: skip


SOURCE = Kind(
    "ngsild",
    _("NGSI-LD context broker"),
    ("ngsild+https", "ngsild+http", "ngsild+mqtts", "ngsild+mqtt"),
    _open,
    fields=(
        every_field(_EVERY_S),
        Field("types", _("Types of entities"), _("several with commas between"), default=_TYPES),
        Field("tenant", _("Tenant"), _("where the broker has several")),
        Field("context", _("Context"), _("the address of the @context that shortens names")),
        Field("key", _("Token"), _("where the server wants one"), secret=True),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
)
