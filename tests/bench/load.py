"""Ten thousand readings a second through a real broker into a recording: `python tests/bench/load.py [--seconds 60]`.

A process of its own publishes, QoS 1, 10 to 50 readings a message; here they are heard, judged, shown and recorded, as
in the window (with --window, in it: `xvfb-run -s "-screen 0 1366x768x24" python tests/bench/load.py --window`). Prints
JSON: what was counted at both ends, how long the thread of the window was held, and what memory did.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]
os.environ.setdefault("QT_API", "pyside6")
for folder in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[folder] = tempfile.mkdtemp()

import numpy as np  # noqa: E402
import sensed  # noqa: E402
from brokers import running  # noqa: E402

from twin import district as doors  # noqa: E402
from twin.days import Home, Recording, verify_days  # noqa: E402
from twin.history import LiveHistory  # noqa: E402
from twin.live import Live  # noqa: E402
from twin.readings import Roster  # noqa: E402
from twin.session import Session  # noqa: E402
from twin.sources import Connection, Where  # noqa: E402
from twin.sources.convention import Observed, Topic, encode_layer, encode_obs, encode_sensor  # noqa: E402

if TYPE_CHECKING:
    from twin.model import District

SENSORS, ROWS = 500, (5, 25)  # rows of a message, each with two channels
TICK_S = 1 / 30
SETTLED_S = 15.0


def publish(url: str, seconds: float, rate: float) -> None:
    """Publish so many readings a second for so long, and print what the broker has confirmed."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    host, _colon, port = url.partition("://")[2].partition(":")
    confirmed: deque[int] = deque()
    rows_of: dict[int, int] = {}
    messages = readings = 0

    def settle() -> None:
        nonlocal messages, readings
        while confirmed:
            messages += 1
            readings += rows_of.pop(confirmed.popleft())

    client = Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1_000)
    # on the thread that moves the bytes, with locks of its held
    client.on_publish = lambda _client, _kept, mid, *_told: confirmed.append(mid)
    client.connect(host, int(port))
    client.loop_start()
    rng = np.random.default_rng(1)
    sizes = rng.integers(*ROWS, 100_000).tolist()
    topics = [str(Topic("obs", "Load", "traffic", f"d{number}")) for number in range(SENSORS)]
    told = np.full(SENSORS, time.time() - 0.5)
    begun_s = time.monotonic()
    sent = 0
    for number, rows in enumerate(sizes):
        sensor = number % SENSORS
        now = time.time()
        t = np.linspace(told[sensor], now, rows + 1)[1:]
        told[sensor] = now
        flow, speed = rng.uniform(100, 900, rows).round(1), rng.uniform(10, 60, rows).round(1)
        payload = encode_obs(Observed(t.tolist(), {"flow": flow.tolist(), "speed": speed.tolist()}))
        rows_of[client.publish(topics[sensor], payload, qos=1).mid] = 2 * rows
        sent += 2 * rows
        if number % 100 == 99:
            settle()
        if (ahead_s := sent / rate - (time.monotonic() - begun_s)) > 0:
            time.sleep(ahead_s)
        if sent >= rate * seconds:
            break
    took_s = time.monotonic() - begun_s
    end = time.monotonic() + 30
    while rows_of and time.monotonic() < end:
        settle()
        time.sleep(0.01)
    client.disconnect()
    client.loop_stop()
    print(json.dumps({"messages": messages, "readings": readings, "sent": sent, "seconds": round(took_s, 2)}))


