"""What others call the things that are measured, and the units they are measured in."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (  # channel, what its name looks like; the first that fits is meant
    ("pm25", r"pm ?2[., _]?5\b|p2|particulate matter.*2[.,]5|fine particulate.*|pm2 5 mass.*|feinstaub.*2[.,]5"),
    ("pm10", r"pm ?10\b|p1|particulate matter.*\b10\b.*|pm10 mass.*|feinstaub.*10"),
    ("no2", r"no ?2|nitrogen dioxide.*|stickstoffdioxid"),
    ("o3", r"o ?3|ozone|ozon"),
    ("so2", r"so ?2|sul(ph|f)ur dioxide|schwefeldioxid"),
    ("co", r"co|carbon monoxide|kohlen(stoff)?monoxid"),
    ("humidity", r"(relative |air )?humidity|relative air humidity|rh|luftfeuchte|luftfeuchtigkeit"),
    ("pressure", r"(air |atmospheric |barometric )?pressure|luftdruck"),
    ("wind_speed", r"wind ?speed|windgeschwindigkeit"),
    ("temperature", r"(air |ambient |outdoor )?temperature|(luft)?temperatur|temp"),
    ("speed", r"(average |mean )?(vehicle |traffic )?speed|average vehicle speed|geschwindigkeit"),
    ("occupancy", r"(lane |road |detector )?occupancy( rate)?|belegung(sgrad)?"),
    ("flow", r"(vehicle |traffic )?(flow|volume|intensity)|vehicle flow rate|verkehrsst(ä|ae)rke"),
    ("ss_rsrp", r"(nr )?(ss )?rsrp"),
    ("ss_sinr", r"(nr )?(ss )?sinr"),
    ("throughput", r"(download |downlink )?throughput"),
)
_PATTERNS = [(channel, re.compile(rf"(?:{pattern})", re.IGNORECASE)) for channel, pattern in _WORDS]
_MERE = re.compile(r" (measurements?|sensor|values?|level|concentration|average|mean)$", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")

UNITS = {
    # UCUM, as SensorThings recommends it, and what servers write in its place
    "cel": "°C", "degc": "°C", "deg c": "°C", "degree celsius": "°C", "degrees celsius": "°C", "celsius": "°C",
    "grad celsius": "°C", "fahrenheit": "°F", "degf": "°F", "kelvin": "K", "percent": "%", "prozent": "%",
    "[ppb]": "ppb", "[ppm]": "ppm", "ug/m3": "µg/m³", "mg/m3": "mg/m³", "km/hr": "km/h", "kilometers per hour": "km/h",
    "kilometer per hour": "km/h", "meter per second": "m/s", "[mi_i]/h": "mph", "hectopascal": "hPa",
    "microgram per cubic meter": "µg/m³", "micrograms per cubic meter": "µg/m³", "vehicles/h": "veh/h",
    "vehicles per hour": "veh/h", "db[mw]": "dBm", "{vehicles}/h": "veh/h",
    # UN/CEFACT recommendation 20, as NGSI-LD has it
    "gq": "µg/m³", "gp": "mg/m³", "p1": "%", "a97": "hPa", "mbr": "hPa", "pal": "Pa", "kmh": "km/h", "mts": "m/s",
    "fah": "°F", "kel": "K", "59": "ppm", "61": "ppb", "dbm": "dBm", "2n": "dB", "c62": "1",
}  # fmt: skip


def channel_named(*names: str) -> str:
    """Return the channel that one of some names means, "" where none does; earlier names go before later ones."""
    for name in names:
        plain = " ".join(_HUMP.sub(" ", name[:100].rpartition("/")[2]).replace("_", " ").replace("-", " ").split())
        plain = _MERE.sub("", plain)
        for channel, pattern in _PATTERNS:
            if pattern.fullmatch(plain):
                return channel
    return ""


def unit_named(name: str) -> str:
    """Return a unit as the program's channels know it, of what others call it; an unknown one as it is."""
    plain = " ".join(name.split())
    return UNITS.get(plain.lower(), plain)
