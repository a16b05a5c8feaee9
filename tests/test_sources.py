"""Kinds of sources: found by looking, known by the scheme of an address, refused in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin import sources
from twin.model import TwinError
from twin.readings import Roster
from twin.sources import Connection, Field, Kind, Secret, Source, Trouble, Where, connection_of, kind_of, open_source

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from twin.sources import Batch

WHERE = Where("Mitte", (13.3, 52.5, 13.4, 52.6), "Europe/Berlin")


class Silence:
    """A source that tells nothing."""

    def __init__(self, connection: Connection, secret: Secret) -> None:
        self.connection = connection
        self.password = secret("password")
        self.roster = Roster()
        self.heard: list[tuple[Callable[[Batch], None], float | None]] = []

    def listen(self, tell: Callable[[Batch], None], stop: threading.Event, since_s: float | None) -> None:
        self.heard.append((tell, since_s))
        stop.wait()


def open_silence(connection: Connection, where: Where, secret: Secret) -> Source:
    return Silence(connection, secret)


SILENCE = Kind(
    "silence",
    "Silence",
    ("hush", "hush+tls"),
    open_silence,
    fields=(
        Field("password", "password", secret=True),
        Field("room", "room", needed=True),
        Field("depth", "depth", default="deep", options={"deep": "Deep", "flat": "Flat"}),
    ),
)


@pytest.fixture(autouse=True)
def _one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "kinds", lambda: {"silence": SILENCE})


def no_secret(_key: str) -> str:
    return ""


def test_that_every_module_with_a_source_is_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for key, kind in sources.kinds().items():
        assert key == kind.key
        assert kind.title
        assert kind.schemes
        assert all(sources.kind_of(f"{scheme}:x") is kind for scheme in kind.schemes)
        assert all(preset.kind == key for preset in kind.presets)
        assert all(not (entry.secret and entry.default) for entry in kind.fields)


@pytest.mark.parametrize(
    ("address", "scheme"),
    [
        ("mqtts://host/a/#", "mqtts"),
        ("STA+HTTPS://host/v1.1", "sta+https"),
        ("openaq:", "openaq"),
        ("day.csv", "file"),
        ("/var/log/day.csv", "file"),
        (r"C:\data\day.csv", "file"),
        ("file:///day.csv", "file"),
    ],
)
def test_that_an_address_says_its_scheme(address: str, scheme: str) -> None:
    assert sources.scheme_of(address) == scheme


def test_that_an_address_alone_makes_a_connection() -> None:
    found = connection_of(" hush://ann%40home@host:99/deep/down ")
    assert (found.kind, found.address, found.user) == ("silence", "hush://host:99/deep/down", "ann@home")
    assert found.name == "host:99/deep/down"
    assert connection_of("hush://host", name="Quiet").name == "Quiet"
    assert kind_of("HUSH+TLS://host") is SILENCE


def test_that_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(TwinError, match="Leave the password out") as caught:
        connection_of("hush://ann:s3cret@host/x")
    assert "s3cret" not in str(caught.value)
    found = connection_of("hush://host/x?api_key=s3cret&box=1")
    assert found.address.endswith("api_key=s3cret&box=1")
    assert found.name == "host/x?api_key=&box=1"


def test_that_an_unknown_scheme_is_told_with_those_there_are() -> None:
    with pytest.raises(TwinError, match=r"no feeds of loud:.*hush, hush\+tls"):
        kind_of("loud://host")


@given(st.text())
def test_that_any_text_is_an_address_or_one_sentence(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "kinds", lambda: {"silence": SILENCE})
        for address in (text, f"hush://{text}"):
            try:
                found = connection_of(address)
            except TwinError as error:
                assert str(error).endswith(".")  # noqa: PT017
            else:
                assert found.kind == "silence"


@pytest.mark.parametrize(
    ("connection", "sentence"),
    [
        (Connection("Quiet", "noise", "x"), "of the kind noise, which this version does not know"),
        (Connection("Quiet", "silence", "hush://h"), "The connection Quiet needs its room."),
        (
            Connection("Quiet", "silence", "hush://h", {"room": "1", "depth": "steep"}),
            "has steep as its depth; it can be deep, flat.",
        ),
    ],
)
def test_that_what_is_missing_or_wrong_is_told_before_connecting(connection: Connection, sentence: str) -> None:
    with pytest.raises(TwinError, match=sentence):
        open_source(connection, WHERE, no_secret)


def test_that_a_source_gets_its_secret_and_is_not_connected_yet() -> None:
    made = open_source(Connection("Quiet", "silence", "hush://h", {"room": "1"}), WHERE, {"password": "p"}.__getitem__)
    assert isinstance(made, Silence)
    assert made.password == "p"  # noqa: S105
    assert made.connection.option("depth", "deep") == "deep"
    assert WHERE.home == pytest.approx((13.35, 52.55))


def test_that_trouble_says_whether_asking_again_helps() -> None:
    assert not Trouble("Gone.").grave
    assert Trouble("Gone.", retry_s=9.0).retry_s == 9.0
    assert str(Trouble("No.", grave=True)) == "No."
