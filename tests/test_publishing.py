"""A day played out to a real broker arrives value for value, whatever happens on the way."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import districts
import numpy as np
import pytest
import sensed
from brokers import Broker as Server
from brokers import Heard, hearing, running, until
from hypothesis import given
from hypothesis import strategies as st
from published import watching

from twin.cli import main
from twin.days import Home, Recorder, Recording
from twin.model import Progress, TwinError
from twin.publishing import Broker, Plan, Published, publish
from twin.publishing.messages import READINGS_A_MESSAGE, messages
from twin.readings import Channel, Layer, Readings, Roster, Sensor
from twin.sources.convention import Topic, decode_layer, decode_obs, decode_sensor

if TYPE_CHECKING:
    from pathlib import Path

    from certificates import Authority
    from proxies import Proxy

TOWN = "Harbour/old+new"
HOUR_S = 3600.0
Told = tuple[str, str, float, float, float, float, float]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with two hours of traffic, air and a moving car."""
    path = tmp_path_factory.mktemp("day") / "day.twin"
    town = districts.district()
    roster = sensed.roster(town, 4, 2)
    with Recorder(path, roster, title="Tuesday", home=Home("Harbour", 24.9, 60.2, "Europe/Helsinki")) as recorder:
        recorder.record(sensed.day(roster, town, 2.0))
    return path


def told_by(rows: Readings, roster: Roster) -> set[Told]:
    """Return readings as what anybody can compare."""
    keys = [sensor.key for sensor in roster.sensors], [channel.key for channel in roster.channels]
    place = (np.nan_to_num(part, nan=999.0).tolist() for part in (rows.lon, rows.lat))
    columns = (rows.t_start.tolist(), rows.t_end.tolist(), rows.value.tolist(), *place)
    names = ([keys[0][row] for row in rows.sensor.tolist()], [keys[1][row] for row in rows.channel.tolist()])
    return set(zip(*names, *columns, strict=True))


def told_in(payloads: list[tuple[str, bytes]]) -> set[Told]:
    """Return the readings in messages, the same way."""
    found: set[Told] = set()
    for text, payload in payloads:
        topic = Topic.of(text)
        if topic is None or topic.what != "obs":
            continue
        seen = decode_obs(payload)
        t_start, lon, lat = seen.t_start or seen.t_end, *(part or [None] * len(seen) for part in (seen.lon, seen.lat))
        for channel, values in seen.values.items():
            for row in zip(t_start, seen.t_end, values, lon, lat, strict=True):
                if row[2] is not None:
                    start, end, value, x, y = row
                    found.add((topic.sensor, channel, start, end, value, *(999.0 if p is None else p for p in (x, y))))
    return found


def heard_by(heard: Heard) -> set[Told]:
    return told_in([(message.topic, message.payload) for message in list(heard.messages)])


def offline(heard: Heard) -> bool:
    return heard.last(str(Topic("status", TOWN))) == b"offline"


def play(path: Path, to: Server | Broker, **plan: object) -> Published:
    broker = to if isinstance(to, Broker) else Broker(to.url, password=to.password)
    with Recording(path) as recording:
        return publish(recording, Plan(TOWN, **({"speed": 100_000.0} | plan)), broker)  # type: ignore[arg-type]


def test_that_every_reading_arrives_as_it_was(day: Path, broker: Server) -> None:
    with hearing(broker) as heard:
        done = play(day, broker, keep_times=True)
        until(lambda: offline(heard))
    with Recording(day) as recording:
        expected = told_by(recording.window(-math.inf, math.inf), recording.roster)
    assert heard_by(heard) == expected
    assert (done.readings, done.unconfirmed, done.ended) == (len(expected), 0, True)


def test_that_a_feed_of_another_desk_is_the_day(day: Path, broker: Server) -> None:
    with Recording(day) as recording:
        roster, rows = recording.roster, recording.window(-math.inf, math.inf)
    with watching() as watcher:
        watcher.add(broker.url)
        until(lambda: watcher.word in {"receiving", "silent"})
        play(day, broker, keep_times=True)
        until(lambda: len(watcher.values) == len(rows))
        history = watcher.desk.history
        assert told_by(history.window(-math.inf, math.inf), history.roster) == told_by(rows, roster)
        assert {repr(sensor) for sensor in history.roster.sensors} == {repr(sensor) for sensor in roster.sensors}
        assert set(history.roster.layers) == set(roster.layers)


