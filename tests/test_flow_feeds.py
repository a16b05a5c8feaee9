"""TomTom's and HERE's traffic flow."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from feeds import Asked, Feeds, says
from hypothesis import given
from hypothesis import strategies as st
from sourced import HERE, SAMPLES, heard, mutated, opened, sound, table

from twin.model import TwinError
from twin.readings import Reason
from twin.sources import Where, connection_of, here, kinds, tomtom
from twin.sources.gathering import Gathering, layers_of
from twin.sources.moments import moment
from twin.sources.source import Connection, Trouble

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

KEY = "k3y-of-somebody"
T = moment("2026-11-22T10:00:00Z")


def segment(lon: float = 24.94, lat: float = 60.17, **more: Any) -> dict[str, Any]:
    line = [{"latitude": lat, "longitude": lon + 0.001 * step} for step in range(3)]
    return {"flowSegmentData": {
        "frc": "FRC2", "currentSpeed": 20, "freeFlowSpeed": 40, "currentTravelTime": 90, "freeFlowTravelTime": 45,
        "confidence": 0.95, "roadClosure": False, "coordinates": {"coordinate": line},
    } | more}  # fmt: skip


def flows(*speeds: float, **more: Any) -> dict[str, Any]:
    return {"sourceUpdated": "2026-11-22T10:00:00Z", "results": [
        {
            "location": {"description": "Long Street", "length": 100.0, "shape": {"links": [
                {"length": 100.0, "points": [{"lat": 60.17 + 0.001 * row, "lng": 24.94 + 0.001 * step}
                                             for step in range(3)]}]}},
            "currentFlow": {"speed": speed, "freeFlow": 13.9, "jamFactor": 1.2, "confidence": 0.99,
                            "traversability": "open"} | more,
        }
        for row, speed in enumerate(speeds)
    ]}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Feeds]:
    with Feeds() as found:
        yield found


def test_that_tomtom_is_asked_about_points_and_its_answers_are_streets(server: Feeds) -> None:
    def flow(asked: Asked) -> Any:
        lat, lon = map(float, asked.params["point"].split(","))
        return says({"detailedError": "far"}, 400) if lat > 60.175 else says(segment(lon, lat))

    server.routes["/flow"] = flow
    before = time.time()
    source = opened("tomtom", f"tomtom+{server.url}/flow", secrets={"key": KEY})
    told = heard(source)
    assert told.error is None
    assert len(server.asked) == 16
    assert len(told.readings) == 12
    assert {one.params["key"] for one in server.asked} == {KEY}
    assert (told.readings.value == 20).all()
    assert (told.readings.t_end >= before - 1).all()
    assert {sensor.heading_deg for sensor in source.roster.sensors} == {90.0}
    sound(source.roster, told.readings)


def test_that_here_is_asked_about_the_box_and_its_speeds_are_ours(server: Feeds) -> None:
    server.routes["/flow"] = says(flows(13.888889, 5.0))
    source = opened("here", f"here+{server.url}/flow", secrets={"key": KEY})
    told = heard(source)
    assert told.error is None
    assert [(one[1], one[3], one[4]) for one in table(source.roster, told.readings)] == [
        ("speed", T, pytest.approx(50.0, abs=1e-4)),
        ("speed", T, 18.0),
    ]
    (asked,) = server.asked
    assert asked.params["apiKey"] == KEY
    assert asked.params["in"].startswith("bbox:24.9")
    assert source.roster.sensors[0].name == "Long Street"


def test_that_what_is_not_sure_is_an_estimate_and_a_closed_road_has_no_speed(server: Feeds) -> None:
    server.script = [says(flows(5.0, confidence=0.6)), says(flows(5.0, traversability="closed"))]
    for quality in ([2], []):
        source = opened("here", f"here+{server.url}/flow", secrets={"key": KEY})
        assert heard(source).readings.quality.tolist() == quality
    server.script = [says(segment(confidence=0.5)), says(segment(roadClosure=True))]
    for quality in ([2], []):
        source = opened("tomtom", f"tomtom+{server.url}/flow", secrets={"key": KEY}, points="60.17,24.94")
        assert heard(source).readings.quality.tolist() == quality


@pytest.mark.parametrize("kind", ["tomtom", "here"])
def test_that_they_need_a_key_and_are_not_recorded_unasked(server: Feeds, kind: str) -> None:
    with pytest.raises(TwinError, match="needs its Key"):
        opened(kind)
    assert not kinds()[kind].record
    assert not connection_of(f"{kind}:").record
    server.routes["/flow"] = says({"message": KEY}, 403)
    error = heard(opened(kind, f"{kind}+{server.url}/flow", secrets={"key": KEY})).error
    assert isinstance(error, Trouble)
    assert error.grave
    assert KEY not in str(error)
    error = heard(opened(kind, secrets={"key": KEY}, where=Where("Anywhere"))).error
    assert isinstance(error, Trouble)
    assert error.grave


def test_that_points_are_read_and_others_refused() -> None:
    assert tomtom.points_of("60.17,24.94; 60.18 , 24.95", HERE) == [(60.17, 24.94), (60.18, 24.95)]
    assert len(tomtom.points_of("", HERE)) == 16
    for told in ("Kamppi", "60.17", "95,24"):
        with pytest.raises(TwinError, match="is no point"):
            tomtom.points_of(told, HERE)


def gathering() -> Gathering:
    return Gathering(HERE, layers_of(Connection("A feed", "", ""), ["traffic"]), margin_m=2000)


@given(st.randoms(use_true_random=False), st.floats(0.0, 0.4))
def test_that_no_payload_breaks_them(chance: random.Random, share: float) -> None:
    for take in (
        lambda found: tomtom.gather(mutated(segment(), chance, share), found, T),
        lambda found: here.gather(mutated(flows(5.0, 6.0), chance, share), found),
    ):
        found = gathering()
        take(found)
        batch = found.batch()
        sound(found.roster, batch.readings)


def test_that_samples_of_the_real_services_are_read() -> None:
    if not SAMPLES.exists():  # the reference payloads lie beside the repository where it was made
        return
    where = Where("Kraków", (19.9, 50.05, 19.94, 50.07))
    found = Gathering(where, layers_of(Connection("A feed", "", ""), ["traffic"]), margin_m=200)
    tomtom.gather(json.loads((SAMPLES / "tomtom_flow_segment_v4.json").read_bytes()), found, T)
    batch = found.batch()
    assert table(found.roster, batch.readings) == [("FRC2 50.06000 19.92000", "speed", T, T, 20.0)]
    found = gathering()
    told = json.loads((SAMPLES / "here_flow_v7.json").read_bytes())
    here.gather(told, found)  # it has a code for its place that only HERE's maps resolve
    assert found.batch().rejects.counts == {Reason.IMPOSSIBLE_PLACE: 1}
    told["results"][0]["location"] |= flows(0.0)["results"][0]["location"]
    here.gather(told, found)
    batch = found.batch()
    assert [one[4] for one in table(found.roster, batch.readings)] == [50.0]
