"""What the user may set: servers, contact, folders, limits. And how this program names itself on the network.

Defaults give way to `settings.toml` in the user's configuration folder, and that to environment
variables. Only `keep` writes, what somebody changed in a window; no setting is a secret.
"""

from __future__ import annotations

import json
import math
import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import platformdirs

from twin import __version__
from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Mapping

APP = "district-twin"
CONFIG_BYTES_MAX = 1_000_000
CONTACT_LENGTH_MAX = 200


def _default_cache() -> Path:
    return platformdirs.user_cache_path(APP, appauthor=False)


def config_file() -> Path:
    """Where the user's settings are looked for; the file need not exist."""
    return platformdirs.user_config_path(APP, appauthor=False) / "settings.toml"


def _from_outside(variable: str) -> dict[str, str]:
    """Mark a field that a file or the environment may set, and name its environment variable."""
    return {"variable": variable}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses, identity, folders and limits; wrong values raise `TwinError` when one is made.

    `dataclasses.replace(settings, overpass_url=...)` is how a command-line option overrides one value.
    """

    overpass_url: str = field(default="https://overpass-api.de/api", metadata=_from_outside("TWIN_OVERPASS_URL"))
    nominatim_url: str = field(
        default="https://nominatim.openstreetmap.org", metadata=_from_outside("TWIN_NOMINATIM_URL")
    )
    update_url: str = field(default="", metadata=_from_outside("TWIN_UPDATE_URL"))  # tells the newest version
    contact: str = field(default="", metadata=_from_outside("TWIN_CONTACT"))  # a mail or web address
    cache: Path = field(default_factory=_default_cache, metadata=_from_outside("TWIN_CACHE"))
    cache_max_age_s: float = field(default=30 * 86400.0, metadata=_from_outside("TWIN_CACHE_MAX_AGE_S"))
    area_limit_km2: float = field(default=200.0, metadata=_from_outside("TWIN_AREA_LIMIT_KM2"))
    tile_km2: float = field(default=10.0, metadata=_from_outside("TWIN_TILE_KM2"))  # the most that one query covers
    timeout_s: int = field(default=180, metadata=_from_outside("TWIN_TIMEOUT_S"))  # what one query may take
    answer_limit_mb: float = field(default=200.0, metadata=_from_outside("TWIN_ANSWER_LIMIT_MB"))
    tries: int = field(default=5, metadata=_from_outside("TWIN_TRIES"))  # of one query, with a busy server
    # Scales the pauses that servers ask for, and the allowances for slow ones. Neither the file nor the
    # environment sets it: only who runs a server of their own in the same process may hurry.
    patience: float = 1.0

    def __post_init__(self) -> None:
        for entry in fields(self):
            object.__setattr__(self, entry.name, _checked(entry.name, str(entry.type), getattr(self, entry.name)))

    @property
    def user_agent(self) -> str:
        """The name on the network, with version and, where known, whom to ask about it.

        Public servers turn away libraries' default names, and ask for one that tells who is calling.
        """
        return f"DistrictTwin/{__version__}" + (f" (+{self.contact})" if self.contact else "")

    @property
    def answer_limit_bytes(self) -> int:
        """The size above which an answer is refused."""
        return int(self.answer_limit_mb * 1e6)

    @staticmethod
    def load(*, config: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings of this user.

        Parameters
        ----------
        config
            The TOML file to read instead of the one in the user's configuration folder.
        environment
            Read instead of the process's environment variables.

        Raises
        ------
        TwinError
            Where the file cannot be read, or a value is unknown, of the wrong type or out of range.
        """
        environment = os.environ if environment is None else environment
        path = config or config_file()
        known = {entry.name: entry for entry in fields(Settings) if "variable" in entry.metadata}
        values: dict[str, Any] = {}
        for name, value in _read_toml(path).items():
            if name not in known:
                raise TwinError(
                    _("{path} sets “{name}”, which is no setting. Known are: {known}.").format(
                        path=path, name=name, known=", ".join(known)
                    )
                )
            try:
                values[name] = _checked(name, str(known[name].type), value)
            except TwinError as error:
                raise TwinError(_("In {path}: {problem}").format(path=path, problem=error)) from None
        for name, entry in known.items():
            text = environment.get(entry.metadata["variable"], "").strip()
            if not text:
                continue
            try:
                values[name] = _checked(name, str(entry.type), _from_text(str(entry.type), text))
            except TwinError as error:
                raise TwinError(
                    _("In the environment variable {variable}: {problem}").format(
                        variable=entry.metadata["variable"], problem=error
                    )
                ) from None
        return Settings(**values)


