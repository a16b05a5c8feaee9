"""What services notice, passed on by a real broker: observations and notifications."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from brokers import PASSWORD, USER, client, until
from feeds import Feeds
from sourced import heard, opened, sound, table, values
from test_ngsild import air, normalised, traffic
from test_sensorthings import NOW, Service

from twin.model import TwinError
from twin.readings import Reason
from twin.sources.moments import written
from twin.sources.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from brokers import Broker


@pytest.fixture
def server() -> Iterator[Feeds]:
    service = Service()
    with Feeds() as found:
        found.routes["/sta/v1.1/Things"] = service.things
        found.routes["/sta/v1.1/Datastreams(19)/Observations"] = service.more
        found.routes["/sta/v1.1/Page2"] = lambda handler: handler.begin(200, "application/json", {
            "Content-Length": "13"}) or handler.wfile.write(b'{"value": []}')  # fmt: skip
        yield found


class Publisher:
    """Says things on a broker, each until it has it."""

    def __init__(self, broker: Broker) -> None:
        self._client = client(broker)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        until(self._client.is_connected)

    def say(self, topic: str, told: Any) -> None:
        payload = told if isinstance(told, bytes) else json.dumps(told).encode()
        self._client.publish(topic, payload, qos=1).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    found = Publisher(broker)
    yield found
    found.close()


def observation(t: float, value: Any) -> dict[str, Any]:
    return {"@iot.id": 99, "phenomenonTime": written(t), "resultTime": None, "result": value}


def test_that_observations_are_asked_for_once_and_then_heard(
    server: Feeds, broker: Broker, publisher: Publisher
) -> None:
    source = opened("sensorthings", f"sta+{server.url}/sta/v1.1", broker=broker.url, properties="Vehicles = flow")
    topic = "v1.1/Datastreams(19)/Observations"

    def speak() -> None:
        publisher.say(topic, observation(NOW + 1, 15.5))
        publisher.say(topic, b"half a mess")
        publisher.say("v1.1/Datastreams(7)/Observations", observation(NOW + 1, 99))
        publisher.say("v1.1/Datastreams(21)/Observations", observation(NOW + 2, "250"))

    told = heard(
        source,
        lambda told: (NOW + 2) in told.readings.t_end,
        then=[lambda: None, lambda: None, speak],  # what there is, what came meanwhile, and that the broker is there
    )
    assert told.error is None
    assert values(source.roster, told.readings) == {("17", "temperature"): 15.5, ("17", "flow"): 250.0}
    assert [(one.reason, one.value) for one in told.rejects.examples] == [(Reason.UNREADABLE, "half a mess")]
    assert server.paths.count("/sta/v1.1/Things") == 2
    sound(source.roster, told.readings)


def test_that_after_a_break_the_service_is_asked_for_what_came_meanwhile(server: Feeds, broker: Broker) -> None:
    source = opened("sensorthings", f"sta+{server.url}/sta/v1.1", broker=broker.url)
    broker.kill()
    told = heard(source, lambda _told: False)
    assert isinstance(told.error, Trouble)
    assert len(told.readings) == 1
    broker.start()
    again = heard(source, lambda told: len(told.batches) >= 3, since_s=NOW - 100)
    assert again.error is None
    assert sorted(one[3] for one in table(source.roster, again.readings)) == [NOW - 180, NOW - 120, NOW - 60]
    assert not [batch for batch in again.batches if batch.missed]


@pytest.mark.parametrize("wrapped", [False, True])
def test_that_notifications_are_heard(broker: Broker, publisher: Publisher, wrapped: bool) -> None:
    source = opened("ngsild", f"ngsild+{broker.url}/city/#")

    def speak() -> None:
        for entities in ([traffic(), normalised(air(), co="GP")], []):
            notification = {"id": "urn:n:1", "type": "Notification", "data": entities}
            publisher.say("city/notices", {"metadata": {}, "body": notification} if wrapped else notification)
        publisher.say("city/notices", {"a": 1})

    told = heard(source, lambda told: told.rejects.total >= 1 and len(told.readings) > 5, then=[speak])
    assert told.error is None
    assert [one.value for one in told.rejects.examples] == ['{"a": 1}']
    found = values(source.roster, told.readings)
    assert found["Helsinki-1/1", "flow"] == 2364.0
    assert found["Helsinki-AmbientObserved-28079004", "co"] == 500.0


def test_that_a_wrong_password_is_grave_and_a_topic_needed(guarded: Broker) -> None:
    source = opened("ngsild", f"ngsild+{guarded.url.replace(USER + '@', '')}/city/#", user=USER,
                    secrets={"password": "wrong"})  # fmt: skip
    error = heard(source).error
    assert isinstance(error, Trouble)
    assert error.grave
    assert PASSWORD not in str(error)
    with pytest.raises(TwinError, match="which topic"):
        opened("ngsild", "ngsild+mqtt://127.0.0.1:1883")
