from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest

import twin
from twin.model import TwinError
from twin.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def load(tmp_path: Path, toml: str | bytes = "", **environment: str) -> Settings:
    config = tmp_path / "settings.toml"
    config.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return Settings.load(config=config, environment=environment)


def test_that_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = Settings.load(config=tmp_path / "none.toml", environment={})
    assert settings == Settings()
    assert settings.overpass_url == "https://overpass-api.de/api"
    assert settings.cache.is_absolute()


def test_that_the_file_beats_the_defaults_and_the_environment_beats_the_file(tmp_path: Path) -> None:
    toml = 'overpass_url = "http://in.file/api"\nnominatim_url = "http://in.file"\ntimeout_s = 60\n'
    settings = load(tmp_path, toml, TWIN_OVERPASS_URL="http://in.environment/api", TWIN_AREA_LIMIT_KM2="12.5")
    assert settings.overpass_url == "http://in.environment/api"
    assert settings.nominatim_url == "http://in.file"
    assert (settings.timeout_s, settings.area_limit_km2) == (60, 12.5)


def test_that_an_empty_variable_counts_as_none(tmp_path: Path) -> None:
    assert load(tmp_path, "", TWIN_OVERPASS_URL=" ") == Settings()


def test_that_every_setting_but_the_tests_own_has_a_variable(tmp_path: Path) -> None:
    assert {entry.name for entry in fields(Settings) if "variable" not in entry.metadata} == {"patience"}
    with pytest.raises(TwinError, match="“patience”, which is no setting"):
        load(tmp_path, "patience = 0.0")


def test_that_loading_writes_nothing(tmp_path: Path) -> None:
    load(tmp_path, "", TWIN_CACHE=str(tmp_path / "cache"))
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('overpas_url = "http://x"', "“overpas_url”, which is no setting. Known are: overpass_url, "),
        ("timeout_s = 2.5", "“timeout_s” must be a whole number from 1 to 3600, not 2.5"),
        ("timeout_s = true", "not True"),
        ("timeout_s = 0", "not 0"),
        ("area_limit_km2 = nan", "must be a number from 0.01 to 100000, not nan"),
        ('area_limit_km2 = "much"', "not 'much'"),
        ("cache = 5", "“cache” must be a folder, not 5"),
        ("contact = []", "“contact” must be a text"),
        ("[contact]", "“contact” must be a text"),
        ("timeout_s 5", "is not a TOML file"),
        (b"\xff\xfe", "is not a TOML file"),
        (b"#" * 1_000_001, "too large to be a settings file"),
    ],
)
def test_that_a_wrong_file_is_one_sentence_that_names_it(tmp_path: Path, toml: str | bytes, said: str) -> None:
    with pytest.raises(TwinError) as caught:
        load(tmp_path, toml)
    assert said in str(caught.value)
    assert "settings.toml" in str(caught.value)
    assert "\n" not in str(caught.value).split("TOML file")[0]


def test_that_a_folder_in_the_place_of_the_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be read"):
        Settings.load(config=tmp_path, environment={})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TWIN_TIMEOUT_S", "180.0"),
        ("TWIN_TRIES", "many"),
        ("TWIN_CACHE_MAX_AGE_S", "-1"),
        ("TWIN_OVERPASS_URL", "overpass-api.de"),
        ("TWIN_OVERPASS_URL", "ftp://overpass-api.de/api"),
        ("TWIN_OVERPASS_URL", "file:///etc/passwd"),
        ("TWIN_NOMINATIM_URL", "http://"),
        ("TWIN_NOMINATIM_URL", "http://host:port/"),
        ("TWIN_NOMINATIM_URL", "http://host/?q=1"),
        ("TWIN_NOMINATIM_URL", "http://ho st/"),
        ("TWIN_NOMINATIM_URL", "http://[::1/"),
        ("TWIN_CONTACT", "me\r\nX-Other: header"),
        ("TWIN_CONTACT", "jemand@müller.de"),
        ("TWIN_CONTACT", "x" * 201),
    ],
)
def test_that_a_wrong_variable_is_one_sentence_that_names_it(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(TwinError, match=f"In the environment variable {variable}: "):
        load(tmp_path, "", **{variable: value})


def test_that_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(TwinError, match="without it") as caught:
        replace(Settings(), overpass_url="https://me:s3cret@example.org/api")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://host:8080/api/", "http://host:8080/api"),
        ("http://host/api/interpreter", "http://host/api"),
        (" https://[::1]:99/api ", "https://[::1]:99/api"),
    ],
)
def test_that_addresses_are_kept_as_osmnx_wants_them(given: str, kept: str) -> None:
    assert replace(Settings(), overpass_url=given).overpass_url == kept


def test_that_the_program_names_itself_its_version_and_its_contact(tmp_path: Path) -> None:
    assert Settings().user_agent == f"DistrictTwin/{twin.__version__}"
    settings = load(tmp_path, 'contact = "me@example.org"')
    assert settings.user_agent == f"DistrictTwin/{twin.__version__} (+me@example.org)"
