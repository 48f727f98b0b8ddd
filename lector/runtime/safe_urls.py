"""Which addresses others may have us call: public ones, and private ones that settings allow.

Whoever registers a webhook, or names the URL of a file, makes us send requests from inside our
network: to services that trust every caller there, or to the metadata of a cloud machine (SSRF). So
every address of a host is checked, and the request goes to the address that was checked: a second
look-up may find another.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from lector.runtime import settings
from lector.runtime.failures import LectorError

_LONGEST_URL = 2000
_PORTS = {"http": 80, "https": 443}
# An IPv6 address, or what the DNS is asked for (RFC 1035) with the underscore that some use.
_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST_AND_PORT = re.compile(rf"(?:\[(?P<v6>[^]]+)\]|{_LABEL}(?:\.{_LABEL})*\.?)(?::[0-9]*)?")

Allowance = Literal["NOTIFY_ALLOW_PRIVATE", "FETCH_ALLOW_PRIVATE"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What is not public is written down here, because `is_global` says another thing in each version of
# Python. Source: the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), without
# their few entries that are reachable inside of one that is not, and the registries of multicast.
_NOT_PUBLIC_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # shared by carriers, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link-local, RFC 3927
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # relays of 6to4, RFC 7526
        "192.168.0.0/16",  # private use, RFC 1918
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, with the broadcast address, RFC 1112
    )
]
# All of IPv6 that is given out for the whole internet (IANA IPv6 Address Space, RFC 4291). Outside
# lie loopback, addresses that contain an IPv4 address (::/96, ::ffff:0:0/96), 64:ff9b:1::/48
# (RFC 8215), 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments with Teredo, RFC 2928
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # leads to the IPv4 address at its end, RFC 6052


class NotAllowed(LectorError):
    """The URL or address may not be called; the message says why, for whoever gave it."""


def parse_url(url: str) -> SplitResult:
    """Parse a URL that can be called: http or https, a host, no credentials; else `NotAllowed`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"this is not a URL: {error}") from error
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise NotAllowed(f"a URL is up to {_LONGEST_URL} printable ASCII characters, no space")
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("no user and no password belong into the URL")
    if parts.scheme not in _PORTS or not _names_a_host(parts.netloc) or port == 0:
        raise NotAllowed("a URL begins with http:// or https:// and a host")
    return parts


def _names_a_host(netloc: str) -> bool:
    """Whether every library that is given the URL reads the same host in it."""
    found = _HOST_AND_PORT.fullmatch(netloc)
    if found is None or found["v6"] is None:
        return found is not None
    try:
        return ipaddress.IPv6Address(found["v6"]).scope_id is None
    except ValueError:
        return False


def port_of(parts: SplitResult) -> int:
    """The port that a URL means."""
    return parts.port or _PORTS[parts.scheme]


def resolve_public(host: str, port: int, allowance: Allowance) -> list[str]:
    """Resolve a host to its addresses, all of which may be called.

    `allowance` is the setting that may allow some that are not public.

    Raises:
        NotAllowed: one of them is not public, and neither it nor the host is allowed by name.
        OSError: the host has none.

    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = [entry.strip() for entry in _said(allowance).split(",") if entry.strip()]
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not _is_public(address) and not _is_allowed(host, address, allowed):
            raise NotAllowed(f"{host} is at {text}, no public address; {allowance} may allow it")
    return addresses


def _said(allowance: Allowance) -> str:
    fetching: settings.Fetching = settings.current(settings.Fetching)
    outbound: settings.Outbound = settings.current(settings.Outbound)
    is_fetch = allowance == "FETCH_ALLOW_PRIVATE"
    return fetching.fetch_allow_private if is_fetch else outbound.notify_allow_private


def _is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address in _NAT64:
        return _is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


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
