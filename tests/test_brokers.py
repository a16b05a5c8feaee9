"""The brokers that other tests talk to behave as those tests believe."""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING

import brokers
import pytest
from brokers import Broker, client, hearing, running, until
from certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

    from paho.mqtt.client import Client
    from proxies import Proxy

HELLO = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00"
"""The first words of a client without a name."""


def say(broker: Broker, topic: str, payload: bytes, *, retain: bool = False, **who: object) -> None:
    own = client(broker, **who)  # type: ignore[arg-type]
    own.connect("127.0.0.1", broker.port)
    own.loop_start()
    try:
        own.publish(topic, payload, qos=1, retain=retain).wait_for_publish(15)
    finally:
        own.disconnect()
        own.loop_stop()


def shake_hands(broker: Broker, trusted: Authority, said: bytes = b"") -> bytes:
    """Speak TLS with a broker and return what it answers to some bytes."""
    context = ssl.create_default_context(cafile=trusted.path)
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=15) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as own,
    ):
        own.sendall(said)
        return own.recv(4) if said else b""


def refusal(broker: Broker, **who: object) -> str:
    """Return what a client is told that may not come."""
    told: list[str] = []
    own = client(broker, **who)  # type: ignore[arg-type]
    own.on_connect = lambda _own, _kept, _flags, reason, _more: told.append(str(reason))
    own.connect("127.0.0.1", broker.port)
    own.loop_start()
    try:
        until(lambda: bool(told))
    finally:
        own.disconnect()
        own.loop_stop()
    return told[0]


def test_that_what_is_said_is_heard(broker: Broker) -> None:
    with hearing(broker, "a/#") as heard:
        say(broker, "a/b", b"1")
        until(lambda: heard.last("a/b") == b"1")
    assert heard.topics() == ["a/b"]


def test_that_a_killed_broker_comes_back_on_its_port_with_what_it_kept(broker: Broker) -> None:
    say(broker, "kept", b"7", retain=True)
    until((broker.folder / "mosquitto.db").exists)
    first = broker.pid
    broker.kill()
    with pytest.raises(OSError, match=r"(?i)refused"):
        socket.create_connection(("127.0.0.1", broker.port), timeout=5)
    broker.start()
    assert broker.pid != first
    with hearing(broker, "kept") as heard:
        until(lambda: heard.last("kept") == b"7")


def test_that_a_password_is_asked_for(guarded: Broker) -> None:
    with hearing(guarded, "a") as heard:
        say(guarded, "a", b"1")
        until(lambda: heard.last("a") == b"1")
    guarded.password = "wrong"  # noqa: S105
    assert "authorized" in refusal(guarded).lower()


def test_that_tls_needs_the_right_authority(secured: Broker, authority: Authority, tmp_path: Path) -> None:
    say(secured, "a", b"1", authority=authority)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(secured, Authority(tmp_path, "Somebody else"))


@pytest.mark.parametrize(
    ("how", "told"),
    [({"days": -1}, "expired"), ({"names": ("elsewhere.example",)}, "mismatch")],
)
def test_that_bad_certificates_are_bad(how: dict[str, object], told: str, tmp_path: Path, authority: Authority) -> None:
    shown = authority.server(**how)  # type: ignore[arg-type]
    with (
        running(tmp_path / "bad", shown=shown) as broker,
        pytest.raises(ssl.SSLCertVerificationError, match=told),
    ):
        shake_hands(broker, authority)


def test_that_clients_show_a_certificate_where_they_must(certified: Broker, authority: Authority) -> None:
    shown = authority.client("camera 7")
    with hearing(certified, "a", authority=authority, shown=shown) as heard:
        say(certified, "a", b"1", authority=authority, shown=shown)
        until(lambda: heard.last("a") == b"1")
    assert "camera 7" in certified.log
    with pytest.raises((ssl.SSLError, ConnectionError)):  # TLS 1.3 tells only when something is read
        shake_hands(certified, authority, HELLO)


def connected(port: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), timeout=5)
    found.sendall(HELLO)
    return found


def test_that_a_way_is_cut_in_the_middle_of_a_message(way: Proxy) -> None:
    way.cut_after(2, towards="client")
    with connected(way.port) as own:
        assert own.recv(4) == b"\x20\x02"
        with pytest.raises(ConnectionResetError):
            own.recv(4)
    with connected(way.port) as own:  # once is enough
        assert own.recv(4) == b"\x20\x02\x00\x00"
        way.cut()
        with pytest.raises(ConnectionResetError):
            own.recv(4)
    assert way.connections == 2


def test_that_a_stalled_way_stands_and_says_nothing(way: Proxy) -> None:
    with connected(way.port) as own:
        assert own.recv(4) == b"\x20\x02\x00\x00"
        way.stall()
        own.sendall(b"\xc0\x00")
        own.settimeout(0.2)
        with pytest.raises(TimeoutError):
            own.recv(2)
        way.flow()
        own.settimeout(5)
        assert own.recv(2) == b"\xd0\x00"


def test_that_a_slow_way_brings_everything_in_its_order(broker: Broker, way: Proxy) -> None:
    way.delay_s = 0.02
    slow: Client = client(broker)
    with hearing(broker, "n") as heard:
        slow.connect("127.0.0.1", way.port)
        slow.loop_start()
        told = [slow.publish("n", str(number), qos=1) for number in range(50)]
        for one in told:
            one.wait_for_publish(15)
        until(lambda: len(heard.messages) >= 50)
        slow.disconnect()
        slow.loop_stop()
    assert [int(message.payload) for message in heard.messages] == list(range(50))


def test_that_a_missing_broker_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brokers.shutil, "which", lambda _name, **_where: None)
    with pytest.raises(pytest.fail.Exception, match="install the package mosquitto"):
        brokers.program()


def test_that_no_broker_stays_behind(tmp_path: Path) -> None:
    with running(tmp_path / "b") as broker:
        pid = broker.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
