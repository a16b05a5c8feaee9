"""JSON or CSV from any web server, by a mapping, asked every so many seconds.

An address may ask about the district: "https://example.org/wfs?bbox={west},{south},{east},{north}".
"""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twin.language import _
from twin.mapping import Document
from twin.mapping.documents import ARRIVED
from twin.model import TwinError
from twin.sources.mapped import Mapped, meaning_of
from twin.sources.polling import AUTHORITY, Polling, authority_of, every_field, seconds_of
from twin.sources.source import Field, Glimpse, Kind
from twin.sources.web import Access, Web, host_of, plain

if TYPE_CHECKING:
    import threading

    from twin.sources.source import Connection, Secret, Source, Where

_EVERY_S, _LEAST_S = 60.0, 1.0
_ACCEPTED = {"Accept": "application/json, text/csv;q=0.9, */*;q=0.5"}
_FORMS = {"": _("as the answer says"), "json": "JSON", "csv": "CSV"}


def _open(connection: Connection, where: Where, secret: Secret) -> Source:
    mapped = Mapped(meaning_of(connection), where)
    address, form = placed(connection.address.strip(), where), connection.option("form")
    name = _name_of(address)
    access = _access_of(connection, secret)

    def ask(web: Web, stop: threading.Event, _since_s: float | None) -> None:
        answer = web.get(address, stop, headers=_ACCEPTED)
        if (form or _form_of(answer.headers.get("content-type", ""), answer.read)) == "csv":
            mapped.take_text(answer.read, name)
        else:
            arrived = {ARRIVED: f"{time.time():.3f}"}
            mapped.take([Document(plain(answer.read, answer.host), arrived)], name)

    return Polling(
        mapped, ask, seconds_of(connection, _EVERY_S, _LEAST_S), access=access, authority=authority_of(connection)
    )


def _glimpse(connection: Connection, where: Where, secret: Secret, stop: threading.Event) -> Glimpse:
    address = placed(connection.address.strip(), where)
    web = Web(access=_access_of(connection, secret), authority=authority_of(connection))
    try:
        return Glimpse(_name_of(address), web.get(address, stop, headers=_ACCEPTED).read)
    finally:
        web.close()


def _name_of(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).name or host_of(address)


def _access_of(connection: Connection, secret: Secret) -> Access:
    header, key = connection.option("header"), secret("key")
    if key and header:
        return Access(headers={header: key})
    return Access.of(user=connection.user, password=secret("password"), token=key)


def placed(address: str, where: Where) -> str:
    """Return an address with the district in the place of {west}, {south}, {east}, {north}, {lon} and {lat}.

    Raises
    ------
    TwinError
        Where there are such and no district.
    """
    names = [name for name in ("west", "south", "east", "north", "lon", "lat") if f"{{{name}}}" in address]
    if not names:
        return address
    if where.bbox is None or where.home is None:
        raise TwinError(_("The address asks about a district: open one first."))
    values = dict(zip(("west", "south", "east", "north", "lon", "lat"), (*where.bbox, *where.home), strict=True))
    for name in names:
        address = address.replace(f"{{{name}}}", f"{values[name]:.6f}")
    return address


def _form_of(kind: str, text: bytes) -> str:
    """Return what an answer is: what it is called is often wrong, and what it begins with never is."""
    start = text[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in {b"{", b"[", b"<", b""}:
        return "json"
    return "csv" if "json" not in kind else "json"


SOURCE = Kind(
    "http",
    _("JSON or CSV over HTTP"),
    ("http", "https"),
    _open,
    fields=(
        every_field(_EVERY_S),
        Field("form", _("Form"), options=_FORMS),
        Field("key", _("Key or token"), _("where the server wants one"), secret=True),
        Field("header", _("Header of the key"), _("like X-API-Key; empty for a bearer token")),
        Field("password", _("Password"), secret=True),
        AUTHORITY,
        Field("owner", _("Owner"), _("whose data it is")),
        Field("terms", _("Terms"), _("the licence, or whom one may show it")),
    ),
    mapped=True,
    glimpse=_glimpse,
)
