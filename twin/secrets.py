"""Passwords and keys: in the keyring that the system has, or in the environment, never in a file of ours."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Secrets:
    """Passwords and keys, in the system's keyring under the name of a connection or an address.

    Where no keyring works they are kept for this run of the program and no longer. A secret may come from the
    environment too, which goes before: `TWIN_SECRET_PASSWORD` for the field "password" of every connection.
    """

    SERVICE = "district-twin"

    def __init__(self) -> None:
        self._here: dict[tuple[str, str], str] = {}

    def of(self, name: str) -> Callable[[str], str]:
        """Return what answers with the secrets of a connection by the keys of its fields, "" for one not there."""
        return lambda key: self.get(name, key)

    def get(self, name: str, key: str) -> str:
        """Return a secret; it may ask the keyring, and that a person, so it is no work for a window's thread."""
        from_outside = os.environ.get(f"TWIN_SECRET_{re.sub(r'[^A-Z0-9]', '_', key.upper())}", "")
        if from_outside:
            return from_outside
        if (name, key) not in self._here:
            found = ""
            try:
                if (ring := _keyring()) is not None:
                    found = ring.get_password(self.SERVICE, _entry(name, key)) or ""
            except Exception:  # noqa: BLE001  (backends let through whatever their systems say)
                found = ""
            self._here[name, key] = found
        return self._here[name, key]

    def remember(self, name: str, key: str, value: str) -> None:
        """Know a secret at once, for this run; `store` takes it to the keyring."""
        self._here[name, key] = value

    def store(self, name: str, key: str) -> str:
        """Take a secret that is known to the keyring, an empty one out of it; return "", or a sentence why not.

        It may ask a person, so it is no work for a window's thread.
        """
        value = self._here.get((name, key), "")
        try:
            ring = _keyring()
            if ring is not None and value:
                ring.set_password(self.SERVICE, _entry(name, key), value)
            elif ring is not None and ring.get_password(self.SERVICE, _entry(name, key)) is not None:
                ring.delete_password(self.SERVICE, _entry(name, key))
        except Exception:  # noqa: BLE001
            ring = None
        if ring is None and value:
            return _("This computer has no keyring that works: the secret of {name} is kept for this run only.").format(
                name=name
            )
        return ""

    def forget(self, name: str, keys: Iterable[str]) -> None:
        """Take secrets out of the keyring, since their connection is gone."""
        for key in keys:
            self.remember(name, key, "")
            self.store(name, key)


def _entry(name: str, key: str) -> str:
    return f"{name}/{key}"


def _keyring() -> Any | None:
    """Return the keyring of this system; None where there is none, or none that keeps a secret secret."""
    import keyring

    ring = keyring.get_keyring()
    return ring if ring.priority >= 1 else None  # less: no backend at all, or a plain file
