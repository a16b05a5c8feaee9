"""Connections that are kept: a file of them, secrets apart, and what of them may leave the house."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import fail
from keyring.errors import KeyringLocked, PasswordDeleteError

from twin import cli, connections
from twin.connections import Saved
from twin.model import TwinError
from twin.secrets import Secrets
from twin.sources import Connection, Field, Kind, kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AIR = Connection("Air of Kamppi", "mqtt", "mqtts://broker.example:8883/twin/kamppi/#", {"qos": "1"}, "", True, "ada")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]), min_size=1)
CONNECTIONS = st.builds(
    Connection,
    name=WORDS.filter(lambda name: name.isprintable() and len(name) <= connections.NAME_LENGTH_MAX),
    kind=st.sampled_from(["mqtt", "of another version"]),
    address=WORDS.filter(str.isprintable),
    options=st.dictionaries(WORDS, st.text(st.characters(codec="utf-8"))),
    mapping=st.text(st.characters(codec="utf-8")),
    record=st.booleans(),
    user=WORDS,
)


class Ring(KeyringBackend):
    """A keyring as systems have one."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise KeyringLocked
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    own = Ring()
    keyring.set_keyring(own)
    yield own
    keyring.set_keyring(fail.Keyring())


@pytest.fixture
def no_ring() -> None:
    keyring.set_keyring(fail.Keyring())


@given(st.lists(CONNECTIONS, unique_by=lambda one: one.name.casefold(), max_size=4))
def test_that_what_is_kept_is_read_again(tmp_path_factory: pytest.TempPathFactory, found: list[Connection]) -> None:
    path = tmp_path_factory.mktemp("kept") / "connections.json"
    saved = tuple(Saved(connection, ("Kamppi",)) for connection in found)
    connections.keep(saved, path)
    assert connections.read(path) == saved
    assert [entry.name for entry in path.parent.iterdir()] == ["connections.json"]


def test_that_nothing_is_kept_where_there_is_no_file(tmp_path: Path) -> None:
    assert connections.read(tmp_path / "none.json") == ()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[]", "no list"),
        ('{"version": 9, "connections": []}', "another version"),
        ('{"version": 1, "connections": [{"name": 3}]}', "Connection 1: An entry of it is of the wrong type"),
        ('{"version": 1, "connections": [{"name": "a", "kind": "mqtt", "address": ""}]}', "Give the address"),
        ('{"version": 1, "connections": [{"name": "a", "kind": "' + "x" * 99 + '", "address": "b"}]}', "too long"),
        (json.dumps({"version": 1, "connections": [{}] * 1001}), "more than 1000"),
    ],
)
def test_that_a_damaged_file_is_told_and_laid_aside(tmp_path: Path, content: str, word: str) -> None:
    path = tmp_path / "connections.json"
    path.write_text(content)
    with pytest.raises(TwinError, match=word):
        connections.read(path)
    connections.keep([Saved(AIR)], path)
    assert connections.read(path) == (Saved(AIR),)
    assert (tmp_path / "connections.damaged.json").read_text() == content


def test_that_two_connections_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "connections.json"
    entry = {"name": "Air", "kind": "mqtt", "address": "mqtt://a/b"}
    path.write_text(json.dumps({"version": 1, "connections": [entry, entry | {"name": "AIR"}]}))
    with pytest.raises(TwinError, match="There is a connection AIR already"):
        connections.read(path)


def test_that_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TwinError, match="cannot be written"):
        connections.keep([Saved(AIR)], tmp_path / "file" / "connections.json")


