"""A real mosquitto on loopback, for as long as a test needs it.

Fixtures: `broker` (anybody may come), `guarded` (user and password), `secured` (TLS, and a password),
`certified` (TLS, and clients that show a certificate), `authority` (who signed), `way` (a `Proxy` to `broker`).
`running(folder, ...)` starts any other.

    def test_that_a_feed_comes_back(broker: Broker) -> None:
        broker.kill()
        broker.start()  # the same port; what was retained or queued is there again
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from proxies import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from certificates import Authority, Pair
    from paho.mqtt.client import Client, MQTTMessage

USER, PASSWORD = "planner", "kesä 2026"
_PATIENCE_S = 15.0
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", r"C:\Program Files\mosquitto")  # beside PATH


def program(name: str = "mosquitto") -> str:
    """Return where a program of the broker's package is; fail the test where it is not."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.fail(
            "This test talks to a real MQTT broker, which is not on this computer: "
            "install the package mosquitto (sudo apt-get install mosquitto), or run `make setup`.",
            pytrace=False,
        )
    return found


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Broker:
    """A mosquitto with a folder of its own, where its settings, its log and what it keeps lie.

    Parameters
    ----------
    user, password
        Who may come; without them, anybody.
    shown
        The certificate it shows; with it, it speaks TLS.
    trusted
        Who signs its clients' certificates; with it, clients must show one.
    lines
        Further settings in mosquitto's own words.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str = "",
        password: str = "",
        shown: Pair | None = None,
        trusted: Authority | None = None,
        lines: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.user, self.password = user, password
        self.port = free_port()
        self.url = f"{'mqtts' if shown else 'mqtt'}://{user + '@' if user else ''}127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        settings = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if user else 'true'}",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_interval 1",  # after each change: what it said it has survives `kill`
            "autosave_on_changes true",
            "log_type all",
            *lines,
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            settings.append("user root")  # else it becomes somebody who cannot read the test's folder
        if user:
            kept = folder / "passwords"
            kept.touch(mode=0o600)
            subprocess.run([program("mosquitto_passwd"), "-b", kept, user, password], check=True, capture_output=True)
            settings.append(f"password_file {kept}")
        if shown:
            settings += [f"certfile {shown.certificate}", f"keyfile {shown.key}"]
        if trusted:
            settings += [f"cafile {trusted.path}", "require_certificate true", "use_identity_as_username true"]
        (folder / "mosquitto.conf").write_text("\n".join(settings) + "\n", encoding="utf-8")

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), "-c", self.folder / "mosquitto.conf"], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        end = time.monotonic() + _PATIENCE_S
        while self._process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.005)
        self.kill()
        pytest.fail(f"mosquitto did not start:\n{self.log}", pytrace=False)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self._process:
            self._process.terminate()
            self._process.wait(_PATIENCE_S)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """The number of its process, while it runs."""
        assert self._process, "the broker is not running"
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def running(folder: Path, **how: Any) -> Iterator[Broker]:
    """Run a broker; see `Broker`."""
    broker = Broker(folder, **how)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Return a broker to which anybody may come."""
    with running(tmp_path / "broker") as found:
        yield found


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Broker]:
    """Return a broker that asks for `USER` and `PASSWORD`."""
    with running(tmp_path / "guarded", user=USER, password=PASSWORD) as found:
        yield found


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Return who signs certificates."""
    from certificates import Authority

    return Authority(tmp_path)


@pytest.fixture
def secured(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    """Return a broker that speaks TLS and asks for `USER` and `PASSWORD`."""
    with running(tmp_path / "secured", user=USER, password=PASSWORD, shown=authority.server()) as found:
        yield found


@pytest.fixture
def certified(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    """Return a broker that speaks TLS to clients that show a certificate of the authority."""
    with running(tmp_path / "certified", shown=authority.server(), trusted=authority) as found:
        yield found


@pytest.fixture
def way(broker: Broker) -> Iterator[Proxy]:
    """Return a way to `broker` that can be cut, stalled and slowed."""
    with Proxy(broker.port) as found:
        yield found


@dataclass
class Heard:
    """What a subscriber has been told."""

    messages: list[MQTTMessage]

    def topics(self) -> list[str]:
        """Return the topics of all messages, in the order in which they came."""
        return [message.topic for message in self.messages]

    def last(self, topic: str) -> bytes | None:
        """Return the newest payload of a topic."""
        return next((message.payload for message in reversed(self.messages) if message.topic == topic), None)


def client(broker: Broker, *, authority: Authority | None = None, shown: Pair | None = None, name: str = "") -> Client:
    """Return a client that has the right words for a broker, not connected yet."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    found = Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=not name)
    if broker.user:
        found.username_pw_set(broker.user, broker.password)
    if authority:
        files = (str(shown.certificate), str(shown.key)) if shown else (None, None)
        found.tls_set(str(authority.path), *files)
    return found


@contextlib.contextmanager
def hearing(broker: Broker, topics: str = "#", **who: Any) -> Iterator[Heard]:
    """Subscribe to a broker, QoS 1, and collect what comes; it reconnects by itself. See `client`."""
    heard = Heard([])
    subscribed: list[object] = []
    own = client(broker, **who)
    own.max_inflight_messages_set(0)
    own.on_connect = lambda *_told: own.subscribe(topics, qos=1)
    own.on_subscribe = lambda *told: subscribed.append(told)
    own.on_message = lambda _own, _kept, message: heard.messages.append(message)
    own.reconnect_delay_set(1, 1)
    own.connect("127.0.0.1", broker.port)
    own.loop_start()
    try:
        until(lambda: bool(subscribed))
        yield heard
    finally:
        own.disconnect()
        own.loop_stop()


def until(happened: Any, *, within_s: float = _PATIENCE_S) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
