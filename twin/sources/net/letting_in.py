"""At the door of an MQTT broker: who it must be, what is shown to it, and why one is not let in."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from twin.language import _
from twin.sources import faults
from twin.sources.source import Trouble

if TYPE_CHECKING:
    import os

PORTS = {"mqtt": 1883, "mqtts": 8883}

# reason codes of MQTT 5, into which paho puts those of 3.1.1 too
_BAD_NAME, BAD_USER, NOT_ALLOWED, _BANNED, _BAD_METHOD = 133, 134, 135, 138, 140
GRAVE = frozenset({_BAD_NAME, BAD_USER, NOT_ALLOWED, _BANNED, _BAD_METHOD})
"""Asking again does not help until somebody acts."""


class _ClosingSocket(ssl.SSLSocket):
    """A TLS socket that does not stay open where the two cannot agree."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def context(
    authority: str | os.PathLike[str] | None,
    certificate: str | os.PathLike[str] | None,
    key: str | os.PathLike[str] | None,
) -> ssl.SSLContext:
    """Return the terms of TLS with a broker, whose certificate is always checked.

    Parameters
    ----------
    authority
        A file with the certificates of those who may vouch for it; without it, those that the system trusts.
    certificate, key
        Files with what this client shows of itself, where the broker asks for it.

    Raises
    ------
    Trouble
        Where a file cannot be used.
    """
    try:
        found = ssl.create_default_context(cafile=authority)
        if certificate:
            found.load_cert_chain(certificate, key)
    except (OSError, ValueError) as error:
        raise Trouble(
            _("The certificate or key in {file} cannot be used: {reason}.").format(
                file=certificate or authority, reason=getattr(error, "strerror", None) or error
            ),
            grave=True,
        ) from error
    found.sslsocket_class = _ClosingSocket
    return found


def unreachable(error: Exception, broker: str, *, secure: bool, shown: bool = False) -> Trouble:
    """Return why there is no connection to a broker, by TLS or not; `shown`: this client shows a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return faults.certificate(error, broker)
    if isinstance(error, ssl.SSLError) or (secure and isinstance(error, ConnectionResetError)):
        return Trouble(
            _("{broker} does not speak TLS as it should; is the port right? ({reason})").format(
                broker=broker, reason=getattr(error, "reason", None) or error
            ),
            grave=shown and isinstance(error, ssl.SSLError),
        )
    if isinstance(error, TimeoutError):
        return Trouble(_("{broker} does not answer.").format(broker=broker))
    reason = getattr(error, "strerror", None) or error
    return Trouble(
        _("There is no MQTT broker at {broker} that could be reached: {reason}.").format(broker=broker, reason=reason)
    )


def refused(reason: Any, broker: str, *, user: str) -> Trouble:
    """Return what a broker means that answers with this reason code."""
    if reason.value in {BAD_USER, NOT_ALLOWED}:
        if user:
            sentence = _("The broker at {broker} does not take this user and password.")
        else:
            sentence = _("The broker at {broker} wants a user and a password.")
        return Trouble(sentence.format(broker=broker), grave=True)
    return Trouble(
        _("The broker at {broker} refuses: {reason}.").format(broker=broker, reason=reason), grave=reason.value in GRAVE
    )
