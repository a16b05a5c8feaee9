"""What went wrong between this program and a server, as one sentence with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.osm.child import Fault
    from twin.settings import Settings


def host(url: str) -> str:
    """Return the part of an address that people know a server by."""
    return urlsplit(url).netloc


class ServerFault(TwinError):  # noqa: N818  (the server's, not ours)
    """What went wrong between this program and a server; its text says what happened and what to do.

    Attributes
    ----------
    code
        Which fault it is, as in `twin.osm.child.Fault`, or "broken_off" or "unsound".
    happened
        The first half alone, for whoever offers the way out by other means than words.
    """

    def __init__(self, code: str, happened: str, advice: str) -> None:
        super().__init__(f"{happened} {advice}")
        self.code = code
        self.happened = happened


def told(fault: Fault, *, url: str, option: str, settings: Settings, text: str = "") -> ServerFault:
    """Return what to tell a person about a fault, to be raised.

    Parameters
    ----------
    fault
        What the child process reported.
    url
        The server that was asked.
    option
        The command-line option that chooses another server: "--overpass" or "--nominatim".
    text
        The place that was looked for, if one was.
    """
    write = _SENTENCES.get(fault.code, _SENTENCES["unexpected"])
    if fault.code in {"query", "odd", "broken", "forbidden"} and not fault.detail:
        write = _SENTENCES[f"{fault.code}, without a word"]
    words = {
        "host": host(url),
        "url": url,
        "option": option,
        "status": fault.status,
        "detail": fault.detail,
        "agent": settings.user_agent,
        "timeout_s": settings.timeout_s,
        "limit_mb": settings.answer_limit_mb,
        "tries": settings.tries,
        "text": text,
    }
    happened, advice = (half().format(**words) for half in write)
    return ServerFault(fault.code, happened, advice)


# What happened, and what to do about it. Functions, because the language is chosen after this module was imported.
_SENTENCES: dict[str, tuple[Callable[[], str], Callable[[], str]]] = {
    "busy": (
        lambda: _("{host} is still busy ({status}) after {tries} tries."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
    "too_long_a_wait": (
        lambda: _("{host} is busy ({status}) and asks not to be called again for a long time."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
    "identity": (
        lambda: _("{host} turns away the name of this program, “{agent}” (406)."),
        lambda: _("Name a contact with TWIN_CONTACT, or use another server with {option} URL."),
    ),
    "forbidden": (
        lambda: _("{host} does not let this program in ({status}): “{detail}”."),
        lambda: _("Use another server with {option} URL."),
    ),
    "forbidden, without a word": (
        lambda: _("{host} does not let this program in ({status})."),
        lambda: _("Use another server with {option} URL."),
    ),
    "missing": (
        lambda: _("There is no such service at {url} ({status})."),
        lambda: _("Correct the address with {option} URL."),
    ),
    "moved": (
        lambda: _("The server {host} has moved to {detail} ({status})."),
        lambda: _("Give its new address with {option} URL."),
    ),
    "query": (
        lambda: _("{host} did not understand the question ({status}): “{detail}”."),
        lambda: _("Use another server with {option} URL."),
    ),
    "query, without a word": (
        lambda: _("{host} did not understand the question ({status})."),
        lambda: _("Use another server with {option} URL."),
    ),
    "broken": (
        lambda: _("{host} is out of order ({status}): “{detail}”."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
    "broken, without a word": (
        lambda: _("{host} is out of order ({status})."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
    "odd": (
        lambda: _("{host} refused the question ({status}): “{detail}”."),
        lambda: _("Use another server with {option} URL."),
    ),
    "odd, without a word": (
        lambda: _("{host} refused the question ({status})."),
        lambda: _("Use another server with {option} URL."),
    ),
    "web_page": (
        lambda: _("{host} answered with a web page instead of data."),
        lambda: _("Sign in to the network if it asks for that, or correct the address {url} with {option} URL."),
    ),
    "no_elements": (
        lambda: _("{host} answered without map elements: {url} may not be an Overpass server."),
        lambda: _("Use another one with {option} URL."),
    ),
    "no_places": (
        lambda: _("{host} answered without places: {url} may not be a Nominatim server."),
        lambda: _("Use another one with {option} URL."),
    ),
    "nothing_found": (
        lambda: _("{host} knows no place “{text}”."),
        lambda: _("Check the spelling, add the town or the country, or give coordinates."),
    ),
    "too_large": (
        lambda: _("The answer of {host} is larger than {limit_mb:g} MB."),
        lambda: _("Ask for a smaller area, or raise “answer_limit_mb” in the settings."),
    ),
    "slow": (
        lambda: _("{host} did not answer within {timeout_s} s."),
        lambda: _("Try again later, ask for a smaller area, or use another server with {option} URL."),
    ),
    "stalled": (
        lambda: _("{host} sends its answer too slowly to ever complete it."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
    "refused": (
        lambda: _("No server answers at {url}."),
        lambda: _("Check the address and that the server runs, or use another server with {option} URL."),
    ),
    "unknown_host": (
        lambda: _("The server {host} cannot be found."),
        lambda: _("Check the network connection, or use another server with {option} URL."),
    ),
    "unreachable": (
        lambda: _("The server {host} cannot be reached ({detail})."),
        lambda: _("Check the network connection, or use another server with {option} URL."),
    ),
    "certificate": (
        lambda: _("The connection to {host} is not secure ({detail})."),
        lambda: _("Check the address and this computer's clock, or use another server with {option} URL."),
    ),
    "cut": (
        lambda: _("The answer of {host} was cut off in the middle."),
        lambda: _("Try again, or use another server with {option} URL."),
    ),
    "disk": (
        lambda: _("The answer of {host} cannot be kept on disk: {detail}."),
        lambda: _("Make room, or choose another folder, as “cache” in the settings file."),
    ),
    "died": (
        lambda: _("The process that was asking {host} ended unexpectedly (code {status})."),
        lambda: _("Try again, or ask for a smaller area."),
    ),
    "unexpected": (
        lambda: _("Asking {host} failed in an unforeseen way ({detail})."),
        lambda: _("Try again, or use another server with {option} URL."),
    ),
    "broken_off": (
        lambda: _("{host} broke off before the answer was complete: “{detail}”."),
        lambda: _(
            "Ask for a smaller area, raise “timeout_s” in the settings, use another server with {option} URL, or keep "
            "what came with --keep-partial."
        ),
    ),
    "unsound": (
        lambda: _("{host} sent what is no sound map."),
        lambda: _("Try again later, or use another server with {option} URL."),
    ),
}
