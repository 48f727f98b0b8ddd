"""Which addresses others may have us call: public ones, and private ones that settings allow.

Whoever registers a webhook makes us send requests from inside our network: to services that trust
every caller there, or to the metadata of a cloud machine (SSRF). So every address of a host is
checked, and the request goes to the address that was checked: a second look-up may find another.
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
    """The URL or address may not be called; the message says why, for whoever gave it."""


def parse_url(url: str) -> SplitResult:
    """Parse a URL that can be called: http or https, a host, no credentials; else `NotAllowed`."""
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


def resolve_public(host: str, port: int) -> list[str]:
    """Resolve a host to its addresses, all of which may be called.

    Raises:
        NotAllowed: one of them is not public, and neither it nor the host is allowed by name.
        OSError: the host has none.

    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    setting = settings.current(settings.Outbound).notify_allow_private
    allowed = [entry.strip() for entry in setting.split(",") if entry.strip()]
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not _is_public(address) and not _is_allowed(host, address, allowed):
            raise NotAllowed(
                f"{host} is at {text}, no public address; NOTIFY_ALLOW_PRIVATE may allow it"
            )
    return addresses


def _is_public(address: Address) -> bool:
    """Whether an address, and any address embedded in it, is a public one."""
    return all(a.is_global and not a.is_multicast for a in (address, *_embedded_addresses(address)))


def _embedded_addresses(address: Address) -> Iterable[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return
    for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
        if inner is not None:
            yield inner
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_allowed(host: str, address: Address, allowed: Iterable[str]) -> bool:
    for entry in allowed:
        if entry.lower() == host.lower():
            return True
        try:
            if address in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue  # another host's name
    return False
