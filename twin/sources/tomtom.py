"""TomTom's traffic flow, version 4: the speed on the road next to each of some points, with a key of one's own.

Its terms do not allow keeping what it tells, so recording is off unless somebody has an agreement that does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.model import TwinError
from twin.readings import Quality, Reason
from twin.sources.faults import Refused
from twin.sources.gathering import Gathering, entry, layers_of, number, rows, text
from twin.sources.geometry import spot_of
from twin.sources.polling import Polling, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.web import Access

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_ADDRESS = "https://api.tomtom.com/traffic/services/4/flowSegmentData/absolute/14/json"
_MARGIN_M = 2000.0
_EVERY_S, _LEAST_S = 900.0, 60.0  # sixteen points every quarter of an hour are within what is free of charge
_GRID = 4
_POINTS_MAX = 200
_SURE = 0.7  # below, the speed is more of former days than of now


def points_of(told: str, where: Where) -> list[tuple[float, float]]:
    """Return latitudes and longitudes of "60.17,24.94; 60.18,24.95"; without any, a grid over the district.

    Raises
    ------
    TwinError
        Where it is written otherwise, or there are too many.
    """
    parts = [part.strip() for part in told.split(";") if part.strip()]
    found: list[tuple[float, float]] = []
    for part in parts:
        lat, _comma, lon = part.partition(",")
        pair = (number(lat), number(lon))
        if not (abs(pair[0]) <= 90 and abs(pair[1]) <= 180):
            raise TwinError(
                _("“{part}” is no point: write latitude and longitude like 60.17,24.94.").format(part=part[:60])
            )
        found.append(pair)
    if len(found) > _POINTS_MAX:
        raise TwinError(_("There are more than {most} points.").format(most=_POINTS_MAX))
    if found or where.bbox is None:
        return found
    west, south, east, north = where.bbox
    steps = (np.arange(_GRID) + 0.5) / _GRID
    return [
        (float(south + up * (north - south)), float(west + right * (east - west))) for up in steps for right in steps
    ]


def gather(told: Any, gathering: Gathering, t: float) -> None:
    """Take one answer, of the moment `t`: it tells none of its own."""
    flow = entry(told, "flowSegmentData")
    line = [[number(one.get("longitude")), number(one.get("latitude"))] for one in
            rows(flow, "coordinates", "coordinate")]  # fmt: skip
    spot = spot_of({"type": "LineString" if len(line) > 1 else "Point", "coordinates": line if len(line) > 1 else
                    line[0] if line else None})  # fmt: skip
    kind = text(entry(flow, "frc"))
    key = f"{kind} {spot.lat:.5f} {spot.lon:.5f}"
    if not isinstance(flow, dict):
        gathering.refuse(Reason.UNREADABLE, t=t)
        return
    if not gathering.place(key, lon=spot.lon, lat=spot.lat, heading_deg=spot.heading_deg, layer="traffic"):
        return
    if flow.get("roadClosure") is True:
        return
    quality = Quality.GOOD if number(flow.get("confidence")) >= _SURE else Quality.ESTIMATED
    gathering.add(key, "speed", flow.get("currentSpeed"), t, quality=quality)


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    layers = layers_of(connection, ("traffic",), source="TomTom", owner="TomTom", terms=_("not to be kept"),
                       link="https://developer.tomtom.com/")  # fmt: skip
    gathering = Gathering(where, layers, margin_m=_MARGIN_M)
    address, points = web_address(connection.address, _ADDRESS), points_of(connection.option("points"), where)

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        if not points:
            raise Trouble(_("TomTom is asked about points: open a district, or name some."), grave=True)
        for lat, lon in points:
            try:
                answer = web.json(address, stop, params={"point": f"{lat:.6f},{lon:.6f}", "unit": "KMPH"})
            except Refused as refused:
                if refused.status != 400:  # no road is near this point
                    raise
                continue
            gather(answer.read, gathering, time.time())

    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    return Polling(gathering, ask, every_s, Access(params={"key": secret("key")}))


SOURCE = Kind(
    "tomtom",
    _("TomTom traffic flow"),
    ("tomtom", "tomtom+https", "tomtom+http"),
    _open,
    fields=(
        Field("key", _("Key"), _("from developer.tomtom.com"), secret=True, needed=True),
        Field("points", _("Points"), _("latitude,longitude; …; without any, a grid over the district")),
        every_field(_EVERY_S),
    ),
    record=False,
)
