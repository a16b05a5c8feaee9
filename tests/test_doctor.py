"""The doctor: what it finds, what it advises, and that nothing it looks at can bring it down."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from servers import Nominatim, Overpass

from twin import cli, district, doctor
from twin.settings import Settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def by_name(findings: list[doctor.Finding]) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in findings}


def crash(_answer: Connection, _chatter: str) -> None:
    os.abort()


def hang(_answer: Connection, _chatter: str) -> None:
    time.sleep(600)


def complain_and_leave(answer: Connection, chatter: str) -> None:
    Path(chatter).write_text("\nlibGL is nowhere\nand more\n")
    answer.close()
    sys.exit(3)


def draw_nothing(answer: Connection, _chatter: str) -> None:
    answer.send({"drew": False, "renderer": "Ghost", "processor": False})


def draw_in_software(answer: Connection, _chatter: str) -> None:
    answer.send({"drew": True, "renderer": "llvmpipe (LLVM 15)", "processor": True})


def draw_on_a_card(answer: Connection, _chatter: str) -> None:
    answer.send({"drew": True, "renderer": "Some card", "processor": False})


def test_that_this_computer_can_draw() -> None:
    found = doctor.graphics()
    assert found.state in ("ok", "warning")
    assert "OpenGL" in found.value


@pytest.mark.parametrize(
    ("draw", "state", "told"),
    [
        (crash, "error", "exit code"),
        (complain_and_leave, "error", "libGL is nowhere"),
        (draw_nothing, "error", "empty"),
        (draw_in_software, "warning", "llvmpipe"),
        (draw_on_a_card, "ok", "Some card"),
    ],
)
def test_that_a_driver_which_fails_is_a_finding(draw: object, state: str, told: str) -> None:
    found = doctor.graphics(draw=draw)  # type: ignore[arg-type]
    assert found.state == state
    assert told in found.value
    assert bool(found.advice) == (state != "ok")


def test_that_a_driver_which_hangs_is_given_up() -> None:
    found = doctor.graphics(patience_s=1.5, draw=hang)
    assert found.state == "error"
    assert "no picture" in found.value


def test_that_every_library_is_told_with_its_version() -> None:
    found = by_name(doctor.versions())
    assert all(f"library:{library}" in found for library in doctor.LIBRARIES)
    assert {finding.state for finding in found.values()} == {"ok"}


def test_that_a_library_which_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LIBRARIES", ("numpy", "no_such_library"))
    found = by_name(doctor.versions())
    assert found["library:no_such_library"].state == "error"
    assert found["library:no_such_library"].advice
    assert not doctor.works(list(found.values()))


def test_that_folders_are_told_with_their_room(tmp_path: Path) -> None:
    found = by_name(doctor.folders(Settings(cache=tmp_path / "not" / "yet" / "there")))
    assert found["folder:cache"].state == "ok"
    assert "GB free" in found["folder:cache"].value
    assert list(tmp_path.iterdir()) == []  # looking makes nothing


def test_that_a_folder_which_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert doctor.why_unwritable(tmp_path) == ""
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    assert doctor.why_unwritable(tmp_path / "file")
    found = by_name(doctor.folders(Settings(cache=tmp_path / "file")))
    assert found["folder:cache"].state == "warning"


def test_that_a_little_room_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_SPACE_B", 1 << 62)
    assert {finding.state for finding in doctor.folders(Settings(cache=tmp_path))} == {"warning"}


def test_that_a_computer_without_a_temporary_folder_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    found = by_name(doctor.examine(offline=True))
    assert found["folders"].state == "error"
    assert "No usable temporary directory" in found["folders"].value
    assert {"python", "overpass"} <= found.keys()  # the rest is told all the same


def test_that_a_missing_sample_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(district, "sample", lambda: tmp_path / "sample.twin")
    (found,) = doctor.assets()
    assert found.state == "warning"


def test_that_servers_are_asked_for_their_status_under_our_own_name() -> None:
    with Overpass() as overpass:
        found = doctor.server("overpass", "Overpass", overpass.url, Settings().user_agent)
        assert found.state == "ok"
        (asked,) = overpass.asked
    assert asked.path == "/api/status"
    assert asked.method == "GET"
    assert asked.user_agent.startswith("DistrictTwin/")


def test_that_a_server_which_refuses_us_is_told_with_its_number() -> None:
    with Overpass() as overpass:
        found = doctor.server("overpass", "Overpass", overpass.url, "python-requests/2")
    assert found.state == "warning"
    assert "406" in found.value


def test_that_a_server_which_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = doctor.server("overpass", "Overpass", f"http://127.0.0.1:{port}/api", "DistrictTwin/0")
    assert found.state == "warning"
    assert found.advice


def test_that_a_server_which_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = doctor.server("nominatim", "Nominatim", address, "DistrictTwin/0", patience_s=0.2)
    assert found.state == "warning"


def test_that_the_network_is_left_alone_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    with Overpass() as overpass, Nominatim() as nominatim:
        monkeypatch.setenv("TWIN_OVERPASS_URL", overpass.url)
        monkeypatch.setenv("TWIN_NOMINATIM_URL", nominatim.url)
        found = by_name(doctor.examine(offline=True))
        assert overpass.asked == nominatim.asked == []
        assert overpass.url in found["overpass"].value
    assert {found["overpass"].state, found["nominatim"].state} == {"skipped"}
    assert doctor.works(list(found.values()))


def test_that_settings_which_cannot_be_read_do_not_stop_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_TRIES", "many")
    _settings, (found,) = doctor._settings()
    assert found.state == "error"
    assert "TWIN_TRIES" in found.advice


def test_that_the_command_tells_people_and_scripts_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--offline", "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert err == ""
    assert told["ok"] is True
    assert {"name", "label", "state", "value", "advice"} == told["findings"][0].keys()
    assert cli.main(["doctor", "--offline"]) == 0
    table = capsys.readouterr().out
    assert all(finding["label"] in table for finding in told["findings"])


def test_that_the_exit_code_tells_that_something_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = doctor.Finding("graphics", "Graphics", "error", "none", "Buy a card.")
    monkeypatch.setattr(doctor, "graphics", lambda: broken)
    assert cli.main(["doctor", "--offline"]) == 1
    out = capsys.readouterr().out
    assert "X Graphics" in out
    assert "Buy a card." in out


def test_that_it_says_where_passwords_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.fail import Keyring as NoKeyring
    from keyring.backends.null import Keyring as Drawer

    monkeypatch.setattr(keyring, "get_keyring", Drawer)
    assert doctor.keyring().state == "ok"
    monkeypatch.setattr(keyring, "get_keyring", NoKeyring)
    assert doctor.keyring().state == "warning"
    assert "GNOME" in doctor.keyring().advice

    def locked() -> None:
        raise RuntimeError

    monkeypatch.setattr(keyring, "get_keyring", locked)
    assert doctor.keyring().value == "RuntimeError"


def test_that_servers_of_kept_feeds_are_knocked_at_and_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from twin import connections
    from twin.sources import Connection

    with socket.create_server(("127.0.0.1", 0)) as open_port, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        feeds = [
            Connection("Broker", "mqtt", f"mqtt://127.0.0.1:{open_port.getsockname()[1]}/a/b"),
            Connection("Gone", "sensorthings", f"sta+http://127.0.0.1:{closed.getsockname()[1]}/v1.1"),
            Connection("Table", "file", "file:///tmp/readings.csv"),
        ]
        monkeypatch.setattr(connections, "read", lambda: tuple(connections.Saved(feed) for feed in feeds))
        found = doctor.feeds()
        assert [(one.name, one.state) for one in found] == [("feed:Broker", "ok"), ("feed:Gone", "warning")]
        assert "refused" in found[1].value
        assert "/a/b" not in found[0].value
        assert [one.state for one in doctor.feeds(offline=True)] == ["skipped", "skipped"]
        server, _address = open_port.accept()
        with server:
            assert server.recv(100) == b""


def test_that_kept_feeds_which_cannot_be_read_are_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from twin import connections

    (tmp_path / "connections.json").write_text("{")
    monkeypatch.setattr(connections, "place", lambda: tmp_path / "connections.json")
    (found,) = doctor.feeds()
    assert found.state == "warning"
    assert found.advice
