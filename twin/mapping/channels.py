"""What is often measured: channels with what may be believed of them, and the units in which tables give them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import TwinError
from twin.readings import Channel, Layer
from twin.standards import gases

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ALIKE: dict[str, dict[str, tuple[float, float]]] = {  # unit -> spelling, factor and what is added, into that unit
    "veh/h": {"veh/h": (1, 0), "kfz/h": (1, 0), "vph": (1, 0), "1/h": (1, 0), "veh/d": (1 / 24, 0), "veh/min": (60, 0)},
    "km/h": {"km/h": (1, 0), "kmh": (1, 0), "kph": (1, 0), "m/s": (3.6, 0), "mph": (1.609344, 0), "kn": (1.852, 0)},
    "%": {"%": (1, 0), "1": (100, 0), "share": (100, 0)},
    "dBm": {"dbm": (1, 0)},
    "dB": {"db": (1, 0)},
    "Mbit/s": {
        "mbit/s": (1, 0),
        "mbps": (1, 0),
        "kbit/s": (1e-3, 0),
        "kbps": (1e-3, 0),
        "bit/s": (1e-6, 0),
        "gbit/s": (1e3, 0),
    },
    "°C": {"°c": (1, 0), "c": (1, 0), "k": (1, -273.15), "°f": (5 / 9, -160 / 9), "f": (5 / 9, -160 / 9)},
    "hPa": {"hpa": (1, 0), "mbar": (1, 0), "pa": (0.01, 0), "kpa": (10, 0)},
    "m/s": {"m/s": (1, 0), "km/h": (1 / 3.6, 0), "mph": (0.44704, 0), "kn": (1.852 / 3.6, 0)},
}
_PER_INTERVAL = {"veh", "vehicles", "count", "kfz"}

CONDITIONS_K = {"eu": gases.EU_K, "us": gases.US_K, "cn": gases.CN_K}
"""The temperatures to which authorities reduce a gas, by which ppb become µg/m³."""


def known() -> dict[str, Channel]:
    """Return the channels that the program knows, by key."""
    hour = 3 * 3600.0
    listed = [
        Channel("flow", "traffic", _("Flow"), "veh/h", 0, 20_000, hour),
        Channel("speed", "traffic", _("Speed"), "km/h", 0, 250, hour),
        Channel("occupancy", "traffic", _("Occupancy"), "%", 0, 100, hour),
        *(Channel(key, "air", title, "µg/m³", 0, _MOST.get(key, 5000), hour) for key, title in gases.titles().items()),
        Channel("ss_rsrp", "coverage", _("SS-RSRP"), "dBm", -156, -31, 60, "none"),
        Channel("ss_sinr", "coverage", _("SS-SINR"), "dB", -23, 40, 60, "none"),
        Channel("throughput", "coverage", _("Throughput"), "Mbit/s", 0, 20_000, 60, "none"),
        Channel("temperature", "weather", _("Temperature"), "°C", -90, 60, hour),
        Channel("humidity", "weather", _("Humidity"), "%", 0, 100, hour),
        Channel("pressure", "weather", _("Air pressure"), "hPa", 300, 1100, hour),
        Channel("wind_speed", "weather", _("Wind speed"), "m/s", 0, 120, hour),
    ]
    return {channel.key: channel for channel in listed}


_MOST = {"pm25": 2000.0, "pm10": 6000.0, "co": 150_000.0}


def known_layers() -> dict[str, Layer]:
    """Return what the layers of the known channels are called."""
    titles = {"traffic": _("Traffic"), "air": _("Air quality"), "coverage": _("5G coverage"), "weather": _("Weather")}
    return {key: Layer(key, title, "measured") for key, title in titles.items()}


def converted(
    values: NDArray[np.float64], channel: Channel, unit: str, *, interval_s: float = 0.0, conditions: str = "eu"
) -> NDArray[np.float64]:
    """Return values of a channel, given in some unit, in the unit of the channel.

    Parameters
    ----------
    interval_s
        What a count ("veh") was counted over.
    conditions
        "eu", "us" or "cn": to which temperature a gas is reduced where a share of molecules becomes a mass.

    Raises
    ------
    TwinError
        Where the one unit cannot become the other.
    """
    given = unit.strip()
    if not given or given == channel.unit:
        return values
    if channel.unit == "µg/m³":
        kelvin = CONDITIONS_K.get(conditions, gases.EU_K)
        return gases.convert(values, channel.key, given, channel.unit, kelvin=kelvin)
    if channel.unit == "veh/h" and given.lower() in _PER_INTERVAL:
        if not interval_s > 0:
            raise TwinError(_("To make vehicles an hour of counts, say over how many seconds they were counted."))
        return values * (3600.0 / interval_s)
    factor, added = _ALIKE.get(channel.unit, {}).get(given.lower(), (math.nan, 0.0))
    if math.isnan(factor):
        raise TwinError(
            _("{channel} is kept in {unit}, which {given} cannot become. Possible are {units}.").format(
                channel=channel.title,
                unit=channel.unit,
                given=given,
                units=", ".join(units_of(channel)),
            )
        )
    return values * factor + added


def units_of(channel: Channel) -> tuple[str, ...]:
    """Return the units in which a table may give a channel."""
    if channel.unit == "µg/m³":
        return ("µg/m³", "mg/m³", "ppb", "ppm") if channel.key in gases.MOLAR_G else ("µg/m³", "mg/m³")
    more = ("veh",) if channel.unit == "veh/h" else ()
    units = {"km/h": ("km/h", "m/s", "mph"), "veh/h": ("veh/h", "veh/min"), "%": ("%", "1"), "°C": ("°C", "K", "°F")}
    return (*units.get(channel.unit, (channel.unit,)), *more)
