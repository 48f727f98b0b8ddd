"""Signature Version 4, as S3 has it, by the standard library.

boto3 signs, too, but its client takes a process as long to make as all else that it starts with.
obstore signs no headers of a URL, so that whoever has it could store anything of any length.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

_METHOD = "AWS4-HMAC-SHA256"
_SERVICE, _REQUEST = "s3", "aws4_request"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Signer:
    """Signs requests with one key. Their URLs are percent-encoded, and have no query."""

    def __init__(self, access_key: str, secret_key: str, region: str) -> None:
        self._access_key = access_key
        self._secret_key = secret_key
        self._region = region

    def headers(self, method: str, url: str, body: bytes) -> dict[str, str]:
        """The headers with which this body may be sent."""
        now = datetime.now(UTC)
        content = hashlib.sha256(body).hexdigest()
        signed = {"host": _host(url), "x-amz-content-sha256": content, "x-amz-date": _moment(now)}
        signature = self._signature(now, method, url, "", signed, content)
        credential = f"Credential={self._access_key}/{self._scope(now)}"
        words = f"{credential}, SignedHeaders={';'.join(signed)}, Signature={signature}"
        return {**signed, "Authorization": f"{_METHOD} {words}"}

    def url(
        self,
        method: str,
        url: str,
        lifetime_s: int,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> str:
        """A URL with which a request with just these headers and this query may be sent."""
        now = datetime.now(UTC)
        named = {name.lower(): value for name, value in (headers or {}).items()}
        signed = dict(sorted({"host": _host(url), **named}.items()))
        members = {
            **(query or {}),
            "X-Amz-Algorithm": _METHOD,
            "X-Amz-Credential": f"{self._access_key}/{self._scope(now)}",
            "X-Amz-Date": _moment(now),
            "X-Amz-Expires": str(lifetime_s),
            "X-Amz-SignedHeaders": ";".join(signed),
        }
        encoded = "&".join(f"{_quote(k)}={_quote(v)}" for k, v in sorted(members.items()))
        signature = self._signature(now, method, url, encoded, signed, "UNSIGNED-PAYLOAD")
        return f"{url}?{encoded}&X-Amz-Signature={signature}"

    def _signature(
        self,
        now: datetime,
        method: str,
        url: str,
        query: str,
        signed: Mapping[str, str],
        content: str,
    ) -> str:
        lines = [f"{name}:{value}" for name, value in signed.items()]
        parts = [method, urlsplit(url).path, query, *lines, "", ";".join(signed), content]
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        scope = self._scope(now)
        key = f"AWS4{self._secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        words = "\n".join([_METHOD, _moment(now), scope, digest])
        return hmac.digest(key, words.encode(), "sha256").hex()

    def _scope(self, now: datetime) -> str:
        return f"{now:%Y%m%d}/{self._region}/{_SERVICE}/{_REQUEST}"


def _moment(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}"


def _host(url: str) -> str:
    """The host as clients send it: with its port, unless the scheme implies that."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix(_DEFAULT_PORTS.get(parts.scheme, ""))


def _quote(text: str) -> str:
    return quote(text, safe="")
