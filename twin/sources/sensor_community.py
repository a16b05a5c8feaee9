"""Sensor.Community: particulate matter and weather from citizens' own sensors, without a key.

The API (api.sensor.community) gives the last five minutes of a box: numbers are texts, "nan" where a part is broken,
times UTC without saying so, and a sensor comes as often as it has sent in these minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.language import _
from twin.readings import Reason
from twin.sources.gathering import Gathering, around, entry, layers_of, number, rows, text
from twin.sources.moments import moment
from twin.sources.polling import Polling, every_field, seconds_of, web_address
from twin.sources.source import Connection, Kind, Trouble

if TYPE_CHECKING:
    import threading
    from typing import Any

    from twin.sources.source import Secret, Source, Where
    from twin.sources.web import Web

_ADDRESS = "https://data.sensor.community/airrohr/v1/filter"
_MARGIN_M = 3000.0  # stations are sparse, and air does not end at the edge of a district
_EVERY_S, _LEAST_S = 150.0, 60.0  # sensors send every 145 s, and the answer holds five minutes
_CHANNELS = {  # value type -> channel, unit
    "P1": ("pm10", "µg/m³"),
    "P2": ("pm25", "µg/m³"),
    "temperature": ("temperature", "°C"),
    "humidity": ("humidity", "%"),
    "pressure": ("pressure", "Pa"),
}
_ENDS = {("SDS011", "P1"): 1999.9, ("SDS011", "P2"): 999.9}
"""What a type of sensor tells where there is more than it can measure (data sheet of Nova SDS011, V1.3)."""


def gather(told: Any, gathering: Gathering) -> None:
    """Take what one answer holds. Sensors indoors say nothing of a district's air, and are left out."""
    for row in rows({"all": told}, "all"):
        place = entry(row, "location")
        sensor = text(entry(row, "sensor", "id"))
        if number(entry(place, "indoor")) == 1:
            continue
        kind = text(entry(row, "sensor", "sensor_type", "name"))
        values = [(text(one.get("value_type")), one.get("value")) for one in rows(row, "sensordatavalues")]
        if not gathering.place(
            sensor,
            lon=entry(place, "longitude"),
            lat=entry(place, "latitude"),
            layer="air" if any(word in {"P1", "P2"} for word, _value in values) else "weather",
            name=f"{kind} {sensor}".strip(),
            channels=[_CHANNELS[word][0] for word, _value in values if word in _CHANNELS],
            detail={
                "sensor": kind,
                "maker": text(entry(row, "sensor", "sensor_type", "manufacturer")),
                "place": _("as told") if number(entry(place, "exact_location")) == 1 else _("rounded to 100 m or so"),
            },
        ):
            continue
        t = moment(row.get("timestamp"))
        for word, value in values:
            if word not in _CHANNELS:
                continue
            channel, unit = _CHANNELS[word]
            if number(value) >= _ENDS.get((kind, word), float("inf")):
                gathering.refuse(Reason.OUT_OF_RANGE, sensor, channel, t, value)
                continue
            gathering.add(sensor, channel, value, t, unit=unit)


def _open(connection: Connection, where: Where, _secret: Secret) -> Source:
    layers = layers_of(
        connection, ("air", "weather"), source="Sensor.Community", owner=_("Sensor.Community and its members"),
        terms="DbCL 1.0", link="https://sensor.community/", averaging=_("2.5 min"),
    )  # fmt: skip
    gathering = Gathering(where, layers, margin_m=_MARGIN_M)

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        if where.bbox is None:
            raise Trouble(_("Sensor.Community is asked about a district: open one first."), grave=True)
        west, south, east, north = around(where.bbox, _MARGIN_M)
        box = f"box={south:.5f},{west:.5f},{north:.5f},{east:.5f}"
        gather(web.json(f"{web_address(connection.address, _ADDRESS).rstrip('/')}/{box}", stop).read, gathering)

    return Polling(gathering, ask, seconds_of(connection, _EVERY_S, _LEAST_S))


SOURCE = Kind(
    "sensor_community",
    "Sensor.Community",
    ("sensorcommunity", "sensorcommunity+https", "sensorcommunity+http"),
    _open,
    fields=(every_field(_EVERY_S),),
    presets=(Connection(_("Sensor.Community around the district"), "sensor_community", "sensorcommunity:"),),
)
