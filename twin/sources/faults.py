"""What can go wrong between here and a web server, each as one sentence: what is wrong, and what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twin.language import _
from twin.model import TwinError
from twin.quantity import THIN_SPACE
from twin.sources.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING_S = 300.0  # a file that is not there may be being replaced

# X509_V_ERR_*, from OpenSSL's x509_vfy.h
_NOT_YET_VALID, _EXPIRED, _HOST_MISMATCH, _ADDRESS_MISMATCH = 9, 10, 62, 64


class Refused(Trouble):
    """A server answers, but not with what was asked for."""

    def __init__(self, sentence: str, status: int, *, grave: bool = False, retry_s: float | None = None) -> None:
        super().__init__(sentence, grave=grave, retry_s=retry_s)
        self.status = status


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.0f}{THIN_SPACE}s"


def is_web_address(url: str) -> bool:
    """Whether this is an address of a web server that can be asked."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def no_address(url: str) -> Trouble:
    """Return the sentence of an address that is none."""
    shown = url.partition("?")[0][:80]
    return Trouble(
        _("{address} is no web address: write it like https://example.org/data.json.").format(address=shown), grave=True
    )


def too_large(host: str, limit_bytes: int) -> Trouble:
    """Return the sentence of an answer beyond its limit."""
    return Trouble(
        _("{host} sends more than {limit}, which no feed needs: ask it for less.").format(
            host=host, limit=f"{limit_bytes / 1e6:.0f}{THIN_SPACE}MB"
        )
    )


def too_slow(host: str, limit_s: float) -> Trouble:
    """Return the sentence of an answer that does not end."""
    return Trouble(_("{host} did not finish its answer within {time}.").format(host=host, time=_seconds(limit_s)))


def broken_off(host: str) -> Trouble:
    """Return the sentence of an answer that ends too early."""
    return Trouble(_("{host} broke off in the middle of its answer.").format(host=host))


def leads_astray(host: str) -> Trouble:
    """Return the sentence of a redirect that is not followed."""
    return Trouble(
        _("{host} leads on to an address that is not safe: without encryption, or no web address.").format(host=host),
        grave=True,
    )


def leads_in_circles(host: str) -> Trouble:
    """Return the sentence of redirects without end."""
    return Trouble(_("{host} leads on from address to address without end.").format(host=host))


def asks_to_wait(host: str, wish_s: float) -> Trouble:
    """Return the sentence of a server that wishes to be left alone for a while."""
    return Trouble(
        _("{host} has answered as often as it allows and asks for a pause of {time}.").format(
            host=host, time=_seconds(wish_s)
        ),
        retry_s=wish_s,
    )


def no_json(text: bytes, host: str) -> Trouble:
    """Return the sentence of an answer that is not JSON."""
    start = text[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Trouble(
            _("{host} answers with a web page in the place of data: look whether the address is right.").format(
                host=host
            )
        )
    if not text:
        return Trouble(_("{host} answers with nothing.").format(host=host))
    return Trouble(_("What {host} answers is not JSON, or is cut off.").format(host=host))


def refused(status: int, host: str, wish_s: float | None) -> Refused:
    """Return the sentence of an answer that is none, by its status."""
    said: dict[str, Any] = {"retry_s": wish_s}
    if status == 401 or (status == 403 and wish_s is None):
        sentence, said = _("{host} does not accept the key or the password, or wants one."), {"grave": True}
    elif status == 407:
        sentence, said = _("The proxy on the way to {host} wants a password."), {"grave": True}
    elif status in {403, 429}:
        pause = asks_to_wait(host, 60.0 if wish_s is None else wish_s)
        sentence, said = str(pause), {"retry_s": pause.retry_s}
    elif status in {404, 410}:
        sentence = _("{host} has nothing at this address: look whether it is right.")
        said = {"retry_s": _MISSING_S if wish_s is None else wish_s}
    elif 400 <= status < 500:
        sentence = _("{host} does not understand the question ({status}): look whether the address is right.")
    elif status in {502, 503, 504}:
        sentence = _("{host} is there, but its service is not at the moment ({status}).")
    else:
        sentence = _("{host} cannot answer ({status}).")
    return Refused(sentence.format(host=host, status=status), status, **said)


def certificate(error: ssl.SSLError, host: str) -> Trouble:
    """Return the sentence of a connection whose encryption cannot be trusted."""
    code = getattr(error, "verify_code", 0)
    if code == _EXPIRED:
        sentence = _("The certificate of {host} has expired: its owner has to renew it.")
    elif code == _NOT_YET_VALID:
        sentence = _("The certificate of {host} is not valid yet: look whether this computer's clock is right.")
    elif code in {_HOST_MISMATCH, _ADDRESS_MISMATCH}:
        sentence = _("The certificate of {host} is that of another name: this may not be the server that it says.")
    elif isinstance(error, ssl.SSLCertVerificationError):
        sentence = _("Nobody whom this computer trusts vouches for the certificate of {host}.")
    else:
        return Trouble(_("No encrypted connection to {host} could be made.").format(host=host))
    return Trouble(sentence.format(host=host), grave=True)


def told(error: BaseException, url: str, silence_s: float) -> BaseException:
    """Return what a fault of the network library means; one that is a sentence already, or none of its, as it is."""
    if isinstance(error, TwinError):
        return error
    import http.client

    import requests
    import urllib3.exceptions

    if not isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError | OSError
                      | http.client.HTTPException | UnicodeError | ValueError):  # fmt: skip
        return error
    causes = list(_causes(error))
    host = urlsplit(url).hostname or ""

    def any_of(*kinds: type[BaseException]) -> BaseException | None:
        return next((cause for cause in causes if isinstance(cause, kinds)), None)

    verification = any_of(ssl.SSLCertVerificationError) or any_of(ssl.SSLError)
    if isinstance(verification, ssl.SSLError):
        return certificate(verification, host)
    if any_of(requests.exceptions.InvalidHeader) or (any_of(UnicodeError) and is_web_address(url)):
        return Trouble(_("The key or password holds letters that cannot be sent."), grave=True)
    if any_of(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return Trouble(_("The proxy on the way to {host} does not answer.").format(host=host))
    if any_of(urllib3.exceptions.NameResolutionError):
        return Trouble(
            _("There is no server {host}, or this computer is not connected to the network.").format(host=host)
        )
    if any_of(ConnectionRefusedError):
        return Trouble(_("{host} refuses the connection: look whether the server is running.").format(host=host))
    if any_of(requests.exceptions.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError):
        return Trouble(_("{host} does not answer.").format(host=host))
    if any_of(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        return Trouble(_("{host} sent nothing for {time}.").format(host=host, time=_seconds(silence_s)))
    if any_of(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema,
              urllib3.exceptions.LocationParseError, UnicodeError):  # fmt: skip
        return no_address(url)
    if any_of(urllib3.exceptions.ProtocolError, http.client.HTTPException, ConnectionError, EOFError):
        return broken_off(host)
    if any_of(OSError) and not any_of(requests.RequestException, urllib3.exceptions.HTTPError):
        return Trouble(_("{host} cannot be reached: {reason}.").format(host=host, reason=str(error)[:120]))
    return Trouble(_("{host} cannot be reached.").format(host=host))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it: libraries hide theirs in causes, contexts, arguments and reasons."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen or len(seen) > 50:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in inner if isinstance(cause, BaseException)]
