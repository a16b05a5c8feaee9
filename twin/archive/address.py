"""Where an archive is, as people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from twin.language import _
from twin.model import TwinError

SCHEMES = ("clickhouse", "clickhouses", "chdb")
_PORTS = {"clickhouse": 8123, "clickhouses": 8443}
_NAME = re.compile(r"[^\W\d][\w-]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a ClickHouse server, or a folder that the same engine keeps in this process."""

    host: str = ""
    port: int = 0
    secure: bool = False  # by TLS, the certificate checked
    user: str = "default"
    database: str = "default"
    folder: str = ""  # in the place of a server
    day: str = ""  # what stood behind #: the date, title or number of a day

    def __str__(self) -> str:
        return self.folder or f"{self.host}:{self.port}/{self.database}"

    @property
    def secret_name(self) -> str:
        """Under which name the password lies in a keyring."""
        return f"{self.user}@{self.host}:{self.port}"


def is_archive(text: str) -> bool:
    """Whether a word is the address of an archive, and no file."""
    return text.strip().lower().startswith(tuple(f"{scheme}:" for scheme in SCHEMES))


def address_of(text: str) -> Address:
    """Return what an address says: `clickhouse[s]://user@host:port/database#day`, or `chdb:folder#day`.

    Raises
    ------
    TwinError
        Where it is none, or has a password in it.
    """
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme == "chdb" and parts.path.strip("/") and not parts.netloc:
        return Address(folder=unquote(parts.path), day=unquote(parts.fragment))
    database = unquote(parts.path.strip("/")) or "default"
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or not _NAME.fullmatch(database):
        raise TwinError(
            _("An archive is written like clickhouses://user@host:8443/database; it cannot be {text}.").format(
                text=text[:200]
            )
        )
    if parts.password is not None:
        raise TwinError(
            _("Leave the password out of the address: it belongs in the keyring or in an environment variable.")
        )
    return Address(
        parts.hostname,
        port or _PORTS[parts.scheme],
        parts.scheme == "clickhouses",
        unquote(parts.username or "") or "default",
        database,
        day=unquote(parts.fragment),
    )
