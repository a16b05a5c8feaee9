"""A file with a district and a day of its sensors, for windows to show."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import districts
import sensed

from twin import district
from twin.days import Home, Recorder, copy_days
from twin.readings import Mark

if TYPE_CHECKING:
    from twin.model import District
    from twin.readings import Readings

OUTAGE_S = (13 * 3600.0, 13.5 * 3600.0)
"""No detector says anything then, counted from midnight."""


def harbour_with_a_day(path: Path, *, hours: float = 24.0) -> Path:
    """Write the little harbour with a day in which traffic falls silent for a while; return the path."""
    return file_with_a_day(path, districts.district(), hours=hours, detectors=8, stations=2)


def file_with_a_day(path: Path, town: District, *, hours: float, detectors: int, stations: int) -> Path:
    """Write a district with a day of so many detectors and stations; return the path."""
    roster = sensed.roster(town, detectors, stations)
    rows = _with_an_outage(sensed.day(roster, town, hours))
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "day.twin"
        with Recorder(
            alone, roster, title="Tuesday", home=Home(town.name, town.frame.lon, town.frame.lat, town.zone)
        ) as recorder:
            recorder.record(rows)
            recorder.record(Mark(sensed.MIDNIGHT_S + 9 * 3600, sensed.MIDNIGHT_S + 9.5 * 3600, "Fair", "traffic"))
        district.save(path, town)
        copy_days(alone, path)
    return path


def _with_an_outage(rows: Readings) -> Readings:
    t = rows.t_end - sensed.MIDNIGHT_S
    return rows[~((rows.channel < 2) & (t > OUTAGE_S[0]) & (t <= OUTAGE_S[1]))]
