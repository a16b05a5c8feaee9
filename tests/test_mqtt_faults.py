"""What goes wrong between a broker and a desk: what a person is told, and that nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from brokers import PASSWORD, running, until
from certificates import Authority
from played import WHERE, T
from published import obs, publishing, watching

from twin.days import Recording, verify_days
from twin.readings import Reason
from twin.sources import Connection, Trouble, open_source
from twin.sources.convention import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from brokers import Broker
    from proxies import Proxy
    from published import Watching

    from twin.sources import Batch, Source

pytest_plugins = ["brokers"]

ROAD = Topic("obs", "Mitte", "traffic", "a")


def recorded(path: Path) -> list[float]:
    with Recording(path) as recording:
        return [float(value) for value in recording.window(-1e12, 1e12).value]


def alive(watcher: Watching) -> bool:
    return watcher.word in {"receiving", "silent"}


# the broker goes


def test_that_a_broker_killed_and_restarted_loses_nothing_that_it_took(broker: Broker, tmp_path: Path) -> None:
    path = tmp_path / "day.twin"
    with publishing(broker, name="road") as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: alive(watcher))
        watcher.live.record(path)
        told = [publisher.send(ROAD, obs(float(number), t=T + number)) for number in range(40)]
        until(lambda: len(watcher.values) >= 10)
        broker.kill()
        until(lambda: watcher.live.states()[0].last_error != "")
        assert watcher.live.states()[0].last_error in {
            f"The connection to 127.0.0.1:{broker.port} broke off.",
            f"There is no MQTT broker at 127.0.0.1:{broker.port} that could be reached: Connection refused.",
        }
        broker.start()
        until(publisher.connected)
        told += [publisher.send(ROAD, obs(float(number), t=T + number)) for number in range(40, 60)]
        for one in told:
            one.wait_for_publish(15)
        until(lambda: len(set(watcher.values)) == 60)
        watcher.live.stop_recording()
    assert sorted(recorded(path)) == [float(number) for number in range(60)]
    assert verify_days(path) == ()


def test_that_a_connection_cut_in_the_middle_of_a_message_loses_nothing(
    broker: Broker, way: Proxy, tmp_path: Path
) -> None:
    path = tmp_path / "day.twin"
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(f"mqtt://127.0.0.1:{way.port}")
        until(lambda: alive(watcher))
        watcher.live.record(path)
        way.cut_after(40 * 30 + 17, towards="client")
        for number in range(60):
            publisher.send(ROAD, obs(float(number), t=T + number))
        until(lambda: len(watcher.values) == 60)
        assert way.connections >= 2
        assert not watcher.desk.marks  # the broker had kept everything
        watcher.live.stop_recording()
    assert sorted(recorded(path)) == [float(number) for number in range(60)]


def test_that_a_half_open_connection_is_noticed_and_left(broker: Broker, way: Proxy) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(f"mqtt://127.0.0.1:{way.port}", keepalive="1")
        until(lambda: alive(watcher))
        way.stall()
        publisher.read("a", 41.0)
        until(lambda: "said nothing for 2\u202fs, though the connection stands" in watcher.live.states()[0].last_error)
        way.flow()
        until(lambda: watcher.values == [41.0])


def test_that_what_the_broker_could_not_keep_is_marked(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: alive(watcher))
        feed = watcher.live.feeds[0]
        watcher.live.pause("Roads")
        until(lambda: not any(one.name == "feed Roads" for one in threading.enumerate()))
        feed._heard_t = time.time() - 60  # a minute ago
        watcher.live.resume("Roads")

        def marked() -> bool:
            watcher.take()
            return bool(watcher.desk.marks)

        until(marked)
        (mark,) = watcher.desk.marks
        assert mark.title == "No data from Roads"
        assert 59 < mark.t_end - mark.t_start < 120


def test_that_only_what_is_safe_is_acknowledged(broker: Broker, way: Proxy) -> None:
    with publishing(broker) as publisher:
        publisher.introduce("a")
        source = open_source(Connection("R", "mqtt", f"mqtt://127.0.0.1:{way.port}"), WHERE, lambda _key: "")
        told: list[Batch] = []
        with listening(source, told):
            until(lambda: bool(told))
            publisher.read("a", 41.0)
            until(lambda: values(told) == [41.0])
            way.cut()
        assert "Received PUBACK" not in broker.log
        with listening(source, told):  # neither the introductions nor the reading were safe: they come again
            until(lambda: broker.log.count("Sending PUBLISH to district-twin-") == 6)
            for batch in told:
                batch.safe()
            until(lambda: broker.log.count("Received PUBACK") == 3)
            way.cut()
        with listening(source, told):
            publisher.read("a", 42.0)
            until(lambda: 42.0 in values(told))
        assert values(told) == [41.0, 42.0]  # and yet nothing is told twice
        assert broker.log.count("Sending PUBLISH to district-twin-") == 7


def values(told: list[Batch]) -> list[float]:
    return [float(value) for batch in told for value in batch.readings.value]


@contextlib.contextmanager
def listening(source: Source, told: list[Batch]) -> Iterator[None]:
    """Have a source listen until its connection breaks, or the block ends."""
    stop = threading.Event()

    def listen() -> None:
        with contextlib.suppress(Trouble):
            source.listen(told.append, stop, None)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
        thread.join(0.5)
    finally:
        stop.set()
        thread.join()


# the broker does not let us in


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("planner@", "Roads: The broker at {place} does not take this user and password."),
        ("", "Roads: The broker at {place} wants a user and a password."),
    ],
)
def test_that_a_wrong_password_is_told_and_not_tried_again(
    guarded: Broker, user: str, sentence: str, version: str
) -> None:
    with watching(password="wrong") as watcher:  # noqa: S106
        watcher.add(f"mqtt://{user}127.0.0.1:{guarded.port}", version=version)
        until(lambda: watcher.word == "failed")
        assert watcher.notice() == sentence.format(place=f"127.0.0.1:{guarded.port}")
        assert watcher.desk.notices["Roads"].grave
        retry_t = watcher.live.states()[0].retry_t
        assert retry_t is not None
        assert retry_t > time.time() + 400


def test_that_a_topic_that_one_may_not_hear_is_told() -> None:
    with nobody(b"\x20\x03\x00\x00\x00\x90\x04\x00\x01\x00\x87") as port, watching() as watcher:
        watcher.add(f"mqtt://127.0.0.1:{port}/secret/%23", version="5")
        until(lambda: watcher.word == "failed")
        assert "does not let this user hear secret/%23." in watcher.notice()


@pytest.mark.parametrize(
    ("names", "days", "sentence"),
    [
        (("localhost", "127.0.0.1"), -1, "has expired: its owner has to renew it."),
        (("elsewhere.example",), 30, "is that of another name: this may not be the server that it says."),
    ],
)
def test_that_a_certificate_that_is_not_good_is_refused(
    tmp_path: Path, authority: Authority, names: tuple[str, ...], days: int, sentence: str
) -> None:
    shown = authority.server(names=names, days=days)
    with running(tmp_path / "own", shown=shown) as broker, watching(password=PASSWORD) as watcher:
        watcher.add(broker.url, authority=str(authority.path))
        until(lambda: watcher.word == "failed")
        assert sentence in watcher.notice()
        assert "New client connected" not in broker.log


def test_that_an_authority_that_nobody_trusts_is_refused(secured: Broker, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "Stranger")
    with watching(password=PASSWORD) as watcher:
        watcher.add(secured.url, authority=str(stranger.path))
        until(lambda: watcher.word == "failed")
        assert "Nobody whom this computer trusts vouches for the certificate" in watcher.notice()
        watcher.add(secured.url, "System")
        until(lambda: "Nobody whom this computer trusts" in watcher.notice("System"))
        assert "New client connected" not in secured.log


def test_that_a_broker_that_wants_a_certificate_is_told(certified: Broker, authority: Authority) -> None:
    with watching() as watcher:
        watcher.add(certified.url, authority=str(authority.path))
        until(lambda: watcher.notice() != "")
        assert "127.0.0.1" in watcher.notice()
        assert "New client connected" not in certified.log


def test_that_tls_where_none_is_spoken_and_none_where_it_is_are_told(broker: Broker, secured: Broker) -> None:
    with watching() as watcher:
        watcher.add(f"mqtts://127.0.0.1:{broker.port}", "Plain")
        until(lambda: watcher.notice("Plain") != "")
        watcher.add(f"mqtt://127.0.0.1:{secured.port}", "Secured")
        until(lambda: watcher.notice("Secured") != "")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00", b"\xff" * 64])
def test_that_what_is_no_broker_is_told(answer: bytes) -> None:
    with nobody(answer) as port, watching() as watcher:
        watcher.add(f"mqtt://127.0.0.1:{port}")
        until(lambda: watcher.notice() != "")
        assert f"127.0.0.1:{port}" in watcher.notice()
        assert watcher.word in {"waiting", "connecting"}


@contextlib.contextmanager
def nobody(answer: bytes) -> Iterator[int]:
    """Listen on a port, say the same to everybody, and hang up."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError, ConnectionError):
                line, _address = server.accept()
                with line:
                    line.settimeout(1)
                    line.recv(100)
                    line.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(server.getsockname()[1])
    finally:
        over.set()
        thread.join()
        server.close()