def introduce(url: str, roster: Roster) -> None:
    """Have the broker keep who the sensors are."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    host, _colon, port = url.partition("://")[2].partition(":")
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(host, int(port))
    client.loop_start()
    channels = {channel.key: channel for channel in roster.channels}
    said = [client.publish(str(Topic("layer", "Load", one.key)), encode_layer(one), 1, True) for one in roster.layers]
    for sensor in roster.sensors:
        topic = str(Topic("meta", "Load", sensor.layer, sensor.key))
        said.append(client.publish(topic, encode_sensor(sensor, channels), 1, True))
    for one in said:
        one.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def resident_mb() -> float:
    """Return the memory that this process has for itself."""
    with Path("/proc/self/statm").open() as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Loop:
    """The loop of a program without a window: a step each thirtieth of a second."""

    def __init__(self, below: District) -> None:
        self.session = Session(below, live=LiveHistory(Roster()))
        self.session.patience_s = 0.008
        self.session.clock = self.session.clock.follow(time.time())
        self.held_ms: list[float] = []
        self.pictures = 0

    def turn(self) -> None:
        """Take one step, and wait for the next."""
        begun_s = time.perf_counter()
        self.pictures += self.session.step(time.time()) is not None
        took_s = time.perf_counter() - begun_s
        self.held_ms.append(took_s * 1000)
        time.sleep(max(0.0, TICK_S - took_s))

    def close(self) -> None:
        """End it."""
        self.session.close()


class Shown:
    """The window itself, with the feed among its connections; what is measured is its thread, less the drawing."""

    def __init__(self, connection: Connection, district: str) -> None:
        from gaps import Watch
        from PySide6.QtWidgets import QApplication

        from twin import connections
        from ui.start import give_way
        from ui.window import Window

        give_way()
        connections.keep([connections.Saved(connection, (district,))])
        self._app = QApplication(["twin"])
        self._window = Window()
        self._window.show()
        self._watch = Watch(self._app, self._window)
        self.held_ms: list[float] = []
        self.pictures = 0
        self._window.open(doors.path_of("sample"))
        while self.live is None:
            self.turn()
        self._window.replay.following.go()

    @property
    def live(self) -> Any:
        """The feeds of the window."""
        return self._window.feeds._live

    @property
    def session(self) -> Session:
        """What the window shows."""
        session = self._window.replay.session
        assert session is not None
        return session

    def turn(self) -> None:
        """Take one turn of the event loop."""
        drawn_s, begun_s = self._watch._drawn_s, time.perf_counter()
        self._app.processEvents()
        took_s = time.perf_counter() - begun_s - (self._watch._drawn_s - drawn_s)
        if took_s > 0.0005:  # a turn in which there was nothing to do is none
            self.held_ms.append(took_s * 1000)
            self.pictures += self._watch._drawn_s > drawn_s
        time.sleep(0.001)

    def close(self) -> None:
        """End it."""
        self._watch.close()
        self._window.close()
        self._app.processEvents()


def run(seconds: float, rate: float, *, window: bool) -> dict[str, Any]:
    """Return the figures of one run."""
    below = doors.open_district("sample")
    roster = sensed.roster(below, detectors=SENSORS, stations=0)
    west, south, east, north = below.boundary_xy.bounds
    corners = below.frame.lonlat_from_xy(np.array([(west, south), (east, north)]))
    where = Where(below.name, tuple(corners.ravel().tolist()), below.zone)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.twin"
        with running(Path(folder) / "broker", lines=["autosave_on_changes false"]) as broker:
            introduce(broker.url, Roster(roster.sensors[:SENSORS], roster.channels, roster.layers[:1]))
            connection = Connection("Load", "mqtt", broker.url)
            loop: Loop | Shown
            if window:
                loop = Shown(connection, below.name)
                live = loop.live
            else:
                loop = Loop(below)
                home = Home(below.name, *corners.mean(axis=0))
                live = Live(loop.session.desk, where, lambda _connection: lambda _key: "", home=home)
                live.add(connection)
            desk = live.desk
            while live.states()[0].sensors < SENSORS:
                loop.turn()
            live.record(path)
            for _turn in range(60):  # layers are fitted to the sensors
                loop.turn()
            before_mb = resident_mb()
            loop.held_ms.clear()
            loop.pictures = 0
            cpu_s, begun_s = time.process_time(), time.monotonic()
            words = [sys.executable, __file__, "publish", broker.url, str(seconds), str(rate)]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as publisher:
                delays = []
                while publisher.poll() is None:
                    loop.turn()
                    delays.append(live.states()[0].delay_s)
                assert publisher.stdout is not None
                told = json.loads(publisher.stdout.read())
            wall_s, cpu_s = time.monotonic() - begun_s, time.process_time() - cpu_s
            held_ms, pictures = list(loop.held_ms), loop.pictures
            end_mb = resident_mb()
            while (taping := live.recording) is not None and taping.readings < told["readings"]:
                loop.turn()
                if time.monotonic() > begun_s + wall_s + SETTLED_S:
                    break
            settled = time.monotonic() + SETTLED_S
            while time.monotonic() < settled:
                loop.turn()
            gc.collect()
            after_mb = resident_mb()
            live.close()
            live.stop_recording()
            rejects = {str(reason): count for reason, count in desk.rejects.counts.items()}
            loop.close()
            acknowledged = broker.log.count("Received PUBACK from district-twin-") - SENSORS - 1
        with Recording(path) as recording:
            recorded = recording.day.readings
        faults = verify_days(path)
        size = path.stat().st_size
    return {
        "published_readings": told["readings"],
        "recorded_readings": recorded,
        "published_messages": told["messages"],
        "acknowledged_messages": acknowledged,
        "lost": told["readings"] - recorded,
        "rejects": rejects,
        "faults_of_file": faults,
        "readings_a_second": round(told["readings"] / told["seconds"]),
        "held_ms_p99": round(float(np.percentile(held_ms, 99)), 1),
        "held_ms_most": round(max(held_ms), 1),
        "steps": len(held_ms),
        "pictures": pictures,
        "delay_s_median": round(float(np.nanmedian(delays)), 2),
        "cores_used": round(cpu_s / wall_s, 2),
        "memory_mb": {"before": round(before_mb), "at_the_end": round(end_mb), "settled": round(after_mb)},
        "bytes_a_reading": round(size / max(recorded, 1), 2),
    }


def main() -> None:
    """Measure, or publish for who does."""
    if sys.argv[1:2] == ["publish"]:
        publish(sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=10_000.0)
    parser.add_argument("--window", action="store_true")
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.seconds, arguments.rate, window=arguments.window), indent=2))


if __name__ == "__main__":
    main()
