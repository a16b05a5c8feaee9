"""Rows a second of an import's reading, against pandas.read_csv of the same file: `python tables.py [ROWS]`."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def measure(rows: int) -> dict[str, float]:
    """Read a made-up table of 2,000 sensors twice: by pandas as it likes, and as checked readings."""
    import pandas as pd

    from twin.mapping import Intake, Places, open_table
    from twin.mapping.mapping import from_plain

    told = from_plain({
        "time": {"columns": "time"}, "sensor": {"columns": "id"}, "measured": [{"column": "speed", "channel": "speed"}],
    })  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        number = np.arange(rows)
        stamps = pd.to_datetime(1_700_000_000 + number // 2000 * 10, unit="s", utc=True)
        speeds = np.random.default_rng(1).uniform(0, 120, rows).round(1)
        frame = pd.DataFrame({"time": stamps.strftime("%Y-%m-%dT%H:%M:%SZ"), "id": number % 2000, "speed": speeds})
        frame.to_csv(path, index=False)
        start = time.perf_counter()
        pd.read_csv(path)
        read = time.perf_counter()
        intake = Intake(told, zone="UTC", places=Places(), now=time.time())
        table = open_table(path)
        for piece in table.pieces({"speed": told.blanks("speed")}, wanted=told.columns()):
            intake.take(piece, path)
        end = time.perf_counter()
    if intake.count.readings != rows:
        raise SystemExit("not all rows became readings")
    return {
        "rows": rows, "pandas_rows_s": rows / (read - start), "import_rows_s": rows / (end - read),
        "ratio": (end - read) / (read - start),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)))
