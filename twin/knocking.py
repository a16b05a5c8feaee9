"""Whether servers answer, without asking them for anything: by their page of status, or by the port alone."""

from __future__ import annotations

import socket
import threading
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "mqtt": 1883, "mqtts": 8883}


def together(looks: Sequence[Callable[[], str]], patience_s: float) -> list[tuple[str, float]]:
    """Return what each look says and how many seconds it took; all begin at once, and none is waited for longer.

    Parameters
    ----------
    looks
        Each returns why nobody answers, "" where somebody does.
    """
    outcomes: list[list[tuple[str, float]]] = [[] for _look in looks]
    begin_s = time.monotonic()

    def run(number: int) -> None:
        said = looks[number]()
        outcomes[number].append((said, time.monotonic() - begin_s))

    threads = [threading.Thread(target=partial(run, number), daemon=True) for number in range(len(looks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, begin_s + patience_s + 1 - time.monotonic()))  # a look-up of a name takes no patience
    late = _("no answer within {seconds:.0f} s").format(seconds=patience_s), patience_s
    return [outcome[0] if outcome else late for outcome in outcomes]


def why_no_status(address: str, user_agent: str, patience_s: float) -> str:
    """Return why a server's page of status does not come, "" where it does.

    Any answer of HTTP shows the way there to be open; a refusal is told with its number.
    """
    import http.client
    import urllib.error
    import urllib.request

    try:
        request = urllib.request.Request(  # noqa: S310  (settings let through only http and https)
            address.rstrip("/") + "/status", headers={"User-Agent": user_agent}
        )
        with urllib.request.urlopen(request, timeout=patience_s):  # noqa: S310
            return ""
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return "" if refusal.code == HTTPStatus.NOT_FOUND else f"HTTP {refusal.code}"
    except urllib.error.URLError as fault:
        return getattr(fault.reason, "strerror", None) or str(fault.reason)
    except (OSError, ValueError, http.client.HTTPException) as fault:
        return str(fault) or type(fault).__name__


def server_of(address: str) -> tuple[str, int] | None:
    """Return the name and the port of the server of a feed's address; None where it names none, as a file's."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme.rpartition("+")[2].lower())
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


def why_closed(server: tuple[str, int], patience_s: float) -> str:
    """Return why a port takes no connection, "" where it does; nothing is sent to it."""
    try:
        with socket.create_connection(server, timeout=patience_s):
            return ""
    except OSError as fault:
        return fault.strerror or str(fault) or type(fault).__name__
