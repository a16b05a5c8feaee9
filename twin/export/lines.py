"""Readings as a table of text: one line a reading, RFC 4180, UTF-8, times in UTC."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.export.form import Form
from twin.export.readings import COLUMNS, batches

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.export.readings import Batch
    from twin.model import Report

_AT_ONCE = 50_000  # a line is some hundreds of bytes while it is made


def write(source: Path, target: Path, report: Report) -> int:
    """Write all readings of a file and return how many they are; a place that is not known stays empty."""
    count = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for batch in batches(source, report):
            for start in range(0, len(batch.readings), _AT_ONCE):
                columns = _columns(batch.rows(slice(start, start + _AT_ONCE)))
                lines.writerows(zip(*(columns[name] for name in COLUMNS), strict=True))
            count += len(batch.readings)
    return count


def _columns(batch: Batch) -> dict[str, list[Any]]:
    texts = {name: np.array(words, object)[rows].tolist() for name, (rows, words) in batch.texts().items()}
    times = {name: _iso(column) for name, column in batch.times().items()}
    numbers = {
        name: np.where(np.isnan(column), "", column.astype(object)).tolist() for name, column in batch.numbers().items()
    }
    return texts | times | numbers


def _iso(times: NDArray[np.datetime64]) -> list[str]:
    """Return times as ISO 8601; those that are equal, and most sensors measure at once, are written once."""
    distinct, rows = np.unique(times, return_inverse=True)
    whole_ms = not (distinct.astype(np.int64) % 1000).any()
    words = np.datetime_as_string(distinct, unit="ms" if whole_ms else "us", timezone="UTC")
    found: list[str] = words.astype(object)[rows].tolist()
    return found


FORM = Form("csv", ".csv", write)