def keep(changes: Mapping[str, str], *, config: Path | None = None) -> None:
    """Write values into the user's settings file, and leave every other line of it as it was.

    Parameters
    ----------
    changes
        The new text of some settings, such as `overpass_url`; an empty one takes the line out, so that the
        default counts again.
    config
        The file to change instead of the one in the user's configuration folder.

    Raises
    ------
    TwinError
        Where a value is none for its setting, or the file cannot be understood or written.
    """
    path = config or config_file()
    wanted = _read_toml(path)
    known = {entry.name: str(entry.type) for entry in fields(Settings) if "variable" in entry.metadata}
    lines = path.read_text(encoding="utf-8-sig").splitlines() if wanted or path.exists() else []
    for name, text in changes.items():
        lines = [line for line in lines if not re.match(rf"\s*{name}\s*=", line)]
        wanted.pop(name, None)
        if text.strip():
            value = _checked(name, known[name], _from_text(known[name], text))
            wanted[name] = value if isinstance(value, int | float) else str(value)
            lines.insert(0, f"{name} = {json.dumps(wanted[name], ensure_ascii=False)}")
    content = "\n".join(lines) + "\n"
    try:
        understood = tomllib.loads(content) == wanted
    except tomllib.TOMLDecodeError:
        understood = False
    if not understood:
        raise TwinError(_("{path} is written in a way that only you can change: edit it there.").format(path=path))
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(content, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TwinError(
            _("{path} cannot be written: {detail}.").format(path=path, detail=error.strerror or error)
        ) from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_BYTES_MAX + 1)
        if len(content) > CONFIG_BYTES_MAX:
            raise TwinError(_("{path} is too large to be a settings file.").format(path=path))
        return tomllib.loads(content.decode("utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TwinError(
            _("{path} is not a TOML file: {detail}. Correct or remove it.").format(path=path, detail=error)
        ) from None
    except OSError as error:
        raise TwinError(
            _("{path} cannot be read: {detail}.").format(path=path, detail=error.strerror or error)
        ) from None


def _from_text(kind: str, text: str) -> Any:
    """Return what the text of an environment variable means; what is no number stays text."""
    if kind not in {"int", "float"}:
        return text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text


_RANGES: Mapping[str, tuple[float, float]] = {
    "cache_max_age_s": (0.0, math.inf),
    "area_limit_km2": (0.01, 100_000.0),
    "tile_km2": (0.01, 2_500.0),
    "timeout_s": (1, 3_600),
    "answer_limit_mb": (0.001, 4_000.0),
    "tries": (1, 100),
    "patience": (0.0, 100.0),
}


def _checked(name: str, kind: str, value: Any) -> Any:
    """Return the value of a setting in its right type, or raise a sentence that names it."""
    if name in _RANGES:
        least, most = _RANGES[name]
        whole = kind == "int"
        right_type = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not right_type or not least <= value <= most:
            sentence = (
                _("“{name}” must be a whole number from {least:g} to {most:g}, not {value!r}.")
                if whole
                else _("“{name}” must be a number from {least:g} to {most:g}, not {value!r}.")
            )
            raise TwinError(sentence.format(name=name, least=least, most=most, value=value))
        return value if whole else float(value)
    if kind == "Path":
        if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
            raise TwinError(_("“{name}” must be a folder, not {value!r}.").format(name=name, value=value))
        return Path(value).expanduser().absolute()
    if not isinstance(value, str):
        raise TwinError(_("“{name}” must be a text, not {value!r}.").format(name=name, value=value))
    if name == "update_url" and not value.strip():
        return ""  # nobody is asked
    return _server_address(name, value) if name.endswith("_url") else _contact(name, value)


def _server_address(name: str, value: str) -> str:
    """Return a server's address without the last part that osmnx appends itself."""
    text = value.strip().rstrip("/")
    for ending in ("/interpreter", "/search"):  # pasted from a server's own documentation
        text = text.removesuffix(ending)
    try:
        parts = urlsplit(text)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_right = urlsplit(""), False
    plain = text.isascii() and text.isprintable() and " " not in text
    if not (plain and parts.scheme in {"http", "https"} and parts.hostname and port_is_right) or "?" in text:
        raise TwinError(
            _("“{name}” must be a server's address such as https://example.org/api, not {value!r}.").format(
                name=name, value=value
            )
        )
    if parts.username is not None or parts.password is not None:
        # Not echoed: what stands there is a secret. It would also end up in a district's sources.
        raise TwinError(
            _("“{name}” holds a user name or password; give the server's address without it.").format(name=name)
        )
    return text


def _contact(name: str, value: str) -> str:
    """Return a contact that is safe inside a request's header."""
    text = value.strip()
    harmless = text.isascii() and (not text or text.isprintable()) and not set(text) & set("()\\")
    if not harmless or len(text) > CONTACT_LENGTH_MAX:
        raise TwinError(
            _("“{name}” must be a mail or web address in plain ASCII, not {value!r}.").format(name=name, value=value)
        )
    return text