def test_that_whoever_comes_later_learns_who_measures(day: Path, broker: Server) -> None:
    play(day, broker)
    with Recording(day) as recording, hearing(broker) as heard:
        roster = recording.roster
        until(lambda: len(heard.messages) >= len(roster.sensors) + len(roster.layers) + 1)
        for message in heard.messages:
            topic = Topic.of(message.topic)
            assert topic is not None
            assert topic.district == TOWN
            assert message.retain
            if topic.what == "meta":
                sensor, channels = decode_sensor(topic, message.payload)
                assert repr(sensor) == repr(roster.sensors[roster.sensor_rows[topic.sensor]])  # NaN is not itself
                assert set(channels) <= set(roster.channels)
            elif topic.what == "layer":
                assert decode_layer(topic, message.payload) in roster.layers
    assert offline(heard)


def test_that_times_are_those_of_now(day: Path, broker: Server) -> None:
    speed = 14_400.0
    before = time.time()
    with hearing(broker) as heard:
        play(day, broker, speed=speed)
        until(lambda: offline(heard))
    after = time.time()
    ends = sorted({row[3] for row in heard_by(heard)})
    assert before < ends[0]
    assert ends[-1] < after
    assert np.allclose(np.diff(ends), 60 / speed, atol=2e-6)
    flow = next(row for row in heard_by(heard) if row[1] == "flow")
    assert flow[3] - flow[2] == pytest.approx(60 / speed, abs=2e-6)


def test_that_a_loop_has_no_break(day: Path, broker: Server) -> None:
    stop = threading.Event()
    speed = 50_000.0
    turns = 3 * 120  # minutes

    def report(_progress: Progress) -> None:
        if len({row[3] for row in heard_by(heard)}) > turns:
            stop.set()

    with hearing(broker) as heard, Recording(day) as recording:
        done = publish(recording, Plan(TOWN, speed, loop=True), Broker(broker.url), report=report, stop=stop)
        until(lambda: offline(heard))
    assert not done.ended
    ends = sorted({row[3] for row in heard_by(heard) if row[1] == "flow"})
    assert np.diff(ends).max() < 1.0  # a slip where this computer was busy, no break of a turn
    assert np.median(np.diff(ends)) == pytest.approx(60 / speed, abs=2e-6)


def test_that_a_span_and_some_layers_are_played_alone(day: Path, broker: Server) -> None:
    begin, end = sensed.MIDNIGHT_S + 600, sensed.MIDNIGHT_S + HOUR_S
    with hearing(broker) as heard:
        play(day, broker, keep_times=True, span=(begin, end), layers=("air",))
        until(lambda: offline(heard))
    with Recording(day) as recording:
        slots = recording.roster.slots_in("air")
        assert heard_by(heard) == told_by(recording.window(begin, end, slots=slots), recording.roster)
    assert {row[1] for row in heard_by(heard)} == {"pm25", "no2"}


def in_background(path: Path, address: str, **plan: object) -> tuple[threading.Thread, list[Published]]:
    done: list[Published] = []
    thread = threading.Thread(target=lambda: done.append(play(path, Broker(address), **plan)))
    thread.start()
    return thread, done


def test_that_nothing_is_lost_when_the_broker_is_killed(day: Path, broker: Server) -> None:
    with hearing(broker, name="listener") as heard:
        thread, done = in_background(day, broker.url, speed=2400.0, keep_times=True)
        until(lambda: len(heard_by(heard)) > 100)
        broker.kill()
        broker.start()
        thread.join()
        until(lambda: offline(heard))
    with Recording(day) as recording:
        expected = told_by(recording.window(-math.inf, math.inf), recording.roster)
    assert done[0].unconfirmed == 0
    assert done[0].readings == len(expected)
    # What the broker had confirmed and was killed with before its other client had it, is the broker's to lose.
    assert len(heard_by(heard)) > 0.9 * len(expected)
    assert heard.messages[-1].payload == b"offline"


