"""Measure a recorded day against Parquet and DuckDB, as JSON: size, seeking, a day's totals, a step.

A synthetic day of 17.28 million readings (2,000 sensors, every 10 s) is written once by us and once with pyarrow
(zstd, five minutes a row group). Needs the group `bench`. Of several rounds the fastest counts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin import district as doors
from twin.days import Recorder, Recording
from twin.drape import streets_of
from twin.history import LiveHistory
from twin.readings import Channel, Layer, Readings, Roster, Sensor
from twin.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

START_S = 1_731_369_600.0  # 2024-11-12 00:00 UTC
EVERY_S = 10.0


def roster(sensors: int) -> Roster:
    channel = Channel("speed", "traffic", "Speed", "km/h", 0.0, 250.0, shelf_s=60.0)
    return Roster(
        tuple(Sensor(f"s{i}", "traffic", ("speed",), lon=24.9 + i / 1e5, lat=60.17) for i in range(sensors)),
        (channel,),
        (Layer("traffic", "Traffic", "simulated"),),
    )


def ticks(sensors: int, seconds: float) -> Iterator[Readings]:
    """Yield five minutes of readings at a time: a daily curve, noise, arrival half a second to two seconds late."""
    noise = np.random.default_rng(7)
    number = np.arange(sensors)
    for start in np.arange(0, seconds, 300.0):
        t = START_S + np.repeat(np.arange(start + EVERY_S, start + 300 + EVERY_S, EVERY_S), sensors)
        hour = (t - START_S) / 3600
        value = 50 + 20 * np.cos(hour / 24 * 2 * np.pi) + np.tile(number % 30, 30) + noise.normal(0, 4, len(t))
        arrived = t + np.round(noise.uniform(0.5, 2.0, len(t)), 1)
        yield Readings.of(
            np.tile(number, 30), 0, t, np.round(np.clip(value, 0, 250), 1), t_start=t - EVERY_S, t_arrived=arrived
        )


def fastest(run: Callable[[], Any], rounds: int) -> float:
    """Return the seconds of the fastest of several runs."""
    times = []
    for _round in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def median(run: Callable[[float], Any], moments: list[float]) -> float:
    """Return the median seconds over the moments."""
    times = []
    for moment in moments:
        start = time.perf_counter()
        run(moment)
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def step_ms() -> float:
    """Return the milliseconds of a step after a second's readings of 10,000 detectors: to cells on streets."""
    district = doors.open_district("sample")
    edges = streets_of(district).edges
    random = np.random.default_rng(1)
    edge = random.integers(0, len(edges.length_m), 10_000)
    at, heading = edges.places(edge, random.uniform(0, 1, len(edge)) * np.asarray(edges.length_m)[edge])
    looks = np.degrees(np.arctan2(heading[:, 0], heading[:, 1])).tolist()
    bare = roster(10_000)
    places = district.frame.lonlat_from_xy(at).tolist()
    sensors = tuple(
        replace(sensor, lon=lon, lat=lat, heading_deg=look)
        for sensor, (lon, lat), look in zip(bare.sensors, places, looks, strict=True)
    )
    history, times = LiveHistory(replace(bare, sensors=sensors)), []
    session = Session(district, live=history)
    session.clock = session.clock.follow(START_S)
    for second, value in enumerate(random.uniform(0, 200, (60, 10_000))):
        history.add(Readings.of(np.arange(10_000), 0, START_S + second, value))
        start = time.perf_counter()
        session.step(START_S + second + 0.5)
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1e3


def main() -> None:
    """Print the figures."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", type=int, default=2000)
    parser.add_argument("--hours", type=float, default=24.0)
    asked = parser.parse_args()
    seconds, sensors = asked.hours * 3600, asked.sensors
    with tempfile.TemporaryDirectory() as name:
        ours, theirs = Path(name) / "day.twin", Path(name) / "day.parquet"
        start = time.perf_counter()
        recorder = Recorder(ours, roster(sensors), title="Bench")
        for batch in ticks(sensors, seconds):
            recorder.record(batch)
            recorder.flush()
        recorded = time.perf_counter()
        recorder.close()
        written = time.perf_counter()
        names = ("sensor", "channel", "t_start", "t_end", "t_arrived", "value", "quality")
        kinds = {"t_start", "t_end", "t_arrived"}
        writer = None
        for batch in ticks(sensors, seconds):
            columns = {
                name: (column * 1e6).astype("datetime64[us]") if name in kinds else column
                for name, column in batch.columns.items()
                if name in names
            }
            table = pa.table(columns)
            writer = writer or pq.ParquetWriter(theirs, table.schema, compression="zstd")
            writer.write_table(table)
        if writer:
            writer.close()
        moments = [START_S + seconds * share for share in np.random.default_rng(3).uniform(0.01, 1, 200)]
        parquet = pq.ParquetFile(theirs)

        def seek_parquet(t: float) -> Any:
            rows = parquet.read_row_group(
                min(int((t - START_S) // 300), parquet.num_row_groups - 1), columns=["sensor", "t_end", "value"]
            )
            sensor, t_end, value = (rows[column].to_numpy() for column in ("sensor", "t_end", "value"))
            fits = np.flatnonzero(t_end <= np.datetime64(int(t * 1e6), "us"))
            found = np.full(sensors, np.nan)
            found[sensor[fits]] = value[fits]  # rows lie in the order of time: the last one stays
            return found

        with Recording(ours) as recording:

            def seek(t: float) -> Any:
                recording._shelf.clear()
                return recording.at(t)

            seek_s, seek_parquet_s = median(seek, moments), median(seek_parquet, moments)
            near_s = median(recording.at, [START_S + seconds / 2 + i / 30 for i in range(100)])
            day = recording.totals(START_S, START_S + seconds)
            totals_s = fastest(lambda: recording.totals(START_S, START_S + seconds), 5)
        query = f"SELECT sensor, count(*), avg(value), min(value), max(value) FROM '{theirs}' GROUP BY sensor"  # noqa: S608
        duck_s = fastest(lambda: duckdb.sql(query).fetchall(), 5)
        assert int(day.count.sum()) == parquet.metadata.num_rows
        print(
            json.dumps(
                {
                    "readings": int(day.count.sum()),
                    "size_to_parquet": round(ours.stat().st_size / theirs.stat().st_size, 2),
                    "seek_to_parquet": round(seek_s / seek_parquet_s, 2),
                    "totals_to_duckdb": round(totals_s / duck_s, 2),
                    "step_10000_ms": round(step_ms(), 2),
                    "mb": round(ours.stat().st_size / 1e6, 1),
                    "parquet_mb": round(theirs.stat().st_size / 1e6, 1),
                    "seek_ms": round(seek_s * 1e3, 2),
                    "seek_parquet_ms": round(seek_parquet_s * 1e3, 2),
                    "play_ms": round(near_s * 1e3, 2),
                    "totals_s": round(totals_s, 3),
                    "duckdb_s": round(duck_s, 3),
                    "record_s": round(recorded - start, 1),
                    "finish_s": round(written - recorded, 1),
                },
                indent=2,
            )
        )


if __name__ == "__main__":
    main()
