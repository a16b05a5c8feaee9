"""HERE's traffic flow, version 7: speeds on the roads of a box, with a key of one's own.

Its terms do not allow keeping what it tells, so recording is off unless somebody has an agreement that does. Speeds
come in metres a second; what is surer than 0.7 was measured now, the rest is of former days or of the speed limit
(HERE Traffic API v7, "confidence").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.readings import Quality
from twin.sources.gathering import Gathering, around, entry, layers_of, number, rows, text
from twin.sources.geometry import spot_of
from twin.sources.moments import moment
from twin.sources.polling import Polling, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.web import Access

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_ADDRESS = "https://data.traffic.hereapi.com/v7/flow"
_MARGIN_M = 200.0
_EVERY_S, _LEAST_S = 300.0, 60.0
_SURE = 0.7


def gather(told: Any, gathering: Gathering) -> None:
    """Take one answer; all of it is of the moment that it names."""
    t = moment(entry(told, "sourceUpdated"))
    for result in rows(told, "results"):
        location, flow = entry(result, "location"), entry(result, "currentFlow")
        line = [[number(point.get("lng")), number(point.get("lat"))]
                for link in rows(location, "shape", "links") for point in rows(link, "points")]  # fmt: skip
        spot = spot_of({"type": "LineString", "coordinates": line})
        key = f"{spot.lat:.5f} {spot.lon:.5f} {spot.heading_deg:.0f}"
        name = text(entry(location, "description"))
        if not line:
            key = text(entry(location, "olr")) or name or "?"
        if not gathering.place(
            key, lon=spot.lon, lat=spot.lat, heading_deg=spot.heading_deg, name=name, layer="traffic"
        ):
            continue
        if isinstance(flow, dict) and flow.get("traversability") != "closed":
            quality = Quality.GOOD if number(flow.get("confidence")) > _SURE else Quality.ESTIMATED
            gathering.add(key, "speed", flow.get("speed"), t, unit="m/s", quality=quality)


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    layers = layers_of(connection, ("traffic",), source="HERE", owner="HERE Technologies", terms=_("not to be kept"),
                       link="https://developer.here.com/")  # fmt: skip
    gathering = Gathering(where, layers, margin_m=_MARGIN_M)

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        if where.bbox is None:
            raise Trouble(_("HERE is asked about a district: open one first."), grave=True)
        box = ",".join(f"{edge:.6f}" for edge in around(where.bbox, _MARGIN_M))
        params = {"in": f"bbox:{box}", "locationReferencing": "shape"}
        gather(web.json(web_address(connection.address, _ADDRESS), stop, params=params).read, gathering)

    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    return Polling(gathering, ask, every_s, Access(params={"apiKey": secret("key")}))


SOURCE = Kind(
    "here",
    _("HERE traffic flow"),
    ("here", "here+https", "here+http"),
    _open,
    fields=(
        Field("key", _("Key"), _("from platform.here.com"), secret=True, needed=True),
        every_field(_EVERY_S),
    ),
    record=False,
)
