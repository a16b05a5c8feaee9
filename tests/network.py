"""What the tests that ask servers share: one child for many of them, and what the district holds."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import (
    DISTRICT,
    LAT,
    LON,
    Overpass,
)
from twin.model import Cancelled, Progress, TwinError, silent
from twin.osm.area import Area, area_of_point
from twin.osm.courier import Courier
from twin.osm.download import Answer, download
from twin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AROUND = area_of_point(LAT, LON, 400)
UNREACHED = "http://127.0.0.1:1"  # port 1 is nobody's


def settings_for(overpass: Overpass, folder: Path) -> Settings:
    """Return settings that ask a loopback Overpass alone, keep their cache to themselves, and hardly wait."""
    return Settings(
        overpass_url=overpass.url,
        nominatim_url=UNREACHED,
        contact="me@example.org",
        cache=folder / "cache",
        timeout_s=20,
        patience=0.001,
    )


@contextlib.contextmanager
def running_courier(folder: Path) -> Iterator[Courier]:
    """Give a child that many tests share, already running: importing osmnx takes seconds."""
    with Overpass() as server, Courier() as shared:
        download(AROUND, settings=settings_for(server, folder), report=silent, courier=shared)
        yield shared


class Sayings(list[str]):
    """Collects what a user is told on the way."""

    def __call__(self, progress: Progress) -> None:
        if not self or self[-1] != progress.what:
            self.append(progress.what)


def refused(area: Area, **arguments: Any) -> str:
    """Return the one sentence in which a download fails."""
    with pytest.raises(TwinError) as caught:
        download(area, report=silent, **arguments)
    assert not isinstance(caught.value, Cancelled)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def elements_in(answer: Answer) -> set[tuple[str, int]]:
    documents = [json.loads(path.read_bytes()) for path in answer.documents]
    return {(element["type"], element["id"]) for document in documents for element in document["elements"]}


def members_of(name: str) -> set[tuple[str, int]]:
    way = next(element for element in DISTRICT if element.get("tags", {}).get("name") == name)
    return {("way", way["id"]), *(("node", node) for node in way["nodes"])}


EVERYTHING = {(element["type"], element["id"]) for element in DISTRICT}
BAKERY = {(one["type"], one["id"]) for one in DISTRICT if "shop" in one.get("tags", {})}
NEARBY = EVERYTHING - BAKERY - members_of("The far house")
