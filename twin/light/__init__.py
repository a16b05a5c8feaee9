"""Light and colours: where the sun stands, what the hour does to a look, and the programs that draw a pixel in it."""

from twin.light.almanac import sun
from twin.light.daylight import LOW_SUN, STUDIO_DEG, Light, lit_share, solar_hour, under_sun
from twin.light.looks import LOOKS, Colour, Look, colour, colours
from twin.light.paints import grains
from twin.light.programs import Glow, Ink, Sky, Worn, set_values

__all__ = [
    "LOOKS",
    "LOW_SUN",
    "STUDIO_DEG",
    "Colour",
    "Glow",
    "Ink",
    "Light",
    "Look",
    "Sky",
    "Worn",
    "colour",
    "colours",
    "grains",
    "lit_share",
    "set_values",
    "solar_hour",
    "sun",
    "under_sun",
]
