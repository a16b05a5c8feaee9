"""What SUMO wrote: tables of text with semicolons, as columns."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Written:
    """A table that SUMO wrote."""

    names: list[str]  # of what each row is about
    values: NDArray[np.float64]  # (rows, columns), NaN where nothing was written


def columns(path: Path, wanted: Sequence[str], name: str) -> Written:
    """Read columns with numbers and one with names; rows without a name are left out."""
    names: list[str] = []
    rows: list[list[float]] = []
    with path.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file, delimiter=";")
        head = next(table, [])
        if not head:
            return Written([], np.zeros((0, len(wanted))))
        which, places = head.index(name), [head.index(column) for column in wanted]
        for row in table:
            if len(row) > which and row[which]:
                names.append(row[which])
                rows.append([float(row[at]) if at < len(row) and row[at] else np.nan for at in places])
    return Written(names, np.array(rows, np.float64).reshape(-1, len(wanted)))
