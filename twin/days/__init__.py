"""Days of readings in a `.twin` file: recorded, asked by time, copied, verified.

A day lies in the file of its district or in one of its own, which says where it belongs. Any GIS reads the layer
`sensors`, and `sensor_hours` with the hourly means; the readings themselves are packed.
"""

from twin.days.about import Day, Home
from twin.days.copying import copy_days, verify_days
from twin.days.doubling import DaysThere
from twin.days.filing import Filed, file_days
from twin.days.finishing import finish
from twin.days.recorder import Recorder
from twin.days.recording import Recording, are_alone, read_days
from twin.days.stored import Stored

__all__ = [
    "Day",
    "DaysThere",
    "Filed",
    "Home",
    "Recorder",
    "Recording",
    "Stored",
    "are_alone",
    "copy_days",
    "file_days",
    "finish",
    "read_days",
    "verify_days",
]
