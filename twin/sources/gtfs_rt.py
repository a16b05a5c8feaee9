"""Vehicles of public transport by GTFS-Realtime: sensors that move.

A reading is a vehicle's speed where it was. Many feeds tell no speeds; then it is the way since the last position, as
the crow flies, and marked as estimated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.projection import xy_from_lonlat
from twin.readings import Channel, Quality
from twin.sources.body import Limits
from twin.sources.gathering import Gathering, layers_of, text
from twin.sources.polling import AUTHORITY, Polling, authority_of, every_field, seconds_of, web_address
from twin.sources.source import Field, Kind, Trouble
from twin.sources.web import Access

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where
    from twin.sources.web import Web

_MARGIN_M = 500.0
_EVERY_S, _LEAST_S = 15.0, 5.0
_LIMITS = Limits(packed_bytes=30_000_000, unpacked_bytes=60_000_000, whole_s=60.0)
_SHELF_S = 120.0
_LONGEST_STEP_S = 300.0
_FASTEST_KMH = 350.0
_REMEMBERED_S = 3600.0
LAYER = "transit"


def channels() -> tuple[Channel, ...]:
    """Return what is told of vehicles."""
    return (
        Channel("vehicle_speed", LAYER, _("Vehicle speed"), "km/h", 0.0, _FASTEST_KMH, _SHELF_S),
        Channel("vehicle_heading", LAYER, _("Vehicle direction"), "°", 0.0, 360.0, _SHELF_S),
    )


class Vehicles:
    """Where each vehicle was last, so that its speed is known where nobody tells it."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._last: dict[str, tuple[float, float, float]] = {}  # t, lon, lat

    def take(self, message: bytes, host: str) -> None:
        """Take one message.

        Raises
        ------
        Trouble
            Where it is none, or tells of trips and alerts but of no vehicle.
        """
        from google.protobuf.message import DecodeError
        from google.transit.gtfs_realtime_pb2 import FeedMessage

        feed = FeedMessage()
        try:
            feed.ParseFromString(message)
        except (DecodeError, RecursionError, ValueError):
            raise Trouble(_("What {host} sends is not GTFS-Realtime, or is cut off.").format(host=host)) from None
        told = [entity for entity in feed.entity if entity.HasField("vehicle")]
        if feed.entity and not told:
            raise Trouble(
                _("{host} tells of trips or alerts here, not of vehicles: look for its vehicle positions.").format(
                    host=host
                )
            )
        newest = float(feed.header.timestamp)
        for entity in told:
            self._vehicle(entity, newest)
        newest = max([newest, *(last[0] for last in self._last.values())])
        self._last = {key: last for key, last in self._last.items() if last[0] > newest - _REMEMBERED_S}

    def _vehicle(self, entity: Any, published: float) -> None:
        vehicle, place = entity.vehicle, entity.vehicle.position
        key = text(vehicle.vehicle.id) or text(vehicle.vehicle.label) or text(entity.id)
        lon, lat = float(place.longitude), float(place.latitude)
        t = float(vehicle.timestamp) or published
        if not vehicle.HasField("position") or not key or not self._gathering.near(lon, lat) or not t:
            return
        route, label = text(vehicle.trip.route_id), text(vehicle.vehicle.label)
        self._gathering.place(
            key,
            moving=True,
            layer=LAYER,
            name=" ".join(filter(None, (route, label))),
            channels=("vehicle_speed", "vehicle_heading"),
            detail={"route": route, "vehicle": label, "plate": text(vehicle.vehicle.license_plate)},
        )
        quality = Quality.GOOD
        speed = float(place.speed) * 3.6 if place.HasField("speed") else math.nan
        last = self._last.get(key)
        if last is None or t > last[0]:
            self._last[key] = (t, lon, lat)
        if math.isnan(speed) and last is not None and 0 < t - last[0] <= _LONGEST_STEP_S:
            east, north = xy_from_lonlat(_pair(last[1], last[2]), lon, lat)[0].tolist()
            speed, quality = math.hypot(east, north) / (t - last[0]) * 3.6, Quality.ESTIMATED
        if math.isfinite(speed):
            self._gathering.add(key, "vehicle_speed", speed, t, quality=quality, lon=lon, lat=lat)
        if place.HasField("bearing"):
            self._gathering.add(key, "vehicle_heading", float(place.bearing) % 360.0, t, lon=lon, lat=lat)


def _pair(lon: float, lat: float) -> Any:
    import numpy as np

    return np.array([[lon, lat]], np.float64)


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    layers = layers_of(connection, (LAYER,), title=_("Public transport"))
    gathering = Gathering(where, layers, margin_m=_MARGIN_M, channels=channels())
    vehicles, address = Vehicles(gathering), web_address(connection.address)
    header, key = connection.option("header"), secret("key")
    access = Access(headers={header: key}) if header and key else Access.of(
        user=connection.user, password=secret("password"), token=key
    )  # fmt: skip

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        answer = web.get(address, stop, headers={"Accept": "application/x-protobuf, */*"})
        vehicles.take(answer.read, answer.host)

    every_s = seconds_of(connection, _EVERY_S, _LEAST_S)
    return Polling(gathering, ask, every_s, access, _LIMITS, authority_of(connection))


SOURCE = Kind(
    "gtfs_rt",
    _("GTFS-Realtime vehicles"),
    ("gtfsrt+https", "gtfsrt+http", "gtfs-rt+https", "gtfs-rt+http"),
    _open,
    fields=(
        every_field(_EVERY_S),
        Field("key", _("Key or token"), _("where the server wants one"), secret=True),
        Field("header", _("Header of the key"), _("like X-API-Key; empty for a bearer token")),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
)
