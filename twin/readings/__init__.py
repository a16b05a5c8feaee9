"""The words of measuring: what a sensor, a reading, a history and a moment are.

Times are UTC epoch seconds as float64, positions lon/lat in WGS 84 degrees. Everything here is a plain value.

Readings name their sensor and channel by row in a `Roster`. A *slot* is one channel of one sensor, the
smallest thing that has a value at a moment; slots are numbered in the order of the roster's sensors and, within
each, of its channels, and keep their numbers when a roster grows.
"""

from twin.readings.columns import DTYPES, NO_READINGS, Quality, Readings
from twin.readings.history import Gaps, History, Mark, Moment, Span
from twin.readings.roster import Between, Channel, Layer, Origin, Roster, Sensor
from twin.readings.trouble import Notice, Reason, Rejected, Rejects

__all__ = [
    "DTYPES",
    "NO_READINGS",
    "Between",
    "Channel",
    "Gaps",
    "History",
    "Layer",
    "Mark",
    "Moment",
    "Notice",
    "Origin",
    "Quality",
    "Readings",
    "Reason",
    "Rejected",
    "Rejects",
    "Roster",
    "Sensor",
    "Span",
]
