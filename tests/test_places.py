"""Places: from what somebody types to an area, by way of Nominatim."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import shapely

from tests.network import UNREACHED, running_courier
from tests.servers import (
    LAT,
    LON,
    Behaviour,
    Nominatim,
    busy,
    cut_off,
    exactly,
    lonlat,
    moved,
    web_page,
)
from twin.model import TwinError, silent
from twin.osm.area import area_of_point
from twin.osm.courier import Courier
from twin.osm.download import area_of_place
from twin.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def courier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Courier]:
    with running_courier(tmp_path_factory.mktemp("warm")) as shared:
        yield shared


@pytest.fixture
def nominatim() -> Iterator[Nominatim]:
    with Nominatim() as server:
        yield server


@pytest.fixture
def atlas(nominatim: Nominatim, tmp_path: Path) -> Settings:
    return Settings(overpass_url=UNREACHED, nominatim_url=nominatim.url, cache=tmp_path, timeout_s=20, patience=0.001)


def test_that_a_place_with_an_outline_is_its_outline(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    area = area_of_place("Old  quarter ", settings=atlas, report=silent, courier=courier)
    assert area.name == "Old Quarter"
    assert area.polygon.equals_exact(shapely.box(*lonlat(-250, -250), *lonlat(250, 250)), 1e-9, normalize=True)
    assert area.source == "the outline of Old Quarter, Sampleton, Nowhere"
    (asked,) = nominatim.asked
    assert (asked.method, asked.text) == ("GET", "Old quarter")
    assert asked.user_agent == atlas.user_agent


@pytest.mark.parametrize(("text", "x_m", "y_m"), [("5 Long Street", -50, 26), ("Market", 0, 0)])
def test_that_an_address_or_a_point_is_a_circle_around_it(
    atlas: Settings, courier: Courier, text: str, x_m: float, y_m: float
) -> None:
    area = area_of_place(text, settings=atlas, report=silent, courier=courier)
    lon, lat = lonlat(x_m, y_m)
    assert area.name == text
    assert area.polygon.equals_exact(area_of_point(lat, lon, 500).polygon, 1e-5)
    assert area.source.startswith("500 m around ")


def test_that_a_place_is_looked_up_once_for_any_radius(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    first = area_of_place("old quarter", settings=atlas, report=silent, courier=courier)
    with Courier() as unused:
        assert area_of_place("OLD QUARTER", settings=atlas, report=silent, courier=unused) == first
        around = area_of_place("Old quarter", settings=atlas, report=silent, courier=unused, radius_m=120)
        assert unused.pid is None
    assert around.polygon.equals_exact(area_of_point(LAT, LON, 120).polygon, 1e-5)
    assert around.source == "120 m around Old Quarter, Sampleton, Nowhere"
    assert len(nominatim.asked) == 1


def test_that_nominatim_gets_a_second_of_rest_between_questions(
    nominatim: Nominatim, atlas: Settings, courier: Courier
) -> None:
    for text in ("market", "old quarter"):
        area_of_place(text, settings=atlas, report=silent, courier=courier)
    assert nominatim.asked[1].at - nominatim.asked[0].at >= 1


def test_that_an_unknown_place_is_one_sentence(atlas: Settings, courier: Courier) -> None:
    with pytest.raises(TwinError, match="knows no place “Atlantis”"):
        area_of_place("Atlantis", settings=atlas, report=silent, courier=courier)
    with pytest.raises(TwinError, match="needs a name or an address"):
        area_of_place("  ", settings=atlas, report=silent, courier=courier)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (busy(), "is still busy (429) after 1 tries"),
        (web_page(), "answered with a web page instead of data"),
        (exactly(b'{"error": "no"}'), "answered without places"),
        (exactly(b'[{"place_id": 1}]'), "answered without places"),
        (cut_off, "was cut off in the middle"),
    ],
)
def test_that_faults_of_nominatim_are_one_sentence_with_a_way_out(
    nominatim: Nominatim, atlas: Settings, courier: Courier, behaviour: Behaviour, said: str
) -> None:
    nominatim.script = [behaviour]
    with pytest.raises(TwinError) as caught:
        area_of_place("market", settings=replace(atlas, tries=1), report=silent, courier=courier)
    assert said in str(caught.value)
    assert "--nominatim URL" in str(caught.value)
    assert not list((atlas.cache / "nominatim").glob("*"))


def test_that_nominatim_may_send_elsewhere(nominatim: Nominatim, atlas: Settings, courier: Courier) -> None:
    with Nominatim() as new:
        target = f"{new.url}/search?q=old+quarter"
        nominatim.script = [moved(target)]
        area = area_of_place("old quarter", settings=atlas, report=silent, courier=courier)
    assert area.name == "Old Quarter"
