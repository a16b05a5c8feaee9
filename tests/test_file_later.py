"""Files of earlier versions open as they are."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import districts
import numpy as np

from twin import file
from twin.file.sound import LATER

if TYPE_CHECKING:
    from pathlib import Path


def test_that_a_file_without_the_later_columns_opens(tmp_path: Path) -> None:
    path = tmp_path / "old.twin"
    district = districts.district()
    file.write(path, district, districts.city(district))
    with sqlite3.connect(path) as database:
        for table, names in LATER.items():
            for name in names:
                database.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    database.close()
    found = file.read_district(path)
    for table in LATER:
        assert len(found.tables[table]) == len(district.tables[table]) > 0
        assert np.isnan(found.tables[table]["roof_direction_deg"]).all()
        assert (found.tables[table]["roof_orientation"] == "").all()
    assert np.array_equal(found.tables["buildings"]["height_m"], district.tables["buildings"]["height_m"])
