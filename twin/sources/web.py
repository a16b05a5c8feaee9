"""Answers of web servers: bounded in time and in size, stopped within a moment, every fault one sentence.

A server on the network may be slow, wrong or hostile: whatever it does, a question ends by its deadline, takes no
more memory than its limits, and tells nobody the key that went with it.
"""

from __future__ import annotations

import base64
import json
import logging
import math
import re
import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import msgspec

from twin.language import _
from twin.model import Cancelled
from twin.settings import Settings
from twin.sources import faults
from twin.sources.body import CHUNK_BYTES, LIMITS, Body, Limits
from twin.sources.source import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_POLL_S = 0.05
_WAIT_MAX_S = 20.0  # a longer wish of a server is the feed's to wait for
_WISH_MAX_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Answer[Read]:
    """What a server answered."""

    url: str  # where it came from in the end; may hold a key
    headers: Mapping[str, str]  # names in small letters
    read: Read  # the body, or what was made of it

    @property
    def host(self) -> str:
        """The server's name."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What goes with each question to one server, and to no other: never shown, never logged."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    home: str = ""  # an address of that server; empty: the one that is asked first

    @staticmethod
    def of(*, user: str = "", password: str = "", token: str = "") -> Access:
        """Return the access of a user with a password, or of a token; of nobody without either."""
        if user or password:
            told = base64.b64encode(f"{user}:{password}".encode()).decode()
            return Access(headers={"Authorization": f"Basic {told}"})
        return Access(headers={"Authorization": f"Bearer {token}"} if token else {})


NOBODY = Access()


class Web:
    """One server's questions and answers, one at a time. Pauses that it asks for are kept.

    Parameters
    ----------
    access
        What goes with every question to the server that is asked first.
    authority
        A file of certificates to trust in the place of the public authorities' (an office's own).
    """

    def __init__(self, *, access: Access = NOBODY, authority: Path | None = None, limits: Limits = LIMITS) -> None:
        self._access, self._authority, self._limits = access, authority, limits
        self._home = _origin(access.home) if access.home else ""
        self._session: Any = None
        self._lines: Any = None
        self._open_at = 0.0

    def close(self) -> None:
        """Close what connections are kept."""
        if self._session is not None:
            self._session.close()
            self._lines.cut()
        self._session = self._lines = None

    def get(
        self,
        url: str,
        stop: threading.Event,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer[bytes]:
        """Return a whole answer.

        Raises
        ------
        Trouble
            Whatever goes wrong, as one sentence without any secret.
        Cancelled
            Within a moment of `stop`.
        """
        return self.streamed(url, stop, Body.read, params=params, headers=headers)

    def json(
        self,
        url: str,
        stop: threading.Event,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer[Any]:
        """Return an answer in JSON as plain values. Raises as `get` does."""
        answer = self.get(url, stop, params=params, headers={"Accept": "application/json", **(headers or {})})
        return Answer(answer.url, answer.headers, plain(answer.read, answer.host))

    def streamed[Read](
        self,
        url: str,
        stop: threading.Event,
        read: Callable[[Body], Read],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer[Read]:
        """Return what `read` makes of an answer while it comes, on a thread of its own. Raises as `get` does."""
        self._wait(host_of(url), stop)
        if self._session is None:
            from twin.sources.net import wire

            self._lines = wire.Lines()
            about = {"User-Agent": Settings.load().user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
            self._session = wire.session(self._lines, about)
        done, box = threading.Event(), list[Answer[Read] | BaseException]()
        session, lines = self._session, self._lines

        def work() -> None:
            try:
                box.append(self._followed(session, lines, url, dict(params or {}), dict(headers or {}), read))
            except BaseException as error:  # noqa: BLE001  (told on the thread that asked)
                box.append(error)
            finally:
                if lines.over:  # nobody waits any more
                    session.close()
                lines.settle()
                done.set()

        threading.Thread(target=work, name="web", daemon=True).start()
        end = time.monotonic() + self._limits.whole_s
        while not done.wait(_POLL_S):
            if stop.is_set() or time.monotonic() > end:
                lines.cut()
                self._session = self._lines = None
                if stop.is_set():
                    raise Cancelled(_("Stopped."))
                raise faults.too_slow(host_of(url), self._limits.whole_s)
        found = box[0]
        if isinstance(found, BaseException):
            raise faults.told(found, url, self._limits.silence_s) from None
        return found

    def _wait(self, host: str, stop: threading.Event) -> None:
        """Wait as long as the server wished, where that is a moment."""
        pause_s = self._open_at - time.monotonic()
        if pause_s > _WAIT_MAX_S:
            raise faults.asks_to_wait(host, pause_s)
        if stop.wait(max(0.0, pause_s)):
            raise Cancelled(_("Stopped."))

    def _followed[Read](
        self,
        session: Any,
        lines: Any,
        url: str,
        params: dict[str, str],
        headers: dict[str, str],
        read: Callable[[Body], Read],
    ) -> Answer[Read]:
        self._home = self._home or _origin(url)
        for _redirect in range(self._limits.redirects + 1):
            at_home = is_home(_origin(url), self._home)
            answer = self._asked(
                session,
                url,
                params | dict(self._access.params if at_home else {}),
                headers | dict(self._access.headers if at_home else {}),
            )
            try:
                if answer.status_code not in {301, 302, 303, 307, 308}:
                    return self._read(answer, read, lambda: lines.over)
                onward = urljoin(url, answer.headers.get("Location", ""))
            finally:
                answer.close()
            if not faults.is_web_address(onward) or (url.startswith("https:") and not onward.startswith("https:")):
                raise faults.leads_astray(host_of(url))
            url, params = onward, {}
        raise faults.leads_in_circles(host_of(url))

    def _asked(self, session: Any, url: str, params: dict[str, str], headers: dict[str, str]) -> Any:
        if not faults.is_web_address(url):
            raise faults.no_address(url)
        from twin.sources.net.wire import nobody

        return session.get(
            url,
            params=params,
            headers=headers,
            auth=nobody,
            stream=True,
            allow_redirects=False,
            timeout=(self._limits.connect_s, self._limits.silence_s),
            verify=str(self._authority) if self._authority else True,
        )

    def _read[Read](self, answer: Any, read: Callable[[Body], Read], over: Callable[[], bool]) -> Answer[Read]:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        host = host_of(answer.url)
        wish_s = wish_of(headers, time.time())
        if wish_s is not None:
            self._open_at = time.monotonic() + wish_s
        if not 200 <= answer.status_code < 300:
            raise faults.refused(answer.status_code, host, wish_s)
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"", "identity", "gzip", "x-gzip"}:
            raise Trouble(_("What {host} sent is packed in a way that nobody asked for.").format(host=host))
        if (length := headers.get("content-length", "")).isdecimal() and int(length[:19]) > self._limits.packed_bytes:
            raise faults.too_large(host, self._limits.packed_bytes)
        chunks = answer.raw.stream(CHUNK_BYTES, decode_content=False)
        body = Body(chunks, self._limits, coding.endswith("gzip"), host, over)
        return Answer(answer.url, headers, read(body))


def plain(body: bytes, host: str) -> Any:
    """Return the plain values of a text in JSON.

    Raises
    ------
    Trouble
        Where it is none, and what it looks like.
    """
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:  # with NaN and Infinity, which JSON does not have and many servers send
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # halves of letters cannot be kept in any file
    except (ValueError, RecursionError):
        raise faults.no_json(text, host) from None
    return found


def wish_of(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a server wishes not to be asked, None where it has no wish.

    Retry-After is RFC 9110, 10.2.3; of rate limits "remaining" and "reset" are read under all three of the names
    that are in use, where a reset is a number of seconds or, where it is that large, the moment itself.
    """
    told = headers.get("retry-after", "").strip()
    if told:
        if told.isdecimal():
            return min(float(told[:9]), _WISH_MAX_S)
        try:
            return min(max(parsedate_to_datetime(told).timestamp() - now, 0.0), _WISH_MAX_S)
        except (ValueError, TypeError, OverflowError):
            pass
    for prefix in ("x-ratelimit-", "ratelimit-", "x-rate-limit-"):
        left, reset = (_number(headers.get(prefix + word, "")) for word in ("remaining", "reset"))
        if left <= 0 and math.isfinite(reset):
            return min(max(reset - now if reset > 1e9 else reset, 0.0), _WISH_MAX_S)
    return None


def _number(text: str) -> float:
    """Return the first number of a header, NaN for none."""
    found = re.match(r"\s*(-?\d{1,15}(?:\.\d{1,6})?)", text)
    return float(found[1]) if found else math.nan


def host_of(url: str) -> str:
    """Return the name of the server in an address, which is all that a sentence shows of one."""
    try:
        return urlsplit(url).hostname or url.partition("?")[0][:60]
    except ValueError:
        return url.partition("?")[0][:60]


def is_home(origin: str, home: str) -> bool:
    """Whether what goes to one server may go to another: the same, or the same by encryption on the usual ports."""
    return origin == home or (home.endswith(":80") and origin == f"https{home[4:-3]}:443")


def _origin(url: str) -> str:
    """Return what two addresses of one server have in common; empty for what is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


class _WithoutQuestions(logging.Filter):
    """Takes what stands behind a question mark out of log lines: keys are sent there."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.partition("?")[0] + "?…" if isinstance(arg, str) and "?" in arg else arg for arg in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQuestions())
