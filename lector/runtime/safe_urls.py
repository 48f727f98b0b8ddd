"""Addresses that others may have us call: of the public internet, unless it was said otherwise.

Whoever registers a webhook has us send requests from inside: to services that trust whoever reaches
them, to the metadata of a cloud's machine (SSRF). So every address of a host is looked at, and
the request goes to the very address that was looked at: a second look may find another.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from lector.runtime import settings
from lector.runtime.failures import LectorError

_LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(LectorError):
    """We may not be sent there; the message says why, for whoever named the address."""


def parsed(url: str) -> SplitResult:
    """A URL that can be called: http or https, a host, no credentials; else `NotAllowed`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"this is not a URL: {error}") from error
    if len(url) > _LONGEST_URL or not url.isascii() or any(c.isspace() for c in url):
        raise NotAllowed(f"a URL is up to {_LONGEST_URL} characters of ASCII, without spaces")
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise NotAllowed("a URL begins with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("no user and no password belong into the URL; requests are signed")
    return parts


def port_of(parts: SplitResult) -> int:
    """The port that a URL means."""
    return parts.port or _PORTS[parts.scheme]


def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a host, all of which may be called.

    Raises:
        NotAllowed: one of them is not public, and neither it nor the host is allowed by name.
        OSError: the host has none.

    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [entry.strip() for entry in _allowed().split(",") if entry.strip()]
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not _is_public(address) and not _is_named(host, address, allowed):
            raise NotAllowed(
                f"{host} is at {text}, no public address; NOTIFY_ALLOW_PRIVATE may allow it"
            )
    return addresses


def _allowed() -> str:
    allowed: str = settings.current(settings.Outbound).notify_allow_private
    return allowed


def _is_public(address: Address) -> bool:
    """Whether an address, and one that is hidden in it, is of the public internet."""
    return all(a.is_global and not a.is_multicast for a in (address, *_within(address)))


def _within(address: Address) -> Iterable[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if inner is not None:
            yield inner
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_named(host: str, address: Address, allowed: Iterable[str]) -> bool:
    for entry in allowed:
        if entry.lower() == host.lower():
            return True
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # another host's name
    return False