def test_that_a_way_cut_in_the_middle_of_a_message_loses_nothing(day: Path, broker: Server, way: Proxy) -> None:
    with hearing(broker) as heard:
        way.cut_after(6_000, towards="server")
        thread, done = in_background(day, f"mqtt://127.0.0.1:{way.port}", speed=4800.0, keep_times=True)
        thread.join()
        until(lambda: offline(heard) and way.connections > 1)
    with Recording(day) as recording:
        assert heard_by(heard) == told_by(recording.window(-math.inf, math.inf), recording.roster)
    assert done[0].unconfirmed == 0
    assert way.connections == 2


def test_that_a_half_open_connection_is_given_up_and_made_anew(
    day: Path, broker: Server, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.publishing.broker.KEEPALIVE_S", 1)
    to = Broker(f"mqtt://127.0.0.1:{way.port}")
    done: list[Published] = []
    with hearing(broker) as heard:
        thread = threading.Thread(target=lambda: done.append(play(day, to, speed=2400.0, keep_times=True)))
        thread.start()
        until(lambda: to.connected and len(heard_by(heard)) > 0)
        way.stall()
        until(lambda: not to.connected)
        way.flow()
        thread.join()
        until(lambda: offline(heard))
    with Recording(day) as recording:
        assert heard_by(heard) == told_by(recording.window(-math.inf, math.inf), recording.roster)
    assert done[0].unconfirmed == 0


def test_that_memory_stays_as_it_is_while_the_broker_says_nothing(
    day: Path, broker: Server, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.publishing.broker.WAITING_MAX", 10)
    to = Broker(f"mqtt://127.0.0.1:{way.port}")
    with hearing(broker) as heard:
        thread = threading.Thread(target=lambda: play(day, to, speed=2400.0, keep_times=True))
        thread.start()
        until(lambda: to.connected and len(heard_by(heard)) > 0)
        way.stall()
        until(lambda: len(to._waiting) == 10)
        waited_from = time.monotonic()
        while time.monotonic() < waited_from + 1.0:
            assert len(to._waiting) <= 10
            time.sleep(0.05)
        way.flow()
        thread.join()
        until(lambda: offline(heard))
    with Recording(day) as recording:
        assert heard_by(heard) == told_by(recording.window(-math.inf, math.inf), recording.roster)


def test_that_the_password_and_the_certificate_are_right(day: Path, secured: Server, authority: Authority) -> None:
    own = Broker(secured.url, password=secured.password, authority=authority.path)
    assert play(day, own).unconfirmed == 0


def test_that_a_certificate_is_shown_where_it_is_asked_for(day: Path, certified: Server, authority: Authority) -> None:
    pair = authority.client("hall")
    own = Broker(certified.url, authority=authority.path, certificate=pair.certificate, key=pair.key)
    assert play(day, own).unconfirmed == 0


@pytest.mark.parametrize(
    ("user", "password", "told"),
    [("planner", "wrong", "does not take this user and password"), ("", "", "wants a user and a password")],
)
def test_that_a_wrong_password_is_one_sentence(day: Path, guarded: Server, user: str, password: str, told: str) -> None:
    with pytest.raises(TwinError, match=told):
        play(day, Broker(f"mqtt://{user}{'@' * bool(user)}127.0.0.1:{guarded.port}", password=password))


@pytest.mark.parametrize(
    ("how", "told"), [({"days": -1}, "expired"), ({"names": ("elsewhere.example",)}, "that of another name")]
)
def test_that_a_bad_certificate_is_refused(
    day: Path, tmp_path: Path, authority: Authority, how: dict[str, object], told: str
) -> None:
    shown = authority.server(**how)  # type: ignore[arg-type]
    with running(tmp_path / "bad", shown=shown) as server, pytest.raises(TwinError, match=told):
        play(day, Broker(server.url, authority=authority.path))
    with (
        running(tmp_path / "unknown", shown=authority.server()) as server,
        pytest.raises(TwinError, match="Nobody whom this computer trusts"),
    ):
        play(day, Broker(server.url))


def test_that_what_is_no_broker_is_told_apart(day: Path, broker: Server) -> None:
    with pytest.raises(TwinError, match="TLS"):
        play(day, Broker(f"mqtts://127.0.0.1:{broker.port}"))
    broker.stop()
    with pytest.raises(TwinError, match="no MQTT broker"):
        play(day, broker)
    for address in ("mqtt://", "http://a", "mqtt://host/topic", "mqtt://host:99999", "host"):
        with pytest.raises(TwinError, match="mqtts://user@host"):
            Broker(address)
    with pytest.raises(TwinError, match="password out of the address"):
        Broker("mqtt://a:b@host")


def command(path: Path, broker: Server, *more: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "ui", "publish", str(path), "--to", broker.url, "--district", TOWN, *more]
    secrets = os.environ | {"TWIN_SECRET_PASSWORD": broker.password}
    return subprocess.Popen(line, env=secrets, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


if sys.platform != "win32":  # which has other signals

    def test_that_ctrl_c_says_offline_and_a_kill_leaves_it_to_the_broker(day: Path, guarded: Server) -> None:
        for signal_, code in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
            with hearing(guarded) as heard, command(day, guarded, "--speed", "60", "--loop") as running_:
                until(lambda: heard.last(str(Topic("status", TOWN))) == b"online" and len(heard_by(heard)) > 0)
                running_.send_signal(signal_)
                out, _err = running_.communicate(timeout=30)
                assert running_.returncode == code
                until(lambda: offline(heard))
                assert ("readings in" in out) == (signal_ == signal.SIGINT)


def test_that_the_command_asks_for_what_is_missing(
    day: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = ["--to", "mqtt://127.0.0.1:1"]
    for words, told in (
        (["--speed", "fast"], "--speed takes a number"),
        (["--loop", "--keep-times"], "leave out"),
        (["--layers", "noise"], "no layer noise"),
        (["--from", "01:00", "--until", "00:30"], "no readings between"),
        (["--day", "2020-01-01"], "no day “2020-01-01”"),
        (["--ca", str(tmp_path / "none.pem")], "none.pem cannot be used"),
    ):
        address = ["--to", "mqtts://127.0.0.1:1"] if "--ca" in words else to
        assert main(["publish", str(day), *address, *words]) == 2
        assert told in capsys.readouterr().err


@given(st.data())
def test_that_messages_hold_all_readings_and_not_too_many(data: st.DataObject) -> None:
    channels = tuple(Channel(key, "air", key, "") for key in "abc")
    sensors = tuple(Sensor(f"s{number}", "air", ("a", "b", "c")) for number in range(3))
    roster = Roster(sensors, channels, (Layer("air", "Air", "measured"),))
    count = data.draw(st.integers(0, 400))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    few = data.draw(st.integers(1, 100))
    t_end = rng.integers(0, few, count) * 1.0
    rows = Readings.of(
        rng.integers(0, 3, count),
        rng.integers(0, 3, count),
        t_end,
        np.round(rng.normal(size=count), 3),
        t_start=t_end - rng.integers(0, 2, count) * 60,
        lon=np.where(rng.random(count) < 0.5, np.nan, 24.0),
        lat=60.0,
    )
    rows = Readings(*(column for column in rows.columns.values())) if count else rows
    object.__setattr__(rows, "lat", np.where(np.isnan(rows.lon), np.nan, rows.lat))
    topics = [str(Topic("obs", TOWN, "air", sensor.key)) for sensor in sensors]
    sent = list(messages(rows, topics, ["a", "b", "c"]))
    last = {row[:4] + row[5:]: row for row in (next(iter(told_by(rows[[n]], roster))) for n in range(count))}
    assert told_in([(message.topic, message.payload) for message in sent]) == set(last.values())
    assert all(0 < message.readings <= READINGS_A_MESSAGE for message in sent)
    assert sum(message.readings for message in sent) == len(last)
