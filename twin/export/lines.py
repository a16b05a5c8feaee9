"""Readings as a table of text: one line a reading, RFC 4180, UTF-8, times in UTC."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.export.form import Form
from twin.export.readings import COLUMNS, batches

if TYPE_CHECKING:
    from pathlib import Path

    from twin.export.readings import Batch
    from twin.model import Report


def write(source: Path, target: Path, report: Report) -> int:
    """Write all readings of a file and return how many they are; a place that is not known stays empty."""
    count = 0
    with target.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for batch in batches(source, report):
            columns = _columns(batch)
            lines.writerows(zip(*(columns[name] for name in COLUMNS), strict=True))
            count += len(batch.readings)
    return count


def _columns(batch: Batch) -> dict[str, list[Any]]:
    texts = {name: np.array(words, object)[rows].tolist() for name, (rows, words) in batch.texts().items()}
    times = {
        name: np.char.add(np.datetime_as_string(column, unit="ms" if _whole_ms(column) else "us"), "Z").tolist()
        for name, column in batch.times().items()
    }
    numbers = {
        name: np.where(np.isnan(column), "", column.astype(object)).tolist() for name, column in batch.numbers().items()
    }
    return texts | times | numbers


def _whole_ms(column: np.ndarray[Any, np.dtype[np.datetime64]]) -> bool:
    return not (column.astype(np.int64) % 1000).any()


FORM = Form("csv", ".csv", write)
