"""Live feeds: one module each kind, found by looking; all tell the same `Batch`es of readings."""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from twin.language import _
from twin.model import TwinError
from twin.sources.source import (
    Batch,
    Connection,
    Field,
    Glimpse,
    Kind,
    Secret,
    Source,
    Trouble,
    Where,
    without_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Batch",
    "Connection",
    "Field",
    "Glimpse",
    "Kind",
    "Secret",
    "Source",
    "Trouble",
    "Where",
    "connection_of",
    "kind_of",
    "kinds",
    "open_source",
    "scheme_of",
    "without_secrets",
]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return all kinds of sources by their word, in the order of their words."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [getattr(import_module(f"{__name__}.{module}"), "SOURCE", None) for module in modules]
    return {kind.key: kind for kind in sorted(filter(None, found), key=lambda kind: kind.key)}


def scheme_of(address: str) -> str:
    """Return the scheme of an address, in small letters: "mqtts" of "mqtts://host/topic"; "file" of a mere path."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", address.strip())  # one letter is a drive
    return found[1].lower() if found else "file"


def kind_of(address: str) -> Kind:
    """Return the kind of source that an address is of.

    Raises
    ------
    TwinError
        Where there is no such kind.
    """
    scheme = scheme_of(address)
    for kind in kinds().values():
        if scheme in kind.schemes:
            return kind
    raise TwinError(
        _("There are no feeds of {scheme}:; an address begins with one of {schemes}.").format(
            scheme=scheme, schemes=", ".join(word for kind in kinds().values() for word in kind.schemes)
        )
    )


def connection_of(address: str, *, name: str = "") -> Connection:
    """Return the connection that an address alone says, under a name or else its own.

    Raises
    ------
    TwinError
        Where it is of no kind, or has a password in it: addresses are shown, kept and logged.
    """
    address = address.strip()
    kind = kind_of(address)
    try:
        parts = urlsplit(address)
        if parts.password:
            raise TwinError(
                _("Leave the password out of the address: it belongs in the keyring or in an environment variable.")
            )
        user = unquote(parts.username or "")
    except ValueError as error:
        raise TwinError(_("{address} is no address: {reason}.").format(address=address, reason=error)) from None
    if user:
        address = address.replace(parts.netloc, parts.netloc.rpartition("@")[2], 1)
    bare = address.rstrip(":/").lower() in kind.schemes  # "openaq:" says no more than the kind
    public = without_secrets(address)  # names go into files and logs
    shown = kind.title if bare else public.partition("://")[2].strip("/") or public
    return Connection(name or shown, kind.key, address, record=kind.record, user=user)


def open_source(connection: Connection, where: Where, secret: Secret) -> Source:
    """Return the source of a connection, not yet connected.

    Raises
    ------
    TwinError
        Where something about the connection is missing or cannot be meant.
    """
    kind = kinds().get(connection.kind)
    if kind is None:
        raise TwinError(
            _("The connection {name} is of the kind {kind}, which this version does not know: update it.").format(
                name=connection.name, kind=connection.kind
            )
        )
    for entry in kind.fields:
        given = secret(entry.key) if entry.secret else connection.option(entry.key, entry.default)
        if entry.needed and not given:
            raise TwinError(
                _("The connection {name} needs its {field}.").format(name=connection.name, field=entry.title)
            )
        if given and entry.options and given not in entry.options:
            raise TwinError(
                _("The connection {name} has {value} as its {field}; it can be {options}.").format(
                    name=connection.name, value=given[:60], field=entry.title, options=", ".join(entry.options)
                )
            )
    return kind.open(connection, where, secret)