def test_that_no_secret_leaves_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = Kind(
        "mqtt", "MQTT", ("mqtt",), lambda *_: pytest.fail("opened"), (Field("password", "Password", secret=True),)
    )
    monkeypatch.setattr(connections, "kinds", lambda: {"mqtt": kind})
    unwise = Connection(
        "Air",
        "mqtt",
        "https://ada:hunter2@example.org/feed?api_key=hunter3&box=1,2",
        {"password": "hunter4", "qos": "1", "broker": "mqtt://ada:hunter5@example.org:1883"},
    )
    text = connections.exported([unwise])
    assert "hunter" not in text
    path = tmp_path / "for somebody.json"
    path.write_text(text)
    (back,) = connections.imported(path)
    assert back.name == "Air"
    assert back.options == {"qos": "1", "broker": "mqtt://example.org:1883"}
    assert back.address == "https://example.org/feed?api_key=&box=1,2"
    path.write_text(text.replace('"qos"', '"password"'))
    (back,) = connections.imported(path)  # nor does one come in, where it would be kept in the open
    assert "password" not in back.options
    asks = replace(unwise, address="mqtt://ada@example.org/{west}?token=hunter6&box={west},{south}&all=#")
    (back,) = connections.imported(_written(path, connections.exported([asks])))
    assert back.address == "mqtt://example.org/{west}?token=&box={west},{south}&all=#"


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_that_an_import_says_what_it_cannot_take(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="There is no file"):
        connections.imported(tmp_path / "gone.json")
    (tmp_path / "a.json").write_text("none")
    with pytest.raises(TwinError, match=r"a\.json"):
        connections.imported(tmp_path / "a.json")


def test_that_a_name_is_made_free_and_found_again() -> None:
    assert connections.free_name("Air", ["Noise"]) == "Air"
    assert connections.free_name("Air", ["air", "Air 2"]) == "Air 3"
    assert connections.named(" AIR OF kamppi", [Saved(AIR)]) == AIR
    assert connections.named("Noise", [Saved(AIR)]) is None


def test_that_a_connection_is_on_in_some_districts() -> None:
    saved = Saved(AIR).turned("Kamppi", on=True).turned("Mitte", on=True).turned("Kamppi", on=True)
    assert saved.districts == ("Mitte", "Kamppi")
    assert saved.turned("Mitte", on=False).districts == ("Kamppi",)


def test_that_secrets_lie_in_the_keyring_and_go_with_their_connection(ring: Ring) -> None:
    mine = Secrets()
    mine.remember("Air", "password", "hunter2")
    assert mine.of("Air")("password") == "hunter2"
    assert mine.store("Air", "password") == ""
    assert ring.kept == {("district-twin", "Air/password"): "hunter2"}
    assert Secrets().of("Air")("password") == "hunter2"  # as the next run of the program
    mine.forget("Air", ["password"])
    assert ring.kept == {}
    assert mine.of("Air")("password") == ""


@pytest.mark.usefixtures("no_ring")
def test_that_without_a_keyring_a_secret_lasts_for_the_run_and_that_is_told() -> None:
    mine = Secrets()
    mine.remember("Air", "password", "hunter2")
    assert "this run only" in mine.store("Air", "password")
    assert mine.of("Air")("password") == "hunter2"
    assert Secrets().of("Air")("password") == ""


def test_that_a_locked_keyring_is_as_good_as_none(ring: Ring) -> None:
    ring.locked = True
    mine = Secrets()
    mine.remember("Air", "password", "hunter2")
    assert "this run only" in mine.store("Air", "password")
    assert Secrets().of("Air")("password") == ""


@pytest.mark.usefixtures("no_ring")
def test_that_a_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_SECRET_API_KEY", "hunter2")
    assert Secrets().of("Air")("api-key") == "hunter2"


def test_that_the_command_lists_kinds_and_connections(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(connections, "place", lambda: tmp_path / "connections.json")
    assert cli.main(["sources"]) == 0
    assert "No connections are kept yet" in capsys.readouterr().out
    connections.keep([Saved(AIR)])
    assert not (tmp_path / "connections.json").stat().st_mode & stat.S_IWOTH
    assert cli.main(["sources", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {kind["kind"] for kind in found["kinds"]} == set(kinds())
    assert found["connections"][0]["address"] == AIR.address