def test_that_nobody_there_is_told_and_tried_again(broker: Broker) -> None:
    broker.kill()
    with watching() as watcher:
        watcher.add(broker.url)
        until(lambda: watcher.notice() != "")
        assert "There is no MQTT broker at" in watcher.notice()
        assert "Connection refused" in watcher.notice()
        broker.start()
        until(lambda: alive(watcher) and watcher.notice() == "")


def test_that_a_name_that_is_taken_by_another_is_told() -> None:
    welcome, granted, taken_over = b"\x20\x03\x00\x00\x00", b"\x90\x04\x00\x01\x00\x01", b"\xe0\x02\x8e\x00"
    with nobody(welcome + granted + taken_over) as port, watching() as watcher:
        watcher.add(f"mqtt://127.0.0.1:{port}", version="5")
        until(lambda: "under the same client name" in watcher.live.states()[0].last_error)


# too much, twice, late


def test_that_a_flood_is_taken_in_pieces_and_nothing_of_it_is_lost(broker: Broker, tmp_path: Path) -> None:
    path = tmp_path / "day.twin"
    count, rows = 1_500, 20
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: alive(watcher))
        watcher.live.record(path)
        for number in range(count):
            if number % 3 == 0:
                publisher.send(Topic("obs", "Mitte", "traffic", "a"), b'{"t": [1, 2')
            publisher.send(ROAD, obs(*map(float, range(rows)), t=T + rows * number))

        def all_there() -> bool:
            watcher.desk.take(0.05)
            return watcher.desk.rejects.total + sum(state.readings for state in watcher.live.states()) >= (
                count * rows + count // 3
            )

        until(all_there, within_s=40)
        watcher.take()
        watcher.live.stop_recording()
        assert watcher.desk.rejects.counts == {Reason.UNREADABLE: count // 3}
        assert len(watcher.desk.rejects.examples) == 100
    assert len(recorded(path)) == count * rows


def test_that_what_comes_twice_is_taken_once_and_what_comes_late_finds_its_place(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: alive(watcher))
        publisher.read("a", 44.0, t=T + 4)
        publisher.read("a", 44.0, t=T + 4)
        publisher.read("a", 41.0, t=T + 1)
        publisher.read("a", 42.0, 43.0, 44.0, t=T + 2)
        until(lambda: watcher.values == [41.0, 42.0, 43.0, 44.0])
        assert watcher.desk.rejects.counts == {Reason.DUPLICATE: 2}


def test_that_a_clock_ahead_is_told_with_how_far(broker: Broker) -> None:
    with publishing(broker) as publisher, watching() as watcher:
        publisher.introduce("a")
        watcher.add(broker.url)
        until(lambda: alive(watcher))
        publisher.read("a", 41.0, t=time.time() + 1200)
        until(lambda: "its clock is 20 minutes ahead of this computer's" in watcher.notice())
        assert watcher.desk.rejects.counts == {Reason.IN_THE_FUTURE: 1}
        publisher.read("a", 42.0, t=time.time() - 5)
        until(lambda: watcher.notice() == "")
