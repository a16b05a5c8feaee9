"""A town as the district that is assembled of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.osm import assemble, elements

if TYPE_CHECKING:
    from pathlib import Path

    from osmfiles import Town

    from twin.model import District


def district_of(made: Town, tmp_path: Path, name: str = "town.osm.pbf", **asked: Any) -> District:
    return assemble.district(elements.from_file(made.save(tmp_path / name)), name="Town", **asked)


def reasons(district: District) -> dict[str, str]:
    return {dropped.osm: dropped.reason for dropped in district.dropped}
