"""Whether there is a newer version: one small question to one address, and nothing is ever downloaded."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twin import __version__
from twin.language import _
from twin.model import Cancelled, TwinError

if TYPE_CHECKING:
    from collections.abc import Callable

ANSWER_BYTES_MAX = 200_000
PATIENCE_S = 8.0
OFTEN_S = 86_400.0
"""At most once a day, whatever else happens."""

_VERSION = re.compile(r"v?(\d{1,6}(?:\.\d{1,6}){0,3})")


@dataclass(frozen=True, slots=True)
class Release:
    """A version that somebody may fetch, and the page that tells of it."""

    version: str
    page: str = ""

    @property
    def is_newer(self) -> bool:
        """Whether it is newer than the program that runs."""
        return order(self.version) > order(__version__)


def order(version: str) -> tuple[int, ...]:
    """Return a version as numbers that sort: "1.10" after "1.9", and "1.0" as good as "1"."""
    found = _VERSION.match(version)
    numbers = [int(number) for number in found.group(1).split(".")] if found else [0]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def newest(address: str, stop: threading.Event | None = None, patience_s: float = PATIENCE_S) -> Release:
    """Return the newest version that an address tells of; it learns nothing but which version asks.

    Parameters
    ----------
    address
        Of a JSON document with `version` and `page`, or with `tag_name` and `html_url` as code hosts answer.
    stop
        Set by who no longer wants to know: this returns at once then.
    patience_s
        How long all of it may take, however slowly the answer trickles.

    Raises
    ------
    TwinError
        Where no answer comes, or none that tells of a version.
    Cancelled
        When stopped.
    """
    told: list[bytes | str] = []
    asking = threading.Thread(target=lambda: told.append(_asked(address, patience_s)), name="updates", daemon=True)
    asking.start()  # a look-up of a name can take half a minute, and nothing in Python ends it
    end_s = time.monotonic() + patience_s
    while asking.is_alive() and time.monotonic() < end_s:
        asking.join(0.05)
        if stop is not None and stop.is_set():
            raise Cancelled
    answer = told[0] if told else _("no answer within {seconds:.0f} s").format(seconds=patience_s)
    if isinstance(answer, str):
        raise TwinError(
            _("{address} does not tell whether there is a newer version: {reason}.").format(
                address=address, reason=answer
            )
        )
    return _understood(answer, address)


def _asked(address: str, patience_s: float) -> bytes | str:
    """Return the answer, or in a few words why there is none."""
    import http.client
    import urllib.error
    import urllib.request

    class Redirected(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            if urlsplit(newurl).scheme != urlsplit(address).scheme:
                raise urllib.error.URLError(_("it leads elsewhere"))
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    end_s = time.monotonic() + patience_s
    request = urllib.request.Request(  # noqa: S310  (settings let through only http and https)
        address, headers={"User-Agent": f"DistrictTwin/{__version__}", "Accept": "application/json"}
    )
    content = b""
    try:
        with urllib.request.build_opener(Redirected).open(request, timeout=patience_s) as answer:
            while piece := answer.read1(16_384):
                content += piece
                if len(content) > ANSWER_BYTES_MAX:
                    return _("the answer is too long")
                if time.monotonic() > end_s:
                    return _("the answer takes too long")
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return f"HTTP {refusal.code}"
    except urllib.error.URLError as fault:
        return getattr(fault.reason, "strerror", None) or str(fault.reason)
    except (OSError, ValueError, http.client.HTTPException) as fault:
        return str(fault) or type(fault).__name__
    return content


def _understood(answer: bytes, address: str) -> Release:
    """Return what an answer says; whatever else is in it does not matter."""
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    version = next((told[key] for key in ("version", "tag_name") if isinstance(told.get(key), str)), "")
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        raise TwinError(_("{address} answers, but names no version.").format(address=address))
    page = next((told[key] for key in ("page", "html_url") if isinstance(told.get(key), str)), "")
    return Release(found.group(1), page if _is_page(page, address) else "")


def _is_page(page: str, address: str) -> bool:
    """Tell whether a page may be offered: over TLS, or on the server that was asked."""
    try:
        there, asked = urlsplit(page), urlsplit(address)
        same = (there.scheme, there.netloc) == (asked.scheme, asked.netloc)
        plain = page.isascii() and page.isprintable() and " " not in page and len(page) < 500
        return plain and bool(there.hostname) and there.username is None and (there.scheme == "https" or same)
    except ValueError:
        return False


def is_due(looked_t: float, now: Callable[[], float] = time.time) -> bool:
    """Tell whether it is time to look again; a clock that was set back does not put it off for ever."""
    return not 0 <= now() - looked_t < OFTEN_S
