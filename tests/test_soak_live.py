"""Ten minutes of a feed at high speed through a way that breaks: nothing grows and nothing is lost. `make soak`."""

from __future__ import annotations

import gc
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import sensed
from brokers import running, until
from played import WHERE
from proxies import Proxy
from published import publishing

from twin import district as doors
from twin.days import Recording, verify_days
from twin.history import LiveHistory
from twin.live import Live, Pauses
from twin.readings import Reason, Roster
from twin.session import Session
from twin.sources import Connection
from twin.sources.convention import Observed, Topic, encode_layer, encode_obs, encode_sensor

if TYPE_CHECKING:
    from brokers import Broker
    from published import Publisher

LENGTH_S = float(os.environ.get("TWIN_SOAK_S", "600"))
SENSORS, ROWS, MESSAGES_A_SECOND = 50, 25, 200.0


class Use(NamedTuple):
    """What a process has of its computer."""

    threads: int
    handles: int
    memory_mb: float

    @classmethod
    def now(cls) -> Use:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        handles = len(list(Path("/proc/self/fd").iterdir()))
        return cls(threading.active_count(), handles, pages * os.sysconf("SC_PAGE_SIZE") / 1e6)


def publish(publisher: Publisher, stop: threading.Event, told: list[int]) -> None:
    """Say so many messages a second, a millisecond of readings each, so that no time is ahead of the wall's."""
    waiting: list[Any] = []
    begun_s, since_s = time.time() - 60.0, time.monotonic()
    number = 0
    while not stop.is_set():
        seconds = [begun_s + (number + row / ROWS) * 1e-3 for row in range(ROWS)]
        values = [float((number + row) % 90) for row in range(ROWS)]
        topic = Topic("obs", "Mitte", "traffic", f"d{number % SENSORS}")
        waiting.append(publisher.send(topic, encode_obs(Observed(seconds, {"speed": values}))))
        number += 1
        if number % 100 == 0:
            waiting = [one for one in waiting if not one.is_published()]
        stop.wait(max(0.0, number / MESSAGES_A_SECOND - (time.monotonic() - since_s)))
    for one in waiting:
        one.wait_for_publish(30)
    told.append(number * ROWS)


@pytest.mark.soak
def test_that_a_feed_at_high_speed_leaves_nothing_behind(tmp_path: Path) -> None:
    # A broker drops what is beyond a thousand messages for somebody who is not there, but where it is told otherwise.
    with running(tmp_path / "broker", lines=["max_queued_messages 0"]) as broker, Proxy(broker.port) as way:
        soak(broker, way, tmp_path)


def soak(broker: Broker, way: Proxy, tmp_path: Path) -> None:
    """Watch and record while connections break and files change; compare what is used, and what is recorded."""
    below = doors.open_district("sample")
    roster = sensed.roster(below, detectors=SENSORS, stations=0)
    channels = {channel.key: channel for channel in roster.channels}
    session = Session(below, live=LiveHistory(Roster(), readings_kept=100_000))
    session.patience_s = 0.008  # as in a window
    live = Live(session.desk, WHERE, lambda _connection: lambda _key: "", pauses=Pauses(0.05, 0.2, 1.0))
    stop, told, files, uses = threading.Event(), list[int](), list[Path](), list[Use]()
    with publishing(broker) as publisher:
        publisher.say(Topic("layer", "Mitte", "traffic"), encode_layer(roster.layers[0]), retain=True)
        for sensor in roster.sensors[:SENSORS]:
            publisher.say(Topic("meta", "Mitte", "traffic", sensor.key), encode_sensor(sensor, channels), retain=True)
        live.add(Connection("Roads", "mqtt", f"mqtt://127.0.0.1:{way.port}"))

        def step() -> bool:
            session.step(time.time())
            return len(session.roster.sensors) == SENSORS

        until(step)
        session.clock = session.clock.follow(time.time())
        saying = threading.Thread(target=publish, args=(publisher, stop, told))
        saying.start()
        begun_s, tick = time.monotonic(), 0
        while (past_s := time.monotonic() - begun_s) < LENGTH_S:
            session.step(time.time())
            time.sleep(0.01)
            if past_s >= LENGTH_S * tick / 30:
                tick += 1
                if tick % 3 == 1:
                    files.append(tmp_path / f"{tick}.twin")
                    if live.recording is None:
                        live.record(files[-1])
                    else:
                        before = session.desk.turn_over(files[-1], title="Soak")
                        assert before is not None
                        before.close()
                else:
                    way.cut()
                if tick in {13, 22}:  # connected, not just cut off
                    uses.append(Use.now())
        stop.set()
        saying.join()

        def all_there() -> bool:
            step()
            return live.states()[0].rate_per_s == 0 and live.recording is not None and not live.recording.waiting

        until(all_there, within_s=300)
        uses.append(Use.now())
        live.close()
        live.stop_recording()
        session.close()
    assert not session.rejects.counts.keys() - {Reason.DUPLICATE}  # what was on its way comes again
    recorded = 0
    for path in files:
        assert verify_days(path) == ()
        with Recording(path) as recording:
            recorded += recording.day.readings
    assert recorded == told[0]
    first, *later = uses
    for use in later:
        assert use.threads <= first.threads + 1
        assert use.handles <= first.handles + 4
        assert use.memory_mb <= first.memory_mb * 1.1 + 15
    print(uses, f"{recorded:,} readings, {way.connections} connections")
