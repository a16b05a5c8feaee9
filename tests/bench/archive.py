"""Measure what a city of very many sensors costs in an archive, as JSON: bytes, seconds, and those of a year.

Sensors that report every minute are recorded for an hour, pushed into chDB (ClickHouse's engine, in this process and
on this disk) and asked from there. What is told a million readings is measured; what is told a day and a year is that,
multiplied. Needs the group `archive`. Of several rounds the fastest counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.archive import ArchiveRecording, Server, address_of, pull, push
from twin.days import Home, Recorder, Recording
from twin.overview import overview
from twin.readings import Channel, Layer, Readings, Roster, Sensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_S = 1_731_369_600.0  # 2024-11-12 00:00 UTC
EVERY_S = 60.0
A_DAY = 86_400 / EVERY_S


def roster(sensors: int) -> Roster:
    channel = Channel("speed", "traffic", "Speed", "km/h", 0.0, 250.0, shelf_s=300.0)
    places = np.random.default_rng(3).uniform((24.5, 60.1), (25.3, 60.4), (sensors, 2)).round(6).tolist()
    return Roster(
        tuple(Sensor(f"s{i}", "traffic", ("speed",), f"Detector {i}", lon, lat) for i, (lon, lat) in enumerate(places)),
        (channel,),
        (Layer("traffic", "Traffic", "simulated"),),
    )


def minutes(sensors: int, count: int) -> Iterator[Readings]:
    """Yield a minute of readings at a time: a daily curve, noise, arrival half a second to two seconds late."""
    noise = np.random.default_rng(7)
    number = np.arange(sensors)
    for minute in range(1, count + 1):
        t = np.full(sensors, START_S + minute * EVERY_S)
        value = 50 + 20 * np.cos(minute / 1440 * 2 * np.pi) + number % 30 + noise.normal(0, 4, sensors)
        arrived = t + np.round(noise.uniform(0.5, 2.0, sensors), 1)
        yield Readings.of(number, 0, t, np.round(np.clip(value, 0, 250), 1), t_start=t - EVERY_S, t_arrived=arrived)


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_ms(run: Callable[[float], Any], moments: list[float]) -> float:
    return round(1000 * float(np.median([seconds(lambda t=t: run(t)) for t in moments])), 1)  # type: ignore[misc]


def measured(folder: Path, sensors: int, count: int) -> dict[str, Any]:
    path = folder / "day.twin"
    with Recorder(path, roster(sensors), title="Bench", home=Home("City", 24.9, 60.2)) as recorder:
        for rows in minutes(sensors, count):
            recorder.record(rows)
            recorder.flush()
    address = f"chdb:{folder / 'archive'}"
    with Recording(path) as recording, Server(address_of(address), create=True) as server:
        readings = recording.day.readings
        push_s = seconds(lambda: push(recording, server))
        for table in ("twin_readings", "twin_keyframes"):
            server.do(f"OPTIMIZE TABLE {table} FINAL")
        sizes = {
            table: int(size)
            for table, size in server.rows(
                "SELECT table, sum(bytes_on_disk) FROM system.parts WHERE active GROUP BY table"
            )
        }
    span = START_S + EVERY_S, START_S + count * EVERY_S
    moments = np.random.default_rng(5).uniform(*span, 9).tolist()
    figures: dict[str, Any] = {
        "readings": readings,
        "blocks": 0,
        "file_bytes_a_reading": round(path.stat().st_size / readings, 2),
        "megabytes_a_million_readings": {
            table: round(size / readings, 3) for table, size in sizes.items() if size / readings > 0.01
        },
        "push_readings_a_second": round(readings / push_s),
    }

    def cold(t: float) -> None:
        with ArchiveRecording(address) as day:
            start = time.perf_counter()
            day.at(t)
            asked.append(time.perf_counter() - start)

    asked: list[float] = []
    figures["open_and_first_moment_ms"] = median_ms(cold, moments)
    figures["first_moment_ms"] = round(1000 * float(np.median(asked)), 1)
    with ArchiveRecording(address) as day:
        figures["blocks"] = len(day.directory.count)
        day.at(moments[0])
        figures["next_moment_ms"] = median_ms(day.at, [moments[0] + s for s in range(1, 9)])
        some = np.random.default_rng(6).integers(0, sensors, 8)
        figures["curve_of_a_sensor_ms"] = median_ms(lambda _t: day.window(-np.inf, np.inf, slots=some[:1]), moments)
        figures["totals_of_all_ms"] = median_ms(lambda _t: day.totals(-np.inf, np.inf), moments[:3])
        figures["overview_ms"] = median_ms(lambda _t: overview(day), moments[:3])
        figures["pull_readings_a_second"] = round(readings / seconds(lambda: pull(day, folder / "again.twin")))
    growing = sum(sizes[table] for table in ("twin_readings", "twin_keyframes")) / readings
    once = sum(sizes.values()) - growing * readings  # who measures what: once a day
    scaled = {
        "million_readings_a_day": round(sensors * A_DAY / 1e6, 1),
        "gigabytes_a_day": round((sensors * A_DAY * growing + once) / 1e9, 2),
        "gigabytes_a_year": round((sensors * A_DAY * growing + once) * 365.25 / 1e9, 1),
        "minutes_to_push_a_day": round(sensors * A_DAY / figures["push_readings_a_second"] / 60, 1),
    }
    return {"sensors": sensors, "minutes": count, "measured": figures, "scaled": scaled}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=100_000)
    parser.add_argument("--minutes", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(Path(folder), asked.sensors, asked.minutes), indent=2))


if __name__ == "__main__":
    main()
