"""Why a server could not be reached, in words that say what to look at."""

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2

_OFFLINE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)
_BROKEN_OFF = "the connection was broken off; is that a Lector, and does it still run?"
#: The first of these among an error and what it came from says why.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (httpx2.UnsupportedProtocol, "its address must begin with http:// or https://"),
    (httpx2.TimeoutException, "it does not answer in time; check the address and the network"),
    (
        ssl.SSLCertVerificationError,
        "its certificate is not accepted ({error.verify_message}); check this machine's clock, too",
    ),
    (ssl.SSLError, "it does not speak HTTPS there; try http://"),
    (socket.gaierror, "no host {host} was found; check the address, and whether you are online"),
    (
        ConnectionRefusedError,
        "nothing listens there; is Lector running? `lector up` starts one on a machine",
    ),
    (httpx2.RemoteProtocolError, _BROKEN_OFF),
    (httpx2.ReadError, _BROKEN_OFF),
    (httpx2.WriteError, _BROKEN_OFF),
)


def describe(what: str, url: str, error: httpx2.TransportError) -> str:
    """A sentence about `what`, which is at the URL: that it cannot be reached, and why."""
    return f"{what} cannot be reached: {_reason(url, error)}"


def _reason(url: str, error: httpx2.TransportError) -> str:
    host = urlsplit(url).hostname or url
    causes = list(_causes(error))
    if any(isinstance(cause, OSError) and cause.errno in _OFFLINE for cause in causes):
        return "no network leads there; check whether you are online"
    for kind, words in _REASONS:
        for cause in causes:
            if isinstance(cause, kind):
                return words.format(host=host, error=cause)
    return str(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
