"""What a database's driver says went wrong, as one sentence each."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import TwinError
from twin.sources.faults import certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.archive.address import Address

# ClickHouse's own numbers
_REFUSED, _NOTHING_THERE, _NO_COLUMN = (516, 192, 194), (60, 81), (16, 47)
_NOT_ALLOWED, _FULL = (497, 164), (243, 241)


def sentence(address: Address, error: BaseException) -> TwinError:
    """Return what a fault means: by the server's code, else by what the network said underneath."""
    text = str(error)
    code = getattr(error, "code", None)
    if not isinstance(code, int):
        found = re.search(r"Code: (\d+)", text)
        code = int(found[1]) if found else 0
    if isinstance(error, ImportError):
        told = _("An archive in a folder needs chDB: pip install chdb.")
    elif code in _REFUSED:
        told = _("The archive at {address} does not take the user {user} with this password.")
    elif code in _NOTHING_THERE:
        told = _("There is no archive at {address} yet; `twin archive push` makes one.")
    elif code in _NO_COLUMN:
        told = _("The tables of the archive at {address} are not as they should be.")
    elif code in _NOT_ALLOWED:
        told = _("The user {user} may not do this in the archive at {address}.")
    elif code in _FULL:
        told = _("The server of the archive at {address} has no memory or no disk left for this.")
    elif code:
        told = _("The archive at {address} refuses: {reason}.")
    else:
        return _network_sentence(address, error)
    reason = text.rpartition("DB::Exception: ")[2].partition(" (version")[0]
    return TwinError(
        told.format(address=address, user=address.user, reason=" ".join(reason.split())[:200].rstrip(". "))
    )


def _network_sentence(address: Address, error: BaseException) -> TwinError:
    below = list(_below(error))
    kinds = {type(one).__name__ for one in below}
    reason = ""
    untrusted = next((one for one in below if isinstance(one, ssl.SSLCertVerificationError)), None)
    server = f"{address.host}:{address.port}"
    if untrusted is not None:
        return certificate(untrusted, server)
    if kinds & {"IncompleteRead", "RemoteDisconnected", "ConnectionResetError", "BrokenPipeError"}:
        told = _("The connection to the archive at {address} broke in the middle; try again.")
    elif kinds & {"TimeoutError", "ReadTimeoutError", "ConnectTimeoutError"}:
        told = _("The archive at {address} does not answer.")
    elif any(isinstance(one, ssl.SSLError) for one in below):
        told = _("{server} does not speak TLS as it should; is the port right?")
    else:
        reason = next((one.strerror for one in reversed(below) if isinstance(one, OSError) and one.strerror), "")
        reason = reason or " ".join(str(error).split())[:200]
        told = _("There is no server at {server} that could be reached: {reason}.")
    return TwinError(told.format(address=address, server=server, reason=reason.rstrip(". ")))


def _below(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and all that it was made of."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None)]
            waiting += [part for part in one.args if isinstance(part, BaseException)]
