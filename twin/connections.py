"""Connections to live feeds as somebody keeps them: a JSON file of theirs, and secrets in the system's keyring."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import platformdirs

from twin.language import _
from twin.model import TwinError
from twin.settings import APP
from twin.sources import Connection, kinds, without_secrets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path


BYTES_MAX = 8_000_000
MOST = 1000
NAME_LENGTH_MAX = 80
_VERSION = 1
_LONGEST = {"kind": 40, "address": 4000, "user": 400, "mapping": 200_000}
_OPTIONS_MAX = 100


@dataclass(frozen=True, slots=True)
class Saved:
    """A connection that is kept, and the districts in which it is connected whenever they are open."""

    connection: Connection
    districts: tuple[str, ...] = ()

    def turned(self, district: str, *, on: bool) -> Saved:
        """Return the same with a district among its own, or not."""
        others = tuple(name for name in self.districts if name != district)
        return replace(self, districts=(*others, district) if on else others)


def place() -> Path:
    """Return the file in which connections are kept; it need not be there."""
    return platformdirs.user_config_path(APP, appauthor=False) / "connections.json"


def read(path: Path | None = None) -> tuple[Saved, ...]:
    """Return the connections that are kept, in their order.

    Raises
    ------
    TwinError
        Where the file cannot be read or understood.
    """
    path = path or place()
    try:
        with path.open("rb") as file:
            return _from_bytes(file.read(BYTES_MAX + 1))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise TwinError(
            _("{path} cannot be read: {detail}.").format(path=path, detail=error.strerror or error)
        ) from None
    except TwinError as error:
        raise TwinError(
            _("The connections in {path} cannot be understood: {problem}").format(path=path, problem=error)
        ) from None


def keep(saved: Iterable[Saved], path: Path | None = None) -> None:
    """Write connections in place of those that were kept; a file that cannot be understood is laid aside first.

    Raises
    ------
    TwinError
        Where the disk does not let it.
    """
    path = path or place()
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(_text([_plain(one) for one in saved]), encoding="utf-8")
        try:
            read(path)
        except TwinError:
            path.replace(path.with_name(f"{path.stem}.damaged.json"))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise TwinError(
            _("{path} cannot be written: {detail}.").format(path=path, detail=error.strerror or error)
        ) from None


def exported(connections: Iterable[Connection]) -> str:
    """Return connections as the text of a file for somebody else: no secret is in it."""
    return _text([_plain(Saved(_without_secrets(connection))) for connection in connections])


def imported(path: Path) -> tuple[Connection, ...]:
    """Return the connections of a file that `exported` made.

    Raises
    ------
    TwinError
        Where the file cannot be read or understood.
    """
    if not path.is_file():
        raise TwinError(_("There is no file {file}.").format(file=path))
    return tuple(_without_secrets(one.connection) for one in read(path))


def presets() -> tuple[Connection, ...]:
    """Return ready connections that need no key, of all kinds."""
    return tuple(preset for kind in kinds().values() for preset in kind.presets)


def named(name: str, saved: Iterable[Saved]) -> Connection | None:
    """Return the connection of a name, whatever its capitals; None where there is none."""
    return next((one.connection for one in saved if one.connection.name.casefold() == name.strip().casefold()), None)


def free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it where it is taken."""
    name = " ".join(name.split())[:NAME_LENGTH_MAX] or _("Feed")
    used = {one.casefold() for one in taken}
    number, found = 2, name
    while found.casefold() in used:
        found = f"{name[: NAME_LENGTH_MAX - 5]} {number}"
        number += 1
    return found


def checked(connection: Connection, *, taken: Collection[str] = ()) -> Connection:
    """Return a connection in order, its blanks cut.

    Raises
    ------
    TwinError
        Where its name or address is missing, too long, or another's.
    """
    name, address = " ".join(connection.name.split()), connection.address.strip()
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise TwinError(_("Give the connection a name of at most {most} letters.").format(most=NAME_LENGTH_MAX))
    if name.casefold() in {one.casefold() for one in taken}:
        raise TwinError(_("There is a connection {name} already; give this one another name.").format(name=name))
    if not address or len(address) > _LONGEST["address"] or not address.isprintable():
        raise TwinError(_("Give the address of the feed."))
    return replace(connection, name=name, address=address, user=connection.user.strip())


def secret_keys(kind: str) -> tuple[str, ...]:
    """Return the keys of the secret fields of a kind."""
    found = kinds().get(kind)
    return tuple(entry.key for entry in found.fields if entry.secret) if found is not None else ()


def _without_secrets(connection: Connection) -> Connection:
    """Return a connection without any value of a secret field, in its options or in its addresses."""
    secret = secret_keys(connection.kind)
    options = {key: without_secrets(value) for key, value in connection.options.items() if key not in secret}
    return replace(connection, options=options, address=without_secrets(connection.address))


def _text(plain: list[dict[str, Any]]) -> str:
    return json.dumps({"version": _VERSION, "connections": plain}, indent=1, ensure_ascii=False) + "\n"


def _plain(saved: Saved) -> dict[str, Any]:
    one = saved.connection
    told: dict[str, Any] = {"name": one.name, "kind": one.kind, "address": one.address, "record": one.record}
    told |= {key: value for key, value in (("user", one.user), ("mapping", one.mapping)) if value}
    if one.options:
        told["options"] = dict(one.options)
    if saved.districts:
        told["districts"] = list(saved.districts)
    return told


def _from_bytes(found: bytes) -> tuple[Saved, ...]:
    if len(found) > BYTES_MAX:
        raise TwinError(_("It is too large."))
    try:
        told = json.loads(found.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise TwinError(_("It is not JSON.")) from None
    if not isinstance(told, dict) or not isinstance(told.get("connections"), list):
        raise TwinError(_("It holds no list of connections."))
    if told.get("version") != _VERSION:
        raise TwinError(_("It was written by another version of the program."))
    entries: Sequence[Any] = told["connections"]
    if len(entries) > MOST:
        raise TwinError(_("It holds more than {most} connections.").format(most=MOST))
    saved: list[Saved] = []
    for number, entry in enumerate(entries, start=1):
        try:
            saved.append(_saved(entry, [one.connection.name for one in saved]))
        except TwinError as error:
            raise TwinError(_("Connection {number}: {problem}").format(number=number, problem=error)) from None
    return tuple(saved)


def _saved(told: Any, taken: Collection[str]) -> Saved:
    if not isinstance(told, dict):
        raise TwinError(_("It is no connection."))
    words = {key: told.get(key, "") for key in ("name", *_LONGEST)}
    options, districts, record = told.get("options", {}), told.get("districts", []), told.get("record", True)
    plain = (
        all(isinstance(value, str) for value in words.values())
        and isinstance(options, dict)
        and all(isinstance(value, str) for value in options.values())
        and isinstance(districts, list)
        and all(isinstance(name, str) for name in districts)
        and isinstance(record, bool)
    )
    if not plain:
        raise TwinError(_("An entry of it is of the wrong type."))
    parts = [*options.values(), *options]
    too_long = any(len(words[key]) > most for key, most in _LONGEST.items())
    if too_long or len(options) > _OPTIONS_MAX or any(len(part) > _LONGEST["address"] for part in parts):
        raise TwinError(_("An entry of it is too long."))
    connection = Connection(
        words["name"], words["kind"], words["address"], options, words["mapping"], record, words["user"]
    )
    return Saved(checked(connection, taken=taken), tuple(districts[:MOST]))
