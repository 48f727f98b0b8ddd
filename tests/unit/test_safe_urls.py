"""Where webhooks may lead."""

from collections.abc import Iterator

import pytest

from lector.runtime import safe_urls, settings
from lector.runtime.safe_urls import NotAllowed


@pytest.fixture(autouse=True)
def _nothing_allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("NOTIFY_ALLOW_PRIVATE", raising=False)
    settings.current.cache_clear()
    yield
    settings.current.cache_clear()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http:///path",
        "http://user:secret@example.org/",
        "http://user@example.org/",
        "http://example.org:99999/",
        "http://example.org:0/",
        "http://[::1/",
        "http://exa mple.org/",
        "http://example.org/\nHost: other",
        "http://münchen.example/",
        "http://example.org]/",
        "http://example.org/\x01",
        "http://example.org/\x7f",
        "http://exa<mple.org/",
        "http://example..org/",
        "http://" + "a" * 64 + ".org/",
        "http://[v1.x]/",
        "http://before[::1]/",
        "http://[fe80::1%1]/",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_what_is_no_address_of_a_web_server_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        safe_urls.parse_url(url)


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://example.org/hook?a=b", 80), ("https://example.org", 443), ("http://[::1]:81/", 81)],
)
def test_a_url_means_a_port(url: str, port: int) -> None:
    assert safe_urls.port_of(safe_urls.parse_url(url)) == port


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0.0.0.0",  # noqa: S104
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:5db8:d70e::",
        "::127.0.0.1",
        "::93.184.215.14",
        "fec0::1",
        "feff::1",
        "64:ff9b:1::1",
        "64:ff9b:1:7f00:0:100::",
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "240.0.0.1",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "localhost",
    ],
)
def test_private_and_link_local_addresses_are_refused_in_every_disguise(host: str) -> None:
    with pytest.raises(NotAllowed, match="no public address"):
        safe_urls.resolve_public(host, 80, "NOTIFY_ALLOW_PRIVATE")


@pytest.mark.parametrize(
    "host",
    [
        "93.184.215.14",
        "192.0.1.1",
        "172.32.0.1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2a00:1450:4001::1",
        "64:ff9b::5db8:d70e",
    ],
)
def test_public_addresses_may_be_called(host: str) -> None:
    assert safe_urls.resolve_public(host, 443, "NOTIFY_ALLOW_PRIVATE") == [host]


@pytest.mark.parametrize("allowed", ["127.0.0.1", "127.0.0.0/8", "example.org, 127.0.0.1/32"])
def test_a_network_or_address_that_is_named_may_be_called(
    monkeypatch: pytest.MonkeyPatch, allowed: str
) -> None:
    monkeypatch.setenv("NOTIFY_ALLOW_PRIVATE", allowed)
    settings.current.cache_clear()
    assert safe_urls.resolve_public("127.0.0.1", 80, "NOTIFY_ALLOW_PRIVATE") == ["127.0.0.1"]
    with pytest.raises(NotAllowed):
        safe_urls.resolve_public("10.0.0.1", 80, "NOTIFY_ALLOW_PRIVATE")


def test_a_host_that_is_named_may_be_called_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_ALLOW_PRIVATE", "LOCALHOST")
    settings.current.cache_clear()
    assert "127.0.0.1" in safe_urls.resolve_public("localhost", 80, "NOTIFY_ALLOW_PRIVATE")
