"""Addresses of archives, as people write them, and what is said where no database can be had."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import districts
import pytest

from twin import district
from twin.archive import Address, Server, address_of, is_archive
from twin.cli import main
from twin.days import Home
from twin.model import TwinError
from ui.archived import district_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clickhouse://host", Address("host", 8123)),
        ("clickhouses://host/city", Address("host", 8443, secure=True, database="city")),
        ("clickhouses://me%40town@host:9440/city", Address("host", 9440, True, "me@town", "city")),
        ("clickhouse://host/city#2024-11-12", Address("host", 8123, database="city", day="2024-11-12")),
        ("clickhouse://[::1]:8124/city#My%20day", Address("::1", 8124, database="city", day="My day")),
        ("chdb:/var/days", Address(folder="/var/days")),
        ("chdb:days#7f3a", Address(folder="days", day="7f3a")),
        (" chdb:///var/days ", Address(folder="/var/days")),
    ],
)
def test_that_an_address_says_where_and_which_day(text: str, expected: Address) -> None:
    assert is_archive(text)
    assert address_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "clickhouse://",
        "clickhouse:///city",
        "clickhouse://h:99999",
        "clickhouse://h/a;b",
        "clickhouse://h?a=b",
        "chdb:",
    ],
)
def test_that_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(TwinError, match="clickhouses://user@host:8443/database"):
        address_of(text)


@pytest.mark.parametrize("text", ["day.twin", "C:\\days\\day.twin", "https://host", "sample"])
def test_that_files_and_other_addresses_are_no_archives(text: str) -> None:
    assert not is_archive(text)


def test_that_a_password_is_not_taken_from_an_address() -> None:
    with pytest.raises(TwinError, match="password out of the address"):
        address_of("clickhouse://me:secret@host/city")


def test_that_a_missing_driver_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clickhouse_connect", None)
    with pytest.raises(TwinError, match="the extra `archive`"):
        Server(address_of("clickhouse://127.0.0.1:1/x"))


def test_that_a_day_finds_its_district_on_this_computer(tmp_path: Path) -> None:
    open_now = tmp_path / "harbour.twin"
    district.save(open_now, districts.district())
    frame = districts.district().frame
    here = Home("Little Harbour", frame.lon, frame.lat)
    assert district_of(here, open_now) == open_now
    assert district_of(Home("Helsinki", 24.945, 60.170), open_now) == district.sample()
    assert district_of(None, open_now) == open_now
    with pytest.raises(TwinError, match="belongs to Atlantis"):
        district_of(Home("Atlantis", -40.0, 30.0), open_now)
    with pytest.raises(TwinError, match="open the district first"):
        district_of(None, None)


def test_that_the_statements_can_be_had_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["archive", "schema"]) == 0
    out = capsys.readouterr().out
    assert out.count("CREATE TABLE IF NOT EXISTS twin_") == out.count("non_replicated_deduplication_window") == 12
    assert main(["archive"]) == 2
    assert "needs ACTION" in capsys.readouterr().err
