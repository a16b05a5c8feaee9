"""Make the pictures of cities in assets/pictures, with `twin render` alone.

    python packaging/renders.py [NAME...]

Those of Berlin and New York are of extracts that are not in the repository: `../shared/osm`, or the folder that
TWIN_EXTRACTS names. Where they are missing, their pictures are left as they are, and that is told.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from twin.cli import main

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "assets" / "pictures"
EXTRACTS = Path(os.environ.get("TWIN_EXTRACTS", ROOT / ".." / "shared" / "osm"))
SIZE = "1280x720"
MUSEUM_ISLAND = ("berlin_mitte_2022-12-20.osm.pbf", "13.3905,52.5135,13.4085,52.5245")
LOWER_EAST_SIDE = ("nyc_lower_east_side.osm.pbf", "")


@dataclass(frozen=True)
class Picture:
    """One picture: of the sample or a box of an extract, seen from `camera`, and what else `twin render` is told."""

    name: str
    camera: str
    more: tuple[str, ...] = ()
    of: tuple[str, str] = ("sample", "")


ALL = (
    Picture("helsinki-model", "hero"),
    Picture("helsinki-real", "hero", ("--look", "real")),
    Picture("helsinki-night", "hero", ("--look", "night")),
    Picture("helsinki-cathedral", "24.9541,60.1680,75,332,-14", ("--look", "real", "--at", "2026-06-21T12:00")),
    Picture("helsinki-station", "24.9437,60.1690,90,338,-13", ("--look", "real", "--at", "2026-06-21T13:00")),
    Picture(
        "berlin-museum-island", "13.4075,52.5155,170,318,-16", ("--look", "real", "--at", "2026-06-21T10:30"),
        MUSEUM_ISLAND,
    ),
    Picture("new-york-lower-east-side", "hero", ("--at", "2026-06-21T17:00"), LOWER_EAST_SIDE),
)  # fmt: skip


def make(names: list[str]) -> int:
    """Make the pictures of these names, or all; return an exit status."""
    with tempfile.TemporaryDirectory() as folder:
        for picture in ALL:
            if names and picture.name not in names:
                continue
            district = _district(picture.of, Path(folder))
            if district is None:
                print(f"{picture.name}: there is no {EXTRACTS / picture.of[0]}")
                continue
            out = str(PICTURES / f"{picture.name}.png")
            code = main(
                ["render", district, "-o", out, "--size", SIZE, "--camera", picture.camera, "-q", *picture.more]
            )
            if code:
                return code
    return 0


def _district(of: tuple[str, str], folder: Path) -> str | None:
    """Return the file of a district, made of its extract if it has none yet; None where there is no extract."""
    extract, box = of
    if extract == "sample":
        return extract
    made = folder / f"{Path(extract).stem}.twin"
    if not made.exists():
        if not (EXTRACTS / extract).exists():
            return None
        within = ["--bbox", box] if box else []
        if main(["fetch", "--osm", str(EXTRACTS / extract), "-o", str(made), "-q", *within]):
            return None
    return str(made)


if __name__ == "__main__":
    sys.exit(make(sys.argv[1:]))
